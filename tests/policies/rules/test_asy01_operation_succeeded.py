"""ASY-01: the request is the one that was meant, and has succeeded in every Region."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import OPERATION
from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Finding, Malformed, Organization, Outcome, Passed, Unsure
from grantgate_policies.core import Resource as Shown
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules.asy01_operation_succeeded import RULE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.standing import Moment
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, OTHER, FOREIGN = "111122223333", "444455556666", "999988887777"
CREATED = "2026-01-15T09:30:00Z"
NOON = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)
RUNNING = "the request is still INPROGRESS; run again later, or set wait on the lookup"


CONTRADICTED = Unsure(
    "errorDetails", "the request is 'SUCCEEDED' and has errorDetails all the same, so whether it succeeded is not known"
)


def token(account: str = ACCOUNT, region: str = "us-west-2") -> str:
    return f"arn:aws:s3:{region}:{account}:async-request/mrap/create/TTFY_kR-0"


def create(**request: Any) -> dict[str, Any]:
    return {"createMultiRegionAccessPointRequest": request}


def told(verdict: Any) -> str:
    return verdict.message if isinstance(verdict, Broken) else getattr(verdict, "reason", "")


def failed(**fields: Any) -> dict[str, Any]:
    return {"state": "FAILED", "request_status": "FAILED", **fields}


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        pytest.param({}, Passed(), id="succeeded"),
        pytest.param(
            failed(error_code="NoSuchBucket", error_message="gone", failed_regions=("eu-west-1", "us-east-1")),
            Broken(
                "requestStatus",
                "FAILED",
                "SUCCEEDED",
                "the request FAILED in eu-west-1, us-east-1: NoSuchBucket: gone",
            ),
            id="failed in two Regions",
        ),
        pytest.param(
            failed(),
            Broken("requestStatus", "FAILED", "SUCCEEDED", "the request FAILED: no error code: no message"),
            id="failed without a word",
        ),
        pytest.param(
            failed(error_code=UNKNOWN, error_message=Malformed("list"), failed_regions=Malformed("text")),
            Broken("requestStatus", "FAILED", "SUCCEEDED", "the request FAILED: no error code: no message"),
            id="failed, and the details cannot be read",
        ),
        pytest.param(
            {"failed_regions": ("eu-west-1",)},
            Broken(
                "failedRegions",
                "eu-west-1",
                "SUCCEEDED",
                "the request is 'SUCCEEDED' as a whole but FAILED in eu-west-1",
            ),
            id="succeeded, but not in every Region",
        ),
        pytest.param(
            {"failed_regions": UNKNOWN},
            Unsure("failedRegions", "failedRegions is not known in this preview"),
            id="Regions that are not known",
        ),
        pytest.param(
            {"failed_regions": ABSENT},
            Broken(
                "failedRegions",
                "nothing",
                "a list of Regions",
                "failedRegions holds nothing, so whether a Region failed is not known",
            ),
            id="no Regions",
        ),
        pytest.param(
            {"failed_regions": Malformed("text")},
            Broken(
                "failedRegions",
                "text",
                "a list of Regions",
                "failedRegions holds text, so whether a Region failed is not known",
            ),
            id="Regions that are no list",
        ),
        pytest.param(
            {"request_status": "FAILED", "error_code": "NoSuchBucket"},
            Broken(
                "requestStatus",
                "FAILED",
                "SUCCEEDED",
                "the request FAILED: NoSuchBucket: no message; state is 'SUCCEEDED' and requestStatus 'FAILED'",
            ),
            id="succeeded by the state, failed by the status",
        ),
        pytest.param(
            {"state": "FAILED"},
            Broken(
                "requestStatus",
                "SUCCEEDED",
                "SUCCEEDED",
                "the request FAILED: no error code: no message; state is 'FAILED' and requestStatus 'SUCCEEDED'",
            ),
            id="failed by the state, succeeded by the status",
        ),
        pytest.param(
            {"request_status": "INPROGRESS"},
            Unsure(
                "requestStatus",
                "state is 'SUCCEEDED' and requestStatus 'INPROGRESS', so whether the request succeeded is not known",
            ),
            id="succeeded by the state, running by the status",
        ),
        pytest.param({"error_code": "NoSuchBucket"}, CONTRADICTED, id="succeeded with an error code"),
        pytest.param({"error_message": ""}, CONTRADICTED, id="succeeded with an empty error message"),
        pytest.param(
            {"error_code": Malformed("text"), "error_message": Malformed("text")},
            CONTRADICTED,
            id="succeeded with details that cannot be read",
        ),
        pytest.param(
            {"error_code": UNKNOWN},
            Unsure("errorDetails", "errorDetails is not known in this preview"),
            id="succeeded, and whether with an error is not known",
        ),
        pytest.param(
            {"state": "IN_PROGRESS", "request_status": "INPROGRESS"},
            Unsure("requestStatus", "the request is still INPROGRESS; run again later, or set wait on the lookup"),
            id="in progress",
        ),
        pytest.param(
            {"state": "UNKNOWN", "request_status": "PARTIAL"},
            Unsure("requestStatus", "the status 'PARTIAL' is none that S3 is known to give"),
            id="a status nobody knows",
        ),
        pytest.param(
            {"state": "succeeded", "request_status": ""},
            Unsure("requestStatus", "the status '' is none that S3 is known to give"),
            id="another spelling",
        ),
    ],
)
def test_states(
    an_operation: Callable[..., Any], a_context: Callable[..., Any], fields: dict[str, Any], verdict: Any
) -> None:
    """Only SUCCEEDED without a failed Region passes."""
    assert RULE.judge(an_operation(**fields), a_context(RULE)) == verdict


@pytest.mark.parametrize(
    ("props", "outcome"),
    [
        pytest.param({}, Outcome.PASS, id="succeeded"),
        pytest.param({"failedRegions": ["eu-west-1"]}, Outcome.FAIL, id="a failed Region"),
        pytest.param({"failedRegions": ["eu-west-1", UNKNOWN]}, Outcome.UNKNOWN, id="one Region is not known"),
        pytest.param({"failedRegions": "eu-west-1"}, Outcome.FAIL, id="text for a list"),
        pytest.param({"failedRegions": [1]}, Outcome.FAIL, id="a list of numbers"),
        pytest.param({"failedRegions": None}, Outcome.FAIL, id="no list"),
        pytest.param({"failedRegions": UNKNOWN}, Outcome.UNKNOWN, id="an unknown list"),
        pytest.param({"state": UNKNOWN}, Outcome.UNKNOWN, id="an unknown state"),
        pytest.param({"requestStatus": UNKNOWN}, Outcome.UNKNOWN, id="an unknown status"),
        pytest.param({"state": None}, Outcome.NOT_APPLICABLE, id="no state: lookup-performed fails"),
        pytest.param({"state": True}, Outcome.FAIL, id="true for a state"),
        pytest.param({"errorDetails": None}, Outcome.PASS, id="no details"),
        pytest.param({"errorDetails": {}}, Outcome.PASS, id="empty details"),
        pytest.param({"errorDetails": {"code": "NoSuchBucket"}}, Outcome.UNKNOWN, id="an error beside the success"),
        pytest.param({"errorDetails": "x"}, Outcome.UNKNOWN, id="text for details"),
        pytest.param({"errorDetails": UNKNOWN}, Outcome.UNKNOWN, id="unknown details"),
        pytest.param({"requestStatus": "FAILED"}, Outcome.FAIL, id="failed by the status alone"),
        pytest.param({"state": "FAILED", "errorDetails": UNKNOWN}, Outcome.FAIL, id="failed, details unknown"),
    ],
)
def test_through_the_judge(found: Callable[..., Any], props: dict[str, Any], outcome: Outcome) -> None:
    """Mandatory, and undecided blocks."""
    known = {"state": "SUCCEEDED", "requestStatus": "SUCCEEDED", "failedRegions": []}

    finding = found(RULE, OPERATION.type, {**known, **props})

    assert finding.outcome is outcome
    assert finding.blocks is (outcome in {Outcome.FAIL, Outcome.UNKNOWN})


@pytest.mark.parametrize(
    ("age", "most", "verdict"),
    [
        pytest.param(dt.timedelta(0), 60, Unsure("requestStatus", RUNNING), id="sent this moment"),
        pytest.param(dt.timedelta(minutes=60, seconds=59), 60, Unsure("requestStatus", RUNNING), id="the last minute"),
        pytest.param(
            dt.timedelta(minutes=61),
            60,
            "the request has been INPROGRESS for 61 minutes, longer than 60",
            id="one minute more",
        ),
        pytest.param(
            dt.timedelta(minutes=75), 15, "the request has been INPROGRESS for 75 minutes, longer than 15", id="shorter"
        ),
        pytest.param(dt.timedelta(minutes=75), 90, Unsure("requestStatus", RUNNING), id="it may take longer"),
        pytest.param(
            dt.timedelta(days=3), 60, "the request has been INPROGRESS for 4320 minutes, longer than 60", id="for days"
        ),
        pytest.param(dt.timedelta(minutes=-5), 60, Unsure("requestStatus", RUNNING), id="clocks that differ"),
        pytest.param(
            dt.timedelta(minutes=-5, seconds=-1),
            60,
            Unsure(
                "requestStatus",
                "the request is still INPROGRESS, and creationTime '2026-01-15T09:30:00Z' is more than 5 minutes ahead "
                "of this clock, so its age is not known",
            ),
            id="sent in the future",
        ),
    ],
)
def test_age(
    an_operation: Callable[..., Any], a_context: Callable[..., Any], age: dt.timedelta, most: int, verdict: Any
) -> None:
    """A request that runs is undecided for a while, and then it fails."""
    now = dt.datetime(2026, 1, 15, 9, 30, tzinfo=dt.UTC) + age
    operation = an_operation(state="IN_PROGRESS", request_status="INPROGRESS", creation_time=CREATED)

    found = RULE.judge(operation, a_context(RULE, {"maxAgeMinutes": most}, now=now))

    assert (found.message if isinstance(verdict, str) else found) == verdict


@pytest.mark.parametrize(
    ("created", "now"),
    [
        pytest.param(CREATED, None, id="nobody says what time it is"),
        pytest.param(ABSENT, NOON, id="no time"),
        pytest.param(UNKNOWN, NOON, id="an unknown time"),
        pytest.param(Malformed("number"), NOON, id="a number"),
        pytest.param("", NOON, id="an empty time"),
        pytest.param("yesterday", NOON, id="no ISO time"),
        pytest.param("2026-01-15T09:30:00", NOON, id="a time of nowhere"),
        pytest.param("2026-13-45T09:30:00Z", NOON, id="no such day"),
        pytest.param("Z", NOON, id="a Z alone"),
    ],
)
def test_an_age_that_nobody_can_tell(
    an_operation: Callable[..., Any], a_context: Callable[..., Any], created: Any, now: dt.datetime | None
) -> None:
    """Without a time that can be read, a request that runs stays undecided."""
    operation = an_operation(state="IN_PROGRESS", request_status="INPROGRESS", creation_time=created)

    assert RULE.judge(operation, a_context(RULE, now=now)) == Unsure("requestStatus", RUNNING)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param({"request_token_arn": token()}, "", id="of a listed account"),
        pytest.param({"request_token_arn": token(OTHER), "account_id": OTHER}, "", id="of another listed one"),
        pytest.param({"request_token_arn": token(), "account_id": ABSENT}, "", id="no account beside it"),
        pytest.param(
            {"request_token_arn": token(FOREIGN), "account_id": FOREIGN},
            f"the request is of account '{FOREIGN}', which is not one of the organization's '{ACCOUNT}', '{OTHER}'",
            id="of a foreign account",
        ),
        pytest.param(
            {"request_token_arn": token(OTHER)},
            f"accountId is '{ACCOUNT}', and the token is of account '{OTHER}'",
            id="of another account than was asked",
        ),
        pytest.param(
            {"request_token_arn": token(region="eu-west-1")},
            "the token's Region is 'eu-west-1'; Multi-Region Access Point requests live in 'us-west-2'",
            id="of another Region",
        ),
        pytest.param(
            {"request_token_arn": "token"},
            "'token' has 1 of the 6 fields of arn:partition:service:region:account:resource",
            id="no ARN",
        ),
        pytest.param(
            {"request_token_arn": Malformed("list")}, "requestTokenArn is a list, not text", id="a list for a token"
        ),
        pytest.param({"account_id": Malformed("number")}, "accountId is a number, not text", id="a number"),
        pytest.param(
            {"request_token_arn": UNKNOWN}, "requestTokenArn is not known in this preview", id="an unknown token"
        ),
        pytest.param({"account_id": UNKNOWN}, "accountId is not known in this preview", id="an unknown account"),
        pytest.param(
            failed(request_token_arn="token", error_code="NoSuchBucket", error_message="gone"),
            "the request FAILED: NoSuchBucket: gone",
            id="a failure comes first",
        ),
    ],
)
def test_whose_request(
    an_operation: Callable[..., Any], a_context: Callable[..., Any], fields: dict[str, Any], message: str
) -> None:
    """A request of a foreign account, or of another than was asked, says nothing about this stack."""
    verdict = RULE.judge(an_operation(**fields), a_context(RULE))

    assert told(verdict) == message
    assert isinstance(verdict, Passed) is (not message)
    assert isinstance(verdict, Unsure) is (UNKNOWN in fields.values())


@pytest.mark.parametrize(
    ("fields", "field", "observed", "expected"),
    [
        pytest.param(
            {"request_token_arn": "token"},
            "requestTokenArn",
            "token",
            "a request token of Region 'us-west-2'",
            id="no ARN",
        ),
        pytest.param(
            {"request_token_arn": Malformed("list")}, "requestTokenArn", "list", "text", id="a list for a token"
        ),
        pytest.param(
            {"request_token_arn": token(FOREIGN)},
            "requestTokenArn",
            token(FOREIGN),
            f"a request of '{ACCOUNT}', '{OTHER}'",
            id="of a foreign account",
        ),
        pytest.param({"account_id": Malformed("number")}, "accountId", "number", "12 digits", id="a number"),
        pytest.param(
            {"request_token_arn": token(OTHER)}, "accountId", ACCOUNT, f"'{OTHER}'", id="of another account than asked"
        ),
        pytest.param({"operation": Malformed("map")}, "operation", "map", "text", id="a map for an operation"),
        pytest.param({"operation": "Rename"}, "operation", "Rename", "one of 'Create', 'Put'", id="another operation"),
        pytest.param({"name": Malformed("map")}, "requestParameters", "map", "text", id="a map for a name"),
        pytest.param({"name": "x"}, "requestParameters", "x", "a name like 'acme-*'", id="another access point"),
        pytest.param(
            {"state": "IN_PROGRESS", "request_status": "INPROGRESS"},
            "requestStatus",
            "INPROGRESS",
            "SUCCEEDED within 60 minutes",
            id="too long",
        ),
    ],
)
def test_what_is_told(
    an_operation: Callable[..., Any],
    a_context: Callable[..., Any],
    fields: dict[str, Any],
    field: str,
    observed: str,
    expected: str,
) -> None:
    """The verdict names the property, what it holds and what it must."""
    own = {"operations": ["Create", "Put"], "names": ["acme-*"]}
    right = {"operation": "Create", "name": "acme-global", "creation_time": CREATED}

    verdict = RULE.judge(an_operation(**{**right, **fields}), a_context(RULE, own, now=NOON))

    assert isinstance(verdict, Broken)
    assert (verdict.field, verdict.observed, verdict.expected) == (field, observed, expected)


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        pytest.param(
            {"request_token_arn": UNKNOWN},
            Unsure("requestTokenArn", "requestTokenArn is not known in this preview"),
            id="the token",
        ),
        pytest.param(
            {"account_id": UNKNOWN}, Unsure("accountId", "accountId is not known in this preview"), id="the account"
        ),
        pytest.param(
            {"operation": UNKNOWN},
            Unsure("operation", "operation is not known, and it must be one of 'Create', 'Put'"),
            id="the operation",
        ),
        pytest.param(
            {"name": UNKNOWN},
            Unsure("requestParameters", "the access point's name is not known, and it must be like 'acme-*'"),
            id="the name",
        ),
    ],
)
def test_what_is_not_known(
    an_operation: Callable[..., Any], a_context: Callable[..., Any], fields: dict[str, Any], verdict: Unsure
) -> None:
    """What is not known is named with what it must be."""
    own = {"operations": ["Create", "Put"], "names": ["acme-*"]}
    right = {"operation": "Create", "name": "acme-global"}

    assert RULE.judge(an_operation(**{**right, **fields}), a_context(RULE, own)) == verdict


def test_an_organization_without_accounts(an_operation: Callable[..., Any], a_context: Callable[..., Any]) -> None:
    """An organization that lists no accounts takes any; the lookup's own must still be the token's."""
    context = a_context(RULE, organization=Organization("acme", {}))

    assert RULE.judge(an_operation(request_token_arn=token(FOREIGN), account_id=FOREIGN), context) == Passed()
    mixed = RULE.judge(an_operation(request_token_arn=token(FOREIGN)), context)
    assert mixed.edit == f"Set accountId to '{FOREIGN}', or leave it out: the token says it."


@pytest.mark.parametrize(
    ("own", "fields", "verdict"),
    [
        pytest.param({"operations": ["CreateMultiRegionAccessPoint"]}, {}, Passed, id="the operation"),
        pytest.param(
            {"operations": ["DeleteMultiRegionAccessPoint", "PutMultiRegionAccessPointPolicy"]},
            {},
            "operation 'CreateMultiRegionAccessPoint' is not one of 'DeleteMultiRegionAccessPoint', "
            "'PutMultiRegionAccessPointPolicy'",
            id="another operation",
        ),
        pytest.param(
            {"operations": ["CreateMultiRegionAccessPoint"]}, {"operation": ABSENT}, Unsure, id="S3 says none"
        ),
        pytest.param({"operations": ["CreateMultiRegionAccessPoint"]}, {"operation": ""}, Unsure, id="an empty one"),
        pytest.param({"operations": ["CreateMultiRegionAccessPoint"]}, {"operation": UNKNOWN}, Unsure, id="unknown"),
        pytest.param(
            {"operations": ["CreateMultiRegionAccessPoint"]},
            {"operation": Malformed("map")},
            "operation is a map, not text",
            id="a map for an operation",
        ),
        pytest.param({}, {"operation": Malformed("map"), "name": Malformed("list")}, Passed, id="nobody asks for them"),
        pytest.param({"names": ["acme-*"]}, {"name": "acme-global"}, Passed, id="the access point"),
        pytest.param(
            {"names": ["acme-*", "lake"]},
            {"name": "global"},
            "the request is about access point 'global', which is not like 'acme-*', 'lake'",
            id="another access point",
        ),
        pytest.param({"names": ["acme-*"]}, {"name": ABSENT}, Unsure, id="S3 names none"),
        pytest.param({"names": ["acme-*"]}, {"name": UNKNOWN}, Unsure, id="an unknown name"),
        pytest.param(
            {"names": ["*"]},
            {"name": Malformed("map of 2 requests")},
            "requestParameters holds a map of 2 requests where the access point's name belongs",
            id="two requests in one",
        ),
        pytest.param(
            {"names": ["acme-*"]},
            {"name": "global", "state": "IN_PROGRESS"},
            "the request is about access point 'global', which is not like 'acme-*'",
            id="what is not meant does not wait",
        ),
    ],
)
def test_what_was_meant(
    an_operation: Callable[..., Any],
    a_context: Callable[..., Any],
    own: dict[str, Any],
    fields: dict[str, Any],
    verdict: Any,
) -> None:
    """The success of another operation, or of another access point, is none."""
    found = RULE.judge(an_operation(**fields), a_context(RULE, own))

    if isinstance(verdict, str):
        assert told(found) == verdict
        assert isinstance(found, Broken)
    else:
        assert isinstance(found, verdict)


def judged(props: dict[str, Any], own: dict[str, Any] | None = None, now: dt.datetime | None = NOON) -> Finding:
    """Give what the judge makes of a lookup with this rule alone."""
    accounts = {ACCOUNT: {"name": "data-prod"}, OTHER: {"name": "data-dev"}}
    content = {"version": 1, "organization": {"name": "acme", "accounts": accounts}, "rules": {RULE.name: own or {}}}
    book = parse(json.dumps(content), name="rules.json", rules=(RULE,), pattern_checks=PATTERN_CHECKS)
    kind = OPERATION.type
    shown = Shown(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props)
    judge = Judge(book, "data-prod", dt.date(2026, 1, 15), rules=(RULE,), moment=Moment(now=now))
    (finding,) = judge.findings(shown)
    return finding


def performed(**props: Any) -> dict[str, Any]:
    known = {
        "lookup": "performed",
        "requestTokenArn": token(),
        "accountId": ACCOUNT,
        "operation": "CreateMultiRegionAccessPoint",
        "creationTime": CREATED,
        "state": "SUCCEEDED",
        "requestStatus": "SUCCEEDED",
        "failedRegions": [],
        "requestParameters": create(name="acme-global"),
    }
    return {**known, **props}


@pytest.mark.parametrize(
    ("parameters", "outcome"),
    [
        pytest.param(create(name="acme-global"), Outcome.PASS, id="create"),
        pytest.param({"deleteMultiRegionAccessPointRequest": {"name": "acme-x"}}, Outcome.PASS, id="delete"),
        pytest.param(
            {
                "createMultiRegionAccessPointRequest": None,
                "putMultiRegionAccessPointPolicyRequest": {"name": "acme-x"},
            },
            Outcome.PASS,
            id="policy, the other is null",
        ),
        pytest.param(create(name="global"), Outcome.FAIL, id="another name"),
        pytest.param(create(name=7), Outcome.FAIL, id="a number"),
        pytest.param({"a": {"name": "acme-x"}, "b": {"name": "global"}}, Outcome.FAIL, id="two requests"),
        pytest.param({"a": "acme-x"}, Outcome.FAIL, id="a text for a request"),
        pytest.param("acme-x", Outcome.FAIL, id="a text"),
        pytest.param(["acme-x"], Outcome.FAIL, id="a list"),
        pytest.param({}, Outcome.UNKNOWN, id="no request"),
        pytest.param(None, Outcome.UNKNOWN, id="nothing"),
        pytest.param(create(), Outcome.UNKNOWN, id="no name"),
        pytest.param(create(name=""), Outcome.UNKNOWN, id="an empty name"),
        pytest.param({"a": UNKNOWN}, Outcome.UNKNOWN, id="an unknown request"),
        pytest.param(create(name=UNKNOWN), Outcome.UNKNOWN, id="an unknown name"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, id="unknown"),
    ],
)
def test_the_name_in_the_request(parameters: Any, outcome: Outcome) -> None:
    """The access point's name is read from the one request that S3 describes, or not at all."""
    finding = judged(performed(requestParameters=parameters), {"names": ["acme-*"]})

    assert finding.outcome is outcome
    assert finding.blocks is (outcome is not Outcome.PASS)


def test_too_long_through_the_judge() -> None:
    """The time of the run is the judge's: the same request waits and then fails."""
    running = performed(state="IN_PROGRESS", requestStatus="INPROGRESS")

    assert judged(running, now=None).outcome is Outcome.UNKNOWN
    assert judged(running, {"maxAgeMinutes": 150}).outcome is Outcome.UNKNOWN
    late = judged(running)
    assert (late.outcome, late.blocks) == (Outcome.FAIL, True)
    assert late.message == "the request has been INPROGRESS for 150 minutes, longer than 60"
    assert late.expected == "SUCCEEDED within 60 minutes"


STATES = ["SUCCEEDED", "FAILED", "IN_PROGRESS", "INPROGRESS", "UNKNOWN"]
TIMES = [CREATED, "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-01-15"]
LEAVES = st.sampled_from(
    [None, True, 3, float("nan"), UNKNOWN, "", "x", ACCOUNT, OTHER, FOREIGN, token(), token(OTHER), *STATES, *TIMES]
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "code", "message"]), inner, max_size=2)
    ),
    max_leaves=5,
)
PROPERTIES = [*performed(), "errorDetails", "regions"]


@given(props=st.dictionaries(st.sampled_from(PROPERTIES), VALUES, max_size=3), strict=st.booleans(), bare=st.booleans())
@settings(deadline=None, derandomize=True, max_examples=600)
def test_anything(*, props: dict[str, Any], strict: bool, bare: bool) -> None:
    """Whatever a lookup holds, the rule decides, and passes only the success that was meant."""
    shown = props if bare else performed(**props)
    own = {"names": ["acme-*"], "operations": ["CreateMultiRegionAccessPoint"]} if strict else {}

    outcome = judged(shown, own).outcome

    assert outcome in {Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE}
    if outcome is Outcome.PASS:
        assert (shown["state"], shown["requestStatus"], shown["failedRegions"]) == ("SUCCEEDED", "SUCCEEDED", [])
        details = shown.get("errorDetails") or {}
        assert (details.get("code"), details.get("message")) == (None, None)
        assert shown.get("requestTokenArn") in (None, token(shown.get("accountId") or ACCOUNT), token(OTHER))
        assert shown.get("accountId") in (None, ACCOUNT, OTHER) or shown.get("requestTokenArn") is None
        if strict:
            assert shown["operation"] == "CreateMultiRegionAccessPoint"
            assert shown["requestParameters"] == create(name="acme-global")
