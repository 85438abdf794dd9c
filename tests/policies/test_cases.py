"""Case files: read to the last fault, judged as a stack, held against what they expect."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies import cases
from grantgate_policies.cases import SCHEMA_FILE, Case, CasesError, as_told, examples, files_in, read, run
from grantgate_policies.core import UNKNOWN, Outcome
from grantgate_policies.rules import RULES
from grantgate_policies.testing import Secret
from jsonschema import Draft202012Validator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def a_location(name: str = "it", scope: Any = "s3://acme-data/fin/*", **members: Any) -> dict[str, Any]:
    return {"type": LOCATION, "name": name, "props": {"locationScope": scope}, **members}


WIDE = a_location("wide", "s3://acme-data/fin*")


def a_case(**members: Any) -> dict[str, Any]:
    return {"name": "one", "input": [a_location()], "expect": "PASS", **members}


def parse(*entries: dict[str, Any], rule: str = "location-prefix-delimited") -> tuple[Case, ...]:
    content = {"rule": rule, "cases": list(entries)}
    return cases.parse(json.dumps(content), name="x.json", catalogue=RULES)


def faults_of(text: str) -> list[str]:
    with pytest.raises(CasesError) as caught:
        cases.parse(text, name="x.yaml", catalogue=RULES)
    return [line.removeprefix("x.yaml:") for line in str(caught.value).splitlines()]


def complaints(**members: Any) -> tuple[str, ...]:
    (case,) = parse(a_case(**members))
    return run(case).complaints


# --- what a case expects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({}, id="everything passes"),
        pytest.param({"input": [WIDE], "expect": "FAIL"}, id="it fails"),
        pytest.param({"input": [WIDE], "expect": "FAIL", "message": "ends inside a path"}, id="with a message"),
        pytest.param({"input": [a_location(scope="$unknown")], "expect": "UNKNOWN"}, id="not known"),
        pytest.param({"input": [a_location(), WIDE], "expect": {"it": "PASS", "wide": "FAIL"}}, id="by name"),
        pytest.param({"input": [a_location(), WIDE], "expect": {"wide": "FAIL"}}, id="another one passes"),
        pytest.param({"settings": {"level": "disabled"}, "expect": "NOT_APPLICABLE"}, id="not applicable"),
        pytest.param(
            {"settings": {"level": "disabled"}, "expect": "NOT_APPLICABLE", "message": "disabled by the rules file"},
            id="not applicable, and why",
        ),
        pytest.param({"input": [{"type": "a:b:C", "name": "q"}], "expect": "NOT_APPLICABLE"}, id="another type"),
        pytest.param(
            {"input": [{"type": "a:b:C", "name": "q"}], "expect": {"q": "NOT_APPLICABLE"}}, id="another type, by name"
        ),
        pytest.param(
            {
                "input": [WIDE],
                "waivers": [
                    {
                        "rule": "location-prefix-delimited",
                        "match": {"resource": "wide"},
                        "owner": "me",
                        "reason": "why",
                        "expires": "2026-11-21",
                    }
                ],
                "today": "2026-11-21T23:59:59Z",
                "expect": "WAIVED",
            },
            id="waived",
        ),
        pytest.param(
            {"input": [a_location(urn="urn:pulumi:x::y::z::it")], "expect": {"urn:pulumi:x::y::z::it": "PASS"}},
            id="by URN",
        ),
    ],
)
def test_as_expected(members: dict[str, Any]) -> None:
    """A case has no complaint where everything that it expects is so."""
    assert complaints(**members) == ()


@pytest.mark.parametrize(
    ("members", "told"),
    [
        pytest.param({"input": [WIDE]}, "expected PASS of 'wide', got FAIL: scope 's3://acme-data/fin*'", id="fails"),
        pytest.param({"expect": "FAIL"}, "expected FAIL of 'it', got PASS", id="passes"),
        pytest.param(
            {"settings": {"level": "disabled"}},
            "expected PASS, got nothing: disabled by the rules file",
            id="not applicable",
        ),
        pytest.param(
            {"input": [{"type": "a:b:C", "name": "q"}]},
            "expected PASS, got nothing: the rule is about none of this",
            id="another type",
        ),
        pytest.param(
            {"input": [{"type": "a:b:C", "name": "q"}, a_location()], "expect": {"q": "PASS"}},
            "expected PASS of 'q', got nothing: the rule is about none of this",
            id="another type, by name",
        ),
        pytest.param({"expect": "NOT_APPLICABLE"}, "expected NOT_APPLICABLE of 'it', got PASS", id="applicable"),
        pytest.param(
            {"input": [a_location(), WIDE], "expect": {"it": "PASS"}},
            "expected nothing of 'wide', got FAIL: scope",
            id="another one fails",
        ),
        pytest.param(
            {"input": [a_location(), a_location("later", "$unknown")], "expect": {"it": "PASS"}},
            "expected nothing of 'later', got UNKNOWN: ",
            id="another one is not known",
        ),
        pytest.param(
            {"input": [WIDE], "expect": "FAIL", "message": "wide"},
            "expected a message with 'wide', got \"scope 's3://acme-data/fin*'",
            id="another message",
        ),
        pytest.param({"message": "x"}, "expected a message with 'x', got none", id="no message"),
    ],
)
def test_not_as_expected(members: dict[str, Any], told: str) -> None:
    """One sentence says what was expected and what came."""
    (complaint,) = complaints(**members)

    assert complaint.startswith(told)


def test_every_complaint() -> None:
    """Each resource that is not as expected is told."""
    assert len(complaints(input=[a_location(), WIDE, a_location("x")], expect="FAIL")) == 2


def test_what_a_case_stands_for() -> None:
    """Marks are read, and what a case does not say is the organization acme on the stack prod on a day."""
    props = {"a": "$unknown", "b": [{"$secret": {"c": "$unknown"}}], "d": "$unknown!"}
    entry = {
        "type": LOCATION,
        "name": "it",
        "props": props,
        "provider": {"region": "$unknown"},
        "madeFrom": {"a": ["it"]},
        "previous": {"a": "$unknown"},
    }
    (case,) = parse(a_case(input=[entry], today="2026-11-21T10:30Z"))
    (plain,) = parse(a_case())
    (early,) = parse(a_case(preview=True))
    (declared,) = case.input

    assert declared.props == {"a": UNKNOWN, "b": [Secret({"c": UNKNOWN})], "d": "$unknown!"}
    assert declared.provider == {"region": UNKNOWN}
    assert declared.made_from == {"a": ("it",)}
    assert declared.previous == {"a": UNKNOWN}
    assert case.today == dt.datetime(2026, 11, 21, 10, 30, tzinfo=dt.UTC)
    assert (plain.stack, plain.today, plain.book.organization.name) == ("prod", dt.date(2026, 1, 1), "acme")
    assert [one.name for one in plain.book.organization.accounts.values()] == ["data-prod", "data-dev"]
    assert plain.book.organization.regions == ("eu-west-1", "us-east-1")
    assert (plain.preview, early.preview) == (False, True)
    assert (plain.file, plain.line, plain.expected) == ("x.json", 1, {Outcome.PASS})


# --- faults -----------------------------------------------------------------------------------------------------------

HEAD = "rule: location-prefix-delimited\ncases:\n"
ENTRY = f"  - name: one\n    input: [{{type: '{LOCATION}', name: it}}]\n"
GOOD = f"{HEAD}{ENTRY}    expect: PASS\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", " empty. A case file is one map that has rule and cases.", id="empty"),
        pytest.param("[]", "1:1: a list where a map belongs. A case file is one map", id="no map"),
        pytest.param(
            f"{GOOD}---\n{GOOD}",
            "6:1: a second document, a case file is one. Delete the '---' line, or split the file.",
            id="two",
        ),
        pytest.param("rule: zzz", "1:7: rule: 'zzz' is no rule. `grantgate rules list` names", id="no rule"),
        pytest.param(GOOD.replace("delimited", "delimted"), "Did you mean location-prefix-delimited?", id="misspelt"),
        pytest.param("rule: location-scope-valid\n", "1:1: cases: missing, a required key", id="no cases"),
        pytest.param("rule: location-scope-valid\ncases: []\n", "2:8: cases: empty, at least 1 required", id="none"),
        pytest.param(GOOD.replace("PASS", "PAS"), "5:13: cases[0].expect: 'PAS' is none of PASS, FAIL", id="outcome"),
        pytest.param(GOOD.replace("PASS", "{}"), "5:13: cases[0].expect: empty, at least 1 required", id="no outcome"),
        pytest.param(GOOD.replace("PASS", "[PASS]"), "a list where a text or a map belongs", id="a list of outcomes"),
        pytest.param(
            GOOD.replace("PASS", "{it: PAS}"), "5:18: cases[0].expect.it: 'PAS' is none of PASS", id="one outcome"
        ),
        pytest.param(
            GOOD.replace("PASS", "{its: PASS}"),
            "5:14: cases[0].expect.its: no resource of the input. Did you mean it?",
            id="no such resource",
        ),
        pytest.param(
            GOOD.replace("expect", "expects"), "cases[0].expects: unknown key. Did you mean expect?", id="key"
        ),
        pytest.param(GOOD.replace("name: one", "name: ' '"), "' ' is not a text that says something", id="no name"),
        pytest.param(GOOD.replace(LOCATION, "location"), "'location' is not a resource type, package:mod", id="type"),
        pytest.param(f"{GOOD}    today: 2026-02-30\n", "6:12: cases[0].today: '2026-02-30' is no day", id="no day"),
        pytest.param(f"{GOOD}    today: 2026-02-20T25:00Z\n", "'2026-02-20T25:00Z' is no day", id="no time"),
        pytest.param(f"{GOOD}    today: tomorrow\n", "'tomorrow' is not a day written YYYY-MM-DD", id="a word"),
        pytest.param(
            GOOD.replace("name: it", "name: it, madeFrom: {a: [its]}"),
            "cases[0].input[0].madeFrom.a[0]: 'its' is neither a resource of the input nor a URN. Did you mean it?",
            id="no such source",
        ),
        pytest.param(
            GOOD.replace("name: it", "name: it, props: {a: [{$secret: 1, b: 2}]}"),
            "cases[0].input[0].props.a[0]: $secret beside 1 other keys, it stands alone",
            id="a secret with company",
        ),
        pytest.param(
            GOOD.replace("name: it}", f"name: it}}, {{type: '{LOCATION}', name: it}}"),
            "cases[0].input[1]: the type and name of input[0], or its URN. Name it otherwise.",
            id="the same resource twice",
        ),
        pytest.param(
            f"{GOOD}{ENTRY}    expect: PASS\n",
            "6:11: cases[1].name: 'one' is the name of the case on line 3 too",
            id="the same name twice",
        ),
        pytest.param(
            f"{GOOD}    settings: {{levle: high}}\n",
            "6:16: cases[0].settings.levle: unknown key. Did you mean level?",
            id="a setting",
        ),
        pytest.param(
            f"{GOOD}    organization: {{name: 7}}\n",
            "6:26: cases[0].organization.name: 7 where a text belongs",
            id="the organization",
        ),
        pytest.param(
            f"{GOOD}    waivers: [{{}}]\n", "cases[0].waivers[0].match: missing, a required key", id="a waiver"
        ),
        pytest.param(
            f"{GOOD}    environments: {{x: {{rules: {{}}}}}}\n", "cases[0].environments.x: never chosen", id="overlays"
        ),
        pytest.param("rule: [\n", "not readable as YAML", id="no YAML"),
        pytest.param(f"{GOOD}rule: x\n", "6:1: rule: given again, first given on line 1", id="a repeated key"),
    ],
)
def test_faults(text: str, fault: str) -> None:
    """A fault is told with its place, in the words of rules files."""
    assert fault in "\n".join(faults_of(text))


def test_every_fault_at_once() -> None:
    """Faults of several cases come together, sorted by position."""
    text = (
        f"{HEAD}{ENTRY}    expect: PAS\n{ENTRY.replace('one', 'two')}    expect: {{x: PASS}}\n    today: 2026-02-30\n"
    )

    assert [fault.partition(": ")[0] for fault in faults_of(text)] == ["5:13", "8:14", "9:12"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("nowhere.yaml", "nowhere.yaml: cannot be read: No such file or directory", id="missing"),
        pytest.param("folder", "folder: cannot be read: Is a directory", id="a folder"),
        pytest.param("latin.yaml", "latin.yaml:1:7: byte 0xff is not UTF-8. Save the file as UTF-8.", id="no UTF-8"),
        pytest.param("large.yaml", "bytes, the most that a case file may have", id="too large"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, told: str) -> None:
    """What is no file of text says so."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin.yaml").write_bytes(b"rule: \xff")
    (tmp_path / "large.yaml").write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(CasesError) as caught:
        read(tmp_path / name, RULES)

    assert told in str(caught.value)


# --- the published schema ---------------------------------------------------------------------------------------------


def maps_in(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            yield path, node
        for key, value in node.items():
            yield from maps_in(value, f"{path}/{key}")


def test_the_schema() -> None:
    """It is a draft 2020-12 schema; every map is closed, every key described, every example valid."""
    Draft202012Validator.check_schema(SCHEMA)
    root = Draft202012Validator(SCHEMA)
    found = list(maps_in(SCHEMA))
    assert len(found) == 3
    for path, node in found:
        assert node["additionalProperties"] is False, path
        for key, value in node["properties"].items():
            assert value["description"], f"{path}/{key}"
            for example in [*value.get("examples", []), *([value["default"]] if "default" in value else [])]:
                assert root.evolve(schema=value).is_valid(example), f"{path}/{key}: {example}"


# --- examples ---------------------------------------------------------------------------------------------------------


def test_examples_of_a_rule() -> None:
    """A built-in rule's examples are told apart by what they expect; another rule has none."""
    rule = next(rule for rule in RULES if rule.id == "AGL-04")
    found = examples(rule)

    assert all(Outcome.FAIL not in case.expected for case in found.good)
    assert all(Outcome.FAIL in case.expected for case in found.bad)
    assert found.good
    assert found.bad
    assert examples(replace(rule, id="ACME-01")) == cases.Examples()


def test_examples_in_files(tmp_path: Path) -> None:
    """A rule without examples of its own has those in the files that are about it."""
    rule = replace(next(rule for rule in RULES if rule.id == "AGL-04"), id="ACME-01", name="acme-one")
    case = "{name: x, expect: FAIL, input: [{type: 'aws-native:s3:AccessGrantsLocation', name: a}]}"
    texts = {
        "own": f"rule: acme-one\ncases: [{case}]",
        "other": f"rule: acme-two\ncases: [{case}]",
        "bad": "rule: acme-one",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    found = examples(rule, [tmp_path / name for name in texts])

    assert [case.name for case in found.bad] == ["x"]
    assert found.good == ()
    assert found.faulty == (str(tmp_path / "bad"),)


def test_what_a_case_declares_as_its_file_has_it() -> None:
    """Unknowns and secrets have their marks again."""
    value = {"a": [UNKNOWN, Secret({"b": UNKNOWN})], "c": 1}

    assert as_told(value) == {"a": ["$unknown", {"$secret": {"b": "$unknown"}}], "c": 1}


def test_files_beside_a_rules_file(tmp_path: Path) -> None:
    """Case files are named *.cases.yaml, or lie in the folder cases."""
    (tmp_path / "cases" / "below").mkdir(parents=True)
    names = ("b.cases.yaml", "cases/a.yaml", "rules.yaml", "cases/a.txt", "cases/below/a.yaml", "a.cases.yml")
    for name in names:
        (tmp_path / name).write_text("")

    assert [file.relative_to(tmp_path).as_posix() for file in files_in(tmp_path)] == ["b.cases.yaml", "cases/a.yaml"]
    assert files_in(tmp_path / "nowhere") == []
