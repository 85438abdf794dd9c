"""`grantgate init`: what it makes, that what is there stays, and that nothing it makes is green by itself."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import stat
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from click.testing import CliRunner, Result
from grantgate_policies import inputs, starting
from grantgate_policies.checking import check
from grantgate_policies.commands import root
from grantgate_policies.commands.lazy import Entry
from grantgate_policies.core import Outcome
from grantgate_policies.rulesfile import read_rules
from grantgate_policies.starting import Account, Wanted
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).resolve().parents[2]
GROUP = root.Gate("grantgate", entries={"init": Entry("grantgate_policies.commands.init", "Make a repository ready.")})
ACCOUNT = "111122223333"
OURS = ("--organization", "acme", "--account", f"{ACCOUNT}:data-prod:prod")
PACK_FILES = ["PulumiPolicy.yaml", "__main__.py", "requirements.txt", "rulebook.schema.json", "rules.yaml"]
LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"


def init(*arguments: str) -> Result:
    return CliRunner().invoke(GROUP, ["init", *arguments])


def made_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [
        pytest.param((), [".github/workflows/grantgate.yml"], id="GitHub is the default"),
        pytest.param(("--ci", "gitlab"), [".gitlab-ci-grantgate.yml"], id="GitLab"),
        pytest.param(("--ci", "none"), [], id="no CI"),
    ],
)
def test_everything_is_made(tmp_path: Path, arguments: tuple[str, ...], extra: list[str]) -> None:
    """One command makes the pack, the rules file with its schema, the hook and the workflow, and their folder."""
    place = tmp_path / "new" / "infra"

    done = init(str(place), *OURS, *arguments)

    assert done.exit_code == 0, done.output
    packs = [f"policies/{name}" for name in PACK_FILES]
    assert made_in(place) == sorted([".pre-commit-config.yaml", *packs, *extra])
    assert [line.split()[1] for line in done.output.splitlines() if line.startswith("made ")] == made_in(place)
    assert f"cd {place}" in done.output
    assert "write a Pulumi program here" in done.output
    assert "grantgate preview --policy-pack policies" in done.output


def test_another_name_for_the_pack_is_used_everywhere(tmp_path: Path) -> None:
    """The workflow, the job and the hook name the folder that was chosen."""
    for ci in ("github", "gitlab"):
        assert init(str(tmp_path / ci), *OURS, "--pack", "gate/pack", "--ci", ci).exit_code == 0
    assert "--policy-pack=gate/pack" in (tmp_path / "github" / starting.GITHUB).read_text()
    assert "@@" not in (tmp_path / "github" / starting.GITHUB).read_text()
    assert "policy-pack:\n      default: gate/pack\n" in (tmp_path / "gitlab" / starting.GITLAB).read_text()
    assert "rules validate gate/pack/rules.yaml" in (tmp_path / "github" / starting.PRE_COMMIT).read_text()
    assert (tmp_path / "github" / "gate" / "pack" / "rules.yaml").is_file()


def test_what_is_there_stays(tmp_path: Path) -> None:
    """Existing files keep their bytes and times, the rest is made, and a second run changes nothing."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rules.yaml").write_bytes(b"mine\r\n\xff")
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []\n")
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    before = (tmp_path / "policies" / "rules.yaml").stat().st_mtime_ns

    done = init(str(tmp_path), *OURS)
    files = {name: (tmp_path / name).read_bytes() for name in made_in(tmp_path)}
    again = init(str(tmp_path))

    assert (done.exit_code, again.exit_code) == (0, 0), done.output + again.output
    assert (tmp_path / "policies" / "rules.yaml").read_bytes() == b"mine\r\n\xff"
    assert (tmp_path / "policies" / "rules.yaml").stat().st_mtime_ns == before
    assert {line.split()[-1] for line in done.output.splitlines() if line.startswith("kept")} == {
        "policies/rules.yaml",
        ".pre-commit-config.yaml",
    }
    assert (tmp_path / "policies" / "__main__.py").is_file()
    assert "entry: grantgate rules validate policies/rules.yaml" in done.output  # for the file that was there
    assert "pulumi new" not in done.output
    assert "made" not in again.output.split("Next:")[0]
    assert {name: (tmp_path / name).read_bytes() for name in made_in(tmp_path)} == files


def test_the_hook_is_not_offered_twice(tmp_path: Path) -> None:
    """Who has a hook of the kind is not shown its lines again."""
    assert init(str(tmp_path)).exit_code == 0

    assert "under repos:" not in init(str(tmp_path)).output


def test_a_dry_run_makes_nothing(tmp_path: Path) -> None:
    """What would be made is told, and not even the folder is there."""
    done = init(str(tmp_path / "infra"), "--dry-run")

    assert done.exit_code == 0
    assert "would make  policies/rules.yaml" in done.output
    assert not (tmp_path / "infra").exists()


def _link_out(place: Path) -> None:
    (place.parent / "elsewhere").mkdir()
    (place / "policies").symlink_to(place.parent / "elsewhere")


def _link_out_below(place: Path) -> None:
    (place.parent / "elsewhere" / "workflows").mkdir(parents=True)
    (place / ".github").symlink_to("../elsewhere")


def _no_rights(place: Path) -> None:
    (place / "policies").mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        pytest.param(_link_out, "'policies' leads out of DIR", id="link out of the folder"),
        pytest.param(_link_out_below, "'.github/workflows' leads out of DIR", id="link above"),
        pytest.param(
            lambda place: (place / "policies").write_text(""), "'policies' is no folder", id="file for folder"
        ),
        pytest.param(
            lambda place: (place / "policies/rules.yaml").mkdir(parents=True), "is there, and is no file", id="folder"
        ),
        pytest.param(
            lambda place: (place / ".github").symlink_to("nowhere"), "a link that leads nowhere", id="dangling link"
        ),
        pytest.param(
            lambda place: (place / ".pre-commit-config.yaml").symlink_to("nowhere"),
            "a link that leads nowhere",
            id="dangling file",
        ),
        pytest.param(
            _no_rights,
            "this user may not write in 'policies'",
            id="read-only",
            marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere"),
        ),
    ],
)
def test_something_in_the_way_stops_it_before_anything_is_made(tmp_path: Path, prepare: Any, told: str) -> None:
    """One place that cannot be written is enough: nothing at all is made, inside or outside of the folder."""
    place = tmp_path / "infra"
    place.mkdir()
    prepare(place)
    before = made_in(tmp_path)

    done = init(str(place))

    assert done.exit_code == 2, done.output
    assert told in done.output
    assert "nothing was made" in done.output
    assert made_in(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("file", "is no folder", id="a file"),
        pytest.param("file/below", "is no folder", id="below a file"),
        pytest.param("a\0b", "is no usable folder", id="a null byte"),
        pytest.param("loop", "is no", id="a link to itself"),
    ],
)
def test_a_folder_that_cannot_be_is_told_once(tmp_path: Path, name: str, told: str) -> None:
    """DIR itself is looked at first: one line says why it is none, and nothing is made."""
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to("loop")

    done = init(f"{tmp_path}/{name}")

    assert done.exit_code == 2, done.output
    assert told in done.output
    assert len(done.output.splitlines()) == 2
    assert made_in(tmp_path) == ["file", "loop"]


def test_a_name_that_no_folder_can_have_makes_nothing(tmp_path: Path) -> None:
    """What only the system can tell is told in a line, and says that nothing was made."""
    done = init(f"{tmp_path}/{'x' * 300}")

    assert done.exit_code == 2
    assert "File name too long; 0 of 7 files were made before" in done.output
    assert made_in(tmp_path) == []


def test_a_link_inside_the_folder_is_a_way(tmp_path: Path) -> None:
    """A link that stays inside is followed, and a file that is a link is one that is there."""
    (tmp_path / "gate").mkdir()
    (tmp_path / "policies").symlink_to("gate")
    (tmp_path.parent / f"{tmp_path.name}-shared.yaml").write_text("repos: []\n")
    (tmp_path / ".pre-commit-config.yaml").symlink_to(tmp_path.parent / f"{tmp_path.name}-shared.yaml")

    done = init(str(tmp_path))

    assert done.exit_code == 0, done.output
    assert (tmp_path / "gate" / "rules.yaml").is_file()
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == "repos: []\n"


def test_a_failure_on_the_way_leaves_whole_files_only(tmp_path: Path) -> None:
    """What cannot be written names the file and says how many were made; no part of a file is left."""
    starts = starting.files(Wanted())
    place = tmp_path / "infra"
    (place / "policies").mkdir(parents=True)
    (place / "policies" / "PulumiPolicy.yaml").mkdir()  # came after the plan was made

    with pytest.raises(starting.WriteError, match=re.escape("1 of 6 files were made before")):
        starting.carry_out(place, starts)

    assert made_in(place) == [".pre-commit-config.yaml"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--account", "12:x"), "'12' is not an account id of 12 digits", id="short id"),
        pytest.param(("--account", "١١١١٢٢٢٢٣٣٣٣:x"), "is not an account id of 12 digits", id="other digits"),
        pytest.param(("--account", ACCOUNT), "'' is not an account's name", id="no name"),
        pytest.param(("--account", f"{ACCOUNT}:a b\n"), r"'a b\n' is not an account's name", id="newline"),
        pytest.param(("--account", f"{ACCOUNT}:a:"), "'' is not an environment's name", id="no environment"),
        pytest.param(("--account", f"{ACCOUNT}:a:b:c"), "'b:c' is not an environment's name", id="too many parts"),
        pytest.param(
            ("--account", f"{ACCOUNT}:a", "--account", f"{ACCOUNT}:b"), "two accounts have the id", id="same id"
        ),
        pytest.param(
            ("--account", f"{ACCOUNT}:a", "--account", "444455556666:a"), "two accounts have the name", id="same name"
        ),
        pytest.param(("--organization", 'x"}: &a'), "is not an organization's name", id="YAML in a name"),
        pytest.param(("--pack", "../x"), "'../x' is not a folder below", id="above"),
        pytest.param(("--pack", "/etc"), "'/etc' is not a folder below", id="absolute"),
        pytest.param(("--pack", "a/../b"), "is not a folder below", id="up and down"),
        pytest.param(("--pack", "a b;$(touch x)"), "is not a folder below", id="shell"),
        pytest.param(("--pack", ""), "'' is not a folder below", id="no folder"),
        pytest.param(("--requirement", "a\n--index-url x"), "is not one requirement", id="two lines"),
        pytest.param(("--requirement", "--index-url x"), "is not one requirement", id="an option"),
        pytest.param(("--ci", "jenkins"), "'jenkins' is not one of", id="unknown CI"),
    ],
)
def test_words_that_make_no_valid_file_are_refused(tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    """A usage error names the value, and nothing is made."""
    done = init(str(tmp_path / "infra"), *arguments)

    assert done.exit_code == 2, done.output
    assert told in " ".join(done.output.split())
    assert not (tmp_path / "infra").exists()


# --- the rules file ---------------------------------------------------------------------------------------------------


_A_NAME = r"[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?"


def rules_of(folder: Path, wanted: Wanted) -> Path:
    starting.carry_out(folder, [one for one in starting.files(wanted) if one.path.name.startswith("rule")])
    return folder / wanted.pack / "rules.yaml"


@given(
    organization=st.from_regex(_A_NAME, fullmatch=True),
    name=st.from_regex(_A_NAME, fullmatch=True),
    environment=st.one_of(st.just(""), st.sampled_from(["prod", "1", "null", "on", "0x1f", "1e3", "a.b", "true"])),
)
def test_every_name_that_is_accepted_makes_a_valid_file(
    tmp_path_factory: pytest.TempPathFactory, organization: str, name: str, environment: str
) -> None:
    """Whatever the options take comes back from the rules file as the same text."""
    wanted = Wanted(organization, (Account(ACCOUNT, name, environment),))

    read = read_rules(rules_of(tmp_path_factory.mktemp("made"), wanted)).organization

    assert read.name == organization
    assert [(one.name, one.environment) for one in read.accounts.values()] == [(name, environment)]


def test_the_lines_behind_a_comment_are_valid_too(tmp_path: Path) -> None:
    """Each example in the rules file can be used as it stands, once its # is gone."""
    path = rules_of(tmp_path, Wanted("acme", (Account(ACCOUNT, "data-dev", "dev"),)))
    lines = r"regions: .*|[a-z-]+: \{.*|environments:|waivers:|  dev: .*|  - \{rule.*|     reason: .*"
    path.write_text(re.sub(rf"^( *)# ({lines})$", r"\1\2", path.read_text(), flags=re.MULTILINE))

    rulebook = read_rules(path)

    assert all(rulebook.effective(rule, None, "").configured for rule in rulebook.catalogue)
    assert (len(rulebook.environments), len(rulebook.waivers)) == (1, 1)
    assert rulebook.organization.regions


def outcomes(path: Path, props: dict[str, Any]) -> dict[str, Outcome]:
    listed = path.with_name("list.json")
    listed.write_text(json.dumps([{"type": LOCATION, "name": "one", "props": props}]))
    report = check([inputs.read(str(listed), "")], read_rules(path), dt.datetime.now(dt.UTC))
    return {finding.rule.name: finding.outcome for finding in report.findings}


GOOD = {
    "accountId": ACCOUNT,
    "locationScope": "s3://acme-data-prod-finance/finance/*",
    "iamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/access-grants/finance-reader",
}


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(Wanted("acme", (Account(ACCOUNT, "data-prod"),)), Outcome.PASS, id="filled in"),
        pytest.param(Wanted("acme"), Outcome.FAIL, id="no accounts"),
        pytest.param(Wanted("", (Account(ACCOUNT, "data-prod"),)), Outcome.FAIL, id="no organization"),
        pytest.param(Wanted(), Outcome.FAIL, id="neither"),
        pytest.param(Wanted("acme", (Account("444455556666", "data-prod"),)), Outcome.FAIL, id="another account"),
    ],
)
def test_a_file_that_nobody_filled_in_lets_no_location_pass(tmp_path: Path, wanted: Wanted, expected: Outcome) -> None:
    """Words that stand in for the organization's own match nothing: a right location fails until they are replaced."""
    found = outcomes(rules_of(tmp_path, wanted), GOOD)

    assert found["location-scope-allowed"] is expected
    if not wanted.accounts or wanted.accounts[0].id != ACCOUNT:
        assert found["location-account-allowed"] is Outcome.FAIL


def test_what_must_be_filled_in_is_told(tmp_path: Path) -> None:
    """The output names every word that stands in for another, and none when all were given."""
    bare = init(str(tmp_path / "a"))
    full = init(str(tmp_path / "b"), *OURS, "--requirement", "grantgate[policies] @ https://wheels.example/g.whl")

    assert "policies/rules.yaml: the organization's name" in bare.output
    assert "policies/rules.yaml: the accounts" in bare.output
    assert "policies/requirements.txt: where pip finds grantgate" in bare.output
    assert "To fill in" not in full.output


def test_words_of_a_file_that_was_there_are_told_too(tmp_path: Path) -> None:
    """A kept rules file that still has stand-ins is named, and so is an option that changed nothing."""
    rules_of(tmp_path, Wanted())

    done = init(str(tmp_path), *OURS)

    assert "policies/rules.yaml: the organization's name" in done.output
    assert "policies/rules.yaml: the accounts" in done.output
    assert "policies/rules.yaml was there: --organization and --account changed nothing in it." in done.output


# --- where grantgate comes from ---------------------------------------------------------------------------------------

GIT = {"url": "https://git.example/acme/grantgate", "vcs_info": {"vcs": "git", "commit_id": "a" * 40}}


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        pytest.param(None, "grantgate[policies]==1.2.0", id="an index"),
        pytest.param(GIT, f"grantgate[policies] @ git+https://git.example/acme/grantgate@{'a' * 40}", id="git"),
        pytest.param({"url": "file:///home/me/g", "dir_info": {"editable": True}}, "", id="a folder of this machine"),
        pytest.param({**GIT, "url": "https://me:secret@git.example/g"}, "", id="an address with a password"),
        pytest.param({**GIT, "url": "file:///srv/g"}, "", id="git of this machine"),
        pytest.param({"url": "https://wheels.example/g.whl", "archive_info": {}}, "", id="a wheel"),
        pytest.param([], "", id="nonsense"),
    ],
)
def test_only_what_another_machine_can_follow_is_written(origin: Any, expected: str) -> None:
    """The packages file pins what runs here; no path of this machine and no password gets into it."""
    assert starting.requirement_of("1.2.0", origin) == expected


def test_without_an_address_pip_refuses_the_packages_file() -> None:
    """The line that stands in for an address names no package on an index."""
    (text,) = [one.text for one in starting.files(Wanted()) if one.path.name == "requirements.txt"]

    (line,) = [line for line in text.splitlines() if not line.startswith("#")]
    assert line == "grantgate[policies] @ file:///replace-me"


# --- one source for what exists twice ---------------------------------------------------------------------------------


def test_the_template_holds_the_same_pack() -> None:
    """The folder for `pulumi new` has what init makes, but for the schema, which init adds to it."""
    for one in starting.files(Wanted()):
        if one.path.parts[0] == "policies" and one.path.suffix != ".json":
            assert ROOT.joinpath("template", *one.path.parts).read_text() == one.text, one.path


def test_the_gitlab_job_is_the_published_one() -> None:
    """Init writes the very file that others include."""
    files = {one.path: one.text for one in starting.files(Wanted(ci="gitlab"))}

    assert files[PurePosixPath(starting.GITLAB)] == (ROOT / "ci" / "gitlab.yml").read_text()


def test_the_schema_is_the_published_one() -> None:
    """The schema beside the rules file is this release's."""
    (text,) = [one.text for one in starting.files(Wanted()) if one.path.suffix == ".json"]

    assert text == (ROOT / "policies" / "grantgate_policies" / "rulebook.schema.json").read_text()


def test_the_sources_are_packaged() -> None:
    """The wheel takes whole packages: the texts that init writes are in it."""
    wheel = (ROOT / "pyproject.toml").read_text().partition("[tool.hatch.build.targets.wheel]")[2]

    assert '"policies/grantgate_policies"' in wheel.partition("[tool.")[0]
    assert starting.SOURCES.is_relative_to(ROOT / "policies" / "grantgate_policies")
