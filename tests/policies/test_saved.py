"""A report that was saved says the same when it is read back, and one that does not hold together is refused."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies import saved
from grantgate_policies.core import Outcome
from grantgate_policies.documents import InputError
from grantgate_policies.narrowing import narrowed, stricter
from grantgate_policies.report import Known, Report, Run, merged
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

# Test folders are no packages; the reports' own tests have these as fixtures.
_CONFTEST = runpy.run_path(str(Path(__file__).with_name("reports") / "conftest.py"))
SAMPLES: dict[str, Report] = _CONFTEST["samples"]()
a_report: Callable[..., Report] = _CONFTEST["a_report"]
a_finding: Callable[..., Any] = _CONFTEST["a_finding"]

NARROWED = {
    "rich, new only": narrowed(SAMPLES["rich"], new_only=True),
    "rich, severe": narrowed(SAMPLES["rich"], min_severity="critical"),
    "rich, stricter": stricter(SAMPLES["rich"], ["advisory", "unknown"]),
    "hostile, new only": narrowed(SAMPLES["hostile"], new_only=True),
}
REPORTS = {**SAMPLES, **NARROWED}


def is_there(name: str) -> bool:
    try:
        import_module(f"grantgate_policies.reports.{FORMATS[name].module}")
    except ModuleNotFoundError:
        return False
    return True


def written(report: Report) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(FORMATS["json"].text(report, Look()))
    return made


def read(data: Any) -> Report:
    return saved.parse(json.dumps(data).encode(), "saved.json")


def back(report: Report) -> Report:
    return saved.parse(FORMATS["json"].text(report, Look()).encode(), "saved.json")


# --- the same again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", [name for name in FORMATS if is_there(name)])
@pytest.mark.parametrize("name", list(REPORTS))
def test_every_format_says_the_same(name: str, format_: str) -> None:
    """No format tells a report that was saved from the one that was."""
    report = REPORTS[name]

    assert FORMATS[format_].text(back(report), Look()) == FORMATS[format_].text(report, Look())


@pytest.mark.parametrize("name", list(REPORTS))
def test_saved_twice(name: str) -> None:
    """Reading and writing changes nothing, however often."""
    once = back(REPORTS[name])

    assert back(once) == once
    assert once.exit_code() == REPORTS[name].exit_code()


def test_parts_are_what_they_were() -> None:
    """What is no finding comes back as it was, and findings keep what makes them what they are."""
    rich = SAMPLES["rich"]
    again = back(rich)

    for part in ("runs", "locations", "requests", "changes", "left_out", "fixed", "problems", "notices", "lookups"):
        assert sorted(map(repr, getattr(again, part))) == sorted(map(repr, getattr(rich, part))), part
    assert dict(again.positions) == dict(rich.positions)
    assert sum(isinstance(one, Known) for one in again.findings) == 2
    assert sum(one.quiet for one in again.findings) == 1
    assert {one.edit for one in again.findings} == {"", "Write 's3://acme-hr/finance/*'."}
    assert [rule.id for rule in again.rules] == [rule.id for rule in rich.rules]
    assert [rule.kind for rule in again.rules] == [rule.kind for rule in rich.rules]


def test_rules_of_findings_alone() -> None:
    """A report that lists no rules is written with those of its findings, and so can be read."""
    report = a_report(a_finding(), rules=())

    assert [one["ruleId"] for one in written(report)["findings"]] == ["AGL-03"]
    assert [rule.id for rule in back(report).rules] == ["AGL-03"]


def test_rules_of_one_id() -> None:
    """Two organizations can have given one id to two rules of their own."""
    first, other = _CONFTEST["CUSTOM"], replace(_CONFTEST["CUSTOM"], name="other-rule", fix="Do something else.")
    report = a_report(a_finding(rule=first), a_finding(rule=other), rules=(first, other))

    assert sorted(one.rule.name for one in back(report).findings) == ["acme-owner-tagged", "other-rule"]


def test_a_saved_rule_judges_nothing() -> None:
    """What was judged elsewhere is not judged here."""
    (rule, *_) = back(SAMPLES["no rules"]).rules

    with pytest.raises(AssertionError, match="judges nothing again"):
        rule.judge(None, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encodings(encoding: str) -> None:
    """Some shells save what a command prints in an encoding of their own."""
    text = FORMATS["json"].text(SAMPLES["rich"], Look())

    assert saved.parse(text.encode(encoding), "saved.json") == back(SAMPLES["rich"])


def test_from_a_file(tmp_path: Path) -> None:
    """A file is read as a whole."""
    file = tmp_path / "saved.json"
    file.write_text(FORMATS["json"].text(SAMPLES["failed"], Look()), encoding="utf-8")

    assert saved.read(str(file)) == back(SAMPLES["failed"])


def test_no_file(tmp_path: Path) -> None:
    """A report that is not there is no empty one."""
    with pytest.raises(InputError, match=r"gone\.json: no such file"):
        saved.read(str(tmp_path / "gone.json"))


def test_merged() -> None:
    """Two saved reports make one: everything of both, and the worse exit code."""
    passed, failed = (
        back(SAMPLES["passed"]),
        back(replace(SAMPLES["failed"], source="prod-eu", at="2026-11-23T00:00:00Z")),
    )
    both = back(merged([passed, failed]))

    assert both.source == "prod, prod-eu"
    assert both.at == "2026-11-23T00:00:00Z"
    assert (both.exit_code(), both.judged, both.resources) == (1, 2, 24)
    assert sorted(one.outcome.value for one in both.findings) == ["FAIL", "FAIL", "PASS"]
    assert len(both.rules) == len(passed.rules)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", "saved.json: empty, and a report", id="empty"),
        pytest.param(b"[]", "saved.json: a list, and a report", id="no object"),
        pytest.param(b"{}", "saved.json: $.schema: null, and a report", id="anything else"),
        pytest.param(b'{"schema": "grantgate.report/0"}', "saved.json: $.schema: a text, and", id="an older version"),
        pytest.param(b'{"schema": "grantgate.report/2"}', "saved.json: $.schema: a text, and", id="a newer version"),
        pytest.param(b'{"schema": "grantgate.baseline/1"}', "saved.json: $.schema: a text, and", id="a baseline"),
        pytest.param(b'{"schema": 1, "schema": 2}', "the key 'schema' stands twice", id="twice the same key"),
        pytest.param(b'{"schema": "grantgate.report/1"', "saved.json:1:32: not JSON", id="cut off"),
        pytest.param(b"[" * 100_000, "saved.json: nested too deeply", id="too deep"),
        pytest.param(b'{"a": NaN}', "NaN is no number", id="no number"),
        pytest.param(b"\xff", "is not UTF", id="no text"),
    ],
)
def test_no_report(content: bytes, message: str) -> None:
    """What is no report of this version is refused by name, and what belongs there is said."""
    with pytest.raises(InputError) as refused:
        saved.parse(content, "saved.json")

    assert message in str(refused.value)


TEXT = FORMATS["json"].text(SAMPLES["rich"], Look())
RICH = json.loads(TEXT)
MEMBERS = list(RICH)
LISTS = [name for name, value in RICH.items() if isinstance(value, list)]
WORDS = {"schema", "verdict", "summary"}
"""What follows from the rest, or was looked at before."""


@pytest.mark.parametrize("name", [name for name in MEMBERS if name not in WORDS])
def test_nothing_may_be_missing(name: str) -> None:
    """A report that lost a member is no shorter report: without its findings it would be green."""
    data = json.loads(TEXT)
    del data[name]

    with pytest.raises(InputError, match=rf"^saved\.json: \$\.{name}: nothing where"):
        read(data)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("value", "what"),
    [
        pytest.param(None, "null where", id="null"),
        pytest.param({}, "an object where", id="an object"),
        pytest.param("x", "a text where", id="a text"),
        pytest.param([1], "", id="a list of something else"),
    ],
)
def test_lists_are_lists(name: str, value: Any, what: str) -> None:
    """Null is no empty list."""
    with pytest.raises(InputError, match=rf"^saved\.json: \$\.{name}(\[0\])?: .*{what}"):
        read({**json.loads(TEXT), name: value})


def places(data: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Give the way to every single value inside the lists of a report, one object of each list."""
    if isinstance(data, dict):
        return [place for key, inner in data.items() for place in places(inner, (*at, key))]
    if isinstance(data, list):
        return places(data[0], (*at, 0)) if data else []
    return [at]


def path(place: tuple[str | int, ...]) -> str:
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)


def changed(data: Any, place: tuple[str | int, ...], value: Any) -> Any:
    inner = data
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    return data


DERIVED = {"fingerprint", "url", "schema"}
"""What a finding's other members say already."""
SINGLE = [
    place
    for place in places({name: RICH[name] for name in LISTS})
    if not (place[0] == "findings" and place[-1] in DERIVED)
]


@pytest.mark.parametrize("place", SINGLE, ids=path)
@pytest.mark.parametrize("value", [[], {"a": 1}, 1.5], ids=["a list", "an object", "a fraction"])
def test_each_member_is_what_it_must_be(place: tuple[str | int, ...], value: Any) -> None:
    """A value of another kind is refused by its place, and never taken for something else."""
    with pytest.raises(InputError) as refused:
        read(changed(json.loads(TEXT), place, value))

    assert str(refused.value).startswith(f"saved.json: {path(place)}: ")


@pytest.mark.parametrize("place", [place for place in SINGLE if len(place) > 2], ids=path)
def test_no_member_may_be_null(place: tuple[str | int, ...]) -> None:
    """Null is neither an empty text nor false."""
    with pytest.raises(InputError) as refused:
        read(changed(json.loads(TEXT), place, None))

    assert str(refused.value).startswith(f"saved.json: {path(place)}: ")


def first(data: dict[str, Any], outcome: Outcome, *, blocks: bool) -> tuple[str, int]:
    found = data["findings"]
    return "findings", next(
        index for index, one in enumerate(found) if one["outcome"] == outcome.value and one["blocks"] is blocks
    )


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        pytest.param(("exitCode",), 0, "$.exitCode: 0, and what the report holds comes to 4", id="a green exit code"),
        pytest.param(("exitCode",), -1, "$.exitCode: -1 where a number belongs", id="no exit code"),
        pytest.param(("exitCode",), True, "$.exitCode: true where a number belongs", id="true is no number"),
        pytest.param(("counts", "FAIL"), 1, "$.counts.FAIL: 1, and what the report holds comes to 8", id="counts"),
        pytest.param(("counts", "PASS"), None, "$.counts.PASS: null where a number belongs", id="no count"),
        pytest.param(("counts",), [], "$.counts: a list where an object belongs", id="no counts"),
        pytest.param(("resources",), -1, "$.resources: -1 where a number belongs", id="fewer than none"),
        pytest.param(("judged",), None, "$.judged: null where a number belongs", id="not counted"),
        pytest.param(("at",), "now", "$.at: 'now' is no time such as", id="no time"),
        pytest.param(("baseline",), {}, "$.baseline.file: nothing where a text belongs", id="a nameless baseline"),
        pytest.param(("baseline",), None, "$.baseline: no baseline, and the report holds 4 findings of one", id="none"),
        pytest.param(("projectFile",), "/etc/passwd", "$.projectFile: '/etc/passwd' is no file inside", id="absolute"),
        pytest.param(("projectFile",), "../x", "$.projectFile: '../x' is no file inside", id="outside"),
        pytest.param(("notices",), [1], "$.notices[0]: 1 where a text belongs", id="no notice"),
        pytest.param(
            ("findings", 0, "position"), {"file": "a.py", "line": 0}, ".position.line: 0, and lines count", id="line 0"
        ),
        pytest.param(
            ("findings", 0, "position"), {"file": "", "line": 1}, ".position.file: '' is no file", id="no file"
        ),
        pytest.param(
            ("findings", 0, "position"), {"file": "a/../../b", "line": 1}, "'a/../../b' is no file", id="a file outside"
        ),
        pytest.param(("findings", 0, "outcome"), "FINE", "'FINE' is no word that this", id="no outcome"),
        pytest.param(("findings", 0, "level"), "MANDATORY", "'MANDATORY' is no word that", id="no level"),
        pytest.param(("findings", 0, "severity"), "x" * 999, "…' is no word that this", id="no severity, and long"),
        pytest.param(("findings", 0, "ruleName"), "other", "'AGL-03 other' is none of the report's rules", id="rule"),
        pytest.param(("findings", 0, "ruleId"), "AGL-04", "is none of the report's rules", id="another rule's name"),
        pytest.param(("findings", 0, "blocks"), "no", ".blocks: a text where true or false belongs", id="a word"),
        pytest.param(("rules", 0, "kind"), "both", ".kind: 'both' is no word that this release knows", id="kind"),
        pytest.param(("problems", 0, "exitCode"), 0, "0 is no exit code of a problem", id="a problem that is none"),
        pytest.param(("leftOut", 0, "why"), "below low", ".why: 'below low', and no FAIL is left out", id="below low"),
        pytest.param(("leftOut", 0, "outcome"), "ERROR", ", and no ERROR is left out", id="an error left out"),
        pytest.param(("leftOut", 0, "count"), -5, ".count: -5 where a number belongs", id="a negative count"),
        pytest.param(("runs", 0, "changes"), {"create": -1}, ".changes.create: -1 where", id="fewer than no changes"),
        pytest.param(("requests", 0, "regions"), None, ".regions: null where a list belongs", id="no list of Regions"),
        pytest.param(("requests", 0, "regions"), [1], ".regions[0]: 1 where an object belongs", id="no Region"),
        pytest.param(("lookups", 0, "values"), {"a": 1}, ".values.a: 1 where a text belongs", id="no text"),
    ],
)
def test_refused(place: tuple[str | int, ...], value: Any, message: str) -> None:
    """A report that does not hold together is refused with its place, the value and what belongs there."""
    with pytest.raises(InputError) as refused:
        read(changed(json.loads(TEXT), place, value))

    assert str(refused.value).startswith("saved.json: $.")
    assert message in str(refused.value)


def test_a_failure_cannot_be_taken_out() -> None:
    """Without the finding that blocks, the exit code is one that nothing explains."""
    data = written(SAMPLES["failed"])
    data["findings"] = []

    with pytest.raises(InputError, match=r"\$\.exitCode: 1, and what the report holds comes to 0"):
        read(data)


def test_a_finding_cannot_be_taken_out() -> None:
    """Nor can one that blocks nothing, and is counted."""
    data = written(SAMPLES["passed"])
    data["findings"] = []

    with pytest.raises(InputError, match=r"\$\.counts\.PASS: 1, and what the report holds comes to 0"):
        read(data)


@pytest.mark.parametrize("outcome", [Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE], ids=lambda one: one.value)
def test_what_blocks_nothing_cannot_block(outcome: Outcome) -> None:
    """A pass that blocks is no finding of ours."""
    data = json.loads(TEXT)
    place = first(data, outcome, blocks=False)

    with pytest.raises(InputError, match=f"blocks: true, and {outcome.value} blocks nothing"):
        read(changed(data, (*place, "blocks"), value=True))


@pytest.mark.parametrize(
    ("outcome", "member", "value", "message"),
    [
        pytest.param(Outcome.FAIL, "blocks", False, "a failure at the level mandatory blocks", id="a failure"),
        pytest.param(Outcome.ERROR, "blocks", False, "an ERROR always blocks", id="an error"),
        pytest.param(Outcome.WAIVED, "waiver", "", "a waiver says whose it is and why", id="a waiver of nobody's"),
    ],
)
def test_what_no_gate_writes(outcome: Outcome, member: str, value: object, message: str) -> None:
    """A finding that contradicts itself is refused, whatever the exit code beside it says."""
    data = json.loads(TEXT)
    place = first(data, outcome, blocks=outcome is not Outcome.WAIVED)

    with pytest.raises(InputError, match=message):
        read(changed(data, (*place, member), value=value))


def test_a_red_engine_that_nothing_explains() -> None:
    """An engine that ended in red without a finding or a problem that says why makes no green report."""
    data = json.loads(FORMATS["json"].text(Report("s", "r", "o", (), 0, runs=(Run("s", "preview", 255),)), Look()))

    with pytest.raises(InputError, match=r"runs\[0\].exitCode: 255, and nothing in the report says why"):
        read(data)


def test_what_is_known_cannot_block() -> None:
    """What the baseline has blocks nothing."""
    data = json.loads(TEXT)
    place = first(data, Outcome.FAIL, blocks=True)

    with pytest.raises(InputError, match="blocks: true, and a finding that the baseline has blocks nothing"):
        read(changed(data, (*place, "known"), value=True))


@pytest.mark.parametrize(
    ("outcome", "blocks"),
    [
        pytest.param(Outcome.UNKNOWN, True, id="an unknown that blocks"),
        pytest.param(Outcome.FAIL, True, id="a failure"),
        pytest.param(Outcome.PASS, False, id="a pass"),
    ],
)
def test_what_is_no_news_can_be_passed_over(outcome: Outcome, *, blocks: bool) -> None:
    """Formats leave quiet findings out, so nothing that blocks may say that it is one."""
    data = json.loads(TEXT)
    place = first(data, outcome, blocks=blocks)

    with pytest.raises(InputError, match=r"quiet: true, and .* is no unknown that may pass"):
        read(changed(data, (*place, "quiet"), value=True))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from(places(RICH)), JSON)
def test_anything_anywhere(place: tuple[str | int, ...], value: Any) -> None:
    """Whatever stands wherever, a report is read or refused, and one that is read never loosens."""
    try:
        report = read(changed(json.loads(TEXT), place, value))
    except InputError:
        return
    assert report.exit_code() == SAMPLES["rich"].exit_code()
    assert saved.parse(FORMATS["json"].text(report, Look()).encode(), "again.json") == report
