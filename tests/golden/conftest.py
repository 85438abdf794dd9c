"""What is here is a program and rules that tests run, and no test."""

collect_ignore_glob = ["*.py"]
