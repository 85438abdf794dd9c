"""The emulator's own paths under /_grantgate/: health, seed, faults and journal, for loopback clients only."""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

from . import iam, planting
from .faults import FaultError
from .messages import Reply, is_local_host
from .seed import SeedError, parse_seed

if TYPE_CHECKING:
    from .application import Application
    from .messages import Request

PATH_PREFIX = "/_grantgate/"
# moto's own control paths, dashboards and pretended instance metadata are nobody else's business either.
_PREFIXES = (PATH_PREFIX, "/moto-api")


def is_control(request: Request) -> bool:
    """Tell whether a request is for the emulator itself."""
    return request.path.startswith(_PREFIXES)


def is_from_here(request: Request) -> bool:
    """Tell whether a request comes from this machine, and not from a web page that is open on it."""
    try:
        is_loopback = ipaddress.ip_address(request.client).is_loopback
    except ValueError:
        return False
    return is_loopback and is_local_host(request.host) and "origin" not in request.headers


class Control:
    """Answers the control paths; ``start`` is the seed a reset goes back to."""

    def __init__(self, application: Application, start: dict[str, Any]) -> None:
        self._application = application
        self._start = self._latest = start

    def seed(self, content: dict[str, Any]) -> None:
        """Replace every account's content by a checked seed's; faults, journal and moto's services stay."""
        iam.check(content)
        planting.plant(self._application.state, content)
        self._latest = content
        self.plant_iam()

    def plant_iam(self) -> None:
        """Put the roles of the latest seed into moto, which forgets them when an emulator stops."""
        self._application.moto.iam.plant(self._latest)

    def reset(self) -> None:
        """Go back to the start: the first seed, no faults, an empty journal, and a moto that holds nothing."""
        self._application.moto.reset()
        self._application.faults.replace([])
        self._application.journal.clear()
        self.seed(self._start)

    def answer(self, request: Request) -> Reply:
        """Answer a control request in JSON."""
        if not is_from_here(request):
            return _json(403, {"error": "control paths answer only to clients on this machine"})
        asked = (request.method, request.path.removeprefix(PATH_PREFIX))
        try:
            return self._routed(asked, request.body)
        except (FaultError, SeedError) as mistake:
            return _json(400, {"error": str(mistake)})
        except ValueError as mistake:
            return _json(400, {"error": f"body: not JSON: {mistake}"})

    def _routed(self, asked: tuple[str, str], body: bytes) -> Reply:
        application = self._application
        if asked == ("GET", "health"):
            return _json(200, {"status": "ok"})
        if asked == ("POST", "reset"):
            self.reset()
        elif asked == ("POST", "seed"):
            self.seed(parse_seed(body.decode("utf-8")))
        elif asked == ("PUT", "faults"):
            application.faults.replace(json.loads(body))
        elif asked == ("GET", "faults"):
            return _json(200, application.faults.listed())
        elif asked == ("GET", "journal"):
            return _json(200, application.journal.listed())
        elif asked == ("DELETE", "journal"):
            application.journal.clear()
        else:
            known = "GET health, POST reset, POST seed, GET or PUT faults, GET or DELETE journal"
            return _json(404, {"error": f"{' '.join(asked)}: no such control path; known: {known}"})
        return _json(200, {"status": "ok"})


def _json(status: int, content: Any) -> Reply:
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(content).encode())
