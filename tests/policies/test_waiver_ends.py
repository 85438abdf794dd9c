"""Waivers end: who looks at the rules file, or at a report, is told in time, and none covers everything."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from grantgate_policies import notices
from grantgate_policies.cli import main
from grantgate_policies.rulebook import RuleBook, RulesFileError, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.waivers import Match, Waiver

if TYPE_CHECKING:
    from pathlib import Path

LAST = dt.date(2027, 1, 31)
LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
HEAD = 'version: 1\norganization: {name: acme}\nrules: {location-scope-allowed: {allow: ["s3://acme/*"]}}\n'


def a_file(expires: dt.date, match: str = "resource: a") -> str:
    entry = f'{{rule: location-scope-allowed, match: {{{match}}}, owner: me, reason: why, expires: "{expires}"}}'
    return f"{HEAD}waivers:\n  - {entry}\n"


def a_book(text: str) -> RuleBook:
    return parse(text, name="rules.yaml", rules=RULES, pattern_checks=PATTERN_CHECKS)


PLACE = "the waiver of location-scope-allowed (me, rules.yaml:5)"


@pytest.mark.parametrize(
    ("days", "ending"),
    [
        pytest.param(15, "", id="far"),
        pytest.param(14, "ends in 14 days, on 2027-01-31", id="soon"),
        pytest.param(1, "ends in 1 day, on 2027-01-31", id="tomorrow is the last day"),
        pytest.param(0, "ends today", id="the last day"),
        pytest.param(-1, "ended on 2027-01-31", id="the day after"),
    ],
)
def test_ending(days: int, ending: str) -> None:
    """From 14 days before its end on, a waiver says so, and the rules file's owner hears it, needed or not."""
    today = LAST - dt.timedelta(days=days)
    waiver = Waiver("a", Match(resource="x"), "me", "why", "", LAST, 0)

    assert waiver.ending(today) == ending
    assert list(notices.endings(a_book(a_file(LAST)), today)) == ([f"{PLACE} {ending}"] if ending else [])


@pytest.mark.parametrize(
    ("used", "days", "notice"),
    [
        pytest.param({0}, 15, "", id="needed, far"),
        pytest.param({0}, 1, "ends in 1 day, on 2027-01-31", id="needed, soon"),
        pytest.param({0}, -1, "ended on 2027-01-31, and what it covered fails", id="needed, over"),
        pytest.param(set(), 15, "was not needed here; remove it if no other stack needs it", id="not needed"),
        pytest.param(
            set(),
            -1,
            "was not needed here and ended on 2027-01-31; remove it if no other stack needs it",
            id="not needed, over",
        ),
    ],
)
def test_notices_of_a_run(used: set[int], days: int, notice: str) -> None:
    """A run says what becomes of each waiver, and nothing about one that is needed and far from its end."""
    found = list(notices.waivers(a_book(a_file(LAST)), used, LAST - dt.timedelta(days=days)))

    assert found == ([f"{PLACE} {notice}"] if notice else [])


# --- the commands -----------------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTGATE_RULES", raising=False)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def test_validate_names_them(place: Path) -> None:
    """`rules validate` names what ended and what ends soon; the file can be used all the same."""
    today = dt.datetime.now(dt.UTC).date()
    (place / "rules.yaml").write_text(a_file(today - dt.timedelta(days=3)))
    over = run("rules", "validate")
    (place / "rules.yaml").write_text(a_file(today))
    ends = run("rules", "validate")
    (place / "rules.yaml").write_text(a_file(today + dt.timedelta(days=15)))
    far = run("rules", "validate")

    assert over.output.splitlines()[0].endswith("1 waiver (1 expired)")
    assert over.output.splitlines()[1:] == [f"{PLACE} ended on {today - dt.timedelta(days=3)}"]
    assert ends.output.splitlines()[1:] == [f"{PLACE} ends today"]
    assert far.output.splitlines()[1:] == []
    assert {over.exit_code, ends.exit_code, far.exit_code} == {0}


def test_nothing_judged_and_a_waiver_over(place: Path) -> None:
    """An expired waiver is told even where there was nothing to judge; one that is not is then no news."""
    inputs = json.dumps([{"type": "a:b:C", "name": "x", "props": {}}])
    for expires, told in ((dt.date(2020, 1, 31), [f"{PLACE} ended on 2020-01-31"]), (dt.date(2099, 1, 31), [])):
        (place / "rules.yaml").write_text(a_file(expires))
        report = json.loads(run("check", "-", "--format", "json", stdin=inputs).output)

        assert report["notices"] == told


def test_expired_and_needed(place: Path) -> None:
    """A failure that a waiver covered until yesterday blocks, and both the finding and a notice say so."""
    (place / "rules.yaml").write_text(a_file(dt.date(2020, 1, 31)))
    location = {"type": LOCATION, "name": "a", "props": {"locationScope": "s3://other/x/*", "iamRoleArn": "x"}}
    result = run("check", "-", "--format", "json", stdin=json.dumps([location]))
    report = json.loads(result.output)

    (failed,) = [one for one in report["findings"] if one["ruleId"] == "AGL-03"]
    assert (result.exit_code, failed["outcome"]) == (1, "FAIL")
    assert failed["message"].endswith("; the waiver of me ended on 2020-01-31")
    assert f"{PLACE} ended on 2020-01-31, and what it covered fails" in report["notices"]


# --- waivers that cover everything ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "urn",
    [
        pytest.param("urn:*", id="every URN"),
        pytest.param("urn:pulumi:*", id="every URN of Pulumi"),
        pytest.param("*::*", id="parts and no name"),
        pytest.param("urn:pulumi:*::*::*::*", id="every part in stars"),
        pytest.param("*u*p*", id="letters of every URN"),
    ],
)
@pytest.mark.parametrize("beside", ["", ', scope: "s3://*"'])
def test_every_urn_names_nothing(urn: str, beside: str) -> None:
    """A glob that every URN matches covers everything, alone or beside another of the kind."""
    with pytest.raises(RulesFileError) as caught:
        a_book(a_file(LAST, f'urn: "{urn}"{beside}'))

    told = f"waivers[0].match.urn: '{urn}' matches every URN, and nothing narrower stands beside it."
    assert told in str(caught.value)
    assert len(caught.value.faults) == (2 if beside else 1)


@pytest.mark.parametrize(
    "match",
    [
        pytest.param('urn: "urn:pulumi:prod::*"', id="a stack"),
        pytest.param('urn: "*::data::*"', id="a project"),
        pytest.param(f'urn: "*{LOCATION}*"', id="a type"),
        pytest.param('urn: "*::legacy"', id="a name"),
        pytest.param('urn: "urn:*", resource: "legacy-*"', id="every URN, of some names"),
        pytest.param('urn: "urn:*", scope: "s3://acme-legacy/*"', id="every URN, of some scopes"),
    ],
)
def test_a_urn_that_names_something(match: str) -> None:
    """A glob that leaves a URN out is narrow enough to be answered for."""
    assert len(a_book(a_file(LAST, match)).waivers) == 1
