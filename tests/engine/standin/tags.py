"""Tags: a map beside ``tagsAll`` in the bridged provider, a list of pairs in the native one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .cloud import structured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .values import Props


def default_tags(config: Mapping[str, Any]) -> dict[str, str]:
    """Give the tags that a provider's configuration puts on everything."""
    block = structured(config.get("defaultTags")) or {}
    return dict(block.get("tags") or {})


def as_map(tags: Any) -> dict[str, str]:
    """Read tags of either form."""
    if isinstance(tags, list):
        return {tag["key"]: tag["value"] for tag in tags}
    return dict(tags or {})


def with_defaults(pairs: list[Any], defaults: Mapping[str, str]) -> list[Any]:
    """Put the provider's tags behind a native resource's own, but those that it gives itself."""
    own = {tag.get("key") for tag in pairs if isinstance(tag, dict)}
    return [*pairs, *({"key": key, "value": defaults[key]} for key in sorted(defaults) if key not in own)]


def to_aws(props: Props) -> list[dict[str, str]]:
    """Give the tags a resource gets in AWS: with its provider's where the inputs say so."""
    tags = as_map(props.get("tagsAll") or props.get("tags"))
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
