"""
The invariant: green only if every lookup really read and every rule really ran; and never silent, hanging or leaking.

It is worked out from the program, from the journal of AWS, from what AWS held and from the catalogue of rules. The
product's own proof is not asked.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Final

from . import outcomes, reads, truths
from .cases import FULL, KILL, MEMORY, PLAIN, UP
from .cases import RULES as RULES_CHANGED
from .evidence import moment
from .machine import KEY_ID, PASSPHRASE, SECRET_KEY
from .reads import Heard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .cases import Case
    from .evidence import Ran

_CODES: Final = frozenset(range(5))
_TRACES: Final = re.compile(r"Traceback \(most recent call last\)|goroutine 1 \[|panic: ")
_OURS: Final = re.compile(r'File "[^"]*/(?:grantgate|grantgate_policies)/[^"]*"')
_CANARIES: Final = re.compile("|".join((KEY_ID, re.escape(SECRET_KEY), PASSPHRASE, r"\bASIA[A-Z0-9]{12,}")))
_INTERRUPTED: Final = {"INT": 130, "TERM": 143, "KILL": -9}
_REASONS: Final = {1: "FAIL", 3: "UNKNOWN", 4: "ERROR"}


def violations(case: Case, ran: Ran, texts: Mapping[str, str]) -> list[str]:
    """Say how a command broke the invariant; ``texts`` are the files that it left, by their names."""
    found = [*_bounded(case, ran), *_told(case, ran), *_silent(case, ran, texts)]
    if ran.green:
        found += [*_earned(case, ran), *_judged(case, ran), *_true(case, ran)]
    elif case.has_to_pass:
        found.append(f"it cries wolf: exit code {ran.code} where nothing is wrong")
    return found


# --- green has to be earned -------------------------------------------------------------------------------------------


def _earned(case: Case, ran: Ran) -> Iterator[str]:
    """Say what was not read in each of the phases that a green run has."""
    phases = list(_phases(ran))
    wanted = [True, False] if case.command == UP else [True]
    if [preview for preview, _ in phases] != wanted:
        yield f"green after programs that began as previews {[preview for preview, _ in phases]}"
    for preview, heard in phases:
        for missing in reads.unread(case, heard):
            yield f"green without having looked in the {'preview' if preview else 'update'}: {missing}"


def _phases(ran: Ran) -> Iterator[tuple[bool, Heard]]:
    """Give what was heard from each beginning of the program to the next."""
    for index, start in enumerate(ran.starts):
        later = ran.starts[index + 1].at if index + 1 < len(ran.starts) else None
        entries = [
            entry
            for entry in ran.journal
            if start.at <= (at := moment(entry["time"])) and (later is None or at < later)
        ]
        yield start.preview, Heard.of(entries)


def _judged(case: Case, ran: Ran) -> Iterator[str]:
    """Say which rule has no outcome for which lookup, and which outcomes no green run has."""
    for finding in ran.findings:
        if finding["blocks"]:
            yield f"green although {finding['ruleId']} blocks on {finding['resource']['name']}"
    *_, heard = (Heard(()), *(heard for _, heard in _phases(ran)))
    for what in outcomes.missing(case, heard, ran.findings):
        yield f"green, and {what}"


def _true(case: Case, ran: Ran) -> Iterator[str]:
    """Say what AWS held that must not pass, and what was reported that AWS never held."""
    for what in truths.broken(case, ran):
        yield f"green although AWS holds what breaks {what}"
    if ran.report is None:
        return
    held = {
        (site.account, site.region, location.scope, role)
        for site in case.world.sites.values()
        for location in site.locations
        for role in (location.role, ran.roles.get((site.account, site.region, location.id)))
    }
    for one in ran.report.get("locations", ()):
        if (one["account"], one["region"], one["scope"], one["role"]) not in held:
            yield f"green, and it reports of {one['name']} what AWS does not hold: {one['scope']} with {one['role']}"


# --- whatever the verdict ---------------------------------------------------------------------------------------------


def _bounded(case: Case, ran: Ran) -> Iterator[str]:
    # A host that died half, for want of memory, keeps the engine waiting. Only grantgate ends that, and no update.
    unended = case.command == PLAIN or not all(start.preview for start in ran.starts)
    if ran.late and not (case.trouble.kind == MEMORY and unended):
        yield f"it did not end within {ran.seconds:.0f} s"
    ended_it = case.trouble.kind == KILL and case.trouble.victim == "gate"
    could_clean_up = not (ended_it and case.trouble.signal == "KILL") and case.command != PLAIN and not ran.late
    if ran.left and could_clean_up:
        yield f"it left processes running: {'; '.join(ran.left)[:300]}"
    if case.command == PLAIN or ran.late:
        return
    allowed = _CODES | ({_INTERRUPTED[case.trouble.signal]} if ended_it else set())
    if ran.code not in allowed:
        yield f"exit code {ran.code}"
    changed = case.trouble.kind == RULES_CHANGED and ran.green
    if changed:
        yield "green although the rules file changed while it was used"


def _told(case: Case, ran: Ran) -> Iterator[str]:
    """Say when a run that is not green gives no reason, or leaves a report that says otherwise."""
    if ran.green or ran.late:
        return
    killed = ran.code == _INTERRUPTED["KILL"]
    report = ran.report
    if case.command == PLAIN:
        if not killed and not (ran.out + ran.err).strip():
            yield "not green, and not a word about it"
        return
    # Where one report finds no room, another may have: the reason then stands on standard error.
    says_why = case.trouble.kind == FULL and bool(ran.err.strip())
    if report is not None and str(report.get("verdict", "")).startswith("PASSED"):
        if report.get("at") is None or not says_why:
            yield f"exit code {ran.code}, and the report says {report['summary']}"
        return
    if killed or says_why:
        return
    if report is None or "exitCode" not in report or "problems" not in report:
        yield f"exit code {ran.code}, and no report that can be read"
        return
    blocking = {finding["outcome"] for finding in report.get("findings", ()) if finding["blocks"]}
    if not report["problems"] and _REASONS.get(ran.code) not in blocking:
        yield f"exit code {ran.code}, and the report gives no reason"


def _silent(case: Case, ran: Ran, texts: Mapping[str, str]) -> Iterator[str]:
    """Say where frames of a program were shown to a user, and where a credential."""
    shown = {"standard output": ran.out, "standard error": ran.err}
    for name, text in {**shown, **texts}.items():
        if found := _CANARIES.search(text):
            yield f"{name} holds a credential: {found.group()[:8]}..."
    for name, text in shown.items():
        # Of a process that is killed or starved the engine tells what it said last, and that may be anybody's frames.
        traces = _OURS if case.trouble.kind in {KILL, MEMORY, FULL} else _TRACES
        if found := traces.search(text):
            yield f"{name} shows a traceback: {' '.join(text[found.start() :].split())[:200]}"


def differences(after: Ran, fresh: Ran) -> Iterator[str]:
    """
    Say in what the verdict of a state that was mistreated differs from that of a fresh one.

    A red run may stop before it has come to everything; what it did not come to differs from run to run.
    """
    if after.code != fresh.code:
        yield f"afterwards the same program without faults ends with {after.code}, on a fresh state with {fresh.code}"
    one, other = _verdict(after), _verdict(fresh)
    if after.green and fresh.green and one != other:
        shown = json.dumps(sorted(map(str, (one - other) + (other - one)))[:3])
        yield f"afterwards the same program without faults is judged otherwise than on a fresh state: {shown}"


def _verdict(ran: Ran) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for finding in ran.findings:
        about = finding["resource"]
        key = (finding["ruleId"], finding["outcome"], about["name"], about.get("item", ""))
        found[key] += int(finding.get("count", 1))
    return found
