"""AGL-14: what S3 says of a location is what the program declares."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import UNKNOWN, Context, Finding, Organization, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agl14_not_drifted import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.standing import Moment
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from grantgate_policies.subjects import facts_of as read
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ACCOUNT, OTHER = "111122223333", "444455556666"
BASE = f"arn:aws:iam::{ACCOUNT}:role/"
X, Y, Z = f"{BASE}x", f"{BASE}y", f"{BASE}z"
SCOPE = "s3://acme/a/*"
BOOK = parse(
    json.dumps({"version": 1, "organization": {"name": "acme"}}),
    name="rules.json",
    rules=(RULE,),
    pattern_checks=PATTERN_CHECKS,
)


def urn(name: str, kind: str) -> str:
    return f"urn:pulumi:prod::data::{kind}::{name}"


def shown(name: str, kind: str, props: Mapping[str, Any], **members: Any) -> Resource:
    known = {
        "accountId": ACCOUNT,
        "region": "eu-west-1",
        "locationScope": SCOPE,
        "iamRoleArn": X,
        "accessGrantsLocationId": "1",
    }
    plain = {key: value for key, value in {**known, **props}.items() if value is not None}
    return Resource(urn(name, kind), kind, name, plain, **members)


def declared(name: str = "d", previous: Mapping[str, Any] | None = None, **props: Any) -> Resource:
    return shown(name, props.pop("kind", CLASSIC_LOCATION), props, previous=previous)


def live(name: str = "l", makers: Sequence[str] = (), **props: Any) -> Resource:
    made = {"accessGrantsLocationId": tuple(urn(one, CLASSIC_LOCATION) for one in makers)}
    return shown(name, LOCATION.type, props, made_from=made)


def judged(*resources: Resource, preview: bool = False) -> dict[str, Finding]:
    judge = Judge(BOOK, "prod", dt.date(2026, 11, 20), rules=(RULE,), moment=Moment(preview=preview))
    return {one.resource.name: one for one in judge.stack_findings(resources)}


@pytest.mark.parametrize("kind", [CLASSIC_LOCATION, NATIVE_LOCATION], ids=["classic", "native"])
def test_each_type(kind: str) -> None:
    """The lookup is judged, the declaration never; high and mandatory."""
    same, other = judged(declared(kind=kind), live()), judged(declared(kind=kind, iamRoleArn=Y), live())

    assert (same["l"].outcome, other["l"].outcome, other["l"].blocks) == (Outcome.PASS, Outcome.FAIL, True)
    assert other["l"].edit == f"Run an update that sets the role back, or declare '{X}'."
    assert other["l"].message == f"the live role is '{X}', and 'd' declares '{Y}'"
    assert (other["l"].field, other["l"].observed, other["l"].expected) == ("iamRoleArn", X, Y)
    assert (other["d"].outcome, other["d"].message) == (
        Outcome.NOT_APPLICABLE,
        "this is the declaration; its lookup is held against it",
    )


@pytest.mark.parametrize(
    ("resources", "outcome", "message"),
    [
        pytest.param([], "NOT_APPLICABLE", "no declaration of this location is in the stack", id="no declaration"),
        pytest.param(
            [declared(accessGrantsLocationId="2", iamRoleArn=Y)],
            "NOT_APPLICABLE",
            "no declaration of this location is in the stack",
            id="another id",
        ),
        pytest.param(
            [declared(accountId=OTHER, iamRoleArn=Y)],
            "NOT_APPLICABLE",
            "no declaration of this location is in the stack",
            id="another account",
        ),
        pytest.param(
            [declared(accessGrantsLocationId=None, iamRoleArn=Y)],
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'",
            id="joined by scope",
        ),
        pytest.param(
            [declared(accessGrantsLocationId=None, locationScope="S3://acme/a/")], "PASS", "", id="another spelling"
        ),
        pytest.param(
            [declared(locationScope="s3://acme/b/*")],
            "FAIL",
            "the live scope is 's3://acme/a/*', and 'd' declares 's3://acme/b/*'",
            id="another scope",
        ),
        pytest.param(
            [declared(locationScope="s3://acme/b/*", iamRoleArn=Y)],
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'; the live scope is 's3://acme/a/*', and 'd' declares "
            "'s3://acme/b/*'",
            id="both",
        ),
        pytest.param(
            [declared(accountId=None, accessGrantsLocationId=None, iamRoleArn=Y)],
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'",
            id="a declaration without an account",
        ),
        pytest.param(
            [declared(iamRoleArn=UNKNOWN)],
            "UNKNOWN",
            f"the role that 'd' declares is not known, and the live one is '{X}'",
            id="a declared role that is not known",
        ),
        pytest.param(
            [declared(iamRoleArn=7)],
            "UNKNOWN",
            f"the role that 'd' declares is a number, and the live one is '{X}'",
            id="a declared role that is no text",
        ),
        pytest.param(
            [declared(iamRoleArn=None)],
            "UNKNOWN",
            f"the role that 'd' declares is not known, and the live one is '{X}'",
            id="no declared role",
        ),
        pytest.param(
            [declared(iamRoleArn="x")], "FAIL", f"the live role is '{X}', and 'd' declares 'x'", id="a declared name"
        ),
    ],
)
def test_declarations(resources: list[Resource], outcome: str, message: str) -> None:
    """The id joins first, then account, Region and scope; both values are told."""
    found = judged(live(), *resources)["l"]

    assert (found.outcome.value, found.message) == (outcome, message)
    concerns = "locationScope" if message.startswith("the live scope") else "iamRoleArn"
    assert found.field == ("" if outcome in {"PASS", "NOT_APPLICABLE"} else concerns)


@pytest.mark.parametrize(
    ("props", "outcome", "message"),
    [
        pytest.param({"iamRoleArn": UNKNOWN}, "UNKNOWN", "iamRoleArn is not known in this preview", id="unknown"),
        pytest.param({"iamRoleArn": []}, "FAIL", "iamRoleArn is a list, not text", id="a list"),
        pytest.param(
            {"iamRoleArn": None},
            "NOT_APPLICABLE",
            "the lookup holds no iamRoleArn; lookup-performed says why",
            id="absent",
        ),
        pytest.param(
            {"iamRoleArn": "x"},
            "FAIL",
            "'x' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="no ARN",
        ),
        pytest.param({"locationScope": "acme"}, "FAIL", "'acme' does not begin with 's3://'", id="no scope"),
        pytest.param({"locationScope": UNKNOWN}, "UNKNOWN", "locationScope is not known in this preview", id="scope"),
        pytest.param(
            {"iamRoleArn": UNKNOWN, "locationScope": "s3://x/y/*"},
            "FAIL",
            "the live scope is 's3://x/y/*', and 'd' declares 's3://acme/a/*'",
            id="a failure beside an unknown value",
        ),
    ],
)
def test_lookups(props: dict[str, Any], outcome: str, message: str) -> None:
    """A live value that cannot be read never passes."""
    found = judged(declared(), live(**props))["l"]

    assert (found.outcome.value, found.message) == (outcome, message)
    assert found.field == ("" if outcome == "NOT_APPLICABLE" else [*props][-1])


@pytest.mark.parametrize(
    ("seen", "sides", "edit"),
    [
        pytest.param(
            {"iamRoleArn": Y},
            ("iamRoleArn", Y, X),
            f"Run an update that sets the role back, or declare '{Y}'.",
            id="role",
        ),
        pytest.param(
            {"locationScope": "s3://x/y/*"},
            ("locationScope", "s3://x/y/*", SCOPE),
            "Run an update that sets the scope back, or declare 's3://x/y/*'.",
            id="scope",
        ),
        pytest.param(
            {"iamRoleArn": Y, "locationScope": "s3://x/y/*"},
            ("iamRoleArn", f"{Y}, s3://x/y/*", f"{X}, {SCOPE}"),
            f"Run an update that sets the role back, or declare '{Y}'.",
            id="both, of which the role is the graver",
        ),
        pytest.param({"iamRoleArn": []}, ("iamRoleArn", "list", "text"), "", id="a list"),
    ],
)
def test_what_puts_it_right(seen: dict[str, Any], sides: tuple[str, str, str], edit: str) -> None:
    """A drift shows both sides, and either of them may be the right one."""
    found = judged(declared(), live(**seen))["l"]

    assert (found.field, found.observed, found.expected) == sides
    assert found.edit == edit


UNTOLD: dict[str, Any] = {"accountId": None, "accessGrantsLocationId": None}
WHY = "cannot be told from its id, account, Region and scope"


@pytest.mark.parametrize(
    ("seen", "resources", "message"),
    [
        pytest.param(
            {"accessGrantsLocationId": "default", "locationScope": "s3://"},
            [declared(**UNTOLD, locationScope="s3://", region=None)],
            f"whether the location is that of 'd' {WHY}",
            id="s3:// of an account that is not known",
        ),
        pytest.param(
            {"accessGrantsLocationId": "default", "locationScope": "s3://"},
            [declared(accountId=None, locationScope="s3://", accessGrantsLocationId="default")],
            f"whether the location is that of 'd' {WHY}",
            id="the id of every default location",
        ),
        pytest.param(
            {},
            [declared("d", **UNTOLD), declared("e", **UNTOLD)],
            f"whether the location is that of 'd' or 'e' {WHY}",
            id="two of one scope",
        ),
        pytest.param(
            {},
            [declared("d", accountId=None), declared("e", accountId=None)],
            f"whether the location is that of 'd' or 'e' {WHY}",
            id="two of one id",
        ),
        pytest.param(
            {"region": UNKNOWN},
            [declared("d", **UNTOLD), declared("e", **UNTOLD, region="us-east-1")],
            f"whether the location is that of 'd' or 'e' {WHY}",
            id="two Regions, and a lookup in either",
        ),
        pytest.param(
            {},
            [declared(name, **UNTOLD) for name in "abcde"],
            f"whether the location is that of 'a' or 'b' or 'c' or another {WHY}",
            id="more than a message names",
        ),
        pytest.param(
            {},
            [declared(name, **UNTOLD) for name in "abc"],
            f"whether the location is that of 'a' or 'b' or 'c' {WHY}",
            id="as many as a message names",
        ),
        pytest.param(
            {"accessGrantsLocationId": ["1"]},
            [declared("d", **UNTOLD), declared("e", **UNTOLD)],
            f"whether the location is that of 'd' or 'e' {WHY}",
            id="an id that is no text",
        ),
    ],
)
def test_declarations_that_may_be_it(seen: dict[str, Any], resources: list[Resource], message: str) -> None:
    """Where places do not tell which declaration is meant, a drift is not overlooked."""
    found = judged(*resources, live(**{"iamRoleArn": Y, **seen}))["l"]

    assert (found.outcome, found.message, found.field) == (Outcome.UNKNOWN, message, "locationScope")


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param(
            [declared(**UNTOLD, region="us-east-1"), declared("e", **UNTOLD, region="us-east-2")], id="Regions"
        ),
        pytest.param(
            [declared("d", accessGrantsLocationId="2"), declared("e", accountId=None, accessGrantsLocationId="3")],
            id="ids",
        ),
        pytest.param(
            [declared("d", **UNTOLD, locationScope="s3://x"), declared("e", **UNTOLD, locationScope="s3://")],
            id="scopes",
        ),
    ],
)
def test_declarations_that_cannot_be_it(resources: list[Resource]) -> None:
    """What is known of a declaration rules it out."""
    assert judged(*resources, live(iamRoleArn=Y))["l"].outcome is Outcome.NOT_APPLICABLE


def test_one_text_that_is_no_role() -> None:
    """Live and declared alike, and nothing that could be read, is not good."""
    assert judged(declared(iamRoleArn="x"), live(iamRoleArn="x"))["l"].outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("previous", "preview", "outcome", "message"),
    [
        pytest.param({"iamRoleArn": X}, True, "PASS", "", id="planned"),
        pytest.param({"iamRoleArn": X}, False, "PASS", "", id="done by this update, looked up before it"),
        pytest.param(
            {"iamRoleArn": Z},
            True,
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}', which was '{Z}' before this update",
            id="drifted, and changed as well",
        ),
        pytest.param(
            {"iamRoleArn": Y},
            True,
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'",
            id="drifted, not changed",
        ),
        pytest.param(
            None,
            True,
            "UNKNOWN",
            f"the declared role '{Y}' of 'd' and the live role '{X}' differ: this update changes it, or somebody "
            "changed it out of band",
            id="nothing known of before",
        ),
        pytest.param(
            {"iamRoleArn": UNKNOWN},
            True,
            "UNKNOWN",
            f"the declared role '{Y}' of 'd' and the live role '{X}' differ: this update changes it, or somebody "
            "changed it out of band",
            id="an unknown role before",
        ),
        pytest.param({}, True, "UNKNOWN", None, id="no role before"),
        pytest.param({"iamRoleArn": [X]}, True, "UNKNOWN", None, id="a list before"),
        pytest.param(None, False, "FAIL", f"the live role is '{X}', and 'd' declares '{Y}'", id="no preview"),
    ],
)
def test_planned_changes(previous: dict[str, Any] | None, outcome: str, message: str | None, *, preview: bool) -> None:
    """A role that this very update changes is no drift; where that is not known, the run is warned and goes on."""
    found = judged(declared(previous=previous, iamRoleArn=Y), live(), preview=preview)["l"]

    assert found.outcome.value == outcome
    assert found.blocks is (outcome == "FAIL")
    assert found.field == ("" if outcome == "PASS" else "iamRoleArn")
    assert message is None or found.message == message


def test_planned_replacements() -> None:
    """A scope that this very update replaces is no drift either."""
    moved = declared(previous={"locationScope": "S3://acme/a/"}, locationScope="s3://acme/b/*")

    assert judged(moved, live(), preview=True)["l"].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("makers", "resources", "message", "field"),
    [
        pytest.param(
            ["d"],
            [declared(accessGrantsLocationId=UNKNOWN)],
            "iamRoleArn is not known in this preview",
            "iamRoleArn",
            id="one",
        ),
        pytest.param(
            ["d", "e"],
            [declared(accessGrantsLocationId=UNKNOWN), declared("e", locationScope="s3://acme/b/*")],
            "whether the id is that of 'd' or 'e' is not known in this preview",
            "accessGrantsLocationId",
            id="two",
        ),
        pytest.param([], [declared()], "no declaration of this location is in the stack", "", id="none"),
    ],
)
def test_new_locations(makers: list[str], resources: list[Resource], message: str, field: str) -> None:
    """In a preview a new location has no live value: nothing passes, nothing blocks."""
    lookup = live(makers=makers, accessGrantsLocationId=UNKNOWN, locationScope=UNKNOWN, iamRoleArn=UNKNOWN)

    found = judged(lookup, *resources, preview=True)["l"]

    assert (found.message, found.blocks, found.field) == (message, False, field)


MADE = "accessGrantsLocationId is made from 'd'"


@pytest.mark.parametrize(
    ("seen", "said", "outcome", "message"),
    [
        pytest.param(
            {"locationScope": None},
            {"iamRoleArn": Y},
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'; {MADE}",
            id="another role",
        ),
        pytest.param(
            {"locationScope": "s3://"},
            {"iamRoleArn": Y},
            "FAIL",
            f"the live role is '{X}', and 'd' declares '{Y}'; the live scope is 's3://', and 'd' declares "
            f"'{SCOPE}'; {MADE}",
            id="another role and scope",
        ),
        pytest.param({}, {}, "PASS", "", id="the same scope, which is one location's alone"),
        pytest.param(
            {"locationScope": "s3://", "accountId": None},
            {"locationScope": "s3://"},
            "UNKNOWN",
            "accessGrantsLocationId is not known in this preview; it is made from 'd', whose role and scope are the "
            "live ones",
            id="the same scope, which every account may have",
        ),
        pytest.param(
            {"locationScope": None},
            {},
            "NOT_APPLICABLE",
            "the lookup holds no locationScope; lookup-performed says why",
            id="no scope",
        ),
    ],
)
def test_lookups_of_what_an_id_is_made_from(
    seen: dict[str, Any], said: dict[str, Any], outcome: str, message: str
) -> None:
    """Whose output an id is made from is likely the location that was looked up: it breaks, and does not pass."""
    lookup = live(makers=["d"], accessGrantsLocationId=UNKNOWN, **seen)

    found = judged(lookup, declared(accessGrantsLocationId=UNKNOWN, **said))["l"]

    assert (found.outcome.value, found.message) == (outcome, message)
    assert found.field == {"FAIL": "iamRoleArn", "UNKNOWN": "accessGrantsLocationId"}.get(outcome, "")


def test_what_could_not_be_read() -> None:
    """A declaration that could not be read is not absent."""
    fact = read(live())[0]
    assert RULE.gather
    context = Context({}, Organization("acme", {}))
    verdict = RULE.judge(fact, context, RULE.gather(Program((fact,), (urn("gone", NATIVE_LOCATION),))))

    assert verdict == Unsure("locationScope", "'gone' could not be read, and it may declare this location")


# --- anything ---------------------------------------------------------------------------------------------------------

ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "locationScope": st.sampled_from(["s3://", SCOPE, "S3://acme/a/"]),
    "iamRoleArn": st.sampled_from([X, Y]),
    "accountId": st.sampled_from([ACCOUNT, OTHER]),
    "region": st.just("eu-west-1"),
    "accessGrantsLocationId": st.sampled_from(["1", "2", "default"]),
}
PROPS = st.fixed_dictionaries({}, optional={name: good | ODD for name, good in GOOD.items()})
TYPES = [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION]
STACKS = st.lists(st.tuples(st.sampled_from(TYPES), PROPS, st.none() | PROPS, st.integers(0, 5)), max_size=5)


@settings(derandomize=True, deadline=None, max_examples=400)
@given(stack=STACKS, preview=st.booleans())
def test_anything(*, stack: list[tuple[str, dict[str, Any], dict[str, Any] | None, int]], preview: bool) -> None:
    """Nothing raises, and what passes has a role and a scope that some declaration has, or had before this update."""
    urns = [urn(f"r{number}", kind) for number, (kind, *_) in enumerate(stack)]
    resources = [
        Resource(
            urns[number],
            kind,
            f"r{number}",
            props,
            made_from={"accessGrantsLocationId": tuple(urns[maker:][:1])},
            previous=previous,
        )
        for number, (kind, props, previous, maker) in enumerate(stack)
    ]
    others = [one for kind, *known, _ in stack if kind != LOCATION.type for one in known if one]

    for one in judged(*resources, preview=preview).values():
        assert one.outcome is not Outcome.ERROR
        if one.outcome is Outcome.PASS:
            assert one.resource.type == LOCATION.type
            assert one.resource.props["iamRoleArn"] in [X, Y]
            assert any(other.get("iamRoleArn") == one.resource.props["iamRoleArn"] for other in others)
