"""
The same inputs judged by two rules files: what the second would change.

Both judge the same facts in the same order, so findings are paired by resource, rule, item and place; a rule that only
one of them has stands against nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from grantgate_policies.checking import check
from grantgate_policies.core import Level, Outcome
from grantgate_policies.report import Exit

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.inputs import Input
    from grantgate_policies.report import Problem, Report
    from grantgate_policies.rulebook import RuleBook

SCHEMA: Final = "grantgate.what-if/1"


class Kind(StrEnum):
    """What a change is, in the order in which a reader cares."""

    ERROR = "newErrors"
    FAILING = "newlyFailing"
    UNDECIDED = "newlyUndecided"
    LEVEL = "changedLevel"
    WAIVED = "newlyWaived"
    UNJUDGED = "noLongerJudged"
    FIXED = "fixed"


_BECOMES: Final = {
    Outcome.ERROR: Kind.ERROR,
    Outcome.FAIL: Kind.FAILING,
    Outcome.UNKNOWN: Kind.UNDECIDED,
    Outcome.WAIVED: Kind.WAIVED,
    Outcome.NOT_APPLICABLE: Kind.UNJUDGED,
    Outcome.PASS: Kind.FIXED,
}

Pair: TypeAlias = "tuple[Finding | None, Finding | None]"
"""What the old and the new rules file say; None where the rule is in the other's catalogue only."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rule on one resource that the new rules file decides otherwise; at least one of the two is there."""

    kind: Kind
    before: Finding | None
    after: Finding | None

    @property
    def finding(self) -> Finding:
        """Give the newer of the two."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change of nothing")
        return found

    @property
    def new_block(self) -> bool:
        """Say whether it would block, and did not block in this way before."""
        now, was = self.after, self.before
        return bool(now and now.blocks and not (was and was.blocks and was.outcome is now.outcome))


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What a rules file would change.

    Shape: ``changes`` are sorted by kind, resource and rule; ``unchanged`` counts the rest by outcome; ``only_old`` and
           ``only_new`` name the rules that are in force in one of the files only.
    """

    old: str
    new: str
    source: str
    resources: int
    changes: tuple[Change, ...]
    unchanged: Mapping[Outcome, int]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]
    problems: tuple[Problem, ...] = ()

    def exit_code(self) -> Exit:
        """Say whether something that blocks is new: what could not be judged first, then failures, then unknowns."""
        blocks = {change.finding.outcome for change in self.changes if change.new_block}
        if self.problems and all(problem.exit is Exit.USAGE for problem in self.problems):
            return Exit.USAGE
        # An error that both have hides whatever the new file would say there.
        if self.problems or Outcome.ERROR in blocks or self.unchanged.get(Outcome.ERROR):
            return Exit.ERROR
        if Outcome.FAIL in blocks:
            return Exit.FAILED
        return Exit.UNDECIDED if blocks else Exit.PASSED

    def to_json(self) -> dict[str, Any]:
        """Give the shape ``grantgate.what-if/1``."""
        counts = Counter(change.kind for change in self.changes)
        return {
            "schema": SCHEMA,
            "exitCode": int(self.exit_code()),
            "old": self.old,
            "new": self.new,
            "source": self.source,
            "resources": self.resources,
            "counts": {kind.value: counts[kind] for kind in Kind},
            "unchanged": {outcome.value: self.unchanged.get(outcome, 0) for outcome in Outcome},
            "onlyInOld": list(self.only_old),
            "onlyInNew": list(self.only_new),
            "changes": [
                {
                    "kind": change.kind.value,
                    "newBlock": change.new_block,
                    "before": change.before.to_json() if change.before else None,
                    "after": change.after.to_json() if change.after else None,
                }
                for change in self.changes
            ],
            "problems": [{"about": one.about, "what": one.what, "remedy": one.remedy} for one in self.problems],
        }


def compare(inputs: Sequence[Input], old: RuleBook, new: RuleBook, now: dt.datetime) -> Comparison:
    """Judge the inputs by both rules files; ``now`` is the time in UTC."""
    before, after = check(inputs, old, now, merge=False), check(inputs, new, now, merge=False)
    changes: list[Change] = []
    unchanged: Counter[Outcome] = Counter()
    for was, becomes in _pairs(before, after):
        kind = _kind(was, becomes)
        if kind:
            changes.append(Change(kind, was, becomes))
        elif becomes:
            unchanged[becomes.outcome] += 1
    stacks = {seen.stack for one in inputs for seen in one.seen} or {""}
    in_old, in_new = _in_force(old, stacks), _in_force(new, stacks)
    return Comparison(
        old=old.path,
        new=new.path,
        source=after.source,
        resources=after.resources,
        changes=tuple(sorted(changes, key=_order)),
        unchanged=unchanged,
        only_old=tuple(sorted(in_old - in_new)),
        only_new=tuple(sorted(in_new - in_old)),
        problems=tuple(after.problems),
    )


def _pairs(before: Report, after: Report) -> Iterator[Pair]:
    """Put side by side what both say about the same rule and fact."""
    found: dict[tuple[str, str, str, int], list[Finding | None]] = {}
    for side, report in enumerate((before, after)):
        places: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for finding in report.findings:
            pair = finding.resource.urn, finding.rule.name, finding.item
            found.setdefault((*pair, places[pair]), [None, None])[side] = finding
            places[pair] += 1
    return ((was, becomes) for was, becomes in found.values())


def _kind(was: Finding | None, becomes: Finding | None) -> Kind | None:
    """Say what changed; None where nothing that matters did."""
    old = was.outcome if was else Outcome.NOT_APPLICABLE
    new = becomes.outcome if becomes else Outcome.NOT_APPLICABLE
    if old is not new:
        # A rule that is new and passes is no news, and nothing was wrong before.
        return None if old is Outcome.NOT_APPLICABLE and new is Outcome.PASS else _BECOMES[new]
    if was and becomes and was.blocks is not becomes.blocks:
        return Kind.LEVEL
    return None


def _in_force(rulebook: RuleBook, stacks: Iterable[str]) -> set[str]:
    """Name the rules that are configured, and not disabled, for any account of the file or any of the stacks."""
    sites = [(account, stack) for account in (None, *rulebook.organization.accounts) for stack in stacks]
    found = set()
    for rule in rulebook.catalogue:
        for account, stack in sites:
            effective = rulebook.effective(rule, account, stack)
            if effective.configured and effective.level is not Level.DISABLED:
                found.add(rule.name)
                break
    return found


def _order(change: Change) -> tuple[int, str, str, str, str, str]:
    finding = change.finding
    kind = list(Kind).index(change.kind)
    return kind, finding.resource.urn, finding.rule.id, finding.item, finding.field, finding.message
