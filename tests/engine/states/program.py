"""Looks up one of each kind that the oldest kept state has, and one thing that depends on another."""

import pulumi
from grantgate import AccessGrantsInstanceForPrefix, AccessGrantsLocation, MultiRegionAccessPointOperation

finance = AccessGrantsLocation("finance", "good")
AccessGrantsLocation("again", "good", account_id="111122223333", opts=pulumi.ResourceOptions(depends_on=[finance]))
AccessGrantsInstanceForPrefix("prefix", "s3://acme-data-prod-finance/finance/")
MultiRegionAccessPointOperation("operation", "arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/AbC_-123")
pulumi.export("scope", finance.location_scope)
pulumi.export("role", finance.iam_role_arn)
