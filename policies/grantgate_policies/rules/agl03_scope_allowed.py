"""AGL-03: a location's whole scope lies inside one that the organization allows, and touches none that it denies."""

from __future__ import annotations

from grantgate_policies.core import Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import SCOPE_FIELD, agreed, quoted, scope_captures, scope_of, told, undecided
from grantgate_policies.patterns import scope_pattern
from grantgate_policies.subjects import Location


def judge(location: Location, context: Context) -> Verdict:
    """Break when a denied pattern shares a key with the scope, or no allowed pattern holds all of its keys."""
    scope = scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    observed = str(location.location_scope)
    allowed = [scope_pattern(text) for text in context.settings["allow"]]
    denied = [scope_pattern(text) for text in context.settings.get("deny", ())]
    for pattern in denied:
        # A pattern with a value that is not known yet waits; what the others deny, they deny for certain.
        if not pattern.variables & context.unknown and pattern.touches(scope, context.variables):
            message = f"scope {told(observed)} reaches keys of the denied {pattern.text!r}"
            return Broken(SCOPE_FIELD, observed, f"no key of {pattern.text!r}", message)
    unsure = undecided((*allowed, *denied), SCOPE_FIELD, context)
    if unsure:
        return unsure
    found = [bindings for pattern in allowed for bindings in pattern.admits(scope, context.variables)]
    if found:
        return agreed(found, SCOPE_FIELD, observed, context)
    why = "; ".join(pattern.nearest(scope, context.variables) for pattern in allowed[:3])
    limit = quoted(pattern.text for pattern in allowed)
    return Broken(
        SCOPE_FIELD, observed, f"inside {limit}", f"scope {told(observed)} is not inside the allowed {limit}: {why}"
    )


_PATTERNS = {
    "type": "array",
    "items": {"type": "string", "x-pattern": "scope"},
    "examples": [["s3://acme-{account.name}-*/{team}/*"]],
}

RULE = Rule(
    id="AGL-03",
    name="location-scope-allowed",
    about=(Location,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="The location's scope lies inside an allowed scope and touches no denied one",
    why=(
        "A location is the outer bound of every grant made under it. A scope outside the buckets and prefixes that the "
        "account is meant to share opens data that nobody reviewed."
    ),
    fix="Narrow the location's scope (a scope cannot be changed: the location is replaced), or add a pattern to allow.",
    source="S3 API reference, GetAccessGrantsLocation: LocationScope",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_GetAccessGrantsLocation.html",
    needs=("location_scope",),
    names=scope_captures,
    judge=judge,
    settings={
        "allow": {
            **_PATTERNS,
            "minItems": 1,
            "description": "Scopes that a location may lie in, as patterns; one of them must hold all of its keys.",
        },
        "deny": {
            **_PATTERNS,
            "default": [],
            "description": "Scopes of which a location may not reach a single key, as patterns; deny beats allow.",
        },
    },
    required=("allow",),
)
