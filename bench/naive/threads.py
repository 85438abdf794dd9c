"""The other contender: a script that asks for every location with one client and 32 threads; no Pulumi at all."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import boto3
from bench_host import keep_host
from botocore.config import Config

THREADS = 32


def main() -> None:
    """Ask for the locations whose ids are given after the account, and print how many were answered."""
    account, *ids = sys.argv[1:]
    client = boto3.client("s3control", config=Config(max_pool_connections=THREADS))
    keep_host(client)
    ask = partial(client.get_access_grants_location, AccountId=account)
    with ThreadPoolExecutor(THREADS) as threads:
        found = list(threads.map(lambda wanted: ask(AccessGrantsLocationId=wanted)["LocationScope"], ids))
    print(len(found))


if __name__ == "__main__":
    main()
