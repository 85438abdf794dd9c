"""What a lookup's Python face sends to the engine, whichever way it goes there, and what it leaves of the process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import grantgate
import pulumi
import pytest
from grantgate.location import AccessGrantsLocation
from pulumi import _types

ACCOUNT = "111122223333"
PREPARED = """
import asyncio, gc, json
import pulumi, grantgate
from pulumi.dynamic import Resource
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import wait_for_rpcs
from grantgate.location import LocationLookup
from grantgate.resource import LookupResource

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
sent = []


class Monitor(mocks.MockMonitor):
    def RegisterResource(self, request):
        kept = type(request)()
        kept.CopyFrom(request)
        for place in ("stackTrace", "sourcePosition"):  # where in a program a resource stands
            kept.ClearField(place)
        kept.object.fields.pop("notBefore", None)  # the time of day, as it were
        sent.append(kept.SerializeToString(deterministic=True).hex())
        return super().RegisterResource(request)


class Mocks(mocks.Mocks):
    def new_resource(self, made):
        return made.name, made.inputs

    def call(self, made):
        return {}


def run(declare):
    async def all_of_it():
        declare()
        await wait_for_rpcs()

    del sent[:]
    loop.run_until_complete(all_of_it())
    return list(sent)


def location(name="one", **named):
    return grantgate.AccessGrantsLocation(name, "loc-1", account_id="111122223333", **named)


pulumi.runtime.set_mocks(Mocks(), monitor=Monitor(Mocks()))
run(lambda: None)
"""
KINDS = {
    "AccessGrantsLocation": ("loc-1",),
    "AccessGrantsLocations": (),
    "AccessGrantsInstance": (),
    "AccessGrantsInstanceForPrefix": ("s3://acme-data/x",),
    "AccessGrants": (),
    "AccessGrantsInstanceResourcePolicy": (),
    "AccessGrantsLocationRole": (f"arn:aws:iam::{ACCOUNT}:role/reader",),
    "MultiRegionAccessPoint": ("acme",),
    "MultiRegionAccessPointOperation": (f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/t",),
}


def told(script: str) -> Any:
    """Run a program of its own, which declares resources without an engine, and give what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", PREPARED + script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_kind_is_declared_here() -> None:
    """A kind of lookup that is added comes into the table, too."""
    assert sorted(KINDS) == sorted(grantgate.__all__)


def test_later_lookups_send_what_the_first_sends() -> None:
    """Byte for byte what Pulumi's own constructor sends, of every kind, although only the first is sent by it."""
    found = told(f"""
kinds = {KINDS!r}
by_pulumi = Resource.__init__
calls = []


def counted(self, *given):
    calls.append(type(self).__name__)
    by_pulumi(self, *given)


Resource.__init__ = counted
pairs = {{}}
for kind, given in kinds.items():
    same = lambda: getattr(grantgate, kind)("one", *given)
    pairs[kind] = [*run(same), *run(same), *run(same)]
print(json.dumps([pairs, calls]))
""")
    pairs, calls = found
    for kind, requests in pairs.items():
        assert len(requests) == 3
        assert len(set(requests)) == 1, kind
        assert f"dynamic/grantgate:{kind}".encode().hex() in requests[0]
        assert b"__provider".hex() in requests[0]
    assert calls == list(KINDS)


def test_options_and_inputs_are_each_lookups_own() -> None:
    """What is remembered is the type and the pickled provider, nothing that a program says of one resource."""
    first, second, third = told("""
print(json.dumps([
    *run(lambda: location("first", region="eu-west-1")),
    *run(lambda: location("second", opts=pulumi.ResourceOptions(protect=True))),
    *run(lambda: location("third", assume_role_arn="arn:aws:iam::111122223333:role/reader")),
]))
""")
    assert [b"eu-west-1".hex() in one for one in (first, second, third)] == [True, False, False]
    assert [b"role/reader".hex() in one for one in (first, second, third)] == [False, False, True]
    assert [b"second".hex() in one for one in (first, second, third)] == [False, True, False]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param('props["__more"] = "1"', id="another property"),
        pytest.param('props["__provider"] = pulumi.Output.secret("x")', id="a provider that is a secret"),
        pytest.param('props["account_id"] = "999999999999"', id="another value"),
        pytest.param('name = name + "-renamed"', id="another name"),
        pytest.param("opts = pulumi.ResourceOptions(protect=True)", id="other options"),
        pytest.param('named["package_ref"] = None', id="another argument"),
    ],
)
def test_a_pulumi_that_adds_something_else_is_followed(change: str) -> None:
    """A release whose constructor does more than to add a type and a pickle is called for every lookup."""
    found = told(f"""
calls = []


def newer(self, provider, name, props, opts=None):
    calls.append(name)
    named = {{}}
    props["__provider"] = "gASV"
    {change}
    super(Resource, self).__init__("pulumi-python:" + self._resource_type_name, name, props, opts, **named)


Resource.__init__ = newer
for name in ("one", "two", "three"):
    run(lambda: location(name))
print(json.dumps(calls))
""")
    assert found == ["one", "two", "three"]


def test_somebody_elses_provider_is_pickled_each_time() -> None:
    """What a class outside this package, or an object that carries something, is pickled to may differ each time."""
    calls, bytes_differ = told("""
by_pulumi = Resource.__init__
calls = []


def counted(self, *given):
    calls.append(given[1])
    by_pulumi(self, *given)


class Mine(LocationLookup):
    pass


def declare(provider, name):
    return run(lambda: LookupResource.__init__(
        grantgate.AccessGrantsLocation.__new__(grantgate.AccessGrantsLocation), provider, name,
        {"access_grants_location_id": "loc-1"}, None))


Resource.__init__ = counted
plain, carrying = LocationLookup(), LocationLookup()
carrying.mark = "x"
requests = [declare(provider, name) for name, provider in
            [("a", Mine()), ("b", Mine()), ("c", plain), ("d", carrying), ("d", plain), ("e", carrying)]]
print(json.dumps([calls, requests[3] != requests[4]]))
""")
    assert calls == ["a", "b", "c", "d", "e"]
    assert bytes_differ


@pytest.mark.parametrize("kind", sorted(grantgate.__all__))
def test_types_are_no_text(kind: str) -> None:
    """Pulumi finds the types of all outputs without compiling them for each resource."""
    found = getattr(grantgate, kind)

    assert found.__annotations__
    assert not [name for name, type_ in found.__annotations__.items() if isinstance(type_, str)]
    assert _types.resource_types(found).keys() == found.__annotations__.keys()


def test_a_subclass_may_name_what_is_not_there_yet() -> None:
    """A type that cannot be told yet stays text, as Python has it."""

    class Mine(AccessGrantsLocation):
        more: pulumi.Output[NotThere]  # type: ignore[name-defined]  # noqa: F821 - it is what this is about

    assert Mine.__annotations__ == {"more": "pulumi.Output[NotThere]"}
    assert Mine._resource_type_name == AccessGrantsLocation._resource_type_name  # noqa: SLF001 - Pulumi's name for it


@pytest.mark.parametrize(
    ("said", "lookups", "left"),
    [
        pytest.param("", 99, [True, 700], id="few lookups"),
        pytest.param("", 100, [True, 10_000], id="many"),
        pytest.param("gc.set_threshold(900, 3)", 100, [True, 900], id="a number of its own"),
        pytest.param("gc.set_threshold(50_000)", 100, [True, 50_000], id="a higher one"),
        pytest.param("gc.set_threshold(0)", 100, [True, 0], id="never"),
        pytest.param("gc.disable()", 100, [False, 700], id="disabled"),
    ],
)
def test_a_program_of_many_lookups_looks_less_often_for_garbage(said: str, lookups: int, left: list[Any]) -> None:
    """From the hundredth lookup on, and only where the program has said nothing about it."""
    found = told(f"""
gc.set_threshold(700)
{said}
run(lambda: [location(str(number)) for number in range({lookups})])
print(json.dumps([gc.isenabled(), gc.get_threshold()[0]]))
""")
    assert found == left
