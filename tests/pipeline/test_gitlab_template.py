"""The job for GitLab: its inputs filled in as GitLab does, its script run by bash as GitLab's runner would."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

Runner = Any
ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "ci" / "gitlab.yml").read_text()
HEADER, BODY = TEXT.split("\n---\n")
INPUTS = YAML(typ="safe").load(HEADER)["spec"]["inputs"]
FORMATS = ["json", "gitlab", "junit", "markdown", "html"]
# The runner joins the lines of a script and runs them in one bash that stops at the first failure.
BASH = ("--noprofile", "--norc", "-eo", "pipefail")


def job(**given: str) -> dict[str, Any]:
    """Fill in the inputs (_ for -), in the text as GitLab does, and give the one job."""
    wanted = {name.replace("_", "-"): value for name, value in given.items()}
    assert wanted.keys() <= INPUTS.keys()
    filled = re.sub(
        r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: wanted.get(found[1], str(INPUTS[found[1]]["default"])), BODY
    )
    (only,) = YAML(typ="safe").load(io.StringIO(filled)).values()
    return dict(only)


def use(runner: Runner, variables: dict[str, str] | None = None, **given: str) -> Any:
    """Run the job; values of variables come as they are, since `expand: false` says so."""
    runner.prepare()
    made = job(**given)
    assert all(one["expand"] is False for one in made["variables"].values())
    environment = {name: str(one["value"]) for name, one in made["variables"].items()}
    service = {"CI_PROJECT_DIR": str(runner.checkout), "CI_JOB_ID": "7", "GRANTGATE_ID_TOKEN": "canary-id-token"}
    return runner.run("\n".join(made["script"]), {**environment, **service, **(variables or {})}, BASH)


def preview_arguments(runner: Runner) -> list[str]:
    ((arguments, _),) = runner.calls("preview")
    return [one for one in arguments if not one.startswith("--format=")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, ["--cwd=.", "--policy-pack=policies", "--require-judged"], id="defaults"),
        pytest.param(
            {"stacks": "prod  acme/x/dev", "fail_on": "unknown high", "require_judged": "false"},
            ["--cwd=.", "--policy-pack=policies", "--stack=prod", "--stack=acme/x/dev", "--fail-on=unknown",
             "--fail-on=high"],
            id="lists, by words",
        ),
        pytest.param(
            {"project": "infra", "policy_pack": "pack", "rules": "r.yaml", "baseline": "b.json", "min_severity": "low"},
            ["--cwd=infra", "--policy-pack=pack", "--rules=r.yaml", "--baseline=b.json", "--min-severity=low",
             "--require-judged"],
            id="single values",
        ),
    ],
)  # fmt: skip
def test_inputs_become_arguments(runner: Runner, given: dict[str, str], expected: list[str]) -> None:
    """Every input reaches `grantgate preview` as arguments."""
    done = use(runner, **given)

    assert done.returncode == 0, done.stdout + done.stderr
    assert preview_arguments(runner) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("$(touch pwned)", id="substitution"),
        pytest.param("`touch pwned`", id="backticks"),
        pytest.param("x';touch${IFS}pwned;'", id="single quotes"),
        pytest.param(";touch${IFS}pwned", id="operators"),
        pytest.param("*", id="expansions"),
    ],
)
def test_no_input_is_run(runner: Runner, text: str) -> None:
    """A text that a shell would run is passed on as it is, or as its words."""
    names = ("stacks", "project", "policy-pack", "rules", "baseline", "fail-on", "min-severity", "comment-key")

    done = use(runner, {"GITLAB_TOKEN": "canary"}, **{name.replace("-", "_"): text for name in names})

    assert done.returncode == 0, done.stderr
    assert preview_arguments(runner) == [
        f"--cwd={text}", f"--policy-pack={text}", *(f"--stack={word}" for word in text.split()),
        *(f"--fail-on={word}" for word in text.split()), f"--rules={text}", f"--baseline={text}",
        f"--min-severity={text}", "--require-judged",
    ]  # fmt: skip
    ((commented, _),) = runner.calls("comment")
    assert commented[1:] == ["--on", "gitlab", f"--key={text}"]
    assert runner.strays() == ["grantgate-reports", "report.json"]


def test_no_input_is_part_of_the_script() -> None:
    """Only variables and settings of the job hold inputs: the script is the same whatever they are."""
    assert job()["script"] == job(**{name.replace("-", "_"): "x" for name in INPUTS})["script"]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4])
def test_the_job_ends_as_the_gate_does(runner: Runner, code: int) -> None:
    """The exit code is the gate's, and a red run is commented all the same."""
    runner.plan |= {"code": code, "reports": {"json": json.dumps({"exitCode": code})}}

    assert use(runner, {"GITLAB_TOKEN": "canary"}).returncode == code
    assert len(runner.calls("comment")) == 1


@pytest.mark.parametrize(
    "reports",
    [
        pytest.param({}, id="none"),
        pytest.param({"json": "[]"}, id="another document"),
        pytest.param({"json": '{"exitCode": 1}'}, id="one that says 1"),
    ],
)
def test_0_without_a_report_that_says_so_is_4(runner: Runner, reports: dict[str, str]) -> None:
    """A report of the checkout, or of an earlier run, counts for nothing."""
    (runner.checkout / "grantgate-reports").mkdir()
    (runner.checkout / "grantgate-reports" / "report.json").write_text('{"exitCode": 0}')
    runner.plan["reports"] = reports

    done = use(runner)

    assert done.returncode == 4
    assert "nothing was let through" in done.stderr


def test_a_missing_program_is_red(runner: Runner) -> None:
    """Where there is no grantgate the job fails."""
    runner.has_program = False

    assert use(runner).returncode == 127


@pytest.mark.parametrize(
    ("variables", "given", "calls", "told"),
    [
        pytest.param({"GITLAB_TOKEN": "t"}, {}, [["--on", "gitlab"]], "", id="a token"),
        pytest.param({"GITLAB_TOKEN": "t"}, {"comment_key": "a"}, [["--on", "gitlab", "--key=a"]], "", id="a key"),
        pytest.param({}, {}, [], "GITLAB_TOKEN is not set", id="no token"),
        pytest.param({"GITLAB_TOKEN": "t"}, {"comment": "false"}, [], "", id="not wanted"),
    ],
)
def test_the_note(
    runner: Runner, variables: dict[str, str], given: dict[str, str], calls: list[list[str]], told: str
) -> None:
    """A note is written where there is a token for it; without one the log says why there is none."""
    done = use(runner, variables, **given)

    assert [arguments[1:] for arguments, _ in runner.calls("comment")] == calls
    assert told in done.stderr
    assert done.returncode == 0


def test_a_note_that_fails_changes_no_verdict(runner: Runner) -> None:
    """What GitLab refuses is said, and the verdict stays."""
    runner.plan["comment"] = 4

    done = use(runner, {"GITLAB_TOKEN": "t"})

    assert "the note could not be written" in done.stderr
    assert done.returncode == 0


def test_the_program_has_no_token(runner: Runner) -> None:
    """The preview runs the merge request's program, whose environment holds neither of the job's two tokens."""
    use(runner, {"GITLAB_TOKEN": "canary-token"}, role_arn="arn:aws:iam::111122223333:role/gate-reader")

    ((_, environment),) = runner.calls("preview")
    assert [name for name, value in environment.items() if "canary" in value] == []
    ((_, environment),) = runner.calls("comment")
    assert environment["GITLAB_TOKEN"] == "canary-token"


@pytest.mark.parametrize("role", ["", "arn:aws:iam::111122223333:role/gate-reader"])
def test_the_role_is_assumed_by_the_jobs_token(runner: Runner, role: str) -> None:
    """With a role AWS's own variables name it and a file with the token, which nobody else can read."""
    runner.plan["reports"]["gitlab"] = "[]"
    use(runner, {"TMPDIR": str(runner.folder)}, role_arn=role)

    ((_, environment),) = runner.calls("preview")
    assert environment.get("AWS_ROLE_ARN", "") == role
    assert ("AWS_WEB_IDENTITY_TOKEN_FILE" in environment) is bool(role)
    if role:
        file = Path(environment["AWS_WEB_IDENTITY_TOKEN_FILE"])
        assert file.read_text() == "canary-id-token"
        assert file.stat().st_mode & 0o077 == 0
        assert not file.is_relative_to(runner.checkout)


@pytest.mark.parametrize(
    ("files", "code", "installed"),
    [
        pytest.param(["requirements.txt", "policies/requirements.txt"], 0, 2, id="both"),
        pytest.param(["policies/requirements.txt"], 0, 1, id="the pack's"),
        pytest.param([], 0, 0, id="none"),
        pytest.param(["requirements.txt"], 1, 1, id="pip fails"),
    ],
)
def test_packages_are_installed(runner: Runner, files: list[str], code: int, installed: int) -> None:
    """Each file that is there is installed from; when pip fails the job does, before anything runs."""
    (runner.checkout / "policies").mkdir()
    for name in files:
        (runner.checkout / name).write_text("")
    runner.pip_code = code

    done = use(runner)

    assert [one[-1] for one in runner.pips()] == [f"./{name}" for name in files][:installed]
    assert (done.returncode, len(runner.calls("preview"))) == ((0, 1) if code == 0 else (1, 0))


def test_reports_reach_the_merge_request(runner: Runner) -> None:
    """The artifacts are the files that the script asks for, kept of a red job too."""
    use(runner)

    ((arguments, _),) = runner.calls("preview")
    asked = dict(one.removeprefix("--format=").split("=", 1) for one in arguments if one.startswith("--format="))
    assert list(asked) == FORMATS
    artifacts = job()["artifacts"]
    assert artifacts["when"] == "always"
    folder = runner.checkout
    assert str(folder / artifacts["reports"]["codequality"]) == asked["gitlab"]
    assert str(folder / artifacts["reports"]["junit"]) == asked["junit"]
    assert {Path(path).parent for path in asked.values()} == {folder / artifacts["paths"][0]}
