"""The provider's protocol: what the engine asks, answered from the table of kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc
from botocore.exceptions import BotoCoreError, ClientError
from google.protobuf import empty_pb2
from pulumi.runtime import proto

from . import checking, cloud
from .sdk import shape_of
from .values import DEFAULTS, from_struct, narrowed, plain, to_struct, without_defaults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .kind import Kind
    from .values import Props

VERSION = "0.0.1"
"""A version that nobody takes for the real one's."""


class StandIn(proto.ResourceProviderServicer):
    """Answers the engine for the types of one package."""

    def __init__(self, package: str, kinds: Mapping[str, Kind]) -> None:
        self._package = package
        self._kinds = kinds
        self._config: Props = {}

    # --- the provider itself ------------------------------------------------------------------------------------------

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """Give the stand-in's version."""
        return proto.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Have no schema; programs bring the SDK."""
        return proto.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Accept any configuration."""
        return proto.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Take any change of configuration as one that replaces nothing."""
        same = from_struct(request.olds) == from_struct(request.news)
        return proto.DiffResponse(changes=proto.DiffResponse.DIFF_NONE if same else proto.DiffResponse.DIFF_SOME)

    def Configure(self, request: Any, context: Any) -> Any:
        """Take part in previews and keep secrets."""
        self._config = plain(from_struct(request.args))
        return proto.ConfigureResponse(acceptSecrets=True, supportsPreview=True, acceptResources=True)

    def Cancel(self, request: Any, context: Any) -> Any:
        """Acknowledge; no call takes long."""
        return empty_pb2.Empty()

    # --- resources ----------------------------------------------------------------------------------------------------

    def Check(self, request: Any, context: Any) -> Any:
        """Complete the inputs as the provider would."""

        def check() -> Any:
            kind = self._kind(request.urn)
            shape = shape_of(kind.type)
            name = request.urn.rpartition("::")[2]
            inputs = checking.checked(
                kind,
                shape,
                name,
                from_struct(request.news),
                from_struct(request.olds),
                self._config,
                request.randomSeed,
            )
            told = [
                proto.CheckFailure(property=wrong, reason=why) for wrong, why in checking.failures(kind, shape, inputs)
            ]
            return proto.CheckResponse(inputs=to_struct(inputs), failures=told)

        return _answered(context, check)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare inputs with those of the last time; what AWS cannot change is replaced."""

        def diff() -> Any:
            kind = self._kind(request.urn)
            olds, news = (without_defaults(from_struct(one)) for one in (request.old_inputs, request.news))
            changed = sorted(
                name for name in olds.keys() | news.keys() if plain(olds.get(name)) != plain(news.get(name))
            )
            return proto.DiffResponse(
                changes=proto.DiffResponse.DIFF_SOME if changed else proto.DiffResponse.DIFF_NONE,
                diffs=changed,
                replaces=[name for name in changed if name in kind.replaces],
                deleteBeforeReplace=kind.delete_first,
            )

        return _answered(context, diff)

    def Create(self, request: Any, context: Any) -> Any:
        """Make the resource; in a preview say what will only be known then."""

        def create() -> Any:
            kind, inputs = self._kind(request.urn), from_struct(request.properties)
            shape = shape_of(kind.type)
            if request.preview:
                return proto.CreateResponse(id="", properties=to_struct(checking.planned(kind, shape, inputs, {})))
            site = cloud.site(plain(inputs), self._config)
            made = kind.create(site, plain(inputs))
            return proto.CreateResponse(id=made, properties=to_struct(_outputs(kind, site, made, inputs)))

        return _answered(context, create)

    def Read(self, request: Any, context: Any) -> Any:
        """Give what AWS says now; a resource that is gone has no id."""

        def read() -> Any:
            kind, held = self._kind(request.urn), from_struct(request.properties)
            site = cloud.site(plain(held), self._config)
            live = kind.read(site, request.id, plain(held))
            if live is None:
                return proto.ReadResponse(id="")
            shown = _shown(kind, held, live)
            inputs = from_struct(request.inputs)
            given = inputs.keys() - {DEFAULTS} or shape_of(kind.type).inputs
            inputs.update({name: narrowed(shown[name], inputs.get(name)) for name in given & shown.keys()})
            return proto.ReadResponse(id=request.id, properties=to_struct(shown), inputs=to_struct(inputs))

        return _answered(context, read)

    def Update(self, request: Any, context: Any) -> Any:
        """Change the resource; in a preview everything that AWS said before stays known."""

        def update() -> Any:
            kind, inputs, olds = self._kind(request.urn), from_struct(request.news), from_struct(request.olds)
            if request.preview:
                outputs = checking.planned(kind, shape_of(kind.type), inputs, olds)
                return proto.UpdateResponse(properties=to_struct(outputs))
            site = cloud.site(plain(inputs), self._config)
            kind.update(site, request.id, plain(olds), plain(inputs))
            return proto.UpdateResponse(properties=to_struct(_outputs(kind, site, request.id, inputs)))

        return _answered(context, update)

    def Delete(self, request: Any, context: Any) -> Any:
        """Take the resource away; one that is gone already is no error."""

        def delete() -> Any:
            kind, held = self._kind(request.urn), plain(from_struct(request.properties))
            kind.delete(cloud.site(held, self._config), request.id, held)
            return empty_pb2.Empty()

        return _answered(context, delete)

    def _kind(self, urn: str) -> Kind:
        resource_type = urn.split("::")[2].rpartition("$")[2]
        kind = self._kinds.get(resource_type)
        if kind is None or resource_type.partition(":")[0] != self._package:
            raise cloud.Refused(f"the stand-in does not manage {resource_type}")
        return kind


def _shown(kind: Kind, held: Props, live: Props) -> Props:
    shape = shape_of(kind.type)
    return {**without_defaults(held), **{name: live[name] for name in live if name in shape.inputs | shape.computed}}


def _outputs(kind: Kind, site: cloud.Site, resource_id: str, inputs: Props) -> Props:
    live = kind.read(site, resource_id, plain(inputs))
    if live is None:
        raise cloud.Refused(f"{resource_id} is not there after it was written")
    return _shown(kind, inputs, live)


def _answered(context: Any, answer: Callable[[], Any]) -> Any:
    """Answer, or say why not in words that the engine prints at the resource."""
    try:
        return answer()
    except (BotoCoreError, ClientError, LookupError, cloud.Refused) as error:
        context.abort(grpc.StatusCode.UNKNOWN, f"{type(error).__name__}: {error}")
        raise  # abort has raised already; type checkers do not know
