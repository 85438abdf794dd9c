"""The three records of a run agree, or the gate is red: every line that matters is missed when it is not there."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies import pack, proof
from grantgate_policies.core import SCHEMA
from grantgate_policies.engine.runs import UP, EngineRun
from grantgate_policies.evidence import report_of
from grantgate_policies.handed_in import CLASSES, pickled
from grantgate_policies.journal import RUN_SCHEMA, Journal, numbers_fit
from grantgate_policies.report import Exit, Report
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = "urn:pulumi:prod::data::pulumi:pulumi:Stack::data-prod"
PROVIDER = "urn:pulumi:prod::data::pulumi:providers:pulumi-python::default"
PICKLED = pickled(CLASSES[LOCATION.type])
GOOD = f"urn:pulumi:prod::data::{LOCATION.type}::good"
SAME = f"urn:pulumi:prod::data::{LOCATION.type}::same"
ALONE = next(rule for rule in RULES if rule.id == "AGL-02")
LOOKED = next(rule for rule in RULES if rule.id == proof.LOOKED)
WHOLE = next(rule for rule in RULES if rule.gather)

Lines = list[dict[str, Any]]


def step(urn: str, op: str = "create", **new: Any) -> dict[str, Any]:
    state: dict[str, Any] = {"urn": urn, "type": urn.split("::")[2], "inputs": {}, **new}
    if state["type"] in CLASSES:
        state = {"provider": f"{PROVIDER}::1f0e", **state, "inputs": {"__provider": PICKLED, **state["inputs"]}}
    return {"op": op, "urn": urn, "new": state}


def pre(urn: str, op: str = "create", **new: Any) -> dict[str, Any]:
    return {"resourcePreEvent": {"metadata": step(urn, op, **new)}}


def asked(urn: str, **names: list[str]) -> dict[str, Any]:
    return {"policyAnalyzeSummaryEvent": {"resourceUrn": urn, "policyPackName": "grantgate", **names}}


def heard(urn: str, rule: Any, text: str, level: str = "advisory", severity: str = "high") -> dict[str, Any]:
    """Give the engine's own line about what the pack told it of a rule."""
    names = {"resourceUrn": urn, "policyName": rule.name, "policyPackName": "grantgate"}
    message = f"{rule.summary}\n[{rule.id}] {text}"
    return {"policyEvent": {**names, "message": message, "enforcementLevel": level, "severity": severity}}


def line(urn: str, rule: Any, outcome: str = "PASS", **members: Any) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "ruleName": rule.name,
        "ruleId": rule.id,
        "outcome": outcome,
        "level": "mandatory",
        "severity": "high",
        "blocks": False,
        "resource": {"urn": urn, "type": LOCATION.type, "name": "good"},
        **dict.fromkeys(("field", "observed", "expected", "message", "waiver"), ""),
        "fix": rule.fix,
        **members,
    }


SUMMARY = {
    "maybeCorrupt": False,
    "durationSeconds": 1,
    "resourceChanges": {"create": 2, "same": 1},
    "PolicyPacks": {"grantgate|local|policies": "0.1.0"},
    "isPreview": True,
}
EVENTS: dict[str, dict[str, Any]] = {
    "load": {"policyLoadEvent": {}},
    "prelude": {"preludeEvent": {"config": {}}},
    "debug": {"diagnosticEvent": {"severity": "debug", "message": "registering"}},
    "root asked": asked(ROOT),
    "root": pre(ROOT),
    "provider asked": asked(PROVIDER),
    "provider": pre(PROVIDER),
    "good asked": asked(GOOD, passed=[ALONE.name, LOOKED.name]),
    "good": pre(GOOD),
    "same heard": heard(SAME, ALONE, "it is bad. Fix: mend it"),
    "same asked": asked(SAME, passed=[LOOKED.name], failed=[ALONE.name]),
    "same": pre(SAME, "same"),
    "outputs": {"resOutputsEvent": {"metadata": step(GOOD)}},
    "stack asked": {"policyAnalyzeStackSummaryEvent": {"policyPackName": "grantgate", "passed": [WHOLE.name]}},
    "summary": {"summaryEvent": SUMMARY},
    "end": {"cancelEvent": {}},
}
JOURNAL: dict[str, dict[str, Any]] = {
    "start": {"schema": RUN_SCHEMA, "event": "start", "stack": "prod", "pack": "0.1.0"},
    "good": line(GOOD, ALONE),
    "good looked": line(GOOD, LOOKED),
    "same": line(SAME, ALONE, "FAIL", level="advisory"),
    "same looked": line(SAME, LOOKED),
    "whole": line(GOOD, WHOLE),
    "stack": {"schema": RUN_SCHEMA, "event": "stack", "judged": [GOOD, SAME], "resources": 4, "findings": 1},
}
STEPS = [step(ROOT), step(GOOD), step(SAME, "same")]
DIGEST = {"steps": STEPS, "duration": 1, "changeSummary": {"create": 2, "same": 1}}


def numbered(events: Lines) -> Lines:
    return [{"sequence": number, "timestamp": 1, **event} for number, event in enumerate(events)]


def but(lines: dict[str, dict[str, Any]], **changed: dict[str, Any] | None) -> Lines:
    """Give the lines with those changed that are named, and without those that are None."""
    names = {name.replace("_", " "): value for name, value in changed.items()}
    assert names.keys() <= lines.keys()
    return [kept for kept in ({**lines, **names}[name] for name in lines) if kept is not None]


def a_run(**members: Any) -> EngineRun:
    known: dict[str, Any] = {
        "code": 0,
        "events": numbered(list(EVENTS.values())),
        "journal": list(JOURNAL.values()),
        "torn": 0,
        "stdout": json.dumps(DIGEST, indent=4),
        "stderr": "",
        "pack": Path("policies"),
    }
    return EngineRun(**{**known, **members})


def an_update(*left_out: str, **members: Any) -> EngineRun:
    """Give the run of an update, whose own stream of events has not those of default providers."""
    summary = {"summaryEvent": {**SUMMARY, "isPreview": False}}
    events = numbered(but(EVENTS, summary=summary, **dict.fromkeys(left_out)))
    shown = [event for event in events if f'"{PROVIDER}"' not in json.dumps(event)]
    stdout = "".join(json.dumps(event) + "\n" for event in shown)
    return a_run(**{"command": UP, "events": events, "stdout": stdout, **members})


def report(run: EngineRun) -> Report:
    return report_of(run, source="data", rules_file="rules.yaml")


def told(run: EngineRun) -> list[str]:
    """Give the problems as a reader sees them."""
    return [f"{found.about}: {found.what}" if found.about else found.what for found in report(run).problems]


def test_the_word_of_the_pack() -> None:
    """The proof looks for the very name that the pack gives itself."""
    assert proof.PACK == pack.PACK_NAME


@pytest.mark.parametrize("run", [a_run(), an_update()], ids=["preview", "up"])
def test_three_records_that_agree(run: EngineRun) -> None:
    """A whole run is green."""
    assert (told(run), report(run).exit_code()) == ([], Exit.PASSED)


# --- lines that are not there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("run", [a_run(), an_update()], ids=["preview", "up"])
@pytest.mark.parametrize("lost", EVENTS)
def test_every_event_that_is_lost_is_missed(run: EngineRun, lost: str) -> None:
    """The engine numbers its events: whichever line of the log is gone, the gate is red."""
    place = list(EVENTS).index(lost)

    without = replace(run, events=[*run.events[:place], *run.events[place + 1 :]])

    assert report(without).exit_code() is Exit.ERROR


MATTER = {
    "root": "data-prod: the event log lacks this resource, which the digest has",
    "good asked": "good: the engine does not say that the pack judged this resource",
    "good": "good: the event log lacks this resource, which the digest has",
    "same heard": f"same: the pack's log says that it does not pass {ALONE.name}, and the engine was told nothing",
    "same asked": "same: the engine does not say that the pack judged this resource",
    "same": "same: the event log lacks this resource, which the digest has",
    "stack asked": "the engine does not say that the pack saw the whole stack",
    "summary": "the preview did not come to its end: its event log has no summary",
    "end": "the preview's event log stops before its end",
}


@pytest.mark.parametrize("lost", EVENTS)
def test_events_that_were_never_there(lost: str) -> None:
    """Without its number a line that matters is missed all the same; the others prove nothing."""
    found = told(a_run(events=numbered([event for name, event in EVENTS.items() if name != lost])))

    assert (MATTER[lost] in found) if lost in MATTER else found == []


@pytest.mark.parametrize("lost", JOURNAL)
def test_every_line_of_the_journal_is_missed(lost: str) -> None:
    """Whatever the pack said and its log has not, the engine or the log's own end knows of."""
    found = told(a_run(journal=[one for name, one in JOURNAL.items() if name != lost]))

    assert found != []


@pytest.mark.parametrize(
    ("stdout", "problem"),
    [
        pytest.param("", "pulumi preview printed no digest that can be read", id="nothing"),
        pytest.param(json.dumps(DIGEST)[:-9], "pulumi preview printed no digest that can be read", id="cut"),
        pytest.param("[]", "pulumi preview printed no digest that can be read", id="a list"),
        pytest.param("null", "pulumi preview printed no digest that can be read", id="null"),
        pytest.param("[" * 100_000, "pulumi preview printed no digest that can be read", id="nested without end"),
        pytest.param("{}", "good: the digest lacks this resource, which the event log has", id="empty"),
        pytest.param(
            json.dumps({**DIGEST, "steps": None}),
            "same: the digest lacks this resource, which the event log has",
            id="no steps",
        ),
        pytest.param(
            json.dumps({**DIGEST, "steps": STEPS[:2]}),
            "same: the digest lacks this resource, which the event log has",
            id="one step less",
        ),
        pytest.param(
            json.dumps({**DIGEST, "steps": [*STEPS, step(f"{GOOD}-too")]}),
            "good-too: the event log lacks this resource, which the digest has",
            id="one step more",
        ),
        pytest.param(
            json.dumps({**DIGEST, "steps": [STEPS[0], step(GOOD, "delete"), STEPS[2]]}),
            "good: the digest lacks this resource, which the event log has",
            id="another operation",
        ),
        pytest.param(
            json.dumps({**DIGEST, "changeSummary": {"create": 3}}),
            "the digest and the event log do not count the same changes",
            id="other counts",
        ),
        pytest.param(
            json.dumps({**DIGEST, "maybeCorrupt": True}),
            "the engine's digest says that the stack's state may be corrupt",
            id="corrupt",
        ),
    ],
)
def test_the_digest(stdout: str, problem: str) -> None:
    """What the preview prints is whole and shows what the event log shows."""
    run = a_run(stdout=stdout)

    assert problem in told(run)
    assert report(run).exit_code() is Exit.ERROR


def test_what_others_print_before_the_digest() -> None:
    """A provider may write to standard output; the digest is what comes last."""
    assert told(a_run(stdout=f"debugging {{\nmore\n{json.dumps(DIGEST, indent=4)}\n")) == []


# --- lines that say something else ------------------------------------------------------------------------------------


def summed(**members: Any) -> Lines:
    return numbered(but(EVENTS, summary={"summaryEvent": {**SUMMARY, **members}}))


OTHER = {"policyPackName": "acme", "passed": [ALONE.name]}


@pytest.mark.parametrize(
    ("members", "problem"),
    [
        pytest.param(
            {"events": summed(maybeCorrupt=True)}, "the engine says that the stack's state may be corrupt", id="corrupt"
        ),
        pytest.param(
            {"events": summed(PolicyPacks={})},
            "policies: the engine does not name grantgate among the policy packs that ran",
            id="no pack",
        ),
        pytest.param(
            {"events": summed(PolicyPacks=None)},
            "policies: the engine does not name grantgate among the policy packs that ran",
            id="no packs",
        ),
        pytest.param(
            {"events": summed(PolicyPacks={"grantgate-like|local|x": "1"})},
            "policies: the engine does not name grantgate among the policy packs that ran",
            id="another pack",
        ),
        pytest.param(
            {"events": summed(isPreview=False)}, "the event log is not that of pulumi preview", id="an update's"
        ),
        pytest.param(
            {"events": summed(result="failed")},
            "the engine says that the preview failed, and ended with exit code 0",
            id="failed with 0",
        ),
        pytest.param(
            {"events": summed(result="canceled")},
            "the engine says that the preview canceled, and ended with exit code 0",
            id="cancelled with 0",
        ),
        pytest.param(
            {"events": summed(result="canceled"), "code": 1},
            "the engine says that the preview was cancelled",
            id="cancelled with 1",
        ),
        pytest.param(
            {"events": summed(result="succeeded"), "code": 255},
            "the engine says that the preview succeeded, and ended with exit code 255",
            id="succeeded with 255",
        ),
        pytest.param(
            {"events": summed(result="fine")},
            "the engine says that the preview ended with 'fine', which this release does not know",
            id="another word",
        ),
        pytest.param(
            {"events": numbered(but(EVENTS, good_asked={"policyAnalyzeSummaryEvent": {**OTHER, "resourceUrn": GOOD}}))},
            "good: the engine does not say that the pack judged this resource",
            id="another pack was asked",
        ),
        pytest.param(
            {"events": numbered(but(EVENTS, stack_asked={"policyAnalyzeStackSummaryEvent": OTHER}))},
            "the engine does not say that the pack saw the whole stack",
            id="another pack saw the stack",
        ),
        pytest.param(
            {"journal": but(JOURNAL, stack={**JOURNAL["stack"], "judged": [GOOD]})},
            "same: the pack did not see this resource in the whole stack",
            id="not seen in the stack",
        ),
        pytest.param(
            {"journal": but(JOURNAL, stack={**JOURNAL["stack"], "findings": 2})},
            "the pack found 2 things in the whole stack, of which its log has 1",
            id="other findings of the stack",
        ),
        pytest.param(
            {"journal": but(JOURNAL, same=None)},
            f"same: the engine says that the pack judged it by {ALONE.name}, of which its log has nothing",
            id="a failure that is not told",
        ),
        pytest.param(
            {"journal": but(JOURNAL, whole=None)},
            f"the engine says that the pack judged the stack by {WHOLE.name}, of which its log has nothing",
            id="a rule of the stack that is not told",
        ),
        pytest.param(
            {"events": [{**event, "sequence": 5 + place} for place, event in enumerate(EVENTS.values())]},
            "the engine's event log has lost events: their numbers have gaps",
            id="the beginning is gone",
        ),
    ],
)
def test_records_that_disagree(members: dict[str, Any], problem: str) -> None:
    """One record that says something else than the others is a problem, and exit code 4."""
    run = a_run(**members)

    assert problem in told(run)
    assert report(run).exit_code() is Exit.ERROR


@pytest.mark.parametrize(
    ("blocks", "code", "result", "exit_code"),
    [
        pytest.param(False, 0, "succeeded", Exit.PASSED, id="green"),
        pytest.param(True, 1, "failed", Exit.FAILED, id="a violation with 1"),
        pytest.param(True, 255, "failed", Exit.FAILED, id="a violation with 255"),
        pytest.param(True, 5, "failed", Exit.FAILED, id="a violation with a code of its own"),
        pytest.param(False, 1, "failed", Exit.ERROR, id="red without a reason"),
    ],
)
def test_newer_engines(*, blocks: bool, code: int, result: str, exit_code: Exit) -> None:
    """Newer engines say how they ended, end with other codes and tell of more: what is not known is left alone."""
    told_of = heard(SAME, ALONE, "it is bad", "mandatory" if blocks else "advisory")
    events = [
        *but(EVENTS, summary={"summaryEvent": {**SUMMARY, "result": result, "later": 1}}, same_heard=told_of),
        {"progressEvent": {"type": "plugin-install"}},
        {"laterEvent": None},
    ]
    journal = but(JOURNAL, same=line(SAME, ALONE, "FAIL", blocks=blocks, level="mandatory" if blocks else "advisory"))

    run = a_run(events=numbered(events), journal=journal, code=code)

    assert report(run).exit_code() is exit_code


def test_a_refresh_looks_at_what_goes() -> None:
    """What is refreshed first, and deleted then, needs no judgement; what stays does."""
    old = GOOD.replace("good", "old")
    more = [pre(old, "refresh"), pre(old, "delete")]
    digest = {**DIGEST, "steps": [step(old, "refresh"), *STEPS, step(old, "delete")]}

    def refreshed(events: Lines) -> EngineRun:
        return a_run(events=numbered([*events, *EVENTS.values()]), stdout=json.dumps(digest))

    assert told(refreshed(more)) == []
    assert told(refreshed(more[:1])) == ["old: the pack did not judge this resource"]


def test_what_an_alias_renames_is_judged_under_its_new_name() -> None:
    """A refresh looks at the old name, which is no resource of its own any more."""
    old = GOOD.replace("good", "old")
    renamed = {"resourcePreEvent": {"metadata": {**step(SAME, "same"), "old": {"urn": old}}}}
    digest = {**DIGEST, "steps": [step(old, "refresh"), *STEPS]}
    events = [pre(old, "refresh"), *{**EVENTS, "same": renamed}.values()]

    assert told(a_run(events=numbered(events), stdout=json.dumps(digest))) == []


def test_a_replacement_is_one_resource() -> None:
    """The digest hides the single steps of a replacement, the event log does not."""
    events = but(EVENTS, good=pre(GOOD, "create-replacement"))
    events[events.index(EVENTS["same asked"]) : 0] = [pre(GOOD, "replace"), pre(GOOD, "delete-replaced")]
    digest = {**DIGEST, "steps": [STEPS[0], step(GOOD, "replace"), STEPS[2]]}

    assert told(a_run(events=numbered(events), stdout=json.dumps(digest))) == []


# --- what the engine was told against what the journal says -----------------------------------------------------------

OTHERWISE = f"same: the engine was told another outcome of {ALONE.name} than the pack's log has"
SILENT = f"same: the engine was told that it does not pass {ALONE.name}, and the pack's log does not say so"
DOWN = f"same: the pack's log says that it does not pass {ALONE.name}, and the engine was told nothing"


@pytest.mark.parametrize(
    ("said", "failed", "journal", "problem"),
    [
        pytest.param("it is bad", True, {"outcome": "PASS"}, SILENT, id="a failure that became a pass"),
        pytest.param("it is bad", True, {"outcome": "NOT_APPLICABLE"}, SILENT, id="a failure that does not apply"),
        pytest.param("it is bad", True, {"outcome": "UNKNOWN", "quiet": True}, SILENT, id="a failure that is quiet"),
        pytest.param("it is bad", True, {"outcome": "UNKNOWN"}, OTHERWISE, id="a failure that became unknown"),
        pytest.param(
            "it is bad", True, {"outcome": "WAIVED", "waiver": "Ann"}, OTHERWISE, id="a failure that became waived"
        ),
        pytest.param("it is bad", True, {"severity": "low"}, OTHERWISE, id="a severity that sank"),
        pytest.param("it is bad", True, {"blocks": True}, OTHERWISE, id="a level that rose"),
        pytest.param("waived by Ann: it is bad", True, {"outcome": "WAIVED", "waiver": "Ann"}, "", id="waived"),
        pytest.param("cannot be decided: it is not known", True, {"outcome": "UNKNOWN"}, "", id="unknown"),
        pytest.param("", False, {"outcome": "UNKNOWN", "quiet": True}, "", id="quiet"),
        pytest.param("", False, {"outcome": "PASS"}, "", id="passed"),
        pytest.param("", False, {"outcome": "FAIL"}, DOWN, id="a pass that became a failure"),
        pytest.param(
            "",
            True,
            {"outcome": "PASS"},
            f"same: the engine counts {ALONE.name} as failed, and the pack's log does not say so",
            id="counted and not told",
        ),
        pytest.param(
            "",
            None,
            {"outcome": "PASS"},
            f"same: the pack's log has a judgement by {ALONE.name}, of which the engine says nothing",
            id="a rule that did not apply",
        ),
    ],
)
def test_an_outcome_is_what_the_engine_was_told(
    *, said: str, failed: bool | None, journal: dict[str, Any], problem: str
) -> None:
    """A journal that says of a rule anything else than what the engine was told is a problem, whatever the level."""
    names = {"failed" if failed else "passed": [ALONE.name]} if failed is not None else {}
    summary = asked(SAME, **{**names, "passed": [*names.get("passed", []), LOOKED.name]})
    events = but(EVENTS, same_heard=heard(SAME, ALONE, said) if said else None, same_asked=summary)
    outcome = line(SAME, ALONE, **{"level": "advisory", "outcome": "FAIL", **journal})

    found = told(a_run(events=numbered(events), journal=but(JOURNAL, same=outcome)))

    assert (problem in found) if problem else (not found), found


def test_one_failure_of_two_is_missed() -> None:
    """A rule that fails twice on a resource is told twice."""
    events = but(EVENTS)
    events[3:3] = [EVENTS["same heard"]]
    twice = [*JOURNAL.values(), JOURNAL["same"]]

    assert told(a_run(events=numbered(events), journal=twice)) == []
    assert told(a_run(events=numbered(events))) == [OTHERWISE]


def test_the_whole_stacks_rules_have_no_resource() -> None:
    """The engine counts them by the stack; what it was told of each is about a resource."""
    failed = {"policyAnalyzeStackSummaryEvent": {"policyPackName": "grantgate", "failed": [WHOLE.name]}}
    silent = numbered(but(EVENTS, stack_asked=failed))
    with_line = but(EVENTS, stack_asked=failed)
    with_line[3:3] = [heard(GOOD, WHOLE, "it is bad")]
    journal = but(JOURNAL, whole=line(GOOD, WHOLE, "FAIL", level="advisory"))

    assert told(a_run(events=numbered(with_line), journal=journal)) == []
    what = f"the engine counts {WHOLE.name} as failed by the stack, and the pack's log does not say so"
    assert told(a_run(events=silent)) == [what]


@pytest.mark.parametrize("change", ["lost", "doubled", "swapped"])
@pytest.mark.parametrize("place", range(1, len(JOURNAL)))  # without its start there is no run at all
def test_the_journals_numbers(change: str, place: int) -> None:
    """A line with a number is missed when it is gone, and when it is there twice or elsewhere."""
    lines = [{**one, "n": number} for number, one in enumerate(JOURNAL.values())]
    # The numbers alone do not show that the very end is gone: "stack" is missed by its name.
    remedied = {"schema": RUN_SCHEMA, "event": "remedied", "urn": GOOD, "properties": {}, "n": len(lines)}
    lines.append(remedied)
    assert told(a_run(journal=lines)) == []

    one = lines.pop(place)
    if change != "lost":
        lines[place + 1 : place + 1] = [one] if change == "swapped" else [one, one]

    assert "the pack's log has lost or doubled lines: their numbers do not fit" in told(a_run(journal=lines))


def test_the_pack_numbers_its_lines(tmp_path: Path) -> None:
    """Every line that a pack writes has its number, whichever kind it is."""
    journal = Journal(tmp_path / "journal")
    journal.event("start", pack="1")
    journal.findings(report(a_run()).findings)
    journal.event("stack")
    journal.close()

    lines = [json.loads(text) for text in (tmp_path / "journal").read_text().splitlines()]
    assert [one["n"] for one in lines] == list(range(len(lines)))
    assert len(lines) == len(JOURNAL)
    assert (numbers_fit(lines), numbers_fit(lines[1:]), numbers_fit(lines[:1] + lines)) == (True, False, False)


# --- updates ----------------------------------------------------------------------------------------------------------

BLOCKED = line(SAME, ALONE, "FAIL", blocks=True)
STOPPED = heard(SAME, ALONE, "it is bad", "mandatory")
OF_UPDATE = {"summaryEvent": {**SUMMARY, "isPreview": False}}


@pytest.mark.parametrize(
    ("run", "problems"),
    [
        pytest.param(
            an_update(stdout=""), ["pulumi up printed no stream of events that can be read"], id="nothing printed"
        ),
        pytest.param(
            replace(an_update(), stdout=an_update("good").stdout),
            ["good: the stream of events lacks this resource, which the event log has"],
            id="less printed",
        ),
        pytest.param(
            replace(an_update("good"), stdout=an_update().stdout),
            ["good: the event log lacks this resource, which the stream of events has"],
            id="more printed",
        ),
        pytest.param(
            an_update(events=a_run().events), ["the event log is not that of pulumi up"], id="the log of a preview"
        ),
        pytest.param(
            an_update("stack asked", journal=but(JOURNAL, stack=None, whole=None)),
            ["the pack did not see the whole stack"],
            id="the stack not seen",
        ),
        pytest.param(an_update(code=1), ["pulumi up ended with exit code 1 and gave no reason"], id="no reason"),
    ],
)
def test_an_update_without_proof(run: EngineRun, problems: list[str]) -> None:
    """An update prints its events; they are held against the log like a preview's digest."""
    assert told(run) == problems
    assert report(run).exit_code() is Exit.ERROR


def test_an_update_that_was_stopped_by_a_rule() -> None:
    """A blocked update ends at the resource and never comes to the whole stack; a preview does."""
    journal = but(JOURNAL, same=BLOCKED, stack=None, whole=None)
    told_of = numbered(but(EVENTS, same_heard=STOPPED, stack_asked=None, same=None, summary=OF_UPDATE))
    run = an_update(events=told_of, stdout=an_update("same").stdout, journal=journal, code=255)

    assert (told(run), report(run).exit_code()) == ([], Exit.FAILED)
    assert "the pack did not see the whole stack" in told(a_run(journal=journal, code=255))


def test_an_update_that_was_stopped_leaves_no_failure_out() -> None:
    """What the pack answered while the engine stopped may be missing there; what the engine heard may not be here."""
    late = {**BLOCKED, "resource": {"urn": GOOD, "type": LOCATION.type, "name": "good"}}
    events = but(EVENTS, same_heard=STOPPED, summary=OF_UPDATE, good_asked=asked(GOOD, passed=[LOOKED.name]))
    events[events.index(EVENTS["good"])] = asked(GOOD, failed=[ALONE.name])

    def stopped(journal: Lines) -> list[str]:
        return told(an_update(events=numbered(events), stdout=an_update("good").stdout, journal=journal, code=255))

    assert stopped(but(JOURNAL, same=BLOCKED, good=late)) == []
    assert stopped(but(JOURNAL, same={**BLOCKED, "outcome": "PASS", "blocks": False}, good=late)) != []


def test_a_failure_that_comes_too_late_is_called_so() -> None:
    """Rules of the whole stack are asked after an update's last step."""
    late = line(GOOD, WHOLE, "FAIL", blocks=True)

    told_late = {**heard(GOOD, WHOLE, "it is bad", "mandatory"), **EVENTS["stack asked"]}
    events = but(EVENTS, summary=OF_UPDATE, stack_asked=told_late)

    found = report(an_update(events=numbered(events), journal=but(JOURNAL, whole=late), code=255))

    assert found.exit_code() is Exit.FAILED
    assert found.problems == ()
    told = f"good: {WHOLE.id} {WHOLE.name} was judged after the update, which it could not prevent"
    assert told in found.notices
    assert (found.runs[0].command, found.runs[0].code) == ("up", 255)


@pytest.mark.parametrize(
    ("make", "members", "problem"),
    [
        pytest.param(a_run, {"cancelled": 2, "code": 255}, "the preview was cancelled (SIGINT)", id="a preview"),
        pytest.param(an_update, {"cancelled": 15, "code": 1}, "the update was cancelled (SIGTERM)", id="an update"),
        pytest.param(a_run, {"cancelled": 2}, "the preview was cancelled (SIGINT)", id="too late to matter"),
        pytest.param(a_run, {"code": -9}, "pulumi preview was killed (SIGKILL)", id="killed"),
        pytest.param(a_run, {"code": -250}, "pulumi preview was killed (signal 250)", id="a signal without name"),
    ],
)
def test_a_run_that_was_ended(make: Callable[..., EngineRun], members: dict[str, Any], problem: str) -> None:
    """Somebody ended it: that is the one problem, and what was found before stays."""
    run = make(**{"events": [], "stdout": "", "journal": but(JOURNAL, stack=None), **members})

    found = report(run)

    assert [one.what for one in found.problems] == [problem]
    assert len(found.findings) == len(JOURNAL) - 2
    assert found.exit_code() is Exit.ERROR
