"""
A whole estate of lookups from stack configuration: what the root program declares.

```yaml
config:
  grantgate:lookups:                  # account by account
    - account: "111122223333"
      region: eu-west-1
      assumeRoleArn: arn:aws:iam::111122223333:role/gate-reader
      locations: [default, 6f1c0a52-5a8b-4d0e-9c57-2f1f0e4f7a11]
      prefixes: ["s3://acme-data-prod-finance/reports/"]
      operations:                     # a token, or a map that has one
        - arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/TOKEN
        - {token: "arn:aws:s3:us-west-2:111122223333:async-request/mrap/put-policy/TOKEN", maxAgeSeconds: 86400}
      instance: true                  # what the place holds: its instance, every location, grants, resource policy
      allLocations: true
      grants: {permission: READWRITE} # or true, for every grant
      instancePolicy: true
      accessPoints: [acme-global]     # what has no Region
      roles: [arn:aws:iam::111122223333:role/access-grants/finance-reader]
  grantgate:estate:                   # every account and Region of the rules file
    rules: policies/rules.yaml
    assumeRole: arn:{partition}:iam::{account.id}:role/gate-reader
```
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pulumi

from grantgate import inputs as accepts
from grantgate.access_grants_instance import AccessGrantsInstance
from grantgate.access_point import MultiRegionAccessPoint
from grantgate.arns import Arn
from grantgate.facts import snake
from grantgate.grants import AccessGrants
from grantgate.instance import AccessGrantsInstanceForPrefix
from grantgate.instance_policy import AccessGrantsInstanceResourcePolicy
from grantgate.kinds import NOT_LOOKED_AT, RULES_VARIABLE
from grantgate.location import AccessGrantsLocation
from grantgate.location_role import AccessGrantsLocationRole
from grantgate.locations import AccessGrantsLocations
from grantgate.matrix import ESTATE_KEY, Estate, estate_of
from grantgate.operation import MultiRegionAccessPointOperation
from grantgate.sites import KEY, PLACE_WIDE, EstateError, SiteLookups, sites

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate.resource import LookupResource

__all__ = ["EstateError", "SiteLookups", "counts", "declare", "matrix", "sites"]

_UNUSABLE: Final = "stack configuration cannot be used:"


def declare(config: pulumi.Config | None = None) -> list[LookupResource]:
    """
    Declare every lookup that the stack's configuration asks for: ``grantgate:lookups``, ``grantgate:estate`` or both.

    Errors: pulumi.RunError listing all faults, which Pulumi prints without a traceback.
    """
    config = config or pulumi.Config("grantgate")
    try:
        wanted = _configured(config)
    except EstateError as error:
        raise pulumi.RunError(f"{_UNUSABLE}\n{error}") from None
    return [resource for site in wanted for resource in _declared(site)]


def matrix(
    *,
    assume_role: str,
    rules: str | None = None,
    lookups: Sequence[str] = PLACE_WIDE,
    exceptions: Sequence[Mapping[str, Any]] = (),
) -> list[LookupResource]:
    """
    Declare place-wide lookups for every account and Region of the organization's rules file.

    Shape:  ``assume_role`` is the ARN of the role to read with, in which {account.id}, {account.name} and {partition}
            stand for the account's own, or ``caller`` for the caller's own credentials; ``rules`` is the rules file,
            seen from the project's folder, needed where GRANTGATE_RULES does not name it; ``lookups`` are of instance,
            allLocations, grants and instancePolicy; ``exceptions`` are maps of account, regions, reason and assumeRole,
            as in configuration under ``except``.
    Errors: pulumi.RunError listing all faults, which Pulumi prints without a traceback.
    """
    value = {"assumeRole": assume_role, "rules": rules, "lookups": list(lookups), "except": list(exceptions)}
    try:
        estate = estate_of(value, "matrix", folder=_folder(), environment=os.environ)
    except EstateError as error:
        raise pulumi.RunError(f"{_UNUSABLE}\n{error}") from None
    _tell(estate, rules)
    return [resource for site in estate.sites for resource in _declared(site)]


def counts(lookups: Sequence[LookupResource]) -> pulumi.Output[dict[str, int]] | None:
    """
    Count what place-wide lookups looked at, to show that they looked; None where there are none.

    Shape: ``places`` are pairs of account and Region, ``placesWithInstance`` those that have an Access Grants instance,
           ``locations`` the registered locations that were listed, each once, in however many lists it stands; what was
           looked up by its id alone is not among them.
    """
    wide = (AccessGrantsInstance, AccessGrantsLocations, AccessGrants, AccessGrantsInstanceResourcePolicy)
    looked = [
        pulumi.Output.all(
            one.account_id,
            one.region,
            one.instance_exists,
            one.locations if isinstance(one, AccessGrantsLocations) else None,
        )
        for one in lookups
        if isinstance(one, wide)
    ]
    return pulumi.Output.all(*looked).apply(_counted) if looked else None


def _counted(looked: Sequence[Sequence[Any]]) -> dict[str, int]:
    places = {(account, region) for account, region, _, _ in looked}
    return {
        "accounts": len({account for account, _ in places}),
        "regions": len({region for _, region in places}),
        "places": len(places),
        "placesWithInstance": len({(account, region) for account, region, exists, _ in looked if exists}),
        "locations": len(
            {
                (account, region, one["access_grants_location_id"])
                for account, region, _, locations in looked
                for one in locations or ()
            }
        ),
    }


def _configured(config: pulumi.Config) -> tuple[SiteLookups, ...]:
    """Read both keys; what is wrong with either is told at once."""
    lookups_name, estate_name = f"{config.name}:{KEY}", f"{config.name}:{ESTATE_KEY}"
    faults: list[str] = []
    estate: Estate | None = None
    rules: Any = None
    listed: tuple[SiteLookups, ...] = ()
    try:
        value = _object(config, ESTATE_KEY, "a map")
        if value is not None:
            estate = estate_of(value, estate_name, folder=_folder(), environment=os.environ)
            rules = value.get("rules")
    except EstateError as error:
        faults += error.faults
    try:
        value = _object(config, KEY, "a list")
        if value is not None or (estate is None and not faults):
            listed = sites(value, lookups_name, elsewhere=estate.asks(estate_name) if estate else None)
    except EstateError as error:
        faults += error.faults
    if faults:
        raise EstateError(faults)
    if estate is not None:
        _tell(estate, rules)
    return (*(estate.sites if estate else ()), *listed)


def _object(config: pulumi.Config, key: str, kind: str) -> Any:
    try:
        return config.get_object(key)
    except pulumi.ConfigTypeError:
        raise EstateError([f"{config.name}:{key}: is not {kind}; set it as structured configuration"]) from None


def _folder() -> Path:
    """Give the project's folder; older language hosts do not tell it, and start programs there."""
    told: str | None = pulumi.get_root_directory()
    return Path(told or Path.cwd())


def _tell(estate: Estate, rules: Any) -> None:
    """Say what is not looked at, and where nobody can say whether the pack judges by the file ``rules``."""
    if not os.environ.get(RULES_VARIABLE):
        pulumi.log.info(
            f"grantgate looks at the accounts and Regions of {accepts.shown(rules)}; {RULES_VARIABLE} is not set, so "
            "nothing says whether a policy pack judges by the same file"
        )
    for left_out in estate.left_out:
        pulumi.log.info(f"{NOT_LOOKED_AT}{left_out}")


def _declared(site: SiteLookups) -> list[LookupResource]:
    return [*_named_things(site), *_place_wide(site), *_global_things(site)]


def _named_things(site: SiteLookups) -> Iterator[LookupResource]:
    where = "".join(f"{part}-" for part in site.place)
    account, region, role = site.account or None, site.region or None, site.assume_role_arn or None
    for item in site.locations:
        name = f"location-{where}{item}"
        yield AccessGrantsLocation(name, item, account_id=account, region=region, assume_role_arn=role)
    for item in site.prefixes:
        name = f"prefix-{where}{item}"
        yield AccessGrantsInstanceForPrefix(name, item, account_id=account, region=region, assume_role_arn=role)
    for request in site.operations:
        yield MultiRegionAccessPointOperation(
            f"operation-{_short(request.token)}",
            request.token,
            account_id=account,
            wait=request.wait,
            max_age_seconds=request.max_age_seconds,
            assume_role_arn=role,
        )


def _place_wide(site: SiteLookups) -> Iterator[LookupResource]:
    account, region, role = site.account or None, site.region or None, site.assume_role_arn or None
    if site.instance:
        yield AccessGrantsInstance(
            "-".join(("instance", *site.place)),
            account_id=account,
            region=region,
            must_exist=site.must_exist,
            assume_role_arn=role,
        )
    if site.all_locations:
        name = "-".join(("locations", *site.place))
        yield AccessGrantsLocations(
            name, account_id=account, region=region, must_exist=site.must_exist, assume_role_arn=role
        )
    if site.grants is not None:
        filters: dict[str, Any] = {snake(name): value for name, value in site.grants}
        only = ",".join(f"{name}={value}" for name, value in site.grants)
        name = "-".join(("grants", *site.place, *([only] if only else [])))
        yield AccessGrants(
            name, account_id=account, region=region, must_exist=site.must_exist, assume_role_arn=role, **filters
        )
    if site.instance_policy:
        name = "-".join(("instance-policy", *site.place))
        yield AccessGrantsInstanceResourcePolicy(
            name, account_id=account, region=region, must_exist=site.must_exist, assume_role_arn=role
        )


def _global_things(site: SiteLookups) -> Iterator[LookupResource]:
    """Declare what has no Region; the entry's plays no part."""
    account, role = site.account or None, site.assume_role_arn or None
    for item in site.access_points:
        name = "-".join(("access-point", *([site.account] if site.account else []), item))
        yield MultiRegionAccessPoint(name, item, account_id=account, assume_role_arn=role)
    for item in site.roles:
        arn = Arn.parse(item)
        name = f"role-{arn.account}-{arn.resource.removeprefix('role/')}"
        yield AccessGrantsLocationRole(name, item, assume_role_arn=role)


def _short(token_arn: str) -> str:
    arn = Arn.parse(token_arn)
    _, _, operation, token = arn.resource.split("/", 3)
    return f"{arn.account}-{operation}-{token}"
