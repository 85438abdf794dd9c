"""`grantgate check` against Open Policy Agent, all of them as whole processes on the same stack export."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import estate
import opa
from children import HERE, RULES, SCRIPTS, environment, run
from figures import Row, Spread, Unmeasured

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 120
COMPARED = ("location-scope-allowed", "location-role-allowed", "location-prefix-delimited")
RULE_SETS = {"all rules": RULES, "OPA's three rules": HERE / "rules" / "three.yaml"}
FOUND = {False: 0, True: 1}  # exit code by whether something fails


@dataclass(frozen=True, slots=True)
class Agent:
    """Open Policy Agent's command; ``missing`` says why there is none."""

    binary: Path | None
    version: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Estate:
    """One stack export of ``count`` locations; with ``fails`` a twentieth of them break a rule."""

    place: Path
    count: int
    fails: bool
    file: Path

    @classmethod
    def of(cls, place: Path, count: int, *, fails: bool) -> Estate:
        """Write the export."""
        file = place / f"export-{'some-fail' if fails else 'all-pass'}.json"
        file.write_text(json.dumps(estate.export(count, fails=fails), indent=4))
        return cls(place, count, fails, file)

    def ours(self, rules: Path, *options: str) -> tuple[str, float]:
        """Run `grantgate check`; give its output and its seconds."""
        command: list[str | Path] = [SCRIPTS / "grantgate", "check", self.file, "--rules", rules, *options]
        ran = run(command, cwd=self.place, env=environment(self.place), seconds=SECONDS)
        if ran.code != FOUND[self.fails]:
            wanted = FOUND[self.fails]
            raise Unmeasured(f"`grantgate check` ended with {ran.code}, not {wanted}: {ran.err.strip()[-300:]}")
        return ran.out, ran.seconds

    def theirs(self, binary: Path) -> tuple[str, float]:
        """Run `opa eval`; give its output and its seconds."""
        policy = HERE / "opa" / "policy.rego"
        command: list[str | Path] = [binary, "eval", "--format", "raw", "--data", policy, "--input", self.file]
        command.append("data.grantgate.deny")
        ran = run(command, cwd=self.place, env=environment(self.place), seconds=SECONDS)
        if ran.code:
            raise Unmeasured(f"`opa eval` ended with {ran.code}: {(ran.err or ran.out).strip()[-300:]}")
        return ran.out, ran.seconds


@dataclass(slots=True)
class _Times:
    """What was measured with one set of rules."""

    name: str
    rules: Path
    judged: int
    violations: int
    ours: list[float] = field(default_factory=list)


def measure(*, quick: bool) -> list[Row]:
    """Judge an estate in which all pass, then one in which a twentieth fails."""
    count, turns = (1000, 3) if quick else (10_000, 7)
    try:
        agent = Agent(*opa.command())
    except opa.NoGo as why:
        agent = Agent(None, missing=str(why))
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        rows: list[Row] = []
        for fails in (False, True):
            rows += _rows(Estate.of(Path(name), count, fails=fails), agent, turns)
        return rows


def _rows(judged: Estate, agent: Agent, turns: int) -> list[Row]:
    """Make sure that everybody finds the same, then let all of them take turns."""
    told = None
    if agent.binary:
        told = {(entry["rule"], entry["urn"]) for entry in json.loads(judged.theirs(agent.binary)[0])}
    sets = []
    for name, rules in RULE_SETS.items():
        report = json.loads(judged.ours(rules, "--format", "json")[0])
        found = _violations(report)
        if told is not None and told != found:
            only = f"{len(found - told)} only ours, {len(told - found)} only OPA's"
            raise Unmeasured(f"grantgate with {name} and OPA must find the same violations, and do not ({only})")
        sets.append(_Times(name, rules, _judged(report, judged.count), len(found)))
    theirs: list[float] = []
    for _ in range(turns):
        for one in sets:
            one.ours.append(judged.ours(one.rules)[1])
        if agent.binary:
            theirs.append(judged.theirs(agent.binary)[1])
    return [_row(judged, one, theirs, agent) for one in sets]


def _row(judged: Estate, times: _Times, theirs: list[float], agent: Agent) -> Row:
    what = f"check of {judged.count} locations ({'5 %' if judged.fails else 'none'} fail), {times.name} / opa"
    mine = Spread.of(times.ours)
    note = f"grantgate judged {times.judged} rules on each location"
    raw = {"ours": times.ours, "opa": theirs, "rulesJudged": times.judged, "violations": times.violations}
    if not agent.binary:
        missing = f"the comparison with Open Policy Agent is left out: {agent.missing}"
        return Row(
            what=what,
            figure=f"{mine.median:.2f} s / -",
            aim="<= 1",
            notes=[note, missing],
            unmeasured=missing,
            raw=raw,
        )
    ratio = Spread.of_ratios(times.ours, theirs)
    same = f"both found the same {times.violations} violations of those three"
    return Row(
        what=what,
        figure=f"{mine.median:.2f} s / {Spread.of(theirs).median:.2f} s",
        aim="<= 1",
        met=ratio.median <= 1,
        ratio=ratio,
        notes=[f"{note}, OPA {agent.version} three; {same}"],
        raw=raw,
    )


def _violations(report: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Give what failed of the rules that both know."""
    failed = [one for one in report["findings"] if one["outcome"] == "FAIL"]
    return {(one["ruleName"], one["resource"]["urn"]) for one in failed if one["ruleName"] in COMPARED}


def _judged(report: Mapping[str, Any], count: int) -> int:
    """Count the rules that came to an outcome on each location; refuse an estate of which something was left out."""
    if report["judged"] != count:
        raise Unmeasured(f"`grantgate check` judged {report['judged']} of {count} locations")
    counts = report["counts"]
    return int(counts["PASS"] + counts["FAIL"]) // count
