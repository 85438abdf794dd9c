"""``grantgate rules schema``: the published JSON Schema."""

from __future__ import annotations

import click

from grantgate_policies.commands.options import deliver


@click.command()
def command() -> int:
    r"""
    Print the rules file's JSON Schema (draft 2020-12), for editors and other validators.

    \b
    Example:
      grantgate rules schema > rulebook.schema.json
      # and on the rules file's first line:
      # yaml-language-server: $schema=rulebook.schema.json
    """
    from grantgate_policies.rules import RULES  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.schema import text  # noqa: PLC0415

    deliver(text(RULES))
    return 0
