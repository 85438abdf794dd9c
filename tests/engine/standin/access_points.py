"""Multi-Region Access Points: made by requests that are polled, all of them in one Region."""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any, Final

from .cloud import Refused, found
from .kind import Kind, names, no_delete
from .values import UNKNOWN

if TYPE_CHECKING:
    from .cloud import Site
    from .values import Props

CONTROL_REGION: Final = "us-west-2"
_FLAGS: Final = ("blockPublicAcls", "ignorePublicAcls", "blockPublicPolicy", "restrictPublicBuckets")
_MOST_POLLS: Final = 200
_POLL_SECONDS: Final = 0.05


def _control(site: Site) -> Any:
    return site.client("s3control", CONTROL_REGION)


def _finished(site: Site, token: str) -> None:
    """Wait until a request has ended well; Errors: Refused with AWS's code and message when it failed."""
    for _ in range(_MOST_POLLS):
        answer = _control(site).describe_multi_region_access_point_operation(
            AccountId=site.account, RequestTokenARN=token
        )["AsyncOperation"]
        if answer["RequestStatus"] == "SUCCEEDED":
            return
        if answer["RequestStatus"] == "FAILED":
            error = answer.get("ResponseDetails", {}).get("ErrorDetails", {})
            raise Refused(f"{answer['Operation']} failed: {error.get('Code')}: {error.get('Message')}")
        time.sleep(_POLL_SECONDS)
    raise Refused(f"{token} has not ended after {_MOST_POLLS} polls")


def _create(site: Site, name: str, regions: list[Props], block: Props | None) -> None:
    details: dict[str, Any] = {
        "Name": name,
        "Regions": [
            {"Bucket": one["bucket"]}
            | ({"BucketAccountId": one["bucketAccountId"]} if one.get("bucketAccountId") else {})
            for one in regions
        ],
    }
    if block is not None:
        details["PublicAccessBlock"] = {flag[0].upper() + flag[1:]: block[flag] for flag in _FLAGS if flag in block}
    made = _control(site).create_multi_region_access_point(
        AccountId=site.account, ClientToken=str(uuid.uuid4()), Details=details
    )
    _finished(site, made["RequestTokenARN"])


def _delete(site: Site, name: str) -> None:
    if _point(site, name) is None:
        return
    token = _control(site).delete_multi_region_access_point(
        AccountId=site.account, ClientToken=str(uuid.uuid4()), Details={"Name": name}
    )["RequestTokenARN"]
    _finished(site, token)


def _point(site: Site, name: str) -> Any:
    got = found(lambda: _control(site).get_multi_region_access_point(AccountId=site.account, Name=name))
    return got and got["AccessPoint"]


def _put_policy(site: Site, name: str, policy: Any) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    token = _control(site).put_multi_region_access_point_policy(
        AccountId=site.account, ClientToken=str(uuid.uuid4()), Details={"Name": name, "Policy": text}
    )["RequestTokenARN"]
    _finished(site, token)


def _name(resource_id: str) -> str:
    return resource_id.rpartition(":")[2]


# --- the bridged provider ---------------------------------------------------------------------------------------------


def _create_bridged(site: Site, props: Props) -> str:
    details = props["details"]
    _create(site, details["name"], details["regions"], details.get("publicAccessBlock"))
    return f"{site.account}:{details['name']}"


def _read_bridged(site: Site, resource_id: str, _props: Props) -> Props | None:
    point = _point(site, _name(resource_id))
    return point and {
        "alias": point["Alias"],
        "arn": f"arn:{site.partition}:s3::{site.account}:accesspoint/{point['Alias']}",
        "domainName": f"{point['Alias']}.accesspoint.s3-global.amazonaws.com",
        "name": point["Name"],
        "status": point["Status"],
        "accountId": site.account,
        "details": {
            "name": point["Name"],
            "publicAccessBlock": {flag: point["PublicAccessBlock"][flag[0].upper() + flag[1:]] for flag in _FLAGS},
            "regions": [
                {"bucket": one["Bucket"], "bucketAccountId": one["BucketAccountId"], "region": one["Region"]}
                for one in point["Regions"]
            ],
        },
    }


def _planned(props: Props) -> Props:
    """Plan the outputs: which Region a bucket is in is AWS's to say."""
    details = props.get("details")
    if not isinstance(details, dict) or not isinstance(details.get("regions"), list):
        return props
    regions = [
        {"bucketAccountId": UNKNOWN, "region": UNKNOWN, **one} if isinstance(one, dict) else one
        for one in details["regions"]
    ]
    return {**props, "details": {**details, "regions": regions}}


def _policies(site: Site, name: str) -> Any:
    got = found(lambda: _control(site).get_multi_region_access_point_policy(AccountId=site.account, Name=name))
    return got and got["Policy"]


def _set_policy(site: Site, props: Props) -> str:
    _put_policy(site, props["details"]["name"], props["details"]["policy"])
    return f"{site.account}:{props['details']['name']}"


def _read_policy(site: Site, resource_id: str, _props: Props) -> Props | None:
    got = _policies(site, _name(resource_id))
    return got and {
        "established": got.get("Established", {}).get("Policy"),
        "proposed": got.get("Proposed", {}).get("Policy"),
        "accountId": site.account,
    }


def _submit_routes(site: Site, props: Props) -> str:
    routes = [{name[0].upper() + name[1:]: value for name, value in route.items()} for route in props["routes"]]
    _control(site).submit_multi_region_access_point_routes(
        AccountId=site.account, Mrap=props["mrap"], RouteUpdates=routes
    )
    return str(props["mrap"])


def _read_routes(site: Site, resource_id: str, _props: Props) -> Props | None:
    ask = _control(site).get_multi_region_access_point_routes
    got = found(lambda: ask(AccountId=site.account, Mrap=resource_id))
    return got and {"mrap": resource_id, "accountId": site.account}


# --- the native provider ----------------------------------------------------------------------------------------------


def _create_native(site: Site, props: Props) -> str:
    _create(site, props["name"], props["regions"], props.get("publicAccessBlockConfiguration"))
    return str(props["name"])


def _read_native(site: Site, resource_id: str, _props: Props) -> Props | None:
    point = _point(site, resource_id)
    return point and {"alias": point["Alias"], "createdAt": point["CreatedAt"].isoformat(), "name": point["Name"]}


def _set_native_policy(site: Site, props: Props) -> str:
    _put_policy(site, props["mrapName"], props["policy"])
    return str(props["mrapName"])


def _read_native_policy(site: Site, resource_id: str, _props: Props) -> Props | None:
    ask = _control(site).get_multi_region_access_point_policy_status
    got = found(lambda: ask(AccountId=site.account, Name=resource_id))
    # CloudFormation gives this truth value as text.
    return got and {"policyStatus": {"isPublic": str(got["Established"]["IsPublic"]).lower()}}


ACCESS_POINTS = (
    Kind(
        type="aws:s3control/multiRegionAccessPoint:MultiRegionAccessPoint",
        does=names("details"),
        create=_create_bridged,
        read=_read_bridged,
        delete=lambda site, resource_id, _props: _delete(site, _name(resource_id)),
        replaces=names("accountId details"),
        blocks=names("details"),
        legacy=True,
        defaults={"publicAccessBlock": dict.fromkeys(_FLAGS, True)},
        late=names("accountId"),
        planned=_planned,
        delete_first=True,
    ),
    Kind(
        type="aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy",
        does=names("details"),
        create=_set_policy,
        read=_read_policy,
        update=lambda site, _resource_id, _olds, news: _set_policy(site, news),
        delete=no_delete,
        replaces=names("accountId"),
        blocks=names("details"),
        legacy=True,
        late=names("accountId"),
    ),
    Kind(
        type="aws:s3control/multiRegionAccessPointRoutes:MultiRegionAccessPointRoutes",
        does=names("mrap routes"),
        create=_submit_routes,
        read=_read_routes,
        update=lambda site, _resource_id, _olds, news: _submit_routes(site, news),
        delete=no_delete,
        replaces=names("accountId mrap"),
        late=names("accountId"),
    ),
    Kind(
        type="aws-native:s3:MultiRegionAccessPoint",
        does=names("name publicAccessBlockConfiguration regions"),
        create=_create_native,
        read=_read_native,
        delete=lambda site, resource_id, _props: _delete(site, resource_id),
        replaces=names("name publicAccessBlockConfiguration regions"),
        name="name",
        delete_first=True,
    ),
    Kind(
        type="aws-native:s3:MultiRegionAccessPointPolicy",
        does=names("mrapName policy"),
        create=_set_native_policy,
        read=_read_native_policy,
        update=lambda site, _resource_id, _olds, news: _set_native_policy(site, news),
        delete=no_delete,
        replaces=names("mrapName"),
    ),
)
