"""
`make bench`: measure against the budgets and print ratios of runs that took turns.

Exit codes: 0 everything was measured, met or not; 4 something could not be measured, and the output says what.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from importlib import import_module

from children import ENGINE
from figures import Row, Unmeasured, table

FIGURES = {
    "start": "grantgate --help against Python's own start",
    "pack": "the pack's time per resource against the SDK's pack with one empty policy",
    "stack": "the rules that look at the whole stack on 10,000 locations, and how they grow",
    "check": "grantgate check against Open Policy Agent",
    "reports": "every report format of 100,000 findings, and the page of 10,000 in a browser",
    "noops": "a preview of lookups against no-op dynamic resources",
    "contenders": "lookups against a naive dynamic provider, and a script with 32 threads",
    "aggregated": "10,000 locations in ten lookups with every rule against an empty program",
    "growth": "previews of 100 to 10,000 locations, with a picture",
}
GROUPS = {"preview": ("noops", "contenders", "aggregated", "growth")}
UNMEASURED = 4


def main() -> int:
    """Measure what was asked for, print the table and write the result file."""
    parser = argparse.ArgumentParser(description="Measure grantgate against its budgets.")
    names = [*FIGURES, *GROUPS]
    parser.add_argument("--only", choices=names, action="append", metavar="NAME", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="fewer resources and runs: for trying, not for claims")
    asked = parser.parse_args()
    # A shell's background job ignores SIGINT, and so would the engines started here: each asks its plugins by that
    # signal to end, and waits five seconds when they do not.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    rows: list[Row] = []
    for name in [part for given in asked.only or FIGURES for part in GROUPS.get(given, (given,))]:
        print(f"bench: {name}: {FIGURES[name]} ...", file=sys.stderr, flush=True)
        started = time.monotonic()
        try:
            rows += import_module(name).measure(quick=asked.quick)
        except Exception as error:  # noqa: BLE001 - one part's trouble must not cost the others their figures
            why = str(error) if isinstance(error, Unmeasured) else f"{type(error).__name__}: {error}"
            rows.append(Row(what=FIGURES[name], figure="not measured", notes=[why], unmeasured=why))
        print(f"bench: {name}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(table(rows))
    result = {
        "quick": asked.quick,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "rows": [row.to_json() for row in rows],
    }
    file = ENGINE / "bench" / "result.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=2) + "\n")
    missing = [row for row in rows if row.unmeasured]
    for row in missing:
        print(f"bench: NOT MEASURED: {row.what}: {row.unmeasured}", file=sys.stderr)
    return UNMEASURED if missing else 0


if __name__ == "__main__":
    sys.exit(main())
