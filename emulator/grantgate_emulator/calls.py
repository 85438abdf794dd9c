"""One call as handlers see it: who asks, for which account and Region, with which parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from .state import State


def partition_of(region: str) -> str:
    """
    Return the partition a Region belongs to.

    >>> partition_of("cn-north-1"), partition_of("us-gov-west-1"), partition_of("eu-west-1")
    ('aws-cn', 'aws-us-gov', 'aws')
    """
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Whoever signed a request.

    Shape: ``arn`` is what IAM policies and IAM grantees name: a user's or a role's ARN, never a session's.
           ``directory_user`` and ``directory_groups`` are the Identity Center ids behind the credentials, if any.
    """

    access_key_id: str
    account: str
    arn: str
    directory_user: str | None = None
    directory_groups: tuple[str, ...] = ()

    @property
    def session_arn(self) -> str:
        """
        Return what STS and AccessDenied messages show: a role only ever acts in a session.

        >>> Caller("ASIA", "111122223333", "arn:aws:iam::111122223333:role/teams/analyst").session_arn
        'arn:aws:sts::111122223333:assumed-role/analyst/grantgate'
        """
        before, is_role, name = self.arn.partition(":role/")
        if not is_role:
            return self.arn
        return f"{before.replace(':iam:', ':sts:')}:assumed-role/{name.rpartition('/')[2]}/grantgate"


@dataclass(frozen=True, slots=True)
class Call:
    """One parsed and validated call; ``account`` is the account it is about, not necessarily the caller's."""

    operation: str
    parameters: dict[str, Any]
    account: str
    region: str
    caller: Caller
    state: State
    now: datetime

    @property
    def partition(self) -> str:
        """Name the partition of the call's Region."""
        return partition_of(self.region)

    @property
    def instance_arn(self) -> str:
        """Name the instance this call is about, whether or not it exists."""
        return f"arn:{self.partition}:s3:{self.region}:{self.account}:access-grants/default"
