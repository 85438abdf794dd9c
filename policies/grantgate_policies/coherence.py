"""Faults that no schema can see: names that lead nowhere, entries that can never apply, patterns that are none."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies import stars
from grantgate_policies.faults import Fault, Path, did_you_mean, shown
from grantgate_policies.segments import Pattern
from grantgate_policies.waivers import objections

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Rule
    from grantgate_policies.positions import Document

PatternChecks: TypeAlias = Mapping[str, Callable[[str], object]]
"""Per kind of pattern (a fragment's ``x-pattern``), what reads one, or raises ValueError with a sentence."""

_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WAIVER_PATTERNS: Final = {"scope": "scope", "role": "role"}
_LIKE: Final = 0.75  # how like the capture of another rule a capture's name may not be (difflib's ratio)


@dataclass(frozen=True, slots=True)
class Checker:
    """Looks at one document, as far as it has the right shape: the schema's faults are told elsewhere."""

    document: Document
    rules: Sequence[Rule]
    pattern_checks: PatternChecks | None

    def faults(self) -> Iterator[Fault]:
        """Yield every fault, those about the same value next to each other."""
        yield from self._accounts()
        yield from self._environments()
        yield from self._locked()
        yield from self._waivers()
        if self.pattern_checks is not None:
            yield from self._patterns(self.pattern_checks)
            yield from self._captures()

    def _fault(self, path: Path, message: str, hint: str = "", *, of_key: bool = False) -> Fault:
        return Fault(path, *self.document.position(path, of_key=of_key), message, hint)

    def _section(self, *path: str | int) -> dict[str, Any]:
        section = self.document.data
        for key in path:
            section = section.get(key) if isinstance(section, dict) else None
        return section if isinstance(section, dict) else {}

    def _line(self, path: Path) -> int:
        return self.document.position(path)[0]

    # --- accounts and environments ------------------------------------------------------------------------------------

    def _accounts(self) -> Iterator[Fault]:
        names: dict[str, str] = {}
        for account in self._section("organization", "accounts"):
            name = self._section("organization", "accounts", account).get("name")
            if not isinstance(name, str):
                continue
            first = names.setdefault(name, account)
            if first != account:
                path = ("organization", "accounts", account, "name")
                yield self._fault(path, f"{name!r} is the name of account {first} too, names differ")

    def _environment_of(self, account: str) -> str | None:
        name = self._section("organization", "accounts", account).get("environment")
        return name if isinstance(name, str) else None

    def _environments(self) -> Iterator[Fault]:
        named = {self._environment_of(account) for account in self._section("organization", "accounts")} - {None}
        earlier: list[tuple[str, str, int]] = []
        for name, entry in self._section("environments").items():
            if not isinstance(entry, dict):
                continue
            if "match" not in entry and name not in named:
                hint = did_you_mean(name, filter(None, named), "Give it match: {stacks: [...]}, or an account.")
                message = "never chosen: no account names it and it matches no stack"
                yield self._fault(("environments", name), message, hint, of_key=True)
            yield from self._stacks(name, earlier)

    def _stacks(self, name: str, earlier: list[tuple[str, str, int]]) -> Iterator[Fault]:
        """Find globs all of whose stacks an earlier environment takes; the first match is chosen."""
        stacks = self._section("environments", name, "match").get("stacks")
        here: list[tuple[str, str, int]] = []
        for index, glob in enumerate(stacks if isinstance(stacks, list) else []):
            if not isinstance(glob, str):
                continue
            path: Path = ("environments", name, "match", "stacks", index)
            for other, taken, line in earlier:
                if stars.matches(taken, glob):
                    message = (
                        f"{shown(glob)} is never chosen: {taken!r} of {other}, line {line}, matches every such stack"
                    )
                    yield self._fault(path, message, "Put the narrower glob first.")
                    break
            here.append((name, glob, self._line(path)))
        earlier.extend(here)

    # --- rules --------------------------------------------------------------------------------------------------------

    def _sections(self) -> list[Path]:
        """Give the paths at which rules are set."""
        return [("rules",), *(("environments", name, "rules") for name in self._section("environments"))]

    def _locked(self) -> Iterator[Fault]:
        own = {
            rule.name: {"level": rule.level.value, "severity": rule.severity.value}
            for rule in self.rules
            if rule.locked
        }
        for base in self._sections():
            for name in self._section(*base).keys() & own.keys():
                for key in self._section(*base, name).keys() & {"level", "severity", "waivable"}:
                    kept = f", it is {own[name][key]}" if key in own[name] else ", it cannot be waived"
                    message = f"{name!r} is locked{kept} everywhere"
                    yield self._fault((*base, name, key), message, "Delete the key.", of_key=True)

    # --- waivers ------------------------------------------------------------------------------------------------------

    def _waivers(self) -> Iterator[Fault]:
        waivers = self.document.data.get("waivers")
        seen: list[tuple[Any, Any, int]] = []
        for index, entry in enumerate(waivers if isinstance(waivers, list) else []):
            if not isinstance(entry, dict):
                continue
            path: Path = ("waivers", index)
            yield from self._waived_rule((*path, "rule"), entry)
            yield from self._waived_account((*path, "match", "account"), entry)
            yield from self._waived_patterns((*path, "match"), entry)
            yield from self._expiry((*path, "expires"), entry)
            rule, match = entry.get("rule"), entry.get("match")
            for other_rule, other_match, line in seen:
                if rule == other_rule and match == other_match and isinstance(match, dict):
                    message = f"the same rule and match as the waiver on line {line}"
                    yield self._fault(path, message, "Keep one of them.")
                    break
            seen.append((rule, match, self._line(path)))

    def _waived_rule(self, path: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
        rule = next((rule for rule in self.rules if rule.name == entry.get("rule")), None)
        if rule is None:
            return
        if rule.locked:
            yield self._fault(path, f"{rule.name!r} is locked, it cannot be waived", "Delete the waiver.")
            return
        account = self._match(entry).get("account")
        own = self._environment_of(account) if isinstance(account, str) else None
        overlays = [own] if own is not None else list(self._section("environments"))
        places: list[Path] = [("environments", name, "rules", rule.name) for name in overlays]
        base: Path = ("rules", rule.name)
        if own is None:
            places.append(base)  # a stack that no environment matches
        settled = [next((p for p in (place, base) if "waivable" in self._section(*p)), None) for place in places]
        if all(place is not None and self._section(*place)["waivable"] is False for place in settled):
            line = self._line((*(settled[0] or base), "waivable"))
            yield self._fault(path, f"{rule.name!r} has waivable: false on line {line}", "Delete the waiver.")

    def _waived_account(self, path: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
        accounts = self._section("organization", "accounts")
        account = self._match(entry).get("account")
        if accounts and isinstance(account, str) and account not in accounts:
            message = f"{shown(account)} is no account of the organization"
            yield self._fault(path, message, did_you_mean(account, accounts, "List it under organization.accounts."))

    def _waived_patterns(self, path: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
        match = self._match(entry)
        patterns: dict[str, Pattern] = {}
        for key, kind in _WAIVER_PATTERNS.items():
            if self.pattern_checks is None or not isinstance(match.get(key), str):
                continue
            pattern, message = _read(self.pattern_checks[kind], match[key])
            if message:
                yield self._fault((*path, key), message)
            if isinstance(pattern, Pattern):
                patterns[key] = pattern
        # A waiver of a locked rule is to be deleted, whatever it matches.
        rule = next((rule for rule in self.rules if rule.name == entry.get("rule") and not rule.locked), None)
        for key, message, hint in objections(rule, match, patterns):
            yield self._fault((*path, key), message, hint)

    def _expiry(self, path: Path, entry: Mapping[str, Any]) -> Iterator[Fault]:
        expires = entry.get("expires")
        if isinstance(expires, str) and _DATE.match(expires):
            try:
                dt.date.fromisoformat(expires)
            except ValueError:
                yield self._fault(path, f"{expires!r} is no day of the calendar")

    @staticmethod
    def _match(entry: Mapping[str, Any]) -> dict[str, Any]:
        match = entry.get("match")
        return match if isinstance(match, dict) else {}

    # --- patterns -----------------------------------------------------------------------------------------------------

    def _patterns(self, checks: PatternChecks) -> Iterator[Fault]:
        found: list[tuple[str, Path, str, bool]] = []
        for base in self._sections():
            for rule in self.rules:
                settings = self._section(*base, rule.name)
                for name in settings.keys() & rule.settings.keys():
                    found += _marked(rule.settings[name], settings[name], (*base, rule.name, name))
        for kind, path, pattern, of_key in found:
            _, message = _read(checks[kind], pattern)
            if message:
                yield self._fault(path, message, of_key=of_key)

    # --- captures -----------------------------------------------------------------------------------------------------

    def _captures(self) -> Iterator[Fault]:
        """Find captures that miss the name of another rule's: nothing would hold the two against each other."""
        written = {base: {rule.name: self._captured(base, rule) for rule in self.rules} for base in self._sections()}
        listed = [_all(settings) for section in written.values() for settings in section.values()]
        uses = Counter(name for captures in listed for name in {one.name for one in captures})
        told: dict[Path, dict[str, tuple[_Capture, _Capture]]] = {}
        for section in written.values():
            # An overlay's setting stands in place of the file's.
            merged = {name: _all({**settings, **section[name]}) for name, settings in written["rules",].items()}
            for one, other in _misses(merged, uses):
                told.setdefault(one.path, {}).setdefault(one.name, (one, other))
        for path, pairs in told.items():
            clauses = [
                f"{{{one.name}}}, which no other rule does and which is too like {{{other.name}}} of {other.path[-3]},"
                f" line {self._line(other.path)}"
                for one, other in pairs.values()
            ]
            text = next(one.text for one, _ in pairs.values())
            meant = " and ".join(f"{{{other.name}}}" for _, other in pairs.values())
            yield self._fault(path, f"{shown(text)} captures {', and '.join(clauses)}", f"Did you mean {meant}?")

    def _captured(self, base: Path, rule: Rule) -> dict[str, list[_Capture]]:
        """Give what the lists of patterns capture that are set there, by setting."""
        found: dict[str, list[_Capture]] = {}
        settings = self._section(*base, rule.name)
        for setting in settings.keys() & rule.settings.keys():
            found[setting] = []
            for index, text in enumerate(settings[setting] if isinstance(settings[setting], list) else []):
                path = (*base, rule.name, setting, index)
                found[setting] += [_Capture(name, text, path) for name in _names(rule, setting, text)]
        return found


@dataclass(frozen=True, slots=True)
class _Capture:
    """A capture's name in one pattern."""

    name: str
    text: str
    path: Path


def _names(rule: Rule, setting: str, text: Any) -> list[str]:
    try:
        return sorted(rule.names({setting: [text]})) if isinstance(text, str) else []
    except Exception:  # noqa: BLE001 - no pattern, which is told elsewhere; a rule that raises is the judge's to tell
        return []


def _all(settings: Mapping[str, Sequence[_Capture]]) -> list[_Capture]:
    return [one for _, captures in sorted(settings.items()) for one in captures]


def _misses(merged: Mapping[str, Sequence[_Capture]], uses: Mapping[str, int]) -> Iterator[tuple[_Capture, _Capture]]:
    """
    Pair captures of one rule alone with what they nearly are in another rule.

    Of two such names the one of fewer rules is at fault, else the one of fewer ``uses`` in the file, else the later.
    """
    names = {rule: {one.name: one for one in reversed(captures)} for rule, captures in merged.items()}
    rules = Counter(name for own in names.values() for name in own)
    ranks = {
        (rule, name): (rules[name], uses[name], -order) for order, rule in enumerate(names) for name in names[rule]
    }
    for (rule, name), rank in sorted(ranks.items()):
        for (other_rule, other), other_rank in ranks.items():
            apart = rule != other_rule and rules[name] == 1 and other not in names[rule]
            if apart and rank < other_rank and _alike(name, other):
                yield from ((one, names[other_rule][other]) for one in merged[rule] if one.name == name)


def _alike(one: str, other: str) -> bool:
    one, other = one.casefold(), other.casefold()
    swapped = (one[:at] + one[at + 1] + one[at] + one[at + 2 :] for at in range(len(one) - 1))
    # The ratio depends on the order of the two.
    pairs = ((one, other), (other, one))
    return other in swapped or any(difflib.get_close_matches(word, [known], cutoff=_LIKE) for word, known in pairs)


def _read(check: Callable[[str], object], pattern: str) -> tuple[object, str]:
    try:
        return check(pattern), ""
    except ValueError as error:
        return None, " ".join(str(error).split()).rstrip(".") or f"{shown(pattern)} is no pattern"


def kinds(rules: Sequence[Rule]) -> dict[str, str]:
    """Give every kind of pattern that rules or waivers use, with the rule that uses it first."""
    found = dict.fromkeys(_WAIVER_PATTERNS.values(), "waivers")
    for rule in rules:
        for fragment in rule.settings.values():
            for kind in _kinds(fragment):
                found.setdefault(kind, rule.name)
    return found


def _kinds(fragment: Any) -> Iterator[str]:
    if isinstance(fragment, list):
        for item in fragment:
            yield from _kinds(item)
    elif isinstance(fragment, dict):
        if isinstance(kind := fragment.get("x-pattern"), str):
            yield kind
        for item in fragment.values():
            yield from _kinds(item)


def _marked(fragment: Any, value: Any, path: Path, kind: str | None = None) -> Iterator[tuple[str, Path, str, bool]]:
    """Yield (kind, path, text, whether it is a key) for each text that the fragment marks as a pattern."""
    fragment = fragment if isinstance(fragment, dict) else {}
    kind = fragment.get("x-pattern", kind)
    if isinstance(value, str):
        if kind is not None:
            yield kind, path, value, False
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _marked(fragment.get("items"), item, (*path, index), kind)
    elif isinstance(value, dict):
        key_kind = fragment.get("propertyNames", {}).get("x-pattern")
        for key, item in value.items():
            if key_kind is not None:
                yield key_kind, (*path, key), key, True
            below = fragment.get("properties", {}).get(key, fragment.get("additionalProperties"))
            yield from _marked(below, item, (*path, key), kind)
