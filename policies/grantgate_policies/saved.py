"""
Reports that were saved as JSON, read back: any format can be made of them, without judging again.

A report that does not hold together is refused: its own exit code has to be the one that its findings come to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from grantgate_policies.core import Finding, Level, OnUnknown, Outcome, Resource, Rule, Severity
from grantgate_policies.documents import Members, Place, content, loaded, refuse, told
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
)
from grantgate_policies.reports.as_json import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grantgate_policies.core import Verdict

_WANTED: Final = f"a report of `grantgate ... --format json` ({SCHEMA}) belongs here"
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
    data = loaded(written, name, _WANTED)
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
        rules = {rule.name: rule for rule in self._each(data, "rules", self._rule)}
        positions: dict[str, SourcePosition] = {}
        findings = self._each(data, "findings", lambda one, at: self._finding(one, at, rules, positions))
        baseline = self.member(data, "baseline", ())
        judged = data.get("judged")
        if isinstance(judged, bool) or not isinstance(judged, int):
            self.refuse(("judged",), f"{told(judged)} where a number belongs")
        report = Report(
            source=self.said(data, "source", ()),
            rules_file=self.said(data, "rulesFile", ()),
            organization=self.said(data, "organization", ()),
            findings=findings,
            resources=self._number(data, "resources", ()),
            lookups=self._each(data, "lookups", self._lookup),
            problems=self._each(data, "problems", self._problem),
            notices=tuple(self._texts(data, "notices", ())),
            runs=self._each(data, "runs", self._run),
            baseline=self.said(baseline, "file", ("baseline",)) if baseline else "",
            fixed=self._each(data, "fixed", self._fixed),
            at=self.said(data, "at", ()),
            rules=tuple(rules.values()),
            positions=positions,
            project_file=self.said(data, "projectFile", ()),
            locations=self._each(data, "locations", self._location),
            requests=self._each(data, "requests", self._request),
            changes=self._each(data, "changes", self._change),
            left_out=self._each(data, "leftOut", self._left_out),
            judged=judged,
        )
        code = self._number(data, "exitCode", ())
        if code != report.exit_code():
            self.refuse(("exitCode",), f"{code}, and what the report holds comes to {int(report.exit_code())}")
        return report

    # --- members ------------------------------------------------------------------------------------------------------

    def _each(
        self, data: Mapping[str, Any], name: str, make: Callable[[Mapping[str, Any], Place], _Made]
    ) -> tuple[_Made, ...]:
        return tuple(make(one, (name, index)) for index, one in enumerate(self.objects(data.get(name), (name,))))

    def _number(self, owner: Mapping[str, Any], key: str, place: Place) -> int:
        value = owner.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse((*place, key), f"{told(value)} where a number belongs")
        return value

    def _texts(self, owner: Mapping[str, Any], key: str, place: Place) -> list[str]:
        value = owner.get(key)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            self.refuse((*place, key), f"{told(value)} where a list of texts belongs")
        return value

    def _word(self, kind: Callable[[str], _Made], owner: Mapping[str, Any], key: str, place: Place) -> _Made:
        value = self.said(owner, key, place)
        try:
            return kind(value)
        except ValueError:
            self.refuse((*place, key), f"{value!r} is no word that this release knows")

    def _rule(self, one: Mapping[str, Any], at: Place) -> Rule:
        stack = self.said(one, "kind", at) == "stack"
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
            gather=_never if stack else None,
            on_unknown=OnUnknown.FAIL,
            locked=self.flag(one, "locked", at),
        )

    def _finding(
        self, one: Mapping[str, Any], at: Place, rules: Mapping[str, Rule], positions: dict[str, SourcePosition]
    ) -> Finding:
        rule = rules.get(self.said(one, "ruleName", at))
        if rule is None:
            self.refuse((*at, "ruleName"), f"{one['ruleName']!r} is none of the report's rules")
        about = self.object_(one, "resource", at)
        place = (*at, "resource")
        urn, kind, name = (self.said(about, key, place) for key in ("urn", "type", "name"))
        if "position" in one and urn not in positions:
            found = self.object_(one, "position", at)
            where = (*at, "position")
            positions[urn] = SourcePosition(self.said(found, "file", where), self._number(found, "line", where))
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
            blocks=self.flag(one, "blocks", at),
            quiet=self.flag(one, "quiet", at),
            basis=self.said(one, "basis", at),
        )
        return Known(*made) if self.flag(one, "known", at) else made

    def _lookup(self, one: Mapping[str, Any], at: Place) -> LookedUp:
        values = self.object_(one, "values", at)
        names = ("urn", "name", "kind", "subject", "account", "region")
        return LookedUp(
            **{name: self.said(one, name, at) for name in names},
            performed=self.flag(one, "performed", at),
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
            self.refuse((*at, "exitCode"), f"{told(code)} where a number belongs")
        return code

    def _location(self, one: Mapping[str, Any], at: Place) -> Registered:
        names = ("urn", "name", "account", "region", "scope", "role")
        return Registered(**{name: self.said(one, name, at) for name in names}, live=self.flag(one, "live", at))

    def _request(self, one: Mapping[str, Any], at: Place) -> Request:
        names = ("urn", "name", "account", "token", "operation", "state", "status", "created")
        regions = self.objects(one.get("regions"), (*at, "regions"))
        return Request(
            **{name: self.said(one, name, at) for name in names},
            access_point=self.said(one, "accessPoint", at),
            regions=tuple(
                (self.said(region, "name", at), self.said(region, "requestStatus", at)) for region in regions
            ),
        )

    def _change(self, one: Mapping[str, Any], at: Place) -> Change:
        names = ("urn", "field", "before", "after")
        return Change(**{name: self.said(one, name, at) for name in names}, drift=self.flag(one, "drift", at))

    def _fixed(self, one: Mapping[str, Any], at: Place) -> Fixed:
        return Fixed(**{name: self.said(one, name, at) for name in ("urn", "rule", "field", "outcome", "why")})

    def _left_out(self, one: Mapping[str, Any], at: Place) -> LeftOut:
        outcome, count = self._word(Outcome, one, "outcome", at), self._number(one, "count", at)
        return LeftOut(outcome, count, self.said(one, "why", at), self.flag(one, "known", at))
