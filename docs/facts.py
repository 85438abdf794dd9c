"""The reference of what rules get and give: facts, context, stack and verdicts, in the words of their own classes."""

from __future__ import annotations

import ast
import inspect
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grantgate_policies import api
from grantgate_policies.authored import KINDS
from grantgate_policies.core import Fact
from grantgate_policies.subjects import READERS, WITNESSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGE = Path(__file__).resolve().parent / "facts.md"

_PARTS: Sequence[type] = (api.InlinePolicy, api.RegionBucket, api.Route)
_REST: Sequence[tuple[str, Sequence[type]]] = (
    ("Context and stack", (api.Context, api.Organization, api.Account, api.Resource, api.Program)),
    ("Verdicts", (api.Passed, api.Broken, api.Unsure, api.Skipped)),
    ("The rule itself", (api.Rule,)),
)
_ASKED = (api.Program, api.Rule)
_HEAD = """\
# What rules get and give

Made by `make docs` from the classes that `grantgate_policies.api` offers; [custom-rules.md](custom-rules.md) shows how
rules use them.

A field of type `Value` is text, `UNKNOWN` (only `pulumi up` will know it), `ABSENT` (nobody said) or `Malformed(kind)`
(something else than text). A field that a rule's `needs` names is text by the time `judge` is called. `Texts` and
`Values` are tuples of texts or of `Value`s, `Tags` a map of `Value`s by key and `Flag` is true or false; each of them
may be `UNKNOWN`, `ABSENT` or `Malformed` as a whole. What `policy`, `document` and `trust` hold is text or an object,
or one of those three.
"""
_COMMON = f"""\
What `about` may name. Each has its `resource` too, which is described under `{api.Resource.__name__}`.

A lookup that holds several things of one kind is read as one fact for each: the entries of a list, the managed policies
of a role, the policy of an access point that is proposed beside the one in force. Their `item` tells them apart, by the
id that AWS gave where there is one, and is empty for a thing that is its resource's only one. Messages name a fact by
its `called`, which is the resource's name, and `name[item]` for one of several. A list that is not known yet is one
fact of which nothing is known, so that no rule takes it for an empty one.
"""


def made() -> dict[Path, str]:
    """Give the page with its text."""
    return {PAGE: "\n".join(_page())}


def _page() -> Iterator[str]:
    yield _HEAD
    yield "## Facts\n"
    yield _COMMON
    for kind in KINDS.values():
        yield from _class(kind)
    yield "## Parts of facts\n"
    for kind in _PARTS:
        yield from _class(kind)
    for heading, kinds in _REST:
        yield f"## {heading}\n"
        for kind in kinds:
            yield from _class(kind)


def _class(kind: type) -> Iterator[str]:
    yield f"### `{kind.__name__}`\n"
    yield from (f"{paragraph}\n" for paragraph in _paragraphs(kind))
    if issubclass(kind, Fact):
        yield f"Read from {_types(kind)}.\n"
    rows = list(_rows(kind))
    if rows:
        yield "| field | type | otherwise |"
        yield "| --- | --- | --- |"
        yield from rows
        yield ""
    told = list(_methods(kind))
    yield from told
    if told:
        yield ""


def _paragraphs(kind: type) -> Iterator[str]:
    """Give a docstring's paragraphs, each on one line; headings such as Shape stay where they are."""
    for paragraph in inspect.cleandoc(kind.__doc__ or "").split("\n\n"):
        yield " ".join(paragraph.split()).replace("``", "`")


def _rows(kind: Any) -> Iterator[str]:
    for one in fields(kind):
        if one.name.startswith("_") or (one.name == "resource" and issubclass(kind, Fact)):
            continue
        default = ""
        if one.default is not MISSING:
            shown = getattr(one.default, "name", None) or getattr(one.default, "__name__", None)
            default = f"`{shown or repr(one.default)}`"
        elif one.default_factory is not MISSING:
            default = f"`{one.default_factory()!r}`"
        yield f"| `{one.name}` | `{_written(one.type)}` | {default} |".replace("  |", " |")


def _written(annotation: Any) -> str:
    # A bar within a cell's code would end the cell.
    return str(annotation).replace(" | ", " or ").replace("|", "\\|")


def _methods(kind: type) -> Iterator[str]:
    """Tell what a rule's author may ask of a class besides its fields."""
    for name, member in vars(kind).items():
        text = " ".join(inspect.cleandoc(getattr(member, "__doc__", None) or "").split()).replace("``", "`")
        if name.startswith("_") or kind not in _ASKED:
            continue
        if inspect.isfunction(member):
            yield f"- `{name}({', '.join(list(inspect.signature(member).parameters)[1:])})`: {text}"
        elif isinstance(member, property):
            yield f"- `{name}`: {text}"


def _types(kind: type[Fact]) -> str:
    """Name the resource types whose readers say that they make this fact."""
    found = sorted(name for name, reader in {**READERS, **WITNESSES}.items() if kind.__name__ in _makes(reader))
    if not found and kind is not api.LookupRead:
        raise SystemExit(f"docs/facts.py: no reader says that it makes {kind.__name__}")
    return ", ".join(f"`{name}`" for name in found) or "every lookup"


def _makes(reader: Any) -> set[str]:
    """Name the classes that a reader's source calls; a reader in another's closure counts as its own."""
    inner = [cell.cell_contents for cell in reader.__closure__ or () if inspect.isfunction(cell.cell_contents)]
    tree = ast.parse(inspect.getsource(reader).strip()) if not inner else ast.parse("")
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return called.union(*map(_makes, inner)) if inner else called
