"""A rules file is read whole or not at all; what applies comes from the overlay, the file, then the rule."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.core import Account, Context, Fact, Level, OnUnknown, Passed, Rule, Severity, Verdict
from grantgate_policies.rulebook import RuleBook, RulesFileError, load, parse
from grantgate_policies.subjects import Location
from grantgate_policies.waivers import Match
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


def judge(_fact: Fact, _context: Context) -> Verdict:
    return Passed()


def patterns(kind: str, **more: Any) -> Mapping[str, Any]:
    return {"type": "array", "items": {"type": "string", "x-pattern": kind}, **more}


def a_rule(name: str, **changes: Any) -> Rule:
    return Rule(
        **{
            "id": "AGL-03",
            "name": name,
            "about": (Location,),
            "severity": Severity.HIGH,
            "level": Level.MANDATORY,
            "summary": "",
            "why": "",
            "fix": "",
            "source": "",
            "url": "",
            "judge": judge,
            **changes,
        }
    )


SCOPE = a_rule(
    "scope-allowed",
    settings={"allow": patterns("scope", minItems=1), "deny": patterns("scope", default=[])},
    required=("allow",),
)
ROLE = a_rule("role-allowed", settings={"allow": patterns("role")}, required=("allow",), severity=Severity.MEDIUM)
LOCKED = a_rule("lookup-performed", locked=True, on_unknown=OnUnknown.WARN)
TAGS = a_rule(
    "tags",
    settings={
        "days": {"type": "integer", "minimum": 1, "maximum": 30, "default": 7},
        "by-tag": {
            "type": "object",
            "propertyNames": {"x-pattern": "name"},
            "additionalProperties": {"type": "array", "x-pattern": "name", "items": {"type": "string"}},
        },
    },
    level=Level.ADVISORY,
)
RULES = (SCOPE, ROLE, LOCKED, TAGS)

FULL = """\
version: 1
organization:
  name: acme
  accounts:
    "111122223333": {name: data-prod, environment: prod}
    "444455556666": {name: data-dev, environment: dev}
    "777788889999": {name: sandbox}
    "000011112222": {name: lab, environment: lab}
  regions: [eu-west-1, us-gov-west-1]
rules:
  scope-allowed: {level: mandatory, allow: ["s3://acme-{account.name}-*/*"], deny: ["s3://acme-secrets"]}
  tags: {severity: low, waivable: false}
environments:
  dev: {match: {stacks: ["*-dev"]}, rules: {scope-allowed: {level: advisory, allow: ["s3://dev"]}}}
  prod: {rules: {tags: {days: 1, level: mandatory, waivable: true}}}
  any: {match: {stacks: ["*"]}, rules: {role-allowed: {allow: ["arn:x"]}, scope-allowed: {onUnknown: warn}}}
waivers:
  - {rule: scope-allowed, match: {account: "111122223333", scope: "s3://acme-legacy/*"}, owner: data-platform,
     reason: moves in Q1, ticket: DATA-812, expires: 2027-01-31}
  - {rule: tags, match: {resource: "old-*"}, owner: data-platform, reason: moves in Q1, expires: "2027-02-28"}
"""
HEAD = "version: 1\norganization: {name: acme}\n"


def no_question_mark(pattern: str) -> None:
    if "?" in pattern:
        raise ValueError(f"{pattern!r} holds '?', patterns know only '*'.")


CHECKS = dict.fromkeys(("scope", "role", "prefix", "name"), no_question_mark)


def read(text: str, name: str = "rules.yaml") -> RuleBook:
    return parse(text, name=name, rules=RULES, pattern_checks=CHECKS)


def faults_of(text: str) -> list[str]:
    with pytest.raises(RulesFileError) as caught:
        read(text)
    return str(caught.value).splitlines()


# --- what a good file says --------------------------------------------------------------------------------------------


def test_a_whole_file() -> None:
    """Organization, overlays and waivers arrive as values; the digest is that of the bytes."""
    book = read(FULL)

    assert book.organization.name == "acme"
    assert book.organization.accounts["111122223333"] == Account("111122223333", "data-prod", "prod")
    assert book.organization.regions == ("eu-west-1", "us-gov-west-1")
    assert list(book.environments) == ["dev", "prod", "any"]
    assert book.environments["dev"].stacks == ("*-dev",)
    assert [waiver.rule for waiver in book.waivers] == ["scope-allowed", "tags"]
    assert book.waivers[0].match == Match(account="111122223333", scope="s3://acme-legacy/*")
    assert (book.waivers[0].expires, book.waivers[0].line) == (dt.date(2027, 1, 31), 18)
    assert (book.waivers[1].index, book.waivers[1].ticket) == (1, "")
    assert book.path == "rules.yaml"
    assert book.digest == hashlib.sha256(FULL.encode()).hexdigest()
    assert book.catalogue == RULES


def test_the_least_file() -> None:
    """A version and an organization are enough; rules without required settings then have their own defaults."""
    book = read(HEAD)

    assert book.effective(SCOPE, None, "dev").configured is False
    assert book.effective(TAGS, None, "dev").configured is True
    assert book.effective(TAGS, None, "dev").settings == {"days": 7}


@pytest.mark.parametrize(
    ("account", "stack", "environment"),
    [
        pytest.param("111122223333", "app-dev", "prod", id="the account's own comes first"),
        pytest.param("000011112222", "app-dev", "lab", id="even without an overlay"),
        pytest.param("777788889999", "app-dev", "dev", id="an account without one: the stack"),
        pytest.param("999999999999", "app-dev", "dev", id="an unlisted account: the stack"),
        pytest.param(None, "app-dev", "dev", id="an unknown account: the stack"),
        pytest.param(None, "acme/web/app-dev", "dev", id="a full stack name"),
        pytest.param(None, "dev", "any", id="the first that matches"),
    ],
)
def test_environment(account: str | None, stack: str, environment: str) -> None:
    """One environment is chosen: by account, else by stack, in the file's order."""
    assert read(FULL).effective(SCOPE, account, stack).environment == environment


def test_no_environment() -> None:
    """Without a match there is no environment, and the file's rules apply."""
    effective = read(FULL.replace('["*"]', '["x"]')).effective(SCOPE, None, "main")

    assert (effective.environment, effective.level) == ("", Level.MANDATORY)


def test_overlay_over_rules_over_defaults() -> None:
    """Keys merge one by one, and each says where its value comes from."""
    book = read(FULL)

    dev = book.effective(SCOPE, "444455556666", "x")
    assert (dev.level, dev.severity, dev.on_unknown) == (Level.ADVISORY, Severity.HIGH, OnUnknown.FAIL)
    assert dev.settings == {"allow": ["s3://dev"], "deny": ["s3://acme-secrets"]}
    assert dev.origins == {
        "level": "environments.dev",
        "severity": "default",
        "onUnknown": "default",
        "waivable": "default",
        "allow": "environments.dev",
        "deny": "rules",
    }

    prod = book.effective(TAGS, "111122223333", "x")
    assert (prod.level, prod.severity, prod.waivable) == (Level.MANDATORY, Severity.LOW, True)
    assert (prod.settings, prod.origins["days"]) == ({"days": 1}, "environments.prod")
    assert book.effective(TAGS, None, "x").waivable is False
    assert book.effective(TAGS, None, "x") is book.effective(TAGS, None, "y"), "merged once per environment"


def test_overlays_merge_maps_key_by_key() -> None:
    """What an environment says of one key of a map leaves the others; a list is replaced as a whole."""
    book = read(
        HEAD
        + "rules: {tags: {by-tag: {owner: [a], team: [t]}}}\n"
        + "environments: {dev: {match: {stacks: [x-dev]}, rules: {tags: {by-tag: {owner: [b]}}}}}\n"
    )

    assert book.effective(TAGS, None, "x-dev").settings["by-tag"] == {"owner": ["b"], "team": ["t"]}
    assert book.effective(TAGS, None, "x").settings["by-tag"] == {"owner": ["a"], "team": ["t"]}


def test_configured_by_an_overlay() -> None:
    """A rule's required settings may come from the overlay alone."""
    book = read(FULL)

    assert book.effective(ROLE, None, "main").configured is True
    assert book.effective(ROLE, "111122223333", "main").configured is False


def test_locked() -> None:
    """A locked rule keeps its level, and no waiver applies to it; what an unknown does may be set."""
    effective = read(HEAD + "rules: {lookup-performed: {onUnknown: fail}}\n").effective(LOCKED, None, "x")

    assert (effective.level, effective.waivable, effective.on_unknown) == (Level.MANDATORY, False, OnUnknown.FAIL)


@pytest.mark.parametrize(
    ("section", "where"),
    [
        pytest.param("rules: {{{}}}", "rules", id="all"),
        pytest.param(
            "environments: {{a: {{match: {{stacks: [main]}}, rules: {{{}}}}}}}", "environments.a.rules", id="for one"
        ),
    ],
)
@pytest.mark.parametrize(
    ("word", "message"),
    [
        pytest.param("pass", "'pass' is not fail or warn, all that a locked rule takes", id="pass"),
        pytest.param(
            "wran", "'wran' is not fail or warn, all that a locked rule takes. Did you mean warn?", id="misspelt"
        ),
    ],
)
def test_a_locked_rule_never_lets_an_unknown_pass(section: str, where: str, word: str, message: str) -> None:
    """Neither the file nor an overlay can silence what a locked rule does not know."""
    (fault,) = faults_of(HEAD + section.format(f"lookup-performed: {{onUnknown: {word}}}") + "\n")

    assert fault.split(": ", 1)[1] == f"{where}.lookup-performed.onUnknown: {message}"


def test_json() -> None:
    """The same file as JSON is the same book."""
    data = {"$schema": "rules.schema.json", "version": 1, "organization": {"name": "acme"}, "rules": {"tags": {}}}

    assert read(json.dumps(data, indent="\t"), "rules.json").rules == {"tags": {}}


# --- every fault at once ----------------------------------------------------------------------------------------------


def test_every_fault_at_once() -> None:
    """Faults of reading, shape and meaning come together, sorted by position."""
    text = """\
version: 2
organization:
  name: acme
  accounts:
    111122223333: {name: data}
    "444455556666": {name: data, envronment: dev}
    "4444": {name: x}
  regions: [eu_west_1, us-east-1, us-east-1]
rules:
  scope-allowed: {level: mandatry, level: high, onUnkown: fail, allow: s3://a, deny: ["s3://a?"]}
  role-alowed: {}
  role-allowed:
  lookup-performed: {level: disabled}
  tags: {days: 31, by-tag: {"a?": ["b?"]}}
tags: {}
waivers:
  - {rule: role-alowed, match: {account: 111122223333}, owner: " ", expires: 2027}
"""
    assert faults_of(text) == [
        "rules.yaml:1:10: version: 2 where 1 belongs",
        (
            "rules.yaml:5:5: organization.accounts: 111122223333 as a key is a number, keys are texts. Quote it:"
            ' "111122223333".'
        ),
        (
            "rules.yaml:6:28: organization.accounts.444455556666.name: 'data' is the name of account 111122223333 too,"
            " names differ"
        ),
        "rules.yaml:6:34: organization.accounts.444455556666.envronment: unknown key. Did you mean environment?",
        "rules.yaml:7:5: organization.accounts.4444: not an account id (12 digits)",
        (
            "rules.yaml:8:13: organization.regions[0]: 'eu_west_1' is not the name of an AWS Region. For example"
            " eu-west-1."
        ),
        "rules.yaml:8:35: organization.regions[2]: 'us-east-1' again, first on line 8. Keep one of them.",
        (
            "rules.yaml:10:26: rules.scope-allowed.level: 'mandatry' is none of mandatory, advisory, disabled."
            " Did you mean mandatory?"
        ),
        "rules.yaml:10:36: rules.scope-allowed.level: given again, first given on line 10. Keep one of them.",
        "rules.yaml:10:49: rules.scope-allowed.onUnkown: unknown key. Did you mean onUnknown?",
        "rules.yaml:10:72: rules.scope-allowed.allow: 's3://a' where a list belongs. Write it as a list: ['s3://a'].",
        "rules.yaml:10:87: rules.scope-allowed.deny[0]: 's3://a?' holds '?', patterns know only '*'",
        "rules.yaml:11:3: rules.role-alowed: not the name of a rule. Did you mean role-allowed?",
        "rules.yaml:12:3: rules.role-allowed: nothing where a map belongs. Write {} to take every default.",
        (
            "rules.yaml:13:22: rules.lookup-performed.level: 'lookup-performed' is locked, it is mandatory everywhere."
            " Delete the key."
        ),
        "rules.yaml:14:16: rules.tags.days: 31 is more than 30",
        "rules.yaml:14:29: rules.tags.by-tag[\"a?\"]: 'a?' holds '?', patterns know only '*'",
        "rules.yaml:14:36: rules.tags.by-tag[\"a?\"][0]: 'b?' holds '?', patterns know only '*'",
        "rules.yaml:15:1: tags: unknown key. It belongs under rules.",
        "rules.yaml:17:5: waivers[0].reason: missing, a required key",
        "rules.yaml:17:12: waivers[0].rule: 'role-alowed' is not a rule that can be waived. Did you mean role-allowed?",
        'rules.yaml:17:42: waivers[0].match.account: 111122223333 where a text belongs. Quote it: "111122223333".',
        "rules.yaml:17:64: waivers[0].owner: ' ' is not a text that says something. For example data-platform.",
        'rules.yaml:17:78: waivers[0].expires: 2027 where a text belongs. Quote it: "2027".',
    ]


@pytest.mark.parametrize(
    ("environments", "line"),
    [
        pytest.param(
            "{prd: {rules: {}}}",
            "environments.prd: never chosen: no account names it and it matches no stack. Did you mean prod?",
            id="nobody names it",
        ),
        pytest.param(
            '{all: {match: {stacks: ["*"]}}, dev: {match: {stacks: ["*-dev"]}}}',
            "environments.dev.match.stacks[0]: '*-dev' is never chosen: '*' of all, line 3, matches every such stack."
            " Put the narrower glob first.",
            id="an earlier glob takes all",
        ),
        pytest.param(
            "{a: {match: {stacks: [main]}}, b: {match: {stacks: [main]}}}",
            "environments.b.match.stacks[0]: 'main' is never chosen: 'main' of a, line 3, matches every such stack."
            " Put the narrower glob first.",
            id="the same stack twice",
        ),
        pytest.param(
            '{a: {match: {stacks: ["dev?"]}}}',
            "environments.a.match.stacks[0]: 'dev?' is not a glob of stack names (letters, digits, . _ - / and *)."
            " For example *-dev.",
            id="a sign that is none",
        ),
        pytest.param(
            "{a: {match: {stacks: []}}}",
            "environments.a.match.stacks: empty, at least 1 required. For example ['*-dev'].",
            id="no stack at all",
        ),
        pytest.param("{a: {match: {}}}", "environments.a.match.stacks: missing, a required key", id="an empty match"),
        pytest.param(
            '{"a b": {match: {stacks: [main]}}}',
            'environments["a b"]: not an environment\'s name (letters, digits, . _ -)',
            id="a name with a space",
        ),
    ],
)
def test_environment_faults(environments: str, line: str) -> None:
    """An overlay that no resource could ever have is a fault, as is one that only seems to match."""
    accounts = '{name: acme, accounts: {"111122223333": {name: a, environment: prod}}}'
    (fault,) = faults_of(f"version: 1\norganization: {accounts}\nenvironments: {environments}\n")

    assert fault.split(": ", 1)[1] == line


WAIVER = 'rule: tags, match: {resource: x}, owner: o, reason: r, expires: "2027-01-31"'


@pytest.mark.parametrize(
    ("waiver", "line"),
    [
        pytest.param(
            WAIVER.replace("2027-01-31", "2027-02-30"),
            "waivers[0].expires: '2027-02-30' is no day of the calendar",
            id="no such day",
        ),
        pytest.param(
            WAIVER.replace("2027-01-31", "31.01.2027"),
            "waivers[0].expires: '31.01.2027' is not a date written YYYY-MM-DD. For example 2027-01-31.",
            id="another way to write a date",
        ),
        pytest.param(
            WAIVER.replace("2027-01-31", r"2027-01-31\n"),
            r"waivers[0].expires: '2027-01-31\n' is not a date written YYYY-MM-DD. For example 2027-01-31.",
            id="a date and a line break",
        ),
        pytest.param(
            WAIVER.replace("tags", "lookup-performed"),
            "waivers[0].rule: 'lookup-performed' is locked, it cannot be waived. Delete the waiver.",
            id="a locked rule",
        ),
        pytest.param(
            WAIVER.replace("tags", "scope-allowed"),
            "waivers[0].rule: 'scope-allowed' has waivable: false on line 4. Delete the waiver.",
            id="a rule that forbids waivers",
        ),
        pytest.param(
            WAIVER.replace("resource: x", 'account: "444455556666"'),
            "waivers[0].rule: 'tags' has waivable: false on line 5. Delete the waiver.",
            id="an environment that forbids them",
        ),
        pytest.param(
            WAIVER.replace("resource: x", 'account: "111122223334"'),
            "waivers[0].match.account: '111122223334' is no account of the organization. Did you mean 111122223333?",
            id="an account that is not listed",
        ),
        pytest.param(
            WAIVER.replace("resource: x", 'scope: "s3://?"'),
            "waivers[0].match.scope: 's3://?' holds '?', patterns know only '*'",
            id="no scope pattern",
        ),
        pytest.param(
            WAIVER.replace("resource: x", 'urn: "**"'),
            "waivers[0].match.urn: '**' is not a glob that names more than *. For example *::legacy-location.",
            id="every resource",
        ),
        pytest.param(
            WAIVER.replace("resource: x", ""), "waivers[0].match: empty, at least 1 required", id="an empty match"
        ),
        pytest.param(
            WAIVER + "}, {" + WAIVER,
            "waivers[1]: the same rule and match as the waiver on line 6. Keep one of them.",
            id="twice the same",
        ),
    ],
)
def test_waiver_faults(waiver: str, line: str) -> None:
    """A waiver that could never apply, or would apply to anything, is a fault."""
    accounts = '{"111122223333": {name: a, environment: prod}, "444455556666": {name: b, environment: dev}}'
    text = (
        f"version: 1\norganization: {{name: acme, accounts: {accounts}}}\nrules:\n"
        "  scope-allowed: {waivable: false, allow: [a]}\n"
        f"environments: {{dev: {{rules: {{tags: {{waivable: false}}}}}}}}\nwaivers: [{{{waiver}}}]\n"
    )
    (fault,) = faults_of(text)

    assert fault.split(": ", 1)[1] == line


def test_far_expiry_and_unlisted_accounts() -> None:
    """Any future day is allowed, and any account id as long as the file lists none."""
    waiver = WAIVER.replace("2027-01-31", "9999-12-31").replace("resource: x", 'account: "111122223333"')

    assert read(f"{HEAD}waivers: [{{{waiver}}}]\n").waivers[0].expires.year == 9999


def test_account_ids_end_where_they_seem_to() -> None:
    """A line break after twelve digits is no account id, although Python's ``$`` would let it pass."""
    (fault,) = faults_of('version: 1\norganization: {name: a, accounts: {"111122223333\\n": {name: a}}}\n')

    assert fault.endswith(r'organization.accounts["111122223333\n"]: not an account id (12 digits)')


def test_pattern_checks_must_be_complete() -> None:
    """A kind of pattern that nobody checks is a mistake in the code; without checks, patterns are not looked at."""
    with pytest.raises(ValueError, match=r"tags: x-pattern 'name', checks exist for role, scope"):
        parse(HEAD, name="rules.yaml", rules=RULES, pattern_checks={"scope": print, "role": print})

    text = HEAD + 'rules: {scope-allowed: {allow: ["?"]}}\n'
    assert parse(text, name="rules.yaml", rules=RULES).rules


def test_rules_of_the_same_name() -> None:
    """Two rules of one name are a mistake in the code."""
    with pytest.raises(ValueError, match="rules of the same name: tags"):
        parse(HEAD, name="rules.yaml", rules=(TAGS, TAGS))


# --- files ------------------------------------------------------------------------------------------------------------


def test_load(tmp_path: Path) -> None:
    """A file on disk is the same as its text, name apart."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(FULL.encode())

    book = load(path, RULES, CHECKS)

    assert book.path == str(path)
    assert book.digest == read(FULL).digest


def test_load_refuses_in_one_line(tmp_path: Path) -> None:
    """What is no readable file is a fault about the file."""
    missing, folder, closed = tmp_path / "missing.yaml", tmp_path, tmp_path / "closed.yaml"
    closed.write_text("version: 1\n")
    closed.chmod(0)
    cases = {missing: "no such file", folder: "a directory where a file belongs"}
    if os.geteuid() != 0:  # root may read everything
        cases[closed] = "may not be read by this user"
    for path, message in {**cases, tmp_path / "a\0b": "cannot be read: ", tmp_path / ("n" * 300): "cannot"}.items():
        with pytest.raises(RulesFileError) as caught:
            load(path, RULES)
        (fault,) = caught.value.faults
        assert (fault.line, fault.column) == (0, 0)
        assert str(caught.value).startswith(f"{path}: {message}")


def test_load_refuses_large_files(tmp_path: Path) -> None:
    """No more than the limit is ever read."""
    path = tmp_path / "rules.yaml"
    path.write_bytes(b"#" * (1024 * 1024 + 1))

    with pytest.raises(RulesFileError, match="larger than 1048576 bytes"):
        load(path, RULES)


# --- properties -------------------------------------------------------------------------------------------------------


WORDS = st.sampled_from(["version", "1", ":", " ", "\n", "\n  ", "rules", "waivers", "- ", "{", "}", "tags", "*", "&a"])


@given(st.text() | st.binary() | st.lists(WORDS).map("".join))
@settings(deadline=None, max_examples=200, derandomize=True)
def test_anything_is_refused_in_words(content: str | bytes) -> None:
    """Arbitrary text never raises anything but RulesFileError, whose lines each name the file."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    for name in ("rules.yaml", "rules.json"):
        with pytest.raises(RulesFileError) as caught:
            read(text, name)
        assert all(line.startswith(name) for line in str(caught.value).split("\n"))


DOCUMENT: dict[str, Any] = {
    "version": 1,
    "organization": {
        "name": "acme",
        "accounts": {"111122223333": {"name": "data", "environment": "prod"}},
        "regions": ["eu-west-1"],
    },
    "rules": {
        "scope-allowed": {"level": "mandatory", "severity": "high", "onUnknown": "fail", "allow": ["a"], "deny": ["b"]},
        "tags": {"days": 3, "waivable": True},
        "lookup-performed": {"onUnknown": "fail"},
    },
    "environments": {"prod": {"rules": {"tags": {"level": "mandatory", "days": 1}}}},
    "waivers": [
        {
            "rule": "scope-allowed",
            "match": {"account": "111122223333", "scope": "s", "role": "r", "urn": "u", "resource": "n"},
            "owner": "o",
            "reason": "r",
            "ticket": "t",
            "expires": "2027-01-31",
        }
    ],
}


def keys_of(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield (*path, key)
        yield from keys_of(value, (*path, key))


PATHS = sorted(keys_of(DOCUMENT), key=str)
RENAMED = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=12)


def below(data: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


@given(path=st.sampled_from([path for path in PATHS if isinstance(path[-1], str)]), new=RENAMED, longer=st.booleans())
@settings(deadline=None, max_examples=300, derandomize=True)
def test_a_renamed_key_is_a_fault(path: tuple[str | int, ...], new: str, *, longer: bool) -> None:
    """No key can be misspelled without a fault, wherever it stands."""
    data = copy.deepcopy(DOCUMENT)
    parent, old = below(data, path[:-1]), str(path[-1])
    renamed = old + new if longer else new
    # Another key of the same place is no misspelling: the file may well be whole without the one that it was.
    if renamed == "$schema" or renamed in parent:
        return
    items = [(renamed if key == old else key, value) for key, value in parent.items()]
    parent.clear()
    parent.update(items)
    if path[-2:-1] == ("accounts",) and renamed.isdigit() and len(renamed) == 12:
        return
    with pytest.raises(RulesFileError):
        read(json.dumps(data), "rules.json")


@given(
    st.sampled_from(PATHS),
    st.none() | st.booleans() | st.integers() | st.just("?") | st.lists(st.none(), min_size=1) | st.just({"?": None}),
)
@settings(deadline=None, max_examples=300, derandomize=True)
def test_a_replaced_value_is_a_fault(path: tuple[str | int, ...], new: Any) -> None:
    """No value can take another kind, or a text that means nothing, without a fault."""
    data = copy.deepcopy(DOCUMENT)
    parent = below(data, path[:-1])
    free_text = path[-1] in {"owner", "reason", "ticket", "urn", "resource"}
    if (free_text and new == "?") or type(parent[path[-1]]) is type(new) is not str:
        return
    parent[path[-1]] = new
    with pytest.raises(RulesFileError):
        read(json.dumps(data), "rules.json")


def test_the_document_of_the_properties_is_valid() -> None:
    """What the mutations start from is a good file."""
    assert read(json.dumps(DOCUMENT), "rules.json").waivers
