"""Reports say the same in every format: what matters, why, what to do, and the verdict last."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.narrowing import stricter
from grantgate_policies.report import Exit, LookedUp, Problem, Report, merged
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.canvas import Canvas
from grantgate_policies.reports.look import Look, look_of, shown
from grantgate_policies.reports.verdict import tally, verdict
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from grantgate_policies.rules.agl11_role_allowed import RULE as AGL_11

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
WIDE = Look(width=400)


def a_resource(name: str = "finance") -> Resource:
    return Resource(urn=f"urn:pulumi:prod::data::{TYPE}::{name}", type=TYPE, name=name, props={})


def a_finding(outcome: Outcome = Outcome.FAIL, **members: Any) -> Finding:
    given: dict[str, Any] = {
        "rule": AGL_03,
        "level": Level.MANDATORY,
        "severity": AGL_03.severity,
        "resource": a_resource(),
        "message": "scope 's3://a/*' is not inside the allowed 's3://b/*'",
        "blocks": outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR} and "level" not in members,
    }
    return Finding(outcome=outcome, **{**given, **members})


PASS = a_finding(Outcome.PASS, message="")
ADVISORY = a_finding(rule=AGL_11, level=Level.ADVISORY)
WAIVED = a_finding(Outcome.WAIVED, rule=AGL_04, waiver="data-platform: moves in Q1 (until 2027-01-31)")
LOOKUP = LookedUp(
    urn="urn:pulumi:prod::data::pulumi-python:dynamic/grantgate:AccessGrantsLocation::live",
    name="live",
    kind="AccessGrantsLocation",
    subject="loc-1",
    performed=True,
    account="111122223333",
    region="eu-west-1",
    values=(("locationScope", "s3://acme/x/*"), ("iamRoleArn", "arn:aws:iam::111122223333:role/x")),
)


def a_report(*findings: Finding, **members: Any) -> Report:
    given: dict[str, Any] = {
        "source": "state.json",
        "rules_file": "rules.yaml",
        "organization": "acme",
        "resources": 3,
    }
    return Report(findings=findings, **{**given, **members})


def text(report: Report, look: Look = WIDE) -> str:
    return FORMATS["text"].text(report, look)


# --- the verdict ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "sentence"),
    [
        pytest.param(a_report(PASS), "PASSED: 1 check on 1 resource passed", id="green"),
        pytest.param(
            a_report(PASS, ADVISORY, WAIVED, a_finding(Outcome.UNKNOWN, level=Level.ADVISORY)),
            "PASSED: 1 check on 1 resource passed, 1 advisory failure, 1 unknown, 1 waived",
            id="green with a word",
        ),
        pytest.param(a_report(), "NOTHING TO JUDGE: 0 of 3 resources are of a type that rules are about", id="empty"),
        pytest.param(a_report(a_finding()), "BLOCKED: 1 mandatory rule failed on 1 resource", id="red"),
        pytest.param(
            a_report(a_finding(), a_finding(rule=AGL_04, resource=a_resource("hr")), a_finding(Outcome.UNKNOWN)),
            "BLOCKED: 2 mandatory rules failed on 2 resources; 1 mandatory rule cannot be decided on 1 resource",
            id="red with a question",
        ),
        pytest.param(
            a_report(a_finding(Outcome.UNKNOWN)),
            "UNDECIDED: 1 mandatory rule cannot be decided on 1 resource",
            id="a question",
        ),
        pytest.param(
            a_report(a_finding(), problems=[Problem("no", about="live"), Problem("neither")]),
            "ERROR: live: no (and 1 more); nothing was let through",
            id="a gate that could not look",
        ),
        pytest.param(
            a_report(a_finding(Outcome.ERROR, message="the rule could not be judged: KeyError")),
            "ERROR: AGL-03 on finance: the rule could not be judged: KeyError; nothing was let through",
            id="a rule that raised",
        ),
    ],
)
def test_verdict(report: Report, sentence: str) -> None:
    """Every format has the same verdict, and the text ends with it."""
    assert str(verdict(report)) == sentence
    assert text(report).splitlines()[-1] == sentence
    assert json.loads(FORMATS["json"].text(report, WIDE))["summary"] == sentence


def test_a_rule_that_only_the_caller_lets_block() -> None:
    """With --fail-on an advisory failure blocks, and nobody calls its rule mandatory or the failure advice."""
    blocked = stricter(a_report(ADVISORY), ("advisory",))

    assert str(verdict(blocked)) == "BLOCKED: 1 rule failed on 1 resource"
    assert (tally(blocked).advisories, blocked.exit_code()) == (0, Exit.FAILED)


def test_joined_reports_count_what_each_judged() -> None:
    """A report that does not say how many resources it judged is counted by its findings."""
    saved_one, findings = replace(a_report(a_finding(Outcome.NOT_APPLICABLE)), judged=0), a_report(PASS)

    assert verdict(merged([saved_one, findings])).word == "PASSED"
    assert tally(merged([saved_one, findings])).judged == 1


def test_tally() -> None:
    """Every outcome has its number, in the order in which a reader cares."""
    found = tally(a_report(PASS, PASS, a_finding(), ADVISORY, WAIVED, a_finding(Outcome.NOT_APPLICABLE)))

    assert {outcome.value: count for outcome, count in found.counts.items()} == {
        "ERROR": 0,
        "FAIL": 2,
        "UNKNOWN": 0,
        "WAIVED": 1,
        "PASS": 2,
        "NOT_APPLICABLE": 1,
    }
    assert list(found.counts) == [
        Outcome.ERROR,
        Outcome.FAIL,
        Outcome.UNKNOWN,
        Outcome.WAIVED,
        Outcome.PASS,
        Outcome.NOT_APPLICABLE,
    ]
    assert found.advisories == 1


# --- text -------------------------------------------------------------------------------------------------------------

GOLDEN = f"""\
Lookups, as recorded in state.json
  ✔ live
    AccessGrantsLocation loc-1 in 111122223333 eu-west-1
    locationScope  s3://acme/x/*
    iamRoleArn     arn:aws:iam::111122223333:role/x

finance
  urn:pulumi:prod::data::{TYPE}::finance
  ✘ FAIL  AGL-03 location-scope-allowed  high
    scope 's3://a/*' is not inside the allowed 's3://b/*'
    Fix: {AGL_03.fix}
    {AGL_03.url}
  ▲ FAIL (advisory)  AGL-11 location-role-allowed  high
    scope 's3://a/*' is not inside the allowed 's3://b/*'
    Fix: Write 'x'.
    {AGL_11.url}
  ● WAIVED  AGL-04 location-prefix-delimited  high
    scope 's3://a/*' is not inside the allowed 's3://b/*'
    Waived by data-platform: moves in Q1 (until 2027-01-31)
    {AGL_04.url}

hr
  urn:pulumi:prod::data::{TYPE}::hr
  ? UNKNOWN  AGL-03 location-scope-allowed  high
    cannot be decided, and must not pass: locationScope is not known in this preview
    Fix: {AGL_03.fix}
    {AGL_03.url}

Counts
  ERROR 0 · FAIL 2 (1 advisory) · UNKNOWN 1 · WAIVED 1 · PASS 1 · NOT_APPLICABLE 0
  2 of 3 resources judged, of state.json; rules of acme in rules.yaml

Notices
  - a waiver ends soon

Problems
  ✘ live: AWS said no
    Fix: ask again

ERROR: live: AWS said no; nothing was let through
"""
FULL = a_report(
    WAIVED,
    a_finding(
        Outcome.UNKNOWN, resource=a_resource("hr"), message="locationScope is not known in this preview", blocks=True
    ),
    PASS,
    ADVISORY._replace(edit="Write 'x'."),
    a_finding(),
    lookups=[LOOKUP],
    notices=["a waiver ends soon"],
    problems=[Problem("AWS said no", about="live", remedy="ask again")],
)


def test_golden_text() -> None:
    """The whole report, in the order in which a log is read."""
    assert text(FULL) == GOLDEN


def test_order_of_findings_does_not_matter() -> None:
    """The same findings make the same report, however the engine ordered them."""
    turned = replace(FULL, findings=FULL.findings[::-1], lookups=[LOOKUP])

    assert text(turned) == text(FULL)
    assert FORMATS["json"].text(turned, WIDE) == FORMATS["json"].text(FULL, WIDE)


def test_quiet_unknowns_are_only_counted() -> None:
    """What may be unknown is no news."""
    report = text(a_report(a_finding(Outcome.UNKNOWN, level=Level.ADVISORY, quiet=True)))

    assert "finance" not in report
    assert "UNKNOWN 1" in report


def test_a_lookup_that_did_not_look_says_so() -> None:
    """Pending lookups have nothing to show."""
    assert "not asked in this run" in text(a_report(PASS, lookups=[replace(LOOKUP, performed=False, values=())]))


def test_everything_is_shown() -> None:
    """A long list is not cut."""
    names = [f"location-{number}" for number in range(500)]
    lines = text(a_report(*(a_finding(resource=a_resource(name)) for name in names))).splitlines()

    assert set(names) <= set(lines)


def test_wrapping() -> None:
    """Sentences wrap at the width, and what somebody copies stays in one piece."""
    role = f"arn:aws:iam::111122223333:role/{'x' * 150}"
    lines = text(a_report(a_finding(message=f"{'word ' * 40}{role}")), Look(width=80)).splitlines()

    assert f"    {role}" in lines
    assert all(len(line) <= 80 for line in lines if "word" in line or "Fix" in line)
    assert f"    {AGL_03.url}" in lines


HOSTILE = "\x1b[31mred\x1b[0m\n::error::x\r\u202egnp\u2028[red]x[/red]"


@pytest.mark.parametrize("color", [False, True])
def test_texts_of_others_are_harmless(*, color: bool) -> None:
    """Markup stays text, and what a terminal would obey is shown as an escape."""
    named = a_finding(resource=replace(a_resource(HOSTILE), urn=HOSTILE), message=HOSTILE, edit=HOSTILE)
    lookup = replace(LOOKUP, name=HOSTILE, subject=HOSTILE, values=(("locationScope", HOSTILE),))
    report = text(
        a_report(named, lookups=[lookup], notices=[HOSTILE], problems=[Problem(HOSTILE, HOSTILE, HOSTILE)]),
        Look(width=400, color=color),
    )

    assert report.count("[red]x[/red]") >= 9
    assert "\x1b[31mred" not in report
    assert not {"\r", "\u202e", "\u2028"} & set(report)
    assert r"\x1b[31mred\x1b[0m\n::error::x\r\u202egnp\u2028" in report
    assert not [line for line in report.splitlines() if line.strip().startswith("::")]


@pytest.mark.parametrize("color", [False, True])
def test_no_line_is_a_workflow_command(*, color: bool) -> None:
    """A CI runner obeys lines that begin with two colons, and wrapping must not make one."""
    canvas = Canvas(Look(width=40, color=color))
    canvas.wrapped("a sentence that is just so long that ::add-mask::x begins a line", indent=4)

    assert "> " in canvas.text()
    assert not [line for line in canvas.text().splitlines() if line.strip().startswith("::")]


def test_ascii() -> None:
    """A stream that has no symbols gets letters, and escapes for the rest."""
    report = text(a_report(a_finding(message="größer")), Look(unicode=False))

    assert report.isascii()
    assert "x FAIL" in report
    assert r"gr\xf6\xdfer" in report


def test_colours() -> None:
    """Colours are ANSI sequences around the same text."""
    plain, colored = text(FULL), text(FULL, replace(WIDE, color=True))

    assert "\x1b[" in colored
    assert "\x1b[" not in plain
    for sequence in ("0", "1", "2", "1;31", "1;35", "1;32", "32", "33", "36", "35"):
        colored = colored.replace(f"\x1b[{sequence}m", "")
    assert [line.rstrip() for line in colored.splitlines()] == plain.splitlines()


class Terminal(io.StringIO):
    """A stream that is one."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        """Say so."""
        return True


class Log(Terminal):
    """A stream that is none."""

    def isatty(self) -> bool:
        """Say so."""
        return False


@pytest.mark.parametrize(
    ("stream", "environment", "color"),
    [
        pytest.param(Log(), {}, False, id="a log"),
        pytest.param(Terminal(), {}, True, id="a terminal"),
        pytest.param(Terminal(), {"NO_COLOR": "1"}, False, id="a reader who wants none"),
        pytest.param(Terminal(), {"NO_COLOR": ""}, True, id="an empty NO_COLOR means nothing"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, id="a dumb terminal"),
        pytest.param(Log(), {"FORCE_COLOR": "1"}, True, id="a log that shows colours"),
        pytest.param(Log(), {"FORCE_COLOR": "0"}, False, id="forced off"),
        pytest.param(Log(), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, id="none beats some"),
    ],
)
def test_when_there_are_colours(stream: Terminal, environment: dict[str, str], *, color: bool) -> None:
    """A log has one width and no colour, unless somebody says else."""
    look = look_of(stream, environment)

    assert look.color is color
    assert look.unicode
    assert look.width == 120 or stream.isatty()


def test_shown_keeps_what_is_printable() -> None:
    """Letters of any script are texts, surrogates and controls are not."""
    assert shown("Größe 尺寸") == "Größe 尺寸"
    assert shown("\ud800\x00\t") == r"\ud800\x00\t"


# --- JSON -------------------------------------------------------------------------------------------------------------


def test_json() -> None:
    """The published shape, every outcome included."""
    report = json.loads(FORMATS["json"].text(FULL, WIDE))

    assert list(report) == [
        "schema",
        "verdict",
        "summary",
        "exitCode",
        "at",
        "source",
        "rulesFile",
        "organization",
        "projectFile",
        "counts",
        "resources",
        "judged",
        "baseline",
        "runs",
        "rules",
        "lookups",
        "locations",
        "requests",
        "changes",
        "findings",
        "leftOut",
        "fixed",
        "problems",
        "notices",
    ]
    assert (report["schema"], report["verdict"], report["exitCode"]) == ("grantgate.report/1", "ERROR", 4)
    assert report["counts"] == {"ERROR": 0, "FAIL": 2, "UNKNOWN": 1, "WAIVED": 1, "PASS": 1, "NOT_APPLICABLE": 0}
    assert [(one["resource"]["name"], one["ruleId"], one["outcome"]) for one in report["findings"]] == [
        ("finance", "AGL-03", "FAIL"),
        ("finance", "AGL-03", "PASS"),
        ("finance", "AGL-04", "WAIVED"),
        ("finance", "AGL-11", "FAIL"),
        ("hr", "AGL-03", "UNKNOWN"),
    ]
    assert report["findings"][0] == a_finding().to_json()
    assert report["lookups"][0]["values"] == dict(LOOKUP.values)
    assert report["problems"] == [{"about": "live", "what": "AWS said no", "remedy": "ask again", "exitCode": 4}]


def test_json_is_ascii() -> None:
    """Whatever a name holds, the file can be written in any encoding."""
    report = FORMATS["json"].text(a_report(a_finding(message=f"ö\ud800{HOSTILE}")), WIDE)

    assert report.isascii()
    assert json.loads(report)["findings"][0]["message"] == f"ö\ud800{HOSTILE}"


def test_empty_json() -> None:
    """A report without findings is JSON as well."""
    report = json.loads(FORMATS["json"].text(a_report(), WIDE))

    assert (report["verdict"], report["findings"], report["lookups"]) == ("NOTHING_TO_JUDGE", [], [])


@pytest.mark.parametrize("exit_", [Exit.USAGE, Exit.ERROR])
def test_a_problem_is_an_error_whatever_its_exit_code(exit_: Exit) -> None:
    """A run that could not look never reads as one that had nothing to judge; long causes stand in full above."""
    problem = Problem("one\ntwo " + "x" * 300, "pack", exit=exit_)
    report = Report("prod", "rules.yaml", "", (), 0, problems=(problem,))

    lines = text(report).splitlines()

    assert report.exit_code() is exit_
    assert lines[-1] == "ERROR: pack: one; nothing was let through"
    assert "two " in text(report)
    assert "rules in rules.yaml" in text(report)


def test_a_rule_without_a_page() -> None:
    """There is no line for what it does not have."""
    lines = FORMATS["text"].text(a_report(a_finding(rule=replace(AGL_03, url=""))), WIDE).splitlines()
    place = next(index for index, line in enumerate(lines) if line.startswith("    Fix: "))

    assert lines[place + 1 : place + 3] == ["", "Counts"]
