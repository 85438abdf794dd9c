"""
Build actionlint, which the tests hold every workflow against, from its Go module into ``.engine/tools``.

Its version and checksums are pinned in ``actionlint`` beside this file. What an earlier run built of that version is
used as it is. Nothing outside the checkout is written, except Go's own module and build caches.

Run by ``make``; standard library only.
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

MODULE = "github.com/rhysd/actionlint"
BUILD_SECONDS = 900

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / ".engine" / "tools"


class Unavailable(Exception):
    """The linter cannot be had; the message says why."""


def say(text: str) -> None:
    """Tell the user what set-up is doing; on stderr, since stdout belongs to the command that follows."""
    print(f"linters: {text}", file=sys.stderr, flush=True)


def pinned(module: str) -> str:
    """Give the version that go.mod pins."""
    found = re.search(rf"{re.escape(MODULE)} v(\S+)", module)
    if found is None:
        raise Unavailable(f"engine/actionlint/go.mod pins no {MODULE}")
    return found[1]


def binary() -> Path:
    """Give the place of the pinned linter, whether it is there or not."""
    return TOOLS / f"actionlint-{pinned((HERE / 'actionlint' / 'go.mod').read_text(encoding='utf-8'))}"


def build(target: Path) -> None:
    """Build the linter; the file appears only when it is complete."""
    if shutil.which("go") is None:
        raise Unavailable("no Go compiler on PATH to build actionlint with")
    say(f"building {target.name} from its Go module: up to a minute, once ...")
    started = time.monotonic()
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -trimpath", "GOWORK": "off", "CGO_ENABLED": "0"}
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="building-") as name:
        made = Path(name) / target.name
        try:
            run = subprocess.run(
                ["go", "build", "-ldflags", "-s -w", "-o", made, f"{MODULE}/cmd/actionlint"],
                cwd=HERE / "actionlint",
                env=environment,
                capture_output=True,
                text=True,
                timeout=BUILD_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as slow:
            raise Unavailable(f"actionlint was not built within {BUILD_SECONDS} s") from slow
        if run.returncode:
            raise Unavailable(f"go build failed in engine/actionlint:\n{run.stderr.strip()[-2000:]}")
        made.replace(target)
    say(f"{target.name} built after {time.monotonic() - started:.0f} s")


def main() -> int:
    """Build what is not there yet, or say why it cannot be built."""
    try:
        target = binary()
        if not target.exists():
            build(target)
    except (Unavailable, OSError) as why:
        say(str(why))
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
