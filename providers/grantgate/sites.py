"""
What stack configuration asks to be looked up, one account and Region at a time; every fault is told at once.

`estate.py` declares it; `matrix.py` makes the same of an organization's rules file.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from grantgate import inputs as accepts
from grantgate.access_point import access_point_name
from grantgate.arns import Arn, partition_of
from grantgate.grants import GrantsLookup

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

KEY: Final = "lookups"
_LISTS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "locations": accepts.location_id,
    "prefixes": accepts.s3_prefix,
    "operations": accepts.request_token_arn,
    "accessPoints": access_point_name,
    "roles": accepts.role_arn,
}
_TEXTS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "account": accepts.account_id,
    "region": accepts.region,
    "assumeRoleArn": accepts.role_arn,
}
_REQUEST: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "token": accepts.request_token_arn,
    "maxAgeSeconds": accepts.age,
    "wait": accepts.flag,
}
"""What a map among ``operations`` may hold; a token by itself is one without the rest."""
PLACE_WIDE: Final = ("instance", "allLocations", "grants", "instancePolicy")
"""What is looked up of a whole account and Region, by the words that configuration has for it."""
_WANTS: Final = ("locations", "prefixes", "operations", *PLACE_WIDE, "accessPoints", "roles")

_OF_ACCOUNT: Final = frozenset({"accessPoints"})
_OF_THEMSELVES: Final = frozenset({"operations", "roles"})
"""What names its own account: wherever it is asked for, it is the same."""

Seen = dict[tuple[str, ...], str]


@dataclass(frozen=True, slots=True)
class Request:
    """
    One request to look up, by its token.

    Shape: ``max_age_seconds`` bounds how old an answer may be that was kept, ``wait`` reads until the request has
           ended; None where configuration does not say it.
    """

    token: str
    max_age_seconds: int | None = None
    wait: bool | None = None


@dataclass(frozen=True, slots=True)
class SiteLookups:
    """
    What to look up in one account and Region; empty texts mean the caller's account and the stack's Region.

    Shape: ``grants`` are filters, name and value, of which there may be none; None where no grants are looked up;
           ``must_exist`` says whether it is a failure when the place has no instance.
    """

    account: str = ""
    region: str = ""
    assume_role_arn: str = ""
    locations: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    operations: tuple[Request, ...] = ()
    instance: bool = False
    all_locations: bool = False
    grants: tuple[tuple[str, str], ...] | None = None
    instance_policy: bool = False
    access_points: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    must_exist: bool = True

    @property
    def place(self) -> tuple[str, ...]:
        """Give account and Region, as far as they are said."""
        return tuple(part for part in (self.account, self.region) if part)


class EstateError(ValueError):
    """The configuration cannot be used; ``faults`` are all that is wrong, each with its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def sites(value: Any, name: str = f"grantgate:{KEY}", *, elsewhere: Seen | None = None) -> tuple[SiteLookups, ...]:
    """
    Read the configuration; raise EstateError with every fault at once.

    ``elsewhere`` are lookups that are asked for already, with the place that asks for them.

    >>> sites([{"account": "12", "locatons": ["default"]}])
    Traceback (most recent call last):
    grantgate.sites.EstateError: grantgate:lookups[0].account: '12' is not an AWS account id of 12 digits
    grantgate:lookups[0].locatons: no such key (did you mean 'locations'?)
    grantgate:lookups[0]: none of locations, prefixes, operations, instance, allLocations, grants, instancePolicy, \
accessPoints, roles is given
    """
    if not isinstance(value, list):
        found_kind = "not set" if value is None else accepts.kind(value)
        raise EstateError([f"{name}: {found_kind}; a list of accounts with what to look up is needed"])
    if not value:
        raise EstateError([f"{name}: an empty list looks nothing up"])
    faults: list[str] = []
    found: list[SiteLookups] = []
    seen = dict(elsewhere or {})
    for index, entry in enumerate(value):
        place = f"{name}[{index}]"
        if not isinstance(entry, dict):
            shown = accepts.shown(entry)
            faults.append(
                f"{place}: {shown} is {accepts.kind(entry)}, not a map of account, region and what to look up"
            )
            continue
        wrong = [*_entry_faults(entry, place), *_list_faults(entry, place, seen), *_wide_faults(entry, place, seen)]
        faults += wrong
        if not wrong:
            found.append(_site(entry))
    if faults:
        raise EstateError(faults)
    return tuple(found)


def wide_identity(key: str, account: str, region: str, filters: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Give what is equal for two lookups of the same thing in the same place."""
    return (key, account, region, *(f"{name}={value}" for name, value in sorted((filters or {}).items())))


def key_faults(entry: Mapping[str, Any], known: Collection[str], place: str) -> Iterator[str]:
    """Complain about keys that nobody reads."""
    for key in sorted(set(entry) - set(known), key=str):
        yield f"{place}.{key}: no such key{meant(key, known)}"


def meant(word: Any, known: Collection[str]) -> str:
    """
    Guess what was meant by a word that is none.

    >>> meant("locatons", ["locations", "grants"])
    " (did you mean 'locations'?)"
    """
    close = get_close_matches(str(word), sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def account_fault(value: Any) -> str | None:
    """Complain unless ``value`` is an account id; a number gets the hint that it must be quoted."""
    complaint = accepts.account_id(value)
    # YAML reads an unquoted account id as a number, and one with a leading zero as another number.
    return f"{complaint}; quote it" if complaint and isinstance(value, int) else complaint


def _site(entry: Mapping[str, Any]) -> SiteLookups:
    """Make a site of an entry without faults; a key without a value is null in YAML: not given."""
    grants = entry.get("grants")
    return SiteLookups(
        account=entry.get("account") or "",
        region=entry.get("region") or "",
        assume_role_arn=entry.get("assumeRoleArn") or "",
        locations=tuple(entry.get("locations") or ()),
        prefixes=tuple(entry.get("prefixes") or ()),
        operations=tuple(_request(item) for item in entry.get("operations") or ()),
        instance=bool(entry.get("instance")),
        all_locations=bool(entry.get("allLocations")),
        grants=tuple(sorted(grants.items())) if isinstance(grants, dict) else () if grants else None,
        instance_policy=bool(entry.get("instancePolicy")),
        access_points=tuple(entry.get("accessPoints") or ()),
        roles=tuple(entry.get("roles") or ()),
    )


def _request(item: Any) -> Request:
    """Make a request of an item without faults: a token, or a map that has one."""
    if not isinstance(item, dict):
        return Request(item)
    age = item.get("maxAgeSeconds")
    return Request(item["token"], None if age is None else int(age), item.get("wait"))


def _entry_faults(entry: Mapping[str, Any], place: str) -> Iterator[str]:
    for key, complain in _TEXTS.items():
        value = entry.get(key)
        check = account_fault if key == "account" else complain
        complaint = check(value) if value is not None else None
        if complaint:
            yield f"{place}.{key}: {complaint}"
    if complaint := _foreign_reader(entry):
        yield f"{place}.assumeRoleArn: {complaint}"
    yield from key_faults(entry, {*_TEXTS, *_WANTS}, place)
    if not any(entry.get(key) for key in _WANTS):
        yield f"{place}: none of {', '.join(_WANTS)} is given"


def _foreign_reader(entry: Mapping[str, Any]) -> str | None:
    """Complain about a role to read with that the Region's partition does not have."""
    reader, region = entry.get("assumeRoleArn"), entry.get("region")
    if accepts.role_arn(reader) or accepts.region(region):
        return None
    partition, other = partition_of(str(region)), Arn.parse(str(reader)).partition
    if partition == other:
        return None
    told = f"{reader!r} is of partition {other!r}, and the entry's region {region!r} is of {partition!r}"
    return f"{told}; take a role of the Region's partition, or another Region"


def _list_faults(entry: Mapping[str, Any], place: str, seen: Seen) -> Iterator[str]:
    for key, complain in _LISTS.items():
        items = entry.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            yield f"{place}.{key}: {accepts.shown(items)} is {accepts.kind(items)}, not a list"
            continue
        for index, item in enumerate(items):
            here = f"{place}.{key}[{index}]"
            named = item
            if key == "operations" and isinstance(item, dict):
                faults = list(_request_faults(item, here))
                named = item.get("token")
            else:
                complaint = complain(item) or (_stranger(item, entry) if key == "roles" else None)
                faults = [f"{here}: {complaint}"] if complaint else []
            identity = (key, *_place_of(key, entry), str(named))
            if not faults and identity in seen:
                faults = [f"{here}: {named!r} is looked up already by {seen[identity]}"]
            yield from faults
            seen.setdefault(identity, here)


def _request_faults(item: Mapping[str, Any], place: str) -> Iterator[str]:
    """Complain about a map that is not of a token and how to look it up."""
    yield from key_faults(item, _REQUEST, place)
    if item.get("token") is None:
        yield f"{place}.token: not given; the request's token is needed"
    for name, check in _REQUEST.items():
        value = item.get(name)
        if value is not None and (complaint := check(value)):
            yield f"{place}.{name}: {complaint}"


def _place_of(key: str, entry: Mapping[str, Any]) -> tuple[str, ...]:
    """Give what makes the same name another thing: roles and requests name their account, access points no Region."""
    if key in _OF_THEMSELVES:
        return ()
    account, region = str(entry.get("account") or ""), str(entry.get("region") or "")
    return (account,) if key in _OF_ACCOUNT else (account, region)


def _stranger(role: str, entry: Mapping[str, Any]) -> str | None:
    """Complain about a role that the entry's account or credentials cannot show: IAM shows its own account's only."""
    account = Arn.parse(role).account
    told, reader = entry.get("account"), entry.get("assumeRoleArn")
    if accepts.account_id(told) is None and told != account:
        return f"{role!r} is not of the entry's account {told!r}"
    if accepts.role_arn(reader) is None and Arn.parse(reader).account != account:
        return f"{role!r} is not of the account of assumeRoleArn, and IAM shows no other account's"
    return None


def _wide_faults(entry: Mapping[str, Any], place: str, seen: Seen) -> Iterator[str]:
    for key in PLACE_WIDE:
        value = entry.get(key)
        here = f"{place}.{key}"
        if key == "grants" and isinstance(value, dict):
            faults = list(_filter_faults(value, here))
            filters = {} if faults else value
        else:
            complaint = accepts.flag(value) if value is not None else None
            maps = ", nor a map of filters" if key == "grants" else ""
            faults = [f"{here}: {complaint}{maps}"] if complaint else []
            filters = {}
        yield from faults
        if not value or faults:
            continue
        identity = wide_identity(key, str(entry.get("account") or ""), str(entry.get("region") or ""), filters)
        if identity in seen:
            yield f"{here}: is looked up already by {seen[identity]}"
        seen.setdefault(identity, here)


def _filter_faults(filters: Mapping[str, Any], place: str) -> Iterator[str]:
    checks = {name: check for name, check in GrantsLookup.inputs.items() if name in GrantsLookup.filters}
    if not filters:
        yield f"{place}: an empty map filters nothing; write true for every grant"
    yield from key_faults(filters, checks, place)
    for name, check in checks.items():
        if name in filters and (complaint := check(filters[name])):
            yield f"{place}.{name}: {complaint}"
