"""The pack as the engine meets it: real requests, real answers, no process."""

from __future__ import annotations

import dataclasses
import datetime as dt
import gc
import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import empty_pb2
from grantgate.kinds import INSTANCE_FOR_PREFIX, LOCATION
from grantgate_policies import pack
from grantgate_policies.journal import Journal
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION
from grantgate_policies.wire import SECRET, SIGNATURE
from pulumi.runtime import proto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

ACCOUNT, DEV = "111122223333", "444455556666"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader"
GOOD = {
    "accountId": ACCOUNT,
    "region": "eu-west-1",
    "locationScope": "s3://acme-x/fin/*",
    "iamRoleArn": ROLE,
    "lookup": "performed",
    "accessGrantsLocationArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/x",
    "createdAt": "2026-01-15T09:30:00Z",
    "__provider": "gASV-canary-pickle",
}
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


class Aborted(Exception):
    """The call was ended with a status."""


class Context:
    """Stands for gRPC's context, as far as the pack uses it."""

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        """End the call."""
        raise Aborted(code, details)


def a_rulebook(rules: Mapping[str, Any] | None = None, **sections: Any) -> RuleBook:
    accounts = {ACCOUNT: {"name": "prod", "environment": "prod"}, DEV: {"name": "dev", "environment": "dev"}}
    content = {
        "version": 1,
        "organization": {"name": "acme", "accounts": accounts},
        "rules": rules or {},
        **sections,
    }
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


@pytest.fixture
def findings_file(tmp_path: Path) -> Path:
    """Name the journal."""
    return tmp_path / "findings.jsonl"


@pytest.fixture
def an_analyzer(findings_file: Path) -> Iterator[Callable[..., pack.Analyzer]]:
    """Return a maker of analyzers that the engine has started."""
    journals = []

    def make(book: RuleBook | None = None, stack: str = "prod") -> pack.Analyzer:
        journals.append(Journal(findings_file))
        analyzer = pack.Analyzer(book or a_rulebook(), journals[-1], now=NOW)
        analyzer.GetAnalyzerInfo(empty_pb2.Empty(), Context())
        request = proto.AnalyzerStackConfigureRequest(stack=stack, project="data", dry_run=True)
        analyzer.ConfigureStack(request, Context())
        return analyzer

    yield make
    for journal in journals:
        journal.close()


def a_request(
    kind: str = LOCATION.type, name: str = "it", provider: Mapping[str, Any] | None = None, **props: Any
) -> proto.AnalyzeRequest:
    request = proto.AnalyzeRequest(type=kind, name=name, urn=f"urn:pulumi:prod::data::{kind}::{name}")
    request.properties.update({key: value for key, value in {**GOOD, **props}.items() if value is not None})
    if kind.startswith("pulumi-python:"):
        request.provider.urn = "urn:pulumi:prod::data::pulumi:providers:pulumi-python::default"
    if provider is not None:
        request.provider.properties.update(provider)
    return request


def asked(analyzer: pack.Analyzer, request: proto.AnalyzeRequest) -> dict[str, tuple[int, str]]:
    """Give level and message of every diagnostic, by policy."""
    response = analyzer.Analyze(request, Context())
    return {one.policyName: (one.enforcementLevel, one.message) for one in response.diagnostics}


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("kind", [LOCATION.type, CLASSIC_LOCATION, NATIVE_LOCATION])
def test_a_location_that_passes(an_analyzer: Callable[..., Any], findings_file: Path, kind: str) -> None:
    """No diagnostics; the journal has every outcome, and the pickled provider is nowhere."""
    assert asked(an_analyzer(), a_request(kind)) == {}

    start, *findings = lines(findings_file)
    assert (start["event"], start["stack"], start["preview"], start["organization"]) == ("start", "prod", True, "acme")
    assert {one["outcome"] for one in findings} == {"PASS", "NOT_APPLICABLE"}
    assert "canary-pickle" not in findings_file.read_text()


def test_a_type_that_no_rule_is_about(an_analyzer: Callable[..., Any], findings_file: Path) -> None:
    """Every policy says that it does not apply, and the journal stays silent."""
    response = an_analyzer().Analyze(a_request("aws:s3/bucketObject:BucketObject"), Context())

    assert [one.policy_name for one in response.not_applicable] == [rule.name for rule in RULES]
    assert {one.reason for one in response.not_applicable} == {"about other resources"}
    assert len(lines(findings_file)) == 1


def test_a_failure(an_analyzer: Callable[..., Any]) -> None:
    """Message and fix, at the level that the outcome has."""
    found = asked(an_analyzer(), a_request(locationScope="s3://acme-x/fin*"))

    assert found == {
        "location-prefix-delimited": (
            proto.MANDATORY,
            (
                "The location's prefix ends in / or /*\n[AGL-04] scope 's3://acme-x/fin*' ends inside a path segment "
                "and also covers siblings such as 'fin-other/'. Fix: Write 's3://acme-x/fin/*'."
            ),
        )
    }


@pytest.mark.parametrize("empty", [{}, {"lookup": None}], ids=["as it is", "without its mark"])
def test_empty_properties(an_analyzer: Callable[..., Any], empty: dict[str, Any]) -> None:
    """A lookup without live values fails, whatever it is marked with."""
    request = a_request()
    request.properties.Clear()
    request.properties.update({"lookup": "performed", **empty})

    level, message = asked(an_analyzer(), request)["lookup-performed"]

    assert level == proto.MANDATORY
    assert message.startswith("The lookup asked AWS and holds every live value\n[LKP-01] the lookup ")


def test_a_request_without_properties(an_analyzer: Callable[..., Any]) -> None:
    """Nothing at all blocks, too."""
    found = asked(an_analyzer(), proto.AnalyzeRequest(type=NATIVE_LOCATION, name="it", urn="urn"))

    assert {name for name, (level, _) in found.items() if level == proto.MANDATORY} == {
        "location-scope-valid",
        "location-prefix-delimited",
        "location-account-allowed",
        "location-role-valid",
        "location-role-not-denied",
    }


@pytest.mark.parametrize(
    ("on_unknown", "level"),
    [
        pytest.param("fail", proto.MANDATORY, id="fail"),
        pytest.param("warn", proto.ADVISORY, id="warn"),
        pytest.param("pass", None, id="pass"),
    ],
)
def test_unknowns(an_analyzer: Callable[..., Any], findings_file: Path, on_unknown: str, level: int | None) -> None:
    """An unknown value is decided rule by rule, never as a whole."""
    book = a_rulebook({"location-scope-valid": {"onUnknown": on_unknown}})
    found = asked(an_analyzer(book), a_request(locationScope=UNKNOWN, iamRoleArn=f"arn:aws:iam::{ACCOUNT}:role/Admin"))

    told = found.get("location-scope-valid")
    assert (told and told[0]) == level
    assert not told or told[1].endswith("[AGL-02] cannot be decided: locationScope is not known in this preview")
    assert found["location-role-not-denied"][0] == proto.MANDATORY
    outcomes = {one["ruleId"]: one["outcome"] for one in lines(findings_file)[1:]}
    assert (outcomes["AGL-02"], outcomes["AGL-12"]) == ("UNKNOWN", "FAIL")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({SIGNATURE: SECRET, "value": "s3://acme-canary/fin*"}, id="a secret"),
        pytest.param(
            {SIGNATURE: "d0e6a833031e9bbcd3f4e8bde6ca49a4", "value": "s3://acme-canary/fin*", "secret": True},
            id="a secret output",
        ),
    ],
)
@pytest.mark.parametrize("kind", [LOCATION.type, CLASSIC_LOCATION])
def test_secrets(an_analyzer: Callable[..., Any], findings_file: Path, value: Any, kind: str) -> None:
    """A secret is judged; neither the engine nor the journal sees it."""
    response = an_analyzer().Analyze(a_request(kind, locationScope=value), Context())

    assert [one.policyName for one in response.diagnostics] == ["location-prefix-delimited"]
    assert "it is a secret and not shown" in response.diagnostics[0].message
    assert "canary" not in str(response)
    assert "canary" not in findings_file.read_text()


def test_a_ciphertext_is_undecided(an_analyzer: Callable[..., Any]) -> None:
    """What cannot be read does not pass."""
    found = asked(an_analyzer(), a_request(locationScope={SIGNATURE: SECRET, "ciphertext": "v1:abc"}))

    assert found["location-scope-valid"][0] == proto.MANDATORY


def test_the_providers_region(an_analyzer: Callable[..., Any]) -> None:
    """A declared location without a Region lies in its provider's."""
    book = a_rulebook(organization={"name": "acme", "accounts": {ACCOUNT: {"name": "prod"}}, "regions": ["us-east-1"]})
    request = a_request(
        CLASSIC_LOCATION, provider={"region": "eu-west-1"}, region=None, accessGrantsLocationArn=None, accountId=ACCOUNT
    )

    _, message = asked(an_analyzer(book), request)["location-account-allowed"]

    assert "Region 'eu-west-1' is not one of the organization's 'us-east-1'" in message


def test_levels_per_account(an_analyzer: Callable[..., Any]) -> None:
    """One policy is mandatory in one account and advisory in another, in the same run."""
    book = a_rulebook(environments={"dev": {"rules": {"location-prefix-delimited": {"level": "advisory"}}}})
    analyzer = an_analyzer(book)
    scope = "s3://acme-x/fin*"
    role = f"arn:aws:iam::{DEV}:role/x"

    prod = asked(analyzer, a_request(locationScope=scope))
    dev = asked(analyzer, a_request(locationScope=scope, accountId=DEV, iamRoleArn=role))

    assert prod["location-prefix-delimited"][0] == proto.MANDATORY
    assert dev["location-prefix-delimited"][0] == proto.ADVISORY


def test_the_stack_chooses_an_environment(an_analyzer: Callable[..., Any]) -> None:
    """ConfigureStack's name counts where the account names none."""
    overlay = {"lab": {"match": {"stacks": ["lab-*"]}, "rules": {"location-prefix-delimited": {"level": "disabled"}}}}
    organization = {"name": "acme", "accounts": {ACCOUNT: {"name": "prod"}}}
    request = a_request(locationScope="s3://acme-x/fin*")
    book = a_rulebook(organization=organization, environments=overlay)

    assert asked(an_analyzer(book, "lab-1"), request) == {}
    assert set(asked(an_analyzer(book, "prod"), request)) == {"location-prefix-delimited"}


def test_a_waiver(an_analyzer: Callable[..., Any]) -> None:
    """A waived failure is told as advice."""
    waiver = {
        "rule": "location-prefix-delimited",
        "match": {"resource": "it"},
        "owner": "data",
        "reason": "moves",
        "expires": "2026-11-20",
    }
    found = asked(an_analyzer(a_rulebook(waivers=[waiver])), a_request(locationScope="s3://acme-x/fin*"))

    level, message = found["location-prefix-delimited"]
    assert level == proto.ADVISORY
    assert "[AGL-04] waived by data: moves (until 2026-11-20): scope" in message


def test_a_rule_that_raises(
    an_analyzer: Callable[..., Any], findings_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a mandatory diagnostic and an ERROR in the journal; its text is nowhere, and the others are judged."""

    def judge(_fact: Any, _context: Any) -> Any:
        raise RuntimeError("canary-exception")

    rules = tuple(dataclasses.replace(rule, judge=judge) if rule.id == "AGL-02" else rule for rule in RULES)
    monkeypatch.setattr(pack, "Judge", lambda *arguments, **named: Judge(*arguments, **named, rules=rules))
    found = asked(an_analyzer(), a_request(locationScope="s3://acme-x/fin*"))

    level, message = found["location-scope-valid"]
    assert level == proto.MANDATORY
    assert "[AGL-02] the rule could not be judged: RuntimeError in test_pack_servicer.py:" in message
    assert message.endswith(". Nothing was let through; report it to the rule's authors")
    assert "location-prefix-delimited" in found
    assert [one["outcome"] for one in lines(findings_file)[1:] if one["ruleId"] == "AGL-02"] == ["ERROR"]
    assert "canary" not in findings_file.read_text() + message


# --- configuration ----------------------------------------------------------------------------------------------------


def configured(analyzer: pack.Analyzer, **policies: tuple[int, Mapping[str, Any]]) -> None:
    """Send what the engine sends: every policy at its published level, and what somebody set."""
    request = proto.ConfigureAnalyzerRequest()
    for policy in analyzer.GetAnalyzerInfo(empty_pb2.Empty(), Context()).policies:
        request.policyConfig[policy.name].enforcementLevel = policy.enforcementLevel
        defaults = {
            name: schema["default"] for name, schema in policy.configSchema.properties.items() if "default" in schema
        }
        request.policyConfig[policy.name].properties.update(defaults)
    for name, (level, properties) in policies.items():
        request.policyConfig[name.replace("_", "-")].enforcementLevel = level
        request.policyConfig[name.replace("_", "-")].properties.update(properties)
    analyzer.Configure(request, Context())


def test_the_engines_defaults_change_nothing(an_analyzer: Callable[..., Any]) -> None:
    """The engine sends back every default of the schemas: the rules file's own settings must survive that."""
    book = a_rulebook({"location-role-not-denied": {"denyNames": ["fin-*"]}})
    analyzer = an_analyzer(book)

    configured(analyzer)

    assert set(asked(analyzer, a_request())) == {"location-role-not-denied"}


def test_levels_and_settings_from_outside(an_analyzer: Callable[..., Any]) -> None:
    """They count for the resources that follow."""
    analyzer = an_analyzer()
    request = a_request(locationScope="s3://acme-x/fin*")
    assert set(asked(analyzer, request)) == {"location-prefix-delimited"}

    configured(
        analyzer,
        location_prefix_delimited=(proto.DISABLED, {}),
        location_scope_allowed=(proto.ADVISORY, {"allow": ["s3://elsewhere/*"]}),
    )

    assert {name: level for name, (level, _) in asked(analyzer, request).items()} == {
        "location-scope-allowed": proto.ADVISORY
    }


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        pytest.param({"location_scoep": (proto.MANDATORY, {})}, "'location-scoep' is no policy", id="a policy"),
        pytest.param({"location_scope_valid": (proto.MANDATORY, {"x": 1})}, "'x' is none of its", id="a setting"),
        pytest.param(
            {"location_scope_valid": (proto.REMEDIATE, {})}, "knows no one value to put right", id="remediate"
        ),
        pytest.param({"lookup_performed": (proto.DISABLED, {})}, "its level cannot be changed", id="the locked rule"),
    ],
)
def test_what_means_nothing_ends_the_run(an_analyzer: Callable[..., Any], policies: dict[str, Any], told: str) -> None:
    """The engine shows the reason, and nothing is switched on or off."""
    analyzer = an_analyzer()

    with pytest.raises(Aborted) as caught:
        configured(analyzer, **policies)

    code, details = caught.value.args
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith("grantgate: --policy-pack-config: ")
    assert told in details


def test_analyzer_info() -> None:
    """Each rule is a policy, at the level that the rules file gives it on this stack."""
    book = a_rulebook({"location-not-default": {"level": "mandatory", "severity": "critical"}})
    info = pack.Analyzer(book, Journal(None), now=NOW).GetAnalyzerInfo(empty_pb2.Empty(), Context())

    assert (info.name, info.supportsConfig) == ("grantgate", True)
    assert [policy.name for policy in info.policies] == [rule.name for rule in RULES]
    first = info.policies[0]
    assert (first.enforcementLevel, first.severity) == (proto.MANDATORY, proto.POLICY_SEVERITY_CRITICAL)
    assert all(policy.url and policy.remediation_steps and policy.description for policy in info.policies)


# --- the whole run ----------------------------------------------------------------------------------------------------


def test_the_end_of_a_run(an_analyzer: Callable[..., Any], findings_file: Path) -> None:
    """The last line says what was seen and which waivers nobody needed."""
    waiver = {
        "rule": "location-scope-valid",
        "match": {"account": DEV},
        "owner": "data",
        "reason": "moves",
        "expires": "2027-01-31",
    }
    analyzer = an_analyzer(a_rulebook(waivers=[waiver]))
    request = proto.AnalyzeStackRequest()
    for kind in (CLASSIC_LOCATION, "aws:s3/bucket:Bucket"):
        request.resources.add(type=kind, urn=f"urn:{kind}")
    told = {one.policyName for one in analyzer.AnalyzeStack(request, Context()).diagnostics}

    assert told <= {rule.name for rule in RULES if rule.gather}
    assert "location-bucket-region" in told
    last = lines(findings_file)[-1]
    assert (last["event"], last["judged"], last["resources"]) == ("stack", [f"urn:{CLASSIC_LOCATION}"], 2)
    assert [one["owner"] for one in last["unusedWaivers"]] == ["data"]


def test_four_threads_at_once(an_analyzer: Callable[..., Any], findings_file: Path) -> None:
    """The engine asks from several threads: every answer is its own, and no line of the journal is torn."""
    analyzer = an_analyzer(
        a_rulebook(
            {
                "location-scope-allowed": {"allow": ["s3://acme-x/{team}/*"]},
                "location-role-allowed": {"allow": ["arn:aws:iam::*:role/access-grants/{team}-*"]},
            }
        )
    )

    def one(number: int) -> set[str]:
        team = f"team{number}"
        role = ROLE.replace("fin-", f"{team if number % 3 else 'other'}-")
        account = ACCOUNT if number % 2 else DEV
        request = a_request(
            name=f"location-{number}",
            locationScope=f"s3://acme-x/{team}/*",
            iamRoleArn=role.replace(ACCOUNT, account),
            accountId=account,
        )
        return set(asked(analyzer, request))

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(one, range(200)))

    assert answers == [set() if number % 3 else {"location-role-allowed"} for number in range(200)]
    _, *findings = lines(findings_file)
    assert len(findings) == 200 * 11
    assert len({(item["resource"]["name"], item["ruleId"]) for item in findings}) == 200 * 11


def test_an_instance_for_a_prefix(an_analyzer: Callable[..., Any]) -> None:
    """Other kinds of lookups go through the same gate."""
    request = a_request(
        INSTANCE_FOR_PREFIX.type,
        accessGrantsInstanceArn="arn:aws:s3:eu-west-1:999988887777:access-grants/default",
        accessGrantsInstanceId="default",
        ownerAccountId="999988887777",
        instanceRegion="eu-west-1",
    )

    assert set(asked(an_analyzer(), request)) == {"instance-owner-allowed"}


def stack_of(*requests: proto.AnalyzeRequest, **made_from: Mapping[str, str]) -> proto.AnalyzeStackRequest:
    """Give the stack of these resources; ``made_from`` says by resource name what a property was made of."""
    stack = proto.AnalyzeStackRequest()
    for request in requests:
        shown = stack.resources.add(type=request.type, name=request.name, urn=request.urn)
        shown.properties.CopyFrom(request.properties)
        if request.HasField("provider"):
            shown.provider.CopyFrom(request.provider)
        for name, urn in made_from.get(request.name, {}).items():
            shown.propertyDependencies[name].urns.append(urn)
    return stack


def test_a_stack_rule_joins_what_a_preview_does_not_know(an_analyzer: Callable[..., Any]) -> None:
    """The role behind an ARN that is not known yet is found by what the ARN was made of."""
    analyzer = an_analyzer()
    role = a_request("aws:iam/role:Role", "reader", assumeRolePolicy='{"Version": "2012-10-17", "Statement": []}')
    location = a_request(CLASSIC_LOCATION, "it", iamRoleArn=UNKNOWN)
    for request in (role, location):
        analyzer.Analyze(request, Context())

    response = analyzer.AnalyzeStack(stack_of(role, location, it={"iamRoleArn": role.urn}), Context())

    told = {one.policyName: one.message for one in response.diagnostics}
    assert "'reader'" in told["location-role-trusted"]
    assert {rule.name for rule in RULES if not rule.gather}.isdisjoint(told)
    names = {one.policy_name for one in response.not_applicable}
    assert names <= {rule.name for rule in RULES if rule.gather}
    assert not names & set(told)


SAME, OTHER = "s3://acme-x/fin/*", "s3://acme-x/ops/*"
IN_ONE, IN_OTHER = ({"allowedAccountIds": f'["{account}"]'} for account in (ACCOUNT, DEV))


@pytest.mark.parametrize(
    ("asked_for", "shown", "overlaps"),
    [
        pytest.param({"locationScope": SAME}, {"locationScope": SAME}, True, id="the same again"),
        pytest.param({"locationScope": OTHER}, {"locationScope": OTHER}, False, id="the same again, elsewhere"),
        pytest.param({"locationScope": OTHER}, {"locationScope": SAME}, True, id="another value"),
        pytest.param({"locationScope": SAME}, {"locationScope": OTHER}, False, id="no longer that value"),
        pytest.param({"provider": IN_OTHER}, {"provider": IN_ONE}, True, id="another provider"),
        pytest.param({"provider": IN_ONE}, {"provider": IN_OTHER}, False, id="no longer that provider"),
        pytest.param({"kind": "aws:s3/bucket:Bucket"}, {}, True, id="another type"),
    ],
)
def test_the_stack_is_judged_by_what_it_shows(
    an_analyzer: Callable[..., Any], asked_for: dict[str, Any], shown: dict[str, Any], *, overlaps: bool
) -> None:
    """What a resource was when it was asked about by itself is not taken for what it is in the whole stack."""
    analyzer = an_analyzer()
    known = {"kind": CLASSIC_LOCATION, "name": "it", "provider": IN_ONE, "locationScope": SAME}
    known |= {"accountId": None, "accessGrantsLocationArn": None}  # the provider alone says the account
    other = a_request(**{**known, "name": "other"})
    first, then = a_request(**{**known, **asked_for}), a_request(**{**known, **shown})
    first.urn = then.urn
    for request in (other, first):
        analyzer.Analyze(request, Context())

    found = analyzer.AnalyzeStack(stack_of(other, then), Context()).diagnostics

    assert any(one.policyName == "location-overlap" for one in found) is overlaps


def test_what_is_loaded_is_kept_and_the_rest_still_collected() -> None:
    """The collector of cycles looks less often, at what is new, and is on."""
    before = gc.get_threshold()
    try:
        pack.keep_what_is_loaded()
        assert gc.isenabled()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > before[0]
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def test_outputs_of_a_preview_add_nothing_unknown(an_analyzer: Callable[..., Any], findings_file: Path) -> None:
    """What a provider will only say later is, until then, what the program asks for."""
    analyzer = an_analyzer()
    asked_for = a_request(CLASSIC_LOCATION, "it", accessGrantsLocationArn=None)
    analyzer.Analyze(asked_for, Context())
    answered = a_request(CLASSIC_LOCATION, "it", region=UNKNOWN, locationScope="s3://acme-x/fin/*")

    analyzer.AnalyzeStack(stack_of(asked_for, answered), Context())

    outcomes = {(one["ruleId"], one["outcome"]) for one in lines(findings_file)[1:] if "ruleId" in one}
    assert ("AGL-07", "NOT_APPLICABLE") in outcomes
    assert not {outcome for rule, outcome in outcomes if rule in {"AGL-06", "AGL-07"}} & {"UNKNOWN"}


def test_a_stack_rule_says_that_it_comes_late(an_analyzer: Callable[..., Any]) -> None:
    """In an update it was judged when all was done, and says so; in a preview it prevents."""
    analyzer = an_analyzer()
    twice = stack_of(a_request(CLASSIC_LOCATION, "one"), a_request(CLASSIC_LOCATION, "two"))

    def told() -> str:
        found = analyzer.AnalyzeStack(twice, Context()).diagnostics
        return next(one.message for one in found if one.policyName == "location-overlap")

    late = "It was judged after the update, which it could not prevent."
    assert late not in told()
    analyzer.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="prod", project="data"), Context())
    assert told().endswith(late)


def test_stack_rules_are_stack_policies(an_analyzer: Callable[..., Any]) -> None:
    """The engine knows which rules it may ask when."""
    info = an_analyzer().GetAnalyzerInfo(empty_pb2.Empty(), Context())

    kinds = {policy.name: policy.policy_type for policy in info.policies}
    assert {name for name, kind in kinds.items() if kind == proto.POLICY_TYPE_STACK} == {
        rule.name for rule in RULES if rule.gather
    }


def test_a_remedy_reaches_the_engine(an_analyzer: Callable[..., Any], findings_file: Path) -> None:
    """Only what changes is replaced, and a secret stays one."""
    analyzer = an_analyzer(a_rulebook({"location-prefix-delimited": {"level": "remediate"}}))
    hidden = {SIGNATURE: SECRET, "value": "s3://acme-x/fin*"}

    (remedy,) = analyzer.Remediate(a_request(CLASSIC_LOCATION, locationScope=hidden), Context()).remediations

    assert remedy.policyName == "location-prefix-delimited"
    assert dict(remedy.properties["locationScope"]) == {SIGNATURE: SECRET, "value": "s3://acme-x/fin/*"}
    assert remedy.properties["iamRoleArn"] == ROLE
    assert lines(findings_file)[-1]["properties"] == {"locationScope": ["[secret]", "[secret]"]}
    assert "fin" not in json.dumps(lines(findings_file)[-1])
    assert not analyzer.Remediate(a_request(LOCATION.type, locationScope="s3://acme-x/fin*"), Context()).remediations


def test_nothing_to_remediate(an_analyzer: Callable[..., Any]) -> None:
    """Nothing is changed, not even where a rule fails: no rule is at the level remediate by itself."""
    analyzer = an_analyzer()

    assert not analyzer.Remediate(a_request(locationScope="s3://b/fin*"), Context()).remediations
    assert analyzer.Cancel(empty_pb2.Empty(), Context()) == empty_pb2.Empty()
    assert analyzer.GetPluginInfo(empty_pb2.Empty(), Context()).version == pack.pack_version()
