"""What a preview proves: green only with a pack that ran to the end and judged every resource."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import INSTANCE_FOR_PREFIX, LOCATION, OPERATION
from grantgate_policies.core import SCHEMA, Outcome
from grantgate_policies.engine.runs import EngineRun
from grantgate_policies.evidence import report_of
from grantgate_policies.handed_in import CLASSES, pickled
from grantgate_policies.journal import RUN_SCHEMA
from grantgate_policies.report import Exit, LookedUp, Problem, Report, Run
from grantgate_policies.rules import RULES
from grantgate_policies.subjects import CLASSIC_LOCATION
from grantgate_policies.wire import SECRET, SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACK = Path("policies")
NAMES = {rule.name for rule in RULES}
LOOKED = next(place for place, rule in enumerate(RULES) if rule.id == "LKP-01")
ROLE = "arn:aws:iam::111122223333:role/access-grants/finance"
START = {
    "schema": RUN_SCHEMA,
    "event": "start",
    "pack": "0.1.0",
    "rulesFile": "org-rules.yaml",
    "organization": "acme",
    "stack": "prod",
}
STACK = {"schema": RUN_SCHEMA, "event": "stack", "judged": [], "resources": 1, "unusedWaivers": []}
SUMMARY = {"summaryEvent": {"resourceChanges": {"create": 1}, "PolicyPacks": {"grantgate|local|policies": "0.1.0"}}}
FULL = "see whether a disk is full, then run again"
NO_PACK = Problem(
    "the policy pack did not run, so nothing was judged", "policies", "check that policies is grantgate's policy pack"
)


def urn(name: str, kind: str = LOCATION.type) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def planned(name: str, kind: str = LOCATION.type, op: str = "create", **members: Any) -> dict[str, Any]:
    new: dict[str, Any] = {"urn": urn(name, kind), "type": kind, "inputs": {}, **members}
    if kind in CLASSES:
        new["provider"] = "urn:pulumi:prod::data::pulumi:providers:pulumi-python::default::1f0e"
        new["inputs"] = {"__provider": pickled(CLASSES[kind]), **new["inputs"]}
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": new["urn"], "new": new}}}


def error(message: str, **members: Any) -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": "error", "prefix": "error: ", "message": message, **members}}


def line(name: str, outcome: str = "PASS", *, rule: int = 1, blocks: bool = False, **members: Any) -> dict[str, Any]:
    found = RULES[rule]
    texts = dict.fromkeys(("field", "observed", "expected", "message", "waiver"), "")
    return {
        "schema": SCHEMA,
        "ruleName": found.name,
        "ruleId": found.id,
        "outcome": outcome,
        "level": "mandatory",
        "severity": "high",
        "blocks": blocks,
        "resource": {"urn": urn(name), "type": LOCATION.type, "name": name},
        **texts,
        "fix": found.fix,
        **members,
    }


def a_run(**members: Any) -> EngineRun:
    """Give a run that proves all there is to prove, but for what the test changes."""
    known: dict[str, Any] = {
        "code": 0,
        "events": [planned("good"), SUMMARY],
        "journal": [START, line("good"), STACK],
        "torn": 0,
        "stdout": "",
        "stderr": "",
        "pack": PACK,
    }
    return EngineRun(**{**known, **members})


def looked(journal: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Give a journal in which every lookup that has findings has one of lookup-performed too, quiet in the report."""
    urns = {item["resource"]["urn"]: item["resource"] for item in journal if isinstance(item.get("resource"), dict)}
    performed = [line("", "NOT_APPLICABLE", rule=LOOKED, resource=resource) for resource in urns.values()]
    return [*journal, *performed]


OPENINGS = {"FAIL": "", "ERROR": "", "UNKNOWN": "cannot be decided: ", "WAIVED": "waived by "}


def heard(item: Mapping[str, Any]) -> dict[str, Any]:
    """Give the engine's own line about what the pack told it of a rule."""
    rule = next(rule for rule in RULES if rule.name == item["ruleName"])
    names = {"resourceUrn": item["resource"]["urn"], "policyName": rule.name, "policyPackName": "grantgate"}
    message = f"{rule.summary}\n[{rule.id}] {OPENINGS[item['outcome']]}{item['message']}"
    level = "mandatory" if item["blocks"] else "advisory"
    return {"policyEvent": {**names, "message": message, "enforcementLevel": level, "severity": item["severity"]}}


def completed(run: EngineRun) -> EngineRun:
    """Give a run whose other records agree with its events and its journal; test_proof.py has those that do not."""
    found: dict[str, list[str]] = {}
    told: list[dict[str, Any]] = []
    for item in run.journal:
        if isinstance(item.get("resource"), dict) and "ruleName" in item:
            names = found.setdefault(item["resource"]["urn"], [])
            if item["ruleName"] in NAMES and item.get("outcome") in {*Outcome} - {Outcome.NOT_APPLICABLE}:
                names.append(item["ruleName"])
                told += [heard(item)] if item["outcome"] in OPENINGS and not item.get("quiet") else []
    pack = {"policyPackName": "grantgate"}
    events: list[dict[str, Any]] = [
        {"policyAnalyzeSummaryEvent": {**pack, "resourceUrn": urn, "passed": names}} for urn, names in found.items()
    ]
    if any(item.get("event") == "stack" for item in run.journal):
        events.append({"policyAnalyzeStackSummaryEvent": pack})
    shown = [event["resourcePreEvent"]["metadata"] for event in run.events if event.get("resourcePreEvent")]
    summary: dict[str, Any] = next((event["summaryEvent"] for event in run.events if "summaryEvent" in event), {})
    digest = {"steps": shown, "changeSummary": summary.get("resourceChanges")}
    seen = [step["urn"] for step in shown if step.get("urn") in found]
    journal = [
        {**item, "judged": [*item["judged"], *seen]} if item.get("event") == "stack" else item for item in run.journal
    ]
    ended: list[dict[str, Any]] = [{"cancelEvent": {}}] if summary else []
    if not run.events:
        return replace(run, journal=journal)
    return replace(run, events=[*events, *told, *run.events, *ended], journal=journal, stdout=json.dumps(digest))


def report(**members: Any) -> Report:
    """Report a run whose records agree, but for what the test changes."""
    run = a_run(**members)
    run = completed(replace(run, journal=looked(run.journal)))
    made = report_of(run, source="data", rules_file="rules.yaml")
    return replace(made, findings=tuple(found for found in made.findings if found.rule is not RULES[LOOKED]))


def test_a_lookup_is_judged_when_it_is_known_to_have_looked() -> None:
    """Findings of other rules do not stand for that of lookup-performed."""
    found = report_of(completed(a_run()), source="data", rules_file="rules.yaml")

    assert found.exit_code() is Exit.ERROR
    assert found.problems == (Problem("the pack did not judge this resource", "good", "run again"),)


def test_what_the_pack_saw_must_have_findings() -> None:
    """A resource that the pack lists at the end, and that nothing is told about, is a problem."""
    found = report(journal=[START, line("good"), {**STACK, "judged": [urn("good"), urn("lost")]}])

    assert found.exit_code() is Exit.ERROR
    problem = Problem("the pack saw this resource and told nothing about it", "lost", "run again")
    assert found.problems == (problem,)


def test_green() -> None:
    """The pack started, the run ended, every resource has findings."""
    found = report()

    assert (found.exit_code(), found.problems, found.resources) == (Exit.PASSED, (), 1)
    assert (found.source, found.rules_file, found.organization) == ("prod", "org-rules.yaml", "acme")
    assert found.runs == (Run("prod", "preview", 0, pack="0.1.0", changes={"create": 1}),)


def test_nothing_to_judge_is_green_with_the_same_proof() -> None:
    """A program without locations passes, if the pack saw its whole stack."""
    bucket = planned("bucket", "aws:s3/bucket:Bucket")

    assert report(events=[bucket, SUMMARY], journal=[START, STACK]).exit_code() is Exit.PASSED


@pytest.mark.parametrize(
    ("members", "problems"),
    [
        pytest.param({"journal": []}, [NO_PACK], id="no pack, exit code 0"),
        pytest.param({"journal": [], "code": 255}, [NO_PACK], id="no pack, and a bad exit code"),
        pytest.param({"journal": [line("good"), STACK]}, [NO_PACK], id="findings without a start"),
        pytest.param({"journal": [STACK, {**START, "schema": "x/1"}]}, None, id="a start of another schema"),
        pytest.param({"journal": [], "events": []}, [NO_PACK], id="nothing at all, exit code 0"),
        pytest.param(
            {"torn": 1},
            [Problem("1 lines of the engine's or the pack's log cannot be read", remedy=FULL)],
            id="a torn line",
        ),
        pytest.param(
            {"events": [planned("good")]},
            [Problem("the preview did not come to its end: its event log has no summary", remedy="run again")],
            id="no summary",
        ),
        pytest.param(
            {"events": []},
            [
                Problem("the preview did not come to its end: its event log has no summary", remedy="run again"),
                Problem("pulumi preview printed no digest that can be read", remedy="run again"),
                Problem("the engine does not say that the pack saw the whole stack", remedy="run again"),
                Problem(
                    "the pack's log has judgements of this resource, of which the engine says nothing",
                    "good",
                    "run again",
                ),
            ],
            id="no event log",
        ),
        pytest.param(
            {"journal": [START, line("good")]},
            [Problem("the pack did not see the whole stack", remedy="run again")],
            id="the pack's log stops",
        ),
        pytest.param(
            {"events": [planned("good"), planned("other"), SUMMARY]},
            [Problem("the pack did not judge this resource", "other", "run again")],
            id="a lookup that was not judged",
        ),
        pytest.param(
            {"events": [planned("good"), planned("other", CLASSIC_LOCATION, "update"), SUMMARY]},
            [Problem("the pack did not judge this resource", "other", "run again")],
            id="a managed location that was not judged",
        ),
        pytest.param(
            {"events": [planned("good"), planned("other", "pulumi-python:dynamic/grantgate:Later", "same"), SUMMARY]},
            [Problem("the pack did not judge this resource", "other", "run again")],
            id="a lookup of another release that was not judged",
        ),
        pytest.param(
            {"code": 255, "stderr": "one\n\ntwo\n"},
            [Problem("pulumi preview ended with exit code 255 and gave no reason", remedy="one two")],
            id="a bad exit code without a reason",
        ),
        pytest.param(
            {"code": 255, "events": [], "journal": [], "stderr": "error: no stack selected\n"},
            [Problem("no stack selected")],
            id="the engine refuses to start",
        ),
        pytest.param(
            {"code": 1, "events": [], "journal": []},
            [Problem("pulumi preview ended with exit code 1")],
            id="the engine refuses to start without a word",
        ),
        pytest.param(
            {"journal": [START, line("good"), line("good", ruleName="location-on-the-moon"), STACK]},
            [
                Problem(
                    "the pack's log holds a finding of 'location-on-the-moon' that this release does not understand",
                    remedy="use one release of grantgate for the pack and the command",
                )
            ],
            id="a rule of another release",
        ),
        pytest.param(
            {"journal": [START, line("good"), line("good", "MAYBE"), STACK]},
            [
                Problem(
                    "the pack's log holds a finding of 'location-scope-valid' that this release does not understand",
                    remedy="use one release of grantgate for the pack and the command",
                )
            ],
            id="an outcome of another release",
        ),
        pytest.param(
            {"journal": [START, line("good"), {"schema": "grantgate.finding/2", "outcome": "FAIL"}, STACK]},
            [
                Problem(
                    "the pack's log holds a line of schema 'grantgate.finding/2' that this release does not understand",
                    remedy="use one release of grantgate for the pack and the command",
                )
            ],
            id="a schema of another release",
        ),
        pytest.param({"journal": [START, line("good"), {"schema": SCHEMA}, STACK]}, None, id="a finding without words"),
        pytest.param({"journal": [START, line("good", resource=[]), STACK]}, None, id="a finding without a resource"),
    ],
)
def test_never_green_without_proof(members: dict[str, Any], problems: list[Problem] | None) -> None:
    """Each hole in the proof is a problem, and a problem is exit code 4."""
    found = report(**members)

    assert found.exit_code() is Exit.ERROR
    assert problems is None or list(found.problems) == problems


@pytest.mark.parametrize("op", ["delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"])
def test_what_goes_away_needs_no_judgement(op: str) -> None:
    """A location that will be gone breaks nothing."""
    assert report(events=[planned("good"), planned("old", op=op), SUMMARY]).exit_code() is Exit.PASSED


@pytest.mark.parametrize("op", ["create", "update", "same", "replace", "create-replacement", "import", "refresh", ""])
def test_what_stays_needs_one(op: str) -> None:
    """Every other operation leaves a resource that must be judged, a word that nobody knows included."""
    assert report(events=[planned("good"), planned("new", op=op), SUMMARY]).exit_code() is Exit.ERROR


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(planned("seen", op="read"), id="a read"),
        pytest.param(planned("seen", op="read-replacement"), id="a read that replaces"),
        pytest.param(planned("seen", op="same", external=True), id="an external resource"),
    ],
)
def test_what_is_only_read_is_said(event: dict[str, Any]) -> None:
    """The engine shows reads to no policy: the report says that nobody judged it."""
    found = report(events=[planned("good"), event, SUMMARY])

    assert found.exit_code() is Exit.PASSED
    assert found.notices == (
        "seen is only read, by get() or an id, so no rule judged it; declare it to have it judged",
    )


@pytest.mark.parametrize(
    ("findings", "code", "exit_code"),
    [
        pytest.param([line("good", "FAIL", blocks=True)], 255, Exit.FAILED, id="a violation with exit code 255"),
        pytest.param([line("good", "FAIL", blocks=True)], 1, Exit.FAILED, id="a violation with exit code 1"),
        pytest.param([line("good", "FAIL", blocks=True)], 0, Exit.FAILED, id="a violation that the engine let through"),
        pytest.param([line("good", "FAIL", level="advisory")], 0, Exit.PASSED, id="an advisory violation"),
        pytest.param([line("good", "FAIL", level="advisory")], 255, Exit.ERROR, id="advisory explains no exit code"),
        pytest.param([line("good", "UNKNOWN", blocks=True)], 255, Exit.UNDECIDED, id="an unknown that may not pass"),
        pytest.param([line("good", "UNKNOWN")], 0, Exit.PASSED, id="an unknown that may pass"),
        pytest.param([line("good", "ERROR", blocks=True)], 255, Exit.ERROR, id="a rule that raised"),
        pytest.param(
            [line("good", "UNKNOWN", blocks=True), line("good", "FAIL", rule=3, blocks=True)],
            255,
            Exit.FAILED,
            id="a violation beside an unknown",
        ),
        pytest.param([line("good", "WAIVED", waiver="data: x (until 2027-01-31)")], 0, Exit.PASSED, id="waived"),
    ],
)
def test_violations(findings: list[dict[str, Any]], code: int, exit_code: Exit) -> None:
    """A blocking finding explains the engine's exit code; nothing else does."""
    found = report(
        journal=[START, *findings, STACK], code=code, events=[planned("good"), error("preview failed\n"), SUMMARY]
    )

    assert found.exit_code() is exit_code
    assert len(found.findings) == len(findings)


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        pytest.param(
            error(
                "pulumi-python:dynamic/grantgate:AccessGrantsLocation resource 'gone': property accessGrantsLocationId "
                "value {nope} has a problem: GetAccessGrantsLocation of 'nope': no such location is registered. To do: "
                "check the id\n",
                urn=urn("gone"),
            ),
            Problem(
                "accessGrantsLocationId: GetAccessGrantsLocation of 'nope': no such location is registered",
                "gone",
                "check the id",
            ),
            id="a failed lookup",
        ),
        pytest.param(
            error("resource 'it's': property region value {{a} b} has a problem: '{x}' is no Region\n"),
            Problem("region: '{x}' is no Region", "it's"),
            id="quotes and braces",
        ),
        pytest.param(
            error("resource 'x': property s3Prefix has a problem: one\ntwo\n"),
            Problem("s3Prefix: one\ntwo", "x"),
            id="two lines and no value",
        ),
        pytest.param(
            error("resource 'x': property s3Prefix value {&{{canary}}} has a problem: 'canary' is no URI, canary\n"),
            Problem("s3Prefix: '[secret]' is no URI, [secret]", "x"),
            id="a secret input",
        ),
        pytest.param(
            error("resource 'x': property s3Prefix value {&{{}}} has a problem: '' is no URI\n"),
            Problem("s3Prefix: '' is no URI", "x"),
            id="an empty secret",
        ),
        pytest.param(
            error("failed to run policy: Exception calling application: kaput\n"),
            Problem("failed to run policy: Exception calling application: kaput"),
            id="a pack that crashes",
        ),
        pytest.param(
            error("<{%fg 1%}>an error\x1b[0m<{%reset%}>\n", urn=urn("x")), Problem("an error", "x"), id="colours"
        ),
    ],
)
def test_engine_errors(event: dict[str, Any], problem: Problem) -> None:
    """Every error of the engine is told once, and is never green, whatever the exit code."""
    found = report(events=[planned("good"), event, event, error("preview failed"), SUMMARY])

    assert list(found.problems) == [problem]
    assert found.exit_code() is Exit.ERROR


def test_the_reason_of_a_failed_step_is_told() -> None:
    """The engine begins the reason of a failed step with the same words that say that a run failed at all."""
    found = report(
        events=[planned("good"), error("Preview failed: resource 'x' does not exist", urn=urn("x")), SUMMARY]
    )

    assert found.problems == (Problem("Preview failed: resource 'x' does not exist", "x"),)


def test_a_failed_lookup_beside_a_violation() -> None:
    """What could not be looked at weighs more than what was found."""
    message = "resource 'gone': property accessGrantsLocationId has a problem: denied. To do: allow it"
    events = [planned("good"), error(message), SUMMARY]

    found = report(journal=[START, line("good", "FAIL", blocks=True)], events=events, code=255)

    assert found.exit_code() is Exit.ERROR
    assert [problem.about for problem in found.problems] == ["gone"]
    assert [finding.outcome for finding in found.findings] == [Outcome.FAIL]


@pytest.mark.parametrize(
    "event",
    [
        {"diagnosticEvent": None},
        {"diagnosticEvent": {"severity": "error"}},
        {"diagnosticEvent": {"severity": "warning", "message": "careful"}},
        {"resourcePreEvent": None},
        {"resourcePreEvent": {"metadata": {"op": "same", "new": None}}},
        {"resourcePreEvent": {"metadata": {"op": "same", "new": {"urn": "", "type": "x"}}}},
        {},
    ],
)
def test_events_that_say_nothing(event: dict[str, Any]) -> None:
    """Members that the engine leaves empty are no errors."""
    assert report(events=[event, planned("good"), SUMMARY]).exit_code() is Exit.PASSED


def test_lookups() -> None:
    """A report shows what was looked up, with what AWS said, and what was not performed as such."""
    inputs = {
        "accessGrantsLocationId": "default",
        "accountId": "111122223333",
        "region": "eu-west-1",
        "lookup": "performed",
        "locationScope": "s3://b/x/*",
        "iamRoleArn": ROLE,
        "__provider": "gASV",
        "secretThing": "never shown",
    }
    found = report(events=[planned("good", inputs=inputs), SUMMARY]).lookups

    values = (("locationScope", "s3://b/x/*"), ("iamRoleArn", ROLE))
    kind = "AccessGrantsLocation"
    assert found == (
        LookedUp(
            urn("good"),
            "good",
            kind,
            "default",
            performed=True,
            account="111122223333",
            region="eu-west-1",
            values=values,
        ),
    )


@pytest.mark.parametrize("lookup", [None, "pending", "failed", True, ["performed"], {SIGNATURE: SECRET}])
@pytest.mark.parametrize("kind", [LOCATION, INSTANCE_FOR_PREFIX, OPERATION], ids=lambda kind: kind.subject)
def test_a_lookup_that_was_not_performed(kind: Any, lookup: Any) -> None:
    """Only the very mark counts."""
    event = planned("x", kind.type, inputs={"lookup": lookup, kind.subject: 7})

    (found,) = report(events=[event, SUMMARY]).lookups

    assert (found.performed, found.subject, found.values) == (False, "", ())


def test_a_secret_of_a_lookup() -> None:
    """A secret that the engine's log holds in the clear is not repeated."""
    prefix = {SIGNATURE: SECRET, "value": "s3://canary/"}
    arn = [{SIGNATURE: SECRET, "value": "canary"}]
    event = planned("x", INSTANCE_FOR_PREFIX.type, inputs={"s3Prefix": prefix, "ownerAccountId": arn})

    found = report(events=[event, SUMMARY])

    assert "canary" not in repr(found)
    assert found.lookups[0].subject == "[secret]"


def test_findings_come_back_as_they_were() -> None:
    """In the order of resources, then rules; the edit only where it is not the rule's own fix."""
    lines = [line("z"), line("good", "FAIL", rule=3, fix="Write 's3://b/*'.", message="m"), line("good", rule=1)]

    found = report(journal=[START, *lines, STACK])

    assert [(one.resource.name, one.rule.id) for one in found.findings] == [
        ("good", "AGL-02"),
        ("good", "AGL-04"),
        ("z", "AGL-02"),
    ]
    assert [one.edit for one in found.findings] == ["", "Write 's3://b/*'.", ""]


def test_notices() -> None:
    """Rules that did not judge and waivers that nobody needs are told once."""
    idle = "not configured: the rules file gives no allow for location-scope-allowed"
    unneeded = "the waiver of x (data, rules.yaml:7) was not needed; remove it"
    lines = [line("good", "NOT_APPLICABLE", rule=2, message=idle)] * 2
    other = line("good", "NOT_APPLICABLE", rule=3, message="the lookup holds no locationScope")

    found = report(journal=[START, *lines, other, {**STACK, "notices": [unneeded]}])

    assert found.notices == (f"AGL-03 location-scope-allowed is {idle}", unneeded)
