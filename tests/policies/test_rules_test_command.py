"""``grantgate rules test``: what is run, what is told, and the exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from grantgate_policies.cases import SCHEMA_FILE
from grantgate_policies.cli import main
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
MODULE = """\
from grantgate_policies.api import PASSED, Broken, Level, Location, Rule, Severity

def judge(location, context):
    if location.location_scope == "s3://raise":
        raise RuntimeError
    if location.location_scope.startswith("s3://acme-"):
        return PASSED
    scope = location.location_scope
    return Broken("locationScope", scope, "s3://acme-", f"scope {scope!r} is foreign")

RULE = Rule(
    id="ACME-01", name="acme-named", about=(Location,), severity=Severity.HIGH, level=Level.MANDATORY,
    summary="It is ours", why="", fix="Use ours.", source="", url="", judge=judge, needs=("location_scope",),
)
"""
RULES_FILE = "version: 1\norganization: {name: acme}\ncustomRules: [{path: acme.py}]\n"


def a_case(name: str, scope: str, expect: str, *more: str) -> str:
    lines = (
        f"input: [{{type: '{LOCATION}', name: it, props: {{locationScope: '{scope}'}}}}]",
        f"expect: {expect}",
        *more,
    )
    return f"  - name: {name}\n" + "".join(f"    {line}\n" for line in lines)


def a_file(*cases: str, rule: str = "acme-named") -> str:
    return f"rule: {rule}\ncases:\n{''.join(cases)}"


PASSES, FAILS = a_case("ours", "s3://acme-data", "PASS"), a_case("foreign", "s3://data", "FAIL")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file that has a rule of its own, as the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRANTGATE_RULES", raising=False)
    (tmp_path / "acme.py").write_text(MODULE)
    (tmp_path / "rules.yaml").write_text(RULES_FILE)
    (tmp_path / "cases").mkdir()
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rules", "test", *arguments])


def test_cases_beside_the_rules_file(place: Path) -> None:
    """Without arguments the case files beside the rules file are run."""
    (place / "acme.cases.yaml").write_text(a_file(PASSES))
    (place / "cases" / "acme.yaml").write_text(a_file(FAILS))
    result = run()

    assert (result.exit_code, result.output) == (0, "2 cases of 1 rule: 2 as expected\n")


@pytest.mark.parametrize(
    ("cases", "code", "output"),
    [
        pytest.param(a_file(PASSES, FAILS), 0, "2 cases of 1 rule: 2 as expected\n", id="as expected"),
        pytest.param(
            a_file(PASSES, FAILS, a_case("raises", "s3://raise", "ERROR")),
            0,
            "3 cases of 1 rule: 3 as expected\n",
            id="a rule that raises, as expected",
        ),
        pytest.param(
            a_file(FAILS, a_case("raises", "s3://raise", "PASS")),
            1,
            "x.yaml:6: acme-named: raises\n  expected PASS of 'it', got ERROR: the rule could not be judged: "
            "RuntimeError in acme.py:5\n2 cases of 1 rule: 1 as expected, 1 not\n",
            id="a rule that raises",
        ),
        pytest.param(
            a_file(PASSES, a_case("foreign", "s3://data", "FAIL", "message: ours")),
            1,
            "x.yaml:6: acme-named: foreign\n  expected a message with 'ours', got \"scope 's3://data' is foreign\"\n"
            "2 cases of 1 rule: 1 as expected, 1 not\n",
            id="another message",
        ),
        pytest.param(
            a_file(PASSES),
            1,
            "ACME-01 acme-named has no case that it FAILs\n"
            "1 case of 1 rule: 1 as expected; 1 rule without a case that it FAILs\n",
            id="no case that fails",
        ),
        pytest.param(
            a_file(a_case("x", "s3://b/fin*", "FAIL"), rule="location-prefix-delimited"),
            0,
            "1 case of 1 rule: 1 as expected\n",
            id="another rule's cases",
        ),
        pytest.param(
            a_file(PASSES, FAILS)
            + a_case("e\\\\u001b[31m", "s3://acme-a", "FAIL").replace("e\\\\", '"e\\').replace("[31m", '[31m"'),
            1,
            "x.yaml:9: acme-named: e\\x1b[31m\n  expected FAIL of 'it', got PASS\n"
            "3 cases of 1 rule: 2 as expected, 1 not\n",
            id="a name with an escape",
        ),
    ],
)
def test_what_is_told(place: Path, cases: str, code: int, output: str) -> None:
    """A case that is not as expected is told with its place, and so is a rule that nothing breaks."""
    (place / "x.yaml").write_text(cases)
    result = run("x.yaml")

    assert result.output == output
    assert result.exit_code == code


def test_files_are_about_the_rules_that_they_name(place: Path) -> None:
    """Named files do not ask for cases of the rules that they do not name; without files every rule of yours counts."""
    (place / "cases" / "prefix.yaml").write_text(
        a_file(a_case("x", "s3://b/fin*", "FAIL"), rule="location-prefix-delimited")
    )
    untested = "ACME-01 acme-named has no case that it FAILs\n"

    assert run("cases/prefix.yaml").output == "1 case of 1 rule: 1 as expected\n"
    assert run().output == f"{untested}1 case of 2 rules: 1 as expected; 1 rule without a case that it FAILs\n"
    assert run().exit_code == 1


def test_what_rules_print_is_no_result(place: Path) -> None:
    """It goes to standard error."""
    (place / "acme.py").write_text(MODULE.replace("    if location", '    print("noise")\n    if location', 1))
    (place / "x.yaml").write_text(a_file(PASSES, FAILS))
    result = run("x.yaml")

    assert result.stdout == "2 cases of 1 rule: 2 as expected\n"
    assert "noise" in result.stderr


def test_a_folder_of_cases(place: Path) -> None:
    """A folder stands for its *.yaml; the same file counts once."""
    (place / "mine").mkdir()
    (place / "mine" / "a.yaml").write_text(a_file(PASSES, FAILS))
    (place / "mine" / "b.txt").write_text("?")

    assert run("mine", "mine/a.yaml").output == "2 cases of 1 rule: 2 as expected\n"
    assert run("cases").output.endswith("Error: cases is a folder without *.yaml\n")
    assert run("cases").exit_code == 2


def test_a_built_in_rule_without_a_rules_file(place: Path) -> None:
    """The built-in rules are there without a rules file, and need no cases of yours."""
    (place / "rules.yaml").unlink()
    cases = a_file(a_case("x", "s3://b/fin*", "FAIL"), rule="location-prefix-delimited")
    (place / "x.yaml").write_text(cases)

    assert run("x.yaml").output == "1 case of 1 rule: 1 as expected\n"
    assert run().exit_code == 2
    assert "no cases: there is no rules file here; name case files, or give --built-in" in run().output


def test_no_cases_beside_a_rules_file_without_rules(place: Path) -> None:
    """There is nothing to test, which is not a success."""
    (place / "rules.yaml").write_text("version: 1\norganization: {name: acme}\n")
    result = run()

    assert result.exit_code == 2
    assert "no cases: beside rules.yaml are no *.cases.yaml and no cases/*.yaml" in result.output


def test_rules_without_any_case(place: Path) -> None:
    """A rule of yours without a case is untested, and the command says so."""
    result = run("--rules", str(place / "rules.yaml"))

    assert result.exit_code == 1
    assert result.output.startswith("ACME-01 acme-named has no case that it FAILs\n0 cases of 1 rule: 0 as expected; ")


def test_built_in(place: Path) -> None:
    """The examples of the built-in rules can be run too."""
    (place / "rules.yaml").unlink()
    result = run("--built-in")

    assert result.exit_code == 0, result.output
    assert f" cases of {len(RULES)} rules: " in result.output


def test_faults_of_every_file(place: Path) -> None:
    """Case files with faults are exit code 2, and all of their faults are told at once."""
    (place / "a.yaml").write_text(a_file(PASSES.replace("PASS", "PAS")))
    (place / "b.yaml").write_text(a_file(PASSES, rule="acme-nmaed"))
    result = run("a.yaml", "b.yaml")
    (one,) = run("b.yaml").output.splitlines()

    assert result.exit_code == 2
    assert result.output == (
        "a.yaml:5:13: cases[0].expect: 'PAS' is none of PASS, FAIL, UNKNOWN, WAIVED, NOT_APPLICABLE, ERROR. "
        "Did you mean PASS?\n"
        "b.yaml:1:7: rule: 'acme-nmaed' is no rule. Did you mean acme-named?\n"
    )
    assert one == "grantgate: b.yaml:1:7: rule: 'acme-nmaed' is no rule. Did you mean acme-named?"


def test_a_rule_that_cannot_be_loaded(place: Path) -> None:
    """A rules file whose rules cannot be loaded is exit code 2, and no case is run."""
    (place / "acme.py").write_text("1/0\n")
    result = run()

    assert result.exit_code == 2
    assert result.output == (
        "grantgate: rules.yaml:3:22: customRules[0].path: acme.py:1: ZeroDivisionError: division by zero\n"
    )


def test_the_schema_is_printed() -> None:
    """`rules schema --cases` prints the published file."""
    result = CliRunner().invoke(main, ["rules", "schema", "--cases"])

    assert result.exit_code == 0
    assert json.loads(result.output) == json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
