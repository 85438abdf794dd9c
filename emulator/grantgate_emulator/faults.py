"""Faults on demand: which are switched on, and which of them a request meets."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from botocore.loaders import Loader

from . import model
from .faultkinds import BESIDES, SCHEMA, mismatch

_LOCATION_PATH = "/v20180820/accessgrantsinstance/location/"
# A page's token is made up anew in each run, and would make each run draw anew.
_PAGE = re.compile("(?:^|&)nextToken=[^&]*", re.IGNORECASE)


class FaultError(ValueError):
    """A fault that cannot be meant: the message names the place, the value and the limit."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as faults see it: ``path``, ``query`` and, of a service that takes forms, ``form`` as sent."""

    operation: str
    account: str
    region: str
    path: str
    query: str = ""
    form: str = ""

    @property
    def target(self) -> str:
        """Return what is asked about, in one text."""
        return "&".join(filter(None, [f"{self.path}?{self.query}" if self.query else self.path, self.form]))

    @property
    def likeness(self) -> str:
        """Return what equal requests of two runs have in common."""
        asked = f"{self.operation} {self.account} {self.region} {self.path}?{_PAGE.sub('', self.query)}"
        return f"{asked} {self.form}"


@dataclass(slots=True)
class Fault:
    """One fault: how many requests it still lets through, and how often it still happens; ``left`` None is for ever."""

    spec: dict[str, Any]
    left: int | None
    let_through: int = 0
    _drawn: Counter[str] = field(default_factory=Counter)

    @property
    def kind(self) -> str:
        """Say what happens."""
        kind: str = self.spec["kind"]
        return kind

    def strikes(self, asked: Asked) -> bool:
        """Tell whether a request meets this fault, which uses the fault up by one."""
        if self.left == 0 or not self._is_for(asked):
            return False
        if self.let_through:
            self.let_through -= 1
            return False
        if not self._is_drawn(asked):
            return False
        if self.left is not None:
            self.left -= 1
        return True

    def listed(self) -> dict[str, Any]:
        """Return the fault as it was given, ``times`` and ``after`` being what is left of them."""
        rest: dict[str, Any] = {} if self.left is None else {"times": self.left}
        return self.spec | rest | ({"after": self.let_through} if "after" in self.spec else {})

    def _is_for(self, asked: Asked) -> bool:
        spec = self.spec
        target = asked.target
        return (
            spec["operation"] in {"*", asked.operation}
            and spec.get("account") in {None, asked.account}
            and spec.get("region") in {None, asked.region}
            and ((spec.get("match") or "") in target or spec["match"] in unquote(target))
            and _is_possible(spec, asked)
        )

    def _is_drawn(self, asked: Asked) -> bool:
        """
        Draw for a request.

        One stream of numbers would give each run other faults, as soon as two requests come the other way round: so
        what is drawn depends on the request and how often it has been made, not on those in between.
        """
        if "probability" not in self.spec:
            return True
        likeness = asked.likeness
        self._drawn[likeness] += 1
        draw = random.Random(f"{self.spec.get('seed', 0)}/{self._drawn[likeness]}/{likeness}")  # noqa: S311  # a repeatable test, no secret
        return draw.random() < float(self.spec["probability"])


def _is_possible(spec: dict[str, Any], asked: Asked) -> bool:
    """Tell whether a fault's kind can happen to a request at all: ``*`` is for every request where it can."""
    if spec["kind"] == "page-loop":
        return asked.operation.startswith("List")
    if spec["kind"] != "gone":
        return True
    account, region, location_id = placed(spec["location"], asked.account, asked.region)
    if (account, region) != (asked.account, asked.region):
        return False
    if asked.operation == "GetAccessGrantsLocation":
        return unquote(asked.path) == _LOCATION_PATH + location_id
    return asked.operation == "ListAccessGrantsLocations"


def placed(location: str, account: str, region: str) -> tuple[str, str, str]:
    """
    Return account, Region and id of a fault's location: an ARN names all three, an id is of the request's place.

    >>> placed("arn:aws:s3:eu-west-1:111122223333:access-grants/default/location/a", "444455556666", "us-east-1")
    ('111122223333', 'eu-west-1', 'a')
    >>> placed("a", "444455556666", "us-east-1")
    ('444455556666', 'us-east-1', 'a')
    """
    if not location.startswith("arn:"):
        return account, region, location
    _, _, _, its_region, its_account, resource = location.split(":", 5)
    return its_account, its_region, resource.rpartition("/")[2]


class Faults:
    """The faults that are switched on, in order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def replace(self, specs: Any) -> None:
        """
        Put a whole new list in place.

        Errors: FaultError leaves the old list as it was.
        """
        from .seed import first_mistake  # noqa: PLC0415  # jsonschema takes 50 ms to import

        if (mistake := first_mistake(SCHEMA, specs)) is not None:
            raise FaultError(mistake)
        for index, spec in enumerate(specs):
            if (mistake := _never_asked(spec["operation"])) is not None:
                raise FaultError(f"[{index}].operation: {mistake}")
            if (mistake := mismatch(spec)) is not None:
                raise FaultError(f"[{index}]{mistake}")
        with self._lock:
            self._faults = [Fault(dict(spec), spec.get("times"), spec.get("after", 0)) for spec in specs]

    def listed(self) -> list[dict[str, Any]]:
        """Return the faults as they were given, ``times`` and ``after`` being what is left of them."""
        with self._lock:
            return [fault.listed() for fault in self._faults]

    def take(self, asked: Asked) -> list[Fault]:
        """Use up and return what happens to a request: any that only happen besides it, then at most one other."""
        if not self._faults:
            return []
        taken: list[Fault] = []
        with self._lock:
            for fault in self._faults:
                if not fault.strikes(asked):
                    continue
                taken.append(fault)
                if fault.kind not in BESIDES:
                    break
        return taken


def _never_asked(operation: str) -> str | None:
    """
    Say why no request has this operation's name, or None when one can.

    Source: botocore's service models; each is read only when the ones before it lack the name.

    >>> _never_asked("GetAccessGrantsLocation")
    >>> _never_asked("GetAccessGrantsLocaton")  # doctest: +NORMALIZE_WHITESPACE
    '"GetAccessGrantsLocaton" must be an operation of s3control, sts or iam, an HTTP method for s3, or *
    (did you mean "GetAccessGrantsLocation"?)'
    >>> _never_asked("GetObject")
    '"GetObject" must be an HTTP method, by which requests to s3 go here (did you mean "GET"?)'
    """
    if operation == "*" or operation in model.load().operation_names:
        return None
    if any(operation in _methods(service) for service in ("sts", "iam")):
        return None
    # application.py names S3's own REST calls by their method alone: under another name a fault would never happen.
    of_s3 = _methods("s3")
    if operation in of_s3.values():
        return None
    shown = json.dumps(operation)
    if operation in of_s3:
        limit = "an HTTP method, by which requests to s3 go here"
        return f"{shown} must be {limit} (did you mean {json.dumps(of_s3[operation])}?)"
    known = {*model.load().operation_names, *_methods("sts"), *_methods("iam"), *of_s3.values()}
    close = get_close_matches(operation, sorted(known), n=1)
    meant = f" (did you mean {json.dumps(close[0])}?)" if close else ""
    return f"{shown} must be an operation of s3control, sts or iam, an HTTP method for s3, or *{meant}"


@lru_cache(maxsize=3)
def _methods(service: str) -> dict[str, str]:
    """Return the HTTP method of each of a service's operations; reading them takes up to 0.1 s."""
    operations = Loader().load_service_model(service, "service-2")["operations"]
    return {name: description["http"]["method"] for name, description in operations.items()}
