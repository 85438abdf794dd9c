"""The pack's own time: Analyze over gRPC, as the engine calls it, against the SDK's pack with one empty policy."""

from __future__ import annotations

import contextlib
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import estate
import grpc
from children import HERE, ROOT, RULES, SCRIPTS, environment, serving
from figures import Row, Spread, Unmeasured
from google.protobuf import empty_pb2
from grantgate_policies.rules import RULES as CATALOGUE
from pulumi.runtime import proto
from pulumi.runtime.proto import analyzer_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AIM_MS = 0.5
BATCH = 100
CALL_SECONDS = 30
OTHER_TYPE = "aws:s3/bucketV2:BucketV2"


@contextlib.contextmanager
def analyzer(folder: Path, place: Path) -> Iterator[Any]:
    """Start the pack in ``folder`` with the engine's own command and configure it as the engine does."""
    env = environment(
        place,
        PULUMI_PROJECT=estate.PROJECT,
        PULUMI_STACK=estate.STACK,
        PULUMI_ORGANIZATION="organization",
        PULUMI_DRY_RUN="true",
        PULUMI_CONFIG="{}",
        GRANTGATE_RULES=str(RULES),
    )
    # What `pulumi-analyzer-policy-python` runs; the engine's address is not dialled by either pack.
    command: list[str | Path] = [SCRIPTS / "python", "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(folder)]
    with serving(command, cwd=place, env=env) as server, grpc.insecure_channel(f"127.0.0.1:{server.line}") as channel:
        stub = analyzer_pb2_grpc.AnalyzerStub(channel)
        info = stub.GetAnalyzerInfo(empty_pb2.Empty(), timeout=CALL_SECONDS)
        stub.ConfigureStack(
            proto.AnalyzerStackConfigureRequest(stack=estate.STACK, project=estate.PROJECT, dry_run=True),
            timeout=CALL_SECONDS,
        )
        request = proto.ConfigureAnalyzerRequest()
        for policy in info.policies:
            request.policyConfig[policy.name].enforcementLevel = policy.enforcementLevel
        stub.Configure(request, timeout=CALL_SECONDS)
        yield stub


def _requests(count: int, resource_type: str) -> list[Any]:
    """Make the requests that the engine makes of ``count`` resources."""
    parent = f"urn:pulumi:{estate.STACK}::{estate.PROJECT}::pulumi:pulumi:Stack::{estate.PROJECT}-{estate.STACK}"
    package = "pulumi-python" if resource_type == estate.TYPE else resource_type.partition(":")[0]
    provider = f"urn:pulumi:{estate.STACK}::{estate.PROJECT}::pulumi:providers:{package}::default"
    made = []
    for index in range(count):
        request = proto.AnalyzeRequest(
            type=resource_type,
            urn=estate.urn(index, resource_type),
            name=estate.location_id(index),
            options=proto.AnalyzerResourceOptions(parent=parent),
            provider=proto.AnalyzerProviderResource(type=f"pulumi:providers:{package}", urn=provider, name="default"),
        )
        request.properties.update({"__provider": estate.PICKLED, **estate.props(index)})
        made.append(request)
    return made


def _batch(stub: Any, requests: Sequence[Any]) -> tuple[float, list[Any]]:
    """Give the milliseconds per resource of one batch, asked one after the other, and the answers."""
    started = time.perf_counter()
    answers = [stub.Analyze(request, timeout=CALL_SECONDS) for request in requests]
    return (time.perf_counter() - started) * 1000 / len(requests), answers


def measure(*, quick: bool) -> list[Row]:
    """Ask both packs in turn, batch by batch, on one thread."""
    count = 500 if quick else 2000
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        with analyzer(ROOT / "policies", place) as ours, analyzer(HERE / "empty_pack", place) as empty:
            return [
                _row(ours, empty, count, estate.TYPE, "locations"),
                _row(ours, empty, count, OTHER_TYPE, "resources that no rule is about"),
            ]


def _row(ours: Any, empty: Any, count: int, resource_type: str, word: str) -> Row:
    requests = _requests(count, resource_type)
    for stub in (ours, empty):
        _batch(stub, requests[:BATCH])
    mine: list[float] = []
    others: list[float] = []
    judged = 0
    for start in range(0, count, BATCH):
        batch = requests[start : start + BATCH]
        took, answers = _batch(ours, batch)
        mine.append(took)
        others.append(_batch(empty, batch)[0])
        if any(answer.diagnostics for answer in answers):
            raise Unmeasured(f"our pack complains of {word} that are meant to pass")
        judged = len(CATALOGUE) - len(answers[-1].not_applicable)
    difference = Spread.of([one - other for one, other in zip(mine, others, strict=True)])
    spread = f"{difference.median:+.3f} ms ({difference.least:+.3f}..{difference.most:+.3f})"
    return Row(
        what=f"pack, per resource: {count} {word}",
        figure=f"{Spread.of(mine).median:.2f} ms / {Spread.of(others).median:.2f} ms: {difference.median:+.2f} ms",
        aim=f"<= +{AIM_MS} ms",
        met=difference.median <= AIM_MS,
        ratio=Spread.of_ratios(mine, others),
        notes=[f"{judged} rules judged each resource; more than the SDK's pack with one empty policy: {spread}"],
        raw={"ours": mine, "empty": others, "rulesJudged": judged},
    )
