"""Which role a location has, and which two are one: a preview may not know an ARN, and IAM tells roles by name."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from grantgate import inputs as accepts
from grantgate.arns import Arn

from grantgate_policies.core import UNKNOWN
from grantgate_policies.subjects.access import Role

if TYPE_CHECKING:
    from grantgate_policies.program import Program
    from grantgate_policies.subjects.locations import Location


class RoleOf(NamedTuple):
    """
    The role of one resource of the program, whose outputs went into an ARN that is not known yet.

    It is likely to be the location's, and may not be: rules break on it, and do not pass by it. ``name`` is empty where
    the role's is not known either.
    """

    urn: str
    name: str = ""


RoleName: TypeAlias = "str | RoleOf | None"
"""Which role a location has: by its ARN, by the resource that makes it, or not known."""


def role_in(location: Location, program: Program) -> RoleName:
    """Tell a location's role as it is written; in a preview by the one role resource whose outputs go into it."""
    value = location.iam_role_arn
    if isinstance(value, str):
        return value
    if value is not UNKNOWN:
        return None
    makers = program.behind(location, "iamRoleArn", Role)
    # A lookup makes no role: the one that it has not found yet may be declared too, and be another resource's then.
    if len(makers) != 1 or makers[0].live:
        return None
    made = makers[0]
    name = made.name if isinstance(made.name, str) else last_name(made.arn) if isinstance(made.arn, str) else ""
    # IAM compares names without letter case.
    return RoleOf(made.resource.urn, name.casefold())


@lru_cache(maxsize=32_768)  # several rules read every location of a stack, one rule after the other
def role_key(role: RoleName) -> RoleName:
    """
    Give what is equal for two spellings of one role: its ARN without path and letter case.

    An account has one role of a name, whatever its path and letter case. What is no role's ARN stays as it is.

    >>> role_key("arn:aws:iam::111122223333:role/access-grants/Finance")
    'arn:aws:iam::111122223333:role/finance'
    """
    if not isinstance(role, str) or accepts.role_arn(role):
        return role
    arn = Arn.parse(role)
    return f"arn:{arn.partition}:iam::{arn.account}:role/{last_name(role)}"


def is_one_role(left: RoleName, right: RoleName) -> bool | None:
    """Say whether two locations have one role, or likely have where one is a RoleOf; None when that is not known."""
    if left is None or right is None:
        return None
    if isinstance(left, str) is isinstance(right, str):
        return role_key(left) == role_key(right)
    names = last_name(left), last_name(right)
    return None if "" in names or names[0] == names[1] else False


def last_name(role: str | RoleOf) -> str:
    """
    Give a role's name without its path, for comparing; empty where it is not known.

    >>> last_name("arn:aws:iam::111122223333:role/access-grants/Finance")
    'finance'
    """
    return role.name if isinstance(role, RoleOf) else role.rpartition("/")[2].casefold()
