"""The report of a run that never was: what kept it from being is all that there is to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.report import Report

if TYPE_CHECKING:
    from grantgate_policies.report import Problem


def unjudged(source: str, problem: Problem | None, rules_file: str = "", *, at: str = "") -> Report:
    """Make a report in which nothing was judged; without a problem it is for somebody to add."""
    problems = (problem,) if problem else ()
    return Report(source, rules_file, organization="", findings=(), resources=0, problems=problems, at=at)
