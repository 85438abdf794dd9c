"""
Reports that were saved as JSON, read back: any format can be made of them, without judging again.

A report that does not hold together is refused: its exit code and its counts have to be those that its findings come
to, and nothing that a report always has may be missing. Else a file that lost a member would be green.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, TypeVar

from grantgate_policies import narrowing
from grantgate_policies.core import Finding, Level, OnUnknown, Outcome, Resource, Rule, Severity
from grantgate_policies.documents import InputError, Members, Place, content, cut, loaded, refuse, told
from grantgate_policies.report import (
    Change,
    Exit,
    Fixed,
    Known,
    LeftOut,
    LookedUp,
    Problem,
    Registered,
    Report,
    Request,
    Run,
    SourcePosition,
    contradiction,
)
from grantgate_policies.reports.as_json import SCHEMA
from grantgate_policies.reports.verdict import tally

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grantgate_policies.core import Verdict

_WANTED: Final = f"a report of `grantgate ... --format json` ({SCHEMA}) belongs here"
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?")
_Made = TypeVar("_Made")


def read(source: str) -> Report:
    """
    Read the report in the file ``source``.

    Errors: InputError.
    """
    return parse(content(source), source)


def parse(written: bytes, name: str) -> Report:
    """
    Read the content of the report ``name``.

    Errors: InputError.
    """
    try:
        data = loaded(written, name, _WANTED)
    except RecursionError:
        raise InputError(f"{name}: nested too deeply to be read (hundreds of levels)") from None
    if not isinstance(data, dict):
        refuse(name, (), f"{told(data)}, and {_WANTED}")
    if data.get("schema") != SCHEMA:
        refuse(name, ("schema",), f"{told(data.get('schema'))}, and {_WANTED}")
    return _Reader(name).report(data)


def _never(*_: object) -> Verdict:
    """Stand for the judgement of a rule that has judged already."""
    raise AssertionError("a rule of a saved report judges nothing again")


class _Reader(Members):
    """Reads one report; what is not as `grantgate` writes it raises InputError."""

    def report(self, data: Mapping[str, Any]) -> Report:
        """Read the whole report."""
        rules = {(rule.id, rule.name): rule for rule in self._each(data, "rules", self._rule)}
        positions: dict[str, SourcePosition] = {}
        report = Report(
            source=self.said(data, "source", ()),
            rules_file=self.said(data, "rulesFile", ()),
            organization=self.said(data, "organization", ()),
            findings=self._each(data, "findings", lambda one, at: self._finding(one, at, rules, positions)),
            resources=self._number(data, "resources", ()),
            lookups=self._each(data, "lookups", self._lookup),
            problems=self._each(data, "problems", self._problem),
            notices=self._texts(data, "notices", ()),
            runs=self._each(data, "runs", self._run),
            baseline=self._baseline(data),
            fixed=self._each(data, "fixed", self._fixed),
            at=self._at(data),
            rules=tuple(rules.values()),
            positions=positions,
            project_file=self._inside(data, "projectFile", ()) if data.get("projectFile") != "" else "",
            locations=self._each(data, "locations", self._location),
            requests=self._each(data, "requests", self._request),
            changes=self._each(data, "changes", self._change),
            left_out=self._each(data, "leftOut", self._left_out),
            judged=self._number(data, "judged", ()),
        )
        self._check(data, report)
        return report

    def _check(self, data: Mapping[str, Any], report: Report) -> None:
        """Refuse a report that says of itself what it does not hold."""
        code = self._number(data, "exitCode", ())
        if code != report.exit_code():
            self.refuse(("exitCode",), f"{code}, and what the report holds comes to {int(report.exit_code())}")
        found = tally(report)
        counts = self.object_(data, "counts", ())
        for outcome, count in found.counts.items():
            if self._number(counts, outcome.value, ("counts",)) != count:
                message = f"{counts[outcome.value]}, and what the report holds comes to {count}"
                self.refuse(("counts", outcome.value), message)
        for place, run in enumerate(report.runs):
            if run.code and not (report.problems or found.blocking or found.known_count):
                message = f"{run.code}, and nothing in the report says why"
                self.refuse(("runs", place, "exitCode"), message)
        if found.known_count and not report.baseline:
            self.refuse(("baseline",), f"no baseline, and the report holds {found.known_count:,} findings of one")

    # --- members ------------------------------------------------------------------------------------------------------

    def _each(
        self, data: Mapping[str, Any], name: str, make: Callable[[Mapping[str, Any], Place], _Made]
    ) -> tuple[_Made, ...]:
        value = data.get(name)
        if not isinstance(value, list):
            self.refuse((name,), f"{told(value) if name in data else 'nothing'} where a list belongs")
        return tuple(make(one, (name, index)) for index, one in enumerate(self.objects(value, (name,))))

    def _number(self, owner: Mapping[str, Any], key: str, place: Place) -> int:
        value = owner.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse((*place, key), f"{told(value) if key in owner else 'nothing'} where a number belongs")
        return value

    def _truth(self, owner: Mapping[str, Any], key: str, place: Place) -> bool:
        """Read true or false; missing is neither."""
        if owner.get(key) is None:
            self.refuse((*place, key), f"{'null' if key in owner else 'nothing'} where true or false belongs")
        return self.flag(owner, key, place)

    def _texts(self, owner: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
        value = owner.get(key)
        if not isinstance(value, list):
            self.refuse((*place, key), f"{told(value) if key in owner else 'nothing'} where a list belongs")
        for index, one in enumerate(value):
            if not isinstance(one, str):
                self.refuse((*place, key, index), f"{told(one)} where a text belongs")
        return tuple(value)

    def _baseline(self, data: Mapping[str, Any]) -> str:
        if "baseline" not in data:
            self.refuse(("baseline",), "nothing where an object or null belongs")
        if data["baseline"] is None:
            return ""
        return self.text(self.object_(data, "baseline", ()), "file", ("baseline",))

    def _at(self, data: Mapping[str, Any]) -> str:
        at = self.said(data, "at", ())
        if not _MOMENT.fullmatch(at):
            self.refuse(("at",), f"{cut(at)!r} is no time such as 2026-11-22T08:30:05Z")
        return at

    def _inside(self, owner: Mapping[str, Any], key: str, place: Place) -> str:
        """Read the name of a file that lies inside the repository: reports link it."""
        file = self.said(owner, key, place)
        path = PurePosixPath(file)
        if not path.name or path.is_absolute() or ".." in path.parts:
            self.refuse((*place, key), f"{cut(file)!r} is no file inside the repository")
        return file

    def _word(self, kind: Callable[[str], _Made], owner: Mapping[str, Any], key: str, place: Place) -> _Made:
        value = self.said(owner, key, place)
        try:
            return kind(value)
        except ValueError:
            self.refuse((*place, key), f"{cut(value)!r} is no word that this release knows")

    def _rule(self, one: Mapping[str, Any], at: Place) -> Rule:
        kind = self.said(one, "kind", at)
        if kind not in {"resource", "stack"}:
            self.refuse((*at, "kind"), f"{cut(kind)!r} is no word that this release knows")
        return Rule(
            id=self.said(one, "id", at),
            name=self.said(one, "name", at),
            summary=self.said(one, "summary", at),
            why=self.said(one, "why", at),
            fix=self.said(one, "fix", at),
            source=self.said(one, "source", at),
            url=self.said(one, "url", at),
            about=(),
            severity=self._word(Severity, one, "severity", at),
            level=self._word(Level, one, "level", at),
            judge=_never,
            gather=_never if kind == "stack" else None,
            on_unknown=OnUnknown.FAIL,
            locked=self._truth(one, "locked", at),
        )

    def _finding(
        self,
        one: Mapping[str, Any],
        at: Place,
        rules: Mapping[tuple[str, str], Rule],
        positions: dict[str, SourcePosition],
    ) -> Finding:
        named = self.said(one, "ruleId", at), self.said(one, "ruleName", at)
        rule = rules.get(named)
        if rule is None:
            self.refuse((*at, "ruleName"), f"{cut(' '.join(named))!r} is none of the report's rules")
        about = self.object_(one, "resource", at)
        place = (*at, "resource")
        urn, kind, name = (self.said(about, key, place) for key in ("urn", "type", "name"))
        if "position" in one:
            found, where = self.object_(one, "position", at), (*at, "position")
            line = self._number(found, "line", where)
            if not line:
                self.refuse((*where, "line"), "0, and lines count from 1")
            positions.setdefault(urn, SourcePosition(self._inside(found, "file", where), line))
        fix = self.said(one, "fix", at)
        made = Finding(
            rule=rule,
            outcome=self._word(Outcome, one, "outcome", at),
            level=self._word(Level, one, "level", at),
            severity=self._word(Severity, one, "severity", at),
            resource=Resource(urn, kind, name, {}),
            field=self.said(one, "field", at),
            observed=self.said(one, "observed", at),
            expected=self.said(one, "expected", at),
            message=self.said(one, "message", at),
            edit="" if fix == rule.fix else fix,
            waiver=self.said(one, "waiver", at),
            blocks=self._truth(one, "blocks", at),
            quiet=self._truth(one, "quiet", at),
            basis=self.said(one, "basis", at),
            item=self.said(about, "item", place) if "item" in about else "",
            things=self._number(one, "count", at) if "count" in one else 1,
        )
        if self.flag(one, "known", at):
            made = Known(*made)
        member, wrong = contradiction(made)
        if wrong:
            self.refuse((*at, member), wrong)
        return made

    def _lookup(self, one: Mapping[str, Any], at: Place) -> LookedUp:
        values = self.object_(one, "values", at)
        names = ("urn", "name", "kind", "subject", "account", "region")
        return LookedUp(
            **{name: self.said(one, name, at) for name in names},
            performed=self._truth(one, "performed", at),
            values=tuple((name, self.said(values, name, (*at, "values"))) for name in values),
        )

    def _problem(self, one: Mapping[str, Any], at: Place) -> Problem:
        what, about, remedy = (self.said(one, name, at) for name in ("what", "about", "remedy"))
        code = self._number(one, "exitCode", at)
        if code not in {Exit.USAGE, Exit.ERROR}:
            self.refuse((*at, "exitCode"), f"{code} is no exit code of a problem")
        return Problem(what, about, remedy, Exit(code))

    def _run(self, one: Mapping[str, Any], at: Place) -> Run:
        changes = self.object_(one, "changes", at)
        names = ("stack", "command", "result", "pack")
        return Run(
            **{name: self.said(one, name, at) for name in names},
            code=self._code(one, at),
            seconds=self._number(one, "seconds", at),
            changes={name: self._number(changes, name, (*at, "changes")) for name in changes},
        )

    def _code(self, one: Mapping[str, Any], at: Place) -> int:
        """Give the engine's own exit code; that of a process ended by a signal is negative."""
        code = one.get("exitCode")
        if isinstance(code, bool) or not isinstance(code, int):
            self.refuse((*at, "exitCode"), f"{told(code) if 'exitCode' in one else 'nothing'} where a number belongs")
        return code

    def _location(self, one: Mapping[str, Any], at: Place) -> Registered:
        names = ("urn", "name", "account", "region", "scope", "role")
        return Registered(**{name: self.said(one, name, at) for name in names}, live=self._truth(one, "live", at))

    def _request(self, one: Mapping[str, Any], at: Place) -> Request:
        names = ("urn", "name", "account", "token", "operation", "state", "status", "created")
        where = (*at, "regions")
        regions = one.get("regions")
        if not isinstance(regions, list):
            self.refuse(where, f"{told(regions) if 'regions' in one else 'nothing'} where a list belongs")
        return Request(
            **{name: self.said(one, name, at) for name in names},
            access_point=self.said(one, "accessPoint", at),
            regions=tuple(
                (self.said(region, "name", (*where, index)), self.said(region, "requestStatus", (*where, index)))
                for index, region in enumerate(self.objects(regions, where))
            ),
        )

    def _change(self, one: Mapping[str, Any], at: Place) -> Change:
        names = ("urn", "field", "before", "after")
        return Change(**{name: self.said(one, name, at) for name in names}, drift=self._truth(one, "drift", at))

    def _fixed(self, one: Mapping[str, Any], at: Place) -> Fixed:
        return Fixed(**{name: self.said(one, name, at) for name in ("urn", "rule", "field", "outcome", "why")})

    def _left_out(self, one: Mapping[str, Any], at: Place) -> LeftOut:
        outcome, count = self._word(Outcome, one, "outcome", at), self._number(one, "count", at)
        left = LeftOut(outcome, count, self.said(one, "why", at), self._truth(one, "known", at))
        if not narrowing.leaves_out(left):
            self.refuse((*at, "why"), f"{cut(left.why)!r}, and no {outcome.value} is left out for that")
        return left
