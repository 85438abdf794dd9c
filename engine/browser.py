"""
Finds the browser that opens the HTML report in tests, or installs Debian's.

Order: the program that ``GRANTGATE_BROWSER`` names; a Chromium or Chrome on PATH; Debian's packages, where there is
apt-get and the right to use it. Standard library only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

VARIABLE = "GRANTGATE_BROWSER"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PACKAGES = ("chromium", "fonts-liberation", "fonts-dejavu-core", "fonts-noto-color-emoji")
INSTALL_SECONDS = 900
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""How the browser is started: without a window, and without anything that it would ask the network on its own."""


class NoBrowser(Exception):
    """There is no browser; the message says what to do."""


def find() -> str:
    """
    Give the path of a browser.

    Errors: NoBrowser.
    """
    named = os.environ.get(VARIABLE, "")
    if named:
        found = shutil.which(named)
        if found is None:
            raise NoBrowser(f"{VARIABLE} is {named!r}, and no program is there")
        return found
    for name in NAMES:
        if found := shutil.which(name):
            return found
    raise NoBrowser(
        f"no Chromium or Chrome on PATH; run: apt-get install {' '.join(PACKAGES)} (or name one: {VARIABLE}=PATH)"
    )


def install() -> None:
    """
    Install Debian's packages.

    Errors: NoBrowser.
    """
    apt = shutil.which("apt-get")
    if apt is None:
        raise NoBrowser(f"no apt-get here to install a browser with; install Chromium, or name one: {VARIABLE}=PATH")
    if os.geteuid() != 0:
        raise NoBrowser(f"only root may install a browser; run: sudo apt-get install {' '.join(PACKAGES)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update", "-qq"), ("install", "-y", "-qq", "--no-install-recommends", *PACKAGES)):
        try:
            done = subprocess.run(
                [apt, *words], check=False, env=environment, timeout=INSTALL_SECONDS, capture_output=True, text=True
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoBrowser(f"apt-get {words[0]} did not end well: {error}") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
            raise NoBrowser(f"apt-get {words[0]} failed: {last}")


def main() -> int:
    """Say where the browser is, and install one when there is none."""
    try:
        try:
            found = find()
        except NoBrowser:
            if os.environ.get(VARIABLE):
                raise
            print(f"browser: none here, installing {' '.join(PACKAGES)} ...", file=sys.stderr, flush=True)
            install()
            found = find()
    except NoBrowser as reason:
        print(f"browser: {reason}", file=sys.stderr)
        return 1
    print(Path(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
