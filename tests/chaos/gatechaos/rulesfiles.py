"""Rules files with levels, waivers and overlays at random; none of them turns the locked rule off."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from .odds import likely
from .worlds import ACCOUNTS, REGIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from .worlds import World

SCOPE: Final = "location-scope-allowed"
DENIED: Final = "location-role-not-denied"
ALLOWED: Final = "location-role-allowed"
SUCCEEDED: Final = "operation-succeeded"
BLOCKED: Final = "access-point-blocks-public-access"
RESTATED: Final = (SCOPE, DENIED, ALLOWED, SUCCEEDED, BLOCKED)
"""Rules that the oracle says once more, in words of its own."""

_ENVIRONMENTS: Final = {"data-prod": "prod", "data-dev": "dev", "data-lab": "dev"}
_BUSY: Final = (
    "location-overlap",
    "location-role-not-shared",
    "location-prefix-delimited",
    "instance-quota-headroom",
    "role-trust-context",
)
"""Rules that nothing is restated of: their levels may differ from account to account."""


@dataclass(frozen=True, slots=True)
class RulesFile:
    """
    One rules file.

    Shape: ``levels`` are those of the restated rules, as the file says them for every account; ``waived`` are the
           (account, scope) pairs whose scope a waiver accepts.
    """

    text: str
    levels: Mapping[str, str]
    waived: frozenset[tuple[str, str]] = frozenset()

    def blocks(self, rule: str) -> bool:
        """Say whether breaking a restated rule stops a run."""
        return self.levels[rule] == "mandatory"


def draw(random: Random, world: World) -> RulesFile:
    """Draw a rules file for the organization of ``world``."""
    levels = {
        SCOPE: _level(random, 0.1),
        DENIED: _level(random, 0.1),
        ALLOWED: random.choice(("mandatory", "advisory")),
        SUCCEEDED: _level(random, 0.05),
        BLOCKED: "mandatory",
    }
    rules: dict[str, dict[str, Any]] = {
        SCOPE: {"allow": ["s3://acme-{account.name}-*/{team}/*"], "deny": ["s3://acme-*-secrets/*"]},
        ALLOWED: {"allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"]},
        DENIED: {},
        SUCCEEDED: {"onUnknown": random.choice(("fail", "warn", "pass"))},
        BLOCKED: {},
    }
    for name, level in levels.items():
        rules[name]["level"] = level
    if likely(random, 0.3):
        rules["location-prefix-template"] = {"templates": ["{team}/"]}
    for name in random.sample(_BUSY, random.randint(0, 2)):
        rules[name] = {"severity": random.choice(("low", "critical")), "onUnknown": random.choice(("warn", "pass"))}
    waivers, waived = _waivers(random, world)
    overlay = {name: {"level": random.choice(("advisory", "disabled"))} for name in random.sample(_BUSY, 1)}
    environments = {"dev": {"match": {"stacks": ["*-dev"]}, "rules": overlay}} if likely(random, 0.5) else {}
    return RulesFile(_text(rules, environments, waivers), levels, waived)


def loose() -> str:
    """Give a rules file that lets nearly everything pass: what somebody might slip in while the gate runs."""
    rules = {name: {"level": "disabled"} for name in (DENIED, SUCCEEDED)}
    return _text({**rules, SCOPE: {"allow": ["s3://*/*"]}}, {}, [])


def _level(random: Random, soft: float) -> str:
    return random.choice(("advisory", "disabled")) if likely(random, soft) else "mandatory"


def _waivers(random: Random, world: World) -> tuple[list[dict[str, Any]], frozenset[tuple[str, str]]]:
    """Waive some scopes that are flawed: half of the waivers ended years ago, and accept nothing."""
    found, waived = [], set()
    flawed = [
        (site.account, one.scope)
        for site in world.sites.values()
        for one in site.locations
        if one.flaw in {"outside", "secrets"}
    ]
    for account, scope in random.sample(flawed, min(len(flawed), random.randint(0, 2))):
        holds = likely(random, 0.5)
        found.append(
            {
                "rule": SCOPE,
                "match": {"account": account, "scope": scope},
                "owner": "data-platform",
                "reason": "moves next year",
                "expires": "2099-12-31" if holds else "2020-01-31",
            }
        )
        if holds:
            waived.add((account, scope))
    return found, frozenset(waived)


def _text(rules: Mapping[str, Any], environments: Mapping[str, Any], waivers: list[dict[str, Any]]) -> str:
    accounts = {account: {"name": name, "environment": _ENVIRONMENTS[name]} for account, name in ACCOUNTS.items()}
    content: dict[str, Any] = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts, "regions": list(REGIONS)},
        "rules": rules,
    }
    if environments:
        content["environments"] = environments
    if waivers:
        content["waivers"] = waivers
    # JSON is YAML, too.
    return json.dumps(content, indent=1) + "\n"
