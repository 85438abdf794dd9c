"""The engine's wire: secrets unwrapped and remembered, unknowns marked, the pickled provider never read."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from grantgate_policies.core import UNKNOWN
from grantgate_policies.wire import OUTPUT, SECRET, SIGNATURE, UNKNOWNS, from_struct, plain, resource

TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def secret(value: Any) -> dict[str, Any]:
    return {SIGNATURE: SECRET, "value": value}


def output(**members: Any) -> dict[str, Any]:
    return {SIGNATURE: OUTPUT, **members}


@pytest.mark.parametrize(
    ("value", "expected", "is_secret"),
    [
        pytest.param("s3://b", "s3://b", False, id="text"),
        pytest.param("", "", False, id="an empty text"),
        pytest.param(None, None, False, id="null"),
        pytest.param(0, 0, False, id="zero"),
        pytest.param(False, False, False, id="false"),
        pytest.param([], [], False, id="an empty list"),
        pytest.param({}, {}, False, id="an empty object"),
        pytest.param(TEXT, UNKNOWN, False, id="unknown"),
        pytest.param(f"{TEXT}!", f"{TEXT}!", False, id="more than the mark of an unknown"),
        pytest.param(["a", TEXT], ["a", UNKNOWN], False, id="an unknown in a list"),
        pytest.param({"a": {"b": TEXT}}, {"a": {"b": UNKNOWN}}, False, id="an unknown below"),
        pytest.param("[secret]", UNKNOWN, True, id="masked"),
        pytest.param(secret("x"), "x", True, id="a secret"),
        pytest.param(secret(secret("x")), "x", True, id="a secret in a secret"),
        pytest.param(secret(TEXT), UNKNOWN, True, id="an unknown secret"),
        pytest.param(secret(None), None, True, id="a secret that is null"),
        pytest.param({SIGNATURE: SECRET, "ciphertext": "v1:x"}, UNKNOWN, True, id="a ciphertext"),
        pytest.param({SIGNATURE: SECRET}, UNKNOWN, True, id="a secret without a value"),
        pytest.param({SIGNATURE: SECRET, "plaintext": '"x"'}, "x", True, id="a secret that an export shows"),
        pytest.param(
            {SIGNATURE: SECRET, "plaintext": f'"{TEXT}"'}, UNKNOWN, True, id="an unknown that an export shows"
        ),
        pytest.param({SIGNATURE: SECRET, "plaintext": "x"}, UNKNOWN, True, id="a plaintext that is no JSON"),
        pytest.param({SIGNATURE: SECRET, "plaintext": 7}, UNKNOWN, True, id="a plaintext that is no text"),
        pytest.param(secret({"a": [TEXT, "x"]}), {"a": [UNKNOWN, "x"]}, True, id="a secret object"),
        pytest.param([["a", secret("x")]], [["a", "x"]], True, id="a secret deep in a list"),
        pytest.param({"a": {"b": secret("x")}}, {"a": {"b": "x"}}, True, id="a secret deep in an object"),
        pytest.param(output(value="x"), "x", False, id="an output"),
        pytest.param(output(), UNKNOWN, False, id="an output without a value"),
        pytest.param(output(value="x", secret=True), "x", True, id="a secret output"),
        pytest.param(output(value=secret("x"), secret=False), "x", True, id="an output of a secret"),
        pytest.param(output(secret=True), UNKNOWN, True, id="an unknown secret output"),
        pytest.param({SIGNATURE: "other", "value": "x"}, {SIGNATURE: "other", "value": "x"}, False, id="another mark"),
        pytest.param({"a": {"__provider": "gASV"}}, {"a": {}}, False, id="a pickled provider below"),
    ],
)
def test_plain(value: Any, expected: Any, *, is_secret: bool) -> None:
    """One pass tells the value and whether a secret was in it."""
    assert plain(value) == (expected, is_secret)


@pytest.mark.parametrize("text", sorted(UNKNOWNS))
def test_every_kind_of_unknown(text: str) -> None:
    """All seven marks of the wire are unknowns, in outputs and secrets too."""
    assert plain([text, output(value=text), secret(text)]) == ([UNKNOWN] * 3, True)
    assert len(UNKNOWNS) == 7


def test_from_struct() -> None:
    """A protobuf Struct comes as plain JSON without the pickled provider, at whatever depth."""
    struct = Struct()
    content = {"a": "x", "n": 1.5, "t": True, "z": None, "l": [{"__provider": "p", "k": []}], "__provider": "gASV"}
    struct.update(content)

    assert from_struct(struct) == {"a": "x", "n": 1.5, "t": True, "z": None, "l": [{"k": []}]}
    assert from_struct(Struct()) == {}


def test_a_value_without_a_kind_is_nothing() -> None:
    """A protobuf value that says nothing is null, not an empty text."""
    struct = Struct()
    struct.fields["a"].SetInParent()

    assert from_struct(struct) == {"a": None}


def test_resource() -> None:
    """Secrets are remembered by property, wherever below it they lie; what is secret in the provider's is not known."""
    made = resource(
        urn="urn:x",
        resource_type="a:b:C",
        name="x",
        props={"open": "1", "deep": {"a": [secret("2")]}, "late": TEXT, "__provider": secret("gASV")},
        provider_props={"region": secret("eu-west-1"), "profile": TEXT},
        secret_names=["named"],
    )

    assert made.props == {"open": "1", "deep": {"a": ["2"]}, "late": UNKNOWN}
    assert made.secret_props == {"deep", "named"}
    assert made.provider_props == {"region": UNKNOWN, "profile": UNKNOWN}
    assert "gASV" not in repr(made)
