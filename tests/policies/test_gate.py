"""Several stacks in one command: what keeps the engine from one of them is told beside what happened to the others."""

from __future__ import annotations

import signal
from dataclasses import replace
from typing import Any

import pytest
from grantgate_policies.commands.gate import Gate, Wanted, failure
from grantgate_policies.commands.up import _updates
from grantgate_policies.engine.runs import NoEngine
from grantgate_policies.engine.signals import Cancelled
from grantgate_policies.report import Exit, Report, Run, merged


class Halted(Gate):
    """A gate whose engine runs on the stack prod, and cannot be run on any other."""

    error: Exception

    def run(self, command: str, stack: str) -> Report:
        """Run as far as it goes."""
        if stack != "prod":
            raise type(self).error
        return replace(failure(stack, None), runs=(Run(stack, command, 0),))

    def passes(self, report: Report) -> bool:
        """Take everything without a problem for green."""
        return not report.problems


class Quiet:
    """Nobody sends a signal."""

    class signals:  # noqa: N801 - stands for the engine's own attribute
        """Nothing was sent."""

        @staticmethod
        def heed() -> int:
            """Say that nothing was sent."""
            return 0


@pytest.mark.parametrize(
    ("error", "what"),
    [
        pytest.param(Cancelled(signal.SIGTERM), "before pulumi up was run", id="cancelled"),
        pytest.param(NoEngine("there is no pulumi on PATH"), "there is no pulumi on PATH", id="no engine any more"),
    ],
)
def test_an_update_that_was_made_is_not_forgotten(error: Exception, what: str) -> None:
    """What was updated stays in the report when the next stack's run cannot even begin."""
    Halted.error = error
    wanted = Wanted(
        "policies", None, None, ".", ("prod", "dev"), None, require_judged=False, no_progress=True, arguments=()
    )
    made: Any = Halted(wanted, *[None] * 7)
    object.__setattr__(made, "engine", Quiet)
    previews = [replace(failure(stack, None), runs=(Run(stack, "preview", 0),)) for stack in ("prod", "dev")]

    report = merged(_updates(made, previews))

    assert [(run.stack, run.command) for run in report.runs] == [("prod", "up"), ("dev", "preview")]
    assert [problem.about for problem in report.problems] == ["dev"]
    assert what in report.problems[0].what
    assert report.exit_code() is Exit.ERROR
    assert [one.source for one in made.previews()] == ["prod", "dev"]
