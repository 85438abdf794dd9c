"""The gate program: looks up what the stack's configuration names, so that the policy pack can judge it."""

import pulumi
from grantgate.estate import counts, declare

lookups = declare()
pulumi.export("lookups", len(lookups))
if (looked_at := counts(lookups)) is not None:
    pulumi.export("estate", looked_at)
