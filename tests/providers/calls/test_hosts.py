"""Account ids, Regions and whatever else comes from a program, a state or an answer never steer a host name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.loaders import create_loader
from grantgate import inputs, listing
from grantgate.calls import clients
from grantgate.calls.answers import Refused, bound
from grantgate.calls.errors import Cause
from grantgate.calls.hosts import host_fault, host_of, rules_hosts
from grantgate.instance import InstanceForPrefixLookup
from grantgate.location import LocationLookup
from grantgate.lookup import Lookup
from grantgate.operation import OperationLookup
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "111122223333", "eu-west-1"
OWN = f"{ACCOUNT}.s3-control.{REGION}.amazonaws.com"
DERIVED = f"https://s3-control.{REGION}.amazonaws.com"

# What an author of programs, states or answers may try: delimiters of URLs and headers, other digits, other scripts.
DELIMITERS = "./\\@:#?&%[]{}$;,|<>\"' \t\r\n\0\x7f\u2028\uff0e\u3002\u0661\u0131\uff41\u202e\ud800-_~"
HOSTILE = [
    "evil.example/",
    "evil.example#",
    "evil.example?",
    "evil.example\\",
    "x@evil.example",
    "111122223333@evil.example:80/",
    "111122223333.evil.example/.",
    "evil.example%2f",
    "evil.example\r\nHost: evil.example",
    "127.0.0.1:1/",
    "[::1]:1/",
    "localhost",
    "169.254.169.254/",
    "..",
    "",
    "111122223333\n",
    ACCOUNT.translate({ord(digit): ord(digit) + 0xFEE0 for digit in "123"}),  # full width
    "\u0661" * 12,
    "1111222233330",
    "xn--evil",
    "{AccountId}",
    "aws-global",
    "eu-west-1.evil.example",
    "eu-west-1/../../",
    "EU-WEST-1",
    "s3",
]


def texts() -> st.SearchStrategy[str]:
    """Give hostile texts: the list, anything at all, and good values with something put in."""
    pieces = st.sampled_from([*HOSTILE, ACCOUNT, REGION, *DELIMITERS])
    return st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40), st.lists(pieces, max_size=4).map("".join))


SUFFIXES = {
    suffix
    for partition in create_loader().load_data("partitions")["partitions"]
    for suffix in (partition["outputs"]["dnsSuffix"], partition["outputs"]["dualStackDnsSuffix"])
}
OF_AWS = re.compile(
    r"(?:(?P<account>[0-9]{12})\.)?s3-control(?:-fips)?(?:\.dualstack)?\.(?P<region>[a-z0-9-]+)\.(?:"
    + "|".join(map(re.escape, sorted(SUFFIXES)))
    + ")"
)


def assert_harmless(url: str) -> None:
    """Demand a host of AWS's own for S3 Control, one account and one Region, or STS's."""
    parts = urlsplit(url)
    assert parts.scheme == "https"
    assert parts.netloc == parts.hostname
    assert OF_AWS.fullmatch(parts.netloc) or re.fullmatch(r"sts\.[a-z0-9-]+\.amazonaws\.com", parts.netloc), url


class Left(list[str]):
    """The addresses that requests left for."""


@pytest.fixture(scope="module")
def left() -> Iterator[Left]:
    """Replace the very last step, by which bytes leave, and give new clients; everything before it is real."""
    seen = Left()

    class Empty:
        def stream(self) -> list[bytes]:
            return []

    def send(_session: URLLib3Session, request: Any) -> AWSResponse:
        seen.append(request.url)
        headers, raw = {}, Empty()
        return AWSResponse(request.url, 404, headers, raw)  # type: ignore[arg-type]  # what of them is read here

    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3_CONTROL"):
            patch.delenv(name, raising=False)
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
            "AWS_REGION": REGION,
        }.items():
            patch.setenv(name, value)
        fresh = clients.Clients()
        patch.setattr(clients, "CLIENTS", fresh)
        patch.setattr(listing, "LISTING", listing.Listing())
        patch.setattr(Lookup, "stack_region", "")
        patch.setattr(Lookup, "stack_profile", "")
        patch.setattr(URLLib3Session, "send", send)
        yield seen
        fresh.close()


# --- the pure check ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        OWN,
        f"{ACCOUNT}.s3-control.dualstack.{REGION}.amazonaws.com",
        f"{ACCOUNT}.s3-control-fips.{REGION}.amazonaws.com",
        f"{ACCOUNT}.s3-control-fips.dualstack.{REGION}.amazonaws.com",
    ],
)
def test_the_hosts_of_the_rules_are_asked(host: str) -> None:
    """Plain, FIPS and dual-stack names of this account and Region are AWS's own."""
    assert (
        host_fault(f"https://{host}/v1", service="s3control", region=REGION, account=ACCOUNT, endpoint=DERIVED) is None
    )


@pytest.mark.parametrize(
    ("region", "host"),
    [
        pytest.param("cn-north-1", "s3-control.cn-north-1.amazonaws.com.cn", id="China"),
        pytest.param("us-gov-west-1", "s3-control.us-gov-west-1.amazonaws.com", id="GovCloud"),
        pytest.param("us-iso-east-1", "s3-control.us-iso-east-1.c2s.ic.gov", id="ISO"),
        pytest.param("eusc-de-east-1", "s3-control.eusc-de-east-1.amazonaws.eu", id="European sovereign cloud"),
        pytest.param("xx-new-9", "s3-control.xx-new-9.amazonaws.com", id="a Region that is newer than botocore"),
    ],
)
def test_every_partition_has_its_own_suffix(region: str, host: str) -> None:
    """The names come from botocore's partitions, not from a list of ours."""
    assert f"{ACCOUNT}.{host}" in rules_hosts("s3control", region, ACCOUNT)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        pytest.param("http://127.0.0.1:4566/v1", "http://127.0.0.1:4566", id="an emulator"),
        pytest.param(f"http://{ACCOUNT}.s3-control.x.example/v1", "http://s3-control.x.example", id="by http"),
        pytest.param(f"https://{ACCOUNT}.vpce-1.s3.example/a/v1", "https://vpce-1.s3.example/a", id="a VPC endpoint"),
    ],
)
def test_the_configured_endpoint_is_asked(url: str, endpoint: str) -> None:
    """Who sets an endpoint URL chooses the host, with the account in front or without."""
    assert host_fault(url, service="s3control", region=REGION, account=ACCOUNT, endpoint=endpoint) is None


@pytest.mark.parametrize(
    ("url", "region", "account", "endpoint"),
    [
        pytest.param(f"http://{OWN}/", REGION, ACCOUNT, DERIVED, id="unencrypted"),
        pytest.param(f"https://{OWN}:8443/", REGION, ACCOUNT, DERIVED, id="another port"),
        pytest.param(f"https://user@{OWN}/", REGION, ACCOUNT, DERIVED, id="a user"),
        pytest.param(f"https://{OWN}./", REGION, ACCOUNT, DERIVED, id="a dot behind"),
        pytest.param(f"https://{OWN}.evil.example/", REGION, ACCOUNT, DERIVED, id="more behind"),
        pytest.param(f"https://evil.example/{OWN}/", REGION, ACCOUNT, DERIVED, id="in the path"),
        pytest.param(f"https://{OWN}@evil.example/", REGION, ACCOUNT, DERIVED, id="as a user"),
        pytest.param(f"https://evil.example#{OWN}", REGION, ACCOUNT, DERIVED, id="as a fragment"),
        pytest.param(f"https://{OWN}/", "eu-west-2", ACCOUNT, DERIVED.replace("1", "2"), id="another Region's"),
        pytest.param(f"https://{OWN}/", REGION, "444455556666", DERIVED, id="another account's"),
        pytest.param(f"https://{OWN.replace('s3-control', 's3')}/", REGION, ACCOUNT, DERIVED, id="another service"),
        pytest.param("https://[::1/", REGION, ACCOUNT, DERIVED, id="no address"),
        pytest.param("http://127.0.0.1:1/", REGION, ACCOUNT, "http://127.0.0.1:2", id="another emulator"),
        pytest.param("http://127.0.0.1:1/", REGION, "", "http://127.0.0.1:1", id="no account"),
        pytest.param("http://127.0.0.1:1/", "evil", ACCOUNT, "http://127.0.0.1:1", id="no Region"),
    ],
)
def test_every_other_host_is_refused(url: str, region: str, account: str, endpoint: str) -> None:
    """A name is compared as a whole; nothing that looks alike passes."""
    fault = host_fault(url, service="s3control", region=region, account=account, endpoint=endpoint)
    assert fault is not None
    assert fault.startswith("the request would go to '")


@pytest.mark.parametrize(
    ("service", "url", "region"),
    [
        pytest.param("sts", "https://sts.eu-west-1.amazonaws.com/", REGION, id="STS"),
        pytest.param("sts", "https://sts.amazonaws.com/", REGION, id="STS, the old global host"),
        pytest.param("sts", "https://sts-fips.us-east-1.amazonaws.com/", "us-east-1", id="STS, FIPS"),
        pytest.param("iam", "https://iam.amazonaws.com/", REGION, id="IAM"),
        pytest.param("iam", "https://iam.cn-north-1.amazonaws.com.cn/", "cn-north-1", id="IAM in China"),
    ],
)
def test_sts_and_iam_have_hosts_of_their_own(service: str, url: str, region: str) -> None:
    """The same rules are read for every service, and the same ones refused."""
    endpoint = "https://unused.example"
    assert host_fault(url, service=service, region=region, account="", endpoint=endpoint) is None
    wrong = url.replace(".amazonaws", ".evil.amazonaws")
    assert host_fault(wrong, service=service, region=region, account="", endpoint=endpoint)


@given(account=texts(), region=texts(), host=texts())
@settings(max_examples=500)
def test_no_hostile_value_passes_the_check(account: str, region: str, host: str) -> None:
    """Whatever account, Region and host are, what passes is AWS's host of a well-formed account and Region."""
    candidates = [f"https://{host}/", f"https://{account}.s3-control.{region}.amazonaws.com/v1"]
    for url in candidates:
        if host_fault(url, service="s3control", region=region, account=account, endpoint=DERIVED) is None:
            assert inputs.account_id(account) is None
            assert inputs.region(region) is None
            found = OF_AWS.fullmatch(url.split("/")[2])
            assert found is not None
            assert found["account"] in {account, None}


def test_a_password_in_an_address_is_not_told() -> None:
    """An address may carry credentials and a signed query; a message has host and port."""
    url = "https://user:hunter2@evil.example:8443/path?X-Amz-Signature=abc"
    fault = host_fault(url, service="s3control", region=REGION, account=ACCOUNT, endpoint=DERIVED)
    assert fault is not None
    assert "hunter2" not in fault
    assert "abc" not in fault
    assert host_of(url) == "evil.example:8443"


# --- the real client, up to the last step -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def unchecked(left: Left) -> Iterator[Any]:
    """Give a client that nobody validated anything for: what our inputs refuse reaches it here."""
    made = botocore.session.Session()
    retries: Any = {"total_max_attempts": 1}
    client = made.create_client("s3control", region_name=REGION, config=Config(retries=retries))
    bound(client)
    yield client
    client.close()
    left.clear()


@given(account=texts())
@settings(max_examples=300)
def test_an_account_that_nobody_checked_goes_nowhere(unchecked: Any, left: Left, account: str) -> None:
    """botocore takes almost any text for an account id; a request with one does not leave."""  # noqa: D403 - its name
    left.clear()
    with pytest.raises(Exception):  # noqa: B017, PT011 - 404 at best; who refuses is not the point, the host is
        unchecked.get_access_grants_location(AccountId=account, AccessGrantsLocationId="default")
    for url in left:
        assert urlsplit(url).netloc == f"{account}.s3-control.{REGION}.amazonaws.com"
        assert_harmless(url)


def test_a_hook_that_leads_elsewhere_is_refused(left: Left) -> None:
    """Whatever rewrites the address before it is signed, the last look is at what would be asked."""
    client = botocore.session.Session().create_client("s3control", region_name=REGION)
    bound(client)
    client.meta.events.register(
        "request-created", lambda request, **_: setattr(request, "url", "https://evil.example/")
    )
    left.clear()
    with pytest.raises(Refused, match="the request would go to 'evil") as caught:
        client.get_access_grants_location(AccountId=ACCOUNT, AccessGrantsLocationId="default")
    assert caught.value.cause is Cause.REFUSED
    assert left == []
    client.close()


@given(value=texts(), name=st.sampled_from(["accountId", "region", "accessGrantsLocationId", "assumeRoleArn"]))
@settings(max_examples=300)
def test_no_input_of_a_location_steers_the_host(left: Left, value: str, name: str) -> None:
    """A program's words reach AWS's own hosts or none."""
    left.clear()
    wanted = {"accountId": ACCOUNT, "region": REGION, "accessGrantsLocationId": "default"}
    result = LocationLookup().check({}, {**wanted, name: value})
    assert result.failures, "the last step answers 404, so nothing can have been read"
    for url in left:
        assert_harmless(url)


@given(prefix=st.one_of(texts(), texts().map("s3://{}".format)))
@settings(max_examples=300)
def test_no_prefix_steers_the_host(left: Left, prefix: str) -> None:
    """A prefix is a question, never an address."""
    left.clear()
    wanted = {"accountId": ACCOUNT, "region": REGION, "s3Prefix": prefix}
    InstanceForPrefixLookup().check({}, wanted)
    assert {urlsplit(url).netloc for url in left} <= {OWN}


@given(parts=st.lists(texts(), min_size=1, max_size=6), account=st.one_of(st.just(ACCOUNT), texts()), token=texts())
@settings(max_examples=300)
def test_no_request_token_steers_the_host(left: Left, parts: list[str], account: str, token: str) -> None:
    """A token's ARN holds an account and a Region, and neither becomes a host unchecked."""
    left.clear()
    for arn in (":".join(parts), f"arn:aws:s3:us-west-2:{account}:async-request/mrap/create/{token}"):
        OperationLookup().check({}, {"requestTokenArn": arn})
    allowed = re.compile(r"[0-9]{12}\.s3-control\.us-west-2\.amazonaws\.com")
    assert all(allowed.fullmatch(urlsplit(url).netloc) for url in left)


@given(resource_id=st.one_of(texts(), st.lists(texts(), min_size=3, max_size=3).map("/".join)))
@settings(max_examples=300)
def test_no_id_of_a_state_steers_the_host(left: Left, resource_id: str) -> None:
    """A state, or an id to get or import, is somebody's text as well."""
    left.clear()
    with pytest.raises(Exception):  # noqa: B017, PT011 - refused or not found: the host is the point
        LocationLookup().read(resource_id, {})
    for url in left:
        assert_harmless(url)


def test_the_last_step_is_reached(left: Left) -> None:
    """Good values do leave, to the one right host: the tests above would notice a request that goes elsewhere."""
    left.clear()
    LocationLookup().check({}, {"accountId": ACCOUNT, "region": REGION, "accessGrantsLocationId": "default"})
    assert [urlsplit(url).netloc for url in left] == [OWN]
    assert "default" in json.dumps(left)
