"""Multi-Region Access Points, live and declared, their policies and routes, and the requests that make them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from grantgate.facts import snake

from grantgate_policies.core import ABSENT, UNKNOWN, Fact, Malformed, Missing, Resource, Value
from grantgate_policies.subjects.values import (
    Flag,
    Texts,
    flag_of,
    kind_of,
    map_of,
    member,
    place_of,
    texts_of,
    value_of,
)

FLAGS: Final = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
"""The four Block Public Access flags, in AWS's order."""


@dataclass(frozen=True, slots=True)
class Operation(Fact):
    """
    One asynchronous Multi-Region Access Point request.

    Shape: ``failed_regions`` are Region names, or why there are none to read; ``error_code`` and ``error_message`` are
           ABSENT while nothing failed, Malformed where what should hold them is no object; ``name`` is the access point
           that the request is about, empty or ABSENT when S3 does not say.
    """

    request_token_arn: Value
    account_id: Value
    state: Value
    request_status: Value
    operation: Value
    creation_time: Value
    error_code: Value
    error_message: Value
    failed_regions: Texts
    name: Value = ABSENT


@dataclass(frozen=True, slots=True)
class RegionBucket:
    """One bucket behind an access point; the classic provider says its ``region`` once the access point exists."""

    bucket: Value
    bucket_account_id: Value
    region: Value


@dataclass(frozen=True, slots=True)
class MultiRegionAccessPoint(Fact):
    """
    One Multi-Region Access Point, live or declared.

    Shape: ``regions`` has an entry for each bucket, one whose every field is UNKNOWN where the whole entry is;
           ``flags`` are the four Block Public Access flags by wire name, ABSENT where the program says nothing (AWS
           then sets them), and ABSENT as a whole where there is nothing at all to read them from; ``name_field``,
           ``flags_field`` and ``regions_field`` are the properties that hold them; ``status`` is S3's own word, ABSENT
           for declarations; ``live`` tells a lookup from a declaration.
    """

    name: Value
    account_id: Value
    regions: tuple[RegionBucket, ...] | Missing | Malformed
    flags: Mapping[str, Flag] | Missing | Malformed
    name_field: str
    flags_field: str
    regions_field: str
    status: Value = ABSENT
    live: bool = False


@dataclass(frozen=True, slots=True)
class MultiRegionAccessPointPolicy(Fact):
    """
    The policy of an access point.

    Shape: ``policy`` is what the program gives, text or object, for `grantgate_policies.iam.read`, or Malformed where
           what should hold it is no object; ``is_public`` is AWS's own judgement, ABSENT before AWS made it; ``live``
           tells a lookup from a declaration. Of a lookup the established policy has no item, and the proposed one,
           where it is another, the item ``proposed``, of which AWS has not judged anything.
    """

    name: Value
    account_id: Value
    policy: Any
    policy_field: str
    is_public: Flag
    live: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """Where requests go: ``traffic_dial_percentage`` is 0 (passive) or 100 (active) at AWS."""

    bucket: Value
    region: Value
    traffic_dial_percentage: int | Missing | Malformed


@dataclass(frozen=True, slots=True)
class MultiRegionAccessPointRoutes(Fact):
    """
    The routes of an access point.

    Shape: ``mrap`` is the access point's ARN; a route whose every field is UNKNOWN stands for one that is as a whole;
           ``live`` tells a lookup from a declaration.
    """

    mrap: Value
    account_id: Value
    routes: tuple[Route, ...] | Missing | Malformed
    live: bool = False


Container: TypeAlias = "Mapping[str, Any] | Missing | Malformed"
Entry = TypeVar("Entry")


def operation(resource: Resource) -> Iterator[Fact]:
    """Read a MultiRegionAccessPointOperation lookup."""
    props = resource.props
    details = map_of(props, "errorDetails")
    names = ("requestTokenArn", "accountId", "state", "requestStatus", "operation", "creationTime")
    texts: dict[str, Any] = {snake(name): value_of(props, name) for name in names}
    yield Operation(
        resource,
        **texts,
        error_code=member(details, "code"),
        error_message=member(details, "message"),
        failed_regions=texts_of(props.get("failedRegions")),
        name=_asked_for(props.get("requestParameters")),
    )


def _asked_for(parameters: Any) -> Value:
    """Give the name in whichever request S3 describes; it describes one."""
    if parameters is None:
        return ABSENT
    if isinstance(parameters, Missing):
        return parameters
    if not isinstance(parameters, Mapping):
        return Malformed("text" if isinstance(parameters, str) else kind_of(parameters))
    requests = [one for one in parameters.values() if one is not None]
    if len(requests) != 1:
        return Malformed(f"map of {len(requests)} requests") if requests else ABSENT
    (request,) = requests
    return value_of(request, "name") if isinstance(request, Mapping) else _no_map(request)


def _no_map(value: Any) -> Missing | Malformed:
    if isinstance(value, Missing):
        return value
    return Malformed("text" if isinstance(value, str) else kind_of(value))


def access_point(resource: Resource) -> Iterator[Fact]:
    """Read an access point: the classic provider keeps everything in ``details``, the native one has it flat."""
    props = resource.props
    native = resource.type.startswith("aws-native:")
    details: Container = props if native else map_of(props, "details")
    flags_name = "publicAccessBlockConfiguration" if native else "publicAccessBlock"
    account, _ = place_of(resource, "arn")
    yield MultiRegionAccessPoint(
        resource,
        name=_named(details, "name"),
        account_id=account,
        regions=_entries(details.get("regions"), _bucket) if isinstance(details, Mapping) else details,
        flags=_flags(map_of(details, flags_name)) if isinstance(details, Mapping) else details,
        name_field="name" if native else "details",
        flags_field=flags_name if native else "details",
        regions_field="regions" if native else "details",
    )


def live_access_point(resource: Resource) -> Iterator[Fact]:
    """
    Read a MultiRegionAccessPoint lookup: the access point, its policies and its routes.

    Nothing of what was not heard: no policy is read of a lookup that holds none.
    """
    props = resource.props
    name, account, status = (value_of(props, one) for one in ("name", "accountId", "status"))
    regions, found = _entries(props.get("regions"), _live_bucket), _entries(props.get("routes"), _route)
    block = map_of(props, "publicAccessBlock")
    if not (status is ABSENT and regions is ABSENT and block is ABSENT):
        flags = ABSENT if block is ABSENT else _flags(block)
        fields = ("name", "publicAccessBlock", "regions")
        yield MultiRegionAccessPoint(resource, name, account, regions, flags, *fields, status=status, live=True)
    if found is not ABSENT:
        yield MultiRegionAccessPointRoutes(resource, value_of(props, "arn"), account, found, live=True)
    policy, proposed = (_given(props, one) for one in ("policy", "proposedPolicy"))
    if policy is not ABSENT:
        public = flag_of(props, "policyIsPublic")
        yield MultiRegionAccessPointPolicy(resource, name, account, policy, "policy", public, live=True)
    # What was put into force is proposed as well, and a lookup that has not looked knows of neither.
    if proposed not in (ABSENT, policy):
        yield MultiRegionAccessPointPolicy(
            resource, name, account, proposed, "proposedPolicy", ABSENT, live=True, item="proposed"
        )


def _live_bucket(entry: Mapping[str, Any] | None) -> RegionBucket:
    """Read a bucket as S3 names it; an account that S3 leaves out is an empty text."""
    read = _bucket(entry)
    return RegionBucket(read.bucket, ABSENT, read.region) if read.bucket_account_id == "" else read


def _named(details: Container, name: str) -> Value:
    """Give a text in ``details``; what is no object holds none, and is told where the object itself is looked at."""
    return ABSENT if isinstance(details, Malformed) else member(details, name)


def _flags(block: Container) -> Mapping[str, Flag] | Missing | Malformed:
    if block is ABSENT:
        return dict.fromkeys(FLAGS, ABSENT)
    return {name: flag_of(block, name) for name in FLAGS} if isinstance(block, Mapping) else block


def _entries(value: Any, read: Callable[[Mapping[str, Any] | None], Entry]) -> tuple[Entry, ...] | Missing | Malformed:
    """Read a list of objects; ``read`` gets None for one that is not known, since the others are none the less."""
    if value is None:
        return ABSENT
    if not isinstance(value, list | tuple):
        return _no_map(value)
    if any(not isinstance(one, Mapping) and one is not UNKNOWN for one in value):
        return Malformed("list with something else than objects")
    return tuple(read(one if isinstance(one, Mapping) else None) for one in value)


def _bucket(entry: Mapping[str, Any] | None) -> RegionBucket:
    if entry is None:
        return RegionBucket(UNKNOWN, UNKNOWN, UNKNOWN)
    return RegionBucket(*(value_of(entry, name) for name in ("bucket", "bucketAccountId", "region")))


def access_point_policy(resource: Resource) -> Iterator[Fact]:
    """Read an access point's policy: JSON text in ``details`` with the one provider, an object with the other."""
    props = resource.props
    account, _ = place_of(resource)
    if resource.type.startswith("aws-native:"):
        status = map_of(props, "policyStatus")
        public = flag_of(status, "isPublic") if isinstance(status, Mapping) else status
        policy = _given(props, "policy")
        yield MultiRegionAccessPointPolicy(resource, value_of(props, "mrapName"), account, policy, "policy", public)
        return
    details = map_of(props, "details")
    policy = _given(details, "policy") if isinstance(details, Mapping) else details
    yield MultiRegionAccessPointPolicy(resource, _named(details, "name"), account, policy, "details", ABSENT)


def _given(props: Mapping[str, Any], name: str) -> Any:
    """Give a property as it is; null is how a program says nothing."""
    value = props.get(name)
    return ABSENT if value is None else value


def routes(resource: Resource) -> Iterator[Fact]:
    """Read an access point's routes."""
    props = resource.props
    mrap = value_of(props, "mrap")
    account, _ = place_of(resource, "mrap")
    yield MultiRegionAccessPointRoutes(resource, mrap, account, _entries(props.get("routes"), _route))


def _route(entry: Mapping[str, Any] | None) -> Route:
    if entry is None:
        return Route(UNKNOWN, UNKNOWN, UNKNOWN)
    return Route(value_of(entry, "bucket"), value_of(entry, "region"), _dial(entry.get("trafficDialPercentage")))


def _dial(value: Any) -> int | Missing | Malformed:
    if value is None:
        return ABSENT
    # The wire has one number type, so 100 arrives as 100.0.
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return _no_map(value)
