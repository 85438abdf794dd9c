"""IAM as a seed says: customer managed policies, and roles with all that hangs on them, put into moto."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from .seed import SeedError
from .state import steady_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from moto.iam.models import IAMBackend

_PARTITION = "aws"
_AWS_POLICY = "arn:aws:iam::aws:policy/"
_HARMLESS = '{"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}'
_LONG_AGO = "2026-01-15T09:30:00Z"


def is_in(seed: Mapping[str, Any]) -> bool:
    """Tell whether a seed says anything about IAM."""
    return any(content.get("roles") or content.get("policies") for _, content in _accounts(seed))


def check(seed: Mapping[str, Any]) -> None:
    """
    Refuse what no schema sees: a name twice, a version that is not there, a policy nobody has.

    Errors: SeedError.
    """
    for account, content in _accounts(seed):
        known = set()
        for index, entry in enumerate(content.get("policies", [])):
            place = f"accounts.{account}.policies[{index}]"
            arn = _policy_arn(account, entry)
            if arn in known:
                raise SeedError(f"{place}.name: {entry['name']!r} must be given once in the account")
            known.add(arn)
            if ("document" in entry) == ("versions" in entry):
                raise SeedError(f"{place}: needs the key 'document', or the key 'versions', and not both")
            number, last = entry.get("defaultVersion", len(_versions(entry))), len(_versions(entry))
            if number > last:
                raise SeedError(f"{place}.defaultVersion: {number} must be at most {last}, the latest version")
        names = set()
        for index, entry in enumerate(content.get("roles", [])):
            place = f"accounts.{account}.roles[{index}]"
            # To IAM, names that differ only in case or path are the same name.
            if entry["name"].lower() in names:
                raise SeedError(f"{place}.name: {entry['name']!r} must be given once in the account")
            names.add(entry["name"].lower())
            for step, arn in enumerate(entry.get("attached", [])):
                if arn not in known and not (arn.startswith(_AWS_POLICY) and arn in _of_aws()):
                    limit = "must be a policy of the account or one that AWS manages"
                    raise SeedError(f"{place}.attached[{step}]: {arn!r} {limit}")


class Iam:
    """What the latest seed has put into moto's IAM: the next one takes its place, and leaves all else alone."""

    def __init__(self) -> None:
        self._planted: list[tuple[str, str]] = []

    @property
    def has_planted(self) -> bool:
        """Tell whether anything of a seed is in moto."""
        return bool(self._planted)

    def plant(self, seed: Mapping[str, Any]) -> None:
        """Put a checked seed's policies and roles in place of those of the seed before."""
        if not (self._planted or is_in(seed)):
            return
        for account, key in self._planted:
            backend = _backend(account)
            backend.roles.pop(key, None)
            backend.managed_policies.pop(key, None)
        self._planted = []
        for account, content in _accounts(seed):
            for entry in content.get("policies", []):
                self._plant_policy(account, entry)
            for entry in content.get("roles", []):
                self._plant_role(account, entry)

    def forget(self) -> None:
        """Remember nothing: moto itself has been emptied."""
        self._planted = []

    def _plant_policy(self, account: str, entry: Mapping[str, Any]) -> None:
        from moto.iam.models import PolicyVersion  # noqa: PLC0415  # as above

        backend = _backend(account)
        backend.managed_policies.pop(_policy_arn(account, entry), None)
        versions = _versions(entry)
        default = f"v{entry.get('defaultVersion', len(versions))}"
        made = _moment(entry)
        policy = backend.create_policy(
            description=entry.get("description", ""),
            path=entry.get("path", "/"),
            # A seed may hold documents that AWS would refuse, and moto too.
            policy_document=_HARMLESS,
            policy_name=entry["name"],
            tags=[],
        )
        policy.id = "ANPA" + _steady(account, "policy", policy.arn)
        policy.create_date = policy.update_date = made
        policy.versions = [
            PolicyVersion(policy.arn, document, f"v{number}" == default, f"v{number}", made)
            for number, document in enumerate(versions, start=1)
        ]
        policy.next_version_num = len(versions) + 1
        policy.default_version_id = default
        self._planted.append((account, policy.arn))

    def _plant_role(self, account: str, entry: Mapping[str, Any]) -> None:
        backend = _backend(account)
        for key in [key for key, other in backend.roles.items() if other.name == entry["name"]]:
            del backend.roles[key]
        role = backend.create_role(
            role_name=entry["name"],
            assume_role_policy_document=_text(entry["trust"]),
            path=entry.get("path", "/"),
            permissions_boundary=entry.get("permissionsBoundary"),
            description=entry.get("description", ""),
            tags=[{"Key": key, "Value": value} for key, value in entry.get("tags", {}).items()],
            max_session_duration=str(entry.get("maxSessionDuration", 3600)),
        )
        del backend.roles[role.id]
        role.id = "AROA" + _steady(account, "role", role.name)
        backend.roles[role.id] = role
        role.create_date = _moment(entry)
        role.policies = {name: _text(document) for name, document in entry.get("policies", {}).items()}
        for arn in entry.get("attached", []):
            if arn not in backend.managed_policies:
                self._plant_policy_of_aws(account, arn)
            backend.managed_policies[arn].attach_to(role)
        self._planted.append((account, role.id))

    def _plant_policy_of_aws(self, account: str, arn: str) -> None:
        """Let an account know one of AWS's own policies: moto would know all 1,500 of them, or none."""
        from moto.iam.models import AWSManagedPolicy  # noqa: PLC0415  # as above

        name, data = _of_aws()[arn]
        _backend(account).managed_policies[arn] = AWSManagedPolicy.from_data(name, account, _PARTITION, data)
        self._planted.append((account, arn))


def _accounts(seed: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from seed.get("accounts", {}).items()


def _backend(account: str) -> IAMBackend:
    from moto.iam.models import iam_backends  # noqa: PLC0415  # 0.5 s, and many seeds have no roles

    return iam_backends[account][_PARTITION]


@lru_cache(maxsize=1)
def _of_aws() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return what moto knows of the policies that AWS manages, by ARN."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415  # 5 MB of text

    known = json.loads(aws_managed_policies_data)
    return {f"{_AWS_POLICY}{data['Path'].lstrip('/')}{name}": (name, data) for name, data in known.items()}


def _policy_arn(account: str, entry: Mapping[str, Any]) -> str:
    return f"arn:{_PARTITION}:iam::{account}:policy{entry.get('path', '/')}{entry['name']}"


def _versions(entry: Mapping[str, Any]) -> list[str]:
    return [_text(document) for document in entry.get("versions") or [entry["document"]]]


def _text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _steady(*about: str) -> str:
    return steady_id("iam", *about).replace("-", "").upper()[:17]


def _moment(entry: Mapping[str, Any]) -> datetime:
    """Return when a role or policy was made, in UTC and without saying so, as moto keeps moments."""
    moment = datetime.fromisoformat(entry.get("createdAt", _LONG_AGO))
    return moment.astimezone(UTC).replace(tzinfo=None)
