"""An organization's own rules: loaded from what the rules file names, checked to the last fault, and nothing left."""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from grantgate_policies import api, subjects
from grantgate_policies.authored import FAMILIES, KINDS, objections
from grantgate_policies.catalogue import GROUP, LARGEST
from grantgate_policies.cli import main
from grantgate_policies.core import PASSED, Fact, Level, OnUnknown, Rule, Severity
from grantgate_policies.faults import RulesFileError
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import PATTERN_CHECKS, read_rule_catalogue, read_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from grantgate_policies.rulebook import RuleBook

HEAD = "version: 1\norganization: {name: acme}\n"
MODULE = """\
from grantgate_policies.api import PASSED, Level, Location, Rule, Severity

def judge(location, context):
    return PASSED

RULE = Rule(
    id="ACME-01", name="acme-first", about=(Location,), severity=Severity.HIGH, level=Level.MANDATORY,
    summary="It is so", why="", fix="Make it so.", source="", url="", judge=judge,
)
"""


def judge(_fact: object, _context: object) -> object:
    return PASSED


def a_rule(**changes: Any) -> Rule:
    return Rule(
        **{
            "id": "ACME-01",
            "name": "acme-first",
            "about": (subjects.Location,),
            "severity": Severity.HIGH,
            "level": Level.MANDATORY,
            "summary": "It is so",
            "why": "",
            "fix": "Make it so.",
            "source": "",
            "url": "",
            "judge": judge,
            **changes,
        }
    )


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes modules, and a rules file that names the paths that are given."""

    def make(modules: dict[str, str | bytes], *paths: str, more: str = "") -> Path:
        for name, text in modules.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        entries = "".join(f"  - path: {path}\n" for path in paths)
        rules = tmp_path / "rules.yaml"
        rules.write_text(HEAD + (f"customRules:\n{entries}" if paths else "") + more)
        return rules

    return make


def faults_of(rules: Path) -> list[str]:
    with pytest.raises(RulesFileError) as caught:
        read_rules(rules)
    return [line.removeprefix(f"{rules}:") for line in str(caught.value).splitlines()]


def own(book: RuleBook) -> list[str]:
    return [rule.name for rule in book.catalogue[len(RULES) :]]


# --- what is loaded ---------------------------------------------------------------------------------------------------


def test_nothing_is_loaded_that_is_not_named(write: Callable[..., Path]) -> None:
    """A module beside the rules file means nothing by itself."""
    book = read_rules(write({"acme.py": "raise RuntimeError"}))

    assert book.catalogue == RULES


def test_a_rule_is_part_of_the_catalogue(write: Callable[..., Path]) -> None:
    """It stands after the built-in rules, and the file may set it like them."""
    rules = write({"acme.py": MODULE}, "acme.py", more="rules: {acme-first: {level: advisory}}\n")
    book = read_rules(rules)

    assert own(book) == ["acme-first"]
    assert book.effective(book.catalogue[-1], None, "").level is Level.ADVISORY
    assert read_rule_catalogue(rules) == book.catalogue


@pytest.mark.parametrize(
    ("modules", "paths", "names"),
    [
        pytest.param(
            {"own/b.py": MODULE, "own/a.py": MODULE.replace("01", "02").replace("first", "second")},
            ["own"],
            ["acme-second", "acme-first"],
            id="a folder, by name",
        ),
        pytest.param(
            {f"own/{name}": "1/0" for name in ("_a.py", "test_a.py", "conftest.py", "a.txt", "below/a.py")}
            | {"own/a.py": MODULE},
            ["own"],
            ["acme-first"],
            id="a folder's other files",
        ),
        pytest.param({"own/a.py": MODULE}, ["own", "own/a.py", "own/../own/a.py"], ["acme-first"], id="once"),
        pytest.param(
            {"a.py": MODULE.replace("RULE = Rule(", "RULES = (Rule(") + ",)"}, ["a.py"], ["acme-first"], id="RULES"
        ),
        pytest.param({"a.py": MODULE.replace("ACME-01", "AB-123")}, ["a.py"], ["acme-first"], id="a short family"),
        pytest.param(
            {"a.py": MODULE.replace("    summary", "    locked=True, summary")}, ["a.py"], ["acme-first"], id="locked"
        ),
        pytest.param(
            {"a.py": "from dataclasses import dataclass\n@dataclass(slots=True)\nclass A:\n    b: 'int'\n" + MODULE},
            ["a.py"],
            ["acme-first"],
            id="a module that looks itself up",
        ),
    ],
)
def test_what_a_path_offers(
    write: Callable[..., Path], modules: dict[str, str], paths: list[str], names: list[str]
) -> None:
    """A path is a file or a folder of them; the same file is one module."""
    assert own(read_rules(write(modules, *paths))) == names


def test_a_module_leaves_nothing_behind(write: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    """No module, no path, no bytecode and nothing on standard output, where the pack's port belongs."""
    spoils = "import sys\nsys.path.insert(0, 'x')\nprint('hello')\nassert sys.modules[__name__].__file__ == __file__\n"
    rules = write({"own/acme.py": spoils + MODULE}, "own/acme.py")
    modules, paths = set(sys.modules), list(sys.path)

    read_rules(rules)

    assert set(sys.modules) == modules
    assert sys.path == paths
    assert {file.name for file in rules.parent.rglob("*")} == {"rules.yaml", "own", "acme.py"}
    assert capsys.readouterr() == ("", "hello\n")


def test_a_module_is_run_once(write: Callable[..., Path]) -> None:
    """However often a process reads the file, a rule is itself; changed bytes are another rule."""
    rules = write({"acme.py": MODULE}, "acme.py")
    first = read_rules(rules).catalogue[-1]
    assert read_rules(rules).catalogue[-1] is first

    write({"acme.py": MODULE.replace("It is so", "It is not")}, "acme.py")
    assert read_rules(rules).catalogue[-1].summary == "It is not"


def test_the_digest_covers_modules(write: Callable[..., Path]) -> None:
    """A rules file without modules has the digest of its bytes; with them, their bytes and names count too."""
    plain = write({"acme.py": MODULE})
    assert read_rules(plain).digest == hashlib.sha256(plain.read_bytes()).hexdigest()

    rules = write({"acme.py": MODULE}, "acme.py")
    before = read_rules(rules).digest
    module = hashlib.sha256(MODULE.encode()).hexdigest()
    file = hashlib.sha256(rules.read_bytes()).hexdigest()
    assert before == hashlib.sha256(f"{file}\n{module} acme.py".encode()).hexdigest()
    write({"acme.py": MODULE + "# no more\n"}, "acme.py")
    assert read_rules(rules).digest != before


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "fault"),
    [
        pytest.param("import os\nimport nothing_there\n", "a.py:2: ModuleNotFoundError: No module named", id="import"),
        pytest.param("def f():\n    return {}['k']\n\nf()\n", "a.py:2: KeyError: 'k'", id="its own function"),
        pytest.param("import json\njson.loads('{')\n", "a.py:2: JSONDecodeError: ", id="another's function"),
        pytest.param("x = 1\ndef f(:\n", "a.py:2: SyntaxError: invalid syntax", id="no Python"),
        pytest.param("import sys\nsys.exit(0)\n", "a.py:2: SystemExit: 0", id="leaves"),
        pytest.param("raise RuntimeError\n", "a.py:1: RuntimeError", id="without a message"),
        pytest.param("raise RuntimeError('a\\nb' * 300)\n", "…", id="a long message"),
        pytest.param("def f(): f()\nf()\n", "a.py:1: RecursionError: ", id="endless"),
        pytest.param("x = '\0'\n", "a.py: ", id="a zero byte"),
        pytest.param(b"\xff\n", "a.py", id="no UTF-8"),
        pytest.param("", "a.py: no RULE. End the module with RULE = Rule(...), or RULES", id="empty"),
        pytest.param("RULE = 7\n", "a.py: RULE is an int, not a Rule", id="no rule"),
        pytest.param("RULES = ()\n", "a.py: RULES is empty. End", id="no rules"),
        pytest.param("RULES = 7\n", "a.py: RULES is no tuple. End", id="no tuple"),
        pytest.param("RULES = (7, 'a')\n", "a.py: RULES[1] is a str, not a Rule", id="a tuple of others"),
        pytest.param(MODULE + "RULES = (RULE,)\n", "a.py: both RULE and RULES. Keep one of them.", id="both"),
        pytest.param(
            MODULE + "RULES = (RULE, RULE)\ndel RULE\n",
            "a.py: RULES[1]: id 'ACME-01' is taken by a rule of a.py",
            id="twice",
        ),
        pytest.param(
            MODULE.replace("acme-first", "location-scope-valid"),
            "a.py: RULE: name 'location-scope-valid' is taken by a built-in rule",
            id="a built-in name",
        ),
        pytest.param(
            MODULE.replace("ACME-01", "AGL-77"),
            f"a.py: RULE: id 'AGL-77' is of a built-in family, which are {', '.join(FAMILIES)}",
            id="a built-in family",
        ),
    ],
)
def test_a_module_that_offers_nothing(write: Callable[..., Path], module: str | bytes, fault: str) -> None:
    """Whatever is wrong with a module is a fault of the entry that names it, in one line."""
    found = faults_of(write({"a.py": module}, "a.py"))

    assert found[-1].startswith("4:11: customRules[0].path: ")
    assert fault in "\n".join(found)
    assert len(found[-1]) < 300


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        pytest.param("nowhere.py", "'nowhere.py': no such file or folder. Paths are relative to", id="missing"),
        pytest.param("nowhere", "'nowhere': no such file or folder", id="a missing folder"),
        pytest.param("a.txt", "'a.txt' is neither a Python file nor a folder of them", id="no Python"),
        pytest.param("own", "'own' is a folder without a module of rules. Put one into it", id="an empty folder"),
        pytest.param("large.py", f"'large.py' is larger than {LARGEST} bytes", id="too large"),
        pytest.param("pipe.py", "'pipe.py' is no file", id="not a file"),
        pytest.param('"a\\0b.py"', "'a\\x00b.py': no such file", id="a name that no file has"),
    ],
)
def test_a_path_that_leads_nowhere(write: Callable[..., Path], tmp_path: Path, path: str, fault: str) -> None:
    """A path names one Python file, or a folder that has some."""
    os.mkfifo(tmp_path / "pipe.py")
    (found,) = faults_of(write({"a.txt": "", "own/_a.py": "", "large.py": b" " * (LARGEST + 1)}, path))

    assert found.startswith("4:11: customRules[0].path: ")
    assert fault in found


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        pytest.param("{path: a.py, entryPoint: b}", "customRules[0]: path and entryPoint together", id="both"),
        pytest.param("{}", "customRules[0]: empty, at least 1 required", id="neither"),
        pytest.param("{path: 7}", 'customRules[0].path: 7 where a text belongs. Quote it: "7".', id="no text"),
        pytest.param("{path: ' '}", "customRules[0].path: ' ' is not a text that says something", id="blank"),
        pytest.param("{paths: a.py}", "customRules[0].paths: unknown key. Did you mean path?", id="misspelt"),
        pytest.param("a.py", "customRules[0]: 'a.py' where a map belongs", id="no map"),
        pytest.param(
            "{entryPoint: acme}",
            f"customRules[0].entryPoint: 'acme' is no entry point. Installed packages offer none in the group {GROUP}.",
            id="no entry point",
        ),
    ],
)
def test_an_entry_of_another_shape(write: Callable[..., Path], entry: str, fault: str) -> None:
    """An entry is one path or one entry point."""
    (found,) = faults_of(write({}, more=f"customRules: [{entry}]\n"))

    assert found.partition(": ")[2].startswith(fault)


def test_every_fault_at_once(write: Callable[..., Path]) -> None:
    """What a module that failed may have offered is not called unknown; everything else is told."""
    more = """\
rules: {acme-first: {days: 7}, acme-lost: {}, location-scope-valid: {levle: high}}
environments: {dev: {match: {stacks: [dev]}, rules: {acme-lost: {}}}}
waivers: [{rule: acme-lost, match: {urn: x}, owner: o, reason: r, expires: 2027-01-01}]
"""
    found = faults_of(write({"a.py": MODULE, "b.py": "1/0", "c.py": "x = "}, "a.py", "b.py", "c.py", more=more))

    assert found == [
        "5:11: customRules[1].path: b.py:1: ZeroDivisionError: division by zero",
        "6:11: customRules[2].path: c.py:1: SyntaxError: invalid syntax",
        "7:22: rules.acme-first.days: unknown key. Known keys: level, onUnknown, severity, waivable.",
        "7:70: rules.location-scope-valid.levle: unknown key. Did you mean level?",
    ]


def test_names_are_known_once_all_modules_are(write: Callable[..., Path]) -> None:
    """Without a module that failed, a rule's name that nobody offers is a fault."""
    (found,) = faults_of(write({"a.py": MODULE}, "a.py", more="rules: {acme-frist: {}}\n"))

    assert found == "5:9: rules.acme-frist: not the name of a rule. Did you mean acme-first?"


# --- one rule ---------------------------------------------------------------------------------------------------------

UNSOUND: list[tuple[str, dict[str, Any], str]] = [
    ("id in small letters", {"id": "acme-01"}, "id 'acme-01' is not of the form ACME-01"),
    ("id without a number", {"id": "ACME"}, "id 'ACME' is not of the form ACME-01"),
    ("id with a line's end", {"id": "ACME-01\n"}, "is not of the form ACME-01"),
    ("id too long", {"id": "ACMEACMEA-01"}, "is not of the form ACME-01"),
    ("no id", {"id": None}, "id None is not of the form ACME-01"),
    ("name in capitals", {"name": "Acme"}, "name 'Acme' is not of the form acme-bucket-named"),
    ("name with an underscore", {"name": "acme_first"}, "is not of the form acme-bucket-named"),
    ("name that ends in a hyphen", {"name": "acme-"}, "is not of the form acme-bucket-named"),
    ("every policy's name", {"name": "all"}, "name 'all' is Pulumi's word for every policy"),
    ("a level as text", {"level": "mandatory"}, "level is 'mandatory', not one of Level's members"),
    ("no severity", {"severity": None}, "severity is None, not one of Severity's members"),
    ("another enumeration", {"on_unknown": Level.ADVISORY}, "on_unknown is Level.ADVISORY, not one of"),
    ("remediate without a remedy", {"level": Level.REMEDIATE}, "level is remediate, and the rule has no remedy"),
    ("no summary", {"summary": " "}, "summary is empty, every report tells it"),
    ("no fix", {"fix": ""}, "fix is empty, every report tells it"),
    ("two lines", {"why": "a\nb"}, "why is more than one printable line"),
    ("a text's kind", {"source": 7}, "source is 7, not a text"),
    ("no address", {"url": "wiki/acme"}, "url 'wiki/acme' does not begin with https://"),
    ("no judge", {"judge": None}, "judge is None, not a function"),
    ("gather is no function", {"gather": "x"}, "gather is 'x', not a function"),
    ("locked is no truth value", {"locked": 1}, "locked is 1, not True or False"),
    ("about nothing", {"about": ()}, "about is empty, not a tuple of at least one kind of fact"),
    ("about is no tuple", {"about": subjects.Location}, "about is a type, not a tuple"),
    ("about anything", {"about": (Fact,)}, "about names Fact, and facts are Bucket, Grant, "),
    ("about a text", {"about": ("Location",)}, "about names 'Location', and facts are"),
    ("needs a list", {"needs": ["region"]}, "needs is a list, not a tuple of field names"),
    ("needs what the fact lacks", {"needs": ("locationScope",)}, "needs 'locationScope', and Location has access_"),
    ("needs the resource", {"needs": ("resource",)}, "needs 'resource', and Location has"),
    ("settings are no map", {"settings": ()}, "settings is not a map"),
    ("required is a list", {"required": ["a"]}, "or required is not a tuple of their names"),
    ("required without a fragment", {"required": ("a",)}, "required a without a settings fragment"),
    ("a key of every rule", {"settings": {"level": {}}}, "settings level are keys of every rule"),
    ("a setting's name", {"settings": {"max-days": {}}}, "setting 'max-days' is not of the form maxDays"),
    ("a locked rule passes unknowns", {"locked": True, "on_unknown": OnUnknown.PASS}, "locked, and what is unknown"),
]

UNSOUND_SETTINGS: list[tuple[str, Any, str]] = [
    ("no map", 7, "7 where a JSON Schema belongs, as a dict"),
    ("no schema", {"type": "text"}, "no JSON Schema: 'text' is not valid under any of the given schemas"),
    ("a tuple", {"type": "array", "items": ({},)}, "no JSON Schema: "),
    ("a set", {"enum": {1}}, "not writable as JSON: Object of type set is not JSON serializable"),
    ("no number", {"default": float("nan")}, "not writable as JSON: Out of range float values"),
    ("another document", {"items": {"$ref": "https://example.com/x"}}, "$ref points elsewhere"),
    ("an own name", {"$id": "x"}, "$id points elsewhere"),
    ("items are true", {"items": True}, "items is true, not a map"),
    ("no kind of pattern", {"items": {"x-pattern": "bucket"}}, "x-pattern 'bucket' is none of name, prefix, role"),
    ("a kind that is a list", {"items": {"x-pattern": ["scope"]}}, "x-pattern a list is none of"),
    ("no regular expression", {"type": "string", "pattern": "("}, "no JSON Schema: '(' is not a 'regex'"),
    ("a default that breaks it", {"type": "integer", "default": "7"}, "its default breaks it: '7' is not of type"),
]


@pytest.mark.parametrize(("changes", "complaint"), [pytest.param(*row, id=name) for name, *row in UNSOUND])
def test_an_unsound_rule(changes: dict[str, Any], complaint: str) -> None:
    """What would keep a rule from being judged, configured or told is said before it is asked anything."""
    (found,) = objections(a_rule(**changes), PATTERN_CHECKS)

    assert complaint in found


@pytest.mark.parametrize(("fragment", "complaint"), [pytest.param(*row, id=name) for name, *row in UNSOUND_SETTINGS])
def test_an_unsound_setting(fragment: Any, complaint: str) -> None:
    """A setting's fragment becomes part of the rules file's schema, and stands by itself."""
    (found,) = objections(a_rule(settings={"days": fragment}), PATTERN_CHECKS)

    assert found.startswith("setting 'days': ")
    assert complaint in found


def test_several_objections() -> None:
    """Everything that is wrong with a rule is said at once."""
    assert len(list(objections(a_rule(id="x", name="X", about=(), settings={"Days": {}}), PATTERN_CHECKS))) == 4


def test_built_in_rules_are_sound() -> None:
    """The built-in rules obey what others must, their families aside."""
    for rule in RULES:
        assert all("built-in family" in one for one in objections(rule, PATTERN_CHECKS)), rule.id
        assert rule.id.partition("-")[0] in FAMILIES


def test_authors_get_every_fact_from_one_module() -> None:
    """``grantgate_policies.api`` offers every kind of fact that rules can be about."""
    assert set(KINDS) <= set(api.__all__)
    assert all(getattr(api, name) is kind for name, kind in KINDS.items())
    assert api.__all__ == sorted(api.__all__, key=lambda name: (not name.isupper(), name.islower(), name))


# --- entry points -----------------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Return what puts a package with an entry point on the path, as an installer does."""
    place = tmp_path / "site"
    place.mkdir()
    monkeypatch.syspath_prepend(str(place))
    before = set(sys.modules)

    def install(module: str, text: str, target: str = "", *, package: str = "acme-rules", version: str = "1.0") -> None:
        (place / f"{module}.py").write_text(text)
        info = place / f"{package.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\nacme = {module}{target}\n")
        importlib.invalidate_caches()

    yield install
    for name in set(sys.modules) - before:
        del sys.modules[name]


ENTRY = "customRules: [{entryPoint: acme}]\n"


@pytest.mark.parametrize(
    ("text", "target"),
    [
        pytest.param(MODULE, "", id="a module"),
        pytest.param(MODULE, ":RULE", id="a rule"),
        pytest.param(MODULE + "MINE = (RULE,)\n", ":MINE", id="a tuple"),
    ],
)
def test_an_entry_point(
    write: Callable[..., Path], installed: Callable[..., None], text: str, target: str, request: pytest.FixtureRequest
) -> None:
    """An installed package offers rules under a name; its version and its module are part of the digest."""
    installed(f"acme_rules_{abs(hash(request.node.name))}", text, target)
    rules = write({}, more=ENTRY)
    book = read_rules(rules)

    assert own(book) == ["acme-first"]
    assert book.digest != hashlib.sha256(rules.read_bytes()).hexdigest()


def test_an_entry_point_that_raises(write: Callable[..., Path], installed: Callable[..., None]) -> None:
    """The failing statement is named by its file."""
    installed("acme_rules_raising", "x = 1\nx.y\n")
    (found,) = faults_of(write({}, more=ENTRY))

    assert found.startswith("3:28: customRules[0].entryPoint: ")
    assert found.endswith("acme_rules_raising.py:2: AttributeError: 'int' object has no attribute 'y'")


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        pytest.param(":NOTHING", "AttributeError: module", id="no such member"),
        pytest.param(":judge", "acme_rules_strange:judge: no RULE", id="a function"),
    ],
)
def test_an_entry_point_that_offers_nothing(
    write: Callable[..., Path], installed: Callable[..., None], target: str, fault: str
) -> None:
    """An entry point leads to a module, a rule or a tuple of them."""
    installed("acme_rules_strange", MODULE, target)
    (found,) = faults_of(write({}, more=ENTRY))

    assert fault in found


def test_an_entry_point_of_two_packages(write: Callable[..., Path], installed: Callable[..., None]) -> None:
    """Which of two packages is meant is not guessed."""
    installed("acme_rules_one", MODULE)
    installed("acme_rules_two", MODULE, package="other-rules")
    (found,) = faults_of(write({}, more=ENTRY))

    assert found.endswith("'acme' is an entry point of acme-rules and other-rules. Uninstall all but one.")
    (found,) = faults_of(write({}, more=ENTRY.replace("acme}", "acmee}")))
    assert found.endswith("'acmee' is no entry point. Did you mean acme?")


# --- the command line -------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, arguments, env={"GRANTGATE_RULES": ""})
    return result.exit_code, result.output


def test_commands_know_the_rule(write: Callable[..., Path]) -> None:
    """It is listed, explained and part of the schema, where the rules file is named."""
    settings = 'settings={"maxDays": {"type": "integer", "default": 3, "description": "Days."}}, summary'
    rules = str(write({"acme.py": MODULE.replace("summary", settings)}, "acme.py"))

    assert "ACME-01  acme-first" in run("rules", "list", "--rules", rules)[1]
    assert "It is so." in run("rules", "explain", "acme-01", "--rules", rules)[1]
    assert "ACME-01 acme-first" in run("rules", "explain", "--scope", "s3://b/x/*", "--rules", rules)[1]
    assert '"maxDays"' in run("rules", "schema", "--rules", rules)[1]
    assert "acme-first" not in run("rules", "schema")[1]
    assert run("rules", "schema", "--rules", rules, "--cases")[0] == 2


def test_a_module_that_raises_is_told_in_one_line(write: Callable[..., Path]) -> None:
    """A rules file that cannot be used is exit code 2, without a traceback."""
    rules = str(write({"acme.py": "1/0"}, "acme.py"))

    for command in (["validate", rules], ["list", "--rules", rules], ["schema", "--rules", rules]):
        code, output = run("rules", *command)
        assert code == 2
        assert output.endswith("customRules[0].path: acme.py:1: ZeroDivisionError: division by zero\n")
