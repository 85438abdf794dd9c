"""The providers that an input shows, and what the stack's configuration says of those that it does not."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Providers:
    """
    The providers that an input shows, by the reference ``URN::ID`` that resources hold, and by URN.

    Shape: ``config`` is the stack's configuration, which default providers are made of; a preview shows only that.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    by_reference: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    by_urn: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add(self, state: Mapping[str, Any]) -> None:
        """Remember ``state`` when it is a provider's."""
        if state["type"].startswith("pulumi:providers:"):
            self.by_reference[f"{state['urn']}::{state.get('id', '')}"] = state
            self.by_urn[state["urn"]] = state

    def named(self, reference: str) -> Mapping[str, Any] | None:
        """Give the provider that a resource refers to, when the input shows it."""
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
