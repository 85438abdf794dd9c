"""Lookups as the provider leaves them; fixtures that give functions, since test folders are no packages."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOOKUP_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
WHEN = "2026-01-15T09:30:00Z"
POLICY = '{"Statement":[],"Version":"2012-10-17"}'
VALUES: dict[str, dict[str, Any]] = {
    "AccessGrantsLocation": {
        "accessGrantsLocationArn": f"{INSTANCE}/location/1",
        "locationScope": "s3://acme-data-prod-eu/finance/*",
        "iamRoleArn": ROLE,
    },
    "AccessGrantsInstanceForPrefix": {
        "accessGrantsInstanceArn": INSTANCE,
        "accessGrantsInstanceId": "default",
        "ownerAccountId": ACCOUNT,
        "instanceRegion": "eu-west-1",
    },
    "MultiRegionAccessPointOperation": {
        "requestStatus": "SUCCEEDED",
        "state": "SUCCEEDED",
        "regions": [{"name": "eu-west-1", "requestStatus": "SUCCEEDED"}],
        "failedRegions": [],
        "requestParameters": {"createMultiRegionAccessPointRequest": {"name": "acme-data"}},
        "tokenExpired": False,
    },
    "AccessGrantsLocations": {
        "instanceExists": True,
        "locations": [
            {
                "accessGrantsLocationId": "1",
                "accessGrantsLocationArn": f"{INSTANCE}/location/1",
                "locationScope": "s3://acme-data-prod-eu/finance/*",
                "iamRoleArn": ROLE,
                "createdAt": WHEN,
            }
        ],
    },
    "AccessGrantsInstance": {"instanceExists": True, "accessGrantsInstanceArn": INSTANCE},
    "AccessGrants": {
        "instanceExists": True,
        "grants": [
            {
                "accessGrantId": "g1",
                "accessGrantArn": f"{INSTANCE}/grant/g1",
                "accessGrantsLocationId": "1",
                "grantee": {"granteeType": "IAM", "granteeIdentifier": f"arn:aws:iam::{ACCOUNT}:role/reader"},
                "permission": "READ",
                "grantScope": "s3://acme-data-prod-eu/finance/eu/*",
                "accessGrantsLocationConfiguration": {"s3SubPrefix": "eu/*"},
                "createdAt": WHEN,
            }
        ],
    },
    "AccessGrantsInstanceResourcePolicy": {"instanceExists": True, "policyExists": True, "policy": POLICY},
    "MultiRegionAccessPoint": {
        "alias": "mfzwi23gnjvgw.mrap",
        "arn": f"arn:aws:s3::{ACCOUNT}:accesspoint/mfzwi23gnjvgw.mrap",
        "status": "READY",
        "publicAccessBlock": {
            "blockPublicAcls": True,
            "ignorePublicAcls": True,
            "blockPublicPolicy": True,
            "restrictPublicBuckets": True,
        },
        "regions": [
            {"bucket": "acme-euw1", "region": "eu-west-1", "bucketAccountId": ACCOUNT},
            {"bucket": "acme-use1", "region": "us-east-1", "bucketAccountId": ""},
        ],
        "routes": [
            {"bucket": "acme-euw1", "region": "eu-west-1", "trafficDialPercentage": 100},
            {"bucket": "acme-use1", "region": "us-east-1", "trafficDialPercentage": 0},
        ],
    },
    "AccessGrantsLocationRole": {
        "arn": ROLE,
        "roleName": "finance-reader",
        "path": "/access-grants/",
        "assumeRolePolicy": POLICY,
        "inlinePolicies": [{"name": "reading", "policy": POLICY}],
        "managedPolicies": [{"policyArn": f"arn:aws:iam::{ACCOUNT}:policy/a", "name": "a", "policy": POLICY}],
        "maxSessionDuration": 3600,
    },
}
SUBJECTS = {"accessGrantsLocationId": "1", "name": "acme-data", "iamRoleArn": ROLE, "s3Prefix": "s3://acme-data/x"}


@pytest.fixture(scope="session")
def looked_up() -> Callable[..., dict[str, Any]]:
    """Return a maker of a performed lookup's properties; a property that is None is left out."""

    def make(kind: str, /, **props: Any) -> dict[str, Any]:
        known = LOOKUP_TYPES[kind]
        place = {"accountId": ACCOUNT, "region": "eu-west-1", known.subject: SUBJECTS.get(known.subject, ACCOUNT)}
        times = {name: WHEN for name in ("createdAt",) if name in known.live}
        marks = {"lookup": "performed", "readAt": WHEN}
        values = copy.deepcopy(VALUES[kind.rpartition(":")[2]])
        found = {**place, **times, **values, **marks, **props}
        return {name: value for name, value in found.items() if value is not None}

    return make
