"""``grantgate comment``: one comment on the pull request that says how the last run ended."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click

from grantgate_policies.commands.delivering import deliver
from grantgate_policies.commands.options import min_severity_option, rule_pages_option
from grantgate_policies.report import Exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grantgate_policies.commenting.body import Body
    from grantgate_policies.commenting.secret import Secret
    from grantgate_policies.commenting.where import Address

_CODES: Final = (
    "Exit codes: 0 posted, or the run is of no pull request; 2 usage, or no token; 4 a report is missing or cannot be "
    "shown (the comment says so), or the service refused or cannot be reached. The report's own exit code is not "
    "repeated: the job that runs the gate has it."
)


def _key(_context: click.Context, _option: click.Parameter, given: str) -> str:
    from grantgate_policies.commenting.sticky import is_key  # noqa: PLC0415 - what --help must not wait for

    if not is_key(given):
        raise click.BadParameter(f"{given!r}: a key has 1 to 64 of A-Z a-z 0-9 . _ -, and begins with none of . _ -")
    return given


@click.command(epilog=_CODES)
@click.argument("files", nargs=-1, required=True, metavar="REPORT...")
@click.option("--on", "on", type=click.Choice(["github", "gitlab"]), help="The service; else the one that runs this.")
@click.option(
    "--key",
    metavar="KEY",
    default="default",
    callback=_key,
    show_default=True,
    help="Which comment to update; gates that report apart need a key each.",
)
@click.option(
    "--pull-request",
    "number",
    metavar="N",
    type=click.IntRange(min=1),
    help="The pull request or merge request; else the one that the run is of.",
)
@click.option("--dry-run", is_flag=True, help="Write to standard output what would be posted, and ask no service.")
@rule_pages_option
@min_severity_option
@click.option("--new-only", is_flag=True, help="Leave what the baseline has out of the comment.")
def command(
    *,
    files: Sequence[str],
    on: str | None,
    key: str,
    number: int | None,
    dry_run: bool,
    rule_pages: str,
    min_severity: str | None,
    new_only: bool,
) -> int:
    r"""
    Post a saved report on the pull request, as one comment that every run updates.

    REPORT is what `--format json=REPORT` saved; several make one comment. A report that is not there is posted as an
    ERROR, so call this whether or not the gate failed. Tokens: GITHUB_TOKEN or GH_TOKEN; GRANTGATE_GITLAB_TOKEN or
    GITLAB_TOKEN (CI_JOB_TOKEN may not write comments). In a run of no pull request nothing is posted.

    \b
    Example:
      grantgate preview --format json=report.json
      grantgate comment report.json
    """
    from grantgate_policies.commenting import where  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.commenting.body import body_of  # noqa: PLC0415
    from grantgate_policies.commenting.sticky import marker  # noqa: PLC0415
    from grantgate_policies.reports.look import Look  # noqa: PLC0415

    service, place, posting = on or where.GITHUB, "", None
    try:
        service = where.service_of(os.environ, on)
        address = where.address(os.environ, service, number)
        place = str(address)
        posting = None if dry_run else (address, where.token(os.environ, service))
    except where.Unaddressed as error:
        if not dry_run:
            raise click.UsageError(str(error)) from None
        place = f"a pull request ({error})"
    except where.NoPullRequest as error:
        if not dry_run:
            click.echo(f"grantgate: {error}; nothing is posted", err=True)
            return Exit.PASSED
        place = f"a pull request ({error})"
    room = where.LONGEST[service] - len(marker(key)) - 1
    body = body_of(files, Look(rule_pages=rule_pages), room, min_severity=min_severity, new_only=new_only)
    if posting is None:
        click.echo(f"grantgate: would be posted on {place}:", err=True)
        deliver(f"{marker(key)}\n{body.text}")
    is_told = posting is None or _post(*posting, key, body)
    for trouble in body.troubles:
        click.echo(f"grantgate: {trouble}; {'the comment says so' if is_told else 'no comment says so'}", err=True)
    return Exit.PASSED if is_told and not body.troubles else Exit.ERROR


def _post(address: Address, token: Secret, key: str, body: Body) -> bool:
    """Post, and say what was done; whether it was."""
    from grantgate_policies.commenting.errors import Unposted  # noqa: PLC0415 - what --help must not wait for
    from grantgate_policies.commenting.patience import Patience  # noqa: PLC0415
    from grantgate_policies.commenting.services import thread_of  # noqa: PLC0415
    from grantgate_policies.commenting.sticky import post  # noqa: PLC0415
    from grantgate_policies.reports.look import shown  # noqa: PLC0415

    try:
        with closing(thread_of(address, token, Patience())) as thread:
            posted = post(thread, key, body.text)
    except Unposted as error:
        click.echo(f"grantgate: {error}; what the pull request shows may be of an earlier run", err=True)
        return False
    removed = f", {posted.removed} more removed" if posted.removed else ""
    deliver(f"comment {posted.how}{removed}: {address}{f' {posted.url}' if posted.url else ''}\n")
    for other in posted.others:
        who = shown(other) or "an account that is gone"
        click.echo(
            f"grantgate: a comment of {who} has the same mark; it is not ours, was left alone, and may say otherwise",
            err=True,
        )
    return True
