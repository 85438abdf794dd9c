"""
What is not known, or not understood, never makes a failure pass: held for every failing example of every rule.

An unknown may turn out to be the very value that fails, so with any one value of a failing program replaced by an
unknown some outcome of the rule has to be FAIL or UNKNOWN. What the unknown is made from may make that a FAIL and never
a PASS: an apply may build any text of it. And a value of a kind that nobody means is no crash.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.cases import Case, examples
from grantgate_policies.core import UNKNOWN, Outcome
from grantgate_policies.rulebook import parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import READERS, WITNESSES
from grantgate_policies.testing.declared import resource, urn_of
from grantgate_policies.testing.judging import judged, rules_file
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grantgate_policies.core import Rule
    from grantgate_policies.testing.declared import Declared

FAILING = [pytest.param(rule, case, id=f"{rule.id}: {case.name}") for rule in RULES for case in examples(rule).bad]
IDENTITIES = {
    ("AGL-07", "bucketRegion"): "a bucket that is not made yet will be where its region says",
    ("AGL-14", "accessGrantsLocationId"): "a location that is not made yet has no id that anybody could look up",
    ("AGP-02", "arn"): "a share that is not made yet has no ARN that anybody could write down",
}
"""What a provider computes and nobody can write, by rule: a text elsewhere cannot be what is not there yet."""
ALIKE = {
    "aws-native:iam:ManagedPolicy",
    "aws-native:iam:RolePolicy",
    "aws-native:ram:PrincipalAssociation",
    "aws-native:ram:ResourceAssociation",
    "aws-native:ram:ResourceShare",
    "aws-native:s3:Bucket",
    "aws:iam/policy:Policy",
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive",
    "aws:s3/bucketV2:BucketV2",
}
"""Types that are read as others are, and are in no example."""
CONFIGURED = {
    "location-scope-allowed": {"allow": ["s3://acme-{account.name}-*/{team}/*"], "deny": ["s3://acme-*-secrets/*"]},
    "location-prefix-template": {"templates": ["{team}/"]},
    "location-role-allowed": {"allow": ["arn:{partition}:iam::{account.id}:role/access-grants/{team}-*"]},
    "location-role-not-denied": {"deny": ["arn:*:iam::{account.id}:role/x"]},
    "location-tags-required": {"keys": ["owner"], "values": {"owner": ["data-*"]}},
    "instance-identity-center": {"arns": ["arn:aws:sso:::instance/ssoins-1234567890abcdef"]},
    "grant-write-protected": {"protected": ["s3://acme-*/archive/*"]},
    "access-point-name-pattern": {"allow": ["acme-*"]},
}
"""Settings of the rules that have no sense without."""
OF_OTHERS = {
    ("AGL-13", "iamRoleArn"): "sharing breaks both locations, and the one whose role is not known does not pass",
}
"""Where what an unknown is made from lets findings about other resources pass, by rule: its own tells it already."""
JOINING = {"AGG-02", "AGL-06", "AGL-07", "AGL-13", "AGL-14", "AGP-02", "AGR-05", "AGR-06", "MRP-06"}
"""Rules that ask what an unknown is made from, and say so in a finding."""
MAKERS = (
    resource("aws:s3/bucket:Bucket", "a-bucket", props={"bucket": UNKNOWN, "region": "eu-west-1"}),
    resource("aws:iam/role:Role", "a-role", props={"name": "a-role", "arn": UNKNOWN}),
    resource("aws:iam/policy:Policy", "a-policy", props={"arn": UNKNOWN, "policy": {"Statement": []}}),
    resource(
        "aws:s3control/accessGrantsInstance:AccessGrantsInstance",
        "an-instance",
        props={"accessGrantsInstanceArn": UNKNOWN},
    ),
)
"""What properties are made of whose resource the examples leave out."""
STRANGE = (7, True, [7], {"strange": 7})


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the path of every value inside ``value``, itself aside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from paths(inner, (*path, key))


def with_value(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Give ``value`` with another value at ``path``."""
    if not path:
        return new
    first, *rest = path
    if isinstance(value, dict):
        return {key: with_value(inner, tuple(rest), new) if key == first else inner for key, inner in value.items()}
    return [with_value(inner, tuple(rest), new) if place == first else inner for place, inner in enumerate(value)]


def variants(case: Case, new: Any) -> Iterator[tuple[str, tuple[Declared, ...]]]:
    """Give the case's program once for every value in it, with that one value replaced."""
    for place, one in enumerate(case.input):
        for path in paths(dict(one.props)):
            changed = dataclasses.replace(one, props=with_value(dict(one.props), path, new))
            yield f"{one.name}.{'.'.join(map(str, path))}", (*case.input[:place], changed, *case.input[place + 1 :])


def outcomes(case: Case, program: tuple[Declared, ...], preview: bool) -> set[Outcome]:  # noqa: FBT001 - one of two
    found = judged(case.book, (case.rule,), program, stack=case.stack, today=case.today, preview=preview)
    return {finding.outcome for finding in found.findings}


@pytest.mark.parametrize(("rule", "case"), FAILING)
def test_an_unknown_hides_no_failure(rule: Rule, case: Case) -> None:
    """Whichever value is not known yet, the rule fails or cannot be decided; it never passes everything."""
    silent = [
        place
        for place, program in variants(case, UNKNOWN)
        if (rule.id, place.rpartition(".")[2]) not in IDENTITIES
        and not outcomes(case, program, preview=True) & {Outcome.FAIL, Outcome.UNKNOWN}
    ]

    assert silent == [], rule.id


def made_from(program: tuple[Declared, ...], place: int, path: tuple[Any, ...], maker: str = "") -> list[Declared]:
    """Give the program with an unknown at ``path`` of one resource, made from another's outputs where one is named."""
    changed = list(program)
    one = program[place]
    origins = {**one.made_from, path[0]: (maker,)} if maker else dict(one.made_from)
    changed[place] = dataclasses.replace(one, props=with_value(dict(one.props), path, UNKNOWN), made_from=origins)
    return changed


def told(case: Case, program: list[Declared]) -> dict[str, tuple[Outcome, str]]:
    found = judged(case.book, (case.rule,), program, stack=case.stack, today=case.today, preview=True)
    return {finding.resource.urn: (finding.outcome, finding.message) for finding in found.findings}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES if rule.gather])
def test_what_an_unknown_is_made_from_makes_nothing_pass(rule: Rule) -> None:
    """Whichever value is not known yet, and whichever resource it is made from, no more passes than without that."""
    joins, passing = False, []
    for case in (*examples(rule).good, *examples(rule).bad):
        program = (*case.input, *MAKERS)
        for place, one in enumerate(case.input):
            for path in paths(dict(one.props)):
                plain = told(case, made_from(program, place, path))
                for maker in program:
                    found = told(case, made_from(program, place, path, maker.name)) if maker is not one else plain
                    joins = joins or found != plain
                    passing += [
                        f"{case.name}: {one.name}.{'.'.join(map(str, path))} made from {maker.name}: {urn}"
                        for urn, (outcome, _) in found.items()
                        if outcome is Outcome.PASS and plain[urn][0] is not Outcome.PASS
                        if urn == urn_of(one, case.stack) or (rule.id, path[-1]) not in OF_OTHERS
                    ]

    assert passing == [], rule.id
    assert joins is (rule.id in JOINING), rule.id


@pytest.mark.parametrize(("rule", "case"), FAILING)
@pytest.mark.parametrize("strange", STRANGE, ids=["a number", "true", "a list", "an object"])
def test_a_strange_value_is_no_crash(rule: Rule, case: Case, strange: Any) -> None:
    """No rule raises over a value of another kind."""
    raised = [
        place for place, program in variants(case, strange) if Outcome.ERROR in outcomes(case, program, preview=False)
    ]

    assert raised == [], rule.id


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(UNKNOWN)
    | st.sampled_from(["*", "s3://", "arn:aws:s3:::", "arn:aws:iam::111122223333:role/", "{", "[]", "{}", "${a}"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
CASES = [case for rule in RULES for kind in (examples(rule).good, examples(rule).bad) for case in kind]
BOOK = parse(json.dumps(rules_file(CONFIGURED)), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


@given(data=st.data(), case=st.sampled_from(CASES), preview=st.booleans())
@settings(deadline=None, derandomize=True, max_examples=600)
def test_anything_in_any_property(data: st.DataObject, case: Case, preview: bool) -> None:  # noqa: FBT001 - drawn
    """Whatever stands in any property of any type, no rule of the whole catalogue raises, in a preview or after it."""
    program = list(case.input)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(program) - 1))
        known = list(paths(dict(program[place].props))) or [("none",)]
        path = data.draw(st.sampled_from(known))
        changed = with_value(dict(program[place].props), path, data.draw(ANYTHING))
        program[place] = dataclasses.replace(program[place], props=changed)

    found = judged(BOOK, RULES, program, stack=case.stack, today=case.today, preview=preview)

    assert [finding.message for finding in found.findings if finding.outcome is Outcome.ERROR] == []
    json.dumps([finding.to_json() for finding in found.findings])


def test_every_type_is_in_an_example() -> None:
    """Nothing of this is said about a type that is in none."""
    assert {one.type for case in CASES for one in case.input} >= {*READERS, *WITNESSES} - ALIKE


def test_every_rule_has_failing_examples() -> None:
    """Nothing of this is said about a rule that has none."""
    tested: Mapping[str, Rule] = {rule.id: rule for rule in RULES if examples(rule).bad}

    assert set(tested) == {rule.id for rule in RULES}
