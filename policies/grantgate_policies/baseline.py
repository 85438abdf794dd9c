"""
Baselines: findings that a person has accepted, so that only what is new blocks.

A baseline is a file beside the rules file. It holds no value, only a digest of what was found: an accepted violation
whose value changes is a new one. What cannot be held against a digest (errors, locked rules, values that are secret) is
never known, however it came into the file.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from grantgate_policies.core import Finding, Outcome
from grantgate_policies.documents import LARGEST, InputError, Members, Place, loaded, told
from grantgate_policies.faults import did_you_mean
from grantgate_policies.hiding import SECRET
from grantgate_policies.report import Fixed, Known

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.report import Report

SCHEMA: Final = "grantgate.baseline/1"
ACCEPTABLE: Final = (Outcome.FAIL, Outcome.UNKNOWN)
"""Outcomes that a baseline can hold."""

_WANTED: Final = f"a baseline ({SCHEMA}) belongs here; `grantgate baseline` writes one"
_KEYS: Final = ("fingerprint", "rule", "urn", "item", "field", "outcome", "digest", "count")
_DIGITS: Final = frozenset("0123456789abcdef")
_LONG: Final = 32


class Key(NamedTuple):
    """
    What makes two findings the same accepted one.

    Shape: ``rule`` is an id; ``digest`` stands for the value that was found, or for the reason why nothing could be
           decided, and for everything that the rule saw of the resource, in hex; ``item`` is that of a resource that
           lists many things.
    """

    urn: str
    rule: str
    field: str
    outcome: str
    digest: str
    item: str = ""

    @property
    def fingerprint(self) -> str:
        """Give the fingerprint that reports show for such a finding."""
        item = f"\x00{self.item}" if self.item else ""
        return _digest(f"{self.rule}\x00{self.urn}\x00{self.field}{item}")

    @property
    def name(self) -> str:
        """Give the resource's name, and its item's."""
        name = self.urn.rpartition("::")[2]
        return f"{name}[{self.item}]" if self.item else name


@dataclass(frozen=True, slots=True)
class Baseline:
    """
    What was accepted, by key: how many findings of that key (a resource can hold the same fault in several places).

    Shape: ``path`` is the file's name as it was given.
    """

    path: str
    entries: Mapping[Key, int]


@dataclass(frozen=True, slots=True)
class Stale:
    """
    One entry that is no longer needed, or not as often.

    Shape: ``left`` of its findings are still there; ``fixed`` tells what is gone from what is there in another form.
    """

    key: Key
    left: int
    why: str
    fixed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Findings that were held against a baseline: all of them, the accepted ones as Known, and what is stale in it."""

    findings: tuple[Finding, ...]
    stale: tuple[Stale, ...]


# --- findings ---------------------------------------------------------------------------------------------------------


def key_of(finding: Finding) -> Key:
    """Give a finding's key."""
    return Key(
        finding.resource.urn,
        finding.rule.id,
        finding.field,
        finding.outcome.value,
        _digest("\x00".join(_found(finding))),
        finding.item,
    )


def _found(finding: Finding) -> Iterator[str]:
    """
    Give what tells one violation from another of the same rule on the same resource.

    A rule tells the first fault that it finds: what it saw in all has to be the same too. A stack rule saw others as
    well, of which only its words tell.
    """
    yield finding.observed or finding.message
    yield finding.basis
    if finding.rule.gather:
        yield finding.message


def objection(finding: Finding) -> str:
    """
    Say why a finding can never be known; empty when it can.

    Not by its level: an entry stays good when the rules file makes the rule block that only warned.
    """
    if finding.outcome not in ACCEPTABLE:
        return f"{finding.outcome.value} is no outcome that a baseline takes (FAIL and UNKNOWN)"
    if finding.rule.locked:
        return f"{finding.rule.name} is locked"
    if finding.observed == SECRET:
        return "its value is a secret, and nothing would tell when it changes; a waiver can name it"
    return ""


def held(baseline: Baseline, findings: Iterable[Finding], *, whole: bool) -> Held:
    """
    Hold findings against a baseline.

    ``whole`` says that the run saw every resource of its stacks: only then is an entry of a resource that was not seen
    stale, and only where the same rule judged others of its type in its stack.
    """
    room = Counter(baseline.entries)
    watched = {(key.urn, key.rule) for key in room}
    outcomes: dict[tuple[str, str, str], set[Outcome]] = {}
    judged: set[tuple[str, str, str]] = set()
    every: list[Finding] = []
    for finding in findings:
        pair = finding.resource.urn, finding.rule.id
        every.append(finding)
        if finding.outcome is not Outcome.NOT_APPLICABLE:
            judged.add((*_kind(finding.resource.urn), finding.rule.id))
        if pair not in watched:
            continue
        outcomes.setdefault((*pair, finding.item), set()).add(finding.outcome)
        if not objection(finding) and room[key := key_of(finding)]:
            room[key] -= 1
            every[-1] = Known(*finding._replace(blocks=False))
    stale = []
    for key, left in sorted(room.items()):
        # What an item passes is told for all of them at once.
        about = outcomes.get((key.urn, key.rule, key.item)) or outcomes.get((key.urn, key.rule, ""))
        gone = whole and (*_kind(key.urn), key.rule) in judged
        if left and (_settled(key, about) if about else gone):
            used, now = baseline.entries[key] - left, about or set()
            fixed = bool(used) or now.isdisjoint({Outcome(key.outcome), Outcome.WAIVED})
            stale.append(Stale(key, used, _why(key, now, used=used), fixed))
    return Held(tuple(every), tuple(stale))


def applied(report: Report, baseline: Baseline | None, *, whole: bool) -> Report:
    """
    Give the report with what the baseline has as Known, and a notice for each of its entries that is stale.

    Without a baseline the report stays as it is.
    """
    if baseline is None:
        return report
    known = held(baseline, report.findings, whole=whole and not report.problems)
    remedy = f"`grantgate baseline {baseline.path} INPUT...` removes it"
    told_ = (f"{baseline.path}: {described(stale.key)}: {stale.why}; {remedy}" for stale in known.stale)
    return replace(
        report,
        findings=known.findings,
        notices=(*report.notices, *told_),
        baseline=baseline.path,
        fixed=tuple(
            Fixed(one.key.urn, one.key.rule, one.key.field, one.key.outcome, one.why)
            for one in known.stale
            if one.fixed
        ),
    )


def described(key: Key) -> str:
    """Name an entry in a sentence."""
    return f"{key.rule} on {key.name} ({', '.join(filter(None, (key.field, key.outcome)))})"


def _settled(key: Key, about: Collection[Outcome]) -> bool:
    """Say whether a rule that judged the entry's resource has shown that its finding is not there."""
    if Outcome.ERROR in about or not set(about) - {Outcome.NOT_APPLICABLE}:
        return False
    # An accepted failure that cannot be decided now may be back as soon as it can.
    return key.outcome == Outcome.UNKNOWN.value or Outcome.UNKNOWN not in about


def _why(key: Key, about: Collection[Outcome], *, used: int) -> str:
    if used:
        return f"found {used} time{'s' * (used != 1)}, fewer than accepted"
    if not about:
        return "the resource is no longer there"
    if Outcome.WAIVED in about:
        return "waived now"
    if Outcome(key.outcome) in about:
        return "no longer found as it was accepted"
    return "no longer found"


def _kind(urn: str) -> tuple[str, str]:
    """
    Give a URN's stack and project, and its type.

    >>> _kind("urn:pulumi:prod::data::my:a:Parent$aws:s3/bucket:Bucket::x")
    ('urn:pulumi:prod::data', 'aws:s3/bucket:Bucket')
    """
    stack, _, rest = urn.partition("::")
    project, _, rest = rest.partition("::")
    return f"{stack}::{project}", rest.partition("::")[0].rpartition("$")[2]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LONG]


# --- the file ---------------------------------------------------------------------------------------------------------


def text(entries: Mapping[Key, int]) -> str:
    """Give a baseline's file: one entry on a line, sorted, so that a diff shows what was accepted."""
    lines = [
        json.dumps(
            {
                "rule": key.rule,
                "urn": key.urn,
                **({"item": key.item} if key.item else {}),
                "field": key.field,
                "outcome": key.outcome,
                "count": count,
                "digest": key.digest,
                "fingerprint": key.fingerprint,
            }
        )
        for key, count in sorted(entries.items())
        if count
    ]
    inner = "[\n" + ",\n".join(lines) + "\n]" if lines else "[]"
    return f'{{\n"schema": "{SCHEMA}",\n"entries": {inner}\n}}\n'


def given(name: str | None) -> Baseline | None:
    """Read the baseline that an option names, if it names one. Errors: InputError."""
    return read(Path(name)) if name else None


def read(path: Path) -> Baseline:
    """Read the baseline at ``path``. Errors: InputError with the place of the first fault."""
    name = str(path)
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError(f"{name}: no such baseline; `grantgate baseline` writes one") from None
    except IsADirectoryError:
        raise InputError(f"{name}: a folder where a baseline belongs") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return parse(content, name)


def parse(content: bytes, name: str) -> Baseline:
    """
    Read the content of the baseline ``name``.

    >>> parse(b'{"schema": "grantgate.baseline/2"}', "known.json")
    Traceback (most recent call last):
    grantgate_policies.documents.InputError: known.json: $.schema: grantgate.baseline/1 belongs here

    Errors: InputError.
    """
    reader = _Reader(name)
    try:
        data = loaded(content, name, _WANTED)
    except RecursionError:
        raise InputError(f"{name}: nested too deeply to be read (hundreds of levels)") from None
    if not isinstance(data, dict):
        reader.refuse((), f"{told(data)}, and {_WANTED}")
    if data.get("schema") != SCHEMA:
        reader.refuse(("schema",), f"{SCHEMA} belongs here")
    reader.known_keys(data, ("schema", "entries"), ())
    if not isinstance(data.get("entries"), list):
        reader.refuse(("entries",), f"{told(data['entries']) if 'entries' in data else 'nothing'} where a list belongs")
    entries: dict[Key, int] = {}
    places: dict[Key, int] = {}
    for index, entry in enumerate(reader.objects(data["entries"], ("entries",))):
        key, count = reader.entry(entry, ("entries", index))
        if key in places:
            reader.refuse(("entries", index), f"the same as $.entries[{places[key]}], and count says how often")
        places[key] = index
        entries[key] = count
    return Baseline(name, entries)


class _Reader(Members):
    """Reads entries; what is not understood is refused, since it would let something pass that nobody accepted."""

    def entry(self, entry: Mapping[str, Any], place: Place) -> tuple[Key, int]:
        """Read one entry."""
        self.known_keys(entry, _KEYS, place)
        outcome = self.text(entry, "outcome", place)
        if outcome not in {one.value for one in ACCEPTABLE}:
            self.refuse((*place, "outcome"), "neither FAIL nor UNKNOWN, the outcomes that a baseline takes")
        if not isinstance(entry.get("field"), str):
            what = told(entry["field"]) if "field" in entry else "nothing"
            self.refuse((*place, "field"), f"{what} where a text belongs")
        digest = self.text(entry, "digest", place)
        if len(digest) != _LONG or not set(digest) <= _DIGITS:
            self.refuse((*place, "digest"), f"no digest ({_LONG} hexadecimal digits)")
        count = entry.get("count")
        if not isinstance(count, int) or isinstance(count, bool) or count < 1:
            what = told(count) if "count" in entry else "nothing"
            self.refuse((*place, "count"), f"{what} where a whole number from 1 belongs")
        urn, rule = self.text(entry, "urn", place), self.text(entry, "rule", place)
        item = self.text(entry, "item", place) if "item" in entry else ""
        key = Key(urn, rule, entry["field"], outcome, digest, item)
        if self.text(entry, "fingerprint", place) != key.fingerprint:
            self.refuse((*place, "fingerprint"), "not that of the entry's rule, urn, field and item")
        return key, count

    def known_keys(self, owner: Mapping[str, Any], known: Sequence[str], place: Place) -> None:
        """Refuse a key that means nothing here."""
        for key in _unknown(owner, known):
            hint = did_you_mean(key, known, f"{', '.join(known)} are read")
            self.refuse((*place, key), f"unknown key; {hint}")


def _unknown(owner: Iterable[str], known: Collection[str]) -> Iterator[str]:
    return iter(sorted(set(owner) - set(known)))
