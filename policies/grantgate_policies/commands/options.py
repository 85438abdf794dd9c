"""Options that several commands have, and the one way out for what they print."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grantgate_policies.atomic import WriteError, write
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, look_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from grantgate_policies.core import Rule
    from grantgate_policies.rulebook import RuleBook

PLACES: Final = ("policies/rules.yaml", "rules.yaml")
"""Where the rules file is looked for when nobody names it."""

EXIT_CODES: Final = (
    "Exit codes: 0 passed; 1 a mandatory rule failed; 2 usage, input or rules-file error; 3 a mandatory rule cannot be "
    "decided; 4 engine, lookup or internal error."
)

rules_option: Callable[[Any], Any] = click.option(
    "--rules",
    metavar="FILE",
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
    "format_",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help="Format of the report.",
)
output_option: Callable[[Any], Any] = click.option(
    "--output",
    metavar="FILE",
    callback=lambda _context, _option, given: None if given == "-" else given,
    help="Write the report to FILE, whole or not at all; - is standard output, as without it.",
)
baseline_option: Callable[[Any], Any] = click.option(
    "--baseline", metavar="FILE", help="Findings that `grantgate baseline` accepted; only others block."
)


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


def look() -> Look:
    """Tell what standard output can show."""
    return look_of(sys.stdout, os.environ)


def deliver(text: str, output: str | None = None) -> None:
    """
    Write a text to the file ``output``, or to standard output.

    A reader that closes early (`| head`) loses the rest of the text and changes nothing about the exit code.

    Errors: WriteError.
    """
    if output:
        write(Path(output), text)
        return
    try:
        click.echo(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"), nl=False)
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        raise WriteError(f"standard output: cannot be written: {error.strerror or error}") from error


def silence() -> None:
    """Let standard output lead nowhere, so that nothing of it is tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
