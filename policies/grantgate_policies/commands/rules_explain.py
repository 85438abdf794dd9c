"""``grantgate rules explain``: a rule, or what the rules would say about a location."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from grantgate_policies.commands.options import (
    EXIT_CODES,
    account_id,
    account_option,
    catalogue_only,
    deliver,
    find_rules,
    look,
    read_rulebook,
    rules_option,
    stack_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Rule
    from grantgate_policies.explain import Answer, Question
    from grantgate_policies.reports.canvas import Canvas
    from grantgate_policies.rulebook import RuleBook


@click.command(epilog=EXIT_CODES)
@click.argument("rule", required=False)
@click.option("--scope", metavar="SCOPE", help="A location's scope, such as 's3://bucket/prefix/*'.")
@click.option("--role", metavar="ARN", default="", help="Its IAM role; without it, rules about roles are not asked.")
@account_option
@click.option("--region", metavar="REGION", default="", help="Its AWS Region.")
@stack_option
@rules_option
def command(
    *, rule: str | None, scope: str | None, role: str, account: str, region: str, stack: str, rules: str | None
) -> int:
    r"""
    Explain RULE (an id or a name), or what the rules would say about a location.

    For a location, every rule about locations says what it would decide: the pattern that allowed it, the miss that
    came nearest, the waiver that applies and the edit that would pass.

    \b
    Example:
      grantgate rules explain AGL-04
      grantgate rules explain --scope 's3://acme-data-prod/fin*' --account data-prod
    """
    if bool(rule) == bool(scope is not None):
        raise click.UsageError("give either RULE or --scope")
    if rule:
        given = [name for name, value in (("--role", role), ("--account", account), ("--region", region)) if value]
        if given:
            raise click.UsageError(f"{given[0]} goes with --scope, not with RULE")
        deliver(_rule_text(rule, read_rulebook(rules) if find_rules(rules) else catalogue_only(), stack))
        return 0
    from grantgate_policies.explain import Question, explain  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.report import Report  # noqa: PLC0415

    rulebook = read_rulebook(rules)
    question = Question(scope or "", role, account_id(rulebook, account), region, stack)
    answers = explain(rulebook, question, dt.datetime.now(dt.timezone.utc).date())
    report = Report(
        source="a location that was made up",
        rules_file=rulebook.path,
        organization=rulebook.organization.name,
        findings=[answer.finding for answer in answers if answer.asked],
        resources=1,
    )
    deliver(_location_text(question, answers, report, rulebook))
    return report.exit_code()


# --- a location -------------------------------------------------------------------------------------------------------


def _location_text(question: Question, answers: Sequence[Answer], report: Any, rulebook: RuleBook) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - rich
    from grantgate_policies.reports.verdict import verdict  # noqa: PLC0415

    canvas = Canvas(look())
    known = rulebook.organization.accounts.get(question.account)
    account = f"{question.account} {known.name}" if known else question.account
    environment = rulebook.environment(question.account or None, question.stack)
    for name, value in (
        ("scope", question.scope),
        ("role", question.role),
        ("account", account or ("that of the role" if question.role else "")),
        ("region", question.region),
        ("stack", question.stack),
        ("environment", environment),
    ):
        if value:
            canvas.line((f"{name:12}", "dim"), value)
    canvas.line()
    for answer in answers:
        _answer(canvas, answer)
    missing = [
        option
        for option, value in (
            ("--role", question.role),
            ("--account", question.account or question.role),
            ("--region", question.region),
        )
        if not value
    ]
    canvas.line()
    if missing:
        canvas.wrapped(f"Not given, and so not known: {', '.join(missing)}.")
    canvas.wrapped(str(verdict(report)), style="bold")
    return canvas.text()


def _answer(canvas: Canvas, answer: Answer) -> None:
    from grantgate_policies.reports.text import described  # noqa: PLC0415 - rich

    finding = answer.finding
    rule = finding.rule
    if not answer.asked:
        canvas.line((f"{canvas.symbol('none')} NOT ASKED", "dim"), f"  {rule.id} {rule.name}  give --role")
        return
    symbol, word, style = described(finding)
    tail = f"{finding.severity.value}, {finding.level.value}"
    canvas.line((f"{canvas.symbol(symbol)} {word}", style), f"  {rule.id} ", (rule.name, "bold"), f"  {tail}")
    if finding.message:
        canvas.wrapped(finding.message, indent=4)
    for because in answer.because:
        canvas.wrapped(because, indent=4)
    if answer.nearest:
        canvas.wrapped(answer.nearest, indent=4, label="Nearest miss: ", label_style="bold")
    for waiver in answer.waivers:
        canvas.wrapped(waiver, indent=4, label="Waiver: ", label_style="cyan")
    for label, edit in zip_longest(("To pass: ", "Or: "), answer.edits):
        if edit:
            canvas.wrapped(edit, indent=4, label=label or "Or: ", label_style="bold green")
    if word.startswith("FAIL") and not answer.edits:
        canvas.wrapped(rule.fix, indent=4, label="Fix: ", label_style="bold")


# --- a rule -----------------------------------------------------------------------------------------------------------


def _rule_text(wanted: str, rulebook: RuleBook, stack: str) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - rich

    rule = _found(wanted)
    effective = rulebook.effective(rule, None, stack)
    canvas = Canvas(look())
    canvas.heading(f"{rule.id} {rule.name}")
    canvas.wrapped(f"{rule.summary}.", indent=2)
    canvas.line()
    own = f"{rule.level.value}, {rule.severity.value}, unknown values {rule.on_unknown.value}"
    here = f"{effective.level.value}, {effective.severity.value}, unknown values {effective.on_unknown.value}"
    facts = [
        ("Why", rule.why),
        ("Fix", rule.fix),
        ("By itself", own + ("; locked: neither waived nor disabled nor made advisory" if rule.locked else "")),
        (f"In {rulebook.path}", here + ("" if effective.configured else "; not configured")) if rulebook.path else (),
        ("Source", rule.source),
        ("Page", rule.url),
    ]
    for fact in filter(None, facts):
        canvas.wrapped(fact[1], indent=2, label=f"{fact[0]}: ", label_style="bold")
    if rule.settings:
        canvas.heading("Settings")
        for name, fragment in rule.settings.items():
            _setting(canvas, name, fragment, effective.settings.get(name), required=name in rule.required)
    return canvas.text()


def _setting(canvas: Canvas, name: str, fragment: Any, value: Any, *, required: bool) -> None:
    import json  # noqa: PLC0415

    default = "required" if required else f"default {json.dumps(fragment.get('default'))}"
    canvas.line((name, "bold"), f"  {_kind(fragment)}; {default}", indent=2)
    canvas.wrapped(str(fragment.get("description", "")), indent=4)
    if value is not None and value != fragment.get("default"):
        canvas.wrapped(json.dumps(value), indent=4, label="Here: ")
    elif fragment.get("examples"):
        canvas.wrapped(json.dumps(fragment["examples"][0]), indent=4, label="Example: ")


def _kind(fragment: Any) -> str:
    items = fragment.get("items", {})
    if fragment.get("type") != "array":
        return str(fragment.get("type", "any value"))
    pattern = items.get("x-pattern")
    return f"list of {pattern} patterns" if pattern else f"list of {items.get('type', 'value')}s"


def _found(wanted: str) -> Rule:
    from grantgate_policies.faults import did_you_mean  # noqa: PLC0415
    from grantgate_policies.rules import RULES  # noqa: PLC0415

    for rule in RULES:
        if wanted.casefold() in {rule.id.casefold(), rule.name.casefold()}:
            return rule
    known = [word for rule in RULES for word in (rule.id, rule.name)]
    hint = did_you_mean(wanted, known, "grantgate rules list names them all.")
    raise click.UsageError(f"{wanted!r} is no rule. {hint}")
