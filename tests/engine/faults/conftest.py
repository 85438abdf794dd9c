"""docs/faults.md, read row by row, and the world in which each row happens: a project, an AWS, and what was told."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    Project = Any

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "faults.md"
CANARIES = ("AKIACANARYCANARYCANA", "canary+secret/access+key", "canary-passphrase", "canary-of-the-proxy")
"""What no output and no report may show: the credentials that every project has, and a proxy's password."""

LOCATION = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good")
"""
PACK = """
    from pathlib import Path

    from grantgate_policies.pack import main

    main(Path(__file__).with_name("rules.yaml"))
"""

PATIENCE = 120
"""How long a test waits for what must come; nothing depends on how long it takes. Units: seconds."""

KILLED = 137
"""The exit code of who was sent SIGKILL."""
INTERRUPTED = 130
"""The exit code of who was sent SIGINT."""
UNWRITTEN = 2
"""The exit code of a run that could not write one of its reports; the others have the run's own verdict."""
UNENDED = 4
"""The exit code in the report of a run that has not come to its end."""
UNREPORTED = {"host-logs-full"}
"""Rows without any report: no file may grow there."""

ANSWERS = {
    "AccessGrantsLocation": {"GetAccessGrantsLocation", "ListAccessGrantsLocations"},
    "AccessGrantsLocations": {"ListAccessGrantsLocations"},
    "AccessGrantsInstanceForPrefix": {"GetAccessGrantsInstanceForPrefix"},
    "MultiRegionAccessPointOperation": {"DescribeMultiRegionAccessPointOperation"},
}
"""The calls that can have answered a lookup; none of them is made for two things in one row."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the page; ``exit`` is empty where the exit code is the engine's own, and only not 0."""

    id: str
    wrong: str
    exit: str
    told: tuple[str, ...]
    remedy: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """
    What a user was told by one run.

    Shape: ``report`` is None where the run was no command of grantgate's, and empty where one left none; ``answered``
           are the operations that AWS answered well and whole from the run's beginning to its end.
    """

    code: int
    output: str
    report: dict[str, Any] | None = None
    answered: frozenset[str] = frozenset()

    def passed(self) -> set[tuple[str, str]]:
        """Give name and kind of every lookup that is said to have read."""
        return {
            (finding["resource"]["name"], finding["resource"]["type"].rpartition(":")[2])
            for finding in self.findings
            if (finding["ruleId"], finding["outcome"]) == ("LKP-01", "PASS")
        }

    @property
    def line(self) -> str:
        """Give the output on one line: reports fold long texts."""
        return " ".join(self.output.split())

    def outcomes(self, rule: str) -> set[str]:
        """Give the outcomes of one rule."""
        return {finding["outcome"] for finding in self.findings if finding["ruleId"] == rule}

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Give the report's findings."""
        found: list[dict[str, Any]] = (self.report or {}).get("findings", [])
        return found


@dataclass
class World:
    """A project with a policy pack of its own, and its AWS."""

    project: Project

    def program(self, text: str) -> None:
        """Write the program."""
        self.project.program(text)

    def command(self, name: str, *arguments: str) -> list[str]:
        """Give the words of a command of grantgate's that leaves a text and a report."""
        words = [sys.executable, "-m", "grantgate_policies", name, "--policy-pack", "pack"]
        formats = () if "--format" in arguments else ("--format", "text", "--format", "json=report.json")
        return [*words, *formats, *(("--yes",) if name == "up" else ()), *arguments]

    def gate(self, name: str, *arguments: str, **environment: str) -> Told:
        """Run a command of grantgate's as a user does."""
        since = self.calls()
        return self.told(self.project.run(*self.command(name, *arguments), **environment), since)

    def preview(self, *arguments: str, **environment: str) -> Told:
        """Run `grantgate preview`."""
        return self.gate("preview", *arguments, **environment)

    @staticmethod
    def listening() -> AbstractContextManager[tuple[socket.socket, int]]:
        """Give a port that takes calls and never answers them."""
        return listening()

    def pulumi(self, command: str, *arguments: str, **environment: str) -> Told:
        """Run plain `pulumi`, with the pack where a command takes one."""
        ran = self.project.pulumi(command, *arguments, **environment)
        return Told(ran.code, ran.text)

    def plain(self, *words: str, **environment: str) -> Told:
        """Run a command of the engine's own, and end what it leaves running: nobody else watches over it."""
        process = self._started(words, environment)
        try:
            out, _ = process.communicate(timeout=2 * PATIENCE)
        finally:
            end_session(process.pid)
        return Told(process.returncode, out)

    def told(self, done: subprocess.CompletedProcess[str], since: int = 0) -> Told:
        """Read what a command of grantgate's has left; before it there were ``since`` calls."""
        file = self.project.folder / "report.json"
        report = json.loads(file.read_text()) if file.exists() else {}
        code = 128 - done.returncode if done.returncode < 0 else done.returncode  # as a shell tells it
        calls = self.project.aws.journal()[since:]
        answered = frozenset(call["operation"] for call in calls if call["intact"] and call["status"] == 200)
        return Told(code, done.stdout + done.stderr, report, answered)

    @contextmanager
    def held(self, *words: str, silent: socket.socket, **environment: str) -> Iterator[Held]:
        """Start a command, and give it when it has called ``silent``, where nobody answers; it is ended in the end."""
        since = self.calls()
        process = self._started(words, environment)
        leaders = [process.pid]
        try:
            _first_of(silent, process)
            leaders += children(process.pid)
            connection, _ = silent.accept()
            with connection:
                yield Held(self, process, connection, since)
        finally:
            for leader in leaders:
                end_session(leader)
            process.communicate()

    def _started(self, words: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            words,
            cwd=self.project.folder,
            env={**self.project.env(), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def calls(self) -> int:
        """Give how many calls came to AWS until now."""
        return len(self.project.aws.journal())

    def holds(self, row: Row, told: Told) -> None:
        """Fail unless a run told what its row says, and nothing that was not read passed."""
        problems = (told.report or {}).get("problems", [])
        shown = f"exit code {told.code}\n{told.output}\n{json.dumps(problems, indent=1)}"
        assert (str(told.code) == row.exit) if row.exit else told.code != 0, shown
        pieces = (*row.told, *row.remedy)
        if told.code != KILLED:  # who is killed says nothing more
            missed = [piece for piece in pieces if piece not in told.line]
            assert not missed, f"{missed} is not told\n{shown}"
        for trace in ("Traceback", 'File "'):
            assert trace not in told.output, shown
        everything = told.output + json.dumps(told.report)
        assert not [canary for canary in CANARIES if canary in everything], shown
        if told.report:
            self._reported(told, told.report, pieces, shown)
        else:
            assert told.report is None or row.id in UNREPORTED, f"there is no report\n{shown}"

    def _reported(self, told: Told, report: Mapping[str, Any], pieces: tuple[str, ...], shown: str) -> None:
        """Fail unless the report says the same as the exit code and the output, and its lookups have read."""
        problems = report["problems"]
        if told.code != UNWRITTEN:
            expected = UNENDED if told.code in {KILLED, INTERRUPTED} else told.code
            assert report["exitCode"] == expected, f"the report's exit code is {report['exitCode']}\n{shown}"
        assert (report["verdict"] == "PASSED") == (not report["exitCode"]), shown
        spoken = [f"{one['what']} {one['remedy']}" for one in problems]
        spoken += [f"{one['message']} {one['fix']}" for one in told.findings if one["blocks"]]
        if report["exitCode"]:
            whole = [" ".join(text.split()) for text in spoken]
            assert any(all(piece in text for piece in pieces) for text in whole), (
                f"not in one problem: {pieces}\n{shown}"
            )
        elif not told.code:
            assert told.outcomes("LKP-01") == {"PASS"}, shown
        for name, kind in told.passed():
            assert name not in {one["about"] for one in problems}, f"{name} passed, and was not read\n{shown}"
            assert told.answered & ANSWERS[kind], f"{name} passed, and nothing of its kind was read\n{shown}"


@dataclass(frozen=True, slots=True)
class Held:
    """A command that has come to where it calls, and waits for an answer that never comes."""

    world: World
    process: subprocess.Popen[str]
    connection: socket.socket
    since: int

    @property
    def engine(self) -> int:
        """Give the number of the engine's process, which leads a session of its own."""
        (engine,) = children(self.process.pid)
        return engine

    def members(self) -> list[int]:
        """Give every process of the engine's session."""
        return members(self.engine)

    def ends_within(self, seconds: float) -> bool:
        """Say whether it ends by itself in that time."""
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def release(self) -> None:
        """Let it go on."""
        self.connection.close()

    def end(self) -> Told:
        """Wait for its end, and read what it has left."""
        out, _ = self.process.communicate(timeout=PATIENCE)
        return self.world.told(subprocess.CompletedProcess([], self.process.returncode, out, ""), self.since)

    @staticmethod
    def is_over(session: int) -> bool:
        """Wait until nothing of a session runs."""
        pause = threading.Event()
        return any(not members(session) or pause.wait(0.05) for _ in range(PATIENCE * 20))


def children(pid: int) -> list[int]:
    """Give the processes that a process has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def members(session: int) -> list[int]:
    """Give the processes of a session that live."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                of_it = os.getsid(int(folder.name)) == session
                if of_it and (folder / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX":
                    found.append(int(folder.name))
            except OSError:  # it has ended meanwhile
                continue
    return found


def _first_of(silent: socket.socket, process: subprocess.Popen[str]) -> None:
    """Wait until somebody calls; fail when the process ends before, or nothing happens at all."""
    ending = os.pidfd_open(process.pid)
    try:
        ready, _, _ = select.select([silent, ending], [], [], PATIENCE)
    finally:
        os.close(ending)
    if silent not in ready:
        end_session(process.pid)
        pytest.fail(f"nobody called, and this was said:\n{process.communicate()[0]}")


def end_session(session: int) -> None:
    """Kill whatever a session has left."""
    for left in members(session):
        with suppress(ProcessLookupError):
            os.kill(left, signal.SIGKILL)


@contextmanager
def listening() -> Iterator[tuple[socket.socket, int]]:
    """Give a port that takes calls and never answers them."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        yield silent, silent.getsockname()[1]


@cache
def rows() -> dict[str, Row]:
    """Read the page's table."""
    found = {}
    for cells in _cells(PAGE.read_text(encoding="utf-8")):
        (id_, _), (_, wrong), (exit_, _), (told, _), (remedy, _) = cells
        found[id_[0]] = Row(id_[0], wrong, "".join(exit_), told, remedy)
    return found


def _cells(text: str) -> Iterator[list[tuple[tuple[str, ...], str]]]:
    """Give every row of the tables' bodies: of each cell what stands in backticks, and the whole text."""
    row: list[tuple[tuple[str, ...], str]] = []
    inside = False
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type in {"tbody_open", "tbody_close"}:
            inside = token.type == "tbody_open"
        elif inside and token.type == "inline":
            parts = token.children or []
            row.append((tuple(part.content for part in parts if part.type == "code_inline"), token.content))
        elif inside and token.type == "tr_close":
            yield row
            row = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for a row every row of its module's part of the table."""
    if "row" in metafunc.fixturenames:
        part = metafunc.module.PART
        mine = [row for row in rows().values() if row.id.startswith(f"{part}-")]
        metafunc.parametrize("row", mine, ids=[row.id for row in mine])


@pytest.fixture
def world(project: Project) -> World:
    """Give a project with one lookup, which AWS can answer, and with a pack as the README describes it."""
    return made(project)


def made(project: Project) -> World:
    """Fill a project."""
    project.program(LOCATION)
    pack = project.folder / "pack"
    pack.mkdir()
    (pack / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (pack / "__main__.py").write_text(textwrap.dedent(PACK))
    shutil.copy(project.rules, pack / "rules.yaml")
    project.rules = pack / "rules.yaml"
    return World(project)


@pytest.fixture(scope="session")
def unmade() -> tuple[type[World], type[Told]]:
    """Give what a world and what it told are made of: no project is needed to look at evidence."""
    return World, Told


@pytest.fixture(scope="session")
def faults() -> Mapping[str, Row]:
    """Give the page's rows by id."""
    return rows()
