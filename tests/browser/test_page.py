"""The page as people use it: looked at, clicked, typed into, read aloud, printed, and opened where no script runs."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from grantgate_policies.core import Outcome
from grantgate_policies.report import Report
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Opened = Callable[..., Page]

pytestmark = pytest.mark.browser

STATES: Final = ("error", "fail", "unknown", "advisory", "known", "waived", "none", "pass")
READABLE: Final = 4.5  # WCAG AA for text


def rows(page: Page) -> list[str]:
    """Give what the table shows of each finding: rule and resource."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('tr.finding')].map((row) =>"
        " `${row.cells[2].textContent} ${row.cells[3].querySelector('.strong').textContent}`)"
    )
    return found


def focused(page: Page) -> str:
    """Give the words of the line that has the focus."""
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


def draw(page: Page, name: str) -> None:
    page.locator(f"#{name}-figure").scroll_into_view_if_needed()
    page.wait_for_selector(f"#{name}-chart[data-drawn]")


def node(page: Page, label: str) -> Any:
    return page.get_by_role("treeitem").filter(has=page.locator(f":scope > .branch .label:text-is('{label}')"))


# --- looking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible(opened: Opened, troubled: Report, axe: str, scheme: str) -> None:
    """The accessibility checker finds nothing to complain of, charts drawn and everything unfolded."""
    page = opened(troubled, color_scheme=scheme, reduced_motion="reduce")
    draw(page, "map")
    draw(page, "timeline")
    page.get_by_role("button", name="details of AGL-04").click()
    node(page, "finance/*").click()
    page.evaluate(axe)

    found = page.evaluate("axe.run().then(({violations}) => violations)")

    assert [(one["id"], [place["target"] for place in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened: Opened, sample: Report, scheme: str) -> None:
    """Every state's colour can be read on its own tint, on the panel and on the page."""
    page = opened(sample, color_scheme=scheme)
    pairs = [(state, ground) for state in STATES for ground in (f"{state}-fill", "panel")]
    pairs += [(ink, ground) for ink in ("ink", "quiet", "link") for ground in ("panel", "page", "soft")]
    pairs += [("ink", f"{state}-fill") for state in STATES]

    faint = {pair: ratio for pair in pairs if (ratio := contrast(*(color(page, name) for name in pair))) < READABLE}

    assert faint == {}


def color(page: Page, name: str) -> list[float]:
    found: list[float] = page.evaluate(
        "(name) => { const one = document.createElement('i'); one.style.color = `var(--${name})`;"
        " document.body.append(one); const {color} = getComputedStyle(one); one.remove();"
        " return color.match(/[\\d.]+/g).slice(0, 3).map(Number); }",
        name,
    )
    return found


def contrast(one: list[float], other: list[float]) -> float:
    """Give the contrast ratio as WCAG 2.2 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(rgb: list[float]) -> float:
    parts = [value / 255 for value in rgb]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_theme(opened: Opened, sample: Report) -> None:
    """The page follows the reader's system until a button says otherwise, and charts follow the page."""
    page = opened(sample, color_scheme="dark")
    draw(page, "map")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")

    page.get_by_role("button", name="Switch to the light theme").click()

    assert before == "rgb(17, 21, 26)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(245, 246, 248)"
    expect(page.get_by_role("button", name="Switch to the dark theme")).to_be_visible()
    expect(page.locator("#map-chart .slicetext tspan").first).to_have_css("fill", "rgb(26, 32, 39)")


def test_width(opened: Opened, troubled: Report) -> None:
    """Nothing sticks out to the right, however narrow the window is."""
    page = opened(troubled)
    page.get_by_role("button", name="details of AGL-04").click()
    found = []
    for width in (320, 360, 390, 700, 768, 900, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        found.append((width, page.evaluate("document.documentElement.scrollWidth")))

    assert [one for one in found if one[0] != one[1]] == []


def test_verdict_first(opened: Opened, troubled: Report) -> None:
    """The verdict is the first heading and the problems come next; headings skip no level."""
    page = opened(troubled)

    levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((one) => one.tagName)")

    assert page.title() == "ERROR \N{EN DASH} grantgate report of prod, us"
    expect(page.get_by_role("heading", level=1)).to_contain_text("Error")
    expect(page.locator("main > section").first).to_contain_text("second line")
    assert levels[0] == "H1"
    assert set(levels[1:]) == {"H2"}


@pytest.mark.parametrize(
    ("report", "word", "state"),
    [
        pytest.param(Report("prod", "", "", (), 3), "Nothing to judge", "s-none", id="nothing judged"),
        pytest.param(Report("prod", "", "", (), 0), "Nothing to judge", "s-none", id="nothing there"),
    ],
)
def test_empty(opened: Opened, report: Report, word: str, state: str) -> None:
    """A gate that judged nothing is not green, and has no map and no timeline."""
    page = opened(report)

    expect(page.get_by_role("heading", level=1)).to_contain_text(word)
    expect(page.locator(".verdict")).to_contain_class(state)
    expect(page.locator("#rows")).to_have_text("There are no findings.")
    assert page.locator("#map, #timeline").count() == 0


# --- the map ----------------------------------------------------------------------------------------------------------


def test_keyboard(opened: Opened, sample: Report) -> None:
    """The tree is walked with the keys that screen readers' users know, and one line at a time can be tabbed to."""
    page = opened(sample)
    page.get_by_role("treeitem").first.focus()
    walked = []
    for key in (
        "ArrowDown",
        "ArrowDown",
        "ArrowLeft",
        "ArrowDown",
        "ArrowUp",
        "ArrowRight",
        "ArrowRight",
        "End",
        "Home",
    ):
        page.keyboard.press(key)
        walked.append(focused(page).partition(",")[0])

    assert walked == [
        "eu-west-1",
        "s3://",
        "s3://",  # folded
        "us-east-1",
        "s3://",
        "s3://",  # unfolded
        "acme-data/",
        "raw/2026/*",
        "111122223333",
    ]
    assert page.locator('[role=treeitem][tabindex="0"]').count() == 1

    page.keyboard.type("fin")
    assert focused(page).startswith("fin*, Fail, fin, access-grants/finance-writer, declared, inside s3://")
    page.keyboard.press("Enter")
    assert page.get_by_role("treeitem", selected=True).count() == 1
    page.keyboard.press("Escape")
    assert page.get_by_role("treeitem", selected=True).count() == 0


def test_lines(opened: Opened, sample: Report) -> None:
    """A line says in words what its colours and marks say, and overlaps are told by the scope that covers."""
    page = opened(sample)

    said = page.get_by_role("treeitem").evaluate_all("(lines) => lines.map((line) => line.getAttribute('aria-label'))")

    assert said == [
        "111122223333, Fail, 8 locations",
        "eu-west-1, Fail, 6 locations",
        "s3://, Fail, everything, access-grants/platform-admin, declared, 6 locations",
        "acme-data/, Fail, 5 locations",
        "fin*, Fail, fin, access-grants/finance-writer, declared, inside s3://, 3 locations",
        (
            "finance/*, Fail, finance, access-grants/finance-reader, live, inside s3://acme-data/fin*, role drifted,"
            " 2 locations"
        ),
        "eu/ledger/*, Pass, finance-eu, access-grants/finance-eu, declared, inside s3://acme-data/finance/*",
        "hr/*, Waived, 2 locations",
        "hr-one, Pass, access-grants/hr-reader, declared, same scope as hr-two, inside s3://, scope changes",
        "hr-two, Waived, access-grants/hr-admin, live, same scope as hr-one, inside s3://",
        "us-east-1, Unknown, 2 locations",
        "acme-archive/*, Not judged, us-archive, access-grants/archive, declared",
        "scope not known, or none that S3 could read, Unknown, 1 location",
        "later, Unknown, role not known, declared",
        "444455556666, In baseline, 3 locations",
        "eu-west-1, In baseline, 3 locations",
        "acme-lake/*, In baseline, lake, access-grants/lake-reader, declared, 3 locations",
        "clean/*, Pass, clean, access-grants/clean-writer, declared, inside s3://acme-lake/*",
        "raw/2026/*, Pass, raw, access-grants/raw-writer, declared, inside s3://acme-lake/*",
    ]


def test_choosing(opened: Opened, sample: Report) -> None:
    """A line of the map limits the findings to what is inside, shows the change as old and new, and can be left."""
    page = opened(sample)

    node(page, "finance/*").locator(":scope > .branch .label").click()

    assert rows(page) == ["AGL-06 finance", "AGL-14 finance"]
    expect(page.locator("#within")).to_contain_text("s3://acme-data/finance/*")
    expect(page.locator("#chosen")).to_contain_text("access-grants/finance-old")
    expect(page.locator("#status")).to_have_text("2 of 29 findings shown, 1 of them blocking")

    page.get_by_role("button", name="Show everywhere").click()
    assert len(rows(page)) == 7
    expect(page.locator("#within")).to_be_hidden()


def test_other_outcomes(opened: Opened, sample: Report) -> None:
    """Where only outcomes that are switched off are inside, the table says so instead of showing nothing."""
    page = opened(sample)
    node(page, "clean/*").locator(":scope > .branch .label").click()
    assert rows(page) == []

    page.get_by_role("button", name="Show the 3 with other outcomes").click()

    assert rows(page) == ["AGL-02 clean", "AGL-03 clean", "AGL-10 clean"]


def test_chart(opened: Opened, sample: Report) -> None:
    """The chart draws every part of the map, and a click on one chooses the same line in the tree."""
    page = opened(sample, reduced_motion="reduce")
    draw(page, "map")

    page.locator("#map-chart .slice").filter(has_text="us-east-1").first.click()

    expect(page.get_by_role("treeitem", selected=True)).to_have_attribute(
        "aria-label", "us-east-1, Unknown, 2 locations"
    )
    assert rows(page) == ["AGL-11 later"]


def test_timeline(opened: Opened, sample: Report) -> None:
    """Requests stand in the order in which they were made; a Region that failed is seen and said."""
    page = opened(sample)
    draw(page, "timeline")

    table = page.locator("#requests tr")

    assert [text.splitlines()[0] for text in table.locator("time").all_inner_texts()] == [
        "2026-11-18 09:12:00 UTC",
        "2026-11-20 11:05:00 UTC",
        "2026-11-21 15:40:00 UTC",
    ]
    expect(table.nth(1).locator(".place.s-fail")).to_contain_text("us-east-1 FAILED")
    expect(table.nth(2).locator(".place.s-unknown")).to_contain_text("us-east-1 NEW")
    expect(page.locator("#timeline-chart .point")).to_have_count(6)


def test_timeline_of_one_moment(opened: Opened, sample: Report) -> None:
    """A single request does not stand on an axis of thousandths of a second."""
    page = opened(replace(sample, requests=sample.requests[:1]))
    draw(page, "timeline")

    ticks = page.locator("#timeline-chart .xtick").all_text_contents()

    assert page.evaluate(
        "document.getElementById('timeline-chart').layout.xaxis.range.map((one) => one.slice(0, 19))"
    ) == [
        "2026-11-18T08:42:00",
        "2026-11-18T09:42:00",
    ]
    assert len(ticks) > 2
    assert [tick for tick in ticks if not re.match(r"[0-9]{2}:[0-9]{2}(?!:)", tick)] == []


# --- the head ---------------------------------------------------------------------------------------------------------


def test_head(opened: Opened, sample: Report) -> None:
    """What pulumi plans and what changed in AWS is seen at once, and whose exit code is whose can be told."""
    page = opened(sample)

    expect(page.locator(".plan")).to_have_text("Pulumi: 5 to create.")
    expect(page.locator(".where")).to_contain_text("exit code 1")
    expect(page.locator("#about")).to_contain_text("pulumi's own exit code 255")
    expect(page.locator("#about")).to_contain_text("grantgate rules explain RULE")
    page.get_by_role("link", name="1 location changed in AWS since the last update").click()
    expect(page.locator("#changes tbody tr").first).to_contain_text("drift: AWS says otherwise")


def test_head_without_changes(opened: Opened, sample: Report) -> None:
    """Where nothing changes, nothing is said of it."""
    page = opened(replace(sample, changes=(), runs=()))

    for place in (".plan", ".drifted", "#changes"):
        expect(page.locator(place)).to_have_count(0)


# --- findings ---------------------------------------------------------------------------------------------------------


def test_first_sight(opened: Opened, sample: Report) -> None:
    """What passes is counted and not shown at first; what blocks comes first."""
    page = opened(sample)

    assert rows(page) == [
        "AGL-04 fin",
        "AGL-01 everything",
        "AGL-06 finance",
        "AGL-11 later",
        "AGL-14 finance",
        "AGL-11 lake",
        "AGL-12 hr-two",
    ]
    expect(page.locator("#status")).to_have_text("7 of 29 findings shown, 4 of them blocking")


@pytest.mark.parametrize(
    ("act", "left"),
    [
        pytest.param(lambda page: page.select_option("#severity", label="critical"), ["AGL-12 hr-two"], id="severity"),
        pytest.param(
            lambda page: page.select_option("#rule", label="AGL-11 location-role-allowed"),
            ["AGL-11 later", "AGL-11 lake"],
            id="rule",
        ),
        pytest.param(lambda page: page.select_option("#stack", label="us"), ["AGL-11 later"], id="stack"),
        pytest.param(lambda page: page.fill("#text", "LEDGER moves"), [], id="two words of two findings"),
        pytest.param(lambda page: page.fill("#text", "2027-01 HR"), ["AGL-12 hr-two"], id="two words of one"),
        pytest.param(
            lambda page: page.get_by_label("Findings by outcome").get_by_role("link", name="1 Waived").click(),
            ["AGL-12 hr-two"],
            id="count in the verdict",
        ),
        pytest.param(
            lambda page: [page.locator(f"button.count.s-{state}").click() for state in ("fail", "waived", "known")],
            ["AGL-11 later", "AGL-14 finance"],
            id="outcomes switched off",
        ),
    ],
)
def test_filters(opened: Opened, sample: Report, act: Callable[[Page], Any], left: list[str]) -> None:
    """Each filter takes away what is not asked for, says how many are left, and Reset brings all of it back."""
    page = opened(sample)

    act(page)

    assert rows(page) == left
    expect(page.locator("#status")).to_contain_text(f"{len(left)} of 29 findings shown")
    page.get_by_role("button", name="Reset").click()
    assert len(rows(page)) == 7


def test_sorting(opened: Opened, sample: Report) -> None:
    """A heading sorts upwards, then downwards, then not at all, and says so."""
    page = opened(sample)
    head = page.get_by_role("columnheader", name="Resource")
    plain = rows(page)
    found = []
    for _ in range(3):
        head.get_by_role("button").click()
        found.append((head.get_attribute("aria-sort"), [row.split()[1] for row in rows(page)]))

    names = sorted(row.split()[1] for row in plain)
    assert found == [("ascending", names), ("descending", names[::-1]), ("none", [row.split()[1] for row in plain])]


def test_details(opened: Opened, sample: Report) -> None:
    """A finding opens to everything that is known of it, and closes again, by keyboard as well."""
    page = opened(sample)
    button = page.get_by_role("button", name="details of AGL-01 on everything")

    button.press("Enter")

    sheet = page.locator("tr.details")
    for words in ("infra/__main__.py:41", "urn:pulumi:prod::data::", "s3://", "mandatory"):
        expect(sheet).to_contain_text(words)
    assert str(sheet.get_by_role("link").first.get_attribute("href")).startswith("https://docs.aws.amazon.com/")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(button).to_be_focused()
    button.press("Enter")
    expect(sheet).to_have_count(0)


def test_click_on_a_row(opened: Opened, sample: Report) -> None:
    """A click anywhere on a row opens it and another closes it, but for one that only ends a selection of text."""
    page = opened(sample, reduced_motion="reduce")
    row = page.locator("tr.finding").filter(has_text="AGL-01")
    sheet = page.locator("tr.details")

    row.locator("td").nth(2).click()
    expect(sheet).to_contain_text("infra/__main__.py:41")
    row.locator("td").nth(4).click()
    expect(sheet).to_have_count(0)

    row.locator("td").nth(4).dblclick()
    expect(sheet).to_have_count(1)
    assert page.evaluate("getSelection().isCollapsed") is False
    row.get_by_role("button").click()
    expect(sheet).to_have_count(0)
    # Whether a drag selects is the browser's matter: this is what the page is left with after one.
    said = row.locator("td").nth(4)
    said.evaluate("(cell) => getSelection().selectAllChildren(cell)")
    said.dispatch_event("click")
    expect(sheet).to_have_count(0)
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.reason'))")
    said.dispatch_event("click")
    expect(sheet).to_have_count(1)
    assert page.evaluate("document.activeElement.dataset.finding") is not None


@pytest.mark.parametrize(
    ("outcome", "name"), [(Outcome.FAIL, "everything"), (Outcome.PASS, "clean")], ids=["shown", "switched off"]
)
def test_deep_link(opened: Opened, sample: Report, outcome: Outcome, name: str) -> None:
    """An address with a fingerprint opens that finding, even one that the first filters would hide."""
    finding = next(one for one in sample.findings if one.outcome is outcome and one.resource.name == name)

    page = opened(sample, fragment=f"#finding-{finding.fingerprint}")

    expect(page.locator("tr.details")).to_contain_text(finding.fingerprint)
    expect(page.locator(f"#row-{finding.fingerprint} button")).to_be_focused()


@pytest.mark.parametrize("fragment", ["#finding-", "#%", "#finding-%00", "#row-1", "#findings", "#__proto__"])
def test_other_addresses(opened: Opened, sample: Report, fragment: str) -> None:
    """An address that names no finding opens the page as it is."""
    page = opened(sample, fragment=fragment)

    assert len(rows(page)) == 7
    expect(page.locator("#broken")).to_be_hidden()


def test_broken(opened: Opened, sample: Report) -> None:
    """A page whose script broke half-way says that there may be more than it shows."""
    page = opened(sample)

    page.evaluate("window.dispatchEvent(new ErrorEvent('error'))")

    expect(page.get_by_role("alert")).to_contain_text("may not be everything")


def test_many(opened: Opened, large: Report) -> None:
    """Ten thousand findings are filtered, turned like pages, and reached by an address."""
    last = large.findings[-1]
    page = opened(large, fragment=f"#finding-{last.fingerprint}")
    expect(page.locator(f"#row-{last.fingerprint}")).to_be_in_viewport()

    page.get_by_role("button", name="Reset").click()
    expect(page.locator("#status")).to_contain_text("of 10,000 findings shown")
    page.get_by_role("button", name="Next").click()
    assert len(rows(page)) == 50
    page.fill("#text", "loc-01999")
    assert {row.split()[1] for row in rows(page)} == {"loc-01999"}
    page.get_by_role("treeitem").first.press("*")
    page.get_by_role("button", name="Unfold the first 1,000").click()
    assert page.get_by_role("treeitem").count() > 1000
    draw(page, "map")


# --- without script, and on paper -------------------------------------------------------------------------------------


def test_without_script(opened: Opened, troubled: Report) -> None:
    """Verdict, problems and everything that blocks can be read where no script runs."""
    page = opened(troubled, script=False)
    body = page.locator("body").inner_text()

    for words in ("AWS did not answer", "second line", "try again", "These are the findings that block, all 4 of them"):
        assert words in body
    assert [one.message for one in troubled.findings if one.message and one.message in body] == [
        one.message for one in troubled.findings if one.blocks
    ]
    assert page.locator(".needs-script").first.is_hidden()


def test_on_paper(opened: Opened, large: Report) -> None:
    """Paper has no buttons to turn pages with: many findings are printed at once."""
    page = opened(replace(large, problems=()))
    page.emulate_media(media="print", color_scheme="dark")

    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")

    assert len(rows(page)) == 1000
    expect(page.locator("#filters")).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(26, 32, 39)"
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert len(rows(page)) == 50
