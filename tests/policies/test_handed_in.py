"""Which class a pickled provider is, told without running a byte of it."""

from __future__ import annotations

import base64
import collections
import pickle
import sys
import types
from importlib import import_module
from pathlib import Path
from typing import Any

import dill
import pytest
from grantgate import _HOMES
from grantgate.instance import InstanceForPrefixLookup
from grantgate.kinds import LOCATION, LOOKUP_TYPES, OPERATION
from grantgate.location import LocationLookup
from grantgate.lookup import Lookup
from grantgate.operation import OperationLookup
from grantgate_policies.handed_in import CLASSES, LONGEST, PROVIDER, named_class, pickled, stand_in, stand_ins
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic.dynamic import serialize_provider

OURS = "grantgate.location.LocationLookup"
THEIRS = b"\x80\x03c%b\nLocationLookup\nq\x00)\x81q\x01."
PLAIN = serialize_provider(LocationLookup())


def text(pickled: bytes) -> str:
    return base64.b64encode(pickled).decode()


class Runs:
    """An object whose pickle calls what it was told."""

    def __init__(self, *call: Any) -> None:
        self.call = call

    def __reduce__(self) -> Any:
        return self.call


def with_state(**state: Any) -> LocationLookup:
    """Give a lookup of ours that brings attributes of its own, which would hide the class's."""
    lookup = LocationLookup()
    vars(lookup).update(state)
    return lookup


def of_the_program() -> Any:
    """Give an object of a class that only a program has: dill writes such a class down, code and all."""
    return type("Mine", (LocationLookup,), {"__module__": "__main__", "answer": "s3://anything/*"})()


@pytest.mark.parametrize("lookup", [LocationLookup(), InstanceForPrefixLookup(), OperationLookup()])
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_what_the_sdk_writes_is_named(lookup: Lookup, protocol: int) -> None:
    """Every release of Python names the class in one of these ways, and the SDK uses its default."""
    name = f"{type(lookup).__module__}.{type(lookup).__name__}"
    assert named_class(serialize_provider(lookup)) == name
    assert named_class(text(pickle.dumps(lookup, protocol=protocol))) == name
    assert named_class(text(dill.dumps(lookup, protocol=protocol, recurse=True))) == name


def test_every_lookup_of_the_release_has_its_class() -> None:
    """A lookup whose class is not in the table would fail for everybody, and one that is written wrong too."""
    found = {}
    for home in set(_HOMES.values()):
        module = import_module(home)
        for kind in vars(module).values():
            if (
                isinstance(kind, type)
                and issubclass(kind, Lookup)
                and kind.__module__ == home
                and hasattr(kind, "kind")
            ):
                found[kind.kind.type] = named_class(serialize_provider(kind()))
    assert found == CLASSES
    assert pickled(OURS) == PLAIN
    assert found.keys() == LOOKUP_TYPES.keys()


@pytest.mark.parametrize(
    "pickled",
    [
        pytest.param(pickle.dumps(Runs(print, ("run",))), id="a call"),
        pytest.param(pickle.dumps(Runs(LocationLookup, ())), id="our class, called"),
        pytest.param(pickle.dumps(LocationLookup), id="our class itself, no object of it"),
        pytest.param(pickle.dumps(with_state(kind="other")), id="an object with a state"),
        pytest.param(
            dill.dumps(with_state(check=types.FunctionType((lambda *_: None).__code__, {}))),
            id="an object with a method of its own",
        ),
        pytest.param(dill.dumps(of_the_program(), recurse=True), id="a class of the program, by value"),
        pytest.param(pickle.dumps([LocationLookup()]), id="a list of ours"),
        pytest.param(pickle.dumps((LocationLookup(), Runs(print, ("run",)))), id="ours beside a call"),
        pytest.param(pickle.dumps(collections.OrderedDict()), id="another class, called"),
        pytest.param(pickle.dumps(None), id="nothing"),
        pytest.param(pickle.dumps(OURS), id="its name as text"),
        pytest.param(pickle.dumps(LocationLookup()) + pickle.dumps(Runs(print, ())), id="two pickles"),
        pytest.param(pickle.dumps(LocationLookup()) + b"x", id="something behind"),
        pytest.param(pickle.dumps(LocationLookup())[:-1], id="cut short"),
        pytest.param(pickle.dumps(LocationLookup(), protocol=0), id="the first protocol, which calls"),
        pytest.param(b"cgrantgate.location\nLocationLookup\n)\x81}b.", id="an empty state"),
        pytest.param(b"cgrantgate.location\nLocationLookup\n(I1\nt\x81.", id="an argument"),
        pytest.param(b"cgrantgate.location\nLocationLookup\n)R.", id="a call by GLOBAL"),
        pytest.param(b"(igrantgate.location\nLocationLookup\n.", id="an instance by INST"),
        pytest.param(b"cos\nsystem\n0cgrantgate.location\nLocationLookup\n)\x81.", id="an import thrown away"),
        pytest.param(b"I1\n0cgrantgate.location\nLocationLookup\n)\x81.", id="a value thrown away"),
        pytest.param(b"cgrantgate.location\nLocationLookup.__init__\n)\x81.", id="an attribute of the class"),
        pytest.param(b"cgrantgate.location\nLocationLookup \n)\x81.", id="a blank behind the name"),
        pytest.param(b"c../grantgate\nLocationLookup\n)\x81.", id="no module's name"),
        pytest.param(b"\x82\x01)\x81.", id="an extension's code"),
        pytest.param(b"Pgrantgate\n.", id="a persistent id"),
        pytest.param(b"\x80\x04)\x93.", id="nothing to import"),
        pytest.param(b"cgrantgate.location\nLocationLookup\n)\x81.", id="without a protocol"),
        pytest.param(base64.b64decode(PLAIN).replace(b"\x95\x2c", b"\x95\x2b"), id="a frame that is too short"),
        pytest.param(base64.b64decode(PLAIN).replace(b"\x95\x2c", b"\x95\x2d"), id="a frame that is too long"),
        pytest.param(b"\x80\x00" + base64.b64decode(PLAIN), id="two protocols"),
        pytest.param(b"\x80\x04c" + b"g" * 300 + b"\nLocationLookup\n)\x81.", id="a long name"),
        pytest.param(b"", id="no bytes"),
        pytest.param(b".", id="a stop"),
    ],
)
def test_everything_else_is_named_by_nobody(pickled: bytes) -> None:
    """Only the plain reference is one; what might call, import or set anything else is not."""
    assert named_class(text(pickled)) is None


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("", id="nothing"),
        pytest.param("[secret]", id="masked"),
        pytest.param("no base64!", id="no base64"),
        pytest.param(f"{PLAIN[:8]}\n{PLAIN[8:]}", id="a line break, which hosts leave out"),
        pytest.param(f"{PLAIN[:8]}*{PLAIN[8:]}", id="a sign, which hosts leave out"),
        pytest.param(PLAIN + "gASV", id="more behind the padding"),
        pytest.param(PLAIN.rstrip("="), id="no padding"),
        pytest.param("gASV" * LONGEST, id="too long"),
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param("４ASV", id="digits of another script"),  # noqa: RUF001 - that is what is tested
    ],
)
def test_a_text_that_the_sdk_never_writes_is_named_by_nobody(written: str) -> None:
    """What a host reads as something else than it looks like here is refused."""
    assert named_class(written) is None


def test_another_class_is_told_by_its_name() -> None:
    """Whose class it is, the rule says; here only its name is told."""
    assert named_class(text(THEIRS % b"evil")) == "evil.LocationLookup"


def test_nothing_is_run_or_imported(tmp_path: Path) -> None:
    """Looking at a pickle does none of what unpickling would."""
    mark = tmp_path / "mark"
    assert named_class(text(pickle.dumps(Runs(Path.touch, (mark,))))) is None
    assert named_class(text(THEIRS % b"antigravity")) == "antigravity.LocationLookup"
    assert not mark.exists()
    assert "antigravity" not in sys.modules


HOST = "urn:pulumi:prod::data::pulumi:providers:pulumi-python::default"


@pytest.mark.parametrize(
    ("provider", "inputs", "fault"),
    [
        pytest.param(HOST, {PROVIDER: PLAIN}, None, id="ours"),
        pytest.param(HOST, None, None, id="nobody shows what was pickled"),
        pytest.param("", {PROVIDER: PLAIN}, "it is a component of the program's own, which no", id="a component"),
        pytest.param(HOST + "_1_0_0", {PROVIDER: PLAIN}, "a provider of the program's own made it", id="a version"),
        pytest.param(HOST + "::x", {PROVIDER: PLAIN}, "a provider of the program's own made it", id="more behind"),
        pytest.param(HOST.replace("default", "mine"), {PROVIDER: PLAIN}, "a provider of the program's", id="explicit"),
        pytest.param(
            "urn:pulumi:prod::data::pulumi:providers:evil::pulumi:providers:pulumi-python::default",
            {PROVIDER: PLAIN},
            "a provider of the program's own made it",
            id="a name that looks like it",
        ),
        pytest.param("pulumi:providers:pulumi-python::default", {}, "a provider of the program's own", id="no URN"),
        pytest.param(HOST, {}, f"code of the program made it, not {OURS}", id="nothing pickled"),
        pytest.param(HOST, {PROVIDER: "[secret]"}, f"code of the program made it, not {OURS}", id="masked"),
        pytest.param(HOST, {PROVIDER: {"4dabf": "1b470"}}, "code of the program made it", id="a secret"),
        pytest.param(HOST, {PROVIDER: "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}, "code of the program", id="not known"),
        pytest.param(HOST, {PROVIDER: text(THEIRS % b"evil")}, "evil.LocationLookup made it", id="another module"),
        pytest.param(
            HOST,
            {PROVIDER: serialize_provider(OperationLookup())},
            "grantgate.operation.OperationLookup made it",
            id="another lookup of ours",
        ),
    ],
)
def test_what_stands_in_for_a_lookup(provider: str, inputs: dict[str, Any] | None, fault: str | None) -> None:
    """Only Pulumi's own dynamic host with our own class makes a lookup."""
    found = stand_in(LOCATION.type, provider, inputs)
    assert (found or "").startswith(fault or "")
    assert (found is None) is (fault is None)


def test_what_is_no_lookup_is_made_by_anybody() -> None:
    """Other resources, dynamic ones among them, are the program's own business."""
    assert stand_in("pulumi-python:dynamic/mine:Thing", "", {}) is None
    assert stand_in(OPERATION.type, "", {}) is not None


def test_the_event_log_tells_what_stood_in() -> None:
    """States are told in the order of their URNs; a reference to a provider ends with its id."""
    ours = {"type": LOCATION.type, "provider": f"{HOST}::1f0e", "inputs": {PROVIDER: PLAIN}}
    states: dict[str, dict[str, Any]] = {
        "urn:z": {"type": LOCATION.type, "inputs": {PROVIDER: PLAIN}},
        "urn:a": {**ours, "inputs": None},
        "urn:m": ours,
        "urn:n": {**ours, "provider": f"{HOST}::04da6b54-80e4-46f7-96ec-b56ff0331ba9"},
        "urn:o": {"type": "aws:s3/bucket:Bucket"},
    }
    assert [(urn, why.partition(" made it")[0]) for urn, why in stand_ins(states)] == [
        ("urn:a", "code of the program"),
        ("urn:z", "it is a component of the program's own, which no provider made"),
    ]


@given(st.binary(max_size=200), st.integers(0, 60), st.integers(0, 30))
def test_a_pickle_that_was_changed_is_ours_only_where_it_loads_as_ours(noise: bytes, at: int, cut: int) -> None:
    """Whatever stands in the pickle, what is named as ours is loaded as a plain object of ours."""
    pickled = base64.b64decode(PLAIN)
    changed = pickled[:at] + noise + pickled[at + cut :]
    if named_class(text(changed)) == OURS:
        loaded = pickle.loads(changed)  # noqa: S301 - it names one class of ours and nothing else
        assert type(loaded) is LocationLookup
        assert not vars(loaded)
