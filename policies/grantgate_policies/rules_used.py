"""
Whether all runs of one command were judged by the same rules, each of them a stack of its own.

A command reads the rules file once; every run of the engine starts a pack that reads it again. What a program, or
anybody else, changes in between would have a run judged by other rules than the report says.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.journal import events as events_of
from grantgate_policies.report import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from grantgate_policies.engine.runs import EngineRun
    from grantgate_policies.rulebook import RuleBook

_READ: Final = (".py", ".yaml", ".yml")
_SETTINGS: Final = "Pulumi."
"""How the names of a project's own files begin: the engine itself writes configuration into them."""

_NOT_OURS: Final = frozenset({"__pycache__", "node_modules", ".git", ".venv", "venv"})
_REMEDY: Final = "see to it that nothing writes to the rules file or the pack while they are used, and run again"


@dataclass(frozen=True, slots=True)
class RulesUsed:
    """
    What a command's runs have in common: the rules file and the pack, as they were before the first of them.

    Shape: ``file`` is the rules file that is expected, whose digest is that of ``rulebook``; without a rulebook the
           first run's word counts for all. ``before`` are the digests of every file that the pack is made of.
    """

    pack: Path
    file: str
    rulebook: RuleBook | None
    before: Mapping[str, str]
    _starts: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, pack: Path, file: str, rulebook: RuleBook | None) -> RulesUsed:
        """Remember the pack and the rules file as they are now."""
        return cls(pack, file, rulebook, _digests(pack, file))

    def problems(self, run: EngineRun) -> list[Problem]:
        """Say what one more run has been judged by that the others were not."""
        starts = list(events_of(run.journal, "start"))
        found = [problem for start in starts for problem in self._of_start(start)]
        found += self._twice(run.command, starts)
        self._starts.extend((run.command, start) for start in starts)
        if not found:
            after = _digests(self.pack, self.file)
            changed = sorted(
                name for name in self.before.keys() | after.keys() if self.before.get(name) != after.get(name)
            )
            if changed:
                what = f"{changed[0]}{f' and {len(changed) - 1} more' if changed[1:] else ''} changed during the run"
                found.append(Problem(f"{what}: it is part of what judges", remedy=_REMEDY))
        return list(dict.fromkeys(found))

    def _of_start(self, start: Mapping[str, Any]) -> Iterator[Problem]:
        used, digest = str(start.get("rulesFile") or ""), str(start.get("rulesDigest") or "")
        if not digest:
            yield Problem(
                "the pack does not say which rules it judged by", remedy="use one release of grantgate for all"
            )
            return
        if self.rulebook:
            expected, told = self.rulebook.digest, self.file
        elif self._starts:
            first = self._starts[0][1]
            expected, told = str(first.get("rulesDigest") or ""), str(first.get("rulesFile") or "")
        else:
            return
        if used and told and not _is_same(used, told):
            what = f"the pack judged by the rules file {used}, and {told} is the one that was read before"
            yield Problem(what, remedy="name the pack's rules file by --rules")
        elif digest != expected:
            yield Problem(f"the rules file {told or used} changed before the pack read it", remedy=_REMEDY)

    def _twice(self, command: str, starts: list[Mapping[str, Any]]) -> Iterator[Problem]:
        seen = {_stack(start) for earlier, start in self._starts if earlier == command}
        for project, stack in sorted({_stack(start) for start in starts} & seen):
            what = f"the stack {stack} of {project or 'the project'} has been looked at before, under another name"
            yield Problem(what, remedy="name every stack once")


def _stack(start: Mapping[str, Any]) -> tuple[str, str]:
    return str(start.get("project") or ""), str(start.get("stack") or "")


def _is_same(one: str, other: str) -> bool:
    try:
        return Path(one).resolve() == Path(other).resolve()
    except (OSError, RuntimeError, ValueError):
        return False


def _digests(pack: Path, file: str) -> dict[str, str]:
    """Give the digest of every file of the pack's own, and of the rules file, by name; what cannot be read is empty."""
    names = {Path(file).absolute()} | ({pack} if pack.is_file() else set())
    for folder, inner, files in os.walk(pack):
        # A virtual environment is nobody's pack, and holds thousands of files.
        inner[:] = [name for name in inner if name not in _NOT_OURS and not Path(folder, name, "pyvenv.cfg").exists()]
        names |= {Path(folder, name) for name in files if name.endswith(_READ) and not name.startswith(_SETTINGS)}
    return {str(name): _digest(name) for name in names}


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return ""
