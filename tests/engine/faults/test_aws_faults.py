"""What AWS answers instead of a location: throttled, failing, denied, elsewhere, not there."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = World = Told = Any

pytestmark = pytest.mark.engine

PART = "aws"
ACCOUNT = "111122223333"
OTHER = "444455556666"
GET, LIST = "GetAccessGrantsLocation", "ListAccessGrantsLocations"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/AbC_-123"
ACCESS_POINT = 'MultiRegionAccessPoint("location", "acme-global")'
THREE = '[AccessGrantsLocation(f"location-{index}", "good") for index in range(3)]'
EVERY = 'AccessGrantsLocations("location")'
FINANCE = 'AccessGrantsLocations("location", location_scope="s3://acme-data-prod-finance/finance/*")'
OPT_IN = 'AccessGrantsLocations("location", region="me-south-1")'
BY_ROLE = f'AccessGrantsLocation("location", "good", assume_role_arn="arn:aws:iam::{OTHER}:role/gate-reader")'
THEIRS = f'AccessGrantsLocation("location", "good", account_id="{OTHER}")'


def fault(kind: str, operation: str = GET, program: str = "", **more: Any) -> Callable[[World], Told]:
    """Let one fault happen to a preview; names in capitals are variables of its environment."""
    variables = {name: value for name, value in more.items() if name.isupper()}
    rest = {name: value for name, value in more.items() if not name.isupper()}

    def arranged(world: World) -> Told:
        if program:
            world.program(f"from grantgate import *\n{program}\n")
        world.project.aws.set_faults([{"operation": operation, "kind": kind, **rest}])
        return world.preview(**variables)

    return arranged


def no_fault(program: str) -> Callable[[World], Told]:
    """Let a preview ask for what AWS does not have."""

    def arranged(world: World) -> Told:
        world.program(f"from grantgate import *\n{program}\n")
        return world.preview()

    return arranged


def led_elsewhere(world: World) -> Told:
    """Have AWS name another address, where somebody waits: nobody may come."""
    with socket.socket() as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.listen()
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        told: Told = fault("redirect", url=url, bucketRegion="us-east-1")(world)
        elsewhere.settimeout(0)
        with pytest.raises(BlockingIOError):
            elsewhere.accept()
    return told


ROWS: dict[str, Callable[[World], Told]] = {
    "aws-throttled-twice": fault("throttle", times=2),
    "aws-throttled-long": fault("throttle", times=3, AWS_MAX_ATTEMPTS="3"),
    "aws-throttled-for-ever": fault("throttle", "*", AWS_MAX_ATTEMPTS="2"),
    "aws-throttled-list": fault("throttle", LIST, EVERY, AWS_MAX_ATTEMPTS="2"),
    "aws-server-error": fault("server-error", AWS_MAX_ATTEMPTS="2"),
    "aws-server-error-once": fault("server-error", times=1),
    "aws-clock": fault("skew", offset=3600),
    "aws-clock-sts": fault("skew", "GetCallerIdentity", offset=-3600),
    "aws-credentials-expired": fault("error", code="ExpiredToken", status=400, message="The token has expired."),
    "aws-credentials-unknown": fault("error", code="InvalidAccessKeyId", status=403, message="No such key."),
    "aws-credentials-missing": lambda world: world.preview(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""),
    "aws-credentials-no-profile": lambda world: world.preview(AWS_PROFILE="nobody"),
    "aws-denied": fault("access-denied"),
    "aws-denied-other-account": fault("access-denied", GET, THEIRS),
    "aws-denied-role": fault("access-denied", "AssumeRole", BY_ROLE),
    "aws-denied-list": fault("access-denied", LIST, EVERY),
    "aws-denied-list-singly": fault("access-denied", LIST, THREE),
    "aws-denied-get": fault("access-denied", GET),
    "aws-denied-get-list": fault("access-denied", GET, FINANCE),
    "aws-denied-region": fault("region-deny", "GetMultiRegionAccessPoint", ACCESS_POINT, region="us-west-2"),
    "aws-region-off": fault(
        "error", LIST, OPT_IN, code="InvalidToken", status=400, message="The provided token is malformed."
    ),
    "aws-region-off-sts": fault(
        "error", "AssumeRole", BY_ROLE, code="RegionDisabledException", status=403, message="STS is not activated."
    ),
    "aws-elsewhere": fault("redirect", bucketRegion="us-east-1"),
    "aws-elsewhere-address": led_elsewhere,
    "aws-missing-location": no_fault('AccessGrantsLocation("location", "nobody-knows")'),
    "aws-missing-instance": no_fault('AccessGrantsLocation("location", "good", region="us-east-1")'),
    "aws-missing-request": no_fault(f'MultiRegionAccessPointOperation("location", "{TOKEN}")'),
    "aws-missing-access-point": no_fault(ACCESS_POINT),
}


def test_row(row: Row, world: World) -> None:
    """A preview says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
