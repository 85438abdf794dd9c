"""``grantgate rules validate``: every fault of the rules file at once."""

from __future__ import annotations

import datetime as dt

import click

from grantgate_policies.commands.delivering import deliver
from grantgate_policies.commands.options import read_rulebook, rules_option


@click.command(epilog="Exit codes: 0 the file can be used; 2 it cannot, or there is none.")
@click.argument("file", required=False)
@rules_option
def command(*, file: str | None, rules: str | None) -> int:
    r"""
    Say whether the rules file can be used.

    Every fault is one line with file, line and column, and the word that was probably meant. Waivers that have ended,
    or end within 14 days, are named; they are no faults.

    \b
    Example:
      grantgate rules validate policies/rules.yaml
    """
    if (
        file
        and rules
        and click.get_current_context().get_parameter_source("rules") is click.core.ParameterSource.COMMANDLINE
    ):
        raise click.UsageError("FILE and --rules name the file twice")
    rulebook = read_rulebook(file or rules)
    from grantgate_policies import notices  # noqa: PLC0415 - loaded by now
    from grantgate_policies.reports.look import shown  # noqa: PLC0415
    from grantgate_policies.reports.verdict import counted  # noqa: PLC0415

    today = dt.datetime.now(dt.UTC).date()
    configured = sum(rulebook.effective(rule, None, "").configured for rule in rulebook.catalogue)
    expired = sum(waiver.is_expired(today) for waiver in rulebook.waivers)
    told = ", ".join(
        (
            f"organization {rulebook.organization.name}",
            counted(len(rulebook.organization.accounts), "account"),
            f"{configured} of {counted(len(rulebook.catalogue), 'rule')} configured",
            counted(len(rulebook.environments), "environment"),
            counted(len(rulebook.waivers), "waiver") + (f" ({expired} expired)" if expired else ""),
        )
    )
    lines = [f"{rulebook.path}: ok: {told}", *notices.endings(rulebook, today)]
    deliver("".join(f"{shown(line)}\n" for line in lines))
    return 0
