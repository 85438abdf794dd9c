"""What the engine says of a process that is gone: what happened, and what to do, without frames."""

from __future__ import annotations

import pytest
from grantgate_policies.engine.words import problem
from grantgate_policies.report import Problem

LOOKUP = "urn:pulumi:prod::p::pulumi-python:dynamic/grantgate:AccessGrantsLocations::every"
OTHER = "urn:pulumi:prod::p::pulumi-python:dynamic:Resource::other"
FRAMES = 'Traceback (most recent call last):\n  File "host.py", line 84, in wrapper\n    return fn()\n'
MEMORY = "see whether the machine ran out of memory, or who ended that process, then run again"


@pytest.mark.parametrize(
    ("message", "urn", "told"),
    [
        pytest.param(
            "error reading from server: EOF",
            LOOKUP,
            Problem("error reading from server: EOF", "every", MEMORY),
            id="the lookups' process is killed",
        ),
        pytest.param(
            "failed to run remediation: error reading from server: read tcp 1: connection reset by peer",
            LOOKUP,
            Problem(
                "failed to run remediation: error reading from server: read tcp 1: connection reset by peer",
                "every",
                MEMORY,
            ),
            id="the pack is killed",
        ),
        pytest.param(
            f"{FRAMES}EncodeError: Failed to serialize proto\n",
            LOOKUP,
            Problem("EncodeError: Failed to serialize proto", "every", MEMORY),
            id="Pulumi's host cannot hold its answer",
        ),
        pytest.param(
            f"{FRAMES}RuntimeError: kaput",
            OTHER,
            Problem(f"{FRAMES}RuntimeError: kaput", "other"),
            id="a provider of the program's own",
        ),
    ],
)
def test_a_process_that_is_gone(message: str, urn: str, told: Problem) -> None:
    """The frames of a lookup are Pulumi's own and are left out; those of a program are its author's."""
    assert problem(message, urn) == told
