"""``grantgate check``: judge without an engine."""

from __future__ import annotations

import datetime as dt
import gc
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.options import (
    EXIT_CODES,
    baseline_option,
    judging,
    read_rulebook,
    report_options,
    rules_option,
    stack_option,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.commands.delivering import Reports


@click.command(epilog=EXIT_CODES)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@rules_option
@stack_option
@report_options
@baseline_option
@click.option(
    "--project",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    help="The Pulumi project that the inputs are of, for files and lines; the current folder by default.",
)
@click.option("--require-judged", is_flag=True, help="Fail (4) when no resource is of a type that rules are about.")
def command(
    *,
    inputs: Sequence[str],
    rules: str | None,
    stack: str,
    reports: Reports,
    baseline: str | None,
    folder: str,
    require_judged: bool,
) -> int:
    r"""
    Say whether what is, or would be, obeys the rules.

    INPUT is what `pulumi stack export` or `pulumi preview --json` wrote, or a JSON list of {type, name, urn?, props};
    - is standard input. Several inputs make one report. A preview shows unchanged resources only with --show-sames.

    \b
    Example:
      pulumi stack export | grantgate check -
      grantgate check prod.json dev.json --format json=report.json --format html=report.html
    """
    from grantgate_policies import baseline as baselines  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies import inputs as readers  # noqa: PLC0415
    from grantgate_policies.checking import check  # noqa: PLC0415
    from grantgate_policies.redaction.reports import hidden  # noqa: PLC0415
    from grantgate_policies.sources import Project  # noqa: PLC0415

    if list(inputs).count(readers.STDIN) > 1:
        raise click.UsageError("standard input (-) can be read only once")
    # Everything read and judged lives until the report is out, so looking for garbage would cost a third of the time.
    gc.disable()
    try:
        with reports.always(", ".join(inputs)):
            known = baselines.given(baseline)
            rulebook = read_rulebook(rules)
            read = [readers.read(source, stack) for source in inputs]
            reports.secrets.extend(hidden(seen.resource for one in read for seen in one.seen))
            reports.secrets.extend(text for one in read for text in one.secrets)
            reports.begin(", ".join(inputs))
            with judging():
                report = check(
                    read,
                    rulebook,
                    dt.datetime.now(dt.UTC),
                    require_judged=require_judged,
                    project=Project.at(Path(folder)),
                )
            # An input that leaves something out says so in a notice.
            return reports.deliver(baselines.applied(report, known, whole=all(one.whole for one in read)))
    finally:
        gc.freeze()  # nor is it looked through when the process ends
        gc.enable()
