"""
Whether a run of the engine proves that the pack ran on every resource that it should have.

Three records are made independently of each other, and must agree: what the command prints (the digest of a preview,
the stream of an update), the engine's event log, and the pack's journal. A line that is missing from one of them is
noticed by the others, and a log that lost lines by its own numbers. What the journal says became of a rule is what the
engine was told of it. What is missing or different is a problem, never a pass.

The program under test runs as the same user, and its environment names the journal, which the engine hands on to the
pack and to it alike. It cannot turn a failure green by rewriting the journal alone; one that finds and rewrites both
logs as they are written could. Against a program that is out to deceive, rules of the repository it lives in and a job
of its own must stand, which docs/pull-requests.md describes.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Outcome
from grantgate_policies.engine.errors import NOUNS, never_started, said, tail, was_stopped
from grantgate_policies.engine.runs import PREVIEW
from grantgate_policies.engine.words import GONE, name_of, steps
from grantgate_policies.handed_in import stand_ins
from grantgate_policies.itemized import items_missed
from grantgate_policies.journal import events as events_of
from grantgate_policies.journal import numbers_fit, opening
from grantgate_policies.report import Problem
from grantgate_policies.subjects import OUR_TYPES, judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from grantgate_policies.core import Finding, Rule
    from grantgate_policies.engine.runs import EngineRun

PACK: Final = "grantgate"
"""What every pack of ours calls itself: pack.py has the same word, and imports more than this may."""

LOOKED: Final = "LKP-01"
"""The rule without whose finding no lookup counts as judged."""

AGAIN: Final = "run again"
OWN: Final = "declare lookups by grantgate's own classes, with neither a provider nor a component of the program's"
_REFRESH: Final = "refresh"
_UNCOMPARED: Final = frozenset({*GONE, _REFRESH, "read-replacement"})
"""Operations that change nothing, that leave nothing, or that only one of the two records shows."""

_SUCCEEDED: Final = "succeeded"
_ENDINGS: Final = frozenset({_SUCCEEDED, "failed", "canceled"})
_SUMMARY: Final = "policyAnalyzeSummaryEvent"
_STACK_SUMMARY: Final = "policyAnalyzeStackSummaryEvent"
_TOLD: Final = "policyEvent"
_MANDATORY: Final = "mandatory"


def missing_proof(
    run: EngineRun,
    start: Mapping[str, Any],
    stack: Mapping[str, Any],
    planned: Mapping[str, Mapping[str, Any]],
    findings: Sequence[Finding],
    *,
    failed: bool,
    catalogue: Sequence[Rule] = (),
) -> list[Problem]:
    """
    Say what the run does not prove; nothing when it proves all.

    ``start`` and ``stack`` are the journal's first and last line, empty when there is none; ``planned`` are the
    resources that the event log plans; ``catalogue`` are the rules that judge; ``failed`` tells that the engine has
    said why it failed.
    """
    if was_stopped(run):
        return []
    if not start or any(events_of(run.journal, "refused")):
        return never_started(run, failed=failed)
    problems = [*_torn(run), *_end(run), *_pack(run)]
    if not failed or run.printed():
        problems += _printed(run)
    seen = {finding.resource.urn for finding in findings}
    problems += _judged(run, planned, findings, stack, failed=failed)
    # Policies are not shown what a program pickled; the engine's own log is.
    problems += [
        Problem(f"it is no lookup of this release: {why}", name_of(urn), OWN) for urn, why in stand_ins(planned)
    ]
    problems += items_missed(planned, findings, stack, catalogue)
    # The pack saw the stack itself: what it lists and has no finding about was lost on the way.
    lost = {urn for urn in stack.get("judged", ()) if urn not in seen and urn not in planned}
    problems += [_about("the pack saw this resource and told nothing about it", urn) for urn in sorted(lost)]
    blocked = any(finding.blocks for finding in findings)
    # An engine that stops at a failure may leave out what the pack answers meanwhile.
    excused = failed or (blocked and run.command != PREVIEW)
    problems += _whole_stack(run, stack, findings, excused=excused)
    problems += _rules(run, planned, findings, excused=excused)
    problems += _outcomes(run, findings, excused=excused)
    if run.code and not failed and not blocked and not problems:
        what = f"pulumi {run.command} ended with exit code {run.code} and gave no reason"
        problems.append(Problem(what, remedy=said(run) or tail(run) or AGAIN))
    return problems


def stays(events: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Give the new state of every resource that the stack will have, reads aside, by its URN."""
    events = list(events)
    gone = {step.get("urn") for step in steps(events) if step.get("op") in GONE}
    # What an alias renames is no more under its old name.
    gone |= {old for step in steps(events) if (old := (step.get("old") or {}).get("urn")) != step.get("urn")}
    news = _news(events, reads=False)
    # A refresh looks at everything in the state, also at what the program no longer has.
    return {new["urn"]: new for op, new in news if op != _REFRESH or new["urn"] not in gone}


def read_only(events: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Give what a program reads with get() or an id, by its URN."""
    return {new["urn"]: new for _, new in _news(events, reads=True)}


def _news(events: Iterable[Mapping[str, Any]], *, reads: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for metadata in steps(events):
        new, op = metadata.get("new"), str(metadata.get("op", ""))
        if not isinstance(new, dict) or op in GONE or not new.get("urn") or not new.get("type"):
            continue
        if bool(new.get("external") or op.startswith("read")) is reads:
            yield op, new


# --- the event log by itself ------------------------------------------------------------------------------------------


def _torn(run: EngineRun) -> Iterator[Problem]:
    if run.torn:
        what = f"{run.torn} lines of the engine's or the pack's log cannot be read"
        yield Problem(what, remedy="see whether a disk is full, then run again")
    numbers = [event["sequence"] for event in run.events if isinstance(event.get("sequence"), int)]
    # The engine numbers its events from 0, and leaves none out.
    if numbers and (numbers[0] != 0 or any(later != one + 1 for one, later in pairwise(numbers))):
        yield Problem("the engine's event log has lost events: their numbers have gaps", remedy=AGAIN)
    if not numbers_fit(run.journal):
        yield Problem("the pack's log has lost or doubled lines: their numbers do not fit", remedy=AGAIN)


def _end(run: EngineRun) -> Iterator[Problem]:
    """Say what the event log lacks of an end, and what its end says."""
    noun = NOUNS.get(run.command, run.command)
    found = [event["summaryEvent"] for event in run.events if isinstance(event.get("summaryEvent"), dict)]
    if not found:
        what = f"the {noun} did not come to its end: its event log has no summary"
        yield Problem(what, remedy=said(run) or AGAIN)
        return
    if not any("cancelEvent" in event for event in run.events):  # which every log ends with, cancelled or not
        yield Problem(f"the {noun}'s event log stops before its end", remedy=said(run) or AGAIN)
    summary = found[-1]
    if summary.get("maybeCorrupt"):
        yield Problem("the engine says that the stack's state may be corrupt", remedy="repair the stack and run again")
    if summary.get("isPreview", run.command == PREVIEW) is not (run.command == PREVIEW):
        yield Problem(f"the event log is not that of pulumi {run.command}", remedy=AGAIN)
    result = str(summary.get("result") or "")  # which older engines do not say
    if result and result not in _ENDINGS:
        yield Problem(f"the engine says that the {noun} ended with {result!r}, which this release does not know")
    elif result and (result == _SUCCEEDED) is not (run.code == 0):
        what = f"the engine says that the {noun} {result}, and ended with exit code {run.code}"
        yield Problem(what, remedy=said(run) or AGAIN)
    elif result == "canceled":
        yield Problem(f"the engine says that the {noun} was cancelled", remedy=AGAIN)


def _pack(run: EngineRun) -> Iterator[Problem]:
    """Say when the engine does not name our pack among those that it ran."""
    for event in run.events:
        packs = (event.get("summaryEvent") or {}).get("PolicyPacks")
        # The name is followed by where the pack came from.
        if isinstance(packs, dict) and any(key.partition("|")[0] == PACK for key in packs):
            return
    if any("summaryEvent" in event for event in run.events):
        remedy = f"check that {run.pack} is grantgate's policy pack"
        yield Problem("the engine does not name grantgate among the policy packs that ran", str(run.pack), remedy)


# --- the event log against what the command printed -------------------------------------------------------------------


def _printed(run: EngineRun) -> Iterator[Problem]:
    """Compare the steps of the event log to those that the command printed itself."""
    what = "digest" if run.command == PREVIEW else "stream of events"
    printed = run.printed()
    digest = run.digest if run.command == PREVIEW else {}
    if digest is None or (run.command != PREVIEW and not printed):
        yield Problem(f"pulumi {run.command} printed no {what} that can be read", remedy=said(run) or AGAIN)
        return
    summary: Mapping[str, Any] = next((event["summaryEvent"] for event in run.events if event.get("summaryEvent")), {})
    if run.command == PREVIEW and (digest.get("changeSummary") or {}) != (summary.get("resourceChanges") or {}):
        yield Problem(f"the {what} and the event log do not count the same changes", remedy=AGAIN)
    if digest.get("maybeCorrupt"):
        yield Problem("the engine's digest says that the stack's state may be corrupt", remedy=AGAIN)
    logged, shown = _compared(steps(run.events)), _compared(printed)
    for urn in sorted(shown - logged):
        yield _about(f"the event log lacks this resource, which the {what} has", urn)
    for urn in sorted(logged - shown):
        yield _about(f"the {what} lacks this resource, which the event log has", urn)


def _compared(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """Give the URNs that both records show: default providers are the engine's own business."""
    urns = {str(step.get("urn")) for step in found if step.get("urn") and step.get("op") not in _UNCOMPARED}
    return {urn for urn in urns if "::pulumi:providers:" not in urn and "$pulumi:providers:" not in urn}


# --- the engine's logs against the journal ----------------------------------------------------------------------------


def _judged(
    run: EngineRun,
    planned: Mapping[str, Mapping[str, Any]],
    findings: Sequence[Finding],
    stack: Mapping[str, Any],
    *,
    failed: bool,
) -> Iterator[Problem]:
    """Say which resources nobody judged, and which judgements only one side has."""
    seen = {finding.resource.urn for finding in findings}
    looked = {finding.resource.urn for finding in findings if finding.rule.id == LOOKED}
    summaries = _summaries(run.events)
    listed = set(stack.get("judged", ()))
    # A run that failed may have refreshed what it did not come to.
    only_refreshed = _only_refreshed(run.events) if failed else frozenset()
    for urn, new in sorted(planned.items()):
        if not judged(new["type"]) or urn in only_refreshed:
            continue
        if urn not in (looked if new["type"].startswith(OUR_TYPES) else seen):
            yield _about("the pack did not judge this resource", urn)
        elif urn not in summaries:
            yield _about("the engine does not say that the pack judged this resource", urn)
        elif stack and urn not in listed:
            yield _about("the pack did not see this resource in the whole stack", urn)


def _rules(
    run: EngineRun, planned: Mapping[str, Any], findings: Iterable[Finding], *, excused: bool
) -> Iterator[Problem]:
    """Say which rules only one side has applied to a resource."""
    summaries = _summaries(run.events)
    told: dict[str, set[str]] = {}
    for finding in _applicable(findings):
        if finding.rule.gather is None:
            told.setdefault(finding.resource.urn, set()).add(finding.rule.name)
    for urn, names in sorted(summaries.items()):
        found = told.get(urn, set())
        for name in sorted(names - found):
            yield _about(f"the engine says that the pack judged it by {name}, of which its log has nothing", urn)
        for name in sorted(found - names):
            yield _about(f"the pack's log has a judgement by {name}, of which the engine says nothing", urn)
    for urn in sorted(told.keys() - summaries.keys() - planned.keys() if not excused else ()):
        yield _about("the pack's log has judgements of this resource, of which the engine says nothing", urn)


def _whole_stack(
    run: EngineRun, stack: Mapping[str, Any], findings: Sequence[Finding], *, excused: bool
) -> Iterator[Problem]:
    """Say when the pack was not shown the whole stack, or its log has not all that it found there."""
    summaries = list(_of_pack(run.events, _STACK_SUMMARY))
    if not stack:
        if summaries or not excused:
            yield Problem("the pack did not see the whole stack", remedy=AGAIN)
        return
    if not summaries and not excused:
        yield Problem("the engine does not say that the pack saw the whole stack", remedy=AGAIN)
    found = [finding for finding in findings if finding.rule.gather]
    told = {finding.rule.name for finding in _applicable(found)}
    named = {name for summary in summaries for name in _names(summary)}
    lost = named - told
    if lost:
        what = (
            f"the engine says that the pack judged the stack by {', '.join(sorted(lost))}, of which its log has nothing"
        )
        yield Problem(what, remedy=AGAIN)
    elif summaries and told - named:
        what = f"the pack's log judges the stack by {', '.join(sorted(told - named))}, of which the engine says nothing"
        yield Problem(what, remedy=AGAIN)
    elif len(found) != stack.get("findings", len(found)):
        what = f"the pack found {stack['findings']} things in the whole stack, of which its log has {len(found)}"
        yield Problem(what, remedy=AGAIN)


def _outcomes(run: EngineRun, findings: Sequence[Finding], *, excused: bool) -> Iterator[Problem]:
    """
    Say where the engine was told another outcome than the journal has: the one that it shows, or that it counts.

    Shape: ``excused`` when the engine may have left out what it was told.
    """
    heard: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for event in _of_pack(run.events, _TOLD):
        heard.setdefault((str(event.get("resourceUrn")), str(event.get("policyName"))), []).append(event)
    journal: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        if opening(finding):
            journal.setdefault((finding.resource.urn, finding.rule.name), []).append(finding)
    for urn, name in sorted(heard.keys() | journal.keys()):
        events, found = heard.get((urn, name), []), journal.get((urn, name), [])
        if not found:
            yield _about(f"the engine was told that it does not pass {name}, and the pack's log does not say so", urn)
        elif not events:
            if not excused:
                yield _about(f"the pack's log says that it does not pass {name}, and the engine was told nothing", urn)
        elif not _same(events, found, excused=excused):
            yield _about(f"the engine was told another outcome of {name} than the pack's log has", urn)
    yield from _counted(run.events, heard.keys() | journal.keys())


def _counted(events: Sequence[Mapping[str, Any]], known: AbstractSet[tuple[str, str]]) -> Iterator[Problem]:
    """Say which rules the engine counts as failed, and which nobody has told of."""
    failed = {(str(one.get("resourceUrn")), name) for one in _of_pack(events, _SUMMARY) for name in _failed(one)}
    for urn, name in sorted(failed - known):
        yield _about(f"the engine counts {name} as failed, and the pack's log does not say so", urn)
    whole = {name for one in _of_pack(events, _STACK_SUMMARY) for name in _failed(one)}
    for name in sorted(whole - {name for _, name in known}):
        what = f"the engine counts {name} as failed by the stack, and the pack's log does not say so"
        yield Problem(what, remedy=AGAIN)


def _same(events: Sequence[Mapping[str, Any]], found: Sequence[Finding], *, excused: bool) -> bool:
    """Say whether what the engine was told of a rule is what the journal has of it, failure by failure."""
    told = Counter((str(event.get("enforcementLevel")) == _MANDATORY, str(event.get("severity"))) for event in events)
    noted = Counter((finding.blocks, finding.severity.value) for finding in found)
    if told - noted or (noted - told and not excused):
        return False
    heads = [_head(event, found[0].rule.summary) for event in events]
    # The words are compared by their beginning: the engine takes secrets out of the rest.
    return all(any(head.startswith(opening(finding)) for head in heads) for finding in found) and all(
        any(head.startswith(opening(finding)) for finding in found) for head in heads
    )


def _head(event: Mapping[str, Any], summary: str) -> str:
    """Give what the pack said after the rule's summary."""
    lines = summary.count("\n") + 1
    return str(event.get("message") or "").split("\n", lines)[-1]


def _applicable(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.outcome is not Outcome.NOT_APPLICABLE)


def _summaries(events: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """Give the rules that the engine heard of, by the resource that our pack was asked about."""
    found: dict[str, set[str]] = {}
    for summary in _of_pack(events, _SUMMARY):
        found.setdefault(str(summary.get("resourceUrn")), set()).update(_names(summary))
    return found


def _of_pack(events: Iterable[Mapping[str, Any]], kind: str) -> Iterator[Mapping[str, Any]]:
    for event in events:
        summary = event.get(kind)
        if isinstance(summary, dict) and summary.get("policyPackName") == PACK:
            yield summary


def _names(summary: Mapping[str, Any]) -> set[str]:
    return {str(name) for name in summary.get("passed") or ()} | _failed(summary)


def _failed(summary: Mapping[str, Any]) -> set[str]:
    return {str(name) for name in summary.get("failed") or ()}


def _only_refreshed(events: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    operations: dict[str, set[str]] = {}
    for step in steps(events):
        operations.setdefault(str(step.get("urn")), set()).add(str(step.get("op")))
    return frozenset(urn for urn, found in operations.items() if found == {_REFRESH})


def _about(what: str, urn: str) -> Problem:
    return Problem(what, name_of(urn), AGAIN)
