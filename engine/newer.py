"""
`make newer`: build the latest engine that grantgate was tried with, beside the one that everything else runs with.

The published Go language host cannot start a pack's folder for these engines, so tests give them the pack as an
executable.
"""

from __future__ import annotations

import sys

from bootstrap import ENGINE, Unavailable, build, say, version_of

VERSION = "3.259.0"
PLACE = ENGINE / "newer"


def main() -> int:
    """Build it once."""
    if version_of(PLACE / "pulumi") == tuple(map(int, VERSION.split("."))):
        return 0
    try:
        build("newer", VERSION, PLACE)
    except Unavailable as why:
        say(str(why))
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
