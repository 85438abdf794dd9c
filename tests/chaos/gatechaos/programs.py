"""From a case to the text of its Pulumi program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .cases import KILL, RULES
from .lookups import SUBJECTS

if TYPE_CHECKING:
    from .cases import Case, Trouble
    from .lookups import Lookup

STARTS: Final = "CHAOS_STARTS"
"""Environment variable with the file in which a program notes when it began."""
ARMED: Final = "CHAOS_ARMED"
"""Environment variable without which a program brings no trouble about: the same program runs unharmed afterwards."""

_HEAD = '''\
"""A program made at random."""

import datetime as dt
import os
import pathlib
import signal

import grantgate
import pulumi
from pulumi import ResourceOptions
from pulumi.dynamic import CreateResult, Resource, ResourceProvider

with open(os.environ["CHAOS_STARTS"], "a") as file:
    file.write(f"{dt.datetime.now(dt.timezone.utc).isoformat()} {pulumi.runtime.is_dry_run()}\\n")
'''

_LATE = """

class Later(ResourceProvider):
    def create(self, props):
        return CreateResult("later", {"value": props["given"]})


class Late(Resource):
    value: pulumi.Output[str]

    def __init__(self, name, given):
        super().__init__(Later(), name, {"given": given, "value": None})
"""

_KILL = """

def read(pid, name):
    try:
        return pathlib.Path("/proc", str(pid), name).read_bytes()
    except OSError:
        return b""


def parent(pid):
    return int(read(pid, "stat").rpartition(b")")[2].split()[1])


def strike(*_):
    if os.environ.get("CHAOS_ARMED") is None or pulumi.runtime.is_dry_run() is {in_update}:
        return
    engine = os.getpid()
    while engine > 1 and not os.path.basename(os.readlink(f"/proc/{{engine}}/exe")) == "pulumi":
        engine = parent(engine)
    marks = {{"host": b"pulumi.dynamic", "pack": b"pulumi.policy", "language": b"pulumi-language-python\\0"}}
    victims = {{"engine": [engine], "gate": [parent(engine)], "program": [os.getpid()]}}
    mine = os.environ["CHAOS_RUN"].encode()
    for pid in (int(entry) for entry in os.listdir("/proc") if entry.isdigit()):
        if "{victim}" in marks and marks["{victim}"] in read(pid, "cmdline") and mine in read(pid, "environ"):
            victims.setdefault("{victim}", []).append(pid)
    for pid in victims.get("{victim}", []):
        if pid > 1:
            os.kill(pid, signal.SIG{signal})
"""

_RULES = """

def strike(*_):
    if os.environ.get("CHAOS_ARMED") is not None and pulumi.runtime.is_dry_run() is not {in_update}:
        rules = pathlib.Path(os.environ["GRANTGATE_RULES"])
        rules.write_bytes(rules.with_name("loose.yaml").read_bytes())
"""


def text_of(case: Case) -> str:
    """Write the program of a case."""
    parts = [_HEAD]
    if any(one.late for one in case.lookups):
        parts.append(_LATE)
    parts.append(_strike(case.trouble))
    moment = case.trouble.moment
    if moment == "start":
        parts.append("strike()\n")
    for number, one in enumerate(case.lookups):
        parts.append(_declared(case, one))
        if moment == str(number):
            parts.append(f"{one.variable}.lookup.apply(strike)\n")
    if moment == "end":
        parts.append("strike()\n")
    return "\n".join(part for part in parts if part)


def _strike(trouble: Trouble) -> str:
    if trouble.kind == KILL:
        return _KILL.format(victim=trouble.victim, signal=trouble.signal, in_update=trouble.in_update)
    return _RULES.format(in_update=trouble.in_update) if trouble.kind == RULES else ""


def _declared(case: Case, one: Lookup) -> str:
    arguments = [repr(one.name)]
    if one.kind in SUBJECTS:
        arguments.append(f"{SUBJECTS[one.kind]}={one.subject!r}")
    if one.says_account:
        account = repr(one.account)
        if one.borrows is not None:
            account = f"{case.lookups[one.borrows].variable}.account_id.apply(lambda _: {one.account!r})"
        if one.late:
            account = f"Late('late-{one.variable}', {one.account!r}).value"
        arguments.append(f"account_id={account}")
    if one.says_region:
        arguments.append(f"region={one.region!r}")
    if one.assumes:
        arguments.append(f"assume_role_arn={one.reader!r}")
    if one.must_exist is not None:
        arguments.append(f"must_exist={one.must_exist}")
    arguments += [f"{name}={value!r}" for name, value in one.filters]
    if one.after is not None:
        arguments.append(f"opts=ResourceOptions(depends_on=[{case.lookups[one.after].variable}])")
    return f"{one.variable} = grantgate.{one.kind}({', '.join(arguments)})\n"
