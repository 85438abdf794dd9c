"""Writing a file so that a reader sees the old one or the whole new one, never a part."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_NEW_FILE: Final = 0o666
_EVERYTHING: Final = 0o777
NO_ROOM: Final = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no quotas


class WriteError(Exception):
    """A file cannot be written; the message names it and says why."""


def check_writable(path: Path) -> None:
    """Raise WriteError when ``path`` can be seen to be no place for a file, before any work is done for it."""
    target = _target(path)
    if target.is_dir():
        raise WriteError(f"{path}: is a folder, and a file is written here; name a file")
    if _is_special(target):
        return
    if not target.parent.is_dir():
        there = target.parent.exists()
        what = "is no folder; name another file" if there else "does not exist; make it, or name another file"
        raise WriteError(f"{path}: its folder {str(target.parent)!r} {what}")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise WriteError(f"{path}: this user may not write in its folder {str(target.parent)!r}; name another file")


def write(path: Path, pieces: str | Iterable[str]) -> None:
    """
    Replace ``path`` by a text, or by the pieces of one, in one step.

    On any error the old file stays and nothing else is left behind.

    A link is followed, an existing file keeps its permissions, and a device or pipe is written to, not replaced.

    Errors: WriteError.
    """
    check_writable(path)
    texts = [pieces] if isinstance(pieces, str) else pieces
    content = (text.encode("utf-8", "backslashreplace") for text in texts)
    target = _target(path)
    try:
        if _is_special(target):
            with target.open("wb") as device:
                device.writelines(content)
            return
        _replace(target, content)
    except OSError as error:
        raise WriteError(unwritten(path, error)) from error


def unwritten(name: object, error: OSError) -> str:
    """Say why a file cannot be written, and what to do."""
    remedy = "make room, or name another file" if error.errno in NO_ROOM else "name another file"
    return f"{name}: cannot be written: {error.strerror or error}; {remedy}"


def _replace(target: Path, content: Iterable[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(_mode(target))
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _target(path: Path) -> Path:
    try:
        # A pipe behind /dev/stdout has no name that its link leads to.
        if _is_special(path):
            return path
        # Replacing a link would leave its readers with the old file.
        target = path.resolve()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            target.stat()
    except (OSError, RuntimeError, ValueError) as error:
        raise WriteError(f"{path}: is no usable file name: {error}") from error
    return target


def _is_special(target: Path) -> bool:
    try:
        mode = target.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        mask = os.umask(_EVERYTHING)
        os.umask(mask)
        return _NEW_FILE & ~mask
