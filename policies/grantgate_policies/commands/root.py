"""The group ``grantgate``: its commands, and one meaning of exit codes for all of them."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import click

from grantgate_policies.commands.lazy import Entry, LazyGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

COMMANDS: Final = {
    "init": Entry("grantgate_policies.commands.init", "Make a repository ready: rules, pack, CI, hook."),
    "preview": Entry("grantgate_policies.commands.preview", "Run `pulumi preview` with the pack and report."),
    "up": Entry("grantgate_policies.commands.up", "Run `pulumi up` once its preview has passed, and report."),
    "check": Entry("grantgate_policies.commands.check", "Judge a stack export, a preview digest or a list."),
    "report": Entry("grantgate_policies.commands.report", "Write saved reports in other formats."),
    "comment": Entry("grantgate_policies.commands.comment", "Post a saved report on the pull request."),
    "baseline": Entry("grantgate_policies.commands.baseline", "Accept findings, so that only new ones block."),
    "what-if": Entry("grantgate_policies.commands.what_if", "Say what another rules file would change."),
    "rules": Entry("grantgate_policies.commands.rules", "Check, list and explain the rules."),
    "emulator": Entry("grantgate_policies.commands.emulator", "Serve an AWS with Access Grants for tests."),
}

_INTERRUPTED: Final = 130
_UNTOLD: Final = 4
_CLOSED: Final = 141  # what a shell says of a program that ended because nobody read on


@contextmanager
def _closed_pipe() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing is tried again when the process ends
        raise click.exceptions.Exit(_CLOSED) from None


class Gate(LazyGroup):
    """Turns what a command returns or raises into the exit code."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the command line; ``--help`` may be read by something that closes early."""
        with _closed_pipe():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _closed_pipe():
            return super().invoke(ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,
    ) -> Any:
        """Run and exit; a command's own return value is the exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        sys.exit(_flushed(self._code(args, prog_name, complete_var, **extra)))

    def _code(self, args: Sequence[str] | None, prog_name: str | None, complete_var: str | None, **extra: Any) -> int:
        try:
            result = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as error:
            with suppress(OSError):  # as below
                error.show()
            return 2
        except (click.Abort, KeyboardInterrupt) as error:
            # click takes an EOFError from anywhere for the end of somebody's input.
            if not isinstance(error.__cause__, EOFError):
                return _INTERRUPTED
            return _failed(error.__cause__)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not look like a green run
            return _failed(error)
        return int(result) if isinstance(result, int) else 0


def _failed(error: Exception) -> int:
    """Say what no command handled, and give the exit code."""
    from grantgate_policies.commands.failures import told  # noqa: PLC0415 - only then

    message, code = told(error)
    with suppress(OSError):  # the disk is full: nobody can be told, and the code still says it
        click.echo(f"grantgate: {message}" if "\n" not in message else message, err=True)
    return code


def _flushed(code: int) -> int:
    """Write what waits to be written; where that fails, Python itself would end with a code that is none of ours."""
    lost = [_is_lost(stream) for stream in (sys.stdout, sys.stderr)]
    return code or (_UNTOLD if any(lost) else 0)


def _is_lost(stream: TextIO) -> bool:
    """Flush a stream, and say whether something of it could not be written; a reader that stops early loses nothing."""
    try:
        stream.flush()
    except OSError as error:
        with suppress(OSError):  # nothing is tried again when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return not isinstance(error, BrokenPipeError)
    return False


@click.command(
    cls=Gate,
    entries=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes, of every command: 0 passed; 1 a mandatory rule failed; 2 usage, input or rules-file error; "
    "3 a mandatory rule cannot be decided; 4 engine, lookup or internal error.",
)
@click.version_option(package_name="grantgate", prog_name="grantgate")
def main() -> None:
    r"""
    Judge S3 Access Grants locations and Multi-Region Access Points by one organization's rules.

    Is every scope inside the buckets and prefixes that may be shared, is every role one that was made for it, has every
    request succeeded? The answer is an exit code, and a report that says why.

    \b
    Example:
      grantgate preview
      pulumi stack export | grantgate check -
    """
