"""
Find or make a Pulumi engine for this checkout, and write the folder that holds it to ``.engine/bin-path``.

Order: a ``pulumi`` on PATH that is new enough; what an earlier run left in ``.engine``; the official installer, into
``.engine``; a build from Pulumi's own Go modules, whose versions and checksums are pinned beside this file. Nothing
outside the checkout is written, except Go's own module and build caches.

Run by ``make``; standard library only, but for the installer, which the Pulumi SDK of ``.venv`` brings.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

VERSION = "3.220.0"
"""The version that is installed or built: the newest whose packs the published Go language host can start."""
OLDEST = (3, 220, 0)
INSTALLER_SECONDS = 300
BUILD_SECONDS = 3600

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parent / ".engine"
BIN_PATH = ENGINE / "bin-path"
SDK = "github.com/pulumi/pulumi/sdk/v3"
SCRIPTS = (  # plain files of the sdk module that stand beside the binaries
    "python/cmd/pulumi-language-python-exec",
    "python/dist/pulumi-resource-pulumi-python",
    "python/dist/pulumi-analyzer-policy-python",
)


class Unavailable(Exception):
    """One way to an engine is closed; the message says why."""


def say(text: str) -> None:
    """Tell the user what set-up is doing; on stderr, since stdout belongs to the command that follows."""
    print(f"engine: {text}", file=sys.stderr, flush=True)


def version_of(pulumi: Path) -> tuple[int, ...] | None:
    """Ask ``pulumi`` for its version; None when it does not start or answers nonsense."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1", "PULUMI_HOME": str(ENGINE / "home")}
    try:
        reply = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=60, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"v?(\d+)\.(\d+)\.(\d+)", reply.stdout)
    return tuple(map(int, found.groups())) if reply.returncode == 0 and found else None


def on_path() -> Path:
    """Use the ``pulumi`` on PATH when it is new enough and has its Python language host beside it."""
    found = shutil.which("pulumi")
    if found is None:
        raise Unavailable("no pulumi on PATH")
    version = version_of(Path(found))
    if version is None or version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise Unavailable(f"{found} is version {'.'.join(map(str, version or ())) or '?'}, older than {oldest}")
    if shutil.which("pulumi-language-python") is None:
        raise Unavailable(f"{found} has no pulumi-language-python beside it")
    return Path(found).parent


def already_here() -> Path:
    """Use what an earlier run of this file left."""
    for folder in (ENGINE / "official" / "bin", ENGINE / "bin"):
        if version_of(folder / "pulumi") == tuple(map(int, VERSION.split("."))):
            return folder
    raise Unavailable("no engine in .engine yet")


def installed() -> Path:
    """Let Pulumi's installer, as its Python SDK calls it, put the command line into ``.engine/official``."""
    say(f"asking the official installer for pulumi {VERSION} (at most {INSTALLER_SECONDS} s) ...")
    root = ENGINE / "official"
    script = (
        "import sys; from semver import VersionInfo; from pulumi.automation import PulumiCommand;"
        "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]), skip_version_check=True)"
    )
    try:
        run = subprocess.run(
            [sys.executable, "-c", script, str(root), VERSION],
            capture_output=True,
            text=True,
            timeout=INSTALLER_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as slow:
        shutil.rmtree(root, ignore_errors=True)
        raise Unavailable(f"the installer did not answer within {INSTALLER_SECONDS} s") from slow
    if run.returncode or not (root / "bin" / "pulumi").exists():
        shutil.rmtree(root, ignore_errors=True)
        why = (run.stderr or run.stdout).strip().splitlines() or ["no reason given"]
        raise Unavailable(f"the installer cannot be reached from here ({why[-1][:160]})")
    return root / "bin"


def go(*arguments: str, module: str) -> str:
    """Run the Go command inside one of the modules beside this file and give what it printed."""
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off", "CGO_ENABLED": "0"}
    run = subprocess.run(
        ["go", *arguments],
        cwd=HERE / module,
        env=environment,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if run.returncode:
        raise Unavailable(f"go {arguments[0]} failed in engine/{module}:\n{run.stderr.strip()[-2000:]}")
    return run.stdout.strip()


def built() -> Path:
    """Build the engine that everything here runs with."""
    return build("cli", VERSION, ENGINE / "bin")


def build(cli: str, version: str, final: Path) -> Path:
    """Build an engine from Pulumi's Go modules, as the module ``cli`` pins it; ``final`` appears only when complete."""
    if shutil.which("go") is None:
        raise Unavailable("no Go compiler on PATH to build the engine with")
    say(f"building pulumi {version} from its Go modules: 2 to 8 minutes once, seconds when Go's cache has it ...")
    started = time.monotonic()
    ENGINE.mkdir(exist_ok=True)
    linker = f"-s -w -X {SDK}/go/common/version.Version={version}"
    with tempfile.TemporaryDirectory(dir=ENGINE, prefix="building-") as name:
        made = Path(name)
        for step, (module, package, binary) in enumerate(
            (
                (cli, "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", "pulumi"),
                ("language-python", f"{SDK}/python/cmd/pulumi-language-python", "pulumi-language-python"),
            ),
            start=1,
        ):
            say(f"  {step}/2 downloading and compiling {binary} ...")
            go("build", "-ldflags", linker, "-o", str(made / binary), package, module=module)
            say(f"  {step}/2 done after {time.monotonic() - started:.0f} s")
        go("mod", "download", SDK, module=cli)
        sdk = Path(go("list", "-m", "-f", "{{.Dir}}", SDK, module=cli))
        for script in SCRIPTS:
            if not (sdk / script).exists():
                continue  # newer engines start a pack in another way
            # Copies, not links: the engine warns at every run when the files are not in one folder.
            target = made / Path(script).name
            shutil.copyfile(sdk / script, target)
            target.chmod(0o755)
        shutil.rmtree(final, ignore_errors=True)
        made.rename(final)
        made.mkdir()  # so that the context manager finds what it wants to remove
    return final


def main() -> int:
    """Try each way in turn; say which one served, or why none did."""
    refused: list[str] = []
    for way in (on_path, already_here, installed, built):
        try:
            folder = way()
        except Unavailable as why:
            refused.append(str(why))
            if way in (installed, built):
                say(str(why))
            continue
        ENGINE.mkdir(exist_ok=True)
        if not BIN_PATH.exists() or BIN_PATH.read_text().strip() != str(folder):
            say(f"using {folder / 'pulumi'}")
        BIN_PATH.write_text(f"{folder}\n")
        return 0
    say("no engine can be had:")
    for reason in refused:
        say(f"  - {reason}")
    say("install Pulumi 3.220 or newer, or Go, and run the command again")
    return 4


if __name__ == "__main__":
    sys.exit(main())
