"""The programs here are run by the engine; pytest must not import them to look for doctests."""

collect_ignore_glob = ["*_*.py"]
