"""``grantgate init``: an infrastructure repository made ready in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grantgate_policies import starting
from grantgate_policies.commands.delivering import deliver
from grantgate_policies.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from grantgate_policies.starting import Plan, Wanted


@click.command(
    epilog="Exit codes: 0 made, or all of it was there; 2 usage error, or something stands in the way: nothing is made."
)
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--organization", metavar="NAME", default="", help="Whose rules these are; buckets begin with it.")
@click.option(
    "--account",
    "accounts",
    metavar="ID:NAME[:ENV]",
    multiple=True,
    help="An AWS account of the organization, its short name and its environment; may be given several times.",
)
@click.option("--ci", type=click.Choice(starting.CI), default="github", show_default=True, help="The CI system.")
@click.option("--pack", metavar="FOLDER", default=starting.PACK, show_default=True, help="The policy pack's folder.")
@click.option(
    "--requirement",
    metavar="SPEC",
    default="",
    help="How pip gets grantgate in CI, such as 'grantgate[policies] @ git+https://...@TAG'; as it was installed here, "
    "when left out, and where that cannot be followed from elsewhere a line that pip refuses.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be made, and make nothing.")
def command(
    *,
    folder: str,
    organization: str,
    accounts: Sequence[str],
    ci: str,
    pack: str,
    requirement: str,
    dry_run: bool,
) -> int:
    r"""
    Make a repository ready for the gate: rules file, policy pack, CI workflow, pre-commit hook.

    A file that is there is never touched. DIR is made when it is missing.

    \b
    Example:
      grantgate init --organization acme --account 111122223333:data-prod:prod
      grantgate init infra --ci gitlab --dry-run
    """
    from grantgate_policies.reports.look import shown  # noqa: PLC0415 - what --help must not wait for

    place = Path(folder)
    try:
        wanted = starting.Wanted(
            organization=organization,
            accounts=tuple(starting.account(one) for one in accounts),
            ci=ci,
            pack=pack,
            requirement=requirement or _own_requirement(),
        )
        starts = starting.files(wanted)
    except ValueError as error:
        raise click.UsageError(shown(str(error))) from None
    plan = starting.plan(place, starts)
    if plan.faults:
        for fault in plan.faults:
            click.echo(f"grantgate: {shown(fault)}", err=True)
        click.echo("grantgate: nothing was made", err=True)
        return Exit.USAGE
    if not dry_run:
        starting.carry_out(place, plan.make)
    lines = [*_done(plan, dry_run=dry_run), *_next(place, wanted, plan)]
    deliver("".join(f"{shown(line)}\n" for line in lines))
    return Exit.PASSED


def _own_requirement() -> str:
    """Give pip's line for the grantgate that runs, from what pip noted when it installed it."""
    import json  # noqa: PLC0415 - what --help must not wait for
    from importlib.metadata import PackageNotFoundError, distribution  # noqa: PLC0415

    try:
        installed = distribution("grantgate")
    except PackageNotFoundError:
        return ""
    noted = installed.read_text("direct_url.json")
    try:
        origin: Any = json.loads(noted) if noted else None
    except ValueError:
        return ""
    return starting.requirement_of(installed.version, origin)


def _done(plan: Plan, *, dry_run: bool) -> Iterator[str]:
    """Say what became of every file."""
    said = {str(one.path): "would make" if dry_run else "made" for one in plan.make}
    said |= {str(path): "kept, as it is" for path in plan.keep}
    width = max(map(len, said.values()))
    for path in sorted(said):
        yield f"{said[path]:<{width}}  {path}"


def _next(folder: Path, wanted: Wanted, plan: Plan) -> Iterator[str]:
    """Say what is left to a person: what must be filled in, and the next commands."""
    rules = f"{wanted.pack}/rules.yaml"
    made = {str(one.path) for one in plan.make}
    if rules not in made and (wanted.organization or wanted.accounts):
        yield ""
        yield f"{rules} was there: --organization and --account changed nothing in it."
    to_fill = list(_to_fill(folder, wanted, plan))
    if to_fill:
        yield ""
        yield "To fill in:"
        yield from (f"  {one}" for one in to_fill)
    if wanted.ci == "gitlab":
        yield ""
        yield "To run it in GitLab, add to .gitlab-ci.yml:"
        yield "  include:"
        yield f"    - local: {starting.GITLAB}"
    if wanted.ci == "github" and starting.GITHUB in made:
        yield ""
        yield f"To run it on GitHub, set the variables and the secret that {starting.GITHUB} names."
    if starting.PRE_COMMIT not in made and "rules validate" not in _text(folder, starting.PRE_COMMIT, plan):
        yield ""
        yield f"{starting.PRE_COMMIT} is there; its hook would be, under repos:"
        yield from (f"  {line}" for line in starting.pre_commit(wanted).splitlines()[1:])
    yield ""
    yield "Next:"
    if folder != Path():
        yield f"  cd {_quoted(folder)}"
    if not (folder / "Pulumi.yaml").exists():
        yield "  write a Pulumi program here, since there is no Pulumi.yaml; grantgate's folder `template` has one"
    yield f"  grantgate rules validate {rules}"
    yield f"  grantgate preview --policy-pack {wanted.pack}"


def _to_fill(folder: Path, wanted: Wanted, plan: Plan) -> Iterator[str]:
    """Name every word that stands in for one that only the organization knows, in what is made and what was there."""
    rules, packages = f"{wanted.pack}/rules.yaml", f"{wanted.pack}/requirements.txt"
    text = _text(folder, rules, plan)
    if f"name: {starting.REPLACE_ME}\n" in text:
        yield f"{rules}: the organization's name, and what its buckets begin with; until then no location passes"
    if starting.NO_ACCOUNT in text:
        yield f"{rules}: the accounts; until then whatever says its account fails"
    if starting.REPLACE_ME in _text(folder, packages, plan):
        yield f"{packages}: where pip finds grantgate; until then pip refuses it"


def _text(folder: Path, path: str, plan: Plan) -> str:
    """Give the text of a file that is made, or was there; nothing where it cannot be read."""
    made = next((one.text for one in plan.make if str(one.path) == path), None)
    if made is not None:
        return made
    try:
        return (folder / path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _quoted(folder: Path) -> str:
    import shlex  # noqa: PLC0415 - what --help must not wait for

    return shlex.quote(str(folder))
