"""AGL-05: a location's prefix follows the organization's layout, and its environment is the account's own."""

from __future__ import annotations

from grantgate_policies.core import Broken, Context, Level, Rule, Severity, Verdict
from grantgate_policies.matching import SCOPE_FIELD, agreed, prefix_captures, quoted, scope_of, undecided
from grantgate_policies.patterns import prefix_pattern
from grantgate_policies.subjects import Location


def judge(location: Location, context: Context) -> Verdict:
    """Break when no template holds the whole prefix; the bucket plays no part."""
    scope = scope_of(location.location_scope)
    if isinstance(scope, Broken):
        return scope
    observed = str(location.location_scope)
    templates = [prefix_pattern(text) for text in context.settings["templates"]]
    unsure = undecided(templates, SCOPE_FIELD, context)
    if unsure:
        return unsure
    found = [bindings for template in templates for bindings in template.admits(scope, context.variables)]
    if found:
        return agreed(found, SCOPE_FIELD, observed, context)
    why = "; ".join(template.nearest(scope, context.variables) for template in templates[:3])
    limit = quoted(context.settings["templates"])
    message = f"prefix {scope.prefix!r} does not follow the template {limit}: {why}"
    return Broken(SCOPE_FIELD, observed, f"a prefix like {limit}", message)


RULE = Rule(
    id="AGL-05",
    name="location-prefix-template",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The location's prefix follows the organization's layout",
    why=(
        "Where every prefix begins with environment and team, a location of another shape is a mistake, and one with "
        "another environment's name shares the wrong data."
    ),
    fix="Register the location under a prefix of the given layout, or add the layout to templates.",
    source="S3 User Guide, Register a location: limit the scope to a prefix",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-grants-location-register.html",
    needs=("location_scope",),
    names=prefix_captures,
    judge=judge,
    settings={
        "templates": {
            "type": "array",
            "minItems": 1,
            "description": "Layouts of the prefix behind the bucket, as patterns that end in / or /*.",
            "items": {"type": "string", "x-pattern": "prefix"},
            "examples": [["{environment}/{team}/"]],
        },
    },
    required=("templates",),
)
