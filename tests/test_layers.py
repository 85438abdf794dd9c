"""The house: which room imports which, one owner for each library, one test for each rule, nothing of a machine."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import grantgate
import pytest
from grantgate_policies.reports import FORMATS
from grantgate_policies.rules import RULES

ROOT = Path(__file__).resolve().parents[1]
PROVIDERS = ROOT / "providers" / "grantgate"
POLICIES = ROOT / "policies" / "grantgate_policies"
EMULATOR = ROOT / "emulator" / "grantgate_emulator"

# Each module may import the ones of its own layer and of those to its right.
PROVIDER_LAYERS = [
    {"estate", "matrix", "organization", "sites"},
    {
        "location",
        "locations",
        "instance",
        "operation",
        "access_grants_instance",
        "grants",
        "instance_policy",
        "access_point",
        "location_role",
        "role_policies",
    },
    {"placewide"},
    {"lookup", "resource"},
    {"host", "listing"},
    {"calls"},
    {"inputs", "times"},
    {"facts", "kinds", "arns"},
]
CALL_LAYERS = [
    {"clients", "paging"},
    {"answers", "meanings"},
    {"answered", "bodies", "described", "efforts", "flights", "hosts"},
    {"errors"},
]
POLICY_LAYERS = [
    {"cli", "commands", "__main__"},
    {
        "pack",
        "evidence",
        "explain",
        "checking",
        "whatif",
        "settling",
        "cases",
        "testing",
        "commenting",
        "recorded",
        "proof",
        "itemized",
        "rules_used",
    },
    {"overview", "planned", "narrowing", "saved", "shadowing", "starting"},
    {
        "engine",
        "reports",
        "inputs",
        "lookedup",
        "describing",
        "sources",
    },
    {"overrides"},
    {"judge", "rulesfile"},
    {"hiding", "baseline", "isolation", "findings", "redaction"},
    {"standing", "report", "journal", "notices"},
    {"rules"},
    {"bounds"},
    {"trust", "permissions"},
    {"matching", "fields", "api", "rewriting"},
    {"program", "iam", "basis"},
    {"subjects", "rulebook", "catalogue", "authored"},
    {"coherence"},
    {"patterns", "role_patterns", "schema", "validation", "waivers", "wire"},
    {"segments", "positions", "stars"},
    {"globs", "scopes", "faults", "release", "handed_in", "atomic", "documents", "shown_providers"},
    {"core"},
]
# What the policies may know of the lookups: the contract, and text formats; all of it standard library only.
CONTRACT = {"grantgate.facts", "grantgate.kinds", "grantgate.arns", "grantgate.inputs"}
OWNERS = {
    "boto3": {"grantgate.calls.clients"},
    "botocore": {
        "grantgate.calls.clients",
        "grantgate.calls.answers",
        "grantgate.calls.efforts",
        "grantgate.calls.hosts",
        "grantgate.calls.meanings",
    },
    "tenacity": {"grantgate.operation", "grantgate_policies.commenting.client"},
    "jinja2": {"grantgate_policies.reports.html"},
    "httpx": {"grantgate_policies.commenting.client"},
    "grpc": {"grantgate_policies.pack"},
    "pulumi": {"grantgate_policies.pack"},
    "ruamel": {"grantgate_policies.positions", "grantgate.organization"},
}


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def name_of(path: Path, folder: Path) -> str:
    parts = path.relative_to(folder.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Give every module that ``path`` imports at run time, inside functions too; imports for types alone are none."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for child in ast.walk(statement)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rank(module: str, room: str, layers: list[set[str]]) -> int | None:
    inside = module.removeprefix(f"{room}.")
    if inside == module:
        return None
    return next((index for index, layer in enumerate(layers) if inside.split(".")[0] in layer), None)


@pytest.mark.parametrize(
    ("room", "layers"),
    [("grantgate", PROVIDER_LAYERS), ("grantgate.calls", CALL_LAYERS), ("grantgate_policies", POLICY_LAYERS)],
)
def test_imports_go_one_way(room: str, layers: list[set[str]]) -> None:
    """A module imports its own layer or the ones below it; every module has a layer."""
    wrong = []
    package, *inner = room.split(".")
    home = {"grantgate": PROVIDERS, "grantgate_policies": POLICIES}[package]
    for path in modules(home.joinpath(*inner)):
        module = name_of(path, home)
        if module == room:
            continue
        own = rank(module, room, layers)
        assert own is not None, f"{module} has no layer in this test"
        for other in imports(path):
            theirs = rank(other, room, layers)
            if theirs is not None and theirs < own:
                wrong.append(f"{module} imports {other}")
    assert wrong == []


def test_rooms_stay_apart() -> None:
    """Lookups know no policies, policies only the lookups' contract; neither needs the emulator."""
    for path in modules(PROVIDERS):
        assert not {name for name in imports(path) if name.startswith(("grantgate_policies", "grantgate_emulator"))}
    for path in modules(POLICIES):
        module = name_of(path, POLICIES)
        known = {name for name in imports(path) if name.split(".")[0] == "grantgate"}
        assert {".".join(name.split(".")[:2]) for name in known} - {"grantgate"} <= CONTRACT, module
        emulator = {name for name in imports(path) if name.startswith("grantgate_emulator")}
        assert not emulator or module == "grantgate_policies.commands.emulator", module
    for path in modules(EMULATOR):
        assert not {name for name in imports(path) if name.split(".")[0] in {"grantgate", "grantgate_policies"}}


def test_each_library_has_one_owner() -> None:
    """A library is imported where it is owned, and nowhere else."""
    for folder in (PROVIDERS, POLICIES):
        for path in modules(folder):
            module = name_of(path, folder)
            for library in {name.split(".")[0] for name in imports(path)} & set(OWNERS):
                provider_side = library == "pulumi" and folder == PROVIDERS
                assert provider_side or module in OWNERS[library], f"{module} imports {library}"


def test_the_contract_is_light() -> None:
    """Importing the package, its contract or the judge loads neither boto3 nor the Pulumi SDK."""
    loads_none_of(
        "grantgate.facts, grantgate.kinds, grantgate.arns, grantgate.inputs, grantgate_policies.judge",
        {"boto3", "botocore", "pulumi", "grpc", "jsonschema", "rich", "moto", "flask"},
    )


def test_lookups_load_no_aws_until_they_look() -> None:
    """A program that names every lookup, and the estate, has loaded the Pulumi SDK and nothing of boto3's."""
    homes = ", ".join(sorted({getattr(grantgate, name).__module__ for name in grantgate.__all__}))
    loads_none_of(f"{homes}, grantgate.estate", {"boto3", "botocore", "s3transfer", "tenacity", "urllib3"})


def loads_none_of(names: str, heavy: set[str]) -> None:
    """Fail unless modules can be imported without those libraries."""
    code = f"import sys, {names}\nheavy = {heavy!r} & set(sys.modules)\nsys.exit(f'loaded: {{heavy}}' if heavy else 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_rule_has_its_file_and_its_test() -> None:
    """A rule is one file named by its id, with a test of the same name; ids and names are unique."""
    files = sorted(path.stem for path in (POLICIES / "rules").glob("*.py") if path.stem != "__init__")
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES) == len(files)
    for rule in RULES:
        prefix = rule.id.lower().replace("-", "") + "_"
        (stem,) = [stem for stem in files if stem.startswith(prefix)]
        assert (ROOT / "tests" / "policies" / "rules" / f"test_{stem}.py").is_file(), stem


def test_each_format_has_its_file_and_its_test() -> None:
    """A report format is one module, named in one line, with a test of its own."""
    elsewhere = {
        "text": "policies/test_reports.py",
        "json": "policies/reports/test_json_schema.py",
        "html": "browser/test_page.py",
    }
    for name, format_ in FORMATS.items():
        place = POLICIES / "reports" / format_.module
        assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file(), name
        assert (ROOT / "tests" / elsewhere.get(name, f"policies/reports/test_{name}.py")).is_file(), name


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_machine() -> None:
    """Packages are named as name==version; where they come from is the reader's business."""
    # Spelled in parts, or this file would be found.
    words = [
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "proxy.golang" + ".org",
        "registry.npmjs" + ".org",
        "/ro" + "ot/",
    ]
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found = [word for word in words if word in text]
        assert not found, f"{path.relative_to(ROOT)} names {found}"


def test_files_stay_small() -> None:
    """A file over 400 lines is two things; a file of tests is one table of cases and may be longer."""
    for path in tracked():
        if path.suffix == ".py":
            name = path.relative_to(ROOT).as_posix()
            limit = 700 if name.startswith("tests/") else 400
            assert len(path.read_text(encoding="utf-8").splitlines()) <= limit, name
