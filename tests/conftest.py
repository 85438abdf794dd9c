"""What every property test has in common: the same examples each time, and no clock."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long a draw takes is the machine's business; a slow one is no fault of what is tested.
settings.register_profile(
    "grantgate",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("grantgate")
