"""A run that somebody ends: it is told to the engine once, a report is left, and nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    Project = Any

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by /proc"),
]

ROOT = Path(__file__).resolve().parents[2]
HELD = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("held", "good", account_id="111122223333", region="eu-west-1")
"""
PATIENCE = 120  # how long a test waits for what must come; nothing depends on how long it takes


@contextmanager
def silent_aws() -> Iterator[socket.socket]:
    """Give an AWS that takes calls and never answers them."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        listening.settimeout(PATIENCE)
        yield listening


@contextmanager
def held(project: Project, command: str = "preview", *arguments: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Start the command, wait until its lookup asks AWS, and give it with the engine's own process number."""
    project.program(HELD)
    with silent_aws() as aws:
        port = aws.getsockname()[1]
        gate = subprocess.Popen(
            [
                sys.executable, "-m", "grantgate_policies", command, "--policy-pack", str(ROOT / "policies"),
                "--format", "json=report.json", *arguments,
            ],
            cwd=project.folder,
            env={**project.env(), "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        try:
            connection, _ = aws.accept()
            with connection:
                (engine,) = map(int, Path(f"/proc/{gate.pid}/task/{gate.pid}/children").read_text().split())
                yield gate, engine
        finally:
            gate.kill()
            gate.communicate()


def running(session: int) -> list[str]:
    """Give every process of a session that still runs."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if os.getsid(int(folder.name)) == session:
                    state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                    found += [] if state in "ZX" else [(folder / "cmdline").read_text().replace("\0", " ")]
            except OSError:
                continue
    return found


def is_over(session: int) -> bool:
    """Wait until nothing of a session runs: what was killed needs a moment to die."""
    pause = threading.Event()
    return any(not running(session) or pause.wait(0.05) for _ in range(400))


def the_report(project: Project) -> dict[str, Any]:
    return dict(json.loads((project.folder / "report.json").read_text()))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_cancelled_preview_reports_and_leaves_nothing(project: Project, number: signal.Signals, code: int) -> None:
    """The second signal does not wait for the engine; both leave a report and no process."""
    with held(project) as (gate, engine):
        assert len(running(engine)) > 1  # the engine, the program, the pack, the lookup's host
        assert gate.stderr is not None
        gate.send_signal(number)
        told = next(line for line in gate.stderr if "cancelling" in line)
        gate.send_signal(signal.SIGINT)
        out, _ = gate.communicate(timeout=PATIENCE)

        assert "once more kills the engine" in told
        assert gate.returncode == code, out
        assert is_over(engine), running(engine)
    assert f"the preview was cancelled ({number.name})" in out
    report = the_report(project)
    assert report["verdict"].startswith("ERROR")
    assert report["problems"][0]["what"] == f"the preview was cancelled ({number.name})"


def test_a_killed_engine_is_noticed(project: Project) -> None:
    """An engine that dies takes its plugins with it, and is no green run."""
    with held(project) as (gate, engine):
        os.kill(engine, signal.SIGKILL)
        out, err = gate.communicate(timeout=PATIENCE)

        assert gate.returncode == 4, out + err
        assert is_over(engine), running(engine)
    assert "pulumi preview was killed (SIGKILL)" in out
    assert the_report(project)["runs"][0]["exitCode"] == -9


def test_a_cancelled_engine_ends_by_itself(project: Project) -> None:
    """The engine is asked once, and given time: what it says is reported; an update is not begun then."""
    with held(project, "up", "--yes") as (gate, engine):
        assert gate.stderr is not None
        gate.send_signal(signal.SIGTERM)
        next(line for line in gate.stderr if "cancelling" in line)
        out, _ = gate.communicate(timeout=PATIENCE)

        assert gate.returncode == 143, out
        assert is_over(engine), running(engine)
    assert "nothing was updated: the preview did not pass" in out
    assert [run["command"] for run in the_report(project)["runs"]] == ["preview"]
    assert project.resources() == {}
