"""The stand-in asked as the engine asks it: what it refuses, what it completes, and what it says in a preview."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_emulator.server import Emulator
from pulumi.runtime import proto

from .kinds import KINDS
from .sdk import shape_of
from .servicer import StandIn
from .values import DEFAULTS, UNKNOWN, from_struct, to_struct

if TYPE_CHECKING:
    from collections.abc import Iterator

    import grpc

# pulumi_aws's own modules warn while they are imported, of the classes that they still have.
pytestmark = pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of .*:DeprecationWarning")

ACCOUNT = "111122223333"
LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
NATIVE_LOCATION = "aws-native:s3:AccessGrantsLocation"
ROLE = "aws:iam/role:Role"
POINT = "aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint"
GIVEN = {"locationScope": "s3://b/x/*", "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/x"}


class Refusal(Exception):
    """What gRPC would tell the engine."""


class Context:
    """The part of gRPC's context that the stand-in uses."""

    def abort(self, code: grpc.StatusCode, text: str) -> None:
        """End the call with an error, as gRPC does."""
        raise Refusal(text)


def urn(resource_type: str) -> str:
    return f"urn:pulumi:prod::gated::{resource_type}::it"


def standin(package: str = "aws", **config: Any) -> StandIn:
    made = StandIn(package, {kind.type: kind for kind in KINDS})
    made.Configure(proto.ConfigureRequest(args=to_struct({"region": "eu-west-1", **config})), Context())
    return made


def check(made: StandIn, resource_type: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    request = proto.CheckRequest(
        urn=urn(resource_type), news=to_struct(news), olds=to_struct(olds or {}), randomSeed=b"\x01\x23\x45\x67\x89"
    )
    return made.Check(request, Context())


def checked(made: StandIn, resource_type: str, news: dict[str, Any], olds: dict[str, Any] | None = None) -> Any:
    answer = check(made, resource_type, news, olds)
    assert not answer.failures
    return from_struct(answer.inputs)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Give the AWS that the stand-in's environment names."""
    regions = {"eu-west-1": {"instance": {}, "buckets": ["acme-one", "acme-two"]}}
    with Emulator({"defaultAccount": ACCOUNT, "accounts": {ACCOUNT: {"regions": regions}}}) as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATEST")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield emulator


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind.type) for kind in KINDS])
def test_every_kind_speaks_of_properties_that_the_sdk_has(kind: Any) -> None:
    """A name that is no property of the SDK's class is a mistake here."""
    shape = shape_of(kind.type)
    assert kind.does | kind.replaces | kind.policies | kind.blocks | kind.late <= shape.inputs
    assert {kind.name} - {""} <= kind.does


@pytest.mark.parametrize(
    ("package", "resource_type", "told"),
    [
        pytest.param("aws", "aws:sns/topic:Topic", "does not manage aws:sns/topic:Topic", id="another service"),
        pytest.param("aws", NATIVE_LOCATION, f"does not manage {NATIVE_LOCATION}", id="the other package"),
    ],
)
def test_what_it_does_not_manage_is_refused(package: str, resource_type: str, told: str) -> None:
    """A resource is never made in silence."""
    with pytest.raises(Refusal, match=told):
        check(standin(package), resource_type, {})


@pytest.mark.parametrize(
    ("resource_type", "news", "told"),
    [
        pytest.param(LOCATION, {}, [("iamRoleArn", "Missing"), ("locationScope", "Missing")], id="missing"),
        pytest.param("aws:s3/bucket:Bucket", {"acl": "public-read"}, [("acl", "does not do acl")], id="not done"),
    ],
)
def test_inputs_that_are_missing_or_not_done_are_failures(
    resource_type: str, news: dict[str, Any], told: list[tuple[str, str]]
) -> None:
    """Each failure stands at its own property."""
    failures = check(standin(), resource_type, news).failures
    assert [failure.property for failure in failures] == [name for name, _ in told]
    assert all(reason in failure.reason for failure, (_, reason) in zip(failures, told, strict=True))


@pytest.mark.parametrize(
    ("package", "config", "resource_type", "news", "completed"),
    [
        pytest.param("aws", {}, LOCATION, GIVEN, {"region": "eu-west-1", "tagsAll": {}}, id="Region and tags"),
        pytest.param(
            "aws",
            {"defaultTags": json.dumps({"tags": {"owner": "all", "stage": "prod"}})},
            LOCATION,
            {**GIVEN, "tags": {"owner": "me"}},
            {"region": "eu-west-1", "tagsAll": {"owner": "me", "stage": "prod"}},
            id="default tags, in tagsAll",
        ),
        pytest.param(
            "aws", {}, LOCATION, {**GIVEN, "tags": {"owner": UNKNOWN}}, {"tagsAll": UNKNOWN}, id="one tag is not known"
        ),
        pytest.param(
            "aws-native",
            {"defaultTags": json.dumps({"tags": {"stage": "prod"}})},
            NATIVE_LOCATION,
            {**GIVEN, "tags": [{"key": "owner", "value": "me"}]},
            {"tags": [{"key": "owner", "value": "me"}, {"key": "stage", "value": "prod"}]},
            id="default tags, in the native provider's tags",
        ),
        pytest.param(
            "aws",
            {},
            ROLE,
            {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": []}},
            {"assumeRolePolicy": '{"Statement":[],"Version":"2012-10-17"}', "name": "it-0123456", "path": "/"},
            id="a policy as text, a name, a default",
        ),
        pytest.param(
            "aws",
            {},
            ROLE,
            {"assumeRolePolicy": {"Version": "2012-10-17", "Statement": [{"Sid": UNKNOWN}]}},
            {"assumeRolePolicy": UNKNOWN, DEFAULTS: ["maxSessionDuration", "name", "path"]},
            id="a policy with an unknown member",
        ),
        pytest.param(
            "aws",
            {},
            POINT,
            {"details": {"name": "n", "regions": [{"bucket": "b"}], "publicAccessBlock": {"blockPublicAcls": False}}},
            {
                "details": {
                    "name": "n",
                    "regions": [{"bucket": "b", DEFAULTS: []}],
                    "publicAccessBlock": {
                        "blockPublicAcls": False,
                        "blockPublicPolicy": True,
                        "ignorePublicAcls": True,
                        "restrictPublicBuckets": True,
                        DEFAULTS: ["blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"],
                    },
                    DEFAULTS: [],
                }
            },
            id="flags that a block leaves out",
        ),
    ],
)
def test_check_completes_inputs_as_the_provider_does(
    package: str, config: dict[str, Any], resource_type: str, news: dict[str, Any], completed: dict[str, Any]
) -> None:
    """Policies see the checked inputs, so what the provider adds to them matters."""
    inputs = checked(standin(package, **config), resource_type, news)
    assert {name: inputs[name] for name in completed} == completed


def test_a_name_once_given_stays() -> None:
    """An automatic name does not change with the engine's seed."""
    inputs = checked(standin(), ROLE, {"assumeRolePolicy": "{}"}, {"name": "it-fedcba9"})
    assert inputs["name"] == "it-fedcba9"


def test_a_preview_of_an_update_knows_what_aws_said_before() -> None:
    """Only what is new is unknown."""
    request = proto.UpdateRequest(
        urn=urn(LOCATION),
        olds=to_struct({**GIVEN, "accessGrantsLocationArn": "arn:known"}),
        news=to_struct(GIVEN),
        preview=True,
    )
    outputs = from_struct(standin().Update(request, Context()).properties)
    assert outputs == {
        **GIVEN,
        "accessGrantsLocationArn": "arn:known",
        "accessGrantsLocationId": UNKNOWN,
        "accountId": UNKNOWN,
        "tagsAll": UNKNOWN,
    }


@pytest.mark.usefixtures("aws")
def test_an_operation_that_fails_says_awss_code() -> None:
    """A request for an access point is accepted at once, and its failure is found by asking for it."""
    details = {"name": "acme-one", "regions": [{"bucket": "acme-one"}, {"bucket": "acme-two"}]}
    request = proto.CreateRequest(urn=urn(POINT), properties=to_struct({"details": details}))
    with pytest.raises(Refusal, match="CreateMultiRegionAccessPoint failed: MultiRegionAccessPointSameBucketRegion: "):
        standin().Create(request, Context())


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("package", "resource_type", "resource_id"),
    [
        pytest.param("aws", LOCATION, f"{ACCOUNT},{{}}", id="aws, with the account"),
        pytest.param("aws-native", NATIVE_LOCATION, "{}", id="aws-native, the bare id"),
    ],
)
def test_a_location_is_made_read_by_its_id_and_gone_when_deleted(
    package: str, resource_type: str, resource_id: str
) -> None:
    """Ids have the form of each provider, and `get` needs nothing else."""
    made = standin(package)
    given = {**GIVEN, "locationScope": "s3://acme-one/x/*"}
    created = made.Create(proto.CreateRequest(urn=urn(resource_type), properties=to_struct(given)), Context())
    outputs = from_struct(created.properties)
    assert created.id == resource_id.format(outputs["accessGrantsLocationId"])
    assert ("accountId" in outputs) is (package == "aws")

    read = made.Read(proto.ReadRequest(urn=urn(resource_type), id=created.id), Context())
    assert from_struct(read.inputs).items() >= given.items()

    made.Delete(proto.DeleteRequest(urn=urn(resource_type), id=created.id, properties=created.properties), Context())
    assert made.Read(proto.ReadRequest(urn=urn(resource_type), id=created.id), Context()).id == ""


def test_without_an_endpoint_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The stand-in never reaches a real AWS."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    request = proto.CreateRequest(urn=urn(LOCATION), properties=to_struct(GIVEN))
    with pytest.raises(Refusal, match="AWS_ENDPOINT_URL is not set"):
        standin().Create(request, Context())
