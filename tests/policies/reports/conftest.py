"""Sample reports that every format has to be able to tell: by name, as fixtures, since test folders are no packages."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from grantgate_policies.core import Finding, Level, Outcome, Resource, Rule, Severity
from grantgate_policies.report import (
    Change,
    Exit,
    Fixed,
    Known,
    LeftOut,
    LookedUp,
    Problem,
    Registered,
    Report,
    Request,
    Run,
    SourcePosition,
    merged,
)
from grantgate_policies.rules import RULES
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from grantgate_policies.rules.agl06_overlap import RULE as AGL_06
from grantgate_policies.rules.agl11_role_allowed import RULE as AGL_11
from grantgate_policies.rules.lkp01_lookup_performed import RULE as LKP_01
from grantgate_policies.rules.mrp01_blocks_public_access import RULE as MRP_01

ACCOUNT = "111122223333"
TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
LOOKUP_TYPE = "pulumi-python:dynamic/grantgate:AccessGrantsLocation"
LIST_TYPE = "pulumi-python:dynamic/grantgate:AccessGrantsLocations"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader"

HOSTILE = (
    "\x1b[31mred\x1b[0m\n::error::x\r\u202egnp\u2028[red]x[/red] [here](https://evil.example/) {0} | `x` ##[error] "
    "</script><script>alert(1)</script> ]]> &amp; <!-- --> @everyone #1 \x00\x85\u200b\ud800"
)
"""What a text of somebody else's can hold."""


def _judge_nothing(*_: object) -> Any:
    raise AssertionError("a sample's rule judges nothing")


CUSTOM = Rule(
    id="ACM-01",
    name="acme-owner-tagged",
    about=(),
    severity=Severity.LOW,
    level=Level.ADVISORY,
    summary="A location names its owner",
    why="Somebody has to answer for it.\nSecond line.",
    fix="Add the tag owner, such as {team}.",
    source="Acme's handbook",
    url="",
    judge=_judge_nothing,
)
"""A rule of the organization's own, without a page."""


def a_resource(name: str = "finance", stack: str = "prod", kind: str = TYPE) -> Resource:
    """Make a resource as a report knows it."""
    return Resource(urn=f"urn:pulumi:{stack}::data::{kind}::{name}", type=kind, name=name, props={})


def a_finding(outcome: Outcome = Outcome.FAIL, rule: Rule = AGL_03, **members: Any) -> Finding:
    """Make a finding of a mandatory rule; it blocks as such a one would. With ``known``, the baseline has it."""
    known = members.pop("known", False)
    given: dict[str, Any] = {
        "level": Level.MANDATORY,
        "severity": rule.severity,
        "resource": a_resource(),
        "field": "locationScope",
        "observed": "s3://acme-hr/*",
        "expected": "s3://acme-finance/*",
        "message": "the value, the limit",
        "blocks": outcome in {Outcome.FAIL, Outcome.UNKNOWN, Outcome.ERROR} and "level" not in members,
        "basis": "0123456789abcdef0123456789abcdef",
    }
    made = Finding(rule=rule, outcome=outcome, **{**given, **members})
    return Known(*made) if known else made


def a_report(*findings: Finding, **members: Any) -> Report:
    """Make a report of one stack."""
    given: dict[str, Any] = {
        "source": "prod",
        "rules_file": "policies/rules.yaml",
        "organization": "acme",
        "resources": 12,
        "at": "2026-11-22T08:30:05Z",
        "rules": (*RULES, CUSTOM),
        "project_file": "infra/Pulumi.yaml",
    }
    return Report(findings=findings, **{**given, **members})


def every_outcome() -> tuple[Finding, ...]:
    """Give a finding of every kind that a reader tells apart."""
    hr, ops, live = a_resource("hr"), a_resource("ops"), a_resource("live", kind=LOOKUP_TYPE)
    return (
        a_finding(),
        a_finding(rule=AGL_04, edit="Write 's3://acme-hr/finance/*'."),
        a_finding(rule=AGL_06, severity=Severity.CRITICAL, field="", observed="", expected=""),
        a_finding(rule=AGL_11, level=Level.ADVISORY, field="iamRoleArn"),
        a_finding(rule=AGL_11, level=Level.REMEDIATE, blocks=True, resource=hr, field="iamRoleArn"),
        a_finding(rule=CUSTOM, level=Level.ADVISORY, resource=hr, field="tags"),
        a_finding(Outcome.ERROR, AGL_06, resource=hr, message="the rule could not be judged: KeyError"),
        a_finding(Outcome.UNKNOWN, resource=hr, message="locationScope is not known in this preview"),
        a_finding(Outcome.UNKNOWN, AGL_04, resource=hr, level=Level.ADVISORY, message="it is not known"),
        a_finding(Outcome.UNKNOWN, AGL_11, resource=ops, level=Level.ADVISORY, quiet=True, message="nor is this"),
        a_finding(Outcome.WAIVED, AGL_04, resource=ops, waiver="data-platform: moves in Q1 (until 2027-01-31)"),
        a_finding(Outcome.PASS, resource=ops, message="", basis=""),
        a_finding(Outcome.PASS, LKP_01, resource=live, message=""),
        a_finding(Outcome.NOT_APPLICABLE, MRP_01, resource=ops, message="not configured: it has no settings"),
        a_finding(resource=ops, blocks=False, known=True),
        a_finding(Outcome.UNKNOWN, resource=live, blocks=False, message="it is not known", known=True),
    )


def rich() -> Report:
    """Give a report with something in every part of it."""
    hr, finance, live = a_resource("hr").urn, a_resource().urn, a_resource("live", kind=LOOKUP_TYPE).urn
    token = f"arn:aws:s3:us-west-2:{ACCOUNT}:async-request/mrap/create/T"
    return a_report(
        *every_outcome(),
        lookups=(
            LookedUp(
                urn=live,
                name="live",
                kind="AccessGrantsLocation",
                subject="loc-1",
                performed=True,
                account=ACCOUNT,
                region="eu-west-1",
                values=(("locationScope", "s3://acme-finance/*"), ("iamRoleArn", ROLE)),
            ),
            LookedUp(live + "2", "live2", "MultiRegionAccessPointOperation", token, performed=False),
        ),
        problems=(
            Problem("AWS said no (AccessDenied)", about="live2", remedy="Allow s3:GetAccessGrantsLocation."),
            Problem("Traceback of the program:\n  File 'x.py'\n\nboom"),
        ),
        notices=("AGL-05 location-prefix-template is not configured", "the waiver of AGL-04 ends on 2027-01-31"),
        runs=(
            Run("prod", "preview", 0, "succeeded", "0.1.0", 12, {"create": 2, "same": 3}),
            Run("prod-eu", "up", -9),
        ),
        baseline="policies/baseline.json",
        fixed=(Fixed(finance, "AGL-05", "locationScope", "FAIL", "the rule passes now"),),
        positions={
            finance: SourcePosition("infra/program/__main__.py", 42),
            hr: SourcePosition("infra/program/größe & co/a b#1.py", 7),
        },
        locations=(
            Registered(live, "live", ACCOUNT, "eu-west-1", "s3://acme-finance/*", ROLE, live=True),
            Registered(finance, "finance", ACCOUNT, "eu-west-1", "s3://acme-finance/eu/*", "", live=False),
            Registered(hr, "hr", "", "", "", "", live=False),
        ),
        requests=(
            Request(
                urn=live + "3",
                name="creation",
                account=ACCOUNT,
                token=token,
                access_point="acme-data",
                operation="CreateMultiRegionAccessPoint",
                state="IN_PROGRESS",
                status="NEW",
                created="2026-01-15T09:30:00Z",
                regions=(("eu-west-1", "COMPLETED"), ("us-east-1", "")),
            ),
            Request(live + "4", "pending", ACCOUNT, token + "2", "", "", "", "", ""),
        ),
        changes=(
            Change(finance, "locationScope", "s3://acme-finance/*", "s3://acme-finance/eu/*"),
            Change(live, "iamRoleArn", ROLE, "", drift=True),
        ),
        left_out=(
            LeftOut(Outcome.FAIL, 1, "below medium"),
            LeftOut(Outcome.UNKNOWN, 2, "in the baseline", known=True),
        ),
        judged=5,
    )


def items() -> Report:
    """Give a report of one resource that lists three locations: one fails, one is unknown, one is waived."""
    listed = a_resource("all", kind=LIST_TYPE)
    names = ("6f1c", "7a2d", "93d4")
    return a_report(
        a_finding(resource=listed, item=names[0], edit="Write 's3://acme-finance/*'."),
        a_finding(Outcome.UNKNOWN, resource=listed, item=names[1], message="locationScope is not known"),
        a_finding(Outcome.WAIVED, resource=listed, item=names[2], waiver="data-platform: moves (until 2027-01-31)"),
        a_finding(Outcome.PASS, AGL_04, resource=listed, message="", things=3),
        a_finding(Outcome.PASS, AGL_11, resource=listed, message="", things=2),
        a_finding(Outcome.NOT_APPLICABLE, MRP_01, resource=listed, message="not configured", things=3),
        resources=1,
        locations=[
            Registered(listed.urn, f"all[{name}]", ACCOUNT, "eu-west-1", f"s3://acme-{name}/*", ROLE, live=True)
            for name in names
        ],
        changes=[Change(listed.urn, f"{names[2]} iamRoleArn", ROLE, f"{ROLE}-2", drift=True)],
        positions={listed.urn: SourcePosition("infra/__main__.py", 42)},
    )


def hostile() -> Report:
    """Give a report in which every text is somebody's attempt."""
    named = a_resource(HOSTILE)
    texts: dict[str, Any] = dict.fromkeys(("observed", "expected", "message", "edit", "basis"), HOSTILE)
    findings = (
        a_finding(resource=named, field=HOSTILE, **texts),
        a_finding(Outcome.UNKNOWN, resource=named, **texts),
        a_finding(Outcome.UNKNOWN, AGL_11, resource=named, item=HOSTILE, **texts),
        a_finding(Outcome.UNKNOWN, AGL_11, resource=named, item=f"{HOSTILE}2", **texts),
        a_finding(Outcome.WAIVED, AGL_04, resource=named, waiver=HOSTILE, **texts),
        a_finding(Outcome.ERROR, AGL_06, resource=named, **texts),
        a_finding(Outcome.PASS, resource=named),
        a_finding(rule=AGL_11, resource=named, blocks=False, known=True, **texts),
        a_finding(rule=replace(CUSTOM, summary=HOSTILE, why=HOSTILE, fix=HOSTILE, source=HOSTILE, url=HOSTILE)),
    )
    return a_report(
        *findings,
        source=HOSTILE,
        rules_file=HOSTILE,
        organization=HOSTILE,
        lookups=(
            LookedUp(named.urn, HOSTILE, "AccessGrantsLocation", HOSTILE, performed=True, values=((HOSTILE,) * 2,)),
        ),
        problems=(Problem(HOSTILE, HOSTILE, HOSTILE), Problem(f"{HOSTILE}\n{HOSTILE}", f"{HOSTILE}2")),
        notices=(HOSTILE,),
        runs=(Run(HOSTILE, HOSTILE, 255, HOSTILE, HOSTILE, 1, {HOSTILE: 1}),),
        baseline=HOSTILE,
        fixed=(Fixed(named.urn, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        positions={named.urn: SourcePosition(f"{HOSTILE}.py", 3)},
        project_file=f"{HOSTILE}/Pulumi.yaml",
        rules=(*RULES, findings[-1].rule),
        locations=(Registered(named.urn, *(HOSTILE,) * 5, live=True),),
        requests=(Request(named.urn, *(HOSTILE,) * 8, regions=((HOSTILE, HOSTILE),)),),
        changes=(Change(named.urn, HOSTILE, HOSTILE, HOSTILE),),
        left_out=(LeftOut(Outcome.FAIL, 3, "below high"),),
        judged=1,
    )


def samples() -> dict[str, Report]:
    """Give every sample report by its name."""
    passed = a_report(a_finding(Outcome.PASS, message=""))
    told_once = a_finding(resource=a_resource("eu", "prod-eu"))
    return {
        "rich": rich(),
        "hostile": hostile(),
        "items": items(),
        "empty": a_report(resources=0),
        "passed": passed,
        "failed": a_report(a_finding(), a_finding(message="another fault of the same field")),
        "undecided": a_report(a_finding(Outcome.UNKNOWN)),
        "quiet": a_report(a_finding(Outcome.UNKNOWN, level=Level.ADVISORY, quiet=True)),
        "no rules": replace(passed, rules=(AGL_03,), at="", project_file="", judged=1),
        "error": Report("prod", "", "", (), 0, problems=(Problem("pulumi is not installed", remedy="Install it."),)),
        "usage": Report("prod", "", "", (), 0, problems=(Problem("no such file", "x.json", exit=Exit.USAGE),)),
        "merged": merged([rich(), a_report(told_once, source="prod-eu", judged=1)]),
    }


SAMPLES = tuple(samples())
"""The samples' names, for tables."""


@pytest.fixture(name="make", scope="session")
def builders() -> SimpleNamespace:
    """Give what resources, findings and reports are made with."""
    return SimpleNamespace(resource=a_resource, finding=a_finding, report=a_report)


@pytest.fixture(name="rich")
def rich_report() -> Report:
    """Give a report with something in every part of it."""
    return rich()


@pytest.fixture(name="items")
def items_report() -> Report:
    """Give a report of one resource that lists three locations."""
    return items()


@pytest.fixture(name="hostile")
def hostile_report() -> Report:
    """Give a report in which every text is somebody's attempt."""
    return hostile()


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Report:
    """Give each sample report in turn."""
    return samples()[request.param]


@pytest.fixture(name="samples")
def samples_by_name() -> dict[str, Report]:
    """Give every sample report by its name."""
    return samples()
