"""Rules, what they may conclude, and findings: the words that every other module of the policies shares."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

SCHEMA: Final = "grantgate.finding/1"


class Outcome(StrEnum):
    """What became of one rule on one resource."""

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    WAIVED = "WAIVED"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    ERROR = "ERROR"


TOLD_ONCE: Final = frozenset({Outcome.PASS, Outcome.NOT_APPLICABLE})
"""Outcomes that are told once for all the items of a resource that share them."""


class Level(StrEnum):
    """
    Pulumi's enforcement levels.

    REMEDIATE is for rules that know the one value to put right: the engine puts it right before it creates or updates
    the resource, and what stays broken counts as with MANDATORY.
    """

    REMEDIATE = "remediate"
    MANDATORY = "mandatory"
    ADVISORY = "advisory"
    DISABLED = "disabled"


class Severity(StrEnum):
    """Pulumi's severities."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class OnUnknown(StrEnum):
    """What an UNKNOWN does: stop the run at the rule's level, warn, or let pass."""

    FAIL = "fail"
    WARN = "warn"
    PASS = "pass"  # noqa: S105 - an outcome, not a password


class Missing(Enum):
    """Why a fact's field holds no text."""

    UNKNOWN = "unknown"  # the engine will only know it during `pulumi up`
    ABSENT = "absent"  # nobody said


BLOCKING: Final = frozenset({Level.MANDATORY, Level.REMEDIATE})
"""Levels at which a failure stops the run."""

UNKNOWN: Final = Missing.UNKNOWN
ABSENT: Final = Missing.ABSENT


@dataclass(frozen=True, slots=True)
class Malformed:
    """A field that holds something other than text; ``kind`` is a JSON type name, never the value."""

    kind: str


Value: TypeAlias = "str | Missing | Malformed"
"""One field of a fact as a rule meets it."""


@dataclass(frozen=True, slots=True)
class Resource:
    """
    One resource as the engine showed it.

    Shape: ``props`` is plain JSON with UNKNOWN in place of values that are not known yet, secrets already unwrapped;
           ``secret_props`` names the top-level properties that hold a secret anywhere below them;
           ``provider_props`` are the inputs of its explicit or default provider, empty when there is none;
           ``made_from`` are, by top-level property, the URNs of the resources whose outputs went into it, and empty
           where only the resource itself is shown; ``previous`` are the inputs as they were before this update, None
           where nobody shows them; ``stand_in`` says what made a lookup instead of this release's own code, empty where
           nothing did or nobody shows it.
    """

    urn: str
    type: str
    name: str
    props: Mapping[str, Any]
    secret_props: frozenset[str] = frozenset()
    provider_props: Mapping[str, Any] = field(default_factory=dict)
    made_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    previous: Mapping[str, Any] | None = None
    stand_in: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """
    What a rule judges; subclasses add fields of type Value named like the wire's, in snake_case.

    Shape: ``item`` tells the things that one resource holds apart, such as the locations of a list, by the id that AWS
           gives each; empty where the resource is the thing itself.
    """

    resource: Resource
    item: str = field(default="", kw_only=True)

    @property
    def called(self) -> str:
        """Give the name that messages call it by: the resource's, and the item's where it is one of many."""
        return named(self.resource, self.item)


def named(resource: Resource, item: str) -> str:
    """
    Name one thing that a resource holds.

    >>> named(Resource("urn:x", "t", "all", {}), "6f1c"), named(Resource("urn:x", "t", "one", {}), "")
    ('all[6f1c]', 'one')
    """
    return f"{resource.name}[{item}]" if item else resource.name


# --- what a rule may conclude -----------------------------------------------------------------------------------------

Bindings: TypeAlias = "frozenset[tuple[str, str]]"
"""What a pattern's ``{name}`` placeholders captured: (name, text) pairs."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The fact satisfies the rule; ``bindings`` are the alternatives under which it does, when patterns captured."""

    bindings: tuple[Bindings, ...] = ()


PASSED: Final = Passed()
"""The fact satisfies the rule, and nothing was captured."""


@dataclass(frozen=True, slots=True)
class Broken:
    """
    The fact breaks the rule.

    Shape: ``field`` is the property's wire name; ``message`` states the value, then the limit, without the resource's
           name and without a full stop; ``edit`` is the one change that would pass, when there is one; ``seen`` is
           what the verdict also hangs on and the message does not tell in full, such as other resources: it is never
           shown, and tells an accepted violation from one that came later.
    """

    field: str
    observed: str
    expected: str
    message: str
    edit: str = ""
    seen: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Unsure:
    """The rule cannot be decided with what is known now; ``seen`` is as for Broken."""

    field: str
    reason: str
    seen: str = dataclasses.field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Skipped:
    """The rule has nothing to say about this fact; ``reason`` says why."""

    reason: str


Verdict: TypeAlias = "Passed | Broken | Unsure | Skipped"


# --- the organization, as rules see it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """One AWS account of the organization; ``id`` is 12 digits as text."""

    id: str
    name: str
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Organization:
    """Whose rules these are; empty ``regions`` means that Regions are not restricted."""

    name: str
    accounts: Mapping[str, Account]
    regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """
    Everything a rule may look at besides the fact.

    Shape: ``settings`` were validated by the rule's own schema and are what applies to this resource's account and
           stack; ``account`` is None when the account is unknown or not listed; ``variables`` are the values of
           ``{account.id}`` and its like, None where there is none, and ``unknown`` the names of those that only
           `pulumi up` will know; ``bindings`` are the captures that earlier rules made on the same resource (empty:
           none captured); ``unsettled`` names captures that an earlier rule would have made had its value been known;
           ``run`` is the mark of this very run, empty when nobody set one; ``now`` is the UTC time at which the run is
           judged; ``preview`` says that nothing has been changed yet, as far as is known.
    """

    settings: Mapping[str, Any]
    organization: Organization
    account: Account | None = None
    environment: str = ""
    stack: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    bindings: tuple[Bindings, ...] = ()
    unsettled: frozenset[str] = frozenset()
    run: str = ""
    now: dt.datetime | None = None
    preview: bool = False

    def seeing(self, bindings: tuple[Bindings, ...], unsettled: frozenset[str]) -> Context:
        """Give the same context with captures; ``dataclasses.replace`` costs four times as much."""
        return Context(
            self.settings,
            self.organization,
            self.account,
            self.environment,
            self.stack,
            self.variables,
            self.unknown,
            bindings,
            unsettled,
            self.run,
            self.now,
            self.preview,
        )


def no_names(_settings: Mapping[str, Any]) -> frozenset[str]:
    """Say that a rule's settings capture nothing."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One rule, all of its metadata in one place: docs, Pulumi policy, schema and reports are made from it.

    Shape: ``about`` are the fact types that it judges; ``needs`` the fact fields (snake_case) that must be known text
           before ``judge`` is called; ``settings`` a JSON Schema fragment per setting, ``required`` the settings
           without which the rule cannot run (a rule that is not in the rules file and has required settings is not
           configured, and says so); ``names`` gives the captures that patterns in the settings make; ``source`` names
           where the fact comes from and ``url`` its page; ``locked`` rules can be neither waived nor disabled nor made
           advisory.

           A resource rule judges a resource by itself, before the engine creates or updates it, so it can prevent: its
           ``judge`` takes (fact, context). A stack rule also looks at the other resources: it has ``gather``, which is
           given the `grantgate_policies.program.Program` once in a run and returns what the rule needs of it, and its
           ``judge`` takes (fact, context, gathered). The engine shows the whole stack only after its last step, so in
           `pulumi up` a stack rule reports and prevents nothing; in a preview it blocks like any other.

           ``remedy`` is for rules whose fix is one value: it takes (fact, context) of a fact that the rule finds broken
           and returns the top-level properties to set, by wire name, or None where the fix is not certain.
    """

    id: str
    name: str
    about: tuple[type[Fact], ...]
    severity: Severity
    level: Level
    summary: str
    why: str
    fix: str
    source: str
    url: str
    judge: Callable[..., Verdict]
    gather: Callable[[Any], Any] | None = None
    remedy: Callable[[Any, Context], Mapping[str, Any] | None] | None = None
    needs: tuple[str, ...] = ()
    names: Callable[[Mapping[str, Any]], frozenset[str]] = no_names
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    on_unknown: OnUnknown = OnUnknown.FAIL
    locked: bool = False

    @property
    def kind(self) -> str:
        """Say in a word what the rule looks at: a "resource" by itself, or the whole "stack"."""
        return "stack" if self.gather else "resource"


# --- findings ---------------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """
    One outcome of one rule about one resource; a tuple, since a run makes one for every rule and resource.

    Shape: texts hold allow-listed fields only (scopes, ids, ARNs, status words); ``level`` is the level at which the
           outcome counts; ``blocks`` says whether it stops the run; ``message`` also explains UNKNOWN, NOT_APPLICABLE
           and ERROR; ``waiver`` is "owner: reason (until YYYY-MM-DD)"; ``quiet`` marks an UNKNOWN that may pass;
           ``basis`` is a digest of what the rule saw, empty where nothing has to be told apart by it; ``item`` is the
           fact's; ``things`` says of how many things of the resource this is the outcome: PASS and NOT_APPLICABLE are
           told once for all of them, everything else for each.
    """

    rule: Rule
    outcome: Outcome
    level: Level
    severity: Severity
    resource: Resource
    field: str = ""
    observed: str = ""
    expected: str = ""
    message: str = ""
    edit: str = ""
    waiver: str = ""
    blocks: bool = False
    quiet: bool = False
    basis: str = ""
    item: str = ""
    things: int = 1

    @property
    def name(self) -> str:
        """Give the name of what the finding is about: the resource's, and the item's where it is one of many."""
        return named(self.resource, self.item)

    @property
    def fingerprint(self) -> str:
        """Stable across runs and moves: the rule, the resource, the item and the field, not the texts."""
        item = f"\x00{self.item}" if self.item else ""
        key = f"{self.rule.id}\x00{self.resource.urn}\x00{self.field}{item}"
        return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """Give the finding in the published shape ``grantgate.finding/1``."""
        return {
            "schema": SCHEMA,
            "ruleId": self.rule.id,
            "ruleName": self.rule.name,
            "outcome": self.outcome.value,
            "level": self.level.value,
            "severity": self.severity.value,
            "blocks": self.blocks,
            "quiet": self.quiet,
            "resource": {
                "urn": self.resource.urn,
                "type": self.resource.type,
                "name": self.resource.name,
                **({"item": self.item} if self.item else {}),
            },
            "field": self.field,
            "observed": self.observed,
            "expected": self.expected,
            "message": self.message,
            "fix": self.edit or self.rule.fix,
            "url": self.rule.url,
            "waiver": self.waiver,
            "fingerprint": self.fingerprint,
            "basis": self.basis,
            **({"count": self.things} if self.things != 1 else {}),
        }
