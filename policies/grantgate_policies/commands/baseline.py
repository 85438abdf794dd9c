"""``grantgate baseline``: what a person accepts as it is, so that only new findings block."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grantgate_policies.commands.delivering import deliver, look
from grantgate_policies.commands.options import judging, read_rulebook, rule_named, rules_option, stack_option
from grantgate_policies.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grantgate_policies.baseline import Baseline, Key, Stale
    from grantgate_policies.core import Finding, Outcome
    from grantgate_policies.reports.canvas import Canvas
    from grantgate_policies.rulebook import RuleBook

EXIT_CODES: Final = (
    "Exit codes: 0 nothing that blocks is left out of the file; 1 something is; 2 usage, input, baseline or rules-file "
    "error; 4 something could not be judged, or internal error."
)


@click.command(epilog=EXIT_CODES)
@click.argument("file", metavar="FILE")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@rules_option
@stack_option
@click.option("--accept", multiple=True, metavar="RULE@RESOURCE", help="Add what RULE finds on RESOURCE (name or URN).")
@click.option("--accept-all", is_flag=True, help="Add everything that blocks.")
def command(
    *, file: str, inputs: Sequence[str], rules: str | None, stack: str, accept: Sequence[str], accept_all: bool
) -> int:
    r"""
    Say what the baseline FILE lacks, remove what it needs no more, and add what is accepted by name.

    INPUT is what `grantgate check` takes. Nothing is added that was not asked for, and every line that is added or
    removed is printed. A first FILE is made with --accept or --accept-all only.

    \b
    Example:
      pulumi stack export | grantgate baseline baseline.json -
      grantgate baseline baseline.json prod.json --accept location-scope-allowed@legacy-eu
      grantgate check prod.json --baseline baseline.json
    """
    from grantgate_policies import baseline as baselines  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies import inputs as readers  # noqa: PLC0415
    from grantgate_policies.atomic import check_writable, write  # noqa: PLC0415
    from grantgate_policies.checking import check  # noqa: PLC0415

    if accept and accept_all:
        raise click.UsageError("--accept-all takes what --accept names too; give one of them")
    if list(inputs).count(readers.STDIN) > 1:
        raise click.UsageError("standard input (-) can be read only once")
    if file == readers.STDIN:
        raise click.UsageError("FILE: - is no file, and a baseline is kept in one; give - as INPUT for standard input")
    path = Path(file)
    check_writable(path)
    is_there = path.exists()
    old = baselines.read(path) if is_there else baselines.Baseline(file, {})
    rulebook = read_rulebook(rules)
    read = [readers.read(source, stack) for source in inputs]
    with judging():
        report = check(read, rulebook, dt.datetime.now(dt.UTC))
    if report.problems:
        for problem in report.problems:
            said = ": ".join(filter(None, (problem.about, problem.what)))
            click.echo(f"grantgate: {said}; {file} stays as it is", err=True)
        return report.exit_code()
    held = baselines.held(old, report.findings, whole=all(one.whole for one in read))
    fresh = [finding for finding in held.findings if finding.blocks]
    wanted = fresh if accept_all else _named(accept, held.findings, rulebook)
    changes = _Changes(old, held.stale, fresh, wanted)
    if changes.entries != old.entries or (not is_there and (accept or accept_all)):
        write(path, baselines.text(changes.entries))
    deliver(changes.told(file, is_there=is_there or bool(accept or accept_all)))
    return changes.exit_code()


class _Changes:
    """What becomes of a baseline: its new entries, and what is said about each that comes, goes or is left out."""

    def __init__(
        self, old: Baseline, stale: Iterable[Stale], fresh: Iterable[Finding], wanted: Sequence[Finding]
    ) -> None:
        from grantgate_policies.baseline import key_of, objection  # noqa: PLC0415 - what --help must not wait for

        self.stale = tuple(stale)
        entries = Counter(old.entries)
        entries.update({one.key: one.left - old.entries[one.key] for one in self.stale})
        self.added = [finding for finding in wanted if not objection(finding)]
        entries.update(map(key_of, self.added))
        self.entries: dict[Key, int] = {key: count for key, count in entries.items() if count > 0}
        chosen = {id(finding) for finding in self.added}
        rest = [finding for finding in fresh if id(finding) not in chosen]
        self.left_out = [finding for finding in rest if not objection(finding)]
        self.refused = [(finding, objection(finding)) for finding in rest if objection(finding)]

    def exit_code(self) -> Exit:
        """Say whether a check with the new file would find something else that blocks."""
        from grantgate_policies.core import Outcome  # noqa: PLC0415 - as above

        if any(finding.outcome is Outcome.ERROR for finding, _ in self.refused):
            return Exit.ERROR
        return Exit.FAILED if self.left_out or self.refused else Exit.PASSED

    def told(self, file: str, *, is_there: bool) -> str:
        """Give the text for the person who called; without a file, ``is_there`` is false and none was made."""
        from grantgate_policies.baseline import described  # noqa: PLC0415 - as above
        from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - rich
        from grantgate_policies.reports.verdict import counted  # noqa: PLC0415

        canvas = Canvas(look())
        if self.stale:
            canvas.heading("Removed")
            for one in self.stale:
                canvas.wrapped(f"{described(one.key)}: {one.why}", indent=2, label="- ")
        _list(canvas, "Added", "+ ", self.added)
        _list(canvas, "New, not added", "? ", self.left_out)
        if self.refused:
            canvas.heading("New, cannot be added")
            for finding, why in self.refused:
                canvas.wrapped(f"{_address(finding)}: {finding.message}; {why}", indent=2, label="! ")
        if self.stale or self.added or self.left_out or self.refused:
            canvas.line()
        if is_there:
            parts = [counted(sum(self.entries.values()), "finding") + " in it"]
            parts += [f"{len(self.stale):,} removed"] if self.stale else []
            parts += [f"{len(self.added):,} added"] if self.added else []
        else:
            parts = ["no such file, and none was made"]
        new = len(self.left_out) + len(self.refused)
        left = f"{new:,} new that block{'' if new > 1 else 's'}" if new else "nothing new that blocks"
        remedy = "; add with --accept RULE@RESOURCE or --accept-all" if self.left_out else ""
        canvas.wrapped(f"{file}: {', '.join(parts)}; {left}{remedy}", style="bold")
        return canvas.text()


def _list(canvas: Canvas, heading: str, label: str, findings: Iterable[Finding]) -> None:
    told = sorted((_address(finding), finding.outcome.value, finding.message) for finding in findings)
    if told:
        canvas.heading(heading)
    for address, outcome, message in told:
        canvas.wrapped(f"{address}: {outcome}: {message}", indent=2, label=label)


def _address(finding: Finding) -> str:
    """Give what --accept takes for a finding."""
    return f"{finding.rule.id}@{finding.name}"


def _named(wanted: Iterable[str], findings: Sequence[Finding], rulebook: RuleBook) -> list[Finding]:
    """Give the blocking findings that --accept names; a UsageError for a name that leads to none."""
    found: dict[int, Finding] = {}
    for text in wanted:
        for finding in _of_address(text, findings, rulebook):
            found[id(finding)] = finding
    return list(found.values())


def _of_address(text: str, findings: Sequence[Finding], rulebook: RuleBook) -> list[Finding]:
    from grantgate_policies.baseline import objection  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.faults import did_you_mean  # noqa: PLC0415
    from grantgate_policies.report import Known  # noqa: PLC0415

    rule_name, at, resource = text.partition("@")
    if not at or not rule_name or not resource:
        raise click.UsageError(f"--accept: {text!r} is not of the form RULE@RESOURCE")
    rule = rule_named(rulebook, rule_name)
    about = [one for one in findings if resource in {one.name, one.resource.name, one.resource.urn}]
    urns = sorted({one.resource.urn for one in about})
    if not urns:
        hint = did_you_mean(resource, {one.resource.name for one in findings}, "It was not judged in this run.")
        raise click.UsageError(f"--accept: {resource!r} is no resource of the inputs that was judged. {hint}")
    if len(urns) > 1:
        raise click.UsageError(f"--accept: {resource!r} is the name of {', '.join(urns)}; give the URN of one")
    own = [one for one in about if one.rule.id == rule.id]
    new = [one for one in own if one.blocks]
    if not new and not any(isinstance(one, Known) for one in own):
        raise click.UsageError(f"--accept: {rule.id} has nothing on {resource!r} that blocks; {_outcomes(own)}")
    for finding in new:
        if why := objection(finding):
            raise click.UsageError(f"--accept: {text!r} cannot be accepted: {why}")
    return new


def _outcomes(findings: Iterable[Finding]) -> str:
    outcomes: set[Outcome] = {finding.outcome for finding in findings}
    return f"it is {' and '.join(sorted(one.value for one in outcomes))} there" if outcomes else "it does not judge it"
