"""`grantgate what-if`: what another rules file changes, and whether something new blocks."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from grantgate_policies import inputs
from grantgate_policies.checking import check
from grantgate_policies.cli import main
from grantgate_policies.report import Exit
from grantgate_policies.rulebook import RuleBook, parse
from grantgate_policies.rules import RULES as CATALOGUE
from grantgate_policies.rulesfile import PATTERN_CHECKS
from grantgate_policies.whatif import Comparison, compare

if TYPE_CHECKING:
    from pathlib import Path

    from grantgate_policies.core import Verdict

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ACCOUNT = "111122223333"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
NOW = dt.datetime(2027, 1, 31, tzinfo=dt.UTC)
HEAD = f'version: 1\norganization: {{name: acme, accounts: {{"{ACCOUNT}": {{name: data-prod}}}}}}\n'


def a_file(allow: str = "s3://acme/*", level: str = "mandatory", *, more: str = "", tail: str = "") -> str:
    """Give a rules file about scopes; ``more`` are other rules' entries, ``tail`` are its other sections."""
    return f'{HEAD}rules:\n  location-scope-allowed: {{allow: ["{allow}"], level: {level}}}\n{more}{tail}'


def a_list(*scopes: Any) -> str:
    props = {"iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin", "accountId": ACCOUNT}
    return json.dumps(
        [
            {"type": LOCATION, "name": name, "props": {**props, "locationScope": scope}}
            for name, scope in zip("abcdef", scopes, strict=False)
        ]
    )


IN_ACME = a_list("s3://acme/fin/*")
CUT = a_list("s3://acme/fin*")
ALLOWS, FORBIDS = a_file(), a_file("s3://other/*")
WARNS, OFF = a_file("s3://other/*", "advisory"), a_file("s3://other/*", "disabled")
OPEN = a_file(level="mandatory, onUnknown: warn")
WAIVER = '{rule: location-scope-allowed, match: {resource: a}, owner: me, reason: why, expires: "2099-01-31"}'
WAIVES = a_file("s3://other/*", tail=f"waivers:\n  - {WAIVER}\n")


def a_book(text: str) -> RuleBook:
    return parse(text, name="rules.yaml", rules=CATALOGUE, pattern_checks=PATTERN_CHECKS)


def compared(old: str, new: str, content: str = IN_ACME) -> Comparison:
    return compare([inputs.parse(content.encode(), "list.json")], a_book(old), a_book(new), NOW)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with two rules files and an input, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("GRANTGATE_RULES", "GRANTGATE_DEBUG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, text in (("old.yaml", ALLOWS), ("new.yaml", FORBIDS), ("list.json", IN_ACME)):
        (tmp_path / name).write_text(text)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["what-if", *arguments], input=stdin)


@pytest.mark.parametrize(
    ("old", "new", "content", "changes", "code"),
    [
        pytest.param(ALLOWS, ALLOWS, IN_ACME, [], 0, id="the same file"),
        pytest.param(ALLOWS, FORBIDS, IN_ACME, ["newlyFailing"], 1, id="newly failing"),
        pytest.param(ALLOWS, WARNS, IN_ACME, ["newlyFailing"], 0, id="newly failing, and only warns"),
        pytest.param(FORBIDS, ALLOWS, IN_ACME, ["fixed"], 0, id="fixed"),
        pytest.param(FORBIDS, FORBIDS, IN_ACME, [], 0, id="failing in both is nothing new"),
        pytest.param(FORBIDS, WARNS, IN_ACME, ["changedLevel"], 0, id="blocks no longer"),
        pytest.param(WARNS, FORBIDS, IN_ACME, ["changedLevel"], 1, id="blocks now"),
        pytest.param(FORBIDS, WAIVES, IN_ACME, ["newlyWaived"], 0, id="newly waived"),
        pytest.param(WAIVES, FORBIDS, IN_ACME, ["newlyFailing"], 1, id="waived no longer"),
        pytest.param(FORBIDS, OFF, IN_ACME, ["noLongerJudged"], 0, id="switched off"),
        pytest.param(OFF, FORBIDS, IN_ACME, ["newlyFailing"], 1, id="switched on, and fails"),
        pytest.param(OFF, ALLOWS, IN_ACME, [], 0, id="switched on, and passes"),
        pytest.param(OFF, ALLOWS, a_list(UNKNOWN), ["newlyUndecided"], 3, id="switched on, and undecided"),
        pytest.param(OFF, OPEN, a_list(UNKNOWN), ["newlyUndecided"], 0, id="undecided, and may pass"),
        pytest.param(OPEN, ALLOWS, a_list(UNKNOWN), ["changedLevel"], 3, id="an unknown may pass no longer"),
        pytest.param(ALLOWS, OPEN, a_list(UNKNOWN), ["changedLevel"], 0, id="an unknown may pass now"),
        pytest.param(
            OFF, FORBIDS, a_list("s3://acme/x/*", UNKNOWN), ["newlyFailing", "newlyUndecided"], 1, id="a failure weighs"
        ),
        pytest.param(
            ALLOWS,
            a_file("s3://acme-{account.name}/*"),
            a_list("s3://acme/x/*", "s3://acme-data-prod/x/*"),
            ["newlyFailing", "fixed"],
            1,
            id="one for another",
        ),
        pytest.param(ALLOWS, FORBIDS, "[]", [], 0, id="nothing to judge"),
    ],
)
def test_compare(old: str, new: str, content: str, changes: list[str], code: int) -> None:
    """Each change has its kind, and only what newly blocks makes the exit code."""
    found = compared(old, new, content)

    assert [change.kind.value for change in found.changes] == changes
    assert found.exit_code() == code


def test_undecided_that_fails_now() -> None:
    """What blocked as undecided and now fails blocks in a new way, and the other way round."""
    unstated = [{"type": LOCATION, "name": "a", "props": {"locationScope": "s3://acme/x/*"}}]
    needs_an_account = a_file("s3://{account.name}/*")

    there = compared(needs_an_account, FORBIDS, json.dumps(unstated))
    back = compared(FORBIDS, needs_an_account, json.dumps(unstated))

    assert ([one.kind.value for one in there.changes], there.exit_code()) == (["newlyFailing"], Exit.FAILED)
    assert ([one.kind.value for one in back.changes], back.exit_code()) == (["newlyUndecided"], Exit.UNDECIDED)


def test_counts_of_what_stays() -> None:
    """What both files say alike is counted by outcome."""
    content = a_list("s3://acme/fin*", UNKNOWN)
    alone = check([inputs.parse(content.encode(), "list.json")], a_book(FORBIDS), NOW)

    found = compared(FORBIDS, FORBIDS, content)

    assert found.unchanged == Counter(finding.outcome for finding in alone.findings)
    assert {"FAIL", "UNKNOWN", "PASS"} <= {outcome.value for outcome in found.unchanged}


def test_rules_in_force_in_one_file_only() -> None:
    """A rule that only one file configures, or does not disable, is named, whatever there is to judge."""
    with_roles = a_file(more='  location-role-allowed: {allow: ["arn:aws:iam::*:role/*-x"]}\n')

    assert compared(ALLOWS, with_roles, "[]").only_new == ("location-role-allowed",)
    assert compared(with_roles, ALLOWS, "[]").only_old == ("location-role-allowed",)
    assert compared(ALLOWS, OFF, "[]").only_old == ("location-scope-allowed",)


def test_a_rule_of_one_catalogue() -> None:
    """A rule that only one of the files has stands against nothing."""
    fewer = [rule for rule in CATALOGUE if rule.name != "location-prefix-delimited"]
    short = parse(ALLOWS, name="rules.yaml", rules=fewer, pattern_checks=PATTERN_CHECKS)
    read = [inputs.parse(CUT.encode(), "list.json")]

    gone, come = compare(read, a_book(ALLOWS), short, NOW), compare(read, short, a_book(ALLOWS), NOW)

    assert (gone.only_old, gone.only_new) == (("location-prefix-delimited",), ())
    assert [(one.kind.value, one.after) for one in gone.changes] == [("noLongerJudged", None)]
    assert gone.to_json()["changes"][0]["after"] is None
    assert [(one.kind.value, one.before) for one in come.changes] == [("newlyFailing", None)]
    assert (gone.exit_code(), come.exit_code()) == (Exit.PASSED, Exit.FAILED)


def test_a_rule_that_raises_is_4() -> None:
    """An error hides what the new file would say, in one file or in both."""

    def broken(*_: Any) -> Verdict:
        raise KeyError

    rules = tuple(replace(rule, judge=broken) if rule.id == "AGL-03" else rule for rule in CATALOGUE)
    raising = replace(a_book(ALLOWS), catalogue=rules)
    read = [inputs.parse(IN_ACME.encode(), "list.json")]

    new = compare(read, a_book(ALLOWS), raising, NOW)
    both = compare(read, raising, raising, NOW)

    assert ([one.kind.value for one in new.changes], new.exit_code()) == (["newErrors"], Exit.ERROR)
    assert (both.changes, both.exit_code()) == ((), Exit.ERROR)


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
def test_text() -> None:
    """What changes is told with both states, and the last line says whether something new blocks."""
    lines = run("old.yaml", "new.yaml", "list.json").output.splitlines()

    assert lines[:2] == ["Newly failing", "  ✘ a  AGL-03 location-scope-allowed  PASS -> FAIL (blocks)"]
    assert lines[2].startswith("    scope 's3://acme/fin/*' is not inside the allowed 's3://other/*'")
    assert lines[-1] == (
        "BLOCKS MORE: 1 finding that would newly block, by new.yaml instead of old.yaml, on 1 resource of list.json"
    )


@pytest.mark.usefixtures("place")
def test_text_without_a_change() -> None:
    """Two files that say the same are one line of counts and a verdict."""
    result = run("old.yaml", "old.yaml", "list.json")

    assert result.output.splitlines()[0].startswith("unchanged: ")
    assert result.output.splitlines()[-1].startswith("NOTHING NEW BLOCKS: 0 changes by old.yaml instead of old.yaml")
    assert result.exit_code == 0


def test_text_folds_what_passed(place: Path) -> None:
    """A rule that is switched off is one line for all the resources that passed it, and named for the others."""
    (place / "new.yaml").write_text(a_file(level="disabled"))
    output = run("old.yaml", "new.yaml", "-", stdin=a_list("s3://acme/a/*", "s3://acme/b/*", "s3://x/c/*")).output

    assert "  · AGL-03 location-scope-allowed  passed 2 times\n    disabled by the rules file\n" in output
    assert "  · c  AGL-03 location-scope-allowed  FAIL (blocks) -> NOT_APPLICABLE\n" in output
    assert "In force only in the old file\n  location-scope-allowed\n" in output


def test_waived_is_told_with_its_owner(place: Path) -> None:
    """A new waiver is shown with who answers for it."""
    (place / "old.yaml").write_text(FORBIDS)
    (place / "new.yaml").write_text(WAIVES)

    assert "    Waived by me: why (until 2099-01-31)\n" in run("old.yaml", "new.yaml", "list.json").output


def test_json(place: Path) -> None:
    """The published shape, to a file."""
    result = run("old.yaml", "new.yaml", "list.json", "--format", "json", "--output", "out.json")
    found = json.loads((place / "out.json").read_text())

    assert (result.exit_code, result.stdout) == (1, "")
    assert list(found) == [
        *("schema", "exitCode", "old", "new", "source", "resources", "counts", "unchanged"),
        *("onlyInOld", "onlyInNew", "changes", "problems"),
    ]
    assert (found["schema"], found["exitCode"], found["old"], found["new"]) == (
        *("grantgate.what-if/1", 1, "old.yaml", "new.yaml"),
    )
    (change,) = found["changes"]
    assert (change["kind"], change["newBlock"]) == ("newlyFailing", True)
    assert (change["before"]["outcome"], change["after"]["outcome"]) == ("PASS", "FAIL")
    assert found["counts"]["newlyFailing"] == 1


def test_the_stack_chooses(place: Path) -> None:
    """--stack chooses the environment in both files."""
    overlay = "environments:\n  dev: {match: {stacks: [x-dev]}, rules: {location-scope-allowed: {level: advisory}}}\n"
    (place / "new.yaml").write_text(FORBIDS + overlay)

    assert run("old.yaml", "new.yaml", "list.json").exit_code == 1
    assert run("old.yaml", "new.yaml", "list.json", "--stack", "x-dev").exit_code == 0


@pytest.mark.usefixtures("place")
def test_an_input_that_is_not_whole_is_4() -> None:
    """A preview that failed shows too little for a verdict."""
    failed = {"steps": [], "diagnostics": [{"severity": "error", "message": "no such bucket"}]}
    result = run("old.yaml", "new.yaml", "-", stdin=json.dumps(failed))

    assert result.exit_code == 4
    assert "no such bucket" in result.output
    assert result.output.splitlines()[-1].startswith("ERROR: the inputs are not whole")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "Missing argument 'OLD.yaml'", id="nothing"),
        pytest.param(["old.yaml", "new.yaml"], "Missing argument 'INPUT...'", id="no input"),
        pytest.param(["old.yaml", "new.yaml", "-", "-"], "standard input (-) can be read only once", id="stdin twice"),
        pytest.param(["no.yaml", "new.yaml", "list.json"], "no.yaml: no such file", id="no old file"),
        pytest.param(["old.yaml", "list.json", "list.json"], "list.json:1:1: a list where a map", id="no rules file"),
        pytest.param(["old.yaml", "new.yaml", "no.json"], "no.json: no such file", id="no such input"),
        pytest.param(["old.yaml", "new.yaml", "list.json", "--output", "."], ".: is a folder", id="no output"),
    ],
)
def test_usage(arguments: list[str], message: str) -> None:
    """Every wrong call is exit code 2 and says what is wrong."""
    result = run(*arguments, stdin=IN_ACME)

    assert message in result.stderr
    assert result.exit_code == 2


def test_help_teaches() -> None:
    """The command shows a call, and its exit codes."""
    words = " ".join(run("--help").output.split())

    assert "Example:" in words
    assert "3 only unknowns that may not pass are new" in words
