"""A preview that says nothing any more is ended, and the report says why."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from grantgate_policies.engine.errors import reported_errors
from grantgate_policies.engine.progress import Progress
from grantgate_policies.engine.runs import EngineRun
from grantgate_policies.engine.signals import Signals
from grantgate_policies.engine.silence import VARIABLE, BadSilence, Silence, allowed
from grantgate_policies.engine.supervising import Places, watch

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_that_writes_nothing_is_killed(tmp_path: Path) -> None:
    """Nobody waits for ever for an engine that waits for ever."""
    ended = watch(
        [sys.executable, "-c", "import time; time.sleep(60)"],
        folder=tmp_path,
        environment={},
        places=Places.within(tmp_path),
        signals=Signals(),
        progress=Progress(),
        silence=0.3,
    )

    assert ended.code < 0
    assert ended.silent == 0.3


def test_what_is_written_breaks_the_silence(tmp_path: Path) -> None:
    """It counts from the last word on, and what says nothing within the limit is left alone."""
    file = tmp_path / "events.jsonl"
    silence = Silence((file, tmp_path / "never-made"), limit=10)

    assert not silence.lasts(100)
    assert not silence.lasts(110)
    file.write_text("a word")
    assert not silence.lasts(111)
    assert not silence.lasts(121)
    assert silence.lasts(122)
    assert not Silence((file,), limit=0).lasts(1_000_000)


@pytest.mark.parametrize("text", ["4", "86401", "ten", "-5", "1e3", "٦٠", "9" * 5000])
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    """The value is told, and the limits."""
    with pytest.raises(BadSilence, match="5 to 86,400 seconds are possible"):
        allowed({VARIABLE: text})


def test_the_report_says_so(tmp_path: Path) -> None:
    """With what to do."""
    run = EngineRun(
        code=-9, events=[], journal=[], torn=0, stdout="", stderr="", pack=tmp_path, command="preview", silent=1800.0
    )

    (problem,) = reported_errors(run)

    assert problem.what == "the preview had said nothing for 1,800 seconds, and was ended"
    assert "GRANTGATE_SILENCE_SECONDS" in problem.remedy
