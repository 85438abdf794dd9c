"""``grantgate what-if``: what another rules file would change about the same resources."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grantgate_policies.commands.delivering import deliver, look
from grantgate_policies.commands.options import judging, output_option, stack_option
from grantgate_policies.core import Outcome
from grantgate_policies.report import Exit
from grantgate_policies.reports.look import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.core import Finding
    from grantgate_policies.reports.canvas import Canvas
    from grantgate_policies.whatif import Change, Comparison

EXIT_CODES: Final = (
    "Exit codes: 0 nothing that blocks is new; 1 something new fails and blocks; 2 usage, input or rules-file error; "
    "3 only unknowns that may not pass are new; 4 something could not be judged, or internal error."
)


@click.command(epilog=EXIT_CODES)
@click.argument("old", metavar="OLD.yaml")
@click.argument("new", metavar="NEW.yaml")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@stack_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
def command(*, old: str, new: str, inputs: Sequence[str], stack: str, format_: str, output: str | None) -> int:
    r"""
    Judge the inputs by the rules files OLD.yaml and NEW.yaml, and say what NEW.yaml would change.

    INPUT is what `grantgate check` takes. What fails, cannot be decided or is waived only by the new file is named, and
    what is fixed, no longer judged, or blocks where it only warned, and the other way round. Paths of customRules
    are relative to the file that names them. Both sides run that code as it is now: what-if compares rules files.

    \b
    Example:
      git show main:rules.yaml > old.yaml
      pulumi stack export | grantgate what-if old.yaml rules.yaml -
    """
    from grantgate_policies import inputs as readers  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.atomic import check_writable  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rules  # noqa: PLC0415
    from grantgate_policies.whatif import compare  # noqa: PLC0415

    if list(inputs).count(readers.STDIN) > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if output:
        check_writable(Path(output))
    with judging():
        rulebooks = read_rules(Path(old)), read_rules(Path(new))
        read = [readers.read(source, stack) for source in inputs]
        found = compare(read, *rulebooks, dt.datetime.now(dt.UTC))
    if format_ == "json":
        deliver(json.dumps(found.to_json(), indent=2) + "\n", output)
    else:
        deliver(_text(found, Look() if output else look()), output)
    return found.exit_code()


# --- text -------------------------------------------------------------------------------------------------------------

_HEADINGS: Final = {
    "newErrors": ("Could not be judged", "fail", "bold red"),
    "newlyFailing": ("Newly failing", "fail", "bold red"),
    "newlyUndecided": ("Newly undecided", "unknown", "magenta"),
    "changedLevel": ("Same finding, other level", "warn", "yellow"),
    "newlyWaived": ("Newly waived", "waived", "cyan"),
    "noLongerJudged": ("No longer judged", "none", "dim"),
    "fixed": ("Fixed", "pass", "green"),
}
_GONE: Final = "the new file has no such rule"


def _text(found: Comparison, look_: Look) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - json needs none of it

    canvas = Canvas(look_)
    for kind, changes in groupby(found.changes, key=lambda change: change.kind.value):
        heading, symbol, style = _HEADINGS[kind]
        canvas.heading(heading)
        passed: Counter[tuple[str, str]] = Counter()
        for change in changes:
            if kind == "noLongerJudged" and change.before and change.before.outcome is Outcome.PASS:
                finding = change.finding
                passed[f"{finding.rule.id} {finding.rule.name}", change.after.message if change.after else _GONE] += 1
            else:
                _change(canvas, change, canvas.symbol(symbol), style)
        for (rule, why), count in sorted(passed.items()):
            # A rule that is switched off is one line, however many resources passed it.
            canvas.line((canvas.symbol(symbol), style), f" {rule}  passed {count:,} times", indent=2)
            canvas.wrapped(why, indent=4)
    for file, names in (("old", found.only_old), ("new", found.only_new)):
        if names:
            canvas.heading(f"In force only in the {file} file")
            canvas.wrapped(", ".join(names), indent=2)
    if found.problems:
        canvas.heading("Problems")
        for problem in found.problems:
            told = ": ".join(filter(None, (problem.about, problem.what)))
            canvas.wrapped(told, indent=2, label=f"{canvas.symbol('fail')} ", label_style="bold red")
    if found.changes or found.only_old or found.only_new or found.problems:
        canvas.line()
    counts = f" {canvas.symbol('none')} ".join(
        f"{outcome.value} {count:,}" for outcome, count in sorted(found.unchanged.items())
    )
    canvas.wrapped(f"unchanged: {counts or 'nothing'}", style="dim")
    canvas.wrapped(_sentence(found), style="bold")
    return canvas.text()


def _change(canvas: Canvas, change: Change, symbol: str, style: str) -> None:
    finding = change.finding
    states = f"{_state(change.before)} -> {_state(change.after)}"
    canvas.line(
        (symbol, style), f" {finding.name}  {finding.rule.id} ", (finding.rule.name, "bold"), f"  {states}",
        indent=2,
    )  # fmt: skip
    told = change.after.message if change.after else _GONE
    if told:
        canvas.wrapped(told, indent=4)
    if change.after and change.after.waiver:
        canvas.wrapped(change.after.waiver, indent=4, label="Waived by ", label_style="cyan")


def _state(finding: Finding | None) -> str:
    """Say what a finding is, and whether it blocks."""
    if finding is None:
        return "no such rule"
    return f"{finding.outcome.value}{' (blocks)' if finding.blocks else ''}"


def _sentence(found: Comparison) -> str:
    from grantgate_policies.reports.verdict import counted  # noqa: PLC0415 - loaded by now

    new = [change for change in found.changes if change.new_block]
    about = f"{found.new} instead of {found.old}, on {counted(found.resources, 'resource')} of {found.source}"
    code = found.exit_code()
    if found.problems:
        return f"ERROR: the inputs are not whole, so this may not be all: {about}"
    if code is Exit.PASSED:
        return f"NOTHING NEW BLOCKS: {counted(len(found.changes), 'change')} by {about}"
    word = {Exit.FAILED: "BLOCKS MORE", Exit.UNDECIDED: "UNDECIDED", Exit.ERROR: "ERROR"}[code]
    return f"{word}: {counted(len(new), 'finding')} that would newly block, by {about}"
