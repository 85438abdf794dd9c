"""Baselines: what somebody accepted is known and blocks nothing; what is new or changed blocks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from grantgate_policies import baseline
from grantgate_policies.baseline import Baseline, Key, applied, held, key_of, objection
from grantgate_policies.cli import main
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.documents import InputError
from grantgate_policies.engine.runs import EngineRun
from grantgate_policies.evidence import report_of
from grantgate_policies.hiding import SECRET
from grantgate_policies.journal import RUN_SCHEMA, opening
from grantgate_policies.report import Exit, Known, Problem, Report
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from grantgate_policies.rules.lkp01_lookup_performed import RULE as LKP_01

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ACCOUNT = "111122223333"
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def a_resource(name: str = "finance", stack: str = "prod") -> Resource:
    return Resource(urn=f"urn:pulumi:{stack}::data::{TYPE}::{name}", type=TYPE, name=name, props={})


def a_finding(outcome: Outcome = Outcome.FAIL, observed: str = "s3://a/*", **members: Any) -> Finding:
    given: dict[str, Any] = {
        "rule": AGL_03,
        "level": Level.MANDATORY,
        "severity": AGL_03.severity,
        "resource": a_resource(),
        "field": "" if outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE} else "locationScope",
        "observed": observed if outcome in {Outcome.FAIL, Outcome.WAIVED} else "",
        "message": f"scope {observed!r} is not inside the allowed",
        "blocks": outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR},
    }
    return Finding(outcome=outcome, **{**given, **members})


def accepting(*findings: Finding) -> Baseline:
    entries: dict[Key, int] = {}
    for finding in findings:
        entries[key_of(finding)] = entries.get(key_of(finding), 0) + 1
    return Baseline("known.json", entries)


FAIL = a_finding()
CHANGED = a_finding(observed="s3://other/*")
PASS = a_finding(Outcome.PASS)
UNKNOWN = a_finding(Outcome.UNKNOWN)
WAIVED = a_finding(Outcome.WAIVED, blocks=False)
IDLE = a_finding(Outcome.NOT_APPLICABLE, message="not configured")
ERROR = a_finding(Outcome.ERROR)
HIDDEN = a_finding(observed=SECRET)
LOCKED = a_finding(rule=LKP_01)
OTHER = a_finding(Outcome.PASS, resource=a_resource("hr"))


# --- what is known ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "found", "known", "blocking"),
    [
        pytest.param([], [FAIL], 0, 1, id="an empty baseline"),
        pytest.param([FAIL], [FAIL], 1, 0, id="the same"),
        pytest.param([FAIL], [FAIL, FAIL], 1, 1, id="the same once more"),
        pytest.param([FAIL, FAIL], [FAIL, FAIL], 2, 0, id="twice, accepted twice"),
        pytest.param([FAIL], [CHANGED], 0, 1, id="another value"),
        pytest.param([FAIL], [a_finding(rule=AGL_04)], 0, 1, id="another rule"),
        pytest.param([FAIL], [a_finding(field="iamRoleArn")], 0, 1, id="another field"),
        pytest.param([FAIL], [a_finding(resource=a_resource("hr"))], 0, 1, id="another resource"),
        pytest.param([FAIL], [a_finding(resource=a_resource(stack="dev"))], 0, 1, id="another stack"),
        pytest.param([FAIL], [a_finding(message="in other words")], 1, 0, id="the same in other words"),
        pytest.param([a_finding(observed="")], [a_finding(observed="", message="m")], 0, 1, id="no value, other words"),
        pytest.param([FAIL], [UNKNOWN], 0, 1, id="a failure does not stand for an unknown"),
        pytest.param([UNKNOWN], [UNKNOWN], 1, 0, id="an accepted unknown"),
        pytest.param([UNKNOWN], [FAIL], 0, 1, id="an unknown does not stand for a failure"),
        pytest.param([ERROR], [ERROR], 0, 1, id="an error is never known"),
        pytest.param([LOCKED], [LOCKED], 0, 1, id="a locked rule is never known"),
        pytest.param([HIDDEN], [HIDDEN], 0, 1, id="a secret is never known, nobody saw whether it changed"),
        pytest.param([FAIL], [a_finding(blocks=False, level=Level.ADVISORY)], 1, 0, id="one that only warns"),
        pytest.param([PASS], [PASS], 0, 0, id="a pass is none"),
    ],
)
def test_known(accepted: list[Finding], found: list[Finding], known: int, blocking: int) -> None:
    """Only the very finding that was accepted is known, as often as it was accepted."""
    made = held(accepting(*accepted), found, whole=True).findings

    assert sum(isinstance(one, Known) for one in made) == known
    assert sum(one.blocks for one in made) == blocking
    assert [one.outcome for one in made] == [one.outcome for one in found]


def test_known_in_json() -> None:
    """A known failure stays a failure, and says that it is known and blocks nothing."""
    (made,) = held(accepting(FAIL), [FAIL], whole=True).findings

    assert made.to_json() == {**FAIL.to_json(), "blocks": False, "known": True}


def test_fingerprint() -> None:
    """The fingerprint in the file is the one that reports show."""
    assert key_of(FAIL).fingerprint == FAIL.fingerprint


def test_nothing_of_the_value_is_in_the_file() -> None:
    """The file holds a digest, neither the value nor the message."""
    written = baseline.text(accepting(a_finding(observed="s3://acme-hush/*")).entries)

    assert "hush" not in written


@pytest.mark.parametrize(
    ("finding", "word"),
    [
        pytest.param(FAIL, "", id="a failure"),
        pytest.param(UNKNOWN, "", id="an unknown"),
        pytest.param(ERROR, "ERROR is no outcome", id="an error"),
        pytest.param(WAIVED, "WAIVED is no outcome", id="a waived one"),
        pytest.param(LOCKED, "lookup-performed is locked", id="a locked rule"),
        pytest.param(HIDDEN, "its value is a secret", id="a secret"),
    ],
)
def test_objection(finding: Finding, word: str) -> None:
    """What cannot be accepted says why."""
    assert objection(finding).startswith(word)
    assert bool(objection(finding)) is bool(word)


# --- what is stale ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accepted", "found", "why"),
    [
        pytest.param([FAIL], [FAIL], [], id="still there"),
        pytest.param([FAIL], [PASS], ["no longer found"], id="fixed"),
        pytest.param([FAIL], [CHANGED], ["no longer found as it was accepted"], id="changed"),
        pytest.param([FAIL], [WAIVED], ["waived now"], id="waived"),
        pytest.param([FAIL, FAIL], [FAIL], ["found 1 time, fewer than accepted"], id="once less"),
        pytest.param([FAIL, FAIL, FAIL], [FAIL, FAIL], ["found 2 times, fewer than accepted"], id="less, and several"),
        pytest.param([FAIL], [UNKNOWN], [], id="undecided now"),
        pytest.param([FAIL], [ERROR], [], id="an error now"),
        pytest.param([FAIL], [IDLE], [], id="the rule does not judge it now"),
        pytest.param([UNKNOWN], [PASS], ["no longer found"], id="decided"),
        pytest.param([UNKNOWN], [FAIL], ["no longer found"], id="decided, and fails"),
        pytest.param([FAIL], [], [], id="nothing judged"),
        pytest.param([FAIL], [OTHER], ["the resource is no longer there"], id="gone, others of its type are judged"),
        pytest.param([FAIL], [OTHER._replace(rule=AGL_04)], [], id="gone, another rule judged the others"),
        pytest.param([FAIL], [OTHER._replace(outcome=Outcome.NOT_APPLICABLE)], [], id="gone, the rule judged none"),
        pytest.param([FAIL], [OTHER._replace(resource=a_resource("hr", "dev"))], [], id="of another stack"),
        pytest.param([LOCKED], [LOCKED], ["no longer found as it was accepted"], id="of a locked rule"),
    ],
)
def test_stale(accepted: list[Finding], found: list[Finding], why: list[str]) -> None:
    """An entry is stale when the run shows that it is no longer needed, and not before."""
    assert [one.why for one in held(accepting(*accepted), found, whole=True).stale] == why


def test_a_part_of_a_stack_shows_nothing_gone() -> None:
    """A run that did not see everything does not say that a resource is gone, but sees what is fixed."""
    assert held(accepting(FAIL), [OTHER], whole=False).stale == ()
    assert [one.why for one in held(accepting(FAIL), [PASS], whole=False).stale] == ["no longer found"]


def test_problems_show_nothing_gone() -> None:
    """A run with problems may have missed resources; its problems stay, and so does their exit code."""
    report = Report("prod", "rules.yaml", "acme", [OTHER, FAIL], 2, problems=[Problem("no")])
    gone = a_finding(resource=a_resource("gone"))

    found = applied(report, accepting(FAIL, gone), whole=True)

    assert (found.exit_code(), found.notices) == (Exit.ERROR, ())


# --- a preview --------------------------------------------------------------------------------------------------------


def a_preview(*findings: Finding) -> Report:
    """Report a preview that the engine ended in red, as it does with a mandatory failure, and whose records agree."""
    urn = FAIL.resource.urn
    step = {"op": "create", "urn": urn, "new": {"urn": urn, "type": TYPE, "inputs": {}}}
    judged = {"policyPackName": "grantgate", "resourceUrn": urn, "failed": [one.rule.name for one in findings]}
    changes = {"create": 1}
    told = [
        {
            "policyPackName": "grantgate",
            "policyName": one.rule.name,
            "resourceUrn": urn,
            "enforcementLevel": "mandatory" if one.blocks else "advisory",
            "severity": one.severity.value,
            "message": f"{one.rule.summary}\n{opening(one)}{one.message}",
        }
        for one in findings
    ]
    events = [
        {"resourcePreEvent": {"metadata": step}},
        *({"policyEvent": one} for one in told),
        {"policyAnalyzeSummaryEvent": judged},
        {"policyAnalyzeStackSummaryEvent": {"policyPackName": "grantgate"}},
        {"summaryEvent": {"resourceChanges": changes, "PolicyPacks": {"grantgate|local|policies": "0.1.0"}}},
        {"cancelEvent": {}},
    ]
    start = {"schema": RUN_SCHEMA, "event": "start", "stack": "prod"}
    stack = {"schema": RUN_SCHEMA, "event": "stack", "judged": [urn], "resources": 1}
    journal = [start, *(finding.to_json() for finding in findings), stack]
    digest = json.dumps({"steps": [step], "changeSummary": changes})
    run = EngineRun(255, events, journal, torn=0, stdout=digest, stderr="", pack=Path("policies"))
    return report_of(run, source="prod", rules_file="rules.yaml")


def test_a_preview_with_known_failures_passes() -> None:
    """The engine's own red is explained by what it knows of, so the gate may be green."""
    assert a_preview(FAIL).exit_code() is Exit.FAILED
    assert applied(a_preview(FAIL), accepting(FAIL), whole=True).exit_code() is Exit.PASSED
    assert applied(a_preview(FAIL, ERROR), accepting(FAIL, ERROR), whole=True).exit_code() is Exit.ERROR


def test_a_preview_without_proof_stays_red() -> None:
    """A baseline hides no problem: here no finding explains the engine's exit code."""
    assert applied(a_preview(PASS), accepting(FAIL), whole=True).exit_code() is Exit.ERROR


# --- reports ----------------------------------------------------------------------------------------------------------


def test_text() -> None:
    """Known findings are folded into a count, new ones are told in full."""
    report = applied(
        Report("prod", "rules.yaml", "acme", [FAIL, a_finding(rule=AGL_04), OTHER], 2), accepting(FAIL), whole=True
    )
    lines = FORMATS["text"].text(report, Look(width=200)).splitlines()

    assert [line for line in lines if "FAIL  AGL" in line] == ["  ✘ FAIL  AGL-04 location-prefix-delimited  high"]
    assert "  · AGL-03 location-scope-allowed  1" in lines
    assert "  1 finding on 1 resource in the baseline known.json, blocking nothing" in lines
    assert lines[-1] == "BLOCKED: 1 mandatory rule failed on 1 resource"


def test_text_of_known_alone() -> None:
    """The verdict says how much of the green is known."""
    report = applied(Report("prod", "rules.yaml", "acme", [FAIL, OTHER], 2), accepting(FAIL), whole=True)

    text = FORMATS["text"].text(report, Look())

    assert text.splitlines()[-1] == "PASSED: 1 check on 2 resources passed, 1 in the baseline"


def test_remediable_failures_are_shown_as_failures() -> None:
    """A failure at the level remediate blocks, and is not shown as one that only warns."""
    report = Report("prod", "rules.yaml", "acme", [a_finding(level=Level.REMEDIATE)], 1)

    assert "FAIL  AGL-03" in FORMATS["text"].text(report, Look())


def test_stale_notices() -> None:
    """A stale entry is a notice that names it and what removes it."""
    report = applied(Report("prod", "rules.yaml", "acme", [PASS], 1), accepting(FAIL), whole=True)

    assert [notice.split("; ") for notice in report.notices] == [
        [
            "known.json: AGL-03 on finance (locationScope, FAIL): no longer found",
            "`grantgate baseline known.json INPUT...` removes it",
        ]
    ]


# --- the file ---------------------------------------------------------------------------------------------------------

ENTRY = json.loads(baseline.text(accepting(FAIL).entries))["entries"][0]


def test_file_comes_back() -> None:
    """What is written is read as it was, and written in the same order whatever came first."""
    entries = accepting(FAIL, FAIL, UNKNOWN, CHANGED, a_finding(resource=a_resource("ö\x1b"))).entries
    turned = dict(reversed(entries.items()))

    assert baseline.parse(baseline.text(entries).encode(), "known.json").entries == entries
    assert baseline.text(turned) == baseline.text(entries)
    assert baseline.parse(baseline.text({}).encode(), "known.json").entries == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", "known.json: empty, and a baseline", id="empty"),
        pytest.param("{", "known.json:1:2: not JSON", id="no JSON"),
        pytest.param("[]", "known.json: a list, and a baseline", id="a list"),
        pytest.param("{}", "$.schema: grantgate.baseline/1 belongs here", id="another file"),
        pytest.param({"schema": "grantgate.baseline/2"}, "$.schema: grantgate.baseline/1", id="a later format"),
        pytest.param({"entries": None}, "$.entries: null where a list belongs", id="no entries"),
        pytest.param({"entries": {}}, "$.entries: an object where a list belongs", id="entries that are no list"),
        pytest.param({"entries": [7]}, "$.entries[0]: 7 where an object belongs", id="an entry that is a number"),
        pytest.param({"entry": []}, "$.entry: unknown key; Did you mean entries?", id="an unknown key"),
        pytest.param([{**ENTRY, "reason": "x"}], "$.entries[0].reason: unknown key; ", id="an entry's unknown key"),
        pytest.param([ENTRY, ENTRY], "$.entries[1]: the same as $.entries[0]", id="twice"),
        pytest.param([{**ENTRY, "count": 2}, ENTRY], "$.entries[1]: the same as", id="twice, with another count"),
        pytest.param([{**ENTRY, "outcome": "ERROR"}], "$.entries[0].outcome: neither FAIL nor UNKNOWN", id="an error"),
        pytest.param([{**ENTRY, "outcome": 7}], "$.entries[0].outcome: 7 where a text", id="an outcome that is none"),
        pytest.param([{**ENTRY, "count": 0}], "$.entries[0].count: 0 where a whole number", id="accepted no time"),
        pytest.param([{**ENTRY, "count": True}], "$.entries[0].count: true where a whole", id="accepted truly"),
        pytest.param([{**ENTRY, "digest": "x" * 32}], "$.entries[0].digest: no digest", id="no digest"),
        pytest.param([{**ENTRY, "digest": "ab"}], "$.entries[0].digest: no digest", id="a short digest"),
        pytest.param([{**ENTRY, "field": None}], "$.entries[0].field: null where a text", id="no field"),
        pytest.param([{**ENTRY, "urn": ""}], "$.entries[0].urn: an empty text", id="an empty URN"),
        pytest.param(
            [{**ENTRY, "urn": ENTRY["urn"] + "-2"}],
            "$.entries[0].fingerprint: not that of the entry's rule, urn, field and item",
            id="an entry that says it is about something else",
        ),
        *(
            pytest.param(
                [{key: value for key, value in ENTRY.items() if key != missing}],
                f"$.entries[0].{missing}: nothing where a",
                id=f"no {missing}",
            )
            for missing in ENTRY
        ),
    ],
)
def test_malformed_file(content: Any, message: str) -> None:
    """A baseline that is not understood is refused, with the place of the fault."""
    if isinstance(content, list):
        content = {"entries": content}
    if isinstance(content, dict):
        content = json.dumps({"schema": "grantgate.baseline/1", "entries": [], **content})

    with pytest.raises(InputError) as caught:
        baseline.parse(content.encode(), "known.json")
    assert message in str(caught.value)


# --- the commands -----------------------------------------------------------------------------------------------------

RULES = f"""
version: 1
organization:
  name: acme
  accounts:
    "{ACCOUNT}": {{name: data-prod}}
rules:
  location-scope-allowed:
    allow: ["s3://acme-{{account.name}}/{{team}}/*"]
"""
URN = f"urn:pulumi:none::list::{TYPE}::"


def a_list(*scopes: Any, names: str = "abcdef", **members: Any) -> str:
    props = {"iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin", "accountId": ACCOUNT}
    return json.dumps(
        [
            {"type": TYPE, "name": name, "props": {**props, "locationScope": scope}, **members}
            for name, scope in zip(names, scopes, strict=False)
        ]
    )


GOOD = "s3://acme-data-prod/fin/*"
BAD = "s3://acme-other/fin/*"
WORSE = "s3://acme-third/fin/*"
TWO = a_list(BAD, WORSE, GOOD)
HUSHED = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": BAD}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("GRANTGATE_RULES", "GRANTGATE_DEBUG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def entries(place: Path) -> list[tuple[str, str]]:
    found = json.loads((place / "b.json").read_text())["entries"]
    return [(entry["rule"], entry["urn"].removeprefix(URN)) for entry in found]


def test_nothing_is_added_silently(place: Path) -> None:
    """Without a word of acceptance what is new is told, with what --accept takes, and no file is made."""
    result = run("baseline", "b.json", "-", stdin=TWO)

    assert result.exit_code == 1
    assert "New, not added\n  ? AGL-03@a: FAIL: scope 's3://acme-other/fin/*' is not inside" in result.output
    assert result.output.endswith(
        "b.json: no such file, and none was made; 2 new that block; add with --accept RULE@RESOURCE or --accept-all\n"
    )
    assert not (place / "b.json").exists()


@pytest.mark.parametrize(
    "accepted",
    [
        pytest.param("AGL-03@a", id="by id"),
        pytest.param("location-scope-allowed@a", id="by name"),
        pytest.param(f"agl-03@{URN}a", id="by URN"),
    ],
)
def test_accept_one(place: Path, accepted: str) -> None:
    """What is named is added and printed, and the rest stays new; a second time changes nothing."""
    result = run("baseline", "b.json", "-", "--accept", accepted, stdin=TWO)

    assert (result.exit_code, entries(place)) == (1, [("AGL-03", "a")])
    assert "Added\n  + AGL-03@a: FAIL: scope" in result.output
    assert "? AGL-03@b: FAIL" in result.output
    written = (place / "b.json").read_bytes()
    again = run("baseline", "b.json", "-", "--accept", accepted, stdin=TWO)
    assert (again.exit_code, "Added" in again.output, (place / "b.json").read_bytes()) == (1, False, written)


def a_shared_instance(*statements: dict[str, Any]) -> str:
    """Give an instance's policy with one statement that is at fault, and others."""
    first = {"Effect": "Allow", "Principal": {"AWS": "999988887777"}, "Action": "s3:GetDataAccess", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [first, *statements]})
    kind = "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"
    props = {"policy": policy, "accountId": "111122223333", "region": "eu-west-1"}
    return json.dumps([{"type": kind, "name": "shared", "props": props}])


def test_an_accepted_fault_hides_no_other(place: Path) -> None:
    """A rule tells its first fault; what it saw besides has to be what was accepted."""
    run("baseline", "b.json", "-", "--accept-all", stdin=a_shared_instance())
    assert [rule for rule, _ in entries(place)] == ["AGP-01"]
    assert run("check", "-", "--baseline", "b.json", stdin=a_shared_instance()).exit_code == 0

    worse = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    assert run("check", "-", "--baseline", "b.json", stdin=a_shared_instance(worse)).exit_code == 1


def test_an_accepted_fault_is_not_another_accounts(place: Path) -> None:
    """What was accepted in one account is new in another."""
    run("baseline", "b.json", "-", "--accept-all", stdin=a_shared_instance())
    moved = a_shared_instance().replace("111122223333", "444455556666")

    assert entries(place)
    assert run("check", "-", "--baseline", "b.json", stdin=moved).exit_code == 1


ROLE_NAME = "arn:aws:iam::111122223333:role/fin"
NARROW = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::acme-data-prod/finance/*"}


def a_role(beside: dict[str, Any]) -> str:
    """Give a location, its role, and a policy beside the role."""
    policy = json.dumps({"Version": "2012-10-17", "Statement": [beside]})
    location = {"locationScope": "s3://acme-data-prod/finance/*", "iamRoleArn": ROLE_NAME, "accountId": "111122223333"}
    return json.dumps(
        [
            {"type": "aws:s3control/accessGrantsLocation:AccessGrantsLocation", "name": "loc", "props": location},
            {"type": "aws:iam/role:Role", "name": "role", "props": {"name": "fin", "arn": ROLE_NAME}},
            {"type": "aws:iam/rolePolicy:RolePolicy", "name": "beside", "props": {"role": "fin", "policy": policy}},
        ]
    )


def test_an_accepted_fault_hides_nothing_beside_it(place: Path) -> None:
    """What a stack rule saw of other resources has to be what was accepted too."""
    run("baseline", "b.json", "-", "--accept-all", stdin=a_role(NARROW))
    assert "AGR-05" in {rule for rule, _ in entries(place)}
    kept = json.loads(run("check", "-", "--baseline", "b.json", "--format", "json", stdin=a_role(NARROW)).output)
    assert not [one for one in kept["findings"] if one["ruleId"] == "AGR-05" and one["blocks"]]

    wider = run("check", "-", "--baseline", "b.json", "--format", "json", stdin=a_role({**NARROW, "Resource": "*"}))
    assert [one["blocks"] for one in json.loads(wider.output)["findings"] if one["ruleId"] == "AGR-05"] == [True]


@pytest.mark.usefixtures("place")
def test_what_aws_gives_is_no_change() -> None:
    """An ARN that comes with the update, and a policy's JSON in another order, leave the violation what it was."""
    run("baseline", "b.json", "-", "--accept-all", stdin=a_shared_instance())
    shown = json.loads(a_shared_instance())
    policy = json.loads(shown[0]["props"]["policy"])
    shown[0]["props"] = {
        "policy": json.dumps({"Statement": policy["Statement"], "Version": policy["Version"]}, indent=1),
        "accountId": "111122223333",
        "region": "eu-west-1",
        "accessGrantsInstanceArn": "arn:aws:s3:eu-west-1:111122223333:access-grants/default",
        "tags": {"owner": "x"},
    }

    assert run("check", "-", "--baseline", "b.json", stdin=json.dumps(shown)).exit_code == 0


def test_accept_all(place: Path) -> None:
    """Everything that blocks is added, and then nothing blocks; a new failure, or another value, still does."""
    assert run("baseline", "b.json", "-", "--accept-all", stdin=TWO).exit_code == 0
    assert entries(place) == [("AGL-03", "a"), ("AGL-03", "b")]

    assert run("check", "-", stdin=TWO).exit_code == 1
    report = json.loads(run("check", "-", "--baseline", "b.json", "--format", "json", stdin=TWO).output)
    failed = [one for one in report["findings"] if one["outcome"] == "FAIL" and one["level"] == "mandatory"]
    assert [(one["known"], one["blocks"]) for one in failed] == [(True, False)] * 2
    assert report["exitCode"] == 0
    assert report["baseline"] == {"file": "b.json", "known": 2}
    for content in (a_list(BAD, WORSE, GOOD, BAD), a_list("s3://acme-fourth/fin/*", WORSE, GOOD)):
        assert run("check", "-", "--baseline", "b.json", stdin=content).exit_code == 1


def test_a_first_file_may_be_empty(place: Path) -> None:
    """Who accepts everything where nothing fails gets a file, so that a pipeline can name it."""
    assert run("baseline", "b.json", "-", "--accept-all", stdin=a_list(GOOD)).exit_code == 0
    assert entries(place) == []
    assert run("check", "-", "--baseline", "b.json", stdin=a_list(GOOD)).exit_code == 0


def test_stale_entries_go(place: Path) -> None:
    """What is fixed leaves the file, is printed, and a check says it before."""
    run("baseline", "b.json", "-", "--accept-all", stdin=TWO)

    checked = run("check", "-", "--baseline", "b.json", stdin=a_list(GOOD, WORSE, GOOD))
    result = run("baseline", "b.json", "-", stdin=a_list(GOOD, WORSE, GOOD))

    assert "b.json: AGL-03 on a (locationScope, FAIL): no longer found;" in checked.output
    assert checked.exit_code == 0
    assert result.output == (
        "Removed\n  - AGL-03 on a (locationScope, FAIL): no longer found\n\n"
        "b.json: 1 finding in it, 1 removed; nothing new that blocks\n"
    )
    assert (result.exit_code, entries(place)) == (0, [("AGL-03", "b")])


def test_a_changed_value_is_removed_and_not_added(place: Path) -> None:
    """Another bad value is a new finding: its old entry goes, and it is only named."""
    run("baseline", "b.json", "-", "--accept-all", stdin=a_list(BAD))

    result = run("baseline", "b.json", "-", stdin=a_list(WORSE))

    assert (result.exit_code, entries(place)) == (1, [])
    assert "Removed\n  - AGL-03 on a (locationScope, FAIL): no longer found as it was accepted\n" in result.output
    assert "New, not added\n  ? AGL-03@a" in result.output


@pytest.mark.usefixtures("place")
def test_what_a_preview_hides_is_not_gone() -> None:
    """A preview without its unchanged resources removes no entry of theirs."""
    step = {"op": "create", "urn": f"{URN}c"}
    state = {"urn": f"{URN}c", "type": TYPE, "inputs": json.loads(a_list(GOOD))[0]["props"]}
    preview = json.dumps({"steps": [{**step, "newState": state}], "changeSummary": {"create": 1, "same": 2}})
    run("baseline", "b.json", "-", "--accept-all", stdin=TWO)

    result = run("baseline", "b.json", "-", stdin=preview)

    assert result.output == "b.json: 2 findings in it; nothing new that blocks\n"
    assert "no longer" not in run("check", "-", "--baseline", "b.json", stdin=preview).output


@pytest.mark.usefixtures("place")
def test_unknowns() -> None:
    """An accepted unknown passes while it is unknown, and a failure it turns into does not."""
    content = a_list(UNKNOWN_TEXT)
    assert run("check", "-", stdin=content).exit_code == 3
    assert run("baseline", "b.json", "-", stdin=content).exit_code == 1
    assert run("baseline", "b.json", "-", "--accept-all", stdin=content).exit_code == 0

    assert run("check", "-", "--baseline", "b.json", stdin=content).exit_code == 0
    assert run("check", "-", "--baseline", "b.json", stdin=a_list(BAD)).exit_code == 1


def test_secrets_cannot_be_accepted(place: Path) -> None:
    """Nobody can see whether a secret changed: it stays new, whoever accepts it, and is in no file."""
    result = run("baseline", "b.json", "-", "--accept-all", stdin=a_list(HUSHED))

    assert result.exit_code == 1
    assert "New, cannot be added\n  ! AGL-03@a: locationScope breaks the rule; it is a secret and not" in result.output
    assert entries(place) == []
    named = run("baseline", "b.json", "-", "--accept", "AGL-03@a", stdin=a_list(HUSHED))
    assert (named.exit_code, "cannot be accepted: its value is a secret" in named.stderr) == (2, True)


def test_problems_change_nothing(place: Path) -> None:
    """A preview that failed shows too little: the file stays as it is."""
    run("baseline", "b.json", "-", "--accept-all", stdin=TWO)
    written = (place / "b.json").read_bytes()
    failed = {"steps": [], "diagnostics": [{"severity": "error", "message": "no such bucket"}]}

    result = run("baseline", "b.json", "-", "--accept-all", stdin=json.dumps(failed))

    assert result.exit_code == 4
    assert "no such bucket; b.json stays as it is" in result.stderr
    assert (place / "b.json").read_bytes() == written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["baseline"], "Missing argument 'FILE'", id="nothing"),
        pytest.param(["baseline", "b.json"], "Missing argument 'INPUT...'", id="no input"),
        pytest.param(["baseline", "b.json", "-", "-"], "standard input (-) can be read only once", id="stdin twice"),
        pytest.param(["baseline", "b.json", "no.json"], "no.json: no such file", id="an input that is not there"),
        pytest.param(["baseline", "rules.yaml", "-"], "rules.yaml:2:1: not JSON", id="a file that is no baseline"),
        pytest.param(["baseline", ".", "-"], ".: is a folder", id="a folder"),
        pytest.param(["baseline", "no/b.json", "-"], "no/b.json: its folder", id="no folder"),
        pytest.param(["baseline", "b.json", "-", "--rules", "no.yaml"], "no.yaml: no such file", id="no rules"),
        pytest.param(
            ["baseline", "b.json", "-", "--accept-all", "--accept", "AGL-03@a"], "give one of them", id="all and one"
        ),
        pytest.param(["baseline", "b.json", "-", "--accept", "AGL-03"], "not of the form RULE@RESOURCE", id="no @"),
        pytest.param(["baseline", "b.json", "-", "--accept", "AGL-03@"], "not of the form", id="no resource"),
        pytest.param(["baseline", "b.json", "-", "--accept", "AGL-003@a"], "Did you mean AGL-03?", id="no such rule"),
        pytest.param(["baseline", "b.json", "-", "--accept", "AGL-03@legacy"], "'legacy' is no resource", id="nobody"),
        pytest.param(
            ["baseline", "b.json", "-", "--accept", "AGL-03@c"],
            "AGL-03 has nothing on 'c' that blocks; it is PASS there",
            id="what passes",
        ),
        pytest.param(
            ["baseline", "b.json", "-", "--accept", "LKP-01@a"],
            "LKP-01 has nothing on 'a' that blocks; it does not judge it",
            id="a rule about others",
        ),
        pytest.param(["check", "-", "--baseline", "no.json"], "no.json: no such baseline", id="no baseline"),
        pytest.param(["check", "-", "--baseline", "."], ".: a folder where a baseline belongs", id="no file"),
        pytest.param(["check", "-", "--baseline", "rules.yaml"], "rules.yaml:2:1: not JSON", id="no JSON"),
        pytest.param(
            ["preview", "--policy-pack", "pack", "--baseline", "no.json"],
            "no.json: no such baseline",
            id="a preview without its baseline",
        ),
    ],
)
def test_usage(place: Path, arguments: list[str], message: str) -> None:
    """Every wrong call is exit code 2, says what is wrong, and writes nothing."""
    (place / "pack").mkdir()
    (place / "pack" / "PulumiPolicy.yaml").write_text("")
    result = run(*arguments, stdin=TWO)

    assert message in result.stderr
    assert result.exit_code == 2
    assert not (place / "b.json").exists()


@pytest.mark.usefixtures("place")
def test_a_name_of_two_resources_is_not_enough() -> None:
    """A name that two stacks use accepts neither."""
    content = json.dumps(
        [
            *json.loads(a_list(BAD, urn=f"urn:pulumi:prod::data::{TYPE}::a")),
            *json.loads(a_list(BAD, urn=f"urn:pulumi:dev::data::{TYPE}::a")),
        ]
    )
    result = run("baseline", "b.json", "-", "--accept", "AGL-03@a", stdin=content)

    assert result.exit_code == 2
    assert f"'a' is the name of urn:pulumi:dev::data::{TYPE}::a, urn:pulumi:prod::" in result.stderr


def test_help_teaches() -> None:
    """The command shows a call, and its exit codes."""
    words = " ".join(run("baseline", "--help").output.split())

    assert "Example:" in words
    assert "4 something could not be judged" in words
