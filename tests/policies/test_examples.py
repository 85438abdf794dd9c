"""Every built-in rule has examples, and says of them what they expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from grantgate_policies.cases import EXAMPLES, examples, read, run
from grantgate_policies.rules import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from grantgate_policies.core import Rule


def files() -> list[Path]:
    """Give the examples of registered rules; files of others are told by test_no_file_is_left_over."""
    stems = {rule.id.lower().replace("-", "") for rule in RULES}
    return [file for file in sorted(EXAMPLES.iterdir()) if file.stem.partition("_")[0] in stems]


@pytest.mark.parametrize("file", [pytest.param(file, id=file.stem) for file in files()])
def test_examples_are_as_expected(file: Path) -> None:
    """The rule says of each of its examples what the example expects."""
    found = {
        f"{case.file}:{case.line} {case.name}": complaints
        for case in read(file, RULES)
        if (complaints := run(case).complaints)
    }

    assert found == {}


@pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])
def test_every_rule_has_examples(rule: Rule) -> None:
    """At least one passes and one fails, in one file named like the rule's module."""
    found = examples(rule)
    stem = str(rule.judge.__module__).rpartition(".")[2]
    names = {case.rule.name for case in (*found.good, *found.bad)}

    assert found.good
    assert found.bad
    assert names == {rule.name}
    assert (EXAMPLES / f"{stem}.yaml").is_file()


def test_no_file_is_left_over() -> None:
    """Every file of examples is a registered rule's."""
    stems = {str(rule.judge.__module__).rpartition(".")[2] for rule in RULES}

    assert {file.name for file in EXAMPLES.iterdir()} == {f"{stem}.yaml" for stem in stems}
