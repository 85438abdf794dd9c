"""The way to AWS, which in tests is the emulator: boto3's own clients, by service and Region."""

from __future__ import annotations

import json
import os
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import ClientError

from .values import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_GONE = frozenset(
    {
        "404",
        "AccessGrantsInstanceNotExistsError",
        "AccessGrantsInstanceResourcePolicyNotExists",
        "NoSuchAccessGrantError",
        "NoSuchAccessGrantsLocationError",
        "NoSuchBucket",
        "NoSuchEntity",
        "NoSuchMultiRegionAccessPoint",
        "NoSuchMultiRegionAccessPointPolicy",
        "UnknownResourceException",
    }
)
# The engine calls from several threads; boto3's sessions are not made for that, its clients are.
_LOCK = threading.Lock()


class Refused(Exception):
    """The stand-in will not do what it was asked; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Site:
    """The account and Region that one resource is managed in."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        """Give the partition of the Region."""
        start = self.region.partition("-")[0]
        return {"cn": "aws-cn", "us": "aws-us-gov" if self.region.startswith("us-gov-") else "aws"}.get(start, "aws")

    def client(self, service: str, region: str = "") -> Any:
        """Give a client of this Region, or of another for calls that only that one answers."""
        return client(service, region or self.region)


def site(inputs: Mapping[str, Any], config: Mapping[str, Any]) -> Site:
    """
    Tell where a resource is managed: the resource's own word, then its provider's, then the environment's.

    Errors: Refused when nobody says a Region.
    """
    region = inputs.get("region") or provider_region(config)
    if not region:
        raise Refused("no Region: set region on the resource or its provider, or AWS_REGION")
    account = inputs.get("accountId")
    if not account:
        allowed = structured(config.get("allowedAccountIds")) or []
        account = allowed[0] if len(allowed) == 1 else _caller(region)
    return Site(account, region)


def provider_region(config: Mapping[str, Any]) -> str:
    """Give the Region of a provider's configuration, else of the environment, as both providers look for it."""
    configured: str = config.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    return configured


def structured(value: Any) -> Any:
    """Read a value of provider configuration, where everything but text travels as JSON text."""
    return json.loads(value) if isinstance(value, str) else plain(value)


def client(service: str, region: str) -> Any:
    """
    Give the one client of a service and Region.

    Errors: Refused without an endpoint: this is for tests, and would change somebody's AWS.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if not endpoint:
        raise Refused("AWS_ENDPOINT_URL is not set, and the stand-in does not talk to AWS itself")
    with _LOCK:
        return _client(service, region, endpoint)


@cache
def _client(service: str, region: str, endpoint: str) -> Any:
    session: Any = boto3.Session()  # its typed client() wants the service as a literal
    made = session.client(service, region_name=region, endpoint_url=endpoint)
    here = urlsplit(endpoint).netloc

    def to_endpoint(request: Any, **_: Any) -> None:
        # S3 Control's endpoint rules put the account in front of any host, where 127.0.0.1 is no name any more.
        request.url = request.url.replace(urlsplit(request.url).netloc, here, 1)

    if service == "s3control":
        made.meta.events.register("request-created.s3-control", to_endpoint)
    return made


def _caller(region: str) -> str:
    return str(client("sts", region).get_caller_identity()["Account"])


def found(ask: Callable[[], Any]) -> Any:
    """Give what a call answers, None when what it is about does not exist (any more)."""
    try:
        return ask()
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            return None
        raise
