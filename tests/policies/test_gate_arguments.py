"""What stands behind ``--`` leaves the gate its sight, however it is written."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner
from grantgate_policies.commands.arguments import ALLOWED, BLINDING, REFUSED, RESERVED, SHORT, VALUED, check_arguments
from grantgate_policies.commands.root import main


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--refresh", "--parallel", "4"], id="long options"),
        pytest.param(["-r", "-p4", "-mtjf"], id="short ones, the last with a value"),
        pytest.param(["-dp", "4", "-c", "key=value", "-c=x:t"], id="short ones together"),
        pytest.param(["--stack", "prod"], id="a stack"),
        pytest.param(["-sprod", "-m", "-", "-m", "", "--message", "target"], id="a stack in one word, values of words"),
        pytest.param(["--parallel=-1", "--message=--target", "-m-x"], id="values that read as options"),
    ],
)
def test_allowed(words: list[str]) -> None:
    """What changes nothing about who is looked at goes to the engine."""
    check_arguments("preview", words, [], {})


@pytest.mark.parametrize("command", RESERVED)
def test_refused(command: str) -> None:
    """Every option that is refused is so with a value, too, and among short ones."""
    for option in (*RESERVED[command], *BLINDING, *REFUSED):
        written = [f"-d{option[1:]}", f"{option}x"] if len(option) == 2 else [f"{option}=x"]
        for word in (option, *written):
            with pytest.raises(click.UsageError, match=f"^{option} "):
                check_arguments(command, ["--refresh", word], [], {})


@pytest.mark.parametrize("command", RESERVED)
def test_classified_once(command: str) -> None:
    """No option is both allowed and refused, by either of its names."""
    refused = {*RESERVED[command], *BLINDING, *REFUSED}
    assert not refused & {*ALLOWED[command], *SHORT}
    assert set(SHORT.values()) <= set(ALLOWED[command]) <= set(ALLOWED["preview"])
    assert set(ALLOWED["preview"]) >= VALUED


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param(["--client", "127.0.0.1:1"], "--client is not known to leave", id="a hidden option"),
        pytest.param(["--remote=true"], "--remote is not known to leave", id="a run elsewhere"),
        pytest.param(["--leave-out-everything"], "--leave-out-everything is not known", id="one of tomorrow"),
        pytest.param(["-dZ"], "-Z is not known to leave", id="a short one of tomorrow"),
        pytest.param(["--Target=x"], "--Target is not known", id="written in capitals"),
        pytest.param(["--import-file", "x"], "--import-file is not known", id="no option of an update"),
        pytest.param(["https://example.com/template"], "is no option and no option's value", id="another program"),
        pytest.param(["-"], "'-' is no option", id="a dash"),
        pytest.param(["--"], "-- is not known", id="an end of options"),
        pytest.param(["--refresh", "true"], "'true' is no option", id="what looks like a value"),
        pytest.param(["--message", "--target", "x"], "'--target' reads as an option", id="a value or an option"),
        pytest.param(["-dp", "-x"], "-p needs a value, and '-x' reads", id="a value or a short option"),
    ],
)
def test_unknown(words: list[str], told: str) -> None:
    """What this release does not know is refused: it could leave anything out."""
    with pytest.raises(click.UsageError, match=f"^.*{told}"):
        check_arguments("up", words, [], {})


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
        pytest.param([], [], {"PULUMI_OPTION_OVERRIDE_ENV": "a=b"}, "--override-env must not be", id="an environment"),
        pytest.param([], [], {"PULUMI_OPTION_POLICY_PACK_CONFIG": "x"}, "PULUMI_OPTION_POLICY_PACK", id="settings"),
        pytest.param([], [], {"PULUMI_OPTION_SHOW_SECRETS": "1"}, "--show-secrets must not be", id="secrets"),
        pytest.param([], [], {"PULUMI_OPTION_TOMORROW": "1"}, "--tomorrow must not be", id="one of tomorrow"),
    ],
)
def test_usage(words: list[str], stacks: list[str], environment: dict[str, str], told: str) -> None:
    """The engine takes options from its environment as well; a stack is named once."""
    with pytest.raises(click.UsageError, match=told):
        check_arguments("up", words, stacks, environment)


def test_what_is_set_anyway_may_be_in_the_environment() -> None:
    """An option that grantgate gives itself beats its variable, and what is allowed may come from anywhere."""
    environment = {"PULUMI_OPTION_YES": "true", "PULUMI_OPTION_JSON": "false", "PULUMI_OPTION_TARGET": ""}
    for command in RESERVED:
        check_arguments(command, [], [], {**environment, "PULUMI_OPTION_PARALLEL": "4"})


@pytest.mark.parametrize("option", ["--stack", "--rules", "--baseline", "--output"])
def test_an_empty_value_is_refused(option: str) -> None:
    """A pipeline's variable that nobody set must not mean another stack, other rules, or no baseline."""
    result = CliRunner().invoke(main, ["preview", option, ""])

    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.stderr
    assert ": empty; give a value, or leave the option out" in result.stderr


@pytest.mark.parametrize("pages", ["https://example.com/rules", "http://example.com/{id}", "javascript:{id}"])
def test_rule_pages_are_an_address_for_each_rule(pages: str) -> None:
    """What is no https address with a place for the rule's id would be a link that leads nowhere."""
    result = CliRunner().invoke(main, ["check", "-", "--rule-pages", pages], input="[]")

    assert result.exit_code == 2
    assert "is no https:// address with {id} in it" in result.stderr
