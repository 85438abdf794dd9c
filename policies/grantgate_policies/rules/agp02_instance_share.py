"""AGP-02: an Access Grants instance is shared through AWS RAM with the organization alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from grantgate_policies import iam
from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Malformed,
    Missing,
    Rule,
    Severity,
    Skipped,
    Unsure,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told
from grantgate_policies.subjects import (
    Instance,
    PermissionAssociation,
    PrincipalAssociation,
    ResourceAssociation,
    ResourceShare,
)
from grantgate_policies.subjects.registrations import name_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from grantgate_policies.core import Fact, Value
    from grantgate_policies.program import Program
    from grantgate_policies.subjects.access import Values

EXTERNAL_FIELD: Final = "allowExternalPrincipals"
PERMISSION_FIELD: Final = "permissionArn"
PERMISSIONS_FIELD: Final = "permissionArns"
PRINCIPALS_FIELD: Final = "principals"
PRINCIPAL_FIELD: Final = "principal"
RESOURCES_FIELD: Final = "resourceArns"
SHARE_FIELD: Final = "resourceShareArn"
# Of an association by itself, and of one that lists several.
RESOURCE_FIELDS: Final = ("resourceArn", RESOURCES_FIELD)

PERMISSIONS: Final = ("AWSRAMPermissionAccessGrantsData", "AWSRAMPermissionAccessGrantsReadAccess")

_INSTANCE: Final = re.compile(r"arn:[^:]+:s3:[^:]*:[^:]*:access-grants(?:/.*)?", re.DOTALL)
_PERMISSION: Final = re.compile(r"arn:aws[a-z-]*:ram::aws:permission/(.+)")
_ORGANIZATION: Final = re.compile(
    r"arn:aws[a-z-]*:organizations::[0-9]{12}:(?:organization/(o-[a-z0-9]{10,32})|ou/(o-[a-z0-9]{10,32})/ou-[a-z0-9-]+)"
)
# What others share most: an ARN made of the outputs of one of these services' resources is that resource's own. All
# else may be put together to an instance's ARN, an account's id for example.
_OTHER_SERVICES: Final = frozenset(
    {
        "acmpca",
        "ec2",
        "ec2transitgateway",
        "glue",
        "imagebuilder",
        "licensemanager",
        "networkfirewall",
        "rds",
        "route53",
        "route53resolver",
        "vpc",
        "vpclattice",
    }
)
_SERVICE: Final = re.compile(r"aws(?:-native)?:([a-z0-9]+)[/:]")

_Sharing: TypeAlias = Literal["no", "perhaps", "likely", "certain"]


# From the weakest to the strongest.
_LEVELS: Final[tuple[_Sharing, ...]] = ("no", "perhaps", "likely", "certain")


@dataclass(frozen=True, slots=True)
class Shares:
    """
    Which shares share an Access Grants instance.

    Shape: shares are named by their ARN, and those of the program by their URN too: ``urns`` gives these by ARN.
           ``likely`` are those of which only what an ARN is made from tells it, each with that in words: they break,
           and do not pass. ``loose`` says that what may be an instance is shared through a share that cannot be told,
           ``strays`` that one is shared through a share that the program names by an ARN and does not hold.
           ``program`` joins what is not known yet.
    """

    program: Program
    urns: Mapping[str, frozenset[str]]
    certain: frozenset[str]
    likely: Mapping[str, str]
    perhaps: frozenset[str]
    loose: bool
    strays: bool


def gather(program: Program) -> Shares:
    """Sort the shares by what they share."""
    found: dict[str, set[str]] = {}
    by_level: dict[_Sharing, dict[str, str]] = {level: {} for level in _LEVELS}
    for share in program.of(ResourceShare):
        if isinstance(share.arn, str):
            found.setdefault(share.arn, set()).add(share.resource.urn)
        for one in _listed(share.resource_arns):
            why = f"one of {RESOURCES_FIELD} is made from an Access Grants instance"
            by_level[_sharing(program, share, one)].setdefault(share.resource.urn, why)
    urns = {arn: frozenset(ones) for arn, ones in found.items()}
    loose, strays = bool(program.unread), False
    for association in program.of(ResourceAssociation):
        sharing = _sharing(program, association, association.resource_arn)
        names, told_by = _names(program, urns, association, association.resource_share_arn)
        name = association.resource.name
        reasons = [f"what {name!r} shares is made from an Access Grants instance"] if sharing == "likely" else []
        reasons += [f"{SHARE_FIELD} of {name!r} is made from the share"] if told_by == "likely" else []
        for one in names:
            by_level[_weaker(sharing, told_by)].setdefault(one, ", and ".join(reasons))
        if sharing != "no":
            loose = loose or not names
            strays = strays or (isinstance(association.resource_share_arn, str) and names.isdisjoint(urns))
    certain, perhaps = frozenset(by_level["certain"]), frozenset(by_level["perhaps"])
    return Shares(program, urns, certain, by_level["likely"], perhaps, loose, strays)


def _weaker(one: _Sharing, other: _Sharing) -> _Sharing:
    return one if _LEVELS.index(one) < _LEVELS.index(other) else other


def _names(
    program: Program, urns: Mapping[str, frozenset[str]], association: Fact, arn: Value
) -> tuple[frozenset[str], _Sharing]:
    """Name the share that an association is about, and say how certain that is."""
    if isinstance(arn, str):
        return urns.get(arn, frozenset()) | {arn}, "certain"
    if arn is not UNKNOWN:
        return frozenset(), "perhaps"
    sources = association.resource.made_from.get(SHARE_FIELD, ())
    found = frozenset(one.resource.urn for one in program.behind(association, SHARE_FIELD, ResourceShare))
    # It may be another share's all the same; nothing passes by that, since what is skipped is no pass.
    return found, "likely" if len(found) == 1 and found == frozenset(sources) else "perhaps"


def _sharing(program: Program, fact: Fact, arn: Value) -> _Sharing:
    """Say whether a shared resource is an instance; whose outputs go into its ARN is known before the ARN is."""
    if isinstance(arn, str):
        return "certain" if _INSTANCE.fullmatch(arn) else "no"
    if any(program.behind(fact, name, Instance) for name in RESOURCE_FIELDS):
        return "likely"
    sources = [urn for name in RESOURCE_FIELDS for urn in fact.resource.made_from.get(name, ())]
    return "no" if sources and all(_service(urn) in _OTHER_SERVICES for urn in sources) else "perhaps"


def _service(urn: str) -> str:
    """Tell the service of a resource by the type in its URN: ``…::parent$aws:ec2/subnet:Subnet::name``."""
    kind = "".join(urn.split("::")[2:3]).rpartition("$")[2]
    found = _SERVICE.match(kind)
    return found[1] if found else ""


def _listed(members: Values) -> tuple[Value, ...]:
    if isinstance(members, tuple):
        return members
    return () if members is ABSENT else (members,)


# --- judging ----------------------------------------------------------------------------------------------------------


def judge(
    fact: ResourceShare | PrincipalAssociation | PermissionAssociation, context: Context, shares: Shares
) -> Verdict:
    """Break where a share of an instance lets in, or may let in, who is not of the organization, or gives too much."""
    if isinstance(fact, ResourceShare):
        names = frozenset({fact.resource.urn, *([fact.arn] if isinstance(fact.arn, str) else ())})
        sharing, why = _of(shares, names)
        # One whose ARN nobody shows may be the one that others name by it.
        sharing = "perhaps" if sharing == "no" and shares.strays and fact.arn is ABSENT else sharing
        field, looks = RESOURCES_FIELD, _share_looks(fact, context)
    else:
        names, told_by = _names(shares.program, shares.urns, fact, fact.resource_share_arn)
        # A share that cannot be told may be any.
        sharing, why = _of(shares, names or shares.certain | shares.perhaps | shares.likely.keys())
        sharing, why = _weaker(sharing, told_by), why or f"{SHARE_FIELD} is made from {quoted(map(name_in, names))}"
        field, looks = SHARE_FIELD, _associated_look(fact, context)
    if sharing == "no":
        return Skipped("nothing in this program shares an Access Grants instance through this share")
    if sharing == "perhaps":
        return Unsure(field, "what the share shares is not known in this preview; it may be an Access Grants instance")
    found = list(looks)
    broken = next((one for one in found if isinstance(one, Broken)), None)
    if sharing == "certain":
        return broken or next(iter(found), PASSED)
    if broken:
        return replace(broken, message=f"{broken.message}; {why}")
    reason = f"whether the share is of an Access Grants instance is not known in this preview; {why}"
    return next(iter(found), Unsure(field, reason))


def _of(shares: Shares, names: frozenset[str]) -> tuple[_Sharing, str]:
    """Say whether one of some shares shares an instance, and what tells it where no value does."""
    if names & shares.certain:
        return "certain", ""
    why = next((shares.likely[one] for one in sorted(names) if one in shares.likely), "")
    if why:
        return "likely", why
    return "perhaps" if names & shares.perhaps or shares.loose else "no", ""


def _associated_look(fact: PrincipalAssociation | PermissionAssociation, context: Context) -> Iterator[Broken | Unsure]:
    if isinstance(fact, PrincipalAssociation):
        return _principal_look(fact.principal, PRINCIPAL_FIELD, context)
    return _permission_look(fact.permission_arn, PERMISSION_FIELD, context)


def _share_looks(share: ResourceShare, context: Context) -> Iterator[Broken | Unsure]:
    yield from _external_look(share)
    yield from _each(share.principals, PRINCIPALS_FIELD, lambda one: _principal_look(one, PRINCIPALS_FIELD, context))
    names, field = share.permission_arns, PERMISSIONS_FIELD
    yield from _each(names, field, lambda one: _permission_look(one, field, context))


def _external_look(share: ResourceShare) -> Iterator[Broken | Unsure]:
    value, edit = share.allow_external_principals, f"Set {EXTERNAL_FIELD} to false."
    if isinstance(value, Malformed):
        message = f"{EXTERNAL_FIELD} is a {value.kind}, neither true nor false"
        yield Broken(EXTERNAL_FIELD, value.kind, "false", message, edit)
    elif value is True:
        message = f"{EXTERNAL_FIELD} is true, and the share may be given to any AWS account"
        yield Broken(EXTERNAL_FIELD, "true", "false", message, edit)
    elif value is ABSENT:
        # The classic provider sends false by itself. CloudFormation sends nothing, and RAM takes that for true.
        if share.resource.type.startswith("aws-native:"):
            message = f"{EXTERNAL_FIELD} is not set, and AWS RAM then takes true"
            yield Broken(EXTERNAL_FIELD, "nothing", "false", message, edit)
    elif isinstance(value, Missing):
        yield Unsure(EXTERNAL_FIELD, f"{EXTERNAL_FIELD} is not known in this preview")


def _each(members: Values, field: str, look: Callable[[Value], Iterator[Broken | Unsure]]) -> Iterator[Broken | Unsure]:
    if isinstance(members, Malformed):
        yield Broken(field, members.kind, "a list of texts", f"{field} is a {members.kind}, not a list of texts")
        return
    for one in _listed(members):
        yield from look(one)


def _principal_look(principal: Value, field: str, context: Context) -> Iterator[Broken | Unsure]:
    trouble = unread(principal, field)
    if trouble:
        yield trouble
        return
    observed, accounts = str(principal), context.organization.accounts
    limit, ours = quoted(sorted(accounts)), context.settings["organizationId"]
    expected = f"an account, role or user of {limit}" + (f", or {ours!r} and its units" if ours else "")
    account, organization = iam.account_of(observed), _ORGANIZATION.fullmatch(observed)
    if account is not None:
        if account not in accounts:
            message = f"the share is given to account {account!r}, not one of the organization's {limit}"
            yield Broken(field, observed, expected, message)
    elif organization is None:
        message = f"principal {told(observed)} is no account, role, user, unit or organization"
        yield Broken(field, observed, expected, message)
    elif ours not in organization.groups():
        theirs = organization[1] or organization[2]
        which = f"not {ours!r}" if ours else "and organizationId does not say which one is ours"
        yield Broken(field, observed, expected, f"the share is given to organization {theirs!r}, {which}")


def _permission_look(permission: Value, field: str, context: Context) -> Iterator[Broken | Unsure]:
    trouble = unread(permission, field)
    if trouble:
        yield trouble
        return
    observed, allowed = str(permission), context.settings["permissions"]
    managed = _PERMISSION.fullmatch(observed)
    if observed not in allowed and not (managed and managed[1] in allowed):
        limit = quoted(allowed)
        message = f"permission {told(observed)} is not one of {limit}"
        yield Broken(field, observed, f"one of {limit}", message)


RULE = Rule(
    id="AGP-02",
    name="instance-share-internal",
    about=(ResourceShare, PrincipalAssociation, PermissionAssociation),
    severity=Severity.CRITICAL,
    level=Level.MANDATORY,
    summary="An Access Grants instance is shared with the organization alone, to find grants and ask for data",
    why=(
        "Whoever an instance is shared with may ask it for credentials. AWS RAM lets shares be given to any account in "
        "the world unless allowExternalPrincipals is false. This rule looks at the whole stack, since a share says "
        "neither what it shares nor with whom: it stops a preview, and in `pulumi up` it reports once "
        "the share is made. What is shared by an ARN that a preview does not know yet breaks by what that is made "
        "from, and does not pass by it. A principal or a permission of a share that this stack does not hold, and "
        "shares no instance through, is skipped: what such a share is of is known to the stack that holds it."
    ),
    fix="Share with listed accounts or with the own organization, with a permission that permissions lists.",
    source="AWS RAM API reference, CreateResourceShare: allowExternalPrincipals (true by default), principals",
    url="https://docs.aws.amazon.com/ram/latest/APIReference/API_CreateResourceShare.html",
    judge=judge,
    gather=gather,
    settings={
        "organizationId": {
            "type": "string",
            "pattern": "^(?:o-[a-z0-9]{10,32})?$",
            "x-is": "the id of an organization in AWS Organizations, or empty",
            "description": (
                "Id of the organization in AWS Organizations; it and its units may be shared with as a whole. Empty: "
                "none may."
            ),
            "default": "",
            "examples": ["o-a1b2c3d4e5"],
        },
        "permissions": {
            "type": "array",
            "description": (
                "Permissions that a share of an instance may give, AWS's by their names and own ones by their ARNs."
            ),
            "items": {"type": "string", "minLength": 1},
            "default": list(PERMISSIONS),
        },
    },
)
