"""The Python face of a lookup: snake_case attributes in programs, camelCase on the wire."""

from __future__ import annotations

import gc
import inspect
import itertools
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.settings import get_root_resource

from grantgate.facts import camel, snake
from grantgate.lookup import PROVIDER_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate.lookup import Lookup

_GIVEN: Final = 4
"""What Pulumi's dynamic resource hands to the resource that it is a kind of: type, name, properties, options."""

_MANY: Final = 100
"""Lookups from which on a program counts as one of many."""

_IMPATIENT: Final = (700, 2_000)
"""Objects that a program makes between two looks for garbage where it says nothing: Python's own numbers."""

_PATIENCE: Final = 10_000
"""Objects that a program of many lookups makes between two looks for garbage."""

_DECLARED: Final = itertools.count(1)


@dataclass(frozen=True, slots=True)
class _Added:
    """What Pulumi's constructor adds to a lookup's name, properties and options."""

    token: str
    provider: str


class _Watched(pulumi.CustomResource):
    """Stands between Pulumi's dynamic resource and the resource that it is a kind of, and sees what the one adds."""

    _seen: tuple[Any, ...] = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        self._seen = () if named else given
        super().__init__(*given, **named)

    def _what_was_added(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None
    ) -> _Added | None:
        """Say what was added, or None when it was more than a type and a pickle."""
        if len(self._seen) != _GIVEN or self._seen[1] != name or self._seen[3] is not opts:
            return None
        token, _, sent, _ = self._seen
        if not isinstance(token, str) or not isinstance(sent, dict) or sent.keys() != {*props, PROVIDER_KEY}:
            return None
        if any(sent[key] is not value for key, value in props.items()) or not isinstance(sent[PROVIDER_KEY], str):
            return None
        return _Added(token, sent[PROVIDER_KEY])


class LookupResource(Resource, _Watched):
    """A read-only resource: declaring it looks something up, removing it changes nothing in AWS."""

    lookup: pulumi.Output[str]
    """``performed`` when AWS was asked in this run, ``pending`` when an input is not known in this preview."""
    read_at: pulumi.Output[str]
    """When AWS was asked: UTC, ISO 8601. Reading the same again is no change; an output keeps the first such time."""
    account_id: pulumi.Output[str]
    region: pulumi.Output[str]

    _live: ClassVar[tuple[str, ...]] = ()
    _shares: ClassVar[bool] = False
    """Whether lookups of this kind may share one list call."""
    _added: ClassVar[dict[tuple[type, type, str], _Added]] = {}

    def __init_subclass__(cls, **named: Any) -> None:
        """Keep the type of the lookup that ``cls`` builds on: it is what policies know a lookup by."""
        inherited = getattr(cls, "_resource_type_name", "")
        if named and inherited.startswith("dynamic/grantgate:"):
            raise TypeError(f"{cls.__name__}: a lookup's type cannot be changed; leave out {', '.join(sorted(named))}")
        super().__init_subclass__(**named)
        if not named and inherited:
            cls._resource_type_name = inherited
        # Pulumi looks the types up for every resource, and compiles anew what still is text.
        with suppress(Exception):  # a name in a subclass of somebody's that is not there yet: it stays text
            cls.__annotations__ = inspect.get_annotations(cls, eval_str=True)

    def __init__(
        self, provider: Lookup, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given = {name: value for name, value in props.items() if value is not None}
        known, opts = _adopted(provider, given, opts)
        if self._shares:
            known = {**known, **({"direct": True} if _follows(known, opts) else {"not_before": _declared(opts)})}
        outputs = dict.fromkeys(("lookup", "read_at", "account_id", "region", *self._live))
        sent = {**outputs, **known}
        _be_patient(next(_DECLARED))
        # Pulumi's constructor pickles the provider for each resource, here always to the same few bytes. The first
        # lookup of a kind goes that way and shows what is added; the others add it themselves. Should a release of
        # Pulumi add something else, nothing is remembered, and all of them go its way.
        kind = (type(self), type(provider), self._resource_type_name)
        always_the_same = _is_ours(provider)
        added = self._added.get(kind) if always_the_same else None
        if added:
            pulumi.CustomResource.__init__(self, added.token, name, {**sent, PROVIDER_KEY: added.provider}, opts)
            return
        super().__init__(provider, name, {**sent}, opts)
        added, self._seen = self._what_was_added(name, sent, opts), ()
        if added and always_the_same:
            self._added[kind] = added

    def translate_input_property(self, prop: str) -> str:
        """Put camelCase on the wire, so that one rule reads lookups and managed resources alike."""
        return camel(prop)

    def translate_output_property(self, prop: str) -> str:
        """Give snake_case to programs; nested names too."""
        return snake(prop)


def _is_ours(provider: Lookup) -> bool:
    """Say whether a provider is pickled as nothing but a name of this package, and so always the same."""
    return type(provider).__module__.partition(".")[0] == __name__.partition(".")[0] and not vars(provider)


def _be_patient(declared: int) -> None:
    """
    Let Python look for garbage less often in a program of many lookups.

    Every output of Pulumi's is a task and four futures, and they live until all resources are registered: to look
    through them again and again is a third of what the SDK does for a thousand lookups. A program that has said how
    often to look, or not to look at all, has its way, and one of few lookups is left alone.
    """
    often, *rest = gc.get_threshold()
    if declared == _MANY and gc.isenabled() and often in _IMPATIENT:
        gc.set_threshold(_PATIENCE, *rest)


_PROMPT: Final = frozenset(
    {
        "additional_secret_outputs",
        "custom_timeouts",
        "delete_before_replace",
        "env_var_mappings",
        "hide_diffs",
        "ignore_changes",
        "import_",
        "parent",
        "plugin_download_url",
        "protect",
        "replace_on_changes",
        "retain_on_delete",
        "urn",
        "version",
    }
)
"""Options for whose sake no lookup is registered later; a parent's registration is waited for, see ``_declared``."""


def _follows(known: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> bool:
    """Say whether a lookup waits for something that this very `up` may change: then no shared answer will do."""
    if any(isinstance(value, pulumi.Output) or inspect.isawaitable(value) for value in known.values()):
        return True
    # Any other option may hold an output or a resource, or add one, as may those that Pulumi does not have yet.
    if opts is not None and any(value for name, value in vars(opts).items() if name not in _PROMPT):
        return True
    parent = (opts.parent if opts else None) or get_root_resource()
    # The SDK hands a parent's transformations, and those of the whole stack, down to its children.
    return bool(getattr(parent, "_transformations", None))


def _declared(opts: pulumi.ResourceOptions | None) -> pulumi.Input[float]:
    """
    Say since when a lookup has had nothing to wait for: answers that were read before may be older than what it is for.

    A lookup that is declared in an ``apply`` comes after the resource whose output is applied to. One that has a parent
    is registered after it, and the parent after all that the parent itself depends on, which only the engine knows.
    """
    parent = opts.parent if opts else None
    return time.monotonic() if parent is None else pulumi.Output.from_input(_registered(parent))


async def _registered(parent: pulumi.Resource) -> float:
    await parent.urn.future()
    return time.monotonic()


def _adopted(
    provider: Lookup, known: Mapping[str, Any], opts: pulumi.ResourceOptions | None
) -> tuple[Mapping[str, Any], pulumi.ResourceOptions | None]:
    """
    Turn ``import_`` into a declaration: a lookup has nothing in AWS to adopt, only an id that says what to look up.

    Pulumi itself cannot import a dynamic resource; its host is asked to read one without being told which provider.

    Errors: pulumi.RunError when the id names something else than the resource's own arguments.
    """
    if opts is None or not isinstance(opts.import_, str):
        return known, opts
    try:
        named = {snake(name): value for name, value in provider.from_id(opts.import_).items()}
    except ValueError as error:
        raise pulumi.RunError(f"import_: {error}") from None
    for name, value in named.items():
        if known.get(name, value) != value:
            raise pulumi.RunError(f"import_: {opts.import_!r} names {name} {value!r}, the resource {known[name]!r}")
    opts = pulumi.ResourceOptions.merge(opts, None)
    opts.import_ = None
    return {**named, **known}, opts


def with_id(resource_id: pulumi.Input[str], opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """Merge an id into ``opts``: that is how Pulumi reads instead of declaring."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=resource_id))
