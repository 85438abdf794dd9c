"""The stack as an update will leave it, read from the engine's event log, with what each resource was before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import wire
from grantgate_policies.engine.words import GONE, name_of, steps
from grantgate_policies.shown_providers import Providers
from grantgate_policies.subjects import OUR_TYPES, witnessed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from grantgate_policies.core import Resource

_REPLACING: Final = frozenset({"create-replacement", "replace"})


def planned_resources(events: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    """Give every resource as it will be, with what it was before."""
    planned = list(steps(events))
    providers = Providers()
    for step in planned:
        if isinstance(step.get("new"), dict) and step["new"].get("urn") and step["new"].get("type"):
            providers.add(step["new"])
    shown: dict[str, Resource] = {}
    for step in planned:
        new, operation = step.get("new"), step.get("op")
        if not isinstance(new, dict) or operation in GONE or not new.get("urn") or not witnessed(str(new.get("type"))):
            continue
        old: Mapping[str, Any] = step.get("old") or {}
        provider = providers.named(str(new.get("provider") or ""))
        # What is replaced gets new outputs, what stays keeps its own; a lookup's answer is among its inputs.
        fresh = operation in _REPLACING or new["type"].startswith(OUR_TYPES)
        kept = {} if fresh else old.get("outputs") or {}
        shown[new["urn"]] = wire.resource(
            urn=new["urn"],
            resource_type=new["type"],
            name=name_of(new["urn"]),
            props={**kept, **(new.get("inputs") or {})},
            provider_props=(provider or {}).get("inputs"),
            previous=old.get("inputs"),
        )
    yield from shown.values()
