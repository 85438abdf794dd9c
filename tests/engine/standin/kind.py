"""How the stand-in manages one resource type, as a table row."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .cloud import Site
    from .values import Props


def no_update(_site: Site, _id: str, _olds: Props, _news: Props) -> None:
    """Change nothing in AWS: whatever AWS holds of this type is replaced, or is only in the engine's state."""


def no_delete(_site: Site, _id: str, _props: Props) -> None:
    """Leave AWS as it is: there is no call that takes this away without what it belongs to."""


def as_planned(props: Props) -> Props:
    """Plan outputs that are the inputs."""
    return props


@dataclass(frozen=True, slots=True)
class Kind:
    """
    One resource type.

    Shape: ``does`` are the inputs it acts on, besides accountId, region, tags and tagsAll; ``replaces`` are those that
           AWS cannot change, and ``delete_first`` says that two of them cannot be there at once; ``name`` is the
           property that is named automatically; ``late`` are inputs that AWS fills when the program does not.

           Of the bridged provider: ``policies`` are properties whose objects become JSON text; ``legacy`` marks types
           that it serves through Terraform's older SDK, whose inputs list their defaults: ``defaults`` has them by the
           block that they are in ("" for the resource itself), and ``blocks`` are the properties that hold blocks.

    ``read`` gives what AWS says in the SDK's names, None when the resource is gone; ``planned`` completes what a
    preview can say of the outputs.
    """

    type: str
    does: frozenset[str]
    create: Callable[[Site, Props], str]
    read: Callable[[Site, str, Props], Props | None]
    delete: Callable[[Site, str, Props], None]
    update: Callable[[Site, str, Props, Props], object] = no_update
    replaces: frozenset[str] = frozenset()
    name: str = ""
    policies: frozenset[str] = frozenset()
    blocks: frozenset[str] = frozenset()
    legacy: bool = False
    defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    late: frozenset[str] = frozenset()
    planned: Callable[[Props], Props] = as_planned
    delete_first: bool = False

    @property
    def bridged(self) -> bool:
        """Tell the provider that is bridged from Terraform from the native one."""
        return self.type.startswith("aws:")


def names(text: str) -> frozenset[str]:
    """Give the property names that ``text`` lists."""
    return frozenset(text.split())
