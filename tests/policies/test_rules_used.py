"""All runs of one command are judged by the same rules, and no file tells otherwise while they last."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from grantgate_policies.cli import main
from grantgate_policies.commands.delivering import Output, Reports
from grantgate_policies.engine.errors import tail
from grantgate_policies.engine.runs import EngineRun
from grantgate_policies.journal import RUN_SCHEMA
from grantgate_policies.rules_used import RulesUsed
from grantgate_policies.rulesfile import read_rules

if TYPE_CHECKING:
    from collections.abc import Callable

RULES = "version: 1\norganization: {name: acme}\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Give a pack with its rules file."""
    folder = tmp_path / "pack"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\n")
    (folder / "__main__.py").write_text("main()\n")
    (folder / "rules.yaml").write_text(RULES)
    return folder


def a_run(*starts: dict[str, Any], command: str = "preview", **members: Any) -> EngineRun:
    journal = [{"schema": RUN_SCHEMA, "event": "start", **start} for start in starts]
    known: dict[str, Any] = {"code": 0, "events": [], "torn": 0, "stdout": "", "stderr": "", "pack": Path("pack")}
    return EngineRun(**{**known, "journal": journal, "command": command, **members})


def used_by(pack: Path, *, with_rulebook: bool = True) -> tuple[RulesUsed, dict[str, Any]]:
    """Give what a command remembers, and the first line of a pack that reads the same."""
    file = pack / "rules.yaml"
    rulebook = read_rules(file)
    start = {"rulesFile": str(file), "rulesDigest": rulebook.digest, "project": "data", "stack": "prod"}
    return RulesUsed.of(pack, str(file), rulebook if with_rulebook else None), start


def told(used: RulesUsed, run: EngineRun) -> list[str]:
    return [problem.what for problem in used.problems(run)]


@pytest.mark.parametrize("with_rulebook", [True, False])
def test_nothing_changed(pack: Path, *, with_rulebook: bool) -> None:
    """Two stacks, a preview and then an update of the same one, a run that never started: nothing to say."""
    used, start = used_by(pack, with_rulebook=with_rulebook)

    assert told(used, a_run(start)) == []
    assert told(used, a_run({**start, "stack": "dev"})) == []
    assert told(used, a_run(start, command="up")) == []
    assert told(used, a_run()) == []
    for idle in ("Pulumi.prod.yaml", "__pycache__/x.py", "own/lib/x.py", "findings.jsonl"):
        (pack / idle).parent.mkdir(exist_ok=True, parents=True)
        (pack / "own" / "pyvenv.cfg").parent.mkdir(exist_ok=True)
        (pack / "own" / "pyvenv.cfg").touch()
        (pack / idle).write_text("x")
    assert told(used, a_run({**start, "stack": "test"})) == []


@pytest.mark.parametrize("with_rulebook", [True, False])
def test_a_pack_that_read_other_rules(pack: Path, tmp_path: Path, *, with_rulebook: bool) -> None:
    """Another digest, another file and no word about either are problems, the first run's word aside."""
    used, start = used_by(pack, with_rulebook=with_rulebook)
    assert told(used, a_run(start)) == []

    other = {**start, "stack": "dev", "rulesDigest": "0" * 64}
    assert told(used, a_run(other)) == [f"the rules file {pack}/rules.yaml changed before the pack read it"]
    (elsewhere,) = told(used, a_run({**start, "stack": "test", "rulesFile": str(tmp_path / "x.yaml")}))
    assert elsewhere.startswith(f"the pack judged by the rules file {tmp_path}/x.yaml, and ")
    assert told(used, a_run({"stack": "a"})) == ["the pack does not say which rules it judged by"]
    # One run in which the pack started twice, the second time with other rules.
    assert len(told(used, a_run({**start, "stack": "b"}, {**start, "stack": "c", "rulesDigest": "1"}))) == 1


def test_the_first_run_is_held_against_what_was_read(pack: Path) -> None:
    """The gate has read the rules file before the engine starts: a single run can have read another."""
    used, start = used_by(pack)

    assert told(used, a_run({**start, "rulesDigest": "0" * 64})) != []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(lambda pack: (pack / "rules.yaml").write_text("{}"), "rules.yaml", id="rules"),
        pytest.param(lambda pack: (pack / "__main__.py").write_text(""), "__main__.py", id="the pack's program"),
        pytest.param(lambda pack: (pack / "common.py").write_text(""), "common.py", id="a new module"),
        pytest.param(lambda pack: (pack / "PulumiPolicy.yaml").unlink(), "PulumiPolicy.yaml", id="a lost file"),
    ],
)
def test_what_judges_changed_meanwhile(pack: Path, change: Callable[[Path], object], named: str) -> None:
    """A file of the pack's that is another after a run is a problem of that run and of all that follow."""
    used, start = used_by(pack)
    change(pack)

    for stack in ("prod", "dev"):
        (what,) = told(used, a_run({**start, "stack": stack}))
        assert what == f"{pack / named} changed during the run: it is part of what judges"


def test_one_stack_by_two_names(pack: Path) -> None:
    """The engine says which stack a run was of, however it was named."""
    used, start = used_by(pack)

    assert told(used, a_run(start)) == []
    assert told(used, a_run(start)) == ["the stack prod of data has been looked at before, under another name"]
    assert told(used, a_run({**start, "project": "other"})) == []


FAKE = """\
#!/bin/sh
case "$1" in version) echo v3.300.0; exit 0;; config) echo '{}'; exit 0;; esac
while [ "$1" != --policy-pack-config ]; do shift; done
cat "$2" >> seen.txt
[ "$2" = "$GRANTGATE_POLICY_CONFIG" ] && ls -ld "$(dirname "$2")" | cut -c1-10 >> modes.txt
echo '{"all": "disabled"}' > config.json
"""


def test_settings_are_the_same_in_every_run(pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is behind --policy-pack-config is read once; a program that rewrites it changes no later run."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "pulumi"
    fake.write_text(FAKE)
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((str(fake.parent), os.environ["PATH"])))
    (tmp_path / "config.json").write_text('{"all": "mandatory"}\n')

    done = CliRunner().invoke(
        main,
        ["preview", "--policy-pack", str(pack), "--policy-pack-config", "config.json", "--stack", "a", "--stack", "b"],
    )

    assert done.exit_code == 4, done.output
    assert (tmp_path / "seen.txt").read_text() == '{"all": "mandatory"}\n' * 2
    assert (tmp_path / "modes.txt").read_text() == "drwx------\n" * 2
    assert "disabled" in (tmp_path / "config.json").read_text()


def test_a_run_that_has_begun(tmp_path: Path) -> None:
    """Older files say that this run has not ended; what is no file yet, or a pipe, is let alone."""
    old, new, pipe = tmp_path / "old.json", tmp_path / "new.json", tmp_path / "pipe"
    old.write_text('{"verdict": "PASSED"}')
    old.chmod(0o640)
    os.mkfifo(pipe)
    outputs = (Output("text", None), Output("json", old), Output("json", new), Output("markdown", pipe))

    Reports(outputs).begin("prod")

    report = json.loads(old.read_text())
    assert report["verdict"].startswith("ERROR")
    assert report["problems"][0]["what"] == "the run has not come to its end"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert not new.exists()


@pytest.mark.parametrize(
    ("stdout", "stderr", "expected"),
    [
        pytest.param("Updating\nno stack selected\n", "", "Updating no stack selected", id="words"),
        pytest.param('{\n  "duration": 889924731,\n', "", "", id="a torn digest"),
        pytest.param('a provider\'s line\n{\n  "steps": []\n}\n', " \n", "", id="a digest behind words"),
        pytest.param('{"sequence":0}\n{"sequence":1}\n', "", "", id="a stream"),
        pytest.param('{"a": 1}', "warning: x\nerror: y\n", "warning: x error: y", id="standard error"),
    ],
)
def test_the_last_words_are_words(stdout: str, stderr: str, expected: str) -> None:
    """What is told as the engine's own words is never a piece of its JSON."""
    assert tail(a_run(stdout=stdout, stderr=stderr)) == expected
