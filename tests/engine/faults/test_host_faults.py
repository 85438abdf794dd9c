"""The machine under a run: memory, disk, files and processes that are gone when they are needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = World = Told = Held = Any

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes and limits are Linux's"),
]

PART = "host"
ROLE = "arn:aws:iam::111122223333:role/access-grants/finance-reader"
EVERY = """
    from grantgate import AccessGrantsLocations
    AccessGrantsLocations("location")
"""
ONE = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good")
"""
HELD = """
    import socket
    from grantgate import AccessGrantsLocation

    with socket.create_connection(("127.0.0.1", PORT)) as held:
        held.recv(1)
    AccessGrantsLocation("location", "good")
"""
"""A program that declares its lookup as soon as nobody listens at PORT any more."""

REMOVING = """
    import shutil
    from grantgate import AccessGrantsLocation
    shutil.rmtree("out")
    AccessGrantsLocation("location", "good")
"""
REPORTS = ("--format", "text", "--format", "json=report.json", "--format")
LOOKUPS = "-m pulumi.dynamic "
"""What stands in the command line of the process that makes the lookups."""

LIMITED = """\
import resource
import sys


class Limit:
    # Eight megabytes are left to the process from where lookups begin to share lists.
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "grantgate.listing":
            with open("/proc/self/status") as status:
                (used,) = [int(line.split()[1]) for line in status if line.startswith("VmData:")]
            most = used * 1024 + 8 * 1024 * 1024
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))


if "pulumi.dynamic" in sys.orig_argv:
    sys.meta_path.insert(0, Limit)
"""
"""A sitecustomize.py: RLIMIT_AS would count what C's allocator has reserved and never used, tens of megabytes."""

SMALL = """\
import os
import resource
import sys

resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
os.execv(sys.argv[1], sys.argv[1:])
"""
"""Runs a command that may write no file of more than 1,000 bytes, as on a disk that is nearly full."""


def too_little_memory(world: World) -> Told:
    """List more locations than the lookups' process has memory for."""
    folder = world.project.folder
    limit = folder.parent / f"{folder.name}-limit"  # beside the project: what lies in it may be a pull request's
    limit.mkdir()
    (limit / "sitecustomize.py").write_text(LIMITED)
    locations = [
        {"id": f"location-{index:04}", "scope": f"s3://acme-data-prod-finance/{index}/{'x' * 300}/*", "roleArn": ROLE}
        for index in range(5000)
    ]
    world.project.seed("111122223333", {"regions": {"eu-west-1": {"instance": {}, "locations": locations}}})
    world.program(EVERY)
    return world.preview(PYTHONPATH=str(limit))


def sent(running: Held, words: str, number: signal.Signals = signal.SIGKILL) -> Told:
    """Send a signal to the engine's process that has ``words`` in its command line, and let the others go on."""
    (victim,) = (pid for pid in running.members() if words in command_line(pid))
    os.kill(victim, number)
    running.release()
    told: Told = running.end()
    return told


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def passes(world: World) -> None:
    """Fail unless a preview is green now."""
    again = world.preview()
    assert (again.code, again.outcomes("LKP-01")) == (0, {"PASS"}), again.output


def lookups_killed(world: World) -> Told:
    """Kill the process that makes the lookups while it waits for AWS, as a machine without memory does."""
    with world.listening() as (silent, port):
        endpoint = f"http://127.0.0.1:{port}"
        with world.held(*world.command("preview"), silent=silent, AWS_ENDPOINT_URL=endpoint) as running:
            told = sent(running, LOOKUPS)
    passes(world)
    return told


def lookups_stopped(world: World) -> Told:
    """Stop the process that makes the lookups: the engine waits for it for ever."""
    with world.listening() as (silent, port):
        variables = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "GRANTGATE_SILENCE_SECONDS": "15"}
        with world.held(*world.command("preview"), silent=silent, **variables) as running:
            told = sent(running, LOOKUPS, signal.SIGSTOP)
    passes(world)
    return told


def pack_killed(world: World) -> Told:
    """Kill the policy pack before it has judged anything."""
    with world.listening() as (silent, port):
        world.program(HELD.replace("PORT", str(port)))
        with world.held(*world.command("preview"), silent=silent) as running:
            told = sent(running, "-m pulumi.policy ")
    world.program(ONE)
    passes(world)
    return told


def no_room_for_logs(world: World) -> Told:
    """Let no file grow beyond a thousand bytes: neither the engine's log nor the pack's is whole then."""
    small = world.project.folder / "small"
    small.write_text(SMALL)
    words = world.command("preview", "--format", "text")
    # Python's own cache of compiled modules would be cut as well, and stay so for who runs next.
    return world.told(world.project.run(sys.executable, str(small), *words, PYTHONDONTWRITEBYTECODE="1"))


def no_room_for_output(world: World) -> Told:
    """Write to a standard output that is full."""
    project = world.project
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            world.command("preview"),
            cwd=project.folder,
            env=project.env(),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    return world.told(subprocess.CompletedProcess([], done.returncode, "", done.stderr))


def folder_removed(world: World) -> Told:
    """Remove the folder that a report is written to, while the program runs."""
    world.program(REMOVING)
    (world.project.folder / "out").mkdir()
    return world.preview(*REPORTS, "sarif=out/report.sarif")


def findings(path: str) -> Callable[[World], Told]:
    """Run plain `pulumi preview`, which writes findings to the file that the user names."""

    def arranged(world: World) -> Told:
        words = ("pulumi", "preview", "--non-interactive", "--color", "never", "--stack", "prod")
        return world.plain(*words, "--policy-pack", "pack", GRANTGATE_FINDINGS=path)

    return arranged


ROWS: dict[str, Callable[[World], Told]] = {
    "host-memory": too_little_memory,
    "host-lookups-killed": lookups_killed,
    "host-lookups-stopped": lookups_stopped,
    "host-pack-killed": pack_killed,
    "host-logs-full": no_room_for_logs,
    "host-report-full": lambda world: world.preview(*REPORTS, "sarif=/dev/full"),
    "host-output-full": no_room_for_output,
    "host-report-folder": folder_removed,
    "host-findings-folder": findings("nowhere/findings.jsonl"),
    "host-findings-full": findings("/dev/full"),
}


def test_row(row: Row, world: World) -> None:
    """A run says what the page says it does."""
    world.holds(row, ROWS[row.id](world))
