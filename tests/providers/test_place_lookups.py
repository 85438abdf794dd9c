"""Lookups of a whole account and Region: all of it, or that there is nothing, or a failure; never a part."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.access_grants_instance import InstanceLookup
from grantgate.calls import paging
from grantgate.grants import GrantsLookup
from grantgate.instance_policy import InstancePolicyLookup
from grantgate.location import LocationLookup
from grantgate.locations import LocationsLookup
from grantgate.lookup import Lookup, RefreshFailed
from pulumi.runtime.rpc import UNKNOWN

if TYPE_CHECKING:
    from grantgate.placewide import PlaceLookup
    from grantgate_emulator.server import Emulator

ACCOUNT, OTHER = "111122223333", "444455556666"
REGION, BARE, NONE = "eu-west-1", "us-east-1", "ap-south-1"
NOW = "2026-11-20T21:10:00Z"  # the clock of conftest.py
MADE = "2026-03-02T08:00:00Z"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
INSTANCE = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default"
CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
PERSON = "11112222-3333-4444-5555-666677778888"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": OTHER},
            "Action": "s3:GetDataAccess",
            "Resource": INSTANCE,
        }
    ],
}
IDS = ["b-2", "a-1", "c-3", "default"]
SEED: dict[str, Any] = {
    "defaultAccount": ACCOUNT,
    "accounts": {
        ACCOUNT: {
            "regions": {
                REGION: {
                    "instance": {
                        "identityCenterArn": CENTER,
                        "resourcePolicy": POLICY,
                        "organization": "o-abcdefghij",
                        "createdAt": MADE,
                    },
                    "buckets": ["acme-data"],
                    "locations": [
                        {
                            "id": one,
                            "scope": "s3://" if one == "default" else f"s3://acme-data/{one}/*",
                            "roleArn": ROLE,
                            "createdAt": MADE,
                        }
                        for one in IDS
                    ],
                    "grants": [
                        {
                            "id": "g-2",
                            "locationId": "a-1",
                            "subPrefix": "reports/*",
                            "permission": "READ",
                            "grantee": {"type": "IAM", "identifier": ROLE},
                            "createdAt": MADE,
                        },
                        {
                            "id": "g-1",
                            "locationId": "b-2",
                            "permission": "READWRITE",
                            "grantee": {"type": "DIRECTORY_USER", "identifier": PERSON},
                            "createdAt": MADE,
                        },
                    ],
                },
                BARE: {"instance": {}},
            },
        },
    },
}
LOOKUPS = {
    "locations": LocationsLookup(),
    "instance": InstanceLookup(),
    "grants": GrantsLookup(),
    "policy": InstancePolicyLookup(),
}
every_lookup = pytest.mark.parametrize("lookup", LOOKUPS.values(), ids=LOOKUPS.keys())
HERE = {"accountId": ACCOUNT, "region": REGION}


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give what the AWS of this file holds."""
    return SEED


def checked(lookup: Lookup, /, **news: Any) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    result = lookup.check({}, {**news, "__provider": "gASV"})
    return result.inputs, [(one.property, one.reason) for one in result.failures]


def calls(emulator: Emulator) -> list[str]:
    return [str(call["operation"]) for call in emulator.journal()]


def listed(found: dict[str, Any], name: str, member: str) -> list[str]:
    return [item[member] for item in found[name]]


# --- what is there ----------------------------------------------------------------------------------------------------


def test_all_locations(cloud: Emulator) -> None:
    """Every member of every location, sorted by id, with the account that was asked and the time."""
    found, faults = checked(LocationsLookup())

    assert faults == []
    assert {name: value for name, value in found.items() if name != "locations"} == {
        **HERE,
        "instanceExists": True,
        "lookup": "performed",
        "readAt": NOW,
    }
    assert listed(found, "locations", "accessGrantsLocationId") == sorted(IDS)
    assert found["locations"][0] == {
        "accessGrantsLocationId": "a-1",
        "accessGrantsLocationArn": f"{INSTANCE}/location/a-1",
        "locationScope": "s3://acme-data/a-1/*",
        "iamRoleArn": ROLE,
        "createdAt": MADE,
    }
    assert calls(cloud) == ["GetCallerIdentity", "ListAccessGrantsLocations"]


@pytest.mark.parametrize(
    ("scope", "ids"), [("s3://acme-data/a-1/*", ["a-1"]), ("s3://", ["default"]), ("s3://none/", [])]
)
def test_locations_of_one_scope(cloud: Emulator, scope: str, ids: list[str]) -> None:
    """S3 filters; a scope that nobody registered has no locations."""
    found, faults = checked(LocationsLookup(), **HERE, locationScope=scope)

    assert (faults, found["locationScope"], found["instanceExists"]) == ([], scope, True)
    assert listed(found, "locations", "accessGrantsLocationId") == ids
    assert len(calls(cloud)) == 1


def test_an_instance(cloud: Emulator) -> None:
    """Its ARN and id, and the Identity Center that it is associated with."""
    found, faults = checked(InstanceLookup(), **HERE)

    assert faults == []
    assert (found["instanceExists"], found["accessGrantsInstanceArn"]) == (True, INSTANCE)
    assert (found["accessGrantsInstanceId"], found["createdAt"]) == ("default", MADE)
    assert found["identityCenterArn"] == CENTER
    assert found["identityCenterApplicationArn"].startswith(f"arn:aws:sso::{ACCOUNT}:application/")
    assert calls(cloud) == ["GetAccessGrantsInstance"]


def test_an_instance_without_identity_center(cloud: Emulator) -> None:
    """What S3 leaves out is left out."""
    found, faults = checked(InstanceLookup(), accountId=ACCOUNT, region=BARE)

    assert (faults, found["instanceExists"]) == ([], True)
    assert not {"identityCenterArn", "identityCenterApplicationArn"} & found.keys()
    assert calls(cloud)


def test_all_grants(cloud: Emulator) -> None:
    """Sorted by id; what a grant does not have is left out."""
    found, faults = checked(GrantsLookup(), **HERE)

    assert faults == []
    assert found["grants"] == [
        {
            "accessGrantId": "g-1",
            "accessGrantArn": f"{INSTANCE}/grant/g-1",
            "accessGrantsLocationId": "b-2",
            "grantee": {"granteeType": "DIRECTORY_USER", "granteeIdentifier": PERSON},
            "permission": "READWRITE",
            "grantScope": "s3://acme-data/b-2/*",
            "createdAt": MADE,
        },
        {
            "accessGrantId": "g-2",
            "accessGrantArn": f"{INSTANCE}/grant/g-2",
            "accessGrantsLocationId": "a-1",
            "grantee": {"granteeType": "IAM", "granteeIdentifier": ROLE},
            "permission": "READ",
            "grantScope": "s3://acme-data/a-1/reports/*",
            "createdAt": MADE,
            "accessGrantsLocationConfiguration": {"s3SubPrefix": "reports/*"},
        },
    ]
    assert calls(cloud) == ["ListAccessGrants"]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        pytest.param({"granteeType": "IAM"}, ["g-2"], id="type"),
        pytest.param({"granteeIdentifier": PERSON, "granteeType": "DIRECTORY_USER"}, ["g-1"], id="identifier"),
        pytest.param({"permission": "READWRITE"}, ["g-1"], id="permission"),
        pytest.param({"grantScope": "s3://acme-data/a-1/reports/*"}, ["g-2"], id="scope"),
        pytest.param({"permission": "WRITE"}, [], id="nothing"),
    ],
)
def test_grants_that_filters_name(cloud: Emulator, filters: dict[str, str], ids: list[str]) -> None:
    """S3 filters, and the filters stay with the answer."""
    found, faults = checked(GrantsLookup(), **HERE, **filters)

    assert (faults, found["instanceExists"]) == ([], True)
    assert listed(found, "grants", "accessGrantId") == ids
    assert filters.items() <= found.items()
    assert len(calls(cloud)) == 1


def test_an_instance_policy(cloud: Emulator) -> None:
    """As S3 holds it, with the organization."""
    found, faults = checked(InstancePolicyLookup(), **HERE)

    assert faults == []
    assert (found["instanceExists"], found["policyExists"], found["organization"]) == (True, True, "o-abcdefghij")
    assert '"s3:GetDataAccess"' in found["policy"]
    assert found["createdAt"]
    assert calls(cloud) == ["GetAccessGrantsInstanceResourcePolicy"]


def test_no_instance_policy(cloud: Emulator) -> None:
    """An instance without one is an answer."""
    found, faults = checked(InstancePolicyLookup(), accountId=ACCOUNT, region=BARE)

    assert faults == []
    assert (found["instanceExists"], found["policyExists"], "policy" in found) == (True, False, False)
    assert calls(cloud)


# --- what is not there, and what could not be read --------------------------------------------------------------------


@every_lookup
def test_no_instance(cloud: Emulator, lookup: PlaceLookup) -> None:
    """AWS said so: that is an answer, with nothing in it."""
    found, faults = checked(lookup, accountId=ACCOUNT, region=NONE, mustExist=False)

    assert (faults, found["lookup"], found["instanceExists"]) == ([], "performed", False)
    assert set(lookup.kind.live) <= found.keys()
    assert all(found[name] in (False, []) for name in lookup.kind.live)
    assert not set(lookup.kind.sometimes) & found.keys()
    assert len(calls(cloud)) == 1


@every_lookup
def test_an_instance_that_must_exist(cloud: Emulator, lookup: PlaceLookup) -> None:
    """Having none is a failure by name where nobody said otherwise: a misspelt Region would be empty and green."""
    found, faults = checked(lookup, accountId=ACCOUNT, region=NONE)

    ((name, reason),) = faults
    assert (found["lookup"], name) == ("failed", "accountId")
    assert "the account has no S3 Access Grants instance in this Region (" in reason
    assert calls(cloud)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"kind": "access-denied"}, id="denied"),
        pytest.param({"kind": "throttle"}, id="throttled"),
        pytest.param({"kind": "server-error"}, id="AWS failed"),
        pytest.param({"kind": "reset"}, id="unreachable"),
        pytest.param({"kind": "truncate"}, id="half an answer"),
        pytest.param({"kind": "malformed", "body": "empty"}, id="an empty answer"),
        pytest.param({"kind": "malformed", "body": "wrong-root"}, id="another answer"),
        pytest.param({"kind": "malformed", "body": "html"}, id="a proxy's page"),
        pytest.param({"kind": "error", "code": "404", "status": 404}, id="a bare 404"),
        pytest.param(
            {"kind": "error", "code": "AccessGrantsInstanceNotExistsError", "status": 403},
            id="denied, whatever the code",
        ),
        pytest.param(
            {"kind": "error", "code": "AccessGrantsInstanceResourcePolicyNotExists", "status": 500},
            id="failed likewise",
        ),
    ],
)
@every_lookup
def test_what_could_not_be_read_is_never_empty(cloud: Emulator, lookup: PlaceLookup, fault: dict[str, Any]) -> None:
    """Every other failure is one, whatever mustExist says."""
    cloud.set_faults([{"operation": "*", **fault}])

    found, faults = checked(lookup, **HERE, mustExist=False)

    ((name, reason),) = faults
    assert (found, name) == ({**HERE, "mustExist": False, "lookup": "failed"}, "accountId")
    assert reason.startswith(lookup.kind.action.partition(":")[2])
    assert f" in account {ACCOUNT}, Region {REGION}: " in reason
    assert ". To do: " in reason


@pytest.mark.parametrize(
    ("style", "told"),
    [
        pytest.param("same", "stands in the list twice, again on page 2", id="the same page"),
        pytest.param("cycle", "stands in the list twice, again on page 2", id="two pages in turn"),
        pytest.param("repeat", "stands in the list twice, again on page 2", id="the first page again and again"),
        pytest.param("endless", "the list goes on after 5 pages with 0 ", id="empty pages without end"),
    ],
)
@pytest.mark.parametrize("name", ["locations", "grants"])
def test_a_list_without_an_end(
    cloud: Emulator, monkeypatch: pytest.MonkeyPatch, name: str, style: str, told: str
) -> None:
    """It is not followed for ever, and nothing of it is believed."""
    for kind in ("LOCATION_PAGES", "GRANT_PAGES"):
        known = getattr(paging, kind)
        monkeypatch.setattr(
            paging, kind, paging.Paged(known.member, known.things, known.most, most_pages=5, less=known.less)
        )
    cloud.set_faults([{"operation": "*", "kind": "page-loop", "style": style}])

    found, ((_, reason),) = checked(LOOKUPS[name], **HERE)

    assert found["lookup"] == "failed"
    assert told in reason
    assert len(calls(cloud)) <= 5


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param({"kind": "server-error", "after": 1}, id="AWS fails"),
        pytest.param({"kind": "access-denied", "after": 1}, id="denied"),
        pytest.param({"kind": "truncate", "after": 1}, id="cut short"),
    ],
)
def test_a_list_that_fails_on_its_second_page(
    cloud: Emulator, monkeypatch: pytest.MonkeyPatch, broken: dict[str, Any]
) -> None:
    """The first page alone is not the list."""
    monkeypatch.setattr(paging, "PAGE", 2)
    cloud.set_faults([{"operation": "ListAccessGrantsLocations", **broken}])

    found, faults = checked(LocationsLookup(), **HERE)

    assert (found["lookup"], len(faults)) == ("failed", 1)
    assert calls(cloud) == ["ListAccessGrantsLocations"] * 2


@pytest.mark.parametrize(("name", "count"), [("locations", 4), ("grants", 2)])
@pytest.mark.parametrize("page", [1, 3])
def test_pages_are_put_together(
    cloud: Emulator, monkeypatch: pytest.MonkeyPatch, name: str, count: int, page: int
) -> None:
    """However small the pages, each item is there once."""
    monkeypatch.setattr(paging, "PAGE", page)

    found, faults = checked(LOOKUPS[name], **HERE)

    assert (faults, len(found[name])) == ([], count)
    assert len(calls(cloud)) == -(-count // page)


# --- inputs and ids ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "news", "faults"),
    [
        pytest.param(
            "locations",
            {"locationScope": "acme", "mustExist": "yes"},
            [
                ("mustExist", "'yes' is not true or false"),
                ("locationScope", "'acme' is not an S3 URI such as 's3://bucket/prefix/'"),
            ],
            id="a scope and a flag that are none",
        ),
        pytest.param(
            "grants",
            {"granteeType": "USER", "permission": "read", "grantScope": "", "applicationArn": "x"},
            [
                ("granteeType", "'USER' is not one of DIRECTORY_USER, DIRECTORY_GROUP, IAM"),
                ("permission", "'read' is not one of READ, WRITE, READWRITE"),
                ("grantScope", "the prefix has 0 characters; S3 takes 1 to 2000"),
                (
                    "applicationArn",
                    "'x' is not an application such as 'arn:aws:sso::111122223333:application/ssoins-1/apl-1'",
                ),
            ],
            id="filters that S3 does not know",
        ),
        pytest.param(
            "instance",
            {"accountId": "evil.example"},
            [("accountId", "'evil.example' is not an AWS account id of 12 digits")],
            id="no account",
        ),
    ],
)
def test_faults(cloud: Emulator, name: str, news: dict[str, Any], faults: list[tuple[str, str]]) -> None:
    """Each on its own property, and AWS is not asked."""
    found, told = checked(LOOKUPS[name], **news)

    assert (found["lookup"], told) == ("failed", faults)
    assert calls(cloud) == []


@pytest.mark.parametrize("unknown", ["accountId", "region", "mustExist"])
@every_lookup
def test_an_unknown_input(cloud: Emulator, lookup: PlaceLookup, unknown: str) -> None:
    """AWS is not asked, and every live value is unknown."""
    found, faults = checked(lookup, **{unknown: UNKNOWN})

    assert (found["lookup"], faults) == ("pending", [])
    assert {found[one] for one in (*lookup.kind.live, *lookup.kind.sometimes, "readAt")} == {UNKNOWN}
    assert calls(cloud) == []


@pytest.mark.parametrize(
    ("name", "news", "resource_id"),
    [
        pytest.param("locations", {}, f"{ACCOUNT}/{REGION}", id="locations"),
        pytest.param(
            "locations",
            {"locationScope": "s3://acme-data/a-1/*"},
            f"{ACCOUNT}/{REGION}/locationScope=s3://acme-data/a-1/*",
            id="locations of a scope",
        ),
        pytest.param("instance", {"mustExist": True}, f"{ACCOUNT}/{REGION}", id="instance"),
        pytest.param(
            "grants",
            {"granteeType": "IAM", "granteeIdentifier": f"{ROLE}=&/x"},
            f"{ACCOUNT}/{REGION}/granteeType=IAM&granteeIdentifier=arn:aws:iam::{ACCOUNT}:role/access-grants/"
            "finance%3D%26/x",
            id="grants that filters name",
        ),
        pytest.param("policy", {}, f"{ACCOUNT}/{REGION}", id="policy"),
    ],
)
def test_ids(cloud: Emulator, name: str, news: dict[str, Any], resource_id: str) -> None:
    """An id says what was looked up, and is enough to look it up again."""
    lookup = LOOKUPS[name]
    found, faults = checked(lookup, **HERE, **news)
    assert faults == []

    made = lookup.create(found)
    read = lookup.read(made.id, {})

    assert made.id == read.id == resource_id
    assert read.outs == {one: value for one, value in found.items() if one != "mustExist"}
    assert calls(cloud)


@pytest.mark.parametrize(
    ("name", "resource_id", "told"),
    [
        pytest.param("instance", ACCOUNT, f"'{ACCOUNT}' is not ACCOUNT/REGION", id="no Region"),
        pytest.param("instance", f"{ACCOUNT}/{REGION}/x=y", "is not ACCOUNT/REGION", id="a filter where none is"),
        pytest.param(
            "locations",
            f"{ACCOUNT}/{REGION}/s3://x",
            "is not ACCOUNT/REGION or ACCOUNT/REGION/locationScope=...",
            id="a filter without a name",
        ),
        pytest.param("policy", f"evil.example/{REGION}", "accountId: 'evil.example' is not an AWS", id="a host"),
        pytest.param("grants", "", "'' is not ACCOUNT/REGION", id="nothing"),
    ],
)
def test_an_id_that_cannot_be_read(cloud: Emulator, name: str, resource_id: str, told: str) -> None:
    """An id is checked as inputs are, before any call."""
    with pytest.raises(RefreshFailed) as caught:
        LOOKUPS[name].read(resource_id, {})

    assert told in str(caught.value)
    assert calls(cloud) == []


@every_lookup
def test_a_refresh_that_fails_keeps_the_state(cloud: Emulator, lookup: PlaceLookup) -> None:
    """A denied refresh is no empty Region."""
    cloud.set_faults([{"operation": "*", "kind": "access-denied"}])

    with pytest.raises(RefreshFailed, match="To do: "):
        lookup.read(f"{ACCOUNT}/{REGION}", {**HERE, "mustExist": False})


@pytest.mark.parametrize(
    ("olds", "news", "replaces"),
    [
        pytest.param({}, {"locationScope": "s3://b/"}, ["locationScope"], id="a new filter"),
        pytest.param({"locationScope": "s3://b/"}, {}, ["locationScope"], id="a filter that is gone"),
        pytest.param({}, {"accountId": OTHER}, ["accountId"], id="another account"),
        pytest.param({}, {"mustExist": True}, [], id="what must exist"),
        pytest.param({}, {"locations": []}, [], id="drift"),
    ],
)
def test_diff(olds: dict[str, Any], news: dict[str, Any], replaces: list[str]) -> None:
    """What the id holds is replaced when it changes; when it was read is no difference."""
    same = {**HERE, "locations": [{}], "readAt": NOW}

    found = LocationsLookup().diff("id", {**same, **olds}, {**same, "readAt": "later", "notBefore": 7.0, **news})

    assert (found.changes, found.replaces) == (True, replaces)
    assert not LocationsLookup().diff("id", same, {**same, "readAt": "later", "notBefore": 7.0}).changes
    assert not LocationsLookup().diff("id", HERE, {**HERE, "readAt": NOW}).changes


# --- what is shared ---------------------------------------------------------------------------------------------------


def test_one_list_for_all_of_a_place(cloud: Emulator) -> None:
    """Single lookups take what the lookup of all has read, with the time of that reading, and the other way round."""
    checked(LocationsLookup(), **HERE)
    for one in IDS:
        found, faults = checked(LocationLookup(), **HERE, accessGrantsLocationId=one)
        assert (faults, found["readAt"]) == ([], NOW)
    found, _ = checked(LocationsLookup(), **HERE)

    assert len(found["locations"]) == len(IDS)
    assert calls(cloud) == ["ListAccessGrantsLocations"]


@pytest.mark.parametrize(
    "news",
    [
        pytest.param({"direct": True}, id="direct"),
        pytest.param({"locationScope": "s3://acme-data/a-1/*"}, id="a filter"),
        pytest.param({"notBefore": 1e12}, id="later than what was read"),
    ],
)
def test_what_takes_no_shared_list(cloud: Emulator, news: dict[str, Any]) -> None:
    """What may have changed a moment ago, or is only a part, is read anew."""
    checked(LocationsLookup(), **HERE)
    checked(LocationsLookup(), **HERE, **news)

    assert calls(cloud) == ["ListAccessGrantsLocations"] * 2


@pytest.mark.parametrize(
    "news", [pytest.param({"direct": True}, id="direct"), pytest.param({"locationScope": "s3://"}, id="a filter")]
)
def test_what_leaves_no_shared_list(cloud: Emulator, news: dict[str, Any]) -> None:
    """Nobody else is served what was read for one lookup alone."""
    checked(LocationsLookup(), **HERE, **news)
    checked(LocationLookup(), **HERE, accessGrantsLocationId="a-1")

    assert calls(cloud) == ["ListAccessGrantsLocations", "GetAccessGrantsLocation"]


def test_a_list_that_is_denied_is_asked_for_once(cloud: Emulator) -> None:
    """Each location is read by itself, and the lookup of all fails with the list's own failure."""
    cloud.set_faults([{"operation": "ListAccessGrantsLocations", "kind": "access-denied"}])

    singles = [checked(LocationLookup(), **HERE, accessGrantsLocationId=one) for one in IDS]
    _, ((_, reason),) = checked(LocationsLookup(), **HERE)

    assert [faults for _, faults in singles] == [[]] * len(IDS)
    assert reason.startswith("ListAccessGrantsLocations in account ")
    assert sorted(calls(cloud)) == ["GetAccessGrantsLocation"] * len(IDS) + ["ListAccessGrantsLocations"]


def test_four_threads_share_one_list(cloud: Emulator) -> None:
    """The dynamic host's four threads: whoever comes while the list is read waits for it."""
    cloud.set_faults([{"operation": "*", "kind": "latency", "seconds": 0.05}])
    checked(LocationLookup(), **HERE, accessGrantsLocationId="a-1")  # the first of a place is read by itself
    start = threading.Barrier(4)
    results: list[list[tuple[str, str]]] = []

    def look(lookup: Lookup, **news: Any) -> None:
        start.wait()
        results.append(checked(lookup, **HERE, **news)[1])

    jobs: list[tuple[Lookup, dict[str, Any]]] = [
        (LocationsLookup(), {}),
        *((LocationLookup(), {"accessGrantsLocationId": one}) for one in IDS[:3]),
    ]
    threads = [threading.Thread(target=look, args=(lookup,), kwargs=news) for lookup, news in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert results == [[]] * 4
    assert calls(cloud) == ["GetAccessGrantsLocation", "ListAccessGrantsLocations"]


def test_a_location_that_is_deleted_between_list_and_get(cloud: Emulator) -> None:
    """What the list does not hold is asked for by name, and what is gone is a failure."""
    cloud.set_faults(
        [{"operation": "ListAccessGrantsLocations", "kind": "delete-after", "location": "c-3", "times": 1}]
    )
    checked(LocationsLookup(), **HERE)
    cloud.set_faults([])

    found, ((_, reason),) = checked(LocationLookup(), **HERE, accessGrantsLocationId="c-3", direct=True)

    assert found["lookup"] == "failed"
    assert "no such location is registered" in reason


def test_a_location_that_the_list_does_not_show(cloud: Emulator) -> None:
    """The list never says that a location does not exist."""
    cloud.set_faults([{"operation": "ListAccessGrantsLocations", "kind": "gone", "location": "c-3"}])
    checked(LocationsLookup(), **HERE)

    found, faults = checked(LocationLookup(), **HERE, accessGrantsLocationId="c-3")

    assert (faults, found["locationScope"]) == ([], "s3://acme-data/c-3/*")
    assert calls(cloud) == ["ListAccessGrantsLocations", "GetAccessGrantsLocation"]
