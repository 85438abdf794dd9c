"""LKP-01: a lookup that did not look never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from grantgate.facts import LOOKUP_TYPES
from grantgate_policies.core import UNKNOWN, Broken, Context, Organization, Outcome, Passed, Resource
from grantgate_policies.rules.lkp01_lookup_performed import RULE
from grantgate_policies.subjects import LookupRead, facts_of

if TYPE_CHECKING:
    from collections.abc import Callable


def live(kind: str, **props: Any) -> dict[str, Any]:
    return {"lookup": "performed", **dict.fromkeys(LOOKUP_TYPES[kind].live, "x"), **props}


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
def test_the_mark(found: Callable[..., Any], kind: str, lookup: Any, outcome: Outcome, message: str) -> None:
    """Only the very word passes, whatever values there are."""
    finding = found(RULE, kind, live(kind, lookup=lookup))

    assert (finding.outcome, finding.message, finding.blocks) == (outcome, message, outcome is not Outcome.PASS)


def test_a_run_marks_its_lookups(found: Callable[..., Any], kind: str) -> None:
    """Where a run has a mark, an answer without it is another run's; where there is none, none is asked for."""
    context = Context(settings={}, organization=Organization("acme", {}), run="this")

    def judged(**marks: Any) -> Any:
        resource = Resource("urn:x", kind, "x", {**live(kind), **marks})
        (read,) = [fact for fact in facts_of(resource) if isinstance(fact, LookupRead)]
        return RULE.judge(read, context)

    assert found(RULE, kind, live(kind, run="another")).outcome is Outcome.PASS
    assert isinstance(judged(run="this"), Passed)
    for marks in ({}, {"run": "another"}, {"run": UNKNOWN}, {"run": 7}):
        assert judged(**marks).message == "an earlier run made the lookup, not this one"


def test_what_is_told(kind: str) -> None:
    """Every verdict is about the mark, and says what would pass."""
    context = Context(settings={}, organization=Organization("acme", {}), run="this")
    options = "Leave out options that keep lookups from being made, such as --target and --exclude."
    error = "Do what the error on this resource says, then run again."

    def told(**props: Any) -> tuple[Any, ...]:
        (read,) = facts_of(Resource("urn:x", kind, "x", live(kind, run="this") | props))[-1:]
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
def test_what_is_not_known_is_the_mark(found: Callable[..., Any], kind: str, props: dict[str, Any]) -> None:
    """Undecided findings are about the mark too."""
    unknown = props or {LOOKUP_TYPES[kind].live[0]: UNKNOWN}
    finding = found(RULE, kind, live(kind, **unknown))

    assert (finding.outcome, finding.field) == (Outcome.UNKNOWN, "lookup")


def test_pending(found: Callable[..., Any], kind: str) -> None:
    """An unknown input is named, and blocks unless the rules file says otherwise."""
    subject = LOOKUP_TYPES[kind].subject
    finding = found(RULE, kind, live(kind, lookup="pending"))
    lenient = found(RULE, kind, live(kind, lookup="pending"), {"onUnknown": "warn"})

    assert (finding.outcome, finding.blocks) == (Outcome.UNKNOWN, True)
    assert finding.message == f"{subject} or another input is not known in this preview, so AWS was not asked"
    assert (lenient.outcome, lenient.blocks, lenient.quiet) == (Outcome.UNKNOWN, False, False)


@pytest.mark.parametrize("kind_and_name", [(kind, name) for kind, one in LOOKUP_TYPES.items() for name in one.live])
def test_a_live_value_that_is_missing(found: Callable[..., Any], kind_and_name: tuple[str, str]) -> None:
    """Each live property must be there; an unknown one is undecided."""
    kind, name = kind_and_name
    props = live(kind)
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


def test_missing_beats_unknown(found: Callable[..., Any], kind: str) -> None:
    """A value that is not there is certain."""
    first, second, *_ = LOOKUP_TYPES[kind].live

    finding = found(RULE, kind, live(kind, **{first: UNKNOWN, second: None}))

    assert (finding.outcome, finding.message) == (Outcome.FAIL, f"the lookup lacks the live {second}")


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
