"""What stands behind ``--`` leaves the gate its sight, however it is written."""

from __future__ import annotations

import click
import pytest
from grantgate_policies.commands.arguments import BLINDING, RESERVED, check_arguments


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--refresh", "--parallel", "4"], id="long options"),
        pytest.param(["-r", "-p4", "-mtjf"], id="short ones, the last with a value"),
        pytest.param(["-dp", "4", "-c", "key=value", "-c=x:t"], id="short ones together"),
        pytest.param(["--stack", "prod"], id="a stack"),
        pytest.param(["-sprod", "-", "", "target"], id="a stack in one word, and words"),
    ],
)
def test_allowed(words: list[str]) -> None:
    """What changes nothing about who is looked at goes to the engine."""
    check_arguments("preview", words, [], {})


@pytest.mark.parametrize("command", RESERVED)
def test_refused(command: str) -> None:
    """Every option that is refused is so with a value, too, and among short ones."""
    for option in (*RESERVED[command], *BLINDING):
        written = [f"-d{option[1:]}", f"{option}x"] if len(option) == 2 else [f"{option}=x"]
        for word in (option, *written):
            with pytest.raises(click.UsageError, match=f"^{option} "):
                check_arguments(command, ["--refresh", word], [], {})


@pytest.mark.parametrize(
    ("words", "stacks", "environment", "told"),
    [
        pytest.param(["-s", "a"], ["b"], {}, "both name a stack", id="two places"),
        pytest.param(["-dsa"], ["b"], {}, "both name a stack", id="among short ones"),
        pytest.param([], ["b", "a", "b"], {}, "'b' is named twice", id="twice"),
        pytest.param([], [], {"PULUMI_OPTION_TARGET": "x"}, "PULUMI_OPTION_TARGET is set", id="target"),
        pytest.param([], [], {"PULUMI_OPTION_TARGET_REPLACE": "x"}, "PULUMI_OPTION_TARGET_REPLACE", id="replace"),
        pytest.param([], [], {"PULUMI_OPTION_EXCLUDE": "x"}, "--exclude must not be", id="exclude"),
        pytest.param([], [], {"PULUMI_OPTION_DIFF": "1"}, "--diff must not be", id="diff"),
    ],
)
def test_usage(words: list[str], stacks: list[str], environment: dict[str, str], told: str) -> None:
    """The engine takes options from its environment as well; a stack is named once."""
    with pytest.raises(click.UsageError, match=told):
        check_arguments("up", words, stacks, environment)


def test_what_is_set_anyway_may_be_in_the_environment() -> None:
    """An option that grantgate gives itself beats its variable."""
    check_arguments("up", [], [], {"PULUMI_OPTION_YES": "true", "PULUMI_OPTION_JSON": "false"})
