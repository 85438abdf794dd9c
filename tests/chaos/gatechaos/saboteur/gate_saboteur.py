"""
Breaks the product on purpose, in child processes of a chaos run, to see whether the oracle notices.

It is loaded by a path file of an environment that a run makes for it, and does nothing unless CHAOS_BREAK names what to
break. Only the test's children ever see it: the product has no hook for it.
"""

# A child loads no more than what is broken in it (PLC0415), and what is broken is private (SLF001).
# ruff: noqa: PLC0415, SLF001

from __future__ import annotations

import importlib.abc
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

VARIABLE = "CHAOS_BREAK"


# --- what looks: it answers without having asked ----------------------------------------------------------------------


def _stale(lookup: Any) -> None:
    """Give the earlier answer, with the mark of this run, whenever there is one."""
    really = lookup.Lookup._performed

    def performed(self: Any, wanted: Any, earlier: Any, **more: Any) -> Any:
        if earlier.get("lookup") == "performed":
            return {
                **{k: v for k, v in earlier.items() if k != "__provider"},
                "run": os.environ.get("GRANTGATE_RUN", ""),
            }
        return really(self, wanted, earlier, **more)

    lookup.Lookup._performed = performed


def _guessed(location: Any) -> None:
    """Ask for the first location only, and give its answer for every other."""
    from dataclasses import replace

    really = location.LocationLookup.fact
    known: list[Any] = []

    def fact(self: Any, place: Any, wanted: Any, earlier: Any) -> Any:
        if not known:
            known.append(really(self, place, wanted, earlier))
        return replace(
            known[0],
            account_id=place.account_id,
            region=place.region,
            access_grants_location_id=wanted["accessGrantsLocationId"],
        )

    location.LocationLookup.fact = fact


def _first_page(client: Any) -> None:
    """Take the first page of every list for all of it."""
    really = client.BaseClient._make_api_call

    def call(self: Any, operation: str, arguments: Any) -> Any:
        reply = really(self, operation, arguments)
        if operation.startswith("List"):
            reply.pop("NextToken", None)
        return reply

    client.BaseClient._make_api_call = call


def _empty(class_name: str, fact_name: str, fact_items: str) -> Callable[[Any], None]:
    """Take a list that could not be read for one that is empty."""

    def patch(module: Any) -> None:
        from grantgate import facts
        from grantgate.calls.errors import Unread

        lookup, fact = getattr(module, class_name), getattr(facts, fact_name)
        really = lookup.fact

        def read(self: Any, place: Any, wanted: Any, earlier: Any) -> Any:
            try:
                return really(self, place, wanted, earlier)
            except Unread:
                return fact(place.account_id, place.region, instance_exists=False, **{fact_items: ()})

        lookup.fact = read

    return patch


def _shared(location: Any) -> None:
    """Let a lookup that must ask by itself take what others were told."""
    from dataclasses import replace

    really = location.LocationLookup.fact

    def fact(self: Any, place: Any, wanted: Any, earlier: Any) -> Any:
        return really(self, replace(place, direct=False), wanted, earlier)

    location.LocationLookup.fact = fact


def _leaking(lookup: Any) -> None:
    """Tell the credentials wherever a failure is told."""
    really = lookup._reason
    lookup._reason = lambda error: f"{really(error)} with {os.environ['AWS_ACCESS_KEY_ID']}"


# --- what judges: it leaves something out -----------------------------------------------------------------------------


def _skipped(judge: Any) -> None:
    """Forget one rule, as if the pack had none of it."""
    really = judge.Judge.__post_init__

    def init(self: Any) -> None:
        really(self)
        self.rules = [rule for rule in self.rules if rule.id != "AGL-12"]

    judge.Judge.__post_init__ = init


def _lenient(rules: Any) -> None:
    """Let three rules pass whatever they see."""
    from grantgate_policies.core import PASSED

    for rule in rules.RULES:
        if rule.id in {"AGL-03", "AGL-11", "AGL-12"}:
            object.__setattr__(rule, "judge", lambda *_: PASSED)


def _dropped(journal: Any) -> None:
    """Lose the last finding of every resource."""
    really = journal.Journal.findings

    def findings(self: Any, found: Any) -> None:
        really(self, list(found)[:-1])

    journal.Journal.findings = findings


def _one_item(locations: Any) -> None:
    """Judge the first location of a list, and none of the others."""
    really = locations.live_locations

    def read(resource: Any) -> Any:
        yield from list(really(resource))[:1]

    locations.live_locations = read


# --- what proves and reports ------------------------------------------------------------------------------------------


def _believing(evidence: Any) -> None:
    """Ask for no proof."""
    evidence.missing_proof = lambda *_, **__: []


def _green(report: Any) -> None:
    """End well whatever was found."""
    report.Report.exit_code = lambda _self: report.Exit.PASSED


def _mute(evidence: Any) -> None:
    """Find no problem worth telling, and end as if there were one."""
    from dataclasses import replace

    from grantgate_policies import report as reports

    really = evidence.report_of
    evidence.report_of = lambda *given, **named: replace(really(*given, **named), problems=())
    exit_code = reports.Report.exit_code

    def failed(self: Any) -> Any:
        return exit_code(self) or reports.Exit.ERROR

    setattr(reports.Report, "exit_code", failed)  # noqa: B010 - a method is replaced, which no type checker likes


def _tracing(gate: Any) -> None:
    """Show frames to the user."""
    gate.gated = lambda *_: 1 // 0


BREAKS: dict[str, dict[str, Callable[[Any], None]]] = {
    "stale": {"grantgate.lookup": _stale},
    "guessed": {"grantgate.location": _guessed},
    "first-page": {"botocore.client": _first_page},
    "empty": {
        "grantgate.locations": _empty("LocationsLookup", "LocationsFact", "locations"),
        "grantgate.grants": _empty("GrantsLookup", "GrantsFact", "grants"),
    },
    "shared": {"grantgate.location": _shared},
    "leaking": {"grantgate.lookup": _leaking},
    "skipped-rule": {"grantgate_policies.judge": _skipped},
    "lenient-rule": {"grantgate_policies.rules": _lenient},
    "dropped-finding": {"grantgate_policies.journal": _dropped, "grantgate_policies.evidence": _believing},
    "one-item": {"grantgate_policies.subjects.locations": _one_item, "grantgate_policies.evidence": _believing},
    "green": {"grantgate_policies.report": _green},
    "mute": {"grantgate_policies.evidence": _mute},
    "tracing": {"grantgate_policies.commands.gate": _tracing},
}
"""By name, the modules that are changed as soon as they are loaded, and how."""


class _Loader(importlib.abc.Loader):
    """Loads a module as it would have been, then changes it."""

    def __init__(self, loader: Any, patch: Callable[[Any], None]) -> None:
        self._loader = loader
        self._patch = patch

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Leave it to the loader that there was."""
        found: ModuleType | None = self._loader.create_module(spec)
        return found

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then change it."""
        self._loader.exec_module(module)
        self._patch(module)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds the modules that are to be changed where everybody would find them."""

    def __init__(self, patches: dict[str, Callable[[Any], None]]) -> None:
        self._patches = patches

    def find_spec(
        self, name: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Wrap the loader of a module that is to be changed; say nothing about others."""
        patch = self._patches.pop(name, None)
        spec = importlib.util.find_spec(name) if patch else None
        if patch is None or spec is None or spec.loader is None:
            return None
        spec.loader = _Loader(spec.loader, patch)
        return spec


def install() -> None:
    """Break what CHAOS_BREAK names."""
    name = os.environ.get(VARIABLE)
    if name:
        sys.meta_path.insert(0, _Finder(dict(BREAKS[name])))


install()
