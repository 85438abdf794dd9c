"""AGL-02: a scope is one that S3 takes; tests of the single complaints are those of scopes.faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Broken, Outcome, Passed
from grantgate_policies.rules.agl02_scope_valid import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = "s3://a-bucket/" + "x" * (2000 - len("s3://a-bucket/"))


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        pytest.param("s3://", "", id="the default location is well formed"),
        pytest.param("s3://abc", "", id="the shortest bucket"),
        pytest.param("s3://a-bucket/x*", "", id="a prefix inside a segment is another rule's"),
        pytest.param(LONGEST, "", id="2,000 characters"),
        pytest.param(LONGEST + "x", "scope has 2001 characters, S3 takes at most 2000", id="2,001 characters"),
        pytest.param(
            "", "scope is empty; 's3://' and a bucket must follow, or 's3://' alone for every bucket", id="empty"
        ),
        pytest.param(
            "S3://Ab/x?y",
            "scheme 'S3://' is not lower-case 's3://'; bucket 'Ab' has 2 characters, S3 takes 3 to 63; bucket 'Ab' has "
            "'A', and only a-z, 0-9, '.' and '-' may stand in a bucket name; prefix 'x?y' has '?', and a scope takes "
            "no query",
            id="four faults at once",
        ),
        pytest.param("https://x", "'https://x' does not begin with 's3://'", id="another scheme"),
    ],
)
def test_scopes(a_location: Callable[..., Any], a_context: Callable[..., Any], scope: str, message: str) -> None:
    """Every fault is told at once, in the order of reading."""
    verdict = RULE.judge(a_location(location_scope=scope), a_context(RULE))

    if message:
        assert verdict == Broken("locationScope", scope, "s3://, s3://bucket or s3://bucket/prefix/*", message)
    else:
        assert verdict == Passed()


@pytest.mark.parametrize(
    ("scope", "outcome", "blocks", "message"),
    [
        pytest.param("s3://a-bucket/*", Outcome.PASS, False, "", id="valid"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, True, "locationScope is not known in this preview", id="unknown"),
        pytest.param({"a": 1}, Outcome.FAIL, True, "locationScope is a map, not text", id="an object"),
        pytest.param(False, Outcome.FAIL, True, "locationScope is a boolean, not text", id="false is not nothing"),
        pytest.param("", Outcome.FAIL, True, None, id="an empty text is no hole"),
    ],
)
def test_each_type(
    found: Callable[..., Any],
    location_props: Callable[..., Any],
    location_type: str,
    scope: Any,
    outcome: Outcome,
    message: str | None,
    *,
    blocks: bool,
) -> None:
    """What is not known blocks by default, what is not text fails."""
    finding = found(RULE, location_type, location_props(locationScope=scope))

    assert (finding.outcome, finding.blocks) == (outcome, blocks)
    assert message is None or finding.message == message
