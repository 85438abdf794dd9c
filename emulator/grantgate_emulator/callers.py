"""From an access key id to whoever stands behind it: the seed first, then what moto's STS and IAM handed out."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from .calls import Caller, partition_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .state import State

_CREDENTIAL = re.compile(
    r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?:(?P<region>[a-z0-9-]+)/)?(?P<service>[a-z0-9-]+)/aws4_request"
)
_ASSUMED_ROLE = re.compile(r"arn:([^:]+):iam::(\d{12}):role/.+")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a SigV4 credential says about itself; signatures are not checked, since nobody here holds the secrets."""

    access_key_id: str
    region: str | None
    service: str


def scope_of(headers: Mapping[str, str], query: str) -> Scope | None:
    """Return the credential scope of a signed or presigned request, None when it is not signed."""
    text = headers.get("authorization", "")
    if not text and "X-Amz-Credential" in query:
        text = "Credential=" + parse_qs(query).get("X-Amz-Credential", [""])[0]
    found = _CREDENTIAL.search(text)
    return Scope(found["key"], found["region"], found["service"]) if found else None


def caller_of(state: State, access_key_id: str, region: str) -> Caller:
    """Return who an access key id belongs to; unknown keys belong to a user of the default account."""
    known = state.credentials.get(access_key_id)
    partition = partition_of(region)
    if known is not None:
        arn = known.arn or f"arn:{partition}:iam::{known.account}:user/grantgate"
        return Caller(access_key_id, known.account, arn, known.directory_user, known.directory_groups)
    return _moto_caller(access_key_id, partition) or Caller(
        access_key_id, state.default_account, f"arn:{partition}:iam::{state.default_account}:user/grantgate"
    )


def is_from_moto(caller: Caller) -> bool:
    """Tell whether moto handed out the caller's credentials."""
    return _moto_caller(caller.access_key_id, caller.arn.split(":")[1]) is not None


def _moto_caller(access_key_id: str, partition: str) -> Caller | None:
    """Return the role or user moto made these credentials for; a moto that was never used made none."""
    if "moto.iam.models" not in sys.modules:
        return None
    from moto.iam.models import iam_backends  # noqa: PLC0415  # only loaded when a call has needed moto

    for account, backends in list(iam_backends.items()):
        if partition not in backends or access_key_id not in backends[partition].access_keys:
            continue
        key = backends[partition].access_keys[access_key_id]
        role_arn = getattr(key, "role_arn", None) or ""
        if _ASSUMED_ROLE.fullmatch(role_arn):
            return Caller(access_key_id, account, role_arn)
        return Caller(access_key_id, account, f"arn:{partition}:iam::{account}:user/{key.user_name}")
    return None
