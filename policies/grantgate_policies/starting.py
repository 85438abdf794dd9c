"""
What `grantgate init` puts into an infrastructure repository: the files, made from words, and where they may go.

Every text is made and every place is looked at before the first file is written. What is there stays as it is.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from grantgate_policies.atomic import WriteError, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SOURCES: Final = Path(__file__).with_name("start")
PACK: Final = "policies"
CI: Final = ("github", "gitlab", "none")
PRE_COMMIT: Final = ".pre-commit-config.yaml"
GITLAB: Final = ".gitlab-ci-grantgate.yml"
GITHUB: Final = ".github/workflows/grantgate.yml"

REPLACE_ME: Final = "replace-me"
"""A word that stands where only the organization knows the right one; it is chosen so that it matches nothing."""

NO_ACCOUNT: Final = "000000000000"
"""The account that stands in for those that nobody named: AWS gives this number to none, so nothing is in it."""

NO_REQUIREMENT: Final = f"grantgate[policies] @ file:///{REPLACE_ME}"

_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_FOLDER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Account:
    """One account as the command line names it; ``id`` is 12 digits, an empty ``environment`` is none."""

    id: str
    name: str
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What somebody wants of the files.

    Shape: an empty ``organization``, no ``accounts`` and an empty ``requirement`` (pip's line for grantgate) are
           written as words that match nothing; ``pack`` is a folder below the repository, with / between its parts.
    """

    organization: str = ""
    accounts: tuple[Account, ...] = ()
    ci: str = "none"
    pack: str = PACK
    requirement: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """One file that is to be there; ``path`` is seen from the repository."""

    path: PurePosixPath
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be done: files to make, files that are there and stay, and what stands in the way of others."""

    make: tuple[Start, ...]
    keep: tuple[PurePosixPath, ...]
    faults: tuple[str, ...]


# --- words ------------------------------------------------------------------------------------------------------------


def account(written: str) -> Account:
    """
    Read ID:NAME[:ENVIRONMENT]; a ValueError says what is wrong.

    >>> account("111122223333:data-prod:prod")
    Account(id='111122223333', name='data-prod', environment='prod')
    """
    number, _, rest = written.partition(":")
    name, colon, environment = rest.partition(":")
    if not _ACCOUNT_ID.fullmatch(number):
        raise ValueError(f"{_cut(number)} is not an account id of 12 digits, in ID:NAME[:ENVIRONMENT]")
    if not _NAME.fullmatch(name):
        raise ValueError(f"{_cut(name)} is not an account's name of letters, digits, . _ - and spaces between them")
    if colon and not _ENVIRONMENT.fullmatch(environment):
        raise ValueError(f"{_cut(environment)} is not an environment's name of letters, digits, . _ -")
    return Account(number, name, environment)


def check(wanted: Wanted) -> None:
    """Raise a ValueError for words that no valid file can be made with."""
    if wanted.organization and not _NAME.fullmatch(wanted.organization):
        limit = "an organization's name of letters, digits, . _ - and spaces between them"
        raise ValueError(f"{_cut(wanted.organization)} is not {limit}")
    if not _FOLDER.fullmatch(wanted.pack):
        limit = "a folder below the repository, of letters, digits, . _ - with / between"
        raise ValueError(f"{_cut(wanted.pack)} is not {limit}")
    for what, values in (
        ("id", [one.id for one in wanted.accounts]),
        ("name", [one.name for one in wanted.accounts]),
    ):
        twice = next((one for place, one in enumerate(values) if one in values[:place]), None)
        if twice:
            raise ValueError(f"two accounts have the {what} {twice!r}")
    if wanted.requirement and (not wanted.requirement.isprintable() or wanted.requirement.lstrip().startswith("-")):
        raise ValueError(f"{_cut(wanted.requirement)} is not one requirement for pip")


def requirement_of(version: str, origin: Any) -> str:
    """
    Give pip's line for the grantgate that runs, or nothing where another machine could not follow it.

    Shape: ``origin`` is what pip noted of a package that came by address (direct_url.json), None for one that came
           from an index.

    >>> requirement_of("1.2.0", None)
    'grantgate[policies]==1.2.0'
    >>> requirement_of("1.2.0", {"url": "file:///somewhere", "dir_info": {}})
    ''
    """
    if origin is None:
        return f"grantgate[policies]=={version}"
    if not isinstance(origin, dict):
        return ""
    revision, address = origin.get("vcs_info"), origin.get("url")
    if not isinstance(revision, dict) or not isinstance(address, str) or "@" in address:
        return ""  # a folder or a file of this machine, or an address with somebody's password in it
    if not address.startswith(("https://", "ssh://")) or not address.isprintable():
        return ""
    return f"grantgate[policies] @ {revision.get('vcs')}+{address}@{revision.get('commit_id')}"


def _cut(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


# --- files ------------------------------------------------------------------------------------------------------------


def files(wanted: Wanted) -> tuple[Start, ...]:
    """Make every file, sorted by path; a ValueError for words that no valid file can be made with."""
    check(wanted)
    found = [
        (f"{wanted.pack}/PulumiPolicy.yaml", _source("PulumiPolicy.yaml")),
        (f"{wanted.pack}/__main__.py", _source("pack.py.txt")),
        (f"{wanted.pack}/requirements.txt", _requirements(wanted)),
        (f"{wanted.pack}/rules.yaml", _rules(wanted)),
        (
            f"{wanted.pack}/rulebook.schema.json",
            (SOURCES.parent / "rulebook.schema.json").read_text(encoding="utf-8"),
        ),
        (PRE_COMMIT, pre_commit(wanted)),
    ]
    if wanted.ci == "github":
        found.append((GITHUB, _source("github.yml", PACK=wanted.pack)))
    if wanted.ci == "gitlab":
        found.append((GITLAB, _source("gitlab.yml").replace(f"default: {PACK}\n", f"default: {wanted.pack}\n")))
    return tuple(sorted((Start(PurePosixPath(path), text) for path, text in found), key=lambda one: one.path))


def pre_commit(wanted: Wanted) -> str:
    """Give the configuration of pre-commit that holds the rules file's hook."""
    return _source("pre-commit.yaml", PACK=wanted.pack, PACK_PATTERN=re.escape(wanted.pack))


def _source(name: str, **words: str) -> str:
    text = (SOURCES / name).read_text(encoding="utf-8")
    for word, value in words.items():
        text = text.replace(f"@@{word}@@", value)
    return text


def _requirements(wanted: Wanted) -> str:
    lines = ["# What the pack needs, for CI and for `pulumi policy publish`."]
    if not wanted.requirement:
        lines += [
            "# Say where pip finds grantgate: a wheel of yours, a tag of its repository, an index that you trust.",
            "# As the line stands pip refuses it, so that nothing of the same name is installed in its place.",
        ]
    return "\n".join((*lines, wanted.requirement or NO_REQUIREMENT, ""))


def _rules(wanted: Wanted) -> str:
    organization = wanted.organization or REPLACE_ME
    # What a bucket's name may begin with; a name that leaves nothing of it cannot match one by accident either.
    prefix = re.sub(r"[^a-z0-9]+", "-", organization.lower()).strip("-")
    return _source(
        "rules.yaml",
        TITLE=wanted.organization or "the organization",
        NAME=_quoted(organization),
        PREFIX=prefix or REPLACE_ME,
        ACCOUNTS="\n".join(_accounts(wanted)),
    )


def _accounts(wanted: Wanted) -> Iterator[str]:
    yield "  accounts: # quote the ids: YAML takes them for numbers"
    if not wanted.accounts:
        yield "    # AWS gives this number to no account: until yours stand here, whatever says its account fails."
        yield f'    "{NO_ACCOUNT}": {{name: {REPLACE_ME}}}'
    for one in wanted.accounts:
        environment = f", environment: {_quoted(one.environment)}" if one.environment else ""
        yield f'    "{one.id}": {{name: {_quoted(one.name)}{environment}}}'


def _quoted(word: str) -> str:
    """Give a word as YAML; what it could take for a number, a truth or nothing stands in quotes."""
    return word if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{3,}", word) and word.lower() not in _YAML else f'"{word}"'


_YAML: Final = frozenset({"true", "false", "null"})


# --- places -----------------------------------------------------------------------------------------------------------


def plan(folder: Path, starts: Sequence[Start]) -> Plan:
    """Look at every place below ``folder``, which need not be there yet, and change nothing."""
    make: list[Start] = []
    keep: list[PurePosixPath] = []
    faults: list[str] = []
    try:
        base = folder.resolve()
        there = _nearest(base)
        if not there.is_dir():
            return Plan((), (), (f"{str(there)!r} is no folder",))
        if there != base and not os.access(there, os.W_OK | os.X_OK):
            return Plan((), (), (f"this user may not write in {str(there)!r}",))
    except (OSError, RuntimeError, ValueError) as error:
        return Plan((), (), (f"{str(folder)!r} is no usable folder: {error}",))
    for one in starts:
        target = base / one.path
        fault = _in_the_way(base, target)
        if fault:
            faults.append(fault)
        elif os.path.lexists(target):
            keep.append(one.path)
        else:
            make.append(one)
    return Plan(tuple(make), tuple(keep), tuple(dict.fromkeys(faults)))


def _nearest(place: Path) -> Path:
    """Give the place itself when there is something, even a link that leads nowhere, else the nearest above it."""
    return next(one for one in (place, *place.parents) if os.path.lexists(one))


def _in_the_way(base: Path, target: Path) -> str:
    """Say why there can be no file here; nothing when there is one, or can be."""
    nearest = _nearest(target)
    seen = repr(nearest.relative_to(base).as_posix()) if nearest.is_relative_to(base) and nearest != base else "DIR"
    try:
        real = nearest.resolve(strict=True)
    except (OSError, RuntimeError):
        return f"{seen} is a link that leads nowhere"
    if nearest == target:
        return "" if real.is_file() else f"{seen} is there, and is no file"
    if nearest.is_relative_to(base) and not real.is_relative_to(base):
        return f"{seen} leads out of DIR, and nothing is written there"
    if not real.is_dir():
        return f"{seen} is no folder"
    if not os.access(real, os.W_OK | os.X_OK):
        return f"this user may not write in {seen}"
    return ""


def carry_out(folder: Path, starts: Sequence[Start]) -> None:
    """
    Write the files, each whole or not at all.

    Errors: WriteError, which says how many were made before; they stay, and another `grantgate init` makes the rest.
    """
    base = folder.resolve()
    for count, one in enumerate(starts):
        target = base / one.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target, one.text)
        except (OSError, WriteError) as error:
            reason = error.strerror or error if isinstance(error, OSError) else error
            done = f"{count} of {len(starts)} files were made before; run it again for the rest"
            raise WriteError(f"{one.path}: cannot be written: {reason}; {done}") from error
