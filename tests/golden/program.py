"""The golden estate: what a data platform's program looks like in a pull request that has one of everything."""

import os

import pulumi_aws as aws
from grantgate import AccessGrantsInstanceForPrefix, AccessGrantsLocation, MultiRegionAccessPointOperation

# The main branch was deployed last week; the pull request is what the gate is asked about.
PULL_REQUEST = os.environ["BRANCH"] == "pull-request"
PROD, DEV = "111122223333", "444455556666"
TOKENS = f"arn:aws:s3:us-west-2:{PROD}:async-request/mrap/create/"


def role(name: str) -> str:
    return f"arn:aws:iam::{PROD}:role/access-grants/{name}"


def declared(name: str, scope: str, iam_role_arn: object) -> None:
    aws.s3control.AccessGrantsLocation(
        name, account_id=PROD, location_scope=f"s3://acme-data-prod-{scope}", iam_role_arn=iam_role_arn
    )


def live() -> None:
    AccessGrantsLocation("finance", "0f0e2d6e-finance", account_id=PROD)
    AccessGrantsLocation("people", "5b1c77a0-people", account_id=PROD)
    AccessGrantsLocation("reports", "93d4e1f2-reports", account_id=PROD)
    AccessGrantsLocation("legacy", "c2a90b13-legacy", account_id=PROD)
    AccessGrantsLocation("sandbox", "11aa22bb-sandbox", account_id=DEV, assume_role_arn=f"arn:aws:iam::{DEV}:role/gate")
    AccessGrantsInstanceForPrefix("finance-prefix", "s3://acme-data-prod-finance/finance/", account_id=PROD)
    for name, token in (("created", "ZG9uZQ"), ("broken", "YnJva2Vu"), ("running", "cnVubmluZw")):
        MultiRegionAccessPointOperation(name, TOKENS + token)


live()
declared("tax", "finance/tax/*" if PULL_REQUEST else "finance/tax/2025/*", role("tax-reader"))
declared("finance-eu", "finance/finance/eu/*", role("finance-eu-reader"))
declared("logs", "ops/logs/*" if PULL_REQUEST else "ops/logs*", role("logs-reader"))
declared("archive", "archive/2019*", role("2019-reader"))
if PULL_REQUEST:
    reader = aws.iam.Role(
        "research-reader",
        name="research-reader",
        path="/access-grants/",
        assume_role_policy={
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "access-grants.s3.amazonaws.com"},
                "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
            },
        },
    )
    declared("research", "lab/research/*", reader.arn)
