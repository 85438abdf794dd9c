"""
What conditions are said to prove, against requests: an evaluator of its own decides which ones satisfy them.

The evaluator knows a request as the values of each key. A key without a set operator that has several values counts as
satisfied when one of them is, which is the weakest reading.
"""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN
from grantgate_policies.iam import Condition, Document, Statement, matches, read, restricted
from hypothesis import example, given, settings
from hypothesis import strategies as st

CAREFUL = settings(derandomize=True, deadline=None, max_examples=800)

ARN, ACCOUNT, PROVIDERS = "aws:SourceArn", "aws:SourceAccount", "sts:RequestContextProviders"
INSTANCE = "arn:aws:s3:eu-west-1:111122223333:access-grants/default"
LIKE = "arn:aws:s3:*:111122223333:access-grants/default"
CENTER = "arn:aws:iam::aws:contextProvider/IdentityCenter"


def statement(block: Any) -> Statement:
    found = read({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": block}})
    assert isinstance(found, Document)
    return found.statements[0]


# --- the evaluator ----------------------------------------------------------------------------------------------------

Request = dict[str, tuple[str, ...]]

TEXTS = ["a", "b", "A", "ab", "1", "true", "*", "a:a:a:a:a:b", "a:a:a:a:a:b:c", "a:a:b:b:a:b"]
PATTERNS = [*TEXTS, "a*", "?", "a:a:*:a:b", "a:a:*:a:a:b*", "*:a:a:a:a:b", "${aws:x}", "${*}", "1.0", "TRUE"]


def like(pattern: str, text: str) -> bool:
    wanted = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    return re.fullmatch(wanted, text, re.DOTALL) is not None


def arn_like(pattern: str, text: str) -> bool:
    parts, texts = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(texts) == 6 and all(map(like, parts, texts))


def number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"[0-9.]+", text) else None


def meets(operator: str, value: str, text: str) -> bool:
    """Say whether one value of a request meets one value of a condition; a variable takes the text it is held to."""
    value = {"${aws:x}": text, "${*}": "*"}.get(value, value)
    if operator == "StringEquals":
        return value == text
    if operator == "StringEqualsIgnoreCase":
        return value.lower() == text.lower()
    if operator == "StringLike":
        return like(value, text)
    if operator in ("ArnEquals", "ArnLike"):
        return arn_like(value, text)
    if operator == "Bool":
        return value.lower() in ("true", "false") and value.lower() == text
    if operator == "NumericEquals":
        return number(value) is not None and number(value) == number(text)
    assert operator == "NumericGreaterThan"
    return (number(text) or 0) > (number(value) or 0)


OPPOSITES = {
    "StringNotEquals": "StringEquals",
    "StringNotLike": "StringLike",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}
OPERATORS = [
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "ArnEquals",
    "ArnLike",
    "Bool",
    "NumericEquals",
    "NumericGreaterThan",
    *OPPOSITES,
]


def satisfied(condition: Condition, request: Request) -> bool:
    texts = request.get(condition.key.lower())
    if condition.operator == "Null":
        return ("true" if texts is None else "false") in [value.lower() for value in condition.values]
    opposite = OPPOSITES.get(condition.operator)

    def one_meets(text: str) -> bool:
        if opposite:
            return not any(meets(opposite, value, text) for value in condition.values)
        return any(meets(condition.operator, value, text) for value in condition.values)

    if texts is None:
        if condition.quantifier == "ForAnyValue":
            return condition.if_exists
        return condition.if_exists or condition.quantifier == "ForAllValues" or opposite is not None
    return all(map(one_meets, texts)) if condition.quantifier == "ForAllValues" else any(map(one_meets, texts))


SETS: list[tuple[str, ...] | None] = [None, *((text,) for text in TEXTS), *combinations(TEXTS, 2)]
WRITTEN = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(OPERATORS),
    st.sampled_from(["", "", "IfExists"]),
) | st.just("Null")
VALUES = st.lists(st.sampled_from(PATTERNS), min_size=0, max_size=3)
BLOCKS = st.dictionaries(WRITTEN, st.dictionaries(st.sampled_from(["k", "other"]), VALUES, max_size=2), max_size=3)
GUARDS = st.sampled_from([None, "true", "false", ["true", "false"], False])


@CAREFUL
@example(block={"ForAnyValue:StringEquals": {"k": ["a"]}, "StringLike": {"k": ["b"]}}, guard=None)
@given(block=BLOCKS, guard=GUARDS)
def test_nothing_is_claimed_that_a_request_contradicts(block: dict[str, Any], guard: Any) -> None:
    """Each request that satisfies the conditions has the key, with a value that the restriction matches."""
    if guard is not None:
        block["Null"] = {"K": guard}
    here = statement(block)
    found = restricted(here, "k")
    if found.values is None:
        return
    assert not found.unknown
    for texts in SETS:
        for other in (None, ("a",), ("true",)):
            request = {key: value for key, value in {"k": texts, "other": other}.items() if value is not None}
            if all(satisfied(condition, request) for condition in here.conditions):
                assert texts is not None, block
                assert any(
                    matches(value, text) if found.wildcards else value == text
                    for value in found.values
                    for text in texts
                ), (block, texts)


@CAREFUL
@given(block=BLOCKS, guard=GUARDS, data=st.data())
def test_the_unknown_is_never_taken_for_settled(block: dict[str, Any], guard: Any, data: st.DataObject) -> None:
    """What a condition with an unknown value turns out to restrict was said to be unknown, or restricted before."""
    if guard is not None:
        block["Null"] = {"k": guard}
    places = [(operator, key) for operator, keys in block.items() for key in keys]
    if not places:
        return
    operator, key = data.draw(st.sampled_from(places))
    hidden = {name: {**keys, key: UNKNOWN} if name == operator else keys for name, keys in block.items()}

    before, after = restricted(statement(hidden), "k"), restricted(statement(block), "k")

    assert before.unknown or before.values is not None or after.values is None


# --- the table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "key", "values"),
    [
        pytest.param({}, ARN, None, id="no conditions"),
        pytest.param({"StringEquals": {ARN: INSTANCE}}, ARN, (INSTANCE,), id="a text"),
        pytest.param({"stringequals": {"AWS:SOURCEARN": [INSTANCE]}}, ARN, (INSTANCE,), id="another letter case"),
        pytest.param({"StringEquals": {ACCOUNT: 111122223333}}, ACCOUNT, ("111122223333",), id="a number"),
        pytest.param({"ArnEquals": {ARN: LIKE}}, ARN, (LIKE,), id="ArnEquals has wildcards"),
        pytest.param({"StringLike": {ARN: ["b", "a"]}}, ARN, ("a", "b"), id="several, sorted"),
        pytest.param({"StringEqualsIfExists": {ARN: INSTANCE}}, ARN, None, id="IfExists"),
        pytest.param(
            {"StringEqualsIfExists": {ARN: INSTANCE}, "Null": {ARN: False}}, ARN, (INSTANCE,), id="IfExists, guarded"
        ),
        pytest.param({"ForAllValues:ArnEquals": {PROVIDERS: CENTER}}, PROVIDERS, None, id="ForAllValues"),
        pytest.param(
            {"ForAllValues:ArnEquals": {PROVIDERS: CENTER}, "Null": {PROVIDERS: "false"}},
            PROVIDERS,
            (CENTER,),
            id="ForAllValues, guarded",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {PROVIDERS: CENTER}, "ForAnyValue:StringLike": {PROVIDERS: "*"}},
            PROVIDERS,
            (CENTER,),
            id="ForAllValues beside ForAnyValue",
        ),
        pytest.param(
            {"ForAllValues:ArnEquals": {PROVIDERS: CENTER}, "Null": {PROVIDERS: ["true", "false"]}},
            PROVIDERS,
            None,
            id="a guard that guards nothing",
        ),
        pytest.param({"Null": {ARN: "false"}}, ARN, None, id="presence alone"),
        pytest.param({"ForAnyValue:StringEquals": {PROVIDERS: CENTER}}, PROVIDERS, (CENTER,), id="ForAnyValue"),
        pytest.param({"StringNotEquals": {ARN: INSTANCE}}, ARN, None, id="a negation"),
        pytest.param({"StringEquals": {ARN: "${aws:PrincipalArn}"}}, ARN, None, id="a policy variable"),
        pytest.param({"StringEquals": {ARN: []}}, ARN, None, id="no values"),
        pytest.param({"StringMatches": {ARN: INSTANCE}}, ARN, None, id="no operator"),
        pytest.param({"StringEqualsIgnoreCase": {ACCOUNT: "1"}}, ACCOUNT, ("1",), id="no letters to fold"),
        pytest.param({"StringEqualsIgnoreCase": {ARN: INSTANCE}}, ARN, None, id="letters to fold"),
        pytest.param({"Bool": {"aws:SecureTransport": True}}, "aws:SecureTransport", ("true",), id="a boolean"),
        pytest.param({"Bool": {"aws:SecureTransport": "yes"}}, "aws:SecureTransport", None, id="no boolean"),
        pytest.param({"NumericEquals": {ACCOUNT: "1"}}, ACCOUNT, None, id="numbers are not compared as text"),
        pytest.param(
            {"ArnLike": {ARN: LIKE}, "StringEquals": {ARN: INSTANCE}}, ARN, (INSTANCE,), id="the narrower of two"
        ),
        pytest.param(
            {"StringEquals": {ARN: INSTANCE}, "ArnLike": {ARN: LIKE}}, ARN, (INSTANCE,), id="in the other order"
        ),
        pytest.param({"StringLike": {"k": "a*"}, "ArnLike": {"k": "*b"}}, "k", ("a*",), id="neither is narrower"),
        pytest.param({"StringEquals": {"k": "a*"}, "StringLike": {"k": "a*"}}, "k", ("a*",), id="a star that is one"),
        pytest.param(
            {
                "ForAllValues:StringEquals": {"k": ["a", "b"]},
                "ForAllValues:StringLike": {"k": ["b*", "c"]},
                "Null": {"k": "false"},
            },
            "k",
            ("b",),
            id="what both hold all values to",
        ),
        pytest.param(
            {"ForAnyValue:StringEquals": {"k": ["a"]}, "ForAllValues:StringEquals": {"k": ["b"]}},
            "k",
            (),
            id="a contradiction",
        ),
    ],
)
def test_restricted(block: Any, key: str, values: tuple[str, ...] | None) -> None:
    """A key is restricted where its presence and its values are proven."""
    found = restricted(statement(block), key)

    assert (found.values, found.unknown) == (values, False)


@pytest.mark.parametrize(
    ("block", "unknown"),
    [
        pytest.param(UNKNOWN, True, id="all conditions"),
        pytest.param({"StringEquals": UNKNOWN}, True, id="an operator"),
        pytest.param({"StringEquals": {ARN: UNKNOWN}}, True, id="a value"),
        pytest.param({"StringEquals": {ARN: [INSTANCE, UNKNOWN]}}, True, id="one of two values"),
        pytest.param({"StringEquals": {ACCOUNT: UNKNOWN}}, False, id="another key's value"),
        pytest.param({"StringEqualsIfExists": {ARN: UNKNOWN}}, False, id="IfExists proves nothing"),
        pytest.param({"StringNotEquals": {ARN: UNKNOWN}}, False, id="a negation proves nothing"),
        pytest.param({"StringEqualsIfExists": {ARN: INSTANCE}, "Null": {ARN: UNKNOWN}}, True, id="a guard"),
        pytest.param({"StringEqualsIfExists": {ARN: UNKNOWN}, "Null": {ARN: "false"}}, True, id="what is guarded"),
        pytest.param({"StringEquals": {ARN: INSTANCE}, "ArnLike": {ARN: UNKNOWN}}, False, id="beside a known one"),
    ],
)
def test_unknown(block: Any, *, unknown: bool) -> None:
    """A restriction is unknown when only a value that is not known yet can make it."""
    assert restricted(statement(block), ARN).unknown is unknown


@pytest.mark.parametrize(
    ("block", "key", "near"),
    [
        pytest.param({"StringEquals": {ARN: INSTANCE}}, ARN, [], id="what restricts is not near"),
        pytest.param({"StringEqualsIfExists": {ARN: INSTANCE}}, ARN, ["StringEqualsIfExists"], id="IfExists"),
        pytest.param({"Null": {ARN: "false"}, "ArnNotLike": {ARN: "x"}}, ARN, ["Null", "ArnNotLike"], id="both"),
        pytest.param({"StringMatches": {ARN: INSTANCE}}, ARN, ["StringMatches"], id="no operator"),
        pytest.param({"StringEquals": {ARN: "${aws:x}"}}, ARN, ["StringEquals"], id="a policy variable"),
        pytest.param(
            {"ForAnyValue:StringEquals": {"aws:RequestContextProvider": CENTER}},
            PROVIDERS,
            ["ForAnyValue:StringEquals"],
            id="another prefix and number",
        ),
        pytest.param({"StringEquals": {"aws:SourceAccountId": "1"}}, ACCOUNT, ["StringEquals"], id="too long"),
        pytest.param({"StringEquals": {"SourceArn": "1"}}, ARN, ["StringEquals"], id="no prefix"),
        pytest.param({"StringEquals": {ACCOUNT: "1", "aws:ResourceAccount": "1"}}, ARN, [], id="other keys"),
        pytest.param({"StringEquals": {"aws:ResourceAccount": "1"}}, ACCOUNT, [], id="a key that exists"),
    ],
)
def test_near(block: Any, key: str, near: list[str]) -> None:
    """Told are conditions that look like a restriction and are none."""
    assert [str(one) for one in restricted(statement(block), key).near] == near


@pytest.mark.parametrize("others", [20, 200], ids=["few enough to compare", "too many"])
def test_many_patterns(others: int) -> None:
    """Sets of patterns that are too large to compare are taken for no narrower than one of them."""
    block = {
        "StringLike": {ARN: ["arn:a", *(f"arn:{one}*" for one in range(others))]},
        "ForAllValues:StringLike": {ARN: ["arn:a", *(f"b{one}*{'x' * 10}" for one in range(others))]},
    }
    found = restricted(statement(block), ARN)

    assert found.values == (("arn:a",) if others == 20 else tuple(sorted(block["StringLike"][ARN])))
    assert found.wildcards


def test_many_texts() -> None:
    """Texts without wildcards are compared, however many there are."""
    block = {
        "StringEquals": {ARN: [f"arn:{one}" for one in range(5000)]},
        "ForAnyValue:StringEquals": {ARN: ["arn:7"]},
    }

    assert restricted(statement(block), ARN).values == ("arn:7",)


def test_wildcards_are_told() -> None:
    """Values are patterns where an operator reads wildcards."""
    assert restricted(statement({"ArnEquals": {ARN: LIKE}}), ARN).wildcards
    assert not restricted(statement({"StringEquals": {ARN: LIKE}}), ARN).wildcards
