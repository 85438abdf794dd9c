"""
A whole estate of lookups from stack configuration: what the root program declares.

```yaml
config:
  grantgate:lookups:
    - account: "111122223333"
      region: eu-west-1
      assumeRoleArn: arn:aws:iam::111122223333:role/gate-reader
      locations: [default, 6f1c0a52-5a8b-4d0e-9c57-2f1f0e4f7a11]
      prefixes: ["s3://acme-data-prod-finance/reports/"]
      operations: ["arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/TOKEN"]
```
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import pulumi

from grantgate import inputs as accepts
from grantgate.arns import Arn
from grantgate.instance import AccessGrantsInstanceForPrefix
from grantgate.location import AccessGrantsLocation
from grantgate.operation import MultiRegionAccessPointOperation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from grantgate.resource import LookupResource

KEY: Final = "lookups"
_LISTS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "locations": accepts.location_id,
    "prefixes": accepts.s3_prefix,
    "operations": accepts.request_token_arn,
}
_TEXTS: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "account": accepts.account_id,
    "region": accepts.region,
    "assumeRoleArn": accepts.role_arn,
}


@dataclass(frozen=True, slots=True)
class Site:
    """What to look up in one account and Region; empty texts mean the caller's account and the stack's Region."""

    account: str = ""
    region: str = ""
    assume_role_arn: str = ""
    locations: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()


class EstateError(ValueError):
    """The configuration cannot be used; ``faults`` are all that is wrong, each with its place."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


def sites(value: Any, name: str = f"grantgate:{KEY}") -> tuple[Site, ...]:
    """
    Read the configuration; raise EstateError with every fault at once.

    >>> sites([{"account": "12", "locatons": ["default"]}])
    Traceback (most recent call last):
    grantgate.estate.EstateError: grantgate:lookups[0].account: '12' is not an AWS account id of 12 digits
    grantgate:lookups[0].locatons: no such key (did you mean 'locations'?)
    grantgate:lookups[0]: none of locations, prefixes, operations is given
    """
    if not isinstance(value, list):
        found_kind = "not set" if value is None else accepts.kind(value)
        raise EstateError([f"{name}: {found_kind}; a list of accounts with what to look up is needed"])
    if not value:
        raise EstateError([f"{name}: an empty list looks nothing up"])
    faults: list[str] = []
    found: list[Site] = []
    seen: dict[tuple[str, ...], str] = {}
    for index, entry in enumerate(value):
        place = f"{name}[{index}]"
        if not isinstance(entry, dict):
            faults.append(f"{place}: {entry!r} is {accepts.kind(entry)}, not a map of account, region and lists")
            continue
        wrong = [*_text_faults(entry, place), *_list_faults(entry, place, seen)]
        faults += wrong
        if not wrong:
            found.append(
                Site(
                    # A key without a value is null in YAML: not given.
                    account=entry.get("account") or "",
                    region=entry.get("region") or "",
                    assume_role_arn=entry.get("assumeRoleArn") or "",
                    **{key: tuple(entry.get(key) or ()) for key in _LISTS},
                )
            )
    if faults:
        raise EstateError(faults)
    return tuple(found)


def _text_faults(entry: Mapping[str, Any], place: str) -> list[str]:
    faults = []
    for key, complain in _TEXTS.items():
        value = entry.get(key)
        complaint = complain(value) if value is not None else None
        if complaint:
            # YAML reads an unquoted account id as a number, and one with a leading zero as another number.
            hint = "; quote it" if key == "account" and isinstance(value, int) else ""
            faults.append(f"{place}.{key}: {complaint}{hint}")
    known = {*_TEXTS, *_LISTS}
    for key in sorted(set(entry) - known, key=str):
        close = get_close_matches(str(key), sorted(known), n=1)
        meant = f" (did you mean {close[0]!r}?)" if close else ""
        faults.append(f"{place}.{key}: no such key{meant}")
    return faults


def _list_faults(entry: Mapping[str, Any], place: str, seen: dict[tuple[str, ...], str]) -> list[str]:
    faults = []
    if not any(entry.get(key) for key in _LISTS):
        faults.append(f"{place}: none of {', '.join(_LISTS)} is given")
    for key, complain in _LISTS.items():
        items = entry.get(key)
        if items is None:
            continue
        if not isinstance(items, list):
            faults.append(f"{place}.{key}: {items!r} is {accepts.kind(items)}, not a list")
            continue
        for index, item in enumerate(items):
            here = f"{place}.{key}[{index}]"
            complaint = complain(item)
            # A token is its own place: it names its account, and its Region is always the same.
            place_of = () if key == "operations" else (str(entry.get("account")), str(entry.get("region")))
            identity = (key, *place_of, str(item))
            if complaint is None and identity in seen:
                complaint = f"{item!r} is looked up already by {seen[identity]}"
            if complaint:
                faults.append(f"{here}: {complaint}")
            seen.setdefault(identity, here)
    return faults


def declare(config: pulumi.Config | None = None) -> list[LookupResource]:
    """
    Declare every lookup that the stack's configuration asks for.

    Errors: pulumi.RunError listing all faults, which Pulumi prints without a traceback.
    """
    config = config or pulumi.Config("grantgate")
    try:
        wanted = sites(_configured(config), f"{config.name}:{KEY}")
    except EstateError as error:
        raise pulumi.RunError(f"stack configuration cannot be used:\n{error}") from None
    return [resource for site in wanted for resource in _declared(site)]


def _configured(config: pulumi.Config) -> Any:
    try:
        return config.get_object(KEY)
    except pulumi.ConfigTypeError:
        raise EstateError([f"{config.name}:{KEY}: is not a list; set it as structured configuration"]) from None


def _declared(site: Site) -> list[LookupResource]:
    account, region, role = site.account or None, site.region or None, site.assume_role_arn or None
    where = "".join(f"{part}-" for part in (site.account, site.region) if part)
    found: list[LookupResource] = [
        AccessGrantsLocation(f"location-{where}{item}", item, account_id=account, region=region, assume_role_arn=role)
        for item in site.locations
    ]
    found += [
        AccessGrantsInstanceForPrefix(
            f"prefix-{where}{item}", item, account_id=account, region=region, assume_role_arn=role
        )
        for item in site.prefixes
    ]
    found += [
        MultiRegionAccessPointOperation(f"operation-{_short(item)}", item, account_id=account, assume_role_arn=role)
        for item in site.operations
    ]
    return found


def _short(token_arn: str) -> str:
    arn = Arn.parse(token_arn)
    _, _, operation, token = arn.resource.split("/", 3)
    return f"{arn.account}-{operation}-{token}"
