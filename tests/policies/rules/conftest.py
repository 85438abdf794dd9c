"""Builders of facts, contexts and findings; fixtures that give functions, since test folders are no packages."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.kinds import LOCATION
from grantgate_policies.core import ABSENT, Account, Context, Finding, Organization, Resource, Rule
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.schema import defaults
from grantgate_policies.subjects import CLASSIC_LOCATION, NATIVE_LOCATION, InstanceForPrefix, Location, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCOUNT, OTHER = "111122223333", "444455556666"
ACCOUNTS = {ACCOUNT: Account(ACCOUNT, "data-prod", "prod"), OTHER: Account(OTHER, "data-dev", "dev")}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"
SCOPE = "s3://acme-data-prod-eu/finance/*"
TODAY = dt.date(2026, 11, 20)
LOCATION_TYPES = {"lookup": LOCATION.type, "classic": CLASSIC_LOCATION, "native": NATIVE_LOCATION}


def resource_of(kind: str, props: Mapping[str, Any] | None = None, **members: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:prod::data::{kind}::it", type=kind, name="it", props=props or {}, **members)


@pytest.fixture(params=list(LOCATION_TYPES))
def location_type(request: pytest.FixtureRequest) -> str:
    """Give each type that a location has: our lookup and both providers' resource."""
    return LOCATION_TYPES[request.param]


@pytest.fixture
def a_location() -> Callable[..., Location]:
    """Return a maker of locations that break nothing."""

    def make(**fields: Any) -> Location:
        known = {"location_scope": SCOPE, "iam_role_arn": ROLE, "account_id": ACCOUNT, "region": "eu-west-1"}
        return Location(resource_of(LOCATION.type), **{**known, "live": True, **fields})

    return make


@pytest.fixture
def an_instance() -> Callable[..., InstanceForPrefix]:
    """Return a maker of instances that answer for a prefix."""

    def make(**fields: Any) -> InstanceForPrefix:
        known = {
            "s3_prefix": "s3://acme-data-prod-eu/",
            "account_id": ACCOUNT,
            "access_grants_instance_arn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default",
            "owner_account_id": ACCOUNT,
            "instance_region": "eu-west-1",
            "region": "eu-west-1",
        }
        return InstanceForPrefix(resource_of("instance"), **{**known, **fields})

    return make


@pytest.fixture
def an_operation() -> Callable[..., Operation]:
    """Return a maker of operations that have succeeded."""

    def make(**fields: Any) -> Operation:
        known = {
            "request_token_arn": f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T",
            "account_id": ACCOUNT,
            "state": "SUCCEEDED",
            "request_status": "SUCCEEDED",
            "operation": "CreateMultiRegionAccessPoint",
            "creation_time": "2026-01-15T09:30:00Z",
            "error_code": ABSENT,
            "error_message": ABSENT,
            "failed_regions": (),
        }
        return Operation(resource_of("operation"), **{**known, **fields})

    return make


@pytest.fixture
def a_context() -> Callable[..., Context]:
    """Return a maker of contexts: a rule's default settings, what a test sets, and the account's variables."""

    def make(rule: Rule, settings: Mapping[str, Any] | None = None, **members: Any) -> Context:
        variables = {
            "account.id": ACCOUNT,
            "account.name": "data-prod",
            "environment": "prod",
            "region": "eu-west-1",
            "partition": "aws",
        }
        known: dict[str, Any] = {
            "organization": Organization("acme", ACCOUNTS, ("eu-west-1", "us-east-1")),
            "account": ACCOUNTS[ACCOUNT],
            "environment": "prod",
            "stack": "data-prod",
            "variables": variables,
        }
        return Context(settings={**defaults(rule), **(settings or {})}, **{**known, **members})

    return make


@pytest.fixture
def a_rulebook() -> Callable[..., RuleBook]:
    """Return a maker of rule books from the ``rules`` section of a rules file."""

    def make(rules: Mapping[str, Any], **sections: Any) -> RuleBook:
        accounts = {one.id: {"name": one.name, "environment": one.environment} for one in ACCOUNTS.values()}
        content = {
            "version": 1,
            "organization": {"name": "acme", "accounts": accounts, "regions": ["eu-west-1", "us-east-1"]},
            "rules": rules,
            **sections,
        }
        return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)

    return make


@pytest.fixture
def found(a_rulebook: Callable[..., RuleBook]) -> Callable[..., Finding]:
    """Return what the judge makes of one rule on one resource; every rule is judged, as in a run."""

    def find(rule: Rule, kind: str, props: Mapping[str, Any], settings: Mapping[str, Any] | None = None) -> Finding:
        book = a_rulebook({rule.name: settings} if settings is not None else {})
        findings = Judge(book, "data-prod", TODAY).findings(resource_of(kind, props))
        (finding,) = (one for one in findings if one.rule is rule)
        return finding

    return find


@pytest.fixture
def location_props() -> Callable[..., dict[str, Any]]:
    """Return a maker of a location's properties; a property that is None is left out."""

    def make(**props: Any) -> dict[str, Any]:
        known = {
            "lookup": "performed",
            "accountId": ACCOUNT,
            "region": "eu-west-1",
            "locationScope": SCOPE,
            "iamRoleArn": ROLE,
            "accessGrantsLocationArn": f"arn:aws:s3:eu-west-1:{ACCOUNT}:access-grants/default/location/x",
            "createdAt": "2026-01-15T09:30:00Z",
        }
        return {name: value for name, value in {**known, **props}.items() if value is not None}

    return make
