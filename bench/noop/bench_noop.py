"""A dynamic resource that does nothing: the engine's own price of one. Pickled by reference, as lookups are."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class NoopProvider(ResourceProvider):
    """Create nothing, with the SDK's own check and diff."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Give the inputs back."""
        return CreateResult("noop", props)


class Noop(Resource, module="bench", name="Noop"):
    """One input, no output of its own."""

    subject: pulumi.Output[str]

    def __init__(self, name: str, subject: str) -> None:
        super().__init__(NoopProvider(), name, {"subject": subject})
