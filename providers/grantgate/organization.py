"""
The accounts and Regions of an organization, from the rules file that the policy pack judges by.

The lookups may not import the pack, so the file is read here once more, and of it only these two lists. The pack checks
the rest, and refuses whatever is wrong with it; what is read here must be exactly what the pack reads, and everything
that could be read in two ways is refused.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NoReturn

from grantgate import inputs as accepts
from grantgate.sites import EstateError, account_fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LARGEST: Final = 1024 * 1024
"""Bytes that a rules file may have, to the pack as well."""
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Organization:
    """Accounts, id to name, and Regions, both in the file's order."""

    accounts: Mapping[str, str]
    regions: tuple[str, ...]


def read_organization(path: Path) -> Organization:
    """
    Read accounts and Regions of the rules file at ``path``.

    Errors: EstateError with every fault, each with the file's name.
    """
    name = str(path)
    data = _document(path, name)
    faults: list[str] = []
    version = data.get("version")
    if isinstance(version, bool) or version != VERSION:
        told = accepts.shown(version) if isinstance(version, (int, float, str)) else accepts.kind(version)
        faults.append(f"version: {told}; rules files of version {VERSION} are read")
    section = data.get("organization")
    if not isinstance(section, dict):
        faults.append(f"organization: {accepts.kind(section)} where a map of accounts and regions belongs")
        section = {}
    else:
        faults += [*_account_faults(section.get("accounts")), *_region_faults(section.get("regions"))]
    if faults:
        raise EstateError([f"{name}: {fault}" for fault in faults])
    accounts: dict[str, Any] = section.get("accounts", {})
    return Organization(
        {account: entry["name"] for account, entry in accounts.items()}, tuple(section.get("regions", ()))
    )


def _account_faults(accounts: Any) -> Iterator[str]:
    if not isinstance(accounts, dict) or not accounts:
        told = "an empty map" if accounts == {} else accepts.kind(accounts)
        yield f"organization.accounts: {told}; an organization without accounts has nothing to look at"
        return
    for account, entry in accounts.items():
        if complaint := account_fault(account):
            yield f"organization.accounts: {complaint}"
        elif not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"]:
            yield f"organization.accounts.{account}: a map with a name belongs here"


def _region_faults(regions: Any) -> Iterator[str]:
    if not isinstance(regions, list) or not regions:
        told = "not given" if regions is None else "an empty list" if regions == [] else accepts.kind(regions)
        yield f"organization.regions: {told}; without a list of Regions nobody can say where to look"
        return
    for index, region in enumerate(regions):
        if not isinstance(region, str):
            # Not shown: aliases can make a small file a value of any size.
            yield f"organization.regions[{index}]: {accepts.kind(region)} where the name of a Region belongs"
        elif complaint := accepts.region(region):
            yield f"organization.regions[{index}]: {complaint}"
        elif region in regions[:index]:
            yield f"organization.regions[{index}]: {region!r} is given twice"


def _document(path: Path, name: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        _refuse(name, "no such rules file")
    except (OSError, ValueError) as error:
        _refuse(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    if len(content) > LARGEST:
        _refuse(name, f"larger than {LARGEST} bytes, the most that a rules file may have")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse(name, f"byte 0x{content[error.start]:02x} is not UTF-8")
    try:
        data = _json(text) if name.endswith(".json") else _yaml(text, name)
    except RecursionError:
        _refuse(name, "nested too deep")
    except EstateError:
        raise
    # ruamel.yaml's own errors, and what it lets out besides on odd input: an escape beyond U+10FFFF, a key of a list.
    except Exception as error:  # noqa: BLE001 - whatever it is, the file cannot be read, and nothing is looked at
        _refuse(name, f"not readable: {' '.join(str(error).split())[:300]}")
    if not isinstance(data, dict):
        _refuse(name, f"{accepts.kind(data)} where a map belongs")
    return data


def _json(text: str) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [key for key, _ in pairs]
        twice = next((key for index, key in enumerate(names) if key in names[:index]), None)
        if twice is not None:
            raise ValueError(f"the key {accepts.shown(twice)} stands twice")
        return dict(pairs)

    return json.loads(text, object_pairs_hook=members)


def _yaml(text: str, name: str) -> Any:
    """Read YAML 1.2 with the pack's own reader: another one would read ``no``, ``on`` and leading zeros otherwise."""
    try:
        from ruamel.yaml import YAML
    except ModuleNotFoundError:
        remedy = "pip install 'grantgate[policies]' where the program runs, or write the rules file as JSON"
        _refuse(name, f"reading YAML takes ruamel.yaml, which is not installed here; {remedy}")
    return YAML(typ="safe", pure=True).load(text)


def _refuse(name: str, what: str) -> NoReturn:
    raise EstateError([f"{name}: {what}"]) from None
