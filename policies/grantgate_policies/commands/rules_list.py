"""``grantgate rules list``: the catalogue as it applies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from grantgate_policies.commands.delivering import deliver, look
from grantgate_policies.commands.options import (
    account_id,
    account_option,
    catalogue_only,
    find_rules,
    read_rulebook,
    rules_option,
    stack_option,
)

if TYPE_CHECKING:
    from grantgate_policies.core import Rule
    from grantgate_policies.rulebook import RuleBook


@click.command(epilog="Exit codes: 0 listed; 2 usage or rules-file error.")
@rules_option
@account_option
@stack_option
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(*, rules: str | None, account: str, stack: str, format_: str) -> int:
    r"""
    List every rule with its level, severity and what an unknown value does, and where each comes from.

    Without a rules file the rules are listed as they come.

    \b
    Example:
      grantgate rules list --account data-dev
    """
    rulebook = read_rulebook(rules) if find_rules(rules) else catalogue_only()

    wanted = account_id(rulebook, account)
    entries = [_entry(rule, rulebook, wanted, stack) for rule in rulebook.catalogue]
    if format_ == "json":
        members = {
            "schema": "grantgate.rules/1",
            "rulesFile": rulebook.path,
            "environment": rulebook.environment(wanted or None, stack),
            "rules": entries,
        }
        deliver(json.dumps(members, indent=2) + "\n")
        return 0
    deliver(_text(entries, rulebook, rulebook.environment(wanted or None, stack)))
    return 0


def _entry(rule: Rule, rulebook: RuleBook, account: str, stack: str) -> dict[str, Any]:
    effective = rulebook.effective(rule, account or None, stack)
    return {
        "id": rule.id,
        "name": rule.name,
        "summary": rule.summary,
        "kind": rule.kind,
        "remedy": rule.remedy is not None,
        "level": effective.level.value,
        "severity": effective.severity.value,
        "onUnknown": effective.on_unknown.value,
        "waivable": effective.waivable,
        "configured": effective.configured,
        "missing": [name for name in rule.required if name not in effective.settings],
        "origins": dict(sorted(effective.origins.items())),
        "url": rule.url,
    }


def _text(entries: list[dict[str, Any]], rulebook: RuleBook, environment: str) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - json needs none of it

    canvas = Canvas(look())
    rows = [
        (
            entry["id"],
            entry["name"],
            entry["kind"],
            entry["level"],
            entry["severity"],
            entry["onUnknown"],
            "yes" if entry["configured"] else f"no: {', '.join(entry['missing'])} missing",
            _origin(entry["origins"]),
        )
        for entry in entries
    ]
    canvas.columns(("id", "name", "kind", "level", "severity", "on unknown", "configured", "from"), rows, indent=0)
    canvas.line()
    place = f"rules file {rulebook.path}" if rulebook.path else "no rules file: the rules as they come"
    canvas.line(f"{place}; environment {environment or '(none)'}")
    return canvas.text()


def _origin(origins: dict[str, str]) -> str:
    """Give where anything but defaults comes from."""
    found = sorted(set(origins.values()) - {"default"}, reverse=True)
    return (
        ", ".join(
            f"{origin} ({', '.join(name for name, where in origins.items() if where == origin)})" for origin in found
        )
        or "default"
    )
