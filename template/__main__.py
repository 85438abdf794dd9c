"""
The gate's program: looks up what the stack's configuration names, so that the policy pack can judge it.

Managed locations, roles and access points of either AWS provider may stand here too; the pack judges them as well.
"""

import pulumi
from grantgate.estate import counts, declare

lookups = declare()
pulumi.export("lookups", len(lookups))
if (looked_at := counts(lookups)) is not None:
    pulumi.export("estate", looked_at)
