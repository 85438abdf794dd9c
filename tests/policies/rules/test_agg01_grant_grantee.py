"""AGG-01: grants to roles and groups of the organization, below a prefix that ends at a boundary."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import ABSENT, PASSED, UNKNOWN, Broken, Finding, Malformed, Outcome, Resource, Unsure
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agg01_grant_grantee import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import Grant
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
OURS = f"'{ACCOUNT}', '{OTHER}'"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/analyst"
GROUP = "a1b2c3d4-5678-90ab-cdef-1234567890ab"
APPLICATION = f"arn:aws:sso::{ACCOUNT}:application/ssoins-1234567890abcdef/apl-1234567890abcdef"
LOCATION = "f0e1d2c3-0000-1111-2222-333344445555"
CLASSIC, NATIVE = "aws:s3control/accessGrant:AccessGrant", "aws-native:s3:AccessGrant"


def a_grant(**fields: Any) -> Grant:
    known = {
        "access_grants_location_id": LOCATION,
        "grantee_type": "IAM",
        "grantee_identifier": ROLE,
        "permission": "READ",
        "s3_sub_prefix": "reports/*",
        "s3_prefix_type": ABSENT,
        "application_arn": ABSENT,
        "grant_scope": UNKNOWN,
        "account_id": ACCOUNT,
        "region": "eu-west-1",
    }
    return Grant(Resource("urn", CLASSIC, "it", {}), **{**known, **fields})


def told(verdict: Any) -> tuple[str, str]:
    """Give the field and what is said of it; nothing for what passes."""
    if isinstance(verdict, Broken):
        return verdict.field, verdict.message
    return ("?" + verdict.field, verdict.reason) if isinstance(verdict, Unsure) else ("", "")


def run(kind: str, props: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Finding:
    accounts = {one: {"name": f"data-{one}", "environment": "prod"} for one in (ACCOUNT, OTHER)}
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts},
        "rules": {RULE.name: settings or {}},
    }
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    resource = Resource(f"urn:pulumi:prod::data::{kind}::it", kind, "it", props)
    (finding,) = Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).findings(resource)
    return finding


@pytest.mark.parametrize(
    ("fields", "settings", "field", "message"),
    [
        pytest.param({}, {}, "", "", id="a role"),
        pytest.param({"grantee_identifier": f"arn:aws:iam::{OTHER}:role/a/b"}, {}, "", "", id="another account's role"),
        pytest.param({"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": GROUP}, {}, "", "", id="a group"),
        pytest.param(
            {"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": f"906a0b1c2d-{GROUP}"},
            {},
            "",
            "",
            id="a group with the store's prefix",
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_USER", "grantee_identifier": GROUP},
            {},
            "granteeType",
            "grantee type 'DIRECTORY_USER' is not one of 'IAM', 'DIRECTORY_GROUP'",
            id="a directory user",
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_USER", "grantee_identifier": GROUP},
            {"granteeTypes": ["DIRECTORY_USER"]},
            "",
            "",
            id="a directory user where it is allowed",
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_USER", "grantee_identifier": "jane"},
            {"granteeTypes": ["DIRECTORY_USER"]},
            "granteeIdentifier",
            "grantee 'jane' is not the id of a directory user, such as a UUID",
            id="a user's name",
        ),
        pytest.param(
            {},
            {"granteeTypes": ["DIRECTORY_GROUP"]},
            "granteeType",
            "grantee type 'IAM' is not one of 'DIRECTORY_GROUP'",
            id="a role where only groups are allowed",
        ),
        pytest.param(
            {"grantee_type": "iam"},
            {},
            "granteeType",
            "grantee type 'iam' is not one of 'IAM', 'DIRECTORY_GROUP'",
            id="another letter case",
        ),
        pytest.param({"grantee_type": ABSENT}, {}, "granteeType", "granteeType is not set", id="no type"),
        pytest.param(
            {"grantee_type": Malformed("list")}, {}, "granteeType", "granteeType is a list, not text", id="a list"
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": "Analysts"},
            {},
            "granteeIdentifier",
            "grantee 'Analysts' is not the id of a directory group, such as a UUID",
            id="a group's name",
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": f"{GROUP}\n"},
            {},
            "granteeIdentifier",
            f"grantee '{GROUP}\\n' is not the id of a directory group, such as a UUID",
            id="a line break behind the id",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:user/jane"},
            {},
            "granteeIdentifier",
            f"grantee 'arn:aws:iam::{ACCOUNT}:user/jane' is an IAM user, whose keys do not expire, and only roles are "
            "allowed",
            id="an IAM user",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:user/staff/jane"},
            {"allowIamUsers": True},
            "",
            "",
            id="an IAM user where users are allowed",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{FOREIGN}:user/jane"},
            {"allowIamUsers": True},
            "granteeIdentifier",
            f"the grantee is of account '{FOREIGN}', not one of the organization's {OURS}",
            id="a foreign IAM user",
        ),
        pytest.param(
            {"grantee_identifier": "arn:aws:iam::12:user/jane"},
            {"allowIamUsers": True},
            "granteeIdentifier",
            "account '12' is not 12 digits",
            id="a user of no account",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:root"},
            {"allowIamUsers": True},
            "granteeIdentifier",
            f"grantee 'arn:aws:iam::{ACCOUNT}:root' is a whole account, and a grant is made to one role",
            id="a whole account",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{FOREIGN}:role/x"},
            {},
            "granteeIdentifier",
            f"the grantee is of account '{FOREIGN}', not one of the organization's {OURS}",
            id="a foreign role",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y"},
            {},
            "granteeIdentifier",
            f"'arn:aws:sts::{ACCOUNT}:assumed-role/x/y' is not an IAM role ARN such as "
            "'arn:aws:iam::111122223333:role/name'",
            id="a session",
        ),
        pytest.param(
            {"grantee_identifier": ""},
            {},
            "granteeIdentifier",
            "'' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="an empty ARN",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:role/*"},
            {},
            "granteeIdentifier",
            f"'arn:aws:iam::{ACCOUNT}:role/*' names 'role/*', not role/NAME or role/PATH/NAME",
            id="a pattern of roles",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:role/a/../b"},
            {},
            "granteeIdentifier",
            f"grantee 'arn:aws:iam::{ACCOUNT}:role/a/../b' has a segment '.' or '..', which IAM does not resolve",
            id="a path that climbs",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:user/./jane"},
            {"allowIamUsers": True},
            "granteeIdentifier",
            f"grantee 'arn:aws:iam::{ACCOUNT}:user/./jane' has a segment '.' or '..', which IAM does not resolve",
            id="a user's path that stays",
        ),
        pytest.param({"grantee_identifier": f"arn:aws:iam::{ACCOUNT}:role/a.b/c..d"}, {}, "", "", id="dots in names"),
        pytest.param(
            {"grantee_identifier": ROLE.replace("arn:aws:", "arn:aws-cn:")},
            {},
            "granteeIdentifier",
            "the grantee is of partition 'aws-cn', the grant's Region 'eu-west-1' of 'aws'",
            id="another partition's role",
        ),
        pytest.param(
            {"grantee_identifier": ROLE.replace("arn:aws:", "arn:aws-cn:"), "region": "cn-north-1"},
            {},
            "",
            "",
            id="a role in China",
        ),
        pytest.param(
            {"grantee_identifier": ROLE.replace("arn:aws:", "arn:aws-cn:"), "region": ABSENT},
            {},
            "",
            "",
            id="a role in China, and nobody says the Region",
        ),
        pytest.param({"region": UNKNOWN}, {}, "?region", "region is not known in this preview", id="an unknown Region"),
        pytest.param(
            {"region": Malformed("number")}, {}, "region", "region is a number, not text", id="a number for a Region"
        ),
        pytest.param(
            {"grantee_type": "DIRECTORY_GROUP", "grantee_identifier": GROUP, "region": UNKNOWN},
            {},
            "",
            "",
            id="a group needs no Region",
        ),
        pytest.param(
            {"grantee_identifier": ABSENT}, {}, "granteeIdentifier", "granteeIdentifier is not set", id="nobody"
        ),
        pytest.param(
            {"grantee_identifier": UNKNOWN},
            {},
            "?granteeIdentifier",
            "granteeIdentifier is not known in this preview",
            id="an unknown grantee",
        ),
        pytest.param(
            {"grantee_type": UNKNOWN, "grantee_identifier": "anything"},
            {},
            "?granteeType",
            "granteeType is not known in this preview",
            id="an unknown type",
        ),
        pytest.param(
            {"grantee_type": UNKNOWN, "permission": "ADMIN"},
            {},
            "permission",
            "permission 'ADMIN' is not one of 'READ', 'WRITE', 'READWRITE'",
            id="an unknown type hides no wrong permission",
        ),
    ],
)
def test_grantees(a_context: Callable[..., Any], fields: Any, settings: Any, field: str, message: str) -> None:
    """Roles and groups of the organization pass; what is wrong for certain is told first."""
    assert told(RULE.judge(a_grant(**fields), a_context(RULE, settings))) == (field, message)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        pytest.param({"permission": "READWRITE"}, "", "", id="both"),
        pytest.param({"permission": "WRITE"}, "", "", id="write"),
        pytest.param(
            {"permission": "read"},
            "permission",
            "permission 'read' is not one of 'READ', 'WRITE', 'READWRITE'",
            id="another letter case",
        ),
        pytest.param({"permission": ABSENT}, "permission", "permission is not set", id="no permission"),
        pytest.param(
            {"permission": UNKNOWN}, "?permission", "permission is not known in this preview", id="an unknown one"
        ),
        pytest.param({"s3_prefix_type": "Object", "s3_sub_prefix": "reports/q1.csv"}, "", "", id="one object"),
        pytest.param(
            {"s3_prefix_type": "Object", "s3_sub_prefix": "reports/"},
            "s3SubPrefix",
            "s3SubPrefix 'reports/': it ends in '/', and with s3PrefixType 'Object' it is the key of one object",
            id="a folder for one object",
        ),
        pytest.param(
            {"s3_prefix_type": "Object", "s3_sub_prefix": "reports/*"},
            "s3SubPrefix",
            "s3SubPrefix 'reports/*': it has a '*', and with s3PrefixType 'Object' it is the key of one object",
            id="a prefix for one object",
        ),
        pytest.param(
            {"s3_prefix_type": "Object", "s3_sub_prefix": ABSENT},
            "s3SubPrefix",
            "s3SubPrefix is not set, and with s3PrefixType 'Object' it is the key of one object",
            id="nothing for one object",
        ),
        pytest.param(
            {"access_grants_location_id": "Default", "s3_sub_prefix": "*"},
            "accessGrantsLocationId",
            "accessGrantsLocationId 'Default' is not the id of a location, and the default one's is 'default'",
            id="the default location in another letter case",
        ),
        pytest.param(
            {"s3_prefix_type": "object"},
            "s3PrefixType",
            "s3PrefixType is 'object', and S3 knows only 'Object'",
            id="no prefix type of S3's",
        ),
        pytest.param(
            {"s3_prefix_type": Malformed("boolean")},
            "s3PrefixType",
            "s3PrefixType is a boolean, not text",
            id="true for a prefix type",
        ),
        pytest.param(
            {"s3_prefix_type": UNKNOWN}, "?s3PrefixType", "s3PrefixType is not known in this preview", id="unknown type"
        ),
        pytest.param(
            {"access_grants_location_id": ABSENT},
            "accessGrantsLocationId",
            "accessGrantsLocationId is not set",
            id="no location",
        ),
        pytest.param(
            {"access_grants_location_id": f"{ACCOUNT},{LOCATION}"},
            "accessGrantsLocationId",
            f"accessGrantsLocationId '{ACCOUNT},{LOCATION}' is not the id of a location, letters, digits and '-'",
            id="Pulumi's id of the location",
        ),
    ],
)
def test_what_is_granted(a_context: Callable[..., Any], fields: Any, field: str, message: str) -> None:
    """Words are S3's own, letter for letter."""
    assert told(RULE.judge(a_grant(**fields), a_context(RULE))) == (field, message)


@pytest.mark.parametrize(
    ("fields", "observed", "expected", "edit"),
    [
        pytest.param(
            {"s3_prefix_type": "object"},
            "object",
            "'Object' or nothing",
            "Write 'Object' for one object, or remove s3PrefixType.",
            id="another type of prefix",
        ),
        pytest.param(
            {"grantee_identifier": f"arn:aws:iam::{FOREIGN}:role/x"},
            f"arn:aws:iam::{FOREIGN}:role/x",
            f"a grantee of {OURS}",
            "",
            id="a foreign role",
        ),
        pytest.param({"s3_sub_prefix": "a*b*"}, "a*b*", "'prefix/*'", "", id="a star inside"),
        pytest.param(
            {"s3_sub_prefix": ABSENT, "access_grants_location_id": "default"},
            "nothing",
            "'bucket/prefix/*'",
            "",
            id="every bucket",
        ),
        pytest.param(
            {"s3_sub_prefix": "acme-data/*", "access_grants_location_id": "default"},
            "acme-data/*",
            "'acme-data/prefix/*'",
            "",
            id="a whole bucket",
        ),
        pytest.param({"s3_sub_prefix": "fin*"}, "fin*", "'fin/*'", "Write 'fin/*'.", id="inside a segment"),
    ],
)
def test_what_is_told(
    a_context: Callable[..., Any], fields: dict[str, Any], observed: str, expected: str, edit: str
) -> None:
    """The verdict holds what was found, what must be, and the one value that would pass."""
    verdict = RULE.judge(a_grant(**fields), a_context(RULE))

    assert isinstance(verdict, Broken)
    assert (verdict.observed, verdict.expected, verdict.edit) == (observed, expected, edit)


def test_the_id_of_a_location(a_context: Callable[..., Any]) -> None:
    """The id that stands at the end of Pulumi's id, or of the ARN, is offered, and the default one as S3 spells it."""
    assert RULE.judge(a_grant(access_grants_location_id="DEFAULT"), a_context(RULE)).edit == "Write 'default'."
    for text in (f"{ACCOUNT},{LOCATION}", f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/{LOCATION}"):
        verdict = RULE.judge(a_grant(access_grants_location_id=text), a_context(RULE))

        assert verdict.edit == f"Write '{LOCATION}', the location's accessGrantsLocationId."


BOUNDARY = "ends inside a path segment and also covers siblings such as"


@pytest.mark.parametrize(
    ("location", "text", "message"),
    [
        pytest.param(LOCATION, "reports/*", "", id="a folder"),
        pytest.param(LOCATION, "reports/", "", id="a folder without a star"),
        pytest.param(LOCATION, "*", "", id="the whole location"),
        pytest.param(LOCATION, ABSENT, "", id="no sub-prefix"),
        pytest.param(LOCATION, "/reports/*", "", id="a slash that the location lacks"),
        pytest.param(LOCATION, "finance*", f"'finance*' {BOUNDARY} 'finance-other/'", id="half a name"),
        pytest.param(
            LOCATION, "a/finance", f"'a/finance' {BOUNDARY} 'finance-other/'", id="half a name without a star"
        ),
        pytest.param(
            LOCATION, "a*/b/*", "'a*/b/*': it has a '*' before its end, and a grant's scope is a prefix", id="two stars"
        ),
        pytest.param(LOCATION, "a/**", "'a/**': it has a '*' before its end, and a grant's scope is a prefix", id="**"),
        pytest.param(
            LOCATION, "a/../b/*", "'a/../b/*': it has a segment '.' or '..', which S3 does not resolve", id="two dots"
        ),
        pytest.param(LOCATION, "a?/*", "'a?/*': it has '?', which is no wildcard and may not stand in a scope", id="?"),
        pytest.param("default", "acme-data/reports/*", "", id="bucket and folder"),
        pytest.param("default", ABSENT, "is not set, and the default location covers every bucket", id="every bucket"),
        pytest.param("default", "*", "is '*', and the default location covers every bucket", id="a star for all"),
        pytest.param(
            "default",
            "acme-data/*",
            "'acme-data/*' covers the whole bucket 'acme-data', and must name a prefix in it",
            id="a whole bucket",
        ),
        pytest.param(
            "default",
            "acme-data",
            "'acme-data' covers the whole bucket 'acme-data', and must name a prefix in it",
            id="a bucket's name alone",
        ),
        pytest.param(
            "default",
            "acme-*/reports/*",
            "'acme-*/reports/*': bucket 'acme-*' has a '*', and a location names one bucket",
            id="a pattern of buckets",
        ),
        pytest.param(
            "default", "acme-data/finance*", f"'acme-data/finance*' {BOUNDARY} 'finance-other/'", id="half a name there"
        ),
        pytest.param(
            "default", "/reports/*", "'/reports/*': bucket is empty, and a key needs one before it", id="no bucket"
        ),
    ],
)
def test_sub_prefixes(a_context: Callable[..., Any], location: str, text: Any, message: str) -> None:
    """A sub-prefix ends at a boundary, and under s3:// it has a bucket and a prefix."""
    verdict = RULE.judge(a_grant(access_grants_location_id=location, s3_sub_prefix=text), a_context(RULE))

    if not message:
        assert verdict == PASSED
        return
    assert isinstance(verdict, Broken)
    assert verdict.field == "s3SubPrefix"
    assert verdict.message == f"s3SubPrefix {message}"


@pytest.mark.parametrize(
    ("text", "edit"),
    [
        pytest.param("finance*", "Write 'finance/*'.", id="a prefix"),
        pytest.param(
            "finance", "Write 'finance/*'. For one object, set s3PrefixType to 'Object'.", id="perhaps one object"
        ),
    ],
)
def test_the_sub_prefix_that_would_pass(a_context: Callable[..., Any], text: str, edit: str) -> None:
    """The offered sub-prefix passes."""
    verdict = RULE.judge(a_grant(s3_sub_prefix=text), a_context(RULE))

    assert verdict.edit == edit
    assert RULE.judge(a_grant(s3_sub_prefix="finance/*"), a_context(RULE)) == PASSED


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"s3_sub_prefix": "acme-data/reports/*"}, "", id="right under any location"),
        pytest.param({"s3_sub_prefix": "reports/*"}, "?accessGrantsLocationId", id="under s3:// a whole bucket"),
        pytest.param({"s3_sub_prefix": ABSENT}, "?accessGrantsLocationId", id="under s3:// every bucket"),
        pytest.param({"s3_sub_prefix": "acme-data/fin*"}, "s3SubPrefix", id="wrong under any location"),
        pytest.param({"s3_sub_prefix": UNKNOWN}, "?s3SubPrefix", id="itself unknown"),
        pytest.param({"s3_sub_prefix": Malformed("number")}, "s3SubPrefix", id="a number"),
        pytest.param(
            {"s3_sub_prefix": "acme-data/fin.csv", "s3_prefix_type": UNKNOWN}, "?s3PrefixType", id="perhaps one object"
        ),
        pytest.param(
            {"s3_sub_prefix": "acme-data/f*.csv", "s3_prefix_type": UNKNOWN}, "s3SubPrefix", id="neither one nor many"
        ),
    ],
)
def test_a_location_that_is_not_known_yet(a_context: Callable[..., Any], fields: Any, field: str) -> None:
    """A sub-prefix is decided as far as every location would decide it alike."""
    found = told(RULE.judge(a_grant(access_grants_location_id=UNKNOWN, **fields), a_context(RULE)))

    assert found[0] == field


@pytest.mark.parametrize(
    ("allowed", "application", "field", "message"),
    [
        pytest.param(["*"], APPLICATION, "", "", id="any"),
        pytest.param([f"arn:aws:sso::{ACCOUNT}:application/*"], APPLICATION, "", "", id="the account's"),
        pytest.param([], ABSENT, "", "", id="none"),
        pytest.param(
            [], APPLICATION, "applicationArn", f"application '{APPLICATION}' is not one of (none)", id="none allowed"
        ),
        pytest.param(
            [f"arn:aws:sso::{OTHER}:*"],
            APPLICATION,
            "applicationArn",
            f"application '{APPLICATION}' is not one of 'arn:aws:sso::{OTHER}:*'",
            id="another account's",
        ),
        pytest.param(
            ["*"],
            "tableau",
            "applicationArn",
            "'tableau' is not the ARN of an Identity Center application",
            id="a name",
        ),
        pytest.param(
            ["*"], UNKNOWN, "?applicationArn", "applicationArn is not known in this preview", id="an unknown one"
        ),
    ],
)
def test_applications(
    a_context: Callable[..., Any], allowed: list[str], application: Any, field: str, message: str
) -> None:
    """A grant may be bound to applications that are listed."""
    verdict = RULE.judge(a_grant(application_arn=application), a_context(RULE, {"applications": allowed}))

    assert told(verdict) == (field, message)


PROPS = {
    "accessGrantsLocationId": LOCATION,
    "grantee": {"granteeType": "IAM", "granteeIdentifier": ROLE},
    "permission": "READ",
    "accessGrantsLocationConfiguration": {"s3SubPrefix": "reports/*"},
}


@pytest.mark.parametrize("kind", [CLASSIC, NATIVE])
@pytest.mark.parametrize(
    ("props", "outcome"),
    [
        pytest.param({}, Outcome.PASS, id="all is well"),
        pytest.param({"grantee": None}, Outcome.FAIL, id="nobody"),
        pytest.param({"grantee": UNKNOWN}, Outcome.UNKNOWN, id="an unknown grantee"),
        pytest.param({"grantee": [ROLE]}, Outcome.FAIL, id="a list of grantees"),
        pytest.param({"accessGrantsLocationConfiguration": "reports/*"}, Outcome.FAIL, id="text for an object"),
        pytest.param(
            {"accessGrantsLocationId": "default", "accessGrantsLocationConfiguration": {"s3SubPrefix": ""}},
            Outcome.FAIL,
            id="an empty sub-prefix under the default location",
        ),
        pytest.param({"accessGrantsLocationId": UNKNOWN}, Outcome.UNKNOWN, id="an unknown location"),
    ],
)
def test_each_type(kind: str, props: dict[str, Any], outcome: Outcome) -> None:
    """Failures block for both providers; what only `pulumi up` knows warns, since it is judged then."""
    finding = run(kind, {**PROPS, **props})

    assert (finding.outcome, finding.blocks) == (outcome, outcome is Outcome.FAIL)


WORDS = st.sampled_from(
    [UNKNOWN, "IAM", "DIRECTORY_GROUP", ROLE, GROUP, "READ", "Object", "default", LOCATION, "a/*", "acme/a/*", "*"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["granteeType", "granteeIdentifier", "s3SubPrefix"]) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
GRANTEES = st.fixed_dictionaries({"granteeType": VALUES, "granteeIdentifier": VALUES})
NAMES = (*PROPS, "s3PrefixType", "applicationArn", "accountId", "region", "accessGrantArn")


@given(
    strange=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    grantee=st.none() | GRANTEES,
    kind=st.sampled_from([CLASSIC, NATIVE]),
)
def test_whatever_stands_there(strange: dict[str, Any], grantee: Any, kind: str) -> None:
    """Nothing raises, and what passes is made of texts that the rule understood."""
    props: dict[str, Any] = {**PROPS, **({"grantee": grantee} if grantee else {}), **strange}

    outcome = run(kind, props).outcome

    assert outcome is not Outcome.ERROR
    if outcome is Outcome.PASS:
        assert props["permission"] == "READ"
        who = props["grantee"]
        assert (who["granteeType"], who["granteeIdentifier"]) in (("IAM", ROLE), ("DIRECTORY_GROUP", GROUP))
        assert props.get("s3PrefixType") in (None, "Object")
        assert props.get("applicationArn") is None
        assert isinstance(props["accessGrantsLocationId"], str) or props["accessGrantsLocationId"] is UNKNOWN
        inside = props["accessGrantsLocationConfiguration"]
        assert inside is None or isinstance(inside.get("s3SubPrefix"), str | None)
