"""What `grantgate preview` and `grantgate up` share: their options, and the way from runs of the engine to a report."""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from grantgate_policies.commands.arguments import check_arguments
from grantgate_policies.commands.options import baseline_option, judging, not_empty, report_options
from grantgate_policies.report import Exit, Problem, stamp
from grantgate_policies.reports.unjudged import unjudged

if TYPE_CHECKING:
    from collections.abc import Callable

    from grantgate_policies.baseline import Baseline
    from grantgate_policies.commands.delivering import Reports
    from grantgate_policies.engine.runs import Engine
    from grantgate_policies.engine.signals import Signals
    from grantgate_policies.report import Report
    from grantgate_policies.rulebook import RuleBook
    from grantgate_policies.rules_used import RulesUsed
    from grantgate_policies.sources import Project

_FATAL: Final = 128  # what a shell adds to the number of the signal that ended a program


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for, but for reports."""

    pack: str
    config: str | None
    rules: str | None
    folder: str
    stacks: tuple[str, ...]
    baseline: str | None
    require_judged: bool
    no_progress: bool
    arguments: tuple[str, ...]

    @property
    def source(self) -> str:
        """Name what is judged, as long as the engine has not said it."""
        return ", ".join(self.stacks) or Path(self.folder).resolve().name


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything that runs of the engine are made and judged with."""

    wanted: Wanted
    reports: Reports
    engine: Engine
    rules_file: str
    rulebook: RuleBook | None
    used: RulesUsed
    known: Baseline | None
    project: Project

    @property
    def stacks(self) -> tuple[str, ...]:
        """Give the stacks in their order; the empty one is what the project has selected."""
        return self.wanted.stacks or ("",)

    def run(self, command: str, stack: str) -> Report:
        """Run the engine on one stack and judge what it left."""
        from grantgate_policies.engine.configured import UNREAD, configured  # noqa: PLC0415 - what --help must not wait for
        from grantgate_policies.engine.progress import progress  # noqa: PLC0415
        from grantgate_policies.engine.runs import PREVIEW  # noqa: PLC0415
        from grantgate_policies.evidence import report_of  # noqa: PLC0415
        from grantgate_policies.redaction.reports import marked  # noqa: PLC0415
        from grantgate_policies.rules import RULES  # noqa: PLC0415
        from grantgate_policies.settling import settled  # noqa: PLC0415

        arguments = [*(("--stack", stack) if stack else ()), *self.wanted.arguments]
        name = stack or self.wanted.source
        # What no report may show is learnt from the configuration, and from the engine's marks on what it logs.
        secrets = configured(self.engine.command, arguments, folder=self.engine.folder)
        self.reports.secrets.extend(secrets or ())
        mask = self.reports.hidden().masked
        told = None if self.wanted.no_progress else progress(f"pulumi {command} of {name}", mask)
        run = self.engine.run(command, arguments, told)
        self.reports.secrets.extend(marked(run.events))
        now = dt.datetime.now(dt.UTC)
        report = report_of(
            run,
            source=name,
            rules_file=self.rules_file,
            catalogue=self.rulebook.catalogue if self.rulebook else RULES,
            require_judged=self.wanted.require_judged,
            project=self.project,
            at=stamp(now),
        )
        # A program can bring what stands in for the lookups while it runs.
        report = replace(report, problems=(*report.problems, *self.used.problems(run), *_shadows(self)))
        if secrets is None:
            report = replace(report, notices=(*report.notices, UNREAD))
        if self.rulebook and command == PREVIEW:
            with judging():
                return settled(report, run, self.rulebook, now)
        return report

    def previews(self) -> list[Report]:
        """Preview every stack; one that does not pass keeps none of the others from being looked at."""
        found: list[Report] = []
        for stack in self.stacks:
            if found and self.engine.signals.heed():
                found.append(self.without_run(stack, Problem("not previewed: the run was cancelled")))
            else:
                found.append(self.tried("preview", stack, self.without_run(stack)))
        return found

    def tried(self, command: str, stack: str, so_far: Report) -> Report:
        """
        Run the engine on one stack.

        What keeps it from being run is a problem beside what is known of the stack ``so_far``: another stack may have
        been updated before, and that is not to be forgotten.
        """
        from grantgate_policies.engine.runs import NoEngine  # noqa: PLC0415 - what --help must not wait for
        from grantgate_policies.engine.signals import Cancelled  # noqa: PLC0415

        try:
            return self.run(command, stack)
        except NoEngine as error:
            problem = Problem(str(error))
        except Cancelled as error:
            problem = Problem(f"cancelled ({error}) before pulumi {command} was run")
        return replace(so_far, problems=(*so_far.problems, problem))

    def without_run(self, stack: str, problem: Problem | None = None) -> Report:
        """Make the report of a stack that the engine never came to."""
        return failure(stack or self.wanted.source, problem, self.rules_file)

    def judged(self, report: Report) -> Report:
        """Hold a report against the baseline."""
        from grantgate_policies.baseline import applied  # noqa: PLC0415 - what --help must not wait for

        # An update that was stopped did not come to everything: it shows nothing to be gone.
        whole = not any(run.command == "up" and run.code for run in report.runs)
        return applied(report, self.known, whole=whole)

    def passes(self, report: Report) -> bool:
        """Say whether a report is green, by everything that the caller asks for."""
        from grantgate_policies.narrowing import stricter  # noqa: PLC0415 - what --help must not wait for

        return stricter(self.judged(report), self.reports.fail_on).exit_code() is Exit.PASSED


def gate_options(command: Callable[..., int]) -> Callable[..., Any]:
    """Give a command the options of a run of the engine; they come as a Wanted, beside its ``reports``."""

    @functools.wraps(command)
    def with_wanted(*, reports: Reports, **given: Any) -> int:
        names = [name for name in Wanted.__slots__ if name in given]
        return command(Wanted(**{name: given.pop(name) for name in names}), reports=reports, **given)

    every: tuple[Callable[[Any], Any], ...] = (
        click.option(
            "--stack",
            "stacks",
            metavar="NAME",
            multiple=True,
            callback=not_empty,
            help="The stack; several are looked at one after the other, and make one report.",
        ),
        click.option(
            "--policy-pack",
            "pack",
            metavar="PATH",
            default="policies",
            show_default=True,
            help="The policy pack, as `pulumi preview --policy-pack` takes it, seen from the project.",
        ),
        click.option(
            "--policy-pack-config",
            "config",
            metavar="FILE",
            type=click.Path(exists=True, dir_okay=False),
            help="JSON file with levels and settings that beat the rules file's, by rule name.",
        ),
        click.option(
            "--rules",
            metavar="FILE",
            callback=not_empty,
            envvar="GRANTGATE_RULES",
            show_envvar=True,
            help="The rules file; else the one that the pack names, its own rules.yaml.",
        ),
        click.option(
            "--cwd",
            "folder",
            metavar="FOLDER",
            type=click.Path(exists=True, file_okay=False),
            default=".",
            help="The Pulumi project; the current folder by default.",
        ),
        report_options,
        baseline_option,
        click.option(
            "--require-judged", is_flag=True, help="Fail (4) when no resource is of a type that rules are about."
        ),
        click.option(
            "--no-progress", is_flag=True, help="Tell nothing on standard error about how far the run has come."
        ),
        click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- PULUMI ARGUMENTS]"),
    )
    return functools.reduce(lambda wrapped, option: option(wrapped), reversed(every), with_wanted)


def gated(wanted: Wanted, reports: Reports, command: str, act: Callable[[Gate], Report]) -> int:
    """
    Do what a command is for, and leave its reports whatever becomes of it; give the exit code.

    What is wrong with the command line is reported as well, as soon as it is known where reports go.
    """
    from grantgate_policies.engine.runs import NoEngine  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.engine.signals import Cancelled, Signals  # noqa: PLC0415

    signals = Signals()
    with signals, reports.always(wanted.source):
        for one in dict.fromkeys((command, "preview")):
            check_arguments(one, wanted.arguments, wanted.stacks, os.environ)
        try:
            gate = _prepared(wanted, reports, signals)
            # What would run in place of the gate's own parts is told before any of it runs.
            found = _shadows(gate)
            report = replace(gate.without_run(""), problems=found) if found else gate.judged(act(gate))
        except NoEngine as error:
            report = failure(wanted.source, Problem(str(error)))
        except Cancelled as error:
            report = failure(wanted.source, Problem(f"cancelled ({error}) before pulumi was run"))
        if not report.runs:
            _tell(report, reports)
        code: int = reports.deliver(report)
    return _FATAL + signals.heeded if signals.heeded else code


def _shadows(gate: Gate) -> tuple[Problem, ...]:
    """Say what of the project would run in place of what the gate trusts."""
    from grantgate_policies.shadowing import problems  # noqa: PLC0415 - what --help must not wait for

    return tuple(problems(gate.engine.folder, os.environ))


def failure(source: str, problem: Problem | None, rules_file: str = "") -> Report:
    """Make the report of a run that never was, as of now."""
    return unjudged(source, problem, rules_file, at=stamp(dt.datetime.now(dt.UTC)))


def _tell(report: Report, reports: Reports) -> None:
    """Say on standard error why the engine did not run, unless a text on standard output does."""
    from grantgate_policies.reports.look import shown  # noqa: PLC0415 - what --help must not wait for

    if any(one.format == "text" and not one.path for one in reports.outputs):
        return
    mask = reports.hidden().masked
    for problem in report.problems:
        click.echo(f"grantgate: {shown(mask(problem.what))}", err=True)


def _prepared(wanted: Wanted, reports: Reports, signals: Signals) -> Gate:
    """
    Read everything that a run needs; what is missing or wrong is an error before the engine starts.

    When all files are read and before any program is run, what an earlier run reported gives way.
    """
    from grantgate_policies import baseline as baselines  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.documents import InputError  # noqa: PLC0415
    from grantgate_policies.engine.runs import Engine, pulumi_command  # noqa: PLC0415
    from grantgate_policies.rules_used import RulesUsed  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rules  # noqa: PLC0415
    from grantgate_policies.sources import Project  # noqa: PLC0415

    folder = Path(wanted.folder)
    place = folder / wanted.pack
    if not (place / "PulumiPolicy.yaml").is_file() and not place.is_file():
        raise InputError(f"{place} is no policy pack: there is no {place / 'PulumiPolicy.yaml'}")
    config = _config(Path(wanted.config)) if wanted.config else None
    known = baselines.given(wanted.baseline)
    rules_file = Path(wanted.rules) if wanted.rules else place / "rules.yaml"
    rulebook = None
    if wanted.rules or rules_file.exists():
        # The pack would refuse a faulty one as well, after seconds and in the engine's words.
        with judging():  # the names that a rule's settings capture are asked of the rule
            rulebook = read_rules(rules_file)
    reports.begin(wanted.source)
    engine = Engine(
        command=pulumi_command(),
        pack=place.absolute(),
        folder=folder.absolute(),
        config=config,
        rules=rules_file.absolute() if wanted.rules else None,
        signals=signals,
    )
    used = RulesUsed.of(engine.pack, str(rules_file), rulebook)
    return Gate(wanted, reports, engine, str(rules_file), rulebook, used, known, Project.at(folder))


def _config(path: Path) -> str:
    """Read a file, and refuse what is no JSON object before the engine starts; what it names is the pack's to check."""
    from grantgate_policies.documents import InputError  # noqa: PLC0415 - what --help must not wait for

    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: not JSON that can be read: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path}: a {type(content).__name__}, where an object of rule names belongs")
    return text
