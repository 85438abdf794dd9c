"""Every resource type that the stand-in manages."""

from __future__ import annotations

from .access_grants import ACCESS_GRANTS, RESOURCE_POLICY
from .access_points import ACCESS_POINTS
from .iam import IAM
from .others import OTHERS

KINDS = (*ACCESS_GRANTS, RESOURCE_POLICY, *ACCESS_POINTS, *IAM, *OTHERS)
