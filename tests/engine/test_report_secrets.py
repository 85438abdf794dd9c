"""Canaries through a whole gate: secrets of every origin, in every text that others write, in no report."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from grantgate_policies.reports import FORMATS

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
KEY_ID, SECRET_KEY = "AKIACANARYCANARYCANA", "canary+secret/access+key"
CONFIGURED = 'canary/"config" secret+\u00fc=1'
LINES = "canary-line-one/aa\ncanary-line-two/bb"
ENVIRONMENT = {
    "AWS_SESSION_TOKEN": "canary-session/token+==",
    "GITHUB_TOKEN": "canary-github-token",
    "HTTPS_PROXY_FOR_LATER": "http://canary-user:canary%2Fproxy-password@proxy.example:3128",
}
CANARIES = (
    KEY_ID,
    SECRET_KEY,
    CONFIGURED,
    *LINES.split("\n"),
    "canary-location-id",
    "canary-passphrase",
    "canary-session/token+==",
    "canary-github-token",
    "canary%2Fproxy-password",
    "canary/proxy-password",
)

RULES = """
    version: 1
    organization: {name: acme, accounts: {"111122223333": {name: data-prod}}}
    customRules:
      - path: own
"""
OWN = """
import base64
import json
import os
from urllib.parse import quote

from grantgate_policies.api import Broken, Level, Location, Rule, Severity

EVERYTHING = [value for name, value in os.environ.items() if "canary" in value or "CANARY" in value]


def raising(location, context):
    raise ValueError(f"{EVERYTHING} {location}")


def telling(location, context):
    coded = [base64.b64encode(one.encode()).decode() for one in EVERYTHING]
    shapes = (str, repr, json.dumps, lambda one: quote(one, safe=""))
    text = " ".join((*coded, *(shape(value) for value in EVERYTHING for shape in shapes)))
    return Broken("locationScope", text, json.dumps(EVERYTHING), text, repr(EVERYTHING))


RULES = tuple(
    Rule(
        about=(Location,), severity=Severity.HIGH, level=Level.MANDATORY, summary="No secrets", id=f"ACME-0{number}",
        name=judge.__name__, why=repr(EVERYTHING), fix=json.dumps(EVERYTHING), source="", url="", judge=judge,
    )
    for number, judge in enumerate((raising, telling), 1)
)
"""
PROGRAM = """
    import os
    import pulumi
    from grantgate import AccessGrantsLocation
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider

    configured = pulumi.Config().require("configured")
    lines = pulumi.Config().require("lines")
    pulumi.export("configured", pulumi.Config().require_secret("configured"))
    pulumi.log.info(f"{configured} {lines}")
    pulumi.log.warn(repr(os.environ["AWS_SECRET_ACCESS_KEY"]))


    class Made(ResourceProvider):
        def create(self, props):
            return CreateResult("made", props)


    class Kept(Resource):
        def __init__(self, name, props):
            super().__init__(Made(), name, props)


    Kept("kept", {"plain": configured, "lines": lines, "key": os.environ["AWS_SECRET_ACCESS_KEY"]})
    AccessGrantsLocation("good", "good")
    AccessGrantsLocation(f"named {configured}", "good")
    AccessGrantsLocation(f"named {os.environ['GITHUB_TOKEN']} one", "good")
"""
ENDING = """
    AccessGrantsLocation("failing", pulumi.Output.secret("canary-location-id"))
    pulumi.log.error(f"{configured!r} {lines!r} {os.environ['AWS_SESSION_TOKEN']} {dict(os.environ)!r}")
    raise ValueError(f"{lines} {configured} {os.environ['AWS_SECRET_ACCESS_KEY']}")
"""


def guises(canary: str) -> set[str]:
    """Give a canary as reports may show it."""
    coded = base64.b64encode(canary.encode()).decode()
    written = json.dumps(canary)[1:-1]
    return {
        canary,
        written,
        json.dumps(written)[1:-1],
        repr(canary)[1:-1],
        quote(canary, safe=""),
        quote(canary),
        coded,
    }


def leaks(shown: dict[str, str]) -> list[tuple[str, str]]:
    """Give the canaries in texts, each with its place."""
    return [
        (place, canary)
        for place, text in shown.items()
        for canary in CANARIES
        if any(guise in text for guise in guises(canary))
    ]


@pytest.mark.parametrize("ending", [pytest.param("", id="judged"), pytest.param(ENDING, id="failed")])
def test_no_canary_is_in_any_report(project: Project, ending: str) -> None:
    """Names, logs, errors, states, rules and the environment hold secrets; no report does, in any format."""
    for name, value in (("configured", CONFIGURED), ("lines", LINES)):
        done = project.run("pulumi", "config", "set", "--secret", "--stack", "prod", name, "--", value)
        assert done.returncode == 0, done.stderr
    (project.folder / "own").mkdir()
    (project.folder / "own" / "acme.py").write_text(OWN)
    project.write_rules(RULES)
    project.program(f"{PROGRAM.rstrip()}\n{ending.lstrip(chr(10))}")
    outputs = [word for name in FORMATS for word in ("--format", f"{name}={project.folder / 'out' / name}")]
    (project.folder / "out").mkdir()

    command = [sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"), *outputs]
    done = project.run(*command, "--", "--stack", "prod", **ENVIRONMENT)

    shown = {name: (project.folder / "out" / name).read_text() for name in FORMATS}
    shown |= {"stdout": done.stdout, "stderr": done.stderr}
    assert leaks(shown) == []
    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads(shown["json"])
    if ending:
        assert "[secret]" in "".join(one["what"] for one in report["problems"])
        return
    assert {one["ruleId"] for one in report["findings"]} >= {"ACME-01", "ACME-02"}
    names = {one["resource"]["name"] for one in report["findings"]}
    assert names == {"good", "named [secret]", "named [secret] one"}
    assert {one["name"] for one in report["lookups"]} == names


def test_an_export_with_its_secrets_is_judged_and_not_shown(project: Project) -> None:
    """`pulumi stack export --show-secrets` has secrets in the clear; what of it gets into other texts is masked."""
    done = project.run("pulumi", "config", "set", "--secret", "--stack", "prod", "configured", "--", CONFIGURED)
    assert done.returncode == 0, done.stderr
    project.program(
        """
        import pulumi
        from grantgate import AccessGrantsLocation

        AccessGrantsLocation(f"named {pulumi.Config().require('configured')}", "good")
        pulumi.export("configured", pulumi.Config().require_secret("configured"))
        """
    )
    assert project.pulumi("up", pack=False).code == 0
    export = project.run("pulumi", "stack", "export", "--stack", "prod", "--show-secrets")
    assert '"plaintext"' in export.stdout
    (project.folder / "export.json").write_text(export.stdout)
    (project.folder / "out").mkdir()
    outputs = [word for name in FORMATS for word in ("--format", f"{name}={project.folder / 'out' / name}")]

    done = project.run(sys.executable, "-m", "grantgate_policies", "check", "export.json", *outputs)

    shown = {name: (project.folder / "out" / name).read_text() for name in FORMATS}
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    assert leaks({**shown, "stdout": done.stdout, "stderr": done.stderr}) == []
    assert {one["resource"]["name"] for one in json.loads(shown["json"])["findings"]} == {"named [secret]"}


def test_a_wrong_passphrase_is_told_without_one(project: Project) -> None:
    """An engine that cannot decrypt its configuration ends in an error, in every report, and nothing leaks."""
    done = project.run("pulumi", "config", "set", "--secret", "--stack", "prod", "configured", "--", CONFIGURED)
    assert done.returncode == 0, done.stderr
    outputs = [word for name in FORMATS for word in ("--format", f"{name}={project.folder / 'out' / name}")]
    (project.folder / "out").mkdir()
    command = [sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"), *outputs]

    done = project.run(*command, "--", "--stack", "prod", PULUMI_CONFIG_PASSPHRASE="canary-passphrase-wrong")

    shown = {name: (project.folder / "out" / name).read_text() for name in FORMATS}
    assert done.returncode == 4, done.stdout + done.stderr
    assert leaks({**shown, "stdout": done.stdout, "stderr": done.stderr}) == []
