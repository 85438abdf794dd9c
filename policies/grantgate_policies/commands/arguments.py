"""What may stand behind ``--``: everything of the engine's own options that leaves the gate its sight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

BLINDING: Final = ("--target", "-t", "--target-replace", "--target-dependents", "--exclude", "--exclude-dependents")
"""Options that leave resources out of a run: their lookups would not be made."""

_OURS: Final = ("--json", "-j", "--event-log", "--policy-pack", "--policy-pack-config", "--diff", "--cwd", "-C")
RESERVED: Final[Mapping[str, Collection[str]]] = {
    "preview": (*_OURS, "--show-sames"),
    "up": (*_OURS, "--show-sames", "--yes", "-y", "--skip-preview", "-f"),
}
"""Options that grantgate sets itself, or that would change what it reads, by the engine's command."""

_UNSET: Final = ("--diff", "--cwd", "--policy-pack-config", *(word for word in BLINDING if word.startswith("--")))
"""Refused options that grantgate does not give itself, so that the environment could."""

_STACK: Final = ("--stack", "-s")
_WITH_VALUE: Final = "cmpstCv"
"""Short options that take what follows as their value."""


def check_arguments(
    command: str, arguments: Sequence[str], stacks: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Refuse what grantgate sets itself, and what would keep resources from being looked at, by a UsageError."""
    words = list(_options(arguments))
    for word in words:
        if word in RESERVED[command]:
            raise click.UsageError(f"{word} is grantgate's own to set; leave it out behind --")
        if word in BLINDING:
            raise click.UsageError(f"{word} leaves resources out of the {command}, and their lookups are not made then")
        if stacks and word in _STACK:
            raise click.UsageError(f"{word} behind -- and --stack before it both name a stack; give one of them")
    for word in _UNSET:
        # The engine reads every option from the environment as well.
        name = f"PULUMI_OPTION_{word.removeprefix('--').replace('-', '_').upper()}"
        if environment.get(name):
            raise click.UsageError(f"the environment variable {name} is set, and {word} must not be; unset it")
    twice = next((stack for place, stack in enumerate(stacks) if stack in stacks[:place]), None)
    if twice:
        raise click.UsageError(f"--stack: {twice!r} is named twice")


def _options(arguments: Sequence[str]) -> Iterator[str]:
    """
    Give every option that the engine will find in the arguments.

    >>> list(_options(["--stack=prod", "-dturn:x", "value", "-"]))
    ['--stack', '-d', '-t']
    """
    for word in arguments:
        if word.startswith("--"):
            yield word.partition("=")[0]
        elif word.startswith("-"):
            for letter in word[1:].partition("=")[0]:
                yield f"-{letter}"
                if letter in _WITH_VALUE:
                    break
