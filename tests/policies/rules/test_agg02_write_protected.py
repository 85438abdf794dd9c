"""AGG-02: no grant to write below a protected prefix."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agg02_write_protected import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACCOUNT = "111122223333"
CLASSIC, NATIVE = "aws:s3control/accessGrant:AccessGrant", "aws-native:s3:AccessGrant"
PROTECTED = {"protected": ["s3://acme-data/raw/*", "s3://acme-{account.name}-archive/*"]}
ID, SECOND_ID = "f0e1d2c3-0000-1111-2222-333344445555", "0a0b0c0d-0000-1111-2222-333344445555"


def a_resource(kind: str, name: str, props: Mapping[str, Any], made_from: Mapping[str, Any] | None = None) -> Resource:
    shown = {key: value for key, value in props.items() if value is not None}
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, shown, made_from=made_from or {})


def a_location(name: str = "shared", kind: str = CLASSIC_LOCATION, **props: Any) -> Resource:
    known = {"locationScope": "s3://acme-data/*", "accessGrantsLocationId": ID, "accountId": ACCOUNT}
    return a_resource(kind, name, {**known, **props})


def a_grant(sub_prefix: Any = None, kind: str = CLASSIC, sources: Iterable[Resource] = (), **props: Any) -> Resource:
    known = {
        "accessGrantsLocationId": ID,
        "permission": "READWRITE",
        "accountId": ACCOUNT,
        "region": "eu-west-1",
        "accessGrantsLocationConfiguration": None if sub_prefix is None else {"s3SubPrefix": sub_prefix},
    }
    made_from = {"accessGrantsLocationId": tuple(one.urn for one in sources)}
    return a_resource(kind, "grant", {**known, **props}, made_from)


def run(*resources: Resource, settings: Mapping[str, Any] | None = PROTECTED) -> Finding:
    accounts = {ACCOUNT: {"name": "prod", "environment": "prod"}}
    rules = {} if settings is None else {RULE.name: settings}
    content = {"version": 1, "organization": {"name": "acme", "accounts": accounts}, "rules": rules}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    judge = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,))
    (finding,) = judge.stack_findings(resources)
    assert judge.findings(resources[-1]) == ()
    return finding


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE])
@pytest.mark.parametrize(
    ("props", "outcome", "message"),
    [
        pytest.param({"grantScope": "s3://acme-data/reports/*"}, Outcome.PASS, "", id="another folder"),
        pytest.param({"grantScope": "s3://acme-data/rawhide/*"}, Outcome.PASS, "", id="a sibling"),
        pytest.param(
            {"grantScope": "s3://acme-data/raw/*"},
            Outcome.FAIL,
            "READWRITE on 's3://acme-data/raw/*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="the folder itself",
        ),
        pytest.param(
            {"grantScope": "s3://acme-data/raw/*", "permission": "WRITE"},
            Outcome.FAIL,
            "WRITE on 's3://acme-data/raw/*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="write alone",
        ),
        pytest.param({"grantScope": "s3://acme-data/raw/*", "permission": "READ"}, Outcome.PASS, "", id="read"),
        pytest.param(
            {"grantScope": "s3://acme-data/ra*"},
            Outcome.FAIL,
            "READWRITE on 's3://acme-data/ra*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="half of the folder's name",
        ),
        pytest.param(
            {"grantScope": "s3://acme-data/raw/2026/*"},
            Outcome.FAIL,
            "READWRITE on 's3://acme-data/raw/2026/*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="a folder in it",
        ),
        pytest.param(
            {"grantScope": "s3://acme-data/r*w/*"},
            Outcome.FAIL,
            "READWRITE on 's3://acme-data/r*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="a star inside",
        ),
        pytest.param(
            {"grantScope": "s3://acme-prod-archive/x/*"},
            Outcome.FAIL,
            "READWRITE on 's3://acme-prod-archive/x/*' reaches keys of the protected 's3://acme-{account.name}-archive/*'",
            id="the account's own bucket",
        ),
        pytest.param({"grantScope": "s3://acme-dev-archive/x/*"}, Outcome.PASS, "", id="another account's bucket"),
        pytest.param(
            {"grantScope": "acme-data/raw"},
            Outcome.FAIL,
            "'acme-data/raw' does not begin with 's3://'",
            id="no scope",
        ),
        pytest.param(
            {"grantScope": ["s3://acme-data/x/*"]}, Outcome.FAIL, "grantScope is a list, not text", id="a list"
        ),
        pytest.param({"permission": None}, Outcome.FAIL, "permission is not set", id="no permission"),
        pytest.param(
            {"permission": "write"},
            Outcome.FAIL,
            "permission 'write' is not one of 'READ', 'WRITE', 'READWRITE'",
            id="no permission of S3's",
        ),
        pytest.param(
            {"permission": UNKNOWN, "grantScope": "s3://acme-data/raw/*"},
            Outcome.UNKNOWN,
            "permission is not known in this preview",
            id="an unknown permission on a protected folder",
        ),
        pytest.param(
            {"permission": UNKNOWN, "grantScope": "s3://acme-data/x/*"},
            Outcome.PASS,
            "",
            id="an unknown permission on another folder",
        ),
        pytest.param(
            {"grantScope": "s3://acme-data/raw/*", "accountId": UNKNOWN},
            Outcome.FAIL,
            "READWRITE on 's3://acme-data/raw/*' reaches keys of the protected 's3://acme-data/raw/*'",
            id="an unknown account hides no failure",
        ),
        pytest.param(
            {"grantScope": "s3://acme-data/x/*", "accountId": UNKNOWN},
            Outcome.UNKNOWN,
            "{account.name} in the patterns is not known in this preview",
            id="an unknown account",
        ),
    ],
)
def test_known_scopes(kind: str, props: dict[str, Any], outcome: Outcome, message: str) -> None:
    """Whatever shares a key with a protected pattern is not written to; READ passes."""
    finding = run(a_grant(kind=kind, **props))

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


@pytest.mark.parametrize(
    ("props", "field", "observed", "expected"),
    [
        pytest.param({"permission": None}, "permission", None, None, id="no permission"),
        pytest.param(
            {"permission": "write"},
            "permission",
            "write",
            "one of 'READ', 'WRITE', 'READWRITE'",
            id="no permission of S3's",
        ),
        pytest.param({"permission": UNKNOWN, "grantScope": "s3://acme-data/raw/*"}, "permission", "", "", id="unknown"),
        pytest.param({"grantScope": "s3://acme-data/raw/*"}, "permission", "READWRITE", "READ", id="protected"),
        pytest.param(
            {"grantScope": "acme-data/raw"},
            "grantScope",
            "a scope that cannot be read",
            "s3://bucket/prefix/*",
            id="no scope",
        ),
        pytest.param({"grantScope": ["s3://acme-data/x/*"]}, "grantScope", None, None, id="a list"),
        pytest.param({"accessGrantsLocationId": 7}, "accessGrantsLocationId", None, None, id="a number for the id"),
        pytest.param(
            {"accessGrantsLocationConfiguration": {"s3SubPrefix": 7}},
            "s3SubPrefix",
            None,
            None,
            id="a number for the sub-prefix",
        ),
        pytest.param({"accountId": UNKNOWN, "grantScope": "s3://acme-data/x/*"}, "grantScope", "", "", id="an account"),
    ],
)
def test_both_sides(props: dict[str, Any], field: str, observed: str | None, expected: str | None) -> None:
    """What is told is told of the property that decides."""
    finding = run(a_grant(**props))

    assert finding.field == field
    assert observed is None or finding.observed == observed
    assert expected is None or finding.expected == expected


def test_the_edit() -> None:
    """One word puts it right."""
    finding = run(a_grant(grantScope="s3://acme-data/raw/*"))

    assert (finding.field, finding.observed, finding.edit) == ("permission", "READWRITE", "Write 'READ'.")


def test_not_configured() -> None:
    """What is protected is the organization's to say."""
    assert run(a_grant(grantScope="s3://acme-data/raw/*"), settings=None).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("kind", [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION])
@pytest.mark.parametrize(
    ("scope", "sub_prefix", "outcome"),
    [
        pytest.param("s3://acme-data/*", "raw/*", Outcome.FAIL, id="put together"),
        pytest.param("s3://acme-data/*", "reports/*", Outcome.PASS, id="narrowed to another folder"),
        pytest.param("s3://acme-data/*", None, Outcome.FAIL, id="the whole bucket"),
        pytest.param("s3://acme-data/r*", "aw/*", Outcome.FAIL, id="put together inside a name"),
        pytest.param("s3://acme-data/r*", "eports/*", Outcome.PASS, id="another name"),
        pytest.param("s3://acme-data", "raw/*", Outcome.FAIL, id="a bucket without a slash"),
        pytest.param("s3://acme-data", "/raw/*", Outcome.FAIL, id="the slash in the sub-prefix"),
        pytest.param("s3://acme-data/raw*", "/x/*", Outcome.FAIL, id="the slash in it counts below a prefix"),
        pytest.param("s3://acme-data/reports/*", UNKNOWN, Outcome.PASS, id="unknown, below another folder"),
        pytest.param("s3://acme-data/*", UNKNOWN, Outcome.UNKNOWN, id="unknown, below the bucket"),
        pytest.param("s3://acme-data/*", 7, Outcome.FAIL, id="a number"),
        pytest.param(UNKNOWN, "reports/*", Outcome.UNKNOWN, id="an unknown location scope"),
        pytest.param(None, "reports/*", Outcome.UNKNOWN, id="no location scope"),
        pytest.param("acme-data", "reports/*", Outcome.FAIL, id="a location scope that is none"),
    ],
)
def test_scopes_put_together(kind: str, scope: Any, sub_prefix: Any, outcome: Outcome) -> None:
    """A grant's scope is its location's and its own sub-prefix, whichever resource tells the location."""
    location = a_location(kind=kind, locationScope=scope)
    other = a_location("other", locationScope="s3://elsewhere/*", accessGrantsLocationId=SECOND_ID)

    assert run(location, other, a_grant(sub_prefix)).outcome is outcome


@pytest.mark.parametrize(
    ("sub_prefix", "outcome"),
    [
        pytest.param("acme-data/raw/*", Outcome.FAIL, id="a protected folder"),
        pytest.param("acme-data/reports/*", Outcome.PASS, id="another folder"),
        pytest.param("acme-data", Outcome.FAIL, id="its bucket"),
        pytest.param("other/raw/*", Outcome.PASS, id="another bucket"),
        pytest.param(None, Outcome.FAIL, id="every bucket"),
        pytest.param("*", Outcome.FAIL, id="a star"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="unknown"),
    ],
)
def test_the_default_location(sub_prefix: Any, outcome: Outcome) -> None:
    """The id ``default`` is s3:// whether or not the program holds that location."""
    assert run(a_grant(sub_prefix, accessGrantsLocationId="default")).outcome is outcome


def test_a_location_that_the_program_does_not_hold() -> None:
    """Neither id nor sub-prefix say what such a grant reaches."""
    finding = run(a_location(accessGrantsLocationId=SECOND_ID), a_grant("reports/*"))

    assert (finding.outcome, finding.blocks, finding.field) == (Outcome.UNKNOWN, True, "accessGrantsLocationId")
    assert finding.message == (
        f"no location of this program has the id '{ID}', so what the grant reaches is not known, "
        "and 's3://acme-data/raw/*' is protected"
    )


@pytest.mark.parametrize(
    ("scope", "sub_prefix", "field", "why"),
    [
        pytest.param(
            UNKNOWN,
            "raw/*",
            "accessGrantsLocationId",
            "the scope of the grant's location is not known",
            id="an unknown location scope",
        ),
        pytest.param(
            UNKNOWN,
            UNKNOWN,
            "accessGrantsLocationId",
            "the scope of the grant's location is not known",
            id="neither is known",
        ),
        pytest.param(
            "s3://acme-data/*",
            UNKNOWN,
            "s3SubPrefix",
            "s3SubPrefix is not known in this preview",
            id="an unknown sub-prefix",
        ),
    ],
)
def test_which_property_decides(scope: Any, sub_prefix: Any, field: str, why: str) -> None:
    """What is not known is told of the property that leaves it open."""
    finding = run(a_location(locationScope=scope), a_grant(sub_prefix))

    assert (finding.outcome, finding.field) == (Outcome.UNKNOWN, field)
    assert finding.message == f"{why}, and 's3://acme-data/raw/*' is protected"


def test_two_readings_of_one_location() -> None:
    """Where a lookup and the program differ on the scope, the protected one counts."""
    live = a_location("live", LOCATION.type, locationScope="s3://acme-data/raw/*")

    assert run(live, a_location(locationScope="s3://acme-data/reports/*"), a_grant()).outcome is Outcome.FAIL


def new(name: str, scope: Any) -> Resource:
    return a_location(name, locationScope=scope, accessGrantsLocationId=UNKNOWN)


@pytest.mark.parametrize(
    ("sources", "sub_prefix", "outcome"),
    [
        pytest.param([new("a", "s3://acme-data/*")], "raw/*", Outcome.FAIL, id="a protected folder"),
        pytest.param([new("a", "s3://acme-data/*")], "reports/*", Outcome.UNKNOWN, id="another folder"),
        pytest.param([new("a", "s3://")], "acme-data/raw/*", Outcome.FAIL, id="the default location"),
        pytest.param([new("a", "s3://")], "acme-data/reports/*", Outcome.UNKNOWN, id="another one under the default"),
        pytest.param([new("a", UNKNOWN)], "reports/*", Outcome.UNKNOWN, id="an unknown scope"),
        pytest.param([], "reports/*", Outcome.UNKNOWN, id="nobody's id"),
        pytest.param(
            [new("a", "s3://acme-data/raw/*"), new("b", "s3://acme-data/x/*")], None, Outcome.UNKNOWN, id="one of two"
        ),
        pytest.param(
            [new("a", "s3://acme-data/y/*"), new("b", "s3://acme-data/x/*")], None, Outcome.UNKNOWN, id="either of two"
        ),
        pytest.param(
            [new("a", "s3://acme-data/y/*"), a_resource("random:index/randomId:RandomId", "r", {})],
            None,
            Outcome.UNKNOWN,
            id="a location and something else",
        ),
    ],
)
def test_a_location_that_is_made_in_the_same_run(sources: list[Resource], sub_prefix: Any, outcome: Outcome) -> None:
    """In a preview the id is not known, and whose it likely will be is: that one breaks, and none passes."""
    grant = a_grant(sub_prefix, sources=sources, accessGrantsLocationId=UNKNOWN, grantScope=UNKNOWN)

    found = run(new("unrelated", "s3://acme-data/raw/*"), *sources, grant)

    assert found.outcome is outcome
    assert found.field == ("permission" if outcome is Outcome.FAIL else "accessGrantsLocationId")
    if not sources:
        assert found.message == (
            "accessGrantsLocationId is not known in this preview, and 's3://acme-data/raw/*' is protected"
        )
    if outcome is Outcome.FAIL:
        assert found.message.endswith("; accessGrantsLocationId is made from 'a'")
    elif len(sources) == 1 and sub_prefix and sources[0].props["locationScope"] is not UNKNOWN:
        assert found.message == (
            "accessGrantsLocationId is not known in this preview; it is made from 'a', and 's3://acme-data/raw/*' is "
            "protected"
        )


WORDS = st.sampled_from(
    [UNKNOWN, "READ", "WRITE", "READWRITE", "default", ID, "s3://acme-data/raw/*", "s3://acme-data/x/*", "x/*", "raw/*"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["s3SubPrefix", "granteeType"]) | st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=5,
)
OF_GRANT = ("accessGrantsLocationId", "permission", "accessGrantsLocationConfiguration", "grantScope", "s3PrefixType")
OF_LOCATION = ("locationScope", "accessGrantsLocationId", "accountId", "region", "iamRoleArn", "tags")


@given(
    grant=st.dictionaries(st.sampled_from((*OF_GRANT, "accountId", "grantee")), VALUES, max_size=4),
    location=st.dictionaries(st.sampled_from(OF_LOCATION), VALUES, max_size=3),
    joined=st.booleans(),
)
def test_whatever_stands_there(grant: dict[str, Any], location: dict[str, Any], *, joined: bool) -> None:
    """Nothing raises, and a grant to write passes only where a scope says that it reaches nothing protected."""
    place = a_location(**location)
    props = {"accountId": ACCOUNT, **grant}

    outcome = run(place, a_grant(sources=[place] if joined else [], **props)).outcome

    assert outcome is not Outcome.ERROR
    permission = grant.get("permission", "READWRITE")
    if outcome is Outcome.PASS and permission != "READ":
        assert permission in ("WRITE", "READWRITE", UNKNOWN)
        scopes = [grant.get("grantScope"), location.get("locationScope", "s3://acme-data/*")]
        inside = grant.get("accessGrantsLocationConfiguration")
        known = [one for one in scopes if isinstance(one, str)]
        assert known or grant.get("accessGrantsLocationId") == "default"
        assert inside is None or inside is UNKNOWN or isinstance(inside, dict) or isinstance(scopes[0], str)
        assert scopes[0] != "s3://acme-data/raw/*"


@given(
    prefix=st.text("raw/", max_size=5), sub_prefix=st.text("raw/", max_size=5), stars=st.tuples(*[st.booleans()] * 2)
)
def test_every_way_to_reach_a_folder(prefix: str, sub_prefix: str, stars: tuple[bool, bool]) -> None:
    """A grant fails exactly when some key begins with the joined prefixes and lies below the folder."""
    location = a_location(locationScope=f"s3://acme-data/{prefix}{'*' * stars[0]}")

    outcome = run(location, a_grant(f"{sub_prefix}{'*' * stars[1]}")).outcome

    joined = prefix + sub_prefix if prefix else sub_prefix.removeprefix("/")
    reaches = joined.startswith("raw/") or "raw/".startswith(joined)
    assert outcome is (Outcome.FAIL if reaches else Outcome.PASS)
