"""LKP-01: a lookup that did not look never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOOKUP_TYPES
from grantgate_policies.core import UNKNOWN, Broken, Context, Organization, Outcome, Passed, Resource
from grantgate_policies.rules.lkp01_lookup_performed import RULE
from grantgate_policies.subjects import LookupRead, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Live = Callable[..., dict[str, Any]]


@pytest.fixture(params=list(LOOKUP_TYPES), ids=lambda kind: kind.rpartition(":")[2])
def kind(request: pytest.FixtureRequest) -> str:
    """Give each kind of lookup."""
    return str(request.param)


@pytest.mark.parametrize(
    ("lookup", "outcome", "message"),
    [
        pytest.param("performed", Outcome.PASS, "", id="performed"),
        pytest.param("failed", Outcome.FAIL, "the lookup failed, so nothing is known", id="failed"),
        pytest.param(None, Outcome.FAIL, "the lookup is marked nothing, not 'performed'", id="no mark"),
        pytest.param("", Outcome.FAIL, "the lookup is marked '', not 'performed'", id="an empty mark"),
        pytest.param("Performed", Outcome.FAIL, "the lookup is marked 'Performed', not 'performed'", id="case counts"),
        pytest.param(True, Outcome.FAIL, "the lookup is marked nothing, not 'performed'", id="true"),
        pytest.param(["performed"], Outcome.FAIL, "the lookup is marked nothing, not 'performed'", id="a list"),
        pytest.param(
            UNKNOWN, Outcome.UNKNOWN, "whether the lookup was performed is not known in this preview", id="unknown"
        ),
    ],
)
def test_the_mark(
    found: Callable[..., Any], looked_up: Live, kind: str, lookup: Any, outcome: Outcome, message: str
) -> None:
    """Only the very word passes, whatever values there are."""
    finding = found(RULE, kind, looked_up(kind, lookup=lookup))

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


def test_a_run_marks_its_lookups(found: Callable[..., Any], looked_up: Live, kind: str) -> None:
    """Where a run has a mark, an answer without it is another run's; where there is none, none is asked for."""
    context = Context(settings={}, organization=Organization("acme", {}), run="this")

    def judged(**marks: Any) -> Any:
        resource = Resource("urn:x", kind, "x", {**looked_up(kind), **marks})
        (read,) = [fact for fact in facts_of(resource) if isinstance(fact, LookupRead)]
        return RULE.judge(read, context)

    assert found(RULE, kind, looked_up(kind, run="another")).outcome is Outcome.PASS
    assert isinstance(judged(run="this"), Passed)
    for marks in ({}, {"run": "another"}, {"run": UNKNOWN}, {"run": 7}):
        assert judged(**marks).message == "an earlier run made the lookup, not this one"


def test_what_is_told(looked_up: Live, kind: str) -> None:
    """Every verdict is about the mark, and says what would pass."""
    context = Context(settings={}, organization=Organization("acme", {}), run="this")
    options = "Leave out options that keep lookups from being made, such as --target and --exclude."
    error = "Do what the error on this resource says, then run again."

    def told(**props: Any) -> tuple[Any, ...]:
        (read,) = facts_of(Resource("urn:x", kind, "x", looked_up(kind, run="this") | props))[-1:]
        verdict = RULE.judge(read, context)
        assert isinstance(verdict, Broken)
        return verdict.field, verdict.observed, verdict.expected, verdict.edit

    assert told(run="another") == ("lookup", "an earlier run", "this run", options)
    assert told(lookup="failed") == ("lookup", "'failed'", "'performed'", error)
    assert told(lookup="x") == ("lookup", "'x'", "'performed'", "")
    assert told(**dict.fromkeys(LOOKUP_TYPES[kind].live)) == (
        "lookup",
        f"no {', '.join(LOOKUP_TYPES[kind].live)}",
        "every live property",
        "",
    )


@pytest.mark.parametrize(
    "props",
    [
        pytest.param({"lookup": UNKNOWN}, id="the mark"),
        pytest.param({"lookup": "pending"}, id="an input"),
        pytest.param({}, id="a live property"),
    ],
)
def test_what_is_not_known_is_the_mark(
    found: Callable[..., Any], looked_up: Live, kind: str, props: dict[str, Any]
) -> None:
    """Undecided findings are about the mark too."""
    unknown = props or {LOOKUP_TYPES[kind].live[0]: UNKNOWN}
    finding = found(RULE, kind, looked_up(kind, **unknown))

    assert (finding.outcome, finding.field) == (Outcome.UNKNOWN, "lookup")


def test_pending(found: Callable[..., Any], looked_up: Live, kind: str) -> None:
    """An unknown input is named, and blocks unless the rules file says otherwise."""
    subject = LOOKUP_TYPES[kind].subject
    finding = found(RULE, kind, looked_up(kind, lookup="pending"))
    lenient = found(RULE, kind, looked_up(kind, lookup="pending"), {"onUnknown": "warn"})

    assert (finding.outcome, finding.blocks) == (Outcome.UNKNOWN, True)
    assert finding.message == f"{subject} or another input is not known in this preview, so AWS was not asked"
    assert (lenient.outcome, lenient.blocks, lenient.quiet) == (Outcome.UNKNOWN, False, False)


@pytest.mark.parametrize(
    "kind_and_name",
    [
        pytest.param((kind, name), id=f"{kind.rpartition(':')[2]}.{name}")
        for kind, one in LOOKUP_TYPES.items()
        for name in one.live
    ],
)
def test_a_live_value_that_is_missing(
    found: Callable[..., Any], looked_up: Live, kind_and_name: tuple[str, str]
) -> None:
    """Each live property must be there; an unknown one is undecided."""
    kind, name = kind_and_name
    props = looked_up(kind)
    absent, unknown = {**props}, {**props, name: UNKNOWN}
    del absent[name]

    missing = found(RULE, kind, absent)
    assert (missing.outcome, missing.message, missing.blocks) == (
        Outcome.FAIL,
        f"the lookup lacks the live {name}",
        True,
    )
    undecided = found(RULE, kind, unknown)
    assert (undecided.outcome, undecided.message) == (Outcome.UNKNOWN, f"{name} is not known in this preview")


def test_missing_beats_unknown(found: Callable[..., Any], looked_up: Live, kind: str) -> None:
    """A value that is not there is certain."""
    first, *others = LOOKUP_TYPES[kind].live

    finding = found(RULE, kind, looked_up(kind, **{first: UNKNOWN, **dict.fromkeys(others[:1])}))

    expected = f"the lookup lacks the live {others[0]}" if others else f"{first} is not known in this preview"
    assert (finding.outcome, finding.message) == (Outcome.FAIL if others else Outcome.UNKNOWN, expected)


def test_nothing_at_all(found: Callable[..., Any], kind: str) -> None:
    """Empty properties fail."""
    assert found(RULE, kind, {}).outcome is Outcome.FAIL


@pytest.mark.parametrize("props", [{}, {"lookup": "performed"}, {"lookup": UNKNOWN}])
def test_a_lookup_of_another_release(found: Callable[..., Any], props: dict[str, Any]) -> None:
    """A type of ours that the pack does not know fails, performed or not."""
    finding = found(RULE, "pulumi-python:dynamic/grantgate:AccessGrant", props)

    assert (finding.outcome, finding.blocks) == (Outcome.FAIL, True)
    assert finding.message == "'AccessGrant' is a lookup that this release of the pack does not know"
    assert finding.edit == "Update the pack to the provider's release."


# --- what a lookup holds ----------------------------------------------------------------------------------------------

WITHOUT: Any = object()
"""Where a value is taken away."""

LOCATIONS, GRANTS, INSTANCE, POLICY, POINT, ROLE = (
    f"pulumi-python:dynamic/grantgate:{name}"
    for name in (
        "AccessGrantsLocations",
        "AccessGrants",
        "AccessGrantsInstance",
        "AccessGrantsInstanceResourcePolicy",
        "MultiRegionAccessPoint",
        "AccessGrantsLocationRole",
    )
)


def changed(props: Any, path: str, value: Any) -> Any:
    """Give properties with another value at ``path``, or without it."""
    first, _, rest = path.partition(".")
    if isinstance(props, list):
        return [changed(one, rest, value) if rest else value for one in props]
    found = {**props, first: changed(props.get(first), rest, value) if rest else value}
    return {name: one for name, one in found.items() if one is not WITHOUT}


@pytest.mark.parametrize(
    ("kind", "path", "value", "message"),
    [
        pytest.param(LOCATIONS, "locations", "x", "locations is a text, not a list", id="a list that is text"),
        pytest.param(LOCATIONS, "locations", {"1": {}}, "locations is a map, not a list", id="a list that is a map"),
        pytest.param(
            LOCATIONS, "locations", [{}, 7], "list locations holds an entry without accessGrantsLocationId, "
            "accessGrantsLocationArn, locationScope, iamRoleArn, createdAt (number 1), and 1 more like it",
            id="an entry that holds nothing, and another that is none",
        ),
        pytest.param(
            LOCATIONS, "locations.x", "x", "list locations holds a text where an entry belongs (number 1)",
            id="an entry that is none",
        ),
        *(
            pytest.param(
                LOCATIONS, f"locations.x.{name}", WITHOUT,
                f"list locations holds an entry without {name} (number 1)", id=f"a location without {name}",
            )
            for name in (
                "accessGrantsLocationId", "accessGrantsLocationArn", "locationScope", "iamRoleArn", "createdAt"
            )
        ),
        *(
            pytest.param(
                GRANTS, f"grants.x.{name}", WITHOUT,
                f"list grants holds an entry without {name} (number 1)", id=f"a grant without {name}",
            )
            for name in (
                "accessGrantId", "accessGrantArn", "accessGrantsLocationId", "grantee", "grantee.granteeType",
                "grantee.granteeIdentifier", "permission", "grantScope", "createdAt",
                "accessGrantsLocationConfiguration.s3SubPrefix",
            )
        ),
        *(
            pytest.param(kind, f"{name}.x.{member}", WITHOUT,
            f"list {name} holds an entry without {member} (number 1), and 1 more like it"
            if kind == POINT else f"list {name} holds an entry without {member} (number 1)", id=f"{name}.{member}")
            for kind, name, member in (
                (POINT, "regions", "bucket"), (POINT, "regions", "region"), (POINT, "routes", "region"),
                (POINT, "routes", "trafficDialPercentage"), (ROLE, "inlinePolicies", "name"),
                (ROLE, "inlinePolicies", "policy"), (ROLE, "managedPolicies", "policyArn"),
                (ROLE, "managedPolicies", "policy"),
            )
        ),
        pytest.param(ROLE, "inlinePolicies", "{}", "inlinePolicies is a text, not a list", id="policies that are text"),
        pytest.param(
            LOCATIONS, "instanceExists", "true", "instanceExists is a text, neither true nor false", id="no flag"
        ),
        pytest.param(
            LOCATIONS, "instanceExists", False, "instanceExists is false, and it holds locations",
            id="locations without an instance",
        ),
        pytest.param(
            GRANTS, "instanceExists", False, "instanceExists is false, and it holds grants",
            id="grants without an instance",
        ),
        pytest.param(
            INSTANCE, "instanceExists", False, "instanceExists is false, and it holds accessGrantsInstanceArn",
            id="no instance, and its ARN",
        ),
        pytest.param(
            POLICY, "instanceExists", False, "instanceExists is false, and it holds policy, policyExists",
            id="a policy without an instance",
        ),
        pytest.param(
            POLICY, "policyExists", False, "policyExists is false, and it holds a policy", id="no policy, and its text"
        ),
        pytest.param(
            POLICY, "policy", WITHOUT, "policyExists is true, and it holds no policy", id="a policy without its text"
        ),
        pytest.param(POLICY, "policyExists", 1, "policyExists is a number, neither true nor false", id="a number"),
        pytest.param(POINT, "policy", "{}", "policy is there without policyIsPublic", id="a policy S3 has not judged"),
        pytest.param(
            ROLE, "arn", "arn:aws:iam::111122223333:role/other", "arn is not the iamRoleArn that it asked for",
            id="another role",
        ),
    ],
)  # fmt: skip
def test_what_is_not_whole(
    found: Callable[..., Any], looked_up: Live, kind: str, path: str, value: Any, message: str
) -> None:
    """What another rule would skip, having no value to judge, fails here."""
    finding = found(RULE, kind, changed(looked_up(kind), path, value))

    assert (finding.outcome, finding.message, finding.blocks) == (Outcome.FAIL, f"the lookup's {message}", True)


def test_two_entries_with_one_id(found: Callable[..., Any], looked_up: Live) -> None:
    """What is told by an id would be told of both."""
    props = looked_up(LOCATIONS)

    finding = found(RULE, LOCATIONS, {**props, "locations": props["locations"] * 2})

    expected = "the lookup's list locations holds an entry with the accessGrantsLocationId of another (number 2)"
    assert (finding.outcome, finding.message) == (Outcome.FAIL, expected)


@pytest.mark.parametrize(
    ("kind", "props"),
    [
        pytest.param(LOCATIONS, {"instanceExists": False, "locations": []}, id="no instance, and no locations"),
        pytest.param(LOCATIONS, {"locations": []}, id="an instance without locations"),
        pytest.param(GRANTS, {"instanceExists": False, "grants": []}, id="no instance, and no grants"),
        pytest.param(INSTANCE, {"instanceExists": False, "accessGrantsInstanceArn": None}, id="no instance"),
        pytest.param(POLICY, {"policyExists": False, "policy": None}, id="no policy"),
        pytest.param(
            POLICY, {"instanceExists": False, "policyExists": False, "policy": None}, id="no instance, and no policy"
        ),
        pytest.param(POINT, {"policy": "{}", "policyIsPublic": False}, id="an access point with a policy"),
        pytest.param(ROLE, {"inlinePolicies": [], "managedPolicies": []}, id="a role without policies"),
        pytest.param(
            ROLE,
            {"arn": "arn:aws:iam::111122223333:role/Access-Grants/Finance-Reader"},
            id="a role in IAM's letter case",
        ),
    ],
)
def test_what_may_be_missing(found: Callable[..., Any], looked_up: Live, kind: str, props: dict[str, Any]) -> None:
    """What AWS says is not there was looked up all the same."""
    assert found(RULE, kind, looked_up(kind, **props)).outcome is Outcome.PASS


@pytest.mark.parametrize(("kind", "name"), [(LOCATIONS, "locations"), (GRANTS, "grants"), (ROLE, "inlinePolicies")])
def test_an_entry_that_is_not_known(found: Callable[..., Any], looked_up: Live, kind: str, name: str) -> None:
    """A list is known when all of it is."""
    props = looked_up(kind)

    finding = found(RULE, kind, {**props, name: [*props[name], UNKNOWN]})

    assert (finding.outcome, finding.message) == (Outcome.UNKNOWN, f"{name} is not known in this preview")
