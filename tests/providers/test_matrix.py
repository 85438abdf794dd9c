"""The organization's matrix: every account and Region of the rules file, or a fault for whatever it cannot be."""

from __future__ import annotations

import builtins
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from grantgate.matrix import Estate, estate_of
from grantgate.organization import Organization, read_organization
from grantgate.sites import EstateError, SiteLookups
from grantgate_policies.rulesfile import read_rules
from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from pathlib import Path

PROD, DEV, CHINA = "111122223333", "444455556666", "777788889999"
NAME = "grantgate:estate"
RULES = f"""\
version: 1
organization:
  name: acme
  accounts:
    "{DEV}": {{name: data-dev, environment: dev}}
    "{PROD}": {{name: data-prod}}
  regions: [us-east-1, eu-west-1]
rules:
  location-scope-allowed: {{allow: ["s3://acme-*"]}}
"""
WIDE = "instance, allLocations, grants, instancePolicy"
EITHER = "give a reason (it is not looked at) or assumeRole (it is read with another role), one of them"
ROLE = "arn:{partition}:iam::{account.id}:role/gate-reader"


def reader(account: str, role: str = "gate-reader") -> str:
    return f"arn:aws:iam::{account}:role/{role}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a project's folder with a rules file."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "rules.yaml").write_text(RULES)
    return tmp_path


def read(folder: Path, environment: dict[str, str] | None = None, /, **value: Any) -> Estate:
    """Read a configuration that names the rules file and a role, unless ``value`` says otherwise."""
    full = {"rules": "policies/rules.yaml", "assumeRole": ROLE, **value}
    return estate_of(full, NAME, folder=folder, environment=environment or {})


def faults(folder: Path, environment: dict[str, str] | None = None, /, **value: Any) -> tuple[str, ...]:
    """Give every fault of a configuration that cannot be used."""
    with pytest.raises(EstateError) as caught:
        read(folder, environment, **value)
    return tuple(fault.replace(str(folder), "FOLDER") for fault in caught.value.faults)


def test_every_account_and_region(folder: Path) -> None:
    """In one order, each read with a role of its own; no instance is no failure."""
    expected = [
        SiteLookups(account, region, reader(account), (), (), (), True, True, (), True, must_exist=False)  # noqa: FBT003
        for account in (PROD, DEV)
        for region in ("eu-west-1", "us-east-1")
    ]

    assert read(folder) == Estate(tuple(expected), ())


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        pytest.param(["instance"], (True, False, False, False), id="instance"),
        pytest.param(["allLocations"], (False, True, False, False), id="locations"),
        pytest.param(["grants", "instancePolicy"], (False, False, True, True), id="two"),
        pytest.param(None, (True, True, True, True), id="a key without a value"),
    ],
)
def test_lookups(folder: Path, lookups: Any, expected: tuple[bool, ...]) -> None:
    """Only what is chosen; all four where nothing is."""
    for site in read(folder, lookups=lookups).sites:
        wide = (site.instance, site.all_locations, site.grants is not None, site.instance_policy)
        assert wide == expected


def test_exceptions(folder: Path) -> None:
    """A reason leaves out, and is kept; an account may have a role of its own, or none: the caller's credentials."""
    found = read(
        folder,
        **{
            "except": [
                {"account": DEV, "assumeRole": "arn:aws:iam::{account.id}:role/audit/{account.name}"},
                {"account": PROD, "assumeRole": "caller"},
                {"account": DEV, "regions": ["us-east-1"], "reason": "not enabled there"},
            ]
        },
    )

    assert [(site.account, site.region, site.assume_role_arn) for site in found.sites] == [
        (PROD, "eu-west-1", ""),
        (PROD, "us-east-1", ""),
        (DEV, "eu-west-1", reader(DEV, "audit/data-dev")),
    ]
    assert found.left_out == (f"account {DEV} in Region us-east-1: not enabled there",)


@pytest.mark.parametrize(
    ("entry", "places", "told"),
    [
        pytest.param(
            {"account": DEV}, [(PROD, "eu-west-1"), (PROD, "us-east-1")], f"account {DEV}: x", id="an account"
        ),
        pytest.param(
            {"regions": ["us-east-1"]}, [(PROD, "eu-west-1"), (DEV, "eu-west-1")], "Region us-east-1: x", id="a Region"
        ),
    ],
)
def test_what_is_left_out(folder: Path, entry: dict[str, Any], places: list[tuple[str, str]], told: str) -> None:
    """An account in all its Regions, a Region in all accounts."""
    found = read(folder, **{"except": [{**entry, "reason": "x"}]})

    assert [(site.account, site.region) for site in found.sites] == places
    assert found.left_out == (told,)


def test_partitions(folder: Path) -> None:
    """The partition is the Region's; an organization may have accounts in several, and says which lies where."""
    text = RULES.replace("us-east-1, eu-west-1", "cn-north-1, us-gov-west-1")
    (folder / "policies" / "rules.yaml").write_text(text)
    elsewhere = [
        {"account": PROD, "regions": ["cn-north-1"], "reason": "GovCloud"},
        {"account": DEV, "regions": ["us-gov-west-1"], "reason": "China"},
    ]

    assert [site.assume_role_arn for site in read(folder, **{"except": elsewhere}).sites] == [
        f"arn:aws-us-gov:iam::{PROD}:role/gate-reader",
        f"arn:aws-cn:iam::{DEV}:role/gate-reader",
    ]


@pytest.mark.parametrize("role", [ROLE, "arn:aws:iam::{account.id}:role/gate-reader", "caller"])
def test_an_account_is_of_one_partition(folder: Path, role: str) -> None:
    """Nobody could read it in the Regions of another, whatever the role: nothing is asked."""
    (folder / "policies" / "rules.yaml").write_text(RULES.replace("us-east-1", "cn-north-1"))

    assert faults(folder, assumeRole=role) == tuple(
        f"{NAME}: account '{account}' is looked at in 'eu-west-1' of partition aws and in 'cn-north-1' of partition "
        "aws-cn, and an account is of one partition; leave the other's Regions out for it under except"
        for account in (PROD, DEV)
    )


def test_a_role_of_another_partition(folder: Path) -> None:
    """The Region's partition has no such role: nothing is asked."""
    (folder / "policies" / "rules.yaml").write_text(RULES.replace("us-east-1, eu-west-1", "cn-north-1"))

    assert faults(folder, assumeRole="arn:aws:iam::{account.id}:role/gate-reader") == tuple(
        f"{NAME}: to read account '{account}' in 'cn-north-1': role '{reader(account)}' is of partition 'aws', and the "
        "Region is of 'aws-cn'; write {partition} for the role's partition, or leave the Region out under except"
        for account in (PROD, DEV)
    )


def test_what_the_matrix_asks_for(folder: Path) -> None:
    """Each lookup with the configuration that asks for it: a list may not repeat it."""
    assert read(folder, lookups=["grants"]).asks(NAME) == {
        ("grants", account, region): NAME for account in (PROD, DEV) for region in ("eu-west-1", "us-east-1")
    }


# --- which rules file -------------------------------------------------------------------------------------------------


def test_the_rules_file_of_the_environment(folder: Path) -> None:
    """The gate names the file that the pack judges by; configuration may name the same, in its own words."""
    path = folder / "policies" / "rules.yaml"
    environment = {"GRANTGATE_RULES": str(path)}
    (folder / "link.yaml").symlink_to(path)

    for rules in (None, "policies/rules.yaml", "policies/../policies/rules.yaml", "link.yaml", str(path)):
        assert len(read(folder, environment, rules=rules).sites) == 4


@pytest.mark.parametrize(
    ("rules", "variable", "fault"),
    [
        pytest.param(
            None, None, f"{NAME}.rules: not given, and GRANTGATE_RULES is not set; a rules file is needed", id="none"
        ),
        pytest.param(
            "policies/rules.yaml",
            "FOLDER/other.yaml",
            f"{NAME}.rules: 'policies/rules.yaml' is another file than GRANTGATE_RULES names, 'FOLDER/other.yaml'; the "
            "pack judges by the latter, so leave one of them out",
            id="two that differ",
        ),
        pytest.param(
            None,
            "policies/rules.yaml",
            "GRANTGATE_RULES: 'policies/rules.yaml' is relative, and program and pack run in different folders; "
            "name it absolutely",
            id="a relative one",
        ),
        pytest.param(None, "FOLDER/no.yaml", "FOLDER/no.yaml: no such rules file", id="the environment's is missing"),
        pytest.param("no.yaml", None, "FOLDER/no.yaml: no such rules file", id="the project's is missing"),
        pytest.param("policies", None, "FOLDER/policies: cannot be read: Is a directory", id="a folder"),
        pytest.param(7, None, f"{NAME}.rules: 7 is not the name of a file", id="a number"),
        pytest.param("", None, f"{NAME}.rules: '' is not the name of a file", id="empty"),
        pytest.param("a\0b", None, f"{NAME}.rules: 'a\\x00b' is not the name of a file", id="no name"),
    ],
)
def test_a_rules_file_that_is_none(folder: Path, rules: Any, variable: str | None, fault: str) -> None:
    """The lookups and the pack must mean the same file."""
    (folder / "other.yaml").write_text(RULES)
    environment = {"GRANTGATE_RULES": variable.replace("FOLDER", str(folder))} if variable else {}

    assert faults(folder, environment, rules=rules) == (fault,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", ["nothing where a map belongs"], id="empty"),
        pytest.param("[1]", ["a list where a map belongs"], id="a list"),
        pytest.param(
            "version: 1",
            ["organization: nothing where a map of accounts and regions belongs"],
            id="no organization",
        ),
        pytest.param(
            "version: 2\norganization: x",
            [
                "version: 2; rules files of version 1 are read",
                "organization: text where a map of accounts and regions belongs",
            ],
            id="another version",
        ),
        pytest.param(
            RULES.replace("  regions: [us-east-1, eu-west-1]\n", ""),
            ["organization.regions: not given; without a list of Regions nobody can say where to look"],
            id="no Regions",
        ),
        pytest.param(
            RULES.replace("[us-east-1, eu-west-1]", "[]"),
            ["organization.regions: an empty list; without a list of Regions nobody can say where to look"],
            id="an empty list of Regions",
        ),
        pytest.param(
            RULES.replace("[us-east-1, eu-west-1]", "[Ireland, us-east-1, us-east-1, {a: b}]"),
            [
                "organization.regions[0]: 'Ireland' is not a Region name such as 'eu-west-1'",
                "organization.regions[2]: 'us-east-1' is given twice",
                "organization.regions[3]: a map where the name of a Region belongs",
            ],
            id="no Region names",
        ),
        pytest.param(
            RULES.replace(f'"{PROD}"', PROD),
            [f"organization.accounts: {PROD} is a number, not text; quote it"],
            id="an account without quotes",
        ),
        pytest.param(
            RULES.replace(f'"{PROD}"', '"012"'),
            ["organization.accounts: '012' is not an AWS account id of 12 digits"],
            id="a short account",
        ),
        pytest.param(
            RULES.replace("{name: data-prod}", "{}"),
            [f"organization.accounts.{PROD}: a map with a name belongs here"],
            id="an account without a name",
        ),
        pytest.param(
            "version: 1\norganization: {name: acme, accounts: {}, regions: [eu-west-1]}",
            ["organization.accounts: an empty map; an organization without accounts has nothing to look at"],
            id="no accounts",
        ),
    ],
)
def test_an_organization_that_has_no_matrix(folder: Path, text: str, expected: list[str]) -> None:
    """Each fault names the file and the place; without Regions there is no matrix."""
    (folder / "policies" / "rules.yaml").write_text(text)

    assert faults(folder) == tuple(f"FOLDER/policies/rules.yaml: {fault}" for fault in expected)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        pytest.param(RULES.replace(DEV, PROD).encode(), "not readable: while constructing a mapping", id="a key twice"),
        pytest.param(b"version: 1\n\torganization: x", "not readable: while scanning", id="a tab"),
        pytest.param(
            b"a: !!python/object/apply:os.getcwd []", "not readable: could not determine a constructor", id="tag"
        ),
        pytest.param(b"a: 1\n---\nb: 2", "not readable: expected a single document", id="two documents"),
        pytest.param(b"a: \xff", "byte 0xff is not UTF-8", id="no UTF-8"),
        pytest.param(b"a: b\n" * 300_000, "larger than 1048576 bytes, the most that a rules file may have", id="huge"),
        pytest.param(b"[" * 5_000, "nested too deep", id="deep"),
        pytest.param(b'a: "\\Uffffffff"', "not readable: ", id="an escape beyond Unicode"),
        pytest.param(b"? [a, [b]]\n: c", "not readable: unhashable type", id="a list as a key"),
    ],
)
def test_a_file_that_cannot_be_read(folder: Path, content: bytes, fault: str) -> None:
    """Whatever is wrong with the file is told in one line, and nothing is looked at."""
    (folder / "policies" / "rules.yaml").write_bytes(content)

    (found,) = faults(folder)

    assert found.startswith(f"FOLDER/policies/rules.yaml: {fault}")
    assert "\n" not in found


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param('{"a": 1, "a": 2}', "not readable: the key 'a' stands twice", id="a key twice"),
        pytest.param("{", "not readable: Expecting property name", id="cut"),
        pytest.param("[" * 100_000, "nested too deep", id="deep"),
    ],
)
def test_json_that_cannot_be_read(folder: Path, text: str, fault: str) -> None:
    """JSON is read as strictly as YAML."""
    (folder / "rules.json").write_text(text)

    (found,) = faults(folder, rules="rules.json")

    assert found.startswith(f"FOLDER/rules.json: {fault}")


def test_without_the_extra(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """YAML takes a library of the extra `policies`; JSON takes nothing."""
    real = builtins.__import__

    def without(name: str, *arguments: Any, **named: Any) -> Any:
        if name.partition(".")[0] == "ruamel":
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **named)

    document = {"version": 1, "organization": {"accounts": {PROD: {"name": "prod"}}, "regions": ["eu-west-1"]}}
    (folder / "rules.json").write_text(json.dumps(document))
    monkeypatch.setattr(builtins, "__import__", without)

    (fault,) = faults(folder)

    assert "pip install 'grantgate[policies]'" in fault
    assert len(read(folder, rules="rules.json").sites) == 1


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(RULES, id="as it is written"),
        pytest.param(RULES.replace("[us-east-1, eu-west-1]", "\n    - us-east-1\n    - 'eu-west-1'"), id="a block"),
        pytest.param(
            RULES + "waivers: []\nenvironments: {no: {match: {stacks: [on]}, rules: {}}}\n", id="words of YAML 1.1"
        ),
        pytest.param(RULES.replace("name: data-prod", "name: &n no"), id="an anchor, and a word"),
        pytest.param(f"# {'x' * 1000}\n%YAML 1.2\n---\n{RULES}", id="a version"),
    ],
)
def test_what_the_pack_reads(folder: Path, text: str) -> None:
    """A file that the pack takes has the same accounts and Regions for both."""
    path = folder / "policies" / "rules.yaml"
    path.write_text(text)

    book = read_rules(path).organization

    assert read_organization(path) == Organization(
        {account: entry.name for account, entry in book.accounts.items()}, tuple(book.regions)
    )


# --- the rest of the configuration ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(
            {"assumeRole": None},
            ["assumeRole: not given; the ARN of a role to read with is needed, or 'caller'"],
        ),
        pytest.param({"assumeRole": 7}, ["assumeRole: 7 is a number, not text"]),
        pytest.param(
            {"assumeRole": "arn:aws:iam::{account}:role/reader"},
            [
                (
                    "assumeRole: {account} stands for nothing here (did you mean 'account.id'?); {account.id}, "
                    "{account.name}, {partition} do"
                )
            ],
        ),
        pytest.param(
            {"assumeRole": "arn:aws:iam::{account.id}:user/reader"},
            [f"assumeRole: 'arn:aws:iam::{PROD}:user/reader' names 'user/reader', not role/NAME or role/PATH/NAME"],
        ),
        pytest.param({"lookups": []}, ["lookups: an empty list looks nothing up"]),
        pytest.param(
            {"lookups": "grants"},
            [f"lookups: 'grants' is text, not a list of {WIDE}"],
        ),
        pytest.param(
            {"lookups": ["grant", "instance", "instance"]},
            [
                f"lookups[0]: 'grant' is none of {WIDE} (did you mean 'grants'?)",
                "lookups[2]: 'instance' is given twice",
            ],
        ),
        pytest.param({"assumeRol": "x"}, ["assumeRol: no such key (did you mean 'assumeRole'?)"]),
        pytest.param({"except": {}}, ["except: {} is a map, not a list of exceptions"]),
        pytest.param(
            {"except": ["x"]}, ["except[0]: 'x' is text, not a map of account, regions, reason, assumeRole"]
        ),
        pytest.param(
            {"except": [{"reason": "x"}]},
            ["except[0]: neither account nor regions is given; an exception must say what it is about"],
        ),
        pytest.param(
            {"except": [{"account": DEV}]},
            [f"except[0]: {EITHER}"],
        ),
        pytest.param(
            {"except": [{"account": DEV, "reason": "x", "assumeRole": "caller"}]},
            [f"except[0]: {EITHER}"],
        ),
        pytest.param(
            {"except": [{"account": DEV, "reason": " "}, {"account": DEV, "reason": "a\nb"}]},
            [
                "except[0].reason: ' ' is not one line of text that says why",
                "except[1].reason: 'a\\nb' is not one line of text that says why",
            ],
        ),
        pytest.param(
            {"except": [{"account": 444455556666, "reason": "x"}]},
            ["except[0].account: 444455556666 is a number, not text; quote it"],
        ),
        pytest.param(
            {"except": [{"account": "444455556667", "reason": "x"}, {"regions": ["us-east-2"], "reason": "x"}]},
            [
                "except[0].account: '444455556667' is no account of the rules file (did you mean '444455556666'?)",
                "except[1].regions: 'us-east-2' is no Region of the rules file (did you mean 'us-east-1'?)",
            ],
        ),
        pytest.param(
            {"except": [{"account": DEV, "regions": ["eu-west-1"], "assumeRole": "caller"}]},
            ["except[0].assumeRole: is for one account, in all of its Regions"],
        ),
        pytest.param(
            {"except": [{"account": DEV, "assumeRole": "caller"}, {"account": DEV, "assumeRole": "caller"}]},
            [f"except[1].assumeRole: account '{DEV}' has a role of its own already"],
        ),
        pytest.param(
            {"except": [{"regions": ["us-east-1", "eu-west-1"], "reason": "x"}]},
            ["except: leaves nothing to look at"],
        ),
        pytest.param(
            {"except": [{"regions": [], "reason": "x"}]},
            ["except[0].regions: [] is not a list of Regions; leave it out for all"],
        ),
    ],
)  # fmt: skip
def test_faults(folder: Path, value: dict[str, Any], expected: list[str]) -> None:
    """Each names its place, the value and the limit; all are told at once."""
    assert faults(folder, **value) == tuple(f"{NAME}.{fault}" for fault in expected)


def test_a_role_of_another_account(folder: Path) -> None:
    """One role for all accounts would read one of them, and be denied or misled in the others."""
    assert faults(folder, assumeRole=reader(PROD)) == tuple(
        f"{NAME}: to read account '{DEV}' in '{region}': role '{reader(PROD)}' is of account '{PROD}', and each "
        "account is read with a role of its own"
        for region in ("eu-west-1", "us-east-1")
    )


def test_faults_of_everything_at_once(folder: Path) -> None:
    """Configuration and rules file are told together."""
    (folder / "policies" / "rules.yaml").write_text("version: 1\norganization: {accounts: {}, regions: [eu-west-1]}")

    found = faults(folder, assumeRole="x", lookups=["all"], **{"except": [{}]})

    assert len(found) == 5


@pytest.mark.parametrize("value", [None, "x", [], 7])
def test_no_map(folder: Path, value: Any) -> None:
    """The configuration is a map."""
    with pytest.raises(EstateError, match=r"a map of rules, assumeRole, lookups, except is needed"):
        estate_of(value, NAME, folder=folder, environment={})


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([PROD, "eu-west-1", "caller", ROLE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["rules", "assumeRole", "lookups", "except", "account", "regions", "reason", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(value=ANYTHING)
@settings(deadline=None, derandomize=True, max_examples=300)
def test_anything(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    """Whatever is configured, there is something to look at or a fault that says why not."""
    path = tmp_path_factory.getbasetemp() / "rules.yaml"
    if not path.exists():
        path.write_text(RULES)
    told: tuple[str, ...] = ()
    found: tuple[SiteLookups, ...] = ()
    try:
        found = estate_of(value, NAME, folder=path.parent, environment={"GRANTGATE_RULES": os.fspath(path)}).sites
    except EstateError as error:
        told = error.faults

    assert bool(told) is not bool(found)
    assert not any("\n" in fault for fault in told)
