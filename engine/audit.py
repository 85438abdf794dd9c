"""
Audit of what grantgate is built with: the pins against what is installed, and the pins against known advisories.

`make check` runs the part that needs no network: every package is pinned to one version by name, nothing is installed
that is not, and what is installed fits together. `make audit` asks an advisory service as well, by pip-audit. What that
did not look at is told, with an exit code of its own (3): by pip-audit itself a package that its service does not know
has no known vulnerability, and that is its 0.

Run by ``make``; standard library only, besides pip and pip-audit as commands.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

OK, FOUND, UNSEEN = 0, 1, 3
AUDIT_SECONDS = 600
LONGEST = 200

ROOT = Path(__file__).resolve().parents[1]
PINS = ROOT / "constraints.txt"
# What makes an environment, and grantgate itself; no pin of ours chooses them.
UNPINNED = {"pip", "setuptools", "wheel", "grantgate"}
_PIN = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==(?P<version>[A-Za-z0-9.!+_-]+)")
_DIRECT = re.compile(r"""^\s*["'][^"']*(?:@|https?:|git\+|file:)[^"']*["']""", re.MULTILINE)


def say(text: str) -> None:
    """Tell the user what was found; on stderr, beside what other checks print."""
    print(f"audit: {text}", file=sys.stderr, flush=True)


def canonical(name: str) -> str:
    """
    Give a package's name as indexes compare it.

    >>> canonical("Ruamel.YAML_clib")
    'ruamel-yaml-clib'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> tuple[dict[str, str], list[str]]:
    r"""
    Read ``name==version`` lines; give the pins and what is wrong with the lines.

    Nothing else may stand there: an option, an address or a range would let somebody else choose what is installed.

    >>> pins("boto3==1.44.5\n--index-url https://x/\n")
    ({'boto3': '1.44.5'}, ["line 2: '--index-url https://x/' is no name==version"])
    """
    found: dict[str, str] = {}
    faults = []
    for number, line in enumerate(text.splitlines(), start=1):
        pin = _PIN.fullmatch(line)
        if pin is None:
            faults.append(f"line {number}: {line[:LONGEST]!r} is no name==version")
        elif canonical(pin["name"]) in found:
            faults.append(f"line {number}: {pin['name']} is pinned twice")
        else:
            found[canonical(pin["name"])] = pin["version"]
    return found, faults


def installed() -> dict[str, str]:
    """Give every package of this environment, by its canonical name."""
    return {canonical(one.metadata["Name"]): one.version for one in distributions()}


def differences(pinned: dict[str, str], present: dict[str, str]) -> list[str]:
    """
    Say where the environment is not what the pins say; a pin for another platform is none.

    >>> differences({"boto3": "1.44.5", "colorama": "0.4.6"}, {"boto3": "1.44.6", "evil": "1", "pip": "26.3"})
    ['boto3 1.44.6 is installed, and 1.44.5 is pinned', 'evil 1 is installed, and nothing pins it']
    """
    faults = []
    for name, version in sorted(present.items()):
        wanted = pinned.get(name)
        if wanted is None and name not in UNPINNED:
            faults.append(f"{name} {version} is installed, and nothing pins it")
        elif wanted is not None and wanted != version:
            faults.append(f"{name} {version} is installed, and {wanted} is pinned")
    return faults


def direct(pyproject: str) -> list[str]:
    r"""
    Say which requirements name an address instead of a package.

    >>> direct('dependencies = [\n  "boto3>=1.40",\n  "x @ git+https://host/x",\n]')
    ['"x @ git+https://host/x" names an address, and packages are named as name and version']
    """
    return [
        f"{found.strip()} names an address, and packages are named as name and version"
        for found in _DIRECT.findall(pyproject)
    ]


def offline() -> int:
    """Hold the pins against the environment."""
    pinned, faults = pins(PINS.read_text(encoding="utf-8"))
    faults += differences(pinned, installed())
    faults += direct((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    fitting = subprocess.run(
        [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"],
        capture_output=True,
        text=True,
        check=False,
    )
    if fitting.returncode:
        faults += (fitting.stdout + fitting.stderr).splitlines()
    for fault in faults:
        say(fault)
    return FOUND if faults else OK


# --- advisories -------------------------------------------------------------------------------------------------------


def advisories(report: Any, pinned: dict[str, str]) -> tuple[list[str], list[str]]:
    """
    Give what pip-audit knows against the pins, and the pins that it did not look at.

    >>> report = {"dependencies": [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "skip_reason": "no"}]}
    >>> advisories(report, {"a": "1", "b": "2", "c": "3"})
    ([], ['b', 'c'])
    """
    known, seen = [], set()
    for entry in report["dependencies"]:
        name = canonical(entry["name"])
        if "skip_reason" in entry or entry["version"] != pinned.get(name):
            continue
        seen.add(name)
        for one in entry["vulns"]:
            mended = ", ".join(one.get("fix_versions") or ()) or "no release"
            known.append(f"{name} {entry['version']}: {one['id']}, mended in {mended}")
    return sorted(known), sorted(pinned.keys() - seen)


def online() -> int:
    """Ask the advisory service about every pin."""
    pinned, faults = pins(PINS.read_text(encoding="utf-8"))
    if faults:
        say(f"{PINS.name} cannot be audited: {faults[0]}")
        return FOUND
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(PINS), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", *sys.argv[2:]]
    try:
        ended = subprocess.run([*command, *options], capture_output=True, text=True, timeout=AUDIT_SECONDS, check=False)
        known, unseen = advisories(json.loads(ended.stdout), pinned)
    except subprocess.TimeoutExpired:
        return nobody(f"pip-audit did not end in {AUDIT_SECONDS} s")
    except (ValueError, KeyError, TypeError):
        last = ended.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return nobody(f"pip-audit gave no answer: {last[0][:LONGEST]}")
    for one in known:
        say(one)
    if unseen:
        shown = ", ".join(unseen[:5]) + (", …" if len(unseen) > 5 else "")  # noqa: PLR2004 - enough to recognise it
        nobody(f"{len(unseen)} of {len(pinned)} packages are not known to the advisory service: {shown}")
    if not known and not unseen:
        say(f"{len(pinned)} packages, and no advisory about any of them")
    return FOUND if known else UNSEEN if unseen else OK


def nobody(why: str) -> int:
    """Say that the audit did not look, which is not the same as finding nothing."""
    say(f"NOT AUDITED: {why}. Run it where the advisory service can be reached.")
    return UNSEEN


def main() -> int:
    """Do what the one argument says."""
    match sys.argv[1:2]:
        case []:
            return offline()
        case ["advisories"]:
            return online()
    say(f"{sys.argv[1]!r} is no audit; leave it out, or say 'advisories'")
    return FOUND


if __name__ == "__main__":
    sys.exit(main())
