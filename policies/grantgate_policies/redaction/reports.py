"""
Secrets stay out of reports: what is known to be one, and what has the shape of a credential, in every text of a report.

Rules and lookups show allow-listed fields only, and hiding.py keeps what a program marks as secret out of verdicts.
This is the last net, for what others say: error texts, names, notices. It changes texts, never outcomes.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, cast

from grantgate_policies.core import Finding, Level, Outcome, Resource, Rule, Severity
from grantgate_policies.redaction.credentials import held, shaped
from grantgate_policies.redaction.guises import guises
from grantgate_policies.wire import MASKED, SECRET, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from grantgate_policies.report import Report

SHORTEST: Final = 8
"""Characters that a secret must have to be looked for: a shorter one stands in too many harmless words."""
_FEWEST: Final = 5
"""Different characters that a secret has: ``********`` and ``testtest`` are none."""
_HARMLESS: Final = re.compile(
    r"[A-Za-z][a-z]{0,10}|[A-Z]{1,11}"  # a word: emulators take "localstack" for a key
    r"|[0-9]{1,12}"  # an account
    r"|[a-z]{2}(?:-[a-z]+)+-[0-9][a-z]?"  # a Region or a zone of one
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}.{0,16}"  # a time
)
_OPEN: Final = ("arn:", "urn:", "s3://")
"""How texts begin that name something; a program that marks one as secret means it, a variable's name does not."""

_CUT: Final = re.compile(r"[\"']? ?…")
_LONG: Final = 300
"""Characters of a text that may have been cut at its end."""

_NO_TEXTS: Final = frozenset({bool, int, float, type(None), Outcome, Level, Severity})
"""What most parts of a finding are: to look them up is faster than to ask what else they may be."""
_TOLD_OF_RESOURCES: Final = ("urn", "type", "name")
_TOLD_OF_RULES: Final = ("id", "name", "summary", "why", "fix", "source", "url")


@dataclass(frozen=True, slots=True)
class Secrets:
    """
    What must not be shown, in every guise that it may take.

    Shape: ``guises`` are those of ``values``, by their first SHORTEST characters, so that a text is gone through once,
           however many there are; ``start`` finds where one can begin, None without any.
    """

    values: frozenset[str]
    guises: Mapping[str, tuple[str, ...]]
    start: re.Pattern[str] | None

    @classmethod
    def of(cls, environment: Mapping[str, str], marked: Iterable[str] = ()) -> Secrets:
        """Collect what the environment holds, and what somebody has ``marked`` as secret."""
        found = {value for text in held(environment) for value in _lines(text) if not value.startswith(_OPEN)}
        found.update(value for text in marked for value in _lines(text))
        return cls.known(filter(_gives_away, found))

    @classmethod
    def known(cls, values: Iterable[str]) -> Secrets:
        """Take values as they are."""
        kept = frozenset(values)
        found: dict[str, set[str]] = {}
        for guise in {guise for value in kept for guise in guises(value)}:
            if len(guise) >= SHORTEST:
                found.setdefault(guise[:SHORTEST], set()).add(guise)
        by_start = {start: tuple(sorted(some, key=len, reverse=True)) for start, some in found.items()}
        return cls(kept, by_start, _beginning(by_start))

    def masked(self, text: str) -> str:
        """
        Give the text without secrets; the very same one where there is none.

        >>> Secrets.known(["hunter2hunter2"]).masked("login: hunter2hunter2!")
        'login: [secret]!'
        """
        spans = sorted((*self._spans(text), *shaped(text)))
        if not spans:
            return text
        pieces: list[str] = []
        end = 0
        for start, stop in spans:
            if start >= end:
                pieces += (text[end:start], MASKED)
            end = max(end, stop)
        made = "".join((*pieces, text[end:]))
        return text if made == text else made

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        if self.start is None:
            return
        for candidate in self.start.finditer(text):
            start = candidate.start()
            for guise in self.guises.get(text[start : start + SHORTEST], ()):
                end = start + _common(text, start, guise)
                if end - start == len(guise) or _CUT.match(text, end) or end == len(text) >= _LONG:
                    yield start, end
                    break


def marked(value: Any) -> Iterator[str]:
    """
    Give the texts in a JSON value that the engine's mark says are secret: events, and exports with `--show-secrets`.

    >>> list(marked({"inputs": {"key": {SIGNATURE: SECRET, "plaintext": '"s3cr3t"'}, "id": "x"}}))
    ['s3cr3t']
    """
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping) and one.get(SIGNATURE) == SECRET:
            yield from _texts_in(one.get("value"))
            yield from _texts_in(_read(one.get("plaintext")))
        elif isinstance(one, Mapping):
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)


def hidden(resources: Iterable[Resource]) -> Iterator[str]:
    """Give the texts of the properties that programs marked as secret."""
    for resource in resources:
        for name in resource.secret_props:
            yield from _texts_in(resource.props.get(name))
            yield from _texts_in((resource.previous or {}).get(name))


def redacted(report: Report, secrets: Secrets) -> Report:
    """
    Give the report without secrets; the very same one where there is none.

    A value that is the organization's or a rule's own name is no secret here. Resources whose URNs differ in a secret
    only are told apart by a number. Of a resource, formats read no properties, and those stay.
    """
    named = {report.organization, *(word for rule in report.rules for word in (rule.id, rule.name))}
    if not named.isdisjoint(secrets.values):
        secrets = Secrets.known(secrets.values - named)
    return cast("Report", _Masking(secrets).made(report))


class _Shown(dict[str, "str | None"]):
    """What is shown instead of a text, None where the text itself is; each is looked at once."""

    def __init__(self, secrets: Secrets) -> None:
        super().__init__()
        self._secrets = secrets
        self._urns: set[str] = set()

    def __missing__(self, text: str) -> str | None:
        masked = self._secrets.masked(text)
        shown = None if masked is text else self._apart(masked)
        self[text] = shown
        return shown

    def _apart(self, masked: str) -> str:
        """Give each URN its own text: whoever counts resources, or tells findings apart, goes by it."""
        if not masked.startswith("urn:"):
            return masked
        made, number = masked, 1
        while made in self._urns:
            number += 1
            made = f"{masked} ({number})"
        self._urns.add(made)
        return made


class _Masking:
    """Goes through one report; parts without secrets stay the objects that they are."""

    def __init__(self, secrets: Secrets) -> None:
        self._shown = _Shown(secrets)
        self._shared: dict[int, Any] = {}

    def made(self, value: Any) -> Any:
        """Give a part of a report without secrets."""
        kind = type(value)
        if kind is str:
            shown = self._shown[value]
            return value if shown is None else shown
        if kind in _NO_TEXTS or isinstance(value, Enum):
            return value
        if kind is Resource or kind is Rule:
            return self._once(value)
        if isinstance(value, Finding):
            return self._finding(value)
        if isinstance(value, list | tuple):
            parts = [self.made(part) for part in value]
            return value if _same(parts, value) else type(value)(parts)
        if isinstance(value, Mapping):
            pairs = {self.made(name): self.made(part) for name, part in value.items()}
            return value if _same(pairs, value) and _same(pairs.values(), value.values()) else pairs
        if is_dataclass(value) and not isinstance(value, type):
            return self._members(value, [one.name for one in fields(value)])
        if isinstance(value, str):  # a kind of text that remembers where it was written
            shown = self._shown[str(value)]
            return value if shown is None else shown
        raise TypeError(f"a {type(value).__name__} in a report, where nobody looks for secrets")

    def _finding(self, finding: Finding) -> Finding:
        # A hundred thousand of them go this way: one without secrets costs a look-up for each text.
        shown = self._shown
        for part in finding:
            if shown[part] is not None if type(part) is str else self.made(part) is not part:
                return type(finding)(*map(self.made, finding))
        return finding

    def _once(self, value: Resource | Rule) -> Any:
        """Give what many findings share; the report keeps it alive, so its id stays its own."""
        made = self._shared.get(id(value))
        if made is None:
            names = _TOLD_OF_RESOURCES if isinstance(value, Resource) else _TOLD_OF_RULES
            made = self._shared[id(value)] = self._members(value, names)
        return made

    def _members(self, value: Any, names: Iterable[str]) -> Any:
        before = {name: getattr(value, name) for name in names}
        changed = {name: made for name, part in before.items() if (made := self.made(part)) is not part}
        return replace(value, **changed) if changed else value


def _beginning(starts: Iterable[str]) -> re.Pattern[str] | None:
    """Make a pattern that finds every place where one of the texts of SHORTEST characters may begin, and few others."""
    first, *others = [
        "".join(f"\\U{ord(one):08x}" for one in sorted(set(column))) for column in zip(*starts, strict=True)
    ] or [""]
    return re.compile(f"[{first}](?={''.join(f'[{other}]' for other in others)})") if first else None


def _same(made: Iterable[Any], given: Iterable[Any]) -> bool:
    return all(map(operator.is_, made, given))


def _lines(text: str) -> Iterator[str]:
    """Give a secret, and of one with several lines each: logs break them up."""
    whole = text.strip()
    yield whole
    lines = whole.splitlines()
    if len(lines) > 1:
        yield from map(str.strip, lines)


def _gives_away(value: str) -> bool:
    """Tell a secret from a text that stands in harmless places, too."""
    if len(value) < SHORTEST or len(set(value)) < _FEWEST or value == MASKED:
        return False
    return not _HARMLESS.fullmatch(value)


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts_in(inner)
    elif isinstance(value, int | float):
        yield str(value)


def _read(written: Any) -> Any:
    """Give what is in the JSON text that `--show-secrets` writes; what is none is taken as it is."""
    try:
        return json.loads(written) if isinstance(written, str) else None
    except ValueError:
        return written


def _common(text: str, start: int, guise: str) -> int:
    """Count the characters of ``guise`` that stand in ``text`` from ``start`` on."""
    if text.startswith(guise, start):
        return len(guise)
    return next(at for at, one in enumerate(guise) if text[start + at : start + at + 1] != one)
