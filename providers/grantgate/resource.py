"""The Python face of a lookup: snake_case attributes in programs, camelCase on the wire."""

from __future__ import annotations

import inspect
import time
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.settings import get_root_resource

from grantgate.facts import camel, snake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grantgate.lookup import Lookup


class LookupResource(Resource):
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

    def __init_subclass__(cls, **named: Any) -> None:
        """Keep the type of the lookup that ``cls`` builds on: it is what policies know a lookup by."""
        inherited = getattr(cls, "_resource_type_name", "")
        if named and inherited.startswith("dynamic/grantgate:"):
            raise TypeError(f"{cls.__name__}: a lookup's type cannot be changed; leave out {', '.join(sorted(named))}")
        super().__init_subclass__(**named)
        if not named and inherited:
            cls._resource_type_name = inherited

    def __init__(
        self, provider: Lookup, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        given = {name: value for name, value in props.items() if value is not None}
        known, opts = _adopted(provider, given, opts)
        if self._shares:
            known = {**known, **({"direct": True} if _follows(known, opts) else {"not_before": _declared(opts)})}
        outputs = dict.fromkeys(("lookup", "read_at", "account_id", "region", *self._live))
        super().__init__(provider, name, {**outputs, **known}, opts)

    def translate_input_property(self, prop: str) -> str:
        """Put camelCase on the wire, so that one rule reads lookups and managed resources alike."""
        return camel(prop)

    def translate_output_property(self, prop: str) -> str:
        """Give snake_case to programs; nested names too."""
        return snake(prop)


_WAITING: Final = ("depends_on", "deleted_with", "replace_with", "transformations", "transforms")
"""Options for whose sake a lookup may be registered after other resources; a transformation may add any of them."""


def _follows(known: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> bool:
    """Say whether a lookup waits for something that this very `up` may change: then no shared answer will do."""
    if any(isinstance(value, pulumi.Output) or inspect.isawaitable(value) for value in known.values()):
        return True
    if opts is not None and any(getattr(opts, name, None) for name in _WAITING):
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
