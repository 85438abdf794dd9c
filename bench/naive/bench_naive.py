"""
The contender: a dynamic provider as one is first written, which makes a client and asks for its location in `create`.

It is kept as naive as that on purpose: no client is shared, and nothing is checked. It stands in a module of its own,
so that it is pickled by reference, which is to its advantage.
"""

from typing import Any

import pulumi
from bench_host import keep_host
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class LocationProvider(ResourceProvider):
    """Reads a location when Pulumi creates it; a preview never comes to that."""

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make a client, ask once, and keep scope and role."""
        import boto3  # noqa: PLC0415 - as such providers are written: the program itself needs no boto3

        client = boto3.client("s3control")
        keep_host(client)
        found = client.get_access_grants_location(
            AccountId=props["account_id"], AccessGrantsLocationId=props["location_id"]
        )
        outs = {**props, "scope": found["LocationScope"], "role": found["IAMRoleArn"]}
        return CreateResult(props["location_id"], outs)


class Location(Resource):
    """Scope and role of one location."""

    scope: pulumi.Output[str]
    role: pulumi.Output[str]

    def __init__(self, name: str, account_id: str, location_id: str) -> None:
        props = {"account_id": account_id, "location_id": location_id, "scope": None, "role": None}
        super().__init__(LocationProvider(), name, props)
