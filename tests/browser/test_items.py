"""The page tells the things apart that one resource holds: in the table, in its filters, and on the map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.report import Registered, Report
from grantgate_policies.rules import RULES
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Opened = Callable[..., Page]

pytestmark = pytest.mark.browser

TYPE = "pulumi-python:dynamic/grantgate:AccessGrantsLocations"
ALL = Resource(urn=f"urn:pulumi:prod::data::{TYPE}::all", type=TYPE, name="all", props={})
ONE = Resource(urn=f"urn:pulumi:prod::data::{TYPE}::one", type=TYPE, name="one", props={})
BY_ID = {rule.id: rule for rule in RULES}


def a_finding(
    outcome: Outcome = Outcome.FAIL, rule: str = "AGL-03", resource: Resource = ALL, **members: Any
) -> Finding:
    judged = BY_ID[rule]
    blocks = outcome in {Outcome.FAIL, Outcome.UNKNOWN}
    return Finding(judged, outcome, Level.MANDATORY, judged.severity, resource, blocks=blocks, **members)


@pytest.fixture
def listed() -> Report:
    """Give a list of which one location fails, one is unknown and one is waived, and a location of its own."""
    names = ("6f1c", "7a2d", "93d4", "c2a9")
    return Report(
        "prod",
        "rules.yaml",
        "acme",
        [
            a_finding(item="6f1c", message="scope 's3://a/*' is not allowed"),
            a_finding(Outcome.UNKNOWN, item="7a2d", message="it is not known"),
            a_finding(Outcome.WAIVED, item="93d4", waiver="ann: moves (until 2027-01-31)"),
            a_finding(rule="AGL-04", resource=ONE, message="it ends inside a segment"),
            a_finding(Outcome.PASS, things=1),
            a_finding(Outcome.PASS, rule="AGL-11", things=4),
            a_finding(Outcome.PASS, resource=ONE),
        ],
        2,
        rules=RULES,
        locations=[
            *(Registered(ALL.urn, f"all[{one}]", "1", "eu-west-1", f"s3://b/{one}/*", "", live=True) for one in names),
            Registered(ONE.urn, "one", "1", "eu-west-1", "s3://b/one/*", "", live=False),
        ],
    )


def rows(page: Page) -> list[str]:
    """Give what the table shows of each finding: rule, and what it is about."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('tr.finding')].map((row) =>"
        " [row.cells[2], ...row.cells[3].children].map((one) => one.textContent).join(' '))"
    )
    return found


def node(page: Page, label: str) -> Any:
    return page.get_by_role("treeitem").filter(has=page.locator(f":scope > .branch .label:text-is('{label}')"))


def test_table(opened: Opened, listed: Report) -> None:
    """A row names the resource and the item; what passes is one row and counts as often as there are things."""
    page = opened(listed)

    assert rows(page) == ["AGL-03 all 6f1c", "AGL-04 one", "AGL-03 all 7a2d", "AGL-03 all 93d4"]
    expect(page.locator("#status")).to_have_text("4 of 10 findings shown, 3 of them blocking")
    expect(page.locator("button.count.s-pass b")).to_have_text("6")

    page.locator("button.count.s-pass").click()
    assert rows(page)[4:] == ["AGL-03 all", "AGL-03 one", "AGL-11 all 4 items"]
    expect(page.locator("#status")).to_have_text("10 of 10 findings shown, 3 of them blocking")


@pytest.mark.parametrize("words", ["7a2d", "ALL[7A2D]", "all[7 2d]"])
def test_filter(opened: Opened, listed: Report, words: str) -> None:
    """An item is found by its id, by its name as other reports write it, and by parts of that."""
    page = opened(listed)

    page.fill("#text", words)

    assert rows(page) == ["AGL-03 all 7a2d"]


def test_sorting(opened: Opened, listed: Report) -> None:
    """Sorted by resource, the items of one stand in their order."""
    page = opened(listed)
    head = page.get_by_role("columnheader", name="Resource").get_by_role("button")

    head.click()
    assert [row.partition(" ")[2] for row in rows(page)] == ["all 6f1c", "all 7a2d", "all 93d4", "one"]
    head.click()
    assert [row.partition(" ")[2] for row in rows(page)] == ["one", "all 93d4", "all 7a2d", "all 6f1c"]


def test_details(opened: Opened, listed: Report) -> None:
    """A screen reader hears which item a button opens, and the details have it as text to copy."""
    page = opened(listed)

    page.get_by_role("button", name="details of AGL-03 on all[6f1c]").press("Enter")

    expect(page.locator("tr.details .facts > div").filter(has_text="Item")).to_have_text("Item6f1c")
    page.locator("button.count.s-pass").click()
    page.get_by_role("button", name="details of AGL-11 on all").press("Enter")
    expect(page.locator("tr.details .facts > div").filter(has_text="Items")).to_have_text("Items4")


def test_map(opened: Opened, listed: Report) -> None:
    """Each location has its own state, and chosen it shows its own findings and those of all."""
    page = opened(listed)
    said = page.get_by_role("treeitem").evaluate_all("(lines) => lines.map((line) => line.getAttribute('aria-label'))")

    assert [line.partition(", role")[0] for line in said[3:]] == [
        "6f1c/*, Fail, all[6f1c]",
        "7a2d/*, Unknown, all[7a2d]",
        "93d4/*, Waived, all[93d4]",
        "c2a9/*, Pass, all[c2a9]",
        "one/*, Fail, one",
    ]
    node(page, "7a2d/*").locator(":scope > .branch .label").click()
    assert rows(page) == ["AGL-03 all 7a2d"]
    # What passes for four things is told of the one that is chosen.
    expect(page.locator("#status")).to_have_text("1 of 10 findings shown, 1 of them blocking")
    expect(page.locator("#chosen")).to_contain_text("3 findings, 1 of them telling")

    node(page, "one/*").locator(":scope > .branch .label").click()
    assert rows(page) == ["AGL-04 one"]
    node(page, "b/").locator(":scope > .branch .label").click()
    assert len(rows(page)) == 4
    expect(page.locator("#chosen")).to_contain_text("10 findings, 4 of them telling")


def test_deep_link(opened: Opened, listed: Report) -> None:
    """Each item's finding has an address of its own."""
    page = opened(listed, fragment=f"#finding-{listed.findings[2].fingerprint}")

    expect(page.locator("tr.details")).to_contain_text("ann: moves")
    expect(page.locator("tr.details")).to_contain_text("93d4")


def test_without_script(opened: Opened, listed: Report) -> None:
    """What blocks is named by its item where no script runs, too."""
    page = opened(listed, script=False)

    assert "FAIL AGL-03 on all[6f1c]" in page.locator("body").inner_text()
