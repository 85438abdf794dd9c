"""
Amazon Resource Names, split into their five fields.

Why our own: botocore's parser costs its whole import (0.2 s) and accepts an empty partition; the packages on PyPI are
unmaintained. The format is five colons. Standard library only, so that the policy pack can import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_ISOLATED: Final = {
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eu-isof-": "aws-iso-f",
}
HOMES: Final[Mapping[str, str]] = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
}
"""Where IAM lives in each partition, and where STS answers every account: no Region of it can be disabled."""

_FIELDS: Final = 6  # arn:partition:service:region:account:resource


class ArnError(ValueError):
    """A text is not an ARN; the message says which field is at fault."""


@dataclass(frozen=True, slots=True)
class Arn:
    """
    One ARN.

    Shape:   ``region`` and ``account`` may be empty (IAM has no Region); ``resource`` keeps its colons and slashes.
    Source:  AWS General Reference, "Amazon Resource Names (ARNs)".

    >>> Arn.parse("arn:aws:iam::111122223333:role/access-grants/finance")
    Arn(partition='aws', service='iam', region='', account='111122223333', resource='role/access-grants/finance')
    """

    partition: str
    service: str
    region: str
    account: str
    resource: str

    @staticmethod
    @lru_cache(maxsize=1024)  # several rules read the same ARN one after the other
    def parse(text: str) -> Arn:
        """
        Split ``text``; raise ArnError naming the field that is missing.

        >>> Arn.parse("role/finance")
        Traceback (most recent call last):
        grantgate.arns.ArnError: 'role/finance' has 1 of the 6 fields of arn:partition:service:region:account:resource
        """
        parts = text.split(":", _FIELDS - 1)
        if len(parts) < _FIELDS:
            raise ArnError(
                f"{text!r} has {len(parts)} of the {_FIELDS} fields of arn:partition:service:region:account:resource"
            )
        prefix, *fields = parts
        if prefix != "arn":
            raise ArnError(f"{text!r} begins with {prefix!r}, not 'arn'")
        arn = Arn(*fields)
        for name in ("partition", "service", "resource"):
            if not getattr(arn, name):
                raise ArnError(f"{text!r} has an empty {name}")
        return arn

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


@lru_cache(maxsize=256)
def partition_of(region: str) -> str:
    """
    Name the partition that ``region`` belongs to, by the prefixes AWS gives its Regions.

    >>> partition_of("eu-west-1"), partition_of("cn-north-1"), partition_of("us-gov-west-1")
    ('aws', 'aws-cn', 'aws-us-gov')
    """
    if region.startswith("cn-"):
        return "aws-cn"
    if region.startswith("us-gov-"):
        return "aws-us-gov"
    for prefix, partition in _ISOLATED.items():
        if region.startswith(prefix):
            return partition
    if region.startswith("eusc-"):
        return "aws-eusc"
    return "aws"
