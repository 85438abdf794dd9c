"""Multi-Region Access Points as they change: asynchronous requests, their tokens and their outcomes."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from . import policy
from .errors import AwsError
from .state import AccessPoint, AccessPointRegion, AsyncRequest

if TYPE_CHECKING:
    from .calls import Call

IN_PROGRESS, SUCCEEDED, FAILED = "INPROGRESS", "SUCCEEDED", "FAILED"
SEGMENT = {
    "CreateMultiRegionAccessPoint": "create",
    "DeleteMultiRegionAccessPoint": "delete",
    "PutMultiRegionAccessPointPolicy": "put-policy",
}
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_MOST_ACCESS_POINTS = 100
_MOST_REGIONS = 17
# Source: S3 User Guide, "Multi-Region Access Point restrictions and limitations": Regions on by default, then opt-in.
SUPPORTED_REGIONS = frozenset(
    {
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "ap-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "eu-north-1",
        "sa-east-1",
        "af-south-1",
        "ap-east-1",
        "ap-south-2",
        "ap-southeast-3",
        "ap-southeast-4",
        "ca-west-1",
        "eu-central-2",
        "eu-south-1",
        "eu-south-2",
        "il-central-1",
        "me-central-1",
        "me-south-1",
    }
)


def new_alias() -> str:
    """Return an alias of the form S3 makes up."""
    return f"m{secrets.token_hex(6)}.mrap"


def _submit(call: Call, details: dict[str, Any], error: tuple[str, str] | None) -> AsyncRequest:
    token = secrets.token_urlsafe(70)
    base = f"arn:{call.partition}:s3:{call.region}:{call.account}:async-request/mrap"
    request = AsyncRequest(
        token_arn=f"{base}/{SEGMENT[call.operation]}/{token}",
        operation=call.operation,
        details=details,
        created_at=call.now,
        timeline=(IN_PROGRESS, FAILED if error else SUCCEEDED),
    )
    if error:
        code, message = error
        request.error = {
            "Code": code,
            "Message": message,
            "Resource": details["Name"],
            "RequestId": secrets.token_hex(8).upper(),
        }
    call.state.requests[request.token_arn] = request
    return request


def _once_per_client_token(call: Call) -> str | None:
    """Return the token of the same request made before with the same ClientToken, None the first time."""
    key = (call.account, call.operation, call.parameters["ClientToken"])
    if key not in call.state.client_tokens:
        return None
    details, token_arn = call.state.client_tokens[key]
    if details != call.parameters["Details"]:
        raise AwsError("IdempotencyException", "ClientToken was used before with other parameters")
    return token_arn


def _accepted(call: Call, request: AsyncRequest) -> dict[str, Any]:
    key = (call.account, call.operation, call.parameters["ClientToken"])
    call.state.client_tokens[key] = (call.parameters["Details"], request.token_arn)
    return {"RequestTokenARN": request.token_arn}


def create_multi_region_access_point(call: Call) -> dict[str, Any]:
    """Answer CreateMultiRegionAccessPoint: most mistakes surface only when the token is polled."""
    if earlier := _once_per_client_token(call):
        return {"RequestTokenARN": earlier}
    asked = call.parameters["Details"]
    if not 1 <= len(asked["Regions"]) <= _MOST_REGIONS:
        raise AwsError(
            "InvalidRequest", f"Details.Regions: {len(asked['Regions'])} given, must be 1 to {_MOST_REGIONS}"
        )
    regions, error = _regions(call, asked["Regions"])
    owned = [point for (account, _), point in call.state.access_points.items() if account == call.account]
    if any(point.name == asked["Name"] for point in owned):
        error = ("MultiRegionAccessPointAlreadyOwnedByYou", "You already own a Multi-Region Access Point of this name")
    elif len(owned) >= _MOST_ACCESS_POINTS:
        raise AwsError("InvalidRequest", f"The quota of {_MOST_ACCESS_POINTS} Multi-Region Access Points is used up")
    # S3 turns on what is not mentioned: a live answer shows four trues for a request without the block.
    block = {flag: asked.get("PublicAccessBlock", {}).get(flag, True) for flag in FLAGS}
    details = {
        "Name": asked["Name"],
        "PublicAccessBlock": block,
        "Regions": [{"Bucket": region.bucket, "BucketAccountId": region.bucket_account} for region in regions],
    }
    request = _submit(call, details, error)
    if error is None:
        point = AccessPoint(asked["Name"], new_alias(), "CREATING", call.now, block, regions, request=request.token_arn)
        call.state.access_points[call.account, point.name] = point
    request.region_statuses = {region.region: FAILED if error else SUCCEEDED for region in regions if region.region}
    return _accepted(call, request)


def _regions(call: Call, asked: list[dict[str, str]]) -> tuple[list[AccessPointRegion], tuple[str, str] | None]:
    """Return the buckets with their Regions, and the first reason why they cannot stand behind one access point."""
    regions: list[AccessPointRegion] = []
    error: tuple[str, str] | None = None
    for entry in asked:
        bucket = call.state.bucket(entry["Bucket"])
        account = entry.get("BucketAccountId", call.account)
        region = bucket.region if bucket else ""
        if error is None:
            if bucket is None:
                error = ("NoSuchBucket", f"The specified bucket does not exist: {entry['Bucket']}")
            elif bucket.account != account:
                error = ("AccessDenied", f"Bucket {entry['Bucket']} is not owned by account {account}")
            elif region not in SUPPORTED_REGIONS:
                error = ("MultiRegionAccessPointUnsupportedRegion", f"Region {region} is not supported")
            elif any(other.region == region for other in regions):
                error = ("MultiRegionAccessPointSameBucketRegion", f"More than one bucket is in Region {region}")
        regions.append(AccessPointRegion(entry["Bucket"], region, account))
    return regions, error


def _change(call: Call, name: str) -> tuple[AccessPoint | None, tuple[str, str] | None]:
    point = call.state.access_points.get((call.account, name))
    if point is None:
        return None, ("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist")
    if point.request is not None:
        if point.status == "CREATING":
            return point, ("MultiRegionAccessPointNotReady", "The Multi-Region Access Point is still being created")
        message = "Another request is changing the Multi-Region Access Point"
        return point, ("MultiRegionAccessPointModifiedByAnotherRequest", message)
    return point, None


def delete_multi_region_access_point(call: Call) -> dict[str, Any]:
    """Answer DeleteMultiRegionAccessPoint."""
    if earlier := _once_per_client_token(call):
        return {"RequestTokenARN": earlier}
    details = call.parameters["Details"]
    point, error = _change(call, details["Name"])
    request = _submit(call, details, error)
    if point is not None:
        request.region_statuses = {region.region: request.timeline[-1] for region in point.regions}
        if error is None:
            point.status, point.request = "DELETING", request.token_arn
    return _accepted(call, request)


def put_multi_region_access_point_policy(call: Call) -> dict[str, Any]:
    """Answer PutMultiRegionAccessPointPolicy: the policy is proposed now and established when the request ends."""
    if earlier := _once_per_client_token(call):
        return {"RequestTokenARN": earlier}
    details = call.parameters["Details"]
    point, error = _change(call, details["Name"])
    if error is None:
        try:
            policy.parse(details["Policy"], "InvalidRequest")
        except AwsError as mistake:
            error = ("MalformedPolicy", mistake.message)
    request = _submit(call, details, error)
    if point is not None:
        request.region_statuses = {region.region: request.timeline[-1] for region in point.regions}
        if error is None:
            point.proposed_policy, point.request = details["Policy"], request.token_arn
    return _accepted(call, request)


def describe_multi_region_access_point_operation(call: Call) -> dict[str, Any]:
    """
    Answer DescribeMultiRegionAccessPointOperation, showing the next entry of the request's timeline.

    Errors: NoSuchAsyncRequest for an unknown token, an expired one, and one of another account alike.
    """
    token_arn: str = call.parameters["RequestTokenARN"]
    request = call.state.requests.get(token_arn)
    belongs = token_arn.split(":")[4:5] == [call.account]
    if request is not None and request.expires_after_polls is not None:
        request.expired = request.expired or request.polls >= request.expires_after_polls
    if request is None or request.expired or not belongs:
        message = "The specified request was not found."
        raise AwsError("NoSuchAsyncRequest", message, fields={"RequestTokenARN": token_arn})
    request.polls += 1
    if request.status in {SUCCEEDED, FAILED}:
        _finish(call, request)
    return {"AsyncOperation": _shown(request)}


def _finish(call: Call, request: AsyncRequest) -> None:
    """Let a finished request take effect, once."""
    key = (call.account, request.details["Name"])
    point = call.state.access_points.get(key)
    if point is None or point.request != request.token_arn:
        return
    point.request = None
    if request.operation == "CreateMultiRegionAccessPoint":
        if request.status == FAILED:
            del call.state.access_points[key]
        point.status = "READY"
    elif request.operation == "DeleteMultiRegionAccessPoint":
        if request.status == SUCCEEDED:
            del call.state.access_points[key]
        point.status = "READY"
    elif request.status == SUCCEEDED:
        point.established_policy = request.details["Policy"]


def _shown(request: AsyncRequest) -> dict[str, Any]:
    return {
        "CreationTime": request.created_at,
        "Operation": request.operation,
        "RequestTokenARN": request.token_arn,
        "RequestParameters": {f"{request.operation}Request": request.details},
        "RequestStatus": request.status,
        # A live answer has no ResponseDetails while the request is in progress.
        "ResponseDetails": None if request.status == IN_PROGRESS else _outcome(request),
    }


def _outcome(request: AsyncRequest) -> dict[str, Any]:
    regions = [{"Name": name, "RequestStatus": status} for name, status in sorted(request.region_statuses.items())]
    return {
        "MultiRegionAccessPointDetails": {"Regions": regions} if regions else None,
        "ErrorDetails": request.error if request.status != SUCCEEDED else None,
    }
