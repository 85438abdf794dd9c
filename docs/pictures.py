"""
Makes the README's pictures from a saved report: the HTML page, light and dark, and the pull-request comment.

``docs/pictures.py REPORT.json`` writes to ``docs/pictures``; the report is one of ``--format json``. A browser is found
as the tests find it. The Markdown is rendered as CommonMark with tables; what comes from resources is escaped by the
format itself.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from grantgate_policies import saved
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from markdown_it import MarkdownIt
from playwright.sync_api import ViewportSize, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

    from grantgate_policies.report import Report
    from playwright.sync_api import Browser

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "pictures"
MOST: Final = 300_000
"""The most bytes of one picture: a README with heavy pictures is not read."""
_PAGE: Final = ViewportSize(width=1280, height=1120)
_COMMENT: Final = ViewportSize(width=860, height=900)
_TALLEST: Final = 1200
_STYLE: Final = """
body { margin: 0; padding: 20px; background: #f4f6f8; color: #1c2128;
       font: 14px/1.5 -apple-system, "Segoe UI", "Liberation Sans", Arial, "Noto Color Emoji", sans-serif; }
article { background: #fff; border: 1px solid #d5dae0; border-radius: 8px; }
header { padding: 9px 16px; border-bottom: 1px solid #d5dae0; background: #f1f4f7; color: #57606a; font-size: 13px;
         border-radius: 8px 8px 0 0; }
header b { color: #1c2128; }
main { padding: 4px 18px 14px; overflow-wrap: anywhere; }
h1, h2, h3, h4 { line-height: 1.3; margin: 16px 0 8px; }
h2 { font-size: 19px; } h3 { font-size: 16px; }
table { border-collapse: collapse; margin: 10px 0; display: block; }
th, td { border: 1px solid #d5dae0; padding: 5px 11px; text-align: left; vertical-align: top;
         overflow-wrap: break-word; }
tr:nth-child(even) td { background: #f7f9fa; }
code { font: 12px "Liberation Mono", "DejaVu Sans Mono", monospace; background: #eef1f4; border-radius: 5px;
       padding: 2px 5px; }
pre { background: #f4f6f8; border-radius: 6px; padding: 12px; overflow: hidden; }
pre code { background: none; padding: 0; }
blockquote { margin: 10px 0; padding: 0 14px; border-left: 4px solid #d5dae0; color: #57606a; }
a { color: #0b57b0; text-decoration: none; }
"""


class TooLarge(Exception):
    """A picture weighs more than it may; the message says how much."""


def pictures(report: Report) -> Iterator[Path]:
    """Make every picture of a report, and give its file."""
    FOLDER.mkdir(exist_ok=True)
    finder = _finder()
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        page, comment = Path(made, "page.html"), Path(made, "comment.html")
        page.write_text(FORMATS["html"].text(report, Look()), "utf-8")
        comment.write_text(_comment(report), "utf-8")
        browser = playwright.chromium.launch(executable_path=finder.find(), args=list(finder.FLAGS))
        for scheme in ("light", "dark"):
            yield _of_page(browser, page, scheme)
        yield _of_comment(browser, comment)
        browser.close()


def _of_page(browser: Browser, file: Path, scheme: str) -> Path:
    context = browser.new_context(
        viewport=_PAGE, color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]")
    if page.locator("#map-figure").count():
        page.locator("#map-figure").scroll_into_view_if_needed()
        page.wait_for_selector("#map-chart[data-drawn]")
        page.evaluate("window.scrollTo(0, 0)")
    target = FOLDER / f"report-{scheme}.png"
    page.screenshot(path=target, animations="disabled", caret="hide")
    context.close()
    return _checked(target)


def _of_comment(browser: Browser, file: Path) -> Path:
    context = browser.new_context(viewport=_COMMENT, color_scheme="light", java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    box = page.locator("article").bounding_box()
    height = min(_TALLEST, int(box["height"]) + 40 if box else _TALLEST)
    target = FOLDER / "comment.png"
    page.screenshot(path=target, full_page=True, clip={"x": 0, "y": 0, "width": _COMMENT["width"], "height": height})
    context.close()
    return _checked(target)


def _comment(report: Report) -> str:
    """Give the comment as a page of its own; no script and no address of it is ever followed."""
    # Raw HTML is the comment's own: whatever comes from a resource is escaped by the format itself.
    body = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    text = body.render(FORMATS["markdown"].text(report, Look()))
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><title>comment</title>'
        f"<style>{_STYLE}</style></head><body><article><header><b>grantgate</b> commented</header>"
        f"<main>{text}</main></article></body></html>"
    )


def _checked(picture: Path) -> Path:
    size = picture.stat().st_size
    if size > MOST:
        raise TooLarge(f"{picture.name} has {size:,} bytes, and a picture has at most {MOST:,}")
    return picture


def _finder() -> ModuleType:
    """Load the module that finds the browser: it stands beside the engine's, in no package."""
    spec = importlib.util.spec_from_file_location("grantgate_browser", ROOT / "engine" / "browser.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError("engine/browser.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the pictures of the report that is named."""
    parser = argparse.ArgumentParser(prog="docs/pictures.py", description="Makes the README's pictures.")
    parser.add_argument("report", help="a report of --format json")
    given = parser.parse_args(arguments)
    try:
        for picture in pictures(saved.read(given.report)):
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size:,} bytes")
    except TooLarge as reason:
        print(f"pictures: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
