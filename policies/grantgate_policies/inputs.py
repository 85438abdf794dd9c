"""
What `grantgate check` judges: stack exports, preview digests and plain lists, told apart by their shape.

A file that cannot be understood to its end is an InputError and nothing of it is judged. Source: Pulumi's
sdk/go/common/apitype/core.go (UntypedDeployment, ResourceV3) and pkg/backend/display/json.go (the preview's digest).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import wire
from grantgate_policies.documents import LARGEST, InputError, Members, Place, content, cut, loaded, refuse, told
from grantgate_policies.engine.words import GONE, problem
from grantgate_policies.faults import nearest
from grantgate_policies.handed_in import PROVIDER, stand_in
from grantgate_policies.redaction.reports import marked
from grantgate_policies.report import Problem
from grantgate_policies.shown_providers import Providers
from grantgate_policies.subjects import READERS, WITNESSES, witnessed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from grantgate_policies.core import Resource

STDIN: Final = "-"
VERSIONS: Final = (3, 4)
"""Versions of a stack export's deployment that this release reads."""

_DIGEST_KEYS: Final = frozenset({"steps", "changeSummary", "diagnostics", "duration", "config"})
_MAY_VANISH: Final = frozenset({"refresh"})  # a refresh that finds nothing has no new state
_URN_PARTS: Final = 4
_WANTED: Final = (
    "a `pulumi stack export`, a `pulumi preview --json` or a list of {type, name, urn?, props} belongs here"
)


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
           "preview" or "list"; ``states`` are those that the engine wrote, for what it says of where they come from;
           ``secrets`` are texts that the engine marks as secret and shows all the same, of any resource.
    """

    name: str
    kind: str
    seen: tuple[Seen, ...]
    resources: int
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    states: tuple[Mapping[str, Any], ...] = ()
    secrets: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Say whether the input shows everything of its stacks; nobody knows what a list leaves out."""
        return self.kind != "list" and not self.notices


def read(source: str, stack: str = "") -> Input:
    """
    Read the file ``source``, or standard input for ``-``; ``stack`` beats the stack that URNs name.

    Errors: InputError.
    """
    if source == STDIN:
        return parse(sys.stdin.buffer.read(LARGEST + 1), "standard input", stack)
    return parse(content(source), source, stack)


def parse(written: bytes, name: str, stack: str = "") -> Input:
    """
    Read the content of the input ``name``.

    >>> parse(b'[{"type": "a:b:C", "name": "x", "props": {}}]', "list.json").resources
    1
    >>> parse(b'{"version": 2, "deployment": {}}', "state.json")
    Traceback (most recent call last):
    grantgate_policies.documents.InputError: state.json: $.version: 2 is no version that this release reads (3 and 4)

    Errors: InputError.
    """
    reader = _Reader(name, stack)
    try:
        data = loaded(written, name, _WANTED)
        if wire.SIGNATURE.encode() in written:
            reader.secrets = tuple(marked(data))
        if isinstance(data, list):
            return reader.plain_list(data)
        if not isinstance(data, dict):
            refuse(name, (), f"{told(data)}, and {_WANTED}")
        if "deployment" in data:
            return reader.export(data)
        if _DIGEST_KEYS & data.keys():
            return reader.digest(data)
    except RecursionError:
        raise InputError(f"{name}: nested too deeply to be read (hundreds of levels)") from None
    shown = f"an object with the keys {_listed(data) or '(none)'}, and {_WANTED}"
    if "checkpoint" in data:
        shown = "a backend's checkpoint; write a `pulumi stack export` of the stack instead"
    raise InputError(f"{name}: {shown}")


@dataclass(frozen=True, slots=True)
class _Shown:
    """What an input shows of one resource, in the wire's own words."""

    props: Mapping[str, Any]
    provider_props: Mapping[str, Any] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    planned: Mapping[str, Any] = field(default_factory=dict)
    made_from: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    previous: Mapping[str, Any] | None = None
    stand_in: str = ""


# --- the three shapes -------------------------------------------------------------------------------------------------


@dataclass
class _Reader(Members):
    """Reads one input; every method that meets something else than it expects raises InputError."""

    stack: str
    seen: list[Seen] = field(default_factory=list)
    states: list[Mapping[str, Any]] = field(default_factory=list)
    secrets: tuple[str, ...] = ()
    count: int = 0

    def export(self, data: Mapping[str, Any]) -> Input:
        """Read a `pulumi stack export`: what is there, after the stack's last operation."""
        version = data.get("version")
        if isinstance(version, bool) or version not in VERSIONS:
            shown = told(version) if "version" in data else "nothing"
            self.refuse(("version",), f"{shown} is no version that this release reads (3 and 4)")
        deployment = self.object_(data, "deployment", ())
        at: Place = ("deployment", "resources")
        states = self.objects(deployment.get("resources"), at)
        providers = Providers()
        kept = []
        for index, state in enumerate(states):
            place = (*at, index)
            self.text(state, "urn", place)
            self.text(state, "type", place)
            if self.flag(state, "delete", place):
                continue
            kept.append((place, state))
            providers.add(state)
        for place, state in kept:
            self._state(state, place, providers, planned=False)
        pending = self.objects(deployment.get("pending_operations"), ("deployment", "pending_operations"))
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
            self.refuse(("steps",), f"nothing, and a preview that ran has a list of steps{why}")
        steps = self.objects(data["steps"], ("steps",))
        created = {step.get("urn") for step in steps if step.get("op") == "create-replacement"}
        providers = Providers(config=self.member(data, "config", ()))
        kept = []
        for index, step in enumerate(steps):
            place: Place = ("steps", index)
            operation = self.text(step, "op", place)
            # A replacement shows one new state twice.
            if operation in GONE or (operation == "replace" and step.get("urn") in created):
                continue
            if step.get("newState") is None and operation in _MAY_VANISH:
                continue
            state = self.object_(step, "newState", place)
            inner = (*place, "newState")
            self.text(state, "urn", inner)
            self.text(state, "type", inner)
            if operation == "same" and state.get("outputs") is None:
                # What does not change keeps its outputs, and the engine shows them in the old state only.
                state = {**state, "outputs": self.member(step, "oldState", place).get("outputs")}
            kept.append((inner, state, self.member(step, "oldState", place)))
            providers.add(state)
        for inner, state, old in kept:
            self._state(state, inner, providers, planned=True, previous=old.get("inputs"))
        return self._input("preview", problems=problems, notices=self._hidden(data, steps))

    def plain_list(self, data: Sequence[Any]) -> Input:
        """Read a list of resources that somebody wrote or another tool made."""
        taken: dict[str, int] = {}
        for index, entry in enumerate(self.objects(data, ())):
            place: Place = (index,)
            resource_type = self.text(entry, "type", place)
            name = self.text(entry, "name", place)
            made_up = f"urn:pulumi:{self.stack or 'none'}::list::{resource_type}::{name}"
            urn = self.text(entry, "urn", place) if "urn" in entry else made_up
            if "urn" in entry:
                self._urn(urn, (*place, "urn"))
            if urn in taken:
                what = "urn" if "urn" in entry else "name"
                again = f"{cut(str(entry[what]))!r} again, first at $[{taken[urn]}], and each resource is its own"
                self.refuse((*place, what), again)
            taken[urn] = index
            props = self.object_(entry, "props", place)
            for key in sorted(entry.keys() - {"type", "name", "urn", "props"}):
                self.refuse((*place, key), "unknown key; type, name, urn and props are read")
            stack = _stack_of(urn) if "urn" in entry else ""
            self._judge(urn, resource_type, name, stack, _Shown(props), place)
        return self._input("list", notices=self._misspelt(data))

    # --- one resource -------------------------------------------------------------------------------------------------

    def _state(
        self,
        state: Mapping[str, Any],
        place: Place,
        providers: Providers,
        *,
        planned: bool,
        previous: Mapping[str, Any] | None = None,
    ) -> None:
        urn, resource_type = state["urn"], state["type"]
        name = self._urn(urn, (*place, "urn"))
        if not witnessed(resource_type):
            self.count += not resource_type.startswith("pulumi:")
            return
        self.states.append(state)
        inputs, outputs = self.member(state, "inputs", place), self.member(state, "outputs", place)
        if not planned:
            inputs, outputs = {**inputs, **outputs}, {}
        secrets = state.get("additionalSecretOutputs") or []
        if not isinstance(secrets, list) or not all(isinstance(one, str) for one in secrets):
            self.refuse((*place, "additionalSecretOutputs"), f"{told(secrets)} where a list of texts belongs")
        reference = self.text(state, "provider", place) if state.get("provider") is not None else ""
        provider = providers.named(reference)
        provider_props = (
            self.member(provider, "inputs", (*place, "provider")) if provider else providers.configured(reference)
        )
        shown = _Shown(
            inputs,
            provider_props,
            tuple(secrets),
            outputs,
            self._made_from(state, place),
            previous if isinstance(previous, dict) else None,
            _stand_in(state, reference, inputs),
        )
        self._judge(urn, resource_type, name, _stack_of(urn), shown, place)

    def _made_from(self, state: Mapping[str, Any], place: Place) -> Mapping[str, tuple[str, ...]]:
        """Read by property which resources' outputs went into it."""
        made = self.member(state, "propertyDependencies", place)
        at = (*place, "propertyDependencies")
        return {name: self._urns(urns, (*at, name)) for name, urns in made.items() if urns}

    def _urns(self, urns: Any, place: Place) -> tuple[str, ...]:
        if not isinstance(urns, list) or not all(isinstance(one, str) for one in urns):
            self.refuse(place, f"{told(urns)} where a list of URNs belongs")
        return tuple(urns)

    def _judge(
        self,
        urn: str,
        resource_type: str,
        name: str,
        stack: str,
        shown: _Shown,
        place: Place,
    ) -> None:
        self.count += not resource_type.startswith("pulumi:")
        if not witnessed(resource_type):
            return

        def read(props: Mapping[str, Any]) -> Resource:
            return wire.resource(
                urn=urn,
                resource_type=resource_type,
                name=name,
                props=props,
                provider_props=shown.provider_props,
                secret_names=shown.secrets,
                made_from=shown.made_from,
                previous=shown.previous,
            )

        try:
            made = read(shown.props)
            if shown.planned:
                made = wire.completed(made, read(shown.planned))
        except RecursionError:
            self.refuse(place, "nested too deeply to be read (hundreds of levels)")
        if shown.stand_in:
            made = replace(made, stand_in=shown.stand_in)
        self.seen.append(Seen(made, self.stack or stack))

    def _urn(self, urn: str, place: Place) -> str:
        """Give the name in a URN."""
        parts = urn.split("::", _URN_PARTS - 1)
        if len(parts) < _URN_PARTS or not urn.startswith("urn:pulumi:"):
            self.refuse(place, f"{cut(urn)!r} is no URN (urn:pulumi:STACK::PROJECT::TYPE::NAME)")
        return parts[-1]

    # --- the preview's own words --------------------------------------------------------------------------------------

    def _failures(self, data: Mapping[str, Any]) -> Iterator[Problem]:
        """Give what kept the preview from its end: its steps are not all of them then."""
        remedy = "Mend the preview and run it again; what it did not come to was not judged."
        for index, diagnostic in enumerate(self.objects(data.get("diagnostics"), ("diagnostics",))):
            place: Place = ("diagnostics", index)
            if diagnostic.get("severity") == "error":
                message = " ".join(self.text(diagnostic, "message", place).split())
                urn = diagnostic.get("urn")
                about = urn.rpartition("::")[2] if isinstance(urn, str) else self.name
                found = problem(message, "")
                yield Problem(f"the preview failed: {found.what}", found.about or about, found.remedy or remedy)
        if self.flag(data, "maybeCorrupt", ()):
            yield Problem("the preview says that its own picture may be corrupt", about=self.name, remedy=remedy)

    def _misspelt(self, entries: Sequence[Mapping[str, Any]]) -> list[str]:
        """Say which types nobody knows and somebody may have meant: an engine writes none of them wrong."""
        types = {entry["type"] for entry in entries}
        notices = []
        for one in sorted(types):
            meant = None if witnessed(one) else _meant(one)
            if meant:
                notices.append(
                    f"{self.name}: type {cut(one)!r} is none that rules are about, and was not judged; "
                    f"did you mean {meant}?"
                )
        return notices

    def _hidden(self, data: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> list[str]:
        """Say which resources `pulumi preview` knows and did not show."""
        summary = self.member(data, "changeSummary", ())
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
        parts = tuple(self.seen), self.count, tuple(problems), tuple(notices), tuple(self.states), self.secrets
        return Input(self.name, kind, *parts)


_ALIKE: Final = 0.92  # aws-native:iam:Policy, which is a type of its own, is like aws-native:iam:RolePolicy by 0.913


def _meant(resource_type: str) -> str | None:
    """Find the known type that somebody most likely meant; one that is merely of the same provider is none."""
    found = nearest(resource_type, (*READERS, *WITNESSES))
    same = found and SequenceMatcher(None, resource_type.casefold(), found.casefold(), autojunk=False).ratio()
    return found if same and same >= _ALIKE else None


def _stand_in(state: Mapping[str, Any], reference: str, inputs: Mapping[str, Any]) -> str:
    """Say what made a lookup, as far as the input shows it: what is masked or left out tells nothing."""
    if not reference and state.get("custom") is not False:
        return ""
    handed, _ = wire.plain(inputs.get(PROVIDER))
    shown = {PROVIDER: handed} if isinstance(handed, str) else None
    return stand_in(state["type"], reference.rpartition("::")[0], shown) or ""


def _stack_of(urn: str) -> str:
    return urn.split("::", 1)[0].removeprefix("urn:pulumi:")


def _listed(data: Mapping[str, Any]) -> str:
    keys = sorted(data)
    return ", ".join(map(cut, keys[:5])) + (", …" if len(keys) > 5 else "")  # noqa: PLR2004 - enough to recognise it
