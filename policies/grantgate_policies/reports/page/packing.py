"""
What the page shows, packed as JSON that can stand inside HTML: every text once, everything else by number.

Texts of others are made harmless as on a terminal: what is not printable is shown as an escape.
"""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Level, Outcome, Severity
from grantgate_policies.reports.look import shown
from grantgate_policies.reports.page.states import State, state_of, worst_by_item, worst_by_urn
from grantgate_policies.reports.page.tree import drawn
from grantgate_policies.reports.ranking import ordered
from grantgate_policies.reports.wording import changed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.report import Registered, Report
    from grantgate_policies.reports.look import Look

_AT_ONCE: Final = 1_000
_SEVERITIES: Final = {severity: place for place, severity in enumerate(Severity)}
_LEVELS: Final = {level: place for place, level in enumerate(Level)}
_OUTCOMES: Final = {outcome: place for place, outcome in enumerate(Outcome)}
# Inside a script element these could end it, or begin a comment; outside of texts JSON has none of them.
_ESCAPES: Final = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


class _Texts:
    """Numbers texts; the empty one is 0."""

    def __init__(self) -> None:
        self._numbers = {"": 0}

    def __call__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> Iterator[str]:
        """Give every text in the order of its number."""
        return map(shown, self._numbers)


class _Resources:
    """Numbers resources by URN."""

    def __init__(self, report: Report, texts: _Texts) -> None:
        self._report = report
        self._texts = texts
        self._numbers: dict[str, int] = {}
        self._rows: list[tuple[int, ...]] = []

    def __call__(self, urn: str, name: str, kind: str = "") -> int:
        number = self._numbers.get(urn)
        if number is None:
            number = self._numbers[urn] = len(self._rows)
            position = self._report.positions.get(urn)
            file, line = (position.file, position.line) if position else ("", 0)
            self._rows.append((*map(self._texts, (urn, name, kind or _type_in(urn), _stack_in(urn), file)), line))
        return number

    def all(self) -> Iterator[tuple[int, ...]]:
        """Give every resource in the order of its number."""
        return iter(self._rows)


def packed(report: Report, look: Look) -> Iterator[str]:
    """Give the page's data as one JSON object, in pieces, ASCII only."""
    texts = _Texts()
    resources = _Resources(report, texts)
    findings = sorted(ordered(report.findings), key=state_of)
    rules = {(rule.id, rule.name): rule for rule in (*report.rules, *(finding.rule for finding in findings))}
    numbers = {names: number for number, names in enumerate(rules)}
    locations = sorted(report.locations, key=lambda one: (one.urn, one.scope))
    drawing = drawn(locations, worst_by_urn(findings), worst_by_item(findings, locations))

    yield "{\n"
    yield from _list("rules", (_rule(rule, look) for rule in rules.values()))
    yield from _list("findings", (_finding(one, numbers, texts, resources) for one in findings))
    yield from _list(
        "locations",
        (
            (
                resources(one.urn, one.name),
                *map(texts, (one.name, one.account, one.region, one.scope, one.role)),
                int(one.live),
                covered.by,
                covered.twins,
            )
            for one, covered in zip(locations, drawing.covered, strict=True)
        ),
    )
    yield from _list(
        "nodes",
        (
            (node.parent, node.kind, texts(node.label), node.location, node.state, node.count, node.end)
            for node in drawing.nodes
        ),
    )
    yield from _list("changes", _changes(report, locations, texts))
    yield from _list(
        "requests",
        (
            (
                resources(one.urn, one.name),
                *map(
                    texts,
                    (
                        *(one.name, one.account, one.token, one.access_point),
                        *(one.operation, one.state, one.status, one.created),
                    ),
                ),
                [(texts(name), texts(status)) for name, status in one.regions],
            )
            for one in sorted(report.requests, key=lambda one: (one.created, one.urn, one.token))
        ),
    )
    yield from _list("resources", resources.all())
    yield from _list("texts", texts.all())
    words = {
        "states": [state.key for state in State],
        "names": [state.word for state in State],
        "signs": [state.sign for state in State],
        "severities": [severity.value for severity in Severity],
        "levels": [level.value for level in Level],
        "outcomes": [outcome.value for outcome in Outcome],
    }
    yield f'"words": {_json(words)}\n}}'


def _rule(rule: Rule, look: Look) -> dict[str, str]:
    members = {"id": rule.id, "name": rule.name, "summary": rule.summary, "why": rule.why, "fix": rule.fix}
    return {**{name: shown(text) for name, text in members.items()}, "page": https(look.page(rule))}


def _finding(one: Finding, rules: dict[tuple[str, str], int], texts: _Texts, resources: _Resources) -> tuple[Any, ...]:
    return (
        rules[one.rule.id, one.rule.name],
        state_of(one),
        _SEVERITIES[one.severity],
        resources(one.resource.urn, one.resource.name, one.resource.type),
        one.blocks * 1 + one.quiet * 2,
        _LEVELS[one.level],
        _OUTCOMES[one.outcome],
        texts(one.field),
        texts(one.message),
        texts(one.observed),
        texts(one.expected),
        texts(one.edit),
        texts(one.waiver),
        one.fingerprint,
        # Of most findings there is no more to say, and there can be a hundred thousand.
        *((texts(one.item), one.things) if one.item or one.things != 1 else ()),
    )


def _changes(report: Report, locations: Sequence[Registered], texts: _Texts) -> Iterator[tuple[Any, ...]]:
    """Give what changes of the locations on the map."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for index, location in enumerate(locations):
        places[location.urn].append(index)
    for change in sorted(report.changes, key=lambda one: (one.urn, one.field)):
        name, field = changed(change)
        every = places.get(change.urn, ())
        # Of a resource with many locations it is one that changes.
        for index in [index for index in every if locations[index].name == name] or every:
            yield index, *map(texts, (field, change.before, change.after)), int(change.drift)


def https(address: str) -> str:
    """Give an address that a page may link, nothing for any other."""
    return shown(address) if address.startswith("https://") else ""


def _stack_in(urn: str) -> str:
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def _type_in(urn: str) -> str:
    return "".join(urn.split("::")[2:3]).rpartition("$")[2]


def _list(name: str, items: Iterable[Any]) -> Iterator[str]:
    yield f'"{name}": ['
    rest = iter(items)
    comma = ""
    while some := list(islice(rest, _AT_ONCE)):
        yield f"{comma}{_json(some)[1:-1]}"
        comma = ",\n"
    yield "],\n"


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
