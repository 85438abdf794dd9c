"""`grantgate rules effective`: each value that applies, the line it stands on, and the waivers that could apply."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from grantgate_policies.cli import main
from grantgate_policies.commands import rules_effective
from grantgate_policies.rules import RULES as CATALOGUE

if TYPE_CHECKING:
    from pathlib import Path

PROD, DEV, BARE, LONELY = "111122223333", "444455556666", "777788889999", "123412341234"
TODAY = dt.datetime.now(dt.UTC).date()
RULES = f"""\
version: 1
organization:
  name: acme
  accounts:
    "{PROD}": {{name: data-prod, environment: prod}}
    "{DEV}":
      name: data-dev
      environment: dev
    "{BARE}": {{name: bare}}
rules:
  location-scope-allowed:
    allow:
      - "s3://acme-*/a/*"
      - "s3://acme-*/b/*"
    severity: critical
  location-prefix-delimited: {{waivable: false}}
environments:
  dev:
    match: {{stacks: ["*-dev", "try-*"]}}
    rules:
      location-scope-allowed: {{level: advisory, deny: ["s3://acme-x/*"]}}
  v1.2:
    match: {{stacks: ["v1.2"]}}
    rules: {{location-scope-allowed: {{onUnknown: warn}}}}
waivers:
"""


def a_waiver(days: int, match: str, rule: str = "location-scope-allowed", more: str = "") -> str:
    expires = TODAY + dt.timedelta(days=days)
    return f'  - {{rule: {rule}, match: {{{match}}}, owner: me, reason: why, expires: "{expires}"{more}}}\n'


WAIVERS = "".join(
    (
        a_waiver(-1, 'resource: "old"'),
        a_waiver(14, f'account: "{PROD}"', more=", ticket: T-1"),
        a_waiver(15, f'account: "{DEV}"'),
        a_waiver(15, 'resource: "x"', rule="location-role-valid"),
    )
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("GRANTGATE_RULES", "GRANTGATE_DEBUG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rules.yaml").write_text(RULES + WAIVERS)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", *arguments])


def shown(*arguments: str) -> dict[str, Any]:
    result = run("effective", "--format", "json", *arguments)
    assert result.exit_code == 0, result.stderr
    found: dict[str, Any] = json.loads(result.output)
    return found


def values(*arguments: str, rule: str = "AGL-03") -> dict[str, tuple[Any, str, int | None]]:
    (found,) = shown("--rule", rule, *arguments)["rules"]
    return {one["name"]: (one["value"], one["origin"], one["line"]) for one in found["values"]}


@pytest.mark.usefixtures("place")
def test_values_without_an_environment() -> None:
    """A value is the rule's own, or stands in the file, and then its line is named."""
    assert values("--account", "bare") == {
        "level": ("mandatory", "default", None),
        "severity": ("critical", "rules", 15),
        "onUnknown": ("fail", "default", None),
        "waivable": (True, "default", None),
        "allow": (["s3://acme-*/a/*", "s3://acme-*/b/*"], "rules", 12),
        "deny": ([], "default", None),
    }


@pytest.mark.usefixtures("place")
def test_values_of_an_overlay() -> None:
    """An environment's value beats the file's, key by key, and has the overlay's line."""
    found = values("--account", DEV)

    assert found["level"] == ("advisory", "environments.dev", 21)
    assert found["deny"] == (["s3://acme-x/*"], "environments.dev", 21)
    assert found["severity"] == ("critical", "rules", 15)


@pytest.mark.usefixtures("place")
def test_an_environment_with_a_dot() -> None:
    """A name with dots leads to its own lines."""
    assert values("--stack", "v1.2")["onUnknown"] == ("warn", "environments.v1.2", 24)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "environment", "because"),
    [
        pytest.param([], "", "no account is given, and no stack is given", id="nothing given"),
        pytest.param(
            ["--account", "data-dev"], "dev", f"account {DEV} (data-dev) names it, rules.yaml:8", id="the account's"
        ),
        pytest.param(
            ["--account", PROD, "--stack", "x-dev"],
            "prod",
            f"account {PROD} (data-prod) names it, rules.yaml:5; the file has no overlay for it",
            id="the account's, which beats the stack's and has no overlay",
        ),
        pytest.param(
            ["--account", "bare", "--stack", "try-1"],
            "dev",
            "stack 'try-1' matches 'try-*', rules.yaml:19",
            id="the stack's, the account names none",
        ),
        pytest.param(
            ["--account", "bare", "--stack", "prod"],
            "",
            f"account {BARE} names none, and stack 'prod' matches no environment",
            id="neither",
        ),
        pytest.param(
            ["--account", LONELY], "", f"account {LONELY} is not in the file, and no stack is given", id="a stranger"
        ),
    ],
)
def test_environment(arguments: list[str], environment: str, because: str) -> None:
    """The environment is named, and why it is this one."""
    found = shown("--rule", "AGL-03", *arguments)

    assert (found["environment"], found["because"]) == (environment, because)
    text = run("effective", "--rule", "AGL-03", *arguments).output
    assert text.splitlines()[1] == f"environment  {environment or '(none)'}: {because}"


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param([], [("old", True, False), (PROD, False, True), (DEV, False, False)], id="any account"),
        pytest.param(["--account", PROD], [("old", True, False), (PROD, False, True)], id="one account"),
        pytest.param(["--account", "bare"], [("old", True, False)], id="another"),
        pytest.param(["--rule", "AGL-04"], [], id="a rule that takes none"),
        pytest.param(["--rule", "LKP-01"], [], id="a locked rule"),
    ],
)
def test_waivers(arguments: list[str], told: list[tuple[str, bool, bool]]) -> None:
    """Waivers that could apply are listed: of which account, expired, ending soon."""
    (found,) = shown(*(arguments if "--rule" in arguments else ["--rule", "AGL-03", *arguments]))["rules"]

    assert [(*one["match"].values(), one["expired"], one["endsSoon"]) for one in found["waivers"]] == told


@pytest.mark.usefixtures("place")
def test_text() -> None:
    """One block for a rule: its kind, each value with its origin, each waiver with its end."""
    output = run("effective", "--rule", "location-scope-allowed", "--account", "data-prod").output

    soon = TODAY + dt.timedelta(days=14)
    assert output.splitlines()[3:] == [
        "AGL-03 location-scope-allowed",
        "  resource rule",
        "  name       from                  value",
        "  level      default               mandatory",
        "  severity   rules, rules.yaml:15  critical",
        "  onUnknown  default               fail",
        "  waivable   default               true",
        '  allow      rules, rules.yaml:12  "s3://acme-*/a/*"',
        '                                   "s3://acme-*/b/*"',
        "  deny       default               []",
        f"  Waiver: me, ended on {TODAY - dt.timedelta(days=1)}: resource old (rules.yaml:26)",
        f"  Waiver: me, ends in 14 days, on {soon}, T-1: account {PROD} (rules.yaml:27)",
    ]


@pytest.mark.usefixtures("place")
def test_all_rules() -> None:
    """Without --rule every rule is shown, with what is missing and what is locked."""
    found = {one["id"]: one for one in shown()["rules"]}

    assert list(found) == [rule.id for rule in CATALOGUE]
    assert (found["AGL-11"]["configured"], found["AGL-11"]["missing"]) == (False, ["allow"])
    assert (found["LKP-01"]["locked"], found["LKP-01"]["configured"]) == (True, True)
    output = run("effective").output
    assert "resource rule; not configured: allow missing" in output
    assert "locked: neither waived nor disabled nor made advisory" in output


def test_kind() -> None:
    """A rule that gathers the stack is a stack rule."""
    rule = CATALOGUE[0]

    assert rules_effective.kind(replace(rule, gather=None)) == "resource"
    assert rules_effective.kind(replace(rule, gather=lambda _: None)) == "stack"


def test_without_a_rules_file(place: Path) -> None:
    """The catalogue can be read before there is a rules file."""
    (place / "rules.yaml").unlink()

    lines = run("effective", "--rule", "AGL-04").output.splitlines()
    assert lines[:2] == ["rules file   none: the rules as they come", "environment  (none): there is no rules file"]
    assert values(rule="AGL-04")["level"] == ("mandatory", "default", None)


def test_a_rules_file_from_a_pipe(place: Path) -> None:
    """What can be read only once is shown without lines."""
    pipe = place / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(RULES.removesuffix("waivers:\n"),))
    writer.start()
    found = values("--rules", str(pipe), "--account", DEV)
    writer.join()

    assert found["level"] == ("advisory", "environments.dev", None)


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--rule", "location-scop-allowed"], "Did you mean location-scope-allowed?", id="no such rule"),
        pytest.param(["--account", "data-prd"], "Did you mean data-prod?", id="no such account"),
        pytest.param(["--rules", "no.yaml"], "no.yaml: no such file", id="no such file"),
        pytest.param(["--format", "xml"], "'xml' is not one of", id="no such format"),
    ],
)
def test_usage(arguments: list[str], message: str) -> None:
    """Every wrong call is exit code 2 and says what is wrong."""
    result = run("effective", *arguments)

    assert message in result.stderr
    assert result.exit_code == 2


def test_a_bad_rules_file(place: Path) -> None:
    """A file with a fault is shown with its fault, and nothing of it as applying."""
    (place / "rules.yaml").write_text("version: 2\norganization: {name: acme}\n")
    result = run("effective")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("grantgate: rules.yaml:1:10: ")


def test_help_teaches() -> None:
    """The command shows a call, and its exit codes."""
    words = " ".join(run("effective", "--help").output.split())

    assert "Example:" in words
    assert "2 usage or rules-file error" in words
