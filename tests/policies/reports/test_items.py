"""A resource can hold many things that are judged one by one: every format says which of them a finding is about."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from grantgate_policies import saved
from grantgate_policies.core import Level, Outcome, Severity
from grantgate_policies.redaction.reports import Secrets, redacted
from grantgate_policies.report import Change, Exit, Registered, Report
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.reports.markdown import LIMIT
from grantgate_policies.reports.page.states import State, worst_by_item, worst_by_urn
from grantgate_policies.reports.ranking import ordered, together
from grantgate_policies.reports.verdict import tally, verdict
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    Make = Any

LOOK: Final = Look(width=400, rule_pages="https://rules.example.com/{id}")
LINK: Final = "[`AGL-03`](https://rules.example.com/AGL-03) location-scope-allowed"
NAMES: Final = ("6f1c", "7a2d", "93d4")


def text(report: Report, format_: str = "text") -> str:
    return FORMATS[format_].text(report, LOOK)


def data(report: Report) -> dict[str, Any]:
    """Give what the page is told."""
    page = text(report, "html")
    found: dict[str, Any] = json.loads(
        re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[0]
    )
    return found


def a_list(make: Make, *members: dict[str, Any], **report: Any) -> Report:
    """Make a report of findings about one resource."""
    resource = make.resource("all")
    return make.report(*(make.finding(**{"resource": resource, **one}) for one in members), **report)


# --- what every format agrees on --------------------------------------------------------------------------------------


def test_everything_is_counted(items: Report) -> None:
    """What passes, or does not apply, counts as often as there are things that it is the outcome of."""
    found = tally(items)

    assert {outcome.value: count for outcome, count in found.counts.items()} == {
        "ERROR": 0,
        "FAIL": 1,
        "UNKNOWN": 1,
        "WAIVED": 1,
        "PASS": 5,
        "NOT_APPLICABLE": 3,
    }
    assert found.judged == 1
    assert json.loads(text(items, "json"))["counts"]["PASS"] == 5
    assert "PASS 5 " in text(items)
    assert re.search(r"\| Passed \|\n.*\n\| 1 \| 1 \| 1 \| 5 \|", text(items, "markdown"))
    assert '<property name="not applicable" value="3"/>' in text(items, "junit")


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        pytest.param([{"item": "a"}], "BLOCKED: 1 mandatory rule failed on 1 resource (1 item)", id="one"),
        pytest.param(
            [{"item": "a"}, {"item": "b"}, {"item": "a", "rule": AGL_04}],
            "BLOCKED: 2 mandatory rules failed on 1 resource (2 items)",
            id="each once",
        ),
        pytest.param(
            [{"item": "a"}, {"item": "b", "outcome": Outcome.UNKNOWN}],
            "BLOCKED: 1 mandatory rule failed on 1 resource (1 item); "
            "1 mandatory rule cannot be decided on 1 resource (1 item)",
            id="a failure and a question",
        ),
        pytest.param([{"outcome": Outcome.PASS, "things": 7}], "PASSED: 7 checks on 1 resource passed", id="passed"),
        pytest.param(
            [{"item": "a", "outcome": Outcome.ERROR, "message": "KeyError"}],
            "ERROR: AGL-03 on all[a]: KeyError; nothing was let through",
            id="a rule that raised",
        ),
    ],
)
def test_verdict(make: Make, members: list[dict[str, Any]], sentence: str) -> None:
    """A thousand items of one resource do not sound like one."""
    assert str(verdict(a_list(make, *members))) == sentence


def test_drift_is_counted_by_item(make: Make) -> None:
    """Two locations of one list that drifted are two."""
    urn = make.resource("all").urn
    drift = [Change(urn, f"{item} {name}", "a", "b", drift=True) for item in "xy" for name in ("iamRoleArn", "other")]
    report = a_list(
        make, {"outcome": Outcome.PASS}, changes=[*drift, Change(urn, "locationScope", "a", "b", drift=True)]
    )

    # What no location has is told as it is: of the resource.
    assert str(verdict(report)) == "PASSED: 1 check on 1 resource passed, 3 drifted"
    assert "  all[x]  iamRoleArn 'a' → 'b'" in text(report)
    assert "  all  x other 'a' → 'b'" in text(report)
    assert "grantgate%3A drift of all[x]::iamRoleArn is 'b'" in text(report, "github")
    assert "| `all[x]` | role | `a` | `b` | **drift** |" in text(report, "markdown")
    assert "| `all` | `x other` | `a` | `b` | **drift** |" in text(report, "markdown")
    assert "3 locations changed in AWS" in text(report, "html")
    assert re.search(r"<strong>all\[y\]</strong>(?:.|\n)*?<code>iamRoleArn</code>", text(report, "html"))


def test_order(make: Make) -> None:
    """Findings of one rule stand together, item by item, whatever order the engine gave."""
    report = a_list(make, *({"item": item, "rule": rule} for item in "cab" for rule in (AGL_04, AGL_03)))
    found = ordered(report.findings)

    assert [(one.rule.id, one.item) for one in found] == [
        (rule, item) for rule in ("AGL-03", "AGL-04") for item in "abc"
    ]
    assert [len(alike) for alike in together(found)] == [3, 3]
    for format_ in FORMATS:
        assert text(replace(report, findings=report.findings[::-1]), format_) == text(report, format_)


@pytest.mark.parametrize(
    ("other", "is_alike"),
    [
        pytest.param({"item": "b"}, True, id="another item"),
        pytest.param({"item": "b", "message": "else", "edit": "x"}, True, id="another message"),
        pytest.param({}, False, id="the resource itself"),
        pytest.param({"item": "b", "rule": AGL_04}, False, id="another rule"),
        pytest.param({"item": "b", "blocks": False}, False, id="one that does not block"),
        pytest.param({"item": "b", "outcome": Outcome.UNKNOWN}, False, id="another outcome"),
        pytest.param({"item": "b", "severity": Severity.LOW}, False, id="another severity"),
    ],
)
def test_what_is_put_together(make: Make, other: dict[str, Any], *, is_alike: bool) -> None:
    """Only what one rule says alike of items of one resource has a common head."""
    report = a_list(make, {"item": "a"}, other)
    elsewhere = make.finding(item="b", resource=make.resource("else"))

    assert [len(alike) for alike in together(report.findings)] == ([2] if is_alike else [1, 1])
    assert [len(alike) for alike in together((*report.findings[:1], elsewhere))] == [1, 1]
    assert list(together(())) == []


@pytest.mark.parametrize("format_", FORMATS)
def test_saved_and_read_back(items: Report, format_: str) -> None:
    """A report that was saved makes the same text in every format, and the same findings."""
    read = saved.parse(text(items, "json").encode(), "items.json")

    assert [(one.item, one.things, one.fingerprint) for one in ordered(read.findings)] == [
        (one.item, one.things, one.fingerprint) for one in ordered(items.findings)
    ]
    assert text(read, format_) == text(items, format_)


@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_is_shown(items: Report, format_: str) -> None:
    """An id that is a secret is hidden like any other text."""
    found = tuple(one._replace(item="hunter2hunter2") if one.item else one for one in items.findings)
    shown = text(redacted(replace(items, findings=found), Secrets.known(["hunter2hunter2"])), format_)

    assert "hunter2" not in shown
    assert "[secret]" in shown


# --- format by format -------------------------------------------------------------------------------------------------


def test_text(items: Report) -> None:
    """The resource is named once, and each finding says which item it is about."""
    shown = text(replace(items, changes=()))

    assert shown.startswith(f"""\
all
  {items.findings[0].resource.urn}
  infra/__main__.py:42
  ✘ FAIL  AGL-03 location-scope-allowed  high
    [6f1c] the value, the limit
    Fix: Write 's3://acme-finance/*'.
    https://rules.example.com/AGL-03
  ? UNKNOWN  AGL-03 location-scope-allowed  high
    [7a2d] cannot be decided, and must not pass: locationScope is not known
    Fix: {AGL_03.fix}
    https://rules.example.com/AGL-03
  ● WAIVED  AGL-03 location-scope-allowed  high
    [93d4] the value, the limit
    Waived by data-platform: moves (until 2027-01-31)
    https://rules.example.com/AGL-03

Counts
""")


def test_text_says_once_what_is_the_same(make: Make) -> None:
    """A rule that fails on many items is named once, and so is the remedy, unless each has its own."""
    shown = text(a_list(make, *({"item": item, "message": f"value {item}"} for item in "cab"), {"message": "itself"}))
    edits = text(a_list(make, *({"item": item, "edit": f"Write {item}."} for item in "ab")))

    assert (
        f"""
  ✘ FAIL  AGL-03 location-scope-allowed  high
    itself
    Fix: {AGL_03.fix}
    https://rules.example.com/AGL-03
  ✘ FAIL  AGL-03 location-scope-allowed  high
    [a] value a
    [b] value b
    [c] value c
    Fix: {AGL_03.fix}
    https://rules.example.com/AGL-03

"""
        in shown
    )
    assert (
        """
    [a] the value, the limit
      Fix: Write a.
    [b] the value, the limit
      Fix: Write b.
    https://rules.example.com/AGL-03

"""
        in edits
    )


def test_markdown(items: Report) -> None:
    """A comment names the item beside the resource in every section."""
    comment = text(items, "markdown")

    assert (
        f"- {LINK} (high): `all[6f1c]`, `infra/__main__.py:42`\\\n  the value, the limit\\\n  **Fix:** Write" in comment
    )
    assert f"- {LINK} (high, blocks): `all[7a2d]`, `infra/__main__.py:42`\\\n  locationScope is not known\n" in comment
    assert f"- {LINK}, `all[93d4]`: data-platform: moves (until 2027-01-31)\n" in comment


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        pytest.param(
            {},
            f"- {LINK} (high): `all`\\\n  **Fix:** Do it.\n"
            "  - `a`: the value, the limit\n  - `b`: the value, the limit\n",
            id="failures",
        ),
        pytest.param(
            {"message": ""}, f"- {LINK} (high): `all`\\\n  **Fix:** Do it.\n  - `a`\n  - `b`\n", id="nothing said"
        ),
        pytest.param(
            {"outcome": Outcome.UNKNOWN, "level": Level.ADVISORY},
            f"- {LINK} (high, only warns): `all`\n  - `a`: the value, the limit\n  - `b`: the value, the limit\n",
            id="unknowns",
        ),
        pytest.param(
            {"outcome": Outcome.ERROR},
            f"- {LINK} (high): `all`\\\n  **To do:** Report it to the rule's authors.\n"
            "  - `a`: the value, the limit\n  - `b`: the value, the limit\n",
            id="errors",
        ),
        pytest.param(
            {"outcome": Outcome.WAIVED, "waiver": "ann: moves"},
            f"- {LINK}, `all`: ann: moves\n  - `a`\n  - `b`\n",
            id="waived",
        ),
    ],
)
def test_markdown_says_once_what_is_the_same(make: Make, members: dict[str, Any], expected: str) -> None:
    """Items of one resource are a list below its name."""
    rule = replace(AGL_03, fix="Do it.")
    report = a_list(make, *({"item": item, "rule": rule, **members} for item in "ba"))

    assert expected in text(report, "markdown")


def test_markdown_says_what_differs(make: Make) -> None:
    """Each item has its own remedy, or its own waiver, where they are not the same."""
    edits = text(a_list(make, *({"item": item, "edit": f"Write {item}."} for item in "ab")), "markdown")
    waived = ({"item": item, "outcome": Outcome.WAIVED, "waiver": f"{item}nn: moves"} for item in "ab")

    assert f"- {LINK} (high): `all`\n  - `a`: the value, the limit\\\n    **Fix:** Write a.\n  - `b`: the" in edits
    assert f"- {LINK}, `all`\n  - `a`: ann: moves\n  - `b`: bnn: moves\n" in text(a_list(make, *waived), "markdown")


@pytest.mark.parametrize("number", [2, 25, 1_000, 10_000])
def test_markdown_of_many(make: Make, number: int) -> None:
    """However many items fail, the resource is named once, what is not shown is counted, and the lists are whole."""
    report = a_list(make, *({"item": f"id-{place:05}", "message": f"value {place}"} for place in range(number)))
    comment = text(report, "markdown")
    listed, more = re.findall(r"(?m)^  - `id-", comment), re.findall(r"(?m)^\*([\d,]+) more failures", comment)

    assert len(comment) <= LIMIT
    assert comment.count(": `all`") == comment.count("**Fix:**") == 1
    assert len(listed) + sum(int(one.replace(",", "")) for one in more) == number
    assert len(listed) == number or len(comment) > LIMIT - 1_000
    html = MarkdownIt("gfm-like").render(comment)
    assert html.count("<li>") == len(listed) + 1
    assert (html.count("<ul>"), html.count("</ul>")) == (2, 2)


HOSTILE: Final = {
    "markup": "</script><b>x</b> [a](javascript:b) <!-- c --> `d` | * e",
    "commands": "\n::error::x ##[error]y /merge @everyone #1",
    "what no terminal should get": "\x1b[31m\u202e\ud800\x00",
    "brackets": "]] all[",
    "long": "x" * 300,
}


@pytest.mark.parametrize("item", HOSTILE.values(), ids=HOSTILE)
def test_an_id_is_a_text(make: Make, item: str) -> None:
    """Whatever an id holds, it is none of the comment's own markup, and no line of any format begins a command."""
    hostile, plain = (
        a_list(make, {"item": f"{name}1"}, {"item": f"{name}2"}, {"item": name, "rule": AGL_04}) for name in (item, "x")
    )
    skeletons = [
        re.findall(r"</?(?!code)\w+", MarkdownIt("gfm-like").render(text(one, "markdown"))) for one in (hostile, plain)
    ]

    assert skeletons[0] == skeletons[1]
    for format_ in FORMATS:
        lines = text(hostile, format_).splitlines()
        begun = [line for line in lines if line.lstrip().startswith("::")]
        assert len(begun) == sum(line.startswith("::") for line in text(plain, format_).splitlines())
        assert not [line for line in lines if "##[" in line and format_ != "html"]
        assert len(lines) == len(text(plain, format_).splitlines())


def test_github(items: Report) -> None:
    """A title names the item, and so does the last line of the annotation."""
    notes = [line for line in text(items, "github").splitlines() if "title=AGL-03" in line]

    assert [re.findall(r"title=(.*?)::.*, item (\w+)$", note) for note in notes] == [
        [(f"AGL-03 location-scope-allowed on all[{name}]", name)] for name in NAMES
    ]


def test_gitlab(items: Report) -> None:
    """Entries differ by item, also in their fingerprints; what is waived is none."""
    found = json.loads(text(items, "gitlab"))

    assert [one["description"].partition(":")[0] for one in found] == ["all[6f1c]", "all[7a2d]"]
    assert [one["fingerprint"] for one in found] == [one.fingerprint for one in items.findings[:2]]


def test_junit(items: Report) -> None:
    """A case for every item that a rule has more to say of, and one for all that pass, which says how many."""
    (suite,) = [one for one in ET.fromstring(text(items, "junit")) if one.get("name") != "grantgate"]  # noqa: S314 - ours
    cases = {str(one.get("name")): one for one in suite}

    assert {name: (one[0].tag, str(one[0].text).splitlines()[-1]) for name, one in cases.items()} == {
        "AGL-03 location-scope-allowed [6f1c]": ("failure", "Item: 6f1c"),
        "AGL-03 location-scope-allowed [7a2d]": ("failure", "Item: 7a2d"),
        "AGL-03 location-scope-allowed [93d4]": ("skipped", "Item: 93d4"),
        "AGL-04 location-prefix-delimited": ("system-out", "3 items"),
        "AGL-11 location-role-allowed": ("system-out", "2 items"),
    }


def test_sarif(make: Make, items: Report) -> None:
    """An alert is one item's, and stays the same when another item is put right."""

    def results(report: Report) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(text(report, "sarif"))["runs"][0]["results"]
        return found

    def alerts(*names: str) -> dict[str, str]:
        report = a_list(make, *({"item": name, "message": "the same"} for name in names))
        return {
            one["locations"][0]["logicalLocations"][0]["name"]: one["partialFingerprints"]["grantgate/v1"]
            for one in results(report)
        }

    urn = items.findings[0].resource.urn
    assert [one["locations"][0]["logicalLocations"] for one in results(items)] == [
        [{"fullyQualifiedName": f"{urn}[{name}]", "name": f"all[{name}]", "kind": "resource"}] for name in NAMES
    ]
    assert [one["message"]["text"].partition(":")[0] for one in results(items)] == [f"all[{name}]" for name in NAMES]
    assert alerts("b", "c") == {name: one for name, one in alerts("a", "b", "c").items() if name != "all[a]"}


def test_json(items: Report) -> None:
    """A finding says its item where it has one, and its count where that is not one."""
    found = json.loads(text(items, "json"))["findings"]

    assert [(one["ruleId"], one["resource"].get("item"), one.get("count")) for one in found] == [
        ("AGL-03", "6f1c", None),
        ("AGL-03", "7a2d", None),
        ("AGL-03", "93d4", None),
        ("AGL-04", None, 3),
        ("AGL-11", None, 2),
        ("MRP-01", None, 3),
    ]


# --- the page ---------------------------------------------------------------------------------------------------------


def test_page(items: Report) -> None:
    """The page is told items and counts where there are any; its own numbers add up the counts."""
    told = data(items)

    assert [
        (told["words"]["outcomes"][row[6]], *(told["texts"][one] for one in row[14:15]), *row[15:])
        for row in told["findings"]
    ] == [
        ("FAIL", "6f1c", 1),
        ("UNKNOWN", "7a2d", 1),
        ("WAIVED", "93d4", 1),
        ("NOT_APPLICABLE", "", 3),
        ("PASS", "", 3),
        ("PASS", "", 2),
    ]
    page = text(items, "html")
    assert "11 in this report" in page
    assert dict(re.findall(r'data-state="(\w+)" data-count="(\d+)"', page))["pass"] == "5"
    assert "<strong>FAIL AGL-03</strong> on <strong>all[6f1c]</strong>" in page


def test_page_of_plain_resources(make: Make) -> None:
    """A finding of a resource itself costs the page no more than before."""
    assert {len(row) for row in data(make.report(make.finding()))["findings"]} == {14}


def test_map_of_items(items: Report) -> None:
    """Each location of a list has its own colour, and a change is of the one that changes."""
    told = data(items)
    states = {told["texts"][told["locations"][row[3]][1]]: row[4] for row in told["nodes"] if row[3] >= 0}

    assert {name: told["words"]["states"][state] for name, state in states.items()} == {
        "all[6f1c]": "fail",
        "all[7a2d]": "unknown",
        "all[93d4]": "waived",
    }
    assert [(told["texts"][told["locations"][row[0]][1]], told["texts"][row[1]]) for row in told["changes"]] == [
        ("all[93d4]", "iamRoleArn")
    ]


@pytest.mark.parametrize(
    ("members", "name", "state"),
    [
        pytest.param([{"item": "a"}, {"outcome": Outcome.PASS, "things": 2}], "all[a]", State.FAIL, id="its own"),
        pytest.param([{"item": "a"}, {"outcome": Outcome.PASS, "things": 2}], "all[b]", State.PASS, id="it passes"),
        pytest.param([{"item": "a"}], "all[b]", State.NONE, id="nobody judged it"),
        pytest.param([{"item": "a"}, {"outcome": Outcome.ERROR}], "all[b]", State.ERROR, id="of the resource itself"),
        pytest.param([{"item": "a"}], "all", State.FAIL, id="a location that is no item has all of it"),
        pytest.param([{"item": "a"}], "else", State.FAIL, id="and so has one of another name"),
        pytest.param([{"outcome": Outcome.PASS, "things": 2}], "all[a]", State.PASS, id="all of them pass"),
        pytest.param([{"outcome": Outcome.NOT_APPLICABLE, "things": 2}], "all[a]", None, id="no rule is about it"),
        pytest.param(
            [{"item": "a"}, {"outcome": Outcome.NOT_APPLICABLE}], "all[b]", State.NONE, id="nor about the others"
        ),
    ],
)
def test_state_on_the_map(make: Make, members: list[dict[str, Any]], name: str, state: State | None) -> None:
    """A location is as bad as what is said of it, or of its whole resource; what nobody judged is never green."""
    findings = a_list(make, *members).findings
    urn = make.resource("all").urn
    places = [Registered(urn, name, "", "", "", "", live=True)]

    assert worst_by_item(findings, places).get((urn, name), worst_by_urn(findings).get(urn)) is state


@pytest.mark.parametrize("format_", FORMATS)
def test_a_thousand_can_be_told_apart(make: Make, format_: str) -> None:
    """Every item of a thousand is named, but in a comment, which says how many it leaves out."""
    names = [f"id-{number:05}" for number in range(1_000)]
    shown = text(a_list(make, *({"item": name} for name in names)), format_)
    told = Counter(re.findall(r"id-\d{5}", shown))

    assert format_ == "markdown" or set(told) == set(names)
    assert str(verdict(a_list(make, *({"item": name} for name in names)))).endswith("1 resource (1,000 items)")


def test_exit_code_is_the_findings(items: Report) -> None:
    """What passes for many things makes nothing green that blocks for one."""
    passes = [one for one in items.findings if one.outcome is Outcome.PASS]

    assert items.exit_code() is Exit.FAILED
    assert replace(items, findings=passes).exit_code() is Exit.PASSED
