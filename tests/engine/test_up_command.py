"""`grantgate up`: nothing is updated without a green preview, and the update itself is judged and proven."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "ID")
"""


def gate(project: Project, *arguments: str, **environment: str) -> Any:
    return project.run(
        sys.executable, "-m", "grantgate_policies", "up", "--policy-pack", str(ROOT / "policies"),
        "--format", "json", *arguments, **environment,
    )  # fmt: skip


def test_a_green_update_then_a_red_one(project: Project) -> None:
    """What passes is deployed, and reported as an update with places in the program; what does not, is not."""
    project.program(PROGRAM.replace("ID", "good"))

    done = gate(project, "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [(run["command"], run["exitCode"], run["stack"]) for run in report["runs"]] == [("up", 0, "prod")]
    assert report["findings"][0]["position"] == {"file": "__main__.py", "line": 3}
    assert "location" in project.resources()
    before = project.state()

    project.program(PROGRAM.replace("ID", "bad"))
    done = gate(project, "--yes", "--no-progress")

    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["notices"][-1] == "nothing was updated: the preview did not pass"
    assert [run["command"] for run in report["runs"]] == ["preview"]
    assert project.state() == before
    assert done.stderr == ""


CREATED = """
    from pulumi.dynamic import Resource, ResourceProvider
    from grantgate import AccessGrantsLocation

    class Provider(ResourceProvider):
        def create(self, props):
            raise RuntimeError("the cloud says no")

    class Broken(Resource):
        pass

    AccessGrantsLocation("location", "good")
    Broken(Provider(), "broken", {})
"""


def test_a_failed_update_is_4_in_the_engine_s_words(project: Project) -> None:
    """A preview does not create anything; what the update could not do is told, beside its findings."""
    project.program(CREATED)

    done = gate(project, "--yes")

    assert done.returncode == 4, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [run["command"] for run in report["runs"]] == ["up"]
    assert any("the cloud says no" in problem["what"] for problem in report["problems"]), report["problems"]
    assert any(found["outcome"] == "PASS" for found in report["findings"])


def test_what_changes_after_the_preview_is_judged_again(project: Project) -> None:
    """The update is judged itself: what was not there in the preview does not slip through."""
    project.program(SWAPPING)

    done = gate(project, "--yes")

    assert done.returncode == 1, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert [run["command"] for run in report["runs"]] == ["up"]
    failed = {found["ruleId"] for found in report["findings"] if found["outcome"] == "FAIL"}
    assert "AGL-12" in failed
    assert "location" not in project.resources()


SWAPPING = """
    import pulumi
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good" if pulumi.runtime.is_dry_run() else "bad")
"""


def test_a_person_is_asked(project: Project) -> None:
    """On a terminal the preview's report is shown, and nothing is updated unless somebody says so."""
    project.program(PROGRAM.replace("ID", "good"))
    leader, follower = pty.openpty()
    os.write(leader, b"n\n")
    seen: list[bytes] = []
    asking = subprocess.Popen(
        [sys.executable, "-m", "grantgate_policies", "up", "--policy-pack", str(ROOT / "policies"), "--json"],
        cwd=project.folder,
        env={**project.env(), "TERM": "xterm"},
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
        text=True,
    )
    reader = threading.Thread(target=lambda: seen.extend(iter(lambda: _read(leader), b"")))
    reader.start()
    out, _ = asking.communicate(timeout=120)
    os.close(follower)
    reader.join()
    os.close(leader)

    terminal = b"".join(seen).decode()
    assert asking.returncode == 2, out + terminal
    assert "PASSED: " in terminal
    assert "Update? [y/N]" in terminal
    assert json.loads(out)["problems"][0]["what"] == "nothing was updated: the update was not confirmed"
    assert project.resources() == {}


def _read(leader: int) -> bytes:
    """Read what a terminal shows; a terminal that nobody writes to any more is an error of the system's."""
    try:
        return os.read(leader, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        pytest.param((), {}, "nobody can be asked here whether to update; give --yes", id="nobody to ask"),
        pytest.param(("--yes", "--", "--skip-preview"), {}, "--skip-preview is grantgate's own", id="skip-preview"),
        pytest.param(("--yes", "--", "-dturn:x"), {}, "-t leaves resources out of the", id="a target in one word"),
        pytest.param(
            ("--yes",), {"PULUMI_OPTION_TARGET": "urn:x"}, "PULUMI_OPTION_TARGET is set", id="a target from outside"
        ),
    ],
)
def test_usage(project: Project, arguments: tuple[str, ...], environment: dict[str, str], told: str) -> None:
    """What would update unseen, or unasked, is refused before anything runs; no older report stays green."""
    report = project.folder / "report.json"
    report.write_text('{"verdict": "PASSED"}')

    done = gate(project, "--format", "json=report.json", *arguments, **environment)

    assert done.returncode == 2
    assert told in done.stderr
    assert told in report.read_text()
