"""
What may stand behind ``--``: those of the engine's own options that leave the gate its sight.

An option passes because this release knows it, never because nobody has heard of it: a newer engine may have new ways
of leaving resources out. What the engine's help offers is classified here, each option; a test asks the engine itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

BLINDING: Final = (
    "--target",
    "-t",
    "--target-replace",
    "--target-dependents",
    "--exclude",
    "-x",
    "--exclude-dependents",
)
"""Options that leave resources out of a run: their lookups would not be made."""

_OURS: Final = (
    "--json",
    "-j",
    "--event-log",
    "--non-interactive",
    "--policy-pack",
    "--policy-pack-config",
    "--diff",
    "--cwd",
    "-C",
    "--show-sames",
)
RESERVED: Final[Mapping[str, Collection[str]]] = {
    "preview": _OURS,
    "up": (*_OURS, "--yes", "-y", "--skip-preview", "-f"),
}
"""Options that grantgate sets itself, or that would change what it reads, by the engine's command."""

REFUSED: Final[Mapping[str, str]] = {
    "--override-env": "has the run use another environment than the stack's own, which is not what will be deployed",
    "--show-secrets": "writes secrets in plain text into what reports are made of",
    "--help": "has nothing looked at",
    "-h": "has nothing looked at",
    # The same arguments go to the preview and to the update, and the engine's preview has none of these.
    "--continue-on-error": "is no option of `pulumi preview`, which every update needs; set PULUMI_CONTINUE_ON_ERROR",
    "--secrets-provider": "is no option of `pulumi preview`, which every update needs",
    "--strict": "is no option of `pulumi preview`, which every update needs",
}
"""Other options that are refused, and why."""

_VALUED: Final = frozenset({
    "--color",
    "--config",
    "--config-file",
    "--memprofilerate",
    "--message",
    "--otel-traces",
    "--parallel",
    "--profiling",
    "--replace",
    "--stack",
    "--tracing",
    "--verbose",
})  # fmt: skip
_PREVIEW_ONLY: Final = frozenset({"--import-file", "--save-plan"})
VALUED: Final = _VALUED | _PREVIEW_ONLY
"""Options that take the word after them as their value, unless they have one in their own."""

_BARE: Final = frozenset({
    "--attach-debugger",  # which has its value behind a = or none
    "--config-path",
    "--debug",
    "--disable-integrity-checking",
    "--emoji",
    "--expect-no-changes",
    "--fully-qualify-stack-names",
    "--ignore-protect",
    "--logflow",
    "--logtostderr",
    "--neo",
    "--refresh",
    "--run-program",
    "--show-config",
    "--show-full-output",
    "--show-policy-remediations",
    "--show-reads",
    "--show-replacement-steps",
    "--skip-config-validation",
    "--skip-plugin-pre-install",
    "--suppress-outputs",
    "--suppress-permalink",
    "--suppress-progress",
    "--urns",
})  # fmt: skip
ALLOWED: Final[Mapping[str, Collection[str]]] = {"preview": VALUED | _BARE, "up": _VALUED | _BARE}
"""The long names of what may be given, by the engine's command: every resource is still looked at with them."""

SHORT: Final[Mapping[str, str]] = {
    "-c": "--config",
    "-d": "--debug",
    "-e": "--emoji",
    "-m": "--message",
    "-p": "--parallel",
    "-Q": "--fully-qualify-stack-names",
    "-r": "--refresh",
    "-s": "--stack",
    "-v": "--verbose",
}
"""The short names of what may be given."""

_PREFIX: Final = "PULUMI_OPTION_"
_NOUNS: Final = {"preview": "preview", "up": "update"}
_GIVEN: Final[Mapping[str, Collection[str]]] = {
    "preview": ("--json", "--event-log", "--non-interactive", "--policy-pack", "--show-sames"),
    "up": ("--json", "--event-log", "--non-interactive", "--policy-pack", "--yes", "--skip-preview"),
}
"""Options that grantgate gives in every run: the engine does not ask the environment for them."""

_IDLE: Final[Mapping[str, Collection[str]]] = {
    "preview": ("--yes", "--skip-preview", "--continue-on-error", "--secrets-provider"),
    "up": ("--import-file", "--save-plan", "--continue-on-error", "--secrets-provider"),
}
"""Options that the environment may hold since the command has none of that name, or looks at everything with it."""


def check_arguments(
    command: str, arguments: Sequence[str], stacks: Sequence[str], environment: Mapping[str, str]
) -> None:
    """Refuse everything but what is known to leave every resource to be looked at, by a UsageError."""
    for word in _options(arguments):
        if complaint := _complaint(command, word):
            raise click.UsageError(complaint)
        if stacks and SHORT.get(word, word) == "--stack":
            raise click.UsageError(f"{word} behind -- and --stack before it both name a stack; give one of them")
    # The engine reads every option from the environment as well.
    known = {_variable(option) for option in (*ALLOWED[command], *_GIVEN[command], *_IDLE[command])}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and environment[name] and name not in known:
            option = f"--{name.removeprefix(_PREFIX).replace('_', '-').lower()}"
            raise click.UsageError(f"the environment variable {name} is set, and {option} must not be; unset it")
    twice = next((stack for place, stack in enumerate(stacks) if stack in stacks[:place]), None)
    if twice:
        raise click.UsageError(f"--stack: {twice!r} is named twice")


def _complaint(command: str, word: str) -> str:
    """Say why an option is refused; empty when it is not."""
    if word in RESERVED[command]:
        return f"{word} is grantgate's own to set; leave it out behind --"
    if word in BLINDING:
        return f"{word} leaves resources out of the {_NOUNS[command]}, and their lookups are not made then"
    if word in REFUSED:
        return f"{word} {REFUSED[word]}; leave it out behind --"
    if SHORT.get(word, word) not in ALLOWED[command]:
        return f"{word} is not known to leave every resource to be looked at; leave it out behind --"
    return ""


def _variable(option: str) -> str:
    return f"{_PREFIX}{option.removeprefix('--').replace('-', '_').upper()}"


def _options(arguments: Sequence[str]) -> Iterator[str]:
    """
    Give every option that the engine will find in the arguments.

    Errors: UsageError for a word that is neither an option nor the value of one: it would name another program; and
            for a value that reads as an option, since only the engine knows which of the two it is.

    >>> list(_options(["--stack=prod", "-dmturn:x", "-p", "4"]))
    ['--stack', '-d', '-m', '-p']
    """
    waiting = ""
    for word in arguments:
        is_option = word.startswith("-") and word != "-"
        if waiting and is_option:
            raise click.UsageError(f"{waiting} needs a value, and {word!r} reads as an option; write it in one word")
        if not waiting and not is_option:
            raise click.UsageError(f"{word!r} is no option and no option's value; leave it out behind --")
        waiting = ""
        if word.startswith("--"):
            name, equals, _ = word.partition("=")
            yield name
            waiting = name if name in VALUED and not equals else ""
        elif is_option:
            for place, letter in enumerate(word[1:].partition("=")[0], 1):
                yield f"-{letter}"
                if SHORT.get(f"-{letter}") in VALUED:
                    waiting = f"-{letter}" if place == len(word) - 1 else ""
                    break
