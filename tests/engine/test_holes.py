"""Ways to a green gate that did not look, each of them closed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111122223333"
GOOD = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good")
"""


def gate(project: Project, *arguments: str, **environment: str) -> Any:
    return project.run(
        sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(ROOT / "policies"),
        "--format", "json", *arguments, **environment,
    )  # fmt: skip


def swap(project: Project) -> None:
    project.aws.state.update_location_role(ACCOUNT, "eu-west-1", "good", f"arn:aws:iam::{ACCOUNT}:role/DataAdmin")


@pytest.mark.parametrize("option", ["--target", "-t", "--exclude", "--target-replace", "--exclude-dependents"])
def test_options_that_leave_resources_out_are_refused(project: Project, option: str) -> None:
    """What a preview leaves out is not looked up; the gate does not pretend that it was."""
    done = gate(project, "--", option, "urn:x")

    assert done.returncode == 2
    assert f"{option} leaves resources out of the preview" in done.stderr


def test_an_answer_of_an_earlier_run_is_none(project: Project) -> None:
    """Policies are shown the state's values for what a run does not target; the run's mark tells them apart."""
    project.program(GOOD)
    assert project.pulumi("up").code == 0
    swap(project)
    project.aws.clear_journal()
    stack = "urn:pulumi:prod::gated::pulumi:pulumi:Stack::gated-prod"

    ran = project.pulumi("preview", "--target", stack, GRANTGATE_RUN="this-run")

    assert project.aws.journal() == []
    assert ran.outcome("LKP-01") == {"FAIL"}
    assert "an earlier run made the lookup, not this one" in ran.text
    assert ran.code != 0


def test_the_mark_of_a_run_is_no_difference(project: Project) -> None:
    """A second preview with another mark changes nothing, and passes."""
    project.program(GOOD)
    assert project.pulumi("up", GRANTGATE_RUN="first").code == 0

    ran = project.pulumi("preview", GRANTGATE_RUN="second")

    assert ran.code == 0, ran.text
    assert ran.ops()["location"] == "same"
    assert ran.outcome("LKP-01") == {"PASS"}


def test_a_subclass_of_a_lookup_is_judged(project: Project) -> None:
    """A lookup keeps its type however a program builds on it."""
    project.program(
        """
        from grantgate import AccessGrantsLocation

        class Mine(AccessGrantsLocation):
            pass

        Mine("bad", "bad")
        """
    )

    ran = project.pulumi("preview")

    assert ran.outcome("AGL-12", "bad") == {"FAIL"}
    assert ran.code != 0


def test_a_subclass_cannot_take_another_type(project: Project) -> None:
    """A type that no policy knows would be judged by none."""
    project.program(
        """
        from grantgate import AccessGrantsLocation

        class Mine(AccessGrantsLocation, module="mine", name="Mine"):
            pass
        """
    )

    ran = project.pulumi("preview")

    assert ran.code != 0
    assert "Mine: a lookup's type cannot be changed; leave out module, name" in ran.text


RULES = """
    version: 1
    organization:
      name: acme
      accounts: {"111122223333": {name: data-prod, environment: prod}}
    rules: {location-prefix-delimited: {level: mandatory}, location-role-not-denied: {level: disabled}}
    environments: {prod: {rules: {location-prefix-delimited: {level: advisory}}}}
"""


def test_a_level_from_outside_beats_an_overlay_though_it_is_the_base_level(project: Project) -> None:
    """The engine cannot tell a level that somebody set from the pack's own; `grantgate preview` can."""
    project.write_rules(RULES)
    project.program(GOOD.replace("good", "bad"))
    assert gate(project).returncode == 0
    config = project.folder / "config.json"
    config.write_text(json.dumps({"location-prefix-delimited": "mandatory"}))

    done = gate(project, "--policy-pack-config", str(config))

    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param("{", "not JSON that can be read", id="broken JSON"),
        pytest.param("[]", "where an object of rule names belongs", id="a list"),
        pytest.param('{"nosuch": "disabled"}', "'nosuch' is no policy of this pack", id="an unknown rule"),
        pytest.param('{"lookup-performed": "advisory"}', "its level cannot be changed", id="a locked rule"),
    ],
)
def test_configuration_that_cannot_be_used_is_told(project: Project, content: str, told: str) -> None:
    """The pack's own reason reaches the report, with the exit code for usage."""
    project.program(GOOD)
    config = project.folder / "config.json"
    config.write_text(content)

    done = gate(project, "--policy-pack-config", str(config))

    assert done.returncode == 2, done.stdout + done.stderr
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_every_rule_at_once(project: Project) -> None:
    """Pulumi's key "all" gives every rule a level, but for those whose level cannot be changed."""
    project.program(GOOD.replace("good", "bad"))
    config = project.folder / "config.json"
    config.write_text(json.dumps({"all": "advisory"}))

    done = gate(project, "--policy-pack-config", str(config))

    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["counts"]["FAIL"] > 0


def test_a_pack_that_cannot_start_is_told(project: Project) -> None:
    """A crash of the pack before it judges is told in its words, not as a pack of somebody else's."""
    other = project.folder / "other"
    other.mkdir()
    (other / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    rules = other / "acme.yaml"
    (other / "__main__.py").write_text(
        f"from pathlib import Path\nfrom grantgate_policies.pack import main\nmain(Path({str(rules)!r}))\n"
    )
    rules.write_text("version: 2\n")
    project.program(GOOD)
    project.environment["GRANTGATE_RULES"] = ""

    done = project.run(
        sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", str(other), "--format", "json"
    )

    assert done.returncode == 2, done.stdout + done.stderr
    assert "acme.yaml:1:" in done.stdout


def test_findings_that_cannot_be_written_stop_the_pack(project: Project) -> None:
    """A journal that cannot be opened is one line, not a traceback, and never a green run."""
    project.program(GOOD)
    done = project.run(
        "pulumi", "preview", "--non-interactive", "--stack", "prod", "--policy-pack", str(ROOT / "policies"),
        GRANTGATE_FINDINGS="/nonexistent/findings.jsonl",
    )  # fmt: skip

    assert done.returncode != 0
    assert "'/nonexistent/findings.jsonl' cannot be written" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_engine_that_is_too_old_is_refused(project: Project) -> None:
    """Its version is told, and what is needed."""
    folder = project.folder / "old"
    folder.mkdir()
    (folder / "pulumi").write_text("#!/bin/sh\necho v3.100.0\n")
    (folder / "pulumi").chmod(0o755)

    done = gate(project, PATH=f"{folder}:{project.env()['PATH']}")

    assert done.returncode == 4
    assert "is version 'v3.100.0', older than 3.220.0" in done.stderr


def test_a_program_that_only_reads_can_be_refused(project: Project) -> None:
    """Reads are shown to no policy; --require-judged makes a run that judged nothing fail."""
    project.program(
        f"""
        from grantgate import AccessGrantsLocation
        AccessGrantsLocation.get("read", "{ACCOUNT}/eu-west-1/bad")
        """
    )

    told, refused = gate(project), gate(project, "--require-judged")

    assert told.returncode == 0
    assert "read is only read, by get() or an id, so no rule judged it" in told.stdout
    assert refused.returncode == 4
