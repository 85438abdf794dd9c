"""What a reader sees besides findings: what is registered, how far requests have come, and what will not stay."""

from __future__ import annotations

from typing import Any

import pytest
from grantgate.kinds import ACCESS_POINT, GRANTS, INSTANCE, LOCATION, LOCATIONS, OPERATION
from grantgate_policies import wire
from grantgate_policies.core import UNKNOWN, Resource
from grantgate_policies.overview import UNKNOWN_YET, overview
from grantgate_policies.planned import planned_resources
from grantgate_policies.report import Change, Registered, Request
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from hypothesis import given
from hypothesis import strategies as st

ACCOUNT = "111122223333"
SCOPE, WIDER = "s3://acme/finance/*", "s3://acme/*"
ROLE, OTHER = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("reader", "writer"))
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T"
MASKED = wire.MASKED
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
LIVE = {
    "lookup": "performed",
    "accessGrantsLocationId": "loc-1",
    "accountId": ACCOUNT,
    "region": "eu-west-1",
    "locationScope": SCOPE,
    "iamRoleArn": ROLE,
}
DECLARED = {"accountId": ACCOUNT, "locationScope": SCOPE, "iamRoleArn": ROLE}


def a_resource(
    kind: str = CLASSIC_LOCATION,
    props: dict[str, Any] | None = None,
    previous: dict[str, Any] | None = None,
    **members: Any,
) -> Resource:
    return Resource(f"urn:pulumi:prod::data::{kind}::it", kind, "it", props or {}, previous=previous, **members)


def changes_of(resource: Resource) -> list[tuple[str, str, str, bool]]:
    return [(one.field, one.before, one.after, one.drift) for one in overview([resource]).changes]


# --- changes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [CLASSIC_LOCATION, NATIVE_LOCATION])
@pytest.mark.parametrize(
    ("previous", "props", "changes"),
    [
        pytest.param(DECLARED, DECLARED, [], id="nothing"),
        pytest.param(None, DECLARED, [], id="a new location"),
        pytest.param(DECLARED, {**DECLARED, "locationScope": WIDER}, [("locationScope", SCOPE, WIDER)], id="a scope"),
        pytest.param(
            DECLARED,
            {**DECLARED, "locationScope": WIDER, "iamRoleArn": OTHER},
            [("locationScope", SCOPE, WIDER), ("iamRoleArn", ROLE, OTHER)],
            id="both",
        ),
        pytest.param(
            DECLARED,
            {**DECLARED, "iamRoleArn": UNKNOWN},
            [("iamRoleArn", ROLE, UNKNOWN_YET)],
            id="a role that is not known yet",
        ),
        pytest.param({}, DECLARED, [("locationScope", "", SCOPE), ("iamRoleArn", "", ROLE)], id="from nothing said"),
        pytest.param(
            DECLARED, {}, [("locationScope", SCOPE, ""), ("iamRoleArn", ROLE, "")], id="to nothing said"
        ),
        pytest.param(DECLARED, {**DECLARED, "iamRoleArn": 7}, [("iamRoleArn", ROLE, "")], id="to what is no text"),
        pytest.param(DECLARED, {**DECLARED, "tags": {"a": "b"}}, [], id="something else"),
    ],
)  # fmt: skip
def test_planned_change(
    kind: str, previous: dict[str, Any] | None, props: dict[str, Any], changes: list[tuple[str, str, str]]
) -> None:
    """What a program declares changes by this very update: that is a plan, and no drift."""
    found = changes_of(a_resource(kind, props, previous))

    assert found == [(*change, False) for change in changes]


@pytest.mark.parametrize(
    ("previous", "props", "changes"),
    [
        pytest.param(LIVE, LIVE, [], id="nothing"),
        pytest.param(None, LIVE, [], id="a new lookup"),
        pytest.param(
            LIVE, {**LIVE, "iamRoleArn": OTHER}, [("iamRoleArn", ROLE, OTHER, True)], id="AWS says otherwise: drift"
        ),
        pytest.param(
            LIVE,
            {**LIVE, "accessGrantsLocationId": "loc-2", "locationScope": WIDER},
            [("locationScope", SCOPE, WIDER, False)],
            id="the program asks for another location: a plan",
        ),
        pytest.param(
            LIVE,
            {**LIVE, "region": "us-east-1", "locationScope": WIDER},
            [("locationScope", SCOPE, WIDER, False)],
            id="the program asks elsewhere: a plan",
        ),
        pytest.param(LIVE, {**LIVE, "lookup": "pending", "locationScope": UNKNOWN}, [], id="not asked in this run"),
        pytest.param({**LIVE, "lookup": "pending", "locationScope": ""}, LIVE, [], id="never asked before"),
        pytest.param({"accessGrantsLocationId": "loc-1"}, LIVE, [], id="nothing known of before"),
    ],
)
def test_drift(
    previous: dict[str, Any] | None, props: dict[str, Any], changes: list[tuple[str, str, str, bool]]
) -> None:
    """A lookup that asks for the same and hears something else is drift; one that was not made has heard nothing."""
    assert changes_of(a_resource(LOCATION.type, props, previous)) == changes


def test_secrets_are_masked() -> None:
    """That a secret changed is told, and neither what it was nor what it is."""
    secret = a_resource(
        props={**DECLARED, "locationScope": WIDER}, previous=DECLARED, secret_props=frozenset({"locationScope"})
    )
    shown = overview([secret])

    assert changes_of(secret) == [("locationScope", MASKED, MASKED, False)]
    assert [(one.scope, one.role) for one in shown.locations] == [(MASKED, ROLE)]
    assert SCOPE not in repr(shown)
    assert WIDER not in repr(shown)


def test_a_secret_that_is_not_known_is_masked() -> None:
    """Not even that it is not known yet is told of a secret."""
    secret = a_resource(
        props={**DECLARED, "iamRoleArn": UNKNOWN}, previous=DECLARED, secret_props=frozenset({"iamRoleArn"})
    )

    assert changes_of(secret) == [("iamRoleArn", MASKED, MASKED, False)]


# --- from the engine's events -----------------------------------------------------------------------------------------


def an_event(operation: str, new: dict[str, Any] | None, old: dict[str, Any] | None = None) -> dict[str, Any]:
    urn, kind = f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::it", CLASSIC_LOCATION

    def state(members: dict[str, Any] | None) -> dict[str, Any] | None:
        return {"urn": urn, "type": kind, **members} if members is not None else None

    return {"resourcePreEvent": {"metadata": {"op": operation, "urn": urn, "new": state(new), "old": state(old)}}}


@pytest.mark.parametrize(
    ("events", "changes"),
    [
        pytest.param(
            [an_event("update", {"inputs": {**DECLARED, "iamRoleArn": OTHER}}, {"inputs": DECLARED})],
            [Change(f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::it", "iamRoleArn", ROLE, OTHER)],
            id="updated",
        ),
        pytest.param(
            [
                an_event("create-replacement", {"inputs": {**DECLARED, "locationScope": WIDER}}, {"inputs": DECLARED}),
                an_event("replace", {"inputs": {**DECLARED, "locationScope": WIDER}}, {"inputs": DECLARED}),
                an_event("delete-replaced", None, {"inputs": DECLARED}),
            ],
            [Change(f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::it", "locationScope", SCOPE, WIDER)],
            id="replaced, told once",
        ),
        pytest.param(
            [an_event("update", {"inputs": {**DECLARED, "iamRoleArn": UNKNOWN_TEXT}}, {"inputs": DECLARED})],
            [Change(f"urn:pulumi:prod::data::{CLASSIC_LOCATION}::it", "iamRoleArn", ROLE, UNKNOWN_YET)],
            id="not known yet",
        ),
        pytest.param([an_event("same", {"inputs": DECLARED}, {"inputs": DECLARED})], [], id="the same"),
        pytest.param([an_event("create", {"inputs": DECLARED})], [], id="created"),
        pytest.param([an_event("delete", None, {"inputs": DECLARED})], [], id="deleted"),
    ],
)
def test_changes_of_a_preview(events: list[dict[str, Any]], changes: list[Change]) -> None:
    """The engine's steps say what a location was and what it will be."""
    assert overview(planned_resources(events)).changes == changes


# --- locations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "registered"),
    [
        pytest.param(
            a_resource(LOCATION.type, LIVE),
            Registered("", "it", ACCOUNT, "eu-west-1", SCOPE, ROLE, live=True),
            id="looked up",
        ),
        pytest.param(
            a_resource(LOCATION.type, {"lookup": "pending", "accountId": ACCOUNT, "locationScope": UNKNOWN}),
            Registered("", "it", ACCOUNT, "", "", "", live=True),
            id="a lookup that is pending",
        ),
        pytest.param(
            a_resource(props=DECLARED, provider_props={"region": "eu-west-1"}),
            Registered("", "it", ACCOUNT, "eu-west-1", SCOPE, ROLE, live=False),
            id="declared, where its provider is",
        ),
        pytest.param(
            a_resource(NATIVE_LOCATION, {"locationScope": SCOPE, "iamRoleArn": UNKNOWN}),
            Registered("", "it", "", "", SCOPE, "", live=False),
            id="declared, with a role that is not known yet",
        ),
        pytest.param(
            a_resource(props={"locationScope": 7, "iamRoleArn": ["x"]}),
            Registered("", "it", "", "", "", "", live=False),
            id="malformed",
        ),
    ],
)
def test_locations(resource: Resource, registered: Registered) -> None:
    """A map of scopes has every location, and nothing where nothing is known."""
    (found,) = overview([resource]).locations

    assert found == Registered(resource.urn, *(getattr(registered, name) for name in Registered.__slots__[1:]))


# --- lists ------------------------------------------------------------------------------------------------------------


def at(number: str, scope: Any = SCOPE, role: Any = ROLE) -> dict[str, Any]:
    return {"accessGrantsLocationId": number, "locationScope": scope, "iamRoleArn": role}


def of(*entries: Any, **props: Any) -> dict[str, Any]:
    known = {"lookup": "performed", "accountId": ACCOUNT, "region": "eu-west-1", "instanceExists": True}
    return {**known, "locations": list(entries), **props}


@pytest.mark.parametrize(
    ("previous", "props", "changes"),
    [
        pytest.param(of(at("1")), of(at("1")), [], id="nothing"),
        pytest.param(None, of(at("1")), [], id="a new lookup"),
        pytest.param(
            of(at("1"), at("2")),
            of(at("1"), at("2", role=OTHER)),
            [("2 iamRoleArn", ROLE, OTHER, True)],
            id="a role that was swapped",
        ),
        pytest.param(
            of(at("1")),
            of(at("1"), at("2", WIDER)),
            [("2 locationScope", "", WIDER, True), ("2 iamRoleArn", "", ROLE, True)],
            id="one that somebody registered",
        ),
        pytest.param(
            of(at("1"), at("2", WIDER)),
            of(at("1")),
            [("2 locationScope", WIDER, "", True), ("2 iamRoleArn", ROLE, "", True)],
            id="one that vanished",
        ),
        pytest.param(
            of(at("1")),
            of(),
            [("1 locationScope", SCOPE, "", True), ("1 iamRoleArn", ROLE, "", True)],
            id="all that vanished",
        ),
        pytest.param(
            of(),
            of(at("1")),
            [("1 locationScope", "", SCOPE, True), ("1 iamRoleArn", "", ROLE, True)],
            id="the first",
        ),
        pytest.param(
            of(at("1")),
            of(at("2"), locationScope=WIDER),
            [
                ("1 locationScope", SCOPE, "", False),
                ("1 iamRoleArn", ROLE, "", False),
                ("2 locationScope", "", SCOPE, False),
                ("2 iamRoleArn", "", ROLE, False),
            ],
            id="the program asks for another scope: a plan",
        ),
        pytest.param(of(at("1")), of(locations=UNKNOWN, lookup="pending"), [], id="not asked in this run"),
        pytest.param(of(locations=UNKNOWN, lookup="pending"), of(at("1")), [], id="never asked before"),
        pytest.param(of(at("1")), {"lookup": "failed"}, [], id="failed"),
    ],
)
def test_changes_of_a_list(
    previous: dict[str, Any] | None, props: dict[str, Any], changes: list[tuple[str, str, str, bool]]
) -> None:
    """Each entry is held against what it was, new and vanished ones too, and named by its id."""
    assert changes_of(a_resource(LOCATIONS.type, props, previous)) == changes


def test_locations_of_a_list() -> None:
    """The map has every entry; a list that is not known yet has none."""
    found = overview([a_resource(LOCATIONS.type, of(at("1"), at("2", WIDER, OTHER), {}))]).locations

    assert [(one.name, one.account, one.region, one.scope, one.role, one.live) for one in found] == [
        ("it[1]", ACCOUNT, "eu-west-1", SCOPE, ROLE, True),
        ("it[2]", ACCOUNT, "eu-west-1", WIDER, OTHER, True),
        ("it[#2]", ACCOUNT, "eu-west-1", "", "", True),
    ]
    assert overview([a_resource(LOCATIONS.type, of(locations=UNKNOWN))]).locations == []


def test_secrets_of_a_list_are_masked() -> None:
    """A list that is a secret shows neither scopes nor roles nor ids, before or after a change."""
    secret = a_resource(
        LOCATIONS.type, of(at("canary", WIDER)), of(at("canary")), secret_props=frozenset({"locations"})
    )
    shown = overview([secret])

    assert changes_of(secret) == [("#0 locationScope", MASKED, MASKED, True)]
    assert [(one.name, one.scope, one.role) for one in shown.locations] == [("it[#0]", MASKED, MASKED)]
    for text in (SCOPE, WIDER, ROLE, "canary"):
        assert text not in repr(shown)


# --- lookups ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "props", "values"),
    [
        pytest.param(
            LOCATIONS.type,
            of(*(at(f"{n}") for n in range(1000))),
            {"instanceExists": "true", "locations": "1,000 locations"},
            id="a thousand locations",
        ),
        pytest.param(
            LOCATIONS.type,
            of(instanceExists=False),
            {"instanceExists": "false", "locations": "0 locations"},
            id="no instance",
        ),
        pytest.param(
            GRANTS.type,
            {"lookup": "performed", "instanceExists": True, "grants": ["x"]},
            {"instanceExists": "true", "grants": "1 grant"},
            id="one grant, whatever it is",
        ),
        pytest.param(
            INSTANCE.type, {"lookup": "performed", "instanceExists": False}, {"instanceExists": "false"}, id="a flag"
        ),
        pytest.param(
            LOCATIONS.type,
            {"lookup": "pending", "instanceExists": UNKNOWN, "locations": UNKNOWN},
            {"instanceExists": "(not known yet)", "locations": "(not known yet)"},
            id="pending",
        ),
        pytest.param(
            ACCESS_POINT.type, {"alias": "x.mrap", "status": "READY"}, {"alias": "x.mrap", "status": "READY"}, id="text"
        ),
        pytest.param(OPERATION.type, {"failedRegions": []}, {}, id="no text"),
        pytest.param(
            OPERATION.type,
            {"failedRegions": ["eu-west-1", "us-east-1"]},
            {"failedRegions": "eu-west-1, us-east-1"},
            id="a list of texts",
        ),
        pytest.param(OPERATION.type, {"failedRegions": [{}, 7]}, {"failedRegions": "2 failedRegions"}, id="no texts"),
        pytest.param(OPERATION.type, {"creationTime": 7, "operation": {}}, {}, id="neither text nor flag nor list"),
    ],
)  # fmt: skip
def test_values_of_lookups(kind: str, props: dict[str, Any], values: dict[str, str]) -> None:
    """A list is shown by its length, a flag by its word."""
    (found,) = overview([a_resource(kind, props)]).lookups

    assert dict(found.values) == values


# --- requests ---------------------------------------------------------------------------------------------------------

ASKED = {
    "lookup": "performed",
    "requestTokenArn": TOKEN,
    "accountId": ACCOUNT,
    "state": "IN_PROGRESS",
    "requestStatus": "NEW",
    "operation": "CreateMultiRegionAccessPoint",
    "creationTime": "2026-01-15T09:30:00Z",
    "requestParameters": {"createMultiRegionAccessPointRequest": {"name": "acme-data"}},
    "regions": [{"name": "eu-west-1", "requestStatus": "COMPLETED"}, {"name": "us-east-1"}],
}


def request_of(props: dict[str, Any], **members: Any) -> Request:
    (found,) = overview([a_resource(OPERATION.type, props, **members)]).requests
    return found


def test_request() -> None:
    """A timeline has what was asked for, when, and how far each Region has come."""
    assert request_of(ASKED) == Request(
        urn=f"urn:pulumi:prod::data::{OPERATION.type}::it",
        name="it",
        account=ACCOUNT,
        token=TOKEN,
        access_point="acme-data",
        operation="CreateMultiRegionAccessPoint",
        state="IN_PROGRESS",
        status="NEW",
        created="2026-01-15T09:30:00Z",
        regions=(("eu-west-1", "COMPLETED"), ("us-east-1", "")),
    )


def test_a_pending_lookup_has_no_state() -> None:
    """What the last update heard is not what S3 would say now."""
    found = request_of({**ASKED, "lookup": "pending"})

    assert (found.state, found.status, found.regions) == ("", "", ())
    assert found.token == TOKEN


@pytest.mark.parametrize(
    ("regions", "shown"),
    [
        pytest.param(None, (), id="none"),
        pytest.param(UNKNOWN, (), id="not known"),
        pytest.param("eu-west-1", (), id="no list"),
        pytest.param([1, None, UNKNOWN, "eu-west-1", {}, {"name": 7}], (), id="no Regions"),
        pytest.param([{"name": "eu-west-1", "requestStatus": UNKNOWN}], (("eu-west-1", ""),), id="a status not known"),
        pytest.param([{"name": "eu-west-1", "requestStatus": 7}], (("eu-west-1", ""),), id="a status that is no text"),
    ],
)
def test_regions(regions: Any, shown: tuple[tuple[str, str], ...]) -> None:
    """Only what S3 said as text is shown."""
    assert request_of({**ASKED, "regions": regions}).regions == shown


@pytest.mark.parametrize("name", ["requestTokenArn", "state", "creationTime", "requestParameters", "regions"])
def test_secrets_of_a_request_are_masked(name: str) -> None:
    """A secret stands nowhere in a timeline."""
    found = request_of(ASKED, secret_props=frozenset({name}))
    secrets = {
        "requestTokenArn": TOKEN,
        "state": "IN_PROGRESS",
        "creationTime": "2026-01-15",
        "requestParameters": "acme-data",
        "regions": "COMPLETED",
    }

    assert secrets[name] not in repr(found)


# --- anything ---------------------------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
PROPS = st.dictionaries(st.sampled_from(sorted({*LIVE, *ASKED, "locations"})), VALUES)


@given(
    st.sampled_from(
        [LOCATION.type, LOCATIONS.type, OPERATION.type, CLASSIC_LOCATION, NATIVE_LOCATION, "random:index:RandomId"]
    ),
    PROPS,
    st.none() | PROPS,
)
def test_anything(kind: str, props: dict[str, Any], previous: dict[str, Any] | None) -> None:
    """Whatever a resource holds, it is shown as texts or not at all."""
    shown = overview([a_resource(kind, props, previous)])

    for one in (*shown.locations, *shown.requests, *shown.changes):
        for name in type(one).__slots__:
            value = getattr(one, name)
            assert isinstance(value, str | bool | tuple)
            assert "Missing" not in repr(value)
