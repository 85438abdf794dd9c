"""The caller's side of Access Grants: which grants are mine, and credentials for one of them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import access, paging, scopes
from .errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .calls import Call, Caller
    from .state import Grant, Instance

_DEFAULT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class _Found:
    grant: Grant
    instance: Instance

    @property
    def number(self) -> int:
        return self.grant.number


def _is_for(grant: Grant, caller: Caller) -> bool:
    if grant.grantee_type == "IAM":
        return grant.grantee_identifier == caller.arn
    if grant.grantee_type == "DIRECTORY_USER":
        return grant.grantee_identifier == caller.directory_user
    return grant.grantee_identifier in caller.directory_groups


def _instances(call: Call) -> Iterator[Instance]:
    """Yield the instance that was asked for, and with InstanceScope ALL those shared with its account."""
    own = call.state.instances.get((call.account, call.region))
    if own is not None:
        yield own
    if call.parameters.get("InstanceScope") == "ALL":
        for (account, region), instance in sorted(call.state.instances.items(), key=lambda item: item[0]):
            if region == call.region and account != call.account and access.is_open_to_caller(call, instance):
                yield instance
    elif own is None:
        raise AwsError("AccessGrantsInstanceNotExistsError", "Access Grants Instance does not exist")


def _grants_of_caller(call: Call) -> list[_Found]:
    return [
        _Found(grant, instance)
        for instance in _instances(call)
        for grant in instance.grants.values()
        if _is_for(grant, call.caller)
    ]


def list_caller_access_grants(call: Call) -> dict[str, Any]:
    """Answer ListCallerAccessGrants; AllowedByApplication keeps grants that are not tied to an application."""
    wanted = call.parameters.get("GrantScope")
    untied_only = call.parameters.get("AllowedByApplication", False)
    found = [
        entry
        for entry in _grants_of_caller(call)
        if wanted in {None, entry.grant.scope} and not (untied_only and entry.grant.application_arn)
    ]
    shown, token = paging.page(call, found)
    listed = [
        {
            "Permission": entry.grant.permission,
            "GrantScope": entry.grant.scope,
            # S3 writes ALL for a grant that every application may use.
            "ApplicationArn": entry.grant.application_arn or "ALL",
            "AccessGrantsInstanceArn": entry.instance.arn,
        }
        for entry in shown
    ]
    return {"CallerAccessGrantsList": listed, "NextToken": token}


def get_data_access(call: Call) -> dict[str, Any]:
    """
    Answer GetDataAccess: credentials for the grant closest to the target.

    The credentials have the right form and expiry; nothing here enforces what they open.
    """
    target: str = call.parameters["Target"]
    permission: str = call.parameters["Permission"]
    closest = max(
        (
            found
            for found in _grants_of_caller(call)
            if found.grant.permission in {permission, "READWRITE"} and scopes.covers(found.grant.scope, target)
        ),
        key=lambda found: len(found.grant.scope),
        default=None,
    )
    if closest is None:
        message = "You do not have READ permissions to the requested S3 Prefix: " + target
        raise AwsError("AccessDenied", message.replace("READ", permission, 1))
    minimal = call.parameters.get("Privilege", "Default") == "Minimal"
    return {
        "Credentials": {
            "AccessKeyId": "ASIA" + secrets.token_hex(8).upper(),
            "SecretAccessKey": secrets.token_urlsafe(30),
            "SessionToken": secrets.token_urlsafe(180),
            "Expiration": call.now + timedelta(seconds=call.parameters.get("DurationSeconds", _DEFAULT_SECONDS)),
        },
        "MatchedGrantTarget": target if minimal else closest.grant.scope,
        "Grantee": {
            "GranteeType": closest.grant.grantee_type,
            "GranteeIdentifier": closest.grant.grantee_identifier,
        },
        "MatchedInstanceArn": closest.instance.arn,
    }
