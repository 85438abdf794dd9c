"""The service that an address names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grantgate_policies.commenting.github import GitHub
from grantgate_policies.commenting.gitlab import GitLab
from grantgate_policies.commenting.where import GITHUB

if TYPE_CHECKING:
    from grantgate_policies.commenting.patience import Patience
    from grantgate_policies.commenting.secret import Secret
    from grantgate_policies.commenting.thread import Thread
    from grantgate_policies.commenting.where import Address


def thread_of(address: Address, token: Secret, patience: Patience) -> Thread:
    """
    Give the comments of a pull request; nothing is asked yet.

    Errors: Unposted.
    """
    return (GitHub if address.service == GITHUB else GitLab)(address, token, patience)
