"""MRP-07: an access point that is looked up is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import ACCESS_POINT
from grantgate_policies.core import UNKNOWN, Outcome
from grantgate_policies.rules.mrp07_access_point_ready import RULE

if TYPE_CHECKING:
    from collections.abc import Callable

    Maker = Callable[..., Any]

ODD = "the status {} is none that S3 is known to give"


def said(status: str, why: str) -> str:
    return f"the access point's status is {status!r}, not 'READY': {why}"


@pytest.mark.parametrize(
    ("status", "outcome", "message"),
    [
        pytest.param("READY", Outcome.PASS, "", id="ready"),
        pytest.param("DELETING", Outcome.FAIL, said("DELETING", "it is being deleted"), id="on its way out"),
        pytest.param(
            "INCONSISTENT_ACROSS_REGIONS",
            Outcome.FAIL,
            said("INCONSISTENT_ACROSS_REGIONS", "its Regions do not agree"),
            id="inconsistent",
        ),
        pytest.param(
            "PARTIALLY_CREATED",
            Outcome.FAIL,
            said("PARTIALLY_CREATED", "it was made in some of its Regions only"),
            id="half made",
        ),
        pytest.param(
            "PARTIALLY_DELETED",
            Outcome.FAIL,
            said("PARTIALLY_DELETED", "it was deleted in some of its Regions"),
            id="half deleted",
        ),
        pytest.param(
            "CREATING",
            Outcome.UNKNOWN,
            "the access point is still CREATING, which takes minutes; run again later",
            id="on its way in",
        ),
        pytest.param("ready", Outcome.UNKNOWN, ODD.format("'ready'"), id="letter case counts"),
        pytest.param("", Outcome.UNKNOWN, ODD.format("''"), id="empty"),
        pytest.param("READY\n::error::", Outcome.UNKNOWN, ODD.format(r"'READY\n::error::'"), id="a hostile word"),
        pytest.param(UNKNOWN, Outcome.UNKNOWN, "status is not known in this preview", id="not known yet"),
        pytest.param(7, Outcome.FAIL, "status is a number, not text", id="a number"),
        pytest.param(
            None, Outcome.NOT_APPLICABLE, "the lookup holds no status; lookup-performed says why", id="not there"
        ),
    ],
)
def test_statuses(found: Maker, looked_up: Maker, status: Any, outcome: Outcome, message: str) -> None:
    """What does not mend by itself fails, what may still come to be is undecided, and both stop the run."""
    finding = found(RULE, ACCESS_POINT.type, looked_up(ACCESS_POINT.type, status=status))

    assert (finding.outcome, finding.message) == (outcome, message)
    assert finding.blocks is (outcome in (Outcome.FAIL, Outcome.UNKNOWN))
    assert outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE) or finding.field == "status"


@pytest.mark.parametrize(
    "kind", ["aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint", "aws-native:s3:MultiRegionAccessPoint"]
)
def test_declarations(found: Maker, kind: str) -> None:
    """What a provider kept of the last update is no look at the access point."""
    finding = found(RULE, kind, {"status": "PARTIALLY_CREATED", "name": "acme", "details": {"name": "acme"}})

    assert (finding.outcome, finding.message) == (
        Outcome.NOT_APPLICABLE,
        "only a lookup tells whether the access point is ready",
    )


def test_an_undecided_one_may_only_warn(found: Maker, looked_up: Maker) -> None:
    """The rules file decides what becomes of an access point that is being made."""
    finding = found(RULE, ACCESS_POINT.type, looked_up(ACCESS_POINT.type, status="CREATING"), {"onUnknown": "warn"})

    assert (finding.outcome, finding.blocks) == (Outcome.UNKNOWN, False)
