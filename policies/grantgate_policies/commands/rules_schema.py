"""``grantgate rules schema``: the published JSON Schemas."""

from __future__ import annotations

from pathlib import Path

import click

from grantgate_policies.commands.delivering import deliver


@click.command(epilog="Exit codes: 0 printed; 2 usage error, or a rule that the rules file names cannot be loaded.")
@click.option("--rules", metavar="FILE", help="A rules file whose own rules (customRules) the schema is to know too.")
@click.option("--cases", is_flag=True, help="Print the schema of case files, for `grantgate rules test`, instead.")
def command(*, rules: str | None, cases: bool) -> int:
    r"""
    Print the rules file's JSON Schema (draft 2020-12), for editors and other validators.

    \b
    Example:
      grantgate rules schema > rulebook.schema.json
      # and on the rules file's first line:
      # yaml-language-server: $schema=rulebook.schema.json
    """
    if rules and cases:
        raise click.UsageError("--rules and --cases are two schemas, give one of them")
    if cases:
        from grantgate_policies.cases import SCHEMA_FILE  # noqa: PLC0415 - what --help must not wait for

        deliver(SCHEMA_FILE.read_text(encoding="utf-8"))
        return 0
    from grantgate_policies.rules import RULES  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rule_catalogue  # noqa: PLC0415
    from grantgate_policies.schema import text  # noqa: PLC0415

    deliver(text(read_rule_catalogue(Path(rules)) if rules else RULES))
    return 0
