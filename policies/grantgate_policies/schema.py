"""
The rules file's published JSON Schema, made from the catalogue.

Its ``x-`` keywords are ours, other validators pass over them: ``x-is`` says in words what a value must be, ``x-keys``
what a map's free keys must be, and ``x-pattern`` (``scope``, ``role``, ``prefix`` or ``name``) that the texts there are
patterns of that kind, which no schema can check.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.core import Level, OnUnknown, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grantgate_policies.core import Rule

ID: Final = "urn:grantgate:rules:1"
VERSION: Final = 1

_ACCOUNT_ID: Final = "^[0-9]{12}$"
_ENVIRONMENT: Final = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
_NOT_BLANK: Final = r"\S"
_NOT_ALL_STARS: Final = r"[^*\s]"
COMMON: Final = ("level", "severity", "onUnknown", "waivable")
"""Keys of every rule; a locked one has only onUnknown, which is then never pass."""


def schema(rules: Sequence[Rule]) -> dict[str, Any]:
    """
    Make the schema for files about these rules.

    Errors: ValueError when a rule's own settings take a name that every rule has, or require one that they lack, and
            when a locked rule itself lets pass what is unknown.
    """
    for rule in rules:
        check_settings(rule)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "grantgate rules file",
        "description": "What one organization demands of its S3 Access Grants and Multi-Region Access Points.",
        **_map(
            {
                "$schema": _text("Address of this schema, for editors."),
                "version": {"const": VERSION, "description": "Version of the rules file's format.", "examples": [1]},
                "organization": _organization(),
                "rules": _rules(rules, overlay=False),
                "environments": _environments(rules),
                "waivers": _waivers([rule.name for rule in rules if not rule.locked]),
                "customRules": _custom_rules(),
            },
            required=("version", "organization"),
        ),
        "$defs": {rule.name: _entry(rule) for rule in sorted(rules, key=lambda rule: rule.name)},
    }


def text(rules: Sequence[Rule]) -> str:
    """Give the published file, byte for byte: its keys keep the order in which they are explained."""
    return json.dumps(schema(rules), indent=2, ensure_ascii=False) + "\n"


def defaults(rule: Rule) -> dict[str, Any]:
    """Give the values of the settings that the rule has a default for."""
    return {name: fragment["default"] for name, fragment in rule.settings.items() if "default" in fragment}


def check_settings(rule: Rule) -> None:
    """Raise a ValueError that says why a rules file could not hold the rule's settings."""
    if taken := sorted(set(rule.settings).intersection(COMMON)):
        raise ValueError(f"rule {rule.name}: settings {', '.join(taken)} are keys of every rule")
    if lacking := sorted(set(rule.required).difference(rule.settings)):
        raise ValueError(f"rule {rule.name}: required {', '.join(lacking)} without a settings fragment")
    if rule.locked and rule.on_unknown is OnUnknown.PASS:
        raise ValueError(f"rule {rule.name}: locked, and what is unknown passes")


def _organization() -> dict[str, Any]:
    account = _map(
        {
            "name": _name("Short name; patterns write it as {account.name}.", "data-prod"),
            "environment": _environment_name("Environment whose overlay applies to the account's resources."),
        },
        required=("name",),
        description="One AWS account.",
    )
    region = {
        "type": "string",
        "pattern": "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
        "x-is": "the name of an AWS Region",
        "description": "One AWS Region.",
        "examples": ["eu-west-1"],
    }
    return _map(
        {
            "name": _name("The organization's name.", "acme"),
            "accounts": {
                "type": "object",
                "description": "The organization's AWS accounts, by id (12 digits, in quotes).",
                "minProperties": 1,
                "patternProperties": {_ACCOUNT_ID: account},
                "additionalProperties": False,
                "x-keys": "an account id (12 digits)",
                "examples": [{"111122223333": {"name": "data-prod", "environment": "prod"}}],
            },
            "regions": _list("Regions that may be used; without this key, all.", region, ["eu-west-1", "us-east-1"]),
        },
        required=("name",),
        description="Whose rules these are.",
    )


def _rules(rules: Sequence[Rule], *, overlay: bool) -> dict[str, Any]:
    def entry(rule: Rule) -> dict[str, Any]:
        reference = {"$ref": f"#/$defs/{rule.name}"}
        return reference if overlay or not rule.required else {**reference, "required": list(rule.required)}

    entries = {rule.name: entry(rule) for rule in sorted(rules, key=lambda rule: rule.name)}
    about = "What this environment changes, rule by rule and key by key." if overlay else "Rules by name."
    return {**_map(entries, description=about), "x-keys": "the name of a rule"}


def _entry(rule: Rule) -> dict[str, Any]:
    levels = [level.value for level in Level if rule.remedy or level is not Level.REMEDIATE]
    level = _choice("What a failure does.", levels, rule.level.value)
    severity = _choice("How bad a failure is.", [severity.value for severity in Severity], rule.severity.value)
    # A locked rule that let an unknown pass would block nothing and say nothing.
    choices = [choice.value for choice in OnUnknown if not (rule.locked and choice is OnUnknown.PASS)]
    on_unknown = _choice("What a value that is not known yet does.", choices, rule.on_unknown.value)
    if rule.locked:
        on_unknown["x-is"] = f"{' or '.join(choices)}, all that a locked rule takes"
    waivable = {
        "type": "boolean",
        "description": "Whether waivers may name the rule.",
        "default": True,
        "examples": [False],
    }
    free = {} if rule.locked else {"level": level, "severity": severity, "waivable": waivable}
    settings = {name: _described(name, fragment) for name, fragment in rule.settings.items()}
    about = f"{rule.id}: {rule.summary}."
    if rule.locked:
        about += " Locked: neither waived nor disabled nor made advisory, and no unknown passes."
    return _map({**free, "onUnknown": on_unknown, **settings}, description=about)


def _environments(rules: Sequence[Rule]) -> dict[str, Any]:
    glob = {
        "type": "string",
        "pattern": "^[A-Za-z0-9._*/-]+$",
        "x-is": "a glob of stack names (letters, digits, . _ - / and *)",
        "description": "A stack name; * stands for any text.",
        "examples": ["*-dev"],
    }
    match = _map(
        {"stacks": _list("Stacks of the environment; the first environment that matches is chosen.", glob, ["*-dev"])},
        required=("stacks",),
        description="Chooses the environment of resources whose account names none.",
    )
    environment = _map(
        {"match": match, "rules": _rules(rules, overlay=True)}, description="One environment's changes to the rules."
    )
    return {
        "type": "object",
        "description": "Overlays over the rules, by environment; chosen by account, else by stack name.",
        "patternProperties": {_ENVIRONMENT: environment},
        "additionalProperties": False,
        "x-keys": "an environment's name (letters, digits, . _ -)",
        "examples": [{"dev": {"match": {"stacks": ["*-dev"]}, "rules": {}}}],
    }


def _waivers(names: Sequence[str]) -> dict[str, Any]:
    match = _map(
        {
            "account": {
                **_text("Id of the resource's account.", "111122223333"),
                "pattern": _ACCOUNT_ID,
                "x-is": "an account id (12 digits)",
            },
            "scope": {**_text("Pattern that admits the scope.", "s3://acme-legacy/*"), "x-pattern": "scope"},
            "role": {
                **_text("Pattern that admits the role's ARN.", "arn:aws:iam::111122223333:role/legacy-*"),
                "x-pattern": "role",
            },
            "urn": _glob("Glob of the resource's URN; * stands for any text.", "*::legacy-location"),
            "resource": _glob("Glob of the resource's name; * stands for any text.", "legacy-*"),
        },
        description="Which resources; every key given must match, what is unknown never does.",
    )
    rule = {
        "type": "string",
        "enum": sorted(names),
        "x-is": "a rule that can be waived",
        "description": "Name of the rule that is waived.",
        "examples": sorted(names)[:1],
    }
    waiver = _map(
        {
            "rule": rule,
            "match": {**match, "minProperties": 1},
            "owner": _text("Who answers for the exception.", "data-platform"),
            "reason": _text("Why it is needed.", "moves in Q1"),
            "ticket": _text("Where its end is tracked.", "DATA-812"),
            "expires": {
                **_text("Last day on which it holds, in UTC.", "2027-01-31"),
                "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
                "format": "date",
                "x-is": "a date written YYYY-MM-DD",
            },
        },
        required=("rule", "match", "owner", "reason", "expires"),
        description="One exception that somebody answers for until a day.",
    )
    return {"type": "array", "description": "Exceptions, each with an owner and an end.", "items": waiver}


def _custom_rules() -> dict[str, Any]:
    entry = _map(
        {
            "path": _text(
                "A Python file, or a folder of them, relative to the rules file's folder.", "rules/bucket_named.py"
            ),
            "entryPoint": _text("Name of an entry point that an installed package has in grantgate.rules.", "acme"),
        },
        description="One place that offers rules: a path, or an entry point.",
    )
    return {
        "type": "array",
        "description": "The organization's own rules, in Python; what is not named here is not loaded.",
        "items": {**entry, "minProperties": 1, "maxProperties": 1},
        "uniqueItems": True,
        "examples": [[{"path": "rules/bucket_named.py"}]],
    }


def _map(
    properties: Mapping[str, Any], *, required: Sequence[str] = (), description: str | None = None
) -> dict[str, Any]:
    described = {"description": description} if description else {}
    demanded = {"required": list(required)} if required else {}
    return {
        "type": "object",
        **described,
        "properties": dict(properties),
        **demanded,
        "additionalProperties": False,
    }


def _list(description: str, items: Mapping[str, Any], example: Sequence[Any]) -> dict[str, Any]:
    return {
        "type": "array",
        "description": description,
        "items": dict(items),
        "minItems": 1,
        "uniqueItems": True,
        "examples": [list(example)],
    }


def _text(description: str, *examples: str) -> dict[str, Any]:
    shape = {"type": "string", "pattern": _NOT_BLANK, "x-is": "a text that says something", "description": description}
    return {**shape, "examples": list(examples)} if examples else shape


def _name(description: str, example: str) -> dict[str, Any]:
    return {
        **_text(description, example),
        "pattern": "^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?$",
        "x-is": "a name (letters, digits, . _ - and spaces between them)",
    }


def _environment_name(description: str) -> dict[str, Any]:
    return {
        **_text(description, "prod"),
        "pattern": _ENVIRONMENT,
        "x-is": "an environment's name (letters, digits, . _ -)",
    }


def _glob(description: str, example: str) -> dict[str, Any]:
    return {**_text(description, example), "pattern": _NOT_ALL_STARS, "x-is": "a glob that names more than *"}


def _choice(description: str, values: Sequence[str], default: str) -> dict[str, Any]:
    return {"enum": list(values), "description": description, "default": default, "examples": [default]}


def _described(name: str, fragment: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": f"Setting {name}.", **fragment}
