"""Whom and what a statement is about: lists of texts with wildcards, and principals."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from grantgate_policies.iam import wildcards

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYTHING: Final = "*"

_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_ESCAPED: Final = {"*": "?", "?": "?", "$": "$"}  # a star that means itself is one character
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_OF_ACCOUNT: Final = re.compile(r"arn:[^:]+:(?:iam|sts)::([0-9]{12}):.+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Words:
    """
    The actions or resources of a statement, as IAM patterns.

    Shape: ``texts`` as written; ``negated`` for NotAction and NotResource; ``given`` tells an element that is not there
           from an empty one; ``unknown`` says that a member is not known yet, and every answer is then about the known
           ones alone; ``ignore_case`` holds for actions.

    A policy variable in a text stands for any text, so that a statement is never taken for narrower than it is.
    """

    texts: tuple[str, ...] = ()
    negated: bool = False
    given: bool = False
    unknown: bool = False
    ignore_case: bool = False

    def matches(self, text: str) -> bool:
        """
        Say whether the statement is about this text.

        >>> Words(("sts:Set*",), given=True, ignore_case=True).matches("sts:setContext")
        True
        """
        if not self.given:
            return False
        return self.negated is not any(wildcards.matches(one, text, self.ignore_case) for one in self._patterns())

    def touches(self, pattern: str) -> bool:
        """
        Say whether the statement is about some text that ``pattern`` matches.

        >>> Words(("s3:Get*",), given=True).touches("*Object"), Words(("s3:Get*",), given=True).touches("s3:Put*")
        (True, False)
        """
        if not self.given:
            return False
        if self.negated:
            return not any(wildcards.contains(one, pattern, self.ignore_case) for one in self._patterns())
        return any(wildcards.touches(one, pattern, self.ignore_case) for one in self._patterns())

    def within(self, patterns: Iterable[str]) -> bool:
        """
        Say whether every text that the statement is about is provably matched by one of the patterns.

        Each text is held against each pattern by itself, so a union that covers it in parts does not count. Nothing
        given is within nothing.

        >>> Words(("arn:aws:s3:::b/x/*",), given=True).within(["arn:aws:s3:::b/*"])
        True
        """
        limits = tuple(patterns)
        if self.negated:
            return self.given and any(limit and not limit.strip(EVERYTHING) for limit in limits)
        texts = self._patterns()
        return bool(texts) and all(
            any(wildcards.contains(limit, text, self.ignore_case) for limit in limits) for text in texts
        )

    def _patterns(self) -> tuple[str, ...]:
        """Give the texts as patterns that match no less, or, where they take away, no more than IAM does."""
        if self.negated:
            return tuple(text for text in self.texts if "${" not in text)
        return tuple(_without_variables(text) for text in self.texts)


@dataclass(frozen=True, slots=True)
class Principals:
    """
    Whom a statement is about.

    Shape: ``everyone`` for ``*`` of any kind, which the lists then hold too where it was written in one; ``negated``
           for NotPrincipal; ``given`` is False for the statement of an identity's policy, which names nobody.
    """

    everyone: bool = False
    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    federated: tuple[str, ...] = ()
    canonical: tuple[str, ...] = ()
    negated: bool = False
    given: bool = False
    unknown: bool = False

    def covers(self, *, service: str = "", aws: str = "") -> bool:
        """
        Say whether the service, or the AWS principal by its ARN or its account, is covered for certain.

        >>> Principals(aws=("111122223333",), given=True).covers(aws="arn:aws:iam::111122223333:role/x")
        True
        """
        if not self.given or (self.negated and self.unknown):
            return False
        named = self.everyone or (bool(service) and service in self.services) or (bool(aws) and self._names(aws))
        return named is not self.negated

    @staticmethod
    def account_of(principal: str) -> str | None:
        """Tell the account of an AWS principal, as the function of the same name does."""
        return account_of(principal)

    def _names(self, aws: str) -> bool:
        account = account_of(aws)
        return aws in self.aws or (
            account is not None and any(_is_account(text) and account_of(text) == account for text in self.aws)
        )


def account_of(principal: str) -> str | None:
    """
    Tell the account of an AWS principal; None where it does not say, as for the ids of deleted roles and users.

    >>> account_of("111122223333"), account_of("arn:aws:iam::111122223333:root"), account_of("AROAEXAMPLE")
    ('111122223333', '111122223333', None)
    """
    if _ACCOUNT.fullmatch(principal):
        return principal
    found = _OF_ACCOUNT.fullmatch(principal)
    return found[1] if found else None


def _is_account(principal: str) -> bool:
    return _ACCOUNT.fullmatch(principal) is not None or principal.endswith(":root")


def _without_variables(text: str) -> str:
    """
    Put wildcards in the place of policy variables.

    >>> _without_variables("home/${aws:username}/${*}")
    'home/*/?'
    """
    return _VARIABLE.sub(lambda found: _ESCAPED.get(found[1], EVERYTHING), text) if "${" in text else text
