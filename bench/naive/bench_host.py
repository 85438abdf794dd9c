"""What a client needs to reach an emulator at an IP address, which takes no account in front of its host's name."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit


def keep_host(client: Any) -> None:
    """Take the account off again that S3 Control's endpoint rules put there, before the request is signed."""
    client.meta.events.register("request-created.s3-control", _without_account)


def _without_account(request: Any, **_: Any) -> None:
    parts = urlsplit(request.url)
    request.url = urlunsplit(parts._replace(netloc=parts.netloc.partition(".")[2]))
