"""
An estate: every account and Region of the organization's rules file, each looked at with a role of its own.

```yaml
config:
  grantgate:estate:
    rules: policies/rules.yaml                    # seen from the project; GRANTGATE_RULES must be the same file
    assumeRole: arn:{partition}:iam::{account.id}:role/gate-reader
    lookups: [instance, allLocations, grants, instancePolicy]    # all four when left out
    except:
      - {account: "777788889999", reason: suspended in March}                     # not looked at
      - {account: "444455556666", regions: [us-east-1], reason: not enabled}      # not there
      - {account: "111122223333", assumeRole: caller}                             # with the caller's own credentials
```
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate import inputs as accepts
from grantgate.arns import Arn, partition_of
from grantgate.kinds import RULES_VARIABLE
from grantgate.organization import Organization, read_organization
from grantgate.sites import PLACE_WIDE, EstateError, Seen, SiteLookups, account_fault, key_faults, meant, wide_identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ESTATE_KEY: Final = "estate"
CALLER: Final = "caller"
"""Stands for no role: the credentials that the program itself runs with."""

_KEYS: Final = ("rules", "assumeRole", "lookups", "except")
_EXCEPTION_KEYS: Final = ("account", "regions", "reason", "assumeRole")
_PLACEHOLDERS: Final = ("account.id", "account.name", "partition")
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
_ANY_ACCOUNT: Final = ""


@dataclass(frozen=True, slots=True)
class Estate:
    """
    What an organization's matrix looks up.

    Shape: ``sites`` are sorted by account and Region; ``left_out`` says in words what is not looked at, and why.
    """

    sites: tuple[SiteLookups, ...]
    left_out: tuple[str, ...]

    def asks(self, name: str) -> Seen:
        """Give every lookup of the matrix with the configuration that asks for it, so that none is asked for twice."""
        return {
            wide_identity(key, site.account, site.region): name
            for site in self.sites
            for key, wanted in zip(
                PLACE_WIDE,
                (site.instance, site.all_locations, site.grants is not None, site.instance_policy),
                strict=True,
            )
            if wanted
        }


@dataclass(frozen=True, slots=True)
class _Exception:
    """One entry under ``except``; ``account`` is empty for all, ``regions`` empty for all."""

    account: str
    regions: tuple[str, ...]
    reason: str
    assume_role: str


def estate_of(value: Any, name: str, *, folder: Path, environment: Mapping[str, str]) -> Estate:
    """
    Read the configuration and the rules file that it names.

    Shape:  ``folder`` is the project's; ``environment`` may name the rules file, too.
    Errors: EstateError with every fault at once, each with its place.
    """
    if not isinstance(value, Mapping):
        raise EstateError([f"{name}: {accepts.kind(value)}; a map of {', '.join(_KEYS)} is needed"])
    given = {key: entry for key, entry in value.items() if entry is not None}
    faults = [*key_faults(given, _KEYS, name), *_lookup_faults(given.get("lookups", PLACE_WIDE), f"{name}.lookups")]
    if "assumeRole" not in given:
        faults.append(f"{name}.assumeRole: not given; the ARN of a role to read with is needed, or {CALLER!r}")
    elif complaint := _template_fault(given["assumeRole"]):
        faults.append(f"{name}.assumeRole: {complaint}")
    exceptions, wrong = _exceptions(given.get("except", []), f"{name}.except")
    faults += wrong
    organization: Organization | None = None
    try:
        organization = read_organization(_rules_path(given.get("rules"), name, folder, environment))
    except EstateError as error:
        faults += error.faults
    if organization and not wrong:
        faults += _stranger_faults(exceptions, organization, f"{name}.except")
    if faults or organization is None:
        raise EstateError(faults)
    return _estate(given, exceptions, organization, name)


def _estate(
    given: Mapping[str, Any], exceptions: Sequence[_Exception], organization: Organization, name: str
) -> Estate:
    lookups = given.get("lookups", PLACE_WIDE)
    common: str = given["assumeRole"]
    templates = {one.account: one.assume_role for one in exceptions if one.assume_role}
    found: list[SiteLookups] = []
    faults: list[str] = []
    places = sorted(
        (account, region)
        for account in organization.accounts
        for region in organization.regions
        if not any(_leaves_out(one, account, region) for one in exceptions)
    )
    torn = _torn(places)
    faults += [f"{name}: {fault}" for fault in torn.values()]
    for account, region in places:
        if account in torn:
            continue
        role = _filled(templates.get(account, common), account, organization.accounts[account], region)
        if complaint := _role_fault(role, account, region):
            faults.append(f"{name}: to read account {account!r} in {region!r}: {complaint}")
            continue
        found.append(
            SiteLookups(
                account=account,
                region=region,
                assume_role_arn=role,
                instance="instance" in lookups,
                all_locations="allLocations" in lookups,
                grants=() if "grants" in lookups else None,
                instance_policy="instancePolicy" in lookups,
                # Most places of an organization have no instance, and that they have none is worth knowing.
                must_exist=False,
            )
        )
    if not found and not faults:
        faults.append(f"{name}.except: leaves nothing to look at")
    if faults:
        raise EstateError(faults)
    return Estate(tuple(found), tuple(_told(one) for one in exceptions if one.reason))


def _torn(places: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Complain, by account, about those that would be looked at in several partitions: AWS has each in one."""
    found: dict[str, dict[str, str]] = {}
    for account, region in places:
        found.setdefault(account, {}).setdefault(partition_of(region), region)
    wrong: dict[str, str] = {}
    for account, regions in found.items():
        if len(regions) > 1:
            told = " and in ".join(f"{region!r} of partition {name}" for name, region in sorted(regions.items()))
            remedy = "leave the other's Regions out for it under except"
            wrong[account] = f"account {account!r} is looked at in {told}, and an account is of one partition; {remedy}"
    return wrong


# --- the rules file ---------------------------------------------------------------------------------------------------


def _rules_path(configured: Any, name: str, folder: Path, environment: Mapping[str, str]) -> Path:
    """
    Find the one rules file that accounts and Regions are read from and that the pack judges by.

    Errors: EstateError when there is none, and when configuration and environment name different ones.
    """
    told = environment.get(RULES_VARIABLE, "")
    if configured is None and not told:
        raise EstateError([f"{name}.rules: not given, and {RULES_VARIABLE} is not set; a rules file is needed"])
    if configured is not None and (not isinstance(configured, str) or not configured or "\0" in configured):
        raise EstateError([f"{name}.rules: {accepts.shown(configured)} is not the name of a file"])
    if told and not Path(told).is_absolute():
        hint = "program and pack run in different folders; name it absolutely"
        raise EstateError([f"{RULES_VARIABLE}: {accepts.shown(told)} is relative, and {hint}"])
    if configured is None:
        return Path(told)
    path = folder / configured
    if not told:
        return path
    if not _same_file(path, Path(told)):
        differ = f"{accepts.shown(configured)} is another file than {RULES_VARIABLE} names, {accepts.shown(told)}"
        raise EstateError([f"{name}.rules: {differ}; the pack judges by the latter, so leave one of them out"])
    # Of two names of one file the pack's own: what stands after the last dot says how the file is read.
    return Path(told)


def _same_file(left: Path, right: Path) -> bool:
    try:
        return left.samefile(right)
    except (OSError, ValueError):
        return False


# --- the role to read with --------------------------------------------------------------------------------------------


def _template_fault(template: Any) -> str | None:
    """Complain about a role's template that no account could be read with."""
    if not isinstance(template, str):
        return f"{accepts.shown(template)} is {accepts.kind(template)}, not text"
    if template == CALLER:
        return None
    unknown = next((word for word in _BRACES.findall(template) if word not in _PLACEHOLDERS), None)
    if unknown is not None:
        known = ", ".join(f"{{{word}}}" for word in _PLACEHOLDERS)
        return f"{{{unknown}}} stands for nothing here{meant(unknown, _PLACEHOLDERS)}; {known} do"
    # The account's own name may be anything that the rules file takes; it is looked at when it is put in.
    return accepts.role_arn(_filled(template, "111122223333", "name", "eu-west-1"))


def _filled(template: str, account: str, account_name: str, region: str) -> str:
    """Put an account into a template; nothing for the caller's own credentials."""
    values = {"account.id": account, "account.name": account_name, "partition": partition_of(region)}
    return "" if template == CALLER else _BRACES.sub(lambda found: values[found.group(1)], template)


def _role_fault(role: str, account: str, region: str) -> str | None:
    complaint = accepts.role_arn(role) if role else None
    if complaint or not role:
        return complaint
    arn = Arn.parse(role)
    if arn.account != account:
        return f"role {role!r} is of account {arn.account!r}, and each account is read with a role of its own"
    if arn.partition != partition_of(region):
        return (
            f"role {role!r} is of partition {arn.partition!r}, and the Region is of {partition_of(region)!r}; write "
            "{partition} for the role's partition, or leave the Region out under except"
        )
    return None


# --- lookups and exceptions -------------------------------------------------------------------------------------------


def _lookup_faults(lookups: Any, place: str) -> Iterator[str]:
    if not isinstance(lookups, (list, tuple)):
        yield f"{place}: {accepts.shown(lookups)} is {accepts.kind(lookups)}, not a list of {', '.join(PLACE_WIDE)}"
        return
    if not lookups:
        yield f"{place}: an empty list looks nothing up"
    for index, word in enumerate(lookups):
        if word not in PLACE_WIDE:
            yield f"{place}[{index}]: {accepts.shown(word)} is none of {', '.join(PLACE_WIDE)}{meant(word, PLACE_WIDE)}"
        elif word in lookups[:index]:
            yield f"{place}[{index}]: {word!r} is given twice"


def _exceptions(value: Any, place: str) -> tuple[list[_Exception], list[str]]:
    if not isinstance(value, list):
        return [], [f"{place}: {accepts.shown(value)} is {accepts.kind(value)}, not a list of exceptions"]
    found: list[_Exception] = []
    faults: list[str] = []
    for index, entry in enumerate(value):
        here = f"{place}[{index}]"
        if not isinstance(entry, Mapping):
            kinds = f"not a map of {', '.join(_EXCEPTION_KEYS)}"
            faults.append(f"{here}: {accepts.shown(entry)} is {accepts.kind(entry)}, {kinds}")
            continue
        given = {key: item for key, item in entry.items() if item is not None}
        wrong = [*key_faults(given, _EXCEPTION_KEYS, here), *_exception_faults(given, here)]
        faults += wrong
        if wrong:
            continue
        one = _Exception(
            given.get("account", _ANY_ACCOUNT),
            tuple(given.get("regions", ())),
            given.get("reason", ""),
            given.get("assumeRole", ""),
        )
        if one.assume_role and any(other.assume_role and other.account == one.account for other in found):
            faults.append(f"{here}.assumeRole: account {one.account!r} has a role of its own already")
        found.append(one)
    return found, faults


def _exception_faults(entry: Mapping[str, Any], place: str) -> Iterator[str]:
    if "account" in entry and (complaint := account_fault(entry["account"])):
        yield f"{place}.account: {complaint}"
    if "account" not in entry and "regions" not in entry:
        yield f"{place}: neither account nor regions is given; an exception must say what it is about"
    if "regions" in entry:
        yield from _region_faults(entry["regions"], f"{place}.regions")
    if ("reason" in entry) is ("assumeRole" in entry):
        yield f"{place}: give a reason (it is not looked at) or assumeRole (it is read with another role), one of them"
    elif "reason" in entry:
        reason = entry["reason"]
        if not isinstance(reason, str) or not reason.strip() or not reason.isprintable():
            yield f"{place}.reason: {accepts.shown(reason)} is not one line of text that says why"
    else:
        if complaint := _template_fault(entry["assumeRole"]):
            yield f"{place}.assumeRole: {complaint}"
        if "account" not in entry or "regions" in entry:
            yield f"{place}.assumeRole: is for one account, in all of its Regions"


def _region_faults(regions: Any, place: str) -> Iterator[str]:
    if not isinstance(regions, list) or not regions:
        yield f"{place}: {accepts.shown(regions)} is not a list of Regions; leave it out for all"
        return
    for index, region in enumerate(regions):
        if complaint := accepts.region(region):
            yield f"{place}[{index}]: {complaint}"


def _stranger_faults(exceptions: Sequence[_Exception], organization: Organization, place: str) -> Iterator[str]:
    """Complain about exceptions that except nothing: a slip of the pen, or an account that has left."""
    for index, one in enumerate(exceptions):
        if one.account and one.account not in organization.accounts:
            hint = meant(one.account, organization.accounts)
            yield f"{place}[{index}].account: {one.account!r} is no account of the rules file{hint}"
        for region in one.regions:
            if region not in organization.regions:
                hint = meant(region, organization.regions)
                yield f"{place}[{index}].regions: {region!r} is no Region of the rules file{hint}"


def _leaves_out(one: _Exception, account: str, region: str) -> bool:
    if not one.reason:
        return False
    return one.account in (_ANY_ACCOUNT, account) and (not one.regions or region in one.regions)


def _told(one: _Exception) -> str:
    """
    Say what an exception leaves out.

    >>> _told(_Exception("777788889999", (), "suspended", ""))
    'account 777788889999: suspended'
    """
    where = [f"account {one.account}"] if one.account else []
    where += [f"Region {', '.join(one.regions)}"] if one.regions else []
    return f"{' in '.join(where)}: {one.reason}"
