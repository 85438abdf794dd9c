"""LKP-01: a lookup was really performed; one that did not look can never pass."""

from __future__ import annotations

from grantgate.facts import FAILED, PENDING, PERFORMED

from grantgate_policies.core import PASSED, UNKNOWN, Broken, Context, Level, Rule, Severity, Unsure, Verdict
from grantgate_policies.subjects import LookupRead

FIELD = "lookup"


def judge(read: LookupRead, context: Context) -> Verdict:
    """Break when the mark or a live property is missing; be unsure while an input is not known."""
    if read.kind is None:
        kind = read.resource.type.rpartition(":")[2]
        message = f"{kind!r} is a lookup that this release of the pack does not know"
        return Broken(
            FIELD, kind, "a lookup of this release", message, edit="Update the pack to the provider's release."
        )
    if read.lookup == PENDING:
        return Unsure(FIELD, f"{read.kind.subject} or another input is not known in this preview, so AWS was not asked")
    if read.lookup is UNKNOWN:
        return Unsure(FIELD, "whether the lookup was performed is not known in this preview")
    if read.lookup == FAILED:
        edit = "Do what the error on this resource says, then run again."
        return Broken(FIELD, repr(FAILED), repr(PERFORMED), "the lookup failed, so nothing is known", edit=edit)
    if read.lookup != PERFORMED:
        shown = repr(read.lookup) if isinstance(read.lookup, str) else "nothing"
        return Broken(FIELD, shown, repr(PERFORMED), f"the lookup is marked {shown}, not {PERFORMED!r}")
    if context.run and read.run != context.run:
        edit = "Leave out options that keep lookups from being made, such as --target and --exclude."
        return Broken(FIELD, "an earlier run", "this run", "an earlier run made the lookup, not this one", edit)
    if read.missing:
        missing = ", ".join(read.missing)
        return Broken(FIELD, f"no {missing}", "every live property", f"the lookup lacks the live {missing}")
    if read.unknown:
        return Unsure(FIELD, f"{', '.join(read.unknown)} is not known in this preview")
    return PASSED


RULE = Rule(
    id="LKP-01",
    name="lookup-performed",
    about=(LookupRead,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The lookup asked AWS and holds every live value",
    why=(
        "Every other rule judges what a lookup found. A lookup that did not look would leave them nothing to judge, "
        "and a gate that is green without having looked is worse than none."
    ),
    fix="Run again with inputs that are known in a preview, and with the provider's and the pack's releases equal.",
    source="The lookups' own contract: grantgate.facts",
    url="https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/",
    judge=judge,
    locked=True,
)
