"""What is drawn: the same number gives the same case, everything occurs, and all of it means something."""

from __future__ import annotations

from collections import Counter

import pytest
from gatechaos import cases, examples, programs, sabotage
from gatechaos.cases import CALM, HARSH, MILD, PLAIN, PREVIEW, TROUBLED, UP
from gatechaos.lookups import WEIGHTS
from grantgate_emulator.server import Emulator
from grantgate_policies.core import Level
from grantgate_policies.rules import RULES
from grantgate_policies.rulesfile import read_rules

DRAWN = [cases.draw(seed) for seed in range(300)]


def test_a_number_gives_one_case() -> None:
    """A case that failed can be run again."""
    for case in DRAWN[:20]:
        assert cases.draw(case.seed) == case
        assert programs.text_of(cases.draw(case.seed)) == programs.text_of(case)


def test_everything_occurs() -> None:
    """Every kind of lookup, mood, command, trouble and victim is drawn, and cases that have to pass in numbers."""
    assert {one.kind for case in DRAWN for one in case.lookups} == set(WEIGHTS)
    assert {case.mood for case in DRAWN} == {CALM, MILD, HARSH, TROUBLED}
    assert {case.command for case in DRAWN} == {PREVIEW, UP, PLAIN}
    counts = Counter(case.trouble.kind for case in DRAWN)
    assert len(counts) == 8, counts
    assert sum(case.has_to_pass for case in DRAWN) > len(DRAWN) / 4
    for trait in ("after", "borrows", "late", "assumes", "filters", "must_exist"):
        assert any(getattr(one, trait) for case in DRAWN for one in case.lookups), trait


def test_the_emulator_understands_every_case() -> None:
    """A world that could not be planted, or a fault that never happens, would prove nothing."""
    with Emulator() as aws:
        for case in DRAWN[:25]:
            aws.seed(case.world.seed())
            aws.set_faults([dict(fault) for fault in case.faults])


def test_every_program_can_be_read() -> None:
    """A program that Python refuses would be red for a reason of ours."""
    for case in DRAWN:
        compile(programs.text_of(case), "__main__.py", "exec")


@pytest.mark.parametrize("case", DRAWN[:40], ids=lambda case: str(case.seed))
def test_rules_files_can_be_used(case: cases.Case, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A rules file that the product refuses would be red for a reason of ours; none of them touches the locked rule."""
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(case.rules.text)

    rulebook = read_rules(path)

    for rule in RULES:
        if rule.locked:
            assert rulebook.effective(rule, None, "prod").level is Level.MANDATORY


def test_every_break_has_its_example() -> None:
    """Each way of breaking the product has a case that shows it."""
    for name in sabotage.NAMES:
        assert examples.example(name).lookups
