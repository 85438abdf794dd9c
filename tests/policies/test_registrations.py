"""Which locations there are: what speaks of one is joined, what may be two is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION, LOCATION_ROLE, LOCATIONS
from grantgate_policies.core import ABSENT, UNKNOWN, Malformed, Resource
from grantgate_policies.program import Program
from grantgate_policies.subjects import CLASSIC_LOCATION, Location, Role
from grantgate_policies.subjects import facts_of as read
from grantgate_policies.subjects.registrations import (
    ByPlace,
    OfProvider,
    Place,
    place_of,
    registrations,
    scope_in,
    unread_of,
)
from grantgate_policies.subjects.roles import RoleOf, is_one_role, role_in, role_key

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNT, OTHER = "111122223333", "444455556666"
HERE: dict[str, Any] = {"accountId": ACCOUNT, "region": "eu-west-1"}
ROLE_TYPE = "aws:iam/role:Role"


def shown(name: str, kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, props, **members)


def live(name: str, **props: Any) -> Resource:
    return shown(name, LOCATION.type, {**HERE, "locationScope": "s3://acme/x/*", **props})


def declared(name: str, **props: Any) -> Resource:
    return shown(name, CLASSIC_LOCATION, {**HERE, "locationScope": "s3://acme/x/*", **props})


def listed(name: str, *entries: Mapping[str, Any], **props: Any) -> Resource:
    locations = [{"locationScope": "s3://acme/x/*", **one} for one in entries]
    return shown(name, LOCATIONS.type, {**HERE, "locations": locations, **props})


def an_id(text: str, scope: str = "s3://acme/x/*") -> dict[str, str]:
    return {"accessGrantsLocationId": text, "locationScope": scope}


def program_of(*resources: Resource, unread: tuple[str, ...] = ()) -> Program:
    ordered = sorted(resources, key=lambda one: one.urn)
    return Program(tuple(fact for one in ordered for fact in read(one)), unread)


def joined(*resources: Resource) -> list[str]:
    """Give the names that each location is spoken of by."""
    return ["+".join(fact.called for fact in one.facts) for one in registrations(program_of(*resources)).all]


@pytest.mark.parametrize(
    ("resources", "names"),
    [
        pytest.param([], [], id="none"),
        pytest.param(
            [declared("d", accessGrantsLocationId="1"), live("l", accessGrantsLocationId="1")], ["d+l"], id="one id"
        ),
        pytest.param(
            [
                declared("d", accessGrantsLocationId="1", locationScope=UNKNOWN),
                live("l", accessGrantsLocationId="1", locationScope="s3://other/*"),
            ],
            ["d+l"],
            id="one id, whatever the scopes",
        ),
        pytest.param(
            [declared("d", accessGrantsLocationId="1"), live("l", accessGrantsLocationId="2")],
            ["d", "l"],
            id="two ids of one scope",
        ),
        pytest.param(
            [declared("d", accessGrantsLocationId="1"), live("l", accessGrantsLocationId="1", accountId=OTHER)],
            ["d", "l"],
            id="one id in two accounts",
        ),
        pytest.param(
            [
                declared("d", accessGrantsLocationId=UNKNOWN),
                live("l", accessGrantsLocationId="1", locationScope="S3://acme/x/"),
            ],
            ["d+l"],
            id="one scope, written in two ways",
        ),
        pytest.param(
            [declared("d"), live("l", accessGrantsLocationId="1", region="us-east-1")],
            ["d", "l"],
            id="one scope in two Regions",
        ),
        pytest.param(
            [declared("d"), live("l", accessGrantsLocationId="1"), live("m", accessGrantsLocationId="2")],
            ["d+l", "m"],
            id="one scope and two lookups of two ids",
        ),
        pytest.param(
            [live("l", accessGrantsLocationId="1"), live("m", accessGrantsLocationId="1")],
            ["l+m"],
            id="two lookups of one id",
        ),
        pytest.param(
            [live("l", accessGrantsLocationId="1"), live("m", accessGrantsLocationId="2")],
            ["l", "m"],
            id="two lookups of two ids",
        ),
        pytest.param(
            [
                live("l", accessGrantsLocationId="default", locationScope="s3://"),
                live("m", accessGrantsLocationId="default", locationScope="s3://", region="us-east-1"),
            ],
            ["l", "m"],
            id="the default location of two Regions",
        ),
        pytest.param(
            [
                declared("d", locationScope="s3://", accessGrantsLocationId="default", accountId=None),
                live("l", locationScope="s3://", accessGrantsLocationId="default"),
            ],
            ["d", "l"],
            id="the default location of an account that is not known",
        ),
        pytest.param(
            [declared("d", accountId=None), live("l", accessGrantsLocationId="1")],
            ["d+l"],
            id="a bucket tells the account",
        ),
        pytest.param(
            [declared("c", accountId=None), declared("d", accountId=None), live("l", accessGrantsLocationId="1")],
            ["c", "d", "l"],
            id="two that it may be",
        ),
        pytest.param(
            [declared("c", accessGrantsLocationId="1"), declared("d", accessGrantsLocationId="1")],
            ["c", "d"],
            id="two declarations are never one",
        ),
        pytest.param(
            [declared("d", locationScope=UNKNOWN), live("l", accessGrantsLocationId=UNKNOWN, locationScope=UNKNOWN)],
            ["d", "l"],
            id="nothing known",
        ),
        pytest.param(
            [
                declared("d", accessGrantsLocationId="1"),
                live("l", accessGrantsLocationId="1"),
                listed("all", an_id("1"), an_id("2", "s3://acme/y/*")),
            ],
            ["d+l+all[1]", "all[2]"],
            id="declared, looked up and listed",
        ),
        pytest.param(
            [
                declared("d", accessGrantsLocationId=UNKNOWN),
                live("l", accessGrantsLocationId="1"),
                listed("all", an_id("1")),
            ],
            ["d+l+all[1]"],
            id="declared without an id, looked up and listed",
        ),
        pytest.param(
            [live("l", accessGrantsLocationId="1"), listed("all", an_id("1"))], ["l+all[1]"], id="looked up and listed"
        ),
        pytest.param(
            [listed("all", an_id("1")), listed("some", an_id("1"), an_id("2"))],
            ["all[1]+some[1]", "some[2]"],
            id="listed twice",
        ),
        pytest.param(
            [listed("here", an_id("1")), listed("there", an_id("1"), region="us-east-1")],
            ["here[1]", "there[1]"],
            id="one id in two Regions' lists",
        ),
        pytest.param(
            [
                declared("d", locationScope="s3://", accessGrantsLocationId="default"),
                listed("here", an_id("default", "s3://")),
                listed("there", an_id("default", "s3://"), region="us-east-1"),
            ],
            ["d+here[default]", "there[default]"],
            id="the default location of two Regions' lists",
        ),
        pytest.param([listed("all", {}, {})], ["all[#0]", "all[#1]"], id="entries without an id"),
        pytest.param(
            [declared("d", accessGrantsLocationId="1"), listed("all", locations=UNKNOWN)],
            ["d", "all"],
            id="a list that is not known",
        ),
    ],
)
def test_joining(resources: list[Resource], names: list[str]) -> None:
    """Lookups join the declaration that they looked up, and each other."""
    assert joined(*resources) == names
    assert joined(*reversed(resources)) == names


@pytest.mark.parametrize(
    ("makers", "place", "names"),
    [
        pytest.param(("d",), {}, ["d+l", "e"], id="made from one"),
        pytest.param(("d", "e"), {}, ["d", "e", "l"], id="made from two"),
        pytest.param((), {}, ["d", "e", "l"], id="made from none"),
        pytest.param(("d",), {"accountId": OTHER}, ["d", "e", "l"], id="of another account"),
    ],
)
def test_ids_that_are_not_known_yet(makers: tuple[str, ...], place: dict[str, str], names: list[str]) -> None:
    """In a preview the id of a new location is told by whose output it is."""
    urns = tuple(f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::{one}" for one in makers)
    props = {**HERE, "accessGrantsLocationId": UNKNOWN, "locationScope": UNKNOWN, **place}
    lookup = shown("l", LOCATION.type, props, made_from={"accessGrantsLocationId": urns})

    assert joined(declared("d"), declared("e", locationScope="s3://acme/y/*"), lookup) == names


def test_a_lookup_knows_the_place() -> None:
    """A declaration that states no account lies where its lookup found it."""
    program = program_of(
        declared("d", accountId=None, accessGrantsLocationId="1"), live("l", accessGrantsLocationId="1")
    )
    (one,) = registrations(program).all

    assert one.place == Place(ACCOUNT, "eu-west-1")
    assert one.declared is one.facts[0]


@pytest.mark.parametrize(
    ("account", "provider", "expected"),
    [
        pytest.param(ACCOUNT, {}, ACCOUNT, id="stated"),
        pytest.param("acme", {}, None, id="no account's id"),
        pytest.param("１１１１２２２２３３３３", {}, None, id="digits of another script"),  # noqa: RUF001 - the point
        pytest.param(UNKNOWN, {"profile": "prod"}, None, id="unknown"),
        pytest.param(Malformed("number"), {"profile": "prod"}, None, id="a number"),
        pytest.param(ABSENT, {}, None, id="absent"),
        pytest.param(ABSENT, {"profile": "prod"}, OfProvider('{"profile": "prod"}'), id="its provider's"),
        pytest.param(ABSENT, {"profile": UNKNOWN}, None, id="a provider that is not known"),
        pytest.param(ABSENT, {1: "a", "b": 2}, None, id="a provider that is no configuration"),
    ],
)
def test_places(account: Any, provider: dict[Any, Any], expected: Any) -> None:
    """What is not known is like nothing; what one provider configures is alike."""
    fact = Location(shown("x", "t", {}, provider_props=provider), "s3://", "r", account, "eu-west-1", live=False)

    assert place_of(fact) == Place(expected, "eu-west-1")


def test_where_two_may_meet() -> None:
    """Only two texts that differ part two places, and only what is known makes them one."""
    known, foreign = Place(ACCOUNT, "eu-west-1"), Place(OTHER, "eu-west-1")
    theirs, nothing = Place(OfProvider("a"), "eu-west-1"), Place(None, "eu-west-1")

    assert (known.may_be(foreign), known.may_be(theirs), theirs.may_be(nothing)) == (False, True, True)
    assert (known.is_same(known), theirs.is_same(theirs), nothing.is_same(nothing)) == (True, True, False)


PARTS = [ACCOUNT, OTHER, OfProvider("a"), OfProvider("b"), None]
PLACES = [Place(account, region) for account in PARTS for region in ["eu-west-1", "us-east-1", *PARTS[2:]]]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_what_may_be_of_a_place(place: Place) -> None:
    """What is kept by place is found as if each were asked whether it may be there, once."""
    kept: ByPlace[Place] = ByPlace()
    for one in PLACES:
        kept.add(one, one)

    found = list(kept.near(place))

    assert sorted(map(repr, found)) == sorted(repr(one) for one in PLACES if one.may_be(place))
    assert kept.count(place) == len(found)
    assert ByPlace[Place]().count(place) == 0


def test_scopes_that_cannot_be_read() -> None:
    """A scope that stands for no keys is no scope."""
    assert [scope_in(value) for value in ("arn:x", UNKNOWN, ABSENT, Malformed("map"))] == [None] * 4


@pytest.mark.parametrize(
    ("makers", "role", "expected"),
    [
        pytest.param(
            ("r",),
            {"arn": UNKNOWN, "name": "Reader"},
            RoleOf("urn:pulumi:prod::data::aws:iam/role:Role::r", "reader"),
            id="made here",
        ),
        pytest.param(
            ("r",),
            {"arn": "arn:aws:iam::1:role/p/X"},
            RoleOf("urn:pulumi:prod::data::aws:iam/role:Role::r", "x"),
            id="with its ARN",
        ),
        pytest.param(("r",), {}, RoleOf("urn:pulumi:prod::data::aws:iam/role:Role::r", ""), id="without a name"),
        pytest.param((), {}, None, id="made from nothing known"),
        pytest.param(("r", "s"), {}, None, id="made from two roles"),
    ],
)
def test_roles(makers: tuple[str, ...], role: dict[str, Any], expected: Any) -> None:
    """In a preview a role is told by the resource that makes it."""
    urns = tuple(f"urn:pulumi:prod::data::{ROLE_TYPE}::{one}" for one in makers)
    location = shown("l", CLASSIC_LOCATION, {"iamRoleArn": UNKNOWN}, made_from={"iamRoleArn": urns})
    program = program_of(location, shown("r", ROLE_TYPE, role), shown("s", ROLE_TYPE, {}))

    assert len(program.of(Role)) == 2
    assert role_in(program.of(Location)[0], program) == expected


def test_a_role_that_is_looked_up() -> None:
    """A lookup makes no role, so that what an ARN is made from does not tell which role it will be."""
    role = shown("r", LOCATION_ROLE.type, {"iamRoleArn": UNKNOWN, "arn": UNKNOWN, "assumeRolePolicy": UNKNOWN})
    location = shown("l", CLASSIC_LOCATION, {"iamRoleArn": UNKNOWN}, made_from={"iamRoleArn": (role.urn,)})
    program = program_of(location, role)

    assert len(program.of(Role)) == 1
    assert role_in(program.of(Location)[0], program) is None


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a", True, id="one ARN"),
        pytest.param("arn:aws:iam::1:role/a", "arn:aws:iam::2:role/a", False, id="two ARNs"),
        pytest.param(
            "arn:aws:iam::111122223333:role/a", "arn:aws:iam::111122223333:role/p/A", True, id="one name of one account"
        ),
        pytest.param(
            "arn:aws:iam::111122223333:role/a", "arn:aws:iam::444455556666:role/a", False, id="one name of two accounts"
        ),
        pytest.param(RoleOf("u", "a"), RoleOf("u", "a"), True, id="one resource"),
        pytest.param(RoleOf("u", "a"), RoleOf("v", "b"), False, id="two resources"),
        pytest.param("arn:aws:iam::1:role/p/A", RoleOf("u", "a"), None, id="an ARN of the resource's name"),
        pytest.param("arn:aws:iam::1:role/p/b", RoleOf("u", "a"), False, id="an ARN of another name"),
        pytest.param("arn:aws:iam::1:role/p/b", RoleOf("u", ""), None, id="a resource without a name"),
        pytest.param(None, "arn:aws:iam::1:role/a", None, id="nothing known"),
    ],
)
def test_one_role(left: Any, right: Any, same: bool | None) -> None:  # noqa: FBT001 - a column of the table
    """Two roles are the same or not, or it is not known."""
    assert is_one_role(left, right) is same
    assert is_one_role(right, left) is same


@pytest.mark.parametrize(
    ("role", "key"),
    [
        pytest.param("arn:aws:iam::111122223333:role/p/Fin", "arn:aws:iam::111122223333:role/fin", id="path and case"),
        pytest.param("arn:aws:iam::111122223333:user/Fin", "arn:aws:iam::111122223333:user/Fin", id="no role"),
        pytest.param("arn:aws:iam::1:role/Fin", "arn:aws:iam::1:role/Fin", id="no account"),
        pytest.param("Fin", "Fin", id="no ARN"),
        pytest.param("", "", id="empty"),
        pytest.param(RoleOf("u", "fin"), RoleOf("u", "fin"), id="a resource"),
        pytest.param(None, None, id="not known"),
    ],
)
def test_keys_of_roles(role: Any, key: Any) -> None:
    """Two spellings of one role have one key, and what is no role's ARN stays as it is."""
    assert role_key(role) == key
    assert role_key(key) == key


def test_what_could_not_be_read() -> None:
    """The URN tells the type, a component's before it or not."""
    urns = ("urn:pulumi:p::q::acme:Share$aws:iam/role:Role::r", "urn:pulumi:p::q::aws:s3/bucket:Bucket::b", "odd")

    assert unread_of(program_of(unread=urns), frozenset({ROLE_TYPE})) == urns[:1]
