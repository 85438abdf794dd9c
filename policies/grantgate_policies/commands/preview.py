"""``grantgate preview``: a real preview with the pack, judged; green only with proof that the pack looked."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grantgate_policies.commands.options import EXIT_CODES, baseline_option, judging, report_options
from grantgate_policies.report import Exit, stamp

if TYPE_CHECKING:
    from grantgate_policies.commands.delivering import Reports


@click.command(epilog=EXIT_CODES)
@click.option(
    "--policy-pack",
    "pack",
    metavar="FOLDER",
    default="policies",
    show_default=True,
    help="The policy pack, as `pulumi preview --policy-pack` takes it, seen from the project.",
)
@click.option(
    "--policy-pack-config",
    "config",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="JSON file with levels and settings that beat the rules file's, by rule name.",
)
@click.option(
    "--rules",
    metavar="FILE",
    envvar="GRANTGATE_RULES",
    show_envvar=True,
    help="The rules file; else the one that the pack names, its own rules.yaml.",
)
@click.option(
    "--cwd",
    "folder",
    metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False),
    default=".",
    help="The Pulumi project; the current folder by default.",
)
@report_options
@baseline_option
@click.option("--require-judged", is_flag=True, help="Fail (4) when no resource is of a type that rules are about.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[-- PULUMI ARGUMENTS]")
def command(
    *,
    pack: str,
    config: str | None,
    rules: str | None,
    folder: str,
    reports: Reports,
    baseline: str | None,
    require_judged: bool,
    arguments: tuple[str, ...],
) -> int:
    r"""
    Run `pulumi preview` with the policy pack and say whether the change may pass.

    Lookups ask AWS while the preview runs; the pack judges what they found, and every managed location of the program,
    against the rules file. What stands behind -- goes to `pulumi preview`.

    \b
    Example:
      grantgate preview
      grantgate preview --rules ../rules.yaml -- --stack acme/prod
    """
    from grantgate_policies import baseline as baselines  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.engine import NoEngine, preview  # noqa: PLC0415
    from grantgate_policies.evidence import report_of  # noqa: PLC0415
    from grantgate_policies.rules import RULES  # noqa: PLC0415
    from grantgate_policies.rulesfile import read_rules  # noqa: PLC0415
    from grantgate_policies.settling import settled  # noqa: PLC0415
    from grantgate_policies.sources import Project  # noqa: PLC0415

    _check_arguments(arguments)
    place = Path(folder) / pack
    if not (place / "PulumiPolicy.yaml").is_file() and not place.is_file():
        raise click.UsageError(f"{place} is no policy pack: there is no {place / 'PulumiPolicy.yaml'}")
    if config:
        _check_config(Path(config))
    known = baselines.given(baseline)
    rules_file = Path(rules) if rules else place / "rules.yaml"
    rulebook = None
    if rules or rules_file.exists():
        # The pack would refuse a faulty one as well, after seconds and in the engine's words.
        rulebook = read_rules(rules_file)
    if sys.stderr.isatty():
        click.echo("running pulumi preview ...", err=True)
    try:
        run = preview(
            arguments,
            pack=place.absolute(),
            config=Path(config).absolute() if config else None,
            rules=rules_file.absolute() if rules else None,
            folder=Path(folder),
        )
    except NoEngine as error:
        click.echo(f"grantgate: {error}", err=True)
        return Exit.ERROR
    now = dt.datetime.now(dt.timezone.utc)
    report = report_of(
        run,
        source=Path(folder).resolve().name,
        rules_file=str(rules_file),
        catalogue=rulebook.catalogue if rulebook else RULES,
        require_judged=require_judged,
        project=Project.at(Path(folder)),
        at=stamp(now),
    )
    if rulebook:
        with judging():
            report = settled(report, run, rulebook, now)
    return reports.deliver(baselines.applied(report, known, whole=True))


def _check_arguments(arguments: tuple[str, ...]) -> None:
    """Refuse what grantgate sets itself, and what would keep resources from being looked at."""
    from grantgate_policies.engine import BLINDING, RESERVED  # noqa: PLC0415 - what --help must not wait for

    clash = next((word for word in arguments if word.split("=")[0] in RESERVED), None)
    if clash:
        raise click.UsageError(f"{clash} is grantgate's own to set; leave it out behind --")
    blinding = next((word for word in arguments if word.split("=")[0] in BLINDING), None)
    if blinding:
        raise click.UsageError(f"{blinding} leaves resources out of the preview, and their lookups are not made then")


def _check_config(path: Path) -> None:
    """Refuse a file that is no JSON object before the engine starts; what it names is the pack's to check."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"{path}: not JSON that can be read: {error}") from None
    if not isinstance(content, dict):
        raise click.UsageError(f"{path}: a {type(content).__name__}, where an object of rule names belongs")
