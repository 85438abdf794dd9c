"""``grantgate report``: any format of a report that was saved, without judging again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.options import EXIT_CODES, report_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.commands.delivering import Reports


@click.command(epilog=EXIT_CODES)
@click.argument("files", nargs=-1, required=True, metavar="REPORT...")
@report_options
def command(*, files: Sequence[str], reports: Reports) -> int:
    r"""
    Write the reports of runs that are over, from what `--format json=REPORT` saved.

    Several reports make one. The exit code is that of the runs: a saved NO stays one.

    \b
    Example:
      grantgate preview --format json=report.json
      grantgate report report.json --format markdown=comment.md --format sarif=report.sarif
    """
    from grantgate_policies import saved  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.report import merged  # noqa: PLC0415

    with reports.always(", ".join(files)):
        return reports.deliver(merged([saved.read(file) for file in files]))
