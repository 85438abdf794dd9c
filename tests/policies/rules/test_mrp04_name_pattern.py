"""MRP-04: names are of S3's form and like an allowed pattern."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.mrp04_name_pattern import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from hypothesis import given, settings
from hypothesis import strategies as st

CLASSIC = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
NATIVE = "aws-native:s3:MultiRegionAccessPoint"
FORM = "3 to 50 characters a-z, 0-9 and '-', with a letter or digit at both ends"
ABSENT_NAME = object()


def judged(kind: str, props: dict[str, Any], allow: tuple[str, ...] = ("*",)) -> Finding:
    rules = {RULE.name: {"allow": list(allow)}} if allow else {}
    content = {"version": 1, "organization": {"name": "acme"}, "rules": rules}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props)
    (finding,) = Judge(book, "data-prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


def named(kind: str, name: Any) -> dict[str, Any]:
    flat = {} if name is ABSENT_NAME else {"name": name}
    return {"details": flat} if kind == CLASSIC else flat


@pytest.mark.parametrize("kind", [pytest.param(CLASSIC, id="classic"), pytest.param(NATIVE, id="native")])
@pytest.mark.parametrize(
    ("name", "allow", "outcome", "message"),
    [
        pytest.param("acme-global", ("acme-*",), Outcome.PASS, "", id="like the pattern"),
        pytest.param("acme-global", ("other", "acme-global"), Outcome.PASS, "", id="the name itself"),
        pytest.param("a1b", ("*",), Outcome.PASS, "", id="the shortest"),
        pytest.param("a" * 50, ("*",), Outcome.PASS, "", id="the longest"),
        pytest.param(
            "global", ("acme-*", "lake-*"), Outcome.FAIL, "name 'global' is not like 'acme-*', 'lake-*'", id="another"
        ),
        pytest.param(
            "acme-", ("acme-*",), Outcome.FAIL, f"name 'acme-' is not of the form that S3 takes: {FORM}", id="-"
        ),
        pytest.param("", ("*",), Outcome.FAIL, f"name '' is not of the form that S3 takes: {FORM}", id="empty"),
        pytest.param("ab", ("*",), Outcome.FAIL, f"name 'ab' is not of the form that S3 takes: {FORM}", id="too short"),
        pytest.param(
            "b" * 51, ("*",), Outcome.FAIL, f"name '{'b' * 51}' is not of the form that S3 takes: {FORM}", id="too long"
        ),
        pytest.param(
            "Acme-Global",
            ("Acme-*",),
            Outcome.FAIL,
            f"name 'Acme-Global' is not of the form that S3 takes: {FORM}",
            id="capitals, whatever the pattern says",
        ),
        pytest.param(
            "acme_eu", ("*",), Outcome.FAIL, f"name 'acme_eu' is not of the form that S3 takes: {FORM}", id="underscore"
        ),
        pytest.param(
            "acme\n", ("*",), Outcome.FAIL, f"name 'acme\\n' is not of the form that S3 takes: {FORM}", id="line break"
        ),
        pytest.param(UNKNOWN, ("*",), Outcome.UNKNOWN, "name is not known in this preview", id="unknown"),
        pytest.param(ABSENT_NAME, ("*",), Outcome.FAIL, "name is not set", id="absent"),
        pytest.param(7, ("*",), Outcome.FAIL, "name is a number, not text", id="a number"),
        pytest.param("x", (), Outcome.NOT_APPLICABLE, f"not configured: the rules file gives no allow for {RULE.name}"),
    ],
)
def test_names(kind: str, name: Any, allow: tuple[str, ...], outcome: Outcome, message: str) -> None:
    """The form is S3's, the pattern the organization's; the rule is advisory."""
    finding = judged(kind, named(kind, name), allow)

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, False)


@pytest.mark.parametrize("kind", [pytest.param(CLASSIC, id="classic"), pytest.param(NATIVE, id="native")])
@pytest.mark.parametrize(
    ("name", "observed", "expected"),
    [
        pytest.param(7, "number", "text", id="a number"),
        pytest.param(ABSENT_NAME, "nothing", "text", id="absent"),
        pytest.param("ab", "ab", FORM, id="too short"),
        pytest.param("global", "global", "a name like 'acme-*', 'lake-*'", id="another"),
        pytest.param(UNKNOWN, "", "", id="unknown"),
    ],
)
def test_what_is_told(kind: str, name: Any, observed: str, expected: str) -> None:
    """The finding names the property, what it holds and what it must."""
    finding = judged(kind, named(kind, name), ("acme-*", "lake-*"))

    assert finding.field == ("details" if kind == CLASSIC else "name")
    assert (finding.observed, finding.expected) == (observed, expected)


@pytest.mark.parametrize(
    ("props", "outcome"),
    [
        pytest.param({}, Outcome.FAIL, id="no details"),
        pytest.param({"details": UNKNOWN}, Outcome.UNKNOWN, id="unknown details"),
        pytest.param({"details": "acme"}, Outcome.FAIL, id="a text for details"),
        pytest.param({"name": "acme-global"}, Outcome.FAIL, id="the engine's own name is an output"),
    ],
)
def test_what_holds_the_name(props: dict[str, Any], outcome: Outcome) -> None:
    """A classic access point's name stands in its details."""
    assert judged(CLASSIC, props).outcome is outcome


NAMES = ["acme-global", "xyz", "x-" + "y" * 47 + "z", "x" * 51, "acme-\n"]
VALUES = st.recursive(
    st.sampled_from([*NAMES, None, True, UNKNOWN, 3, float("nan"), "acme-global", "ACME", "acme-", "xyz"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "regions"]), inner),
    max_leaves=6,
)


@given(
    st.sampled_from([CLASSIC, NATIVE]),
    st.dictionaries(st.sampled_from(["details", "name", "accountId"]), VALUES)
    | st.builds(lambda name: {"details": {"name": name}, "name": name}, VALUES),
)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_anything(kind: str, props: dict[str, Any]) -> None:
    """Whatever stands in the properties, the rule decides, and passes only names of S3's form that are allowed."""
    outcome = judged(kind, props, ("acme-*", "x*")).outcome

    assert outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN}
    if outcome is Outcome.PASS:
        name = props["details"]["name"] if kind == CLASSIC else props["name"]
        assert re.fullmatch(r"(acme-|x)[a-z0-9-]*[a-z0-9]", name)
        assert 3 <= len(name) <= 50
