"""A repository that `grantgate init` or `pulumi new` made, on the real engine: its gate says yes and no at once."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from click.testing import CliRunner
from grantgate_policies.commands import root
from grantgate_policies.commands.lazy import Entry
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from collections.abc import Iterator

    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
OURS = ("--organization", "acme", "--account", f"{ACCOUNT}:data-prod:prod")
# What a program would do that wants the next step to run something of its own.
HOSTILE = """
import os
for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH"):
    if name in os.environ:
        open(os.environ[name], "a").write("hostile=1\\n")
"""
LOOKUP = 'from grantgate import AccessGrantsLocation\nAccessGrantsLocation("location", "{}")\n'
GROUP = root.Gate("grantgate", entries={"init": Entry("grantgate_policies.commands.init", "Make a repository ready.")})


def init(project: Project, *arguments: str) -> None:
    """Make the project's folder ready; from then on its own rules file is the one that counts."""
    done = CliRunner().invoke(GROUP, ["init", str(project.folder), *arguments])
    assert done.exit_code == 0, done.output
    project.rules = project.folder / "policies" / "rules.yaml"


def gate(project: Project, *arguments: str) -> Any:
    return project.run(sys.executable, "-m", "grantgate_policies", *arguments)


@pytest.mark.parametrize(
    ("location", "words", "code", "told"),
    [
        pytest.param("good", OURS, 0, "PASSED", id="a good location"),
        pytest.param("bad", OURS, 1, "BLOCKED", id="a bad location"),
        pytest.param("good", (), 1, "not one of the organization's '000000000000'", id="nobody filled in the rules"),
    ],
)
def test_a_repository_that_init_made_has_a_gate(
    project: Project, location: str, words: tuple[str, ...], code: int, told: str
) -> None:
    """After init, `rules validate` and `preview` work without another option, and say what AWS deserves."""
    assert project.run("git", "init", "--quiet").returncode == 0
    project.program(LOOKUP.format(location))
    init(project, *words)

    valid = gate(project, "rules", "validate")
    done = gate(project, "preview", "--require-judged")

    assert valid.returncode == 0, valid.stdout + valid.stderr
    assert done.returncode == code, done.stdout + done.stderr
    assert told in " ".join(done.stdout.split())


@pytest.mark.parametrize(("location", "code"), [pytest.param("good", 0, id="good"), pytest.param("bad", 1, id="bad")])
def test_the_made_workflow_judges(project: Project, location: str, code: int) -> None:
    """The step of the made workflow ends with the gate's code and its reports, and no later step hears the program."""
    project.program(LOOKUP.format(location) + HOSTILE)
    init(project, *OURS)
    workflow = YAML(typ="safe").load(project.folder / ".github" / "workflows" / "grantgate.yml")
    (script,) = [
        step["run"] for step in workflow["jobs"]["grantgate"]["steps"] if step.get("name") == "Judge a preview"
    ]
    noted = project.folder / "outputs"
    (project.folder / "runner").mkdir()

    done = project.run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script,
        RUNNER_TEMP=str(project.folder / "runner"), STACK="prod", GITHUB_OUTPUT=str(noted),
        GITHUB_STEP_SUMMARY=str(project.folder / "summary.md"), GITHUB_ENV=str(project.folder / "later"),
        GITHUB_PATH=str(project.folder / "later"),
    )  # fmt: skip

    assert done.returncode == code, done.stdout + done.stderr
    assert not (project.folder / "later").exists()
    (line,) = noted.read_text().splitlines()
    reports = Path(line.removeprefix("reports="))
    assert json.loads((reports / "report.json").read_text())["exitCode"] == code
    assert (project.folder / "summary.md").read_text() == (reports / "report.md").read_text()
    assert ("::error" in done.stdout) is (code == 1)


@pytest.mark.parametrize(("location", "code"), [pytest.param("good", 0, id="good"), pytest.param("bad", 1, id="bad")])
def test_the_action_judges(project: Project, location: str, code: int, tmp_path: Path) -> None:
    """The steps of the composite action, run one after the other with the real gate, end as the gate does."""
    project.program(LOOKUP.format(location) + HOSTILE)
    init(project, *OURS, "--ci", "none")
    action = YAML(typ="safe").load(ROOT / "action.yml")
    inputs = {name: str(one["default"]) for name, one in action["inputs"].items()}
    inputs |= {"stacks": "prod", "requirement": "none", "comment": "false"}
    outputs: dict[str, str] = {}
    codes: dict[str, int] = {}
    (tmp_path / "runner").mkdir()
    for step in action["runs"]["steps"]:
        if step["name"] == "Say it on the pull request":
            continue  # its condition is about the input comment
        noted = tmp_path / "outputs"
        noted.write_text("")
        given = {
            name: _evaluated(value, inputs, outputs) for name, value in step.get("env", {}).items() if name != "ACTION"
        }
        done = project.run(
            "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"],
            **given, RUNNER_TEMP=str(tmp_path / "runner"), GITHUB_OUTPUT=str(noted),
            GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"), ACTION=str(ROOT), GITHUB_ENV=str(tmp_path / "later"),
            GITHUB_PATH=str(tmp_path / "later"),
        )  # fmt: skip
        codes[step["name"]] = done.returncode
        outputs |= {
            f"{step['id']}.{line.partition('=')[0]}": line.partition("=")[2] for line in noted.read_text().splitlines()
        }

    assert codes.pop("End with the gate's own exit code") == code
    assert set(codes.values()) == {0}
    assert not (tmp_path / "later").exists()
    assert "preview.hostile" not in outputs
    assert (outputs["verdict.exit-code"], outputs["verdict.verdict"]) == (str(code), ["passed", "failed"][code])
    reports = Path(outputs["place.reports"])
    for name in ("report.json", "report.sarif", "junit.xml", "report.md", "report.html", "annotations.txt"):
        assert (reports / name).is_file(), name
    assert (tmp_path / "summary.md").read_text() == (reports / "report.md").read_text()


def test_the_gitlab_job_judges(project: Project) -> None:
    """The script of the made GitLab job, with the inputs' defaults, ends as the gate does and leaves its reports."""
    seen = project.folder / "seen"
    project.program(LOOKUP.format("bad") + f"import os\nopen({str(seen)!r}, 'w').write(repr(dict(os.environ)))\n")
    init(project, *OURS, "--ci", "gitlab")
    (project.folder / "policies" / "requirements.txt").unlink()  # everything is installed here
    header, body = (project.folder / ".gitlab-ci-grantgate.yml").read_text().split("\n---\n")
    yaml = YAML(typ="safe")
    inputs = {name: str(one["default"]) for name, one in yaml.load(header)["spec"]["inputs"].items()}
    inputs |= {"install": "", "stacks": "prod"}
    for name, value in inputs.items():
        body = body.replace(f"$[[ inputs.{name} ]]", value)
    job = yaml.load(body)["grantgate"]
    variables = {name: str(one["value"]) for name, one in job["variables"].items()}

    done = project.run(
        "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", "\n".join(job["script"]),
        **variables, CI_PROJECT_DIR=str(project.folder), CI_JOB_ID="7", CI_PIPELINE_ID="8",
        GITLAB_TOKEN="of-the-job-1", GRANTGATE_GITLAB_TOKEN="of-the-job-2", GRANTGATE_ID_TOKEN="of-the-job-3",
    )  # fmt: skip

    assert done.returncode == 1, done.stdout + done.stderr
    assert "limit that variable to the environment" in done.stderr
    assert "of-the-job" not in seen.read_text()
    for name in job["artifacts"]["reports"].values():
        assert (project.folder / name).stat().st_size, name


def _evaluated(value: str, inputs: dict[str, str], outputs: dict[str, str]) -> str:
    """Give what the runner makes of an expression that is one input, or one output of an earlier step."""
    inner = value.removeprefix("${{").removesuffix("}}").strip()
    room, _, name = inner.partition(".")
    return inputs[name] if room == "inputs" else outputs[name.replace(".outputs.", ".")]


# --- pulumi new -------------------------------------------------------------------------------------------------------


def test_the_template_makes_a_gate(project: Project) -> None:
    """`pulumi new` fills in name and description; the gate is red until lookups and rules are there, then judges."""
    place = project.folder / "made"
    made = project.run(
        "pulumi", "new", str(ROOT / "template"), "--dir", str(place), "--generate-only", "--yes", "--non-interactive",
        "--name", "shared-data", "--description", "what: is #shared",
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    settings = YAML(typ="safe").load(place / "Pulumi.yaml")
    assert (settings["name"], settings["description"]) == ("shared-data", "what: is #shared")
    assert "template" not in settings
    left = [path.name for path in place.rglob("*") if path.is_file() and "${" in path.read_text()]
    assert left == []

    project.rules = place / "policies" / "rules.yaml"
    prepare = [
        ("pulumi", "stack", "init", "dev", "--non-interactive", "--cwd", str(place)),
        ("pulumi", "config", "set", "aws:region", "eu-west-1", "--cwd", str(place)),
    ]
    for command in prepare:
        assert project.run(*command).returncode == 0
    empty = gate(project, "preview", "--cwd", str(place), "--stack", "dev")
    assert empty.returncode == 2, empty.stdout + empty.stderr
    assert "grantgate:lookups: not set" in empty.stdout

    lookups = json.dumps([{"account": ACCOUNT, "locations": ["good"]}])
    with (place / "Pulumi.dev.yaml").open("a") as file:
        file.write(f"  grantgate:lookups: {lookups}\n")
    unfilled = gate(project, "preview", "--cwd", str(place), "--stack", "dev")
    assert unfilled.returncode == 1, unfilled.stdout + unfilled.stderr

    project.rules.unlink()
    done = CliRunner().invoke(GROUP, ["init", str(place), *OURS])
    said = {line.split()[-1]: line.split()[0] for line in done.output.partition("\n\n")[0].splitlines()}
    assert (said["policies/rules.yaml"], said["policies/__main__.py"]) == ("made", "kept,")
    filled = gate(project, "preview", "--cwd", str(place), "--stack", "dev", "--require-judged")
    assert filled.returncode == 0, filled.stdout + filled.stderr


# --- pulumi policy publish --------------------------------------------------------------------------------------------


class _Cloud(BaseHTTPRequestHandler):
    """What `pulumi policy publish` asks of a Pulumi Cloud, and no more; ``posted`` is what was sent, by path."""

    posted: ClassVar[dict[str, Any]]

    def _answer(self, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            raw = b""
            while size := int(self.rfile.readline(), 16):
                raw += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw

    def do_GET(self) -> None:
        self._answer({"githubLogin": "acme", "name": "acme", "organizations": [], "capabilities": []})

    def do_POST(self) -> None:
        body = self._body()
        self.posted[self.path] = json.loads(body) if body else None
        self._answer({"version": 1, "uploadURI": f"http://{self.headers['Host']}/upload"})

    def do_PUT(self) -> None:
        self.posted[self.path] = self._body()
        self._answer({})

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def cloud() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give a Pulumi Cloud on loopback that takes a policy pack."""

    class Cloud(_Cloud):
        posted: ClassVar[dict[str, Any]] = {}

    with ThreadingHTTPServer(("127.0.0.1", 0), Cloud) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Cloud.posted
        server.shutdown()
        thread.join()


def test_the_made_pack_can_be_published(project: Project, cloud: tuple[str, dict[str, Any]]) -> None:
    """`pulumi policy publish` takes the folder as it is: name, version, policies and all of its files are sent."""
    address, posted = cloud
    init(project, *OURS)
    manifest = project.folder / "policies" / "PulumiPolicy.yaml"
    manifest.write_text(manifest.read_text().replace("0.1.0", "0.7.0"))

    done = project.run(
        "bash", "-c", "cd policies && exec pulumi policy publish acme --non-interactive",
        PULUMI_BACKEND_URL=address, PULUMI_ACCESS_TOKEN="pul-canary",
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    sent = posted["/api/orgs/acme/policypacks"]
    assert (sent["name"], sent["versionTag"]) == ("grantgate", "0.7.0")
    assert {"location-scope-allowed", "lookup-performed"} <= {policy["name"] for policy in sent["policies"]}
    assert "/api/orgs/acme/policypacks/grantgate/versions/0.7.0/complete" in posted
    with tarfile.open(fileobj=io.BytesIO(posted["/upload"])) as archive:
        names = {name.removeprefix("package/") for name in archive.getnames()}
    assert {"PulumiPolicy.yaml", "__main__.py", "requirements.txt", "rules.yaml"} <= names
