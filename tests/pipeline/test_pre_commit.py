"""The pre-commit hooks: the one that this repository offers, and the one that `grantgate init` writes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from grantgate_policies import starting
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = ROOT / ".pre-commit-hooks.yaml"
(OFFERED,) = YAML(typ="safe").load(MANIFEST)


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command with no settings of the user's, and with this environment's programs first."""
    environment = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "HOME": str(folder.parent),
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a git repository with what init makes in it, all of it staged."""
    folder = tmp_path / "infra"
    starting.carry_out(folder, starting.files(starting.Wanted("acme")))
    assert run(folder, "git", "init", "--quiet").returncode == 0
    assert run(folder, "git", "add", "--all").returncode == 0
    return folder


def offered_here(args: list[str]) -> dict[str, Any]:
    """Make a configuration with the offered hook, run by this environment instead of one that pip would fill."""
    hook = {key: value for key, value in OFFERED.items() if key != "additional_dependencies"}
    return {"repos": [{"repo": "local", "hooks": [{**hook, "language": "system", "args": args}]}]}


def commit_hook(folder: Path) -> subprocess.CompletedProcess[str]:
    return run(folder, sys.executable, "-m", "pre_commit", "run", "--verbose")


def test_the_manifest_is_valid() -> None:
    """Pre-commit itself takes the file."""
    done = run(ROOT, sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST))

    assert done.returncode == 0, done.stdout


def test_the_hook_brings_what_validation_needs() -> None:
    """A hook of language python is installed without extras: the extra is named."""
    assert (OFFERED["language"], OFFERED["additional_dependencies"]) == ("python", [".[policies]"])


def test_the_made_configuration_is_valid(repository: Path) -> None:
    """Pre-commit itself takes what init writes."""
    assert run(repository, sys.executable, "-m", "pre_commit", "validate-config").returncode == 0


@pytest.mark.parametrize("which", ["made", "offered", "offered with args"])
@pytest.mark.parametrize(
    ("fault", "code", "told"),
    [
        pytest.param("", 0, "rules.yaml: ok", id="a good file"),
        pytest.param("rulez: {}\n", 1, "Did you mean rules?", id="a faulty one"),
    ],
)
def test_the_hook_reads_the_rules_file(repository: Path, which: str, fault: str, code: int, told: str) -> None:
    """A commit that touches the rules file is let through or stopped, with every fault told."""
    if which != "made":
        args = ["policies/rules.yaml"] if which == "offered with args" else []
        with (repository / ".pre-commit-config.yaml").open("w") as file:
            YAML().dump(offered_here(args), file)
    with (repository / "policies" / "rules.yaml").open("a") as file:
        file.write(fault)
    assert run(repository, "git", "add", "--all").returncode == 0

    done = commit_hook(repository)

    assert done.returncode == code, done.stdout + done.stderr
    assert told in done.stdout


@pytest.mark.parametrize(
    ("path", "runs"),
    [
        pytest.param("policies/rules.yaml", True, id="the rules file"),
        pytest.param("policies/our_rules.py", True, id="a module of own rules"),
        pytest.param("infra/policies/rules.yaml", True, id="below another folder"),
        pytest.param("rules.yml", True, id="at the root"),
        pytest.param("__main__.py", False, id="the program"),
        pytest.param("my-rules.yaml", False, id="another file"),
    ],
)
def test_the_hook_runs_when_it_should(repository: Path, path: str, runs: bool) -> None:  # noqa: FBT001 - a table
    """Any change in a folder `policies`, or of a rules file, makes the hook run; others do not."""
    with (repository / ".pre-commit-config.yaml").open("w") as file:
        YAML().dump(offered_here(["policies/rules.yaml"]), file)
    commit = ("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--no-verify", "-m", "all")
    assert run(repository, "git", "add", "--all").returncode == 0
    assert run(repository, "git", *commit).returncode == 0
    (repository / path).parent.mkdir(exist_ok=True, parents=True)
    with (repository / path).open("a") as file:
        file.write("\n# changed\n")
    assert run(repository, "git", "add", path).returncode == 0

    done = commit_hook(repository)

    assert done.returncode == 0, done.stdout + done.stderr
    assert ("(no files to check)Skipped" not in done.stdout) is runs
