"""Starts the policy pack for `--policy-pack`, and for `pulumi policy publish`."""

from pathlib import Path

from grantgate_policies.pack import main

# The engine runs this folder from another working directory: the rules file is found beside this file.
main(Path(__file__).with_name("rules.yaml"))
