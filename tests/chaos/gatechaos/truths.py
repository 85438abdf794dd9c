"""
A few rules said once more, in plain string code that shares nothing with the product's.

They are about what AWS held, not about what anybody reported.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from .evidence import moment
from .lookups import LOCATION, LOCATIONS, OPERATION, POINT
from .rulesfiles import ALLOWED, BLOCKED, DENIED, SCOPE, SUCCEEDED
from .worlds import ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .cases import Case
    from .evidence import Ran
    from .lookups import Lookup
    from .worlds import Location, Site

_CHANGE: Final = "change-after"
_NEVER: Final = ("organizationaccountaccessrole", "awscontroltowerexecution")


def scope_is_allowed(account: str, scope: str) -> bool:
    """
    Say whether a scope lies below one team's folder of a bucket that is the account's own.

    >>> scope_is_allowed("111122223333", "s3://acme-data-prod-x/finance/*")
    True
    >>> scope_is_allowed("111122223333", "s3://acme-data-prod-x/finance*")
    False
    >>> scope_is_allowed("444455556666", "s3://acme-data-prod-x/finance/*")
    False
    """
    bucket, _, keys = scope.removeprefix("s3://").partition("/")
    own = f"acme-{ACCOUNTS.get(account, '?')}-"
    team, slash, _ = keys.partition("/")
    inside = bucket.startswith(own) and len(bucket) > len(own) and bool(team) and slash == "/" and "*" not in team
    return inside and not bucket.endswith("-secrets")


def role_is_denied(role: str) -> bool:
    """
    Say whether a role is one that is never handed out.

    >>> role_is_denied("arn:aws:iam::111122223333:role/DataAdmin"), role_is_denied("arn:aws:iam::1:role/x/reader")
    (True, False)
    """
    path, _, name = role.partition(":role/")[2].rpartition("/")
    low = name.lower()
    return "admin" in low or low in _NEVER or path.startswith(("aws-service-role", "aws-reserved"))


def role_is_the_team_s(account: str, scope: str, role: str) -> bool:
    """
    Say whether a role is of the account, under the reserved path, and of the team whose folder the scope is.

    >>> team = "arn:aws:iam::111122223333:role/access-grants/finance-reader"
    >>> role_is_the_team_s("111122223333", "s3://b/finance/*", team)
    True
    >>> role_is_the_team_s("111122223333", "s3://b/people/*", team)
    False
    """
    team = scope.removeprefix("s3://").split("/")[1].rstrip("*")
    start = f"arn:aws:iam::{account}:role/access-grants/{team}-"
    return role.startswith(start) and "/" not in role[len(start) :]


def broken(case: Case, ran: Ran) -> Iterator[str]:
    """Say what of that which the program looks up broke a rule that stops a run, as AWS held it when it was read."""
    for one in case.lookups:
        for site, location in _locations(case, one):
            role = _role_read(case, ran, site, location)
            for rule in _against(case, site, replace(location, role=role)) if role else ():
                yield f"{one.name}: {rule}: {location.scope} with {role} in {site.account}"
        requests = (other for other in case.world.requests if other.token == one.subject)
        if one.kind == OPERATION and case.rules.blocks(SUCCEEDED) and any(one.state == "FAILED" for one in requests):
            yield f"{one.name}: {SUCCEEDED}: the request has failed"
        points = (other for other in case.world.points if other.name == one.subject)
        if one.kind == POINT and case.rules.blocks(BLOCKED) and not all(other.blocked for other in points):
            yield f"{one.name}: {BLOCKED}: the access point is open"


def _role_read(case: Case, ran: Ran, site: Site, location: Location) -> str | None:
    """
    Give the role that a location had when the last program read it; None where that cannot be told.

    A fault may change it after an answer: from then on AWS holds the other role.
    """
    now = ran.roles.get((site.account, site.region, location.id))
    if now == location.role:
        return now
    changes = [fault for fault in case.faults if fault["kind"] == _CHANGE]
    changed = next((entry["n"] for entry in ran.journal if _CHANGE in entry["faults"]), None)
    if len(changes) != 1 or changed is None or not ran.starts:
        return None
    began = ran.starts[-1].at
    read = {entry["n"] > changed for entry in ran.journal if moment(entry["time"]) >= began and _is_of(entry, location)}
    return {(True,): now, (False,): location.role}.get(tuple(read))


def _is_of(entry: Mapping[str, Any], location: Location) -> bool:
    return entry["operation"] == "ListAccessGrantsLocations" or str(entry["path"]).endswith(f"/location/{location.id}")


def _locations(case: Case, one: Lookup) -> Iterator[tuple[Site, Location]]:
    """Give the locations that a lookup is about."""
    site = case.world.sites.get((one.account, one.region))
    wanted = dict(one.filters).get("location_scope")
    for location in site.locations if site else ():
        alone = one.kind == LOCATION and location.id == one.subject
        if alone or (one.kind == LOCATIONS and wanted in {None, location.scope}):
            yield site, location  # type: ignore[misc]  # without a site there is no location


def _against(case: Case, site: Site, location: Location) -> Iterator[str]:
    rules, account, scope = case.rules, site.account, location.scope
    if rules.blocks(SCOPE) and (account, scope) not in rules.waived and not scope_is_allowed(account, scope):
        yield SCOPE
    if rules.blocks(DENIED) and role_is_denied(location.role):
        yield DENIED
    if rules.blocks(ALLOWED) and not role_is_the_team_s(account, scope, location.role):
        yield ALLOWED
