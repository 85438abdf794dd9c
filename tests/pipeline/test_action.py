"""The composite action: every step run by bash as the runner would, with whatever the inputs hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Mapping

    Runner = Any

ROOT = Path(__file__).resolve().parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
STEPS = ACTION["runs"]["steps"]
BASH = ("--noprofile", "--norc", "-eo", "pipefail")  # what `shell: bash` means
TOKEN = "canary-token"
FORMATS = ["json", "sarif", "junit", "markdown", "html", "github"]


@dataclass
class Ran:
    """What one use of the action left: the code of each step that ran, all outputs, and what was written."""

    codes: dict[str, int] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    summary: str = ""

    @property
    def red(self) -> bool:
        """Say whether the job fails."""
        return any(self.codes.values())

    def output(self, name: str) -> str:
        """Give an output of the action itself."""
        return re.sub(
            r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}",
            lambda found: self.outputs.get(f"{found[1]}.{found[2]}", ""),
            ACTION["outputs"][name]["value"],
        )


def use(runner: Runner, event: str = "pull_request", **given: str) -> Ran:
    """Run the action's steps in order with these inputs (_ for -)."""
    runner.prepare()
    (runner.folder / "temp").mkdir(exist_ok=True)
    wanted = {"requirement": "none", **{name.replace("_", "-"): value for name, value in given.items()}}
    assert wanted.keys() <= ACTION["inputs"].keys()
    known = {f"inputs.{name}": wanted.get(name, str(one["default"])) for name, one in ACTION["inputs"].items()}
    known["inputs.github-token"] = TOKEN
    known |= {"github.event_name": event, "github.action_path": "/action/of grantgate"}
    ran = Ran()
    summary = runner.folder / "summary.md"
    for number, step in enumerate(STEPS):
        if not _wanted(step.get("if"), known, failed=ran.red):
            continue
        noted = runner.folder / f"output-{number}"
        noted.write_text("")
        environment = {name: _value(text, known) for name, text in step.get("env", {}).items()}
        files = {**runner.LATER, "GITHUB_OUTPUT": str(noted), "GITHUB_STEP_SUMMARY": str(summary)}
        done = runner.run(step["run"], {**environment, **files, "RUNNER_TEMP": str(runner.folder / "temp")}, BASH)
        ran.codes[step["name"]] = done.returncode
        ran.said[step["name"]] = done.stdout
        for line in noted.read_text().splitlines():
            name, _, value = line.partition("=")
            ran.outputs[f"{step['id']}.{name}"] = value
            known[f"steps.{step['id']}.outputs.{name}"] = value
    ran.summary = summary.read_text() if summary.exists() else ""
    return ran


def _value(text: str, known: Mapping[str, str]) -> str:
    inner = re.fullmatch(r"\$\{\{ ([\w.-]+) \}\}", text)
    assert inner, text
    return known.get(inner[1], "")


def _wanted(condition: str | None, known: Mapping[str, str], *, failed: bool) -> bool:
    """Decide the few kinds of conditions that the action has; one without a status function means success()."""
    if condition is None:
        return not failed
    terms = condition.removeprefix("${{").removesuffix("}}").split("&&")
    assert {term.strip() for term in terms} & {"always()", "!cancelled()"}
    return all(_holds(term.strip(), known) for term in terms)


def _holds(term: str, known: Mapping[str, str]) -> bool:
    if term in {"always()", "!cancelled()"}:
        return True
    found = re.fullmatch(r"([\w.-]+) (==|!=) '(\w*)'", term)
    assert found, term
    return (known.get(found[1], "") == found[3]) is (found[2] == "==")


def preview_arguments(runner: Runner) -> list[str]:
    ((arguments, _),) = runner.calls("preview")
    return [one for one in arguments if not one.startswith("--format=")]


# --- what is passed on ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({}, ["--cwd=.", "--policy-pack=policies", "--require-judged", "--"], id="defaults"),
        pytest.param(
            {"stacks": "prod\n  acme/x/dev  \r\n\n", "fail_on": "unknown\nhigh",
             "pulumi_arguments": "--refresh\n-p\n4"},
            ["--cwd=.", "--policy-pack=policies", "--stack=prod", "--stack=acme/x/dev", "--fail-on=unknown",
             "--fail-on=high", "--require-judged", "--", "--refresh", "-p", "4"],
            id="lists, by lines",
        ),
        pytest.param(
            {"working_directory": "in fra", "policy_pack": "pa ck", "rules": "r.yaml", "baseline": "b.json",
             "min_severity": "high", "require_judged": "false"},
            ["--cwd=in fra", "--policy-pack=pa ck", "--rules=r.yaml", "--baseline=b.json", "--min-severity=high", "--"],
            id="single values",
        ),
        pytest.param(
            {"stacks": "--yes"}, ["--cwd=.", "--policy-pack=policies", "--stack=--yes", "--require-judged", "--"],
            id="what looks like an option stays a value",
        ),
    ],
)  # fmt: skip
def test_inputs_become_arguments(runner: Runner, given: dict[str, str], expected: list[str]) -> None:
    """Every input reaches `grantgate preview` as one argument, in this order."""
    assert not use(runner, **given).red
    assert preview_arguments(runner) == expected


def test_every_report_is_asked_for(runner: Runner) -> None:
    """All formats go to files of a new folder outside the checkout, and the outputs name them."""
    runner.plan["reports"] |= {name: f"{name}\n" for name in FORMATS if name != "json"}

    ran = use(runner)

    ((arguments, _),) = runner.calls("preview")
    asked = dict(one.removeprefix("--format=").split("=", 1) for one in arguments if one.startswith("--format="))
    assert list(asked) == FORMATS
    folder = Path(ran.output("reports"))
    assert folder.parent == runner.folder / "temp"
    for output, name in (("report-json", "json"), ("sarif", "sarif"), ("junit", "junit"), ("markdown", "markdown"),
                         ("html", "html")):  # fmt: skip
        assert ran.output(output) == asked[name]
    assert "github\n" in ran.said["Judge a preview"]
    assert runner.strays() == []


HOSTILE = [
    pytest.param("$(touch pwned)", id="substitution"),
    pytest.param("`touch pwned`", id="backticks"),
    pytest.param('x"; touch pwned; "', id="double quotes"),
    pytest.param("x'; touch pwned; '", id="single quotes"),
    pytest.param("x; touch pwned # && || > pwned", id="operators"),
    pytest.param("* ~ {a,b} $HOME ${IFS} !! \\", id="expansions"),
    pytest.param("${{ github.token }} ::error::x %0A", id="words of the runner"),
    pytest.param("é\u202e\u2028x", id="bidi and separators"),
]
TEXTS = ["stacks", "working-directory", "policy-pack", "rules", "baseline", "fail-on", "min-severity",
         "pulumi-arguments", "require-judged", "comment-key"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_no_input_is_run(runner: Runner, text: str) -> None:
    """A text that a shell would run is passed on as it is, in every input at once."""
    ran = use(runner, **{name.replace("-", "_"): text for name in TEXTS})

    arguments = preview_arguments(runner)
    assert [one for one in arguments if text not in one] == ["--require-judged", "--"]
    ((commented, _),) = runner.calls("comment")
    assert commented[1:] == ["--on", "github", f"--key={text}"]
    assert runner.strays() == []
    assert not ran.red


def test_lines_of_a_list_are_no_commands(runner: Runner) -> None:
    """A line break in a list makes another value, never another command."""
    use(runner, stacks="prod\ntouch pwned\n--require-judged")

    assert [one for one in preview_arguments(runner) if one.startswith("--stack")] == [
        "--stack=prod", "--stack=touch pwned", "--stack=--require-judged",
    ]  # fmt: skip
    assert runner.strays() == []


def test_scripts_hold_no_expressions() -> None:
    """The runner replaces ${{ }} in a script before any shell sees it: none is there."""
    assert [step["name"] for step in STEPS if "${{" in step["run"]] == []
    assert all("set -euo pipefail" in step["run"] and step["shell"] == "bash" for step in STEPS)


# --- what becomes of a run --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        pytest.param(0, "passed", id="0"),
        pytest.param(1, "failed", id="1"),
        pytest.param(2, "unusable", id="2"),
        pytest.param(3, "undecided", id="3"),
        pytest.param(4, "error", id="4"),
    ],
)
def test_the_job_ends_as_the_gate_does(runner: Runner, code: int, verdict: str) -> None:
    """The last step has the gate's own code; a red run is commented and summed up all the same."""
    runner.plan |= {"code": code, "reports": {"json": json.dumps({"exitCode": code}), "markdown": "# said\n"}}

    ran = use(runner)

    assert ran.codes.pop("End with the gate's own exit code") == code
    assert not ran.red
    assert (ran.output("exit-code"), ran.output("verdict")) == (str(code), verdict)
    assert ran.summary == "# said\n"
    assert len(runner.calls("comment")) == 1


@pytest.mark.parametrize(
    "plan",
    [
        pytest.param({"code": 0, "reports": {}}, id="0 without a report"),
        pytest.param({"code": 0, "reports": {"json": ""}}, id="0 with an empty report"),
        pytest.param({"code": 0, "reports": {"json": "[]"}}, id="0 with another document"),
        pytest.param({"code": 0, "reports": {"json": "{}"}}, id="0 with a report of another shape"),
        pytest.param({"code": 0, "reports": {"json": '{"exitCode": 1}'}}, id="0 with a report that says 1"),
        pytest.param({"code": 0, "reports": {"json": '{"exitCode": false}'}}, id="0 with a report that says false"),
        pytest.param({"code": 126}, id="a code that is none of the gate's"),
        pytest.param({"code": 5}, id="a code beyond the gate's"),
        pytest.param({"code": 130}, id="interrupted"),
        pytest.param({"code": 143}, id="ended"),
        pytest.param({"code": 130, "reports": {"json": '{"exitCode": 0}'}}, id="interrupted after a report"),
    ],
)
def test_what_did_not_judge_is_4(runner: Runner, plan: dict[str, Any]) -> None:
    """Without a report that says so nothing is green."""
    runner.plan |= plan

    ran = use(runner)

    assert ran.codes["End with the gate's own exit code"] == 4
    assert (ran.output("exit-code"), ran.output("verdict")) == ("4", "error")


def test_a_missing_program_is_4(runner: Runner) -> None:
    """Where there is no grantgate, the run is red, says so, and the comment is a warning."""
    runner.has_program = False

    ran = use(runner)

    assert ran.codes["End with the gate's own exit code"] == 4
    assert "::error title=grantgate::no preview was judged" in ran.said["End with the gate's own exit code"]
    assert "::warning" in ran.said["Say it on the pull request"]
    assert "there is no report" in ran.summary


def test_a_report_of_the_repository_counts_for_nothing(runner: Runner) -> None:
    """A report that lies in the checkout, or was left by another run, is not read."""
    (runner.checkout / "report.json").write_text('{"exitCode": 0}')
    (runner.folder / "temp").mkdir()
    (runner.folder / "temp" / "report.json").write_text('{"exitCode": 0}')
    runner.plan["reports"] = {}

    assert use(runner).output("exit-code") == "4"


# --- what the log, the summary and the comment hold -------------------------------------------------------------------


def test_texts_of_resources_are_no_commands(runner: Runner) -> None:
    """Between two marks with a random word the runner takes no line for a command; annotations come after them."""
    runner.plan |= {"stdout": "::add-mask::a\n  ::error::b\nno line end"}
    runner.plan["reports"]["github"] = "::error file=a::ours\n"

    lines = use(runner)
    again = use(runner)

    said = lines.said["Judge a preview"].splitlines()
    stopped = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", said[0])
    assert stopped
    assert said[1:] == ["::add-mask::a", "  ::error::b", "no line end", f"::{stopped[1]}::", "::error file=a::ours"]
    assert stopped[1] not in again.said["Judge a preview"]
    for _, environment in runner.calls("preview"):
        assert stopped[1] not in environment.values()


def test_the_program_cannot_speak_to_later_steps(runner: Runner) -> None:
    """Neither the program nor pip has a token, the files that set outputs and PATH, or the way to OIDC tokens."""
    use(runner, requirement="")

    for _, environment in (*runner.calls("preview"), *runner.pythons()):
        assert [name for name, value in environment.items() if name in runner.LATER or "canary" in value] == []
    assert len(runner.calls("preview")) == len(runner.pythons()) == 1


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        pytest.param("# page\n", "# page\n", id="as it is"),
        pytest.param("é" * 600_000, "too long for this page", id="longer than a summary may be"),
        pytest.param("", "there is no report", id="empty"),
        pytest.param(None, "there is no report", id="none"),
    ],
)
def test_the_summary_fits(runner: Runner, page: str | None, expected: str) -> None:
    """A summary of more than 1 MiB would be dropped by the runner: a sentence stands there instead."""
    if page is not None:
        runner.plan["reports"]["markdown"] = page

    ran = use(runner)

    assert expected in ran.summary
    assert len(ran.summary.encode()) < 1024 * 1024


@pytest.mark.parametrize(
    ("event", "given", "arguments"),
    [
        pytest.param("pull_request", {}, [["--on", "github"]], id="a pull request"),
        pytest.param("pull_request", {"comment_key": "a"}, [["--on", "github", "--key=a"]], id="with a key"),
        pytest.param("pull_request", {"comment": "false"}, [], id="not wanted"),
        pytest.param("push", {}, [], id="a push"),
    ],
)
def test_the_comment(runner: Runner, event: str, given: dict[str, str], arguments: list[list[str]]) -> None:
    """A pull request gets one comment, with the token that the input names."""
    ran = use(runner, event, **given)

    calls = runner.calls("comment")
    assert [found[1:] for found, _ in calls] == arguments
    assert [found[0] for found, _ in calls] == [ran.output("report-json")] * len(arguments)
    assert all(environment["GITHUB_TOKEN"] == TOKEN for _, environment in calls)


@pytest.mark.parametrize("code", [0, 1])
def test_a_comment_that_fails_changes_no_verdict(runner: Runner, code: int) -> None:
    """A token that may not write is a warning: green stays green, and red stays red."""
    runner.plan |= {"comment": 4, "code": code, "reports": {"json": json.dumps({"exitCode": code})}}

    ran = use(runner)

    assert "::warning" in ran.said["Say it on the pull request"]
    assert ran.output("exit-code") == str(code)
    assert ran.codes["End with the gate's own exit code"] == code


# --- installing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        pytest.param("", ["/action/of grantgate[policies]"], id="the action's own"),
        pytest.param("none", [], id="installed already"),
        pytest.param("grantgate @ git+https://h/g@v1; x", ["grantgate @ git+https://h/g@v1; x"], id="another"),
        pytest.param("$(touch pwned)", ["$(touch pwned)"], id="hostile"),
    ],
)
def test_grantgate_is_installed(runner: Runner, requirement: str, expected: list[str]) -> None:
    """Without a word pip gets the very version that the action is of; a requirement is one argument."""
    assert not use(runner, requirement=requirement).red

    assert runner.pips() == [["install", "--quiet", "--disable-pip-version-check", "--", one] for one in expected]
    assert runner.strays() == []


def test_no_module_of_the_checkout_is_taken_for_pip(runner: Runner) -> None:
    """A pip.py that the pull request brings is not imported, by the real pip."""
    runner.pip_is_real = True
    runner.shadow()

    assert not use(runner, requirement="click").red  # installed already
    assert "pwned" not in runner.strays()


@pytest.mark.parametrize(
    ("requirement", "pip_code"),
    [pytest.param("--index-url=x", 0, id="an option for pip"), pytest.param("", 1, id="pip fails")],
)
def test_without_an_installation_nothing_is_green(runner: Runner, requirement: str, pip_code: int) -> None:
    """A failed installation keeps the preview from running, and the run ends with 4."""
    runner.pip_code = pip_code

    ran = use(runner, requirement=requirement)

    assert runner.calls("preview") == []
    assert ran.output("exit-code") == "4"
    assert ran.codes["End with the gate's own exit code"] == 4


def test_the_page_tells_every_input_and_output() -> None:
    """docs/pull-requests.md names each of them."""
    page = (ROOT / "docs" / "pull-requests.md").read_text()

    assert [name for name in (*ACTION["inputs"], *ACTION["outputs"]) if f"`{name}`" not in page] == []
