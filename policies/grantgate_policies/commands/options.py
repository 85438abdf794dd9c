"""Options that several commands have, and the one way out for what they print."""

from __future__ import annotations

import functools
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grantgate_policies.commands.delivering import Reports
from grantgate_policies.core import Severity
from grantgate_policies.narrowing import FAIL_ON
from grantgate_policies.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from grantgate_policies.core import Rule
    from grantgate_policies.rulebook import RuleBook

PLACES: Final = ("policies/rules.yaml", "rules.yaml")
"""Where the rules file is looked for when nobody names it."""

EXIT_CODES: Final = (
    "Exit codes: 0 passed; 1 a mandatory rule failed; 2 usage, input or rules-file error; 3 a mandatory rule cannot be "
    "decided; 4 engine, lookup or internal error; 130 or 143 ended by a signal."
)


def not_empty(_context: click.Context, _option: click.Parameter, given: Any) -> Any:
    """Refuse an empty value: it is most likely a pipeline's variable that nobody set, and would mean another thing."""
    if given == "" or (isinstance(given, tuple) and "" in given):
        raise click.BadParameter("empty; give a value, or leave the option out")
    return given


def _pages(_context: click.Context, _option: click.Parameter, given: str) -> str:
    if given and ("{id}" not in given or not given.startswith("https://")):
        raise click.BadParameter(f"{given!r} is no https:// address with {{id}} in it")
    return given


rules_option: Callable[[Any], Any] = click.option(
    "--rules",
    metavar="FILE",
    callback=not_empty,
    envvar="GRANTGATE_RULES",
    show_envvar=True,
    help=f"The rules file; else {' or '.join(PLACES)}.",
)
stack_option: Callable[[Any], Any] = click.option(
    "--stack", metavar="NAME", default="", help="The stack, which may choose an environment of the rules file."
)
account_option: Callable[[Any], Any] = click.option(
    "--account", metavar="ID", default="", help="The account: 12 digits, or its name in the rules file."
)

format_option: Callable[[Any], Any] = click.option(
    "--format",
    "formats",
    metavar="NAME[=FILE]",
    multiple=True,
    help=f"Format of the report ({', '.join(FORMATS)}), and the file it goes to; several at once. "
    "Standard output gets the one without a file, or the text.",
)
json_option: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="The same as --format json: a report for programs on standard output."
)
output_option: Callable[[Any], Any] = click.option(
    "--output",
    metavar="FILE",
    callback=lambda context, option, given: None if given == "-" else not_empty(context, option, given),
    help="Write the report to FILE, whole or not at all; - is standard output, as without it.",
)
rule_pages_option: Callable[[Any], Any] = click.option(
    "--rule-pages",
    metavar="URL",
    default="",
    callback=_pages,
    envvar="GRANTGATE_RULE_PAGES",
    show_envvar=True,
    help="Where the rules' pages are, with {id} for the rule's id; AWS's own pages are linked by default.",
)
fail_on_option: Callable[[Any], Any] = click.option(
    "--fail-on",
    "fail_on",
    multiple=True,
    type=click.Choice(FAIL_ON),
    help="Let more block than the rules file does: every failure (advisory), every one of a severity or above, "
    "everything that cannot be decided (unknown). May be given several times.",
)
min_severity_option: Callable[[Any], Any] = click.option(
    "--min-severity",
    type=click.Choice([severity.value for severity in Severity]),
    help="Leave findings below this severity out of the report; what blocks is always in it.",
)
new_only_option: Callable[[Any], Any] = click.option(
    "--new-only", is_flag=True, help="Leave what the baseline has out of the report; needs --baseline."
)
baseline_option: Callable[[Any], Any] = click.option(
    "--baseline",
    metavar="FILE",
    callback=not_empty,
    help="Findings that `grantgate baseline` accepted; only others block.",
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command every option about its reports; they come as one Reports, in the parameter ``reports``."""

    @functools.wraps(command)
    def with_reports(*args: Any, **given: Any) -> Any:
        names = ("formats", "as_json", "output", "rule_pages", "fail_on", "min_severity", "new_only")
        chosen = {name: given.pop(name) for name in names}
        if chosen["new_only"] and "baseline" in given and not given["baseline"]:
            raise click.UsageError("--new-only needs --baseline: without one every finding is new")
        return command(*args, reports=Reports.of(**chosen), **given)

    every = (
        format_option,
        json_option,
        output_option,
        rule_pages_option,
        fail_on_option,
        min_severity_option,
        new_only_option,
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(every), with_reports)


def find_rules(given: str | None) -> Path | None:
    """Give the rules file that was named, else the one that is there, else None."""
    if given:
        return Path(given)
    return next((Path(place) for place in PLACES if Path(place).is_file()), None)


def read_rulebook(given: str | None) -> RuleBook:
    """Read the rules file; a UsageError when there is none, RulesFileError with all of its faults."""
    from grantgate_policies.rulesfile import read_rules  # noqa: PLC0415 - 0.1 s that --help must not wait for

    path = find_rules(given)
    if path is None:
        raise click.UsageError(
            f"no rules file: there is no {' and no '.join(PLACES)} here; name one with --rules or GRANTGATE_RULES"
        )
    with judging():  # the names that a rule's settings capture are asked of the rule
        return read_rules(path)


def judging() -> AbstractContextManager[object]:
    """Lead what rules print to standard error while they judge: standard output is the report's alone."""
    return redirect_stdout(sys.stderr)


def catalogue_only() -> RuleBook:
    """Give a rule book that leaves every rule as it comes."""
    from grantgate_policies.core import Organization  # noqa: PLC0415
    from grantgate_policies.rulebook import RuleBook  # noqa: PLC0415
    from grantgate_policies.rules import RULES  # noqa: PLC0415

    return RuleBook(Organization("", {}), {}, (), "", "", {}, catalogue=RULES)


def account_id(rulebook: RuleBook, given: str) -> str:
    """Give the id of the account that ``given`` names by id or by name; a UsageError for anything else."""
    from grantgate_policies.faults import did_you_mean  # noqa: PLC0415

    if not given or (len(given) == 12 and given.isascii() and given.isdigit()):  # noqa: PLR2004 - an account id
        return given
    names = {account.name: account.id for account in rulebook.organization.accounts.values()}
    if given in names:
        return names[given]
    hint = did_you_mean(given, names)
    raise click.UsageError(
        f"--account: {given!r} is neither 12 digits nor an account of the rules file. {hint}".strip()
    )


def rule_named(rulebook: RuleBook, wanted: str) -> Rule:
    """Give the rule of that id or name; a UsageError for anything else."""
    from grantgate_policies.faults import did_you_mean  # noqa: PLC0415

    catalogue = rulebook.catalogue
    for rule in catalogue:
        if wanted.casefold() in {rule.id.casefold(), rule.name.casefold()}:
            return rule
    known = [word for rule in catalogue for word in (rule.id, rule.name)]
    hint = did_you_mean(wanted, known, "`grantgate rules list` names them all.")
    raise click.UsageError(f"{wanted!r} is no rule. {hint}")
