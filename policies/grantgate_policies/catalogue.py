"""
The rules that a rules file is read against: the built-in ones, then the organization's own that it names.

Nothing is loaded that the rules file does not name. A module is run from the very bytes that the digest covers, writes
no bytecode beside itself and leaves neither a module nor a path behind in this process.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
import traceback
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from importlib.abc import SourceLoader
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from grantgate_policies.authored import a_kind, objections
from grantgate_policies.core import Rule
from grantgate_policies.faults import Fault, did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from types import TracebackType

    from grantgate_policies.faults import Path as Place
    from grantgate_policies.positions import Document

KEY: Final = "customRules"
GROUP: Final = "grantgate.rules"
"""The group of entry points under which an installed package offers rules."""

LARGEST: Final = 1024 * 1024
"""Bytes that a module of rules may have."""

_LONGEST: Final = 200
_IMPORTING: Final = frozenset({__file__, importlib.__file__, metadata.__file__})
_OFFER: Final = "End the module with RULE = Rule(...), or RULES = (Rule(...), ...)."


class Module(NamedTuple):
    """What was loaded under one name: the SHA-256, in hex, of what was run."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """
    The rules of one rules file.

    Shape: ``rules`` are the built-in ones and then the file's own, in its order; ``faults`` stand at the entry that
           names what could not be used; ``modules`` are what was loaded, in the file's order.
    """

    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...] = ()
    modules: tuple[Module, ...] = ()

    def digest(self, content: str) -> str:
        """
        Give the digest of a rules file whose own is ``content``.

        It is the file's own without custom rules, and else the SHA-256 of the file's digest and of one line with the
        digest and the name of each module.
        """
        if not self.modules:
            return content
        lines = [content, *(f"{module.digest} {module.name}" for module in self.modules)]
        return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()


class _Refused(Exception):
    """An entry, or one of its modules, offers nothing; the message says why."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class _Offer(NamedTuple):
    """What one module offers, under the name by which people find it."""

    name: str
    digest: str
    rules: tuple[Any, ...]


def custom_rules(
    document: Document, name: str, built_in: Sequence[Rule], pattern_kinds: Collection[str] | None = None
) -> Catalogue:
    """
    Load the rules that the rules file ``name`` names; entries of another shape are the schema's to tell.

    Shape: paths are relative to the rules file's folder; of a folder every ``*.py`` counts whose name begins with
           neither ``_`` nor ``test_`` nor ``conftest``.
    """
    entries = document.data.get(KEY)
    rules = list(built_in)
    faults: list[Fault] = []
    modules: list[Module] = []
    seen: set[Path] = set()
    where = {rule.name: "a built-in rule" for rule in built_in}
    ids = {rule.id: "a built-in rule" for rule in built_in}
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict) and {"path", "entryPoint"} <= entry.keys():
            faults.append(_fault(document, (KEY, index), "path and entryPoint together, an entry has one of them"))
        key = next(iter(entry), "") if isinstance(entry, dict) and len(entry) == 1 else ""
        if key not in {"path", "entryPoint"} or not isinstance(entry[key], str) or not entry[key].strip():
            continue
        place = (KEY, index, key)
        offers = _of_path(entry[key], Path(name).parent, seen) if key == "path" else _of_entry_point(entry[key])
        while True:
            try:
                offer = next(offers, None)
            except _Refused as refused:
                faults.append(_fault(document, place, refused.message, refused.hint))
                break
            if offer is None:
                break
            if isinstance(offer, _Refused):
                faults.append(_fault(document, place, offer.message, offer.hint))
                continue
            modules.append(Module(offer.name, offer.digest))
            for rule, complaint in _checked(offer, ids, where, pattern_kinds):
                if complaint:
                    faults.append(_fault(document, place, complaint))
                else:
                    rules.append(rule)
    return Catalogue(tuple(rules), tuple(faults), tuple(modules))


def _fault(document: Document, place: Place, message: str, hint: str = "") -> Fault:
    return Fault(place, *document.position(place), message, hint)


def _checked(
    offer: _Offer, ids: dict[str, str], names: dict[str, str], pattern_kinds: Collection[str] | None
) -> Iterator[tuple[Rule, str]]:
    """Pair each rule of a module with what is wrong with it, once per complaint, and with "" when it is sound."""
    for number, rule in enumerate(offer.rules):
        which = "RULE" if len(offer.rules) == 1 else f"RULES[{number}]"
        if not isinstance(rule, Rule):
            yield rule, f"{offer.name}: {which} is {a_kind(rule)}, not a Rule"
            continue
        complaints = list(objections(rule, pattern_kinds))
        if not complaints:
            for what, value, taken in (("id", rule.id, ids), ("name", rule.name, names)):
                if value in taken:
                    complaints.append(f"{what} {value!r} is taken by {taken[value]}")
        for complaint in complaints:
            yield rule, f"{offer.name}: {which}: {complaint}"
        if not complaints:
            ids[rule.id] = names[rule.name] = f"a rule of {offer.name}"
            yield rule, ""


# --- by path ----------------------------------------------------------------------------------------------------------


def _of_path(given: str, folder: Path, seen: set[Path]) -> Iterator[_Offer | _Refused]:
    """Give what the modules at a path offer; a module that another entry has loaded is not loaded again."""
    try:
        path = folder / given
        is_folder = path.is_dir()
        files = sorted(path.glob("*.py")) if is_folder else [path]
    except (OSError, ValueError) as error:
        raise _Refused(f"{shown(given)} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    files = [file for file in files if not is_folder or not file.name.startswith(("_", "test_", "conftest"))]
    if not files:
        raise _Refused(f"{shown(given)} is a folder without a module of rules", "Put one into it, named *.py.")
    for file in files:
        told = f"{Path(given, file.name).as_posix()}" if is_folder else given
        try:
            resolved, content = _read(file, told)
            if resolved not in seen:
                seen.add(resolved)
                yield _Offer(told, hashlib.sha256(content).hexdigest(), _run(resolved, content, told))
        except _Refused as refused:
            yield refused


def _read(file: Path, told: str) -> tuple[Path, bytes]:
    try:
        if not file.exists():
            raise _Refused(f"{shown(told)}: no such file or folder", "Paths are relative to the rules file's folder.")
        if not file.name.endswith(".py"):
            raise _Refused(f"{shown(told)} is neither a Python file nor a folder of them")
        if not file.is_file():
            raise _Refused(f"{shown(told)} is no file", "Paths are relative to the rules file's folder.")
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
        resolved = file.resolve()
    except OSError as error:
        raise _Refused(f"{shown(told)} cannot be read: {error.strerror or error}") from None
    if len(content) > LARGEST:
        raise _Refused(f"{shown(told)} is larger than {LARGEST} bytes, the most that a module of rules may have")
    return resolved, content


@lru_cache(maxsize=256)  # the same bytes are one set of rules, however often a process reads a rules file
def _run(path: Path, content: bytes, told: str) -> tuple[Any, ...]:
    """Run a module and give what it offers."""
    mark = hashlib.sha256(b"\0".join((str(path).encode("utf-8", "surrogateescape"), content))).hexdigest()[:16]
    name = f"_grantgate_rules_{mark}"
    spec = spec_from_file_location(name, path, loader=_Source(str(path), content))
    if spec is None or spec.loader is None:
        raise _Refused(f"{shown(told)} is nothing that Python can import")
    module = module_from_spec(spec)
    with _tidy(name, module):
        try:
            spec.loader.exec_module(module)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a module raises is its author's to mend
            raise _Refused(_raised(error, str(path), told)) from None
    return _offered(module, told)


class _Source(SourceLoader):
    """Loads the bytes that were read, not what stands in the file by now, and so writes no bytecode."""

    def __init__(self, path: str, content: bytes) -> None:
        self._path = path
        self._content = content

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002 - the loader's signature
        """Give the path that tracebacks name."""
        return self._path

    def get_data(self, path: str) -> bytes:  # noqa: ARG002 - the loader's signature
        """Give the source."""
        return self._content


@contextmanager
def _tidy(name: str, module: Any) -> Iterator[None]:
    """Let a module find itself while it is run, and leave nothing of it behind."""
    paths = list(sys.path)
    sys.modules[name] = module  # dataclasses look their own module up
    try:
        # The first line on standard output is the pack's port, and a report may be all that belongs there.
        with redirect_stdout(sys.stderr):
            yield
    finally:
        sys.modules.pop(name, None)
        sys.path[:] = paths


# --- by entry point ---------------------------------------------------------------------------------------------------


def _of_entry_point(given: str) -> Iterator[_Offer | _Refused]:
    known = metadata.entry_points(group=GROUP)
    found = [point for point in known if point.name == given]
    if not found:
        otherwise = f"Installed packages offer {', '.join(sorted(known.names)) or 'none'} in the group {GROUP}."
        raise _Refused(f"{shown(given)} is no entry point", did_you_mean(given, known.names, otherwise))
    packages = sorted({point.dist.name if point.dist else "?" for point in found})
    if len(packages) > 1:
        raise _Refused(f"{shown(given)} is an entry point of {' and '.join(packages)}", "Uninstall all but one.")
    point = found[0]
    try:
        with redirect_stdout(sys.stderr):
            target = point.load()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a package raises is its author's to mend
        raise _Refused(_raised(error, "", point.value)) from None
    version = point.dist.version if point.dist else ""
    spec = find_spec(point.module)
    try:
        content = Path(spec.origin).read_bytes() if spec and spec.origin else b""
    except OSError:
        content = b""  # a package in an archive: its version stands for it
    digest = hashlib.sha256(f"{packages[0]} {version}\0".encode() + content).hexdigest()
    rules = (target,) if isinstance(target, Rule) else target if isinstance(target, tuple) and target else None
    yield _Offer(given, digest, rules if rules is not None else _offered(target, point.value))


# --- what a module offers ---------------------------------------------------------------------------------------------


def _offered(module: Any, told: str) -> tuple[Any, ...]:
    one, many = getattr(module, "RULE", None), getattr(module, "RULES", None)
    if one is not None and many is not None:
        raise _Refused(f"{told}: both RULE and RULES", "Keep one of them.")
    if one is not None:
        return (one,)
    if many is None:
        raise _Refused(f"{told}: no RULE", _OFFER)
    if not isinstance(many, tuple | list) or not many:
        raise _Refused(f"{told}: RULES is {'empty' if many in ((), []) else 'no tuple'}", _OFFER)
    return tuple(many)


def _raised(error: BaseException, path: str, told: str) -> str:
    """Say what was raised, and which statement of the module raised it."""
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message}" if message else type(error).__name__
    if isinstance(error, SyntaxError) and error.filename == path:
        line = error.lineno or 0
        what = f"{type(error).__name__}: {error.msg}"
    else:
        told, line = _statement(error.__traceback__, path, told)
    cut = what if len(what) <= _LONGEST else f"{what[: _LONGEST - 1]}…"
    return f"{told}:{line}: {cut}" if line else f"{told}: {cut}"


def _statement(trace: TracebackType | None, path: str, told: str) -> tuple[str, int]:
    """Give the last statement of the module at ``path``, else the last one that is none of the import system's."""
    frames = [
        (frame.filename, frame.lineno or 0)
        for frame in traceback.extract_tb(trace)
        if not frame.filename.startswith("<frozen importlib") and frame.filename not in _IMPORTING
    ]
    own = [line for filename, line in frames if filename == path]
    if own:
        return told, own[-1]
    return frames[-1] if frames and not path else (told, 0)
