"""Progress is told on standard error, in few lines, whatever the logs hold; and one process is watched to its end."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION, RUN_VARIABLE
from grantgate_policies.core import SCHEMA
from grantgate_policies.engine import progress as progressing
from grantgate_policies.engine import supervising
from grantgate_policies.engine.progress import Counts, Progress, Tail, Telling, progress
from grantgate_policies.engine.signals import Cancelled, Signals
from grantgate_policies.engine.supervising import Ended, Places, watch

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = f"urn:pulumi:prod::data::{LOCATION.type}::good"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.within(tmp_path)


def asked(urn: str) -> str:
    event = {"sequence": 1, "timestamp": 1, "policyAnalyzeSummaryEvent": {"resourceUrn": urn}}
    return json.dumps(event, separators=(",", ":")) + "\n"


def finding(name: str = "good", rule: str = "AGL-12", outcome: str = "FAIL", **members: Any) -> str:
    known = {"schema": SCHEMA, "ruleId": rule, "ruleName": "some-rule", "outcome": outcome, "message": "it is bad"}
    return json.dumps({**known, "resource": {"urn": f"urn::{name}", "name": name}, **members}) + "\n"


class Clock:
    """A clock that goes when somebody says so."""

    now = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


# --- reading what grows -----------------------------------------------------------------------------------------------


def test_a_line_is_given_once_and_whole(tmp_path: Path) -> None:
    """A file that is not there yet has no lines, and a half-written one waits for its end."""
    path = tmp_path / "log"
    tail = Tail(path)
    assert list(tail.lines()) == []
    with path.open("ab") as file:
        for written, lines in ((b"one\ntw", [b"one"]), (b"", []), (b"o\n\nthr", [b"two", b""]), (b"ee\n", [b"three"])):
            file.write(written)
            file.flush()
            assert list(tail.lines()) == lines
    tail.close()


def test_a_line_without_end_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded: what is longer than anything the engine writes is not kept."""
    monkeypatch.setattr(progressing, "_LONGEST_LINE", 10)
    path = tmp_path / "log"
    path.write_bytes(b"short\n" + b"x" * 100)
    tail = Tail(path)

    assert list(tail.lines()) == [b"short"]
    with path.open("ab") as file:
        file.write(b"y\nnext\n")
    assert list(tail.lines())[-1] == b"next"
    tail.close()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"policyAnalyzeSummaryEvent":null}',
        b'{"policyAnalyzeSummaryEvent":[]}',
        b'{"schema":"grantgate.finding/1"}',
        b'{"schema":"grantgate.finding/1","resource":[]}',
        b"[" * 100_000,
    ],
)
def test_lines_that_say_nothing(line: bytes) -> None:
    """Whatever stands in a log, it is not what ends a run."""
    counts = Counts()

    counts.event(line)
    counts.finding(line)

    assert str(counts) == "0 resources, 0 lookups, 0 blocking findings"


def test_counts() -> None:
    """Resources and lookups are counted once each, Pulumi's own not at all."""
    counts = Counts()
    for urn in (GOOD, GOOD, f"{GOOD}-2", "urn:pulumi:prod::data::pulumi:pulumi:Stack::data-prod"):
        counts.event(asked(urn).encode())
    for line in (finding(rule="LKP-01", outcome="PASS"), finding(rule="LKP-01", outcome="PASS"), finding(blocks=True)):
        counts.finding(line.encode())

    assert str(counts) == "2 resources, 1 lookup, 1 blocking finding"
    assert counts.blocking == ["FAIL AGL-12 some-rule on good: it is bad"]


# --- telling ----------------------------------------------------------------------------------------------------------


def test_a_log_gets_few_lines(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """The beginning, what blocks as it is found, a sign of life that grows rarer, and the end; nothing on stdout."""
    clock = Clock()
    telling = Telling("preview of prod", clock=clock)
    with telling.watching(places):
        places.events.write_text(asked(GOOD))
        places.journal.write_text(finding(rule="LKP-01", outcome="PASS") + finding(blocks=True))
        for second in range(1, 601):
            clock.now = second
            telling.tick()
    out, err = capsys.readouterr()

    assert out == ""
    lines = [line.removeprefix("grantgate: preview of prod: ") for line in err.splitlines()]
    assert lines[:3] == [
        "started",
        "FAIL AGL-12 some-rule on good: it is bad",
        "1 resource, 1 lookup, 1 blocking finding, 10 s",
    ]
    assert lines[-1] == "ended: 1 resource, 1 lookup, 1 blocking finding, 600 s"
    assert [line.rpartition(", ")[2] for line in lines[2:6]] == ["10 s", "30 s", "70 s", "130 s"]
    assert len(lines) < 20


def test_many_failures_are_told_by_their_first(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """A log is no report: after twenty findings one line says that there are more."""
    telling = Telling("preview")
    with telling.watching(places):
        places.journal.write_text("".join(finding(f"n{number}", blocks=True) for number in range(100)))
    err = capsys.readouterr().err

    assert err.count("FAIL AGL-12") == 20
    assert err.count("more findings block; the report has them all") == 1
    assert "100 blocking findings" in err


def test_what_others_wrote_is_harmless(places: Places, capsys: pytest.CaptureFixture[str]) -> None:
    """Names and messages add no line, no colour and no command of a log, and no secret that is known."""
    hostile = "a\n::error::b\x1b[31m\u202e##[error]x ##vso[y] hunter2-hunter2"
    telling = Telling("preview", mask=lambda text: text.replace("hunter2-hunter2", "[secret]"))
    with telling.watching(places):
        places.journal.write_text(finding(hostile, blocks=True, message="\ud800" + "x" * 5000))
    lines = capsys.readouterr().err.splitlines()

    assert len(lines) == 3
    assert all(line.startswith("grantgate: ") and line.isprintable() for line in lines)
    assert not any(bad in lines[1] for bad in ("##[", "##vso", "hunter2"))
    assert len(lines[1]) < 500


def test_nobody_reads_it(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard error that is closed ends no run."""
    with Path(os.devnull).open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed)
    telling = Telling("preview")

    with telling.watching(places):
        telling.tick()


def test_a_log_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are added unless somebody watches."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    for term, live in (("dumb", False), ("xterm", True)):
        monkeypatch.setenv("TERM", term)
        told = progress("preview", str)
        assert isinstance(told, Telling)
        assert told.live is live


def test_a_terminal_gets_a_line_that_lives(tmp_path: Path) -> None:
    """On a terminal the line is drawn anew, findings stay above it, and markup in names is none."""
    script = f"""
        import sys
        from pathlib import Path
        from grantgate_policies.engine.progress import progress
        from grantgate_policies.engine.supervising import Places
        places = Places.within(Path({str(tmp_path)!r}))
        told = progress("preview of [red]prod", str)
        with told.watching(places):
            places.journal.write_text({finding("[bold]x", blocks=True)!r})
            told.tick()
        print("the report")
    """
    leader, follower = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120"},
        check=True,
    )
    os.close(follower)
    shown = os.read(leader, 65536).decode()
    os.close(leader)

    assert done.stdout == b"the report\n"
    assert "grantgate: preview of [red]prod: FAIL AGL-12 some-rule on [bold]x: it is bad" in shown
    assert "preview of [red]prod: 0 resources, 0 lookups, 1 blocking finding, 0 s" in shown
    assert "ended: 0 resources" in shown


# --- watching ---------------------------------------------------------------------------------------------------------


class Hook(Progress):
    """Does something each time the run is looked at."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act

    def tick(self) -> None:
        """Act."""
        self._act()


def watched(
    places: Places, script: str, signals: Signals | None = None, progress: Progress | None = None, mark: str = ""
) -> Ended:
    return watch(
        ["sh", "-c", script],
        folder=places.stdout.parent,
        environment={**os.environ, RUN_VARIABLE: mark},
        places=places,
        signals=signals or Signals(),
        progress=progress or Progress(),
    )


def test_outputs_of_any_size(places: Places) -> None:
    """Both outputs go to files, so that neither has to be read for the other to go on."""
    ended = watched(places, "yes out | head -c 3000000; yes err | head -c 3000000 >&2; exit 7")

    assert ended == Ended(7)
    assert (places.stdout.stat().st_size, places.stderr.stat().st_size) == (3_000_000, 3_000_000)


def runs(pid: int) -> bool:
    listed = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return listed.strip()[:1] not in {"", "Z", "X"}


TRAP = "trap 'echo asked >> asked; exit 9' INT; echo > ready; while :; do sleep 0.05; done"


def test_a_signal_is_passed_on_once(places: Places) -> None:
    """The process hears of it, and ends as it likes."""
    folder = places.stdout.parent
    signals = Signals()

    def act() -> None:
        if (folder / "ready").exists() and not signals.received:
            os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    with signals:
        ended = watched(places, TRAP, signals, Hook(act))

    assert ended == Ended(9, signal.SIGTERM)
    assert (folder / "asked").read_text() == "asked\n"
    assert signal.getsignal(signal.SIGTERM) is before
    assert signals.heeded == signal.SIGTERM


def test_the_second_signal_kills_everything(places: Places) -> None:
    """What will not end is killed, with everything that it started."""
    folder = places.stdout.parent
    signals = Signals()
    deaf = "trap '' INT; (trap '' INT; while :; do sleep 0.05; done) & echo $! > child; echo > ready; wait"

    def act() -> None:
        if (folder / "ready").exists() and len(signals.received) < 2:
            os.kill(os.getpid(), signal.SIGINT)

    with signals:
        ended = watched(places, deaf, signals, Hook(act))

    assert ended == Ended(-signal.SIGKILL, signal.SIGINT)
    child, pause = int((folder / "child").read_text()), threading.Event()
    assert any(not runs(child) or pause.wait(0.05) for _ in range(400))  # what was killed needs a moment to die


LEAVES = """
    import os, subprocess, sys
    later = "import time; time.sleep(3600)"
    child = subprocess.Popen([sys.executable, "-c", later], start_new_session=True)
    with open("child", "w") as file:
        file.write(str(child.pid))
"""
"""Starts what lives on, in a session of its own."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives this process what a run orphans")
@pytest.mark.parametrize("others", [True, False], ids=["beside another child", "alone"])
def test_what_a_run_leaves_is_ended_with_it(places: Places, *, others: bool) -> None:
    """A child in a session of its own is gone when the run is; what this process had before is left alone."""
    folder = places.stdout.parent
    (folder / "leaves.py").write_text(textwrap.dedent(LEAVES))
    before = subprocess.Popen(["sleep", "3600"]) if others else None
    try:
        ended = watched(places, f"{sys.executable} leaves.py", mark="a-run-of-its-own")

        with pytest.raises(ProcessLookupError):
            os.kill(int((folder / "child").read_text()), 0)
        assert ended == Ended(0)
        assert before is None or before.poll() is None
    finally:
        if before:
            before.kill()
            before.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives this process what a run orphans")
def test_what_another_child_leaves_is_not_the_runs(places: Places) -> None:
    """Where this process had a child before, only what carries the run's name is ended with the run."""
    folder = places.stdout.parent
    leaves = "read line; sleep 3600 & echo $! > daemon; echo > left"  # an orphan, as soon as it is told to leave one
    with subprocess.Popen(["sh", "-c", leaves], cwd=folder, stdin=subprocess.PIPE) as before:
        assert before.stdin is not None
        tell = before.stdin

        def act() -> None:
            if not tell.closed:
                tell.write(b"now\n")
                tell.close()

        wait = "while [ ! -e left ]; do sleep 0.05; done"
        assert watched(places, wait, progress=Hook(act), mark="a-run-of-its-own") == Ended(0)
    daemon = int((folder / "daemon").read_text())
    assert runs(daemon)
    os.kill(daemon, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # it is this process's own when its parent ended during the run
        os.waitpid(daemon, 0)


def test_an_error_meanwhile_leaves_nothing_running(places: Places) -> None:
    """Whatever goes wrong here, the process is ended before it is told."""

    def act() -> None:
        if (places.stdout.parent / "ready").exists():
            raise RuntimeError("kaput")

    with pytest.raises(RuntimeError, match="kaput"):
        watched(places, "echo $$ > pid; echo > ready; while :; do sleep 0.05; done", progress=Hook(act))

    assert not runs(int((places.stdout.parent / "pid").read_text()))


def test_a_signal_to_what_has_just_ended_takes_no_end_away() -> None:
    """Who sends a signal too late does not reap the process, for whose end another thread still waits."""
    process = subprocess.Popen(["sh", "-c", "exit 7"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    end = supervising._End(process)  # noqa: SLF001 - no clock luck: the very moment between end and reaping

    end.send(signal.SIGINT)
    end.wait()

    assert (end.came.is_set(), end.violent, process.wait()) == (True, False, 7)


def test_nothing_is_started_after_a_signal(places: Places) -> None:
    """Who wants to end does not wait for another run."""
    with pytest.raises(Cancelled, match="SIGINT"):
        watched(places, "echo > started", Signals([signal.SIGINT]))

    assert not (places.stdout.parent / "started").exists()


def test_who_waits_for_a_person_is_interrupted() -> None:
    """A question ends with the signal; so does everything with the third one."""
    signals = Signals()
    with signals:
        with pytest.raises(Cancelled, match="SIGTERM"), signals.interrupting():
            os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
