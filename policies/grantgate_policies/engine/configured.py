"""The secrets of a stack's configuration, as the engine decrypts them: what no report may show."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

UNREAD: Final = (
    "the stack's secret configuration could not be read, so nobody looked for its values in the texts of this report"
)
"""What a reader has to know where there is no answer."""

_CHOOSING: Final = {"--stack": "--stack", "-s": "--stack", "--config-file": "--config-file", "-C": "-C", "--cwd": "-C"}
"""Options of `pulumi preview` that choose a configuration, and what `pulumi config` calls them."""
_PATIENCE: Final = 60  # seconds


def configured(command: str, arguments: Sequence[str], *, folder: Path) -> list[str] | None:
    """
    Ask the engine for the secrets in the configuration that a preview or an update with these arguments reads.

    ``command`` is the `pulumi` to ask. Gives None where it does not answer.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the user's own pulumi, with the user's own arguments
            [command, "config", "--json", "--show-secrets", "--non-interactive", *_chosen(arguments)],
            cwd=folder,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
        values = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return list(_secrets(values)) if isinstance(values, dict) else None


def _chosen(arguments: Sequence[str]) -> Iterator[str]:
    """
    Give the options among ``arguments`` that choose the configuration.

    >>> list(_chosen(["--diff", "-s", "dev", "--config-file=x.yaml", "-Cproject", "--message", "m"]))
    ['--stack=dev', '--config-file=x.yaml', '-C=project']
    """
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if not name.startswith("--"):
            name, equals, value = word[:2], word[2:], word[2:].removeprefix("=")
        if name in _CHOOSING:
            yield f"{_CHOOSING[name]}={value if equals else next(words, '')}"


def _secrets(values: dict[str, Any]) -> Iterator[str]:
    for entry in values.values():
        if isinstance(entry, dict) and entry.get("secret") is True:
            yield from _leaves(entry.get("objectValue", entry.get("value")))


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)
    elif value is not None:
        yield str(value)
