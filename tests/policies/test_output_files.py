"""Reports go where they were sent, whole or not at all, and nowhere else, whatever resources are called."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import click
import pytest
from click.testing import CliRunner, Result
from grantgate_policies.atomic import WriteError, write
from grantgate_policies.cli import main
from grantgate_policies.commands.delivering import Reports
from grantgate_policies.report import Report
from grantgate_policies.reports import FORMATS, Format
from grantgate_policies.reports.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
ACCOUNT = "111122223333"
RULES = f"""
version: 1
organization:
  name: acme
  accounts:
    "{ACCOUNT}": {{name: data-prod}}
rules:
  location-scope-allowed:
    allow: ["s3://acme-{{account.name}}/{{team}}/*"]
"""
CANARY = "canary+secret/access+key"
HOSTILE = (
    "../../x",
    "..",
    "/etc/grantgate-x",
    "a/b\0",
    "a\\b",
    "C:\\x",
    "x" * 5_000,
    "~/x",
    "$(touch x)",
    "`touch x`; touch y | touch z",
    "\ud800\u202e\x1b[31m\r\n::error::x",
    "<script>@team</script>",
    "%2e%2e%2fx",
    "-",
    "",
)


def a_list(*names: str, scope: str = "s3://acme-data-prod/fin/*") -> str:
    props = {
        "locationScope": scope,
        "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/fin-reader",
        "accountId": ACCOUNT,
    }
    return json.dumps([{"type": LOCATION, "name": name, "props": props} for name in names])


GOOD, BAD = a_list("location"), a_list("location", scope="s3://acme-other/fin/*")
EVERY = [word for name in FORMATS for word in ("--format", f"{name}=out/{name}")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a rules file and one for reports, as the current one."""
    folder = tmp_path / "deep" / "project"
    (folder / "out").mkdir(parents=True)
    (folder / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(folder)
    for name in ("GRANTGATE_RULES", "GRANTGATE_DEBUG", "GRANTGATE_RULE_PAGES", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return folder


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin)


def a_process(*arguments: str, stdin: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "grantgate_policies", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


# --- names ------------------------------------------------------------------------------------------------------------


def test_names_of_resources_name_no_files(place: Path, tmp_path: Path) -> None:
    """Whatever resources are called, the named outputs are written, and nothing else anywhere near."""
    listed = [json.loads(a_list(name))[0] for name in HOSTILE if name]
    for number, entry in enumerate(listed):
        entry["urn"] = f"urn:pulumi:{HOSTILE[number % len(HOSTILE)]}::data::{LOCATION}::{entry['name']}"
        entry["props"]["locationScope"] = f"s3://{entry['name']}/../*"
    (place / "list.json").write_text(json.dumps(listed))
    before = tree(tmp_path)

    result = run("check", "list.json", *EVERY)

    assert result.exit_code == 1, result.output
    assert tree(tmp_path) == sorted([*before, *(f"deep/project/out/{name}" for name in FORMATS)])
    assert not Path("/etc/grantgate-x").exists()


def test_names_in_a_saved_report_name_no_files(place: Path, tmp_path: Path) -> None:
    """A saved report may come from anywhere: its texts name no files either, and its exit code stays."""
    assert run("check", "-", "--format", "json=saved.json", stdin=BAD).exit_code == 1
    saved = json.loads((place / "saved.json").read_text())
    for name in HOSTILE:
        saved["findings"] += [
            {**one, "resource": {**one["resource"], "name": name, "urn": f"urn:{name}"}}
            for one in saved["findings"][:2]
        ]
        saved["notices"].append(name)
        saved["lookups"].append(
            {"urn": name, "name": name, "kind": name, "subject": name, "performed": True, "account": name}
            | {"region": name, "values": {name: name}}
        )
    saved |= {"source": HOSTILE[0], "rulesFile": HOSTILE[0], "organization": HOSTILE[0]}
    counts = dict.fromkeys(saved["counts"], 0)
    for one in saved["findings"]:
        counts[one["outcome"]] += 1
    (place / "saved.json").write_text(json.dumps({**saved, "counts": counts}))
    before = tree(tmp_path)

    result = run("report", "saved.json", *EVERY)

    assert result.exit_code == 1, result.output
    assert tree(tmp_path) == sorted([*before, *(f"deep/project/out/{name}" for name in FORMATS)])


# --- whole or not at all ----------------------------------------------------------------------------------------------


def broken_off(*pieces: str) -> Iterator[str]:
    yield from pieces
    raise ZeroDivisionError


def test_a_report_that_breaks_off_leaves_the_old_one(tmp_path: Path) -> None:
    """A format that raises in the middle of its work has written nothing."""
    (tmp_path / "report").write_text("old")
    with pytest.raises(ZeroDivisionError):
        write(tmp_path / "report", broken_off("new" * 100_000))

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("report", "old")]


def test_a_reader_sees_one_or_the_other(tmp_path: Path) -> None:
    """Somebody who has the old file open goes on reading it, and whoever opens it meanwhile gets the old one, too."""
    (tmp_path / "report").write_text("old " * 1000)
    seen = []

    def pieces() -> Iterator[str]:
        for _ in range(3):
            yield "new " * 100_000
            seen.append((tmp_path / "report").read_text())

    with (tmp_path / "report").open() as reader:
        write(tmp_path / "report", pieces())
        assert reader.read() == "old " * 1000
    assert seen == ["old " * 1000] * 3
    assert (tmp_path / "report").read_text() == "new " * 300_000


def test_two_writers_leave_one_whole_report(tmp_path: Path) -> None:
    """Runs that write the same file at once do not mix; the last one to finish is read."""
    together = threading.Barrier(4, timeout=60)

    def pieces(letter: str) -> Iterator[str]:
        for _ in range(20):
            yield letter * 10_000
            together.wait()

    threads = [
        threading.Thread(target=write, args=(tmp_path / "report", pieces(letter))) for letter in ("a", "b", "c", "d")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    content = (tmp_path / "report").read_text()
    assert content in {letter * 200_000 for letter in "abcd"}
    assert tree(tmp_path) == ["report"]


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
from grantgate_policies.cli import main
sys.argv[0] = "grantgate"
main()
"""


def test_a_full_disk_loses_the_reports_that_do_not_fit(place: Path) -> None:
    """A report that cannot be written is an error, and its file does not say what it said before."""
    (place / "list.json").write_text(a_list(*(f"location-{number}" for number in range(20)), scope="s3://acme-x/y/*"))
    (place / "out" / "json").write_text("old")

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "check", "list.json", "--format", "json=out/json", "--format", "text=out/text"],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
    )

    assert done.returncode == 2
    assert "out/json: cannot be written: File too large" in done.stderr
    assert "Traceback" not in done.stderr
    left = json.loads((place / "out" / "json").read_text())
    assert left["summary"] == "ERROR: the run has not come to its end; nothing was let through"
    assert tree(place / "out") == ["json", "text"]
    assert (place / "out" / "text").read_text().splitlines()[-1].startswith("BLOCKED")


# --- kinds of files ---------------------------------------------------------------------------------------------------


def test_a_link_is_followed(place: Path) -> None:
    """What the link leads to is replaced, and the link stays; one that leads nowhere makes its file."""
    (place / "old").write_text("old")
    (place / "out" / "text").symlink_to(place / "old")
    (place / "out" / "json").symlink_to(place / "new")

    assert run("check", "-", "--format", "text=out/text", "--format", "json=out/json", stdin=BAD).exit_code == 1

    assert (place / "old").read_text().splitlines()[-1].startswith("BLOCKED")
    assert json.loads((place / "new").read_text())["verdict"] == "BLOCKED"
    assert all((place / "out" / name).is_symlink() for name in ("text", "json"))


def test_a_link_in_a_circle(place: Path) -> None:
    """A link that leads to itself is no file name."""
    (place / "out" / "loop").symlink_to("loop")

    result = run("check", "-", "--format", "json=out/loop", stdin=GOOD)

    assert result.exit_code == 2
    assert "out/loop: " in result.output


def test_a_pipe_is_written_to(place: Path) -> None:
    """A named pipe is not replaced: its reader gets the report."""
    os.mkfifo(place / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((place / "pipe").read_text()), daemon=True)
    reader.start()

    done = a_process("check", "-", "--format", "json=pipe", stdin=BAD)
    reader.join(60)  # nobody opens the pipe when the command fails

    assert done.returncode == 1, done.stderr
    assert json.loads(read[0])["verdict"] == "BLOCKED"
    assert stat.S_ISFIFO((place / "pipe").stat().st_mode)


def test_every_report_that_cannot_be_written_is_named(place: Path) -> None:
    """Several errors are told, one in a line, and whoever asks for standard output gets it."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no full device here")
    (place / "full").symlink_to(full)

    done = a_process("check", "-", "--format", "json=/dev/full", "--format", "text=out/text", stdin=BAD)
    both = a_process("check", "-", "--format", "json=/dev/full", "--output", "rules.yaml/../full", stdin=BAD)

    assert (done.returncode, both.returncode) == (2, 2)
    assert (
        done.stderr
        == "grantgate: /dev/full: cannot be written: No space left on device; make room, or name another file\n"
    )
    assert (place / "out" / "text").read_text().splitlines()[-1].startswith("BLOCKED")
    assert "Traceback" not in both.stderr


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
@pytest.mark.usefixtures("place")
def test_standard_output_by_its_name(name: str) -> None:
    """/dev/stdout is what `-` is, be it a pipe, and /dev/null is nowhere."""
    done = a_process("check", "-", "--format", f"json={name}", "--output", "/dev/null", stdin=BAD)

    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["verdict"] == "BLOCKED"
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["--output", "no/such/file"], "no/such/file: its folder", id="a missing folder"),
        pytest.param(["--format", "json=rules.yaml/x"], "rules.yaml/x: its folder", id="a file for a folder"),
        pytest.param(["--output", "out"], "out: is a folder", id="a folder"),
        pytest.param(["--format", "json=a", "--format", "text=a"], "two reports want the file a", id="the same file"),
        pytest.param(["--format", "json=a", "--format", "text=./a"], "two reports want the file a", id="the same, ./"),
        pytest.param(
            ["--format", "json=a", "--format", "text=out/../a"],
            "two reports want the file out/../a",
            id="the same, in and out",
        ),
        pytest.param(
            ["--format", "json=link", "--format", "text=real"], "two reports want the file", id="a link to it"
        ),
        pytest.param(["--format", "json=x", "--output", "x"], "two reports want the file x", id="as output, too"),
        pytest.param(["--format", "json", "--format", "text"], "both want standard output", id="standard output twice"),
        pytest.param(["--format", "json="], "names no file", id="no name"),
        pytest.param(["--format", "json=a\0b"], "is no usable file name", id="a name that no system takes"),
        pytest.param(["--format", f"json={'x' * 5000}"], "is no usable file name", id="a name that is too long"),
    ],
)
def test_outputs_that_cannot_be_meant(place: Path, arguments: list[str], message: str) -> None:
    """What can be seen to go wrong does so before anything is judged, and nothing is written."""
    (place / "link").symlink_to("real")
    before = tree(place)

    result = run("check", "-", *arguments, stdin=GOOD)

    assert result.exit_code == 2, result.output
    assert message in result.output
    assert "Traceback" not in result.output
    assert tree(place) == before


@pytest.mark.usefixtures("place")
def test_output_goes_with_a_format() -> None:
    """--output is where the format without a file goes."""
    assert run("check", "-", "--format", "json", "--output", "report", stdin=BAD).exit_code == 1
    assert json.loads(Path("report").read_text())["verdict"] == "BLOCKED"


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_of_others(place: Path) -> None:
    """A folder that this user may not write in is an error before anything is judged."""
    (place / "out").chmod(0o500)
    try:
        result = run("check", "-", "--format", "json=out/json", stdin=GOOD)
    finally:
        (place / "out").chmod(0o700)

    assert result.exit_code == 2
    assert "out/json: this user may not write in its folder" in result.output


# --- no stale green ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        pytest.param(["check", "none.json"], 2, id="check: no input"),
        pytest.param(["check", "text.json"], 2, id="check: no JSON"),
        pytest.param(["check", "good.json", "--rules", "none.yaml"], 2, id="check: no rules file"),
        pytest.param(["check", "good.json", "--rules", "text.json"], 2, id="check: a faulty rules file"),
        pytest.param(["check", "good.json", "--baseline", "text.json"], 2, id="check: a faulty baseline"),
        pytest.param(["report", "none.json"], 2, id="report: no file"),
        pytest.param(["report", "text.json"], 2, id="report: no JSON"),
        pytest.param(["report", "green.json"], 2, id="report: one that does not hold together"),
        pytest.param(["preview", "--policy-pack", "none"], 2, id="preview: no pack"),
        pytest.param(["preview", "--policy-pack", "pack", "--rules", "text.json"], 2, id="preview: faulty rules"),
        pytest.param(["preview", "--policy-pack", "pack"], 4, id="preview: no engine"),
    ],
)
def test_a_run_that_could_not_look_leaves_no_green_file(
    place: Path, arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file says that this run is an error: one that an earlier run left would be read as this one's."""
    (place / "good.json").write_text(GOOD)
    (place / "text.json").write_text("{")
    (place / "pack").mkdir()
    (place / "pack" / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    assert run("check", "good.json", *EVERY).exit_code == 0
    green = json.loads((place / "out" / "json").read_text())
    (place / "green.json").write_text(json.dumps({**green, "exitCode": 1}))
    old = {name: (place / "out" / name).read_bytes() for name in FORMATS}
    monkeypatch.setenv("PATH", str(place))

    result = run(*arguments, *EVERY)

    assert result.exit_code == code, result.output
    assert [name for name in FORMATS if (place / "out" / name).read_bytes() == old[name]] == []
    report = json.loads((place / "out" / "json").read_text())
    assert (report["verdict"], report["exitCode"]) == ("ERROR", code)
    assert "nothing was let through" in (place / "out" / "text").read_text()


def test_a_format_that_breaks_off_is_an_error_in_every_other(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own file stays as it was, no other says that all is well, and the exit code is that of an error."""
    module = ModuleType("grantgate_policies.reports.broken")
    vars(module)["render"] = lambda _report, _look: broken_off("a piece", "another")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setitem(cast("dict[str, Format]", FORMATS), "broken", Format("broken", ""))
    (place / "out" / "broken").write_text("old")

    result = run("check", "-", "--format", "broken=out/broken", "--format", "json=out/json", stdin=GOOD)

    assert result.exit_code == 4, result.output
    assert "internal error: ZeroDivisionError" in result.stderr
    assert tree(place / "out") == ["broken", "json"]
    assert (place / "out" / "broken").read_text() == "old"
    assert json.loads((place / "out" / "json").read_text())["verdict"] == "ERROR"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no"), click.UsageError("no")])
def test_whatever_ends_a_run_leaves_a_report(place: Path, error: BaseException) -> None:
    """Ctrl-C is an error as any other, and goes on after the reports are out."""
    (place / "out" / "json").write_text("green")
    reports = Reports.of(formats=["json=out/json"], as_json=False, output=None)

    with pytest.raises(type(error)), reports.always("the input"):
        raise error

    report = json.loads((place / "out" / "json").read_text())
    assert (report["verdict"], report["source"]) == ("ERROR", "the input")
    assert report["exitCode"] == (2 if isinstance(error, click.UsageError) else 4)


def test_no_rules_file_leaves_no_green_file(place: Path) -> None:
    """Neither does a run that is not told its rules."""
    assert run("check", "-", *EVERY, stdin=GOOD).exit_code == 0
    (place / "rules.yaml").unlink()

    assert run("check", "-", *EVERY, stdin=GOOD).exit_code == 2

    assert json.loads((place / "out" / "json").read_text())["verdict"] == "ERROR"


def test_an_internal_error_leaves_no_green_file(place: Path) -> None:
    """A module of one's own rules that ends the program in the middle is no green run either."""
    (place / "own").mkdir()
    assert run("check", "-", *EVERY, stdin=GOOD).exit_code == 0
    (place / "rules.yaml").write_text(f"{RULES}\ncustomRules:\n  - path: own\n")
    (place / "own" / "bad.py").write_text("raise SystemExit(0)\n")

    done = a_process("check", "-", *EVERY, stdin=GOOD)

    assert done.returncode in {2, 4}, done.stdout + done.stderr
    assert json.loads((place / "out" / "json").read_text())["verdict"] == "ERROR"


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_no_format_shows_the_environment(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, URNs and scopes that hold a secret of the environment show none, in files and on standard output."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", CANARY)
    monkeypatch.setenv("GRANTGATE_RULE_PAGES", "https://me:canary-page-pass@example.com/{id}")
    (place / "list.json").write_text(a_list(f"the {CANARY} one", f"another {CANARY}", scope=f"s3://acme/{CANARY}/x"))

    done = a_process("check", "list.json", *EVERY, stdin="")

    shown = {name: (place / "out" / name).read_text() for name in FORMATS}
    shown |= {"stdout": done.stdout, "stderr": done.stderr}
    assert done.returncode == 1, done.stderr
    assert [name for name, text in shown.items() if CANARY in text or "canary-page-pass" in text] == []
    report = json.loads(shown["json"])
    names = {one["resource"]["name"] for one in report["findings"]}
    assert names == {"the [secret] one", "another [secret]"}
    assert len({one["resource"]["urn"] for one in report["findings"]}) == 2


def test_a_secret_makes_no_run_greener(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code and every outcome are the same with a secret and without."""
    (place / "list.json").write_text(a_list(f"the {CANARY} one", scope="s3://acme/x"))
    seen = []
    for value in ("", CANARY):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", value)
        code = run("check", "list.json", "--format", "json=report.json").exit_code
        report = json.loads((place / "report.json").read_text())
        seen.append((code, report["counts"], [(one["ruleId"], one["outcome"]) for one in report["findings"]]))

    assert seen[0] == seen[1]


def test_a_report_without_findings_is_written_in_every_format() -> None:
    """The report of a run that was an error has nothing but its problem, and every format takes that."""
    report = Report("s", "", "", (), 0)

    for name, format_ in FORMATS.items():
        assert format_.text(replace(report, source=name), Look())


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    """Nothing is made but the file itself."""
    with pytest.raises(WriteError, match="its folder"):
        write(tmp_path / "none" / "report", "x")

    assert tree(tmp_path) == []
