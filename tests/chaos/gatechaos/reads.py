"""
What the journal of AWS proves: for each lookup that a program declares, an intact answer of this very run.

Nothing of the product is asked: the program says what has to be read, and AWS says what it was asked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from .lookups import GRANTS, INSTANCE, LOCATION, LOCATIONS, OPERATION, POINT, POLICY, PREFIX, ROLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .cases import Case
    from .lookups import Lookup

Entry = "Mapping[str, Any]"

OK: Final = 200
NO_INSTANCE: Final = "AccessGrantsInstanceNotExistsError"
NO_POLICY: Final = "AccessGrantsInstanceResourcePolicyNotExists"
NO_POINT_POLICY: Final = "NoSuchMultiRegionAccessPointPolicy"
NO_REQUEST: Final = "NoSuchAsyncRequest"
_PAGING: Final = frozenset({"nexttoken", "maxresults"})
_FILTERS: Final = {"location_scope": "locationscope", "grantee_type": "granteetype"}
_LISTS: Final = {LOCATIONS: "ListAccessGrantsLocations", GRANTS: "ListAccessGrants"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What AWS was asked and answered intact in one phase of a run, oldest first."""

    entries: tuple[Mapping[str, Any], ...]

    @classmethod
    def of(cls, journal: Sequence[Mapping[str, Any]]) -> Heard:
        """Keep the answers that went out whole, and as AWS meant them."""
        return cls(tuple(entry for entry in journal if entry["intact"]))

    def answers(self, operation: str, account: str, region: str = "") -> Iterator[Mapping[str, Any]]:
        """Give the answers to one operation, of one account and Region, errors among them."""
        for entry in self.entries:
            where = region or entry["region"]
            if (entry["operation"], entry["account"], entry["region"]) == (operation, account, where):
                yield entry

    def lists(self, operation: str, account: str, region: str, filters: Mapping[str, str]) -> list[int]:
        """Give, for every list that was read from its first page to its last, how many items it held."""
        pages = [
            entry
            for entry in self.answers(operation, account, region)
            if entry["status"] == OK and _asked(entry) == filters
        ]
        return [found for index, page in enumerate(pages) if (found := _followed(pages, index, page)) is not None]


def _asked(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_qsl(entry["query"]) if name.lower() not in _PAGING}


def _followed(pages: Sequence[Mapping[str, Any]], index: int, page: Mapping[str, Any]) -> int | None:
    """Follow the tokens from a first page on; None when it is none, or the end never came."""
    if page["page"] is not None:
        return None
    total = int(page["items"])
    while page["nextPage"] is not None:
        following = next(
            (place for place in range(index + 1, len(pages)) if pages[place]["page"] == page["nextPage"]), None
        )
        if following is None:
            return None
        index, page = following, pages[following]
        total += int(page["items"])
    return total


def unread(case: Case, heard: Heard) -> Iterator[str]:
    """Say which lookups AWS was not asked for, or gave no intact answer."""
    needed: Counter[tuple[Any, ...]] = Counter()
    for one in case.lookups:
        key = (one.kind, one.account, one.region, one.subject, one.filters, one.needs_instance)
        # What shares an answer needs one together; what may be about a change of this update needs its own.
        needed[key] += 1 if one.direct else 0
    for one in case.lookups:
        key = (one.kind, one.account, one.region, one.subject, one.filters, one.needs_instance)
        least = max(1, needed[key])
        found = reads_of(case, one, heard)
        if found < least:
            yield f"{one.name} ({one.kind} {one.subject or one.region} in {one.account}): {found} of {least} reads"


def reads_of(case: Case, one: Lookup, heard: Heard) -> int:
    """Count the whole reads of what one lookup is about."""
    return _READS[one.kind](case, one, heard)


def items_of(one: Lookup, heard: Heard) -> frozenset[int] | None:
    """Give how many items a list lookup may have found; None for a lookup that lists nothing."""
    if one.kind not in _LISTS:
        return None
    found = set(heard.lists(_LISTS[one.kind], one.account, one.region, _filters(one)))
    return frozenset(found | ({0} if _absent(one, heard, _LISTS[one.kind], NO_INSTANCE) else set()))


def _filters(one: Lookup) -> dict[str, str]:
    return {_FILTERS[name]: value for name, value in one.filters}


def _absent(one: Lookup, heard: Heard, operation: str, *codes: str) -> int:
    """Count the times that AWS said in so many words that there is nothing."""
    wanted = {code for code in codes if code != NO_INSTANCE or not one.needs_instance}
    return sum(entry["code"] in wanted for entry in heard.answers(operation, one.account, one.region))


def _good(one: Lookup, heard: Heard, operation: str, named: str, *, anywhere: bool = False) -> int:
    """Count the good answers to an operation that name a text as the last part of their path."""
    answers = heard.answers(operation, one.account, "" if anywhere else one.region)
    return sum(entry["status"] == OK and unquote(entry["path"]).endswith(f"/{named}") for entry in answers)


def _location(case: Case, one: Lookup, heard: Heard) -> int:
    alone: int = _good(one, heard, "GetAccessGrantsLocation", one.subject)
    if one.direct or _is_hidden(case, one):
        return alone
    return alone + len(heard.lists("ListAccessGrantsLocations", one.account, one.region, {}))


def _is_hidden(case: Case, one: Lookup) -> bool:
    """Say whether a fault leaves the location out of lists: then no list proves anything about it."""
    return any(
        fault["kind"] == "gone"
        and fault["location"].endswith(f"/{one.subject}")
        and fault["operation"] != "GetAccessGrantsLocation"
        for fault in case.faults
    )


def _prefix(_case: Case, one: Lookup, heard: Heard) -> int:
    answers = heard.answers("GetAccessGrantsInstanceForPrefix", one.account, one.region)
    return sum(entry["status"] == OK and _asked(entry).get("s3prefix") == one.subject for entry in answers)


def _operation(case: Case, one: Lookup, heard: Heard) -> int:
    call = "DescribeMultiRegionAccessPointOperation"
    forgotten = any(other.expired for other in case.world.requests if other.token == one.subject)
    if case.before is None or not forgotten:
        return _good(one, heard, call, one.subject)
    # S3 has said that it knows the token no more: the state of the last update has what it said before.
    answers = heard.answers(call, one.account, one.region)
    return sum(
        1 for entry in answers if entry["code"] == NO_REQUEST and unquote(entry["path"]).endswith(f"/{one.subject}")
    )


def _listed(_case: Case, one: Lookup, heard: Heard) -> int:
    operation = _LISTS[one.kind]
    whole = heard.lists(operation, one.account, one.region, _filters(one))
    return len(whole) + _absent(one, heard, operation, NO_INSTANCE)


def _instance(_case: Case, one: Lookup, heard: Heard) -> int:
    answers = heard.answers("GetAccessGrantsInstance", one.account, one.region)
    there = sum(1 for entry in answers if entry["status"] == OK)
    return there + _absent(one, heard, "GetAccessGrantsInstance", NO_INSTANCE)


def _policy(_case: Case, one: Lookup, heard: Heard) -> int:
    call = "GetAccessGrantsInstanceResourcePolicy"
    there = sum(1 for entry in heard.answers(call, one.account, one.region) if entry["status"] == OK)
    return there + _absent(one, heard, call, NO_INSTANCE, NO_POLICY)


def _point(case: Case, one: Lookup, heard: Heard) -> int:
    """Count the reads of an access point: of all that belongs to it, what was read least often."""
    point = next((other for other in case.world.points if other.name == one.subject), None)
    if point is None:
        return 0
    arn = f"arn:aws:s3::{one.account}:accesspoint/{point.alias}"
    parts = [
        _good(one, heard, "GetMultiRegionAccessPoint", one.subject),
        _good(one, heard, "GetMultiRegionAccessPointRoutes", f"{arn}/routes", anywhere=True),
    ]
    policy = "GetMultiRegionAccessPointPolicy"
    if point.policy:
        parts.append(_good(one, heard, policy, f"{one.subject}/policy"))
        parts.append(_good(one, heard, f"{policy}Status", f"{one.subject}/policystatus"))
    else:
        answers = heard.answers(policy, one.account, one.region)
        parts.append(sum(entry["code"] == NO_POINT_POLICY and one.subject in entry["path"] for entry in answers))
    return min(parts)


def _role(case: Case, one: Lookup, heard: Heard) -> int:
    """
    Count the reads of a role.

    The journal does not name the role of a call: what is left when every role of the account has had its own.
    """
    role = next((other for other in case.world.roles if other.arn == one.subject), None)
    if role is None:
        return 0
    others = {other.subject for other in case.lookups if (other.kind, other.account) == (ROLE, one.account)}
    known = {other.arn: other for other in case.world.roles}
    inline = sum(len(known[arn].inline) for arn in others if arn in known)

    def good(operation: str) -> int:
        return sum(entry["status"] == OK for entry in heard.answers(operation, one.account))

    each = min(good(call) - len(others) + 1 for call in ("GetRole", "ListRolePolicies", "ListAttachedRolePolicies"))
    return max(0, min(each, good("GetRolePolicy") - inline + 1))


_READS: Final[Mapping[str, Callable[[Case, Lookup, Heard], int]]] = {
    LOCATION: _location,
    PREFIX: _prefix,
    OPERATION: _operation,
    LOCATIONS: _listed,
    GRANTS: _listed,
    INSTANCE: _instance,
    POLICY: _policy,
    POINT: _point,
    ROLE: _role,
}
