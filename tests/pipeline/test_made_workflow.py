"""The workflow that `grantgate init` writes: its scripts run by bash as GitHub's runner would."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from grantgate_policies import starting
from grantgate_policies.starting import Wanted
from ruamel.yaml import YAML

Runner = Any
BASH = ("-e",)  # what a step without a shell means
PACK = "gate/pack"
(TEXT,) = [one.text for one in starting.files(Wanted(ci="github", pack=PACK)) if str(one.path) == starting.GITHUB]
JOBS = YAML(typ="safe").load(TEXT)["jobs"]


def script(job: str, name: str) -> str:
    (found,) = [step["run"] for step in JOBS[job]["steps"] if step.get("name") == name]
    return str(found)


def judge(runner: Runner, **environment: str) -> Any:
    """Run the step that judges; the variables of the repository are set."""
    runner.prepare()
    (runner.folder / "temp").mkdir(exist_ok=True)
    given = {
        **runner.LATER,
        "RUNNER_TEMP": str(runner.folder / "temp"),
        "GITHUB_OUTPUT": str(runner.folder / "output"),
        "GITHUB_STEP_SUMMARY": str(runner.folder / "summary.md"),
        "STACK": "prod",
        "PULUMI_BACKEND_URL": "file:///state",
    }
    return runner.run(script("grantgate", "Judge a preview"), {**given, **environment}, BASH)


def install(runner: Runner, *files: str, job: str = "grantgate") -> Any:
    """Run the step that installs, with these files of requirements, each of a package that is there."""
    runner.prepare()
    for name in files:
        (runner.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (runner.checkout / name).write_text("click\n")
    name = "Install the gate that the base names" if job == "tell" else "Install the program's packages and the gate"
    noted = {**runner.LATER, "GITHUB_OUTPUT": str(runner.folder / "output")}
    return runner.run(script(job, name), noted, BASH)


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130, 143])
def test_the_step_ends_as_the_gate_does(runner: Runner, code: int) -> None:
    """The exit code is the gate's, the reports lie in a new folder outside the checkout, and the summary is filled."""
    runner.plan |= {"code": code, "reports": {"json": json.dumps({"exitCode": code}), "markdown": "# said\n"}}

    done = judge(runner)

    assert done.returncode == code, done.stdout + done.stderr
    (noted,) = (runner.folder / "output").read_text().splitlines()
    folder = Path(noted.removeprefix("reports="))
    assert folder.parent == runner.folder / "temp"
    assert (folder / "report.json").is_file()
    assert (runner.folder / "summary.md").read_text() == "# said\n"
    ((arguments, _),) = runner.calls("preview")
    assert [one for one in arguments if not one.startswith("--format=")] == [
        "--stack=prod", f"--policy-pack={PACK}", "--require-judged",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param({}, id="none"),
        pytest.param({"json": ""}, id="an empty one"),
        pytest.param({"json": "[]"}, id="another document"),
        pytest.param({"json": '{"exitCode": 1}'}, id="one that says 1"),
        pytest.param({"json": '{"exitCode": false}'}, id="one that says false"),
    ],
)
def test_0_without_a_report_that_says_so_is_4(runner: Runner, reports: dict[str, str]) -> None:
    """What says 0 must have left a report that says 0; one of an earlier run or of the checkout is none."""
    for place in (runner.folder / "temp" / "grantgate", runner.checkout):
        place.mkdir(parents=True, exist_ok=True)
        (place / "report.json").write_text('{"exitCode": 0}')
    runner.plan["reports"] = reports

    done = judge(runner)

    assert done.returncode == 4
    assert "::error title=grantgate::" in done.stdout


@pytest.mark.parametrize("name", ["STACK", "PULUMI_BACKEND_URL"])
def test_a_variable_that_is_missing_is_red(runner: Runner, name: str) -> None:
    """What the repository did not set is named, and nothing is previewed."""
    done = judge(runner, **{name: ""})

    assert done.returncode != 0
    assert f"add the repository variable PULUMI_{name.removeprefix('PULUMI_')}" in done.stderr
    assert runner.calls("preview") == []


def test_a_missing_program_is_red(runner: Runner) -> None:
    """Where there is no grantgate the step fails."""
    runner.has_program = False

    assert judge(runner).returncode == 127


def test_what_runs_the_pull_request_cannot_speak_to_later_steps(runner: Runner) -> None:
    """Neither the program nor pip inherits the files of later steps, or what OIDC tokens are asked of."""
    assert install(runner, "requirements.txt", f"{PACK}/requirements.txt").returncode == 0
    judge(runner)

    calls = [*runner.calls("preview"), *runner.pythons()]
    assert len(calls) == 3
    for _, environment in calls:
        assert environment.keys() & runner.LATER.keys() == set()


def test_no_module_of_the_checkout_is_taken_for_pip(runner: Runner) -> None:
    """A pip.py that the pull request brings is not imported, by the real pip, in either job."""
    runner.pip_is_real = True
    runner.shadow()

    for job in ("grantgate", "tell"):
        assert install(runner, f"{PACK}/requirements.txt", job=job).returncode == 0
    assert len(runner.pythons()) == 2
    assert "pwned" not in runner.strays()


def test_without_the_packs_packages_the_job_is_red(runner: Runner) -> None:
    """A pip that fails ends the job before anything runs."""
    runner.pip_code = 1

    assert install(runner, f"{PACK}/requirements.txt").returncode == 1


@pytest.mark.parametrize(
    ("files", "noted"),
    [pytest.param([f"{PACK}/requirements.txt"], "named=true\n", id="a gate"), pytest.param([], "", id="none yet")],
)
def test_the_base_says_which_gate_comments(runner: Runner, files: list[str], noted: str) -> None:
    """Where the base has no pack yet, no comment is tried and a notice says why."""
    done = install(runner, *files, job="tell")

    assert done.returncode == 0
    output = runner.folder / "output"
    assert (output.read_text() if output.exists() else "") == noted
    assert ("::notice" in done.stdout) is not bool(files)
