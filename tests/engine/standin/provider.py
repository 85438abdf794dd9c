"""
A stand-in for the AWS provider plugins, which are on no package registry: it manages nothing and says so.

It keeps the inputs that a program gives, answers in a preview with the engine's unknown for what AWS would compute,
and with made-up values on `up`. That is all the policies need to see of a managed location.
"""

from __future__ import annotations

import sys
import threading
from concurrent import futures
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto, rpc
from pulumi.runtime.proto import provider_pb2_grpc

COMPUTED = {"accessGrantsLocationArn", "accessGrantsLocationId"}


class StandIn(proto.ResourceProviderServicer):
    """Answers the engine for any type of one package."""

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Give a version that nobody takes for the real one's."""
        return proto.PluginInfo(version="0.0.1")

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Have no schema."""
        return proto.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Accept any configuration."""
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """See no difference in configuration."""
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Any) -> Any:
        """Take part in previews and keep secrets."""
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Check(self, request: Any, context: Any) -> Any:
        """Accept any inputs."""
        return proto.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare inputs."""
        same = all(request.olds.fields.get(name) == value for name, value in request.news.fields.items())
        kind = proto.DiffResponse.DIFF_NONE if same else proto.DiffResponse.DIFF_SOME
        return proto.DiffResponse(changes=kind)

    def Create(self, request: Any, context: Any) -> Any:
        """Give back the inputs, with what AWS would compute: unknown in a preview, made up otherwise."""
        outputs = struct_pb2.Struct()
        outputs.CopyFrom(request.properties)
        for name in COMPUTED:
            outputs.fields[name].string_value = rpc.UNKNOWN if request.preview else f"made-up-{name}"
        return proto.CreateResponse(id="" if request.preview else "made-up", properties=outputs)

    def Update(self, request: Any, context: Any) -> Any:
        """Give back the inputs."""
        return proto.UpdateResponse(properties=request.news)

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete nothing."""
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Have nothing to cancel."""
        return empty_pb2.Empty()


def main() -> None:
    """Serve until the engine ends the process."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(StandIn(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    main()
