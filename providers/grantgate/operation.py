"""Operation: what S3 says about one asynchronous Multi-Region Access Point request."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pulumi
from pulumi.dynamic import CheckFailure

from grantgate import inputs as accepts
from grantgate.arns import Arn
from grantgate.facts import (
    TERMINAL_STATES,
    BucketOfRegion,
    CreateRequest,
    DeleteRequest,
    ErrorDetails,
    OperationFact,
    PublicAccessBlock,
    PutPolicyRequest,
    RegionStatus,
    RequestParameters,
)
from grantgate.kinds import OPERATION, READ_AT
from grantgate.lookup import WITHOUT_EFFECT, Dated, Lookup, Place, Props
from grantgate.resource import LookupResource, with_id
from grantgate.times import iso, moment

if TYPE_CHECKING:
    from collections.abc import Mapping

STATES: Final[Mapping[str, str]] = {"SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "INPROGRESS": "IN_PROGRESS"}
"""S3's status words that were seen; every other word is UNKNOWN, which is not terminal."""

WAIT_SECONDS: Final = 30 * 60
"""How long ``wait`` waits when nothing else is said: creating a Multi-Region Access Point takes minutes."""
POLL_SECONDS: Final = 10

CLOCKS_APART: Final = timedelta(minutes=5)
"""How far the clocks of two machines may differ before one's past is not believed by the other."""


class OperationLookup(Lookup):
    """
    Read one operation by its request token; with ``wait``, read until its state is terminal.

    S3 answers in us-west-2 only, whatever ``region`` says elsewhere, and the token's own account is asked.

    Errors: unknown or expired token, denied, throttled, unreachable, not terminal in time, FAILED while waiting: a
            check failure on requestTokenArn.
    Source: S3 API reference, DescribeMultiRegionAccessPointOperation.
    """

    kind = OPERATION
    inputs = {  # noqa: RUF012 - read only; the base class declares it
        "requestTokenArn": accepts.request_token_arn,
        "wait": accepts.flag,
        "waitTimeoutSeconds": accepts.seconds,
        "waitPollSeconds": accepts.seconds,
        "maxAgeSeconds": accepts.age,
    }
    # How long to wait changes nothing about what was looked up.
    inputs_without_effect = frozenset({"wait", "waitTimeoutSeconds", "waitPollSeconds"})

    def place_faults(self, wanted: Props) -> list[CheckFailure]:
        """Hold account and Region against the token, which names both."""
        faults = []
        token = wanted.get("requestTokenArn")
        if isinstance(token, str) and accepts.request_token_arn(token) is None:
            arn = Arn.parse(token)
            account, region = wanted.get("accountId"), wanted.get("region")
            if account and accepts.account_id(account) is None and account != arn.account:
                faults.append(CheckFailure("accountId", f"{account!r} is not the token's account {arn.account!r}"))
            if region and accepts.region(region) is None and region != accepts.MRAP_REGION:
                complaint = f"{region!r} is not {accepts.MRAP_REGION!r}, where S3 keeps these requests; leave it out"
                faults.append(CheckFailure("region", complaint))
            if arn.partition != "aws":
                complaint = f"partition {arn.partition!r} has no Multi-Region Access Points, only 'aws' has"
                faults.append(CheckFailure("requestTokenArn", complaint))
        return faults

    def default_region(self, wanted: Props) -> str:
        """Give us-west-2: the stack's Region plays no part."""
        return accepts.MRAP_REGION

    def default_account(self, wanted: Props, connection: Any) -> str:
        """Give the token's account: it names its owner."""
        return Arn.parse(wanted["requestTokenArn"]).account

    def fact(self, place: Place, wanted: Props, earlier: Props) -> Dated:
        """Ask DescribeMultiRegionAccessPointOperation; keep a terminal state when the token has expired since."""
        from grantgate.calls.errors import Cause, Unread

        try:
            read = self._described(place, wanted)
        except Unread as unread:
            kept = earlier.get("requestTokenArn") == wanted["requestTokenArn"]
            if unread.cause is Cause.NOT_FOUND and kept and earlier.get("state") in TERMINAL_STATES:
                self._hold_age(place, wanted, earlier)
                # SUCCEEDED and FAILED never change again, and S3 forgets tokens after a while.
                return Dated({**_live(earlier), "tokenExpired": True}, str(earlier.get(READ_AT) or ""))
            raise
        return self._awaited(read, place, wanted) if wanted.get("wait") else read

    def _hold_age(self, place: Place, wanted: Props, earlier: Props) -> None:
        """Raise Unread when the answer that was kept is older than maxAgeSeconds allows, or of no known age."""
        from grantgate.calls.errors import Call, Cause, Unread

        if not wanted.get("maxAgeSeconds"):
            return
        most = timedelta(seconds=int(wanted["maxAgeSeconds"]))
        limit = f"the limit is {most} (maxAgeSeconds {int(wanted['maxAgeSeconds'])})"
        read_at = moment(earlier.get(READ_AT))
        if read_at is None:
            said = f"was kept by a release that knew no time of reading, so of no known age; {limit}"
        else:
            age = self.clock() - read_at
            age -= timedelta(microseconds=age.microseconds)
            if -CLOCKS_APART <= age <= most:
                return
            ahead = f"{-age} ahead of this machine's clock" if age < timedelta() else f"{age} ago"
            said = f"was read {ahead}, at {iso(read_at)}; {limit}"
        call = Call(self.kind.action, place.account_id, place.region, wanted["requestTokenArn"])
        raise Unread(
            Cause.REFUSED,  # not NOT_FOUND: a refresh would drop the answer, which is still all that is known
            f"{call}: S3 no longer knows this token, and its last answer {earlier['state']} {said}",
            "replace the token with that of a newer request, remove the lookup, or raise maxAgeSeconds",
        )

    def _described(self, place: Place, wanted: Props) -> Dated:
        from grantgate.calls.clients import CLIENTS, asked, member
        from grantgate.calls.errors import Call

        token = wanted["requestTokenArn"]
        call = Call(self.kind.action, place.account_id, place.region, token)
        client = CLIENTS.s3control(place.connection)
        ask = partial(
            client.describe_multi_region_access_point_operation, AccountId=place.account_id, RequestTokenARN=token
        )
        began = iso(self.clock())
        reply: Any = asked(call, ask)
        return Dated(operation_fact(member(reply, "AsyncOperation", call), place), began)

    def _awaited(self, read: Dated, place: Place, wanted: Props) -> Dated:
        """Read until the state is terminal; a failed operation ends the wait at once, with S3's own code."""
        from tenacity import RetryCallState, RetryError, Retrying, retry_if_result, stop_before_delay, wait_fixed

        from grantgate.calls.errors import Call, Cause, Unread

        token = wanted["requestTokenArn"]
        timeout = int(wanted.get("waitTimeoutSeconds") or WAIT_SECONDS)
        pause = int(wanted.get("waitPollSeconds") or POLL_SECONDS)
        call = Call(self.kind.action, place.account_id, place.region, token)

        def tell(attempt: RetryCallState) -> None:
            said = attempt.outcome.result().fact.request_status if attempt.outcome else "?"
            seconds = attempt.seconds_since_start or 0.0
            # The engine shows what a provider writes as this resource's diagnostics.
            print(  # noqa: T201
                f"waiting for {token}: {said} after {seconds:.0f} s of at most {timeout} s",
                file=sys.stderr,
                flush=True,
            )

        first = iter([read])
        try:
            last: Dated = Retrying(
                retry=retry_if_result(lambda seen: seen.fact.state not in TERMINAL_STATES),
                wait=wait_fixed(pause),
                stop=stop_before_delay(timeout),
                before_sleep=tell,
            )(lambda: next(first, None) or self._described(place, wanted))
        except RetryError as late:
            status = late.last_attempt.result().fact.request_status
            raise Unread(
                Cause.SERVICE,
                f"{call}: still {status!r} at the last read within {timeout} s",
                "run again later, or raise waitTimeoutSeconds",
            ) from None
        if last.fact.state == "FAILED":
            details = last.fact.error_details or ErrorDetails()
            raise Unread(
                Cause.SERVICE,
                f"{call}: the operation FAILED: {details.code or 'no code'}: {details.message or 'no message'}",
                "correct what the code names and send the request again; it has a new token then",
                details.code,
            )
        return last

    def resource_id(self, props: Props) -> str:
        """Give the token itself: it is unique."""
        return str(props["requestTokenArn"])

    def from_id(self, resource_id: str) -> Props:
        """Take the id as the token."""
        complaint = accepts.request_token_arn(resource_id)
        if complaint:
            raise ValueError(complaint)
        return {"requestTokenArn": resource_id}


def _live(earlier: Props) -> Props:
    asked = {*OperationLookup.inputs, *WITHOUT_EFFECT, "assumeRoleArn", "lookup"}
    return {name: value for name, value in earlier.items() if name not in asked}


def operation_fact(described: Mapping[str, Any], place: Place) -> OperationFact:
    """
    Turn an AsyncOperation into a fact; every documented member is optional in S3's own model.

    >>> place = Place("111122223333", "us-west-2", None)
    >>> operation_fact({"RequestStatus": "INPROGRESS"}, place).state
    'IN_PROGRESS'
    >>> operation_fact({"RequestStatus": "COMPLETED"}, place).state
    'UNKNOWN'
    """
    status = str(described.get("RequestStatus") or "")
    # S3 leaves ResponseDetails out while the operation is in progress.
    details = described.get("ResponseDetails") or {}
    regions = tuple(
        RegionStatus(str(item.get("Name") or ""), str(item.get("RequestStatus") or ""))
        for item in (details.get("MultiRegionAccessPointDetails") or {}).get("Regions") or ()
    )
    error = details.get("ErrorDetails")
    created = described.get("CreationTime")
    return OperationFact(
        account_id=place.account_id,
        region=place.region,
        operation=str(described.get("Operation") or ""),
        creation_time=iso(created) if created else "",
        request_status=status,
        state=STATES.get(status, "UNKNOWN"),
        regions=regions,
        failed_regions=tuple(sorted(item.name for item in regions if item.request_status == "FAILED")),
        error_details=_error_details(error) if error else None,
        request_parameters=_request_parameters(described.get("RequestParameters") or {}),
    )


def _error_details(error: Mapping[str, Any]) -> ErrorDetails:
    return ErrorDetails(
        code=str(error.get("Code") or ""),
        message=str(error.get("Message") or ""),
        resource=str(error.get("Resource") or ""),
        request_id=str(error.get("RequestId") or ""),
    )


def _request_parameters(asked_for: Mapping[str, Any]) -> RequestParameters:
    create = asked_for.get("CreateMultiRegionAccessPointRequest")
    delete = asked_for.get("DeleteMultiRegionAccessPointRequest")
    put = asked_for.get("PutMultiRegionAccessPointPolicyRequest")
    return RequestParameters(
        create_multi_region_access_point_request=_create_request(create) if create else None,
        delete_multi_region_access_point_request=DeleteRequest(str(delete.get("Name") or "")) if delete else None,
        put_multi_region_access_point_policy_request=(
            PutPolicyRequest(str(put.get("Name") or ""), str(put.get("Policy") or "")) if put else None
        ),
    )


def _create_request(create: Mapping[str, Any]) -> CreateRequest:
    block = create.get("PublicAccessBlock")
    return CreateRequest(
        name=str(create.get("Name") or ""),
        public_access_block=PublicAccessBlock(
            block_public_acls=bool(block.get("BlockPublicAcls")),
            ignore_public_acls=bool(block.get("IgnorePublicAcls")),
            block_public_policy=bool(block.get("BlockPublicPolicy")),
            restrict_public_buckets=bool(block.get("RestrictPublicBuckets")),
        )
        if block
        else None,
        regions=tuple(
            BucketOfRegion(str(item.get("Bucket") or ""), str(item.get("BucketAccountId") or ""))
            for item in create.get("Regions") or ()
        ),
    )


class MultiRegionAccessPointOperation(LookupResource, module="grantgate", name="MultiRegionAccessPointOperation"):
    """
    The asynchronous request behind ``request_token_arn``.

    Shape: ``state`` is SUCCEEDED, FAILED, IN_PROGRESS or UNKNOWN, ``request_status`` S3's own word; ``regions`` is a
           list of {name, request_status}; ``error_details`` is {code, message, resource, request_id} when S3 gave any.
    Units: ``max_age_seconds`` is how long ago S3 may have told a terminal state that is kept because S3 no longer knows
           the token; without it, a terminal state is kept for ever, and ``token_expired`` and ``read_at`` say so.
    """

    request_token_arn: pulumi.Output[str]
    operation: pulumi.Output[str]
    creation_time: pulumi.Output[str]
    request_status: pulumi.Output[str]
    state: pulumi.Output[str]
    regions: pulumi.Output[list[dict[str, str]]]
    failed_regions: pulumi.Output[list[str]]
    error_details: pulumi.Output[dict[str, str] | None]
    request_parameters: pulumi.Output[dict[str, Any]]
    token_expired: pulumi.Output[bool]

    _live = (
        "operation",
        "creation_time",
        "request_status",
        "state",
        "regions",
        "failed_regions",
        "error_details",
        "request_parameters",
        "token_expired",
    )

    def __init__(  # noqa: PLR0913 - one argument for each input that the lookup has
        self,
        resource_name: str,
        request_token_arn: pulumi.Input[str],
        *,
        account_id: pulumi.Input[str] | None = None,
        wait: bool | None = None,
        wait_timeout_seconds: int | None = None,
        wait_poll_seconds: int | None = None,
        max_age_seconds: int | None = None,
        assume_role_arn: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "request_token_arn": request_token_arn,
            "account_id": account_id,
            "wait": wait,
            "wait_timeout_seconds": wait_timeout_seconds,
            "wait_poll_seconds": wait_poll_seconds,
            "max_age_seconds": max_age_seconds,
            "assume_role_arn": assume_role_arn,
        }
        super().__init__(OperationLookup(), resource_name, props, opts)

    @classmethod
    def get(
        cls, resource_name: str, resource_id: str, opts: pulumi.ResourceOptions | None = None
    ) -> MultiRegionAccessPointOperation:
        """
        Read a request token without declaring it.

        The engine shows such reads to no policy: use the constructor for what the gate is to judge.
        """
        return cls(resource_name, resource_id, opts=with_id(resource_id, opts))
