"""An AWS over HTTP for each file of tests, as its ``seed`` describes it, and an environment that reaches no other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from grantgate import listing
from grantgate.calls import clients
from grantgate.lookup import Lookup
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "eu-west-1"
KEY_ID, SECRET_KEY = "AKIACANARYCANARYCANA", "canary+secret/access+key/canary+secret0k"
NOW = datetime(2026, 11, 20, 21, 10, 0, 250, tzinfo=UTC)


@pytest.fixture(scope="module")
def seed() -> dict[str, Any]:
    """Give what the AWS holds; a file of tests says its own."""
    return {"accounts": {}}


@pytest.fixture(scope="module")
def running(seed: dict[str, Any]) -> Iterator[Emulator]:
    """Serve one emulator for all tests of a file."""
    with Emulator(seed) as emulator:
        yield emulator


@pytest.fixture
def cloud(running: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Give the emulator as it was at the start, one attempt for each call, a clock that stands, and new clients."""
    running.reset()
    running.clear_journal()
    for name in ("AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3_CONTROL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ENDPOINT_URL": running.url,
        "AWS_ACCESS_KEY_ID": KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
    }.items():
        monkeypatch.setenv(name, value)
    fresh = clients.Clients()
    monkeypatch.setattr(clients, "CLIENTS", fresh)
    monkeypatch.setattr(listing, "LISTING", listing.Listing())
    monkeypatch.setattr(clients, "ATTEMPTS", 1)
    monkeypatch.setattr(Lookup, "stack_region", "")
    monkeypatch.setattr(Lookup, "stack_profile", "")
    monkeypatch.setattr(Lookup, "clock", staticmethod(lambda: NOW))
    yield running
    fresh.close()
