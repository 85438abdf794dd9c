"""Runs that are cut off, and what the next run makes of what they left; two runs at once."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator

    Row = World = Told = Held = Any

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="processes are found by /proc"),
]

PART = "kill"
SCOPE = "s3://acme-data-prod-finance/finance/*"
SLOW = """
    import socket
    import pulumi
    from pulumi.dynamic import CreateResult, Resource, ResourceProvider
    from grantgate import AccessGrantsLocation

    class Slow(ResourceProvider):
        def create(self, props):
            with socket.create_connection(("127.0.0.1", PORT)) as held:
                held.recv(1)
            return CreateResult("slow", {})

    class Made(Resource):
        pass

    location = AccessGrantsLocation("location", "good")
    Made(Slow(), "slow", {}, opts=pulumi.ResourceOptions(depends_on=[location]))
"""
"""A program that updates one resource after the location, and takes as long for it as somebody listens at PORT."""


@contextmanager
def held_lookup(world: World, *words: str) -> Iterator[Held]:
    """Start a command that is held by its lookup."""
    with world.listening() as (silent, port):
        endpoint = f"http://127.0.0.1:{port}"
        with world.held(*words, silent=silent, AWS_ENDPOINT_URL=endpoint, AWS_MAX_ATTEMPTS="1") as running:
            yield running


@contextmanager
def held_update(world: World, **environment: str) -> Iterator[tuple[Held, socket.socket]]:
    """Start `grantgate up`, which is held by the creation of a resource, after its lookup was made."""
    with world.listening() as (silent, port):
        world.program(SLOW.replace("PORT", str(port)))
        with world.held(*world.command("up"), silent=silent, **environment) as running:
            yield running, silent


def goes_on(world: World, silent: socket.socket) -> None:
    """Update once more, and fail unless the update is green and the state has all that it should have."""
    with world.held(*world.command("up"), silent=silent) as running:
        running.release()
        assert running.end().code == 0
    complete(world)


def complete(world: World) -> None:
    """Fail unless the state has everything that the program declares, and nothing twice."""
    names = [item["urn"].rpartition("::")[2] for item in world.project.state()["deployment"]["resources"]]
    assert sorted(name for name in names if name in {"location", "slow"}) == ["location", "slow"]
    assert world.project.resources()["location"]["outputs"]["locationScope"] == SCOPE


def unlocked(world: World) -> None:
    """Take the lock off, as the message says."""
    done = world.project.run("pulumi", "cancel", "--yes", "--stack", "prod")
    assert done.returncode == 0, done.stderr


# --- the engine is killed ---------------------------------------------------------------------------------------------


def engine_in_a_preview(world: World) -> Told:
    """Kill the engine in a preview; the next one is as if nothing had been."""
    with held_lookup(world, *world.command("preview")) as running:
        os.kill(running.engine, signal.SIGKILL)
        told = running.end()
    again = world.preview()
    assert (again.code, again.outcomes("LKP-01")) == (0, {"PASS"}), again.output
    return told


def engine_in_an_update(world: World) -> Told:
    """Kill the engine in an update; without its lock the next one finishes what it had begun."""
    with held_update(world) as (running, silent):
        os.kill(running.engine, signal.SIGKILL)
        told = running.end()
        unlocked(world)
        goes_on(world, silent)
    return told


def lock_of_a_killed_update(world: World) -> Told:
    """Update after the engine was killed: what is locked stays as it is, and a preview needs no lock."""
    with held_update(world) as (running, _):
        os.kill(running.engine, signal.SIGKILL)
        running.end()
    before = world.project.state()
    assert world.preview().code == 0
    told: Told = world.gate("up")
    assert world.project.state() == before
    return told


def engine_in_a_refresh(world: World) -> Told:
    """Kill the engine in a refresh; the next update is told about its lock, and nothing is lost."""
    assert world.pulumi("up").code == 0
    before = world.project.resources()["location"]
    with held_lookup(world, "pulumi", "refresh", "--yes", "--skip-preview", "--stack", "prod") as running:
        running.process.kill()
    told: Told = world.gate("up")
    unlocked(world)
    for command in ("refresh", "up"):
        again = world.pulumi(command)
        assert again.code == 0, again.output
    after = world.project.resources()["location"]
    assert (after["id"], after["outputs"]["locationScope"]) == (before["id"], SCOPE)
    return told


def stuck_update(world: World) -> Told:
    """Stop the process that makes the lookups in an update, which nobody ends but the user, by Ctrl-C twice."""
    with held_update(world, GRANTGATE_SILENCE_SECONDS="5") as (running, silent):
        for pid in running.members():
            if b"pulumi.dynamic" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGSTOP)
        assert not running.ends_within(8), "an update that says nothing was ended"
        running.process.send_signal(signal.SIGINT)
        assert not running.ends_within(2), "an update was not given time to end well"
        running.process.send_signal(signal.SIGINT)
        told = running.end()
        unlocked(world)
        goes_on(world, silent)
    return told


# --- grantgate is killed ----------------------------------------------------------------------------------------------


def gate_in_a_preview(world: World) -> Told:
    """Kill grantgate in a preview: an older report is not taken for this run's."""
    assert world.preview().code == 0
    with held_lookup(world, *world.command("preview")) as running:
        engine = running.engine
        running.process.kill()
        told = running.end()
    assert running.is_over(engine), "the engine does not end by itself"
    again = world.preview()
    assert (again.code, again.outcomes("LKP-01")) == (0, {"PASS"}), again.output
    return told


def gate_in_an_update(world: World) -> Told:
    """Kill grantgate in an update: the engine finishes it, and who comes meanwhile is told about the lock."""
    with held_update(world) as (running, _):
        engine = running.engine
        running.process.kill()
        running.end()
        told: Told = world.gate("up")
        running.release()
        assert running.is_over(engine), "the engine does not end by itself"
    complete(world)
    again = world.preview()
    assert (again.code, again.outcomes("LKP-01")) == (0, {"PASS"}), again.output
    return told


def two_updates(world: World) -> Told:
    """Start an update while another one is under way: the first is unharmed."""
    with held_update(world) as (running, _):
        told: Told = world.gate("up")
        running.release()
        first = running.end()
    assert (first.code, first.outcomes("LKP-01")) == (0, {"PASS"}), first.output
    complete(world)
    return told


ROWS: dict[str, Callable[[World], Told]] = {
    "kill-engine-preview": engine_in_a_preview,
    "kill-engine-update": engine_in_an_update,
    "kill-engine-update-lock": lock_of_a_killed_update,
    "kill-engine-refresh-lock": engine_in_a_refresh,
    "kill-stuck-update": stuck_update,
    "kill-gate-preview": gate_in_a_preview,
    "kill-gate-update": gate_in_an_update,
    "kill-two-updates": two_updates,
}


def test_row(row: Row, world: World) -> None:
    """A run says what the page says it does, and the next one loses nothing."""
    world.holds(row, ROWS[row.id](world))
