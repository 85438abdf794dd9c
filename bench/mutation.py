"""
`make mutation`: change the rules a little, many times, and see whether their own tests notice.

mutmut makes the mutants and runs the tests; this script says which, and keeps it bounded. Of each rule a sample that a
seed chooses is tried, against the rule's own tests and the examples. Everything happens in copies that are thrown
away. mutmut changes what is inside functions: the words of a RULE, and other values of modules, stay as they are.

Exit codes: 0 every rule was tried, whatever survived; 4 some could not be, and the last lines say which and why.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from children import ROOT, SCRIPTS, environment, run
from figures import Unmeasured
from mutmut.mutation.file_mutation import mutate_file_contents

SEED = "grantgate"
EACH = 12
MINUTES = 30
UNTRIED = 4
PACKAGE = "grantgate_policies.rules"
RULES = ROOT / "policies" / "grantgate_policies" / "rules"
EXAMPLES = "tests/policies/test_examples.py"
# mutmut takes the folder src off the front of a path, and no other, to know a module by the name that tests import.
COPIED = {
    "policies/grantgate_policies": "src/grantgate_policies",
    "providers/grantgate": "src/grantgate",
    "tests/policies/rules": "tests/policies/rules",
    EXAMPLES: EXAMPLES,
}
NOTICED = frozenset({"killed", "timeout", "segfault", "suspicious"})
STATUS = re.compile(r"^ +(\S+): (.+)$", re.MULTILINE)
CHANGE = re.compile(r"^([-+])(?!--|\+\+)\s*(.*)$", re.MULTILINE)
# Mutants that say the same as the rule, by their new line: no test can notice them.
EQUIVALENT = {
    'unsure: Unsure | None = ""': "None and the empty text are both false, and nothing else is asked of it",
    "made_from.get(SHARE_FIELD, None)": "it is compared only where a share was found in it, so it is there",
    "autojunk=True": "difflib's heuristic begins at 200 characters, and the provider's ARN has about 50",
    "candidates(live), NAMED + 2": "only the first NAMED, and whether there are more, are used",
    "one.told)[: NAMED + 2]": "a message names NAMED and asks whether there are more; the bound only saves work",
    '_Placed("XXa bucketXX", None': "the name of a bucket is told only where its Region is known",
    "(fact.tags is ABSENT) and False": "only a lookup's tags are ABSENT, and it is skipped before",
    'if found else "XXXX"': "what it is made from is told only where something was found",
}


@dataclass(frozen=True, slots=True)
class Survivor:
    """One mutant that no test noticed, its lines, and why none can where that is known."""

    name: str
    change: str
    answer: str


@dataclass(frozen=True, slots=True)
class Tried:
    """
    What became of the mutants of one rule.

    Shape: ``known`` is how many mutants the rule has, ``tried`` how many of them the sample holds.
    """

    rule: str
    known: int
    tried: int
    survivors: tuple[Survivor, ...]


def main() -> int:
    """Try a sample of every rule's mutants, print the table and what survived."""
    asked = _asked()
    ends = time.monotonic() + asked.minutes * 60
    os.nice(10)
    # Ended from outside it still ends mutmut and removes the copies: the exit passes every `finally`.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(UNTRIED))
    found: list[Tried] = []
    missing: list[str] = []
    with tempfile.TemporaryDirectory(prefix="grantgate-mutation-") as temporary:
        place = Path(temporary)
        whole = place / "whole"
        _copy(whole)
        # mutmut reads its settings in the folder that it is called in.
        os.chdir(whole)
        for stem in asked.only or sorted(file.stem for file in RULES.glob("*.py") if file.stem != "__init__"):
            started = time.monotonic()
            try:
                tried = attempt(whole, place / stem, stem, asked, ends - started)
            except Unmeasured as error:
                missing.append(f"{stem}: {error}")
                continue
            found.append(tried)
            took = time.monotonic() - started
            print(f"{stem}: {len(tried.survivors)} of {tried.tried} survived, {took:.0f} s", flush=True)
            for survivor in tried.survivors:
                print(f"  {survivor.name}\n{survivor.change}", flush=True)
                if survivor.answer:
                    print(f"    equivalent: {survivor.answer}", flush=True)
        os.chdir(ROOT)
    print(f"\n{table(found)}")
    only = "".join(f" --only {stem}" for stem in asked.only or ())
    print(f"\nAgain: python bench/mutation.py --seed {asked.seed} --each {asked.each}{only}")
    for line in missing:
        print(f"mutation: NOT TRIED: {line}", file=sys.stderr)
    return UNTRIED if missing else 0


def attempt(whole: Path, place: Path, stem: str, asked: argparse.Namespace, seconds: float) -> Tried:
    """Try one rule's sample in a copy of its own; raise Unmeasured without the time, or when the tests fail as is."""
    if seconds <= 0:
        raise Unmeasured(f"the {asked.minutes} minutes were over")
    file = Path("src", *PACKAGE.split("."), f"{stem}.py")
    mutants = mutate_file_contents(str(file), (whole / file).read_text(encoding="utf-8")).mutant_names
    names = [f"{PACKAGE}.{stem}.{name}" for name in mutants]
    sample = sorted(names, key=lambda name: hashlib.sha256(f"{asked.seed} {name}".encode()).digest())[: asked.each]
    if not sample:
        return Tried(stem, 0, 0, ())
    shutil.copytree(whole, place)
    # Most rules have one file of tests; those of one that has more all begin with its id.
    tests = sorted((whole / "tests" / "policies" / "rules").glob(f"test_{stem.partition('_')[0]}_*.py"))
    settings = {
        "source_paths": ["src"],
        "only_mutate": [str(file)],
        "pytest_add_cli_args_test_selection": [*(f"tests/policies/rules/{test.name}" for test in tests), EXAMPLES],
        # Hypothesis has a profile of its own that draws the same examples in each run and sets no deadline.
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "--hypothesis-profile=ci"],
        "use_git_change_detection": False,
    }
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]  # JSON's lists and words are TOML's
    with (place / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("\n".join(["", "[tool.mutmut]", *lines, ""]))
    _mutmut(place, seconds, "run", "--max-children", "1", *sample)
    became = dict(STATUS.findall(_mutmut(place, seconds, "results", "--all", "true")))
    untried = [name for name in sample if became.get(name) in {None, "not checked"}]
    if untried:
        raise Unmeasured(f"mutmut did not try {', '.join(untried)}")
    survived = sorted((name for name in sample if became[name] not in NOTICED), key=names.index)
    survivors = tuple(_survivor(name, _mutmut(place, seconds, "show", name)) for name in survived)
    shutil.rmtree(place)
    return Tried(stem, len(names), len(sample), survivors)


def table(found: list[Tried]) -> str:
    """Give one line for each rule, and the sums; the equivalent are among those that survived."""
    rows: list[tuple[str, ...]] = [("rule", "has", "tried", "killed", "survived", "equivalent")]
    for one in (*found, _sum(found)):
        survived, equivalent = len(one.survivors), sum(bool(survivor.answer) for survivor in one.survivors)
        numbers = (one.known, one.tried, one.tried - survived, survived, equivalent)
        rows.append((one.rule, *map(str, numbers)))
    width = max(len(row[0]) for row in rows)
    return "\n".join("  ".join([row[0].ljust(width), *(cell.rjust(10) for cell in row[1:])]) for row in rows)


def _sum(found: list[Tried]) -> Tried:
    survivors = tuple(survivor for one in found for survivor in one.survivors)
    return Tried("all", sum(one.known for one in found), sum(one.tried for one in found), survivors)


def _copy(place: Path) -> None:
    for source, target in COPIED.items():
        (place / target).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place / target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place / target)
    shutil.copy(ROOT / "pyproject.toml", place)


def _mutmut(place: Path, seconds: float, *words: str) -> str:
    ran = run([SCRIPTS / "mutmut", *words], cwd=place, env=environment(place), seconds=seconds)
    if ran.code:
        raise Unmeasured(f"`mutmut {words[0]}` ended with {ran.code}: {(ran.err or ran.out).strip()[-300:]}")
    return ran.out


def _survivor(name: str, shown: str) -> Survivor:
    lines = CHANGE.findall(shown)
    new = " ".join(line for sign, line in lines if sign == "+")
    answer = next((why for text, why in EQUIVALENT.items() if text in new), "")
    return Survivor(name, "\n".join(f"    {sign} {line}" for sign, line in lines), answer)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Change the rules a little and see whether their tests notice.")
    parser.add_argument("--seed", default=SEED, help=f"any word; it chooses the sample (default: {SEED})")
    parser.add_argument("--each", type=int, default=EACH, help=f"mutants tried of each rule (default: {EACH})")
    parser.add_argument("--minutes", type=int, default=MINUTES, help=f"stop after so many (default: {MINUTES})")
    parser.add_argument("--only", action="append", metavar="MODULE", help="a rule's module; may be given twice")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
