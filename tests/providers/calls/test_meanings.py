"""What it means that AWS gave no answer: the network, a proxy, TLS, a name, the settings, the credentials."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import ParseError

import botocore.exceptions as failures
import pytest
from botocore.parsers import ResponseParserError
from grantgate.calls.efforts import Effort
from grantgate.calls.errors import Call, Cause, Unread
from grantgate.calls.meanings import host_of, meaning

CALL = Call("s3:GetAccessGrantsLocation", "111122223333", "eu-west-1", "loc-1")
HEAD = "GetAccessGrantsLocation of 'loc-1' in account 111122223333, Region eu-west-1: "
URL = "https://user:canary@s3.example:8443/x?sig=canary"
PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


def effort(attempts: int = 5) -> Effort:
    times = iter([0.0])
    return Effort(clock=lambda: next(times, 31.4), attempts=attempts)


def read(error: Exception, made: Effort | None = None) -> Unread:
    unread = meaning(error, CALL, made)
    assert unread is not None
    return unread


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


class NameResolutionError(Exception):
    """As urllib3's, which no test can make without a network."""


def certificate(text: str) -> Exception:
    return failures.SSLError(endpoint_url=URL, error=Exception(text))


def raised(error: Exception, before: Exception) -> Exception:
    """Give an error as it is when it was raised on account of another."""
    error.__context__ = before
    return error


def no_memory_for_xml() -> ParseError:
    """As ElementTree's parser, when expat finds no memory; its error is told by the code alone."""
    error = ParseError("out of memory: line 1, column 0")
    error.code = 1
    return error


@pytest.mark.parametrize(
    ("error", "cause", "what", "remedy"),
    [
        pytest.param(
            failures.NoCredentialsError(),
            Cause.CREDENTIALS,
            "no usable AWS credentials (NoCredentialsError)",
            "sign in or set AWS_PROFILE",
            id="no credentials",
        ),
        pytest.param(
            failures.ProfileNotFound(profile="canary"),
            Cause.CREDENTIALS,
            "there is no such AWS profile (ProfileNotFound)",
            "AWS_PROFILE or `pulumi config set aws:profile`",
            id="no such profile",
        ),
        pytest.param(
            MemoryError(),
            Cause.REFUSED,
            "not enough memory in the process that makes the lookups",
            "give the run more memory, or ask for less",
            id="no memory",
        ),
        pytest.param(
            raised(ResponseParserError("<x/>"), no_memory_for_xml()),
            Cause.REFUSED,
            "not enough memory in the process that makes the lookups",
            "give the run more memory, or ask for less",
            id="no memory for the parser",
        ),
        pytest.param(
            raised(failures.HTTPClientError(error="x"), MemoryError()),
            Cause.REFUSED,
            "not enough memory in the process that makes the lookups",
            "give the run more memory, or ask for less",
            id="no memory on the way",
        ),
        pytest.param(
            failures.EndpointConnectionError(endpoint_url=URL),
            Cause.UNREACHABLE,
            "no answer at s3.example:8443 in 5 attempts and 31 s (EndpointConnectionError)",
            "check the network",
            id="unreachable",
        ),
        pytest.param(
            failures.ReadTimeoutError(endpoint_url="http://[bad"),
            Cause.UNREACHABLE,
            "no answer in 5 attempts and 31 s (ReadTimeoutError)",
            "check the network",
            id="a timeout at no host",
        ),
        pytest.param(
            failures.EndpointConnectionError(endpoint_url=URL, error=NameResolutionError("canary")),
            Cause.UNREACHABLE,
            "the name 's3.example:8443' does not resolve in 5 attempts and 31 s (EndpointConnectionError)",
            "check the Region's name, this machine's DNS",
            id="a name that does not resolve",
        ),
        pytest.param(
            failures.EndpointConnectionError(
                endpoint_url="https://1.s3-control-fips.eu-west-1.amazonaws.com/", error=NameResolutionError("x")
            ),
            Cause.UNREACHABLE,
            "the name '1.s3-control-fips.eu-west-1.amazonaws.com' does not resolve in 5 attempts and 31 s "
            "(EndpointConnectionError)",
            "unset AWS_USE_FIPS_ENDPOINT",
            id="a Region without FIPS",
        ),
        pytest.param(
            failures.EndpointConnectionError(
                endpoint_url="https://1.s3-control.dualstack.xx-west-1.amazonaws.com/", error=NameResolutionError("x")
            ),
            Cause.UNREACHABLE,
            "the name '1.s3-control.dualstack.xx-west-1.amazonaws.com' does not resolve in 5 attempts and 31 s "
            "(EndpointConnectionError)",
            "unset AWS_USE_DUALSTACK_ENDPOINT",
            id="a Region without dual-stack",
        ),
        pytest.param(
            certificate("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate (_c:1)"),
            Cause.UNREACHABLE,
            "no trusted TLS connection at s3.example:8443 in 5 attempts and 31 s (SSLError: certificate verify "
            "failed: self-signed certificate)",
            "set AWS_CA_BUNDLE",
            id="a certificate that nobody trusts",
        ),
        pytest.param(
            certificate("[SSL] record layer failure canary"),
            Cause.UNREACHABLE,
            "no trusted TLS connection at s3.example:8443 in 5 attempts and 31 s (SSLError)",
            "or correct the endpoint URL",
            id="no TLS at all",
        ),
        pytest.param(
            ResponseParserError("<html>"),
            Cause.NOT_UNDERSTOOD,
            "the answer is not the XML that S3 sends (ResponseParserError)",
            "check what stands between here and AWS",
            id="no XML",
        ),
        pytest.param(
            failures.ParamValidationError(report="AccountId is missing"),
            Cause.REFUSED,
            "the SDK refuses the request (Parameter validation failed: AccountId is missing)",
            "correct it",
            id="the SDK refuses",
        ),
        pytest.param(
            failures.UnknownEndpointError(service_name="s3control", region_name="x"),
            Cause.REFUSED,
            "UnknownEndpointError: Unable to construct an endpoint for s3control in region x",
            "correct the AWS configuration",
            id="no endpoint",
        ),
        pytest.param(
            failures.EndpointVariantError(tags=["fips"], error_msg="x"),
            Cause.REFUSED,
            "EndpointVariantError: Unable to construct a modeled endpoint with the following variant(s) ['fips']:",
            "unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT",
            id="no such variant",
        ),
        pytest.param(
            failures.EndpointProviderError(
                msg="Invalid Configuration: Dualstack and custom endpoint are not supported"
            ),
            Cause.REFUSED,
            "EndpointProviderError: Invalid Configuration: Dualstack and custom endpoint are not supported",
            "unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT",
            id="a variant of an endpoint URL",
        ),
    ],
)
def test_meanings(error: Exception, cause: Cause, what: str, remedy: str) -> None:
    """Each reads differently, says how often and how long it was tried, and what to do; no password gets into it."""
    unread = read(error, effort())

    assert (unread.cause, unread.what) == (cause, HEAD + what)
    assert remedy in unread.remedy
    assert "canary" not in str(unread)


@pytest.mark.parametrize(
    ("action", "variable"),
    [
        ("s3:ListAccessGrants", "AWS_ENDPOINT_URL_S3_CONTROL"),
        ("iam:GetRole", "AWS_ENDPOINT_URL_IAM"),
        ("sts:AssumeRole", "AWS_ENDPOINT_URL_STS"),
    ],
)
@pytest.mark.parametrize("why", [None, NameResolutionError("x")])
def test_what_leads_elsewhere_is_named(action: str, variable: str, why: Exception | None) -> None:
    """Each service has an endpoint variable of its own, and one that counts for all of them."""
    error = failures.EndpointConnectionError(endpoint_url=URL, error=why)

    unread = meaning(error, Call(action, "111122223333", "eu-west-1", ""), effort())

    assert unread is not None
    assert f"{variable} or AWS_ENDPOINT_URL when set" in unread.remedy


def test_what_was_never_sent_was_not_tried() -> None:
    """No attempts are told where there were none."""
    error = failures.EndpointConnectionError(endpoint_url=URL)

    assert (
        read(error).what
        == read(error, effort(0)).what
        == f"{HEAD}no answer at s3.example:8443 (EndpointConnectionError)"
    )


@pytest.mark.parametrize(
    ("variable", "url", "told"),
    [
        pytest.param(
            "HTTPS_PROXY", "http://me:canary@proxy.example:3128", "proxy.example:3128 (HTTPS_PROXY)", id="URL"
        ),
        pytest.param("http_proxy", "proxy.example:3128", "proxy.example:3128 (http_proxy)", id="host and port"),
        pytest.param("HTTPS_PROXY", "http://another.example:3128", "proxy.example:3128", id="another variable's"),
    ],
)
@pytest.mark.parametrize(
    ("why", "what"),
    [
        pytest.param("Connection refused", "no way through the proxy {} in 5 attempts and 31 s (", id="dead"),
        pytest.param(
            "Tunnel connection failed: 407 Proxy Authentication Required",
            "the proxy {} wants a user and a password in 5 attempts and 31 s (HTTP 407)",
            id="it knows nobody",
        ),
    ],
)
def test_a_proxy(monkeypatch: pytest.MonkeyPatch, variable: str, url: str, told: str, why: str, what: str) -> None:
    """The proxy is told by host and by the variable that names it, never with its password."""
    monkeypatch.setenv(variable, url)
    error = failures.ProxyConnectionError(proxy_url="http://me:***@proxy.example:3128", error=OSError(why))

    unread = read(error, effort())

    assert unread.cause is Cause.UNREACHABLE
    assert what.format(told) in unread.what
    assert "NO_PROXY" in unread.remedy
    assert "canary" not in str(unread)


@pytest.mark.parametrize("error", [ValueError("x"), KeyError("x"), RuntimeError("x"), OSError("x")])
def test_what_no_client_raises_means_nothing_here(error: Exception) -> None:
    """It is not called a failed read."""
    assert meaning(error, CALL) is None


def test_an_error_answer_is_told_by_its_code() -> None:
    """What AWS says is no silence."""
    response: Any = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}

    assert read(failures.ClientError(response, "GetAccessGrantsLocation")).cause is Cause.THROTTLED


@pytest.mark.parametrize(
    ("operation", "remedy"),
    [
        pytest.param("AssumeRole", "allow sts:AssumeRole on this role to the caller", id="a role of the profile"),
        pytest.param("GetRoleCredentials", "allow sso:GetRoleCredentials to the caller", id="a signing in"),
    ],
)
def test_a_call_that_botocore_makes_for_the_credentials(operation: str, remedy: str) -> None:
    """It is not the lookup's own call that was denied, and nothing was found or not found."""
    response: Any = {
        "Error": {"Code": "AccessDenied", "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": 403, "RequestId": "R"},
    }

    unread = read(failures.ClientError(response, operation))

    assert unread.cause is Cause.CREDENTIALS
    assert unread.what.startswith(f"{HEAD}no usable AWS credentials: {operation}: denied, which does not tell ")
    assert unread.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://user:pa@host:1/x", "host:1", id="with a user"),
        pytest.param("host:3128", "host:3128", id="without a scheme"),
        pytest.param("http://[::1]:5/x", "::1:5", id="IPv6"),
        pytest.param("http://[bad", "", id="no address"),
        pytest.param("http://user:pa/ss@host", "", id="a password that breaks the address"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_host_of(url: str, host: str) -> None:
    """Host and port, and nothing of what may stand beside them."""
    assert host_of(url) == host
