"""``grantgate rules explain``: a rule, or what the rules would say about a location."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grantgate_policies import describing
from grantgate_policies.commands.delivering import deliver, look
from grantgate_policies.commands.options import (
    EXIT_CODES,
    account_id,
    account_option,
    catalogue_only,
    find_rules,
    judging,
    read_rulebook,
    rule_named,
    rules_option,
    stack_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.cases import Case
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
    if rule and scope is not None:
        raise click.UsageError("give either RULE or --scope")
    given = [name for name, value in (("--role", role), ("--account", account), ("--region", region)) if value]
    if scope is None and given:
        raise click.UsageError(f"{given[0]} goes with --scope{', not with RULE' if rule else ''}")
    if scope is None and not rule:
        raise click.UsageError("give either RULE or --scope")
    if rule:
        deliver(_rule_text(rule, read_rulebook(rules) if find_rules(rules) else catalogue_only(), stack))
        return 0
    from grantgate_policies.explain import Question, explain, not_asked  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.report import Report  # noqa: PLC0415

    rulebook = read_rulebook(rules)
    question = Question(scope or "", role, account_id(rulebook, account), region, stack)
    with judging():
        answers = explain(rulebook, question, dt.datetime.now(dt.UTC).date())
    report = Report(
        source="a location that was made up",
        rules_file=rulebook.path,
        organization=rulebook.organization.name,
        findings=[answer.finding for answer in answers if answer.asked],
        resources=1,
    )
    deliver(_location_text(question, answers, report, rulebook, not_asked(rulebook)))
    return report.exit_code()


# --- a location -------------------------------------------------------------------------------------------------------


def _location_text(
    question: Question, answers: Sequence[Answer], report: Any, rulebook: RuleBook, others: Sequence[str]
) -> str:
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
    if others:
        canvas.wrapped(f"Not asked, since they look at the rest of the stack or at tags: {', '.join(others)}.")
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
        first = f"Mend what {' and '.join(answer.first)} says of it first." if answer.first else rule.fix
        canvas.wrapped(first, indent=4, label="Fix: ", label_style="bold")


# --- a rule -----------------------------------------------------------------------------------------------------------


def _rule_text(wanted: str, rulebook: RuleBook, stack: str) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - rich

    rule = rule_named(rulebook, wanted)
    effective = rulebook.effective(rule, None, stack)
    canvas = Canvas(look())
    canvas.heading(f"{rule.id} {rule.name}")
    canvas.wrapped(f"{rule.summary}.", indent=2)
    canvas.line()
    here = f"{effective.level.value}, {effective.severity.value}, unknown values {effective.on_unknown.value}"
    facts = [
        ("Kind", describing.kind(rule)),
        ("Why", rule.why),
        ("Fix", rule.fix),
        ("Remedy", describing.remedy(rule)),
        ("By itself", describing.own(rule)),
        (f"In {rulebook.path}", here + ("" if effective.configured else "; not configured")) if rulebook.path else (),
        ("Source", rule.source),
        ("Page", rule.url),
    ]
    for fact in (one for one in facts if one and one[1]):
        canvas.wrapped(fact[1], indent=2, label=f"{fact[0]}: ", label_style="bold")
    if rule.settings:
        canvas.heading("Settings")
        for name in rule.settings:
            _setting(canvas, rule, name, effective.settings.get(name))
    _examples(canvas, rule, rulebook)
    return canvas.text()


def _examples(canvas: Canvas, rule: Rule, rulebook: RuleBook) -> None:
    """Show what passes the rule and what fails it, and what it says then; a custom rule's cases are beside its file."""
    from grantgate_policies.cases import examples, files_in, run  # noqa: PLC0415 - only a rule by name needs them
    from grantgate_policies.core import Outcome  # noqa: PLC0415

    known = examples(rule, files_in(Path(rulebook.path).parent) if rulebook.path else ())
    for file in known.faulty:
        canvas.line()
        canvas.wrapped(f"{file} has cases that cannot be read; `grantgate rules test {file}` says why.", indent=2)
    for heading, cases in (("Passes", known.good), ("Fails", known.bad)):
        if cases:
            canvas.heading(heading)
        for case in cases:
            canvas.line(f"{canvas.symbol('pass' if cases is known.good else 'fail')} {case.name}", indent=2)
            _input(canvas, case)
            with judging():
                findings = run(case).outcomes.findings
            # A case of several resources says the same of each; the first is example enough.
            failed = [found for found in findings if found.outcome is Outcome.FAIL]
            for found in failed[:1]:
                canvas.wrapped(found.message, indent=4)
                canvas.wrapped(found.edit or rule.fix, indent=4, label="Fix: ", label_style="bold")


def _input(canvas: Canvas, case: Case) -> None:
    """Show the resources that a case is about, as its file has them."""
    from grantgate_policies.cases import as_told  # noqa: PLC0415 - loaded by now

    if settings := case.settings:
        canvas.wrapped(_json(settings), indent=4, label="settings ", label_style="dim")
    for one in case.input:
        canvas.line((one.type, "dim"), f" {one.name}", indent=4)
        for label, value in (
            ("", one.props),
            ("provider ", one.provider),
            ("previous ", one.previous),
            ("madeFrom ", one.made_from),
        ):
            if value:
                canvas.wrapped(_json(as_told(value)), indent=6, label=label, label_style="dim")


def _json(value: Any) -> str:
    import json  # noqa: PLC0415 - as above

    return json.dumps(value, ensure_ascii=False)


def _setting(canvas: Canvas, rule: Rule, name: str, value: Any) -> None:
    fragment = rule.settings[name]
    kind = describing.setting_kind(fragment)
    canvas.line((name, "bold"), f"  {kind}; {describing.setting_default(name, rule)}", indent=2)
    canvas.wrapped(str(fragment.get("description", "")), indent=4)
    if value is not None and value != fragment.get("default"):
        canvas.wrapped(_json(value), indent=4, label="Here: ")
    elif fragment.get("examples"):
        canvas.wrapped(_json(fragment["examples"][0]), indent=4, label="Example: ")
