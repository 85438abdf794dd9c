"""
Where in the user's program a resource is declared, by the engine's own stack traces.

Previews with `--json` and stack exports carry for each resource the frames that were open when it was registered. Those
of libraries come first: the first frame that is the project's own is what a reader wants to see. Source: Pulumi's
sdk/go/common/apitype/core.go (ResourceV3, StackFrameV1), pkg/resource/deploy/source_eval.go (parseSourcePosition: files
relative to the Pulumi.yaml's folder whatever its `main`, ``../`` for those outside, no position for what is no file;
getFromRequest: a component's caller comes before the component) and sdk/python/lib/pulumi/runtime/resource.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from grantgate_policies.report import SourcePosition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SCHEME: Final = "project:///"
_LIBRARIES: Final = frozenset({"site-packages", "dist-packages", "node_modules"})
_HOSTS: Final = ("pulumi-language-", "pulumi-resource-", "pulumi-analyzer-")
"""Beginnings of the names of Pulumi's own scripts, which run programs from wherever the engine is installed."""
_LONGEST_LINE: Final = 9
"""Digits of a line's number; no file has a line beyond."""
_PACKAGES: Final = ("grantgate", "grantgate_policies")
_PROJECT_FILES: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


@dataclass(frozen=True, slots=True)
class Project:
    """
    A Pulumi project inside its repository.

    Shape: ``folder`` holds the Pulumi.yaml; ``prefix`` is the way to it from the repository's root, empty when they are
           the same; ``libraries`` are folders of ours that a checkout can hold, seen from ``folder``.
    """

    folder: Path
    prefix: PurePosixPath
    libraries: tuple[PurePosixPath, ...] = ()

    @classmethod
    def at(cls, folder: Path) -> Project:
        """Find the repository that ``folder`` is in; without one, the current folder stands for it."""
        place = folder.resolve()
        root = next((one for one in (place, *place.parents) if (one / ".git").exists()), Path.cwd().resolve())
        prefix = place.relative_to(root) if place.is_relative_to(root) else Path()
        return cls(place, PurePosixPath(prefix.as_posix()), tuple(_ours(place)))

    @property
    def file(self) -> str:
        """Give the project's own file as a reader of the repository would, empty when there is none."""
        names = (name for name in _PROJECT_FILES if (self.folder / name).is_file())
        return next(((self.prefix / name).as_posix() for name in names), "")

    def positions(self, states: Iterable[Mapping[str, Any]]) -> dict[str, SourcePosition]:
        """Give the positions of those resources that the engine shows one of, by URN."""
        found = ((str(state.get("urn")), self.position(state)) for state in states)
        return {urn: position for urn, position in found if position}

    def position(self, state: Mapping[str, Any]) -> SourcePosition | None:
        """Give the first frame of the project's own in a resource's state; None when the engine shows none."""
        trace = state.get("stackTrace")
        frames = [frame for frame in trace if isinstance(frame, dict)] if isinstance(trace, list) else []
        for written in (*(frame.get("sourcePosition") for frame in frames), state.get("sourcePosition")):
            if isinstance(written, str) and (found := self._own(written)):
                return found
        return None

    def _own(self, written: str) -> SourcePosition | None:
        path, _, place = written.removeprefix(_SCHEME).partition("#")
        line = place.partition(",")[0]
        numbered = line.isascii() and line.isdigit() and len(line) <= _LONGEST_LINE and int(line) > 0
        if not written.startswith(_SCHEME) or not numbered:
            return None
        file = PurePosixPath(unquote(path))
        inside = file.parts and not file.is_absolute() and ".." not in file.parts
        if not inside or _is_library(file) or any(file.is_relative_to(ours) for ours in self.libraries):
            return None
        return SourcePosition((self.prefix / file).as_posix(), int(line))


def _is_library(file: PurePosixPath) -> bool:
    """Tell a file of an installed package, of Python's own library or of the engine."""
    folders = file.parent.parts
    python = any(folder.startswith("python3.") for folder in folders)
    return python or not _LIBRARIES.isdisjoint(folders) or file.name.startswith(_HOSTS)


def _ours(folder: Path) -> Iterator[PurePosixPath]:
    """Find this library inside the project: a checkout of it is a project, too."""
    for name in _PACKAGES:
        spec = find_spec(name)
        for place in (spec.submodule_search_locations or ()) if spec else ():
            path = Path(place).resolve()
            if path.is_relative_to(folder):
                yield PurePosixPath(path.relative_to(folder).as_posix())
