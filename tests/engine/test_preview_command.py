"""`grantgate preview`: what it says about a run, and that it is never green without proof."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies.rulesfile import read_rules

if TYPE_CHECKING:
    Project = Any

pytestmark = pytest.mark.engine

ROOT = Path(__file__).resolve().parents[2]
LOOKUP = """
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "ID")
"""


def gate(project: Project, *arguments: str, pack: str = str(ROOT / "policies"), **environment: str) -> Any:
    """Run the command as a user does, with a report that can be read."""
    format_ = () if "--format" in arguments else ("--format", "json")
    return project.run(
        sys.executable, "-m", "grantgate_policies", "preview", "--policy-pack", pack, *format_,
        *arguments, **environment,
    )  # fmt: skip


def test_green_with_proof(project: Project) -> None:
    """A clean estate passes, and the report shows what was looked up."""
    project.program(LOOKUP.replace("ID", "good"))

    done = gate(project)

    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["verdict"].startswith("PASSED")
    assert report["counts"]["FAIL"] == 0
    assert [(item["name"], item["performed"]) for item in report["lookups"]] == [("location", True)]
    assert dict(report["lookups"][0]["values"])["locationScope"] == "s3://acme-data-prod-finance/finance/*"


def test_a_mandatory_failure_is_1(project: Project) -> None:
    """A broken rule blocks with exit code 1, whatever the engine's own code."""
    project.program(LOOKUP.replace("ID", "bad"))

    done = gate(project)

    assert done.returncode == 1, done.stdout + done.stderr
    assert "grantgate: pulumi preview of " in done.stderr
    assert ": FAIL AGL-12 location-role-not-denied on location: " in done.stderr
    failed = {item["ruleId"] for item in json.loads(done.stdout)["findings"] if item["outcome"] == "FAIL"}
    assert {"AGL-04", "AGL-12"} <= failed


def test_an_unknown_that_may_not_pass_is_3(project: Project) -> None:
    """A request that still runs is neither passed nor failed."""
    token = "arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/AbC"
    operation = {
        "token": token,
        "name": "acme-global",
        "timeline": ["INPROGRESS"],
        "createdAt": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "operation": "CreateMultiRegionAccessPoint",
        "regions": [{"bucket": "acme-data-prod-finance", "region": "eu-west-1"}],
    }
    project.seed("111122223333", {"operations": [operation]})
    project.program(f'from grantgate import *\nMultiRegionAccessPointOperation("operation", "{token}")\n')

    done = gate(project)

    assert done.returncode == 3, done.stdout + done.stderr


def test_a_failed_lookup_is_4_and_named(project: Project) -> None:
    """What could not be read is a problem of its own, with its remedy apart."""
    project.program(LOOKUP.replace("ID", "nobody-knows"))

    done = gate(project)

    assert done.returncode == 4, done.stdout + done.stderr
    (problem,) = json.loads(done.stdout)["problems"]
    assert problem["about"] == "location"
    assert "no such location is registered (NoSuchAccessGrantsLocationError" in problem["what"]
    assert problem["remedy"].startswith("check the id, the account and the Region")


def test_a_pack_that_did_not_run_is_noticed(project: Project) -> None:
    """A pack that is not ours, or that never judged, makes no green run."""
    other = project.folder / "other"
    other.mkdir()
    (other / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 0.1.0\n")
    (other / "__main__.py").write_text(
        "from pulumi_policy import PolicyPack, ResourceValidationPolicy\n"
        "PolicyPack('grantgate', [ResourceValidationPolicy('empty', 'empty', lambda args, report: None)])\n"
    )
    project.program(LOOKUP.replace("ID", "good"))

    done = gate(project, pack=str(other))

    assert done.returncode == 4, done.stdout + done.stderr
    assert "the policy pack did not run, so nothing was judged" in done.stdout


FILES = ("--format", "text", "--format", "json=report.json")
"""A report in a file, which an earlier run may have left there."""


def the_report(project: Project) -> dict[str, Any]:
    return dict(json.loads((project.folder / "report.json").read_text()))


def test_a_missing_pack_is_a_usage_error(project: Project) -> None:
    """Without a pack there is no gate; a report says so, where an earlier one may lie."""
    (project.folder / "report.json").write_text('{"verdict": "PASSED"}')

    done = gate(project, *FILES, pack="nowhere")

    assert done.returncode == 2
    assert "nowhere is no policy pack" in done.stderr
    assert "nowhere is no policy pack" in the_report(project)["problems"][0]["what"]


def test_a_broken_rules_file_is_2(project: Project) -> None:
    """The rules file is read before the engine starts, and its faults are a report, too."""
    project.write_rules("version: 2\n")

    done = gate(project, *FILES)

    assert done.returncode == 2
    assert "rules.yaml:1:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "rules.yaml:1:" in the_report(project)["problems"][0]["what"]


def test_a_program_that_fails_is_4(project: Project) -> None:
    """A program error is the engine's, told in its words."""
    project.program('raise RuntimeError("kaput")')

    done = gate(project)

    assert done.returncode == 4, done.stdout + done.stderr
    assert "kaput" in done.stdout


def test_a_stack_that_does_not_exist_is_4(project: Project) -> None:
    """The engine refuses to start a preview, and says why."""
    done = gate(project, "--", "--stack", "nobody")

    assert done.returncode == 4, done.stdout + done.stderr
    assert "nobody" in done.stdout


def test_no_engine_is_4(project: Project) -> None:
    """Without a pulumi on PATH nothing is judged, and the message says what to install; once in every place."""
    python = project.folder / "bin"
    python.mkdir()
    (python / "python3").symlink_to(sys.executable)

    told, silent = gate(project, PATH=str(python)), gate(project, *FILES, PATH=str(python))

    assert (told.returncode, silent.returncode) == (4, 4)
    assert "no pulumi on PATH" in told.stderr
    assert "no pulumi on PATH" in json.loads(told.stdout)["problems"][0]["what"]
    assert "no pulumi on PATH" in silent.stdout
    assert silent.stderr == ""
    assert the_report(project)["verdict"].startswith("ERROR")


FAKE = """\
    #!/bin/sh
    case "$1" in version) echo v3.300.0; exit 0;; esac
    while [ "$1" != --event-log ]; do shift; done
    cp log.jsonl "$2"; cp journal.jsonl "$GRANTGATE_FINDINGS"; cat digest.json; exit 0
"""


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        pytest.param("digest.json", "", "printed no digest that can be read", id="no digest"),
        pytest.param("digest.json", '{"steps": [', "printed no digest that can be read", id="a cut digest"),
        pytest.param("log.jsonl", "", "its event log has no summary", id="no event log"),
        pytest.param("log.jsonl", '{"sequence":0,"resourc', "1 lines of the engine's", id="a cut event log"),
    ],
)
def test_output_that_is_cut_is_4(project: Project, name: str, content: str, told: str) -> None:
    """An engine that ends well and left half of what it should have proves nothing."""
    files = {
        "log.jsonl": '{"sequence":0,"summaryEvent":{"PolicyPacks":{"grantgate|local|x":"1"}}}\n'
        '{"sequence":1,"policyAnalyzeStackSummaryEvent":{"policyPackName":"grantgate"}}\n'
        '{"sequence":2,"cancelEvent":{}}\n',
        "journal.jsonl": "".join(
            json.dumps({"schema": "grantgate.run/1", **line}) + "\n"
            for line in ({"event": "start", "rulesDigest": read_rules(project.rules).digest}, {"event": "stack"})
        ),
        "digest.json": "{}",
        "pulumi": textwrap.dedent(FAKE),
    }
    for file, text in files.items():
        (project.folder / file).write_text(text)
    (project.folder / "pulumi").chmod(0o755)
    path = f"{project.folder}:{project.env()['PATH']}"
    assert gate(project, PATH=path).returncode == 0

    (project.folder / name).write_text(content)
    done = gate(project, PATH=path)

    assert done.returncode == 4, done.stdout + done.stderr
    assert told in done.stdout


def test_arguments_that_would_blind_it_are_refused(project: Project) -> None:
    """Options that grantgate sets itself, or does not know, cannot be set; an older report does not stay green."""
    for words, environment, told in (
        (("--", "--event-log", "elsewhere"), {}, "--event-log is grantgate's own to set"),
        (("--", "-x", "**"), {}, "-x leaves resources out of the preview"),
        ((), {"PULUMI_OPTION_TARGET": "x"}, "PULUMI_OPTION_TARGET is set"),
    ):
        (project.folder / "report.json").write_text('{"verdict": "PASSED"}')

        done = gate(project, *FILES, *words, **environment)

        assert done.returncode == 2
        assert told in done.stderr
        assert told in the_report(project)["problems"][0]["what"]


PEEKING = """
    import pathlib, shutil
    shutil.copy("report.json", "during.json")
    from grantgate import AccessGrantsLocation
    AccessGrantsLocation("location", "good")
"""


def test_an_older_report_is_gone_before_the_engine_starts(project: Project) -> None:
    """Whoever kills grantgate finds no green report of an earlier run, but one that says that it did not end."""
    (project.folder / "report.json").write_text('{"verdict": "PASSED"}')
    project.program(PEEKING)

    done = gate(project, *FILES)

    assert done.returncode == 0, done.stdout + done.stderr
    during = json.loads((project.folder / "during.json").read_text())
    assert during["verdict"].startswith("ERROR")
    assert during["problems"][0]["what"] == "the run has not come to its end"
    assert the_report(project)["verdict"].startswith("PASSED")


def test_the_text_report_ends_with_the_verdict(project: Project) -> None:
    """People read the end of a log; no colours where there is no terminal, no provider, no secret."""
    project.program(LOOKUP.replace("ID", "bad"))

    done = gate(project, "--format", "text")

    assert done.stdout.rstrip().splitlines()[-1].startswith("BLOCKED: ")
    assert "\x1b[" not in done.stdout
    assert "__provider" not in done.stdout
    assert "s3://acme-data-prod-hr/people*" in done.stdout


def test_the_root_program_names_every_fault_of_its_configuration(project: Project) -> None:
    """Wrong stack configuration is told by place, value and limit, all at once and without frames."""
    shutil.copy(ROOT / "__main__.py", project.folder / "__main__.py")
    (project.folder / "Pulumi.yaml").write_text("name: grantgate\nruntime: python\n")
    stack = project.run("pulumi", "stack", "init", "wrong", "--non-interactive")
    assert stack.returncode == 0, stack.stderr
    (project.folder / "Pulumi.wrong.yaml").write_text(
        "config:\n  grantgate:lookups:\n"
        '    - {account: 12, locations: ["a/b"]}\n'
        '    - {account: "111122223333", locatons: [default]}\n'
    )

    done = gate(project, "--", "--stack", "wrong")

    assert done.returncode == 2, done.stdout + done.stderr
    for told in (
        "grantgate:lookups[0].account: 12 is a number, not text; quote it",
        "grantgate:lookups[0].locations[0]: 'a/b' is not a location id",
        "grantgate:lookups[1].locatons: no such key (did you mean 'locations'?)",
    ):
        assert told in done.stdout, done.stdout
    assert "Traceback" not in done.stdout


def test_a_role_that_somebody_swapped_is_told(project: Project) -> None:
    """A change that breaks no rule is told all the same: AWS says otherwise than when the stack was last updated."""
    project.program(LOOKUP.replace("ID", "good"))
    assert project.pulumi("up").code == 0
    writer = "arn:aws:iam::111122223333:role/access-grants/finance-writer"
    project.aws.state.update_location_role("111122223333", "eu-west-1", "good", writer)

    done = gate(project)

    assert done.returncode == 0, done.stdout
    reader = writer.replace("writer", "reader")
    report = json.loads(done.stdout)
    urn = report["lookups"][0]["urn"]
    change = {"urn": urn, "field": "iamRoleArn", "before": reader, "after": writer, "drift": True}
    assert report["changes"] == [change]
    assert report["findings"][0]["position"] == {"file": "__main__.py", "line": 3}


def test_a_missing_rules_file_is_2_in_text_too(project: Project) -> None:
    """The pack's refusal reaches every format."""
    project.program(LOOKUP.replace("ID", "good"))
    pack = project.folder / "pack"
    shutil.copytree(ROOT / "policies", pack, ignore=shutil.ignore_patterns("grantgate_policies", "rules.yaml"))

    done = gate(project, "--format", "text", pack=str(pack), GRANTGATE_RULES="")

    assert done.returncode == 2, done.stdout + done.stderr
    assert "no such file" in done.stdout
    assert "\nERROR: " in done.stdout


def test_a_renamed_lookup_passes_with_a_refresh(project: Project) -> None:
    """A refresh looks at the old name of what an alias renames; nothing needs to be judged under it."""
    project.program(LOOKUP.replace("ID", "good"))
    assert project.pulumi("up").code == 0
    project.program(
        """
        from grantgate import AccessGrantsLocation
        from pulumi import Alias, ResourceOptions
        AccessGrantsLocation("renamed", "good", opts=ResourceOptions(aliases=[Alias(name="location")]))
        """
    )

    done = gate(project, "--", "--refresh")

    report = json.loads(done.stdout)
    assert (done.returncode, report["problems"]) == (0, []), done.stderr
    assert [item["name"] for item in report["lookups"]] == ["renamed"]
