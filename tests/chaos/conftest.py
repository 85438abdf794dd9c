"""The package beside this file is found as it is by run.py, which lies here too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

# It breaks what it is imported beside.
collect_ignore = ["gatechaos/saboteur"]
