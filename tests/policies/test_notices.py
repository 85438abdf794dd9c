"""Where lookups found nothing, the report says so: such a run is green, and may have looked at the wrong place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from grantgate.grants import GrantsLookup
from grantgate.kinds import GRANTS, INSTANCE, INSTANCE_POLICY, LOCATION, LOCATIONS, LOOKUP_TYPES, OPERATION
from grantgate.locations import LocationsLookup
from grantgate_policies import notices
from grantgate_policies.commands.root import main
from grantgate_policies.core import UNKNOWN, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from grantgate.kinds import LookupType

    LookedUp = Callable[..., dict[str, Any]]

PROD, DEV = "111122223333", "444455556666"
WHEN = "2026-01-15T09:30:00Z"  # the readAt of conftest.py
HERE = f"{PROD} in eu-west-1"
SCOPE = "s3://acme-fin/*"
NOWHERE = "nothing of S3 Access Grants was found at {}, none of which has an instance: "
FORGOTTEN = "S3 no longer knows 1 request, whose kept answer is judged: "
KEPT: Mapping[str, Any] = {"tokenExpired": True}
BOUND = "; maxAgeSeconds bounds how old such an answer may be"
UNREAD = (
    pytest.param({"lookup": "pending"}, id="not asked yet"),
    pytest.param({"lookup": "failed"}, id="not read"),
    pytest.param({"lookup": UNKNOWN}, id="nobody knows whether it was asked"),
)
ABSENT: Mapping[str, Any] = {"instanceExists": False, "policyExists": None, "policy": None}


@pytest.fixture
def found(looked_up: LookedUp) -> Callable[..., list[str]]:
    """Return what says of lookups, each its kind and properties, what they did not find."""

    def made(index: int, kind: LookupType, props: Mapping[str, Any]) -> Resource:
        secret = frozenset(props.get("secret", ()))
        known = {name: value for name, value in props.items() if name != "secret"}
        return Resource(f"urn:x::{index}", kind.type, f"it-{index}", looked_up(kind.type, **known), secret)

    def told(*lookups: tuple[LookupType, Mapping[str, Any]]) -> list[str]:
        return list(notices.nothing_found(made(index, kind, props) for index, (kind, props) in enumerate(lookups)))

    return told


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        pytest.param([], [], id="no lookups"),
        pytest.param([(LOCATION, {})], [], id="a lookup by id"),
        pytest.param([(LOCATIONS, {}), (GRANTS, {})], [], id="lists that hold something"),
        pytest.param([(LOCATIONS, {"locations": []})], [], id="an empty list of all: the instance is there"),
        pytest.param([(LOCATIONS, {"locationScope": SCOPE})], [], id="a filter that finds"),
        pytest.param(
            [(LOCATIONS, {"locationScope": SCOPE, "locations": []})],
            [f"nothing of AccessGrantsLocations with locationScope {SCOPE!r} was found at 1 place: {HERE}"],
            id="a filter that finds nothing",
        ),
        pytest.param(
            [
                (GRANTS, {"permission": "WRITE", "granteeType": "IAM", "grants": [], "region": "us-east-1"}),
                (GRANTS, {"permission": "WRITE", "granteeType": "IAM", "grants": []}),
                (GRANTS, {"permission": "WRITE", "granteeType": "IAM", "grants": [], "accountId": DEV}),
                (GRANTS, {"permission": "READ", "grants": []}),
            ],
            [
                (
                    "nothing of AccessGrants with granteeType 'IAM', permission 'WRITE' was found at 3 places: "
                    f"{HERE}, {PROD} in us-east-1, {DEV} in eu-west-1"
                ),
                f"nothing of AccessGrants with permission 'READ' was found at 1 place: {HERE}",
            ],
            id="the same filter in several places, and another",
        ),
        pytest.param(
            [
                (GRANTS, {"permission": "READ", "grants": []}),
                (GRANTS, {"permission": "READ", "region": "us-east-1"}),
            ],
            [f"nothing of AccessGrants with permission 'READ' was found at 1 place: {HERE}"],
            id="a filter that finds elsewhere",
        ),
        pytest.param(
            [(INSTANCE, {}), (GRANTS, {"permission": "READ", "grants": [], "instanceExists": False})],
            [f"nothing of AccessGrants with permission 'READ' was found at 1 place: {HERE}"],
            id="a filter where no instance is, while another place has one",
        ),
        pytest.param(
            [
                (INSTANCE, {**ABSENT, "accessGrantsInstanceArn": None}),
                (LOCATIONS, {**ABSENT, "locations": [], "locationScope": SCOPE}),
                (INSTANCE_POLICY, {**ABSENT, "region": "us-east-1"}),
                (GRANTS, {**ABSENT, "grants": [], "accountId": DEV}),
                (LOCATION, {}),
            ],
            [f"{NOWHERE.format('3 places')}{HERE}, {PROD} in us-east-1, {DEV} in eu-west-1"],
            id="no instance anywhere",
        ),
        pytest.param(
            [(INSTANCE, {**ABSENT, "accessGrantsInstanceArn": None}), (INSTANCE, {"region": "us-east-1"})],
            [],
            id="an instance somewhere",
        ),
        pytest.param(
            [(INSTANCE, {**ABSENT, "region": f"us-east-{number}"}) for number in range(1, 10)],
            [
                NOWHERE.format("9 places")
                + ", ".join(f"{PROD} in us-east-{number}" for number in range(1, 7))
                + ", and 3 more"
            ],
            id="many places",
        ),
    ],
)
def test_what_was_not_found(
    found: Callable[..., list[str]], lookups: list[tuple[LookupType, Mapping[str, Any]]], expected: list[str]
) -> None:
    """By what was asked for, with the places; a list of everything is what it is."""
    assert found(*lookups) == expected


@pytest.mark.parametrize(
    "props",
    [
        *UNREAD,
        pytest.param({"locations": UNKNOWN, "instanceExists": UNKNOWN}, id="values that are not known yet"),
        pytest.param({"locations": None, "instanceExists": None}, id="no values"),
        pytest.param({"locations": "none", "instanceExists": "false"}, id="values that are none"),
    ],
)
def test_what_is_not_known_is_not_called_nothing(found: Callable[..., list[str]], props: Mapping[str, Any]) -> None:
    """Other rules say what such a lookup lacks; nobody says that there is nothing, of it or of the others."""
    empty = {"locations": [], "instanceExists": False, "locationScope": SCOPE}

    assert found((LOCATIONS, {**empty, **props})) == []
    assert found((INSTANCE, {**ABSENT, "region": "us-east-1"}), (LOCATIONS, {**empty, **props})) == []


def test_hostile_and_secret_filters(found: Callable[..., list[str]]) -> None:
    """A filter is shown on one line and cut, a secret one not at all; nor is a place that is none."""
    hostile = "a\n::error::\x1b[2J\u202e\ud800" + "x" * 5000
    grants = {"grants": [], "instanceExists": True, "granteeIdentifier": hostile}
    (shown,) = found((GRANTS, {**grants, "accountId": "\x1b[2J", "region": 7}))
    (hidden,) = found((GRANTS, {**grants, "secret": ["granteeIdentifier"]}))

    assert shown.isprintable()
    assert len(shown) < 1000
    assert hidden == (f"nothing of AccessGrants with granteeIdentifier [secret] was found at 1 place: {HERE}")


def test_who_repeats_it(looked_up: LookedUp, tmp_path: Path) -> None:
    """`grantgate check` says it of whatever stack it is given; tests/engine has the pack that does."""
    props = looked_up(GRANTS.type, permission="WRITE", grants=[])
    stack, rules = tmp_path / "stack.json", tmp_path / "rules.json"
    stack.write_text(json.dumps([{"type": GRANTS.type, "name": "all", "props": props}]))
    rules.write_text(json.dumps({"version": 1, "organization": {"name": "acme"}}))

    done = CliRunner().invoke(main, ["check", str(stack), "--rules", str(rules), "--format", "json"])

    told = f"nothing of AccessGrants with permission 'WRITE' was found at 1 place: {HERE}"
    assert told in json.loads(done.stdout)["notices"]


# --- requests that S3 no longer knows ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        pytest.param([(OPERATION, {})], [], id="one that S3 knows"),
        pytest.param(
            [(OPERATION, {**KEPT, "readAt": "2026-03-02T08:00:00Z"})],
            [
                f"{FORGOTTEN}'it-0' (SUCCEEDED, read at 2026-03-02T08:00:00Z){BOUND}",
            ],
            id="one that it does not",
        ),
        pytest.param(
            [(OPERATION, {**KEPT, "maxAgeSeconds": 86400.0})],
            [
                f"{FORGOTTEN}'it-0' (SUCCEEDED, read at {WHEN}, maxAgeSeconds 86400)",
            ],
            id="one of a bounded age",
        ),
        pytest.param(
            [
                (OPERATION, {**KEPT, "maxAgeSeconds": 60}),
                (LOCATION, {}),
                (OPERATION, {}),
                (OPERATION, {**KEPT, "state": "FAILED", "readAt": None}),
            ],
            [
                (
                    "S3 no longer knows 2 requests, whose kept answers are judged: "
                    f"'it-0' (SUCCEEDED, read at {WHEN}, maxAgeSeconds 60), "
                    f"'it-3' (FAILED, read at a time that nobody kept){BOUND}"
                )
            ],
            id="two, of which one has no bound and no time",
        ),
        pytest.param(
            [(OPERATION, KEPT)] * 9,
            [
                "S3 no longer knows 9 requests, whose kept answers are judged: "
                + ", ".join(f"'it-{number}' (SUCCEEDED, read at {WHEN})" for number in range(6))
                + f", and 3 more{BOUND}"
            ],
            id="many",
        ),
    ],
)
def test_an_answer_that_was_kept_is_told(
    found: Callable[..., list[str]], lookups: list[tuple[LookupType, Mapping[str, Any]]], expected: list[str]
) -> None:
    """With the time of its last real read, which is nobody's guess; a run that is green by it says so."""
    assert found(*lookups) == expected


@pytest.mark.parametrize(
    "props",
    [
        *UNREAD,
        pytest.param({"tokenExpired": UNKNOWN}, id="nobody knows whether it was kept"),
        pytest.param({"tokenExpired": "true"}, id="a text"),
        pytest.param({"tokenExpired": None}, id="nothing"),
    ],
)
def test_what_is_not_known_is_not_called_kept(found: Callable[..., list[str]], props: Mapping[str, Any]) -> None:
    """Nothing is said of what was not read, or is not known."""
    assert found((OPERATION, {**KEPT, **props})) == []


@pytest.mark.parametrize(
    ("props", "told"),
    [
        pytest.param({"readAt": "yesterday"}, "(SUCCEEDED, read at a time that nobody kept)", id="no time"),
        pytest.param({"readAt": UNKNOWN}, "(SUCCEEDED, read at a time that nobody kept)", id="an unknown time"),
        pytest.param(
            {"readAt": "2026-03-02T08:00:00Z\n::error::"}, "(SUCCEEDED, read at a time that nobody kept)", id="hostile"
        ),
        pytest.param({"secret": ["readAt"]}, "(SUCCEEDED, read at [secret])", id="a secret time"),
        pytest.param({"secret": ["state"]}, f"([secret], read at {WHEN})", id="a secret state"),
        pytest.param({"state": "\x1b[2J"}, f"('\\x1b[2J', read at {WHEN})", id="a state of somebody's"),
        pytest.param({"state": UNKNOWN}, f"((no text), read at {WHEN})", id="an unknown state"),
        pytest.param({"maxAgeSeconds": True}, f"(SUCCEEDED, read at {WHEN})", id="no age"),
        pytest.param({"maxAgeSeconds": 7.5}, f"(SUCCEEDED, read at {WHEN})", id="no whole seconds"),
        pytest.param({"maxAgeSeconds": UNKNOWN}, f"(SUCCEEDED, read at {WHEN})", id="an unknown age"),
        pytest.param(
            {"maxAgeSeconds": 60, "secret": ["maxAgeSeconds"]},
            f"(SUCCEEDED, read at {WHEN}, maxAgeSeconds [secret])",
            id="a secret age",
        ),
    ],
)
def test_hostile_and_secret_answers(found: Callable[..., list[str]], props: Mapping[str, Any], told: str) -> None:
    """What is no time, state or age is not repeated as one; what is secret is not repeated."""
    (notice,) = found((OPERATION, {**KEPT, **props}))

    assert f"'it-0' {told}" in notice
    assert notice.isprintable()


def test_a_hostile_name_of_a_request(looked_up: LookedUp) -> None:
    """A name is shown on one line and cut."""
    name = "a\n::error::\x1b[2J\u202e\ud800" + "x" * 5000
    kept = Resource("urn:x::0", OPERATION.type, name, looked_up(OPERATION.type, **KEPT))

    (notice,) = notices.nothing_found([kept])

    assert notice.isprintable()
    assert len(notice) < 1000


def test_check_repeats_what_was_kept(looked_up: LookedUp, tmp_path: Path) -> None:
    """`grantgate check` says it as well; tests/engine has the gate that does."""
    stack, rules = tmp_path / "stack.json", tmp_path / "rules.json"
    stack.write_text(json.dumps([{"type": OPERATION.type, "name": "made", "props": looked_up(OPERATION.type, **KEPT)}]))
    rules.write_text(json.dumps({"version": 1, "organization": {"name": "acme"}}))

    done = CliRunner().invoke(main, ["check", str(stack), "--rules", str(rules), "--format", "json"])

    told = f"{FORGOTTEN}'made' (SUCCEEDED, read at {WHEN}){BOUND}"
    assert told in json.loads(done.stdout)["notices"]


def test_the_contract_names_every_filter() -> None:
    """What narrows a list is the same for the lookups and for who judges them."""
    assert LocationsLookup.filters == LOCATIONS.filters
    assert GrantsLookup.filters == GRANTS.filters
    assert {kind for kind in LOOKUP_TYPES.values() if kind.filters} == {LOCATIONS, GRANTS}
