"""``grantgate up``: an update that is made only after its preview has passed, and is judged itself."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.gate import Wanted, gate_options, gated
from grantgate_policies.commands.options import EXIT_CODES
from grantgate_policies.report import Exit, Problem, Report, merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.commands.delivering import Reports
    from grantgate_policies.commands.gate import Gate


@click.command(epilog=EXIT_CODES)
@click.option(
    "--yes", "-y", is_flag=True, help="Update without asking; needed where nobody can be asked, as in a pipeline."
)
@gate_options
def command(wanted: Wanted, *, reports: Reports, yes: bool) -> int:
    r"""
    Run `pulumi up` with the policy pack, after a preview that has passed.

    Every stack is previewed first, as by `grantgate preview`; unless all of them pass, nothing is updated, and the exit
    code is the preview's. Then they are updated in the order given, each judged again while that happens; the first
    update that does not pass is the last one. What stands behind -- goes to `pulumi preview` and to `pulumi up`.

    \b
    Example:
      grantgate up --yes
      grantgate up --yes --stack acme/dev --stack acme/prod
    """
    with reports.always(wanted.source):
        if not yes and not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise click.UsageError("nobody can be asked here whether to update; give --yes")
    return gated(wanted, reports, "up", lambda gate: _updated(gate, yes=yes))


def _updated(gate: Gate, *, yes: bool) -> Report:
    previews = gate.previews()
    found = merged(previews)
    if not gate.passes(found):
        return _noted(found, "nothing was updated: the preview did not pass")
    if not yes and not _confirmed(gate, found):
        refusal = Problem("nothing was updated: the update was not confirmed", exit=Exit.USAGE)
        return replace(found, problems=(*found.problems, refusal))
    return merged(_updates(gate, previews))


def _updates(gate: Gate, previews: Sequence[Report]) -> list[Report]:
    """Update the stacks in their order; what comes after one that did not pass keeps the report of its preview."""
    updates: list[Report] = []
    stopped = ""
    for stack, preview in zip(gate.stacks, previews, strict=True):
        if stopped:
            updates.append(_noted(preview, f"{preview.source} was not updated: the update of {stopped} did not pass"))
        elif gate.engine.signals.heed():
            cancelled = Problem("not updated: the run was cancelled")
            updates.append(replace(preview, problems=(*preview.problems, cancelled)))
        else:
            # Only a preview says where in the program a resource is declared.
            update = replace(gate.tried("up", stack, preview), positions=preview.positions)
            updates.append(update)
            stopped = "" if gate.passes(update) else update.source
    return updates


def _confirmed(gate: Gate, found: Report) -> bool:
    """Show what the preview found, and ask."""
    from grantgate_policies.engine.signals import Cancelled  # noqa: PLC0415
    from grantgate_policies.redaction.reports import redacted  # noqa: PLC0415 - only who is asked needs it
    from grantgate_policies.reports import FORMATS  # noqa: PLC0415
    from grantgate_policies.reports.look import look_of  # noqa: PLC0415

    shown = redacted(gate.judged(found), gate.reports.hidden())
    for piece in FORMATS["text"].pieces(shown, look_of(sys.stderr, os.environ)):
        click.echo(piece, nl=False, err=True)
    try:
        with gate.engine.signals.interrupting():
            return click.confirm("Update?", default=False, err=True)
    except (Cancelled, click.Abort):
        return False


def _noted(report: Report, notice: str) -> Report:
    return replace(report, notices=(*report.notices, notice))
