"""The reference pages of the rules: one for each, made from its metadata and the examples that tests run."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from grantgate_policies import describing, positions
from grantgate_policies.cases import examples, run
from grantgate_policies.core import Outcome
from grantgate_policies.rules import RULES
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.cases import Case
    from grantgate_policies.core import Rule

FOLDER = Path(__file__).resolve().parent / "rules"
INDEX = "README.md"


def made() -> dict[Path, str]:
    """Give every page with its text, and the index."""
    pages = {FOLDER / page_of(rule): "\n".join(_page(rule)) for rule in RULES}
    return {**pages, FOLDER / INDEX: "\n".join(_index())}


def page_of(rule: Rule) -> str:
    """Name the page of a rule."""
    return f"{rule.id}.md"


def table() -> Iterator[str]:
    """Give the table of rules, each with a link to its page."""
    yield "| id | name | severity | level | looks at | what must hold |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for rule in RULES:
        link = f"[{rule.id}](docs/rules/{page_of(rule)})"
        yield (
            f"| {link} | `{rule.name}` | {rule.severity.value} | {_level(rule)} | {rule.kind} | {_cell(rule.summary)} |"
        )


def _level(rule: Rule) -> str:
    level = f"{rule.level.value}, cannot be changed" if rule.locked else rule.level.value
    return f"{level}; `remediate`" if rule.remedy else level


def _index() -> Iterator[str]:
    yield "# Rules\n"
    yield "Made by `make docs` from the rules themselves; every example on these pages is run as a test.\n"
    yield from (line.replace("(docs/rules/", "(") for line in table())
    yield ""


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id} `{rule.name}`\n"
    yield f"{rule.summary}.\n"
    yield f"**By itself:** {describing.own(rule)}.\n"
    yield f"{describing.kind(rule)}\n"
    yield f"## Why\n\n{rule.why}\n"
    yield f"## Fix\n\n{rule.fix}\n"
    if text := describing.remedy(rule):
        yield f"## Remedy\n\n{text}\n"
    yield "## Settings\n"
    yield from _settings(rule)
    known = examples(rule)
    yield from _examples("Passes", known.good, rule)
    yield from _examples("Fails", known.bad, rule)
    yield f"## Source\n\n[{rule.source}]({rule.url})\n"


def _settings(rule: Rule) -> Iterator[str]:
    if not rule.settings:
        yield "None besides `level`, `severity`, `onUnknown` and `waivable`.\n" if not rule.locked else "`onUnknown`.\n"
        return
    yield "| setting | takes | otherwise | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, fragment in rule.settings.items():
        kind, default = describing.setting_kind(fragment), describing.setting_default(name, rule)
        yield f"| `{name}` | {_cell(kind)} | {_cell(default)} | {_cell(str(fragment.get('description', '')))} |"
    yield ""


def _examples(heading: str, cases: Sequence[Case], rule: Rule) -> Iterator[str]:
    if not cases:
        return
    yield f"## {heading}\n"
    for case in cases:
        yield f"### {case.name[0].upper()}{case.name[1:]}\n"
        yield f"```yaml\n{_source(case)}\n```\n"
        failed = [found for found in run(case).outcomes.findings if found.outcome is Outcome.FAIL]
        for found in failed[:1]:
            yield f"> `{found.name}`: {_quoted(found.message)}\n>\n> Fix: {_quoted(found.edit or rule.fix)}\n"


def _source(case: Case) -> str:
    """Give the case as its file has it, without the outcome that the heading tells."""
    lines = Path(case.file).read_text(encoding="utf-8").splitlines()[case.line - 1 :]
    own = [lines[0].replace("- ", "  ", 1)]
    for line in lines[1:]:
        if line.startswith("  - ") or (line and not line.startswith(" ")):
            break
        own.append(line)
    kept = [line for line in own if not line.startswith(("    name:", "    message:"))]
    text = "\n".join(line.removeprefix("    ") for line in kept).strip()
    # What an anchor elsewhere in the file says would be missing from a copy of the block.
    has_anchors = any(getattr(event, "anchor", None) for event in YAML(typ="safe", pure=True).parse(text))
    return _unfolded(case) if has_anchors else text


def _unfolded(case: Case) -> str:
    """Write the case anew from what its file means, each anchor's content wherever it is used."""
    document = positions.read(Path(case.file).read_text(encoding="utf-8"), case.file)
    entry = next(one for one in document.data["cases"] if one["name"] == case.name)
    plain = json.loads(json.dumps({name: value for name, value in entry.items() if name not in {"name", "message"}}))
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = None  # what holds plain values only stands on one line
    yaml.representer.sort_base_mapping_type_on_output = False
    yaml.representer.ignore_aliases = lambda *_: True
    yaml.width = 1000  # lines that are broken within braces are hard to read
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(plain, stream)
    return stream.getvalue().strip()


def _quoted(text: str) -> str:
    # Angle brackets and stars of values are not the page's markup.
    return text.replace("<", "&lt;").replace("*", "\\*").replace("\n", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
