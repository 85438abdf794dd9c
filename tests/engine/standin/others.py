"""Buckets, which scopes and access points point at, and shares of AWS RAM, through which instances are opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import tags
from .cloud import found
from .kind import Kind, names, no_delete

if TYPE_CHECKING:
    from .cloud import Site
    from .values import Props


def _create_bucket(site: Site, props: Props) -> str:
    name: str = props.get("bucket") or props["bucketName"]
    s3 = site.client("s3")
    # S3's oldest Region is the one that must not be named.
    there = {} if site.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": site.region}}
    s3.create_bucket(Bucket=name, **there)
    if pairs := tags.to_aws(props):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs})
    return name


def _read_bucket(site: Site, resource_id: str, _props: Props) -> Props | None:
    if found(lambda: site.client("s3").head_bucket(Bucket=resource_id)) is None:
        return None
    return {
        "arn": f"arn:{site.partition}:s3:::{resource_id}",
        "bucketDomainName": f"{resource_id}.s3.amazonaws.com",
        "bucketRegion": site.region,
        "bucketRegionalDomainName": f"{resource_id}.s3.{site.region}.amazonaws.com",
        "domainName": f"{resource_id}.s3.amazonaws.com",
        "dualStackDomainName": f"{resource_id}.s3.dualstack.{site.region}.amazonaws.com",
        "regionalDomainName": f"{resource_id}.s3.{site.region}.amazonaws.com",
    }


def _update_bucket(site: Site, resource_id: str, _olds: Props, news: Props) -> None:
    site.client("s3").put_bucket_tagging(Bucket=resource_id, Tagging={"TagSet": tags.to_aws(news)})


def _delete_bucket(site: Site, resource_id: str, _props: Props) -> None:
    found(lambda: site.client("s3").delete_bucket(Bucket=resource_id))


def _create_share(site: Site, props: Props) -> str:
    made = site.client("ram").create_resource_share(
        name=props["name"], allowExternalPrincipals=props.get("allowExternalPrincipals", False)
    )
    return str(made["resourceShare"]["resourceShareArn"])


def _read_share(site: Site, resource_id: str, _props: Props) -> Props | None:
    shares = site.client("ram").get_resource_shares(resourceOwner="SELF")["resourceShares"]
    active = {one["resourceShareArn"] for one in shares if one["status"] == "ACTIVE"}
    return {"arn": resource_id} if resource_id in active else None


def _update_share(site: Site, resource_id: str, _olds: Props, news: Props) -> None:
    site.client("ram").update_resource_share(
        resourceShareArn=resource_id,
        name=news["name"],
        allowExternalPrincipals=news.get("allowExternalPrincipals", False),
    )


def _delete_share(site: Site, resource_id: str, _props: Props) -> None:
    found(lambda: site.client("ram").delete_resource_share(resourceShareArn=resource_id))


def _associate(_site: Site, props: Props) -> str:
    """Make up an association: the emulator's RAM keeps shares, but nothing of Access Grants can be put into them."""
    return f"{props['resourceShareArn']},{props.get('principal') or props['resourceArn']}"


def _read_association(site: Site, _resource_id: str, props: Props) -> Props | None:
    return None if _read_share(site, props["resourceShareArn"], {}) is None else {}


OTHERS = (
    Kind(
        type="aws:s3/bucket:Bucket",
        does=names("bucket"),
        create=_create_bucket,
        read=_read_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        replaces=names("bucket"),
        name="bucket",
        legacy=True,
    ),
    Kind(
        type="aws-native:s3:Bucket",
        does=names("bucketName"),
        create=_create_bucket,
        read=_read_bucket,
        update=_update_bucket,
        delete=_delete_bucket,
        replaces=names("bucketName"),
        name="bucketName",
    ),
    Kind(
        type="aws:ram/resourceShare:ResourceShare",
        does=names("allowExternalPrincipals name permissionArns"),
        create=_create_share,
        read=_read_share,
        update=_update_share,
        delete=_delete_share,
        replaces=names("permissionArns"),
        name="name",
        legacy=True,
        late=names("permissionArns"),
    ),
    Kind(
        type="aws:ram/resourceAssociation:ResourceAssociation",
        does=names("resourceArn resourceShareArn"),
        create=_associate,
        read=_read_association,
        delete=no_delete,
        replaces=names("resourceArn resourceShareArn"),
        legacy=True,
    ),
    Kind(
        type="aws:ram/principalAssociation:PrincipalAssociation",
        does=names("principal resourceShareArn"),
        create=_associate,
        read=_read_association,
        delete=no_delete,
        replaces=names("principal resourceShareArn"),
        legacy=True,
    ),
)
