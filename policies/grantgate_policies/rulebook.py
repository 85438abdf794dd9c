"""RuleBook: the rules file, read, checked to the last fault and merged for one account and stack."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

from grantgate_policies import positions, stars
from grantgate_policies.catalogue import custom_rules
from grantgate_policies.coherence import Checker, PatternChecks, kinds
from grantgate_policies.core import Account, Level, OnUnknown, Organization, Rule, Severity
from grantgate_policies.faults import Fault, RulesFileError
from grantgate_policies.schema import COMMON, defaults, schema
from grantgate_policies.validation import validate
from grantgate_policies.waivers import Waiver, waiver

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["Effective", "Environment", "Fault", "PatternChecks", "RuleBook", "RulesFileError", "load", "parse"]


@dataclass(frozen=True, slots=True)
class Environment:
    """One overlay: the stacks that choose it when the account does not, and what it changes."""

    name: str
    stacks: tuple[str, ...]
    rules: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Effective:
    """
    What applies to one rule for one account and stack.

    Shape: ``settings`` are the rule's own, its defaults included, not to be changed; ``configured`` is False when
           one that the rule requires is missing; ``origins`` says for ``level``, ``severity``, ``onUnknown``,
           ``waivable`` and each setting where it comes from: "default", "rules" or "environments.<name>".
    """

    level: Level
    severity: Severity
    on_unknown: OnUnknown
    settings: Mapping[str, Any]
    waivable: bool
    configured: bool
    environment: str
    origins: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """
    One organization's rules.

    Shape: ``rules`` is the file's section, by rule name; ``path`` the file's name as it was given; ``digest`` the
           SHA-256 of its bytes, in hex, or of them and of the modules that it names (see Catalogue.digest);
           ``catalogue`` the rules that it was checked against: those it was read with, then its own.
    """

    organization: Organization
    environments: Mapping[str, Environment]
    waivers: tuple[Waiver, ...]
    path: str
    digest: str
    rules: Mapping[str, Mapping[str, Any]]
    catalogue: tuple[Rule, ...] = ()
    _merged: dict[tuple[str, str], Effective] = field(default_factory=dict, init=False, repr=False, compare=False)

    def environment(self, account_id: str | None, stack: str) -> str:
        """
        Name the environment: the account's own, else the first one whose globs match the stack, else "".

        An account's environment counts even when the file has no overlay of that name.
        """
        account = self.organization.accounts.get(account_id or "")
        if account is not None and account.environment:
            return account.environment
        chosen = (
            environment.name
            for environment in self.environments.values()
            if any(stars.matches(glob, stack) for glob in environment.stacks)
        )
        return next(chosen, "")

    def effective(self, rule: Rule, account_id: str | None, stack: str) -> Effective:
        """Merge the environment's overlay over the file's rules over the rule's own defaults, key by key."""
        environment = self.environment(account_id, stack)
        key = rule.name, environment
        if key not in self._merged:
            self._merged[key] = self._merge(rule, environment)
        return self._merged[key]

    def _merge(self, rule: Rule, environment: str) -> Effective:
        own = {
            "level": rule.level.value,
            "severity": rule.severity.value,
            "onUnknown": rule.on_unknown.value,
            "waivable": not rule.locked,
            **defaults(rule),
        }
        layers: list[tuple[str, Mapping[str, Any]]] = [("default", own), ("rules", self.rules.get(rule.name, {}))]
        if environment in self.environments:
            overlay = self.environments[environment].rules
            layers.append((f"environments.{environment}", overlay.get(rule.name, {})))
        values: dict[str, Any] = {}
        origins: dict[str, str] = {}
        for origin, layer in layers:
            values.update({name: _over(values.get(name), value) for name, value in layer.items()})
            origins.update(dict.fromkeys(layer, origin))
        settings = {name: value for name, value in values.items() if name not in COMMON}
        return Effective(
            level=Level(values["level"]),
            severity=Severity(values["severity"]),
            on_unknown=OnUnknown(values["onUnknown"]),
            settings=MappingProxyType(settings),
            waivable=values["waivable"],
            configured=all(name in settings for name in rule.required),
            environment=environment,
            origins=MappingProxyType(origins),
        )


def _over(below: Any, above: Any) -> Any:
    """Lay one layer's value over another's: maps key by key, everything else as a whole."""
    return {**below, **above} if isinstance(below, Mapping) and isinstance(above, Mapping) else above


def load(path: Path, rules: Sequence[Rule], pattern_checks: PatternChecks | None = None) -> RuleBook:
    """
    Read the rules file at ``path``.

    Errors: RulesFileError with every fault of the file, or with the reason why there is none to read.
    """
    document, digest = _document(path)
    return _book(document, str(path), digest, rules, pattern_checks)


def _document(path: Path) -> tuple[positions.Document, str]:
    """Give the file and the digest of its bytes."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(positions.LARGEST + 1)
    except FileNotFoundError:
        _refuse(name, "no such file", "Write one, or name another.")
    except IsADirectoryError:
        _refuse(name, "a directory where a file belongs")
    except PermissionError:
        _refuse(name, "may not be read by this user")
    except (OSError, ValueError) as error:
        _refuse(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")
    return positions.read(positions.decode(content, name), name), hashlib.sha256(content).hexdigest()


def parse(text: str, *, name: str, rules: Sequence[Rule], pattern_checks: PatternChecks | None = None) -> RuleBook:
    """
    Read the text of a rules file; ``name`` stands for the file in messages, and ends in .json when it is JSON.

    Custom rules are looked for in the folder that ``name`` names.
    Without ``pattern_checks`` patterns are not looked at; with them, every kind that the rules use must be there.

    Errors: RulesFileError with every fault; ValueError when the rules themselves or the checks are at fault.
    """
    document = positions.read(text, name)
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return _book(document, name, digest, rules, pattern_checks)


def _refuse(name: str, message: str, hint: str = "") -> NoReturn:
    raise RulesFileError(name, [Fault((), 0, 0, message, hint)]) from None


def _book(
    document: positions.Document,
    name: str,
    digest: str,
    rules: Sequence[Rule],
    pattern_checks: PatternChecks | None,
) -> RuleBook:
    _check_catalogue(rules, pattern_checks)
    loaded = custom_rules(document, name, rules, pattern_checks)
    rules = loaded.rules
    # What coherence says about a value is more exact than what the schema says about the same value.
    told = {fault.path: fault for fault in validate(document, schema(rules))}
    told.update((fault.path, fault) for fault in Checker(document, rules, pattern_checks).faults())
    if loaded.faults:
        places = {fault.path for fault in loaded.faults}
        told = {path: told[path] for path in told.keys() - places if not _may_be_custom(path, document, rules)}
    faults = [*document.faults, *loaded.faults, *told.values()]
    if faults:
        raise RulesFileError(name, faults)
    data = document.data
    return RuleBook(
        organization=_organization(data["organization"]),
        environments=MappingProxyType(dict(_environments(data.get("environments", {})))),
        waivers=tuple(_waivers(data.get("waivers", []), document)),
        path=name,
        digest=loaded.digest(digest),
        rules=MappingProxyType(data.get("rules", {})),
        catalogue=rules,
    )


def read_catalogue(path: Path, rules: Sequence[Rule], pattern_checks: PatternChecks | None = None) -> tuple[Rule, ...]:
    """
    Give ``rules`` and those that the rules file at ``path`` names, whatever else is wrong with the file.

    Errors: RulesFileError when the file or a rule that it names cannot be read.
    """
    document, _ = _document(path)
    loaded = custom_rules(document, str(path), rules, pattern_checks)
    if loaded.faults:
        raise RulesFileError(str(path), loaded.faults)
    return loaded.rules


def _may_be_custom(path: tuple[str | int, ...], document: positions.Document, rules: Sequence[Rule]) -> bool:
    """Say whether a fault is about a rule's name that a module may offer which could not be loaded."""
    match path:
        case ("rules", str(name)) | ("environments", _, "rules", str(name)):
            return name not in {rule.name for rule in rules}
        case ("waivers", int(), "rule"):
            return document.written(path) not in {None, *(rule.name for rule in rules)}
        case _:
            return False


def _check_catalogue(rules: Sequence[Rule], pattern_checks: PatternChecks | None) -> None:
    names = [rule.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"rules of the same name: {', '.join(twice)}")
    if pattern_checks is None:
        return
    for kind, user in kinds(rules).items():
        if kind not in pattern_checks:
            raise ValueError(f"{user}: x-pattern {kind!r}, checks exist for {', '.join(sorted(pattern_checks))}")


def _organization(section: Mapping[str, Any]) -> Organization:
    accounts = {
        account: Account(account, entry["name"], entry.get("environment", ""))
        for account, entry in section.get("accounts", {}).items()
    }
    return Organization(section["name"], MappingProxyType(accounts), tuple(section.get("regions", ())))


def _environments(section: Mapping[str, Any]) -> Iterable[tuple[str, Environment]]:
    for name, entry in section.items():
        stacks = tuple(entry.get("match", {}).get("stacks", ()))
        yield name, Environment(name, stacks, MappingProxyType(entry.get("rules", {})))


def _waivers(section: Sequence[Mapping[str, Any]], document: positions.Document) -> Iterable[Waiver]:
    for index, entry in enumerate(section):
        expires = dt.date.fromisoformat(entry["expires"])
        line, _ = document.position(("waivers", index))
        yield waiver(entry, expires, index=index, line=line)
