"""The reader turns text into plain data with positions, and refuses what it cannot read in one line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from grantgate_policies import positions
from grantgate_policies.faults import RulesFileError
from hypothesis import given, settings
from hypothesis import strategies as st

MAP = "A rules file is one map that begins with version: 1."


def faults_of(text: str, name: str = "rules.yaml") -> list[str]:
    try:
        document = positions.read(text, name)
    except RulesFileError as error:
        return str(error).splitlines()
    return [fault.text(name) for fault in document.faults]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        pytest.param(
            "a: no\nb: on\nc: yes", {"a": "no", "b": "on", "c": "yes"}, id="YAML 1.1's truth values are texts"
        ),
        pytest.param("a: 2027-01-31", {"a": "2027-01-31"}, id="a date is a text"),
        pytest.param("a: 2027-01-31T00:00:00Z", {"a": "2027-01-31T00:00:00Z"}, id="so is a time"),
        pytest.param("a: [true, null, ~, 1, -2, 1.5, 1e3]", {"a": [True, None, None, 1, -2, 1.5, 1000.0]}, id="JSON"),
        pytest.param("a: [0o17, 0x1f, 017]", {"a": [15, 31, 17]}, id="YAML 1.2's bases"),
        pytest.param("a: [.nan, .inf, 1e999]", {"a": [".nan", ".inf", "1e999"]}, id="no JSON number"),
        pytest.param("a: [190:20:30, 1_000]", {"a": ["190:20:30", "1_000"]}, id="YAML 1.1's numbers are texts"),
        pytest.param("a: " + "9" * 5000, {"a": "9" * 5000}, id="too long for a number"),
        pytest.param("a: &x [1, {b: 2}]\nc: *x", {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}, id="an alias"),
        pytest.param("a: {<<: 1}", {"a": {"<<": 1}}, id="a merge key is a key"),
        pytest.param('a: "\\ud83d\\ude00"', {"a": "😀"}, id="two escapes, one character"),
        pytest.param("a: |\n  b\n  c\n", {"a": "b\nc\n"}, id="block text"),
        pytest.param("%YAML 1.2\n---\na: 1\n...\n", {"a": 1}, id="one marked document"),
    ],
)
def test_plain_data(text: str, data: dict[str, Any]) -> None:
    """Values are what YAML 1.2's core schema says, as far as JSON has them."""
    document = positions.read(text, "rules.yaml")

    assert document.data == data
    assert document.faults == ()


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("", f"rules.yaml: empty. {MAP}", id="nothing"),
        pytest.param("# later\n", f"rules.yaml: empty. {MAP}", id="a comment"),
        pytest.param("---\n", f"rules.yaml: empty. {MAP}", id="an empty document"),
        pytest.param("- a\n", f"rules.yaml:1:1: a list where a map belongs. {MAP}", id="a list"),
        pytest.param("version\n", f"rules.yaml:1:1: 'version' where a map belongs. {MAP}", id="a text"),
        pytest.param(
            "a:\n\t- b", "rules.yaml:2:1: a tab where YAML takes only spaces. Indent with spaces.", id="a tab"
        ),
        pytest.param(
            "a: b: c", "rules.yaml:1:5: not readable as YAML: mapping values are not allowed here", id="syntax"
        ),
        pytest.param("a: \x00", "rules.yaml:1:4: character U+0000 where printable text belongs", id="a control"),
        pytest.param("a: 1\n---\nb: 2", "rules.yaml:2:1: a second document, a rules file is one.", id="two documents"),
        pytest.param("%YAML 1.1\n---\na: no", "rules.yaml:2:1: YAML 1.1 where YAML 1.2 belongs.", id="YAML 1.1"),
        pytest.param("a: *b", "rules.yaml:1:4: alias *b has no anchor above it", id="an alias of nothing"),
        pytest.param("a: &b [*b]", "rules.yaml:1:8: alias *b stands inside its own anchor", id="an alias of itself"),
        pytest.param("? [a]\n: 1", "rules.yaml:1:3: a list as a key, keys are texts", id="a list as a key"),
        pytest.param("a: " + "[" * 51, "rules.yaml:1:54: nested deeper than 50 levels", id="too deep"),
        pytest.param("\ufeffa: 1", "rules.yaml: begins with a byte order mark.", id="a byte order mark"),
        pytest.param("#" * (positions.LARGEST + 1), "rules.yaml: larger than 1048576 bytes", id="too large"),
        pytest.param('"\\U99999999": 1', "rules.yaml:1:1: not readable as YAML: ", id="an escape beyond Unicode"),
    ],
)
def test_refused(text: str, line: str) -> None:
    """A text that cannot be read to its end is one fault with its place."""
    (fault,) = faults_of(text)

    assert fault.startswith(line)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param(
            'a: 1\nb: {c: 1, c: 2}\n"a": 3\na: 4\n',
            [
                "rules.yaml:2:11: b.c: given again, first given on line 2. Keep one of them.",
                "rules.yaml:3:1: a: given again, first given on line 1. Keep one of them.",
                "rules.yaml:4:1: a: given again, first given on line 1. Keep one of them.",
            ],
            id="every repeated key",
        ),
        pytest.param(
            "accounts:\n  012345678901: {}\n",
            ['rules.yaml:2:3: accounts: 012345678901 as a key is a number, keys are texts. Quote it: "012345678901".'],
            id="an account id without quotes",
        ),
        pytest.param(
            "true: 1\n",
            ['rules.yaml:1:1: true as a key is a truth value, keys are texts. Quote it: "true".'],
            id="a truth value as a key",
        ),
        pytest.param(
            "a: !!python/object:os.system x\n",
            ["rules.yaml:1:4: a: tag 'tag:yaml.org,2002:python/object:os.system', tags are not read. Delete the tag."],
            id="a tag",
        ),
        pytest.param('a: "\\ud83d"\n', ["rules.yaml:1:4: a: '\\ud83d' holds half a surrogate pair"], id="half a pair"),
    ],
)
def test_noted(text: str, lines: list[str]) -> None:
    """Faults that leave the rest readable are all noted."""
    assert faults_of(text) == lines


def test_many_laughs() -> None:
    """Aliases of aliases stop at 10,000 values, however few characters write them."""
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]

    assert faults_of("\n".join(levels)) == ["rules.yaml:4:45: aliases stand for more than 10000 values"]


@pytest.mark.parametrize(
    ("path", "of_key", "place"),
    [
        pytest.param((), False, (1, 1), id="the top"),
        pytest.param(("rules", "a"), True, (3, 3), id="a key"),
        pytest.param(("rules", "a"), False, (3, 6), id="its value"),
        pytest.param(("rules", "a", "level"), False, (3, 17), id="a value in a flow map"),
        pytest.param(("rules", "a", "allow"), False, (3, 3), id="missing: the key above it"),
        pytest.param(("waivers", 1), False, (6, 5), id="a list item"),
        pytest.param(("waivers", 1, "rule"), True, (6, 5), id="a key in a list item"),
        pytest.param(("waivers", 1, "owner"), False, (6, 5), id="missing in a list item"),
        pytest.param(("waivers", 7), False, (4, 1), id="no such item"),
        pytest.param(("again", "level"), False, (3, 17), id="below an alias: at its anchor"),
        pytest.param(("again",), False, (7, 8), id="an alias: where it stands"),
    ],
)
def test_position(path: tuple[str | int, ...], *, of_key: bool, place: tuple[int, int]) -> None:
    """Every key and value has its line and column, from 1."""
    text = "version: 1\nrules:\n  a: &a {level: high}\nwaivers:\n  - {rule: a}\n  - rule: b\nagain: *a\n"
    document = positions.read(text, "rules.yaml")

    assert document.position(path, of_key=of_key) == place


def test_written() -> None:
    """A number's own spelling is kept for messages."""
    document = positions.read("a: 007\nb: [1]\n", "rules.yaml")

    assert document.written(("a",)) == "007"
    assert document.written(("b",)) is None
    assert document.written(("b", 0, "c")) is None


@pytest.mark.parametrize(
    ("content", "line"),
    [
        pytest.param(b"a: 1\nb: \xff", "rules.yaml:2:4: byte 0xff is not UTF-8. Save the file as UTF-8.", id="Latin-1"),
        pytest.param(b"\xef\xbb\xbfa: 1", "rules.yaml: begins with a UTF-8 byte order mark.", id="UTF-8 with a mark"),
        pytest.param("a: 1".encode("utf-16"), "rules.yaml: begins with a UTF-16 byte order mark.", id="UTF-16"),
        pytest.param(b"#" * (positions.LARGEST + 1), "rules.yaml: larger than 1048576 bytes", id="too large"),
    ],
)
def test_bytes_refused(content: bytes, line: str) -> None:
    """Bytes that are no UTF-8 text of a sane size are one fault."""
    with pytest.raises(RulesFileError) as caught:
        positions.read(positions.decode(content, "rules.yaml"), "rules.yaml")

    assert str(caught.value).startswith(line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param("a: 1", "rules.json:1:1: not JSON: Expecting value", id="YAML"),
        pytest.param('{"a": 1,}', "rules.json:1:", id="a comma too many"),
        pytest.param('{"a": NaN}', "rules.json: not JSON: NaN is no number", id="what Python's JSON lets in"),
        pytest.param('{"a": 1, "a": 2}', "rules.json:1:10: a: given again, first given on line 1.", id="repeated key"),
        pytest.param('{"a":' * 3000 + "1" + "}" * 3000, "rules.json: nested deeper than 50 levels", id="too deep"),
    ],
)
def test_json_refused(text: str, line: str) -> None:
    """A .json file is JSON, and its repeated keys are faults too."""
    (fault,) = faults_of(text, "rules.json")

    assert fault.startswith(line)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=8), JSON_VALUES, min_size=1, max_size=4), st.sampled_from([None, 2, "\t"]))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_json_is_read_as_json(data: dict[str, Any], indent: int | str | None) -> None:
    """Whatever json writes, the reader reads back the same, escapes and tabs included."""
    document = positions.read(json.dumps(data, indent=indent), "rules.json")

    assert document.faults == ()
    assert document.data == data


@given(st.text() | st.text(alphabet="ab:-?{}[],&*!%|>'\"#\\~<\t\n \r\x85\u2028") | st.binary())
@settings(deadline=None, max_examples=300, derandomize=True)
def test_anything_is_read_or_refused(content: str | bytes) -> None:
    """No input leaves the reader with anything but a document or RulesFileError."""
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    try:
        data = positions.read(positions.decode(raw, "rules.yaml"), "rules.yaml").data
    except RulesFileError as error:
        data = {"refused": str(error)}

    assert isinstance(data, dict)
