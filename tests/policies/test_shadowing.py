"""What of a project would run in place of what the gate trusts, and what only looks like it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
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
