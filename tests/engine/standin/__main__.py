"""The stand-in as the engine starts it: the first word says which package, the only line on stdout is the port."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from .kinds import KINDS
from .servicer import StandIn

_LOOK_SECONDS = 2


def main(package: str) -> None:
    """Serve one package until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    standin = StandIn(package, {kind.type: kind for kind in KINDS})
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(standin, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    engine = os.getppid()
    # An engine that was killed ends nobody: then the process has another parent.
    while not ended.wait(_LOOK_SECONDS) and os.getppid() == engine:
        pass
    server.stop(grace=None)


if __name__ == "__main__":
    main(sys.argv[1])
