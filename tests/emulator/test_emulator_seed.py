"""Seeds: what they may say, how mistakes are reported, and what they leave to the emulator."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_emulator.seed import SeedError, load_seed
from grantgate_emulator.server import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
YAML = f"""
defaultAccount: "{ACCOUNT}"
credentials: {{AKIAEXAMPLE: "{ACCOUNT}"}}
accounts:
  "{ACCOUNT}":
    regions:
      eu-west-1:
        instance: {{}}
        locations:
          - {{scope: "s3://acme/finance/*", roleArn: "{ROLE}", createdAt: 2026-01-15T09:30:00Z}}
      eu-west-2:
        instance:
      eu-west-3:
"""


def held(**content: Any) -> dict[str, Any]:
    """Return a seed with one Region's content."""
    return {"accounts": {ACCOUNT: {"regions": {"eu-west-1": content}}}}


def test_yaml_and_json_are_the_same(tmp_path: Path) -> None:
    """A moment may be written without quotes; an instance may be nothing but its key."""
    (tmp_path / "seed.yaml").write_text(YAML)
    seed = load_seed(tmp_path / "seed.yaml")
    assert seed["accounts"][ACCOUNT]["regions"]["eu-west-1"]["locations"][0]["createdAt"].startswith("2026-01-15T09:30")
    (tmp_path / "seed.json").write_text(json.dumps(seed))
    assert load_seed(str(tmp_path / "seed.json")) == seed
    with Emulator(seed) as emulator:
        assert sorted(emulator.state.instances) == [(ACCOUNT, "eu-west-1"), (ACCOUNT, "eu-west-2")]


def test_ids_are_steady() -> None:
    """Two emulators make up the same ids for the same seed."""
    seed = held(instance={}, locations=[{"scope": "s3://acme/x/*", "roleArn": ROLE}])
    ids = [list(Emulator(seed).state.instances[ACCOUNT, "eu-west-1"].locations) for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(ids[0][0]) == 36


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("accounts: [", "not YAML: ", id="no YAML"),
        pytest.param("- 1", r"\(top\): \[1\] must be object", id="no mapping"),
        pytest.param(
            "acounts: {}", r"unknown key 'acounts'; known keys are accounts, credentials", id="a typing mistake"
        ),
        pytest.param(
            "defaultAccount: 111122223333",
            "defaultAccount: 111122223333 must be string: put it in quotes",
            id="a number",
        ),
        pytest.param(
            "accounts: {111122223333: {}}", "accounts: the key 111122223333 must be text: put it in quotes", id="a key"
        ),
        pytest.param('accounts: {"1": {}}', 'accounts: "1" must match', id="a short account"),
        pytest.param(
            json.dumps(held(instance={}, locations=[{"scope": "s3://"}])), "needs the key 'roleArn'", id="no role"
        ),
        pytest.param(
            json.dumps(held(locations=[{"scope": "s3://", "roleArn": ROLE}])), "need an instance", id="no instance"
        ),
        pytest.param(
            json.dumps(held(instance={}, locations=[{"id": "x", "scope": "s3://", "roleArn": ROLE}])),
            r"locations\[0\].id: 'x' must be default for s3://",
            id="the default location",
        ),
        pytest.param(
            json.dumps(held(buckets=["twice-b", "twice-b"])),
            r"buckets\[1\]: 'twice-b' is already in",
            id="a bucket twice",
        ),
        pytest.param(
            "accounts: {'111122223333': {regions: {eu-west-1: {instance: {createdAt: 2026-01-15}}}}}",
            "createdAt: 2026-01-15 must be a moment",
            id="a day",
        ),
        pytest.param(
            json.dumps({"accounts": {ACCOUNT: {"operations": [{"operation": "Create", "name": "abc"}]}}}),
            'operation: "Create" must be one of CreateMultiRegionAccessPoint, ',
            id="an operation nobody has",
        ),
    ],
)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    """A mistake is reported with the file, the place, the value and the limit."""
    path = tmp_path / "seed.yaml"
    path.write_text(text)
    with pytest.raises(SeedError, match=message) as caught:
        load_seed(path)
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("seed", "message"),
    [
        (
            held(
                instance={},
                grants=[{"locationId": "x", "permission": "READ", "grantee": {"type": "IAM", "identifier": "i"}}],
            ),
            "locationId 'x' must name a location",
        ),
        (held(instance={}, locations=[{"id": "a", "scope": f"s3://b-{n}", "roleArn": ROLE} for n in "12"]), "once in"),
        (held(instance={"resourcePolicy": "not json"}), "Policy: not JSON"),
        (
            {"accounts": {ACCOUNT: {"multiRegionAccessPoints": [{"name": "abc", "regions": [{"bucket": "nobodys"}]}]}}},
            "bucket 'nobodys' needs a region",
        ),
    ],
)
def test_mistakes_between_entries(seed: dict[str, Any], message: str) -> None:
    """What only shows while the accounts are filled is a SeedError too."""
    with pytest.raises(SeedError, match=message):
        Emulator(seed)


def test_a_bad_seed_changes_nothing(aws: Emulator, control: Callable[..., tuple[int, Any]]) -> None:
    """A seed is all or nothing, over HTTP too."""
    before = dict(aws.state.instances)
    bad: dict[str, Any]
    for bad in (held(instance={"resourcePolicy": "{"}), {"acounts": {}}):
        status, reply = control("POST", "seed", bad)
        assert (status, list(reply)) == (400, ["error"])
    assert aws.state.instances == before
    assert control("POST", "seed", held(instance={})) == (200, {"status": "ok"})
    assert list(aws.state.instances) == [(ACCOUNT, "eu-west-1")]
    assert control("POST", "reset") == (200, {"status": "ok"})
    assert aws.state.instances.keys() == before.keys()


def test_changes_behind_everyones_back(aws: Emulator, raw: Callable[..., Any]) -> None:
    """A test can let a role drift, or take a location and an instance away."""
    path = "/v20180820/accessgrantsinstance/location/loc-finance"
    aws.state.update_location_role(ACCOUNT, "eu-west-1", "loc-finance", f"{ROLE}-drifted")
    assert f"{ROLE}-drifted".encode() in raw("GET", path).body
    aws.state.remove_location(ACCOUNT, "eu-west-1", "loc-finance")
    assert b"NoSuchAccessGrantsLocationError" in raw("GET", path).body
    assert b"grant-1" not in raw("GET", "/v20180820/accessgrantsinstance/grants").body
    aws.state.remove_instance(ACCOUNT, "eu-west-1")
    assert b"AccessGrantsInstanceNotExistsError" in raw("GET", path).body
