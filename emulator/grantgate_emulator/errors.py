"""Errors as S3 Control words them: a code, a message, and the HTTP status that code has on AWS."""

from __future__ import annotations

from dataclasses import dataclass, field

# Source: S3 API reference, "List of S3 Access Grants error codes", "Multi-Region Access Points error codes" and
# "List of error codes"; the two statuses of the last group are S3's own for routing and for unbuilt calls.
STATUS_OF_CODE: dict[str, int] = {
    "AccessGrantAlreadyExists": 409,
    "AccessGrantsInstanceAlreadyExists": 409,
    "AccessGrantsInstanceNotEmptyError": 400,
    "AccessGrantsInstanceNotExistsError": 404,
    "AccessGrantsInstanceResourcePolicyNotExists": 404,
    "AccessGrantsLocationAlreadyExistsError": 409,
    "AccessGrantsLocationNotEmptyError": 400,
    "AccessGrantsLocationsQuotaExceededError": 409,
    "AccessGrantsQuotaExceededError": 409,
    "InvalidAccessGrant": 400,
    "InvalidAccessGrantsLocation": 400,
    "InvalidIamRole": 400,
    "InvalidIdentityCenterInstance": 400,
    "InvalidResourcePolicy": 400,
    "InvalidTag": 400,
    "TooManyTags": 400,
    "NoSuchAccessGrantError": 404,
    "NoSuchAccessGrantsLocationError": 404,
    "NoSuchAsyncRequest": 404,
    "NoSuchMultiRegionAccessPoint": 404,
    "NoSuchMultiRegionAccessPointPolicy": 404,
    "NoSuchResource": 404,
    "IdempotencyException": 400,
    "AccessDenied": 403,
    "BadDigest": 400,
    "InvalidRequest": 400,
    "InvalidURI": 400,
    "MalformedXML": 400,
    "MethodNotAllowed": 405,
    "XAmzContentSHA256Mismatch": 400,
    "PermanentRedirect": 301,
    "SlowDown": 503,
    "InternalError": 500,
    "NotImplemented": 501,
}


@dataclass(eq=False)
class AwsError(Exception):
    """
    An answer that is an error.

    Shape:  ``fields`` are further elements inside ``<Error>``, in order (S3 names the token, the region, ...).
    Errors: an unknown code without an explicit status is a mistake in this package and fails at once.
    """

    code: str
    message: str
    status: int = 0
    fields: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.status = self.status or STATUS_OF_CODE[self.code]
        super().__init__(f"{self.code} ({self.status}): {self.message}")


def no_instance() -> AwsError:
    """Say that this account has no instance in this Region."""
    return AwsError("AccessGrantsInstanceNotExistsError", "Access Grants Instance does not exist")


def no_location() -> AwsError:
    """Say that no location has this id."""
    return AwsError("NoSuchAccessGrantsLocationError", "The specified Access Grants Location does not exist")


def no_grant() -> AwsError:
    """Say that no grant has this id."""
    return AwsError("NoSuchAccessGrantError", "The specified Access Grant does not exist")


def denied(principal: str, action: str, resource: str, why: str) -> AwsError:
    """Refuse as IAM words it: who, which action, on what, and which kind of policy was missing or in the way."""
    return AwsError(
        "AccessDenied",
        f"User: {principal} is not authorized to perform: {action} on resource: {resource} {why}",
    )
