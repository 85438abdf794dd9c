"""ACME-01 raises on a folder that nobody put into its table: a rule with a fault must not look like one that passed."""

from grantgate_policies.api import PASSED, Broken, Context, Level, Location, Rule, Severity, Verdict

CLASSES = {"finance": "restricted", "people": "restricted", "reports": "internal", "exports": "public"}


def judge(location: Location, _context: Context) -> Verdict:
    """Look up the class of the folder, and forget that there may be others."""
    scope = str(location.location_scope)
    if location.live and CLASSES[scope.split("/")[3]] == "public":
        return Broken("locationScope", scope, "a class above public", f"scope {scope!r} is public")
    return PASSED


RULE = Rule(
    id="ACME-01",
    name="acme-data-classed",
    about=(Location,),
    severity=Severity.MEDIUM,
    level=Level.ADVISORY,
    summary="The location's data has a class",
    why="Grants are reviewed by class.",
    fix="Move the data below its class.",
    source="Acme data handbook",
    url="",
    needs=("location_scope",),
    judge=judge,
)
