"""
Reports of 100,000 findings in every format, each in a process of its own, and the page of 10,000 in a real browser.

Time is from a report in memory to the whole file on the disk; memory is the most that the process ever held, the
findings themselves included.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import estate
from children import SCRIPTS, environment, run
from figures import Row, Spread, Unmeasured
from grantgate_policies.atomic import write
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.report import LookedUp, Registered, Report, Request, SourcePosition
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

FINDINGS: Final = 100_000
PAGE_FINDINGS: Final = 10_000
AIM_SECONDS: Final = 5.0
AIM_MEGABYTES: Final = 500
AIM_READY_SECONDS: Final = 2.0
SECONDS: Final = 120
READY: Final = "grantgate-ready"
"""The mark that the page sets when its table answers."""

_EACH: Final = 10  # findings of one location
_OUTCOMES: Final = (
    (Outcome.FAIL, Level.MANDATORY),
    (Outcome.FAIL, Level.ADVISORY),
    (Outcome.FAIL, Level.MANDATORY),
    (Outcome.UNKNOWN, Level.MANDATORY),
    (Outcome.WAIVED, Level.MANDATORY),
    (Outcome.PASS, Level.MANDATORY),
)


def report(count: int) -> Report:
    """Make a report of ``count`` findings about a tenth as many locations; five in six have something to tell."""
    locations = range(count // _EACH)
    return Report(
        source=estate.STACK,
        rules_file="rules.yaml",
        organization="acme",
        findings=tuple(_findings(count)),
        resources=len(locations),
        at="2026-11-22T08:30:00Z",
        rules=RULES,
        project_file="Pulumi.yaml",
        positions={estate.urn(index): SourcePosition("__main__.py", index + 10) for index in locations},
        lookups=tuple(_lookup(index) for index in locations),
        locations=tuple(_registered(index) for index in locations),
        requests=tuple(_request(index) for index in range(20)),
    )


def _findings(count: int) -> Iterator[Finding]:
    resources = [
        Resource(estate.urn(index), estate.TYPE, estate.location_id(index), {}) for index in range(count // _EACH)
    ]
    for number in range(count):
        about, rule = resources[number // _EACH], RULES[number % _EACH]
        outcome, level = _OUTCOMES[number % len(_OUTCOMES)]
        observed = estate.location(number // _EACH)["locationScope"]
        waived = outcome is Outcome.WAIVED
        quiet = outcome is Outcome.PASS
        yield Finding(
            rule=rule,
            outcome=outcome,
            level=level,
            severity=rule.severity,
            resource=about,
            field="" if quiet else "locationScope",
            observed="" if quiet else observed,
            expected="" if quiet else "one of the allowed scopes",
            message="" if quiet else f"scope {observed!r} is not inside the allowed 's3://acme-*/{{team}}/*'",
            waiver="data-platform: moves in Q1 (until 2027-01-31, DATA-812)" if waived else "",
            blocks=level is Level.MANDATORY and outcome in {Outcome.FAIL, Outcome.UNKNOWN},
        )


def _lookup(index: int) -> LookedUp:
    found = estate.props(index)
    return LookedUp(
        urn=estate.urn(index),
        name=estate.location_id(index),
        kind="AccessGrantsLocation",
        subject=estate.location_id(index),
        performed=True,
        account=estate.ACCOUNT,
        region=estate.REGION,
        values=(("locationScope", found["locationScope"]), ("iamRoleArn", found["iamRoleArn"])),
    )


def _registered(index: int) -> Registered:
    found = estate.location(index)
    return Registered(
        urn=estate.urn(index),
        name=estate.location_id(index),
        account=estate.ACCOUNT,
        region=estate.REGION,
        scope=found["locationScope"],
        role=found["iamRoleArn"],
        live=True,
    )


def _request(index: int) -> Request:
    state, status = (("SUCCEEDED", "SUCCEEDED"), ("FAILED", "FAILED"), ("IN_PROGRESS", "INPROGRESS"))[index % 3]
    return Request(
        urn=f"urn:pulumi:{estate.STACK}::{estate.PROJECT}::operation::{index}",
        name=f"operation-{index}",
        account=estate.ACCOUNT,
        token=f"arn:aws:s3:us-west-2:{estate.ACCOUNT}:async-request/mrap/create/{index:08}",
        access_point=f"acme-global-{index}",
        operation="CreateMultiRegionAccessPoint",
        state=state,
        status=status,
        created=f"2026-11-{index + 1:02}T08:00:00Z",
        regions=(("eu-west-1", "SUCCEEDED"), ("us-east-1", status)),
    )


# --- measuring --------------------------------------------------------------------------------------------------------


def measure(*, quick: bool) -> list[Row]:
    """Write every format, then open the page."""
    turns = 1 if quick else 3
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        rows = [_row(name, place, turns) for name in FORMATS]
        return [*rows, _page(place, turns)]


def _row(name: str, place: Path, turns: int) -> Row:
    runs = [_child(name, FINDINGS, place) for _ in range(turns)]
    seconds, megabytes = (Spread.of([one[key] for one in runs]) for key in ("seconds", "megabytes"))
    size = runs[0]["bytes"] / 1e6
    return Row(
        what=f"{name} of {FINDINGS:,} findings",
        figure=f"{seconds.median:.2f} s, {megabytes.median:.0f} MB",
        aim=f"< {AIM_SECONDS:.0f} s, < {AIM_MEGABYTES} MB",
        met=seconds.median < AIM_SECONDS and megabytes.median < AIM_MEGABYTES,
        notes=[f"{turns} runs: {seconds.least:.2f}..{seconds.most:.2f} s; the file has {size:.1f} MB"],
        raw={"runs": runs},
    )


def _child(name: str, count: int, place: Path) -> dict[str, Any]:
    command: list[str | Path] = [SCRIPTS / "python", __file__, "--format", name, "--count", str(count)]
    ran = run([*command, "--output", place / f"report.{name}"], cwd=place, env=environment(place), seconds=SECONDS)
    if ran.code:
        raise Unmeasured(f"{name}: {ran.err.strip()[-300:]}")
    found: dict[str, Any] = json.loads(ran.out)
    return found


def _page(place: Path, turns: int) -> Row:
    """Open the page of 10,000 findings in a new browser each time, and ask it when its table answered."""
    from browsers import opened  # noqa: PLC0415 - the other formats need no browser
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - as above

    _child("html", PAGE_FINDINGS, place)
    times = []
    with sync_playwright() as playwright:
        for _ in range(turns):
            with opened(playwright) as chromium:
                page = chromium.new_page()
                page.goto((place / "report.html").as_uri())  # by its ending the browser knows what it is
                # The page's own policy lets no expression be evaluated again and again; a selector is none.
                page.wait_for_selector("html[data-ready]", timeout=30_000)
                times.append(page.evaluate(f"performance.getEntriesByName('{READY}')[0].startTime") / 1000)
    ready = Spread.of(times)
    return Row(
        what=f"html of {PAGE_FINDINGS:,} findings, opened in Chromium",
        figure=f"{ready.median:.2f} s",
        aim=f"< {AIM_READY_SECONDS:.0f} s",
        met=ready.median < AIM_READY_SECONDS,
        notes=[f"{turns} new browsers: {ready.least:.2f}..{ready.most:.2f} s from the start until the table answers"],
        raw={"seconds": times},
    )


def main() -> None:
    """Write one format, and print what it cost."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--format", choices=list(FORMATS), required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--output", type=Path, required=True)
    asked = parser.parse_args()
    made = report(asked.count)
    started = time.perf_counter()
    write(asked.output, FORMATS[asked.format].pieces(made, Look()))
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": megabytes, "bytes": asked.output.stat().st_size}))


if __name__ == "__main__":
    main()
