"""A pack with one policy that looks at nothing: what the SDK and the protocol cost by themselves."""

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)


def nothing(_args: ResourceValidationArgs, _report: ReportViolation) -> None:
    """Look at nothing."""


PolicyPack(
    name="empty",
    enforcement_level=EnforcementLevel.MANDATORY,
    policies=[ResourceValidationPolicy(name="nothing", description="Looks at nothing", validate=nothing)],
)
