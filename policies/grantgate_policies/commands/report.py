"""``grantgate report``: any format of a report that was saved, without judging again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.delivering import deliver
from grantgate_policies.commands.options import EXIT_CODES, report_options, rules_option

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.commands.delivering import Reports
    from grantgate_policies.report import Report


def _print_schema(context: click.Context, _option: click.Parameter, given: bool) -> None:  # noqa: FBT001 - click's signature
    if given and not context.resilient_parsing:
        from grantgate_policies.reports.as_json import SCHEMA_FILE  # noqa: PLC0415 - what --help must not wait for

        deliver(SCHEMA_FILE.read_text(encoding="utf-8"))
        context.exit()


@click.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, metavar="REPORT...")
@report_options
@rules_option
@click.option(
    "--schema",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_schema,
    help="Print the JSON report's schema (draft 2020-12) and end.",
)
def command(*, files: Sequence[str], rules: str | None, reports: Reports) -> int:
    r"""
    Write the reports of runs that are over.

    REPORT is what `--format json=REPORT` saved, or the findings that a pack left in the file that GRANTGATE_FINDINGS
    names. Several make one report. The exit code is that of the runs: a saved NO stays one. --rules names the rules
    file whose own rules findings are of.

    \b
    Example:
      grantgate preview --format json=report.json
      grantgate report report.json --format markdown=comment.md --format sarif=report.sarif
    """
    from grantgate_policies import documents, recorded, saved  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.report import merged  # noqa: PLC0415
    from grantgate_policies.rules import RULES  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rules  # noqa: PLC0415

    with reports.always(", ".join(files)):
        catalogue = read_rules(Path(rules)).catalogue if rules else RULES

        def read(file: str) -> Report:
            content = documents.content(file)
            is_findings = recorded.is_findings(content)
            return recorded.parse(content, file, catalogue) if is_findings else saved.parse(content, file)

        found = [read(file) for file in files]
        reports.begin(", ".join(files))
        return reports.deliver(merged(found))
