"""
What the rules would say about a location that nobody has registered yet, and why.

The real judge decides; what is explained beside it (the pattern that allowed, the nearest miss, the edit that would
pass) is found with the same patterns, and an edit is offered only when the judge passes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from grantgate.arns import Arn, ArnError

from grantgate_policies import wire
from grantgate_policies.core import BLOCKING, UNKNOWN, Outcome, Severity
from grantgate_policies.judge import Judge
from grantgate_policies.matching import ROLE_FIELD, SCOPE_FIELD
from grantgate_policies.patterns import name_pattern, prefix_pattern, role_pattern, scope_pattern
from grantgate_policies.rewriting import LONGEST, Known, as_written
from grantgate_policies.scopes import Scope, ScopeError
from grantgate_policies.subjects import CLASSIC_LOCATION, Location

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.core import Bindings, Context, Finding, Resource, Rule, Verdict
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.segments import Segment

NAME: Final = "explained"
"""The name of the made-up location; waivers that go by name or URN do not know it."""

_ALLOWING: Final = frozenset({"allow", "templates"})
_NOT_ASKED: Final = frozenset({"AGL-08"})  # a question gives no tags
_TRIED: Final = 5  # patterns, nearest first, that an edit is tried for


@dataclass(frozen=True, slots=True)
class Question:
    """A location to explain; what is empty was not given."""

    scope: str
    role: str = ""
    account: str = ""
    region: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What one rule says.

    Shape: ``asked`` is False when the rule is about something that was not given; ``because`` are the patterns that
           decided; ``nearest`` is the miss that came closest; ``waivers`` name those that are about the location;
           ``edits`` are changes, each of which would pass; all of them sentences; ``first`` are the ids of rules that
           forbid what this one could be told to allow.
    """

    finding: Finding
    asked: bool
    because: tuple[str, ...] = ()
    nearest: str = ""
    waivers: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    first: tuple[str, ...] = ()


def explain(rulebook: RuleBook, question: Question, today: dt.date) -> tuple[Answer, ...]:
    """Answer for every rule about locations, in the order in which they are judged."""
    return _Explainer(rulebook, question, today).answers()


def not_asked(rulebook: RuleBook) -> tuple[str, ...]:
    """Give the ids of the rules about locations that no question can ask, sorted."""
    return tuple(sorted(rule.id for rule in rulebook.catalogue if Location in rule.about and not _asks(rule)))


def _asks(rule: Rule) -> bool:
    """Say whether a rule can answer: not one that needs the rest of the stack, nor one about tags."""
    return Location in rule.about and not rule.gather and rule.id not in _NOT_ASKED


@dataclass
class _Explainer:
    rulebook: RuleBook
    question: Question
    today: dt.date
    contexts: dict[str, Context] = field(default_factory=dict)
    findings: Sequence[Finding] = ()

    def answers(self) -> tuple[Answer, ...]:
        about = filter(_asks, self.rulebook.catalogue)
        rules = tuple(self._watched(rule) for rule in about)
        judge = Judge(self.rulebook, self.question.stack, self.today, rules=rules)
        self.findings = tuple(judge.findings(_resource(self.question)))
        return tuple(self._answer(finding, judge.used) for finding in self.findings)

    def _watched(self, rule: Rule) -> Rule:
        """Make the rule note what it was judged in."""

        def judge(fact: Any, context: Context) -> Verdict:
            self.contexts[rule.name] = context
            return rule.judge(fact, context)

        return replace(rule, judge=judge)

    def _answer(self, finding: Finding, used: set[int]) -> Answer:
        rule = finding.rule
        if not self.question.role and "iam_role_arn" in rule.needs:
            return Answer(finding, asked=False)
        finding = finding._replace(message=finding.message.replace("not known in this preview", "not given here"))
        waivers = tuple(
            f"{waiver.owner}: {waiver.reason} (until {waiver.expires}), {self.rulebook.path}:{waiver.line}"
            for waiver in self.rulebook.waivers
            if waiver.rule == rule.name and waiver.index in used
        )
        context = self.contexts.get(rule.name)
        if context is None:
            return Answer(finding, asked=True, waivers=waivers)
        tried = tuple(self._tries(rule, context))
        is_broken = finding.outcome in {Outcome.FAIL, Outcome.WAIVED}
        misses = [one for one in tried if one.allows and not one.decides and one.miss]
        nearest = misses[0] if is_broken and misses and not any(one.decides for one in tried) else None
        return Answer(
            finding,
            asked=True,
            because=tuple(one.reason(finding.outcome) for one in tried if one.decides),
            nearest=nearest.miss if nearest and not nearest.is_told_by(finding.message) else "",
            waivers=waivers,
            edits=tuple(dict.fromkeys(self._edits(rule, context, finding, tried))) if is_broken else (),
            first=_forbidding(self.findings, finding.field, rule) if _ALLOWING & rule.settings.keys() else (),
        )

    # --- patterns -----------------------------------------------------------------------------------------------------

    def _tries(self, rule: Rule, context: Context) -> Iterator[_Try]:
        """Hold the question against every pattern of the rule's settings, those that come nearest first."""
        effective = self.rulebook.effective(rule, context.account.id if context.account else None, context.stack)
        for setting, fragment in rule.settings.items():
            kind = fragment.get("items", {}).get("x-pattern")
            origin = effective.origins.get(setting, "default")
            where = "the rule's default" if origin == "default" else f"{origin}.{rule.name}"
            texts = context.settings.get(setting, ()) if kind else ()
            for text in sorted(texts, key=lambda one: -_alike(_filled(one, context), self._observed(kind))):
                tried = self._try(kind, setting, text, context)
                if tried:
                    yield replace(tried, where=where)

    def _observed(self, kind: str | None) -> str:
        return {"role": self.question.role, "name": self.question.stack}.get(kind or "", self.question.scope)

    def _try(self, kind: str | None, setting: str, text: str, context: Context) -> _Try | None:
        allows = setting in _ALLOWING
        if kind == "name":
            named = setting.startswith("allow") and name_pattern(text).matches(context.stack)
            return (
                _Try(setting, text, allows=True, told=f"{text!r}, which names the stack {context.stack!r}")
                if named
                else None
            )
        if kind == "role":
            arn = _arn(self.question.role)
            role = role_pattern(text)
            if arn is None:
                return None
            if not allows:
                return _Try(setting, text, told=repr(text)) if role.denies(arn, context.variables) else None
            found, why = role.matches(arn, context.variables), role.nearest(arn, context.variables)
        else:
            scope = _scope(self.question.scope)
            if scope is None or kind not in {"scope", "prefix"}:
                return None
            if not allows:
                touches = kind == "scope" and scope_pattern(text).touches(scope, context.variables)
                return _Try(setting, text, told=repr(text)) if touches else None
            pattern = scope_pattern(text) if kind == "scope" else prefix_pattern(text)
            found, why = pattern.admits(scope, context.variables), pattern.nearest(scope, context.variables)
        if found:
            return _Try(setting, text, allows=True, told=f"{text!r}{_captured(found)}")
        filled = _filled(text, context)
        here = f" (here {filled!r})" if filled != text else ""
        return _Try(setting, text, allows=True, miss=f"{text!r}{here}: {why}", why=why)

    # --- edits --------------------------------------------------------------------------------------------------------

    def _edits(self, rule: Rule, context: Context, finding: Finding, tried: Sequence[_Try]) -> Iterator[str]:
        if finding.edit:
            yield finding.edit
        if any(one.decides and not one.allows for one in tried):
            return  # denied: no allowing pattern helps
        allowing = [one for one in tried if one.allows]
        for one in allowing[:_TRIED]:
            changed = self._rewritten(rule, one, context)
            if changed and self._passes(rule, changed):
                yield f"Write {changed.scope if changed.role == self.question.role else changed.role!r}."
                break
        for one in allowing[:1]:
            added = self._as_pattern(rule, one)
            settings = {**context.settings, one.setting: [*context.settings[one.setting], added]}
            # What another rule forbids must not be advised, however easily this one would let it in.
            if added and not _forbidding(self.findings, finding.field, rule) and self._allows(rule, settings):
                place = one.where if one.where != "the rule's default" else f"rules.{rule.name}"
                yield f"Add {added!r} to {place}.{one.setting} in {self.rulebook.path}."

    def _passes(self, rule: Rule, question: Question) -> bool:
        """Ask the judge of another question; no other rule may forbid what has changed."""
        findings = tuple(Judge(self.rulebook, question.stack, self.today).findings(_resource(question)))
        changed = SCOPE_FIELD if question.role == self.question.role else ROLE_FIELD
        return _is_passed(findings, rule) and not _forbidding(findings, changed, rule)

    def _allows(self, rule: Rule, settings: Mapping[str, Any]) -> bool:
        """Ask the judge again, with the settings of one rule changed."""
        judge = Judge(self.rulebook, self.question.stack, self.today, settings={rule.name: settings})
        return _is_passed(judge.findings(_resource(self.question)), rule)

    def _rewritten(self, rule: Rule, tried: _Try, context: Context) -> Question | None:
        """Write the scope or the role as the pattern has it, keeping what fits."""
        kind = rule.settings[tried.setting].get("items", {}).get("x-pattern")
        known = Known({name: value for name, value in context.variables.items() if value}, self._elsewhere())
        bound = dict(next(iter(context.bindings), frozenset()))
        if kind == "role":
            arn, pattern = _arn(self.question.role), role_pattern(tried.text)
            if arn is None:
                return None
            steps = arn.resource.split("/")[1:]
            texts = as_written(pattern.row.segments, [arn.partition, arn.account, *steps], known, bound)
            if texts is None:
                return None
            partition, account, *steps_there = texts
            rest = steps[len(steps_there) :] or steps[-1:] if pattern.below else []
            return replace(self.question, role=f"arn:{partition}:iam::{account}:role/{'/'.join([*steps_there, *rest])}")
        scope = _scope(self.question.scope)
        if scope is None or not scope.bucket:
            return None
        parts = scope.prefix.split("/")
        buckets: tuple[Segment, ...]
        if kind == "prefix":
            buckets, folders = (), prefix_pattern(tried.text).row.segments
        else:
            row = scope_pattern(tried.text).row.segments
            buckets, folders = row[:1], row[1:]
        bucket = as_written(buckets, [scope.bucket], known, bound)
        path = as_written(folders, parts, known, bound)
        if bucket is None or path is None:
            return None
        text = Scope(
            (bucket or [scope.bucket])[0], "".join(f"{one}/" for one in path) + "/".join(parts[len(path) :])
        ).text
        return replace(self.question, scope=text)

    def _elsewhere(self) -> dict[str, str]:
        """Give, as regular expressions, what variables stand for somewhere in the organization."""
        organization = self.rulebook.organization
        accounts = organization.accounts.values()
        values = {
            "account.id": organization.accounts,
            "account.name": [account.name for account in accounts],
            "environment": [account.environment for account in accounts if account.environment],
            "region": organization.regions,
        }
        return {name: "|".join(map(re.escape, sorted(texts, key=len, reverse=True))) for name, texts in values.items()}

    def _as_pattern(self, rule: Rule, tried: _Try) -> str:
        """Give the question's own value as a pattern that could be allowed; nothing when it is none."""
        kind = rule.settings[tried.setting].get("items", {}).get("x-pattern")
        scope = _scope(self.question.scope)
        text = self.question.role
        if kind != "role":
            text = "" if scope is None or kind == "prefix" else scope.text
        try:
            (role_pattern if kind == "role" else scope_pattern)(text)
        except ValueError:
            return ""
        return text


@dataclass(frozen=True, slots=True)
class _Try:
    """One pattern held against the question; ``told`` says that it decided, ``miss`` why it did not."""

    setting: str
    text: str
    allows: bool = False
    told: str = ""
    miss: str = ""
    why: str = ""
    where: str = ""

    @property
    def decides(self) -> bool:
        return bool(self.told)

    def is_told_by(self, message: str) -> bool:
        """Say whether a message names the pattern and the miss already."""
        return f"{self.text!r}: {self.why}" in message

    def reason(self, outcome: Outcome) -> str:
        """Say what the pattern did; captures that disagree break a rule although its pattern matches."""
        verb = "Denied by" if not self.allows else "Allowed by" if outcome is Outcome.PASS else "Matched by itself by"
        return f"{verb} {self.told} ({self.setting} of {self.where})"


def _is_passed(findings: Sequence[Finding], rule: Rule) -> bool:
    return any(found.rule.name == rule.name and found.outcome is Outcome.PASS for found in findings)


def _forbidding(findings: Sequence[Finding], field_name: str, rule: Rule) -> tuple[str, ...]:
    """Give the ids of the other rules that count and fail on the same property."""
    return tuple(
        found.rule.id
        for found in findings
        if found.outcome is Outcome.FAIL
        and found.field == field_name
        and found.rule.name != rule.name
        and (found.level in BLOCKING or found.severity is Severity.CRITICAL)
    )


def _resource(question: Question) -> Resource:
    arn = _arn(question.role)
    account = question.account or (arn.account if arn else "")
    props: dict[str, Any] = {
        "locationScope": question.scope,
        "iamRoleArn": question.role or UNKNOWN,
        "accountId": account or UNKNOWN,
        "region": question.region or UNKNOWN,
    }
    urn = f"urn:pulumi:{question.stack or 'none'}::explain::{CLASSIC_LOCATION}::{NAME}"
    return wire.resource(urn=urn, resource_type=CLASSIC_LOCATION, name=NAME, props=props)


def _arn(text: str) -> Arn | None:
    try:
        return Arn.parse(text)
    except ArnError:
        return None


def _scope(text: str) -> Scope | None:
    try:
        return Scope.parse(text)
    except ScopeError:
        return None


def _captured(found: Sequence[Bindings]) -> str:
    names = ", ".join(f"{{{name}}} = {text!r}" for name, text in sorted(found[0]))
    return f" with {names}" if names else ""


def _filled(text: str, context: Context) -> str:
    """Write the values of variables into a pattern's text."""
    for name, value in context.variables.items():
        if value:
            text = text.replace(f"{{{name}}}", value)
    return text


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one[:LONGEST], other[:LONGEST], autojunk=False).ratio()
