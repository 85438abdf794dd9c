"""
What a failed AWS call means to the person who reads the preview: no answer at all, one that is none, or an error.

No credential ever gets into a message: what botocore says about credentials is not repeated, and of an address only the
host and port are shown.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError
from xml.parsers import expat

import botocore.exceptions as failures
from botocore.parsers import ResponseParserError

from grantgate.calls.answered import answered
from grantgate.calls.described import no_answer
from grantgate.calls.errors import ASK_FOR_LESS, NO_MEMORY, Call, Cause, Unread, quoted

if TYPE_CHECKING:
    from grantgate.calls.efforts import Effort

_CREDENTIAL_FAILURES: Final = (
    failures.NoCredentialsError,
    failures.PartialCredentialsError,
    failures.CredentialRetrievalError,
    failures.ProfileNotFound,
    failures.SSOError,
    failures.TokenRetrievalError,
    failures.NoAuthTokenError,
    failures.MetadataRetrievalError,
    failures.InvalidConfigError,
    failures.ConfigParseError,
    failures.ConfigNotFound,
    # Signing in with `aws login` came to botocore after the oldest release that is taken here.
    getattr(failures, "LoginError", failures.SSOError),
)
_NO_ANSWER: Final = (
    failures.ConnectionError,
    failures.HTTPClientError,
    failures.IncompleteReadError,
    failures.ConnectionClosedError,
    failures.ResponseStreamingError,
)
_NO_MEMORY_CODE: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]
_VARIANT: Final = re.compile(r"fips|dual-?stack", re.IGNORECASE)
_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_CERTIFICATE: Final = re.compile(r"certificate verify failed[^()']*", re.IGNORECASE)


def meaning(error: Exception, call: Call, effort: Effort | None = None) -> Unread | None:
    """
    Say what ``error`` means for ``call``; None for an exception that no AWS client raises.

    >>> call = Call("s3:GetAccessGrantsLocation", "111122223333", "eu-west-1", "default")
    >>> print(meaning(failures.NoCredentialsError(), call).what)
    GetAccessGrantsLocation of 'default' in account 111122223333, Region eu-west-1: no usable AWS credentials \
(NoCredentialsError)
    """
    if _is_lack_of_memory(error):
        return Unread(Cause.REFUSED, f"{call}: {NO_MEMORY}", ASK_FOR_LESS)
    if isinstance(error, failures.ClientError):
        if error.operation_name != call.operation:
            return _without_credentials(error, call)
        return answered(error.response, call, effort)
    name = type(error).__name__
    if isinstance(error, failures.ProfileNotFound):
        return Unread(
            Cause.CREDENTIALS,
            f"{call}: there is no such AWS profile ({name})",
            "correct AWS_PROFILE or `pulumi config set aws:profile`, or make the profile, then run again",
        )
    if isinstance(error, _CREDENTIAL_FAILURES):
        return Unread(
            Cause.CREDENTIALS,
            f"{call}: no usable AWS credentials ({name})",
            "sign in or set AWS_PROFILE or `pulumi config set aws:profile`, then run again",
        )
    if isinstance(error, ResponseParserError):
        return no_answer(call, f"the answer is not the XML that S3 sends ({name})")
    if isinstance(error, failures.ParamValidationError):
        return Unread(Cause.REFUSED, f"{call}: the SDK refuses the request ({quoted(error)})", "correct it")
    if isinstance(error, _NO_ANSWER):
        return _unanswered(error, call, f" in {effort}" if effort and effort.attempts else "")
    if isinstance(error, failures.BotoCoreError):
        return _misconfigured(error, call)
    return None


def _is_lack_of_memory(error: BaseException | None) -> bool:
    """Say whether memory ran out, whatever botocore made of it: its XML parser then says that the answer is no XML."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, MemoryError) or (isinstance(error, ParseError) and error.code == _NO_MEMORY_CODE):
            return True
        error = error.__cause__ or error.__context__
    return False


def _without_credentials(error: failures.ClientError, call: Call) -> Unread:
    """Tell of a call that botocore made by itself: a profile's role, or a signing in, by which the call was to go."""
    service = "sts" if error.operation_name.startswith("AssumeRole") else "sso"
    why = answered(error.response, Call(f"{service}:{error.operation_name}", "", "", ""))
    return Unread(Cause.CREDENTIALS, f"{call}: no usable AWS credentials: {why.what}", why.remedy, why.code)


def _unanswered(error: failures.BotoCoreError, call: Call, took: str) -> Unread:
    name = type(error).__name__
    if isinstance(error, failures.ProxyConnectionError):
        return _no_proxy(error, call, took)
    host = host_of(str(error.kwargs.get("endpoint_url", "")))
    at = f" at {host}" if host else ""
    if isinstance(error, failures.SSLError):
        why = _CERTIFICATE.search(str(error.kwargs.get("error", "")))
        return Unread(
            Cause.UNREACHABLE,
            f"{call}: no trusted TLS connection{at}{took} ({name}{': ' + quoted(why[0]) if why else ''})",
            "set AWS_CA_BUNDLE to the certificates of the proxy that opens TLS here, or correct the endpoint URL",
        )
    if _is_unresolved(error):
        return Unread(
            Cause.UNREACHABLE,
            f"{call}: the name {host!r} does not resolve{took} ({name})",
            _unresolved_remedy(host, call),
        )
    return Unread(
        Cause.UNREACHABLE,
        f"{call}: no answer{at}{took} ({name})",
        f"check the network, the proxy, and {call.endpoint_variable} or AWS_ENDPOINT_URL when set, then run again",
    )


def _is_unresolved(error: failures.BotoCoreError) -> bool:
    """Say whether there was no address: urllib3 keeps what the resolver said as a cause or in an argument."""
    inner: Any = error.kwargs.get("error")
    return type(inner).__name__ in {"NameResolutionError", "gaierror"} or "Failed to resolve" in str(inner)


def _unresolved_remedy(host: str, call: Call) -> str:
    if "-fips." in host:
        return (
            "unset AWS_USE_FIPS_ENDPOINT (use_fips_endpoint in the profile): not every Region has FIPS endpoints for it"
        )
    if ".dualstack." in host:
        return "unset AWS_USE_DUALSTACK_ENDPOINT (use_dualstack_endpoint in the profile), or check the Region"
    return f"check the Region's name, this machine's DNS, and {call.endpoint_variable} or AWS_ENDPOINT_URL when set"


def _no_proxy(error: failures.BotoCoreError, call: Call, took: str) -> Unread:
    proxy = host_of(str(error.kwargs.get("proxy_url", "")))
    set_by = next((name for name in _PROXIES if proxy and host_of(os.environ.get(name, "")) == proxy), "")
    by = f" ({set_by})" if set_by else ""
    why: Any = error.kwargs.get("error")
    if "407" in str(why):
        return Unread(
            Cause.UNREACHABLE,
            f"{call}: the proxy {proxy}{by} wants a user and a password{took} (HTTP 407)",
            f"put them into {set_by or 'HTTPS_PROXY'}, or name the host in NO_PROXY",
        )
    return Unread(
        Cause.UNREACHABLE,
        f"{call}: no way through the proxy {proxy}{by}{took} ({type(error).__name__})",
        f"correct or unset {set_by or 'HTTPS_PROXY and HTTP_PROXY'}, or name the host in NO_PROXY",
    )


def _misconfigured(error: failures.BotoCoreError, call: Call) -> Unread:
    said = f"{call}: {type(error).__name__}: {quoted(error)}"
    if isinstance(error, failures.EndpointVariantError) or _VARIANT.search(str(error)):
        return Unread(
            Cause.REFUSED,
            said,
            "unset AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT (use_fips_endpoint and use_dualstack_endpoint "
            "in the profile), or take a Region that has both; they do not go with an endpoint URL",
        )
    return Unread(Cause.REFUSED, said, "correct the AWS configuration")


def host_of(url: str) -> str:
    """
    Give only host and port of ``url``: a URL can carry a password and a signed query.

    >>> host_of("https://user:secret@s3.example:8443/key?X-Amz-Signature=0a")
    's3.example:8443'
    """
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return ""
    return f"{parts.hostname or ''}{port}"
