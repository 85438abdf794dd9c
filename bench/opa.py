"""Open Policy Agent's command: built once from its Go module, at the version that opa/go.mod pins."""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
from typing import TYPE_CHECKING

from children import ENGINE, HERE, run
from figures import Unmeasured

if TYPE_CHECKING:
    from pathlib import Path

MODULE = "github.com/open-policy-agent/opa"
BUILD_SECONDS = 1800


class NoGo(Exception):
    """There is no Go to build OPA with, or the build failed; the message says which."""


def command() -> tuple[Path, str]:
    """Give OPA's command and its version; build it when it is not there yet, and say so."""
    pinned = re.search(rf"{re.escape(MODULE)} v(\S+)", (HERE / "opa" / "go.mod").read_text())
    if pinned is None:
        raise Unmeasured("bench/opa/go.mod pins no OPA")
    version = pinned[1]
    binary = ENGINE / "bench" / f"opa-{version}"
    if binary.exists():
        return binary, version
    if shutil.which("go") is None:
        raise NoGo("there is no Go on PATH to build OPA with")
    print(f"bench: building OPA {version} from its Go module: 1 to 4 minutes, once ...", file=sys.stderr, flush=True)
    started = time.monotonic()
    binary.parent.mkdir(parents=True, exist_ok=True)
    unfinished = binary.with_name(f"{binary.name}.{os.getpid()}")
    env = {**os.environ, "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off", "CGO_ENABLED": "0"}
    try:
        ran = run(
            ["go", "build", "-ldflags", "-s -w", "-o", unfinished, MODULE],
            cwd=HERE / "opa",
            env=env,
            seconds=BUILD_SECONDS,
        )
        if ran.code:
            raise NoGo(f"building OPA failed: {(ran.err.strip().splitlines() or ['no reason given'])[-1][:200]}")
        unfinished.replace(binary)
    finally:
        unfinished.unlink(missing_ok=True)
    print(f"bench: OPA {version} built after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return binary, version
