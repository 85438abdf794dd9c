"""A comment says what a reviewer needs, fits into GitHub's limit, and nothing that somebody named is markup in it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Severity
from grantgate_policies.report import (
    Change,
    Exit,
    Fixed,
    Known,
    LeftOut,
    LookedUp,
    Problem,
    Report,
    Request,
    Run,
    SourcePosition,
)
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, shown
from grantgate_policies.reports.markdown import LIMIT
from grantgate_policies.reports.markdown.text import Pen, size
from grantgate_policies.rules.agl03_scope_allowed import RULE as SCOPE_ALLOWED
from grantgate_policies.rules.agl04_prefix_delimited import RULE as PREFIX_DELIMITED
from grantgate_policies.rules.agl11_role_allowed import RULE as AGL_11
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ROLE = "arn:aws:iam::111122223333:role/access-grants/finance"
# The comments below are whole: what a rule advises is its own matter.
AGL_03 = replace(SCOPE_ALLOWED, fix="Narrow the location's scope, or add a pattern to allow.")
AGL_04 = replace(PREFIX_DELIMITED, fix="End the scope in /*.")
LOOK = Look(rule_pages="https://rules.example.com/{id}")
BLOCKING = {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR}


def a_urn(name: str, stack: str = "prod", project: str = "data") -> str:
    return f"urn:pulumi:{stack}::{project}::{TYPE}::{name}"


def a_resource(name: str = "finance", stack: str = "prod", project: str = "data") -> Resource:
    return Resource(urn=a_urn(name, stack, project), type=TYPE, name=name, props={})


def a_finding(outcome: Outcome = Outcome.FAIL, **members: Any) -> Finding:
    given_: dict[str, Any] = {
        "rule": AGL_03,
        "level": Level.MANDATORY,
        "severity": Severity.HIGH,
        "resource": a_resource(),
        "message": "scope 's3://acme-hr/*' is not inside the allowed 's3://acme-data-*/finance/*'",
        "blocks": outcome in BLOCKING and "level" not in members,
    }
    return Finding(outcome=outcome, **{**given_, **members})


def a_report(*findings: Finding, **members: Any) -> Report:
    given_: dict[str, Any] = {
        "source": "prod",
        "rules_file": "policies/rules.yaml",
        "organization": "acme",
        "resources": 12,
        "at": "2026-11-22T08:30:05Z",
    }
    return Report(findings=findings, **{**given_, **members})


def comment(report: Report, look: Look = LOOK) -> str:
    return FORMATS["markdown"].text(report, look)


def a_request(state: str = "FAILED", **members: Any) -> Request:
    given_: dict[str, Any] = {
        "urn": a_urn("move"),
        "name": "move",
        "account": "111122223333",
        "token": "arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/T",
        "access_point": "orders",
        "operation": "CreateMultiRegionAccessPoint",
        "state": state,
        "status": "PARTIALLY_CREATED",
        "created": "2026-11-22T08:00:00Z",
        "regions": (("eu-west-1", "SUCCEEDED"), ("us-east-1", "FAILED")),
    }
    return Request(**{**given_, **members})


LOOKUP = LookedUp(
    urn=a_urn("live"),
    name="live",
    kind="AccessGrantsLocation",
    subject="loc-1",
    performed=True,
    account="111122223333",
    region="eu-west-1",
    values=(("locationScope", "s3://acme-data-prod/finance/*"), ("iamRoleArn", ROLE)),
)
RUN = Run("prod", "preview", 0, "succeeded", "0.2.0", 4, {"update": 2})
PASS = a_finding(Outcome.PASS, message="")
ADVISORY = a_finding(rule=AGL_11, level=Level.ADVISORY, message=f"role '{ROLE}' is of another team")
WAIVED = a_finding(Outcome.WAIVED, rule=AGL_04, waiver="data-platform: moves in Q1, DATA-812 (until 2027-01-31)")
UNSURE = a_finding(Outcome.UNKNOWN, resource=a_resource("hr"), message="locationScope is not known in this preview")
KNOWN = Known(*a_finding(resource=a_resource("old"), blocks=False))
CHANGE = Change(a_urn("finance"), "iamRoleArn", ROLE, f"{ROLE}-2")
DRIFT = Change(a_urn("live"), "locationScope", "s3://acme-hr/*", "s3://acme-hr/x|y/*", drift=True)
FIXED = Fixed(a_urn("logs"), "AGL-04", "locationScope", "FAIL", "it passes now")

# --- three whole comments ---------------------------------------------------------------------------------------------

GREEN = a_report(
    PASS,
    PASS._replace(resource=a_resource("hr")),
    WAIVED,
    runs=[RUN],
    lookups=[LOOKUP],
    notices=["the waiver of location-prefix-delimited ends on 2026-12-01; run `grantgate rules validate`"],
)
BLOCKED = a_report(
    WAIVED,
    UNSURE,
    PASS,
    ADVISORY._replace(edit=f"Write '{ROLE}-reader'."),
    a_finding(),
    a_finding(rule=AGL_04, severity=Severity.CRITICAL, message="scope 's3://acme-hr/fin*' ends inside a segment"),
    a_finding(Outcome.UNKNOWN, level=Level.ADVISORY, rule=AGL_11, message="iamRoleArn is not known in this preview"),
    a_finding(Outcome.UNKNOWN, level=Level.ADVISORY, rule=AGL_04, quiet=True, message="may be so"),
    a_finding(Outcome.NOT_APPLICABLE, message="does not apply"),
    KNOWN,
    runs=[replace(RUN, code=1, result="failed")],
    lookups=[LOOKUP],
    notices=["location-tags-required is not configured"],
    changes=[DRIFT, CHANGE],
    fixed=[FIXED],
    baseline="baseline.json",
    rules=[AGL_03, AGL_04, AGL_11],
    requests=[a_request()],
    positions={a_urn("finance"): SourcePosition("infra/__main__.py", 12)},
    left_out=[LeftOut(Outcome.FAIL, 3, "below high"), LeftOut(Outcome.FAIL, 2, "in the baseline", known=True)],
)
ERROR = a_report(
    PASS,
    a_finding(),
    a_finding(Outcome.ERROR, rule=AGL_11, message="the rule could not be judged: KeyError"),
    problems=[
        Problem(
            "GetAccessGrantsLocation: AWS said AccessDenied (request id 4F2A)",
            about="live",
            remedy="Allow s3:GetAccessGrantsLocation on the instance.",
        ),
        Problem("an unhandled error occurred:\n  File '__main__.py', line 3\n::error::boom\n\nValueError: x"),
    ],
    source="prod, dev",
    runs=[replace(RUN, code=255, result="failed", pack="", changes={}), replace(RUN, stack="dev")],
    lookups=[replace(LOOKUP, performed=False, values=())],
)
REPORTS = [pytest.param(GREEN, id="green"), pytest.param(BLOCKED, id="blocked"), pytest.param(ERROR, id="error")]


@pytest.mark.parametrize("report", REPORTS)
def test_whole_comments(report: Report, request: pytest.FixtureRequest) -> None:
    """A comment is short when all is well, and else says first what has to be done."""
    expected = Path(__file__).with_name("comments") / f"{request.node.callspec.id}.md"

    assert comment(report) == expected.read_text("utf-8")


def test_order_of_findings_does_not_matter() -> None:
    """The same findings make the same comment, however the engine ordered them."""
    turned = replace(BLOCKED, findings=BLOCKED.findings[::-1], changes=BLOCKED.changes[::-1])

    assert comment(turned) == comment(BLOCKED)


# --- what a reader sees -----------------------------------------------------------------------------------------------


class Page(HTMLParser):
    """
    Reads a rendered comment.

    Shape: ``tags`` are (name, attributes) pairs in order; ``loose`` are the texts outside of code and links, where
           GitHub and GitLab look for mentions, references and emoji; ``open`` names what was never closed.
    """

    def __init__(self, markdown: str, *, breaks: bool = False) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self.open: list[str] = []
        self.loose: list[str] = []
        self.summaries: list[str] = []
        self._texts: list[str] = []
        self.feed(MarkdownIt("gfm-like", {"breaks": breaks}).render(markdown))
        self.close()

    @property
    def text(self) -> str:
        """Give everything that is read."""
        return "".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append((tag, dict(attrs)))
        self.open += [] if tag == "br" else [tag]
        self.loose.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.tags.append((tag, dict(attrs)))
        self.loose.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Note its end, which has to be that of the innermost one."""
        assert self.open.pop() == tag
        self.loose.append("\n")

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self._texts.append(data)
        if self.open and self.open[-1] == "summary":
            self.summaries.append(data)
        if not {"code", "a", "pre"} & set(self.open):
            self.loose.append(data)

    def handle_comment(self, data: str) -> None:
        """Note a hidden text."""
        self.comments.append(data)


PLAIN = "h3 h4 p ul li code strong em br sub details summary table thead tbody tr"
KINDS = dict.fromkeys(PLAIN.split(), frozenset[str]()) | {name: {"style"} for name in ("th", "td")} | {"a": {"href"}}
"""Every element that a comment has, and its attributes."""
OBEYED = {
    "a mention": r"@\w",
    "an issue": r"(?:#|!|~|%|&|\$|\^|GH-)\d",
    "a commit": r"(?<!\w)[0-9a-fA-F]{7,40}(?!\w)",
    "an emoji": r":[\w+-]+:",
    "an address": r"://|www\.\w|\w\.\w+/",
    "mathematics": r"\$",
    "a command": r"(?m)^[ \t]*(?:/\w|::|##\[|##vso)",
    "a reference of GitLab": r"\[\w+:",
}


def skeleton(page: Page) -> list[str]:
    """Give the elements in order, but for code spans, of which a text may need more than one."""
    return [tag for tag, _ in page.tags if tag != "code"]


def assert_harmless(markdown: str) -> Page:
    """Check that a comment has nothing but its own markup, however breaks are meant."""
    page = Page(markdown)
    for tag, attributes in page.tags:
        assert set(attributes) <= KINDS[tag]
    assert not page.open
    links = {attributes["href"] for tag, attributes in page.tags if tag == "a"}
    assert all(re.fullmatch(r"https://rules\.example\.com/[A-Z]{3}-\d\d", href or "") for href in links)
    loose = "".join(page.loose)
    assert not {name for name, pattern in OBEYED.items() if re.search(pattern, loose)}, loose
    assert not [one for one in page.comments if one], "a hidden text that somebody may take for a mark"
    assert not re.search(r"<!--(?!-->)", markdown), "nor may one stand in the source"
    assert not re.search(OBEYED["a command"], markdown), "nor a line that a runner or GitLab obeys"
    assert skeleton(Page(markdown, breaks=True)) == skeleton(page)
    return page


@pytest.mark.parametrize("report", REPORTS)
def test_comments_render(report: Report) -> None:
    """GitHub's Markdown makes of a comment what is meant, whether or not a line's end is a break."""
    assert_harmless(comment(report))


HOSTILE = {
    "mentions": "@octocat and @acme/security, mail@example.com",
    "references": "see #123, GH-1, acme/repo#7, !5, ~bug, %1, $2, &3",
    "commits": "deadbeefcafe, 1234567, 0123456789abcdef0123456789abcdef01234567 a-deadbee deadbee",
    "addresses": "https://evil.example/x www.evil.example evil.example/x ftp://evil mailto:a@b.c www.",
    "links": "[x](javascript:alert(1)) ![i](https://evil.example/i.png) [y][z] <https://evil.example> [epic:1]",
    "comments": "<!-- grantgate:comment key=default --> <!---> <!--> --> <!--",
    "tags": "<script>alert(1)</script><img src=x onerror=alert(1)></details></td> <style>*{}</style> &lt; &#64;x",
    "bars": "a | b \\| c \\\\| d |",
    "backticks": "`code` ``two`` `` ` `` ```three",
    "a backtick": "`",
    "a backslash": "\\",
    "emphasis": "*a* _b_ ~~c~~ **d** __e__ \\*f\\* a_b_c",
    "heading": "# heading",
    "dash": "- item",
    "plus": "+ item",
    "number": "1. item",
    "numbers": "12) item 1) 2.",
    "quote": "> quote",
    "setext": "=====",
    "rule": "---",
    "table": "| --- | --- |",
    "indented": "    indented",
    "task": "[ ] task [x]",
    "emoji": ":tada: :+1: a:b:c",
    "mathematics": "$x^2$ $`y`$ \\(z\\)",
    "quick actions": "/close /merge",
    "workflow commands": "::error::boom ##[error]boom",
    "controls": "\u202egnp.exe \u200b\u00a0\u2028 \x1b[31mred\x00\x85",
    "lines": "line\none\r\ntwo\n\n\n# three",
    "surrogate": "\ud800 lone",
    "quotes": "'quoted `tick` text' \"and 'more' so\" ('x y') '' \"",
    "templates": "{color:red} {{ x }} <% y %> [[_TOC_]] [^1] [^1]: x",
    "scopes": "s3://acme-*/{team}/* arn:aws:iam::111122223333:role/x",
    "letters": "größer 尺寸 👩‍💻 Ünïcode",
    "spaces": "two  spaces   three",
}


def everywhere(text: str) -> tuple[Report, dict[str, str]]:
    """Put a text into every field that somebody can write, each with its own ending; give what a reader should read."""
    marks = map("".join, product("abcdefgh", repeat=2))
    expected: dict[str, str] = {}

    def here(kind: str = "") -> str:
        mark = f"{text} field{next(marks)}"
        expected[mark] = kind
        return mark

    rule = replace(AGL_03, name=here("rule"))
    urn = f"urn:pulumi:prod::data::{TYPE}::finance"
    resource = Resource(urn=urn, type=TYPE, name=here(), props={})
    findings = (
        a_finding(rule=rule, resource=resource, message=here(), edit=here("ticks")),
        a_finding(Outcome.UNKNOWN, resource=resource, message=here()),
        a_finding(Outcome.WAIVED, resource=resource, message="", waiver=here()),
        a_finding(Outcome.ERROR, resource=resource, message=here()),
        ADVISORY._replace(message=here()),
        KNOWN,
    )
    report = a_report(
        *findings,
        organization=here(),
        rules_file=here(),
        baseline=here(),
        source=here("unseen"),
        at=here(),
        problems=[Problem(here("ticks") if text.isprintable() else "x", here(), here("ticks"))],
        notices=[here("ticks")],
        lookups=[replace(LOOKUP, name=here(), subject=here(), values=(("locationScope", here()),))],
        changes=[Change(urn, "locationScope", here(), here())],
        fixed=[Fixed(urn, "AGL-04", "locationScope", "FAIL", here("ticks"))],
        requests=[a_request(access_point=here(), regions=(("eu-west-1", here()),))],
        runs=[replace(RUN, stack=here(), result="")],
        positions={urn: SourcePosition(here("file"), 1)},
        left_out=[LeftOut(Outcome.FAIL, 1, "below high")],
    )
    return report, expected


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_texts_of_others_are_texts(text: str) -> None:
    """
    Whatever somebody writes reads as they wrote it, and is neither markup nor a link nor a mention.

    Only the quotes around a value may be missing: its code span says the same.
    """
    report, expected = everywhere(text)
    page = assert_harmless(comment(report))
    benign, _ = everywhere("benign")

    if text.isprintable():
        assert skeleton(page) == skeleton(Page(comment(benign)))
    for mark, kind in expected.items():
        told = shown(mark).strip()
        if kind == "ticks":
            assert without_quotes(told).replace("`", "") in without_quotes(page.text).replace("`", "")
        elif kind != "unseen":
            assert without_quotes(told) in without_quotes(page.text)


def without_quotes(text: str) -> str:
    """Take all quotes away, those that a code span replaces among them."""
    return text.translate({ord(quote): None for quote in "'\""})


ALPHABET = st.text(st.sampled_from(" `|\\<>!-&*_[]()#@:.,;'\"$/~=+a1s3\u00e9\u2026\U0001f600\n\u202e"), max_size=40)


@settings(max_examples=200)
@given(ALPHABET)
@example("`` a ` b ```")
@example(" ")
@example("a <!-- <!-- b")
@example("':':1 `a`:1 ('a'b `c`d)")
@example("'a' 'b' @c @d = 'e' = 'f'… ('```'")
@example("= 'a'")
@example("::")
@example("(' '")
@example("' '")
@example('"it\'s" "a b"')
def test_any_text_reads_back(text: str) -> None:
    """
    A value in a code span and a sentence read as they are, in a line, in a list and in a table.

    A sentence may lack quotes, two for each value that stands in a code span instead, and nothing else.
    """
    pen = Pen(Look())
    value, sentence = pen.code(text), pen.prose(text)
    told = shown(text)

    line = Page(f"- x {value} y\\\n  {sentence} z")
    assert not [name for name, pattern in OBEYED.items() if re.search(pattern, "".join(line.loose))]
    assert {tag for tag, _ in line.tags} <= {"ul", "li", "code", "br", *(() if text else ("em",))}
    if text:
        before, _, after = line.text.strip().partition(" y\n")
        assert before == f"x {told}"
        assert without_quotes(after) == without_quotes(f"{told.strip()} z".lstrip())
        assert all((told.count(quote) - after.count(quote)) % 2 == 0 for quote in "'\"")
    ticks = Page(f"x {pen.prose(text, ticks=True)} z")
    assert {tag for tag, _ in ticks.tags} <= {"p", "code"}
    assert without_quotes(ticks.text).replace("`", "").split() == without_quotes(f"x {told} z").replace("`", "").split()
    bars = value.replace("|", "\\|")
    cells = Page(f"| a | b |\n| --- | --- |\n| {bars} | c |")
    assert [tag for tag, _ in cells.tags if tag == "td"] == ["td", "td"]
    if text:
        assert f"\n{told}\nc\n" in cells.text


# --- length -----------------------------------------------------------------------------------------------------------

LONG = {
    "short": "s3://acme-hr/*",
    "a thousand words": "word " * 1_000,
    "an ARN without end": f"arn:aws:iam::111122223333:role/{'x' * 5_000}",
    "backticks": "` " * 2_000,
    "hidden texts": "<!--" * 1_000,
    "emoji": "\N{SMILING FACE WITH HORNS} " * 1_000,
    "controls": "\x00" * 1_000,
    "bars": "|" * 2_000,
}
SIZES = st.sampled_from([0, 1, 2, 25])


def crowded(numbers: dict[str, int], text: str) -> Report:
    """Make a report with so many of everything."""

    def many(kind: str, outcome: Outcome, **members: Any) -> list[Finding]:
        return [
            a_finding(outcome, resource=a_resource(f"{kind}{number} {text}"), message=text, edit=text, **members)
            for number in range(numbers[kind])
        ]

    def names(kind: str) -> list[str]:
        return [f"{kind}{number}" for number in range(numbers[kind])]

    return a_report(
        *many("failures", Outcome.FAIL),
        *many("unknowns", Outcome.UNKNOWN),
        *many("quiet", Outcome.UNKNOWN, level=Level.ADVISORY, quiet=True),
        *many("advisories", Outcome.FAIL, level=Level.ADVISORY),
        *many("errors", Outcome.ERROR),
        *many("waived", Outcome.WAIVED, waiver=text),
        *many("passed", Outcome.PASS),
        *(Known(*one) for one in many("known", Outcome.FAIL, level=Level.ADVISORY)),
        organization=text,
        baseline=text,
        problems=[Problem(text, name, text) for name in names("problems")],
        changes=[Change(a_urn(name), "iamRoleArn", text, text) for name in names("changes")],
        fixed=[Fixed(a_urn(name), "AGL-04", "", "FAIL", text) for name in names("fixed")],
        requests=[a_request(name=name, regions=((text, text),) * 30) for name in names("requests")],
        lookups=[replace(LOOKUP, name=name, values=(("locationScope", text),) * 30) for name in names("lookups")],
        notices=[f"{name} {text}" for name in names("notices")],
        runs=[replace(RUN, stack=f"{name} {text}") for name in names("runs")],
        left_out=[LeftOut(Outcome.FAIL, 1, f"{name} {text}") for name in names("left out")],
    )


KINDS_OF_ITEMS = {
    "The gate could not look": ("problems", "errors"),
    "New failures": ("failures",),
    "Cannot be decided": ("unknowns",),
    "Advice, blocks nothing": ("advisories",),
    "Changes": ("changes",),
    "Fixed": ("fixed",),
    "Waived": ("waived",),
    "Multi-Region Access Point requests": ("requests",),
    "Lookups": ("lookups",),
    "Notices": ("notices",),
    "Runs": ("runs",),
}
"""What each section is made of."""
NUMBERS = st.fixed_dictionaries(
    {kind: SIZES for kinds in KINDS_OF_ITEMS.values() for kind in kinds}
    | dict.fromkeys(("quiet", "passed", "known", "left out"), SIZES)
)


def sections(markdown: str) -> dict[str, tuple[int, int, int]]:
    """Give by title what a section says it has, what it shows, and what it says that it does not."""
    found: dict[str, tuple[int, int, int]] = {}
    for part in re.split(r"(?m)^(?=#### |<details>)", markdown)[1:]:
        heading, _, body = part.partition("\n")
        title = re.match(r"(?:#### |<details><summary>)(?:\W+ )?(.*?),? (?:as recorded )?\(([\d,]+)", heading)
        assert title
        rows = body.count("\n| ") - 2 if "\n| ---" in body else 0
        more = re.search(r"(?m)^\*([\d,]+) more ", body)
        number = int(title[2].replace(",", ""))
        found[title[1]] = (
            number,
            rows + len(re.findall("(?m)^- ", body)),
            int(more[1].replace(",", "")) if more else 0,
        )
    return found


def counts(markdown: str) -> dict[str, int]:
    """Read the table of numbers."""
    heads, _, numbers = markdown.split("\n\n")[2].splitlines()[:3]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (heads, numbers)]
    return {head: int(number.split(" ")[0].replace(",", "")) for head, number in zip(*cells, strict=True)}


ALL = {kind: 1_000 for kinds in KINDS_OF_ITEMS.values() for kind in kinds} | dict.fromkeys(("quiet", "known"), 1_000)


@settings(max_examples=15)
@given(numbers=NUMBERS, text=st.sampled_from(sorted(LONG.values())))
def test_a_comment_has_room(numbers: dict[str, int], text: str) -> None:
    """However much there is to say, a comment fits, is whole, and every number in it is right."""
    assert_adds_up(numbers, text)


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_too_much_of_everything(text: str) -> None:
    """With too much of everything every section still tells how much there is."""
    numbers = {**ALL, "passed": 1, "left out": 400}
    told = assert_adds_up(numbers, text)

    assert set(told) == {*KINDS_OF_ITEMS, "In the baseline"}
    assert told["New failures"][1], "room for what has to be put right"


def assert_adds_up(numbers: dict[str, int], text: str) -> dict[str, tuple[int, int, int]]:
    report = crowded(numbers, text)
    markdown = comment(report)

    assert len(markdown) <= size(markdown) <= LIMIT
    assert not Page(markdown).open
    told = sections(markdown)
    for title, kinds in KINDS_OF_ITEMS.items():
        total = sum(numbers[kind] for kind in kinds)
        if title == "Runs" and total == 1:
            continue
        number, listed, more = told.get(title, (0, 0, 0))
        assert (title, number) == (title, total)
        assert (title, listed + more) == (title, total)
    if report.exit_code() is not Exit.PASSED:
        kinds = ("errors", "failures", "unknowns", "quiet", "advisories", "waived", "passed", "known", "left out")
        assert sum(counts(markdown).values()) == sum(numbers[kind] for kind in kinds)
    if numbers["left out"]:
        line = re.search(r"(?m)^Not listed here: (.*)\.$", markdown)
        assert line
        assert sum(int(one) for one in re.findall(r"(?:^|, )(\d+) (?:left|for other)", line[1])) == numbers["left out"]
    return told


def test_a_hundred_thousand_findings() -> None:
    """The most that a run may make fits, too, the most severe first."""
    severe = a_finding(resource=a_resource("zzz"), severity=Severity.CRITICAL)
    many = [a_finding(resource=a_resource(f"r{number}")) for number in range(99_999)]
    markdown = comment(a_report(*many, severe))
    number, listed, more = sections(markdown)["Failed"]

    assert LIMIT - 1_000 < size(markdown) <= LIMIT, "cut only where the comment is full"
    assert (number, listed + more) == (100_000, 100_000)
    assert listed > 100
    assert markdown.index("`zzz`") < markdown.index("`r0`")
    assert f"*{more:,} more failures not shown here.*" in markdown


# --- what is said -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "heading"),
    [
        pytest.param(a_report(PASS), "### ✅ grantgate: PASSED", id="green"),
        pytest.param(a_report(), "### ⚠️ grantgate: NOTHING TO JUDGE", id="empty"),
        pytest.param(a_report(a_finding()), "### ⛔ grantgate: BLOCKED", id="red"),
        pytest.param(a_report(UNSURE), "### ❓ grantgate: UNDECIDED", id="a question"),
        pytest.param(a_report(PASS, problems=[Problem("no")]), "### 🚨 grantgate: ERROR", id="could not look"),
        pytest.param(a_report(problems=[Problem("no", exit=Exit.USAGE)]), "### 🚨 grantgate: ERROR", id="usage"),
    ],
)
def test_the_first_line_is_the_verdict(report: Report, heading: str) -> None:
    """Whoever reads one line has read the right one."""
    assert comment(report).splitlines()[0] == heading


def test_problems_come_before_failures() -> None:
    """What kept the gate from looking makes everything below it doubtful."""
    told = list(sections(comment(replace(BLOCKED, problems=[Problem("AWS said no")]))))

    assert told[:3] == ["The gate could not look", "New failures", "Cannot be decided"]


def test_stacks_are_named_where_there_are_several() -> None:
    """One name can be in two stacks, and one stack's name in two projects."""
    one = comment(a_report(a_finding(), UNSURE))
    two = comment(a_report(a_finding(), a_finding(resource=a_resource(stack="dev"))))
    three = comment(a_report(a_finding(), a_finding(resource=a_resource(project="web"))))

    assert " in `" not in one.partition("<sub>")[0].replace("add a pattern", "")
    assert "`finance` in `prod`" in two
    assert "`finance` in `dev`" in two
    assert "`finance` in `data/prod`" in three
    assert "`finance` in `web/prod`" in three


def test_what_blocks_although_it_cannot_be_decided() -> None:
    """An unknown says whether it stops the run; one that may pass is only counted."""
    markdown = comment(BLOCKED)

    assert "(high, blocks): `hr`" in markdown
    assert "(high, only warns): `finance`" in markdown
    assert "may be so" not in markdown
    assert "3 (1 may pass)" in markdown


@pytest.mark.parametrize(
    ("state", "is_folded", "told"),
    [
        pytest.param("SUCCEEDED", True, "✅ `SUCCEEDED`", id="all through"),
        pytest.param("FAILED", False, "⛔ `FAILED` `PARTIALLY_CREATED`", id="failed"),
        pytest.param("IN_PROGRESS", False, "⏳ `IN_PROGRESS`", id="on its way"),
        pytest.param("UNKNOWN", False, "❓ `UNKNOWN`", id="a word that nobody knows"),
        pytest.param("", False, "not asked in this run", id="not asked"),
    ],
)
def test_requests(state: str, told: str, *, is_folded: bool) -> None:
    """Every Region's state is there, and only what is through is folded."""
    markdown = comment(a_report(PASS, requests=[a_request(state)]))

    assert f"| {told}" in markdown
    assert "`eu-west-1` `SUCCEEDED`<br>`us-east-1` `FAILED`" in markdown
    assert ("<summary>Multi-Region" in markdown) is is_folded


def test_a_lookup_that_did_not_look_says_so() -> None:
    """Pending lookups have nothing to show, and a file's are only recorded."""
    markdown = comment(a_report(PASS, lookups=[replace(LOOKUP, performed=False, values=())]))

    assert "**not asked in this run**" in markdown
    assert "<summary>Lookups, as recorded (1)" in markdown


def test_long_values_keep_both_ends() -> None:
    """What tells two long names apart stands at either end."""
    told = Page(comment(a_report(a_finding(resource=a_resource(f"first{'x' * 900}last"))))).text

    assert re.search("first(x+)…(x+)last", told)
    assert "x" * 900 not in told


def test_ascii() -> None:
    """A stream that has no symbols gets character references, which read the same."""
    look = replace(LOOK, unicode=False)
    markdown = comment(replace(BLOCKED, organization=f"größer{'ö' * 300}", requests=[a_request()]), look)

    assert markdown.isascii()
    assert Page(markdown).text.startswith("⛔ grantgate: BLOCKED\n")
    assert r"gr\xf6\xdfer" in markdown


def test_every_line_of_a_problem() -> None:
    """The engine's errors have many lines: each is told, and what is too much is counted."""
    markdown = comment(a_report(problems=[Problem("\n".join(f"line {number}" for number in range(100)))]))
    told = Page(markdown).text

    assert "line 0\nline 1\n" in told
    assert Counter(re.findall(r"(\d+) more lines", told)) == {"79": 1}


def test_a_problem_without_a_reason() -> None:
    """Even an empty text is a problem."""
    assert "- `live`: no reason was given\n" in comment(a_report(problems=[Problem("\n", about="live")]))
