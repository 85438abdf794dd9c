"""Held against the real catalogue and patterns: waivers that cover everything or nothing, captures that miss others."""

from __future__ import annotations

import json

import pytest
from grantgate_policies.rulebook import RulesFileError, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS

HEAD = "version: 1\norganization: {name: acme}\n"


def refused(text: str) -> list[str]:
    """Give the faults of a file about the real rules, each as line: path: message."""
    try:
        parse(HEAD + text, name="rules.yaml", rules=RULES, pattern_checks=PATTERN_CHECKS)
    except RulesFileError as error:
        return [f"{fault.line}:{fault.column}: {fault.text('')[1:].split(': ', 1)[1]}" for fault in error.faults]
    return []


# --- waivers ----------------------------------------------------------------------------------------------------------

BESIDE = "and nothing narrower stands beside it. Narrow it, or add account, urn or resource."
EVERY_SCOPE = f"names no bucket and no folder, {BESIDE}"
EVERY_ROLE = f"names no account, no path and no role, {BESIDE}"


@pytest.mark.parametrize(
    ("rule", "match", "faults"),
    [
        pytest.param(
            "location-scope-allowed",
            'scope: "s3://"',
            [f"3:57: waivers[0].match.scope: 's3://' {EVERY_SCOPE}"],
            id="every scope",
        ),
        pytest.param(
            "location-scope-allowed",
            'scope: "s3://*/*/*"',
            [f"3:57: waivers[0].match.scope: 's3://*/*/*' {EVERY_SCOPE}"],
            id="every scope, in stars",
        ),
        pytest.param(
            "location-role-allowed",
            'role: "arn:*:iam::*:role/*"',
            [f"3:55: waivers[0].match.role: 'arn:*:iam::*:role/*' {EVERY_ROLE}"],
            id="every role",
        ),
        pytest.param(
            "location-role-allowed",
            'role: "arn:aws:iam::*:role/*"',
            [f"3:55: waivers[0].match.role: 'arn:aws:iam::*:role/*' {EVERY_ROLE}"],
            id="every role of the partition",
        ),
        pytest.param(
            "location-role-allowed",
            'scope: "s3://*", role: "arn:*:iam::*:role/*/*"',
            [
                f"3:56: waivers[0].match.scope: 's3://*' {EVERY_SCOPE}",
                f"3:72: waivers[0].match.role: 'arn:*:iam::*:role/*/*' {EVERY_ROLE}",
            ],
            id="one beside the other",
        ),
        pytest.param("location-scope-allowed", 'scope: "s3://", resource: "old-*"', [], id="narrowed by a name"),
        pytest.param(
            "location-not-default", 'scope: "s3://", role: "arn:aws:iam::*:role/old-*"', [], id="narrowed by a role"
        ),
        pytest.param("location-role-allowed", 'role: "arn:*:iam::111122223333:role/*"', [], id="one account's roles"),
        pytest.param("location-scope-allowed", 'scope: "s3://*/old/*"', [], id="a folder of every bucket"),
        pytest.param(
            "location-scope-allowed",
            'scope: "s3://acme-{account.name}/*"',
            [
                (
                    "3:57: waivers[0].match.scope: 's3://acme-{account.name}/*' has {account.name}, and a waiver"
                    " takes no variables or captures. Write the text itself, or *."
                )
            ],
            id="a variable",
        ),
        pytest.param(
            "location-role-allowed",
            'role: "arn:{partition}:iam::*:role/{team}-*", account: "111122223333"',
            [
                (
                    "3:55: waivers[0].match.role: 'arn:{partition}:iam::*:role/{team}-*' has {partition}, {team}, and a"
                    " waiver takes no variables or captures. Write the text itself, or *."
                )
            ],
            id="a variable and a capture, whatever is beside",
        ),
        pytest.param(
            "operation-succeeded",
            'scope: "s3://acme/*", resource: x',
            [
                (
                    "3:54: waivers[0].match.scope: 's3://acme/*' never matches: what operation-succeeded judges has no"
                    " scope. Match account, urn or resource."
                )
            ],
            id="a rule about no scope",
        ),
        pytest.param(
            "instance-owner-allowed",
            'role: "arn:aws:iam::{account.id}:role/x"',
            [
                (
                    "3:56: waivers[0].match.role: 'arn:aws:iam::{account.id}:role/x' never matches: what"
                    " instance-owner-allowed judges has no role. Match account, urn or resource."
                )
            ],
            id="a rule about no role, told first",
        ),
        pytest.param("instance-owner-allowed", 'account: "111122223333"', [], id="a rule about an account"),
        pytest.param(
            "lookup-performed",
            'scope: "s3://acme/*"',
            ["3:18: waivers[0].rule: 'lookup-performed' is locked, it cannot be waived. Delete the waiver."],
            id="a locked rule, told alone",
        ),
        pytest.param("location-scope-allowed", 'scope: "s3://acme"', [], id="one bucket"),
    ],
)
def test_waiver_match_faults(rule: str, match: str, faults: list[str]) -> None:
    """A match that covers everything, or that nothing could ever meet, is a fault where it stands."""
    waiver = f'rule: {rule}, match: {{{match}}}, owner: o, reason: r, expires: "2099-12-31"'

    assert refused(f"waivers: [{{{waiver}}}]\n") == faults


def test_match_keys_without_pattern_checks() -> None:
    """What a rule does not judge is known without reading any pattern."""
    waiver = 'rule: operation-succeeded, match: {role: "?"}, owner: o, reason: r, expires: "2099-12-31"'

    with pytest.raises(RulesFileError, match="'\\?' never matches: what operation-succeeded judges has no role"):
        parse(f"{HEAD}waivers: [{{{waiver}}}]\n", name="rules.yaml", rules=RULES)


# --- captures ---------------------------------------------------------------------------------------------------------


def captures(scopes: str, roles: str, more: str = "", overlay: str = "") -> str:
    """Write rules whose patterns capture these names, each in a pattern of its own."""
    lines = ["rules:", f"  location-scope-allowed: {{allow: {scopes_of(scopes)}}}"]
    lines.append(f"  location-role-allowed: {{allow: {roles_of(roles)}}}")
    environment = f"environments: {{dev: {{match: {{stacks: [dev]}}, rules: {{{overlay}}}}}}}"
    return "\n".join([*lines, *([f"  {more}"] if more else []), *([environment] if overlay else [])]) + "\n"


def scopes_of(names: str) -> str:
    return json.dumps([f"s3://a/{{{name}}}/*" for name in names.split()])


def roles_of(names: str) -> str:
    return json.dumps([f"arn:aws:iam::*:role/{{{name}}}-x" for name in names.split()])


def too_like(place: str, text: str, name: str, other: str, of: str) -> str:
    return (
        f"{place}: {text!r} captures {{{name}}}, which no other rule does and which is too like {{{other}}} of {of}."
        f" Did you mean {{{other}}}?"
    )


SCOPE_4, ROLE_5 = "location-scope-allowed, line 4", "location-role-allowed, line 5"
AT_ROLE = "5:35: rules.location-role-allowed.allow[0]"
TAEM = "arn:aws:iam::*:role/{taem}-x"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        pytest.param(captures("team", "team"), [], id="the same name"),
        pytest.param(captures("team", "bucket"), [], id="clearly another"),
        pytest.param(captures("team1 team2", "team1 team2"), [], id="a family in both rules"),
        pytest.param(captures("team team2", "team"), [], id="a family in one of them"),
        pytest.param(captures("team taem", "bucket"), [], id="two names of one rule"),
        pytest.param(
            captures("team", "taem"), [too_like(AT_ROLE, TAEM, "taem", "team", SCOPE_4)], id="letters changed places"
        ),
        pytest.param(
            captures("id", "di"),
            [too_like(AT_ROLE, "arn:aws:iam::*:role/{di}-x", "di", "id", SCOPE_4)],
            id="in a short name",
        ),
        pytest.param(
            captures("team", "Team"),
            [too_like(AT_ROLE, "arn:aws:iam::*:role/{Team}-x", "Team", "team", SCOPE_4)],
            id="another case",
        ),
        pytest.param(
            captures("team", "teams bucket"),
            [too_like(AT_ROLE, "arn:aws:iam::*:role/{teams}-x", "teams", "team", SCOPE_4)],
            id="a letter more",
        ),
        pytest.param(
            captures("taem", "team", 'location-prefix-template: {templates: ["{team}/"]}'),
            [
                too_like(
                    "4:36: rules.location-scope-allowed.allow[0]",
                    "s3://a/{taem}/*",
                    "taem",
                    "team",
                    "location-prefix-template, line 6",
                )
            ],
            id="two rules against the first",
        ),
        pytest.param(
            captures("team", "team", overlay=f"location-role-allowed: {{allow: {roles_of('taem')}}}"),
            [too_like("6:86: environments.dev.rules.location-role-allowed.allow[0]", TAEM, "taem", "team", SCOPE_4)],
            id="an overlay's role against the file's scope",
        ),
        pytest.param(
            captures("team", "team", overlay=f"location-scope-allowed: {{allow: {scopes_of('taem')}}}"),
            [
                too_like(
                    "6:87: environments.dev.rules.location-scope-allowed.allow[0]",
                    "s3://a/{taem}/*",
                    "taem",
                    "team",
                    ROLE_5,
                )
            ],
            id="an overlay's scope against the file's role",
        ),
        pytest.param(
            captures("team", "taem", overlay="location-scope-allowed: {level: advisory}"),
            [too_like(AT_ROLE, TAEM, "taem", "team", SCOPE_4)],
            id="told once, not once for each overlay",
        ),
        pytest.param(
            captures(
                "team",
                "team",
                overlay=f"location-scope-allowed: {{allow: {scopes_of('user')}}},"
                f" location-role-allowed: {{allow: {roles_of('user')}}}",
            ),
            [],
            id="an overlay with names of its own",
        ),
        pytest.param(
            captures("team bucket", "taem}-{buckte"),
            [
                (
                    "5:35: rules.location-role-allowed.allow[0]: 'arn:aws:iam::*:role/{taem}-{buckte}-x' captures"
                    " {buckte}, which no other rule does and which is too like {bucket} of location-scope-allowed, line"
                    " 4, and {taem}, which no other rule does and which is too like {team} of location-scope-allowed,"
                    " line 4. Did you mean {bucket} and {team}?"
                )
            ],
            id="two in one pattern",
        ),
        pytest.param(
            captures("team", "team", 'location-role-not-denied: {deny: ["arn:aws:iam::*:role/{taem}"]}'),
            [],
            id="what is denied captures nothing",
        ),
    ],
)
def test_capture_faults(text: str, faults: list[str]) -> None:
    """A capture that misses another rule's name by a slip would be held against nothing, so it is a fault."""
    assert refused(text) == faults


def test_captures_beside_other_faults() -> None:
    """A pattern that cannot be read is told as such, and a list that is none hides nothing."""
    text = captures("team", "taem").replace('"arn', '7, "arn:aws:iam::*:role/{", "arn')

    told = refused(
        text + "environments: {dev: {match: {stacks: [dev]}, rules: {location-scope-allowed: {allow: x}}}}\n"
    )

    assert [line.split(": ")[1] for line in told] == [
        "rules.location-role-allowed.allow[0]",
        "rules.location-role-allowed.allow[1]",
        "rules.location-role-allowed.allow[2]",
        "environments.dev.rules.location-scope-allowed.allow",
    ]
    assert "Did you mean {team}?" in told[2]
