"""
The lifecycle of every lookup: where in Pulumi's check, diff, create, read, update and delete AWS is asked.

AWS is asked in ``check``. In a preview the engine calls nothing else of a dynamic provider, and what ``check`` adds to
the inputs is what policies see, in preview and in up. ``create`` and ``update`` return what ``check`` found, ``read``
serves refresh and ``get``, ``delete`` does nothing: there is nothing of ours in AWS.
"""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Final

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from grantgate import inputs as accepts
from grantgate.arns import Arn, partition_of
from grantgate.facts import to_props
from grantgate.host import Told, tell_messages
from grantgate.kinds import FAILED, PENDING, PERFORMED, READ_AT, RUN_VARIABLE, LookupType
from grantgate.times import iso, now

if TYPE_CHECKING:
    from datetime import datetime

    from grantgate.calls.clients import Connection

Props = dict[str, Any]
Check = Callable[[Any], "str | None"]

PROVIDER_KEY: Final = "__provider"
WITHOUT_EFFECT: Final = frozenset({PROVIDER_KEY, "direct", "notBefore", "run", READ_AT})
"""Properties that say how a lookup was made, not what it found."""
COMMON_INPUTS: Final[Mapping[str, Check]] = {
    "accountId": accepts.account_id,
    "region": accepts.region,
    "assumeRoleArn": accepts.role_arn,
    "direct": accepts.flag,
    "notBefore": accepts.moment,
}


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a lookup looks: the account and Region it asks, and the connection that it asks through.

    Shape: ``direct`` forbids answers that other lookups share: what is asked may have changed a moment ago;
           ``not_before`` forbids those that were read earlier, by this machine's monotonic clock.
    """

    account_id: str
    region: str
    connection: Connection
    direct: bool = False
    not_before: float = 0.0


@dataclass(frozen=True, slots=True)
class Dated:
    """
    A fact that AWS told at another time than just now: an answer that lookups share, or one that was kept.

    Shape: ``read_at`` is empty for what an earlier release kept, which knew no such time.
    """

    fact: Any
    read_at: str


class Lookup(ResourceProvider):
    """
    One kind of read-only lookup; a subclass says what it accepts and makes one call.

    The class is pickled by reference into every resource's state: module and class names are public API, and instances
    carry nothing. Stack configuration therefore lives on the class, set once per host process by ``configure``.
    """

    serialize_as_secret_always = False  # or every preview would show a secret where there is none

    kind: ClassVar[LookupType]
    inputs: ClassVar[Mapping[str, Check]]  # besides COMMON_INPUTS
    subject_required: ClassVar[bool] = True  # false where a whole account and Region is looked up
    filters: ClassVar[tuple[str, ...]] = ()  # inputs that say which part of the subject is looked up; part of the id
    inputs_without_effect: ClassVar[frozenset[str]] = frozenset()  # besides WITHOUT_EFFECT; no difference to a stack
    stack_region: ClassVar[str] = ""
    stack_profile: ClassVar[str] = ""

    # --- what a subclass says ---------------------------------------------------------------------------------------

    @abstractmethod
    def fact(self, place: Place, wanted: Props, earlier: Props) -> Any:
        """
        Ask AWS and give the fact as a dataclass of grantgate.facts, Dated when AWS was asked earlier than just now.

        Shape:  ``wanted`` are the validated inputs; ``earlier`` the live properties of the last read, or empty.
        Errors: Unread for every answer that is not one.
        """

    @abstractmethod
    def resource_id(self, props: Props) -> str:
        """Give the resource's id for Pulumi's state."""

    @abstractmethod
    def from_id(self, resource_id: str) -> Props:
        """Give the inputs that ``resource_id`` names; raise ValueError when it has another form."""

    def place_faults(self, wanted: Props) -> list[CheckFailure]:
        """Complain about inputs that do not fit each other."""
        return []

    def default_region(self, wanted: Props) -> str:
        """Give the Region to use when the input is not set."""
        from grantgate.calls.clients import CLIENTS, Connection

        return self.stack_region or CLIENTS.region(Connection(profile=self.stack_profile))

    def default_account(self, wanted: Props, connection: Connection) -> str:
        """Give the account to use when the input is not set: the caller's."""
        from grantgate.calls.clients import CLIENTS

        return CLIENTS.caller_account(connection)

    @staticmethod
    def clock() -> datetime:
        """Give this moment, in UTC."""
        return now()

    # --- Pulumi's lifecycle -------------------------------------------------------------------------------------------

    def configure(self, req: ConfigureRequest) -> None:
        """Take ``aws:region`` and ``aws:profile`` of the stack, as the AWS providers do."""
        tell_messages()
        Lookup.stack_region = str(req.config.get("aws:region") or "")
        Lookup.stack_profile = str(req.config.get("aws:profile") or "")

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Validate the inputs, then ask AWS; every fault is a failure on its own property, never an exception."""
        wanted = self._wanted(news)
        try:
            faults = self._faults(wanted)
            if faults:
                return CheckResult(_failed(wanted), faults)
            if UNKNOWN in wanted.values():
                return CheckResult(self._pending(wanted), [])
            return CheckResult(self._performed(wanted, _olds), [])
        except Exception as error:  # noqa: BLE001 - a traceback would reach the user as the whole explanation
            return CheckResult(_failed(wanted), [CheckFailure(self.kind.subject, _reason(error))])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Compare what AWS says now with what it said before: drift shows in every preview, without a refresh."""
        compared = (_olds.keys() | _news.keys()) - WITHOUT_EFFECT - self.inputs_without_effect
        changed = sorted(name for name in compared if _olds.get(name) != _known(_news.get(name)))
        identity = dict.fromkeys(("accountId", "region", self.kind.subject, *self.filters))
        # An identity that is not known yet may turn out to be the old one: no replacement is announced for it.
        replaces = [name for name in identity if name in changed and _known(_news.get(name)) != UNKNOWN]
        return DiffResult(changes=bool(changed), replaces=replaces, stables=[], delete_before_replace=False)

    def create(self, props: Props) -> CreateResult:
        """Keep what ``check`` found; nothing is created."""
        return CreateResult(self.resource_id(props), _plain(props))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Keep what ``check`` found; nothing is updated."""
        return UpdateResult(_plain(_news))

    def read(self, id_: str, props: Props) -> ReadResult:
        """
        Ask AWS again, for ``pulumi refresh`` and for ``get``.

        What is gone from AWS goes from the state too; the next preview then fails in ``check``, by name. Every other
        failure stops the refresh, and the state stays as it was.
        """
        try:
            found = self._performed(self._named(id_, props), props, direct=True)
        except Exception as error:  # noqa: BLE001 - one short line instead of a stack of frames
            if _is_gone(error):
                return ReadResult("", {})
            raise RefreshFailed(_reason(error)) from None
        return ReadResult(self.resource_id(found), found, {**found})

    def delete(self, _id: str, _props: Props) -> None:
        """Do nothing: a lookup owns nothing in AWS."""

    # --- the parts of check -------------------------------------------------------------------------------------------

    @classmethod
    @cache
    def _accepted(cls) -> Mapping[str, Check]:
        return {**cls.inputs, **COMMON_INPUTS}

    def _wanted(self, props: Mapping[str, Any]) -> Props:
        """Keep the inputs only: live values that a program tries to hand in are never taken for AWS's."""
        accepted = self._accepted()
        return {name: _known(value) for name, value in props.items() if name in accepted and value is not None}

    def _named(self, id_: str, props: Props) -> Props:
        wanted = {**self.from_id(id_), **self._wanted(props)}
        # An id is somebody's text, and the account in it becomes part of a host name.
        if faults := self._faults(wanted):
            raise NoPlace("; ".join(f"{fault.property}: {fault.reason}" for fault in faults))
        return wanted

    def _faults(self, wanted: Props) -> list[CheckFailure]:
        faults = []
        if self.subject_required and self.kind.subject not in wanted:
            faults.append(CheckFailure(self.kind.subject, "is required"))
        for name, complain in self._accepted().items():
            value = wanted.get(name)
            complaint = complain(value) if value is not None and value != UNKNOWN else None
            if complaint:
                faults.append(CheckFailure(name, complaint))
        return faults or self.place_faults(wanted)

    def _pending(self, wanted: Props) -> Props:
        """Mark that AWS was not asked; the live values are unknown, not absent, so dependents wait as well."""
        live = (*self.kind.live, *self.kind.sometimes, READ_AT)
        return {**wanted, **dict.fromkeys(live, UNKNOWN), "lookup": PENDING}

    def _performed(self, wanted: Props, earlier: Props, *, direct: bool = False) -> Props:
        from grantgate.calls.clients import Connection

        role = wanted.get("assumeRoleArn", "")
        region = wanted.get("region") or self.default_region(wanted)
        complaint = accepts.region(region) if region else "no Region is set"
        if complaint:
            raise NoPlace(f"{complaint}; set the resource's region, `pulumi config set aws:region`, or AWS_REGION")
        if role and (theirs := Arn.parse(role).partition) != (own := partition_of(region)):
            told = f"assumeRoleArn {role!r} is of partition {theirs!r}, and Region {region!r} is of {own!r}"
            raise NoPlace(f"{told}; take a role of the Region's partition, or set the resource's region")
        connection = Connection(region=region, profile=self.stack_profile, assume_role_arn=role)
        account = wanted.get("accountId") or self.default_account(wanted, connection)
        place = Place(
            account,
            region,
            connection,
            direct=direct or bool(wanted.get("direct")),
            not_before=float(wanted.get("notBefore", 0.0)),
        )
        began = iso(self.clock())  # before the first call: what was read is at least as new
        found = self.fact(place, wanted, _plain(earlier))
        dated = found if isinstance(found, Dated) else Dated(found, began)
        # Policies are shown the state's answer for what a run does not target; the mark tells it from this run's.
        run = os.environ.get(RUN_VARIABLE)
        marks = {"lookup": PERFORMED, READ_AT: dated.read_at, "run": run}
        return {**wanted, **to_props(dated.fact), **{name: value for name, value in marks.items() if value}}


class NoPlace(Exception):
    """Account or Region cannot be told, or are not what they should be."""


class RefreshFailed(Told):
    """AWS could not be read during a refresh; the state was left as it was."""


def _known(value: Any) -> Any:
    """Give an unknown one form: older SDKs hand it to providers as text, newer ones as an object."""
    return UNKNOWN if isinstance(value, Unknown) else value


def _failed(wanted: Props) -> Props:
    """Mark the failure: the engine goes on to show a resource whose check failed to the policies."""
    return {**wanted, "lookup": FAILED}


def _plain(props: Mapping[str, Any]) -> Props:
    return {name: value for name, value in props.items() if name != PROVIDER_KEY}


def _is_gone(error: Exception) -> bool:
    from grantgate.calls.errors import Cause, Unread

    return isinstance(error, Unread) and error.cause is Cause.NOT_FOUND


def _reason(error: Exception) -> str:
    from grantgate.calls.errors import ASK_FOR_LESS, NO_MEMORY, Cause, Unread, quoted

    if isinstance(error, MemoryError):  # what was read did not fit beside itself
        return str(Unread(Cause.REFUSED, NO_MEMORY, ASK_FOR_LESS))
    if isinstance(error, (Unread, NoPlace)):
        return str(error)
    return f"the lookup itself failed: {type(error).__name__}: {quoted(error)}"
