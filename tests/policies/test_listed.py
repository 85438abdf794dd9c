"""A resource that lists many things: each is judged by itself, and the gate knows when one of them was not."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from grantgate.kinds import LOCATIONS
from grantgate_policies.baseline import Baseline, held, key_of, text
from grantgate_policies.baseline import parse as parse_baseline
from grantgate_policies.cases import parse as parse_cases
from grantgate_policies.cases import run
from grantgate_policies.core import Finding, Level, Outcome, Resource
from grantgate_policies.evidence import findings_of
from grantgate_policies.inputs import Input, Seen
from grantgate_policies.itemized import items_missed
from grantgate_policies.journal import opening
from grantgate_policies.judge import Judge
from grantgate_policies.overview import overview
from grantgate_policies.report import Known, contradiction
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import Location, facts_of
from grantgate_policies.whatif import Kind, compare

ACCOUNT = "111122223333"
URN = f"urn:pulumi:prod::data::{LOCATIONS.type}::all"
TODAY = dt.date(2026, 11, 30)


def entry(item: str, scope: str = "s3://acme-fin-eu/fin/*", role: str = "fin-reader") -> dict[str, Any]:
    return {
        "accessGrantsLocationId": item,
        "accessGrantsLocationArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/{item}",
        "locationScope": scope,
        "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/{role}",
        "createdAt": "2026-01-15T09:30:00Z",
    }


def listing(*entries: Any, **props: Any) -> Resource:
    known = {
        "lookup": "performed",
        "accountId": ACCOUNT,
        "region": "eu-west-1",
        "instanceExists": True,
        "locations": list(entries),
    }
    return Resource(URN, LOCATIONS.type, "all", {**known, **props})


def a_rulebook(**sections: Any) -> RuleBook:
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": {ACCOUNT: {"name": "prod"}}, "regions": ["eu-west-1"]},
        "rules": {
            "location-scope-allowed": {"allow": ["s3://acme-*/{team}/*"]},
            "location-role-allowed": {
                "level": "mandatory",
                "allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"],
            },
        },
        **sections,
    }
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


def judged(resource: Resource, **sections: Any) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    judge = Judge(a_rulebook(**sections), "prod", TODAY)
    for one in (*judge.findings(resource), *judge.stack_findings([resource])):
        found.setdefault(one.rule.id, []).append(one)
    return found


def outcomes(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(one.item, one.outcome.value, one.things) for one in findings]


def test_each_entry_is_judged_by_itself() -> None:
    """What fails names its entry; what passes is told once, with its number."""
    found = judged(listing(entry("a"), entry("b", "s3://other/x/*"), entry("c"), entry("d", "s3://acme-hr/hr/*")))

    assert outcomes(found["AGL-03"]) == [("b", "FAIL", 1), ("", "PASS", 3)]
    assert found["AGL-03"][0].name == "all[b]"
    assert outcomes(found["AGL-02"]) == [("", "PASS", 4)]


def test_captures_of_one_entry_say_nothing_about_another() -> None:
    """The team of a role is held against the scope of its own entry."""
    found = judged(
        listing(
            entry("fin"),
            entry("hr", "s3://acme-hr/hr/*", "hr-reader"),
            entry("mixed", "s3://acme-hr/hr/*", "fin-reader"),
        )
    )

    assert outcomes(found["AGL-11"]) == [("mixed", "FAIL", 1), ("", "PASS", 2)]
    assert "{team} = 'fin'" in found["AGL-11"][0].message


def test_two_failures_of_one_rule_are_two() -> None:
    """Entries differ in their fingerprint, and in what the engine is told first."""
    first, second = judged(listing(entry("a", "s3://other/x/*"), entry("b", "s3://other/x/*")))["AGL-03"]

    assert first.fingerprint != second.fingerprint
    assert (opening(first), opening(second)) == ("[AGL-03] a: ", "[AGL-03] b: ")
    assert first.to_json()["resource"] == {"urn": URN, "type": LOCATIONS.type, "name": "all", "item": "a"}


def test_a_waiver_for_one_scope_leaves_the_others() -> None:
    """A waiver matches an entry's own scope."""
    waiver = {
        "rule": "location-scope-allowed",
        "match": {"scope": "s3://legacy/one/*"},
        "owner": "data",
        "reason": "moves",
        "expires": "2026-12-31",
    }
    found = judged(listing(entry("a", "s3://legacy/one/*"), entry("b", "s3://legacy/two/*")), waivers=[waiver])

    assert outcomes(found["AGL-03"]) == [("a", "WAIVED", 1), ("b", "FAIL", 1)]


@pytest.mark.parametrize(
    ("entries", "items"),
    [
        pytest.param([entry("a"), entry("a")], ["a", "#1"], id="an id twice"),
        pytest.param([{}, "text", None], ["#0", "#1", "#2"], id="nothing that is a location"),
        pytest.param([entry("a\n::error::")], ["#0"], id="an id that is none"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_every_entry_is_a_fact_whatever_it_holds(entries: list[Any], items: list[str]) -> None:
    """No entry is dropped, and no two are taken for one."""
    assert [fact.item for fact in facts_of(listing(*entries)) if isinstance(fact, Location)] == items


def test_the_list_is_told_as_it_is_read_back() -> None:
    """The journal's lines give the same findings again."""
    found = [one for findings in judged(listing(entry("a"), entry("b", "s3://other/x/*"))).values() for one in findings]

    again, problems = findings_of([one.to_json() for one in found], {rule.name: rule for rule in RULES})

    assert problems == []
    assert [(one.rule.id, *outcomes([one])) for one in again] == [(one.rule.id, *outcomes([one])) for one in found]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"outcome": Outcome.FAIL, "blocks": True, "things": 2}, id="two failures in one"),
        pytest.param({"things": 0}, id="none"),
        pytest.param({"item": "a", "things": 2}, id="two of one entry"),
    ],
)
def test_a_count_that_no_rule_gives_is_refused(changed: dict[str, Any]) -> None:
    """A file that counts what is told one by one was not written by the gate."""
    passed = judged(listing(entry("a"), entry("b")))["AGL-02"][0]

    assert contradiction(passed) == ("", "")
    assert contradiction(passed._replace(**changed))[0] == "count"


def planned(*entries: Any) -> dict[str, Any]:
    return {URN: {"urn": URN, "type": LOCATIONS.type, "inputs": {"locations": list(entries)}}}


def missed(findings: list[Finding], *entries: Any, stack: bool = True) -> list[str]:
    return [one.what for one in items_missed(planned(*entries), findings, {"event": "stack"} if stack else {}, RULES)]


def test_an_entry_that_a_rule_did_not_judge_is_noticed() -> None:
    """The engine's list and the counts of each rule must agree, entry by entry."""
    entries = [entry("a"), entry("b", "s3://other/x/*"), entry("c")]
    found = [one for findings in judged(listing(*entries)).values() for one in findings]

    assert missed(found, *entries) == []
    without = [one for one in found if not (one.rule.id == "AGL-03" and one.outcome is Outcome.FAIL)]
    assert missed(without, *entries) == ["location-scope-allowed judged 2 of the 3 things that it lists"]
    fewer = [one._replace(things=2) if one.rule.id == "AGL-02" else one for one in found]
    assert missed(fewer, *entries) == ["location-scope-valid judged 2 of the 3 things that it lists"]
    looked = [one for one in found if one.rule.id == "LKP-01"]
    assert missed(looked, *entries) == ["nothing judged the 3 things that it lists"]
    assert missed(looked) == []


def test_a_change_of_one_entry_is_told() -> None:
    """A role that was swapped, a location that is new and one that is gone are three things."""
    now = listing(entry("kept"), entry("swapped", role="other"), entry("new"))
    before = listing(entry("kept"), entry("swapped"), entry("gone"))
    shown = overview([replace(now, previous=before.props)])

    found = Counter((one.field.partition(" ")[0], one.drift) for one in shown.changes)
    assert found == {("swapped", True): 1, ("new", True): 2, ("gone", True): 2}
    assert [one.name for one in shown.locations] == ["all[kept]", "all[swapped]", "all[new]"]


def test_what_if_holds_each_entry_against_itself() -> None:
    """An entry that newly passes is fixed, and the others are as they were."""
    resource = listing(entry("a", "s3://acme-hr/hr/*"), entry("b", "s3://other/x/*"), entry("c"))
    seen = Input("list.json", "list", (Seen(resource, ""),), 1)
    strict = a_rulebook()
    loose = a_rulebook(rules={"location-scope-allowed": {"allow": ["s3://acme-*/{team}/*", "s3://other/*"]}})

    found = compare([seen], strict, loose, dt.datetime(2026, 11, 30, tzinfo=dt.UTC))

    changes = [(one.kind, one.finding.rule.id, one.finding.name) for one in found.changes]
    assert (Kind.FIXED, "AGL-03", "all[b]") in changes
    assert [name for kind, rule, name in changes if rule == "AGL-03"] == ["all[b]"]


def test_a_baseline_accepts_one_entry() -> None:
    """Another entry with the same fault is new, and an entry that is mended is stale."""
    before = judged(listing(entry("a", "s3://other/x/*"), entry("b")))["AGL-03"]
    accepted = Baseline("known.json", {key_of(one): 1 for one in before if one.outcome is Outcome.FAIL})
    later = judged(listing(entry("a"), entry("b", "s3://other/x/*")))["AGL-03"]

    held_ = held(accepted, later, whole=True)

    assert [(one.item, isinstance(one, Known)) for one in held_.findings if one.outcome is Outcome.FAIL] == [
        ("b", False)
    ]
    assert [(one.key.name, one.why) for one in held_.stale] == [("all[a]", "no longer found")]
    assert parse_baseline(text(accepted.entries).encode(), "known.json").entries == accepted.entries


def test_a_case_may_expect_something_of_one_entry() -> None:
    """`grantgate rules test` names an entry as reports do, and the list without its name is all the others."""
    props = listing(entry("a"), entry("b", "s3://other/x/*")).props
    content = {
        "rule": "location-scope-allowed",
        "cases": [
            {
                "name": "one of two",
                "settings": {"allow": ["s3://acme-*/*"]},
                "input": [{"type": LOCATIONS.type, "name": "all", "props": props}],
                "expect": {"all[b]": "FAIL", "all": "PASS"},
            }
        ],
    }
    (case,) = parse_cases(json.dumps(content), name="cases.json", catalogue=RULES)

    assert run(case).complaints == ()


def test_what_a_lookup_found_is_never_put_right() -> None:
    """A rule at the level `remediate` would else turn AWS's answer into another one that passes."""
    book = a_rulebook()
    judge = Judge(book, "prod", TODAY, levels={rule.name: Level.REMEDIATE for rule in RULES if rule.remedy})

    assert list(judge.remedies(listing(entry("a", "s3://acme-hr/people*")))) == []


def test_a_rule_that_is_gone_from_a_list_altogether_is_noticed() -> None:
    """Also one that has nothing to say about any entry: the engine is not told of those."""
    entries = [entry("a"), entry("b")]
    found = [one for findings in judged(listing(*entries)).values() for one in findings]

    without = [one for one in found if one.rule.id != "AGL-08"]

    assert missed(without, *entries) == ["location-tags-required judged 0 of the 2 things that it lists"]


def test_a_waiver_may_name_one_entry() -> None:
    """By the name that reports give it; the list's own name is all of it."""

    def waived(name: str) -> list[tuple[str, str, int]]:
        waiver = {
            "rule": "location-scope-allowed",
            "match": {"resource": name},
            "owner": "data",
            "reason": "moves",
            "expires": "2026-12-31",
        }
        found = judged(listing(entry("a", "s3://other/x/*"), entry("b", "s3://other/y/*")), waivers=[waiver])
        return outcomes(found["AGL-03"])

    assert waived("all[b]") == [("a", "FAIL", 1), ("b", "WAIVED", 1)]
    assert waived("all") == [("a", "WAIVED", 1), ("b", "WAIVED", 1)]
