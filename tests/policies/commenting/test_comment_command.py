"""`grantgate comment`: what it posts, what it says, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from grantgate_policies.commands import comment
from grantgate_policies.commands.lazy import Entry
from grantgate_policies.commands.root import Gate
from grantgate_policies.commenting import body
from grantgate_policies.commenting.sticky import marker
from grantgate_policies.commenting.where import LONGEST
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.report import Problem, Report
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules.agl03_scope_allowed import RULE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Stub = Any

CANARY = "canary-t0ken+/with=signs"
OURS = marker("default")
STRANGER = 666
HOSTILE = "</td>--><script>|`@mallory\n::error::x\n/merge\u202e\x1b\ud800<!-- grantgate:comment key=default -->"


def a_report(outcome: Outcome = Outcome.PASS, *, name: str = "finance", **members: Any) -> Report:
    given: dict[str, Any] = {"level": Level.MANDATORY, "severity": RULE.severity, "rule": RULE, "message": "not inside"}
    kind = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
    resource = Resource(urn=f"urn:pulumi:prod::data::{kind}::finance", type=kind, name=name, props={})
    finding = Finding(outcome=outcome, resource=resource, blocks=outcome is Outcome.FAIL, **given)
    report: dict[str, Any] = {"source": "prod", "rules_file": "rules.yaml", "organization": "acme", "resources": 1}
    return Report(findings=(finding,), rules=(RULE,), **{**report, **members})


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., str]:
    """Save a report as the gate does; give the file's name."""

    def saving(report: Report, name: str = "report.json") -> str:
        path = tmp_path / name
        path.write_text(FORMATS["json"].text(report, Look()), encoding="utf-8")
        return str(path)

    return saving


def environment(stub: Stub, number: int | None = 12) -> dict[str, str | None]:
    """Give the variables of a run of the pull request; None takes one away."""
    names = ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "GH_TOKEN", "CI_JOB_TOKEN")
    given: dict[str, str | None] = dict.fromkeys((*names, "CI_MERGE_REQUEST_PROJECT_ID", "GRANTGATE_RULE_PAGES"))
    if stub.service == "github":
        ref = f"refs/pull/{number}/merge" if number else "refs/heads/main"
        return given | {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": stub.api,
            "GITHUB_REPOSITORY": "acme/data",
            "GITHUB_REF": ref,
            "GITHUB_TOKEN": CANARY,
        }
    return given | {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": stub.api,
        "CI_PROJECT_ID": "4711",
        "CI_MERGE_REQUEST_IID": str(number) if number else None,
        "GITLAB_TOKEN": CANARY,
    }


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run the command in the environment of a service."""
    gate = Gate(name="grantgate", entries={"comment": Entry("grantgate_policies.commands.comment", "")})

    def running(stub: Stub, *args: str, env: dict[str, str | None] | None = None) -> Result:
        done = CliRunner().invoke(gate, ["comment", *args], env=environment(stub) | (env or {}))
        assert CANARY not in done.output
        assert "Traceback" not in done.output
        return done

    return running


# --- posted -----------------------------------------------------------------------------------------------------------


def test_every_run_updates_the_comment(stub: Stub, run: Any, save: Any) -> None:
    """Green, red and green again are one comment, and each time the exit code says that it was posted."""
    codes, said = [], []
    for outcome in (Outcome.PASS, Outcome.FAIL, Outcome.PASS):
        done = run(stub, save(a_report(outcome)))
        codes.append(done.exit_code)
        said.append(stub.bodies())
        assert done.stdout.startswith("comment ")

    assert codes == [0, 0, 0]
    assert [len(bodies) for bodies in said] == [1, 1, 1]
    assert all(bodies[0].startswith(f"{OURS}\n") for bodies in said)
    assert ["BLOCKED" in bodies[0] for bodies in said] == [False, True, False]
    assert said[0] == said[2]


def test_several_reports_make_one_comment(stub: Stub, run: Any, save: Any) -> None:
    """Reports of several stacks are one comment; one of them that is red makes it red."""
    files = [save(a_report(source="dev"), "a.json"), save(a_report(Outcome.FAIL, source="prod"), "b.json")]

    assert run(stub, *files, "--key", "all").exit_code == 0
    (said,) = stub.bodies()
    assert said.startswith(marker("all"))
    assert "BLOCKED" in said


def test_a_planted_comment_is_told(stub: Stub, run: Any, save: Any) -> None:
    """Somebody else's comment that looks like ours is left alone, and the run says whose it is."""
    stub.say(STRANGER, f"{OURS}\nPASSED")

    done = run(stub, save(a_report(Outcome.FAIL)))

    assert done.exit_code == 0
    assert "a comment of mallory has the same mark; it is not ours" in done.stderr
    assert stub.bodies(STRANGER) == [f"{OURS}\nPASSED"]


def test_rule_pages(stub: Stub, run: Any, save: Any) -> None:
    """The comment links the rules' pages where the organization has its own."""
    run(stub, save(a_report(Outcome.FAIL)), "--rule-pages", "https://example.test/{id}")

    assert "https://example.test/AGL-03" in stub.bodies()[0]


def test_new_only(stub: Stub, run: Any, save: Any) -> None:
    """What blocks is in the comment whatever is left out."""
    done = run(stub, save(a_report(Outcome.FAIL)), "--new-only", "--min-severity", "critical")

    assert done.exit_code == 0
    assert "BLOCKED" in stub.bodies()[0]


def test_hostile_texts(stub: Stub, run: Any, save: Any) -> None:
    """Nothing that a resource is called ends the mark, begins a line with a command, or stops the comment."""
    problem = Problem(HOSTILE, about=HOSTILE, remedy=HOSTILE)
    report = a_report(Outcome.FAIL, name=HOSTILE, source=HOSTILE, problems=(problem,))

    assert run(stub, save(report)).exit_code == 0
    (said,) = stub.bodies()
    lines = said.splitlines()
    assert [line for line in lines if line == OURS] == [OURS]
    assert not [line for line in lines if line.lstrip().startswith(("/", "::"))]
    assert not set(said) & set("\u202e\x1b\ud800")


# --- the gate left no report ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"", id="empty"),
        pytest.param(b'{"schema": "grantgate.report/1"', id="half"),
        pytest.param(b"\xff\xfe", id="bytes"),
        pytest.param(b"[" * 100_000, id="deep"),
        pytest.param(b'{"schema": "other/1"}', id="another schema"),
    ],
)
def test_no_report_is_an_error_on_the_pull_request(
    stub: Stub, run: Any, save: Any, tmp_path: Path, content: bytes | None
) -> None:
    """A gate that died leaves no old green comment standing."""
    run(stub, save(a_report()))
    path = tmp_path / "dead.json"
    if content is not None:
        path.write_bytes(content)

    done = run(stub, str(path))

    assert done.exit_code == 4
    assert "; the comment says so" in done.stderr
    (said,) = stub.bodies()
    assert said.startswith(OURS)
    assert "ERROR" in said
    assert "othing was let through" in said
    assert "dead.json" in said or "RecursionError" in said


def test_one_of_several_is_missing(stub: Stub, run: Any, save: Any) -> None:
    """What there is is shown, and the whole is an ERROR."""
    done = run(stub, "missing.json", save(a_report(Outcome.FAIL)))

    assert done.exit_code == 4
    (said,) = stub.bodies()
    assert "ERROR" in said
    assert "missing.json: no such file" in done.stderr
    assert "finance" in said


def test_a_report_that_cannot_be_shown(stub: Stub, run: Any, save: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A renderer that fails, or gives nothing, ends in a comment that needs none."""
    formats = dict(FORMATS)
    monkeypatch.setattr(body, "FORMATS", formats)
    file = save(a_report())

    class Failing:
        text = staticmethod(lambda *_: 1 / 0)

    class Empty:
        text = staticmethod(lambda *_: " \n")

    for broken, told in ((Failing, "ZeroDivisionError"), (Empty, "it is empty")):
        formats["markdown"] = broken
        assert run(stub, file).exit_code == 4
        (said,) = stub.bodies()
        assert said.startswith(f"{OURS}\n### grantgate: ERROR\n")
        assert told in said


def test_a_report_that_is_too_long(hub: Stub, run: Any, save: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that the service would refuse is replaced by its verdict, and that is no success."""

    class Long:
        text = staticmethod(lambda *_: "x" * LONGEST["github"])

    monkeypatch.setattr(body, "FORMATS", {**FORMATS, "markdown": Long})

    done = run(hub, save(a_report(Outcome.FAIL)))

    assert done.exit_code == 4
    (said,) = hub.bodies()
    assert said.startswith(f"{OURS}\n### grantgate: BLOCKED\n")
    assert "65,536 characters" in said
    assert "room for 65,497" in done.stderr


# --- not posted -------------------------------------------------------------------------------------------------------


def test_no_pull_request(stub: Stub, run: Any, save: Any) -> None:
    """A push has nothing to comment on: that is said, and nothing is wrong."""
    done = run(stub, save(a_report()), env=environment(stub, None))

    assert done.exit_code == 0
    assert "; nothing is posted" in done.stderr
    assert stub.asked == []


@pytest.mark.parametrize(
    ("args", "env", "told"),
    [
        pytest.param([], {"GITHUB_TOKEN": None, "GITLAB_TOKEN": None}, "holds a token", id="no token"),
        pytest.param([], {"GITHUB_ACTIONS": None, "GITLAB_CI": None}, "--on", id="no service"),
        pytest.param(["--key", "a b"], {}, "a key has 1 to 64", id="no key"),
        pytest.param(["--key", "x --> y"], {}, "a key has 1 to 64", id="a key that ends the mark"),
        pytest.param(["--pull-request", ""], {}, "not a valid integer", id="an empty number"),
        pytest.param(["--pull-request", "0"], {}, "not in the range", id="no number"),
        pytest.param(["--on", "bitbucket"], {}, "is not one of", id="no service that we know"),
    ],
)
def test_usage(stub: Stub, run: Any, save: Any, args: list[str], env: dict[str, str | None], told: str) -> None:
    """What the caller left out or wrote wrong is said, and no service is asked."""
    done = run(stub, save(a_report()), *args, env=env)

    assert done.exit_code == 2
    assert told in " ".join(done.stderr.split())
    assert stub.asked == []


def test_a_refusal(stub: Stub, run: Any, save: Any) -> None:
    """A service that refuses ends in 4, and in the warning that an earlier comment may still be there."""
    stub.fail("POST", status=403, body=f'{{"message": "no {CANARY}"}}'.encode(), path="comments|notes")

    done = run(stub, save(a_report(Outcome.FAIL)))

    assert done.exit_code == 4
    assert "status 403: no ***; the token may not write here" in done.stderr
    assert "; what the pull request shows may be of an earlier run" in done.stderr
    assert done.stdout == ""


def test_a_refusal_of_an_error(stub: Stub, run: Any) -> None:
    """A gate without a report whose comment is refused is told twice: nobody reads it on the pull request."""
    stub.fail("POST", status=401, path="comments|notes")

    done = run(stub, "missing.json")

    assert done.exit_code == 4
    assert "missing.json: no such file; no comment says so" in done.stderr


def test_a_rate_limit(stub: Stub, run: Any, save: Any) -> None:
    """The command itself waits for a limit as the service asks it to."""
    stub.fail("POST", status=429, headers={"Retry-After": "0"}, times=3, path="comments|notes")

    assert run(stub, save(a_report())).exit_code == 0
    assert len(stub.bodies()) == 1


# --- dry runs ---------------------------------------------------------------------------------------------------------


def test_a_dry_run(stub: Stub, run: Any, save: Any) -> None:
    """What would be posted is on standard output, where on standard error; no token is needed, nothing is asked."""
    done = run(stub, save(a_report(Outcome.FAIL)), "--dry-run", env={"GITHUB_TOKEN": None, "GITLAB_TOKEN": None})

    assert done.exit_code == 0
    assert done.stdout.startswith(f"{OURS}\n")
    assert "BLOCKED" in done.stdout
    assert f"request 12 of {stub.address.project} ({stub.api})" in done.stderr
    assert stub.asked == []
    assert run(stub, "missing.json", "--dry-run").exit_code == 4


# --- as a process -----------------------------------------------------------------------------------------------------

MAIN = (
    "import sys; from grantgate_policies.commands.root import Gate; from grantgate_policies.commands.lazy import Entry;"
    "Gate(name='grantgate', entries={'comment': Entry('grantgate_policies.commands.comment', '')})(sys.argv[1:])"
)


def test_as_a_process(stub: Stub, save: Any) -> None:
    """A pipeline's variables are enough, and the token is in nothing that the process writes."""
    given = {name: text for name, text in environment(stub).items() if text is not None}
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    report = save(a_report(Outcome.FAIL))
    for how in ("created", "left as it is"):
        done = subprocess.run(
            [sys.executable, "-c", MAIN, "comment", report],
            env=base | given,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"comment {how}: ")
        assert CANARY not in done.stdout
    assert len(stub.bodies()) == 1


def test_the_command_is_light() -> None:
    """Importing the command, as help does, loads neither httpx nor what talks to services."""
    code = (
        "import sys, grantgate_policies.commands.comment\n"
        "heavy = {'httpx', 'tenacity', 'jsonschema', 'ssl', 'asyncio', 'grantgate_policies.commenting.client'}\n"
        "sys.exit(f'loaded: {heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_says_how_it_ends() -> None:
    """Exit codes mean something else here than where a gate runs, so help says so."""
    said = " ".join(CliRunner().invoke(comment.command, ["--help"]).output.split())
    assert "Exit codes: 0 posted" in said
    assert "The report's own exit code is not repeated" in said
