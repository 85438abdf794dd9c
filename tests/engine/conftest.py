"""A real engine, a real pack, a real program and an AWS over HTTP, each test with its own project and state."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
SCOPE = "s3://acme-data-prod-finance/finance/*"
KEY_ID, SECRET_KEY = "AKIACANARYCANARYCANA", "canary+secret/access+key"


SEED: Mapping[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        ACCOUNT: {
            "regions": {
                REGION: {
                    "instance": {},
                    "buckets": ["acme-data-prod-finance", "acme-data-prod-hr"],
                    "locations": [
                        {"id": "good", "scope": SCOPE, "roleArn": ROLE, "createdAt": "2026-03-02T08:00:00Z"},
                        {
                            "id": "bad",
                            "scope": "s3://acme-data-prod-hr/people*",
                            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/DataAdmin",
                        },
                    ],
                }
            },
        }
    },
}


@dataclass
class Ran:
    """What one pulumi command left."""

    code: int
    text: str
    events: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    run: list[dict[str, Any]]

    def outcome(self, rule: str, resource: str = "") -> set[str]:
        """Give the outcomes of one rule, on one resource or all."""
        return {
            finding["outcome"]
            for finding in self.findings
            if finding["ruleId"] == rule and resource in finding["resource"]["name"]
        }

    def error(self) -> str:
        """Give the engine's error lines."""
        return "\n".join(line for line in self.text.splitlines() if "error" in line)

    def policies(self) -> list[tuple[str, str]]:
        """Give (policy, level) of every policy event."""
        found = [event["policyEvent"] for event in self.events if "policyEvent" in event]
        return sorted((event["policyName"], event["enforcementLevel"]) for event in found)

    def inputs(self, name: str) -> dict[str, Any]:
        """Give the checked inputs of the resource ``name``, as policies saw them."""
        for event in self.events:
            new = event.get("resourcePreEvent", {}).get("metadata", {}).get("new") or {}
            if new.get("urn", "").endswith(f"::{name}"):
                return dict(new["inputs"])
        raise KeyError(name)

    def ops(self) -> dict[str, str]:
        """Give the planned operation of every resource, by its name."""
        metadata = [event["resourcePreEvent"]["metadata"] for event in self.events if "resourcePreEvent" in event]
        return {item["urn"].rpartition("::")[2]: item["op"] for item in metadata}


@dataclass
class Project:
    """One Pulumi project in a folder of its own."""

    folder: Path
    aws: Emulator
    bin_path: str
    rules: Path
    stack: str = "prod"
    environment: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def env(self) -> dict[str, str]:
        """Give the environment: nothing of the user's but PATH and HOME, and nothing that reaches a real AWS."""
        return {
            "HOME": str(self.folder / "home"),
            "PATH": os.pathsep.join((self.bin_path, str(Path(sys.executable).parent), os.environ["PATH"])),
            "PULUMI_HOME": str(self.folder / "pulumi-home"),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "canary-passphrase",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            # pulumi_aws is installed for the tests: the engine would ask the network for its plugin in every run.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DEBUG_COMMANDS": "true",
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "GRANTGATE_RULES": str(self.rules),
            **self.environment,
        }

    def program(self, text: str) -> None:
        """Write the program."""
        (self.folder / "__main__.py").write_text(textwrap.dedent(text))

    def seed(self, account: str, entry: Mapping[str, Any]) -> None:
        """Put ``entry`` into the AWS as that account, beside what every test has."""
        accounts = {**SEED["accounts"]}
        accounts[account] = {**accounts.get(account, {}), **entry}
        self.aws.seed({**SEED, "accounts": accounts})

    def write_rules(self, text: str) -> None:
        """Write another rules file for this project."""
        self.rules = self.folder / "rules.yaml"
        self.rules.write_text(textwrap.dedent(text))

    def run(self, *arguments: str, timeout: float = 240, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run any command in the project."""
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env={**self.env(), **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def pulumi(self, command: str, *arguments: str, pack: bool = True, **environment: str) -> Ran:
        """Run `pulumi COMMAND` with the pack and read what it left."""
        self.count += 1
        events = self.folder / f"events-{self.count}.jsonl"
        findings = self.folder / f"findings-{self.count}.jsonl"
        options = ["--non-interactive", "--color", "never", "--event-log", str(events), "--stack", self.stack]
        if command in {"up", "refresh", "destroy"}:
            options += ["--yes", "--skip-preview"]
        if pack and command in {"preview", "up"}:
            options += ["--policy-pack", str(ROOT / "policies")]
        done = self.run("pulumi", command, *options, *arguments, GRANTGATE_FINDINGS=str(findings), **environment)
        lines = _lines(findings)
        return Ran(
            code=done.returncode,
            text=done.stdout + done.stderr,
            events=_lines(events),
            findings=[line for line in lines if line["schema"] == "grantgate.finding/1"],
            run=[line for line in lines if line["schema"] == "grantgate.run/1"],
        )

    def state(self) -> dict[str, Any]:
        """Give the stack's state as the backend holds it."""
        done = self.run("pulumi", "stack", "export", "--stack", self.stack)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout))

    def resources(self) -> dict[str, dict[str, Any]]:
        """Give the resources of the state by name."""
        found = self.state()["deployment"].get("resources") or []
        return {item["urn"].rpartition("::")[2]: item for item in found}


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="session")
def bin_path() -> str:
    """Give the folder of the engine that `make` found or built."""
    file = ROOT / ".engine" / "bin-path"
    if not file.exists():
        pytest.fail("there is no engine; run `make test`, or `make setup` first")
    return file.read_text().strip()


@pytest.fixture
def aws() -> Iterator[Emulator]:
    """Give an AWS of its own to every test."""
    with Emulator(SEED) as emulator:
        yield emulator


@pytest.fixture
def project(tmp_path: Path, aws: Emulator, bin_path: str) -> Project:
    """Give an empty project with a stack `prod`."""
    made = Project(tmp_path, aws, bin_path, ROOT / "tests" / "engine" / "rules.yaml")
    (tmp_path / "state").mkdir()
    (tmp_path / "home").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: gated\nruntime: python\n")
    made.program("")
    done = made.run("pulumi", "stack", "init", "prod", "--non-interactive")
    assert done.returncode == 0, done.stderr
    return made
