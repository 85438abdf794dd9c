"""The estates that are measured: the same locations as an emulator's seed, as a stack export and as requests."""

from __future__ import annotations

from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
STACK = "bench"
PROJECT = "estate"
TYPE = "pulumi-python:dynamic/grantgate:AccessGrantsLocation"
PICKLED = "gASVLAAAAAAAAACMEmdyYW50Z2F0ZS5sb2NhdGlvbpSMDkxvY2F0aW9uTG9va3VwlJOUKYGULg=="
"""What the SDK makes of grantgate.location.LocationLookup: by it a lookup of ours is told from somebody else's."""
FAILS_EVERY = 20  # one in twenty: 5 %
PER_ACCOUNT = 1000
"""Locations that one account and Region may hold: AWS's quota."""
ACCOUNTS = {ACCOUNT: "data-prod", **{f"22220000000{number}": f"data-{number:02}" for number in range(1, 10)}}
"""The accounts of large estates by id, with their names; rules/all.yaml has the same."""


def location_id(index: int) -> str:
    """Name the location ``index``."""
    return f"loc-{index:05}"


def shared_out(count: int) -> list[tuple[str, range]]:
    """Give the accounts that ``count`` locations are shared out to, the first full ones, and the locations of each."""
    if count > len(ACCOUNTS) * PER_ACCOUNT:
        raise ValueError(f"{count} locations are more than {len(ACCOUNTS)} accounts may hold")
    starts = range(0, count, PER_ACCOUNT)
    return [(account, range(min(PER_ACCOUNT, count - start))) for account, start in zip(ACCOUNTS, starts, strict=False)]


def location(index: int, *, fails: bool = False, account: str = ACCOUNT) -> dict[str, str]:
    """Give scope and role; with ``fails`` every twentieth breaks one of the three rules that OPA has as well."""
    team = f"team{index % 400:03}"
    scope, role = f"s3://{_bucket(account)}/{team}/set{index:05}/*", f"access-grants/{team}-reader"
    if fails and index % FAILS_EVERY == 0:
        kind = index // FAILS_EVERY % 4
        if kind == 0:
            scope = f"s3://acme-legacy/{team}/set{index:05}/*"
        elif kind == 1:
            role = "access-grants/otherteam-reader"
        elif kind == 2:  # noqa: PLR2004 - the kinds are numbered, nothing else
            scope = scope.removesuffix("/*") + "*"
        else:
            role = f"analytics/{team}-reader"
    return {"locationScope": scope, "iamRoleArn": f"arn:aws:iam::{account}:role/{role}"}


def props(index: int, *, fails: bool = False) -> dict[str, str]:
    """Give the properties of a lookup that was performed."""
    arn = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default/location/{location_id(index)}"
    return {
        "accessGrantsLocationId": location_id(index),
        "accessGrantsLocationArn": arn,
        "accountId": ACCOUNT,
        "region": REGION,
        "createdAt": "2026-03-02T08:00:00Z",
        "lookup": "performed",
        "readAt": "2026-11-20T08:00:00Z",
        **location(index, fails=fails),
    }


def urn(index: int, resource_type: str = TYPE) -> str:
    """Give the URN."""
    return f"urn:pulumi:{STACK}::{PROJECT}::{resource_type}::{location_id(index)}"


def seed(count: int) -> dict[str, Any]:
    """Give an AWS with ``count`` locations, a thousand in each account."""
    accounts = {}
    for account, held in shared_out(count):
        locations = []
        for index in held:
            made = location(index, account=account)
            locations.append(
                {"id": location_id(index), "scope": made["locationScope"], "roleArn": made["iamRoleArn"]},
            )
        content = {"instance": {}, "buckets": [_bucket(account)], "locations": locations}
        accounts[account] = {"regions": {REGION: content}}
    return {"defaultAccount": ACCOUNT, "accounts": accounts}


def _bucket(account: str) -> str:
    return f"acme-{ACCOUNTS[account]}-share"


def export(count: int, *, fails: bool) -> dict[str, Any]:
    """Give what `pulumi stack export` writes of a stack with ``count`` lookups."""
    stack = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:pulumi:Stack::{PROJECT}-{STACK}"
    provider = f"urn:pulumi:{STACK}::{PROJECT}::pulumi:providers:pulumi-python::default"
    times = {"created": "2026-03-02T08:00:01Z", "modified": "2026-03-02T08:00:01Z"}
    resources: list[dict[str, Any]] = [
        {"urn": stack, "custom": False, "type": "pulumi:pulumi:Stack", **times},
        {"urn": provider, "custom": True, "id": "0a1b", "type": "pulumi:providers:pulumi-python", **times},
    ]
    for index in range(count):
        found = {"__provider": PICKLED, **props(index, fails=fails)}
        resources.append(
            {
                "urn": urn(index),
                "custom": True,
                "id": f"{ACCOUNT}/{REGION}/{location_id(index)}",
                "type": TYPE,
                "inputs": found,
                "outputs": found,
                "parent": stack,
                "provider": f"{provider}::0a1b",
                "propertyDependencies": {"accessGrantsLocationId": []},
                **times,
            }
        )
    manifest = {"time": "2026-03-02T08:00:02Z", "magic": "", "version": "v3.220.0"}
    return {"version": 3, "deployment": {"manifest": manifest, "resources": resources, "metadata": {}}}
