"""An estate of every type that the rules know, as a user of pulumi_aws writes it, with nothing to find."""

import json

import grantgate
import pulumi
import pulumi_aws as aws

ACCOUNT = "111122223333"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
TAGS = {"owner": "data-platform", "data-class": "internal"}
IDENTITY_CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
PUBLIC_ACCESS_BLOCK = {
    "block_public_acls": True,
    "block_public_policy": True,
    "ignore_public_acls": True,
    "restrict_public_buckets": True,
}
OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": INSTANCE}}
SERVICE = {"Service": "access-grants.s3.amazonaws.com"}

finance = aws.s3.Bucket("finance", bucket="acme-data-prod-finance", tags=TAGS)
west = aws.s3.Bucket("west", bucket="acme-data-prod-west", region="us-west-2", tags=TAGS)

instance = aws.s3control.AccessGrantsInstance("instance", identity_center_arn=IDENTITY_CENTER, tags=TAGS)

reader = aws.iam.Role(
    "reader",
    name="finance-reader",
    path="/access-grants/",
    assume_role_policy={
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
    tags=TAGS,
)
aws.iam.RolePolicy(
    "reader-objects",
    name="objects",
    role=reader.name,
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                    "Resource": "arn:aws:s3:::acme-data-prod-finance/finance/*",
                    "Condition": {
                        "StringEquals": {"aws:ResourceAccount": ACCOUNT},
                        "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE},
                    },
                }
            ],
        }
    ),
)
listing = aws.iam.Policy(
    "listing",
    name="finance-list",
    policy={
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:ListBucket",
            "Resource": "arn:aws:s3:::acme-data-prod-finance",
            "Condition": {
                "StringEquals": {"aws:ResourceAccount": ACCOUNT},
                "StringLike": {"s3:prefix": "finance/*"},
                "ArnEquals": {"s3:AccessGrantsInstanceArn": INSTANCE},
            },
        },
    },
    tags=TAGS,
)
aws.iam.RolePolicyAttachment("reader-listing", role=reader.name, policy_arn=listing.arn)

location = aws.s3control.AccessGrantsLocation(
    "location",
    location_scope="s3://acme-data-prod-finance/finance/*",
    iam_role_arn=reader.arn,
    account_id=ACCOUNT,
    tags=TAGS,
    opts=pulumi.ResourceOptions(depends_on=[instance, finance]),
)
aws.s3control.AccessGrant(
    "grant",
    access_grants_location_id=location.access_grants_location_id,
    access_grants_location_configuration={"s3_sub_prefix": "eu/*"},
    grantee={"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": "83d43802-00b1-7054-db02-f1d683aacba5"},
    permission="READ",
    tags=TAGS,
)
aws.s3control.AccessGrantsInstanceResourcePolicy(
    "opened",
    policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Readers",
                    "Effect": "Allow",
                    "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
                    "Action": ["s3:GetAccessGrantsInstanceForPrefix", "s3:ListAccessGrants", "s3:GetDataAccess"],
                    "Resource": INSTANCE,
                }
            ],
        }
    ),
    opts=pulumi.ResourceOptions(depends_on=[instance]),
)

share = aws.ram.ResourceShare("share", name="access-grants", allow_external_principals=False, tags=TAGS)
aws.ram.ResourceAssociation(
    "shared-instance", resource_arn=instance.access_grants_instance_arn, resource_share_arn=share.arn
)
aws.ram.PrincipalAssociation("shared-with-dev", principal="444455556666", resource_share_arn=share.arn)

point = aws.s3control.MultiRegionAccessPoint(
    "point",
    details={
        "name": "acme-finance",
        "public_access_block": PUBLIC_ACCESS_BLOCK,
        "regions": [
            {"bucket": finance.bucket, "bucket_account_id": ACCOUNT},
            {"bucket": west.bucket, "bucket_account_id": ACCOUNT},
        ],
    },
    # The buckets have to be there, and their names are known before they are.
    opts=pulumi.ResourceOptions(depends_on=[finance, west]),
)
policy = aws.s3control.MultiRegionAccessPointPolicy(
    "point-policy",
    details={
        "name": point.name,
        "policy": point.arn.apply(
            lambda arn: json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                            "Action": "s3:GetObject",
                            "Resource": f"{arn}/object/*",
                        }
                    ],
                }
            )
        ),
    },
)
aws.s3control.MultiRegionAccessPointRoutes(
    "point-routes",
    mrap=point.arn,
    routes=[
        {"bucket": finance.bucket, "region": "eu-west-1", "traffic_dial_percentage": 100},
        {"bucket": west.bucket, "region": "us-west-2", "traffic_dial_percentage": 0},
    ],
    opts=pulumi.ResourceOptions(depends_on=[policy]),
)
# What S3 itself says of the location, once there is one: the gate holds it against the declaration.
grantgate.AccessGrantsLocation("live", location.access_grants_location_id)
pulumi.export("location", location.access_grants_location_arn)
