"""``grantgate rules test``: rules held against cases."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.delivering import deliver
from grantgate_policies.commands.options import find_rules, judging, rules_option
from grantgate_policies.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.cases import Case, Result
    from grantgate_policies.core import Rule


@click.command(
    epilog="Exit codes: 0 every case is as expected; 1 one is not, or a rule under test has no case that it fails; "
    "2 usage, rules-file or case-file error."
)
@click.argument("cases", nargs=-1, metavar="[CASES]...")
@rules_option
@click.option("--built-in", is_flag=True, help="Run the examples of every built-in rule too.")
def command(*, cases: Sequence[str], rules: str | None, built_in: bool) -> int:
    r"""
    Judge made-up resources, and say where a rule does not say what its cases expect.

    CASES are case files, or folders of *.yaml; without them, *.cases.yaml and cases/*.yaml beside the rules file are
    run. Each rule under test needs a case that it FAILs, since a rule that nothing breaks is not tested. Under test are
    the rules that the cases name; without CASES, all of the rules file's own (customRules) too.

    \b
    Example:
      grantgate rules test
      grantgate rules test policies/cases/bucket-named.yaml --rules policies/rules.yaml
    """
    from grantgate_policies.cases import example_file, files_in, run  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.rules import RULES  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rule_catalogue  # noqa: PLC0415

    place = find_rules(rules)
    with judging():
        catalogue = read_rule_catalogue(place) if place else RULES
    files = [file for given in cases for file in _files(given)]
    if not cases and place:
        files = files_in(place.parent)
    if built_in:
        files += filter(None, map(example_file, RULES))
    custom = catalogue[len(RULES) :]
    if not files and not custom:
        beside = f"beside {place} are no *.cases.yaml and no cases/*.yaml" if place else "there is no rules file here"
        raise click.UsageError(f"no cases: {beside}; name case files, or give --built-in")
    with judging():
        results = [run(case) for case in _read(list(dict.fromkeys(files)), catalogue)]
    lines = [line for result in results for line in _lines(result)]
    # Who names files works on their rules; the others' turn comes when nobody names any.
    wanted = () if cases else custom
    under_test = {rule.name: rule for rule in (*wanted, *(result.case.rule for result in results))}
    untested = [rule for rule in under_test.values() if not _has_fail([result.case for result in results], rule)]
    lines += [f"{rule.id} {rule.name} has no case that it FAILs" for rule in untested]
    deliver("".join(f"{line}\n" for line in (*lines, _summary(results, len(under_test), len(untested)))))
    return Exit.FAILED if untested or any(result.complaints for result in results) else Exit.PASSED


def _files(given: str) -> list[Path]:
    path = Path(given)
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise click.UsageError(f"{given} is a folder without *.yaml")
    return files


def _read(files: Sequence[Path], catalogue: Sequence[Rule]) -> list[Case]:
    """Read every file; the faults of all of them are told at once."""
    from grantgate_policies.cases import CasesError, read  # noqa: PLC0415

    found: list[Case] = []
    wrong: list[CasesError] = []
    for file in files:
        try:
            found += read(file, catalogue)
        except CasesError as error:
            wrong.append(error)
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        from grantgate_policies.reports.look import shown  # noqa: PLC0415

        lines = [shown(line) for refused in wrong for line in str(refused).split("\n")]
        click.echo("\n".join(lines), err=True)
        raise click.exceptions.Exit(Exit.USAGE)
    return found


def _has_fail(cases: Sequence[Case], rule: Rule) -> bool:
    from grantgate_policies.core import Outcome  # noqa: PLC0415

    return any(case.rule.name == rule.name and Outcome.FAIL in case.expected for case in cases)


def _lines(result: Result) -> Iterator[str]:
    """Say where a case is, what it is called, and what is not as expected."""
    from grantgate_policies.reports.look import shown  # noqa: PLC0415

    case = result.case
    if result.complaints:
        yield shown(f"{case.file}:{case.line}: {case.rule.name}: {case.name}")
        yield from (shown(f"  {complaint}") for complaint in result.complaints)


def _summary(results: Sequence[Result], rules: int, untested: int) -> str:
    from grantgate_policies.reports.verdict import counted  # noqa: PLC0415

    failed = sum(bool(result.complaints) for result in results)
    told = f"{counted(len(results), 'case')} of {counted(rules, 'rule')}: {len(results) - failed} as expected"
    if failed:
        told += f", {failed} not"
    return f"{told}; {counted(untested, 'rule')} without a case that it FAILs" if untested else told
