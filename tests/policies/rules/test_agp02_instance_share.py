"""AGP-02: an instance that is shared with the organization alone."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import UNKNOWN, Finding, Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.program import Program
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.agp02_instance_share import RULE, gather
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import ResourceAssociation, ResourceShare, facts_of
from grantgate_policies.subjects.access import exclusive_associations
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
OURS = f"'{ACCOUNT}', '{OTHER}'"
ORGANIZATION = "o-a1b2c3d4e5"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
SUBNET = f"arn:aws:ec2:eu-west-1:{ACCOUNT}:subnet/subnet-1"
ARN = f"arn:aws:ram:eu-west-1:{ACCOUNT}:resource-share/11111111-2222-3333-4444-555555555555"
SECOND = f"arn:aws:ram:eu-west-1:{ACCOUNT}:resource-share/66666666-7777-8888-9999-000000000000"
DATA = "arn:aws:ram::aws:permission/AWSRAMPermissionAccessGrantsData"
SHARE, NATIVE = "aws:ram/resourceShare:ResourceShare", "aws-native:ram:ResourceShare"
OF_RESOURCE = "aws:ram/resourceAssociation:ResourceAssociation"
OF_PRINCIPAL = "aws:ram/principalAssociation:PrincipalAssociation"
OF_PERMISSION = "aws-native:ram:PermissionAssociation"
AN_INSTANCE = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
NOT_OURS = "nothing in this program shares an Access Grants instance through this share"
PERHAPS = "what the share shares is not known in this preview; it may be an Access Grants instance"


def a_resource(kind: str, name: str, props: Mapping[str, Any], **sources: Resource) -> Resource:
    shown = {key: value for key, value in props.items() if value is not None}
    made_from = {key: (one.urn,) for key, one in sources.items()}
    return Resource(f"urn:pulumi:prod::data::{kind}::{name}", kind, name, shown, made_from=made_from)


def a_share(kind: str = SHARE, name: str = "share", **props: Any) -> Resource:
    return a_resource(kind, name, {"arn": ARN, "name": name, "allowExternalPrincipals": False, **props})


def shared(arn: Any = INSTANCE, share: Any = ARN, **sources: Resource) -> Resource:
    return a_resource(OF_RESOURCE, "shared", {"resourceArn": arn, "resourceShareArn": share}, **sources)


def given_to(principal: Any = OTHER, share: Any = ARN, **sources: Resource) -> Resource:
    return a_resource(OF_PRINCIPAL, "given", {"principal": principal, "resourceShareArn": share}, **sources)


def giving(permission: Any = DATA, share: Any = ARN, **sources: Resource) -> Resource:
    return a_resource(OF_PERMISSION, "giving", {"permissionArn": permission, "resourceShareArn": share}, **sources)


def findings_of(*resources: Resource, settings: Mapping[str, Any] | None = None) -> list[Finding]:
    """Give what the judge makes of a stack with this rule alone."""
    accounts = {one: {"name": f"data-{one}", "environment": "prod"} for one in (ACCOUNT, OTHER)}
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts},
        "rules": {RULE.name: settings or {}},
    }
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    return list(Judge(book, "prod", dt.date(2026, 11, 20), rules=(RULE,)).stack_findings(resources))


def run(*resources: Resource, settings: Mapping[str, Any] | None = None) -> dict[str, tuple[Outcome, str]]:
    """Give outcome and message by the resource's name."""
    findings = findings_of(*resources, settings=settings)
    assert all(one.blocks is (one.outcome in (Outcome.FAIL, Outcome.UNKNOWN)) for one in findings)
    return {one.resource.name: (one.outcome, one.message) for one in findings}


@pytest.mark.parametrize("kind", [SHARE, NATIVE])
@pytest.mark.parametrize(
    ("props", "outcome", "message"),
    [
        pytest.param({}, Outcome.PASS, "", id="kept inside"),
        pytest.param({"allowExternalPrincipals": "false"}, Outcome.PASS, "", id="the word"),
        pytest.param({"permissionArns": [DATA]}, Outcome.PASS, "", id="the permission for data"),
        pytest.param({"permissionArns": [DATA.replace("arn:aws:", "arn:aws-cn:")]}, Outcome.PASS, "", id="in China"),
        pytest.param({"permissionArns": []}, Outcome.PASS, "", id="no permission named"),
        pytest.param(
            {"allowExternalPrincipals": True},
            Outcome.FAIL,
            "allowExternalPrincipals is true, and the share may be given to any AWS account",
            id="open to all",
        ),
        pytest.param(
            {"allowExternalPrincipals": "no"},
            Outcome.FAIL,
            "allowExternalPrincipals is a text, neither true nor false",
            id="another word",
        ),
        pytest.param(
            {"allowExternalPrincipals": UNKNOWN},
            Outcome.UNKNOWN,
            "allowExternalPrincipals is not known in this preview",
            id="unknown",
        ),
        pytest.param(
            {"allowExternalPrincipals": UNKNOWN, "permissionArns": ["arn:aws:ram::aws:permission/Other"]},
            Outcome.FAIL,
            "permission 'arn:aws:ram::aws:permission/Other' is not one of 'AWSRAMPermissionAccessGrantsData', "
            "'AWSRAMPermissionAccessGrantsReadAccess'",
            id="another permission",
        ),
        pytest.param(
            {"permissionArns": [UNKNOWN, DATA.replace("::aws:", f":eu-west-1:{ACCOUNT}:")]},
            Outcome.FAIL,
            f"permission 'arn:aws:ram:eu-west-1:{ACCOUNT}:permission/AWSRAMPermissionAccessGrantsData' is not one of "
            "'AWSRAMPermissionAccessGrantsData', 'AWSRAMPermissionAccessGrantsReadAccess'",
            id="a permission of one's own under AWS's name",
        ),
        pytest.param(
            {"permissionArns": [DATA, UNKNOWN]},
            Outcome.UNKNOWN,
            "permissionArns is not known in this preview",
            id="an unknown permission",
        ),
        pytest.param(
            {"permissionArns": DATA},
            Outcome.FAIL,
            "permissionArns is a text, not a list of texts",
            id="a text for a list",
        ),
    ],
)
def test_shares(kind: str, props: dict[str, Any], outcome: Outcome, message: str) -> None:
    """A share of an instance stays inside the organization and gives what is listed."""
    assert run(a_share(kind, **props), shared())["share"] == (outcome, message)


def test_what_nobody_said() -> None:
    """Where the program is silent the classic provider sends false, and the native one leaves it to RAM: true."""
    silent = {"allowExternalPrincipals": None}

    assert run(a_share(SHARE, **silent), shared())["share"] == (Outcome.PASS, "")
    assert run(a_share(NATIVE, **silent), shared())["share"] == (
        Outcome.FAIL,
        "allowExternalPrincipals is not set, and AWS RAM then takes true",
    )


@pytest.mark.parametrize(
    ("kind", "value", "observed"),
    [
        pytest.param(SHARE, True, "true", id="true"),
        pytest.param(SHARE, "no", "text", id="another word"),
        pytest.param(SHARE, 0, "number", id="a number"),
        pytest.param(NATIVE, None, "nothing", id="nothing, of the native type"),
    ],
)
def test_what_is_told_of_strangers(kind: str, value: Any, observed: str) -> None:
    """The finding holds what was there, what must be, and the one value that is to be set."""
    (finding,) = findings_of(a_share(kind, allowExternalPrincipals=value), shared())

    assert (finding.field, finding.observed, finding.expected) == ("allowExternalPrincipals", observed, "false")
    assert finding.edit == "Set allowExternalPrincipals to false."


def test_a_permission_of_ones_own() -> None:
    """Setting ``permissions`` takes names of AWS's and ARNs of one's own."""
    own = f"arn:aws:ram:eu-west-1:{ACCOUNT}:permission/grants-only"
    share = a_share(permissionArns=[own])

    assert run(share, shared(), settings={"permissions": [own]})["share"][0] is Outcome.PASS
    assert run(share, shared(), settings={"permissions": ["grants-only"]})["share"][0] is Outcome.FAIL


EVERYTHING = f"arn:aws:ram:eu-west-1:{ACCOUNT}:permission/everything"
ALLOWED = "'AWSRAMPermissionAccessGrantsData', 'AWSRAMPermissionAccessGrantsReadAccess'"


@pytest.mark.parametrize(
    ("permission", "outcome", "message"),
    [
        pytest.param(DATA, Outcome.PASS, "", id="the permission for data"),
        pytest.param(
            EVERYTHING, Outcome.FAIL, f"permission '{EVERYTHING}' is not one of {ALLOWED}", id="one of one's own"
        ),
        pytest.param("", Outcome.FAIL, f"permission '' is not one of {ALLOWED}", id="an empty text"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "permissionArn is not known in this preview", id="unknown"),
        pytest.param(None, Outcome.FAIL, "permissionArn is not set", id="none"),
        pytest.param([DATA], Outcome.FAIL, "permissionArn is a list, not text", id="a list"),
    ],
)
def test_permissions_beside_a_share(permission: Any, outcome: Outcome, message: str) -> None:
    """A permission that is associated beside a share is held to the same list as those that the share names."""
    found = run(a_share(NATIVE, resourceArns=[INSTANCE]), giving(permission))

    assert found == {"share": (Outcome.PASS, ""), "giving": (outcome, message)}


@pytest.mark.parametrize(
    ("resources", "outcome"),
    [
        pytest.param([shared(), giving(EVERYTHING)], Outcome.FAIL, id="a share of another program"),
        pytest.param([shared(SUBNET), giving(EVERYTHING)], Outcome.NOT_APPLICABLE, id="a share of a subnet"),
        pytest.param([giving(EVERYTHING)], Outcome.NOT_APPLICABLE, id="a share of which nothing is said"),
        pytest.param([shared(), giving(EVERYTHING, UNKNOWN)], Outcome.UNKNOWN, id="some share"),
        pytest.param([shared(UNKNOWN), giving(EVERYTHING)], Outcome.UNKNOWN, id="perhaps an instance"),
        pytest.param(
            [a_share(), shared(), giving(EVERYTHING, UNKNOWN, resourceShareArn=a_share())],
            Outcome.FAIL,
            id="what the share's ARN is made from",
        ),
        pytest.param(
            [a_share(), shared(), giving(DATA, UNKNOWN, resourceShareArn=a_share())],
            Outcome.UNKNOWN,
            id="which does not pass",
        ),
    ],
)
def test_which_permissions_are_judged(resources: list[Resource], outcome: Outcome) -> None:
    """A permission counts where its share shares an instance, as a principal does."""
    assert run(*resources)["giving"][0] is outcome


UNIT = f"arn:aws:organizations::{ACCOUNT}:ou/{ORGANIZATION}/ou-abcd-12345678"
WHOLE = f"arn:aws:organizations::{ACCOUNT}:organization/{ORGANIZATION}"


@pytest.mark.parametrize(
    ("principal", "ours", "outcome", "message"),
    [
        pytest.param(OTHER, "", Outcome.PASS, "", id="an account"),
        pytest.param(f"arn:aws:iam::{OTHER}:role/x", "", Outcome.PASS, "", id="a role"),
        pytest.param(WHOLE, ORGANIZATION, Outcome.PASS, "", id="our organization"),
        pytest.param(UNIT, ORGANIZATION, Outcome.PASS, "", id="a unit of ours"),
        pytest.param(
            FOREIGN,
            "",
            Outcome.FAIL,
            f"the share is given to account '{FOREIGN}', not one of the organization's {OURS}",
            id="a foreign account",
        ),
        pytest.param(
            f"arn:aws:iam::{FOREIGN}:user/x",
            "",
            Outcome.FAIL,
            f"the share is given to account '{FOREIGN}', not one of the organization's {OURS}",
            id="a foreign user",
        ),
        pytest.param(
            WHOLE,
            "",
            Outcome.FAIL,
            f"the share is given to organization '{ORGANIZATION}', and organizationId does not say which one is ours",
            id="an organization without the setting",
        ),
        pytest.param(
            UNIT,
            "o-another1234",
            Outcome.FAIL,
            f"the share is given to organization '{ORGANIZATION}', not 'o-another1234'",
            id="another organization's unit",
        ),
        pytest.param(
            "ec2.amazonaws.com",
            "",
            Outcome.FAIL,
            "principal 'ec2.amazonaws.com' is no account, role, user, unit or organization",
            id="a service",
        ),
        pytest.param(
            "*", "", Outcome.FAIL, "principal '*' is no account, role, user, unit or organization", id="everyone"
        ),
        pytest.param(
            "", "", Outcome.FAIL, "principal '' is no account, role, user, unit or organization", id="an empty text"
        ),
        pytest.param(
            f"{UNIT}\n",
            ORGANIZATION,
            Outcome.FAIL,
            f"principal '{UNIT}\\n' is no account, role, user, unit or organization",
            id="a line break behind it",
        ),
    ],
)
def test_principals(principal: str, ours: str, outcome: Outcome, message: str) -> None:
    """Associated beside a share or named in it, principals are the organization's."""
    settings = {"organizationId": ours}

    beside = run(shared(), given_to(principal), settings=settings)
    inside = run(a_share(NATIVE, principals=[OTHER, principal], resourceArns=[INSTANCE]), settings=settings)

    assert beside == {"given": (outcome, message)}
    assert inside == {"share": (outcome, message)}


@pytest.mark.parametrize(
    ("principal", "outcome", "message"),
    [
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "principal is not known in this preview", id="unknown"),
        pytest.param(None, Outcome.FAIL, "principal is not set", id="nobody"),
        pytest.param(444455556666, Outcome.FAIL, "principal is a number, not text", id="a number"),
    ],
)
def test_principals_that_are_no_text(principal: Any, outcome: Outcome, message: str) -> None:
    """Only text can be one of ours."""
    assert run(shared(), given_to(principal))["given"] == (outcome, message)


def test_a_list_with_an_unknown_principal() -> None:
    """One that is not known hides no foreign one."""
    assert run(a_share(NATIVE, principals=[UNKNOWN, FOREIGN], resourceArns=[INSTANCE]))["share"][0] is Outcome.FAIL
    assert run(a_share(NATIVE, principals=[UNKNOWN, OTHER], resourceArns=[INSTANCE]))["share"][0] is Outcome.UNKNOWN


# --- which shares are judged ------------------------------------------------------------------------------------------

OPEN = {"allowExternalPrincipals": True}


def new(kind: str = SHARE) -> Resource:
    return a_share(kind, arn=UNKNOWN, **OPEN)


INSTANCE_MADE = a_resource(AN_INSTANCE, "instance", {})
SUBNET_MADE = a_resource("aws:ec2/subnet:Subnet", "subnet", {})
ACCOUNT_MADE = a_resource("aws:organizations/account:Account", "account", {})


@pytest.mark.parametrize(
    ("resources", "outcome"),
    [
        pytest.param([a_share(**OPEN), shared()], Outcome.FAIL, id="an instance, by ARNs"),
        pytest.param([a_share(**OPEN), shared(f"{INSTANCE}/x")], Outcome.FAIL, id="what is below an instance"),
        pytest.param([a_share(**OPEN), shared(SUBNET)], Outcome.NOT_APPLICABLE, id="a subnet"),
        pytest.param([a_share(**OPEN), shared(share=SECOND)], Outcome.NOT_APPLICABLE, id="through another share"),
        pytest.param([a_share(**OPEN)], Outcome.NOT_APPLICABLE, id="nothing"),
        pytest.param([a_share(NATIVE, resourceArns=[SUBNET, INSTANCE], **OPEN)], Outcome.FAIL, id="in a native share"),
        pytest.param([a_share(NATIVE, resourceArns=[SUBNET], **OPEN)], Outcome.NOT_APPLICABLE, id="a native subnet"),
        pytest.param([a_share(NATIVE, resourceArns=[SUBNET, UNKNOWN], **OPEN)], Outcome.UNKNOWN, id="perhaps natively"),
        pytest.param(
            [a_share(NATIVE, resourceArns=[UNKNOWN, INSTANCE], **OPEN)], Outcome.FAIL, id="natively for certain"
        ),
        pytest.param([a_share(NATIVE, resourceArns=INSTANCE, **OPEN)], Outcome.UNKNOWN, id="no list"),
        pytest.param(
            [INSTANCE_MADE, new(), shared(UNKNOWN, UNKNOWN, resourceArn=INSTANCE_MADE, resourceShareArn=new())],
            Outcome.FAIL,
            id="all made in the same run",
        ),
        pytest.param(
            [INSTANCE_MADE, a_share(**OPEN), shared(UNKNOWN, resourceArn=INSTANCE_MADE)],
            Outcome.FAIL,
            id="an instance that is made in the same run",
        ),
        pytest.param(
            [SUBNET_MADE, new(), shared(UNKNOWN, UNKNOWN, resourceArn=SUBNET_MADE, resourceShareArn=new())],
            Outcome.NOT_APPLICABLE,
            id="a subnet that is made in the same run",
        ),
        pytest.param(
            [ACCOUNT_MADE, a_share(**OPEN), shared(UNKNOWN, resourceArn=ACCOUNT_MADE)],
            Outcome.UNKNOWN,
            id="an ARN with the id of a new account",
        ),
        pytest.param([a_share(**OPEN), shared(UNKNOWN)], Outcome.UNKNOWN, id="anything, through this share"),
        pytest.param([a_share(**OPEN), shared(share=UNKNOWN)], Outcome.UNKNOWN, id="an instance, through some share"),
        pytest.param([a_share(**OPEN), shared(7)], Outcome.UNKNOWN, id="a number"),
        pytest.param([a_share(arn=None, **OPEN), shared()], Outcome.UNKNOWN, id="a share whose ARN nobody shows"),
        pytest.param(
            [a_share(**OPEN), shared(SUBNET, UNKNOWN)], Outcome.NOT_APPLICABLE, id="a subnet, through some share"
        ),
    ],
)
def test_which_shares_are_judged(resources: list[Resource], outcome: Outcome) -> None:
    """A share counts once it shares an instance, by ARNs or by what they will be made of; what may be, is undecided."""
    found, message = run(*resources)["share"]

    assert found is outcome
    assert outcome is not Outcome.NOT_APPLICABLE or message == NOT_OURS
    assert outcome is not Outcome.UNKNOWN or message == PERHAPS


LIKELY = "whether the share is of an Access Grants instance is not known in this preview; "
OF_INSTANCE = "what 'shared' shares is made from an Access Grants instance"
OF_SHARE = "resourceShareArn of 'shared' is made from the share"


@pytest.mark.parametrize(
    ("share", "association", "why"),
    [
        pytest.param({}, shared(UNKNOWN, resourceArn=INSTANCE_MADE), OF_INSTANCE, id="the instance"),
        pytest.param({"arn": UNKNOWN}, shared(share=UNKNOWN, resourceShareArn=new()), OF_SHARE, id="the share"),
        pytest.param(
            {"arn": UNKNOWN},
            shared(UNKNOWN, UNKNOWN, resourceArn=INSTANCE_MADE, resourceShareArn=new()),
            f"{OF_INSTANCE}, and {OF_SHARE}",
            id="both",
        ),
    ],
)
def test_shares_of_what_arns_are_made_from(share: dict[str, Any], association: Resource, why: str) -> None:
    """An ARN may be another one than what it is made from has: what is open breaks, and what is not does not pass."""
    kept = run(INSTANCE_MADE, a_share(**share), association)["share"]
    opened = run(INSTANCE_MADE, a_share(**{**OPEN, **share}), association)["share"]
    untold = run(INSTANCE_MADE, a_share(**{**share, "allowExternalPrincipals": UNKNOWN}), association)["share"]

    assert kept == (Outcome.UNKNOWN, f"{LIKELY}{why}")
    assert opened[0] is Outcome.FAIL
    assert opened[1].endswith(f"; {why}")
    assert untold == (Outcome.UNKNOWN, "allowExternalPrincipals is not known in this preview")


def test_a_native_share_of_what_an_arn_is_made_from() -> None:
    """A native share lists what it shares itself; a text beside what is made from an instance decides all."""
    why = "one of resourceArns is made from an Access Grants instance"
    for arns, outcome in (([UNKNOWN], Outcome.UNKNOWN), ([UNKNOWN, INSTANCE], Outcome.PASS)):
        share = a_share(NATIVE, resourceArns=arns)
        made = Resource(share.urn, NATIVE, share.name, share.props, made_from={"resourceArns": (INSTANCE_MADE.urn,)})

        assert run(INSTANCE_MADE, made)["share"] == (outcome, f"{LIKELY}{why}" if outcome is Outcome.UNKNOWN else "")


def test_principals_of_what_arns_are_made_from() -> None:
    """A principal of what its share's ARN is made from breaks where it is foreign, and else does not pass."""
    by_text = run(shared(), a_share(), given_to(share=UNKNOWN, resourceShareArn=a_share()))["given"]
    foreign = run(shared(), a_share(), given_to(FOREIGN, UNKNOWN, resourceShareArn=a_share()))["given"]
    of_likely = run(INSTANCE_MADE, a_share(), shared(UNKNOWN, resourceArn=INSTANCE_MADE), given_to())["given"]

    assert by_text == (Outcome.UNKNOWN, f"{LIKELY}resourceShareArn is made from 'share'")
    assert foreign[0] is Outcome.FAIL
    assert foreign[1].endswith("; resourceShareArn is made from 'share'")
    assert of_likely == (Outcome.UNKNOWN, f"{LIKELY}{OF_INSTANCE}")


@pytest.mark.parametrize(
    ("resources", "outcome"),
    [
        pytest.param([shared(), given_to(FOREIGN)], Outcome.FAIL, id="a share of another program"),
        pytest.param([shared(SUBNET), given_to(FOREIGN)], Outcome.NOT_APPLICABLE, id="a share of a subnet"),
        pytest.param([given_to(FOREIGN)], Outcome.NOT_APPLICABLE, id="a share of which nothing is said"),
        pytest.param([shared(), given_to(FOREIGN, SECOND)], Outcome.NOT_APPLICABLE, id="another share"),
        pytest.param([shared(), given_to(FOREIGN, UNKNOWN)], Outcome.UNKNOWN, id="some share"),
        pytest.param([shared(), given_to(FOREIGN, None)], Outcome.UNKNOWN, id="no share"),
        pytest.param([shared(SUBNET), given_to(FOREIGN, UNKNOWN)], Outcome.NOT_APPLICABLE, id="some share of none"),
        pytest.param([shared(UNKNOWN), given_to(FOREIGN)], Outcome.UNKNOWN, id="perhaps an instance"),
        pytest.param(
            [new(), shared(share=UNKNOWN, resourceShareArn=new()), given_to(FOREIGN, UNKNOWN, resourceShareArn=new())],
            Outcome.FAIL,
            id="a share that is made in the same run",
        ),
        pytest.param(
            [a_share(NATIVE, resourceArns=[INSTANCE]), given_to(FOREIGN)], Outcome.FAIL, id="what a native share names"
        ),
    ],
)
def test_which_principals_are_judged(resources: list[Resource], outcome: Outcome) -> None:
    """A principal counts where its share shares an instance, whether or not the program holds the share."""
    assert run(*resources)["given"][0] is outcome


def test_one_of_two_shares() -> None:
    """Where a principal's share is one of two, that one of them shares an instance decides nothing."""
    one, two = new(), a_share(name="two", arn=UNKNOWN)
    principal = given_to(FOREIGN, UNKNOWN)
    both = Resource(
        principal.urn,
        principal.type,
        principal.name,
        principal.props,
        made_from={"resourceShareArn": (one.urn, two.urn)},
    )

    assert run(one, two, shared(share=UNKNOWN, resourceShareArn=one), both)["given"][0] is Outcome.UNKNOWN


def test_resources_that_could_not_be_read() -> None:
    """What could not be read may be what makes a share one of an instance: nothing is skipped on its account."""
    share = a_share(**OPEN)

    assert not gather(Program(facts_of(share))).loose
    assert gather(Program(facts_of(share), unread=("urn:pulumi:prod::data::aws:ram/x:Y::z",))).loose


def test_associations_of_one_resource(a_context: Callable[..., Any]) -> None:
    """A resource that associates several things with a share, to the exclusion of others, is read one by one."""
    props = {"resourceShareArn": ARN, "resourceArns": [SUBNET, INSTANCE], "principals": [UNKNOWN, FOREIGN]}
    facts = tuple(exclusive_associations(a_resource("aws:ram/x:Y", "all", props)))
    shares = gather(Program((*facts_of(a_share(**OPEN)), *facts)))

    found = [RULE.judge(one, a_context(RULE), shares) for one in facts if not isinstance(one, ResourceAssociation)]

    assert [type(one).__name__ for one in found] == ["Unsure", "Broken"]
    assert [type(one) for one in facts].count(ResourceAssociation) == 2
    assert tuple(exclusive_associations(a_resource("aws:ram/x:Y", "none", {}))) == ()


def test_members_that_are_not_known() -> None:
    """A share's lists keep what is known beside what is not."""
    (fact,) = facts_of(a_share(NATIVE, principals=[UNKNOWN, OTHER], resourceArns=[1], permissionArns=UNKNOWN))

    assert isinstance(fact, ResourceShare)
    assert (fact.principals, fact.permission_arns) == ((UNKNOWN, OTHER), UNKNOWN)


WORDS = st.sampled_from([UNKNOWN, ARN, SECOND, INSTANCE, SUBNET, OTHER, FOREIGN, DATA, "false"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
NAMES = ("arn", "allowExternalPrincipals", "permissionArns", "resourceArns", "principals", "region")


@given(
    share=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3),
    kind=st.sampled_from([SHARE, NATIVE]),
    what=st.just((INSTANCE, ARN)) | st.tuples(VALUES, VALUES),
    who=st.just((OTHER, ARN)) | st.tuples(VALUES, VALUES),
    joined=st.booleans(),
)
def test_whatever_stands_there(share: dict[str, Any], kind: str, what: Any, who: Any, *, joined: bool) -> None:
    """Nothing raises, and what passes is known to stay inside."""
    one = a_share(kind, **share)
    sources = {"resourceShareArn": one} if joined else {}

    found = run(one, shared(*what, **sources), given_to(*who, **sources))

    assert Outcome.ERROR not in {outcome for outcome, _ in found.values()}
    if found["share"][0] is Outcome.PASS:
        external = share.get("allowExternalPrincipals", False)
        assert external in (False, "false") or (external is None and kind == SHARE)
        assert set(share.get("principals") or ()) <= {OTHER}
        assert set(share.get("permissionArns") or ()) <= {DATA}
    if found["given"][0] is Outcome.PASS:
        assert who[0] == OTHER
