"""Wishes beyond the rules file: a stricter gate lets nothing more through, and a shorter report hides no NO."""

from __future__ import annotations

import runpy
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Severity
from grantgate_policies.narrowing import FAIL_ON, narrowed, stricter
from grantgate_policies.report import Exit, Known, LeftOut, Problem, Report
from grantgate_policies.reports.verdict import tally, verdict
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

# Test folders are no packages; the reports' own tests have these as fixtures.
_CONFTEST = runpy.run_path(str(Path(__file__).with_name("reports") / "conftest.py"))
SAMPLES: dict[str, Report] = _CONFTEST["samples"]()
a_report: Callable[..., Report] = _CONFTEST["a_report"]
a_finding: Callable[..., Finding] = _CONFTEST["a_finding"]
a_resource: Callable[..., Any] = _CONFTEST["a_resource"]

SEVERITIES = [severity.value for severity in Severity]
LOOSEST_FIRST = (Exit.PASSED, Exit.UNDECIDED, Exit.FAILED, Exit.USAGE, Exit.ERROR)

ADVICE = a_finding(level=Level.ADVISORY, severity=Severity.MEDIUM)
UNSURE = a_finding(Outcome.UNKNOWN, level=Level.ADVISORY)
QUIET = a_finding(Outcome.UNKNOWN, level=Level.ADVISORY, quiet=True)
PASS = a_finding(Outcome.PASS)
WAIVED = a_finding(Outcome.WAIVED, severity=Severity.CRITICAL)
SKIPPED = a_finding(Outcome.NOT_APPLICABLE, severity=Severity.CRITICAL)
KNOWN = Known(*a_finding(severity=Severity.CRITICAL, blocks=False))
KNOWN_UNSURE = Known(*a_finding(Outcome.UNKNOWN, blocks=False))


# --- stricter ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("finding", "fail_on", "code"),
    [
        pytest.param(ADVICE, "advisory", Exit.FAILED, id="advice, every failure"),
        pytest.param(ADVICE, "low", Exit.FAILED, id="medium advice, low or above"),
        pytest.param(ADVICE, "medium", Exit.FAILED, id="medium advice, medium or above"),
        pytest.param(ADVICE, "high", Exit.PASSED, id="medium advice, high or above"),
        pytest.param(ADVICE, "critical", Exit.PASSED, id="medium advice, critical"),
        pytest.param(ADVICE, "unknown", Exit.PASSED, id="advice, everything unknown"),
        pytest.param(UNSURE, "unknown", Exit.UNDECIDED, id="unknown, everything unknown"),
        pytest.param(QUIET, "unknown", Exit.UNDECIDED, id="an unknown that may pass, everything unknown"),
        pytest.param(UNSURE, "advisory", Exit.PASSED, id="unknown, every failure"),
        pytest.param(UNSURE, "low", Exit.PASSED, id="unknown, low or above"),
        pytest.param(PASS, "low", Exit.PASSED, id="what passes"),
        pytest.param(WAIVED, "low", Exit.PASSED, id="what is waived"),
        pytest.param(WAIVED, "advisory", Exit.PASSED, id="what is waived, every failure"),
        pytest.param(SKIPPED, "low", Exit.PASSED, id="what no rule applies to"),
        pytest.param(KNOWN, "low", Exit.PASSED, id="what the baseline has"),
        pytest.param(KNOWN, "advisory", Exit.PASSED, id="what the baseline has, every failure"),
        pytest.param(KNOWN_UNSURE, "unknown", Exit.PASSED, id="an unknown that the baseline has"),
    ],
)
def test_fail_on(finding: Finding, fail_on: str, code: Exit) -> None:
    """Each word lets its own findings block; what somebody accepted stays accepted."""
    assert stricter(a_report(finding), [fail_on]).exit_code() is code


def test_several_words() -> None:
    """Of several severities the mildest counts, and other words are besides."""
    report = a_report(ADVICE, UNSURE, ADVICE._replace(severity=Severity.LOW))
    (first, second, third) = stricter(report, ["critical", "medium", "unknown"]).findings

    assert (first.blocks, second.blocks, third.blocks) == (True, True, False)


def test_what_blocks_is_told() -> None:
    """An unknown that blocks is no longer quiet, and the verdict counts it."""
    report = stricter(a_report(QUIET), ["unknown"])

    assert not report.findings[0].quiet
    assert verdict(report).word == "UNDECIDED"


def test_no_word_changes_nothing() -> None:
    """Without a wish the report is the same one."""
    assert stricter(SAMPLES["rich"], []) is SAMPLES["rich"]


@pytest.mark.parametrize(
    ("left", "fail_on", "code"),
    [
        pytest.param(LeftOut(Outcome.FAIL, 2, "below high"), "advisory", Exit.ERROR, id="any failure"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "below high"), "medium", Exit.ERROR, id="one of them may be medium"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "below high"), "high", Exit.PASSED, id="none of them is high"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "below medium"), "critical", Exit.PASSED, id="none of them is critical"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "below medium"), "unknown", Exit.PASSED, id="no unknown"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "somehow"), "critical", Exit.ERROR, id="for a reason nobody here knows"),
        pytest.param(LeftOut(Outcome.UNKNOWN, 2, "below high"), "unknown", Exit.ERROR, id="an unknown"),
        pytest.param(LeftOut(Outcome.UNKNOWN, 2, "below high"), "low", Exit.PASSED, id="an unknown is no failure"),
        pytest.param(LeftOut(Outcome.WAIVED, 2, "below high"), "low", Exit.PASSED, id="what is waived"),
        pytest.param(LeftOut(Outcome.FAIL, 2, "in the baseline", known=True), "low", Exit.PASSED, id="what is known"),
    ],
)
def test_what_was_left_out_of_a_saved_report(left: LeftOut, fail_on: str, code: Exit) -> None:
    """A gate that cannot see what it is to block says so instead of passing."""
    report = stricter(a_report(PASS, left_out=(left,)), [fail_on])

    assert report.exit_code() is code
    if code:
        assert str(verdict(report)).startswith("ERROR: 2 findings left out of the saved report, and with --fail-on")
        assert report.problems[0].remedy


# --- narrowed ---------------------------------------------------------------------------------------------------------


def outcomes(report: Report) -> list[str]:
    return [f"{'known ' if isinstance(one, Known) else ''}{one.outcome.value}" for one in report.findings]


@pytest.mark.parametrize(
    ("wish", "left"),
    [
        pytest.param({"min_severity": "low"}, [], id="nothing is below low"),
        pytest.param(
            {"min_severity": "critical"}, ["FAIL", "FAIL", "UNKNOWN", "UNKNOWN", "WAIVED"], id="all that is below"
        ),
        pytest.param({"new_only": True}, ["FAIL", "UNKNOWN"], id="what is known"),
        pytest.param({"min_severity": "low", "new_only": True}, ["FAIL", "UNKNOWN"], id="both, one of no effect"),
    ],
)
def test_what_is_left_out(wish: dict[str, Any], left: list[str]) -> None:
    """The reader's wish decides, and each finding that is left out is counted."""
    severe = {"severity": Severity.HIGH}
    report = a_report(
        ADVICE._replace(**severe),
        UNSURE._replace(**severe),
        WAIVED._replace(**severe),
        Known(*KNOWN._replace(**severe)),
        Known(*KNOWN_UNSURE._replace(**severe)),
        PASS,
        a_finding(severity=Severity.LOW),
        baseline="known.json",
    )
    short = narrowed(report, **wish)

    assert len(report.findings) - len(short.findings) == len(left)
    assert sorted(one.outcome.value for one in short.left_out for _ in range(one.count)) == left
    assert any(one.blocks for one in short.findings)
    assert "PASS" in outcomes(short)


def test_why_it_was_left_out() -> None:
    """A known finding that is mild as well is left out for being known, when only new ones are wanted."""
    report = a_report(KNOWN._replace(severity=Severity.LOW), KNOWN, ADVICE)
    short = narrowed(report, min_severity="high", new_only=True)

    assert short.left_out == (
        LeftOut(Outcome.FAIL, 1, "below high"),
        LeftOut(Outcome.FAIL, 2, "in the baseline", known=True),
    )


def test_no_wish_changes_nothing() -> None:
    """Without a wish the report is the same one."""
    assert narrowed(SAMPLES["rich"]) is SAMPLES["rich"]
    assert narrowed(SAMPLES["rich"], min_severity="low") is SAMPLES["rich"]


def test_twice() -> None:
    """A saved report that is narrowed again has everything counted once."""
    report = a_report(ADVICE, ADVICE, ADVICE._replace(severity=Severity.LOW), PASS)
    twice = narrowed(narrowed(report, min_severity="medium"), min_severity="high")

    assert twice.left_out == (LeftOut(Outcome.FAIL, 2, "below high"), LeftOut(Outcome.FAIL, 1, "below medium"))
    assert tally(twice).counts == tally(report).counts
    assert narrowed(twice, min_severity="high").left_out == twice.left_out


@pytest.mark.parametrize("name", list(SAMPLES))
@pytest.mark.parametrize("new_only", [False, True], ids=["all", "new only"])
@pytest.mark.parametrize("least", [None, *SEVERITIES])
def test_the_verdict_stays(name: str, least: str | None, *, new_only: bool) -> None:
    """A shorter report counts, blocks and ends as the whole one."""
    assert_same_verdict(SAMPLES[name], narrowed(SAMPLES[name], min_severity=least, new_only=new_only))


def assert_same_verdict(report: Report, short: Report) -> None:
    whole, found = tally(report), tally(short)
    assert short.exit_code() is report.exit_code()
    assert verdict(short).word == verdict(report).word
    assert found.counts == whole.counts
    assert found.judged == whole.judged
    assert found.known_count == whole.known_count
    assert found.blocking == whole.blocking
    assert short.problems == report.problems


# --- whatever is asked ------------------------------------------------------------------------------------------------


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Draw a finding as the judge could have made it."""
    outcome, level = draw(st.sampled_from(Outcome)), draw(st.sampled_from(Level))
    can_block = outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR}
    known = outcome in {Outcome.FAIL, Outcome.UNKNOWN} and draw(st.booleans())
    made = a_finding(
        outcome,
        level=level,
        severity=draw(st.sampled_from(Severity)),
        resource=a_resource(draw(st.sampled_from(["a", "b"]))),
        blocks=can_block and not known and draw(st.booleans()),
        quiet=outcome is Outcome.UNKNOWN and draw(st.booleans()),
    )
    return Known(*made) if known else made


REPORTS = st.builds(
    lambda drawn, problems: a_report(*drawn, problems=problems, baseline="known.json"),
    st.lists(findings(), max_size=8),
    st.lists(st.sampled_from([Problem("no"), Problem("no", exit=Exit.USAGE)]), max_size=1).map(tuple),
)


@given(REPORTS, st.sets(st.sampled_from(FAIL_ON)))
def test_stricter_never_loosens(report: Report, fail_on: set[str]) -> None:
    """Whatever is asked for, what blocked still blocks, and the run ends no better."""
    made = stricter(report, fail_on)

    assert all(now.blocks or not was.blocks for was, now in zip(report.findings, made.findings, strict=True))
    assert LOOSEST_FIRST.index(made.exit_code()) >= LOOSEST_FIRST.index(report.exit_code())
    assert [one._replace(blocks=False, quiet=False) for one in made.findings] == [
        one._replace(blocks=False, quiet=False) for one in report.findings
    ]


@given(REPORTS, st.sets(st.sampled_from(FAIL_ON)), st.sampled_from(FAIL_ON))
def test_one_word_more_never_loosens(report: Report, fail_on: set[str], word: str) -> None:
    """Another wish takes none back."""
    fewer, more = stricter(report, fail_on), stricter(report, {*fail_on, word})

    assert all(now.blocks or not was.blocks for was, now in zip(fewer.findings, more.findings, strict=True))


@given(REPORTS, st.none() | st.sampled_from(SEVERITIES), st.booleans())
def test_narrowing_hides_no_no(report: Report, least: str | None, new_only: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever is left out, the verdict is that of the whole report."""
    assert_same_verdict(report, narrowed(report, min_severity=least, new_only=new_only))


@given(REPORTS, st.sets(st.sampled_from(FAIL_ON)), st.sampled_from(SEVERITIES))
def test_a_narrowed_report_is_no_way_around(report: Report, fail_on: set[str], least: str) -> None:
    """A report that was narrowed before it was saved ends no better under any wish than the whole one."""
    whole = stricter(report, fail_on).exit_code()
    saved = stricter(narrowed(report, min_severity=least, new_only=True), fail_on).exit_code()

    assert saved is whole or saved in {Exit.ERROR, Exit.USAGE}
    assert LOOSEST_FIRST.index(saved) >= LOOSEST_FIRST.index(whole) or whole is Exit.USAGE


@pytest.mark.parametrize(("fail_on", "severity"), list(product(SEVERITIES, Severity)))
def test_severities_are_ordered(fail_on: str, severity: Severity) -> None:
    """A severity asks for itself and everything worse."""
    report = stricter(a_report(ADVICE._replace(severity=severity)), [fail_on])

    assert report.findings[0].blocks is (SEVERITIES.index(severity.value) >= SEVERITIES.index(fail_on))


def test_left_out_of_the_baseline_stays_known() -> None:
    """What the baseline has is counted as such when it is not shown."""
    report = a_report(KNOWN, PASS, baseline="known.json")

    assert str(verdict(narrowed(report, new_only=True))) == str(verdict(report))
