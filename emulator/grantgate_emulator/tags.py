"""Tags on instances, locations and grants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .errors import AwsError, no_grant, no_location

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .calls import Call

MOST_TAGS = 50
OPERATIONS = frozenset({"ListTagsForResource", "TagResource", "UntagResource"})
_RESOURCE = re.compile(
    r"arn:[^:]+:s3:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):access-grants/default"
    r"(?:/(?P<kind>location|grant)/(?P<id>[A-Za-z0-9-]+))?"
)


def is_ours(resource_arn: str) -> bool:
    """Tell whether an ARN names something of Access Grants; moto keeps the tags of everything else."""
    return _RESOURCE.fullmatch(resource_arn) is not None


def given(tags: Sequence[dict[str, str]] | None) -> dict[str, str]:
    """Turn the wire's list of tags into a mapping, refusing reserved and repeated keys."""
    result: dict[str, str] = {}
    for tag in tags or ():
        key = tag["Key"]
        if key.lower().startswith("aws:"):
            raise AwsError("InvalidTag", f"Tags: key {key!r} must not start with aws:, which is reserved")
        if key in result:
            raise AwsError("InvalidTag", f"Tags: key {key!r} must be given once")
        result[key] = tag["Value"]
    return result


def _tags_of(call: Call) -> dict[str, str]:
    """Return the very mapping that holds a resource's tags."""
    found = _RESOURCE.fullmatch(call.parameters["ResourceArn"])
    if found is None:  # The dispatcher hands other ARNs to moto.
        raise AwsError("InvalidRequest", f"ResourceArn: {call.parameters['ResourceArn']!r} is not an Access Grants ARN")
    if found["account"] != call.account or found["region"] != call.region:
        raise AwsError("InvalidRequest", f"ResourceArn: must be of account {call.account} in {call.region}")
    instance = call.state.instance(call.account, call.region)
    if found["kind"] is None:
        return instance.tags
    if found["kind"] == "location":
        location = instance.locations.get(found["id"])
        if location is None:
            raise no_location()
        return location.tags
    grant = instance.grants.get(found["id"])
    if grant is None:
        raise no_grant()
    return grant.tags


def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """Answer ListTagsForResource, keys in order."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(_tags_of(call).items())]}


def tag_resource(call: Call) -> dict[str, Any]:
    """Answer TagResource: new keys are added, known ones overwritten."""
    tags = _tags_of(call)
    together = {**tags, **given(call.parameters["Tags"])}
    if len(together) > MOST_TAGS:
        raise AwsError("TooManyTags", f"Tags: {len(together)} on the resource, must be at most {MOST_TAGS}")
    tags.update(together)
    return {}


def untag_resource(call: Call) -> dict[str, Any]:
    """Answer UntagResource: keys that are not there are no error."""
    tags = _tags_of(call)
    for key in call.parameters["TagKeys"]:
        tags.pop(key, None)
    return {}
