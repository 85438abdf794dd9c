"""``grantgate preview``: a real preview with the pack, judged; green only with proof that the pack looked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.gate import Wanted, gate_options, gated
from grantgate_policies.commands.options import EXIT_CODES
from grantgate_policies.report import merged

if TYPE_CHECKING:
    from grantgate_policies.commands.delivering import Reports


@click.command(epilog=EXIT_CODES)
@gate_options
def command(wanted: Wanted, *, reports: Reports) -> int:
    r"""
    Run `pulumi preview` with the policy pack and say whether the change may pass.

    Lookups ask AWS while the preview runs; the pack judges what they found, and every managed location of the program,
    against the rules file. What stands behind -- goes to `pulumi preview`. A report is left whatever becomes of the
    preview; Ctrl-C and SIGTERM cancel it (130, 143).

    \b
    Example:
      grantgate preview
      grantgate preview --stack acme/dev --stack acme/prod --format json=report.json
      grantgate preview --rules ../rules.yaml -- --refresh
    """
    return gated(wanted, reports, "preview", lambda gate: merged(gate.previews()))
