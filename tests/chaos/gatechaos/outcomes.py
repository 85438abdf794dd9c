"""Which outcomes a green run must have: one of every rule for everything that a lookup found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.rules import RULES

from . import reads
from .lookups import GRANTS, INSTANCE, LOCATION, LOCATIONS, OPERATION, POINT, POLICY, PREFIX, ROLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .cases import Case
    from .lookups import Lookup
    from .reads import Heard

LOOKED: Final = "LKP-01"
_FACTS: Final[Mapping[str, str]] = {
    LOCATION: "Location",
    LOCATIONS: "Location",
    PREFIX: "InstanceForPrefix",
    OPERATION: "Operation",
    GRANTS: "Grant",
    ROLE: "Role",
}
"""The kind of fact that a lookup of these kinds is always judged as, besides whether it was performed."""


def missing(case: Case, heard: Heard, findings: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say of which lookup which rule has no outcome, or outcomes of fewer things than there are."""
    told: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        told[finding["ruleId"], finding["resource"]["name"]] += int(finding.get("count", 1))
    for one in case.lookups:
        looked = {
            finding["outcome"]
            for finding in findings
            if (finding["ruleId"], finding["resource"]["name"]) == (LOOKED, one.name)
        }
        if looked != {"PASS"}:
            yield f"{LOOKED} says of {one.name}: {sorted(looked) or 'nothing'}"
        items = reads.items_of(one, heard)
        facts = _facts(case, one)
        for rule in RULES:
            due = sum(kind.__name__ in facts for kind in rule.about)
            found = told[rule.id, one.name]
            if items is not None and due and found not in items:
                yield f"{rule.id} judged {found} of {sorted(items)} things of {one.name}"
            elif items is None and found < due:
                yield f"{rule.id} judged {found} of {due} things of {one.name}"


def _facts(case: Case, one: Lookup) -> frozenset[str]:
    """Give the kinds of facts that a lookup was judged as, once each or once for each item."""
    site = case.world.sites.get((one.account, one.region))
    if one.kind == INSTANCE:
        return frozenset({"Instance"} if site and site.exists else ())
    if one.kind == POLICY:
        return frozenset({"InstancePolicy"} if site and site.policy else ())
    if one.kind == POINT:
        has_policy = any(other.policy for other in case.world.points if other.name == one.subject)
        parts = ("MultiRegionAccessPoint", "MultiRegionAccessPointRoutes", "MultiRegionAccessPointPolicy")
        return frozenset(parts if has_policy else parts[:2])
    return frozenset({_FACTS[one.kind]})
