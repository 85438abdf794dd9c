"""LKP-01: a lookup was really performed; one that did not look can never pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate.kinds import FAILED, PENDING, PERFORMED

from grantgate_policies.core import PASSED, UNKNOWN, Broken, Context, Level, Rule, Severity, Unsure, Verdict
from grantgate_policies.matching import told
from grantgate_policies.subjects import LookupRead

if TYPE_CHECKING:
    from grantgate.kinds import LookupType

FIELD = "lookup"


def judge(read: LookupRead, context: Context) -> Verdict:
    """Break when the mark or a live value is missing or not as a lookup leaves it; be unsure of what is not known."""
    if read.kind is None:
        kind = read.resource.type.rpartition(":")[2]
        message = f"{kind!r} is a lookup that this release of the pack does not know"
        return Broken(
            FIELD, kind, "a lookup of this release", message, edit="Update the pack to the provider's release."
        )
    return _ours(read) or _marked(read, read.kind) or _made(read, context) or _whole(read) or PASSED


def _ours(read: LookupRead) -> Broken | None:
    """Look at whose code it was: what a program says of AWS by itself is no lookup."""
    if not read.stand_in:
        return None
    edit = "Declare it by the class of grantgate's own, with neither a provider nor a component of yours."
    message = f"it is no lookup of this release: {read.stand_in}"
    return Broken(FIELD, "something else", "a lookup of this release", message, edit)


def _marked(read: LookupRead, kind: LookupType) -> Broken | Unsure | None:
    """Look at the mark that says whether AWS was asked."""
    if read.lookup == PENDING:
        return Unsure(FIELD, f"{kind.subject} or another input is not known in this preview, so AWS was not asked")
    if read.lookup is UNKNOWN:
        return Unsure(FIELD, "whether the lookup was performed is not known in this preview")
    if read.lookup == FAILED:
        edit = "Do what the error on this resource says, then run again."
        return Broken(FIELD, repr(FAILED), repr(PERFORMED), "the lookup failed, so nothing is known", edit=edit)
    if read.lookup != PERFORMED:
        shown = told(read.lookup) if isinstance(read.lookup, str) else "nothing"
        return Broken(FIELD, shown, repr(PERFORMED), f"the lookup is marked {shown}, not {PERFORMED!r}")
    return None


def _made(read: LookupRead, context: Context) -> Broken | None:
    """Look at what says by whom and when AWS was asked."""
    if context.run and read.run != context.run:
        edit = "Leave out options that keep lookups from being made, such as --target and --exclude."
        return Broken(FIELD, "an earlier run", "this run", "an earlier run made the lookup, not this one", edit)
    return None


def _whole(read: LookupRead) -> Broken | Unsure | None:
    """Look at what AWS was heard to say: a rule that is not given a value does not break on it."""
    if read.missing:
        missing = ", ".join(read.missing)
        return Broken(FIELD, f"no {missing}", "every live property", f"the lookup lacks the live {missing}")
    first = next(iter(read.faults), None)
    if first is not None:
        more = f", and {len(read.faults) - 1:,} more like it" if len(read.faults) > 1 else ""
        return Broken(FIELD, first, "values as the provider leaves them", f"the lookup's {first}{more}")
    if read.unknown:
        return Unsure(FIELD, f"{', '.join(read.unknown)} is not known in this preview")
    return None


RULE = Rule(
    id="LKP-01",
    name="lookup-performed",
    about=(LookupRead,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="The lookup asked AWS and holds every live value",
    why=(
        "Every other rule judges what a lookup found. A lookup that did not look would leave them nothing to judge, "
        "and a gate that is green without having looked is worse than none. The same holds for a list with an entry "
        "that is none, or that lacks what AWS always gives."
    ),
    fix="Run again with inputs that are known in a preview, and with the provider's and the pack's releases equal.",
    source="The lookups' own contract: grantgate.facts",
    url="https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/",
    judge=judge,
    locked=True,
)
