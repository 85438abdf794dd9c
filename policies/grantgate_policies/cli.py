"""
The command ``grantgate``.

Nothing but click is imported here, so that ``grantgate --help`` answers at once; each command imports what it needs.
"""

from __future__ import annotations

import sys

try:
    from grantgate_policies.commands.root import main
except ModuleNotFoundError as error:
    if error.name != "click":
        raise
    sys.stderr.write("grantgate: the command line is not installed; run: pip install 'grantgate[policies]'\n")
    raise SystemExit(2) from None

__all__ = ["main"]
