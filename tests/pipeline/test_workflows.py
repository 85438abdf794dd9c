"""Every file for a CI system, in the repository, made by init or shown in the documentation: linted, and kept tight."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grantgate_policies import starting
from grantgate_policies.starting import Wanted
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "pull-requests.md").read_text()


def shown(kind: str) -> list[tuple[str, str]]:
    """Give the page's blocks whose first line names a file of that kind, with that name."""
    blocks = re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)
    return [(name, f"# {name}\n{text}") for name, text in blocks if re.fullmatch(kind, name)]


def made(ci: str, path: str, pack: str) -> str:
    (text,) = [one.text for one in starting.files(Wanted(ci=ci, pack=pack)) if str(one.path) == path]
    return text


WORKFLOWS = {
    **{f"this repository's {path.stem}": path.read_text() for path in (ROOT / ".github" / "workflows").glob("*.yml")},
    "made by init": made("github", starting.GITHUB, "policies"),
    "made by init, another pack": made("github", starting.GITHUB, "gate/pack-1.x"),
    **{f"shown {Path(name).stem}": text for name, text in shown(r"\.github/workflows/.*")},
}
GITLAB = {
    **{f"shown {number}": text for number, (_, text) in enumerate(shown(r"\.gitlab-ci\.yml"))},
    "made by init": made("gitlab", starting.GITLAB, "policies"),
}
BASH = ("--noprofile", "--norc", "-eo", "pipefail")
each_workflow = pytest.mark.parametrize(
    "text", [pytest.param(text, id=name) for name, text in sorted(WORKFLOWS.items())]
)


def loaded(text: str) -> Any:
    return YAML(typ="safe").load(text)


def steps_of(text: str) -> list[dict[str, Any]]:
    return [step for job in loaded(text)["jobs"].values() for step in job["steps"]]


def held_against(schema: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Hold a file against a schema that check-jsonschema carries; nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="session")
def actionlint() -> Path:
    """Give the linter that `make` built."""
    (version,) = re.findall(r"rhysd/actionlint v(\S+)", (ROOT / "engine" / "actionlint" / "go.mod").read_text())
    found = ROOT / ".engine" / "tools" / f"actionlint-{version}"
    if not found.exists():
        pytest.fail("there is no actionlint; run `make test`, or engine/linters.py first")
    return found


def test_the_page_shows_what_it_should() -> None:
    """The page's blocks are found: two workflows, two pipelines, one configuration of pre-commit."""
    assert [name for name, _ in shown(".*")] == [
        ".github/workflows/grantgate.yml",
        ".github/workflows/grantgate-apart.yml",
        ".gitlab-ci.yml",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
    ]


# --- GitHub -----------------------------------------------------------------------------------------------------------


@each_workflow
def test_workflows_are_linted(actionlint: Path, tmp_path: Path, text: str) -> None:
    """Actionlint and GitHub's schema find nothing; inputs and outputs of our action are those of action.yml."""
    place = tmp_path / ".github" / "workflows" / "one.yml"
    place.parent.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text())
    place.write_text(text.replace("OWNER/grantgate@TAG", "./"))

    linted = subprocess.run(
        [actionlint, "-no-color", "-shellcheck=", "-pyflakes=", place],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    valid = held_against("github-workflows", place)

    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert valid.returncode == 0, valid.stdout


def test_the_linter_looks_at_our_action(actionlint: Path, tmp_path: Path) -> None:
    """An input or output that action.yml does not have is found: the test above is no formality."""
    place = tmp_path / ".github" / "workflows" / "one.yml"
    place.parent.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (tmp_path / "action.yml").write_text((ROOT / "action.yml").read_text())
    text = WORKFLOWS["shown grantgate"].replace("OWNER/grantgate@TAG", "./")
    place.write_text(text.replace("comment-key:", "comment-kye:").replace("outputs.sarif", "outputs.serif"))

    linted = subprocess.run([actionlint, "-no-color", place], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert linted.returncode == 1
    assert '"comment-kye"' in linted.stdout
    assert '"serif"' in linted.stdout


def test_the_action_is_valid() -> None:
    """GitHub's schema takes action.yml."""
    done = held_against("github-actions", ROOT / "action.yml")

    assert done.returncode == 0, done.stdout


@each_workflow
def test_workflows_may_no_more_than_they_need(text: str) -> None:
    """Nothing is permitted for all jobs, each says what it needs, and no branch's code runs with the base's rights."""
    workflow = loaded(text)

    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow["on"]
    assert workflow["concurrency"]["cancel-in-progress"] is True
    for job in workflow["jobs"].values():
        assert job["permissions"].keys() <= {"contents", "id-token", "pull-requests", "security-events"}
        assert job["permissions"]["contents"] == "read"
        assert job["timeout-minutes"] <= 60


@each_workflow
def test_workflows_run_nothing_that_others_write(text: str) -> None:
    """No expression stands in a script, and no checkout leaves a token behind."""
    for step in steps_of(text):
        assert "${{" not in step.get("run", "")
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


@each_workflow
def test_workflows_are_never_skipped(text: str) -> None:
    """A required check that is skipped counts as passed: no job that judges has a condition."""
    for name, job in loaded(text)["jobs"].items():
        assert "if" not in job or name == "tell"
        assert "continue-on-error" not in job


def test_the_permission_to_assume_a_role_is_where_the_role_is() -> None:
    """Only a job that gets credentials may ask for an OIDC token."""
    for text in WORKFLOWS.values():
        for job in loaded(text)["jobs"].values():
            assumes = any("configure-aws-credentials" in step.get("uses", "") for step in job["steps"])
            assert ("id-token" in job["permissions"]) is assumes


@pytest.mark.parametrize(
    ("name", "judge"),
    [
        pytest.param("shown grantgate-apart", "judge", id="shown"),
        pytest.param("made by init", "grantgate", id="made by init"),
    ],
)
def test_the_job_that_writes_runs_nothing_of_the_pull_request(name: str, judge: str) -> None:
    """With two jobs, the one with AWS may not write, and the one that writes takes its packages from the base."""
    jobs = loaded(WORKFLOWS[name])["jobs"]

    assert jobs.keys() == {judge, "tell"}
    assert jobs["tell"]["needs"] == judge
    assert jobs[judge]["permissions"] == {"contents": "read", "id-token": "write"}
    (checkout,) = [step for step in jobs["tell"]["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert [step["with"]["comment"] for step in jobs[judge]["steps"] if step.get("id") == "gate"] in ([], ["false"])
    assert "github.token" not in json.dumps(jobs[judge])


@each_workflow
def test_packages_can_ask_for_no_token(runner: Any, text: str) -> None:
    """Every pip is the installed one; in a job with OIDC it inherits neither that nor the files of later steps."""
    runner.prepare()
    for job in loaded(text)["jobs"].values():
        for step in job["steps"]:
            if "pip install" not in step.get("run", ""):
                continue
            for name in ("requirements.txt", "policies/requirements.txt", "gate/pack-1.x/requirements.txt"):
                (runner.checkout / name).parent.mkdir(parents=True, exist_ok=True)
                (runner.checkout / name).write_text("")
            before = len(runner.pythons())
            done = runner.run(step["run"], {**runner.LATER, "GITHUB_OUTPUT": str(runner.folder / "noted")}, BASH)
            assert done.returncode == 0, done.stderr
            calls = runner.pythons()[before:]
            assert calls
            assert [arguments[:3] for arguments, _ in calls] == [["-I", "-m", "pip"]] * len(calls)
            if "id-token" in job["permissions"]:
                assert [environment.keys() & runner.LATER.keys() for _, environment in calls] == [set()] * len(calls)


@pytest.mark.parametrize(
    "script",
    [
        *(pytest.param(step["run"], id=f"{name} {number}") for name, text in sorted(WORKFLOWS.items())
          for number, step in enumerate(steps_of(text)) if "run" in step),
        *(pytest.param(step["run"], id=f"action {step['name']}")
          for step in loaded((ROOT / "action.yml").read_text())["runs"]["steps"]),
    ],
)  # fmt: skip
def test_scripts_can_be_read_by_bash(script: str) -> None:
    """Bash finds no fault of syntax in any of them."""
    done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 0, done.stderr


# --- GitLab, pre-commit, and the rest of the page ---------------------------------------------------------------------


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in sorted(GITLAB.items())])
def test_pipelines_are_valid(tmp_path: Path, text: str) -> None:
    """GitLab's schema takes them; of a file with inputs the header, and the job with the inputs filled in."""
    parts = text.split("\n---\n")
    if len(parts) > 1:
        inputs = loaded(parts[0])["spec"]["inputs"]
        filled = {f"$[[ inputs.{name} ]]": str(one["default"]) for name, one in inputs.items()}
        for written, value in filled.items():
            parts[1] = parts[1].replace(written, value)
        assert "$[[" not in parts[1]
        assert [name for name in filled if name not in text] == []
    for number, part in enumerate(parts):
        place = tmp_path / f"{number}.yml"
        place.write_text(part)
        done = held_against("gitlab-ci", place)
        assert done.returncode == 0, done.stdout


def test_pipelines_give_inputs_that_are_there() -> None:
    """The page's pipelines know no input that ci/gitlab.yml lacks."""
    header = (ROOT / "ci" / "gitlab.yml").read_text().split("\n---\n")[0]
    known = set(loaded(header)["spec"]["inputs"])

    for _, text in shown(r"\.gitlab-ci\.yml"):
        for one in loaded(text)["include"]:
            assert set(one["inputs"]) <= known


def test_the_configuration_of_pre_commit_is_valid(tmp_path: Path) -> None:
    """Pre-commit takes the page's configuration, and its hook is one that this repository offers."""
    ((_, text),) = shown(r"\.pre-commit-config\.yaml")
    (tmp_path / "config.yaml").write_text(text)
    command = [sys.executable, "-m", "pre_commit", "validate-config", str(tmp_path / "config.yaml")]

    assert subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    offered = {hook["id"] for hook in loaded((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for repo in loaded(text)["repos"] for hook in repo["hooks"]} <= offered


def test_trust_and_permissions_are_json() -> None:
    """Each policy on the page can be pasted, and each trust names one audience and one subject."""
    policies = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]

    trusts = [statement for policy in policies for statement in policy["Statement"] if "Principal" in statement]
    assert len(trusts) == 2
    for trust in trusts:
        named = [name.rpartition(":")[2] for test in trust["Condition"].values() for name in test]
        assert sorted(named) == ["aud", "sub"]
