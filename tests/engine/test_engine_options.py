"""Every option that an engine's help offers is one that the gate has an opinion about."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import click
import pytest
from grantgate_policies.commands.arguments import ALLOWED, SHORT, VALUED, check_arguments

pytestmark = pytest.mark.engine

NEWER = Path(__file__).resolve().parents[2] / ".engine" / "newer"
OPTION = re.compile(r"^ +(?:-(?P<short>\w), |    )--(?P<long>[a-z-]+)(?: (?P<value>\S+))?(?:  |$)", re.MULTILINE)
REFUSED = {
    "preview": {
        "cwd", "diff", "event-log", "exclude", "exclude-dependents", "help", "json", "non-interactive", "override-env",
        "policy-pack", "policy-pack-config", "show-sames", "show-secrets", "target", "target-dependents",
        "target-replace", "tracing-header",
    },
}  # fmt: skip
REFUSED["up"] = REFUSED["preview"] | {"continue-on-error", "secrets-provider", "skip-preview", "strict", "yes"}


class Option(NamedTuple):
    """One line of the help: its names, with dashes, and whether it takes the word after it."""

    long: str
    short: str
    valued: bool


def options(pulumi: Path, command: str) -> list[Option]:
    """Read what an engine says of a command; the hidden options of debugging are shown, too."""
    done = subprocess.run(
        [pulumi, command, "--help"],
        env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_DEBUG_COMMANDS": "true"},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return [
        Option(f"--{found['long']}", f"-{found['short']}" if found["short"] else "", _takes(found["value"]))
        for found in OPTION.finditer(done.stdout)
    ]


def _takes(value: str | None) -> bool:
    return bool(value) and "[=" not in str(value)


@pytest.mark.parametrize("command", REFUSED)
@pytest.mark.parametrize("which", ["the engine at hand", "the newer engine"])
def test_every_option_is_classified(which: str, command: str, bin_path: str) -> None:
    """A new option of an engine's is refused until somebody has looked at it, and short names fare as their long."""
    pulumi = (NEWER if which == "the newer engine" else Path(bin_path)) / "pulumi"
    if not pulumi.exists():
        pytest.skip("`make newer` builds the newer engine")
    found = options(pulumi, command)
    assert len(found) > 40, found

    unheard = [one.long for one in found if one.long not in ALLOWED[command] and one.long[2:] not in REFUSED[command]]
    assert unheard == [], "look at what these do, and classify them in commands/arguments.py"
    for one in found:
        refused = one.long not in ALLOWED[command]
        for name in filter(None, (one.long, one.short)):
            assert _is_refused(command, name, valued=one.valued) is refused, name
        # Else a word that the engine takes for an option would be taken for a value, or the other way about.
        assert refused or (one.long in VALUED) is one.valued, one.long
        assert refused or not one.short or SHORT[one.short] == one.long


def _is_refused(command: str, name: str, *, valued: bool) -> bool:
    try:
        check_arguments(command, [name, "1"] if valued else [name], [], {})
    except click.UsageError:
        return True
    return False
