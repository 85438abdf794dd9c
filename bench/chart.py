"""The benchmark's picture: lines over the number of locations, drawn by the library that our HTML report ships."""

from __future__ import annotations

import base64
import gzip
from math import log10
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from browsers import opened
from grantgate_policies.reports.page.library import library
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

WIDTH, HEIGHT = 960, 600
SECONDS = 30
# Colours of Okabe and Ito, which colour-blind people tell apart; marks and dashes tell the lines apart without any.
_LOOKS = (
    ("#0072B2", "circle", "solid"),
    ("#555555", "square", "dash"),
    ("#D55E00", "diamond", "solid"),
    ("#009E73", "triangle-up", "dot"),
)
_FONT = {"family": "Liberation Sans, Arial, Helvetica, sans-serif", "size": 15, "color": "#1c2128"}
_TICKS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MARGIN = 1.25  # how far the axes go on beyond the outermost marks


def draw(lines: Mapping[str, Sequence[tuple[int, float]]], title: str, folder: Path) -> list[Path]:
    """
    Draw seconds over locations, both logarithmic, and write the picture as SVG and as PNG.

    Errors: Unmeasured where there is no browser.
    """
    script = gzip.decompress(base64.b64decode(library().packed)).decode()
    wanted = _figure(lines, title)
    files = []
    with sync_playwright() as playwright, opened(playwright) as browser:
        page = browser.new_page()
        page.set_default_timeout(SECONDS * 1000)
        page.set_content('<!DOCTYPE html><html lang="en"><body><div id="chart"></div></body></html>')
        page.add_script_tag(content=script)
        page.evaluate("wanted => Plotly.newPlot('chart', wanted.data, wanted.layout, {staticPlot: true})", wanted)
        for kind in ("svg", "png"):
            options = {"format": kind, "width": WIDTH, "height": HEIGHT, "scale": 1 if kind == "svg" else 2}
            url: str = page.evaluate("options => Plotly.toImage('chart', options)", options)
            head, _, body = url.partition(",")
            file = folder / f"growth.{kind}"
            file.write_bytes(base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body))
            files.append(file)
    return files


def _figure(lines: Mapping[str, Sequence[tuple[int, float]]], title: str) -> dict[str, Any]:
    """Give what the library draws: one trace for each line."""
    data: list[dict[str, Any]] = []
    for (name, points), (color, mark, dash) in zip(lines.items(), _LOOKS, strict=False):
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": [count for count, _ in points],
                "y": [seconds for _, seconds in points],
                "line": {"color": color, "width": 2.5, "dash": dash},
                "marker": {"color": color, "size": 9, "symbol": mark},
            }
        )
    counts = sorted({count for points in lines.values() for count, _ in points})
    seconds = [second for points in lines.values() for _, second in points]
    axis = {"type": "log", "gridcolor": "#e3e7eb", "linecolor": "#57606a", "ticks": "outside", "zeroline": False}
    return {
        "data": data,
        "layout": {
            "width": WIDTH,
            "height": HEIGHT,
            "title": {"text": title, "x": 0.5, "font": {"size": 18}},
            "font": _FONT,
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "margin": {"l": 80, "r": 30, "t": 70, "b": 70},
            "legend": {"x": 0.02, "y": 0.98, "bgcolor": "rgba(255,255,255,0.85)", "bordercolor": "#d5dae0"},
            "xaxis": {
                **axis,
                "title": {"text": "locations"},
                "tickvals": counts,
                "ticktext": [f"{count:,}" for count in counts],
                "range": _range(counts),
            },
            "yaxis": {
                **axis,
                "title": {"text": "seconds"},
                "tickvals": _TICKS,
                "ticktext": [str(tick) for tick in _TICKS],
                "range": _range(seconds),
            },
        },
    }


def _range(values: Sequence[float]) -> list[float]:
    """Give the ends of a logarithmic axis, as powers of ten."""
    return [log10(min(values) / _MARGIN), log10(max(values) * _MARGIN)]
