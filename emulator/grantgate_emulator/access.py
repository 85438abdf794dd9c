"""Who may call what: the same account, or another one that the instance's owner let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import policy
from .errors import denied

if TYPE_CHECKING:
    from .calls import Call
    from .state import Instance

# Source: S3 User Guide, "S3 Access Grants cross-account access": the actions a resource policy can open.
SHAREABLE_OPERATIONS = frozenset(
    {
        "GetAccessGrantsInstanceForPrefix",
        "ListAccessGrants",
        "ListAccessGrantsLocations",
        "ListCallerAccessGrants",
        "GetDataAccess",
    }
)


def check_account(call: Call, resource: str) -> None:
    """Refuse a call about another account, unless that account's instance opens this very operation."""
    if call.caller.account == call.account:
        return
    instance = call.state.instances.get((call.account, call.region))
    # GetAccessGrantsInstanceForPrefix names the requester, never the owner, so nobody may ask for someone else.
    can_be_shared = call.operation in SHAREABLE_OPERATIONS - {"GetAccessGrantsInstanceForPrefix"}
    if not (can_be_shared and instance is not None and is_open_to_caller(call, instance)):
        raise refusal(call, resource, "no resource-based policy allows the action")


def is_open_to_caller(call: Call, instance: Instance) -> bool:
    """Tell whether an owner's resource policy or RAM share lets the caller make this call on the instance."""
    if call.caller.account in instance.shared_with:
        return True
    rules = instance.resource_policy
    return rules is not None and policy.allows(rules.document, call.caller, f"s3:{call.operation}", instance.arn)


def refusal(call: Call, resource: str, because: str) -> Exception:
    """Return the AccessDenied that names this call's action."""
    return denied(call.caller.session_arn, f"s3:{call.operation}", resource, f"because {because}")
