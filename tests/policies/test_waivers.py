"""Waivers cover what every one of their keys matches, until the end of their last day."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from grantgate_policies.core import Resource
from grantgate_policies.patterns import scope_pattern
from grantgate_policies.role_patterns import role_pattern
from grantgate_policies.rules.agi02_instance_owner import RULE as OWNER
from grantgate_policies.rules.agl03_scope_allowed import RULE as SCOPE
from grantgate_policies.waivers import Match, Waiver, objections, waiver

URN = "urn:pulumi:prod::data::pulumi-python:dynamic/grantgate:AccessGrantsLocation::legacy-eu"
RESOURCE = Resource(urn=URN, type="pulumi-python:dynamic/grantgate:AccessGrantsLocation", name="legacy-eu", props={})
VALUES = {"account": "111122223333", "scope": "s3://acme-legacy/x/*", "role": None}
LAST = dt.date(2027, 1, 31)


def a_waiver(match: Match, rule: str = "scope-allowed") -> Waiver:
    return Waiver(rule, match, owner="data-platform", reason="moves in Q1", ticket="", expires=LAST, index=0)


def admits(pattern: str, value: str) -> bool:
    """Stand in for the pattern language."""
    if not value.startswith(("s3://", "arn:")):
        raise ValueError(f"{value!r} is neither")
    return value.startswith(pattern.rstrip("*"))


@pytest.mark.parametrize(
    ("match", "covered"),
    [
        pytest.param(Match(account="111122223333"), True, id="the account"),
        pytest.param(Match(account="11112222333*"), False, id="an account is no glob"),
        pytest.param(Match(scope="s3://acme-legacy/*"), True, id="a scope's pattern"),
        pytest.param(Match(scope="s3://acme-data/*"), False, id="another scope"),
        pytest.param(Match(role="*"), False, id="an unknown role"),
        pytest.param(Match(account="111122223333", role="*"), False, id="one of two unknown"),
        pytest.param(Match(account="111122223333", scope="s3://acme-data/*"), False, id="one of two differs"),
        pytest.param(Match(urn="*::legacy-*"), True, id="a URN's glob"),
        pytest.param(Match(urn="*::LEGACY-*"), False, id="case counts"),
        pytest.param(Match(resource="legacy-??"), False, id="a question mark is itself"),
        pytest.param(Match(resource="legacy-[a-z]*"), False, id="so are brackets"),
        pytest.param(Match(resource="legacy"), False, id="the whole name counts"),
        pytest.param(Match(), False, id="no key at all"),
    ],
)
def test_covers(match: Match, *, covered: bool) -> None:
    """Every key that is given must match a known value."""
    assert a_waiver(match).covers("scope-allowed", RESOURCE, VALUES, admits, admits) is covered


@pytest.mark.parametrize(
    ("name", "items"),
    [
        pytest.param("legacy-eu", {"legacy-eu[a]", "legacy-eu[b]"}, id="the list's own name is all of it"),
        pytest.param("legacy-eu[b]", {"legacy-eu[b]"}, id="one entry"),
        pytest.param("legacy-eu[*]", {"legacy-eu[a]", "legacy-eu[b]"}, id="every entry"),
        pytest.param("legacy-eu[c]", set(), id="an entry that is gone"),
    ],
)
def test_entries_of_a_list(name: str, items: set[str]) -> None:
    """A waiver of a whole list covers each of its entries, and is never one that silently does nothing."""
    exception = a_waiver(Match(resource=name))

    assert {
        item
        for item in ("legacy-eu[a]", "legacy-eu[b]")
        if exception.covers("scope-allowed", RESOURCE, {**VALUES, "item": item}, admits, admits)
    } == items


def test_another_rule() -> None:
    """A waiver is about one rule."""
    assert not a_waiver(Match(resource="*")).covers("role-allowed", RESOURCE, VALUES, admits, admits)


@pytest.mark.parametrize("value", [None, "", "not a scope"])
def test_unknown_is_never_waived(value: str | None) -> None:
    """A missing, empty or malformed value matches no pattern, not even one for everything."""
    everything = a_waiver(Match(scope="*"))

    assert not everything.covers("scope-allowed", RESOURCE, {"scope": value}, admits, admits)
    assert not everything.covers("scope-allowed", RESOURCE, {}, admits, admits)


def test_unknown_urn() -> None:
    """A resource without a URN is not waived by one."""
    nameless = Resource(urn="", type="t", name="n", props={})

    assert not a_waiver(Match(urn="*")).covers("scope-allowed", nameless, {}, admits, admits)


@pytest.mark.parametrize(
    ("today", "expired", "left"),
    [
        pytest.param(dt.date(2027, 1, 30), False, 1, id="the day before"),
        pytest.param(LAST, False, 0, id="the last day"),
        pytest.param(dt.date(2027, 2, 1), True, -1, id="the day after"),
    ],
)
def test_expiry(today: dt.date, *, expired: bool, left: int) -> None:
    """The last day still counts."""
    exception = a_waiver(Match(resource="x"))

    assert exception.is_expired(today) is expired
    assert exception.days_left(today) == left


@pytest.mark.parametrize(
    ("match", "message"),
    [
        pytest.param({"scope": "s3://acme/*"}, "", id="a bucket"),
        pytest.param(
            {"scope": "s3://*/"},
            "'s3://*/' names no bucket and no folder, and nothing narrower stands beside it",
            id="every bucket",
        ),
        pytest.param({"scope": "s3://*/", "urn": "*::x"}, "", id="every bucket, of one resource"),
        pytest.param(
            {"role": "arn:aws-*:iam::*:role/*"},
            "'arn:aws-*:iam::*:role/*' names no account, no path and no role, and nothing narrower stands beside it",
            id="every role of some partitions",
        ),
        pytest.param({"role": "arn:*:iam::*:role/*-x"}, "", id="a part of a name"),
        pytest.param(
            {"scope": "s3://{team}/*"},
            "'s3://{team}/*' has {team}, and a waiver takes no variables or captures",
            id="a capture, though it stands for anything",
        ),
        pytest.param(
            {"scope": "s3://{region}/*"},
            "'s3://{region}/*' has {region}, and a waiver takes no variables or captures",
            id="a variable, though it stands alone",
        ),
        pytest.param({"scope": 7}, "", id="no text, which the schema tells"),
        pytest.param({"account": "111122223333"}, "", id="no pattern at all"),
    ],
)
def test_objections(match: dict[str, Any], message: str) -> None:
    """A match names something, in texts and stars alone."""
    readers = {"scope": scope_pattern, "role": role_pattern}
    patterns = {key: readers[key](text) for key, text in match.items() if key in readers and isinstance(text, str)}

    assert [told for _, told, _ in objections(SCOPE, match, patterns)] == ([message] if message else [])
    assert [told for _, told, _ in objections(None, match, patterns)] == ([message] if message else [])


@pytest.mark.parametrize(("key", "text"), [("scope", "s3://acme/*"), ("role", "arn:aws:iam::*:role/x")])
def test_objections_by_what_the_rule_judges(key: str, text: str) -> None:
    """A key that no fact of the rule has never matches, whether or not its pattern could be read."""
    told = f"{text!r} never matches: what instance-owner-allowed judges has no {key}"

    assert list(objections(OWNER, {key: text}, {})) == [(key, told, "Match account, urn or resource.")]
    assert list(objections(SCOPE, {key: text}, {})) == []


def test_from_an_entry() -> None:
    """A file's entry becomes a waiver; what it leaves out is empty."""
    entry = {"rule": "r", "match": {"urn": "u"}, "owner": "o", "reason": "why", "expires": "2027-01-31"}

    made = waiver(entry, LAST, index=3, line=40)

    assert made == Waiver("r", Match(urn="u"), "o", "why", "", LAST, 3)
    assert made.line == 40
    assert made.match.to_json() == {"urn": "u"}
