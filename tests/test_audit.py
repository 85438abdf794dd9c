"""The audit finds what is not pinned, tells advisories, and never calls what it did not look at clean."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
OK, FOUND, UNSEEN = 0, 1, 3
AUDIT = runpy.run_path(str(ROOT / "engine" / "audit.py"))
"""The names of the audit, of which these tests take its pure functions."""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a checkout of the audit alone, whose pins are those of this environment."""
    (tmp_path / "engine").mkdir()
    shutil.copy(ROOT / "engine" / "audit.py", tmp_path / "engine")
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = []\n")
    present = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"],
        capture_output=True,
        check=True,
    ).stdout
    pins = [f"{one['name']}=={one['version']}" for one in json.loads(present) if one["name"] != "grantgate"]
    (tmp_path / "constraints.txt").write_text("\n".join(sorted(pins)) + "\n")
    return tmp_path


def audit(checkout: Path, *arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Run it; give the exit code and the lines that it tells."""
    done = subprocess.run(
        [sys.executable, str(checkout / "engine" / "audit.py"), *arguments],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, [line.removeprefix("audit: ") for line in done.stderr.splitlines()]


def with_pins(checkout: Path, text: str) -> None:
    (checkout / "constraints.txt").write_text(text)


def service(checkout: Path, answer: Any, code: int = 0) -> dict[str, str]:
    """Put a pip-audit in front that answers so; the service itself is on a network that tests do not use."""
    folder = checkout / "stand-in"
    folder.mkdir()
    text = answer if isinstance(answer, str) else json.dumps(answer)
    (folder / "pip_audit.py").write_text(
        f"import sys\nprint({text!r})\nprint('last words', file=sys.stderr)\nsys.exit({code})\n"
    )
    return {"PYTHONPATH": str(folder)}


def entry(name: str, release: str = "1.0", *advisories: str) -> dict[str, Any]:
    return {"name": name, "version": release, "vulns": [{"id": one, "fix_versions": ["1.1"]} for one in advisories]}


# --- without a network ------------------------------------------------------------------------------------------------


def test_an_environment_as_pinned_is_silent(checkout: Path) -> None:
    """Nothing is told where every package is the pinned one."""
    assert audit(checkout) == (OK, [])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("pytest==", "pytest==0.", "is installed, and 0.{} is pinned", id="another version"),
        pytest.param("pytest=={}\n", "", "pytest {} is installed, and nothing pins it", id="no pin"),
    ],
)
def test_what_is_not_as_pinned_is_told(checkout: Path, old: str, new: str, told: str) -> None:
    """A package that nothing chose by name and version is a fault."""
    release = version("pytest")
    pins = checkout / "constraints.txt"
    pins.write_text(pins.read_text().replace("\n" + old.format(release), "\n" + new, 1))

    code, lines = audit(checkout)

    assert code == FOUND
    assert any(told.format(release) in line for line in lines), lines


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://example.test/simple",
        "--extra-index-url=https://example.test/simple",
        "-e .",
        "pytest @ https://example.test/pytest.whl",
        "pytest>=8",
        "pytest==8.*",
        "pytest",
        "pytest==9.2.0 --hash=sha256:00",
        "pytest==9.2.0; python_version > '3'",
        "# a comment",
    ],
)
def test_a_line_that_is_no_pin_is_told(line: str) -> None:
    """The file chooses packages by name and version, and nothing else does by it."""
    found, faults = AUDIT["pins"](f"attrs==26.1.0\n{line}\n")

    assert found == {"attrs": "26.1.0"}
    assert faults == [f"line 2: {line!r} is no name==version"]


def test_a_package_that_is_pinned_twice_is_told() -> None:
    """Names are compared as indexes compare them."""
    assert AUDIT["pins"]("ruamel.yaml==1\nRuamel_YAML==2\n")[1] == ["line 2: Ruamel_YAML is pinned twice"]


def test_a_requirement_by_its_address_is_told() -> None:
    """A package that is named by where it is would be what stands there that day."""
    found = AUDIT["direct"]('dependencies = [\n  "boto3>=1.40",  # by name\n  "x @ git+https://example.test/x",\n]\n')

    assert found == ['"x @ git+https://example.test/x" names an address, and packages are named as name and version']


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        pytest.param("import pickle\nx = pickle.loads(y)\n", "S301", id="unpickling"),
        pytest.param("x = eval(y)\n", "S307", id="eval"),
        pytest.param("import subprocess\nsubprocess.run(y, shell=True)\n", "S602", id="a shell"),
        pytest.param("import xml.etree.ElementTree as e\ne.fromstring(y)\n", "S314", id="XML with entities"),
        pytest.param("import tempfile\ntempfile.mktemp()\n", "S306", id="a race for a file"),
        pytest.param("import requests\nrequests.get(y, verify=False)\n", "S501", id="certificates unchecked"),
    ],
)
@pytest.mark.parametrize("place", ["providers/grantgate/x.py", "policies/grantgate_policies/x.py"])
def test_the_security_lint_is_on(code: str, rule: str, place: str) -> None:
    """`make check` refuses what is known to be dangerous, in the packages that users run."""
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--output-format", "concise", "--stdin-filename", place, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert rule in done.stdout


# --- advisories -------------------------------------------------------------------------------------------------------


def test_all_looked_at_and_none_known(checkout: Path) -> None:
    """Only a service that knows every pin makes a clean audit."""
    with_pins(checkout, "a==1.0\nB_c==1.0\n")
    answer = {"dependencies": [entry("a"), entry("b-c")], "fixes": []}

    assert audit(checkout, "advisories", **service(checkout, answer)) == (
        OK,
        ["2 packages, and no advisory about any of them"],
    )


def test_advisories_are_told(checkout: Path) -> None:
    """What is known is told by package, advisory and the release that mends it."""
    with_pins(checkout, "a==1.0\n")
    environment = service(checkout, {"dependencies": [entry("a", "1.0", "PYSEC-2", "PYSEC-1")]}, code=1)

    assert audit(checkout, "advisories", **environment) == (
        FOUND,
        ["a 1.0: PYSEC-1, mended in 1.1", "a 1.0: PYSEC-2, mended in 1.1"],
    )


@pytest.mark.parametrize(
    ("dependencies", "unseen"),
    [
        pytest.param([{"name": "a", "skip_reason": "not found"}, entry("b")], "1 of 2", id="skipped"),
        pytest.param([entry("b")], "1 of 2", id="left out"),
        pytest.param([entry("a", "0.9"), entry("b")], "1 of 2", id="another version"),
        pytest.param([], "2 of 2", id="none"),
    ],
)
def test_what_was_not_looked_at_is_never_clean(checkout: Path, dependencies: list[dict[str, Any]], unseen: str) -> None:
    """The tool ends with 0 when its service does not know a package; the audit does not."""
    with_pins(checkout, "a==1.0\nb==1.0\n")

    code, lines = audit(checkout, "advisories", **service(checkout, {"dependencies": dependencies}))

    assert code == UNSEEN
    assert lines[0].startswith(f"NOT AUDITED: {unseen} packages are not known to the advisory service: a")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("", id="nothing"),
        pytest.param("No known vulnerabilities found", id="words"),
        pytest.param("[]", id="a list"),
        pytest.param('{"dependencies": [{}]}', id="no names"),
        pytest.param('{"dependencies": null}', id="no dependencies"),
    ],
)
def test_an_answer_that_is_none_is_never_clean(checkout: Path, answer: str) -> None:
    """Where the service cannot be reached, or says something else, nothing was audited."""
    with_pins(checkout, "a==1.0\n")

    code, lines = audit(checkout, "advisories", **service(checkout, answer))

    assert code == UNSEEN
    assert lines == [
        "NOT AUDITED: pip-audit gave no answer: last words. Run it where the advisory service can be reached."
    ]


def test_a_word_that_means_nothing(checkout: Path) -> None:
    """A misspelt argument is no green run."""
    assert audit(checkout, "advisory")[0] == FOUND
