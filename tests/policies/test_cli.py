"""The command line as people and pipelines call it: what is said, and the exit code."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import grantgate_policies
import pytest
from click.testing import CliRunner, Result
from grantgate_policies import checking, inputs
from grantgate_policies.atomic import WriteError, write
from grantgate_policies.cli import main
from grantgate_policies.commands import root
from grantgate_policies.commands.lazy import Entry
from grantgate_policies.rules import RULES as CATALOGUE

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ACCOUNT = "111122223333"
PROPS = {
    "locationScope": "s3://acme-data-prod/fin/*",
    "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader",
    "accountId": ACCOUNT,
}
TODAY = dt.datetime.now(dt.UTC).date()
RULES = f"""
version: 1
organization:
  name: acme
  accounts:
    "{ACCOUNT}": {{name: data-prod, environment: prod}}
rules:
  location-scope-allowed:
    allow: ["s3://acme-{{account.name}}/{{team}}/*"]
environments:
  dev: {{match: {{stacks: ["*-dev"]}}, rules: {{location-scope-allowed: {{level: advisory}}}}}}
"""


def a_waiver(days: int, scope: str = "s3://acme-legacy/*") -> str:
    expires = TODAY + dt.timedelta(days=days)
    return (
        f'\n  - {{rule: location-scope-allowed, match: {{scope: "{scope}"}}, owner: me, reason: why, '
        f"expires: {expires}}}"
    )


def a_list(*scopes: Any, urn: str | None = None) -> str:
    entries = [
        {"type": LOCATION, "name": f"location-{number}", "props": {**PROPS, "locationScope": scope}}
        for number, scope in enumerate(scopes)
    ]
    return json.dumps([{**entry, "urn": urn} if urn else entry for entry in entries])


GOOD = a_list(PROPS["locationScope"])
BAD = a_list("s3://acme-other/fin/*")
UNKNOWN = a_list("04da6b54-80e4-46f7-96ec-b56ff0331ba9")
BUCKET = json.dumps([{"type": "aws:s3/bucket:Bucket", "name": "b", "props": {}}])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file, as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("GRANTGATE_RULES", "GRANTGATE_DEBUG", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rules.yaml").write_text(RULES)
    return tmp_path


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def a_process(*arguments: str, **settings: Any) -> subprocess.Popen[str]:
    given = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **settings}
    return subprocess.Popen([sys.executable, "-W", "error", "-m", "grantgate_policies", *arguments], **given)


# --- check ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("content", "code", "verdict"),
    [
        pytest.param(GOOD, 0, "PASSED: 10 checks on 1 resource passed", id="passed"),
        pytest.param(BAD, 1, "BLOCKED: 1 mandatory rule failed on 1 resource", id="blocked"),
        pytest.param(UNKNOWN, 3, "UNDECIDED: 4 mandatory rules cannot be decided on 1 resource", id="undecided"),
        pytest.param(
            BUCKET, 0, "NOTHING TO JUDGE: 0 of 1 resource is of a type that rules are about", id="nothing to judge"
        ),
    ],
)
def test_check(content: str, code: int, verdict: str) -> None:
    """The exit code and the last line say the same."""
    result = run("check", "-", stdin=content)

    assert result.output.splitlines()[-1] == verdict
    assert result.exit_code == code


@pytest.mark.usefixtures("place")
def test_require_judged() -> None:
    """A pipeline can insist that something was looked at."""
    result = run("check", "-", "--require-judged", stdin=BUCKET)

    assert result.exit_code == 4
    assert result.output.splitlines()[-1] == (
        "ERROR: nothing to judge: 0 of 1 resource is of a type that rules are about; nothing was let through"
    )
    assert run("check", "-", "--require-judged", stdin=GOOD).exit_code == 0


def test_inputs_are_joined(place: Path) -> None:
    """Several inputs make one report, each resource judged as one of its own stack."""
    (place / "prod.json").write_text(a_list("s3://acme-x/fin/*", urn=f"urn:pulumi:prod::data::{LOCATION}::a"))
    (place / "dev.json").write_text(a_list("s3://acme-x/fin/*", urn=f"urn:pulumi:x-dev::data::{LOCATION}::b"))
    (place / "accountless.yaml").write_text(RULES.replace(", environment: prod", ""))

    result = run("check", "prod.json", "-", "dev.json", "--rules", "accountless.yaml", "--format", "json", stdin=BUCKET)

    report = json.loads(result.output)
    failed = [(one["resource"]["urn"][-1], one["level"]) for one in report["findings"] if one["outcome"] == "FAIL"]
    assert failed == [("a", "mandatory"), ("b", "advisory")]
    assert (report["source"], report["resources"], report["judged"]) == ("prod.json, standard input, dev.json", 3, 2)
    assert (report["exitCode"], report["rulesFile"], report["organization"]) == (1, "accountless.yaml", "acme")


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "grantgate: standard input: empty, and a `pulumi stack export`"),
        ("[7]", "grantgate: standard input: $[0]: 7 where an object belongs"),
        ("{", "grantgate: standard input:1:2: not JSON: "),
        ('[{"\\u001b[31m": 1, "\\u001b[31m": 1}]', r"the key '\x1b[31m' stands twice"),
    ],
)
def test_bad_input(content: str, message: str) -> None:
    """One line, exit code 2, and nothing of it is interpreted."""
    result = run("check", "-", stdin=content)

    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["check"], "Missing argument"),
        (["check", "-", "-"], "standard input (-) can be read only once"),
        (["check", "missing.json"], "missing.json: no such file"),
        (["check", "-", "--format", "xml"], "'xml' is no format"),
        (["check", "-", "--rules", "missing.yaml"], "missing.yaml: no such file"),
        (["check", "-", "--output", "no/such/report.txt"], "no/such/report.txt: its folder"),
        (["check", "-", "--output", "."], ".: is a folder, and a file is written here"),
        (["baseline", "-", "in.json"], "FILE: - is no file, and a baseline is kept in one"),
        (["chekc"], "'chekc' is no command; did you mean 'check'?"),
        (["rules", "explain"], "give either RULE or --scope"),
        (["rules", "explain", "--role", "x"], "--role goes with --scope"),
        (["rules", "explain", "AGL-03", "--scope", "s3://"], "give either RULE or --scope"),
        (["rules", "explain", "AGL-03", "--role", "x"], "--role goes with --scope, not with RULE"),
        (["rules", "explain", "location-scop-allowed"], "Did you mean location-scope-allowed?"),
        (["rules", "explain", "--scope", "s3://", "--account", "data-prd"], "Did you mean data-prod?"),
        (["rules", "validate", "rules.yaml", "--rules", "rules.yaml"], "FILE and --rules name the file twice"),
    ],
)
def test_usage(arguments: list[str], message: str) -> None:
    """Every wrong call is exit code 2 and says what is wrong."""
    result = run(*arguments, stdin=GOOD)

    assert message in result.stderr
    assert result.exit_code == 2


def test_rules_file_order(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--rules, then GRANTGATE_RULES, then policies/rules.yaml, then rules.yaml."""
    (place / "policies").mkdir()
    for number, name in enumerate(("policies/rules.yaml", "env.yaml", "option.yaml")):
        (place / name).write_text(RULES.replace("acme\n", f"acme-{number}\n"))

    assert "organization acme-0," in run("rules", "validate").output
    monkeypatch.setenv("GRANTGATE_RULES", "env.yaml")
    assert "organization acme-1," in run("rules", "validate").output
    assert "organization acme-2," in run("rules", "validate", "--rules", "option.yaml").output
    assert "organization acme-0," in run("rules", "validate", "policies/rules.yaml").output


def test_two_environments_of_one_stack(place: Path) -> None:
    """The first of the file counts, and what else matches is named."""
    more = '  test: {match: {stacks: ["a-*"]}}\n  play: {match: {stacks: ["*v"]}}\n'
    (place / "rules.yaml").write_text(RULES + more)
    output = run("rules", "effective", "--stack", "a-dev", "--rule", "AGL-03").output

    assert "dev: stack 'a-dev' matches '*-dev', rules.yaml:11; so do test and play, and the first in" in output
    assert "so do" not in run("rules", "effective", "--stack", "a-x").output


def test_no_rules_file(place: Path) -> None:
    """A gate without rules is no gate."""
    (place / "rules.yaml").unlink()
    result = run("check", "-", stdin=GOOD)

    assert result.exit_code == 2
    assert "there is no policies/rules.yaml and no rules.yaml here" in result.stderr


def test_bad_rules_file(place: Path) -> None:
    """All faults at once, one a line, for check and for validate."""
    (place / "rules.yaml").write_text("version: 2\norganization: {}\n")
    for arguments in (["check", "-"], ["rules", "validate"], ["rules", "list"]):
        result = run(*arguments, stdin=GOOD)

        assert result.exit_code == 2
        assert [line.split(": ")[0] for line in result.stderr.splitlines()] == ["rules.yaml:1:10", "rules.yaml:2:1"]


def test_notices(place: Path) -> None:
    """What the rules file should be told about itself."""
    waivers = "".join(
        (
            a_waiver(14),
            a_waiver(0, "s3://acme-legacy/fin/*"),
            a_waiver(1, "s3://acme-*/fin/*"),
            a_waiver(15, "s3://acme-leg*/*"),
            a_waiver(9, "s3://acme-gone/*"),
            a_waiver(-1, "s3://acme-older/*"),
        )
    )
    (place / "rules.yaml").write_text(f"{RULES}waivers:{waivers}\n")
    report = json.loads(run("check", "-", "--format", "json", stdin=a_list("s3://acme-legacy/fin/*")).output)
    notices = [notice for notice in report["notices"] if "waiver" in notice]

    assert [notice.split(")")[-1].split(",")[0] for notice in notices] == [
        " ends in 14 days",
        " ends today",
        " ends in 1 day",
        " was not needed here; remove it if no other stack needs it",
        f" was not needed here and ended on {TODAY - dt.timedelta(days=1)}; remove it if no other stack needs it",
    ]
    assert notices[0].startswith("the waiver of location-scope-allowed (me, rules.yaml:13)")
    assert (
        "AGL-11 location-role-allowed is not configured: the rules file gives no allow for location-role-allowed"
        in (report["notices"])
    )


# --- where reports go -------------------------------------------------------------------------------------------------


def test_output(place: Path) -> None:
    """A file gets the report, standard output nothing, the exit code stays."""
    result = run("check", "-", "--output", "report.txt", stdin=BAD)

    assert (result.exit_code, result.stdout) == (1, "")
    assert (place / "report.txt").read_text().splitlines()[-1].startswith("BLOCKED")
    assert sorted(path.name for path in place.iterdir()) == ["report.txt", "rules.yaml"]


def test_failed_run_leaves_no_old_report(place: Path) -> None:
    """A file that an earlier run left is not read as this one's: it says that this one could not look."""
    (place / "report.txt").write_text("PASSED")
    result = run("check", "-", "--output", "report.txt", stdin="{")

    assert (result.exit_code, result.stdout) == (2, "")
    last = (place / "report.txt").read_text().splitlines()[-1]
    why = "not JSON: Expecting property name enclosed in double quotes"
    assert last == f"ERROR: standard input:1:2: {why}; nothing was let through"


def test_written_file(tmp_path: Path) -> None:
    """A new file has the usual permissions, an old one keeps its own, and a link is followed."""
    old, link = tmp_path / "old", tmp_path / "link"
    old.write_text("old")
    old.chmod(0o640)
    link.symlink_to(old)
    mask = os.umask(0o027)
    try:
        write(link, "new \ud800")
        write(tmp_path / "new", "x")
    finally:
        os.umask(mask)

    assert old.read_text() == r"new \ud800"
    assert link.is_symlink()
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_device_is_written_not_replaced() -> None:
    """/dev/null stays what it is, and a full device is an error."""
    write(Path(os.devnull), "x")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
    if Path("/dev/full").exists():
        with pytest.raises(
            WriteError,
            match=r"^/dev/full: cannot be written: No space left on device; make room, or name another file$",
        ):
            write(Path("/dev/full"), "x")


def test_interrupted_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays, and no temporary one."""
    (tmp_path / "report").write_text("old")

    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "report", "new")

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report", "old")]


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
def test_validate() -> None:
    """A file that can be used is counted."""
    result = run("rules", "validate")

    # Those with required settings are configured once the file gives them: location-scope-allowed here.
    configured = sum(not rule.required for rule in CATALOGUE) + 1
    assert result.output == (
        f"rules.yaml: ok: organization acme, 1 account, {configured} of {len(CATALOGUE)} rules configured, "
        "1 environment, 0 waivers\n"
    )
    assert result.exit_code == 0


def test_schema_is_published() -> None:
    """The package file, what the command prints and the catalogue are one."""
    published = Path(grantgate_policies.__file__).with_name("rulebook.schema.json").read_bytes()

    assert run("rules", "schema").stdout_bytes == published
    assert json.loads(published)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.usefixtures("place")
def test_list() -> None:
    """Levels as they apply, and where they come from."""
    entries = {}
    for stack in ("x-prod", "x-dev"):
        listed = json.loads(run("rules", "list", "--stack", stack, "--format", "json").output)
        entries[stack] = {entry["id"]: entry for entry in listed["rules"]}

    assert (entries["x-prod"]["AGL-03"]["level"], entries["x-dev"]["AGL-03"]["level"]) == ("mandatory", "advisory")
    assert entries["x-dev"]["AGL-03"]["origins"]["level"] == "environments.dev"
    assert (entries["x-dev"]["AGL-11"]["configured"], entries["x-dev"]["AGL-11"]["missing"]) == (False, ["allow"])
    lines = run("rules", "list", "--account", "data-prod").output.splitlines()
    assert lines[0].split() == ["id", "name", "kind", "level", "severity", "on", "unknown", "configured", "from"]
    assert lines[3].split() == [
        *("AGL-03", "location-scope-allowed", "resource", "mandatory", "high", "fail", "yes", "rules", "(allow)")
    ]
    assert lines[-1] == "rules file rules.yaml; environment prod"


def test_list_without_rules_file(place: Path) -> None:
    """The catalogue can be read before there is a rules file."""
    (place / "rules.yaml").unlink()

    assert run("rules", "list").output.splitlines()[-1] == ("no rules file: the rules as they come; environment (none)")
    assert "What a location" not in run("rules", "explain", "AGL-04").output
    assert run("rules", "list", "--rules", "missing.yaml").exit_code == 2


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("name", ["AGL-03", "agl-03", "location-scope-allowed"])
def test_explain_rule(name: str) -> None:
    """A rule by id or name: what, why, fix, settings, source."""
    output = run("rules", "explain", name).output

    assert output.startswith("AGL-03 location-scope-allowed\n")
    for word in ("Why: ", "Fix: ", "In rules.yaml: mandatory, high, unknown values fail", "Source: ", "Page: https://"):
        assert f"\n  {word}" in output
    assert "  allow  list of scope patterns; required\n" in output
    assert '    Here: ["s3://acme-{account.name}/{team}/*"]\n' in output
    assert "  deny  list of scope patterns; default []\n" in output
    assert f'    {LOCATION} finance\n      {{"locationScope": "s3://acme-data-prod-finance/finance/*"' in output


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("scope", "code", "words"),
    [
        ("s3://acme-data-prod/fin/*", 0, ["Allowed by 's3://acme-{account.name}/{team}/*' with {team} = 'fin'"]),
        (
            "s3://acme-data-prod/fin",
            1,
            ["'s3://acme-{account.name}/{team}/*': ", "To pass: Write 's3://acme-data-prod/fin/*'."],
        ),
    ],
)
def test_explain_location(scope: str, code: int, words: list[str]) -> None:
    """A location that nobody made yet; the exit code is what a run with it would have."""
    result = run("rules", "explain", "--scope", scope, "--account", "data-prod", "--region", "eu-west-1")

    for word in words:
        assert word in result.output
    assert "NOT ASKED  AGL-12 location-role-not-denied  give --role" in result.output
    assert "Nearest miss" not in result.output  # the message has the only pattern, and what it is missed by
    assert "Not asked, since they look at the rest of the stack or at tags: AGI-03, AGL-06," in result.output
    assert result.exit_code == code


@pytest.mark.usefixtures("place")
def test_explain_needs_what_patterns_need() -> None:
    """Without an account its pattern cannot be decided."""
    result = run("rules", "explain", "--scope", "s3://acme-data-prod/fin/*")

    assert "Not given, and so not known: --role, --account, --region." in result.output
    assert result.exit_code == 3


# --- help, errors and ends --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["baseline"],
        ["what-if"],
        ["rules"],
        ["rules", "effective"],
        ["rules", "test"],
        ["rules", "validate"],
        ["rules", "schema"],
        ["rules", "list"],
        ["rules", "explain"],
        ["emulator"],
    ],
)
def test_help_teaches(arguments: list[str]) -> None:
    """Every command says what it answers and shows a call."""
    result = run(*arguments, "--help")

    assert result.exit_code == 0
    assert "Example:\n" in result.output


def test_exit_codes_are_in_the_help() -> None:
    """Who writes a pipeline finds them."""
    for arguments in ([], ["check"], ["rules", "explain"]):
        assert "4 engine" in " ".join(run(*arguments, "--help").output.split())


def test_version() -> None:
    """The release, on one line."""
    result = run("--version")

    assert result.output.startswith("grantgate, version ")
    assert result.exit_code == 0


def test_missing_command_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command whose module is not installed fails when it is called, and only then."""
    monkeypatch.setitem(root.COMMANDS, "preview", Entry("grantgate_policies.commands.nowhere", "Nothing."))

    assert "Nothing." in run("--help").output
    result = run("preview")
    assert (result.exit_code, "this installation has no command 'preview'" in result.stderr) == (2, True)


@pytest.mark.usefixtures("place")
def test_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is one line and lets nothing through."""

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("a\x1b[31m\nb")

    monkeypatch.setattr(checking, "check", broken)
    result = run("check", "-", stdin=GOOD)

    assert result.exit_code == 4
    assert result.stderr == (
        "grantgate: internal error: KeyError: 'a\\x1b[31m\\nb'; nothing was let through; please report it\n"
    )
    monkeypatch.setenv("GRANTGATE_DEBUG", "1")
    assert "Traceback (most recent call last)" in run("check", "-", stdin=GOOD).stderr


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        pytest.param(KeyboardInterrupt(), 130, "", id="Ctrl-C"),
        pytest.param(
            ModuleNotFoundError("no", name="ruamel.yaml"),
            2,
            "ruamel.yaml is not installed; run: pip install 'grantgate[policies]'",
            id="an extra that is not there",
        ),
        pytest.param(RecursionError("deep"), 4, "internal error: RecursionError: deep;", id="a deep end"),
        pytest.param(EOFError("short"), 4, "internal error: EOFError: short;", id="a file that is cut"),
    ],
)
def test_ends(monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, message: str) -> None:
    """Each end has its code."""

    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(inputs, "read", broken)
    result = run("check", "-", stdin=GOOD)

    assert message in result.stderr
    assert result.exit_code == code


def test_base_installation(place: Path) -> None:
    """Without click the command says what to install."""
    (place / "click.py").write_text("raise ModuleNotFoundError(\"No module named 'click'\", name='click')\n")
    process = a_process("check", "-", env={**os.environ, "PYTHONPATH": str(place)})
    _, errors = process.communicate()

    assert errors == "grantgate: the command line is not installed; run: pip install 'grantgate[policies]'\n"
    assert process.returncode == 2


# --- as a process -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("place")
def test_process() -> None:
    """`python -m grantgate_policies` is the command; without a terminal there is no colour and one width."""
    process = a_process("check", "-", env={**os.environ, "COLUMNS": "40", "PYTHONIOENCODING": "ascii"})
    output, errors = process.communicate(BAD)

    assert (process.returncode, errors) == (1, "")
    assert output.isascii()
    assert "\x1b" not in output
    assert max(map(len, output.splitlines())) > 100
    assert output.endswith("BLOCKED: 1 mandatory rule failed on 1 resource\n")


@pytest.mark.usefixtures("place")
def test_reader_that_closes_early() -> None:
    """`| head` changes nothing about the exit code, and nothing is complained about."""
    process = a_process("check", "-")
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    process.stdin.write(a_list(*(f"s3://acme-other/{number}/*" for number in range(500))))
    process.stdin.close()

    assert process.stderr.read() == ""
    assert process.wait() == 1
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.usefixtures("place")
def test_report_that_cannot_be_written() -> None:
    """A report that nobody gets is no pass."""
    with Path("/dev/full").open("w") as full:
        process = a_process("check", "-", stdout=full)
        _, errors = process.communicate(GOOD)

    assert (
        errors
        == "grantgate: standard output: cannot be written: No space left on device; make room, or name another file\n"
    )
    assert process.returncode == 2


def test_start_is_light() -> None:
    """The help needs click and nothing of what judging needs; a check needs no engine and no AWS."""
    script = (
        "import sys; from click.testing import CliRunner; from grantgate_policies.cli import main;"
        "CliRunner().invoke(main, sys.argv[1:]);"
        "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    loaded = {}
    for arguments in (["--help"], ["check", "-"]):
        done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True)
        loaded[arguments[0]] = set(done.stdout.split())

    assert not {"rich", "jsonschema", "ruamel", "json"} & loaded["--help"] - {"json"}
    for names in loaded.values():
        assert not {"pulumi", "pulumi_policy", "boto3", "botocore", "grpc"} & names


@pytest.mark.skipif(find_spec("moto") is None, reason="the emulator is an extra")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_emulator(place: Path, ending: signal.Signals) -> None:
    """It says where it is and how to use it, answers, and ends cleanly."""
    (place / "seed.yaml").write_text(f'accounts: {{"{ACCOUNT}": {{}}}}\n')
    process = a_process("emulator", "--port", "0", "--seed", "seed.yaml")
    assert process.stdout
    url = process.stdout.readline().split()[-1]
    lines = list(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
    with pytest.raises(urllib.error.HTTPError) as reply:
        urllib.request.urlopen(f"{url}/v20180820/accessgrantsinstance", timeout=5)  # noqa: S310 - our own server
    reply.value.close()
    process.send_signal(ending)
    _, errors = process.communicate(timeout=10)

    assert f"  export HTTP_PROXY={url} http_proxy={url}\n" in lines
    assert "  export AWS_DEFAULT_REGION=eu-west-1 AWS_REGION=eu-west-1\n" in lines
    assert "  export AWS_ENDPOINT_URL_S3_CONTROL=http://s3-control.eu-west-1.amazonaws.com\n" in lines
    assert any(f"AWS_ENDPOINT_URL={url} works for grantgate's own lookups" in line for line in lines)
    assert (process.returncode, errors) == (0, "")


@pytest.mark.skipif(find_spec("moto") is None, reason="the emulator is an extra")
def test_emulator_refuses(place: Path) -> None:
    """A bad seed and a bad port are usage errors."""
    (place / "seed.yaml").write_text("accounts: 7\n")

    for arguments, message in (
        (["--seed", "seed.yaml"], "--seed: seed.yaml: "),
        (["--seed", "missing.yaml"], "missing.yaml: No such file or directory"),
        (["--port", "70000"], "70000 is not in the range"),
        (["--host", "203.0.113.1"], "203.0.113.1:4566: Cannot assign requested address"),
    ):
        result = run("emulator", *arguments)
        assert message in result.stderr
        assert result.exit_code == 2


@pytest.mark.usefixtures("place")
def test_emulator_without_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the extra."""
    from grantgate_policies.commands import emulator  # noqa: PLC0415 - as lazily as the command line does

    monkeypatch.setattr(emulator, "NEEDS", ("no_such_module",))
    result = run("emulator")

    assert result.stderr == ("grantgate: no_such_module is not installed; run: pip install 'grantgate[emulator]'\n")
    assert result.exit_code == 2


@pytest.mark.usefixtures("place")
def test_many_resources() -> None:
    """Hundreds of locations make one line of verdict."""
    content = a_list(*(f"s3://acme-data-prod/team-{number}/*" for number in range(800)))
    result = run("check", "-", stdin=content)

    assert result.output.splitlines()[-1] == "PASSED: 8,000 checks on 800 resources passed"


def test_a_full_disk_takes_no_exit_code_away(tmp_path: Path) -> None:
    """With nowhere to write to, the exit code is one of the documented ones, and never that of Python's own ending."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("only Linux has a device that is always full")
    listed = tmp_path / "list.json"
    listed.write_text("[]")
    with full.open("w") as nowhere:
        done = subprocess.run(
            [sys.executable, "-m", "grantgate_policies", "check", str(listed)],
            stdout=nowhere,
            stderr=nowhere,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    assert done.returncode in {2, 4}
