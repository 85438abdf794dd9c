"""AGI-02: the Access Grants instance that answers for a prefix is one of the organization's."""

from __future__ import annotations

from grantgate.arns import Arn, ArnError

from grantgate_policies.core import Broken, Context, Level, Passed, Rule, Severity, Verdict
from grantgate_policies.matching import quoted
from grantgate_policies.subjects import InstanceForPrefix

ARN_FIELD = "accessGrantsInstanceArn"


def judge(instance: InstanceForPrefix, context: Context) -> Verdict:
    """Break when the instance's ARN names a foreign owner or Region."""
    observed = str(instance.access_grants_instance_arn)
    try:
        arn = Arn.parse(observed)
    except ArnError as error:
        return Broken(ARN_FIELD, observed, "the ARN of an Access Grants instance", str(error))
    if arn.service != "s3" or not arn.resource.startswith("access-grants/"):
        message = f"{observed!r} is not the ARN of an Access Grants instance"
        return Broken(ARN_FIELD, observed, "arn:PARTITION:s3:REGION:ACCOUNT:access-grants/default", message)
    owners = context.settings["owners"] or sorted(context.organization.accounts)
    if arn.account not in owners:
        limit = quoted(owners)
        message = f"the instance is of account {arn.account!r}, not one of {limit}"
        return Broken(ARN_FIELD, observed, f"an instance of {limit}", message)
    regions = context.organization.regions
    if regions and arn.region not in regions:
        limit = quoted(regions)
        message = f"the instance is in Region {arn.region!r}, not one of {limit}"
        return Broken(ARN_FIELD, observed, f"an instance in {limit}", message)
    return Passed()


RULE = Rule(
    id="AGI-02",
    name="instance-owner-allowed",
    about=(InstanceForPrefix,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The instance that answers for the prefix is of an expected account and Region",
    why=(
        "Whoever owns the instance decides who may read below the prefix. A bucket that moved to another account, or a "
        "prefix with a typing error, is answered by an instance nobody expected."
    ),
    fix="Check the prefix and the bucket's owner, or list the account in organization.accounts or in owners.",
    source="S3 API reference, GetAccessGrantsInstanceForPrefix: AccessGrantsInstanceArn",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessGrantsInstanceForPrefix.html",
    needs=("access_grants_instance_arn",),
    judge=judge,
    settings={
        "owners": {
            "type": "array",
            "description": "Accounts that may own the instance, by their 12-digit ids; empty: the organization's.",
            "items": {"type": "string", "pattern": "^[0-9]{12}$", "x-is": "an account id (12 digits)"},
            "default": [],
        },
    },
)
