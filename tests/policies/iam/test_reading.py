"""Policies are read as strictly as IAM reads them, and what is not known yet stays marked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from grantgate_policies.core import ABSENT, UNKNOWN, Malformed, Missing
from grantgate_policies.iam import (
    Condition,
    Document,
    Principals,
    Statement,
    Words,
    allowing,
    denied,
    read,
    restricted,
)
from hypothesis import given, settings
from hypothesis import strategies as st

CAREFUL = settings(derandomize=True, deadline=None, max_examples=400)
TRUST = {"Effect": "Allow", "Principal": {"Service": "s"}, "Action": "sts:AssumeRole"}
KEY = "aws:SourceArn"


def with_condition(block: Any) -> dict[str, Any]:
    return {"Statement": {**TRUST, "Condition": block}}


def conditions(block: Any) -> tuple[Condition, ...]:
    found = read(with_condition(block))
    assert isinstance(found, Document)
    return found.statements[0].conditions


def test_the_whole_of_a_statement() -> None:
    """Every element is kept, in text and decoded alike."""
    source = {
        "Sid": "One",
        **TRUST,
        "Principal": {"Service": ["s", "t"], "AWS": "111122223333", "Federated": "f", "CanonicalUser": "c"},
        "NotResource": ["b"],
        "Condition": {"ForAnyValue:stringequalsIFEXISTS": {"AWS:SourceArn": [True, 1, 1.5, "x"]}},
    }
    value = {"Version": "2012-10-17", "Id": "trust", "Statement": [source]}
    expected = Document(
        (
            Statement(
                index=0,
                sid="One",
                effect="Allow",
                principals=Principals(
                    aws=("111122223333",), services=("s", "t"), federated=("f",), canonical=("c",), given=True
                ),
                actions=Words(("sts:AssumeRole",), given=True, ignore_case=True),
                resources=Words(("b",), negated=True, given=True),
                conditions=(
                    Condition(
                        operator="StringEquals",
                        quantifier="ForAnyValue",
                        if_exists=True,
                        key="AWS:SourceArn",
                        values=("true", "1", "1.5", "x"),
                    ),
                ),
                settled=True,
                source=source,
            ),
        ),
        settled=True,
    )

    assert read(value) == read(json.dumps(value)) == expected
    assert str(expected.statements[0].conditions[0]) == "ForAnyValue:StringEqualsIfExists"


@pytest.mark.parametrize("value", [UNKNOWN, ABSENT])
def test_missing_stays_missing(value: Missing) -> None:
    """What is not known, or not there, is not read."""
    assert read(value) is value


@pytest.mark.parametrize(
    ("value", "count"),
    [
        pytest.param({"Statement": []}, 0, id="no statements"),
        pytest.param({"Statement": TRUST}, 1, id="one, not in a list"),
        pytest.param({"Statement": (TRUST, TRUST)}, 2, id="a tuple"),
        pytest.param({"Version": "2008-10-17", "Statement": [TRUST]}, 1, id="the old version"),
        pytest.param({"Version": None, "Id": None, "Statement": [{**TRUST, "Condition": None}]}, 1, id="null elements"),
    ],
)
def test_shapes(value: Any, count: int) -> None:
    """A statement may stand alone, and a list of them may be empty."""
    found = read(value)

    assert isinstance(found, Document)
    assert len(found.statements) == count
    assert found.settled


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param(None, "null", id="null"),
        pytest.param(7, "number", id="a number"),
        pytest.param(True, "boolean", id="true"),
        pytest.param([TRUST], "list", id="a list"),
        pytest.param(b"{}", "value", id="bytes"),
        pytest.param("", "text that is empty", id="empty"),
        pytest.param(" \n", "text that is empty", id="blank"),
        pytest.param("{", "text that is not JSON", id="cut off"),
        pytest.param("'", "text that is not JSON", id="no JSON"),
        pytest.param('"{}"', "text", id="JSON in JSON"),
        pytest.param("[]", "list", id="a list in text"),
        pytest.param("1" * 5_000, None, id="a number in text"),
        pytest.param('{"Statement": NaN}', "text that is not JSON", id="no number"),
        pytest.param('{"Statement": [], "Statement": []}', "text in which a key stands twice", id="a repeated key"),
        pytest.param(
            '{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"Null": {"k": "true", "k": "false"}}}}',
            "text in which a key stands twice",
            id="a repeated condition",
        ),
        pytest.param("[" * 100_000, "text that nests too deep", id="deep text"),
        pytest.param('{"Statement":' * 40 + "1" + "}" * 40, "document that nests too deep", id="rather deep text"),
        pytest.param(" " * 350_001, "text of more than 350,000 characters", id="long text"),
        pytest.param({}, "document without a Statement", id="an empty document"),
        pytest.param({"Statement": None}, "document without a Statement", id="a null statement"),
        pytest.param({"statement": []}, "document with an element that IAM does not know", id="small letters"),
        pytest.param({1: 2}, "map with a key that is no text", id="a numeric key"),
        pytest.param(
            {"Version": "2012-10-18", "Statement": []},
            "document whose Version is neither 2012-10-17 nor 2008-10-17",
            id="another version",
        ),
        pytest.param(
            {"Version": ["2012-10-17"], "Statement": []},
            "document whose Version is neither 2012-10-17 nor 2008-10-17",
            id="a list of versions",
        ),
        pytest.param({"Id": 1, "Statement": []}, "document whose Id is no text", id="a numeric id"),
        pytest.param({"Statement": ["x"]}, "statement that is no map", id="a statement of text"),
        pytest.param({"Statement": [[TRUST]]}, "statement that is no map", id="a list in the list"),
    ],
)
def test_malformed_documents(value: Any, kind: str | None) -> None:
    """What is no policy is told by its kind, never by its value."""
    found = read(value)

    assert isinstance(found, Malformed)
    assert kind is None or found.kind == kind


@pytest.mark.parametrize(
    ("elements", "kind"),
    [
        pytest.param({"Effect": "allow"}, "whose Effect is neither 'Allow' nor 'Deny'", id="small letters"),
        pytest.param({"Effect": None}, "whose Effect is neither 'Allow' nor 'Deny'", id="no effect"),
        pytest.param({"Effect": ["Allow"]}, "whose Effect is neither 'Allow' nor 'Deny'", id="a list of effects"),
        pytest.param({"Sid": 1}, "whose Sid is no text", id="a numeric Sid"),
        pytest.param({"Action": None}, "without an Action", id="no action"),
        pytest.param({"Action": 1}, "whose Action is no text", id="a numeric action"),
        pytest.param({"Action": [None]}, "whose Action is no text", id="a null action"),
        pytest.param({"NotAction": "x"}, "with both Action and NotAction", id="both actions"),
        pytest.param({"NotPrincipal": "*"}, "with both Principal and NotPrincipal", id="both principals"),
        pytest.param({"Resource": "x", "NotResource": "y"}, "with both Resource and NotResource", id="both resources"),
        pytest.param({"Principal": "s"}, "whose Principal is neither '*' nor a map", id="a principal of text"),
        pytest.param({"Principal": ["*"]}, "whose Principal is neither '*' nor a map", id="a list of principals"),
        pytest.param({"Principal": {}}, "whose Principal names nobody", id="nobody"),
        pytest.param({"Principal": {"AWS": None}}, "whose Principal names nobody", id="null"),
        pytest.param({"Principal": {"AWS": 111122223333}}, "whose Principal is no text", id="a numeric account"),
        pytest.param({"Condition": []}, "whose Condition is no map", id="a list of conditions"),
        pytest.param({"Condition": {"Null": "k"}}, "whose Condition has an operator that is no map", id="no key"),
        pytest.param({"Condition": {"Null": {"k": None}}}, "whose Condition has a value that is no text", id="null"),
        pytest.param({"Condition": {"Null": {"k": {}}}}, "whose Condition has a value that is no text", id="a map"),
        pytest.param({"Condition": {"Null": {"k": [[]]}}}, "whose Condition has a value that is no text", id="lists"),
        pytest.param(
            {"Condition": {"Null": {"k": float("inf")}}}, "whose Condition has a value that is no text", id="infinity"
        ),
        pytest.param(
            {"Condition": {"Null": {"k": 10**5_000}}}, "whose Condition has a value that is no text", id="huge"
        ),
        pytest.param(
            {"Condition": {"Null": {"k": "true", "K": "false"}}},
            "whose Condition names a key twice under one operator",
            id="one key in two spellings",
        ),
        pytest.param(
            {"Condition": {"Null": {"k": "true"}, "null": {"k": "false"}}},
            "whose Condition names an operator twice",
            id="one operator in two spellings",
        ),
    ],
)
def test_malformed_statements(elements: dict[str, Any], kind: str) -> None:
    """What IAM would refuse, or could take in two ways, is not read."""
    assert read({"Statement": {**TRUST, **elements}}) == Malformed(f"statement {kind}")


def test_elements_that_are_not_known() -> None:
    """A misspelt element would leave its meaning out."""
    kind = "with an element that IAM does not know"
    assert read({"Statement": {**TRUST, "Conditions": {}}}) == Malformed(f"statement {kind}")
    assert read({"Statement": {**TRUST, "Principal": {"Services": "s"}}}) == Malformed(f"Principal {kind}")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        pytest.param("StringEquals", ("StringEquals", "", False, True), id="as AWS spells it"),
        pytest.param("STRINGEQUALSIFEXISTS", ("StringEquals", "", True, True), id="capitals"),
        pytest.param("forallvalues:arnlike", ("ArnLike", "ForAllValues", False, True), id="small letters"),
        pytest.param("ForAnyValue:NotIpAddress", ("NotIpAddress", "ForAnyValue", False, True), id="a quantifier"),
        pytest.param("null", ("Null", "", False, True), id="null"),
        pytest.param("NullIfExists", ("NullIfExists", "", False, False), id="null has no IfExists"),
        pytest.param("ForAllValues:Null", ("ForAllValues:Null", "", False, False), id="null has no quantifier"),
        pytest.param("StringMatches", ("StringMatches", "", False, False), id="no operator"),
        pytest.param("ForSome:Bool", ("ForSome:Bool", "", False, False), id="no quantifier"),
        pytest.param(":Bool", (":Bool", "", False, False), id="an empty quantifier"),
        pytest.param("IfExists", ("IfExists", "", False, False), id="a suffix alone"),
        pytest.param("BoolIfExistsIfExists", ("BoolIfExistsIfExists", "", False, False), id="a suffix twice"),
        pytest.param("", ("", "", False, False), id="empty"),
    ],
)
def test_operators(written: str, told: tuple[str, str, bool, bool]) -> None:
    """Operators are known in any letter case, and kept as written when they are not."""
    (found,) = conditions({written: {KEY: "x"}})

    assert (found.operator, found.quantifier, found.if_exists, found.known_operator) == told


@pytest.mark.parametrize(
    ("block", "key", "values"),
    [
        pytest.param({"ArnLike": {KEY: [UNKNOWN, "x"]}}, KEY, ("x",), id="a value"),
        pytest.param({"ArnLike": {KEY: UNKNOWN}}, KEY, (), id="all values"),
        pytest.param({"ArnLike": UNKNOWN}, "", (), id="an operator's keys"),
        pytest.param(UNKNOWN, "", (), id="everything"),
    ],
)
def test_unknown_conditions(block: Any, key: str, values: tuple[str, ...]) -> None:
    """What is not known yet leaves a mark where it stands."""
    (found,) = conditions(block)

    assert (found.key, found.values, found.unknown) == (key, values, True)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Statement": UNKNOWN}, id="the statements"),
        pytest.param({"Statement": [UNKNOWN]}, id="a statement"),
        pytest.param({"Statement": [{**TRUST, "Effect": UNKNOWN}]}, id="an effect"),
        pytest.param({"Statement": [{**TRUST, "Sid": UNKNOWN}]}, id="a Sid"),
        pytest.param({"Statement": [{**TRUST, "Action": [UNKNOWN]}]}, id="an action"),
        pytest.param({"Statement": [{**TRUST, "Principal": UNKNOWN}]}, id="a principal"),
        pytest.param({"Statement": [{**TRUST, "Principal": {"AWS": [UNKNOWN]}}]}, id="an ARN"),
        pytest.param({"Statement": [{**TRUST, "Resource": UNKNOWN}]}, id="a resource"),
        pytest.param(with_condition({"Null": {"k": UNKNOWN}}), id="a condition's value"),
    ],
)
def test_unknown_members(value: Any) -> None:
    """A document with anything unknown inside is read and not settled, and so is the statement that holds it."""
    found = read(value)

    assert isinstance(found, Document)
    (statement,) = found.statements
    assert not found.settled
    assert not statement.settled


@pytest.mark.parametrize("value", [{"Version": UNKNOWN, "Statement": [TRUST]}, {"Id": UNKNOWN, "Statement": [TRUST]}])
def test_unknown_elements_of_the_document(value: Any) -> None:
    """They unsettle the document and no statement."""
    found = read(value)

    assert isinstance(found, Document)
    assert (found.settled, found.statements[0].settled) == (False, True)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["Allow", "*", "sts:*", "${aws:x}"])
    | st.sampled_from([UNKNOWN, ABSENT])
)
NAMES = st.sampled_from(
    [
        *("Version", "Id", "Statement", "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "Condition", "AWS", "Service", "StringEquals", "ForAllValues:ArnLikeIfExists", "Null"),
        *(KEY, "x", ""),
    ]
)
ANYTHING = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny", UNKNOWN]), "Action": ANYTHING},
    optional={"Principal": ANYTHING, "NotPrincipal": ANYTHING, "Resource": ANYTHING, "Condition": ANYTHING},
)


def use(found: Document | Missing | Malformed) -> None:
    """Ask everything that can be asked of what was read."""
    if isinstance(found, Malformed):
        assert found.kind
    if not isinstance(found, Document):
        return
    assert found.settled is all(one.settled for one in found.statements) or not found.settled
    denied(found, "sts:AssumeRole", service="s")
    for one in (*found.statements, *allowing(found, "sts:AssumeRole", service="s", aws="111122223333")):
        restricted(one, KEY)
        for words in (one.actions, one.resources):
            words.matches("a")
            words.touches("*")
            words.within(["*"])


@CAREFUL
@given(st.one_of(ANYTHING, st.builds(lambda one: {"Statement": one}, STATEMENTS | st.lists(STATEMENTS, max_size=3))))
def test_no_value_raises(value: Any) -> None:
    """Whatever is given is read, or told to be Malformed."""
    use(read(value))


@CAREFUL
@given(st.text(max_size=40) | ANYTHING.map(lambda value: json.dumps(value, default=str)))
def test_no_text_raises(text: str) -> None:
    """So is every text."""
    use(read(text))
