"""
Which hosts a request may leave for: those that botocore's own endpoint rules give, and the configured endpoint.

Account ids and Regions come from programs, states and AWS's answers, and both become part of a host name. They are
checked where they come in; this is the second look, at the finished address, just before it is asked.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import product
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.endpoint_provider import EndpointProvider
from botocore.exceptions import EndpointProviderError
from botocore.loaders import create_loader

from grantgate import inputs
from grantgate.inputs import shown

CONTROL: Final = "s3control"
"""The one service whose host names hold an account, and whose Region is a program's to choose."""


def host_fault(url: str, *, service: str, region: str, account: str, endpoint: str) -> str | None:
    """
    Complain unless ``url`` leads to AWS's own host for ``account`` and ``region``, or to the configured endpoint.

    Shape: ``service`` as botocore names it; ``endpoint`` is the client's endpoint URL, which botocore made from the
           Region where none is configured; ``account`` is that of the request, empty for services that know none.
    """
    if service == CONTROL:
        wrong = inputs.account_id(account) or inputs.region(region)
        if wrong:
            return f"the request would go to {shown(host_of(url))}: {wrong}"
    try:
        left, given = urlsplit(url), urlsplit(endpoint)
    except ValueError:
        return f"the request would go to {shown(host_of(url))}, which is no address"
    hosts = rules_hosts(service, region, account)
    if left.scheme == "https" and left.netloc in hosts:
        return None
    configured = {given.netloc, f"{account}.{given.netloc}"} if service == CONTROL else {given.netloc}
    if left.scheme == given.scheme and left.netloc in configured:
        return None
    known = " or ".join(sorted(hosts)) or "none, by botocore's endpoint rules"
    return f"the request would go to {shown(host_of(url))}; its host is {known}, or that of the endpoint URL"


@lru_cache(maxsize=4096)
def rules_hosts(service: str, region: str, account: str) -> frozenset[str]:
    """
    Give the hosts that botocore's endpoint rules have for a service, with and without FIPS and dual-stack.

    >>> sorted(rules_hosts("s3control", "cn-north-1", "111122223333"))
    ['111122223333.s3-control.cn-north-1.amazonaws.com.cn', \
'111122223333.s3-control.dualstack.cn-north-1.amazonaws.com.cn']
    """
    rules = _rules(service)
    known: dict[str, Any] = {"Region": region, "AccountId": account, "RequiresAccountId": True}
    switches = [name for name in ("UseFIPS", "UseDualStack", "UseGlobalEndpoint") if name in rules.ruleset.parameters]
    hosts = set()
    for values in product((False, True), repeat=len(switches)):
        wanted = known | dict(zip(switches, values, strict=True))
        try:
            found = rules.resolve_endpoint(**{key: wanted[key] for key in wanted if key in rules.ruleset.parameters})
        except EndpointProviderError:
            continue  # a partition has no FIPS or no dual-stack, or the Region is none
        hosts.add(urlsplit(found.url).netloc)
    return frozenset(hosts)


def host_of(url: str) -> str:
    """
    Give the host and port of ``url`` and no more: an address can carry a password and a signed query.

    >>> host_of("https://user:secret@s3.example:8443/key?X-Amz-Signature=0a")
    's3.example:8443'
    """
    return url.partition("//")[2].partition("/")[0].partition("?")[0].partition("#")[0].rpartition("@")[2]


@lru_cache(maxsize=8)
def _rules(service: str) -> EndpointProvider:
    loader = create_loader()
    return EndpointProvider(loader.load_service_model(service, "endpoint-rule-set-1"), loader.load_data("partitions"))
