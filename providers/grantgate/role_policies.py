"""
The policies of one IAM role, inline and attached, read one by one from IAM.

Nothing is left out: a list that does not end, a policy of another form and one that cannot be read make the whole read
fail. IAM pages by Marker, and its policies come as JSON that botocore has decoded already.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from grantgate import inputs as accepts
from grantgate.arns import Arn, ArnError, partition_of
from grantgate.calls.described import member, no_answer, text
from grantgate.calls.errors import Call, Cause, Unread
from grantgate.calls.paging import MOST_SECONDS
from grantgate.facts import AttachedPolicy, NamedPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_POLICIES: Final = 500
"""Inline policies of one role, and attached ones; IAM gives 10,240 characters to all inline ones, and attaches 25."""
MOST_PAGES: Final = 50
PAGE: Final = 100
"""Names of one page, IAM's own default."""

ABSENT: Final = "NoSuchEntity"
_POLICY_NAME: Final = re.compile(r"[\w+=,.@-]{1,128}", re.ASCII)


class _Vanished(Exception):
    """A policy that a list named is not there any more."""

    def __init__(self, call: Call) -> None:
        self.call = call
        super().__init__(str(call))


@dataclass(frozen=True, slots=True)
class RoleReader:
    """
    Asks IAM about one role.

    Shape: ``client`` is boto3's for IAM; ``name`` is without a path; ``account`` is the role's, ``region`` the one that
           requests are signed for; ``reads_own`` says that no role was assumed for it; ``until`` is the time of
           ``clock`` after which nothing more is asked, MOST_SECONDS from now.
    """

    client: Any
    account: str
    region: str
    name: str
    reads_own: bool
    clock: Callable[[], float] = time.monotonic
    until: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "until", self.clock() + MOST_SECONDS)

    def ask(self, operation: str, method: Callable[..., Any], **parameters: Any) -> tuple[Call, Any]:
        """
        Make one call about the role itself; give it, for messages, and its answer.

        Errors: Unread; of a role that does not exist it says whose roles the credentials can see.
        """
        call = self._call(operation, self.name)
        try:
            return call, _asked(call, method, RoleName=self.name, **parameters)
        except Unread as unread:
            if unread.code != ABSENT or not self.reads_own:
                raise
            own = "IAM answers about the account of the credentials: set assumeRoleArn for a role of another account"
            raise Unread(unread.cause, unread.what, f"{unread.remedy}; {own}", unread.code) from None

    def policies(self) -> tuple[tuple[NamedPolicy, ...], tuple[AttachedPolicy, ...]]:
        """
        Give inline and attached policies, sorted by name and by ARN.

        A policy that goes between a list and its own call was no part of the role any more: the lists are read again,
        once.

        Errors: Unread, also for a policy that is listed twice and never there.
        """
        try:
            return self._inline(), self._attached()
        except _Vanished:
            pass
        try:
            return self._inline(), self._attached()
        except _Vanished as vanished:
            # The role is there, so this is no "not found", by which a refresh would forget it.
            raise Unread(
                Cause.SERVICE,
                f"{vanished.call}: listed twice, and when it was asked for IAM said both times that it is not there",
                "run again when nobody changes the role's policies",
                ABSENT,
            ) from None

    def _inline(self) -> tuple[NamedPolicy, ...]:
        found = []
        call, names = self._listed("ListRolePolicies", self.client.list_role_policies, "PolicyNames")
        for name in sorted(_distinct([_name(name, call) for name in names], call)):
            call = self._call("GetRolePolicy", f"{self.name}/{name}")
            reply = _policy(call, self.client.get_role_policy, RoleName=self.name, PolicyName=name)
            _about(reply, "PolicyName", name, call)
            found.append(NamedPolicy(name, canonical(member(reply, "PolicyDocument", call), call)))
        return tuple(found)

    def _attached(self) -> tuple[AttachedPolicy, ...]:
        method = self.client.list_attached_role_policies
        call, items = self._listed("ListAttachedRolePolicies", method, "AttachedPolicies")
        arns = _distinct([text(item, "PolicyArn", call) for item in items], call)
        names = [_name(member(item, "PolicyName", call), call) for item in items]
        for arn in arns:
            self._attachable(arn, call)
        return tuple(
            AttachedPolicy(arn, name, self._document(arn)) for arn, name in sorted(zip(arns, names, strict=True))
        )

    def _document(self, arn: str) -> str:
        """Read a managed policy in its default version; that another became the default meanwhile is told as gone."""
        call = self._call("GetPolicy", arn)
        policy = member(_policy(call, self.client.get_policy, PolicyArn=arn), "Policy", call)
        _about(policy, "Arn", arn, call)
        version = text(policy, "DefaultVersionId", call)
        call = self._call("GetPolicyVersion", f"{arn} {version}")
        reply = _policy(call, self.client.get_policy_version, PolicyArn=arn, VersionId=version)
        found = member(reply, "PolicyVersion", call)
        _about(found, "VersionId", version, call)
        if member(found, "IsDefaultVersion", call) is not True:
            raise _Vanished(call)
        return canonical(member(found, "Document", call), call)

    def _attachable(self, arn: str, call: Call) -> None:
        """Refuse what cannot be attached to a role of this account: only AWS's own policies and the account's can."""
        try:
            parsed = Arn.parse(arn)
        except ArnError as error:
            raise no_answer(call, str(error)) from None
        kind = parsed.partition, parsed.service, parsed.region, parsed.resource.partition("/")[0]
        if kind != (partition_of(self.region), "iam", "", "policy") or parsed.account not in {"aws", self.account}:
            raise no_answer(call, f"{accepts.shown(arn)} is no managed policy of AWS or of account {self.account}")

    def _listed(self, operation: str, method: Callable[..., Any], name: str) -> tuple[Call, list[Any]]:
        """
        Read a whole list, page by page.

        Errors: Unread for a list that never ends, a marker that comes again, and more items than MOST_POLICIES.
        """
        found: list[Any] = []
        marker: dict[str, str] = {}
        markers: set[str] = set()
        for _ in range(MOST_PAGES):
            call, page = self.ask(operation, method, MaxItems=PAGE, **marker)
            found += member(page, name, call)
            if len(found) > MOST_POLICIES:
                raise no_answer(call, f"{len(found)} policies and more to come; at most {MOST_POLICIES} are read")
            if not (page.get("IsTruncated") or page.get("Marker")):
                return call, found
            marker = {"Marker": text(page, "Marker", call)}
            if marker["Marker"] in markers:
                raise no_answer(call, f"the marker {accepts.shown(marker['Marker'])} comes again: the list has no end")
            markers.add(marker["Marker"])
        raise no_answer(self._call(operation, self.name), f"{MOST_PAGES} pages and no end; at most that many are read")

    def _call(self, operation: str, target: str) -> Call:
        """Name the next call, when there is time for one; of what was read so far nobody could say what is missing."""
        call = Call(f"iam:{operation}", self.account, self.region, target)
        if self.clock() >= self.until:
            what = f"the role's policies take longer than {MOST_SECONDS:.0f} s, which is the limit of one role"
            raise Unread(Cause.UNREACHABLE, f"{call}: not asked: {what}", "run again later")
        return call


def canonical(document: Any, call: Call) -> str:
    """
    Write a policy so that it compares equal from run to run: sorted keys, no blanks, ASCII.

    botocore decodes the policies of IAM's answers; one that it could not read is left a text, which is refused here.

    >>> canonical({"Version": "2012-10-17", "Statement": []}, None)
    '{"Statement":[],"Version":"2012-10-17"}'
    """
    if not isinstance(document, dict):
        raise no_answer(call, f"the policy is no JSON object: {accepts.shown(document)}")
    try:
        return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except ValueError as error:
        raise no_answer(call, f"the policy cannot be written as JSON: {error}") from None


def _policy(call: Call, method: Callable[..., Any], **parameters: Any) -> Any:
    """Make one call about a policy; raise _Vanished when it does not exist."""
    try:
        return _asked(call, method, **parameters)
    except Unread as unread:
        if unread.code == ABSENT:
            raise _Vanished(call) from None
        raise


def _asked(call: Call, method: Callable[..., Any], **parameters: Any) -> Any:
    from grantgate.calls.clients import asked

    return asked(call, partial(method, **parameters))


def _about(reply: Any, name: str, expected: str, call: Call) -> None:
    """Refuse an answer about something else than what was asked for."""
    found = member(reply, name, call)
    if found != expected:
        raise no_answer(call, f"the answer is about {accepts.shown(found)}, not {accepts.shown(expected)}")


def _name(value: Any, call: Call) -> str:
    if isinstance(value, str) and _POLICY_NAME.fullmatch(value):
        return value
    raise no_answer(call, f"{accepts.shown(value)} has not the form of a policy's name")


def _distinct(names: Sequence[str], call: Call) -> Sequence[str]:
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        raise no_answer(call, f"{accepts.shown(twice)} is listed twice")
    return names
