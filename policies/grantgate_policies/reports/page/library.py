"""The chart library that is shipped in the page: a file of the plotly package, which itself is never imported."""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_FILE: Final = Path("package_data", "plotly.min.js")
_NEEDED: Final = ("plotly", "jinja2")


@dataclass(frozen=True, slots=True)
class Library:
    """
    A script that runs only when something is drawn.

    Shape: ``packed`` is the script, gzip and base64: a third of its size, and nothing that a browser has to parse;
           ``digest`` is what the page's policy allows to run.
    """

    packed: str
    digest: str


def check() -> None:
    """
    Raise ModuleNotFoundError when a package is missing that the page is made with.

    >>> check()
    """
    for name in _NEEDED:
        if find_spec(name) is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@cache
def library() -> Library:
    """Read the chart library; several pages of one run pack it once."""
    script = _path().read_bytes()
    return Library(
        packed=base64.b64encode(gzip.compress(script, mtime=0)).decode(),
        digest=digest(script),
    )


def digest(script: bytes) -> str:
    """
    Give the source expression by which a content security policy knows a script.

    >>> digest(b"")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _path() -> Path:
    check()
    spec = find_spec("plotly")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, _FILE)
        if path.is_file():
            return path
    raise ModuleNotFoundError("plotly has no package_data/plotly.min.js", name="plotly")
