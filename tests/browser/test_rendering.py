"""The page as a file: what is in it before any browser reads it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import sys
from typing import TYPE_CHECKING

import pytest
from grantgate_policies.core import Outcome
from grantgate_policies.report import Registered
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.html import check
from grantgate_policies.reports.look import Look
from grantgate_policies.reports.page.states import State, worst_by_urn
from grantgate_policies.reports.page.tree import Kind, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate_policies.report import Report


def page(report: Report) -> str:
    return FORMATS["html"].text(report, Look())


def test_same_every_time(sample: Report) -> None:
    """The same report is the same page, in one encoding that every tool knows."""
    text = page(sample)

    assert text == page(sample)
    assert text.isascii()


def test_self_contained(sample: Report) -> None:
    """Nothing in the page names a file or a host to load from."""
    text = page(sample)
    written = text[: text.index('<script type="application/json"')]

    assert re.findall(r"\ssrc\s*=|@import|url\(", written) == []
    assert re.findall(r'<link[^>]*href="([^"]*)"', written) == ["data:,"]


def test_policy(sample: Report) -> None:
    """The page's own policy names the digests of the two scripts that may run, and lets nothing else."""
    text = page(sample)
    policy = next(iter(re.findall(r'Content-Security-Policy" content="([^"]*)"', text))).replace("&#39;", "'")
    own = text[text.index("<script>") + len("<script>") :]
    packed = text[text.index('id="library">') + len('id="library">') :]
    scripts = (own[: own.index("</script>")].encode(), gzip.decompress(base64.b64decode(packed[: packed.index("<")])))
    digests = [base64.b64encode(hashlib.sha256(script).digest()).decode() for script in scripts]

    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}' 'sha256-{digests[1]}'; "
        "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("name", ["plotly", "jinja2"])
def test_missing_package(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A package that is not installed is named before anything is judged."""
    check()
    monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ModuleNotFoundError) as raised:
        check()

    assert raised.value.name == name


# --- the map ----------------------------------------------------------------------------------------------------------

ROLE = "arn:aws:iam::111122223333:role/x"


def a_map(*scopes: str) -> list[Registered]:
    return [
        Registered(f"urn:{place}", f"loc-{place}", "111122223333", "eu-west-1", scope, ROLE, live=False)
        for place, scope in enumerate(scopes)
    ]


def outline(locations: Sequence[Registered], states: Mapping[str, State] | None = None) -> list[str]:
    """Give the lines below the Region, each with two blanks for every one that it is inside."""
    nodes = drawn(locations, states or {}).nodes
    depths: list[int] = []
    for node in nodes:
        depths.append(depths[node.parent] + 1 if node.parent >= 0 else 0)
    return [f"{'  ' * (depth - 2)}{node.label}" for node, depth in zip(nodes, depths, strict=True) if depth > 1]


@pytest.mark.parametrize(
    ("scopes", "lines"),
    [
        pytest.param(["s3://b/a/*"], ["b/", "  a/*"], id="one"),
        pytest.param(["s3://b/*", "s3://b"], ["b/*", "  loc-0", "  loc-1"], id="one bucket written twice"),
        pytest.param(["s3://b/fin*", "s3://b/finance/x/*"], ["b/", "  fin*", "    finance/x/*"], id="a part of a name"),
        pytest.param(["s3://b/a/x/*", "s3://b/a/y/*"], ["b/", "  a/", "    x/*", "    y/*"], id="a folder in common"),
        pytest.param(["s3://b/ab/*", "s3://b/ac/*"], ["b/", "  ab/*", "  ac/*"], id="a letter in common"),
        pytest.param(["s3://b/a/*", "s3://b-c/a/*"], ["b/", "  a/*", "b-c/", "  a/*"], id="two buckets"),
        pytest.param(["s3://", "s3://b/*"], ["s3://", "  b/*"], id="every bucket covers"),
        pytest.param(["s3://b/a/*", "", "s3://*/"], ["b/", "  a/*", "", "  loc-1", "  loc-2"], id="no scope"),
        pytest.param(["s3://b/a//b*", "s3://b/a/*"], ["b/", "  a/*", "    /b*"], id="an empty segment"),
    ],
)
def test_outline(scopes: list[str], lines: list[str]) -> None:
    """A location stands inside what covers it; folders are lines of their own only where the map branches."""
    assert outline(a_map(*scopes)) == lines


@pytest.mark.parametrize(
    ("scopes", "covered"),
    [
        pytest.param(["s3://b/fin*", "s3://b/finance/*"], [-1, 0], id="no boundary of a segment"),
        pytest.param(["s3://b/fin/*", "s3://b/finance/*"], [-1, -1], id="a boundary"),
        pytest.param(["s3://b/a/b/*", "s3://b/*", "s3://b/a/*"], [2, -1, 1], id="the closest one"),
        pytest.param(["s3://", "s3://b/a/*"], [-1, 0], id="every bucket"),
        pytest.param(["s3://b/a/*", "s3://c/a/b/*"], [-1, -1], id="another bucket"),
        pytest.param(["", "s3://b/*"], [-1, -1], id="not known"),
    ],
)
def test_covered(scopes: list[str], covered: list[int]) -> None:
    """A location is covered by the closest one around it."""
    assert [one.by for one in drawn(a_map(*scopes), {}).covered] == covered


def test_twins() -> None:
    """The same scope is found however it is written; another account or Region has scopes of its own."""
    here = a_map("s3://b/a*", "s3://b/a", "s3://b/a/")
    there = [Registered("urn:9", "there", "444455556666", "eu-west-1", "s3://b/a", ROLE, live=False)]

    assert [one.twins for one in drawn([*here, *there], {}).covered] == [(1,), (0,), (), ()]


def test_sums() -> None:
    """A part of the map is as bad as the worst in it, and only green when all of it was judged."""
    locations = a_map("s3://b/a/x/*", "s3://b/a/y/*", "s3://c/*", "s3://d/*", "s3://d/e/*")
    states = {"urn:0": State.FAIL, "urn:1": State.PASS, "urn:2": State.PASS, "urn:3": State.PASS}

    found = {node.label: (node.state, node.count) for node in drawn(locations, states).nodes if node.kind > Kind.REGION}

    assert found == {
        "b/": (State.FAIL, 2),
        "a/": (State.FAIL, 2),
        "x/*": (State.FAIL, 1),
        "y/*": (State.PASS, 1),
        "c/*": (State.PASS, 1),
        "d/*": (State.NONE, 2),
        "e/*": (State.NONE, 1),
    }


def test_deep() -> None:
    """A thousand scopes, each inside the one before, are no trouble."""
    lines = outline(a_map(*(f"s3://b/{'a/' * depth}*" for depth in range(1, 999))))

    assert len(lines) == 999
    assert lines[-1].endswith("  a/*")


def test_not_applicable_judges_nothing(sample: Report) -> None:
    """A location that no rule applies to has no state, and a rule that does not apply makes none worse."""
    worst = worst_by_urn(sample.findings)
    silent = next(one for one in sample.findings if one.outcome is Outcome.NOT_APPLICABLE)

    assert silent.resource.urn not in worst
    assert {urn.rpartition("::")[2]: state for urn, state in worst.items()} == {
        "everything": State.FAIL,
        "finance": State.FAIL,
        "fin": State.FAIL,
        "later": State.UNKNOWN,
        "hr-two": State.WAIVED,
        "lake": State.KNOWN,
        "finance-eu": State.PASS,
        "hr-one": State.PASS,
        "raw": State.PASS,
        "clean": State.PASS,
    }
