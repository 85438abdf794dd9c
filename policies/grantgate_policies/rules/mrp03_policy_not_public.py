"""MRP-03: the policy of a Multi-Region Access Point lets in nobody whom it does not name."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    OnUnknown,
    Rule,
    Severity,
    Unsure,
    Verdict,
)
from grantgate_policies.iam import Condition, Principals, Restriction, Statement, read, restricted
from grantgate_policies.matching import told
from grantgate_policies.subjects import MultiRegionAccessPointPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS: Final = (
    "aws:PrincipalOrgID",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
)
"""Keys that say who asks or from where; s3:DataAccessPointAccount and its like are the same for everybody here."""

SOURCE_IP: Final = "aws:sourceip"
_WIDEST: Final = {4: 8, 6: 32}  # by IP version, the shortest prefix that S3 does not call public
_STATUS: Final = "policyStatus"
_LIVE_STATUS: Final = "policyIsPublic"
_EXPECTED: Final = "fixed principals, or a condition that holds everyone to fixed values"


def judge(fact: MultiRegionAccessPointPolicy, _context: Context) -> Verdict:
    """Break on an Allow for everyone without a condition that binds it, and on what S3 itself calls public."""
    public, field = fact.is_public, fact.policy_field
    where, name = (_LIVE_STATUS, _LIVE_STATUS) if fact.live else (_STATUS, "isPublic")
    if public is True:
        return Broken(where, f"{name} = true", f"{name} = false", "S3 itself calls the policy public")
    if isinstance(public, Malformed):
        return Broken(where, public.kind, "true or false", f"{name} holds a {public.kind}, not true or false")
    document = fact.policy if isinstance(fact.policy, Malformed) else read(fact.policy)
    if isinstance(document, Malformed):
        return Broken(field, document.kind, "a policy", f"the policy is a {document.kind}")
    if document is ABSENT:
        return Broken(field, "nothing", "a policy", "the policy is not set")
    if isinstance(document, Missing):
        return Unsure(field, "the policy is not known in this preview")
    verdicts = [verdict for statement in document.statements for verdict in _judged(statement, field)]
    broken = next((one for one in verdicts if isinstance(one, Broken)), None)
    # S3 judges every policy that is in force; before it has, and before one is looked up, that is not known.
    unjudged = fact.live and not fact.item and isinstance(public, Missing)
    unsure = Unsure(where, "whether S3 itself calls the policy public is not known") if unjudged else PASSED
    return broken or next(iter(verdicts), unsure)


def _judged(statement: Statement, field: str) -> Iterator[Broken | Unsure]:
    if statement.effect == "Deny":
        return
    principals, where = statement.principals, _called(statement)
    unsettled = Unsure(field, f"{where} is not known as a whole in this preview")
    if not principals.given:
        broken = Broken(field, "no Principal", _EXPECTED, f"{where} has no Principal, and S3 takes no such policy")
    elif principals.negated:
        broken = Broken(field, "NotPrincipal", _EXPECTED, f"{where} allows everyone but its NotPrincipal")
    else:
        loose = _loose(principals)
        if not loose and not principals.unknown:
            return
        bound = _bound(statement)
        if bound is True:
            return
        if bound is None or not loose:
            yield unsettled
            return
        whom = "everyone" if loose == "*" else f"{told(loose)}, which is no fixed principal,"
        message = f"{where} allows {whom} and no condition holds it to fixed values{_why(statement)}"
        broken = Broken(field, loose, _EXPECTED, message)
    # An effect that is not known yet may turn out to be Deny.
    yield broken if statement.effect == "Allow" else unsettled


def _called(statement: Statement) -> str:
    name = f" ({told(statement.sid)})" if statement.sid else ""
    return f"statement {statement.index + 1}{name}"


def _loose(principals: Principals) -> str:
    """Give a principal that anybody may be; empty when each is fixed."""
    if principals.everyone:
        return "*"
    # Web identity providers such as accounts.google.com sign for anybody; those with an ARN are of one account.
    public = [text for text in principals.federated if not text.startswith("arn:")]
    named = (*principals.aws, *principals.services, *principals.federated, *principals.canonical)
    return next(iter(sorted({*public, *(text for text in named if not _fixed(text))})), "")


def _fixed(text: str) -> bool:
    return not any(sign in text for sign in ("*", "?", "${"))


def _bound(statement: Statement) -> bool | None:
    """Say whether a condition holds whoever is let in to fixed values; None when that is not known yet."""
    found = [restricted(statement, key) for key in KEYS]
    if any(_holds(one) for one in found) or any(_is_network(one) for one in statement.conditions):
        return True
    waiting = any(one.unknown for one in found) or any(
        one.unknown and one.key.lower() in ("", SOURCE_IP) for one in statement.conditions
    )
    return None if waiting else False


def _holds(restriction: Restriction) -> bool:
    return restriction.values is not None and all(map(_fixed, restriction.values))


def _is_network(condition: Condition) -> bool:
    """Say whether the condition lets in known networks only, none wider than those that S3 calls public."""
    return (
        condition.operator == "IpAddress"
        and condition.key.lower() == SOURCE_IP
        and condition.quantifier != "ForAllValues"
        and not condition.if_exists
        and not condition.unknown
        and bool(condition.values)
        and all(map(_is_narrow, condition.values))
    )


def _is_narrow(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _WIDEST[network.version]


def _why(statement: Statement) -> str:
    """Name the condition that comes nearest, and why it does not hold; nothing where there is none."""
    for key in KEYS:
        found = restricted(statement, key)
        if found.values is not None:
            return f": {key} has {told(next(one for one in found.values if not _fixed(one)))}, which has a wildcard"
        for near in found.near:
            return f": {near} on {told(near.key)} proves nothing about {key}"
    for condition in statement.conditions:
        if condition.key.lower().startswith("s3:dataaccesspoint"):
            return f": {condition.key} is the same for everyone who comes through the access point"
        if condition.key.lower() == SOURCE_IP:
            return f": {condition} on {condition.key} leaves networks that S3 calls public"
    return ""


RULE = Rule(
    id="MRP-03",
    name="access-point-policy-not-public",
    about=(MultiRegionAccessPointPolicy,),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    # The policy names the access point by an ARN that S3 makes up, so before the first `pulumi up` it is never known;
    # the engine shows it, and this rule stops it, before it is set.
    on_unknown=OnUnknown.WARN,
    summary="The Multi-Region Access Point's policy allows nobody but fixed principals or fixed conditions",
    why=(
        "A policy is public, in S3's own meaning, unless it lets in fixed principals only, or everyone only under a "
        "condition with fixed values that say who asks or from where. A Deny beside it does not make it less public, "
        "and neither do conditions on the access point itself, which every request through it meets. Of an access "
        "point that is looked up, the policy that is in force is judged, and the proposed one where it is another."
    ),
    fix="Name the principals, or hold the statement to your organization: StringEquals aws:PrincipalOrgID.",
    source="S3 User Guide, Blocking public access to your S3 storage: the meaning of public",
    url="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    judge=judge,
)
