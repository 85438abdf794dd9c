"""
`make demo`: a real `pulumi preview` of the root program with the real pack, against the AWS emulator over HTTP.

Everything lives in ``.engine/demo``: backend, Pulumi home, passphrase. No AWS account and no credentials are involved.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from grantgate_emulator.seed import load_seed
from grantgate_emulator.server import Emulator

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".engine" / "demo"
STACK = "demo"
CONFIG = ROOT / "Pulumi.demo.yaml"
BLOCKED = 1  # grantgate's exit code when a mandatory rule failed: what this demo is about


def say(text: str) -> None:
    """Tell what is being shown; the report itself comes from `grantgate preview`."""
    print(text, flush=True)


def environment(emulator: Emulator) -> dict[str, str]:
    """Give an environment in which nothing of the user's Pulumi or AWS set-up takes part."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_", "GRANTGATE_"))}
    folders = [(ROOT / ".engine" / "bin-path").read_text().strip(), str(Path(sys.executable).parent), kept["PATH"]]
    return {
        **kept,
        "PATH": os.pathsep.join(folders),
        "PULUMI_HOME": str(PLACE / "home"),
        "PULUMI_BACKEND_URL": f"file://{PLACE / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "demo",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        # pulumi_aws is installed beside it: the engine would ask the network for its plugin in every run.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "AWS_ENDPOINT_URL": emulator.url,
        "AWS_ACCESS_KEY_ID": "AKIADEMODEMODEMODEMO",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def make_stack(env: dict[str, str]) -> str:
    """Select the demo's stack, made new where there is none; give what went wrong, or nothing."""
    before = CONFIG.read_bytes()
    try:
        made = subprocess.run(
            ["pulumi", "stack", "select", "--create", STACK, "--non-interactive"],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        # A new stack's encryption salt goes into its configuration, which is part of the checkout.
        CONFIG.write_bytes(before)
    return made.stderr if made.returncode else ""


def main() -> int:
    """Seed an AWS, make a stack, run the gate; 0 when the gate said the NO that the seed deserves."""
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "state").mkdir(exist_ok=True)
    config = PLACE / CONFIG.name
    shutil.copyfile(CONFIG, config)
    seed = ROOT / "demo" / "seed.yaml"
    with Emulator(load_seed(seed)) as emulator:
        env = environment(emulator)
        say(f"AWS emulator at {emulator.url}, as {seed.relative_to(ROOT)} describes it")
        if fault := make_stack(env):
            sys.stderr.write(fault)
            return 4
        command = ["grantgate", "preview", "--", "--stack", STACK, "--config-file", str(config)]
        say(f"$ grantgate preview -- --stack {STACK}\n")
        code = subprocess.run(command, cwd=ROOT, env=env, check=False).returncode
    say("")
    if code == BLOCKED:
        say("The gate said NO (exit code 1), as it should: the demo's AWS breaks the rules in policies/rules.yaml.")
        say("Edit demo/seed.yaml, Pulumi.demo.yaml or policies/rules.yaml and run `make demo` again.")
        return 0
    say(f"The gate ended with exit code {code}; the demo as it is shipped ends with {BLOCKED}.")
    return code


if __name__ == "__main__":
    sys.exit(main())
