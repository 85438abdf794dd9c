"""
Judges made-up resources as the pack judges real ones, for tests of rules.

What a test declares goes through the engine's wire format, the reading of resources and the judge, so that unknown
values, secrets, providers and numbers reach a rule exactly as they do in a preview.

>>> from grantgate_policies.rules.agl04_prefix_delimited import RULE
>>> from grantgate_policies.testing import UNKNOWN, judge, resource
>>> location = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
>>> outcomes = judge(
...     RULE,
...     resource(location, "wide", locationScope="s3://acme-data/fin*"),
...     resource(location, "later", locationScope=UNKNOWN),
... )
>>> outcomes.of("AGL-04", "wide") == "FAIL", outcomes.of("AGL-04", "later") == "UNKNOWN"
(True, True)
"""

from __future__ import annotations

from grantgate_policies.core import UNKNOWN, Outcome
from grantgate_policies.testing.declared import Declared, Secret, resource, secret
from grantgate_policies.testing.judging import ORGANIZATION, STACK, TODAY, Outcomes, judge

__all__ = [
    "ORGANIZATION",
    "STACK",
    "TODAY",
    "UNKNOWN",
    "Declared",
    "Outcome",
    "Outcomes",
    "Secret",
    "judge",
    "resource",
    "secret",
]
