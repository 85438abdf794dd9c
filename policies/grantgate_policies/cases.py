"""
Cases: made-up resources, and what one rule must say of them, in files that people read.

They are run by `grantgate rules test`, they are the examples of every built-in rule, and an organization writes its own
beside its own rules. A case is judged by its rule alone, under a rules file that has nothing but what the case says.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from grantgate_policies import positions
from grantgate_policies.core import UNKNOWN, Outcome
from grantgate_policies.faults import Fault, RulesFileError, did_you_mean, shown
from grantgate_policies.rulebook import parse as parse_rules
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.testing.declared import Declared, Secret, resource, urn_of
from grantgate_policies.testing.judging import STACK, TODAY, Outcomes, judged, rules_file
from grantgate_policies.validation import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.faults import Path as Place
    from grantgate_policies.positions import Document
    from grantgate_policies.rulebook import RuleBook

SCHEMA_FILE: Final = Path(__file__).with_name("cases.schema.json")
"""The published JSON Schema of case files."""

EXAMPLES: Final = Path(__file__).parent / "rules" / "examples"
"""Where the built-in rules' examples are, each in a file named like the rule's module."""

_UNKNOWN: Final = "$unknown"
_SECRET: Final = "$secret"  # noqa: S105 - the mark of one
_LOUD: Final = frozenset({Outcome.FAIL, Outcome.UNKNOWN, Outcome.WAIVED, Outcome.ERROR})
_TOP: Final = "A case file is one map that has rule and cases."


class CasesError(RulesFileError):
    """A case file cannot be used; ``faults`` are all of its faults, sorted by position."""


@dataclass(frozen=True, slots=True)
class Case:
    """
    One case.

    Shape: ``line`` is where it stands in ``file``, from 1; ``expect`` is one outcome for everything that the rule says,
           or one for each resource that is named; ``book`` is the rules file that the case stands for.
    """

    name: str
    rule: Rule
    file: str
    line: int
    input: tuple[Declared, ...]
    expect: Outcome | Mapping[str, Outcome]
    book: RuleBook
    settings: Mapping[str, Any] = field(default_factory=dict)
    stack: str = STACK
    today: dt.date | dt.datetime = TODAY
    preview: bool = False
    message: str = ""

    @property
    def expected(self) -> frozenset[Outcome]:
        """Give every outcome that the case expects of something."""
        return frozenset({self.expect} if isinstance(self.expect, Outcome) else self.expect.values())


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: it passed when there are no ``complaints``, each of which is a sentence."""

    case: Case
    outcomes: Outcomes
    complaints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examples:
    """A rule's cases that it passes, those that it fails, and the files about it that cannot be read."""

    good: tuple[Case, ...] = ()
    bad: tuple[Case, ...] = ()
    faulty: tuple[str, ...] = ()


def example_file(rule: Rule) -> Path | None:
    """Give the file of a built-in rule's examples, None where it has none."""
    stem = rule.id.lower().replace("-", "")
    return next(iter(sorted(EXAMPLES.glob(f"{stem}_*.yaml"))), None)


def examples(rule: Rule, files: Sequence[Path] = ()) -> Examples:
    """Give a built-in rule's own examples, and another rule's from ``files``, which may be about other rules too."""
    path = example_file(rule)
    found: list[Case] = []
    faulty: list[str] = []
    for file in [path] if path else files:
        try:
            found += read(file, (rule,))
        except CasesError as error:
            # Where its rule is at fault, a file is about another one.
            if path:
                raise
            if all(fault.path != ("rule",) for fault in error.faults):
                faulty.append(str(file))
    return Examples(
        faulty=tuple(faulty),
        good=tuple(case for case in found if Outcome.PASS in case.expected and Outcome.FAIL not in case.expected),
        bad=tuple(case for case in found if Outcome.FAIL in case.expected),
    )


def files_in(folder: Path) -> list[Path]:
    """Give the case files beside a rules file: ``*.cases.yaml``, and every ``*.yaml`` in the folder ``cases``."""
    return sorted([*folder.glob("*.cases.yaml"), *(folder / "cases").glob("*.yaml")])


# --- reading ----------------------------------------------------------------------------------------------------------


def read(path: Path, catalogue: Sequence[Rule]) -> tuple[Case, ...]:
    """
    Read the case file at ``path``, which is about one of the rules of ``catalogue``.

    Errors: CasesError with every fault of the file, or with the reason why there is none to read.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(positions.LARGEST + 1)
    except (OSError, ValueError) as error:
        raise CasesError(name, [Fault((), 0, 0, f"cannot be read: {_reason(error)}")]) from None
    try:
        text = positions.decode(content, name)
    except RulesFileError as error:
        _retell(error)
    return parse(text, name=name, catalogue=catalogue)


def parse(text: str, *, name: str, catalogue: Sequence[Rule]) -> tuple[Case, ...]:
    """Read the text of a case file; ``name`` stands for the file in messages."""
    try:
        document = positions.read(text, name)
    except RulesFileError as error:
        _retell(error)
    faults = [*document.faults, *validate(document, _schema())]
    data = document.data
    rule = next((rule for rule in catalogue if rule.name == data.get("rule")), None)
    if rule is None and isinstance(data.get("rule"), str):
        hint = did_you_mean(data["rule"], [rule.name for rule in catalogue], "`grantgate rules list` names them all.")
        faults.append(Fault(("rule",), *document.position(("rule",)), f"{shown(data['rule'])} is no rule", hint))
    broken = {fault.path[1] for fault in faults if fault.path[:1] == ("cases",) and len(fault.path) > 1}
    entries = data.get("cases")
    found: list[Case] = []
    names: dict[str, int] = {}
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if index in broken:
            continue
        reader = _Reader(document, index, name)
        first = names.setdefault(entry["name"], document.position(("cases", index))[0])
        if first != document.position(("cases", index))[0]:
            reader.refuse(("name",), f"{shown(entry['name'])} is the name of the case on line {first} too")
        if rule is not None and (case := reader.case(entry, rule)):
            found.append(case)
        faults += reader.faults
    if faults:
        raise CasesError(name, faults)
    return tuple(found)


@lru_cache(maxsize=1)
def _schema() -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return schema


def _retell(error: RulesFileError) -> NoReturn:
    """Say of a case file what the reader says of rules files."""
    faults = [
        replace(
            fault,
            message=fault.message.replace("a rules file", "a case file"),
            hint=_TOP if fault.hint.startswith("A rules file") else fault.hint,
        )
        for fault in error.faults
    ]
    raise CasesError(error.name, faults) from None


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


class _Reader:
    """Reads one entry that the schema has admitted, and notes what no schema can see."""

    def __init__(self, document: Document, index: int, name: str) -> None:
        self.faults: list[Fault] = []
        self._document = document
        self._base: Place = ("cases", index)
        self._name = name

    def refuse(self, path: Place, message: str, hint: str = "", *, of_key: bool = False) -> None:
        """Note a fault."""
        where = (*self._base, *path)
        self.faults.append(Fault(where, *self._document.position(where, of_key=of_key), message, hint))

    def case(self, entry: Mapping[str, Any], rule: Rule) -> Case | None:
        """Give the case, or None when it has faults."""
        stack = entry.get("stack", STACK)
        declared = tuple(self._resource(one, ("input", index)) for index, one in enumerate(entry["input"]))
        self._identities(declared, stack)
        self._sources(declared, entry["input"])
        expect = entry["expect"]
        if not isinstance(expect, str):
            names = {one.name for one in declared} | {one.urn for one in declared if one.urn}
            for name in expect:
                # One entry of a list is named NAME[ID].
                if name not in names and name.partition("[")[0] not in names:
                    self.refuse(("expect", name), "no resource of the input", did_you_mean(name, names), of_key=True)
        today = self._today(entry.get("today"))
        book = self._book(entry, rule)
        if self.faults or book is None:
            return None
        line, _ = self._document.position(self._base)
        return Case(
            name=entry["name"],
            rule=rule,
            file=self._name,
            line=line,
            input=declared,
            expect=Outcome(expect)
            if isinstance(expect, str)
            else {name: Outcome(word) for name, word in expect.items()},
            book=book,
            settings=entry.get("settings", {}),
            stack=stack,
            today=today,
            preview=entry.get("preview", False),
            message=entry.get("message", ""),
        )

    def _resource(self, entry: Mapping[str, Any], path: Place) -> Declared:
        previous = entry.get("previous")
        return resource(
            entry["type"],
            entry["name"],
            props=self._value(entry.get("props", {}), (*path, "props")),
            urn=entry.get("urn", ""),
            provider=self._value(entry.get("provider", {}), (*path, "provider")),
            made_from=entry.get("madeFrom", {}),
            previous=None if previous is None else self._value(previous, (*path, "previous")),
        )

    def _value(self, value: Any, path: Place) -> Any:
        """Give a property's value with the marks of unknowns and secrets read."""
        if isinstance(value, list):
            return [self._value(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, dict):
            if _SECRET in value:
                if len(value) > 1:
                    self.refuse(path, f"{_SECRET} beside {len(value) - 1} other keys, it stands alone")
                return Secret(self._value(value[_SECRET], (*path, _SECRET)))
            return {name: self._value(item, (*path, name)) for name, item in value.items()}
        return UNKNOWN if value == _UNKNOWN else value

    def _identities(self, declared: Sequence[Declared], stack: str) -> None:
        seen: dict[str, int] = {}
        for index, one in enumerate(declared):
            first = seen.setdefault(urn_of(one, stack), index)
            if first != index:
                self.refuse(("input", index), f"the type and name of input[{first}], or its URN", "Name it otherwise.")

    def _sources(self, declared: Sequence[Declared], entries: Sequence[Mapping[str, Any]]) -> None:
        names = {one.name for one in declared}
        for index, entry in enumerate(entries):
            for property_name, sources in entry.get("madeFrom", {}).items():
                for place, source in enumerate(sources):
                    if source not in names and not source.startswith("urn:pulumi:"):
                        path = ("input", index, "madeFrom", property_name, place)
                        hint = did_you_mean(source, names)
                        self.refuse(path, f"{shown(source)} is neither a resource of the input nor a URN", hint)

    def _today(self, given: str | None) -> dt.date | dt.datetime:
        if given is None:
            return TODAY
        try:
            if "T" in given:
                return dt.datetime.fromisoformat(f"{given.removesuffix('Z')}+00:00")
            return dt.date.fromisoformat(given)
        except ValueError:
            self.refuse(("today",), f"{shown(given)} is no day of the calendar, or no time of a day")
            return TODAY

    def _book(self, entry: Mapping[str, Any], rule: Rule) -> RuleBook | None:
        """Make the rules file that the case stands for; its faults are the case's."""
        content = rules_file(
            {rule.name: entry["settings"]} if "settings" in entry else {},
            organization=entry.get("organization"),
            environments=entry.get("environments"),
            waivers=entry.get("waivers", ()),
        )
        name, text = "rules.json", json.dumps(content)
        try:
            return parse_rules(text, name=name, rules=(rule,), pattern_checks=PATTERN_CHECKS)
        except RulesFileError as error:
            made = positions.read(text, name)
            for fault in error.faults:
                path = ("settings", *fault.path[2:]) if fault.path[:1] == ("rules",) else fault.path
                of_key = made.position(fault.path, of_key=True) == (fault.line, fault.column)
                self.refuse(path, fault.message, fault.hint, of_key=of_key)
            return None


def as_told(value: Any) -> Any:
    """Write what a case declares as its file would, with the marks of unknowns and secrets."""
    if isinstance(value, Secret):
        return {_SECRET: as_told(value.value)}
    if isinstance(value, Mapping):
        return {name: as_told(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_told(item) for item in value]
    return _UNKNOWN if value is UNKNOWN else value


# --- running ----------------------------------------------------------------------------------------------------------


def run(case: Case) -> Result:
    """Judge the case's resources by its rule, and hold the outcomes against what it expects."""
    outcomes = judged(case.book, (case.rule,), case.input, stack=case.stack, today=case.today, preview=case.preview)
    wanted = list(_wanted(case, outcomes.findings))
    complaints = [complaint for _, complaint in wanted if complaint]
    as_expected = [finding for finding, complaint in wanted if finding and not complaint]
    if case.message and not complaints and not any(case.message in found.message for found in as_expected):
        said = "; ".join(repr(found.message) for found in as_expected if found.message) or "none"
        complaints.append(f"expected a message with {case.message!r}, got {said}")
    return Result(case, outcomes, tuple(complaints))


def _wanted(case: Case, findings: Sequence[Finding]) -> Iterator[tuple[Finding | None, str]]:
    """Yield each finding that counts, or None where there is none, with what is wrong with it."""
    if isinstance(case.expect, Outcome):
        yield from _held(case.expect, findings, "")
        return
    for name, expected in case.expect.items():
        # What is expected of one entry of a list says more than what is expected of the list.
        about = [one for one in findings if _is_of(one, name) and (one.name == name or one.name not in case.expect)]
        yield from _held(expected, about, name)
    for one in findings:
        if one.outcome in _LOUD and not any(_is_of(one, name) for name in case.expect):
            yield one, f"expected nothing of {one.name!r}, got {_told(one)}"


def _held(expected: Outcome, findings: Sequence[Finding], name: str) -> Iterator[tuple[Finding | None, str]]:
    about = f" of {name!r}" if name else ""
    asked = expected is not Outcome.NOT_APPLICABLE
    counted = [one for one in findings if not asked or one.outcome is not Outcome.NOT_APPLICABLE]
    if not counted and asked:
        why = "; ".join(dict.fromkeys(one.message for one in findings)) or "the rule is about none of this"
        yield None, f"expected {expected.value}{about}, got nothing: {why}"
    for one in counted:
        on = about or f" of {one.name!r}"
        yield one, "" if one.outcome is expected else f"expected {expected.value}{on}, got {_told(one)}"


def _is_of(finding: Finding, name: str) -> bool:
    return name in {finding.name, finding.resource.name, finding.resource.urn}


def _told(finding: Finding) -> str:
    return f"{finding.outcome.value}: {finding.message}" if finding.message else finding.outcome.value
