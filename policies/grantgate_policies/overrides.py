"""
Levels and settings set from outside, by `pulumi preview --policy-pack-config`.

The engine takes any name and any key there without a word, and a misspelt one switches nothing on or off. Here it is an
error, with the name that was probably meant.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Level
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from grantgate_policies.core import Rule


CONFIG_VARIABLE: Final = "GRANTGATE_POLICY_CONFIG"
"""Environment variable that names the file behind `--policy-pack-config`, when `grantgate preview` was given one."""

EVERY: Final = "all"
"""Pulumi's key for every policy of a pack."""


class OverridesError(ValueError):
    """`--policy-pack-config` names something that does not exist, or is not allowed; the message lists all of it."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What was set from outside, by rule name; it beats the rules file for every account."""

    levels: Mapping[str, Level] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def checked(
        cls,
        given: Mapping[str, tuple[Level | None, Mapping[str, Any]]],
        published: Mapping[str, Level],
        named: frozenset[str] = frozenset(),
        catalogue: Iterable[Rule] = RULES,
    ) -> Overrides:
        """
        Keep what differs from what the pack published of the rules file.

        Shape:  ``given`` is what the engine sends: for every policy its level (its own, when nobody set one; None for
                a level that means nothing here) and its properties; ``named`` are the rules that somebody is known to
                have named, whose level counts even where it is the published one; ``catalogue`` are the rules.
        Errors: OverridesError naming every unknown policy, unknown property and bad value at once.
        """
        rules = {rule.name: rule for rule in catalogue}
        faults: list[str] = []
        levels: dict[str, Level] = {}
        settings: dict[str, Mapping[str, Any]] = {}
        for name, (level, properties) in sorted(given.items()):
            rule = rules.get(name)
            if name == EVERY:
                continue  # the engine has given its level to every rule already
            if rule is None:
                faults.append(f"{name!r} is no policy of this pack{_meant(name, rules)}")
                continue
            faults += [*_faults(rule, properties), *_level_faults(rule, level, for_every=EVERY in given)]
            if level is not None and (level is not published.get(name) or name in named):
                if rule.locked and EVERY in given and name not in named:
                    continue  # "all" means every rule whose level can be changed
                if rule.locked:
                    faults.append(f"{name}: its level cannot be changed; the rule is locked")
                levels[name] = level
            if properties:
                settings[name] = properties
        if faults:
            raise OverridesError("--policy-pack-config: " + "; ".join(faults))
        return cls(levels, settings)


def _level_faults(rule: Rule, level: Level | None, *, for_every: bool) -> Iterator[str]:
    if level is None:
        yield f"{rule.name}: its level is none of remediate, mandatory, advisory and disabled"
    elif level is Level.REMEDIATE and not rule.remedy and not for_every:
        yield f"{rule.name}: it knows no one value to put right, so it cannot be at the level 'remediate'"


def _faults(rule: Rule, properties: Mapping[str, Any]) -> Iterator[str]:
    for key, value in sorted(properties.items()):
        fragment = rule.settings.get(key)
        if fragment is None:
            yield f"{rule.name}: {key!r} is none of its settings{_meant(key, rule.settings)}"
            continue
        # Only a run that sets something from outside pays for the import.
        from jsonschema import Draft202012Validator  # noqa: PLC0415

        wrong = [f"{rule.name}.{key}: {error.message}" for error in Draft202012Validator(fragment).iter_errors(value)]
        yield from wrong or _pattern_faults(f"{rule.name}.{key}", fragment, value)


def _pattern_faults(place: str, fragment: Mapping[str, Any], value: Any) -> Iterator[str]:
    kind = fragment.get("items", {}).get("x-pattern")
    complaints = (_complaint(PATTERN_CHECKS[kind], text) for text in value) if kind else ()
    yield from (f"{place}: {complaint}" for complaint in complaints if complaint)


def _complaint(compile_pattern: Callable[[str], object], text: str) -> str:
    try:
        compile_pattern(text)
    except ValueError as error:
        return str(error)
    return ""


def _meant(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def named_in(file: str) -> frozenset[str]:
    """Read which rules a `--policy-pack-config` file gives a level; a file that cannot be read names none."""
    try:
        content = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return frozenset()
    entries = content.items() if isinstance(content, dict) else ()
    return frozenset(name for name, value in entries if isinstance(value, str) or "enforcementLevel" in (value or {}))
