"""``grantgate rules effective``: every value that applies to an account or stack, and the line that it stands on."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from grantgate_policies.commands.delivering import deliver, look
from grantgate_policies.commands.options import (
    account_id,
    account_option,
    catalogue_only,
    find_rules,
    read_rulebook,
    rule_named,
    rules_option,
    stack_option,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from grantgate_policies.core import Rule
    from grantgate_policies.positions import Document
    from grantgate_policies.reports.canvas import Canvas
    from grantgate_policies.rulebook import Effective, RuleBook
    from grantgate_policies.waivers import Waiver


@click.command(epilog="Exit codes: 0 shown; 2 usage or rules-file error.")
@rules_option
@account_option
@stack_option
@click.option("--rule", metavar="RULE", default="", help="One rule, by id or name; else all of them.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(*, rules: str | None, account: str, stack: str, rule: str, format_: str) -> int:
    r"""
    Show what applies to an account or stack, value by value, and where each comes from.

    A value is the rule's own default, or stands in the rules file, under rules or in an environment's overlay; then its
    line is named. Waivers are shown that could apply, with their owner and end.

    \b
    Example:
      grantgate rules effective --account data-dev
      grantgate rules effective --stack shop-dev --rule location-scope-allowed
    """
    from grantgate_policies import positions  # noqa: PLC0415 - what --help must not wait for

    path = find_rules(rules)
    content = _content(path)
    rulebook = read_rulebook(rules) if path else catalogue_only()
    if _content(path) != content:
        raise click.UsageError(f"{path}: was changed while it was read; run again")
    document = None if content is None else positions.read(positions.decode(content, str(path)), str(path))
    catalogue = rulebook.catalogue
    wanted = [rule_named(rulebook, rule)] if rule else catalogue
    view = _View(rulebook, document, account_id(rulebook, account), stack)
    today = dt.datetime.now(dt.UTC).date()
    if format_ == "json":
        deliver(json.dumps(view.to_json(wanted, today), indent=2) + "\n")
    else:
        deliver(_text(view, wanted, today))
    return 0


@dataclass(frozen=True, slots=True)
class _Value:
    """One value that applies: ``origin`` as the rule book has it, ``line`` where it stands in the file, else 0."""

    name: str
    value: Any
    origin: str
    line: int


@dataclass(frozen=True, slots=True)
class _View:
    """The rules file as one account and stack see it; ``document`` is None where it cannot be read for its lines."""

    rulebook: RuleBook
    document: Document | None
    account: str
    stack: str

    @property
    def environment(self) -> str:
        """Name the environment."""
        return self.rulebook.environment(self.account or None, self.stack)

    def because(self) -> str:
        """Say why it is this environment, or none."""
        from grantgate_policies import stars  # noqa: PLC0415 - loaded by now

        if not self.rulebook.path:
            return "there is no rules file"
        known = self.rulebook.organization.accounts.get(self.account)
        if known is not None and known.environment:
            line = self._line("organization", "accounts", known.id, "environment")
            overlay = "" if known.environment in self.rulebook.environments else "; the file has no overlay for it"
            return f"account {known.id} ({known.name}) names it{line}{overlay}"
        found = [
            (environment.name, index, glob)
            for environment in self.rulebook.environments.values()
            for index, glob in enumerate(environment.stacks)
            if stars.matches(glob, self.stack)
        ]
        if found:
            name, index, glob = found[0]
            line = self._line("environments", name, "match", "stacks", index)
            others = list(dict.fromkeys(other for other, _, _ in found if other != name))
            more = (
                f"; so {'do' if len(others) > 1 else 'does'} {' and '.join(others)}, and the first in the file counts"
                if others
                else ""
            )
            return f"stack {self.stack!r} matches {glob!r}{line}{more}"
        account = "no account is given" if not self.account else f"account {self.account} names none"
        if self.account and known is None:
            account = f"account {self.account} is not in the file"
        stack = f"stack {self.stack!r} matches no environment" if self.stack else "no stack is given"
        return f"{account}, and {stack}"

    def values(self, rule: Rule) -> Iterator[_Value]:
        """Give what applies to a rule: the keys that every rule has, then its settings by name."""
        effective = self.rulebook.effective(rule, self.account or None, self.stack)
        common = {
            "level": effective.level.value,
            "severity": effective.severity.value,
            "onUnknown": effective.on_unknown.value,
            "waivable": effective.waivable,
        }
        for name, value in [*common.items(), *sorted(effective.settings.items())]:
            origin = effective.origins[name]
            yield _Value(name, value, origin, self._line_of(rule, name, origin))

    def waivers(self, rule: Rule) -> list[Waiver]:
        """Give the waivers of a rule that some resource of the account could meet; none where it takes no waivers."""
        if not self.rulebook.effective(rule, self.account or None, self.stack).waivable:
            return []
        return [
            waiver
            for waiver in self.rulebook.waivers
            if waiver.rule == rule.name and (not self.account or waiver.match.account in {None, self.account})
        ]

    def to_json(self, rules: Sequence[Rule], today: dt.date) -> dict[str, Any]:
        """Give the shape ``grantgate.effective/1``."""
        return {
            "schema": "grantgate.effective/1",
            "rulesFile": self.rulebook.path,
            "account": self.account,
            "stack": self.stack,
            "environment": self.environment,
            "because": self.because(),
            "rules": [self._rule(rule, today) for rule in rules],
        }

    def _rule(self, rule: Rule, today: dt.date) -> dict[str, Any]:
        effective = self.rulebook.effective(rule, self.account or None, self.stack)
        return {
            "id": rule.id,
            "name": rule.name,
            "kind": kind(rule),
            "locked": rule.locked,
            "configured": effective.configured,
            "missing": _missing(rule, effective),
            "values": [
                {"name": one.name, "value": one.value, "origin": one.origin, "line": one.line or None}
                for one in self.values(rule)
            ],
            "waivers": [
                {
                    "owner": waiver.owner,
                    "reason": waiver.reason,
                    "ticket": waiver.ticket,
                    "match": waiver.match.to_json(),
                    "expires": waiver.expires.isoformat(),
                    "expired": waiver.is_expired(today),
                    "endsSoon": bool(waiver.ending(today)) and not waiver.is_expired(today),
                    "line": waiver.line,
                }
                for waiver in self.waivers(rule)
            ],
        }

    def _line_of(self, rule: Rule, name: str, origin: str) -> int:
        if self.document is None or origin == "default":
            return 0
        # An environment's name may hold dots.
        base = ("rules",) if origin == "rules" else ("environments", origin.partition(".")[2], "rules")
        return self.document.position((*base, rule.name, name), of_key=True)[0]

    def _line(self, *path: str | int) -> str:
        return f", {self.rulebook.path}:{self.document.position(path)[0]}" if self.document else ""


def kind(rule: Rule) -> str:
    """Say what a rule looks at: one "resource" by itself, or the whole "stack"."""
    return "resource" if rule.gather is None else "stack"


def _missing(rule: Rule, effective: Effective) -> list[str]:
    return [name for name in rule.required if name not in effective.settings]


def _content(path: Path | None) -> bytes | None:
    """Give the file's bytes; None where there is none, or none that can be read twice, such as a pipe."""
    try:
        return path.read_bytes() if path and path.is_file() else None
    except OSError:
        return None  # reading it as rules says why


# --- text -------------------------------------------------------------------------------------------------------------


def _text(view: _View, rules: Sequence[Rule], today: dt.date) -> str:
    from grantgate_policies.reports.canvas import Canvas  # noqa: PLC0415 - json needs none of it

    canvas = Canvas(look())
    path = view.rulebook.path
    canvas.wrapped(path or "none: the rules as they come", label="rules file   ", label_style="dim")
    canvas.wrapped(f"{view.environment or '(none)'}: {view.because()}", label="environment  ", label_style="dim")
    for rule in rules:
        _one(canvas, view, rule, today)
    return canvas.text()


def _one(canvas: Canvas, view: _View, rule: Rule, today: dt.date) -> None:
    effective = view.rulebook.effective(rule, view.account or None, view.stack)
    canvas.heading(f"{rule.id} {rule.name}")
    told = [f"{kind(rule)} rule"]
    told += ["locked: neither waived nor disabled nor made advisory"] if rule.locked else []
    told += [] if effective.configured else [f"not configured: {', '.join(_missing(rule, effective))} missing"]
    canvas.wrapped("; ".join(told), indent=2)
    rows = []
    for one in view.values(rule):
        place = f"{one.origin}, {view.rulebook.path}:{one.line}" if one.line else one.origin
        rows.append((one.name, place, _shown(one.value)))
    canvas.columns(("name", "from", "value"), rows)
    for waiver in view.waivers(rule):
        end = waiver.ending(today) or f"until {waiver.expires}"
        match = ", ".join(f"{key} {value}" for key, value in waiver.match.to_json().items())
        ticket = f", {waiver.ticket}" if waiver.ticket else ""
        told_ = f"{waiver.owner}, {end}{ticket}: {match} ({view.rulebook.path}:{waiver.line})"
        canvas.wrapped(told_, indent=2, label="Waiver: ", label_style="cyan")


def _shown(value: Any) -> str:
    """Write a value as a word or as JSON, a list with a line for each of its items."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        return "\n".join(json.dumps(item, ensure_ascii=False) for item in value)
    return json.dumps(value, ensure_ascii=False)
