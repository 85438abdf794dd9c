"""The judge of a real run, asked about made-up resources."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Finding, Outcome, Rule
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.standing import Moment
from grantgate_policies.testing.declared import Declared, shown, urn_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate_policies.rulebook import RuleBook

ORGANIZATION: Final[Mapping[str, Any]] = {
    "name": "acme",
    "accounts": {
        "111122223333": {"name": "data-prod", "environment": "prod"},
        "444455556666": {"name": "data-dev", "environment": "dev"},
    },
    "regions": ["eu-west-1", "us-east-1"],
}
"""The organization that resources belong to where a test names none."""

STACK: Final = "prod"
TODAY: Final = dt.date(2026, 1, 1)
"""The day on which resources are judged where a test names none: a test must not change its answer with time."""

_NAME: Final = "rules.json"  # what a made-up rules file is called in messages


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What became of every rule on every resource; ``str()`` lists it, one finding a line."""

    findings: tuple[Finding, ...]

    def of(self, rule: str | Rule, resource: str = "") -> Outcome:
        """
        Give the outcome of one rule (its id, its name or itself) on one resource, or on all of them.

        An Outcome equals its own word, so ``outcomes.of("ACME-01", "finance") == "FAIL"`` is an assertion.

        Errors: LookupError, with everything that was found, where there is no outcome or more than one.
        """
        outcomes = {finding.outcome for finding in self.found(rule, resource)}
        if len(outcomes) == 1:
            return outcomes.pop()
        what = " and ".join(sorted(outcome.value for outcome in outcomes)) or "no outcome"
        about = f" on {resource!r}" if resource else ""
        raise LookupError(f"{what} of {_word(rule)}{about}; found:\n{self}")

    def found(self, rule: str | Rule, resource: str = "") -> tuple[Finding, ...]:
        """Give the findings of one rule, on the resources of one name or URN or on all of them."""
        return tuple(
            finding
            for finding in self.findings
            if _word(rule) in {finding.rule.id, finding.rule.name}
            and resource in {"", finding.name, finding.resource.name, finding.resource.urn}
        )

    def messages(self, rule: str | Rule, resource: str = "") -> tuple[str, ...]:
        """Give what one rule said, nothing left out but empty messages."""
        return tuple(finding.message for finding in self.found(rule, resource) if finding.message)

    def __str__(self) -> str:
        return "\n".join(
            f"{finding.outcome.value} {finding.rule.id} {finding.rule.name} on {finding.name!r}"
            + (f": {finding.message}" if finding.message else "")
            for finding in self.findings
        )


def judge(
    rules: Rule | Sequence[Rule],
    *resources: Declared,
    settings: Mapping[str, Any] | None = None,
    organization: Mapping[str, Any] | None = None,
    environments: Mapping[str, Any] | None = None,
    waivers: Sequence[Mapping[str, Any]] = (),
    stack: str = STACK,
    today: dt.date | dt.datetime = TODAY,
    preview: bool = False,
) -> Outcomes:
    """
    Judge the resources as one stack.

    Shape: ``settings`` is what the rules file says of the rule (its settings, level, onUnknown and the like), or of
           several rules by their names; ``organization``, ``environments`` and ``waivers`` are sections of a rules
           file; ``today`` is the day, or the time, in UTC; ``preview`` says that nothing has been changed yet, which
           few rules ask. Every resource rule judges before any stack rule does, as in a run.
    Errors: RulesFileError when these would be no rules file; ValueError for resources that the engine could not send.
    """
    asked = (rules,) if isinstance(rules, Rule) else tuple(rules)
    content = rules_file(
        {asked[0].name: settings} if isinstance(rules, Rule) and settings is not None else settings or {},
        organization=organization,
        environments=environments,
        waivers=[_waiver(entry) for entry in waivers],
    )
    book = parse(json.dumps(content), name=_NAME, rules=asked, pattern_checks=PATTERN_CHECKS)
    return judged(book, asked, resources, stack=stack, today=today, preview=preview)


def rules_file(
    rules: Mapping[str, Any],
    *,
    organization: Mapping[str, Any] | None = None,
    environments: Mapping[str, Any] | None = None,
    waivers: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Give a rules file of these sections as plain data."""
    sections: dict[str, Any] = {"rules": rules, "environments": environments, "waivers": list(waivers)}
    return {
        "version": 1,
        "organization": ORGANIZATION if organization is None else organization,
        **{name: section for name, section in sections.items() if section},
    }


def judged(
    book: RuleBook,
    rules: Sequence[Rule],
    resources: Sequence[Declared],
    *,
    stack: str,
    today: dt.date | dt.datetime,
    preview: bool = False,
) -> Outcomes:
    """Judge the resources by some rules of a rule book."""
    urns = [urn_of(one, stack) for one in resources]
    if twice := sorted({urn for urn in urns if urns.count(urn) > 1}):
        raise ValueError(f"two resources with the URN {twice[0]}")
    now = today if isinstance(today, dt.datetime) else dt.datetime.combine(today, dt.time(12), dt.UTC)
    engine = Judge(book, stack, now.date(), rules=tuple(rules), moment=Moment(now=now, preview=preview))
    found = [finding for one in resources for finding in engine.findings(shown(one, resources, stack, by_itself=True))]
    found += engine.stack_findings([shown(one, resources, stack, by_itself=False) for one in resources])
    order = {rule.name: place for place, rule in enumerate(rules)}
    return Outcomes(tuple(sorted(found, key=lambda one: (urns.index(one.resource.urn), order[one.rule.name]))))


def _waiver(entry: Mapping[str, Any]) -> dict[str, Any]:
    expires = entry.get("expires")
    return {**entry, "expires": expires.isoformat()} if isinstance(expires, dt.date) else dict(entry)


def _word(rule: str | Rule) -> str:
    return rule.name if isinstance(rule, Rule) else rule
