"""Where reports go: several formats at once, to files and to standard output, from every run."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grantgate_policies.atomic import WriteError, check_writable, unwritten, write
from grantgate_policies.report import Exit, Problem
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, look_of
from grantgate_policies.reports.unjudged import unjudged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from grantgate_policies.redaction.reports import Secrets
    from grantgate_policies.report import Report

STDOUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Output:
    """One report that is asked for: its format, and the file it goes to; None is standard output."""

    format: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Reports:
    """
    Every report that a command is asked for, and what the caller wants beyond the rules file.

    Shape: ``secrets`` are texts that no report may show, besides those that the environment holds: whoever learns of
           one while a report is made adds it.
    """

    outputs: tuple[Output, ...]
    rule_pages: str = ""
    fail_on: tuple[str, ...] = ()
    min_severity: str | None = None
    new_only: bool = False
    secrets: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        *,
        formats: Sequence[str],
        as_json: bool,
        output: str | None,
        rule_pages: str = "",
        fail_on: Collection[str] = (),
        min_severity: str | None = None,
        new_only: bool = False,
    ) -> Reports:
        """Read the options; a UsageError for what cannot be meant, and for a file that cannot be written."""
        asked = [_output(one) for one in (*formats, *(("json",) if as_json else ()))]
        bare = list(dict.fromkeys(one.format for one in asked if one.path is None))
        if len(bare) > 1:
            raise click.UsageError(
                f"{' and '.join(bare)} both want standard output; name a file: --format {bare[0]}=FILE"
            )
        outputs = [one for one in asked if one.path]
        # Somebody always gets to read something: the text goes where nothing else does.
        outputs.insert(0, Output(bare[0] if bare else "text", Path(output) if output else None))
        if any(one.format == "html" for one in outputs):
            from grantgate_policies.reports.page.library import check  # noqa: PLC0415 - finds packages, imports none

            check()
        for one in outputs:
            if one.path:
                check_writable(one.path)
        # Two names can lead to one file, and the later report would replace the earlier.
        files = [(one.path, one.path.resolve()) for one in outputs if one.path]
        places = [place for _, place in files]
        twice = next((file for number, (file, place) in enumerate(files) if place in places[:number]), None)
        if twice:
            raise click.UsageError(f"two reports want the file {twice}; each needs its own")
        return cls(tuple(outputs), rule_pages, tuple(fail_on), min_severity, new_only)

    def deliver(self, report: Report) -> Exit:
        """
        Write every report, and give the exit code.

        A report that cannot be made or written keeps none of the others from being so.

        Errors: WriteError, for all that could not be written; what a format raised comes first.
        """
        from grantgate_policies.narrowing import narrowed, stricter  # noqa: PLC0415 - what --help must not wait for

        judged = stricter(report, self.fail_on)
        self._write(narrowed(judged, min_severity=self.min_severity, new_only=self.new_only), self.outputs)
        return judged.exit_code()

    def begin(self, source: str) -> None:
        """
        Replace the files that an earlier run left by an error, until this run has come to its end.

        It is called when everything has been read, since a report may be one of the things that are read. A process
        that is killed leaves nothing behind that could be taken for its own, then. What is no file yet, or a pipe, is
        let alone.

        Errors: WriteError, for a file that could not be written at the end either.
        """
        old = [one for one in self.outputs if one.path and one.path.is_file()]
        if old:
            remedy = "run it again, and find out what ended it"
            self._write(unjudged(source, Problem("the run has not come to its end", remedy=remedy)), old)

    @contextmanager
    def always(self, source: str) -> Iterator[None]:
        """
        Leave reports behind of a run that ends in an error, too, and let the error go on.

        A file that an earlier run left would else be read as this one's. Standard output stays free of a text: the
        error itself is told there by whoever catches it.
        """
        try:
            yield
        except (click.exceptions.Exit, click.Abort, WriteError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            problem = _problem(error)
            with suppress(Exception):  # the error itself is what there is to tell
                self._write(
                    unjudged(source, problem),
                    [one for one in self.outputs if one.path or one.format != "text"],
                )
            raise

    def hidden(self) -> Secrets:
        """Collect what no report may show."""
        from grantgate_policies.redaction.reports import Secrets  # noqa: PLC0415 - what --help must not wait for

        return Secrets.of(os.environ, self.secrets)

    def _write(self, report: Report, outputs: Iterable[Output]) -> None:
        from grantgate_policies.redaction.reports import redacted  # noqa: PLC0415 - what --help must not wait for

        hidden = self.hidden()
        shown, pages = redacted(report, hidden), hidden.masked(self.rule_pages)
        failed: list[Exception] = []
        for one in outputs:
            shape = replace(Look() if one.path else look(), rule_pages=pages)
            try:
                deliver(FORMATS[one.format].pieces(shown, shape), str(one.path) if one.path else None)
            except Exception as error:  # noqa: BLE001 - whatever keeps one report from being written, the others are
                failed.append(error)
        unwritten = [error for error in failed if isinstance(error, WriteError)]
        if len(unwritten) < len(failed):
            raise next(error for error in failed if not isinstance(error, WriteError))
        if unwritten:
            raise WriteError("\n".join(map(str, unwritten)))


def _problem(error: Exception | KeyboardInterrupt) -> Problem:
    if isinstance(error, KeyboardInterrupt):
        return Problem("interrupted before everything was judged")
    if isinstance(error, click.ClickException):
        return Problem(error.format_message(), exit=Exit.USAGE)
    from grantgate_policies.commands.failures import told  # noqa: PLC0415 - only then

    message, code = told(error)
    return Problem(message, exit=Exit.USAGE if code == Exit.USAGE else Exit.ERROR)


def _output(written: str) -> Output:
    """Read NAME[=FILE]."""
    from grantgate_policies.faults import did_you_mean  # noqa: PLC0415 - what --help must not wait for

    name, equals, file = written.partition("=")
    if name not in FORMATS:
        hint = did_you_mean(name, FORMATS, f"There are {', '.join(FORMATS)}.")
        raise click.UsageError(f"--format: {name!r} is no format. {hint}")
    if equals and not file:
        raise click.UsageError(f"--format: {written!r} names no file")
    return Output(name, Path(file) if file and file != STDOUT else None)


def look() -> Look:
    """Tell what standard output can show."""
    return look_of(sys.stdout, os.environ)


def deliver(text: str | Iterable[str], output: str | None = None) -> None:
    """
    Write a text, or the pieces of one, to the file ``output``, or to standard output.

    A reader that closes early (`| head`) loses the rest of the text and changes nothing about the exit code.

    Errors: WriteError.
    """
    pieces = [text] if isinstance(text, str) else text
    if output:
        write(Path(output), pieces)
        return
    try:
        for piece in pieces:
            click.echo(piece.encode(sys.stdout.encoding or "utf-8", "backslashreplace"), nl=False)
    except BrokenPipeError:
        silence()
    except OSError as error:
        silence()
        raise WriteError(unwritten("standard output", error)) from error


def silence() -> None:
    """Let standard output lead nowhere, so that nothing of it is tried again when the process ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
