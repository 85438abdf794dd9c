"""
What of a project would run in place of what the gate trusts: modules beside the program, plugins, a Python of its own.

Pulumi starts its dynamic host with the program's folder first on the path of modules: a folder ``grantgate``, or a file
``base64.py``, beside ``__main__.py`` is loaded by the host instead of what is installed. And a Pulumi.yaml may name
plugins by their paths, that which starts policy packs among them, and the environment whose Python and packages the
program and the host run with, which a pull request could bring along. None of them is a way to a green gate.
"""

from __future__ import annotations

import inspect
import os
import shutil
import subprocess
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

_NAME: Final = "virtualenv"
_TOOLCHAINS_OWN: Final = ".venv"
"""Where a toolchain looks for its environment, or makes it, when no other is named."""
_HOMES: Final = ("", "bin", "lib", "lib64", "Scripts", "Lib")
"""Where an environment keeps what it runs; the checkout could be one of these folders of an environment around it."""
_PATIENCE: Final = 30.0  # seconds


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
    environments = _environments(project, file.name, beside, environment)
    return [*found[:_MOST], *_more(len(found)), *_plugins(project, file.name), *environments]


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


# --- the environment that the project names ---------------------------------------------------------------------------


def _environments(
    project: Mapping[str, Any], file: str, beside: Iterable[Path], environment: Mapping[str, str]
) -> Iterator[Problem]:
    """Say which environments of the project's runtime are committed, or may be."""
    for name, value in sorted(_named_environments(project), key=repr):
        if name != _NAME:
            told = f"{shown(name)} is {_NAME} to the host of lookups alone"
            yield Problem(told, file, f"write {_NAME}")
        elif not isinstance(value, str) or not _is_path(value):
            yield Problem(f"{_NAME} {shown(value)} is no folder's path", file, "name the environment's folder")
        elif value:
            yield from _committed(value, file, beside, environment)


def _named_environments(project: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give the options that name an environment; the host is told every option, its name in capitals."""
    for _, runtime in _members(project, "runtime"):
        for _, options in _members(runtime, "options"):
            named = list(_members(options, _NAME))
            yield from named
            # An empty name is none; pip, without one, takes the Python that comes first on PATH.
            toolchains = [value for _, value in _members(options, "toolchain") if value not in (None, "", "pip")]
            if toolchains and not any(value for _, value in named):
                yield _NAME, _TOOLCHAINS_OWN


def _members(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give what a map says under ``name``, in whatever letters, and what ``<<`` merges into it."""
    for key, member in value.items() if isinstance(value, dict) else ():
        if key == "<<":
            for merged in member if isinstance(member, list) else [member]:
                yield from _members(merged, name)
        elif key.upper() == name.upper():  # as the engine does it: a dotless i becomes an I as well
            yield key, member


def _is_path(text: str) -> bool:
    try:
        return b"\0" not in os.fsencode(text)
    except ValueError:
        return False  # half of a character


def _committed(value: str, file: str, beside: Iterable[Path], environment: Mapping[str, str]) -> Iterator[Problem]:
    """Say whether git tracks anything in the environment, seen from the project or from the program."""
    git = shutil.which("git", path=environment.get("PATH"))
    if git is None:
        return  # nobody can be asked; docs/threat-model.md says so
    what = f"{_NAME} {shown(value)}"
    try:
        tracked = sorted(
            {
                name
                for top, places in _repositories(value, beside).items()
                for name in _tracked(git, top, places, environment)
            }
        )
    except _UnsaidError as error:
        yield Problem(
            f"git cannot say whether {what} is committed: {error}", file, "put right what git complains about"
        )
        return
    if tracked:
        count = f"git tracks {len(tracked):,} file{'s' * (len(tracked) != 1)} in it, {shown(tracked[0])} first"
        brought = "so the program and its lookups would run with packages that the checkout brings"
        remedy = "take it out of git (git rm -r --cached), and let the pipeline make it in an empty folder"
        yield Problem(f"{what} is committed, {brought}: {count}", file, remedy)


class _UnsaidError(Exception):
    """Git does not say what it tracks."""


def _repositories(value: str, beside: Iterable[Path]) -> dict[Path, set[Path]]:
    """Give the folders of an environment that lie in a repository, by the repository's own folder."""
    found: dict[Path, set[Path]] = {}
    for start in beside:
        # What a link leads to comes before ``..`` for the system, and after it for who tidies the path.
        for path in (start / value, Path(os.path.normpath(start / value))):
            for home in _HOMES:
                place = Path(os.path.realpath(path / home))
                # Nothing by that name is ever tracked: a folder that holds it is a repository, or was made into one.
                top = next((above for above in (place, *place.parents) if os.path.lexists(above / ".git")), None)
                if top is not None:
                    found.setdefault(top, set()).add(place)
    return found


def _tracked(git: str, top: Path, places: Iterable[Path], environment: Mapping[str, str]) -> list[str]:
    """
    Ask git what it tracks in ``places`` of the repository ``top``, seen from there.

    The repository is named, not looked for: a committed folder may look like one. Letters count in no case, as on the
    systems where the other case leads to the same folder.

    Errors: _UnsaidError when git fails or says nothing in time.
    """
    paths = sorted(":(top,literal,icase)" + "/".join(place.relative_to(top).parts) for place in places)
    kept = {name: value for name, value in environment.items() if not name.upper().startswith("GIT_")}
    alone = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    repository = ["-c", "core.fsmonitor=false", f"--git-dir={top / '.git'}", f"--work-tree={top}"]
    try:
        said = subprocess.run(  # noqa: S603 - the git that the pipeline has, with arguments of ours
            [git, *repository, "ls-files", "-z", "--", *paths],
            cwd=top,
            env={**kept, **alone},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _UnsaidError(f"it did not answer within {_PATIENCE:g} s") from None
    except (OSError, ValueError) as error:
        raise _UnsaidError(f"it did not start: {shown(str(error))}") from None
    if said.returncode:
        told = said.stderr.strip().splitlines()
        raise _UnsaidError(shown(told[0]) if told else f"it ended with {said.returncode}")
    return [name for name in said.stdout.split("\0") if name]
