"""``grantgate rules``: the rules file and the catalogue."""

from __future__ import annotations

from typing import Final

import click

from grantgate_policies.commands.lazy import Entry, LazyGroup

COMMANDS: Final = {
    "validate": Entry("grantgate_policies.commands.rules_validate", "Name every fault of the rules file."),
    "list": Entry("grantgate_policies.commands.rules_list", "List the rules as they apply to an account or stack."),
    "effective": Entry("grantgate_policies.commands.rules_effective", "Show every value that applies, and its origin."),
    "explain": Entry("grantgate_policies.commands.rules_explain", "Explain a rule, or what a location would meet."),
    "test": Entry("grantgate_policies.commands.rules_test", "Hold rules against cases, and say which are untested."),
    "schema": Entry("grantgate_policies.commands.rules_schema", "Print the rules file's JSON Schema."),
}


@click.command(cls=LazyGroup, entries=COMMANDS)
def command() -> None:
    r"""
    Check, list and explain the rules.

    \b
    Example:
      grantgate rules validate policies/rules.yaml
      grantgate rules explain --scope 's3://acme-data-prod/finance/*' --account data-prod
    """
