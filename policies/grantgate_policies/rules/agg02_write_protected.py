"""AGG-02: no grant lets anybody write below a protected prefix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from grantgate_policies.core import (
    ABSENT,
    PASSED,
    UNKNOWN,
    Broken,
    Context,
    Level,
    Rule,
    Severity,
    Unsure,
    Value,
    Verdict,
)
from grantgate_policies.fields import unread
from grantgate_policies.matching import quoted, told, undecided
from grantgate_policies.patterns import scope_pattern
from grantgate_policies.scopes import SCHEME, Scope, ScopeError
from grantgate_policies.subjects import Grant, Location
from grantgate_policies.subjects.lookups import unheard
from grantgate_policies.subjects.registrations import place_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grantgate_policies.program import Program

PERMISSION_FIELD: Final = "permission"
LOCATION_FIELD: Final = "accessGrantsLocationId"
SUB_PREFIX_FIELD: Final = "s3SubPrefix"
SCOPE_FIELD: Final = "grantScope"
DEFAULT: Final = "default"
READ: Final = "READ"
WRITING: Final = ("WRITE", "READWRITE")
_SHOWN: Final = 3  # locations that a message names


@dataclass(frozen=True, slots=True)
class Locations:
    """The stack's locations, live and declared, by their ids; and the program, for ids that are not known yet."""

    by_id: Mapping[str, tuple[Location, ...]]
    program: Program


@dataclass(frozen=True, slots=True)
class _Reach:
    """
    One set of keys that a grant may be about.

    Shape: ``certain`` says that it is about all of them; otherwise it may turn out to be about fewer or none, and
           ``why`` names the ``field`` that decides. ``link`` says, of one that is the grant's by what its location is
           made from, how: such a one breaks, and never passes.
    """

    scope: Scope
    certain: bool = True
    field: str = SCOPE_FIELD
    why: str = ""
    link: str = ""


_EVERYTHING: Final = Scope("", "")


def gather(program: Program) -> Locations:
    """Sort the locations by id."""
    found: dict[str, list[Location]] = {}
    for location in program.of(Location):
        if isinstance(location.access_grants_location_id, str):
            found.setdefault(location.access_grants_location_id, []).append(location)
    return Locations({name: tuple(ones) for name, ones in found.items()}, program)


def judge(grant: Grant, context: Context, locations: Locations) -> Verdict:
    """Break on a grant to write that shares a key with a protected pattern."""
    if silent := unheard(grant, permission=grant.permission, grantScope=grant.grant_scope):
        return silent
    return PASSED if grant.permission == READ else _judged(grant, context, locations)


def _judged(grant: Grant, context: Context, locations: Locations) -> Verdict:
    permission = grant.permission
    trouble = unread(permission, PERMISSION_FIELD)
    if isinstance(trouble, Broken):
        return trouble
    if trouble is None and permission not in WRITING:
        limit = quoted((READ, *WRITING))
        message = f"permission {told(str(permission))} is not one of {limit}"
        return Broken(PERMISSION_FIELD, str(permission), f"one of {limit}", message)
    reaches = _reaches(grant, locations)
    if isinstance(reaches, Broken):
        return reaches
    protected = [scope_pattern(text) for text in context.settings["protected"]]
    unsure = undecided(protected, SCOPE_FIELD, context)
    for reach in reaches:
        for pattern in protected:
            # A pattern with a value that is not known yet waits; what the others protect, they protect for certain.
            if pattern.variables & context.unknown or not pattern.touches(reach.scope, context.variables):
                continue
            if not reach.certain:
                unsure = unsure or Unsure(reach.field, f"{reach.why}, and {pattern.text!r} is protected")
            elif trouble:
                unsure = unsure or trouble
            else:
                return _broken(grant, reach, pattern.text)
    return unsure or PASSED


def _broken(grant: Grant, reach: _Reach, pattern: str) -> Broken:
    message = f"{grant.permission} on {told(reach.scope.text)} reaches keys of the protected {pattern!r}{reach.link}"
    return Broken(PERMISSION_FIELD, str(grant.permission), READ, message, edit=f"Write {READ!r}.")


# --- what a grant is about --------------------------------------------------------------------------------------------


def _reaches(grant: Grant, locations: Locations) -> list[_Reach] | Broken:
    """Give the sets of keys that the grant is or may be about; break where that cannot be read."""
    scope, sub_prefix = grant.grant_scope, grant.s3_sub_prefix
    looked_at = {LOCATION_FIELD: grant.access_grants_location_id}
    looked_at |= {
        name: one for name, one in ((SCOPE_FIELD, scope), (SUB_PREFIX_FIELD, sub_prefix)) if one is not ABSENT
    }
    try:
        if isinstance(scope, str):
            return [_Reach(_widest(scope))]
        for name, value in looked_at.items():
            trouble = unread(value, name)
            if isinstance(trouble, Broken):
                return trouble
        return [_narrowed(reach, sub_prefix) for reach in _of_location(grant, locations)]
    except ScopeError as error:
        return Broken(SCOPE_FIELD, "a scope that cannot be read", "s3://bucket/prefix/*", str(error))


def _of_location(grant: Grant, locations: Locations) -> Iterator[_Reach]:
    location_id = grant.access_grants_location_id
    if location_id == DEFAULT:
        yield _Reach(_EVERYTHING)
        return
    if isinstance(location_id, str):
        place = place_of(grant)
        found = [one for one in locations.by_id.get(location_id, ()) if place_of(one).may_be(place)]
        yield from (_registered(one.location_scope) for one in found)
        if not found:
            why = f"no location of this program has the id {told(location_id)}, so what the grant reaches is not known"
            yield _Reach(_EVERYTHING, certain=False, field=LOCATION_FIELD, why=why)
        return
    # Whose outputs go into the id is known before the id is. It may be any location's all the same: one that is made
    # from one location alone breaks by its scope, and none passes.
    makers = locations.program.behind(grant, LOCATION_FIELD, Location)
    alone = len(grant.resource.made_from.get(LOCATION_FIELD, ())) == len(makers) == 1
    shown = sorted({one.called for one in makers})
    more = f" and {len(shown) - _SHOWN:,} more" if len(shown) > _SHOWN else ""
    made_from = f"made from {quoted(shown[:_SHOWN])}{more}" if makers else ""
    why = f"{LOCATION_FIELD} is not known in this preview" + (f"; it is {made_from}" if makers else "")
    for one in makers:
        reach = _registered(one.location_scope)
        if alone:
            yield replace(reach, link=f"; {LOCATION_FIELD} is {made_from}")
    yield _Reach(_EVERYTHING, certain=False, field=LOCATION_FIELD, why=why)


def _registered(scope: Value) -> _Reach:
    """Read the scope of a location; one that cannot be read is that location's own failure, and may be any here."""
    if isinstance(scope, str):
        return _Reach(_widest(scope))
    why = "the scope of the grant's location is not known"
    return _Reach(_EVERYTHING, certain=False, field=LOCATION_FIELD, why=why)


def _narrowed(reach: _Reach, sub_prefix: Value) -> _Reach:
    """Append the sub-prefix, as S3 does; below s3:// it begins with a bucket."""
    if sub_prefix is ABSENT:
        return reach
    if sub_prefix is UNKNOWN:
        why = reach.why or f"{SUB_PREFIX_FIELD} is not known in this preview"
        field = reach.field if reach.why else SUB_PREFIX_FIELD
        return replace(reach, certain=False, field=field, why=why)
    if not reach.scope.bucket and not reach.certain:
        # Below which bucket is not known, and the sub-prefix alone says nothing.
        return reach
    text = str(sub_prefix)
    if not reach.scope.bucket:
        return replace(reach, scope=_widest(SCHEME + text))
    # A location that is a whole bucket may be written without the slash that parts it from the sub-prefix.
    key = reach.scope.prefix + (text if reach.scope.prefix else text.removeprefix("/"))
    return replace(reach, scope=Scope(reach.scope.bucket, key.partition("*")[0]))


def _widest(text: str) -> Scope:
    """
    Read a scope up to its first ``*``, which is no narrower than S3's own reading of it.

    >>> _widest("s3://acme/fin*nce/*")
    Scope(bucket='acme', prefix='fin')
    """
    bucket, slash, key = text[len(SCHEME) :].partition("/")
    return Scope.parse(f"{text[: len(SCHEME)]}{bucket}{slash}{key.partition('*')[0]}")


RULE = Rule(
    id="AGG-02",
    name="grant-write-protected",
    about=(Grant,),
    severity=Severity.HIGH,
    level=Level.MANDATORY,
    summary="No grant lets anybody write where the organization protects the data",
    why=(
        "What is ingested, audited or archived must not be changed by those who read it. A grant's scope is put "
        "together of a location's and its own sub-prefix, so nobody sees in the grant alone what it lets write. A "
        "location's id that a preview does not know yet breaks by the location that it is made from, and does not pass "
        "by it. This rule looks at the whole stack: it stops a preview, and in `pulumi up` it reports once the grant "
        "is made."
    ),
    fix="Grant READ, or narrow the grant to a prefix that is not protected.",
    source="S3 API reference, CreateAccessGrant: AccessGrantsLocationConfiguration, GrantScope",
    url="https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateAccessGrant.html",
    judge=judge,
    gather=gather,
    settings={
        "protected": {
            "type": "array",
            "description": "Scopes of which no grant may let anybody write a single key, as patterns.",
            "items": {"type": "string", "x-pattern": "scope"},
            "minItems": 1,
            "examples": [["s3://acme-*-archive/*"]],
        },
    },
    required=("protected",),
)
