"""What every format says of a finding or a change in the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from grantgate_policies.engine.words import name_of

if TYPE_CHECKING:
    from grantgate_policies.core import Finding
    from grantgate_policies.report import Change

FIELDS: Final = {"locationScope": "scope", "iamRoleArn": "role"}
"""The properties whose changes are told, and what people call them."""
RAISED: Final = "Nothing was let through; report it to the rule's authors."
"""What to do about a rule that could not be judged."""


def undecided(finding: Finding, message: str) -> str:
    """Say of an UNKNOWN that it is one, and what it does to the run, before its own ``message``."""
    effect = "must not pass" if finding.blocks else "may pass" if finding.quiet else "only warns"
    return f"cannot be decided, and {effect}: {message}"


def subject(finding: Finding) -> str:
    """Name what a finding is about, by the URN where the resource has no name."""
    if finding.resource.name:
        return finding.name
    return f"{finding.resource.urn}[{finding.item}]" if finding.item else finding.resource.urn


def changed(change: Change) -> tuple[str, str]:
    """
    Name what a change is of, and its property: of one of many things, its id stands before the property's name.

    >>> from grantgate_policies.report import Change
    >>> changed(Change("urn:pulumi:prod::data::t::all", "6f1c iamRoleArn", "a", "b"))
    ('all[6f1c]', 'iamRoleArn')
    """
    name = name_of(change.urn)
    item, _, field = change.field.rpartition(" ")
    return (f"{name}[{item}]", field) if item and field in FIELDS else (name, change.field)
