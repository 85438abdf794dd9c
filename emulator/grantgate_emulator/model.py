"""The S3 Control service model as botocore ships it, and which operation a request line means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote

from botocore.loaders import Loader
from botocore.model import ServiceModel

if TYPE_CHECKING:
    from botocore.model import OperationModel

PATH_PREFIX = "/v20180820/"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and path; ``labels`` are the path's variables in order."""

    operation: str
    method: str
    path: re.Pattern[str]
    labels: tuple[str, ...]
    fixed_characters: int


@dataclass(frozen=True, slots=True)
class Match:
    """A request line that means ``operation``, with its path variables decoded."""

    operation: str
    labels: dict[str, str]


class Model:
    """S3 Control's operations, found by name or by request line."""

    def __init__(self) -> None:
        description = Loader().load_service_model("s3control", "service-2")
        self.service = ServiceModel(description, "s3control")
        self.operation_names: tuple[str, ...] = tuple(self.service.operation_names)
        routes = [_route(self.service.operation_model(name)) for name in self.operation_names]
        # `{name+}` swallows slashes, so `/mrap/instances/{name+}/policy` has to be tried before `.../{name+}`.
        self._routes = sorted(routes, key=lambda route: -route.fixed_characters)

    def operation(self, name: str) -> OperationModel:
        """Return botocore's model of one operation."""
        return self.service.operation_model(name)

    def match(self, method: str, raw_path: str) -> Match | None:
        """Return the operation a method and an undecoded path mean, or None."""
        for route in self._routes:
            if route.method == method and (found := route.path.fullmatch(raw_path)):
                values = zip(route.labels, found.groups(), strict=True)
                return Match(route.operation, {label: unquote(value) for label, value in values})
        return None

    def methods_of(self, raw_path: str) -> list[str]:
        """Return the methods a path answers to: none means that S3 Control has no such path."""
        return sorted({route.method for route in self._routes if route.path.fullmatch(raw_path)})


def _route(operation: OperationModel) -> Route:
    http = operation.http
    pattern, labels, fixed = "", [], 0
    for piece in re.split(r"(\{[^}]+\})", http["requestUri"].split("?")[0]):
        if piece.startswith("{"):
            labels.append(piece.strip("{}+"))
            pattern += "(.+)" if piece.endswith("+}") else "([^/]+)"
        else:
            pattern += re.escape(piece)
            fixed += len(piece)
    return Route(operation.name, http["method"], re.compile(pattern), tuple(labels), fixed)


@lru_cache(maxsize=1)
def load() -> Model:
    """Return the one model of this process; reading it takes about 0.1 s."""
    return Model()
