"""The oracle by itself: evidence that is whole is accepted, and each thing that is taken out of it is missed."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from gatechaos import examples, oracle
from gatechaos.cases import FULL, KILL, MEMORY, RULES, UP, Trouble
from gatechaos.evidence import Ran, Start
from gatechaos.worlds import HOME, HOME_REGION, PAGE
from grantgate_policies.rules import RULES as CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gatechaos.cases import Case

BEGAN = dt.datetime(2026, 11, 22, 6, 0, tzinfo=dt.UTC)
SINGLE, LONG = examples.example("tracing"), examples.example("first-page")


def answered(operation: str, path: str, seconds: int = 1, **more: Any) -> dict[str, Any]:
    """Give an entry of the journal: an intact answer, so many seconds after the program began."""
    at = (BEGAN + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")
    place = {"account": HOME, "region": HOME_REGION, "query": "", "page": None, "nextPage": None, "items": None}
    plain = {"time": at, "operation": operation, "path": path, "status": 200, "code": None, "intact": True}
    return {**place, **plain, "n": seconds, "faults": [], **more}


def got(case: Case, seconds: int = 1, **more: Any) -> dict[str, Any]:
    path = f"/v20180820/accessgrantsinstance/location/{case.lookups[0].subject}"
    return answered("GetAccessGrantsLocation", path, seconds) | more


def pages(*items: int) -> list[dict[str, Any]]:
    """Give the pages of one list."""
    last = len(items) - 1
    return [
        answered(
            "ListAccessGrantsLocations",
            "/v20180820/accessgrantsinstance/locations",
            query="maxResults=1000" + (f"&nextToken=t{number}" if number else ""),
            page=f"t{number}" if number else None,
            nextPage=f"t{number + 1}" if number < last else None,
            items=count,
        )
        for number, count in enumerate(items)
    ]


def found(rule: str, outcome: str = "PASS", **more: Any) -> dict[str, Any]:
    about = {"name": "l0", **({"item": more.pop("item")} if "item" in more else {})}
    return {"ruleId": rule, "outcome": outcome, "blocks": False, "resource": about, **more}


def judged(count: int = 1) -> list[dict[str, Any]]:
    """Give an outcome of every rule about locations, for so many of them."""
    about = {rule.id: {kind.__name__ for kind in rule.about} for rule in CATALOGUE}
    on_locations = [found(rule, count=count) for rule, kinds in about.items() if "Location" in kinds]
    return [*on_locations, found("LKP-01")]


def roles(case: Case) -> Mapping[tuple[str, str, str], str]:
    sites = case.world.sites.values()
    return {(site.account, site.region, one.id): one.role for site in sites for one in site.locations}


def green(case: Case = SINGLE, **more: Any) -> Ran:
    """Give the evidence of a green preview of one location."""
    one = next(one for one in case.world.sites[HOME, HOME_REGION].locations if one.id == case.lookups[0].subject)
    told = {"name": "l0", "account": HOME, "region": HOME_REGION, "scope": one.scope, "role": one.role}
    whole = Ran(
        command=case.command,
        code=0,
        out="PASSED",
        err="",
        seconds=3.0,
        late=False,
        left=(),
        starts=(Start(BEGAN, preview=True),),
        report={
            "verdict": "PASSED",
            "summary": "PASSED",
            "exitCode": 0,
            "problems": [],
            "locations": [told],
            "at": "now",
        },
        findings=judged(),
        journal=(got(case),),
        roles=roles(case),
    )
    return replace(whole, **more)


def listed(*counts: int, **more: Any) -> Ran:
    """Give the evidence of a green preview of one long list."""
    plain = {"journal": pages(*counts), "findings": judged(PAGE + 1), "roles": roles(LONG), "report": {"locations": []}}
    return replace(green(), **{**plain, **more})


def red(code: int, **more: Any) -> Ran:
    """Give the evidence of a red preview that says why."""
    report = {"verdict": "ERROR", "exitCode": code, "problems": [{"what": "it failed"}], "findings": []}
    return green(**{"code": code, "report": report, "findings": (), **more})


def in_update(case: Case) -> Case:
    return replace(case, command=UP)


ADMIN = f"arn:aws:iam::{HOME}:role/access-grants/SuperAdmin"
SWAPPED = replace(SINGLE, faults=({"kind": "change-after", "operation": "GetAccessGrantsLocation"},))
STALE = {"name": "l0", "account": HOME, "region": HOME_REGION, "scope": "s3://x/", "role": "of last week"}
TWO = (Start(BEGAN, preview=True), Start(BEGAN + dt.timedelta(seconds=10), preview=False))


@pytest.mark.parametrize(
    ("case", "ran"),
    [
        pytest.param(SINGLE, green(), id="one location"),
        pytest.param(SINGLE, green(journal=pages(3)), id="one location of a list"),
        pytest.param(LONG, listed(PAGE, 1), id="a list of two pages"),
        pytest.param(in_update(SINGLE), green(starts=TWO, journal=(got(SINGLE), got(SINGLE, 11))), id="an update"),
    ],
)
def test_what_is_whole_is_accepted(case: Case, ran: Ran) -> None:
    """Nothing is said against a green run that looked and judged."""
    assert oracle.violations(case, ran, {}) == []


@pytest.mark.parametrize(
    ("case", "ran", "told"),
    [
        pytest.param(SINGLE, green(journal=()), "without having looked in the preview: l0", id="nobody asked"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, -1),)), "0 of 1 reads", id="asked before the program"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, intact=False),)), "0 of 1 reads", id="a spoilt answer"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, status=404),)), "0 of 1 reads", id="not found"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, region="us-east-1"),)), "0 of 1 reads", id="another Region"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, account="444455556666"),)), "0 of 1", id="another account"),
        pytest.param(SINGLE, green(journal=(got(SINGLE, path="/x/y"),)), "0 of 1 reads", id="another location"),
        pytest.param(
            replace(SINGLE, lookups=(replace(SINGLE.lookups[0], late=True),)),
            green(journal=pages(3)),
            "0 of 1 reads",
            id="a shared answer for what needs its own",
        ),
        pytest.param(LONG, listed(PAGE), "judged 1001 of [1000] things", id="more judged than read"),
        pytest.param(LONG, listed(PAGE, 1, journal=pages(PAGE, 1)[:1]), "0 of 1 reads", id="the first page alone"),
        pytest.param(LONG, listed(PAGE, 1, journal=pages(PAGE, 1)[1:]), "0 of 1 reads", id="the last page alone"),
        pytest.param(LONG, listed(PAGE, 1, findings=judged(PAGE)), "judged 1000 of [1001] things", id="an item less"),
        pytest.param(in_update(SINGLE), green(), "began as previews [True]", id="an update that began nothing"),
        pytest.param(
            in_update(SINGLE), green(starts=TWO), "without having looked in the update", id="looked in the preview only"
        ),
        pytest.param(SINGLE, green(starts=()), "began as previews []", id="a program that never began"),
        pytest.param(SINGLE, green(findings=judged()[1:]), "judged 0 of 1 things", id="a rule that said nothing"),
        pytest.param(SINGLE, green(findings=judged()[:-1]), "LKP-01 says of l0: nothing", id="no lookup-performed"),
        pytest.param(
            SINGLE, green(findings=[*judged()[:-1], found("LKP-01", "UNKNOWN")]), "of l0: ['UNKNOWN']", id="undecided"
        ),
        pytest.param(
            SINGLE, green(findings=[*judged(), found("X-1", "FAIL", blocks=True)]), "X-1 blocks on l0", id="it blocks"
        ),
        pytest.param(
            examples.example("lenient-rule"),
            green(examples.example("lenient-rule")),
            "AWS holds what breaks l0: location-role-not-denied",
            id="an administrator's role",
        ),
        pytest.param(
            in_update(SWAPPED),
            green(
                starts=TWO,
                journal=(got(SINGLE, faults=["change-after"]), got(SINGLE, 11)),
                roles={**roles(SINGLE), (HOME, HOME_REGION, SINGLE.lookups[0].subject): ADMIN},
            ),
            "with arn:aws:iam::111122223333:role/access-grants/SuperAdmin",
            id="a role that was swapped before the update",
        ),
        pytest.param(
            SINGLE,
            green(report={"locations": [STALE]}),
            "it reports of l0 what AWS does not hold",
            id="a role that AWS does not hold",
        ),
        pytest.param(
            replace(SINGLE, trouble=Trouble(RULES)), green(), "although the rules file changed", id="other rules"
        ),
    ],
)  # fmt: skip
def test_green_that_was_not_earned_is_noticed(case: Case, ran: Ran, told: str) -> None:
    """What is missing of the evidence is named."""
    assert any(told in violation for violation in oracle.violations(case, ran, {}))


NOT_WELL = replace(SINGLE, lookups=(replace(SINGLE.lookups[0], fits=False),))


@pytest.mark.parametrize(
    ("case", "ran", "told"),
    [
        pytest.param(SINGLE, red(4), "it cries wolf: exit code 4", id="red where nothing is wrong"),
        pytest.param(NOT_WELL, red(4, late=True), "it did not end within", id="a hang"),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(MEMORY)),
            red(4, late=True),
            "it did not end within",
            id="a hang of a preview, whose host may be half dead",
        ),
        pytest.param(
            replace(NOT_WELL, command=UP, trouble=Trouble(MEMORY)),
            red(-9, late=True),
            "it did not end within",
            id="a hang of the preview before an update",
        ),
        pytest.param(NOT_WELL, red(4, left=("python3 x",)), "left processes running: python3 x", id="what lives on"),
        pytest.param(NOT_WELL, red(-11), "exit code -11", id="a crash"),
        pytest.param(NOT_WELL, red(130), "exit code 130", id="an interruption that nobody made"),
        pytest.param(NOT_WELL, red(4, report=None), "no report that can be read", id="no report"),
        pytest.param(NOT_WELL, red(4, report=green().report), "and the report says PASSED", id="an older report"),
        pytest.param(
            NOT_WELL,
            red(4, report={"verdict": "ERROR", "exitCode": 4, "problems": [], "findings": []}),
            "the report gives no reason",
            id="no reason",
        ),
        pytest.param(NOT_WELL, red(4, err="Traceback (most recent call last):"), "shows a traceback", id="frames"),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(KILL, victim="host")),
            red(4, out='File "/x/providers/grantgate/lookup.py", line 1'),
            "shows a traceback",
            id="our frames, though something was killed",
        ),
        pytest.param(NOT_WELL, red(4, out="key AKIACANARYCANARYCANA"), "holds a credential: AKIACANA", id="a key"),
        pytest.param(NOT_WELL, red(4, err="ASIAXYZXYZXYZXYZXYZ"), "holds a credential: ASIAXYZX", id="a session's key"),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(FULL)), red(4, report=None, err=""), "no report", id="full and silent"
        ),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(FULL)),
            red(2, report={"verdict": "PASSED", "summary": "PASSED: an older run"}, err="no space"),
            "the report says PASSED: an older run",
            id="full, and an older report",
        ),
    ],
)
def test_red_has_to_be_orderly(case: Case, ran: Ran, told: str) -> None:
    """A run that is not green ends in time, by a known exit code, with a reason, and gives nothing away."""
    assert any(told in violation for violation in oracle.violations(case, ran, {}))


@pytest.mark.parametrize(
    ("case", "ran"),
    [
        pytest.param(NOT_WELL, red(4), id="a problem"),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(KILL, victim="gate", signal="INT")), red(130), id="an interruption"
        ),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(FULL)), red(4, report=None, err="disk full"), id="full, and says so"
        ),
        pytest.param(
            replace(NOT_WELL, command=UP, trouble=Trouble(MEMORY)),
            red(-9, late=True, starts=TWO),
            id="an update that waits for a host that died half, which nobody ends",
        ),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(KILL, victim="host")),
            red(4, out='Traceback (most recent call last):\n File "/x/pulumi/dynamic/__main__.py"'),
            id="what the engine tells of a host that died",
        ),
        pytest.param(
            replace(NOT_WELL, trouble=Trouble(FULL)),
            red(2, report=green().report, err="standard output: no space"),
            id="full for one report of two",
        ),
    ],
)
def test_orderly_red_is_accepted(case: Case, ran: Ran) -> None:
    """Nothing is said against a run that says no as it should."""
    assert oracle.violations(case, ran, {}) == []


def test_a_credential_in_a_file_is_noticed() -> None:
    """State, logs and reports are looked through, too."""
    assert oracle.violations(SINGLE, green(), {"state/prod.json": "canary+secret/access+key"}) != []


def other(ran: Ran, change: Callable[[Any], Any]) -> Ran:
    return replace(ran, findings=change(ran.findings))


def test_a_state_that_was_mistreated_is_judged_like_a_fresh_one() -> None:
    """Another exit code, or another outcome on green, is a difference."""
    assert list(oracle.differences(green(), green())) == []
    assert list(oracle.differences(red(4), green())) != []
    assert list(oracle.differences(other(green(), lambda all_of_them: all_of_them[1:]), green())) != []
