"""`pulumi preview`: lookups against dynamic resources that do nothing, without a pack and with ours."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import estate
from children import ENGINE, HERE, ROOT, RULES, Aws, Ran, emulator, environment, run
from figures import Row, Spread, Unmeasured

if TYPE_CHECKING:
    from collections.abc import Sequence

AIM = 1.3
SECONDS = 300
WARM = 5  # resources of the run that only fills caches
PROGRAMS = {
    "lookups": """
from grantgate import AccessGrantsLocation

for index in range({count}):
    AccessGrantsLocation(f"location-{{index:05}}", f"loc-{{index:05}}")
""",
    "no-ops": """
from bench_noop import Noop

for index in range({count}):
    Noop(f"location-{{index:05}}", f"loc-{{index:05}}")
""",
}


@dataclass(frozen=True, slots=True)
class Preview:
    """One measured preview and the calls that AWS saw of it."""

    ran: Ran
    calls: dict[str, int]


def previewed(kind: str, count: int, aws: Aws, *, pack: bool) -> Preview:
    """Preview a program of ``count`` resources in a project, home and state that are thrown away."""
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        (place / "state").mkdir()
        (place / "Pulumi.yaml").write_text(f"name: {estate.PROJECT}\nruntime: python\n")
        (place / "__main__.py").write_text(PROGRAMS[kind].format(count=count))
        env = environment(
            place,
            PULUMI_HOME=str(place / "pulumi-home"),
            PULUMI_BACKEND_URL=f"file://{place / 'state'}",
            PULUMI_CONFIG_PASSPHRASE="bench",  # noqa: S106 - of a state that is thrown away
            PULUMI_SKIP_UPDATE_CHECK="1",
            # The host of dynamic resources imports their module by name.
            PYTHONPATH=str(HERE / "noop"),
            AWS_ACCESS_KEY_ID="AKIABENCHBENCHBENCHB",
            AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 - the emulator takes any
            AWS_REGION=estate.REGION,
            AWS_ENDPOINT_URL=aws.url,
            AWS_EC2_METADATA_DISABLED="true",
            GRANTGATE_RULES=str(RULES),
        )
        common = ["--stack", estate.STACK, "--non-interactive", "--color", "never"]
        made = run(["pulumi", "stack", "init", *common[1:]], cwd=place, env=env, seconds=SECONDS)
        if made.code:
            raise Unmeasured(f"`pulumi stack init` ended with {made.code}: {_last(made)}")
        options = ["--policy-pack", str(ROOT / "policies")] if pack else []
        aws.calls()
        ran = run(["pulumi", "preview", *common, *options], cwd=place, env=env, seconds=SECONDS)
        _check(kind, count, ran, pack=pack)
        return Preview(ran, aws.calls())


def _check(kind: str, count: int, ran: Ran, *, pack: bool) -> None:
    """Refuse a run that was something else than meant: failed, of another size, or without its pack."""
    if ran.code:
        raise Unmeasured(f"the preview of {kind} ended with {ran.code}: {_last(ran)}")
    if f"+ {count + 1} to create" not in ran.out:
        raise Unmeasured(f"the preview of {kind} does not show {count + 1} resources to create: {_last(ran)}")
    if ("grantgate" in ran.out.partition("Policies:")[2]) is not pack:
        raise Unmeasured(f"the preview of {kind} was to run {'with' if pack else 'without'} the policy pack")


def _last(ran: Ran) -> str:
    lines = [line.strip() for line in f"{ran.out}\n{ran.err}".splitlines() if line.strip()]
    wrong = [line for line in lines if "error" in line.lower()]
    return (wrong or lines or ["it printed nothing"])[-1][:300]


def measure(*, quick: bool) -> list[Row]:
    """Run lookups and no-ops in turn, first without a pack, then with ours."""
    if not (ENGINE / "bin-path").exists() and shutil.which("pulumi") is None:
        raise Unmeasured("there is no engine; run `make setup` first")
    count, pairs = (100, 2) if quick else (1000, 3)
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name,
        emulator(estate.seed(count), Path(name)) as aws,
    ):
        for kind in PROGRAMS:
            previewed(kind, WARM, aws, pack=True)
        for pack in (False, True):
            lookups: list[Preview] = []
            noops: list[Preview] = []
            for _ in range(pairs):
                lookups.append(previewed("lookups", count, aws, pack=pack))
                noops.append(previewed("no-ops", count, aws, pack=pack))
            rows.append(_row(count, lookups, noops, pack=pack))
    return rows


def _row(count: int, lookups: Sequence[Preview], noops: Sequence[Preview], *, pack: bool) -> Row:
    ours, theirs = [one.ran.seconds for one in lookups], [one.ran.seconds for one in noops]
    ratio = Spread.of_ratios(ours, theirs)
    told = [", ".join(f"{number} {call}" for call, number in sorted(one.calls.items())) for one in lookups]
    seen = told[0] if len(set(told)) == 1 else " | ".join(told)
    if any(one.calls for one in noops):
        raise Unmeasured("a preview of no-ops called AWS")
    return Row(
        what=f"preview of {count} lookups / {count} no-ops, {'our' if pack else 'no'} pack",
        figure=f"{Spread.of(ours).median:.1f} s / {Spread.of(theirs).median:.1f} s",
        aim="" if pack else f"<= {AIM}",
        met=None if pack else ratio.median <= AIM,
        ratio=ratio,
        notes=[f"AWS calls of one preview: {seen}; the emulator that answers them shares this machine's processors"],
        raw={
            "lookups": ours,
            "noops": theirs,
            "lookupsCpu": [one.ran.cpu for one in lookups],
            "noopsCpu": [one.ran.cpu for one in noops],
            "calls": [one.calls for one in lookups],
        },
    )
