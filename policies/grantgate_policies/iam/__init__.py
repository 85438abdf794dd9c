"""IAM policy documents, read and judged with IAM's own semantics. Standard library only."""

from __future__ import annotations

from grantgate_policies.iam.coverage import allowing, denied
from grantgate_policies.iam.reading import read
from grantgate_policies.iam.restrictions import Restriction, is_misspelling, restricted
from grantgate_policies.iam.statements import Condition, Document, Quantifier, Statement
from grantgate_policies.iam.wildcards import contains, matches, touches
from grantgate_policies.iam.words import Principals, Words, account_of

__all__ = [
    "Condition",
    "Document",
    "Principals",
    "Quantifier",
    "Restriction",
    "Statement",
    "Words",
    "account_of",
    "allowing",
    "contains",
    "denied",
    "is_misspelling",
    "matches",
    "read",
    "restricted",
    "touches",
]
