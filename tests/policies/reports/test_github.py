"""GitHub's runner does what the report means, and nothing that a text in it says."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from grantgate_policies.core import Level, Outcome, Severity
from grantgate_policies.report import Exit, Problem, Report, SourcePosition
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look, shown
from grantgate_policies.reports.verdict import verdict
from grantgate_policies.rules.agl03_scope_allowed import RULE as AGL_03
from grantgate_policies.rules.agl04_prefix_delimited import RULE as AGL_04
from hypothesis import example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Make = Any

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
COMMANDS: Final = {
    *("error", "warning", "notice", "debug", "group", "endgroup", "echo", "stop-commands"),
    *("add-mask", "add-path", "add-matcher", "remove-matcher", "set-env", "set-output", "save-state"),
}
ANNOTATIONS: Final = ("error", "warning", "notice")
ROOM = 10


# --- what the runner makes of a line ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Command:
    """What the runner obeys."""

    name: str
    properties: Mapping[str, str]
    data: str

    @property
    def shape(self) -> tuple[str, tuple[str, ...]]:
        """Give what of a command no text may change."""
        return self.name, tuple(sorted(self.properties))


def unescaped(text: str, tokens: str) -> str:
    """Undo escapes one kind after the other, the per cent sign last, as the runner does."""
    for token in (*tokens, "%"):
        text = text.replace(f"%{ord(token):02X}", token)
    return text


def pairs(written: str, separator: str, tokens: str) -> dict[str, str]:
    split = (re.split("=+", one.lstrip("="), maxsplit=1) for one in written.split(separator) if one)
    return {pair[0]: unescaped(pair[1], tokens) for pair in split if len(pair) == 2 and pair[1]}


def current(line: str) -> Command | None:
    """Read ``::name key=value,...::data``, after any white space."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, rest = line[2:end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    return Command(name.lower(), pairs(rest.strip(), ",", "\r\n:,"), unescaped(line[end + 2 :], "\r\n"))


def legacy(line: str) -> Command | None:
    """Read ``##[name key=value;...]data``, wherever it stands in the line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name, _, rest = line[start + 3 : end].partition(" ")
    if name.lower() not in COMMANDS:
        return None
    return Command(name.lower(), pairs(rest, ";", ";\r\n]"), unescaped(line[end + 1 :], ";\r\n]"))


def read(line: str) -> Command | None:
    return current(line) or legacy(line)


def lines(report: Report, look: Look | None = None) -> list[str]:
    """Split the log as the runner does; a comparison as people make it passes over marks that have no width."""
    text = FORMATS["github"].text(report, look or Look())
    assert text.endswith("\n")
    split = re.split("\r\n|\r|\n", text[:-1])
    for line in split:
        simple = re.sub(r"[^\x00-\x7f]", "", line)
        assert (read(simple) is None) == (read(line) is None)
    return split


def commands(report: Report, look: Look | None = None) -> list[Command]:
    return [command for line in lines(report, look) if (command := read(line))]


def annotations(report: Report, level: str) -> list[Command]:
    return [command for command in commands(report) if command.name == level]


def plain(report: Report) -> list[str]:
    return [line for line in lines(report) if read(line) is None]


@pytest.mark.parametrize(
    ("line", "command"),
    [
        pytest.param("::error::x", Command("error", {}, "x"), id="bare"),
        pytest.param(
            "\u3000 ::error file=a%2Cb,title=%3A::%250A%0Ax",
            Command("error", {"file": "a,b", "title": ":"}, "%0A\nx"),
            id="escapes",
        ),
        pytest.param("say ##[add-mask]x", Command("add-mask", {}, "x"), id="legacy in the middle"),
        pytest.param("x ::error::y", None, id="not first in the line"),
        pytest.param("::nothing::x", None, id="no command"),
        pytest.param("::other::x ##[ERROR a=b%3Bc;d=e]f%5D", Command("error", {"a": "b;c", "d": "e"}, "f]"), id="both"),
    ],
)
def test_reader_reads_as_the_runner(line: str, command: Command | None) -> None:
    """The reader of this test has the runner's rules, or the other tests would show nothing."""
    assert read(line) == command


# --- reports ----------------------------------------------------------------------------------------------------------


def test_verdict_is_the_first_annotation(sample: Report) -> None:
    """The verdict is an error exactly when the exit code is not 0, and the log ends with it too."""
    found = [command for command in commands(sample) if command.properties.get("title", "").startswith("grantgate: ")]
    said = shown(str(verdict(sample)))
    (own,) = [command for command in found if command.data == said]

    assert (own.name == "error") == (sample.exit_code() is not Exit.PASSED)
    assert annotations(sample, own.name)[0] == own
    assert lines(sample)[-1] == f"> {said}"


def test_each_sample_stays_within_the_room(sample: Report) -> None:
    """No level has more annotations than GitHub shows of it, and groups are closed."""
    found = [command.name for command in commands(sample)]
    assert all(found.count(level) <= ROOM for level in ANNOTATIONS)
    assert set(found) <= {*ANNOTATIONS, "group", "endgroup"}
    assert found.count("group") == found.count("endgroup")


LEVELS = [
    pytest.param({}, "error", id="fail"),
    pytest.param({"outcome": Outcome.UNKNOWN}, "error", id="unknown that blocks"),
    pytest.param({"outcome": Outcome.ERROR}, "error", id="error"),
    pytest.param({"outcome": Outcome.ERROR, "blocks": False}, "error", id="error that blocks nothing"),
    pytest.param({"known": True}, "error", id="known and blocks all the same"),
    pytest.param({"outcome": Outcome.PASS, "blocks": True}, "error", id="pass that blocks"),
    pytest.param({"level": Level.ADVISORY}, "warning", id="advisory"),
    pytest.param({"blocks": False}, "warning", id="mandatory that blocks nothing"),
    pytest.param({"outcome": Outcome.UNKNOWN, "level": Level.ADVISORY}, "warning", id="unknown that warns"),
    pytest.param({"outcome": Outcome.WAIVED, "waiver": "data: moves"}, "notice", id="waived"),
    pytest.param({"outcome": Outcome.UNKNOWN, "blocks": False, "quiet": True}, "", id="quiet unknown"),
    pytest.param({"blocks": False, "known": True}, "", id="known"),
    pytest.param({"outcome": Outcome.PASS, "message": ""}, "", id="pass"),
    pytest.param({"outcome": Outcome.NOT_APPLICABLE}, "", id="not applicable"),
]


@pytest.mark.parametrize(("members", "level"), LEVELS)
def test_level(make: Make, members: dict[str, Any], level: str) -> None:
    """What blocks is an error, what warns a warning, what is waived a notice; anything else gets no annotation."""
    report = make.report(make.finding(**members))
    titles = {name: [one.properties["title"] for one in annotations(report, name)] for name in ANNOTATIONS}
    about = "AGL-03 location-scope-allowed on finance"

    assert [name for name, told in titles.items() if about in told] == ([level] if level else [])


def test_place(make: Make) -> None:
    """An annotation stands where the resource is declared, else at the project's file, else nowhere."""
    position = {make.resource().urn: SourcePosition("infra/a:b,c=100%.py", 42)}

    def of(report: Report) -> dict[str, str]:
        told = dict(annotations(report, "error")[-1].properties)
        assert told.pop("title") == "AGL-03 location-scope-allowed on finance"
        return told

    assert of(make.report(make.finding(), positions=position)) == {"file": "infra/a:b,c=100%.py", "line": "42"}
    assert of(make.report(make.finding())) == {"file": "infra/Pulumi.yaml", "line": "1"}
    assert of(make.report(make.finding(), project_file="")) == {}
    assert of(make.report(make.finding(), project_file="=x.yaml")) == {"file": "./=x.yaml", "line": "1"}


def test_annotation_says_what_to_do(make: Make) -> None:
    """The message comes first, then the remedy, the page and the resource."""
    (_, told) = annotations(make.report(make.finding(edit="Write 100%.")), "error")
    assert told.data == (
        f"the value, the limit\nFix: Write 100%. See {AGL_03.url}\nurn:pulumi:prod::data::{TYPE}::finance"
    )
    look = Look(rule_pages="https://acme.example/{id}")
    assert "See https://acme.example/AGL-03\n" in commands(make.report(make.finding()), look)[1].data


def test_most_important_first_and_none_lost(make: Make) -> None:
    """Beyond ten of a level the most severe are annotations, one counts the rest, and the log names each of these."""
    findings = [
        *(make.finding(resource=make.resource(f"r{number:02}"), severity=Severity.LOW) for number in range(25)),
        make.finding(rule=AGL_04, severity=Severity.CRITICAL),
        *(make.finding(level=Level.ADVISORY, resource=make.resource(f"a{number:02}")) for number in range(12)),
        *(make.finding(Outcome.WAIVED, waiver="w", resource=make.resource(f"w{number:02}")) for number in range(10)),
    ]
    report = make.report(*findings)
    errors = annotations(report, "error")
    titles = [command.properties["title"] for command in errors]

    assert [len(annotations(report, level)) for level in ANNOTATIONS] == [ROOM, ROOM, ROOM]
    assert titles[:3] == [
        "grantgate: BLOCKED",
        "AGL-04 location-prefix-delimited on finance",
        "AGL-03 location-scope-allowed on r00",
    ]
    assert titles[-1] == "grantgate: 18 more, blocking"
    assert "AGL-03 18" in errors[-1].data
    assert [command.data for command in commands(report) if command.name == "group"] == [
        "18 more, blocking",
        "3 more, only warning",
    ]
    told = "\n".join([*titles, *(command.properties.get("title", "") for command in commands(report)), *plain(report)])
    assert all(f"on {finding.resource.name}" in told for finding in findings)


def test_no_annotation_is_empty(make: Make) -> None:
    """GitHub takes no annotation without a text."""
    report = make.report(make.finding(message="", blocks=True), problems=[Problem("")])
    assert [command.data.split("\n")[0] for command in annotations(report, "error")][1:] == [
        "the gate could not look",
        "FAIL",
    ]


def test_order_of_findings_does_not_matter(rich: Report) -> None:
    """The same findings make the same lines, however the engine ordered them."""
    assert lines(replace(rich, findings=tuple(reversed(rich.findings)))) == lines(rich)


def test_what_is_only_counted(rich: Report) -> None:
    """Notices are lines; findings of the baseline, fixed ones and those left out are a line for all of them."""
    assert plain(rich)[:-1] == [
        *(f"> {notice}" for notice in rich.notices),
        "> 1 finding of the baseline policies/baseline.json fixed",
        "> 4 findings in the baseline policies/baseline.json, blocking nothing",
        "> 3 findings not shown, blocking nothing",
    ]


def test_nothing_to_judge_is_a_warning(samples: dict[str, Report]) -> None:
    """A run that looked at nothing is not simply good news."""
    (told,) = commands(samples["empty"])
    assert (told.name, told.properties["title"]) == ("warning", "grantgate: NOTHING TO JUDGE")


def test_long_texts_are_cut(make: Make) -> None:
    """A title and a message stay below what GitHub takes, and each part keeps its beginning."""
    long = "x" * 9_000
    told = annotations(make.report(make.finding(message=long, edit=long, resource=make.resource(long))), "error")[-1]

    assert len(told.properties["title"]) == 255
    assert len(told.data) <= 4_096
    assert [line[:6] for line in told.data.split("\n")] == ["xxxxxx", "Fix: x", "urn:pu"]


def test_ascii_only_where_the_log_takes_no_more(rich: Report) -> None:
    """A look without Unicode gets none."""
    assert all(line.isascii() for line in lines(rich, Look(unicode=False)))


# --- hostile texts ----------------------------------------------------------------------------------------------------

HOSTILE = [
    "::error::x",
    "  ::stop-commands::token",
    "\n::add-mask::finance",
    "\r::set-output name=a::b",
    "%0A::error::x",
    "%250A",
    "##[error]x",
    "x ##[add-mask]finance",
    "##[group]",
    "###[error]x##[endgroup]",
    "#\ufe0f#[error]x",
    ":\u034f:error::x",
    "\u2028::error::x",
    "\x85::error::x",
    "\u200b::error::x",
    "a,title=b::c",
    "=x",
    "\ud800",
    "\x1b]8;;x\x07",
    "]]>::endgroup::",
    "##vso[task.complete]",
]
TEXTS = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=4).map("".join)


def written(make: Make, texts: Sequence[str], count: int) -> Report:
    """Put texts wherever a text can stand."""
    name, message, waiver, edit, file, about, what, remedy, notice, baseline = texts
    resource = replace(make.resource(), name=f"n{name}", urn=f"urn:pulumi:{name}")
    findings = [
        make.finding(outcome, resource=resource, item=name, message=message, waiver=waiver, edit=edit, blocks=blocks)
        for outcome, blocks in (
            (Outcome.FAIL, True),
            (Outcome.FAIL, False),
            (Outcome.UNKNOWN, True),
            (Outcome.UNKNOWN, False),
            (Outcome.ERROR, True),
            (Outcome.WAIVED, False),
        )
        for _ in range(count)
    ]
    return make.report(
        *findings,
        make.finding(resource=resource, blocks=False, known=True),
        problems=[Problem(what, about, f"r{remedy}")],
        notices=[notice],
        baseline=baseline,
        positions={resource.urn: SourcePosition(f"{file}.py", 7)} if count % 2 else {},
        project_file=f"{file}.yaml",
        source=name,
    )


@given(texts=st.lists(TEXTS, min_size=10, max_size=10), count=st.sampled_from([1, 4, 11]))
@example(texts=["::error::x"] * 10, count=11)
@example(texts=["##[error]x"] * 10, count=11)
@settings(deadline=None, derandomize=True, max_examples=150)
def test_no_text_is_a_command(make: Make, texts: list[str], count: int) -> None:
    """Whatever the texts are, the runner gets the very commands that harmless texts give, one on a line."""
    report, harmless = written(make, texts, count), written(make, ["x"] * 10, count)
    meant, found = commands(harmless), commands(report)

    assert [command.shape for command in found] == [command.shape for command in meant]
    assert [command.properties.get("line") for command in found] == [one.properties.get("line") for one in meant]
    assert len(plain(report)) == len(plain(harmless))
    assert all(line.startswith("> ") for line in plain(report))


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_is_read_as_it_was_meant(make: Make, text: str) -> None:
    """What the runner unescapes is what a reader of any other report is shown, but for the sign that begins ``##[``."""
    resource = replace(make.resource(), name=f"n{text}")
    report = make.report(
        make.finding(message=text, resource=resource), positions={resource.urn: SourcePosition(f"f{text}.py", 7)}
    )
    told = annotations(report, "error")[-1]

    def as_told(one: str) -> str:
        return shown(one).strip()

    assert told.properties == {
        "file": as_told(f"f{text}.py"),
        "line": "7",
        "title": as_told(f"AGL-03 location-scope-allowed on n{text}"),
    }
    assert told.data.split("\n")[0] == as_told(text)
