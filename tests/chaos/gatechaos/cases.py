"""
Cases: one program, one AWS, one plan of what goes wrong, and one command, all drawn from one number.

Most cases are meant to be green: a gate that says no to everything would hold every invariant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any, Final

from . import faultplans, lookups, rulesfiles, worlds
from .lookups import LOCATION, LOCATIONS, OPERATION, WEIGHTS
from .odds import likely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .faultplans import Fault
    from .lookups import Lookup
    from .rulesfiles import RulesFile
    from .worlds import World

ATTEMPTS: Final = 3
"""Attempts of one call, where there are faults."""

PREVIEW: Final = "preview"
UP: Final = "up"
PLAIN: Final = "plain"
"""Commands: `grantgate preview`, `grantgate up`, and `pulumi preview --policy-pack` without the gate around it."""

CALM: Final = "calm"
MILD: Final = "mild"
HARSH: Final = "harsh"
TROUBLED: Final = "troubled"

CREDENTIALS: Final = "no credentials"
ENDPOINT: Final = "dead endpoint"
RULES: Final = "rules changed"
MEMORY: Final = "memory limit"
KILL: Final = "killed"
TWICE: Final = "two at once"
FULL: Final = "disk full"
_TROUBLES: Final = (CREDENTIALS, ENDPOINT, RULES, MEMORY, KILL, KILL, KILL, TWICE, FULL)

_VICTIMS: Final[tuple[tuple[str, str], ...]] = (
    ("engine", "KILL"),
    ("engine", "KILL"),
    ("gate", "KILL"),
    ("gate", "TERM"),
    ("gate", "INT"),
    ("host", "KILL"),
    ("pack", "KILL"),
    ("language", "KILL"),
    ("program", "KILL"),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """
    What goes wrong on the machine that the gate runs on.

    Shape: ``kind`` is empty for nothing; ``moment`` says when the program brings it about: ``start``, ``end``, or the
           number of the lookup behind which it does; ``victim`` and ``signal`` are for KILL; ``amount`` is a limit: for
           MEMORY in KiB, for FULL in blocks of 512 bytes, 0 for a standard output that takes nothing; ``in_update``
           brings it about in the update instead of the preview.
    """

    kind: str = ""
    moment: str = ""
    victim: str = ""
    signal: str = ""
    amount: int = 0
    in_update: bool = False

    def __str__(self) -> str:
        """Say it in a few words."""
        what = f"{self.victim} {self.signal} " if self.victim else f"{self.amount} " if self.amount else ""
        return f"{self.kind} {what}{self.moment}{' in the update' if self.in_update else ''}".strip()


@dataclass(frozen=True, slots=True)
class Case:
    """
    One case.

    Shape: ``mood`` says how much goes wrong; ``before`` is what AWS held when the stack was last updated, None where it
           never was.
    """

    seed: int
    mood: str
    world: World
    lookups: tuple[Lookup, ...]
    rules: RulesFile
    command: str
    faults: tuple[Fault, ...] = ()
    trouble: Trouble = Trouble()
    before: World | None = None

    @property
    def is_well(self) -> bool:
        """Say whether AWS has all that is asked for, a preview can ask for it, and no rule has anything against it."""
        return all(one.fits and one.sound and not one.late for one in self.lookups)

    @property
    def leans_on_state(self) -> bool:
        """Say whether a fresh state would know less: a value of an update, or what S3 has forgotten."""
        forgotten = {one.token for one in self.world.requests if one.expired}
        return any(one.late or one.subject in forgotten for one in self.lookups)

    @property
    def has_to_pass(self) -> bool:
        """
        Say whether nothing is wrong, or nothing that is not waited out: then a gate that says no cries wolf.

        A call is tried three times, so two faults that happen once each leave it an attempt.
        """
        return self.is_well and (self.mood == CALM or (self.mood == MILD and len(self.faults) < ATTEMPTS))

    @property
    def things(self) -> tuple[str, ...]:
        """Name what goes wrong, for counting."""
        kinds = {str(fault["kind"]) for fault in self.faults}
        return (*sorted(f"{self.mood}: {kind}" for kind in kinds), *([self.trouble.kind] if self.trouble.kind else []))


def draw(seed: int, kinds: Sequence[str] = tuple(WEIGHTS)) -> Case:
    """Draw the case of a number."""
    random = Random(seed)  # noqa: S311 - a repeatable test, no secret
    mood = random.choices((CALM, MILD, HARSH, TROUBLED), (34, 24, 26, 16))[0]
    flaws = 0.0 if likely(random, 0.72 if mood == CALM else 0.85) else random.choice((0.05, 0.3))
    errors = 0.0 if likely(random, 0.85) else 0.3
    world = worlds.draw(random, flaws=flaws)
    wanted = _lookups(random, world, kinds, errors)
    rules = rulesfiles.draw(random, world)
    command = random.choices((PREVIEW, UP, PLAIN), (60, 26, 14))[0]
    case = Case(seed, mood, world, wanted, rules, command)
    if likely(random, 0.2):
        case = _earlier(random, case)
    if mood in {MILD, HARSH}:
        count = random.choice((1, 1, 1, 2, 2, 3, 4))
        case = replace(case, faults=faultplans.draw(random, world, wanted, count, mild=mood == MILD))
    return replace(case, trouble=_trouble(random, case)) if mood == TROUBLED else case


def _lookups(random: Random, world: World, kinds: Sequence[str], errors: float) -> tuple[Lookup, ...]:
    count = random.choice((1, 1, 2, 2, 3, 3, 4, 5, 6, 8))
    found = [lookups.draw(random, world, number, kinds, errors=errors) for number in range(count)]
    for number in range(1, count):
        if likely(random, 0.15):
            found[number] = replace(found[number], after=random.randrange(number))
        elif likely(random, 0.15):
            # What it takes from the other is its own account: the engine knows it in a preview.
            found[number] = replace(found[number], borrows=random.randrange(number), says_account=True)
    if likely(random, 0.06):
        late = random.randrange(count)
        found[late] = replace(found[late], late=True, after=None, borrows=None, says_account=True)
    return tuple(found)


def _earlier(random: Random, case: Case) -> Case:
    """Let the stack have been updated once, and AWS have moved on since: a role was swapped, or a location went."""
    tokens = [one.subject for one in case.lookups if one.kind == OPERATION and one.fits]
    if tokens and likely(random, 0.5):
        # What has ended stays so: the answer of the last update may be kept when S3 forgets the token.
        return replace(case, before=case.world, world=case.world.forgetting(random.choice(tokens)))
    aimed = [one for one in case.lookups if one.kind == LOCATION and one.fits]
    if not aimed:
        return replace(case, before=case.world)
    one = random.choice(aimed)
    how = random.choice(("nothing", "sound", "admin", "gone"))
    if how == "nothing":
        return replace(case, before=case.world)
    if how == "gone":
        world = case.world.without(one.account, one.region, one.subject)
        fits = tuple(replace(other, fits=other.fits and not _same(one, other)) for other in case.lookups)
        return replace(case, before=case.world, world=world, lookups=fits)
    team = one.subject.rpartition("-")[2]
    role = worlds.role_arn(one.account, f"{team}-writer")
    if how == "admin":
        role = f"arn:aws:iam::{one.account}:role/DataAdmin"
    world = case.world.with_role(one.account, one.region, one.subject, role)
    listed = tuple(
        replace(other, sound=False) if how == "admin" and (_same(one, other) or _lists(one, other)) else other
        for other in case.lookups
    )
    return replace(case, before=case.world, world=world, lookups=listed)


def _same(one: Lookup, other: Lookup) -> bool:
    return (one.kind, one.account, one.region, one.subject) == (other.kind, other.account, other.region, other.subject)


def _lists(one: Lookup, other: Lookup) -> bool:
    return other.kind == LOCATIONS and (one.account, one.region) == (other.account, other.region)


def _trouble(random: Random, case: Case) -> Trouble:
    kind = random.choice(_TROUBLES)
    moment = random.choice(("start", "end", *(str(number) for number in range(len(case.lookups)))))
    in_update = case.command == UP and likely(random, 0.6)
    if kind == KILL:
        victims = [one for one in _VICTIMS if one[0] != "gate" or case.command != PLAIN]
        victim, signal = random.choice(victims)
        return Trouble(kind, moment, victim, signal, in_update=in_update)
    if kind == MEMORY:
        return Trouble(kind, amount=random.choice((60, 150, 300, 500, 700, 900, 1500)) * 1024)
    if kind == FULL:
        return Trouble(kind, amount=random.choice((0, 0, 2, 8, 40, 100, 400)))
    if kind == RULES:
        return Trouble(kind, moment=random.choice(("start", "end")), in_update=in_update)
    return Trouble(kind)


def described(case: Case) -> dict[str, Any]:
    """Give a case as plain data, for whoever looks into one that failed."""
    return {
        "seed": case.seed,
        "mood": case.mood,
        "command": case.command,
        "lookups": [
            {name: value for name in one.__slots__ if (value := getattr(one, name)) not in {None, "", ()}}
            for one in case.lookups
        ],
        "faults": list(case.faults),
        "trouble": str(case.trouble),
        "before": case.before is not None,
        "levels": dict(case.rules.levels),
        "waived": sorted(case.rules.waived),
    }
