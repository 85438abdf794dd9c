"""``grantgate emulator``: an AWS on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

import click

from grantgate_policies.commands.delivering import deliver
from grantgate_policies.report import Exit

NEEDS: Final = ("grantgate_emulator", "moto", "flask", "flask_cors", "jsonschema", "ruamel.yaml")
REGION: Final = "eu-west-1"
ENDPOINTS: Final = {
    "S3_CONTROL": f"s3-control.{REGION}.amazonaws.com",
    "STS": f"sts.{REGION}.amazonaws.com",
    "S3": f"s3.{REGION}.amazonaws.com",
    "IAM": "iam.amazonaws.com",
}
"""AWS's own names, asked over plain http: the emulator speaks no TLS."""


@click.command(epilog="Exit codes: 0 ended by Ctrl-C or SIGTERM; 2 usage error, a bad seed or a port that is taken.")
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True, help="0 takes any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--seed", metavar="FILE", help="YAML or JSON: what the accounts hold at the start.")
def command(*, port: int, host: str, seed: str | None) -> int:
    r"""
    Serve an AWS for tests and demos until Ctrl-C.

    It answers the S3 Access Grants and Multi-Region Access Point calls that moto lacks, and moto's own.

    \b
    Example:
      grantgate emulator --seed accounts.yaml
    """
    if missing := [name for name in NEEDS if not _is_there(name)]:
        click.echo(f"grantgate: {missing[0]} is not installed; run: pip install 'grantgate[emulator]'", err=True)
        return Exit.USAGE
    from grantgate_emulator.seed import SeedError  # noqa: PLC0415 - an extra, and half a second
    from grantgate_emulator.server import serve  # noqa: PLC0415

    try:
        serve(host, port, seed, _ready)
    except SeedError as error:
        raise click.UsageError(f"--seed: {error}") from error
    except OSError as error:
        place = seed if seed and error.filename else f"{host}:{port}"
        raise click.UsageError(f"{place}: {error.strerror or error}") from error
    return Exit.PASSED


def _ready(url: str) -> None:
    # Exactly these lines are run under the AWS CLI and boto3 by tests/emulator/test_emulator_command.py.
    deliver(
        f"The emulator serves {url}\n\n"
        "It is a proxy for AWS's own names: paste this into the shell that runs the AWS CLI, boto3 or grantgate:\n"
        f"  export HTTP_PROXY={url} http_proxy={url}\n"
        # Without it Python's gRPC, and so Pulumi, asks the proxy for its own ports on this machine.
        "  export NO_PROXY=localhost,127.0.0.1 no_proxy=localhost,127.0.0.1\n"
        "  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n"
        f"  export AWS_DEFAULT_REGION={REGION} AWS_REGION={REGION}\n"
        + "".join(f"  export AWS_ENDPOINT_URL_{name}=http://{host}\n" for name, host in ENDPOINTS.items())
        + f"\nWithout a proxy, AWS_ENDPOINT_URL={url} works for grantgate's own lookups, as the address does\n"
        "for raw HTTP. The AWS CLI and boto3 put the account's number in front of it, and no such name resolves.\n\n"
        "Ctrl-C ends it.\n"
    )


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
