"""What rules look at is made of other resources' outputs: a preview of pulumi_aws knows none of it."""

import pulumi
import pulumi_aws as aws

ACCOUNT = "111122223333"
TAGS = {"owner": "data-platform", "data-class": "internal"}
SERVICE = {"Service": "access-grants.s3.amazonaws.com"}

data = aws.s3.Bucket("data", bucket="acme-data-prod-people", tags=TAGS)
west = aws.s3.Bucket("west", bucket="acme-data-prod-west", region="us-west-2", tags=TAGS)


def later(value: str) -> pulumi.Output[str]:
    """Give a value that nobody knows before the bucket is there."""
    return data.arn.apply(lambda _: value)


instance = aws.s3control.AccessGrantsInstance(
    "instance",
    identity_center_arn=later("arn:aws:sso:::instance/ssoins-1234567890abcdef"),
    tags={"owner": later("data-platform"), "data-class": "internal"},
)
ours = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": instance.access_grants_instance_arn}}
through_grants = {
    "StringEquals": {"aws:ResourceAccount": ACCOUNT},
    "ArnEquals": {"s3:AccessGrantsInstanceArn": instance.access_grants_instance_arn},
}
reader = aws.iam.Role(
    "reader",
    name="people-reader",
    path="/access-grants/",
    assume_role_policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": SERVICE,
                    "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
                    "Condition": ours,
                },
                {
                    "Effect": "Allow",
                    "Principal": SERVICE,
                    "Action": "sts:SetContext",
                    "Condition": {
                        **ours,
                        "ForAllValues:ArnEquals": {
                            "sts:RequestContextProviders": "arn:aws:iam::aws:contextProvider/IdentityCenter"
                        },
                    },
                },
            ],
        }
    ),
    tags=TAGS,
)
aws.iam.RolePolicy(
    "reader-objects",
    name="objects",
    role=reader.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": pulumi.Output.concat(data.arn, "/people/*"),
                    "Condition": through_grants,
                }
            ],
        }
    ),
)
location = aws.s3control.AccessGrantsLocation(
    "location",
    location_scope=pulumi.Output.concat("s3://", data.id, "/people/*"),
    iam_role_arn=reader.arn,
    account_id=later(ACCOUNT),
    tags={"owner": later("data-platform"), "data-class": "internal"},
    opts=pulumi.ResourceOptions(depends_on=[instance]),
)
aws.s3control.AccessGrant(
    "grant",
    access_grants_location_id=location.access_grants_location_id,
    access_grants_location_configuration={"s3_sub_prefix": later("eu/*")},
    grantee={
        "grantee_type": later("DIRECTORY_GROUP"),
        "grantee_identifier": later("83d43802-00b1-7054-db02-f1d683aacba5"),
    },
    permission=later("READ"),
    tags={"owner": later("data-platform"), "data-class": "internal"},
)
aws.s3control.AccessGrantsInstanceResourcePolicy(
    "opened",
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                    "Action": ["s3:GetAccessGrantsInstanceForPrefix", "s3:GetDataAccess"],
                    "Resource": instance.access_grants_instance_arn,
                }
            ],
        }
    ),
)
share = aws.ram.ResourceShare(
    "share", name="access-grants", allow_external_principals=data.arn.apply(lambda _: False), tags=TAGS
)
aws.ram.ResourceAssociation(
    "shared-instance", resource_arn=instance.access_grants_instance_arn, resource_share_arn=share.arn
)
aws.ram.PrincipalAssociation("shared-with-dev", principal=later("444455556666"), resource_share_arn=share.arn)
blocked = data.arn.apply(lambda _: True)
point = aws.s3control.MultiRegionAccessPoint(
    "point",
    details={
        "name": later("acme-people"),
        "public_access_block": {
            "block_public_acls": blocked,
            "block_public_policy": blocked,
            "ignore_public_acls": blocked,
            "restrict_public_buckets": blocked,
        },
        "regions": [
            {"bucket": data.id, "bucket_account_id": later(ACCOUNT)},
            {"bucket": west.id, "bucket_account_id": later(ACCOUNT)},
        ],
    },
)
policy = aws.s3control.MultiRegionAccessPointPolicy(
    "point-policy",
    details={
        "name": point.name,
        "policy": pulumi.Output.json_dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                        "Action": "s3:GetObject",
                        "Resource": pulumi.Output.concat(point.arn, "/object/*"),
                    }
                ],
            }
        ),
    },
)
aws.s3control.MultiRegionAccessPointRoutes(
    "point-routes",
    mrap=point.arn,
    routes=[
        {"bucket": data.id, "region": data.bucket_region, "traffic_dial_percentage": data.arn.apply(lambda _: 100)},
        {"bucket": west.id, "region": west.bucket_region, "traffic_dial_percentage": data.arn.apply(lambda _: 0)},
    ],
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)

if pulumi.Config().get_bool("broken"):
    admin = aws.iam.Role("admin", name="DataAdmin", assume_role_policy=reader.assume_role_policy, tags=TAGS)
    aws.s3control.AccessGrantsLocation(
        "broken",
        location_scope=pulumi.Output.concat("s3://", data.id, "/lab*"),
        iam_role_arn=admin.arn,
        account_id=ACCOUNT,
        tags=TAGS,
    )
