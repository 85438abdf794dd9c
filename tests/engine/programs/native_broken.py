"""Every rule broken once, in resources of pulumi_aws_native that are named for what is wrong with them."""

from typing import Any

import pulumi
import pulumi_aws_native as native

ACCOUNT, STRANGER = "111122223333", "999988887777"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
TAGS = [{"key": "owner", "value": "data-platform"}, {"key": "data-class", "value": "internal"}]
OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}}
SERVICE = {"Service": "access-grants.s3.amazonaws.com"}
ASSUME = ["sts:AssumeRole", "sts:SetSourceIdentity"]
BLOCKED = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}

# This provider says its account and Region in one place only, for every resource that it manages.
elsewhere = native.Provider("elsewhere", region="eu-west-1", allowed_account_ids=[STRANGER])
oregon = native.Provider("oregon", region="us-west-2", allowed_account_ids=[ACCOUNT])


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/access-grants/{name}"


def location(
    name: str, scope: str, iam_role_arn: Any, tags: Any = TAGS, provider: Any = None
) -> native.s3.AccessGrantsLocation:
    opts = pulumi.ResourceOptions(provider=provider)
    return native.s3.AccessGrantsLocation(
        name, location_scope=scope, iam_role_arn=iam_role_arn, tags=tags, opts=opts if provider else None
    )


def serving(name: str, *statements: dict[str, Any], **more: Any) -> native.iam.Role:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return native.iam.Role(
        name,
        role_name=f"{name}-reader",
        path="/access-grants/",
        assume_role_policy_document=document,
        tags=TAGS,
        **more,
    )


def allow(principal: Any, action: Any, condition: Any = None) -> dict[str, Any]:
    condition = {"Condition": condition} if condition else {}
    return {"Effect": "Allow", "Principal": principal, "Action": action, **condition}


# --- locations --------------------------------------------------------------------------------------------------------
finance = native.s3.Bucket("finance", bucket_name="acme-data-prod-finance", tags=TAGS)
lab = native.s3.Bucket("lab", bucket_name="acme-data-prod-lab", tags=TAGS)
west = native.s3.Bucket(
    "west", bucket_name="acme-data-prod-west", tags=TAGS, opts=pulumi.ResourceOptions(provider=oregon)
)

location("good", "s3://acme-data-prod-finance/finance/*", role("finance-reader"))
location("everything", "s3://", role("every-reader"))
location("unreadable", "s3://acme-data-prod-finance/tax/../hr/*", role("hr-reader"))
location("foreign", "s3://other-data/ops/*", role("ops-reader"))
location("leaky", "s3://acme-data-prod-finance/legal*", role("legal-reader"))
location("overlapping", "s3://acme-data-prod-finance/finance/eu/*", role("finance-eu-reader"))
location("elsewhere", "s3://acme-data-prod-west/west/*", role("west-reader"))
location("untagged", "s3://acme-data-prod-finance/sales/*", role("sales-reader"), tags=[])
location("stranger", "s3://acme-data-prod-finance/audit/*", role("audit-reader"), provider=elsewhere)
location("user", "s3://acme-data-prod-finance/it/*", f"arn:aws:iam::{ACCOUNT}:user/access-grants/it-reader")
location("other-team", "s3://acme-data-prod-finance/risk/*", role("fraud-reader"))
location("admin", "s3://acme-data-prod-finance/dba/*", role("dba-Admin"))
location("shared", "s3://acme-data-prod-finance/payroll/*", role("payroll-reader"))
location("sharing", "s3://acme-data-prod-lab/payroll/*", role("payroll-reader"))

# --- roles ------------------------------------------------------------------------------------------------------------
serving("open", allow(SERVICE, ASSUME, OURS), allow("*", "sts:AssumeRole"))
serving("mute", allow(SERVICE, "sts:AssumeRole", OURS))
serving("unbound", allow(SERVICE, ASSUME))
serving(
    "misspelt",
    allow(SERVICE, ASSUME, OURS),
    allow(
        SERVICE,
        "sts:SetContext",
        {
            **OURS,
            "ForAnyValue:StringEquals": {
                "aws:RequestContextProvider": "arn:aws:iam:::contextProvider/IdentityCenter",
            },
        },
    ),
)
wide = serving(
    "wide",
    allow(SERVICE, ASSUME, OURS),
    policies=[
        {
            "policy_name": "everything",
            "policy_document": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
            },
        }
    ],
)
location("too-wide", "s3://acme-data-prod-finance/wide/*", wide.arn)
deaf = serving("deaf", allow({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole"))
location("unheard", "s3://acme-data-prod-finance/deaf/*", deaf.arn)

# --- the instance and what it grants ----------------------------------------------------------------------------------
native.s3.AccessGrantsInstance(
    "instance", identity_center_arn="arn:aws:sso:::instance/ssoins-fedcba0987654321", tags=TAGS
)
native.s3.AccessGrant(
    "to-a-user",
    access_grants_location_id="4f7b1d8e-0c55-4b7e-9a57-0b7a3c2d1e0f",
    access_grants_location_configuration={"s3_sub_prefix": "eu/*"},
    grantee={"grantee_type": "IAM", "grantee_identifier": f"arn:aws:iam::{ACCOUNT}:user/bob"},
    permission="READ",
    tags=TAGS,
)
archive = location("archive", "s3://acme-data-prod-finance/archive/*", role("archive-reader"))
native.s3.AccessGrant(
    "writing",
    access_grants_location_id=archive.access_grants_location_id,
    access_grants_location_configuration={"s3_sub_prefix": "2020/*"},
    grantee={"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": "83d43802-00b1-7054-db02-f1d683aacba5"},
    permission="READWRITE",
    tags=TAGS,
)

# --- access points ----------------------------------------------------------------------------------------------------
two = [
    {"bucket": finance.bucket_name, "bucket_account_id": ACCOUNT},
    {"bucket": west.bucket_name, "bucket_account_id": ACCOUNT},
]
native.s3.MultiRegionAccessPoint(
    "unblocked",
    name="acme-unblocked",
    public_access_block_configuration={**BLOCKED, "block_public_policy": False},
    regions=two,
)
native.s3.MultiRegionAccessPoint(
    "borrowed",
    name="acme-borrowed",
    public_access_block_configuration=BLOCKED,
    regions=[two[0], {"bucket": "other-data-west", "bucket_account_id": STRANGER}],
)
native.s3.MultiRegionAccessPoint(
    "misnamed", name="finance-global", public_access_block_configuration=BLOCKED, regions=two
)
native.s3.MultiRegionAccessPoint(
    "crowded",
    name="acme-crowded",
    public_access_block_configuration=BLOCKED,
    regions=[two[0], {"bucket": lab.bucket_name, "bucket_account_id": ACCOUNT}],
)
native.s3.MultiRegionAccessPointPolicy(
    "public",
    mrap_name="acme-borrowed",
    policy={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3::{ACCOUNT}:accesspoint/mabcdef012345.mrap/object/*",
            }
        ],
    },
)
