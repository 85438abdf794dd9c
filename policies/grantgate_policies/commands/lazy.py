"""Groups that know their commands by name and import one only when it is called."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: the module that holds it as ``command``, and what a group's help says about it."""

    module: str
    summary: str


class LazyGroup(click.Group):
    """A group whose help needs none of its commands."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.entries = entries
        _mark_paragraphs(self)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Give the names in the order of the entries."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; only this one fails when its module is not there."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        try:
            command = import_module(entry.module).command
        except ModuleNotFoundError as error:
            if error.name != entry.module:
                raise
            raise click.UsageError(f"this installation has no command {cmd_name!r}", ctx) from None
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.module}.command is no click command")
        _mark_paragraphs(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that was probably meant."""
        if args and args[0] not in self.entries and not args[0].startswith("-"):
            close = difflib.get_close_matches(args[0], self.entries, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(self.entries)}"
            raise click.UsageError(f"{args[0]!r} is no command; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """Write the summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in self.entries.items()])


def _mark_paragraphs(command: click.Command) -> None:
    r"""Give click its mark of a paragraph that is not wrapped: a backspace, which a raw docstring writes as ``\b``."""
    command.help = (command.help or "").replace("\\b\n", "\b\n")
