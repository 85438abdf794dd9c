"""A walk over botocore's own model: every member that can be answered is, every request it forbids is refused."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

import botocore.session
import pytest
from botocore import xform_name
from botocore.serialize import create_serializer
from grantgate_emulator.operations import HANDLERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.model import Shape

ACCOUNT = "111122223333"
OTHER = "444455556666"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance"
INSTANCE = f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default"
CENTER = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
APPLICATION = f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1"
TOKEN = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/failing"
POLICY = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject"}]})
GRANTEE = {"GranteeType": "IAM", "GranteeIdentifier": f"arn:aws:iam::{ACCOUNT}:role/walker"}
ROUTE = {"Bucket": "acme-data", "Region": "eu-west-1", "TrafficDialPercentage": 100}
BLOCK = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
TAGS = [{"Key": "k", "Value": "v"}]
BY_NAME = {"Name": "acme-ready"}
PAGE = {"MaxResults": 1}

# One request per operation that names every input member the model has (NextToken is walked by hand below).
FULL: dict[str, dict[str, Any]] = {
    "AssociateAccessGrantsIdentityCenter": {"IdentityCenterArn": CENTER},
    "CreateAccessGrant": {
        "AccessGrantsLocationId": "loc-logs",
        "AccessGrantsLocationConfiguration": {"S3SubPrefix": "app/a.txt"},
        "Grantee": GRANTEE,
        "Permission": "READ",
        "ApplicationArn": APPLICATION,
        "S3PrefixType": "Object",
        "Tags": TAGS,
    },
    "CreateAccessGrantsInstance": {"IdentityCenterArn": CENTER, "Tags": TAGS},
    "CreateAccessGrantsLocation": {"LocationScope": "s3://acme-data/new/", "IAMRoleArn": ROLE, "Tags": TAGS},
    "CreateMultiRegionAccessPoint": {
        "ClientToken": "walk",
        "Details": {
            "Name": "acme-walk",
            "PublicAccessBlock": BLOCK,
            "Regions": [{"Bucket": "acme-data", "BucketAccountId": ACCOUNT}],
        },
    },
    "DeleteAccessGrant": {"AccessGrantId": "grant-1"},
    "DeleteAccessGrantsInstance": {},
    "DeleteAccessGrantsInstanceResourcePolicy": {},
    "DeleteAccessGrantsLocation": {"AccessGrantsLocationId": "default"},
    "DeleteMultiRegionAccessPoint": {"ClientToken": "walk", "Details": BY_NAME},
    "DescribeMultiRegionAccessPointOperation": {"RequestTokenARN": TOKEN},
    "DissociateAccessGrantsIdentityCenter": {},
    "GetAccessGrant": {"AccessGrantId": "grant-1"},
    "GetAccessGrantsInstance": {},
    "GetAccessGrantsInstanceForPrefix": {"S3Prefix": "s3://acme-data/finance/"},
    "GetAccessGrantsInstanceResourcePolicy": {},
    "GetAccessGrantsLocation": {"AccessGrantsLocationId": "loc-finance"},
    "GetDataAccess": {
        "Target": "s3://acme-data/finance/eu/a.csv",
        "Permission": "READ",
        "DurationSeconds": 900,
        "Privilege": "Minimal",
        "TargetType": "Object",
        "AuditContext": "walk",
        "InstanceScope": "SELF",
    },
    "GetMultiRegionAccessPoint": BY_NAME,
    "GetMultiRegionAccessPointPolicy": BY_NAME,
    "GetMultiRegionAccessPointPolicyStatus": BY_NAME,
    "GetMultiRegionAccessPointRoutes": {"Mrap": f"arn:aws:s3::{ACCOUNT}:accesspoint/m1234567890ab.mrap"},
    "ListAccessGrants": {
        **PAGE,
        "GranteeType": "IAM",
        "GranteeIdentifier": f"arn:aws:iam::{ACCOUNT}:user/grantgate",
        "Permission": "READ",
        "GrantScope": "s3://acme-data/finance/eu/*",
        "ApplicationArn": APPLICATION,
    },
    "ListAccessGrantsInstances": PAGE,
    "ListAccessGrantsLocations": {**PAGE, "LocationScope": "s3://acme-logs"},
    "ListCallerAccessGrants": {
        **PAGE,
        "GrantScope": "s3://acme-data/finance/eu/*",
        "AllowedByApplication": False,
        "InstanceScope": "ALL",
    },
    "ListMultiRegionAccessPoints": PAGE,
    "ListTagsForResource": {"ResourceArn": INSTANCE},
    "PutAccessGrantsInstanceResourcePolicy": {"Policy": POLICY, "Organization": "o-a1b2c3d4e5"},
    "PutMultiRegionAccessPointPolicy": {"ClientToken": "walk", "Details": {**BY_NAME, "Policy": POLICY}},
    "SubmitMultiRegionAccessPointRoutes": {"Mrap": "m1234567890ab.mrap", "RouteUpdates": [ROUTE]},
    "TagResource": {"ResourceArn": INSTANCE, "Tags": TAGS},
    "UntagResource": {"ResourceArn": INSTANCE, "TagKeys": ["team"]},
    "UpdateAccessGrantsLocation": {"AccessGrantsLocationId": "loc-finance", "IAMRoleArn": ROLE},
}
# Operations whose full request is not enough to show every output member: what else to ask, before or instead.
ALSO: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "CreateAccessGrantsInstance": [("eu-central-1", FULL["CreateAccessGrantsInstance"])],
    "ListAccessGrants": [("eu-west-1", PAGE)],
    "ListAccessGrantsLocations": [("eu-west-1", PAGE)],
    "ListCallerAccessGrants": [("eu-west-1", PAGE)],
}
# Output members nobody can get from this emulator, and why.
LEFT_OUT = {
    "ListMultiRegionAccessPoints.NextToken": "S3 documents paging of this list as not in use: it returns everything",
}
# Operations that cannot be asked in eu-west-1, and those whose full request AWS refuses in the seeded state.
WEST = tuple(name for name in FULL if "MultiRegionAccessPoint" in name and "Routes" not in name)


@lru_cache(maxsize=1)
def service() -> Any:
    """Return botocore's S3 Control model."""
    return botocore.session.get_session().get_service_model("s3control")


def region_of(operation: str) -> str:
    """Return a Region that answers an operation."""
    return "us-west-2" if operation in WEST else "eu-west-1"


def test_every_handler_is_walked() -> None:
    """The walk leaves no implemented operation out, and every Access Grants and MRAP operation is implemented."""
    assert set(FULL) == set(HANDLERS)
    ours = {name for name in service().operation_names if "AccessGrant" in name or "MultiRegionAccessPoint" in name}
    assert ours <= set(HANDLERS)


@pytest.mark.parametrize("operation", sorted(FULL))
def test_the_full_request_is_full(operation: str) -> None:
    """Every input member of the model is in the request that the violations are made from."""
    shape = service().operation_model(operation).input_shape
    given = {f"{operation}.AccountId", *paths_of(shape, FULL[operation], operation)}
    assert set(all_paths(shape, operation)) - given <= {f"{operation}.NextToken"}


def paths_of(shape: Shape, value: Any, prefix: str) -> Iterator[str]:
    """Yield the path of every member that has a value."""
    if shape.type_name == "structure":
        for name, item in value.items():
            if name in shape.members:  # type: ignore[attr-defined]
                yield f"{prefix}.{name}"
                yield from paths_of(shape.members[name], item, f"{prefix}.{name}")  # type: ignore[attr-defined]
    elif shape.type_name == "list":
        for item in value:
            yield from paths_of(shape.member, item, f"{prefix}[]")  # type: ignore[attr-defined]


def all_paths(shape: Shape, prefix: str) -> Iterator[str]:
    """Yield the path of every member the model has."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():  # type: ignore[attr-defined]
            yield f"{prefix}.{name}"
            yield from all_paths(member, f"{prefix}.{name}")
    elif shape.type_name == "list":
        yield from all_paths(shape.member, f"{prefix}[]")  # type: ignore[attr-defined]


def asked_for(operation: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the requests that together show every output member of an operation."""
    if operation == "CreateAccessGrantsInstance":
        return ALSO[operation]
    return [(region_of(operation), FULL[operation]), *ALSO.get(operation, [])]


@pytest.mark.parametrize("operation", [name for name in FULL if service().operation_model(name).output_shape])
def test_every_output_member_is_produced(connect: Callable[..., Any], operation: str) -> None:
    """What botocore parses out of the replies has every member of the model, or the member is knowingly left out."""
    shape = service().operation_model(operation).output_shape
    seen: set[str] = set()
    if operation == "DescribeMultiRegionAccessPointOperation":
        seen |= set(operations_seen(connect, shape))
    for region, arguments in asked_for(operation):
        client = connect(region=region)
        reply = getattr(client, xform_name(operation))(AccountId=ACCOUNT, **arguments)
        seen |= set(paths_of(shape, reply, operation))
    missing = set(all_paths(shape, operation)) - seen
    assert missing == {path for path in LEFT_OUT if path.startswith(f"{operation}.")}


def operations_seen(connect: Callable[..., Any], shape: Shape) -> Iterator[str]:
    """Poll one operation of each kind to its end."""
    west = connect(region="us-west-2")
    put = west.put_multi_region_access_point_policy(AccountId=ACCOUNT, **FULL["PutMultiRegionAccessPointPolicy"])
    delete = west.delete_multi_region_access_point(AccountId=ACCOUNT, **FULL["DeleteMultiRegionAccessPoint"])
    for token in (put["RequestTokenARN"], delete["RequestTokenARN"], TOKEN, TOKEN):
        reply = west.describe_multi_region_access_point_operation(AccountId=ACCOUNT, RequestTokenARN=token)
        yield from paths_of(shape, reply, "DescribeMultiRegionAccessPointOperation")


class Violation(NamedTuple):
    """A request the model forbids: which constraint, and the arguments that break only that one."""

    operation: str
    place: str
    constraint: str
    arguments: dict[str, Any]


def bad_for(pattern: str, valid: str) -> str:
    """Return a text of an allowed length that a pattern forbids."""
    readable = pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w ")
    if "\\uD800" in pattern:
        return "\x01"
    for candidate in ("no such thing", "!§ !", " " * len(valid), "\n"):
        if not re.fullmatch(readable.removeprefix("^").removesuffix("$"), candidate, re.ASCII):
            return candidate
    raise AssertionError(f"no text breaks {pattern}")


def too_long(valid: str, most: int) -> str:
    """Return a valid text with its end repeated until it is one character too long."""
    return valid + valid[-1] * (most + 1 - len(valid))


def broken(shape: Shape, value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (place, constraint, other value) for every constraint at or under a valid value."""
    limits = shape.metadata
    if shape.type_name == "structure":
        for name in limits.get("required", []):
            yield f"{place}.{name}", "required", {key: item for key, item in value.items() if key != name}
        for name, member in shape.members.items():  # type: ignore[attr-defined]
            if name in value:
                for where, what, other in broken(member, value[name], f"{place}.{name}"):
                    yield where, what, {**value, name: other}
    elif shape.type_name == "list":
        if "max" in limits:
            yield place, "max", [item_number(value[0], number) for number in range(limits["max"] + 1)]
        for where, what, other in broken(shape.member, value[0], f"{place}[]"):  # type: ignore[attr-defined]
            yield where, what, [other]
    else:
        yield from broken_scalar(shape, value, place)


def broken_scalar(shape: Shape, value: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (place, constraint, other value) for every constraint on one valid number, boolean or text."""
    limits = shape.metadata
    if shape.type_name == "integer":
        yield place, "max", limits["max"] + 1
        yield place, "min", limits["min"] - 1
        yield place, "type", "many"
    elif shape.type_name == "boolean":
        yield place, "type", "maybe"
    else:
        if "max" in limits:
            yield place, "max", too_long(value, limits["max"])
        if limits.get("min"):
            yield place, "min", value[: limits["min"] - 1]
        if "pattern" in limits:
            yield place, "pattern", bad_for(limits["pattern"], value)
        if getattr(shape, "enum", None):
            yield place, "enum", "NOT_THIS"


def item_number(item: Any, number: int) -> Any:
    """Return an item like another one, but with a key of its own."""
    return {**item, "Key": f"k{number}"} if isinstance(item, dict) else f"k{number}"


# Constraints of which no request can be written, and why.
UNREACHABLE = {
    ("uri", "required"): "a path without its variable is another path",
    ("uri", "min"): "likewise: an empty variable is another path",
}


def violations() -> Iterator[Violation]:
    """Yield one violation for every constraint of every input member of every implemented operation."""
    for operation, arguments in FULL.items():
        shape = service().operation_model(operation).input_shape
        full = {"AccountId": ACCOUNT, **arguments}
        if "NextToken" in shape.members and shape.members["NextToken"].metadata.get("min"):
            full["NextToken"] = "token"
        for where, what, other in broken(shape, full, operation):
            name = where.split(".")[1].split("[")[0]
            location = shape.members[name].serialization.get("location")
            if (location, what) not in UNREACHABLE:
                yield Violation(operation, where, what, other)


def without_mistyped(shape: Shape, value: Any, mistyped: dict[str, str]) -> Any:
    """Return arguments botocore can write, moving texts where a number or a boolean belongs into ``mistyped``."""
    if isinstance(value, list):
        return [without_mistyped(shape.member, item, mistyped) for item in value]  # type: ignore[attr-defined]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        member = shape.members[name]  # type: ignore[attr-defined]
        if member.type_name in {"boolean", "integer"} and isinstance(item, str):
            mistyped[member.serialization.get("name", name)] = item
        else:
            kept[name] = without_mistyped(member, item, mistyped)
    return kept


def as_http(operation: str, arguments: dict[str, Any]) -> tuple[str, str, dict[str, str], str]:
    """Return method, path, headers and body of a request, written by botocore without its validation."""
    model = service().operation_model(operation)
    mistyped: dict[str, str] = {}
    # The account is also a part of the host name, so botocore insists on a sound one; ours goes into the header.
    plain = without_mistyped(model.input_shape, {**arguments, "AccountId": ACCOUNT}, mistyped)
    sent = create_serializer("rest-xml", include_validation=False).serialize_to_request(plain, model)
    headers = {**sent["headers"], "x-amz-account-id": arguments.get("AccountId", "")}
    body = sent["body"].decode() if isinstance(sent["body"], bytes) else sent["body"] or ""
    query = dict(sent["query_string"])
    for name, text in mistyped.items():
        parent = "PublicAccessBlock" if "Block" in name or "Ignore" in name or "Restrict" in name else "Route"
        if body:
            body = body.replace(f"</{parent}>", f"<{name}>{text}</{name}></{parent}>")
        else:
            query[name] = text
    path = sent["url_path"] + ("?" + urlencode(query, doseq=True) if query else "")
    return sent["method"], path, headers, body


@pytest.mark.parametrize("operation", sorted(FULL))
def test_full_request_is_accepted(raw: Callable[..., Any], operation: str) -> None:
    """The request the violations are made from is itself fine, so that each is refused for its own reason."""
    method, path, headers, body = as_http(operation, {"AccountId": ACCOUNT, **FULL[operation]})
    reply = raw(method, path, headers, body, region=region_of(operation))
    refusals = {
        "CreateAccessGrantsInstance": b"AccessGrantsInstanceAlreadyExists",
        "DeleteAccessGrantsInstance": b"AccessGrantsInstanceNotEmptyError",
    }
    assert reply.status < 300 or refusals.get(operation, b"(no refusal)") in reply.body, reply.body


@pytest.mark.parametrize("violation", [pytest.param(one, id=f"{one.place}-{one.constraint}") for one in violations()])
def test_every_constraint_is_enforced(raw: Callable[..., Any], violation: Violation) -> None:
    """A request that breaks one constraint is answered with a 400 that names the member."""
    method, path, headers, body = as_http(violation.operation, violation.arguments)
    reply = raw(method, path, headers, body, region=region_of(violation.operation))
    assert reply.status == 400, reply.body
    member = violation.place.split(".")[-1].removesuffix("[]")
    assert f"{member}" in reply.body.decode() or b"MalformedXML" in reply.body, reply.body
    assert b"<ErrorResponse><Error><Code>" in reply.body


WITH_BODY = sorted(name for name in FULL if service().operation_model(name).input_shape.serialization.get("name"))


@pytest.mark.parametrize("operation", WITH_BODY)
@pytest.mark.parametrize("kind", ["not XML", "another root", "an unknown element", "a repeated element"])
def test_bodies_are_read_strictly(raw: Callable[..., Any], operation: str, kind: str) -> None:
    """A body that is not exactly the operation's document is MalformedXML."""
    method, path, headers, body = as_http(operation, {"AccountId": ACCOUNT, **FULL[operation]})
    root = service().operation_model(operation).input_shape.serialization["name"]
    inner = body[body.index(">") + 1 : body.rindex("<")]
    changed = {
        "not XML": body[:-3],
        "another root": body.replace(f"<{root} ", "<Other ").replace(f"</{root}>", "</Other>"),
        "an unknown element": body.replace(f"</{root}>", f"<Surprise/></{root}>"),
        "a repeated element": body.replace(f"</{root}>", f"{inner}</{root}>"),
    }[kind]
    reply = raw(method, path, headers, changed, region=region_of(operation))
    assert (reply.status, b"<Code>MalformedXML</Code>" in reply.body) == (400, True), reply.body


@pytest.mark.parametrize("operation", sorted(set(service().operation_names) - set(FULL)))
def test_operations_of_others(raw: Callable[..., Any], operation: str) -> None:
    """What neither this package nor moto implements says so by name, in XML, with status 501."""
    from moto.s3control.responses import S3ControlResponse  # noqa: PLC0415  # slow, and only this test needs it

    model = service().operation_model(operation)
    path = re.sub(r"\{[^}]+\}", "some-name", model.http["requestUri"])
    reply = raw(model.http["method"], path)
    if hasattr(S3ControlResponse, xform_name(operation)):
        assert b"NotImplemented" not in reply.body
        return
    assert reply.status == 501
    assert (
        f"<Code>NotImplemented</Code><Message>The emulator does not implement the S3 Control operation {operation}<"
        in (reply.body.decode())
    )


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("PATCH", "/v20180820/accessgrantsinstance", 405, b"MethodNotAllowed"),
        ("GET", "/v20180820/nothing/here", 400, b"InvalidURI"),
        ("GET", "/v20180820/accessgrantsinstance/location/", 400, b"InvalidURI"),
    ],
)
def test_paths_that_mean_nothing(raw: Callable[..., Any], method: str, path: str, status: int, code: bytes) -> None:
    """A path without an operation is an AWS-style error too, never a bare 404."""
    reply = raw(method, path)
    assert (reply.status, code in reply.body) == (status, True)
