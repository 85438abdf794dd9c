"""Ways to a green gate by a program, a project or an environment that means harm, each tried on the real engine."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.shadowing import LOADED
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
PACK = str(ROOT / "policies")
ACCOUNT, REGION = "111122223333", "eu-west-1"
ANSWER = {
    "lookup": "performed",
    "readAt": "2026-03-02T08:00:00Z",
    "accountId": ACCOUNT,
    "region": REGION,
    "accessGrantsLocationId": "bad",
    "accessGrantsLocationArn": f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default/location/bad",
    "locationScope": "s3://acme-data-prod-finance/finance/*",
    "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader",
    "createdAt": "2026-03-02T08:00:00Z",
}
"""What a lie says of a location that breaks the rules."""

GOOD = """
from grantgate import AccessGrantsLocation
AccessGrantsLocation("location", "good")
"""
LIES = f"""
import os
import pulumi

ANSWER = {{**{ANSWER!r}, "run": os.environ.get("GRANTGATE_RUN", "")}}
TYPE = "pulumi-python:dynamic/grantgate:AccessGrantsLocation"
PICKLED = "gASVLAAAAAAAAACMEmdyYW50Z2F0ZS5sb2NhdGlvbpSMDkxvY2F0aW9uTG9va3VwlJOUKYGULg=="
"""
OF_ITS_OWN_PROVIDER = (
    LIES
    + """
from pulumi.dynamic import CheckResult, CreateResult, Resource, ResourceProvider

class Liar(ResourceProvider):
    serialize_as_secret_always = SECRET

    def check(self, _olds, news):
        return CheckResult({**news, **ANSWER}, [])

    def create(self, props):
        return CreateResult("x", props)

class Lie(Resource, module="grantgate", name="AccessGrantsLocation"):
    pass

Lie(Liar(), "lie", {})
"""
)
A_COMPONENT = (
    LIES
    + """
class Lie(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__(TYPE, name, {**ANSWER, "__provider": PICKLED})

Lie("lie")
"""
)
ANOTHER_HOST = """
import pulumi
from grantgate import AccessGrantsLocation

class Host(pulumi.ProviderResource):
    def __init__(self):
        super().__init__("pulumi-python", "mine", {})

AccessGrantsLocation("lie", "good", opts=pulumi.ResourceOptions(provider=Host()))
"""


def gate(project: Project, command: str = "preview", *arguments: str, **environment: str) -> tuple[int, dict[str, Any]]:
    """Run the gate; give the exit code and the report."""
    options = ["--policy-pack", PACK, "--json", "--no-progress", *(["--yes"] if command == "up" else []), *arguments]
    # The installed command: `python -m` would itself begin with the modules of the folder that it is called in.
    done = project.run(str(Path(sys.executable).with_name("grantgate")), command, *options, **environment)
    assert done.stdout, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return done.returncode, json.loads(done.stdout)


def told(report: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem["about"], problem["what"]) for problem in report["problems"]]


# --- lookups that are none --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("program", "what"),
    [
        pytest.param(
            OF_ITS_OWN_PROVIDER.replace("SECRET", "False"),
            "code of the program made it, not grantgate.location.LocationLookup",
            id="a provider of its own",
        ),
        pytest.param(
            OF_ITS_OWN_PROVIDER.replace("SECRET", "True"),
            "code of the program made it, not grantgate.location.LocationLookup",
            id="a provider of its own, as a secret",
        ),
        pytest.param(A_COMPONENT, "it is a component of the program's own, which no provider made", id="a component"),
        pytest.param(
            ANOTHER_HOST, "a provider of the program's own made it, not Pulumi's dynamic host", id="another host"
        ),
    ],
)
@pytest.mark.parametrize("command", ["preview", "up"])
def test_what_a_program_says_of_aws_is_no_lookup(project: Project, program: str, what: str, command: str) -> None:
    """A resource of a lookup's type that this release's own code did not make is red, whatever it holds."""
    project.program(program)

    code, report = gate(project, command)

    assert code == 4, report["summary"]
    assert ("lie", f"it is no lookup of this release: {what}") in told(report)


def test_plain_pulumi_refuses_components_and_other_hosts(project: Project) -> None:
    """The pack alone sees who was asked to make a lookup; what was pickled the engine shows to no policy."""
    for program in (A_COMPONENT, ANOTHER_HOST):
        project.program(program)

        ran = project.pulumi("preview")

        assert ran.code != 0
        assert ran.outcome("LKP-01", "lie") == {"FAIL"}


# --- what stands in for modules ---------------------------------------------------------------------------------------


def write(folder: Path, name: str, text: str) -> None:
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(textwrap.dedent(text))


MARK = "from pathlib import Path\nPath(__file__).with_suffix('.ran').touch()\n"


def test_the_host_loads_what_stands_beside_the_program(project: Project) -> None:
    """Plain pulumi runs a project's own grantgate instead of the installed one: that is what the gate looks for."""
    lies = f"""
        from pulumi.dynamic import CheckResult, CreateResult, ResourceProvider
        class LocationLookup(ResourceProvider):
            serialize_as_secret_always = False
            def check(self, _olds, news):
                return CheckResult({{**news, **{ANSWER!r}}}, [])
            def create(self, props):
                return CreateResult("x", props)
    """
    write(project.folder, "grantgate/__init__.py", "")
    write(project.folder, "grantgate/location.py", lies)
    project.program(
        """
        from pulumi.dynamic import Resource
        from grantgate.location import LocationLookup
        class Location(Resource, module="grantgate", name="AccessGrantsLocation"):
            pass
        Location(LocationLookup(), "lie", {})
        """
    )

    ran = project.pulumi("preview")

    assert ran.code == 0, ran.text
    assert project.aws.journal() == []
    code, report = gate(project)
    assert code == 4
    assert told(report) == [("grantgate", "it runs in place of the module 'grantgate'")]


@pytest.mark.parametrize(
    ("file", "module"),
    [
        pytest.param("grantgate/__init__.py", "grantgate", id="grantgate"),
        pytest.param("boto3.py", "boto3", id="boto3"),
        pytest.param("botocore/__init__.py", "botocore", id="botocore"),
        pytest.param("pulumi/__init__.py", "pulumi", id="pulumi"),
        pytest.param("pickle.py", "pickle", id="pickle"),
    ],
)
@pytest.mark.parametrize("main", [".", "src"])
def test_nothing_runs_where_something_stands_in(project: Project, file: str, module: str, main: str) -> None:
    """A project that brings a module which the lookups load is red before any of it runs, and AWS is not asked."""
    (project.folder / "src").mkdir()
    (project.folder / "Pulumi.yaml").write_text(f"name: gated\nruntime: python\nmain: {main}\n")
    (project.folder / main / "__main__.py").write_text(GOOD + MARK)
    write(project.folder / main, file, MARK)

    code, report = gate(project)

    assert code == 4
    (problem,) = report["problems"]
    assert problem["what"] == f"it runs in place of the module {module!r}"
    assert not list(project.folder.rglob("*.ran"))
    assert project.aws.journal() == []


def test_sitecustomize_of_a_project_does_not_run(project: Project) -> None:
    """Python looks for these at its start, before the program's folder counts: they are left alone."""
    for name in ("sitecustomize.py", "usercustomize.py"):
        write(project.folder, name, MARK)
    project.program(GOOD)

    code, report = gate(project)

    assert code == 0, report["problems"]
    assert not list(project.folder.rglob("*.ran"))


def test_pythonpath_into_the_checkout_is_told(project: Project) -> None:
    """By PYTHONPATH they do run, so that what it leads to in the checkout is a problem."""
    write(project.folder, "lib/sitecustomize.py", "")
    project.program(GOOD)

    code, report = gate(project, PYTHONPATH="lib")

    assert code == 4
    assert told(report) == [("lib/sitecustomize.py", "it runs in place of the module 'sitecustomize'")]


def test_an_environment_that_is_committed_does_not_run(project: Project) -> None:
    """A Python that the checkout brings along is red before it runs, and AWS is not asked."""
    project.program(GOOD)
    (project.folder / "Pulumi.yaml").write_text("name: gated\nruntime: {name: python, options: {virtualenv: env}}\n")
    write(
        project.folder, "env/bin/python", f"#!/bin/sh\ntouch '{project.folder}/it.ran'\nexec {sys.executable} \"$@\"\n"
    )
    (project.folder / "env" / "bin" / "python").chmod(0o755)
    assert project.run("git", "init", "--quiet").returncode == 0
    assert project.run("git", "add", "env").returncode == 0

    code, report = gate(project)

    assert code == 4
    ((about, what),) = told(report)
    assert about == "Pulumi.yaml"
    assert what.startswith("virtualenv 'env' is committed, so the program and its lookups would run with packages that")
    assert not (project.folder / "it.ran").exists()
    assert project.aws.journal() == []

    assert project.run("git", "rm", "-r", "--quiet", "--cached", "env").returncode == 0
    code, report = gate(project)
    assert code == 0, report["problems"]
    assert (project.folder / "it.ran").exists()  # the host of lookups does run with it


def test_what_a_program_brings_while_it_runs_is_told(project: Project) -> None:
    """A program that writes a module beside itself, which the host loads later, is red after the run."""
    project.program("from pathlib import Path\nPath('boto3.py').write_text('')\n" + GOOD)

    code, report = gate(project)

    assert code == 4
    assert ("boto3.py", "it runs in place of the module 'boto3'") in told(report)


def test_the_list_of_modules_is_that_of_the_real_host(project: Project) -> None:
    """Every module that the host and the lookups import, or try to, is one that a project may not bring."""
    write(
        project.folder,
        "recorder/sitecustomize.py",
        """
        import os, sys

        class Recorder:
            def find_spec(self, name, path=None, target=None):
                with open(os.environ["RECORDED"], "a") as file:
                    file.write(name.partition(".")[0] + "\\n")

        if "pulumi.dynamic" in sys.orig_argv:
            sys.meta_path.insert(0, Recorder())
        """,
    )
    project.program(
        f"""
        import grantgate
        grantgate.AccessGrantsLocation("one", "good")
        grantgate.AccessGrantsLocation("two", "good", assume_role_arn="arn:aws:iam::{ACCOUNT}:role/reader")
        grantgate.AccessGrantsInstanceForPrefix("prefix", "s3://acme-data-prod-finance/finance/")
        grantgate.AccessGrantsLocations("all")
        """
    )
    recorded = project.folder / "recorded"

    done = project.run(
        "pulumi", "preview", "--non-interactive", "--stack", "prod",
        PYTHONPATH=str(project.folder / "recorder"), RECORDED=str(recorded),
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    found = set(recorded.read_text().split()) - set(sys.stdlib_module_names)
    assert {"grantgate", "boto3", "botocore", "grpc", "dill"} <= found
    assert found <= LOADED


# --- the project's file and the environment ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "name", "plugin"),
    [
        pytest.param("providers", "pulumi-python", "pulumi-resource-pulumi-python", id="the host"),
        pytest.param("analyzers", "policy-python", "pulumi-analyzer-policy-python", id="what starts the pack"),
        pytest.param("languages", "python", "pulumi-language-python", id="what starts the program"),
    ],
)
def test_plugins_of_the_project_do_not_run(project: Project, section: str, name: str, plugin: str) -> None:
    """The engine would start a project's own plugin by its path; the gate is red before it does."""
    fake = project.folder / "fake" / plugin
    write(project.folder, f"fake/{plugin}", f"#!/bin/sh\ntouch {project.folder}/started\nexit 1\n")
    fake.chmod(0o755)
    (project.folder / "Pulumi.yaml").write_text(
        f"name: gated\nruntime: python\nplugins:\n  {section}:\n    - {{name: {name}, path: fake}}\n"
    )
    project.program(GOOD)

    code, report = gate(project)

    assert code == 4
    what = f"'plugins' brings {section[:-1]} {name!r}, which would run in place of Pulumi's"
    assert told(report) == [("Pulumi.yaml", what)]
    assert not (project.folder / "started").exists()
    plain = project.run("pulumi", "preview", "--non-interactive", "--stack", "prod", "--policy-pack", PACK)
    assert plain.returncode != 0
    assert (project.folder / "started").exists() or "could not read plugin" in plain.stdout + plain.stderr


def test_another_python_is_not_asked(project: Project) -> None:
    """PULUMI_PYTHON_CMD of the environment chooses nothing: program, host and pack run by the gate's own Python."""
    write(project.folder, "bin/python", f'#!/bin/sh\ntouch {project.folder}/started\nexec {sys.executable} "$@"\n')
    (project.folder / "bin" / "python").chmod(0o755)
    project.program(GOOD)

    code, report = gate(project, PULUMI_PYTHON_CMD=str(project.folder / "bin" / "python"))

    assert code == 0, report["problems"]
    assert not (project.folder / "started").exists()


# --- names and answers ------------------------------------------------------------------------------------------------


def test_a_malicious_name_reaches_no_report_as_it_is(project: Project) -> None:
    """A resource's name is shown harmlessly, and the gate is as red as by any other name."""
    name = "::error::x\x1b[2J\n::error::y | <script>alert(1)</script> @everyone `x`"
    project.program(f"from grantgate import AccessGrantsLocation\nAccessGrantsLocation({name!r}, 'bad')\n")

    for format_ in ("text", "github", "markdown", "json"):
        done = project.run(
            sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", PACK, "--format", format_
        )

        assert done.returncode == 1, done.stdout + done.stderr
        assert "\x1b[2J" not in done.stdout + done.stderr
        assert not [line for line in done.stdout.splitlines() if line.lstrip().startswith(("::error::x", "::error::y"))]
        if format_ == "markdown":
            page = re.sub(r"<code>.*?</code>", "", MarkdownIt("commonmark").render(done.stdout), flags=re.DOTALL)
            assert not [word for word in ("<script", "@everyone", "\x1b") if word in page]


def test_a_hostile_endpoint_is_red(project: Project, aws: Any) -> None:
    """An answer that holds entities is no answer: the lookup fails, and says where from."""
    aws.set_faults([{"operation": "GetAccessGrantsLocation", "kind": "malformed", "body": "doctype"}])
    project.program(GOOD)

    code, report = gate(project)

    assert code == 4
    assert any("declares a document type, and AWS declares none" in what for _, what in told(report)), told(report)
