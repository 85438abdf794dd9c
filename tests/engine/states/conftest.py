"""What is here is states and the program that made them, and no test."""

collect_ignore_glob = ["*.py"]
