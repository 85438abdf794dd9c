"""
The rules that look at the whole stack, on estates of one, ten and twenty thousand locations that overlap.

Seconds are the processor's: all of it happens on one thread, and waits for nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from math import log
from typing import TYPE_CHECKING, Any

from estate import ACCOUNT, PROJECT, REGION, STACK, TYPE
from figures import Row, Spread, Unmeasured
from grantgate_policies.core import Outcome, Resource
from grantgate_policies.judge import Judge
from grantgate_policies.rulebook import parse
from grantgate_policies.rules import RULES as CATALOGUE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.subjects import CLASSIC_LOCATION, Location, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grantgate_policies.rulebook import RuleBook

RULES = tuple(rule for rule in CATALOGUE if rule.gather)
AIM_SECONDS = 2.0
MEASURED = 10_000  # locations that the aim is about
SIZES = (1000, MEASURED, 20_000)
TODAY = dt.date(2026, 11, 20)
BUCKET, ROLE = "aws:s3/bucket:Bucket", "aws:iam/role:Role"
_PER_BUCKET = 40
_EACH = 5  # one in five locations has a lookup beside it, as many lie in another's folder


def measure(*, quick: bool) -> list[Row]:
    """Judge the three estates in turn."""
    turns = 3 if quick else 7
    book = _book()
    estates = {size: tuple(_resources(size)) for size in SIZES}
    times: dict[int, list[float]] = {size: [] for size in SIZES}
    counts: dict[int, dict[str, int]] = {}
    for turn in range(turns + 1):
        for size, resources in estates.items():
            seconds, counts[size] = _run(book, resources)
            if turn:  # the first one fills the caches of patterns and ARNs
                times[size].append(seconds)
    measured = Spread.of(times[MEASURED])
    alone = [rule for rule in RULES if {Location, Role} & {*rule.about}]
    each = {rule.name: min(_run(_book(), estates[MEASURED], (rule,))[0] for _ in range(2)) for rule in alone}
    told = ", ".join(f"{number:,} {outcome}" for outcome, number in sorted(counts[MEASURED].items()))
    first = Row(
        what=f"{len(RULES)} stack rules on {MEASURED:,} locations",
        figure=f"{measured.median:.2f} s",
        aim=f"< {AIM_SECONDS:.0f} s",
        met=measured.median < AIM_SECONDS,
        notes=[
            f"{turns} runs: {measured.least:.2f}..{measured.most:.2f} s; {told}",
            "each rule by itself: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in each.items()),
        ],
        raw={"seconds": times[MEASURED], "each": each},
    )
    return [first, *(_growth(size, times) for size in SIZES[1:])]


def _growth(size: int, times: dict[int, list[float]]) -> Row:
    """Hold the growth from the smallest estate against that of n log n: 1 is the same."""
    least = SIZES[0]
    expected = size * log(size) / (least * log(least))
    ratio = Spread.of_ratios(times[size], [seconds * expected for seconds in times[least]])
    return Row(
        what=f"growth from {least:,} to {size:,} locations / that of n log n",
        figure=f"{ratio.median * expected:.1f} / {expected:.1f}",
        ratio=ratio,
        raw={"least": times[least], "most": times[size]},
    )


def _run(book: RuleBook, resources: tuple[Resource, ...], rules: Any = RULES) -> tuple[float, dict[str, int]]:
    """Judge one estate; give its seconds and how often each outcome came out."""
    judge = Judge(book, STACK, TODAY, rules=rules)
    started = time.process_time()
    found = judge.stack_findings(resources)
    seconds = time.process_time() - started
    outcomes: dict[str, int] = {}
    for one in found:
        outcomes[one.outcome.value] = outcomes.get(one.outcome.value, 0) + 1
    if not found or Outcome.ERROR.value in outcomes:
        raise Unmeasured(f"the rules must come to an outcome on each location, and came to {outcomes}")
    return seconds, outcomes


def _book() -> RuleBook:
    content = {"version": 1, "organization": {"name": "acme", "accounts": {ACCOUNT: {"name": "data-prod"}}}}
    return parse(json.dumps(content), name="rules.json", rules=RULES, pattern_checks=PATTERN_CHECKS)


def _resources(count: int) -> Iterator[Resource]:
    """
    Make a stack with ``count`` locations, a bucket and a role for every forty and a lookup for every fifth.

    Every fifth lies inside the one before it with a role of its own, every fiftieth repeats a scope, every hundredth
    has a role that another bucket's has as well, and the account of every two-hundredth is not stated.
    """
    for index in range(count):
        bucket, number = divmod(index, _PER_BUCKET)
        name = f"acme-data-{bucket:04}"
        if not number:
            yield _shown(BUCKET, name, {"bucket": name, "region": REGION if bucket % 9 else "us-east-1"})
            yield _shown(ROLE, f"{name}-0", _role(name))
        folder = f"team{number:03}"
        if index % 50 == 49:  # noqa: PLR2004 - as the docstring says
            folder = "team000"
        elif number % _EACH == 1:
            folder = f"team{number - 1:03}/set"
        role = f"shared-{index % 7}" if not index % 100 else f"{name}-{number % 8}"
        props = {
            "accountId": ACCOUNT,
            "region": REGION,
            "accessGrantsLocationId": f"id-{index}",
            "locationScope": f"s3://{name}/{folder}/*",
            "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/{role}",
        }
        if not index % 200:
            del props["accountId"]
        yield _shown(CLASSIC_LOCATION, f"loc-{index:05}", props)
        if not index % _EACH:
            yield _shown(TYPE, f"live-{index:05}", {**props, "accountId": ACCOUNT, "lookup": "performed"})


def _role(bucket: str) -> dict[str, Any]:
    """Give a role as AWS documents it, for the whole bucket."""
    instance = f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default"
    trust = {
        "Effect": "Allow",
        "Principal": {"Service": "access-grants.s3.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": instance}},
    }
    reading = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": [f"arn:aws:s3:::{bucket}/team000/*"],
        "Condition": {
            "StringEquals": {"aws:ResourceAccount": ACCOUNT},
            "ArnEquals": {"s3:AccessGrantsInstanceArn": instance},
        },
    }
    return {
        "arn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/{bucket}-0",
        "name": f"{bucket}-0",
        "path": "/access-grants/",
        "assumeRolePolicy": json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        "inlinePolicies": [
            {"name": "reading", "policy": json.dumps({"Version": "2012-10-17", "Statement": [reading]})}
        ],
    }


def _shown(kind: str, name: str, props: dict[str, Any]) -> Resource:
    return Resource(f"urn:pulumi:{STACK}::{PROJECT}::{kind}::{name}", kind, name, props)
