"""Which statements allow an action to somebody, and whether one denies it for certain; conditions are for rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.iam.words import EVERYTHING

if TYPE_CHECKING:
    from grantgate_policies.iam.statements import Document, Statement


def allowing(document: Document, action: str, *, service: str = "", aws: str = "") -> tuple[Statement, ...]:
    """
    Give the Allow statements that cover the action for the principal, conditions and resources aside.

    Shape: ``service`` is a service principal's name, ``aws`` an AWS principal's ARN, which its account covers too;
           without either, whom a statement is about does not matter. What is not known yet covers nothing, so a
           document that is not settled may allow more.
    """
    return tuple(
        one
        for one in document.statements
        if one.effect == "Allow" and one.actions.matches(action) and _is_about(one, service, aws)
    )


def denied(document: Document, action: str, *, service: str = "") -> bool:
    """
    Say whether a Deny without conditions covers the action everywhere; what is not known yet denies nothing.

    >>> from grantgate_policies.iam.reading import read
    >>> denied(read({"Statement": {"Effect": "Deny", "Principal": "*", "Action": "sts:Set*"}}), "sts:SetContext")
    True
    """
    return any(
        one.effect == "Deny"
        and not one.conditions
        and one.actions.matches(action)
        and not (one.actions.negated and one.actions.unknown)
        and _is_about(one, service, "")
        and (not one.resources.given or _is_everywhere(one))
        for one in document.statements
    )


def _is_about(statement: Statement, service: str, aws: str) -> bool:
    if not service and not aws:
        return True
    return statement.principals.covers(service=service, aws=aws)


def _is_everywhere(statement: Statement) -> bool:
    resources = statement.resources
    return not resources.negated and EVERYTHING in resources.texts
