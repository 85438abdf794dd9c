"""An estate of every type that the rules know, as a user of pulumi_aws_native writes it, with nothing to find."""

import grantgate
import pulumi
import pulumi_aws_native as native

ACCOUNT = "111122223333"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
TAGS = [{"key": "owner", "value": "data-platform"}, {"key": "data-class", "value": "internal"}]
IDENTITY_CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}}
SERVICE = {"Service": "access-grants.s3.amazonaws.com"}
THROUGH_GRANTS = {
    "StringEquals": {"aws:ResourceAccount": ACCOUNT},
    "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE},
}

# This provider has no Region on its resources: another Region is another provider.
oregon = native.Provider("oregon", region="us-west-2", allowed_account_ids=[ACCOUNT])

finance = native.s3.Bucket("finance", bucket_name="acme-data-prod-finance", tags=TAGS)
west = native.s3.Bucket(
    "west", bucket_name="acme-data-prod-west", tags=TAGS, opts=pulumi.ResourceOptions(provider=oregon)
)

instance = native.s3.AccessGrantsInstance("instance", identity_center_arn=IDENTITY_CENTER, tags=TAGS)

reader = native.iam.Role(
    "reader",
    role_name="finance-reader",
    path="/access-grants/",
    assume_role_policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": SERVICE,
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                "Condition": OURS,
            },
            {
                "Effect": "Allow",
                "Principal": SERVICE,
                "Action": "sts:SetContext",
                "Condition": {
                    **OURS,
                    "ForAllValues:ArnEquals": {
                        "sts:RequestContextProviders": "arn:aws:iam::aws:contextProvider/IdentityCenter"
                    },
                },
            },
        ],
    },
    policies=[
        {
            "policy_name": "objects",
            "policy_document": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                        "Resource": "arn:aws:s3:::acme-data-prod-finance/finance/*",
                        "Condition": THROUGH_GRANTS,
                    }
                ],
            },
        }
    ],
    tags=TAGS,
)
native.iam.RolePolicy(
    "reader-versions",
    policy_name="versions",
    role_name=reader.role_name,
    policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObjectVersionAcl",
                "Resource": "arn:aws:s3:::acme-data-prod-finance/finance/*",
                "Condition": THROUGH_GRANTS,
            }
        ],
    },
)
native.iam.ManagedPolicy(
    "listing",
    managed_policy_name="finance-list",
    roles=[reader.role_name],
    policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": "arn:aws:s3:::acme-data-prod-finance",
                "Condition": {**THROUGH_GRANTS, "StringLike": {"s3:prefix": "finance/*"}},
            }
        ],
    },
)

location = native.s3.AccessGrantsLocation(
    "location",
    location_scope="s3://acme-data-prod-finance/finance/*",
    iam_role_arn=reader.arn,
    tags=TAGS,
    opts=pulumi.ResourceOptions(depends_on=[instance, finance]),
)
native.s3.AccessGrant(
    "grant",
    access_grants_location_id=location.access_grants_location_id,
    access_grants_location_configuration={"s3_sub_prefix": "eu/*"},
    grantee={"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": "83d43802-00b1-7054-db02-f1d683aacba5"},
    permission="READ",
    tags=TAGS,
)

point = native.s3.MultiRegionAccessPoint(
    "point",
    name="acme-finance",
    public_access_block_configuration={
        "block_public_acls": True,
        "block_public_policy": True,
        "ignore_public_acls": True,
        "restrict_public_buckets": True,
    },
    regions=[
        {"bucket": finance.bucket_name, "bucket_account_id": ACCOUNT},
        {"bucket": west.bucket_name, "bucket_account_id": ACCOUNT},
    ],
    opts=pulumi.ResourceOptions(depends_on=[finance, west]),
)
native.s3.MultiRegionAccessPointPolicy(
    "point-policy",
    mrap_name=point.name,
    policy={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat("arn:aws:s3::", ACCOUNT, ":accesspoint/", point.alias, "/object/*"),
            }
        ],
    },
)
# What S3 itself says of the location, once there is one: the gate holds it against the declaration.
grantgate.AccessGrantsLocation("live", location.access_grants_location_id)
pulumi.export("location", location.access_grants_location_arn)
