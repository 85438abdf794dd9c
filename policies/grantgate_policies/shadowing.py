"""
What of a project would run in place of what the gate trusts: modules of its own beside the program, plugins of its own.

Pulumi starts its dynamic host with the program's folder first on the path of modules: a folder ``grantgate``, or a file
``base64.py``, beside ``__main__.py`` is loaded by the host instead of what is installed. And a Pulumi.yaml may name
plugins by their paths, that which starts policy packs among them. Neither is a way to a green gate.
"""

from __future__ import annotations

import inspect
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies import positions
from grantgate_policies.faults import RulesFileError, shown
from grantgate_policies.report import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")

LOADED: Final = frozenset(
    {
        "OpenSSL",
        "attr",
        "awscrt",
        "backports",
        "boto3",
        "botocore",
        "brotli",
        "brotlicffi",
        "certifi",
        "cffi",
        "crt",
        "cryptography",
        "dateutil",
        "debugpy",
        "dill",
        "fast_semver_rs_backend",
        "gmpy2",
        "google",
        "grantgate",
        "grpc",
        "grpc_health",
        "grpc_reflection",
        "grpc_tools",
        "h2",
        "hpack",
        "jmespath",
        "numpy",
        "opentelemetry",
        "org",
        "packaging",
        "psutil",
        "pulumi",
        "s3transfer",
        "semver",
        "simplejson",
        "six",
        "socks",
        "tenacity",
        "typing_extensions",
        "urllib3",
        "yaml",
        "zstandard",
    }
)
"""
Top-level modules beside Python's own that the dynamic host, the SDK and the lookups import, or try to.

Those that are not installed are among them: whoever brings one is asked.
"""
EVERYWHERE: Final = LOADED | {
    "click",
    "grantgate_policies",
    "jsonschema",
    "jsonschema_specifications",
    "referencing",
    "rpds",
    "ruamel",
    "sitecustomize",
    "usercustomize",
}
"""The same for what PYTHONPATH adds, which the pack and Python's own start heed, unlike the program's folder."""
_SHARED: Final[Mapping[str, frozenset[str]]] = {
    "crt": frozenset(),
    "google": frozenset({"_upb", "api", "protobuf", "rpc"}),
    "org": frozenset({"python"}),
    "ruamel": frozenset({"yaml"}),
}
"""Names that many packages share, and what below them matters here."""

PLUGINS: Final = frozenset({"aws", "aws-native", "pulumi-python"})
"""Providers whose word rules take: the host of lookups, and those that say what a managed resource will be."""
_SECTIONS: Final = ("analyzers", "languages", "providers")

_RENAME: Final = "rename it, or keep the program in a folder of its own"
_MOST: Final = 10


def problems(folder: Path, environment: Mapping[str, str]) -> list[Problem]:
    """
    Say what stands in for something that the gate trusts; nothing in a project that has no such thing.

    Shape: ``folder`` is where the engine is started; ``environment`` is what it is started with.
    """
    file = _project_file(folder.absolute())
    if file is None:
        return []  # the engine says so, and runs nothing
    try:
        project = _read(file)
    except RulesFileError as error:
        return [Problem(f"{file.name} cannot be read as the engine reads it: {error.faults[0].text('')}", file.name)]
    main = project.get("main")
    program = file.parent / main if isinstance(main, str) else file.parent
    beside = {file.parent, program if program.is_dir() else program.parent}
    added = set(_added(beside, environment.get("PYTHONPATH"), _checkout(file.parent)))
    # Only a program in Python brings a host that looks beside it.
    names = {name for place in beside for name in _stand_ins(place, LOADED) if _is_python(project)}
    names |= {name for place in added for name in _stand_ins(place, EVERYWHERE)}
    found = [
        Problem(f"it runs in place of the module {name!r}", _within(path, file.parent), _RENAME)
        for path, name in sorted(names)
    ]
    return [*found[:_MOST], *_more(len(found)), *_plugins(project, file.name)]


def _is_python(project: Mapping[str, Any]) -> bool:
    runtime = project.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    # What cannot be read as a runtime is looked at as the one that matters.
    return not isinstance(name, str) or name.casefold() == "python"


def _more(count: int) -> Iterator[Problem]:
    if count > _MOST:
        yield Problem(f"{count - _MOST:,} more files and folders run in place of modules", remedy=_RENAME)


# --- modules ----------------------------------------------------------------------------------------------------------


def _stand_ins(folder: Path, names: frozenset[str]) -> Iterator[tuple[Path, str]]:
    """Give every entry of ``folder`` that Python would take for a module of its own or for one of ``names``."""
    for entry in _entries(folder):
        if entry.is_dir():
            if _is_package(entry, names):
                yield entry, entry.name
        elif (name := inspect.getmodulename(entry.name)) and (name in names or name in sys.stdlib_module_names):
            yield entry, name


def _is_package(folder: Path, names: frozenset[str]) -> bool:
    if folder.name not in names and folder.name not in sys.stdlib_module_names:
        return False
    inside = {inspect.getmodulename(entry.name) or (entry.name if entry.is_dir() else "") for entry in _entries(folder)}
    if "__init__" in inside:
        return True
    # A folder without __init__ gives way to a package that is installed, wherever that comes on the path.
    return bool(inside & _SHARED.get(folder.name, inside) - {"", "__pycache__"}) and not _is_installed(folder)


def _is_installed(folder: Path) -> bool:
    """Say whether a module of that name is installed elsewhere as one that has code of its own."""
    elsewhere = [place for place in sys.path if Path(place or ".").absolute() != folder.parent]
    spec = PathFinder.find_spec(folder.name, elsewhere)
    return folder.name in sys.stdlib_module_names or (spec is not None and spec.origin is not None)


def _added(beside: Iterable[Path], path: str | None, checkout: Path) -> Iterator[Path]:
    """Give the folders of PYTHONPATH that lie in the checkout: a pull request brings them, not the environment."""
    if path is None or path == "":
        return
    for entry in path.split(os.pathsep):
        for start in (*beside, Path.cwd()):
            place = Path(os.path.normpath(start / entry))
            if place.is_relative_to(checkout) and place.is_dir() and not place.is_relative_to(sys.prefix):
                yield place


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []  # what cannot be listed here, no module comes from


def _checkout(folder: Path) -> Path:
    return next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)


def _within(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder).replace(os.sep, "/")


# --- the project's file -----------------------------------------------------------------------------------------------


def _project_file(folder: Path) -> Path | None:
    """Find the project as the engine does: in the folder, or in the nearest one above."""
    places = (place / name for place in (folder, *folder.parents) for name in PROJECT_FILES)
    return next((file for file in places if file.is_file()), None)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = positions.decode(file.read_bytes(), file.name)
    except OSError:
        return {}  # the engine cannot read it either
    document = positions.read(text, file.name)
    if document.faults:
        raise RulesFileError(file.name, document.faults)
    return document.data if isinstance(document.data, dict) else {}


def _plugins(project: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Say which plugins the project names by a path, where the gate relies on the engine's own."""
    remedy = "leave them out where the gate runs"
    # The engine reads JSON without regard to case, and merges what ``<<`` names.
    for key in sorted(key for key in project if key == "<<" or key.casefold() == "plugins"):
        named = sorted(_named(project[key])) if key != "<<" else ["what << merges into it"]
        if named:
            yield Problem(f"{shown(key)} brings {', '.join(named)}, which would run in place of Pulumi's", file, remedy)


def _named(sections: Any) -> Iterator[str]:
    if not isinstance(sections, dict):
        if sections is not None:
            yield f"{shown(sections)}"
        return
    for section, entries in sections.items():
        for entry in entries if isinstance(entries, list) else [entries]:
            name = entry.get("name") if isinstance(entry, dict) else entry
            harmless = section == _SECTIONS[-1] and isinstance(name, str) and name.casefold() not in PLUGINS
            if entry is not None and not harmless:
                yield f"{section.removesuffix('s')} {shown(name)}"
