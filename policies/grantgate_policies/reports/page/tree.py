"""
The map of scopes: account, Region, bucket and prefixes, each inside what covers it.

A location is a prefix, so that what covers another one is the parent of it: ``s3://b/finance/*`` stands inside
``s3://b/fin*``, and every bucket inside ``s3://``. Nothing here recurses, since a scope can have a thousand segments.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise, takewhile
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from grantgate_policies.reports.page.states import State
from grantgate_policies.scopes import SCHEME, Scope, ScopeError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grantgate_policies.report import Registered

NOBODY: Final = -1


class Kind(IntEnum):
    """What a node of the map is."""

    ACCOUNT = 0
    REGION = 1
    EVERY_BUCKET = 2
    BUCKET = 3
    PREFIX = 4
    LOCATION = 5
    UNREAD = 6


@dataclass(slots=True)
class Node:
    """
    One line of the map; nodes stand in the order in which they are read, children right after their parent.

    Shape: ``parent`` is an index, NOBODY at the top; ``end`` the index after the last node below; ``location`` is the
           index of the one location that this very node is, else NOBODY; ``state`` is the worst, and ``count`` the
           number, of the locations here and below.
    """

    parent: int
    kind: Kind
    label: str
    location: int = NOBODY
    state: State = State.PASS
    count: int = 0
    end: int = 0


@dataclass(slots=True)
class Covered:
    """How a location overlaps others: the one that covers it most closely, and those of the very same scope."""

    by: int = NOBODY
    twins: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Map:
    """The nodes, and by location (as given) what covers it."""

    nodes: Sequence[Node]
    covered: Sequence[Covered]


def drawn(
    locations: Sequence[Registered],
    states: Mapping[str, State],
    items: Mapping[tuple[str, str], State] = MappingProxyType({}),
) -> Map:
    """
    Draw the map of ``locations``; ``states`` are by URN, and what has none was not judged.

    Where a resource has many locations, ``items`` are the states of single ones, by URN and name.
    """
    covered = [Covered() for _ in locations]
    nodes: list[Node] = []
    places: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, location in enumerate(locations):
        places[location.account][location.region].append(index)
    for account, regions in sorted(places.items()):
        nodes.append(Node(NOBODY, Kind.ACCOUNT, account))
        top = len(nodes) - 1
        for region, members in sorted(regions.items()):
            nodes.append(Node(top, Kind.REGION, region))
            _region(nodes, locations, members, covered)
    _sum_up(nodes, [items.get((one.urn, one.name), states.get(one.urn, State.NONE)) for one in locations])
    return Map(nodes, covered)


def _region(nodes: list[Node], locations: Sequence[Registered], members: Sequence[int], covered: list[Covered]) -> None:
    """Add what is below the Region that was added last."""
    region = len(nodes) - 1
    scopes: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    unread: list[int] = []
    for index in members:
        scope = _read(locations[index].scope)
        if scope is None:
            unread.append(index)
        else:
            scopes[scope.bucket, scope.prefix].append(index)
    # The way down: (node, bucket, prefix, the location that covers whatever is inside).
    way: list[tuple[int, str, str, int]] = []
    for bucket, prefix in sorted({*scopes, *_branches(scopes)}):
        while way and not _covers(way[-1], bucket, prefix):
            way.pop()
        parent, _, above, by = way[-1] if way else (region, "", "", NOBODY)
        own = scopes.get((bucket, prefix), [])
        kind = Kind.PREFIX if prefix else Kind.BUCKET if bucket else Kind.EVERY_BUCKET
        nodes.append(Node(parent, kind, _label(bucket, prefix, above, own=bool(own))))
        way.append((len(nodes) - 1, bucket, prefix, own[0] if own else by))
        _own(nodes, locations, own)
        for index in own:
            covered[index] = Covered(by, tuple(other for other in own if other != index))
    if unread:
        nodes.append(Node(region, Kind.UNREAD, ""))
        top = len(nodes) - 1
        nodes.extend(Node(top, Kind.LOCATION, locations[index].name, index) for index in unread)


def _own(nodes: list[Node], locations: Sequence[Registered], own: Sequence[int]) -> None:
    """Let the node that was added last be its location; several get a line each."""
    if len(own) == 1:
        nodes[-1].location = own[0]
        return
    top = len(nodes) - 1
    nodes.extend(Node(top, Kind.LOCATION, locations[index].name, index) for index in own)


def _read(written: str) -> Scope | None:
    try:
        return Scope.parse(written)
    except ScopeError:
        return None


def _common_folder(one: str, other: str) -> str:
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
    return one[: one.rfind("/", 0, same) + 1]


def _branches(scopes: Mapping[tuple[str, str], object]) -> Iterator[tuple[str, str]]:
    """Give the buckets, and the folders that several scopes have in common; what is between them is one line."""
    for bucket, _ in scopes:
        if bucket:
            yield bucket, ""
    for (bucket, prefix), (other, longer) in pairwise(sorted(scopes)):
        if bucket == other and bucket:
            yield bucket, _common_folder(prefix, longer)


def _covers(place: tuple[int, str, str, int], bucket: str, prefix: str) -> bool:
    _, outer, begin, _ = place
    return not outer or (outer == bucket and prefix.startswith(begin))


def _label(bucket: str, prefix: str, above: str, *, own: bool) -> str:
    star = "*" if own else ""
    if not prefix:
        return f"{bucket}/{star}" if bucket else SCHEME
    return f"{prefix[above.rfind('/') + 1 :]}{star}"


def _sum_up(nodes: Sequence[Node], states: Sequence[State]) -> None:
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        node.end = max(node.end, index + 1)
        if node.location != NOBODY:
            node.count += 1
            node.state = min(node.state, states[node.location])
        if node.parent != NOBODY:
            above = nodes[node.parent]
            above.count += node.count
            above.state = min(above.state, node.state)
            above.end = max(above.end, node.end)
