"""What the providers' check makes of a program's inputs, and what a preview may say about outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import tags
from .cloud import structured
from .values import DEFAULTS, UNKNOWN, is_unknown, json_text, plain, without_defaults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from .kind import Kind
    from .sdk import Shape
    from .values import Props

# Besides what each kind does: every type of the provider has them, or gets them from its configuration.
_COMMON = frozenset({"accountId", "region", "tags", "tagsAll", DEFAULTS})
_RANDOM_DIGITS = 7


def checked(
    kind: Kind, shape: Shape, name: str, news: Props, olds: Props, config: Mapping[str, Any], seed: bytes
) -> Props:
    """
    Give the checked inputs, as policies see them.

    Source: read from the bridged provider's and the native one's public sources, not tried on their binaries.
    """
    inputs = {key: value for key, value in news.items() if value is not None}
    for one in kind.policies & inputs.keys():
        inputs[one] = json_text(inputs[one])
    automatic = {kind.name} - inputs.keys() - {""}
    for one in automatic:
        # A name once given stays; a new one is made of the engine's seed, so that it is known in a preview.
        inputs[one] = olds.get(one) or f"{name.lower() if 'ucket' in one else name}-{seed.hex()[:_RANDOM_DIGITS]}"
    if kind.bridged:
        if "region" in shape.inputs and "region" not in inputs and config.get("region"):
            inputs["region"] = config["region"]
        if "tagsAll" in shape.computed:
            inputs["tagsAll"] = _all_tags(inputs.get("tags"), config)
    elif "tags" in shape.inputs and tags.default_tags(config) and plain(inputs.get("tags")) != UNKNOWN:
        inputs["tags"] = tags.with_defaults(inputs.get("tags") or [], tags.default_tags(config))
    return _with_defaults(kind, "", inputs, automatic) if kind.legacy else inputs


def _all_tags(given: Any, config: Mapping[str, Any]) -> Any:
    own, defaults = plain(given) or {}, structured(config.get("defaultTags")) or {}
    return UNKNOWN if is_unknown([own, defaults]) else {**(defaults.get("tags") or {}), **own}


def _with_defaults(kind: Kind, block: str, inputs: Props, automatic: AbstractSet[str] = frozenset()) -> Props:
    """Fill in the defaults of one block, and list their names in it with those of automatic ones."""
    filled = {name: value for name, value in kind.defaults.get(block, {}).items() if name not in inputs}
    nested = {
        name: _nested(kind, name, value) if block or name in kind.blocks else value for name, value in inputs.items()
    }
    return {**nested, **filled, DEFAULTS: sorted(filled.keys() | automatic)}


def _nested(kind: Kind, name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_nested(kind, name, item) for item in value]
    return _with_defaults(kind, name, value) if isinstance(value, dict) else value


def failures(kind: Kind, shape: Shape, inputs: Props) -> Iterator[tuple[str, str]]:
    """Give (property, reason) for inputs that are missing, and for those that the stand-in would silently drop."""
    for name in sorted(shape.required - inputs.keys()):
        yield name, f"Missing required argument {name}"
    for name in sorted(inputs.keys() - kind.does - _COMMON):
        yield name, f"the stand-in does not do {name} of {kind.type}"


def planned(kind: Kind, shape: Shape, inputs: Props, olds: Props) -> Props:
    """Give the outputs as far as a preview can tell: of an update, everything that AWS said before."""
    kept = {name: olds[name] for name in sorted(shape.computed | kind.late) if name in olds}
    later = dict.fromkeys(sorted(shape.computed | kind.late), UNKNOWN)
    return {**later, **kept, **without_defaults(kind.planned(inputs))}
