"""Runs ``python -m grantgate_policies`` as the command ``grantgate``."""

from grantgate_policies.cli import main

if __name__ == "__main__":
    main(prog_name="grantgate")
