"""Reports made by hand, written as pages, and a real browser to open them."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Rule
from grantgate_policies.report import (
    Change,
    Fixed,
    Known,
    Problem,
    Registered,
    Report,
    Request,
    Run,
    SourcePosition,
)
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules import RULES
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

ROOT: Final = Path(__file__).resolve().parents[2]
TYPE: Final = "pulumi-python:dynamic/grantgate:AccessGrantsLocation"
BY_ID: Final = {rule.id: rule for rule in RULES}
DESK: Final = {"width": 1280, "height": 900}
ACCOUNT, OTHER = "111122223333", "444455556666"


def a_resource(name: str, stack: str = "prod") -> Resource:
    return Resource(urn=f"urn:pulumi:{stack}::data::{TYPE}::{name}", type=TYPE, name=name, props={})


def a_finding(rule: str, name: str, outcome: Outcome = Outcome.FAIL, **members: Any) -> Finding:
    judged: Rule = BY_ID[rule]
    level = members.get("level", Level.MANDATORY)
    given: dict[str, Any] = {
        "level": level,
        "severity": judged.severity,
        "resource": a_resource(name, members.pop("stack", "prod")),
        "blocks": level is Level.MANDATORY and outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR},
    }
    return Finding(rule=judged, outcome=outcome, **{**given, **members})


def a_place(name: str, scope: str, role: str = "reader", **members: Any) -> Registered:
    account = members.pop("account", ACCOUNT)
    given: dict[str, Any] = {"region": "eu-west-1", "live": False, "stack": "prod", **members}
    urn = a_resource(name, given.pop("stack")).urn
    arn = f"arn:aws:iam::{account}:role/access-grants/{role}" if role else ""
    return Registered(urn=urn, name=name, account=account, scope=scope, role=arn, **given)


def sample() -> Report:
    """Give a report that has something of everything but problems."""
    places = (
        a_place("everything", "s3://", "platform-admin"),
        a_place("finance", "s3://acme-data/finance/*", "finance-reader", live=True),
        a_place("fin", "s3://acme-data/fin*", "finance-writer"),
        a_place("finance-eu", "s3://acme-data/finance/eu/ledger/*", "finance-eu"),
        a_place("hr-one", "s3://acme-data/hr/*", "hr-reader"),
        a_place("hr-two", "s3://acme-data/hr/", "hr-admin", live=True),
        a_place("lake", "s3://acme-lake/*", "lake-reader", account=OTHER),
        a_place("raw", "s3://acme-lake/raw/2026/*", "raw-writer", account=OTHER),
        a_place("clean", "s3://acme-lake/clean/*", "clean-writer", account=OTHER),
        a_place("us-archive", "s3://acme-archive/*", "archive", region="us-east-1", stack="us"),
        a_place("later", "", "", region="us-east-1", stack="us"),
    )
    findings = [
        a_finding(
            "AGL-01",
            "everything",
            field="locationScope",
            observed="s3://",
            message="scope 's3://' covers every bucket of the account and Region",
        ),
        a_finding(
            "AGL-06",
            "finance",
            field="locationScope",
            message="scope 's3://acme-data/finance/*' is inside 's3://acme-data/fin*' of 'fin'",
        ),
        a_finding(
            "AGL-04",
            "fin",
            field="locationScope",
            observed="s3://acme-data/fin*",
            expected="a prefix that ends with '/'",
            message="prefix 'fin' does not end with '/', so it also covers 'finance/'",
            edit="s3://acme-data/fin/*",
        ),
        a_finding(
            "AGL-14",
            "finance",
            Outcome.FAIL,
            field="iamRoleArn",
            level=Level.ADVISORY,
            message="AWS has another role than the stack was last updated with",
        ),
        a_finding(
            "AGL-11",
            "later",
            Outcome.UNKNOWN,
            stack="us",
            field="iamRoleArn",
            message="the role is only known after `pulumi up`",
        ),
        a_finding(
            "AGL-12",
            "hr-two",
            Outcome.WAIVED,
            message="role 'hr-admin' is denied by 'access-grants/*-admin'",
            waiver="data-platform: moves in Q1 (until 2027-01-31)",
        ),
        Known(*a_finding("AGL-11", "lake", blocks=False, message="role 'lake-reader' is none of the allowed roles")),
    ]
    passes = ("finance-eu", "hr-one", "hr-two", "raw", "clean", "fin", "lake")
    findings += [a_finding(rule, name, Outcome.PASS) for name in passes for rule in ("AGL-02", "AGL-03", "AGL-10")]
    findings += [a_finding("AGL-02", "us-archive", Outcome.NOT_APPLICABLE, stack="us", message="no scope is given")]
    return Report(
        source="prod, us",
        rules_file="rules.yaml",
        organization="acme",
        findings=findings,
        resources=14,
        at="2026-11-22T08:30:05Z",
        rules=RULES,
        locations=places,
        requests=(
            _request("create-data", "CreateMultiRegionAccessPoint", "SUCCEEDED", "2026-11-18T09:12:00Z", "SUCCEEDED"),
            _request("policy-data", "PutMultiRegionAccessPointPolicy", "IN_PROGRESS", "2026-11-21T15:40:00Z", "NEW"),
            _request("create-logs", "CreateMultiRegionAccessPoint", "FAILED", "2026-11-20T11:05:00Z", "FAILED"),
        ),
        changes=(
            Change(
                places[1].urn,
                "iamRoleArn",
                f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-old",
                places[1].role,
                drift=True,
            ),
            Change(places[4].urn, "locationScope", "s3://acme-data/people/*", "s3://acme-data/hr/*"),
        ),
        runs=(
            Run("prod", "preview", 255, "failed", "0.1.0", 9, {"create": 3, "same": 8}),
            Run("us", "preview", 0, "succeeded", "0.1.0", 4, {"create": 2}),
        ),
        baseline="baseline.json",
        fixed=(Fixed(a_resource("old").urn, "AGL-04", "locationScope", "FAIL", "the resource is gone"),),
        notices=("waiver 3 of rules.yaml covers nothing any more",),
        positions={places[0].urn: SourcePosition("infra/__main__.py", 41)},
    )


def _request(name: str, operation: str, state: str, created: str, second: str) -> Request:
    return Request(
        urn=f"urn:pulumi:prod::data::pulumi-python:dynamic/grantgate:AsyncOperation::{name}",
        name=name,
        account=ACCOUNT,
        token=f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/{name}",
        access_point=f"acme-{name.partition('-')[2]}",
        operation=operation,
        state=state,
        status=state,
        created=created,
        regions=(("eu-west-1", "SUCCEEDED"), ("us-east-1", second)),
    )


def many(findings: int, locations: int) -> Report:
    """Give a large report; one finding in three fails."""
    rules = RULES[: max(1, findings // locations)]
    places, found = [], []
    for index in range(locations):
        name = f"loc-{index:05}"
        places.append(a_place(name, f"s3://acme-{index % 7}/team{index % 100:03}/set{index:05}/*", f"team{index % 9}"))
        found += [
            a_finding(
                rule.id, name, (Outcome.FAIL, Outcome.PASS, Outcome.PASS)[(index + place) % 3], message=f"m {index}"
            )
            for place, rule in enumerate(rules)
        ]
    return Report("prod", "rules.yaml", "acme", found, locations, rules=RULES, locations=places)


PROBLEMS = (Problem("AWS did not answer: timed out after 20 s\nsecond line", "finance", "try again"),)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page did that nobody asked it to: requests, words on the console, errors and refusals, dialogs."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to a page that has not been opened yet."""
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.errors.append(message.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

        def dismissed(dialog: Dialog) -> None:
            self.dialogs.append(dialog.message)
            dialog.dismiss()

        page.on("dialog", dismissed)


@dataclass(slots=True)
class Opener:
    """Writes reports as pages, opens them, and says in the end what they did unasked."""

    browser: Browser
    folder: Path
    seen: Seen = field(default_factory=Seen)
    addresses: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def __call__(self, report: Report, *, fragment: str = "", script: bool = True, **context: Any) -> Page:
        """Open the page of a report, and wait until it answers."""
        file = self.folder / f"report-{len(self.addresses)}.html"
        with file.open("w", encoding="ascii") as out:
            out.writelines(FORMATS["html"].pieces(report, Look()))
        self.addresses.append(file.as_uri())
        made = self.browser.new_context(java_script_enabled=script, **{"viewport": DESK, **context})
        self.contexts.append(made)
        page = made.new_page()
        self.seen.watch(page)
        page.goto(f"{file.as_uri()}{fragment}")
        if script:
            page.wait_for_selector("html[data-ready]")
        return page


@pytest.fixture(scope="session")
def finder() -> ModuleType:
    """Load the module that finds the browser: it stands beside the engine's, in no package."""
    spec = importlib.util.spec_from_file_location("grantgate_browser", ROOT / "engine" / "browser.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def browser(finder: ModuleType) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=finder.find(), args=list(finder.FLAGS))
        yield one
        one.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Open pages; whatever a test does with them, none asks the network, is refused anything, breaks or speaks up."""
    opener = Opener(browser, tmp_path)
    yield opener
    for context in opener.contexts:
        context.close()
    assert opener.seen == Seen(requests=opener.addresses)


@pytest.fixture(name="sample")
def sample_report() -> Report:
    return sample()


@pytest.fixture
def large() -> Report:
    return many(10_000, 2_000)


@pytest.fixture
def troubled() -> Report:
    """Give the same report of a gate that could not look everywhere."""
    return replace(sample(), problems=PROBLEMS)


@pytest.fixture(scope="session")
def axe() -> str:
    """Give the accessibility checker, as its package carries it."""
    spec = importlib.util.find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).with_name("axe.min.js").read_text("utf-8")
