"""What rules look at is made of other resources' outputs: a preview of pulumi_aws_native knows none of it."""

from typing import Any

import pulumi
import pulumi_aws_native as native

ACCOUNT = "111122223333"
TAGS = [{"key": "owner", "value": "data-platform"}, {"key": "data-class", "value": "internal"}]
SERVICE = {"Service": "access-grants.s3.amazonaws.com"}

oregon = native.Provider("oregon", region="us-west-2", allowed_account_ids=[ACCOUNT])
data = native.s3.Bucket("data", bucket_name="acme-data-prod-people", tags=TAGS)
west = native.s3.Bucket(
    "west", bucket_name="acme-data-prod-west", tags=TAGS, opts=pulumi.ResourceOptions(provider=oregon)
)


def later(value: Any) -> pulumi.Output[Any]:
    """Give a value that nobody knows before the bucket is there."""
    return data.arn.apply(lambda _: value)


blocked = later(value=True)
computed_tags = [{"key": "owner", "value": later("data-platform")}, {"key": "data-class", "value": "internal"}]

instance = native.s3.AccessGrantsInstance(
    "instance", identity_center_arn=later("arn:aws:sso:::instance/ssoins-1234567890abcdef"), tags=computed_tags
)
ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": instance.access_grants_instance_arn}}
through_grants = {
    "StringEquals": {"aws:ResourceAccount": ACCOUNT},
    "ArnEquals": {"s3:AccessGrantsInstanceArn": instance.access_grants_instance_arn},
}
reader = native.iam.Role(
    "reader",
    role_name="people-reader",
    path="/access-grants/",
    assume_role_policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": SERVICE,
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity", later("sts:SetSourceIdentity")],
                "Condition": ours,
            },
            {
                "Effect": "Allow",
                "Principal": {"Service": later("access-grants.s3.amazonaws.com")},
                "Action": "sts:SetContext",
                "Condition": {
                    **ours,
                    "ForAllValues:ArnEquals": {
                        "sts:RequestContextProviders": later("arn:aws:iam::aws:contextProvider/IdentityCenter")
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
                        "Action": "s3:GetObject",
                        "Resource": pulumi.Output.concat(data.arn, "/people/*"),
                        "Condition": through_grants,
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
    role_name=reader.id,
    policy_document={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObjectVersion",
                "Resource": pulumi.Output.concat(data.arn, "/people/*"),
                "Condition": through_grants,
            }
        ],
    },
)
location = native.s3.AccessGrantsLocation(
    "location",
    location_scope=pulumi.Output.concat("s3://", data.id, "/people/*"),
    iam_role_arn=reader.arn,
    tags=computed_tags,
    opts=pulumi.ResourceOptions(depends_on=[instance]),
)
native.s3.AccessGrant(
    "grant",
    access_grants_location_id=location.access_grants_location_id,
    access_grants_location_configuration={"s3_sub_prefix": later("eu/*")},
    grantee={
        "grantee_type": later("DIRECTORY_GROUP"),
        "grantee_identifier": later("83d43802-00b1-7054-db02-f1d683aacba5"),
    },
    permission=later("READ"),
    tags=computed_tags,
)
point = native.s3.MultiRegionAccessPoint(
    "point",
    name=later("acme-people"),
    public_access_block_configuration={
        "block_public_acls": blocked,
        "block_public_policy": blocked,
        "ignore_public_acls": blocked,
        "restrict_public_buckets": blocked,
    },
    regions=[
        {"bucket": data.id, "bucket_account_id": later(ACCOUNT)},
        {"bucket": west.id, "bucket_account_id": later(ACCOUNT)},
    ],
)
native.s3.MultiRegionAccessPointPolicy(
    "point-policy",
    mrap_name=point.id,
    policy={
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": later(f"arn:aws:iam::{ACCOUNT}:root")},
                "Action": "s3:GetObject",
                "Resource": pulumi.Output.concat("arn:aws:s3::", ACCOUNT, ":accesspoint/", point.alias, "/object/*"),
            }
        ],
    },
)

if pulumi.Config().get_bool("broken"):
    admin = native.iam.Role(
        "admin", role_name="DataAdmin", assume_role_policy_document=reader.assume_role_policy_document, tags=TAGS
    )
    native.s3.AccessGrantsLocation(
        "broken",
        location_scope=pulumi.Output.concat("s3://", data.id, "/lab*"),
        iam_role_arn=admin.arn,
        tags=TAGS,
    )
