"""Texts of others stay texts: whatever a name, a scope or a message holds, the page shows it and does nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Rule
from grantgate_policies.report import (
    Change,
    Fixed,
    LeftOut,
    Problem,
    Registered,
    Report,
    Request,
    Run,
    SourcePosition,
)
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, shown
from grantgate_policies.rules import RULES
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Opened = Callable[..., Page]

pytestmark = pytest.mark.browser

STRINGS: Final = {
    "an image": "\"'><img src=x onerror=alert(1)>",
    "a script": "</script><script>alert(1)</script>",
    "an end of everything": "--></noscript></title></style></textarea><svg onload=alert(1)>",
    "a comment": "<!--<script>",
    "a template": "{{ 7*7 }}${alert(1)}{% raw %}",
    "an entity": "&lt;img src=x onerror=alert(1)&gt;&amp;",
    "a label of the chart library": "<a href='javascript:alert(1)'>x</a><b>bold</b><br>%{label}<extra>",
    "control characters": "a\x00\x1b[31mb\r\nc\x85\u2028d\u202ee\u2066",
    "half a character": "\ud800x",
    "a prototype": "__proto__",
}


class Everywhere:
    """One hostile text, each time with a number of its own, so that none can stand for another."""

    def __init__(self, hostile: str) -> None:
        self._hostile = hostile
        self._numbers = count()
        self.made: list[str] = []

    def __call__(self) -> str:
        """Give the next one."""
        made = f"q{next(self._numbers)}:{self._hostile}"
        self.made.append(made)
        return made


def hostile_report(text: Everywhere) -> Report:
    """Give a report that holds the text wherever a text can be."""
    rule: Rule = replace(
        RULES[0], id=text(), name=text(), summary=text(), why=text(), fix=text(), source="", url="javascript:alert(1)"
    )
    resource = Resource(urn=f"urn:pulumi:{text()}::p::{text()}::x", type=text(), name=text(), props={})
    findings = [
        Finding(
            rule=rule,
            outcome=outcome,
            level=Level.MANDATORY,
            severity=rule.severity,
            resource=resource,
            field=text(),
            observed=text(),
            expected=text(),
            message=text(),
            edit=edit and text(),
            waiver=text(),
            blocks=outcome is not Outcome.WAIVED,
        )
        for outcome, edit in ((Outcome.FAIL, ""), (Outcome.WAIVED, "edit"), (Outcome.UNKNOWN, "edit"))
    ]
    name = text()
    account, region = text(), text()
    places = [
        Registered(resource.urn, name, account, region, f"s3://b/{text()}", text(), live=True),
        Registered(f"{resource.urn}2", text(), account, region, text(), text(), live=False),
    ]
    return Report(
        source=text(),
        rules_file=text(),
        organization=text(),
        findings=findings,
        resources=1,
        problems=(Problem(text(), text(), text()),),
        notices=(text(),),
        runs=(Run(text(), text(), 1, text(), text(), 1, {text(): 1}),),
        baseline=text(),
        fixed=(Fixed(f"urn:pulumi:s::p::t::{text()}", text(), text(), "FAIL", text()),),
        at="2026-11-22T08:30:05Z",
        rules=(rule,),
        positions={resource.urn: SourcePosition(text(), 7)},
        locations=places,
        requests=(
            Request(
                urn=f"{resource.urn}3",
                name=text(),
                account=text(),
                token=text(),
                access_point=text(),
                operation=text(),
                state=text(),
                status=text(),
                created="2026-11-22T08:00:00Z",
                regions=((text(), text()),),
            ),
        ),
        changes=(Change(resource.urn, text(), text(), text()),),
        left_out=(LeftOut(Outcome.PASS, 2, text()),),
    )


@pytest.mark.parametrize("hostile", [pytest.param(text, id=name) for name, text in STRINGS.items()])
def test_text_stays_text(opened: Opened, hostile: str) -> None:
    """Every field is read as it is written, what cannot be printed as an escape, and no element comes of any."""
    text = Everywhere(hostile)
    page = opened(hostile_report(text), reduced_motion="reduce")
    for button in page.locator("#rows button.toggle").all():
        button.click()
    for figure in ("map", "timeline"):
        page.locator(f"#{figure}-figure").scroll_into_view_if_needed()
        page.wait_for_selector(f"#{figure}-chart[data-drawn]")
    read: str = page.evaluate("document.body.textContent + document.title")
    for line in page.get_by_role("treeitem").all():
        line.locator(":scope > .branch .label").click()
        read += str(page.evaluate("document.getElementById('chosen').textContent"))

    # The text of a problem may have lines of its own; each is shown by itself.
    unread = [one for one in text.made if not all(shown(line) in read for line in one.split("\n"))]

    assert unread == []
    strange = "img, iframe, object, embed, base, svg [onload], foreignObject, .chart a, .chart b, [onerror], [onload]"
    assert page.locator(strange).count() == 0
    assert page.locator("script").count() == 4  # the data, the page's own, the library packed, the library unpacked
    assert page.locator("a:not([href^='#'])").count() == 0
    assert page.locator("form").count() == 1
    expect(page.locator("main > section")).to_have_count(7)


@pytest.mark.parametrize("hostile", [pytest.param(text, id=name) for name, text in STRINGS.items()])
def test_without_script(opened: Opened, hostile: str) -> None:
    """The same holds where no script runs."""
    report = hostile_report(Everywhere(hostile))
    page = opened(report, script=False)

    read = page.locator("#findings").inner_text()

    for finding in report.findings:
        if finding.blocks:
            assert " ".join(shown(finding.message).split()) in " ".join(read.split())
    assert page.locator("img, svg, main script").count() == 0


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "http://example.com/", "data:text/html,x", "//example.com", "HTTPS://example.com", ""],
)
def test_links(opened: Opened, sample: Report, address: str) -> None:
    """Only what is plainly https is linked as a rule's page."""
    rules = [replace(rule, url=address) for rule in sample.rules]
    findings = [one._replace(rule=rules[0]) for one in sample.findings]
    page = opened(replace(sample, rules=rules, findings=findings))

    page.locator("#rows button.toggle").first.click()

    assert page.locator("a:not([href^='#'])").count() == 0


def test_pages_of_ones_own(opened: Opened, sample: Report) -> None:
    """Where rules have pages elsewhere, these are linked."""
    look = Look(rule_pages="https://rules.example.com/{id}?a=1&b=2")
    page = opened(sample)
    text = FORMATS["html"].text(sample, look)

    page.locator("#rows button.toggle").first.click()

    assert "https://rules.example.com/AGL-04?a=1\\u0026b=2" in text
    assert "https://rules.example.com/AGL-04?a=1&amp;b=2" in text  # without script
    assert page.locator("tr.details a[target=_blank]").get_attribute("rel") == "noopener noreferrer"
