"""ASY-01: the request has succeeded, in every Region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.facts import OPERATION
from grantgate_policies.core import ABSENT, UNKNOWN, Broken, Malformed, Outcome, Passed, Unsure
from grantgate_policies.rules.asy01_operation_succeeded import RULE

if TYPE_CHECKING:
    from collections.abc import Callable


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
        pytest.param({"errorDetails": "x"}, Outcome.PASS, id="details that nobody needs"),
        pytest.param({"state": "FAILED", "errorDetails": UNKNOWN}, Outcome.FAIL, id="failed, details unknown"),
    ],
)
def test_through_the_judge(found: Callable[..., Any], props: dict[str, Any], outcome: Outcome) -> None:
    """Mandatory, and undecided blocks."""
    known = {"state": "SUCCEEDED", "requestStatus": "SUCCEEDED", "failedRegions": []}

    finding = found(RULE, OPERATION.type, {**known, **props})

    assert finding.outcome is outcome
    assert finding.blocks is (outcome in {Outcome.FAIL, Outcome.UNKNOWN})
