"""What of a project would run in place of what the gate trusts, and what only looks like it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from grantgate_policies import shadowing
from grantgate_policies.shadowing import LOADED, PROJECT_FILES, problems

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Give a repository with one Pulumi project at its root."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: data\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    return tmp_path


def put(place: Path, text: str = "") -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)


def told(folder: Path, **environment: str) -> list[tuple[str, str]]:
    """Give what is told, and about what."""
    return [(problem.about, problem.what) for problem in problems(folder, environment)]


# --- modules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "about", "module"),
    [
        pytest.param("grantgate/__init__.py", "grantgate", "grantgate", id="a package of ours"),
        pytest.param("grantgate.py", "grantgate.py", "grantgate", id="a module of ours"),
        pytest.param("boto3/__init__.py", "boto3", "boto3", id="the SDK"),
        pytest.param("botocore.py", "botocore.py", "botocore", id="its core"),
        pytest.param("pulumi/__init__.py", "pulumi", "pulumi", id="the host"),
        pytest.param("pulumi/__init__.pyc", "pulumi", "pulumi", id="compiled"),
        pytest.param("grpc.pyc", "grpc.pyc", "grpc", id="compiled, alone"),
        pytest.param("base64.py", "base64.py", "base64", id="Python's own"),
        pytest.param("email/__init__.py", "email", "email", id="a package of Python's own"),
        pytest.param("yaml/__init__.py", "yaml", "yaml", id="a library"),
        pytest.param("awscrt/__init__.py", "awscrt", "awscrt", id="what is tried and not installed"),
        pytest.param("awscrt/auth.py", "awscrt", "awscrt", id="the same without __init__"),
        pytest.param("google/protobuf/__init__.py", "google", "google", id="below a shared name"),
    ],
)
def test_what_the_host_would_load_is_told(checkout: Path, file: str, about: str, module: str) -> None:
    """A module or package by the name of one that the host loads is a problem, whatever is in it."""
    put(checkout / file)

    assert told(checkout) == [(about, f"it runs in place of the module {module!r}")]


def test_a_library_of_the_platforms_kind_is_told(checkout: Path) -> None:
    """Compiled code counts as well."""
    put(checkout / f"dill.{sys.implementation.cache_tag}-x86_64-linux-gnu.so")
    put(checkout / "grpc.so")

    assert "grpc.so" in [about for about, _ in told(checkout)]


@pytest.mark.parametrize(
    "file",
    [
        pytest.param("network.py", id="a module of the program's"),
        pytest.param("locations/__init__.py", id="a package of the program's"),
        pytest.param("policies/__main__.py", id="the pack"),
        pytest.param("pulumi/__main__.py", id="a folder that gives way to what is installed"),
        pytest.param("boto3/notes.py", id="the same for the SDK"),
        pytest.param("email/templates.py", id="the same for Python's own"),
        pytest.param("yaml/prod.yaml", id="files by a library's name"),
        pytest.param("awscrt/README.md", id="files by the name of what is not installed"),
        pytest.param("google/network.py", id="a shared name that others use"),
        pytest.param("grantgate.yaml", id="no module"),
        pytest.param("base64.txt", id="no module of Python's either"),
        pytest.param("lib/base64.py", id="deeper, where nobody looks"),
        pytest.param("sitecustomize.py", id="what the program's folder does not start"),
        pytest.param("grant-gate.py", id="a name that none imports"),
        pytest.param("Grantgate.py", id="another case"),
    ],
)
def test_what_the_host_would_not_load_is_let_alone(checkout: Path, file: str) -> None:
    """The folders of a repository are named for what they hold; only what Python takes for a module counts."""
    put(checkout / file)

    assert told(checkout) == []


def test_a_project_without_any_is_silent(checkout: Path) -> None:
    """The repository's own program, its template and an ordinary project are as they should be."""
    assert told(checkout) == []
    assert told(ROOT) == []
    assert told(ROOT / "template") == []


@pytest.mark.parametrize("main", ["src", "src/", "src/__main__.py"])
def test_the_programs_own_folder_counts(checkout: Path, main: str) -> None:
    """The host starts where the program is, which `main` may say."""
    put(checkout / "Pulumi.yaml", f"name: data\nruntime: python\nmain: {main}\n")
    put(checkout / "src" / "__main__.py")
    put(checkout / "src" / "pickle.py")

    assert told(checkout) == [("src/pickle.py", "it runs in place of the module 'pickle'")]


def test_a_folder_below_the_project_is_the_project(checkout: Path) -> None:
    """The engine looks for the project upwards, and so does this."""
    put(checkout / "deep" / "er" / "x.txt")
    put(checkout / "grantgate.py")

    assert told(checkout / "deep" / "er") == [("grantgate.py", "it runs in place of the module 'grantgate'")]


def test_many_are_told_in_short(checkout: Path) -> None:
    """A hundred of them are one fault, not a hundred."""
    for name in sorted(LOADED):
        put(checkout / f"{name}.py")

    found = told(checkout)

    assert len(found) == 11
    assert found[-1] == ("", f"{len(LOADED) - 10} more files and folders run in place of modules")


@pytest.mark.parametrize(
    ("path", "told_of"),
    [
        pytest.param("lib", ["lib/sitecustomize.py"], id="a folder of the checkout"),
        pytest.param("{checkout}/lib", ["lib/sitecustomize.py"], id="by its whole path"),
        pytest.param("/nonexistent:./lib/", ["lib/sitecustomize.py"], id="the second"),
        pytest.param(".", ["usercustomize.py"], id="the project itself"),
        pytest.param("lib:", ["lib/sitecustomize.py", "usercustomize.py"], id="an empty entry is the current folder"),
        pytest.param("", [], id="nothing"),
        pytest.param("{elsewhere}", [], id="a folder of the environment's"),
        pytest.param("missing", [], id="a folder that is not there"),
    ],
)
def test_pythonpath_counts_as_far_as_the_checkout_brings_it(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, path: str, told_of: list[str]
) -> None:
    """Who sets the environment is trusted; what the path leads to in the checkout is the pull request's."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    put(elsewhere / "boto3" / "__init__.py")
    put(checkout / "lib" / "sitecustomize.py")
    put(checkout / "usercustomize.py")

    found = told(checkout, PYTHONPATH=path.format(checkout=checkout, elsewhere=elsewhere).replace(":", os.pathsep))

    assert [about for about, _ in found] == told_of


# --- the project's file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plugins", "named"),
    [
        pytest.param("analyzers: [{name: policy-python, path: x}]", "analyzer 'policy-python'", id="what starts packs"),
        pytest.param("languages: [{name: python, path: x}]", "language 'python'", id="what starts programs"),
        pytest.param("providers: [{name: pulumi-python, path: x}]", "provider 'pulumi-python'", id="the host"),
        pytest.param("providers: [{name: Aws, path: x}]", "provider 'Aws'", id="whose word rules take"),
        pytest.param("analyzers: [{path: x}]", "analyzer null", id="no name"),
        pytest.param("providers: pulumi-python", "provider 'pulumi-python'", id="no list"),
        pytest.param("Providers: [{name: random}]", "Provider 'random'", id="another case"),
        pytest.param("others: [{name: random}]", "other 'random'", id="an unknown section"),
        pytest.param("{<<: *a}", "<< ", id="merged"),
    ],
)
@pytest.mark.parametrize("file", PROJECT_FILES[:2])
def test_plugins_of_the_projects_own_are_told(checkout: Path, file: str, plugins: str, named: str) -> None:
    """What the engine would start instead of its own is a problem; so is what cannot be told from it."""
    (checkout / "Pulumi.yaml").unlink()
    anchor = "config: {x: &a {providers: [{name: pulumi-python, path: x}]}}\n"
    put(checkout / file, f"name: data\nruntime: python\n{anchor}plugins:\n  {plugins}\n")

    ((about, what),) = told(checkout)

    assert about == file
    assert what.startswith("'plugins' brings ")
    assert named in what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        pytest.param("x: &a {plugins: {}}\n<<: *a\n", "'<<' brings what << merges into it", id="merged at the top"),
        pytest.param("PLUGINS: {languages: [{name: python}]}\n", "'PLUGINS' brings language 'python'", id="capitals"),
        pytest.param("plugins: [1]\n", "'plugins' brings a list", id="a list"),
        pytest.param("plugins: {}\nplugins: {}\n", "cannot be read as the engine reads it", id="twice"),
        pytest.param("? [a]\n: b\n", "cannot be read as the engine reads it", id="a list as a key"),
        pytest.param("a: [", "cannot be read as the engine reads it", id="no YAML"),
        pytest.param("!!str plugins: {}\n", "cannot be read as the engine reads it", id="a tag"),
    ],
)
def test_a_project_file_that_is_not_plain_is_told(checkout: Path, text: str, what: str) -> None:
    """What may be read in another way by the engine is not taken for harmless."""
    put(checkout / "Pulumi.yaml", f"name: data\nruntime: python\n{text}")

    ((about, found),) = told(checkout)

    assert about == "Pulumi.yaml"
    assert what in found


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("plugins: {}\n", id="none"),
        pytest.param("plugins:\n", id="nothing"),
        pytest.param("plugins: {providers: [{name: random, path: ../random}]}\n", id="a provider that no rule heeds"),
        pytest.param("plugins: {analyzers: [], languages: }\n", id="empty sections"),
        pytest.param("packages: {random: random@4}\noptions: {refresh: always}\n", id="other keys"),
    ],
)
def test_a_project_file_that_stands_in_for_nothing(checkout: Path, text: str) -> None:
    """Local work on a provider of one's own is let alone."""
    put(checkout / "Pulumi.yaml", f"name: data\nruntime: python\n{text}")

    assert told(checkout) == []


def test_a_project_in_json(checkout: Path) -> None:
    """The engine reads JSON without regard to case."""
    (checkout / "Pulumi.yaml").unlink()
    put(checkout / "Pulumi.json", '{"name": "data", "runtime": "python", "Plugins": {"analyzers": [{"name": "x"}]}}')

    assert told(checkout) == [("Pulumi.json", "'Plugins' brings analyzer 'x', which would run in place of Pulumi's")]


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    """Where there is no project the engine runs nothing, and says so."""
    if any((place / name).exists() for place in tmp_path.parents for name in PROJECT_FILES):
        pytest.skip("a project stands above the folder for temporary files")
    assert told(tmp_path) == []


@pytest.mark.parametrize("entry", ["org/units/prod.yaml", "crt/certs/ca.pem", "org/dev/README.md"])
def test_folders_of_data_with_ordinary_names_are_left_alone(tmp_path: Path, entry: str) -> None:
    """A folder that holds no such module stands for none."""
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\n")
    (tmp_path / entry).parent.mkdir(parents=True)
    (tmp_path / entry).write_text("")

    assert problems(tmp_path, {}) == []


def test_a_program_in_another_language_has_modules_of_its_own(tmp_path: Path) -> None:
    """No host of Python looks beside it."""
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: {name: go}\n")
    (tmp_path / "google" / "api").mkdir(parents=True)
    (tmp_path / "google" / "api" / "annotations.go").write_text("")

    assert problems(tmp_path, {}) == []


# --- the environment that the project names ---------------------------------------------------------------------------


GIT = shutil.which("git") or "git"
BARE = ("HEAD", "config", "objects/x", "refs/x")
"""What git takes for a repository by itself, wherever it lies."""


def repository(folder: Path, *files: str) -> None:
    """Make a repository that tracks ``files``."""
    for name in files:
        if not (folder / name).is_symlink():
            put(folder / name)
    # Nothing of the environment that runs the tests may name another repository.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for arguments in (("init", "--quiet"), *([("add", "--force", "--", *files)] if files else [])):
        subprocess.run([GIT, *arguments], cwd=folder, env=environment, check=True)


def runtime(folder: Path, value: str = "env", *, main: str = ".", key: str = "virtualenv") -> None:
    options = json.dumps({key: value})
    put(folder / "Pulumi.yaml", f"name: data\nmain: {main}\nruntime: {{name: python, options: {options}}}\n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("env", "'env'", id="beside the project's file"),
        pytest.param("./env/", "'./env/'", id="with what means nothing"),
        pytest.param("src/../env", "'src/../env'", id="by a way round"),
        pytest.param("{checkout}/env", "'{checkout}/env'", id="by its whole path"),
        pytest.param("link", "'link'", id="by a link"),
        pytest.param("link/../env", "'link/../env'", id="by a way through a link"),
        pytest.param("ENV", "'ENV'", id="in other letters, which are the same on some systems"),
        pytest.param(".", "'.'", id="the checkout"),
    ],
)
def test_an_environment_that_is_committed_is_told(checkout: Path, value: str, shown: str) -> None:
    """What git tracks in it came with the pull request; the host would load its grantgate from there."""
    put(checkout / "src" / "x.txt")
    (checkout / "link").symlink_to("env", target_is_directory=True)
    repository(checkout, "env/bin/python", "env/lib/python3.12/site-packages/grantgate/__init__.py")
    runtime(checkout, value.format(checkout=checkout))

    what = f"virtualenv {shown.format(checkout=checkout)} is committed, so the program and its lookups would run with "
    packages = "packages that the checkout brings: git tracks 2 files in it, 'env/bin/python' first"
    assert told(checkout) == [("Pulumi.yaml", what + packages)]


def test_one_file_in_an_environment_is_enough(checkout: Path) -> None:
    """A pipeline that makes the environment leaves what lay in its folder."""
    put(checkout / "env" / "bin" / "python")
    repository(checkout, "env/lib/python3.12/site-packages/x.pth")
    runtime(checkout)

    ((_, what),) = told(checkout)

    assert what.endswith("git tracks 1 file in it, 'env/lib/python3.12/site-packages/x.pth' first")


@pytest.mark.parametrize("tracked", ["env/bin/python", "src/env/bin/python"])
def test_the_project_and_the_program_name_it(checkout: Path, tracked: str) -> None:
    """The program starts in the one folder, the host of lookups in the other."""
    put(checkout / "src" / "__main__.py")
    repository(checkout, tracked)
    runtime(checkout, main="src")

    ((about, what),) = told(checkout)

    assert (about, what.rpartition(": ")[2]) == ("Pulumi.yaml", f"git tracks 1 file in it, {tracked!r} first")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("Pulumi.yaml", "x: &a {virtualenv: env}\nruntime: {options: {<<: *a}}\n", id="merged"),
        pytest.param("Pulumi.yaml", "x: &a {virtualenv: env}\nruntime: {options: {<<: [*a]}}\n", id="merged in a list"),
        pytest.param("Pulumi.yaml", "x: &a {options: {virtualenv: env}}\nruntime: {<<: *a}\n", id="merged higher up"),
        pytest.param("Pulumi.yaml", "runtime: {name: yaml, options: {virtualenv: env}}\n", id="another language"),
        pytest.param("Pulumi.json", '{"Runtime": {"Options": {"virtualenv": "env"}}}', id="JSON, in capitals"),
    ],
)
def test_an_environment_is_found_as_the_engine_finds_it(checkout: Path, name: str, text: str) -> None:
    """The engine merges, reads JSON without regard to case, and gives every host the options of any program."""
    (checkout / "Pulumi.yaml").unlink()
    put(checkout / name, text)
    repository(checkout, "env/bin/python")

    ((about, what),) = told(checkout)

    assert about == name
    assert what.startswith("virtualenv 'env' is committed")


@pytest.mark.parametrize(
    ("options", "is_taken"),
    [
        pytest.param("toolchain: uv", True, id="uv"),
        pytest.param("toolchain: poetry", True, id="poetry"),
        pytest.param("toolchain: [uv]", True, id="none that is known"),
        pytest.param("{toolchain: uv, virtualenv: ''}", True, id="an empty name"),
        pytest.param("{toolchain: uv, virtualenv: env}", False, id="another name"),
        pytest.param("toolchain: pip", False, id="pip"),
        pytest.param("toolchain:", False, id="none"),
        pytest.param("typechecker: mypy", False, id="another option"),
    ],
)
def test_what_a_toolchain_takes_without_being_told(checkout: Path, options: str, is_taken: bool) -> None:  # noqa: FBT001 - a column of the table
    """They look in `.venv` first; pip looks on PATH."""
    repository(checkout, ".venv/bin/python")
    put(checkout / "Pulumi.yaml", f"name: data\nruntime:\n  name: python\n  options:\n    {options}\n")

    found = [what.partition(",")[0] for _, what in told(checkout)]

    assert found == ["virtualenv '.venv' is committed"] * is_taken


def test_an_environment_of_a_submodule_is_told(checkout: Path) -> None:
    """A repository within another is asked itself."""
    repository(checkout)
    (checkout / "part").mkdir()
    # Its `.git` is a file, as a submodule's is.
    subprocess.run(
        [GIT, "init", "--quiet", f"--separate-git-dir={checkout / '.git' / 'part'}", "part"], cwd=checkout, check=True
    )
    repository(checkout / "part", "env/bin/python")
    runtime(checkout, "part/env")

    ((_, what),) = told(checkout)

    assert what.endswith("git tracks 1 file in it, 'env/bin/python' first")


def test_an_environment_around_the_checkout(tmp_path: Path) -> None:
    """A checkout beside its folders is let alone; one that is its `bin` or `lib` is its Python."""
    for name, expected in (("data", 0), ("bin", 1)):
        place = tmp_path / name
        place.mkdir()
        repository(place, "python")
        runtime(place, "..")

        assert len(told(place)) == expected


def test_a_committed_folder_that_looks_like_a_repository(checkout: Path) -> None:
    """Git itself would take such a folder for one that tracks nothing, and run what its configuration names."""
    run = checkout / "run"
    config = f'[core]\n\tbare = true\n\tfsmonitor = "touch {run}"\n'
    for name in BARE:
        put(checkout / "env" / name, config if name == "config" else "ref: refs/heads/x\n")
    subprocess.run([GIT, "init", "--quiet"], cwd=checkout, check=True)
    subprocess.run([GIT, "add", "--", *(f"env/{name}" for name in BARE)], cwd=checkout, check=True)
    runtime(checkout)

    ((_, what),) = told(checkout)

    assert what.endswith("git tracks 4 files in it, 'env/HEAD' first")
    assert not run.exists()


@pytest.mark.parametrize(
    "environment",
    [
        pytest.param({"GIT_DIR": "{elsewhere}/.git", "GIT_WORK_TREE": "{elsewhere}"}, id="another repository"),
        pytest.param({"GIT_INDEX_FILE": "{elsewhere}/none"}, id="an index that is empty"),
        pytest.param({"GIT_CEILING_DIRECTORIES": "{checkout}"}, id="a ceiling"),
        pytest.param({"GIT_NAMESPACE": "x", "GIT_LITERAL_PATHSPECS": "1"}, id="another reading of paths"),
        pytest.param({"GIT_CONFIG_PARAMETERS": "broken"}, id="configuration that git cannot read"),
        pytest.param({"GIT_TRACE": "{elsewhere}/trace", "GIT_CONFIG_COUNT": "no number"}, id="the same by number"),
        pytest.param({"git_dir": "{elsewhere}/.git"}, id="in small letters, which are the same on some systems"),
    ],
)
def test_the_environment_does_not_steer_git(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]
) -> None:
    """Its variables may name another repository: that of a hook, or of somebody who means harm."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    repository(elsewhere)
    repository(checkout, "env/bin/python")
    runtime(checkout)
    given = {name: value.format(checkout=checkout, elsewhere=elsewhere) for name, value in environment.items()}

    ((_, what),) = told(checkout, PATH=os.environ["PATH"], **given)

    assert what.endswith("git tracks 1 file in it, 'env/bin/python' first")
    assert not (elsewhere / "trace").exists()


@pytest.mark.parametrize(
    ("value", "tracked"),
    [
        pytest.param("env", "src/x.py", id="one that the pipeline makes"),
        pytest.param("env", "environment/x.py", id="a name that begins alike"),
        pytest.param("e*", "env/x.py", id="a star, which is a letter of a name"),
        pytest.param(":(top)env", "env/x.py", id="a word of git's, which is one of a name"),
        pytest.param("missing", "env/x.py", id="one that is not there"),
        pytest.param("", "env/x.py", id="none"),
        pytest.param("{elsewhere}/env", "env/x.py", id="one outside of the checkout"),
    ],
)
def test_an_environment_that_nobody_committed(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, value: str, tracked: str
) -> None:
    """What lies in the checkout without being tracked is the pipeline's, or the user's own."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for place in (elsewhere, checkout):
        put(place / "env" / "bin" / "python")
    repository(checkout, tracked)
    runtime(checkout, value.format(elsewhere=elsewhere))

    assert told(checkout) == []


def test_where_there_is_no_repository_nothing_is_committed(tmp_path: Path) -> None:
    """An archive has no history to ask, and a machine without git cannot be asked."""
    put(tmp_path / "env" / "bin" / "python")
    runtime(tmp_path)
    assert told(tmp_path) == []

    repository(tmp_path, "env/bin/python")
    assert told(tmp_path, PATH="") == []
    assert len(told(tmp_path, PATH=os.environ["PATH"])) == 1


def test_git_is_asked_only_where_an_environment_is_named(checkout: Path) -> None:
    """The repository of these tests is none that git can read; a project without `virtualenv` does not need it."""
    assert told(checkout) == []
    runtime(checkout)

    ((about, what),) = told(checkout)

    assert about == "Pulumi.yaml"
    assert what.startswith("git cannot say whether virtualenv 'env' is committed: ")
    assert "fatal: not a git repository" in what


@pytest.mark.skipif(os.name != "posix", reason="the programs are shell scripts")
@pytest.mark.parametrize(
    ("script", "says"),
    [
        pytest.param("exec sleep 600", "it did not answer within 0.2 s", id="hangs"),
        pytest.param("echo 'two\nlines \x1b[2J' >&2; exit 3", "two", id="fails"),
        pytest.param("printf '\\377' >&2; exit 3", "'\ufffd'", id="fails with what is no text"),
        pytest.param("kill -9 $$", "it ended with -9", id="ends"),
    ],
)
def test_a_git_that_fails_is_told(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, script: str, says: str
) -> None:
    """Nobody knows then what is tracked: that is no silence."""
    programs = tmp_path_factory.mktemp("programs")
    put(programs / "git", f"#!/bin/sh\n{script}\n")
    (programs / "git").chmod(0o755)
    monkeypatch.setattr(shadowing, "_PATIENCE", 0.2 if "sleep" in script else 30)
    runtime(checkout)

    ((about, what),) = told(checkout, PATH=os.pathsep.join((str(programs), os.environ["PATH"])))

    assert about == "Pulumi.yaml"
    assert what.startswith("git cannot say whether virtualenv 'env' is committed: ")
    assert says in what
    assert what.isprintable()


@pytest.mark.parametrize(
    ("options", "what"),
    [
        pytest.param({"virtualenv": 5}, "virtualenv 5 is no folder's path", id="a number"),
        pytest.param({"virtualenv": None}, "virtualenv null is no folder's path", id="nothing"),
        pytest.param({"virtualenv": ["env"]}, "virtualenv a list is no folder's path", id="a list"),
        pytest.param({"virtualenv": "a\0b"}, "virtualenv 'a\\x00b' is no folder's path", id="no name of a file"),
        pytest.param({"VirtualEnv": "env"}, "'VirtualEnv' is virtualenv to the host of lookups alone", id="capitals"),
        pytest.param({"v\u0131rtualenv": "env"}, "is virtualenv to the host of lookups alone", id="a letter like i"),
    ],
)
def test_an_environment_that_cannot_be_told(checkout: Path, options: dict[str, object], what: str) -> None:
    """What program and host may read in two ways is not taken for harmless."""
    repository(checkout)
    (checkout / "Pulumi.yaml").unlink()
    put(checkout / "Pulumi.json", json.dumps({"name": "x", "runtime": {"name": "python", "options": options}}))

    ((about, found),) = told(checkout)

    assert about == "Pulumi.json"
    assert what in found
