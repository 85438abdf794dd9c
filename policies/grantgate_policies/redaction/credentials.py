"""Where credentials are: in the environment by the names of its variables, and in any text by their shapes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOLDS_ONE: Final = re.compile(
    r"PASSWORD|PASSWD|PASSPHRASE|(?:SECRET|TOKEN|CREDENTIALS?|(?:^|_)(?:PASS|PWD)|SECRET_ID"
    r"|(?:ACCESS|SECRET|PRIVATE|API)_?KEY(?:_ID)?)$"
)
_MAY_HOLD_ONE: Final = re.compile(r"SECRET|TOKEN|CREDENTIAL|API_?KEY|(?:^|_)(?:KEY|PAT|AUTH)$")
_ABOUT_ONE: Final = re.compile(
    r"_(?:FILE|PATH|DIR|ARN|(?<!SECRET_)(?<!KEY_)ID|NAME|URL|URI|HOST|PORT|ENDPOINT|REGION|TYPE|PROVIDER|USER|TTL"
    r"|BUCKET|PREFIX|SCOPE|ROLE|ALIAS|EXPIRATION|EXPIRES\w*)$"
)
"""Variables that tell about a secret and hold none; a URL's user and password are secret whatever it is called."""
_SLUG: Final = re.compile(r"(?:[a-z]+[0-9]{0,4}|[0-9]{1,4})(?:[-_./:](?:[a-z]+[0-9]{0,4}|[0-9]{1,4}))*")
"""What people call things; only where a variable surely holds a secret is one."""
_IN_A_FILE: Final = "PULUMI_CONFIG_PASSPHRASE_FILE"
_LARGEST: Final = 65_536  # characters of a passphrase's file
_USERINFO: Final = re.compile(r"://([^\s/:@]*):([^\s/]+)@")

_NAMES: Final = (
    r"(?i:[\w-]*(?:password|passwd|passphrase|secret_?access_?key|session_?token|access_?token|client_?secret"
    r"|api[_-]?key))"
)
_QUOTE: Final = r"\\*[\"']"
_VALUE: Final = r"([^\s\"'<>&,;\\]+)"
_ASKER: Final = r"((?i:basic|bearer|token|digest|aws4-hmac-sha256)\s+[^\r\n\"'\\]+|[^\s\"'<>\\]{16,})"

_SHAPES: Final = (
    # AWS: key ids, session tokens (which begin alike), signed URLs and requests, credentials files.
    (("akia", "asia"), r"(?<![A-Za-z0-9])(A[KS]IA[A-Z0-9]{16})(?![A-Za-z0-9])"),
    (("ivyxdz", "iqojb3jp"), r"((?:F[wQ]oGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=_%-]{24,})"),
    (("x-amz-",), rf"(?i:x-amz-(?:security-token|signature))(?:=|%3[Dd]|(?:{_QUOTE})?\s*:\s*(?:{_QUOTE})?){_VALUE}"),
    (("aws_se",), rf"(?i:aws_(?:secret_access_key|session_token))\s*:\s*(?:{_QUOTE})?{_VALUE}"),
    # NAME=VALUE and "name": "value"; what stands after a slash is a folder of a bucket.
    (
        ("secret", "token", "passw", "passphrase", "api"),
        rf"(?<![/\w.-]){_NAMES}(?:(?:{_QUOTE})?\s*=\s*(?:{_QUOTE})?|{_QUOTE}\s*:\s*{_QUOTE}){_VALUE}",
    ),
    # HTTP: who asks.
    (("authorization",), rf"(?i:authorization)(?:{_QUOTE})?\s*[:=]\s*(?:{_QUOTE})?{_ASKER}"),
    (("bearer",), r"(?i:bearer)\s+([A-Za-z0-9._~+/=-]{16,})"),
    (("eyj",), r"(?<![\w-])(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]*)"),
    (
        ("@",),
        r"(?<![A-Za-z0-9+.-])(?![sS]3:)[A-Za-z][A-Za-z0-9+.-]*://([^\s/@:\"'<>]*:[^\s/\"'<>]+|[^\s/@:\"'<>]{16,})@",
    ),
    # Keys and tokens that say what they are.
    (("private key",), r"(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z))"),
    (("gho_", "ghp_", "ghr_", "ghs_", "ghu_"), r"(?<![A-Za-z0-9_])(gh[oprsu]_[A-Za-z0-9]{20,})"),
    (("github_pat_", "glpat-"), r"(?<![A-Za-z0-9_])((?:github_pat_|glpat-)[\w-]{16,})"),
    (("pul-",), r"(?<![A-Za-z0-9_])(pul-[0-9a-f]{40})"),
)
"""Each with what a text in lower case holds where there is one, so that few texts are searched."""
_LOOKED_FOR: Final = tuple((hints, re.compile(shape)) for hints, shape in _SHAPES)
_HINTS: Final = tuple(sorted({hint for hints, _ in _SHAPES for hint in hints}))


def held(environment: Mapping[str, str]) -> Iterator[str]:
    """Give the values that the environment holds as secrets, with those in URLs and in the passphrase's file."""
    for name, value in environment.items():
        if _is_secret(name.upper(), value):
            yield value
        for userinfo in _USERINFO.finditer(value):
            yield from (userinfo[2], unquote(userinfo[2]))
    file = environment.get(_IN_A_FILE, "")
    try:
        # What comes through a pipe can be read once only, and the engine has to.
        if Path(file).is_file():
            with Path(file).open(encoding="utf-8", errors="surrogateescape") as passphrase:
                yield passphrase.read(_LARGEST)
    except (OSError, ValueError):
        return  # the engine cannot read it either, and says so


def _is_secret(name: str, value: str) -> bool:
    if _ABOUT_ONE.search(name) or (value.startswith("/") and os.path.lexists(value)):
        return False
    return bool(_HOLDS_ONE.search(name) or (_MAY_HOLD_ONE.search(name) and not _SLUG.fullmatch(value)))


def shaped(text: str) -> Iterator[tuple[int, int]]:
    """
    Give where in a text something has the shape of a credential: (start, end) pairs.

    >>> text = "GET https://me:pass@host/"
    >>> [text[start:end] for start, end in shaped(text)]
    ['me:pass']
    """
    lower = text.lower()
    if not any(map(lower.__contains__, _HINTS)):
        return
    for hints, shape in _LOOKED_FOR:
        for hint in hints:
            if hint in lower:
                yield from (found.span(1) for found in shape.finditer(text))
                break
