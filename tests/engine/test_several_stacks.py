"""`--stack` several times: one after the other, each with its own proof, and one report."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
BY_STACK = """
    import pulumi
    from grantgate import AccessGrantsLocation
    if pulumi.get_stack() == "broken":
        raise RuntimeError("kaput")
    AccessGrantsLocation("location", "bad" if pulumi.get_stack() == "dev" else "good")
"""


def gate(project: Project, command: str, *arguments: str) -> Any:
    return project.run(
        sys.executable, "-m", "grantgate_policies", command, "--policy-pack", str(ROOT / "policies"),
        "--format", "json", *arguments,
    )  # fmt: skip


@pytest.fixture
def stacks(project: Project) -> Project:
    """Give a project with the stacks `prod`, `dev` and `broken`, of which only the first one passes."""
    for name in ("dev", "broken"):
        done = project.run("pulumi", "stack", "init", name, "--non-interactive", "--no-select")
        assert done.returncode == 0, done.stderr
    project.program(BY_STACK)
    return project


def test_a_stack_that_fails_does_not_stop_the_others(stacks: Project) -> None:
    """Every stack is looked at; problems name theirs, and the worst of them decides."""
    done = gate(stacks, "preview", "--stack", "broken", "--stack", "dev", "--stack", "prod")

    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [(run["stack"], run["command"]) for run in report["runs"]] == [
        ("broken", "preview"),
        ("dev", "preview"),
        ("prod", "preview"),
    ]
    assert all(problem["about"].startswith("broken") for problem in report["problems"])
    assert "kaput" in report["problems"][0]["what"]
    failed = {item["resource"]["urn"].split(":")[2] for item in report["findings"] if item["outcome"] == "FAIL"}
    passed = {item["resource"]["urn"].split(":")[2] for item in report["findings"] if item["outcome"] == "PASS"}
    assert failed == {"dev"}
    assert "prod" in passed
    for name in ("broken", "dev", "prod"):
        assert f"grantgate: pulumi preview of {name}: started" in done.stderr


def test_nothing_is_updated_unless_all_previews_pass(stacks: Project) -> None:
    """One red preview keeps every stack as it was."""
    done = gate(stacks, "up", "--yes", "--stack", "prod", "--stack", "dev")

    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert "nothing was updated: the preview did not pass" in report["notices"]
    assert {run["command"] for run in report["runs"]} == {"preview"}
    assert stacks.resources() == {}


TURNING = """
    import pulumi
    from grantgate import AccessGrantsLocation
    turns = pulumi.get_stack() == "dev" and not pulumi.runtime.is_dry_run()
    AccessGrantsLocation("location", "bad" if turns else "good")
"""


def test_the_first_update_that_does_not_pass_is_the_last(stacks: Project) -> None:
    """Stacks are updated in the order given; what was not updated keeps the report of its preview."""
    stacks.program(TURNING)

    done = gate(stacks, "up", "--yes", "--stack", "dev", "--stack", "prod")

    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [(run["stack"], run["command"]) for run in report["runs"]] == [("dev", "up"), ("prod", "preview")]
    assert "prod was not updated: the update of dev did not pass" in report["notices"]
    assert report["problems"] == []
    assert stacks.resources() == {}


REWRITING = """
    import os, pathlib, pulumi
    from grantgate import AccessGrantsLocation
    rules = pathlib.Path(os.environ["GRANTGATE_RULES"])
    if pulumi.get_stack() == "prod":
        rules.write_text(rules.read_text() + "\\n# nothing is forbidden\\n")
    AccessGrantsLocation("location", "good")
"""


def test_rules_that_change_between_two_stacks_are_noticed(stacks: Project) -> None:
    """The report names one rules file: no stack of it was judged by another, nor any update after a preview."""
    stacks.write_rules(stacks.rules.read_text())
    stacks.program(REWRITING)

    done = gate(stacks, "preview", "--stack", "prod", "--stack", "dev")

    assert done.returncode == 4, done.stdout + done.stderr
    told = {problem["about"]: problem["what"] for problem in json.loads(done.stdout)["problems"]}
    assert told["prod"].endswith("rules.yaml changed during the run: it is part of what judges")
    assert told["dev"].endswith("rules.yaml changed before the pack read it")

    done = gate(stacks, "up", "--yes", "--stack", "prod")

    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [problem["what"] for problem in report["problems"]] == [told["prod"]]
    assert {run["command"] for run in report["runs"]} == {"preview"}
    assert stacks.resources() == {}


def test_a_stack_by_two_names_is_noticed(stacks: Project) -> None:
    """The engine knows one stack by several names; it is not judged and counted twice."""
    done = gate(stacks, "preview", "--stack", "prod", "--stack", "organization/gated/prod")

    assert done.returncode == 4, done.stdout + done.stderr
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["what"] == "the stack prod of gated has been looked at before, under another name"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--stack", "dev", "--", "--stack", "prod"), "both name a stack", id="twice, behind -- too"),
        pytest.param(("--stack", "dev", "--", "-sprod"), "both name a stack", id="in one word"),
        pytest.param(("--stack", "dev", "--stack", "dev"), "'dev' is named twice", id="the same twice"),
    ],
)
def test_stacks_are_named_once(project: Project, arguments: tuple[str, ...], told: str) -> None:
    """What cannot be meant is a usage error."""
    done = gate(project, "preview", *arguments)

    assert done.returncode == 2
    assert told in done.stderr
