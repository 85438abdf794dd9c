"""A real engine on a program of the benchmark: in a project, home and state that are thrown away, against one AWS."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import estate
from children import ENGINE, HERE, ROOT, RULES, Aws, Ran, emulator, environment, run
from figures import Spread, Unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LATENCY_SECONDS = 0.05
SECONDS = 600
PREVIEW, UP, GATE, REPORT = "preview", "up", "gate", "report"
_COMMON = ("--stack", estate.STACK, "--non-interactive", "--color", "never")
_COMMANDS: Mapping[str, tuple[str, ...]] = {
    PREVIEW: ("pulumi", "preview", *_COMMON),
    UP: ("pulumi", "up", "--yes", "--skip-preview", *_COMMON),
    GATE: ("grantgate", "preview", "--no-progress", "--stack", estate.STACK),
    REPORT: ("grantgate", "preview", "--no-progress", "--stack", estate.STACK, "--json"),
}
_DONE = {PREVIEW: "+ {} to create", UP: "+ {} created", GATE: "pulumi preview of bench: {} create", REPORT: "{{"}
_OURS = {GATE, REPORT}


@dataclass(frozen=True, slots=True)
class Side:
    """
    One side of a comparison.

    Shape: ``command`` is one of PREVIEW, UP, GATE (`grantgate preview`, which has the pack by itself) and REPORT (the
           same, which prints its report as JSON); ``resources`` is how many the program declares.
    """

    name: str
    program: str
    resources: int
    command: str = PREVIEW
    pack: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """One measured run, the calls that AWS saw of it, and the processor time that the emulator took to answer."""

    ran: Ran
    calls: Mapping[str, int]
    answering: float


def lookups(count: int, *, command: str = PREVIEW, pack: bool = False) -> Side:
    """Declare ``count`` locations one by one, of as many accounts as hold them."""
    program = "from grantgate import AccessGrantsLocation\n" + "".join(
        f"""
for index in range({len(held)}):
    AccessGrantsLocation(
        f"location-{number}-{{index:05}}",
        f"loc-{{index:05}}",
        account_id="{account}",{_by_role(number, account)}
    )
"""
        for number, (account, held) in enumerate(estate.shared_out(count))
    )
    return Side("lookups", program, count, command, pack)


def aggregated(count: int, *, command: str = PREVIEW, pack: bool = False) -> Side:
    """Declare one lookup of all locations for each account that holds some of the ``count``."""
    shares = estate.shared_out(count)
    program = "from grantgate import AccessGrantsLocations\n" + "".join(
        f"""
AccessGrantsLocations(
    "locations-{number}",
    account_id="{account}",{_by_role(number, account)}
)
"""
        for number, (account, _) in enumerate(shares)
    )
    return Side("aggregated", program, len(shares), command, pack)


def noops(count: int, *, command: str = PREVIEW, pack: bool = False) -> Side:
    """Declare ``count`` dynamic resources that do nothing."""
    program = f"""
from bench_noop import Noop

for index in range({count}):
    Noop(f"location-{{index:05}}", f"loc-{{index:05}}")
"""
    return Side("no-ops", program, count, command, pack)


def naive(count: int) -> Side:
    """Declare ``count`` resources of the provider that makes a client and asks in `create`."""
    program = f"""
from bench_naive import Location

for index in range({count}):
    Location(f"location-{{index:05}}", "{estate.ACCOUNT}", f"loc-{{index:05}}")
"""
    return Side("naive provider", program, count, UP)


def empty() -> Side:
    """Declare nothing: what the engine itself takes."""
    return Side("empty program", "", 0)


def _by_role(number: int, account: str) -> str:
    """Read every account but the caller's own by a role of that account."""
    return f'\n    assume_role_arn="arn:aws:iam::{account}:role/gate-reader",' if number else ""


@contextlib.contextmanager
def aws(seed: Mapping[str, Any]) -> Iterator[Aws]:
    """Serve an AWS that holds ``seed`` and lets every call wait as long as a network would."""
    if not (ENGINE / "bin-path").exists() and shutil.which("pulumi") is None:
        raise Unmeasured("there is no engine; run `make setup` first")
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name, emulator(seed, Path(name)) as served:
        served.waits(LATENCY_SECONDS)
        yield served


def taken(side: Side, served: Aws) -> Taken:
    """Run one side once; refuse a run that failed, had another size, or went without its pack."""
    with tempfile.TemporaryDirectory(prefix="grantgate-bench-") as name:
        place = Path(name)
        (place / "state").mkdir()
        (place / "Pulumi.yaml").write_text(f"name: {estate.PROJECT}\nruntime: python\n")
        (place / "__main__.py").write_text(side.program)
        env = surroundings(place, served)
        made = run(["pulumi", "stack", "init", *_COMMON[1:]], cwd=place, env=env, seconds=SECONDS)
        if made.code:
            raise Unmeasured(f"`pulumi stack init` ended with {made.code}: {_last(made)}")
        options = ["--policy-pack", str(ROOT / "policies")] if side.pack or side.command in _OURS else []
        served.calls()
        before = served.cpu()
        ran = run([*_COMMANDS[side.command], *options], cwd=place, env=env, seconds=SECONDS, watched=True)
        answering = served.cpu() - before
        _check(side, ran)
        return Taken(ran, served.calls(), answering)


def surroundings(place: Path, served: Aws) -> dict[str, str]:
    """Give the environment of a project: nothing of the user's, and no AWS but the emulator."""
    return environment(
        place,
        PULUMI_HOME=str(place / "pulumi-home"),
        PULUMI_BACKEND_URL=f"file://{place / 'state'}",
        PULUMI_CONFIG_PASSPHRASE="bench",  # noqa: S106 - of a state that is thrown away
        PULUMI_SKIP_UPDATE_CHECK="1",
        # pulumi_aws is installed for the tests: the engine would ask the network for its plugin in every run.
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION="true",
        # A state in a file is written anew, whole, after each step: of a thousand resources that alone is minutes, for
        # every side. The last write is enough for what is compared here.
        PULUMI_SKIP_CHECKPOINTS="true",
        # The host of dynamic resources imports their module by name.
        PYTHONPATH=f"{HERE / 'noop'}:{HERE / 'naive'}",
        AWS_ACCESS_KEY_ID="AKIABENCHBENCHBENCHB",
        AWS_SECRET_ACCESS_KEY="bench",  # noqa: S106 - the emulator takes any
        AWS_REGION=estate.REGION,
        AWS_DEFAULT_REGION=estate.REGION,  # the one that boto3 knows
        AWS_ENDPOINT_URL=served.url,
        AWS_EC2_METADATA_DISABLED="true",
        GRANTGATE_RULES=str(RULES),
    )


def in_turn(acts: Sequence[Callable[[], Taken]], turns: int) -> list[list[Taken]]:
    """Do one after the other, again and again, so that a slow moment of the machine is not one side's alone."""
    found: list[list[Taken]] = [[] for _ in acts]
    for _ in range(turns):
        for act, runs in zip(acts, found, strict=True):
            runs.append(act())
    return found


def sides_in_turn(sides: Sequence[Side], served: Aws, turns: int) -> list[list[Taken]]:
    """Run the sides one after the other, again and again."""
    return in_turn([partial(taken, side, served) for side in sides], turns)


def warm(sides: Sequence[Side], served: Aws) -> None:
    """Run small sides once, so that nobody's first run has to fill the caches of files and bytecode."""
    for side in sides:
        taken(side, served)


def _check(side: Side, ran: Ran) -> None:
    what = f"the {side.command} of {side.name}"
    if ran.code:
        raise Unmeasured(f"{what} ended with {ran.code}: {_last(ran)}")
    # The stack is a resource of its own.
    if _DONE[side.command].format(side.resources + 1) not in ran.out:
        raise Unmeasured(f"{what} does not show {side.resources + 1} resources to create: {_last(ran)}")
    with_pack = "grantgate" in ran.out.partition("Policies:")[2]
    if side.command not in _OURS and with_pack is not side.pack:
        raise Unmeasured(f"{what} was to run {'with' if side.pack else 'without'} the policy pack")


def _last(ran: Ran) -> str:
    lines = [line.strip() for line in f"{ran.out}\n{ran.err}".splitlines() if line.strip()]
    wrong = [line for line in lines if "error:" in line.lower()]
    return (wrong or lines or ["it printed nothing"])[-1][:300]


# --- what was taken, in figures ---------------------------------------------------------------------------------------


def seconds(runs: Sequence[Taken]) -> list[float]:
    """Give the time of each run."""
    return [one.ran.seconds for one in runs]


def cpu(runs: Sequence[Taken]) -> list[float]:
    """Give the processor time of each run, all of its processes together."""
    return [one.ran.cpu for one in runs]


def ratio(ours: Sequence[Taken], theirs: Sequence[Taken]) -> Spread:
    """Give the ratio of the times of runs that were neighbours."""
    return Spread.of_ratios(seconds(ours), seconds(theirs))


def calls(runs: Sequence[Taken]) -> str:
    """Say which calls AWS saw of one run, by operation; of each run where they differ."""
    told = [", ".join(f"{number:,} {call}" for call, number in sorted(one.calls.items())) or "none" for one in runs]
    return " | ".join(dict.fromkeys(told))


def answering(runs: Sequence[Taken]) -> float:
    """Give the processor seconds that the emulator took beside a run, on the same machine."""
    return Spread.of([one.answering for one in runs]).median


def spent(runs: Sequence[Taken]) -> str:
    """Say where the processor time of a run went: the median of each kind of process, the longest first."""
    kinds = {kind for one in runs for kind in one.ran.processes}
    times = {
        kind: Spread.of([one.ran.processes[kind].cpu for one in runs if kind in one.ran.processes]) for kind in kinds
    }
    return ", ".join(
        f"{kind} {time.median:.1f} s" for kind, time in sorted(times.items(), key=lambda it: -it[1].median)
    )


def memory(runs: Sequence[Taken], kind: str) -> Spread:
    """Give the most megabytes that a kind of process held; raise Unmeasured where nobody could look."""
    found = [one.ran.processes[kind].megabytes for one in runs if kind in one.ran.processes]
    if len(found) != len(runs):
        raise Unmeasured(f"the {kind}'s memory could not be read from /proc")
    return Spread.of(found)


def raw(**sides: Sequence[Taken]) -> dict[str, Any]:
    """Give every single run, for the result file."""
    return {
        name: [
            {
                "seconds": round(one.ran.seconds, 3),
                "cpu": round(one.ran.cpu, 3),
                "answering": round(one.answering, 3),
                "calls": dict(one.calls),
                "processes": {
                    kind: {"megabytes": round(used.megabytes, 1), "cpu": round(used.cpu, 2)}
                    for kind, used in one.ran.processes.items()
                },
            }
            for one in runs
        ]
        for name, runs in sides.items()
    }
