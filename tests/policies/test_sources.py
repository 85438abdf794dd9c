"""Where a resource is declared: the first frame that is the project's own, as a reader of the repository names it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import grantgate
import grantgate_policies
import pytest
from grantgate_policies.report import SourcePosition
from grantgate_policies.sources import Project
from hypothesis import given
from hypothesis import strategies as st

PROJECT = Project(Path("/nowhere"), PurePosixPath(), (PurePosixPath("providers/grantgate"),))
LIBRARY = ".venv/lib/python3.11/site-packages"


def traced(*frames: str, position: str = "") -> dict[str, Any]:
    """Make a resource's state with the frames' positions; an empty one is a frame without any."""
    trace = [{"sourcePosition": f"project:///{frame}"} if frame else {} for frame in frames]
    return {"urn": "u", "stackTrace": trace, **({"sourcePosition": f"project:///{position}"} if position else {})}


def place(state: dict[str, Any], project: Project = PROJECT) -> str:
    found = project.position(state)
    return f"{found.file}:{found.line}" if found else ""


# --- frames -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "where"),
    [
        pytest.param(["__main__.py#12"], "__main__.py:12", id="the program itself"),
        pytest.param(["main.ts#12,5"], "main.ts:12", id="with a column"),
        pytest.param(["teams/data.py#3", "__main__.py#12"], "teams/data.py:3", id="the innermost comes first"),
        pytest.param([f"{LIBRARY}/pulumi_aws/x.py#1", "__main__.py#12"], "__main__.py:12", id="below a library"),
        pytest.param(["venv/Lib/dist-packages/a.py#1", "__main__.py#12"], "__main__.py:12", id="Debian's libraries"),
        pytest.param(["node_modules/@pulumi/aws/x.js#1,2", "index.ts#4,7"], "index.ts:4", id="Node's libraries"),
        pytest.param(["providers/grantgate/location.py#1", "__main__.py#12"], "__main__.py:12", id="our own library"),
        pytest.param(["providers/grantgate2/a.py#1"], "providers/grantgate2/a.py:1", id="a name that only begins so"),
        pytest.param(
            ["__main__.py#12", ".engine/bin/pulumi-language-python-exec#9"], "__main__.py:12", id="above the host"
        ),
        pytest.param([".engine/bin/pulumi-language-python-exec#9"], "", id="the host alone"),
        pytest.param([".engine/bin/pulumi-resource-pulumi-python#9"], "", id="a plugin's host alone"),
        pytest.param(["../shared/x.py#1", "__main__.py#12"], "__main__.py:12", id="outside the project"),
        pytest.param(["../../usr/lib/python3.11/runpy.py#1"], "", id="the standard library"),
        pytest.param([".pyenv/lib/python3.11/asyncio/events.py#80"], "", id="a standard library inside the project"),
        pytest.param(["python3.py#80"], "python3.py:80", id="a program that is only called so"),
        pytest.param(["a/../../x.py#1"], "", id="outside by a detour"),
        pytest.param(["/etc/passwd#1"], "", id="absolute"),
        pytest.param(["main%20program/gr%C3%B6%C3%9Fe.py#7"], "main program/größe.py:7", id="percent-encoded"),
        pytest.param(["a%23b.py#7"], "a#b.py:7", id="a number sign in the name"),
        pytest.param(["a%2e%2e/%2e%2e/x.py#7"], "", id="outside, percent-encoded"),
        pytest.param(["%2Fetc/passwd#7"], "", id="absolute, percent-encoded"),
        pytest.param(["%FF.py#7"], "\ufffd.py:7", id="bytes that are no text"),
        pytest.param(["", "", "__main__.py#12"], "__main__.py:12", id="frames of what is no file"),
        pytest.param(["", ""], "", id="nothing but such frames"),
        pytest.param([], "", id="no frame"),
        pytest.param(["__main__.py"], "", id="no line"),
        pytest.param(["__main__.py#"], "", id="an empty line"),
        pytest.param(["__main__.py#0"], "", id="line 0, which Pulumi writes for none"),
        pytest.param(["__main__.py#-3"], "", id="a negative line"),
        pytest.param(["__main__.py#x"], "", id="a line that is no number"),
        pytest.param(["__main__.py#²"], "", id="a digit that is no number"),
        pytest.param([f"__main__.py#{'9' * 5000}"], "", id="a line without end"),
        pytest.param(["#4"], "", id="no file"),
        pytest.param([".#4"], "", id="a folder"),
    ],
)
def test_frames(frames: list[str], where: str) -> None:
    """The first frame that is the project's own is where a reader has to look; without one nothing is said."""
    assert place(traced(*frames)) == where


@pytest.mark.parametrize(
    ("frames", "position", "where"),
    [
        pytest.param([], "__main__.py#12", "__main__.py:12", id="an engine that has no stack traces"),
        pytest.param(["__main__.py#3"], "x.py#12", "__main__.py:3", id="the trace comes first"),
        pytest.param([f"{LIBRARY}/a.py#3"], "x.py#12", "x.py:12", id="a trace of libraries alone"),
        pytest.param(
            ["__main__.py#3", "../plugins/resource-x/c.py#9"], "../plugins/resource-x/c.py#9", "__main__.py:3",
            id="a component of a plugin stands where it is called",
        ),
    ],
)  # fmt: skip
def test_the_position_itself(frames: list[str], position: str, where: str) -> None:
    """What the engine calls the position can lie in a library: it is asked last."""
    assert place(traced(*frames, position=position)) == where


@pytest.mark.parametrize(
    "state",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"stackTrace": None, "sourcePosition": None}, id="null"),
        pytest.param({"stackTrace": {}, "sourcePosition": 7}, id="other types"),
        pytest.param({"stackTrace": [1, "x", [], None, {"sourcePosition": []}]}, id="frames of other types"),
        pytest.param({"sourcePosition": "file:///x.py#1"}, id="another scheme"),
        pytest.param({"sourcePosition": "project://x.py#1"}, id="a host"),
        pytest.param({"sourcePosition": "x.py#1"}, id="no scheme"),
    ],
)
def test_garbage(state: dict[str, Any]) -> None:
    """What is no position of the engine's is none, and no error."""
    assert PROJECT.position(state) is None


@given(st.text(max_size=30), st.text(max_size=6))
def test_any_text(file: str, line: str) -> None:
    """Whatever a frame says, a position lies inside the project and has a line."""
    found = PROJECT.position(traced(f"{file}#{line}"))

    if found:
        path = PurePosixPath(found.file)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.name
        assert found.line > 0


def test_positions_are_by_urn() -> None:
    """Resources without a position are left out."""
    states = [{**traced("a.py#1"), "urn": "a"}, {**traced(), "urn": "b"}, {**traced("c.py#2"), "urn": "c"}]

    assert PROJECT.positions(states) == {"a": SourcePosition("a.py", 1), "c": SourcePosition("c.py", 2)}


# --- the project ------------------------------------------------------------------------------------------------------


def a_repository(root: Path, project: str = "", file: str = "Pulumi.yaml") -> Path:
    """Make a repository with a project somewhere in it, and give the project's folder."""
    (root / ".git").mkdir(parents=True)
    folder = root / project
    folder.mkdir(parents=True, exist_ok=True)
    if file:
        (folder / file).write_text("name: x\nruntime: python\nmain: app/\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("project", "where", "file"),
    [
        pytest.param("", "__main__.py:1", "Pulumi.yaml", id="at the root"),
        pytest.param("infra/prod", "infra/prod/__main__.py:1", "infra/prod/Pulumi.yaml", id="in a folder"),
        pytest.param("größe & co", "größe & co/__main__.py:1", "größe & co/Pulumi.yaml", id="any name"),
    ],
)
def test_files_are_named_from_the_root(tmp_path: Path, project: str, where: str, file: str) -> None:
    """A reader of the repository sees its root, whatever folder the project is in."""
    found = Project.at(a_repository(tmp_path, project))

    assert place(traced("__main__.py#1"), found) == where
    assert found.file == file


def test_main_of_a_project(tmp_path: Path) -> None:
    """The engine names files from the Pulumi.yaml's folder, also where the program lies in a folder below (`main`)."""
    assert place(traced("app/__main__.py#1"), Project.at(a_repository(tmp_path, "infra"))) == "infra/app/__main__.py:1"


def test_a_worktree_is_a_repository(tmp_path: Path) -> None:
    """In a worktree and in a submodule .git is a file."""
    (tmp_path / "infra").mkdir()
    (tmp_path / ".git").write_text("gitdir: elsewhere\n", encoding="utf-8")

    assert Project.at(tmp_path / "infra").prefix == PurePosixPath("infra")


def test_the_innermost_repository(tmp_path: Path) -> None:
    """A repository inside another is the one that counts."""
    a_repository(tmp_path)

    assert Project.at(a_repository(tmp_path / "inner", "infra")).prefix == PurePosixPath("infra")


def test_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a repository the current folder stands for its root."""
    folder = tmp_path / "infra"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)

    assert Project.at(folder).prefix == PurePosixPath("infra")
    assert Project.at(Path("infra")).prefix == PurePosixPath("infra")


def test_no_repository_and_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that is not below the current folder is its own root."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    found = Project.at(tmp_path / "there")

    assert place(traced("__main__.py#1"), found) == "__main__.py:1"
    assert found.file == ""


def test_a_link_to_a_project(tmp_path: Path) -> None:
    """A folder is named where it really lies."""
    folder = a_repository(tmp_path / "repository", "infra")
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)

    assert Project.at(tmp_path / "link").prefix == PurePosixPath("infra")


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json", ""])
def test_project_file(tmp_path: Path, name: str) -> None:
    """The project's own file has one of Pulumi's names; where there is none, nothing is named."""
    assert Project.at(a_repository(tmp_path, "infra", name)).file == (f"infra/{name}" if name else "")


@pytest.mark.parametrize("package", [grantgate, grantgate_policies], ids=lambda package: package.__name__)
def test_our_own_checkout_is_a_project(package: Any) -> None:
    """In a checkout of this library its own frames are a library's, and the program's are the project's."""
    (folder,) = map(Path, package.__path__)
    root = folder.parents[1]
    project = Project.at(root)
    inside = folder.relative_to(root).as_posix()

    assert place(traced(f"{inside}/location.py#1", "__main__.py#2"), project) == "__main__.py:2"
    assert place(traced(f"{inside}/deeper/location.py#1"), project) == ""
