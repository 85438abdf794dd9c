"""
What `grantgate check` judges: stack exports, preview digests and plain lists, told apart by their shape.

A file that cannot be understood to its end is an InputError and nothing of it is judged. Source: Pulumi's
sdk/go/common/apitype/core.go (UntypedDeployment, ResourceV3) and pkg/backend/display/json.go (the preview's digest).
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

from grantgate.facts import INSTANCE_FOR_PREFIX, LOCATION, LOOKUP_TYPES, OPERATION, PERFORMED

from grantgate_policies import wire
from grantgate_policies.core import UNKNOWN
from grantgate_policies.report import LookedUp, Problem
from grantgate_policies.subjects import judged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Resource

STDIN: Final = "-"
VERSIONS: Final = (3, 4)
"""Versions of a stack export's deployment that this release reads."""

LARGEST: Final = 512 * 1024 * 1024
"""Bytes that an input may have; read, they take several times as much memory."""

_DIGEST_KEYS: Final = frozenset({"steps", "changeSummary", "diagnostics", "duration", "config"})
_REMOVING: Final = frozenset({"delete", "delete-replaced", "discard", "discard-replaced", "remove-pending-replace"})
_MAY_VANISH: Final = frozenset({"refresh"})  # a refresh that finds nothing has no new state
_URN_PARTS: Final = 4
_LONGEST: Final = 80
_KINDS: Final = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
_WANTED: Final = (
    "a `pulumi stack export`, a `pulumi preview --json` or a list of {type, name, urn?, props} belongs here"
)

_SHOWN: Final[Mapping[str, tuple[str, ...]]] = {
    LOCATION.type: ("locationScope", "iamRoleArn", "createdAt"),
    INSTANCE_FOR_PREFIX.type: ("accessGrantsInstanceArn", "ownerAccountId", "instanceRegion"),
    OPERATION.type: ("operation", "requestStatus", "creationTime", "failedRegions"),
}
"""What a report shows of a performed lookup, besides its account and Region."""

Place: TypeAlias = "tuple[str | int, ...]"
"""Keys and indexes from the top of a JSON value down to a member."""


class InputError(Exception):
    """An input cannot be judged; the message names the file, the place, the value and the limit."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One resource to judge, and the stack that it is of (empty when nobody says)."""

    resource: Resource
    stack: str


@dataclass(frozen=True, slots=True)
class Input:
    """
    What one input holds.

    Shape: ``seen`` are the resources of types that rules are about, in the input's order; ``resources`` counts all
           that it shows, Pulumi's own (stacks, providers) and those about to be deleted aside; ``kind`` is "export",
           "preview" or "list".
    """

    name: str
    kind: str
    seen: tuple[Seen, ...]
    resources: int
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()


def read(source: str, stack: str = "") -> Input:
    """
    Read the file ``source``, or standard input for ``-``; ``stack`` beats the stack that URNs name.

    Errors: InputError.
    """
    if source == STDIN:
        return parse(sys.stdin.buffer.read(LARGEST + 1), "standard input", stack)
    try:
        with Path(source).open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise InputError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise InputError(f"{source}: a folder where a file belongs") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    return parse(content, source, stack)


def parse(content: bytes, name: str, stack: str = "") -> Input:
    """
    Read the content of the input ``name``.

    >>> parse(b'[{"type": "a:b:C", "name": "x", "props": {}}]', "list.json").resources
    1
    >>> parse(b'{"version": 2, "deployment": {}}', "state.json")
    Traceback (most recent call last):
    grantgate_policies.inputs.InputError: state.json: $.version: 2 is no version that this release reads (3 and 4)

    Errors: InputError.
    """
    reader = _Reader(name, stack)
    try:
        data = _loaded(content, name)
        if isinstance(data, list):
            return reader.plain_list(data)
        if not isinstance(data, dict):
            _refuse(name, (), f"{_told(data)}, and {_WANTED}")
        if "deployment" in data:
            return reader.export(data)
        if _DIGEST_KEYS & data.keys():
            return reader.digest(data)
    except RecursionError:
        raise InputError(f"{name}: nested too deeply to be read (hundreds of levels)") from None
    told = f"an object with the keys {_listed(data) or '(none)'}, and {_WANTED}"
    if "checkpoint" in data:
        told = "a backend's checkpoint; write a `pulumi stack export` of the stack instead"
    raise InputError(f"{name}: {told}")


def looked_up(resource: Resource) -> LookedUp | None:
    """Give a lookup as reports show it; None for resources that are no lookup of this release."""
    kind = LOOKUP_TYPES.get(resource.type)
    if kind is None:
        return None
    props = resource.props

    def text(name: str) -> str:
        value = props.get(name)
        if value is None:
            return ""
        if name in resource.secret_props:
            return wire.MASKED
        if value is UNKNOWN:
            return "(not known yet)"
        if isinstance(value, list):
            return ", ".join(one for one in value if isinstance(one, str))
        return value if isinstance(value, str) else ""

    return LookedUp(
        urn=resource.urn,
        name=resource.name,
        kind=resource.type.rpartition(":")[2],
        subject=text(kind.subject),
        performed=props.get("lookup") == PERFORMED,
        account=text("accountId"),
        region=text("region"),
        values=tuple((name, text(name)) for name in _SHOWN[resource.type] if text(name)),
    )


# --- JSON, strictly ---------------------------------------------------------------------------------------------------


class _Repeated(dict[str, Any]):
    """An object in which a key stands twice."""

    key: str = ""


class _NoNumber(str):
    """What JSON has no number for, as it was written."""

    __slots__ = ()


@dataclass
class _Hooks:
    """Notes what json would silently take; that it is there is cheap to notice, where it is is looked for only then."""

    strange: bool = False

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) == len(pairs):
            return members
        self.strange = True
        keys = [key for key, _ in pairs]
        repeated = _Repeated(members)
        repeated.key = next(key for place, key in enumerate(keys) if key in keys[:place])
        return repeated

    def constant(self, written: str) -> Any:
        self.strange = True
        return _NoNumber(written)

    def number(self, written: str) -> Any:
        value = float(written)
        return value if math.isfinite(value) else self.constant(written)


def _loaded(content: bytes, name: str) -> Any:
    if len(content) > LARGEST:
        _refuse(name, (), f"larger than {LARGEST:,} bytes, the most that an input may have")
    if not content.strip():
        _refuse(name, (), f"empty, and {_WANTED}")
    hooks = _Hooks()
    try:
        text = content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        _refuse(name, (), f"byte {error.start + 1} (0x{content[error.start]:02x}) is not {error.encoding.upper()}")
    try:
        data = json.loads(
            text, object_pairs_hook=hooks.members, parse_constant=hooks.constant, parse_float=hooks.number
        )
    except json.JSONDecodeError as error:
        raise InputError(f"{name}:{error.lineno}:{error.colno}: {_not_json(error)}") from None
    except ValueError as error:
        _refuse(name, (), f"not JSON that can be read: {error}")
    if hooks.strange:
        for place, value in _walk(data):
            if isinstance(value, _Repeated):
                _refuse(name, place, f"the key {_cut(value.key)!r} stands twice, and only one can be meant")
            if isinstance(value, _NoNumber):
                _refuse(name, place, f"{_cut(value)} is no number that JSON knows")
    return data


def _not_json(error: json.JSONDecodeError) -> str:
    if error.msg == "Extra data":
        hint = "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, and give each input its own file"
        return f"not JSON: more follows after the first value; {hint}"
    return f"not JSON: {error.msg}"


def _walk(data: Any) -> Iterator[tuple[Place, Any]]:
    """Give every value with its place, in the file's order, however deep."""
    waiting: list[tuple[Place, Any]] = [((), data)]
    while waiting:
        place, value = waiting.pop()
        yield place, value
        members: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list):
            members = enumerate(value)
        waiting.extend(((*place, key), member) for key, member in reversed(list(members)))


# --- the three shapes -------------------------------------------------------------------------------------------------


@dataclass
class _Reader:
    """Reads one input; every method that meets something else than it expects raises InputError."""

    name: str
    stack: str
    seen: list[Seen] = field(default_factory=list)
    count: int = 0

    def export(self, data: Mapping[str, Any]) -> Input:
        """Read a `pulumi stack export`: what is there, after the stack's last operation."""
        version = data.get("version")
        if isinstance(version, bool) or version not in VERSIONS:
            told = _told(version) if "version" in data else "nothing"
            self._refuse(("version",), f"{told} is no version that this release reads (3 and 4)")
        deployment = self._object(data, "deployment", ())
        at: Place = ("deployment", "resources")
        states = self._objects(deployment.get("resources"), at)
        providers = _Providers()
        kept = []
        for index, state in enumerate(states):
            place = (*at, index)
            self._text(state, "urn", place)
            self._text(state, "type", place)
            if self._flag(state, "delete", place):
                continue
            kept.append((place, state))
            providers.add(state)
        for place, state in kept:
            self._state(state, place, providers, planned=False)
        pending = self._objects(deployment.get("pending_operations"), ("deployment", "pending_operations"))
        notices = []
        if pending:
            count = f"{len(pending)} operation{'s' * (len(pending) != 1)}"
            notices = [f"{self.name}: {count} of the stack never finished; what they made is not in the export"]
        return self._input("export", notices=notices)

    def digest(self, data: Mapping[str, Any]) -> Input:
        """Read a `pulumi preview --json`: what would be there after `pulumi up`."""
        problems = tuple(self._failures(data))
        if "steps" not in data:
            why = f"; the preview says: {problems[0].what}" if problems else ""
            self._refuse(("steps",), f"nothing, and a preview that ran has a list of steps{why}")
        steps = self._objects(data["steps"], ("steps",))
        created = {step.get("urn") for step in steps if step.get("op") == "create-replacement"}
        providers = _Providers(config=self._member(data, "config", ()))
        kept = []
        for index, step in enumerate(steps):
            place: Place = ("steps", index)
            operation = self._text(step, "op", place)
            # A replacement shows one new state twice.
            if operation in _REMOVING or (operation == "replace" and step.get("urn") in created):
                continue
            if step.get("newState") is None and operation in _MAY_VANISH:
                continue
            state = self._object(step, "newState", place)
            inner = (*place, "newState")
            self._text(state, "urn", inner)
            self._text(state, "type", inner)
            if operation == "same" and state.get("outputs") is None:
                # What does not change keeps its outputs, and the engine shows them in the old state only.
                state = {**state, "outputs": self._member(step, "oldState", place).get("outputs")}
            kept.append((inner, state))
            providers.add(state)
        for place, state in kept:
            self._state(state, place, providers, planned=True)
        return self._input("preview", problems=problems, notices=self._hidden(data, steps))

    def plain_list(self, data: Sequence[Any]) -> Input:
        """Read a list of resources that somebody wrote or another tool made."""
        taken: dict[str, int] = {}
        for index, entry in enumerate(self._objects(data, ())):
            place: Place = (index,)
            resource_type = self._text(entry, "type", place)
            name = self._text(entry, "name", place)
            made_up = f"urn:pulumi:{self.stack or 'none'}::list::{resource_type}::{name}"
            urn = self._text(entry, "urn", place) if "urn" in entry else made_up
            if "urn" in entry:
                self._urn(urn, (*place, "urn"))
            if urn in taken:
                what = "urn" if "urn" in entry else "name"
                told = f"{_cut(str(entry[what]))!r} again, first at $[{taken[urn]}], and each resource is its own"
                self._refuse((*place, what), told)
            taken[urn] = index
            props = self._object(entry, "props", place)
            for key in sorted(entry.keys() - {"type", "name", "urn", "props"}):
                self._refuse((*place, key), "unknown key; type, name, urn and props are read")
            stack = _stack_of(urn) if "urn" in entry else ""
            self._judge(urn, resource_type, name, stack, props, {}, (), place)
        return self._input("list")

    # --- one resource -------------------------------------------------------------------------------------------------

    def _state(self, state: Mapping[str, Any], place: Place, providers: _Providers, *, planned: bool) -> None:
        urn, resource_type = state["urn"], state["type"]
        name = self._urn(urn, (*place, "urn"))
        if not judged(resource_type):
            self.count += not resource_type.startswith("pulumi:")
            return
        inputs, outputs = self._member(state, "inputs", place), self._member(state, "outputs", place)
        if planned:
            # What a provider will only know later is still what the program asks for.
            outputs = {key: value for key, value in outputs.items() if key not in inputs or not _is_unknown(value)}
        secrets = state.get("additionalSecretOutputs") or []
        if not isinstance(secrets, list) or not all(isinstance(one, str) for one in secrets):
            self._refuse((*place, "additionalSecretOutputs"), f"{_told(secrets)} where a list of texts belongs")
        reference = self._text(state, "provider", place) if state.get("provider") is not None else ""
        provider = providers.named(reference)
        provider_props = (
            self._member(provider, "inputs", (*place, "provider")) if provider else providers.configured(reference)
        )
        self._judge(urn, resource_type, name, _stack_of(urn), {**inputs, **outputs}, provider_props, secrets, place)

    def _judge(
        self,
        urn: str,
        resource_type: str,
        name: str,
        stack: str,
        props: Mapping[str, Any],
        provider_props: Mapping[str, Any],
        secrets: Iterable[str],
        place: Place,
    ) -> None:
        self.count += not resource_type.startswith("pulumi:")
        if not judged(resource_type):
            return
        try:
            made = wire.resource(
                urn=urn,
                resource_type=resource_type,
                name=name,
                props={key: _decrypted(value) if type(value) is dict else value for key, value in props.items()},
                provider_props=provider_props,
                secret_names=secrets,
            )
        except RecursionError:
            self._refuse(place, "nested too deeply to be read (hundreds of levels)")
        self.seen.append(Seen(made, self.stack or stack))

    def _urn(self, urn: str, place: Place) -> str:
        """Give the name in a URN."""
        parts = urn.split("::", _URN_PARTS - 1)
        if len(parts) < _URN_PARTS or not urn.startswith("urn:pulumi:"):
            self._refuse(place, f"{_cut(urn)!r} is no URN (urn:pulumi:STACK::PROJECT::TYPE::NAME)")
        return parts[-1]

    # --- the preview's own words --------------------------------------------------------------------------------------

    def _failures(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Give what kept the preview from its end: its steps are not all of them then."""
        remedy = "Mend the preview and run it again; what it did not come to was not judged."
        for index, diagnostic in enumerate(self._objects(data.get("diagnostics"), ("diagnostics",))):
            place: Place = ("diagnostics", index)
            if diagnostic.get("severity") == "error":
                message = " ".join(self._text(diagnostic, "message", place).split())
                urn = diagnostic.get("urn")
                about = urn.rpartition("::")[2] if isinstance(urn, str) else self.name
                yield Problem(f"the preview failed: {message}", about=about, remedy=remedy)
        if self._flag(data, "maybeCorrupt", ()):
            yield Problem("the preview says that its own picture may be corrupt", about=self.name, remedy=remedy)

    def _hidden(self, data: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> list[str]:
        """Say which resources `pulumi preview` knows and did not show."""
        summary = self._member(data, "changeSummary", ())
        notices = []
        for operation, word, flag in (("same", "unchanged", "--show-sames"), ("read", "only read", "--show-reads")):
            known = summary.get(operation)
            # The stack's own resource is always shown, and counted in no other way than the others.
            shown = sum(step.get("op") == operation for step in steps)
            if isinstance(known, int) and known > shown:
                left = known - shown
                what = f"{left} resource{'s' * (left != 1)} that {'are' if left != 1 else 'is'} {word}"
                notices.append(
                    f"{self.name}: {what} {'are' if left != 1 else 'is'} not in the preview and not judged; "
                    f"run `pulumi preview --json {flag}` to judge {'them' if left != 1 else 'it'} too"
                )
        return notices

    def _input(self, kind: str, *, problems: Iterable[Problem] = (), notices: Iterable[str] = ()) -> Input:
        return Input(self.name, kind, tuple(self.seen), self.count, tuple(problems), tuple(notices))

    # --- members, by what they must be --------------------------------------------------------------------------------

    def _text(self, owner: Mapping[str, Any], key: str, place: Place) -> str:
        value = owner.get(key)
        if not isinstance(value, str):
            told = _told(value) if key in owner else "nothing"
            self._refuse((*place, key), f"{told} where a text belongs")
        if not value and key != "message":
            self._refuse((*place, key), "an empty text, and one that says something belongs here")
        return value

    def _flag(self, owner: Mapping[str, Any], key: str, place: Place) -> bool:
        value = owner.get(key)
        if value is not None and not isinstance(value, bool):
            self._refuse((*place, key), f"{_told(value)} where true or false belongs")
        return value is True

    def _object(self, owner: Mapping[str, Any], key: str, place: Place) -> dict[str, Any]:
        value = owner.get(key)
        if not isinstance(value, dict):
            told = _told(value) if key in owner else "nothing"
            self._refuse((*place, key), f"{told} where an object belongs")
        return value

    def _member(self, owner: Mapping[str, Any], key: str, place: Place) -> dict[str, Any]:
        """Read an object that may be missing or null."""
        return {} if owner.get(key) is None else self._object(owner, key, place)

    def _objects(self, value: Any, place: Place) -> list[dict[str, Any]]:
        """Read a list of objects that may be missing or null."""
        if value is None:
            return []
        if not isinstance(value, list):
            self._refuse(place, f"{_told(value)} where a list belongs")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                self._refuse((*place, index), f"{_told(item)} where an object belongs")
        return value

    def _refuse(self, place: Place, message: str) -> NoReturn:
        _refuse(self.name, place, message)


@dataclass
class _Providers:
    """
    The providers that an input shows, by the reference ``URN::ID`` that resources hold, and by URN.

    Shape: ``config`` is the stack's configuration, which default providers are made of; a preview shows only that.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    by_reference: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    by_urn: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, state: Mapping[str, Any]) -> None:
        if state["type"].startswith("pulumi:providers:"):
            self.by_reference[f"{state['urn']}::{state.get('id', '')}"] = state
            self.by_urn[state["urn"]] = state

    def named(self, reference: str) -> Mapping[str, Any] | None:
        # A provider that the preview creates has no id yet, or one that is not known.
        return self.by_reference.get(reference) or self.by_urn.get(reference.rpartition("::")[0])

    def configured(self, reference: str) -> dict[str, Any]:
        """Give what the stack's configuration says about a default provider that is not shown."""
        _, found, provider = reference.partition("::pulumi:providers:")
        package, _, name = provider.partition("::")
        if not found or not name.startswith("default"):
            return {}
        start = f"{package}:"
        return {key.removeprefix(start): value for key, value in self.config.items() if key.startswith(start)}


def _decrypted(value: dict[str, Any]) -> dict[str, Any]:
    """Read a secret of an export with --show-secrets, which holds the value as JSON text, as the wire has it."""
    if value.get(wire.SIGNATURE) == wire.SECRET and isinstance(value.get("plaintext"), str):
        try:
            return {wire.SIGNATURE: wire.SECRET, "value": json.loads(value["plaintext"])}
        except ValueError:
            return value  # unreadable, so unknown and still a secret
    return value


def _stack_of(urn: str) -> str:
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def _is_unknown(value: Any) -> bool:
    return isinstance(value, str) and value in wire.UNKNOWNS


def _refuse(name: str, place: Place, message: str) -> NoReturn:
    where = f"{_path(place)}: " if place else ""
    raise InputError(f"{name}: {where}{message}")


def _path(place: Place) -> str:
    """
    Write a place as a JSON path.

    >>> _path(("deployment", "resources", 3, "odd key"))
    '$.deployment.resources[3]["odd key"]'
    """
    text = "$"
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            plain = part.isidentifier() and len(part) <= _LONGEST
            text += f".{part}" if plain else f"[{json.dumps(_cut(part))}]"
    return text


def _told(value: Any) -> str:
    """Name a value in a message: a number or word as it is, anything that may hold a secret by its kind only."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _cut(str(value))
    return _KINDS.get(type(value), "a value")


def _listed(data: Mapping[str, Any]) -> str:
    keys = sorted(data)
    return ", ".join(map(_cut, keys[:5])) + (", …" if len(keys) > 5 else "")  # noqa: PLR2004 - enough to recognise it


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
