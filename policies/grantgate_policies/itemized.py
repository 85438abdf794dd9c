"""Whether every rule judged every entry of every list that the engine was given."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Outcome
from grantgate_policies.engine.words import name_of
from grantgate_policies.report import Problem
from grantgate_policies.subjects import LookupRead, items_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.core import Finding, Rule

AGAIN: Final = "run again"


def items_missed(
    planned: Mapping[str, Mapping[str, Any]],
    findings: Iterable[Finding],
    stack: Mapping[str, Any],
    catalogue: Iterable[Rule],
) -> Iterator[Problem]:
    """Say where a rule did not judge every item of a list that the engine was given."""
    lists = {urn: found for urn, new in planned.items() if (found := items_of(new["type"], new.get("inputs")))}
    counts: Counter[tuple[str, str]] = Counter()
    raised: set[tuple[str, str]] = set()
    for finding in findings:
        if finding.resource.urn in lists:
            key = finding.resource.urn, finding.rule.name
            counts[key] += finding.things
            if finding.outcome is Outcome.ERROR and not finding.item:
                raised.add(key)  # the list could not be read, and that is told once
    seen = {urn for urn, _ in counts}
    # What the engine was not shown as a whole was not judged as a whole.
    due = [rule for rule in catalogue if rule.gather is None or stack]
    for urn, (kind, count) in sorted(lists.items()):
        about = [rule for rule in due if issubclass(kind, rule.about) and (urn, rule.name) not in raised]
        if urn not in seen or not count:
            continue
        if not any(counts[urn, rule.name] for rule in about):
            yield Problem(f"nothing judged the {count:,} things that it lists", name_of(urn), AGAIN)
            continue
        for rule in about:
            # A rule may be about the lookup itself as well.
            wanted = count + issubclass(LookupRead, rule.about)
            if counts[urn, rule.name] != wanted:
                told = f"{counts[urn, rule.name]:,} of the {wanted:,}"
                yield Problem(f"{rule.name} judged {told} things that it lists", name_of(urn), AGAIN)
