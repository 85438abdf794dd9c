"""What a fault does to a location behind everyone's back, once a call was answered."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from .errors import AwsError
from .faults import placed

if TYPE_CHECKING:
    from .faults import Asked, Fault
    from .state import State


def make(state: State, fault: Fault, asked: Asked) -> None:
    """Delete or change the location a fault names; where there is none by now, there is nothing to do."""
    with contextlib.suppress(AwsError):
        if fault.kind == "delete-after":
            state.remove_location(*placed(fault.spec["location"], asked.account, asked.region))
        elif fault.kind == "change-after":
            place = placed(fault.spec["location"], asked.account, asked.region)
            state.update_location_role(*place, fault.spec["roleArn"])
