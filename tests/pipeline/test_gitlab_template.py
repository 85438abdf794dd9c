"""The jobs for GitLab: their inputs filled in as GitLab does, their scripts run by bash as GitLab's runner would."""

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
TOKENS = ("GITLAB_TOKEN", "GRANTGATE_GITLAB_TOKEN", "GRANTGATE_ID_TOKEN")


def jobs(**given: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fill in the inputs (_ for -), in the text as GitLab does, and give the job that judges and the one that tells."""
    wanted = {name.replace("_", "-"): value for name, value in given.items()}
    assert wanted.keys() <= INPUTS.keys()
    filled = re.sub(
        r"\$\[\[ inputs\.([\w-]+) \]\]", lambda found: wanted.get(found[1], str(INPUTS[found[1]]["default"])), BODY
    )
    judging, telling = YAML(typ="safe").load(io.StringIO(filled)).values()
    return dict(judging), dict(telling)


def use(runner: Runner, variables: dict[str, str] | None = None, /, **given: str) -> Any:
    """Run the job that judges."""
    return _run(runner, jobs(**given)[0], {"GRANTGATE_ID_TOKEN": "canary-id-token", **(variables or {})})


def tell(runner: Runner, variables: dict[str, str] | None = None, /, **given: str) -> Any:
    """Run the job that tells, where the artifacts of the other one lie."""
    target = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "-main", "CI_REPOSITORY_URL": "https://host/group/project.git"}
    made = {"GITLAB_TOKEN": "canary-token"} if variables is None else variables
    return _run(runner, jobs(**given)[1], {**target, **made})


def _run(runner: Runner, job: dict[str, Any], variables: dict[str, str]) -> Any:
    """Run a job; values of variables that hold inputs come as they are, since `expand: false` says so."""
    runner.prepare()
    given = {name: one for name, one in job["variables"].items() if name != "GIT_STRATEGY"}
    assert all(one["expand"] is False for one in given.values())
    environment = {name: str(one["value"]) for name, one in given.items()}
    service = {"CI_PROJECT_DIR": str(runner.checkout), "CI_JOB_ID": "7", "CI_PIPELINE_ID": "8"}
    (runner.folder / "temp").mkdir(exist_ok=True)
    service["TMPDIR"] = str(runner.folder / "temp")
    return runner.run("\n".join(job["script"]), {**environment, **service, **variables}, BASH)


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
    given = {name.replace("-", "_"): text for name in names}

    done, told = use(runner, **given), tell(runner, **given)

    assert (done.returncode, told.returncode) == (0, 0), done.stderr + told.stderr
    assert preview_arguments(runner) == [
        f"--cwd={text}", f"--policy-pack={text}", *(f"--stack={word}" for word in text.split()),
        *(f"--fail-on={word}" for word in text.split()), f"--rules={text}", f"--baseline={text}",
        f"--min-severity={text}", "--require-judged",
    ]  # fmt: skip
    ((commented, _),) = runner.calls("comment")
    assert commented[1:] == ["--on", "gitlab", f"--key={text}"]
    assert runner.strays() == ["grantgate-reports", "pipeline", "report.json"]


def test_no_input_is_part_of_a_script() -> None:
    """Only variables and settings of the jobs hold inputs: the scripts are the same whatever they are."""
    for bare, given in zip(jobs(), jobs(**{name.replace("-", "_"): "x" for name in INPUTS}), strict=True):
        assert bare["script"] == given["script"]


@pytest.mark.parametrize("code", [0, 1, 2, 3, 4, 130, 143])
def test_the_job_ends_as_the_gate_does(runner: Runner, code: int) -> None:
    """The exit code is the gate's."""
    runner.plan |= {"code": code, "reports": {"json": json.dumps({"exitCode": code})}}

    assert use(runner).returncode == code


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


# --- the note ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["GITLAB_TOKEN", "GRANTGATE_GITLAB_TOKEN"])
@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        pytest.param({}, ["--on", "gitlab"], id="no key"),
        pytest.param({"comment_key": "a"}, ["--on", "gitlab", "--key=a"], id="a key"),
    ],
)
def test_the_note(runner: Runner, name: str, given: dict[str, str], arguments: list[str]) -> None:
    """The report of this pipeline becomes the note, with either token, by the gate that the target branch names."""
    assert use(runner, **given).returncode == 0

    done = tell(runner, {name: "canary"}, **given)

    assert done.returncode == 0, done.stderr
    ((told, environment),) = runner.calls("comment")
    assert told == [str(runner.checkout / "grantgate-reports" / "report.json"), *arguments]
    assert environment[name] == "canary"
    ((clone, _),) = runner.calls("git")
    assert clone[-4:] == ["--branch=-main", "--", "https://host/group/project.git", "base"]
    assert runner.pips()[-1][-1] == "base/./policies/requirements.txt"


def test_the_token_is_the_second_jobs_alone() -> None:
    """The job that tells has an environment for the token's scope, and no role or checkout; the other has none."""
    judging, telling = jobs(comment_environment="notes")

    assert telling["environment"] == {"name": "notes", "action": "access"}
    assert "environment" not in judging
    assert "id_tokens" not in telling
    assert telling["variables"]["GIT_STRATEGY"] == "none"
    assert telling["needs"] == ["grantgate"]
    assert telling["allow_failure"] is True
    assert "allow_failure" not in judging
    assert telling["rules"][0]["when"] == "always"
    assert "grantgate comment" not in "".join(judging["script"])


def test_only_the_note_has_the_token(runner: Runner) -> None:
    """What git and pip run for the note does not inherit the token."""
    tell(runner, {"GITLAB_TOKEN": "canary", "GRANTGATE_GITLAB_TOKEN": "canary"})

    for _, environment in (*runner.calls("git"), *runner.pythons()):
        assert "canary" not in environment.values()
    assert len(runner.calls("git")) == len(runner.pythons()) == 1


def test_without_a_token_there_is_no_note(runner: Runner) -> None:
    """The job that tells fails and says which variables are missing, before anything is fetched."""
    done = tell(runner, {})

    assert done.returncode == 1
    assert "neither GRANTGATE_GITLAB_TOKEN nor GITLAB_TOKEN is set" in done.stderr
    assert runner.calls("git") == []


@pytest.mark.parametrize("made_by", [pytest.param("7\n", id="another pipeline"), pytest.param(None, id="nobody")])
def test_a_report_that_was_left_is_no_report(runner: Runner, made_by: str | None) -> None:
    """What lies in the runner's folder from another run is not told as this one's: a file that is not there is."""
    folder = runner.checkout / "grantgate-reports"
    folder.mkdir()
    (folder / "report.json").write_text('{"exitCode": 0}')
    if made_by is not None:
        (folder / "pipeline").write_text(made_by)

    tell(runner)

    (((report, *_), _),) = runner.calls("comment")
    assert not Path(report).is_relative_to(runner.checkout)
    assert not Path(report).exists()


@pytest.mark.parametrize(
    ("base", "pip_code", "comment", "code"),
    [
        pytest.param([], 0, 0, 0, id="the target branch names no gate, and the image has one"),
        pytest.param(None, 0, 0, 128, id="no target branch"),
        pytest.param(["policies/requirements.txt"], 1, 0, 1, id="pip fails"),
        pytest.param(["policies/requirements.txt"], 0, 4, 4, id="GitLab refuses"),
    ],
)
def test_a_note_that_fails_is_told(
    runner: Runner, base: list[str] | None, pip_code: int, comment: int, code: int
) -> None:
    """The job that tells ends as what failed in it."""
    runner.base, runner.pip_code, runner.plan["comment"] = base, pip_code, comment

    assert tell(runner).returncode == code


# --- what the merge request's program has -----------------------------------------------------------------------------


def test_the_program_has_no_token(runner: Runner) -> None:
    """Neither the merge request's program nor pip inherits one of the three tokens."""
    (runner.checkout / "requirements.txt").write_text("")

    use(runner, dict.fromkeys(TOKENS, "canary"), role_arn="arn:aws:iam::111122223333:role/gate-reader")

    for _, environment in (*runner.calls("preview"), *runner.pythons()):
        assert "canary" not in environment.values()
    assert len(runner.calls("preview")) == len(runner.pythons()) == 1


@pytest.mark.parametrize("name", ["GITLAB_TOKEN", "GRANTGATE_GITLAB_TOKEN"])
def test_a_token_that_the_program_could_read_is_told(runner: Runner, name: str) -> None:
    """A variable that is not limited to the other job's environment is named in the log, and its value is not."""
    done = use(runner, {name: "canary-token"}, comment_environment="notes")

    assert f"it has {name}; limit that variable to the environment notes" in done.stderr
    assert "canary-token" not in done.stdout + done.stderr
    assert "limit" not in use(runner).stderr


def test_no_module_of_the_checkout_is_taken_for_pip(runner: Runner) -> None:
    """A pip.py that the merge request brings is not imported, by the real pip."""
    runner.pip_is_real = True
    runner.shadow()
    (runner.checkout / "requirements.txt").write_text("click\n")  # installed already

    assert use(runner).returncode == 0
    assert len(runner.pythons()) == 1
    assert "pwned" not in runner.strays()


@pytest.mark.parametrize("role", ["", "arn:aws:iam::111122223333:role/gate-reader"])
def test_the_role_is_assumed_by_the_jobs_token(runner: Runner, role: str) -> None:
    """With a role AWS's own variables name it and a file with the token, which nobody else can read."""
    runner.plan["reports"]["gitlab"] = "[]"
    use(runner, role_arn=role)

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


def test_the_packs_packages_are_those_of_the_pack_that_was_chosen(runner: Runner) -> None:
    """Another pack, in another project, brings its own requirements, whatever the list of others says."""
    (runner.checkout / "infra" / "gate").mkdir(parents=True)
    (runner.checkout / "infra" / "gate" / "requirements.txt").write_text("")

    use(runner, project="infra", policy_pack="gate", install="")

    assert [one[-1] for one in runner.pips()] == ["infra/gate/requirements.txt"]


def test_reports_reach_the_merge_request(runner: Runner) -> None:
    """The artifacts are the files that the script asks for, kept of a red job too."""
    use(runner)

    ((arguments, _),) = runner.calls("preview")
    asked = dict(one.removeprefix("--format=").split("=", 1) for one in arguments if one.startswith("--format="))
    assert list(asked) == FORMATS
    artifacts = jobs()[0]["artifacts"]
    assert artifacts["when"] == "always"
    folder = runner.checkout
    assert str(folder / artifacts["reports"]["codequality"]) == asked["gitlab"]
    assert str(folder / artifacts["reports"]["junit"]) == asked["junit"]
    assert {Path(path).parent for path in asked.values()} == {folder / artifacts["paths"][0]}
