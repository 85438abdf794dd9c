"""A browser for what is measured or drawn in one: the one that the tests find."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from children import ROOT
from figures import Unmeasured

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Playwright

FOLDER = str(ROOT / "engine")


@contextlib.contextmanager
def opened(playwright: Playwright) -> Iterator[Browser]:
    """Open a new browser; raise Unmeasured where there is none."""
    if FOLDER not in sys.path:
        sys.path.append(FOLDER)
    import browser  # noqa: PLC0415 - engine/browser.py, found by the lines above

    try:
        command = browser.find()
    except browser.NoBrowser as why:
        raise Unmeasured(str(why)) from None
    found = playwright.chromium.launch(executable_path=command, args=list(browser.FLAGS))
    try:
        yield found
    finally:
        found.close()
