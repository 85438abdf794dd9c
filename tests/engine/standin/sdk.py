"""What the real SDK says about a resource type: its inputs, which are required, and what only AWS can tell."""

from __future__ import annotations

import importlib
import inspect
import threading
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pulumi import _types

if TYPE_CHECKING:
    from collections.abc import Mapping

_PACKAGES = {"aws": "pulumi_aws", "aws-native": "pulumi_aws_native"}
# Every resource class has these beside its properties.
_OF_EVERY_RESOURCE = frozenset({"id", "urn", "pulumi_resource_name", "pulumi_resource_type"})


@dataclass(frozen=True, slots=True)
class Shape:
    """
    The properties of one type, by their names on the wire.

    Shape: ``computed`` are the outputs that are no inputs.
    """

    inputs: frozenset[str]
    required: frozenset[str]
    computed: frozenset[str]


# The engine asks from several threads, and the SDKs load their modules in a way that does not bear that.
_LOADING = threading.Lock()


def shape_of(resource_type: str) -> Shape:
    """
    Give the shape of a type as the SDK's resource class has it.

    Errors: LookupError for a type that the installed SDK does not have.
    """
    with _LOADING:
        return _shape(resource_type)


@cache
def _shape(resource_type: str) -> Shape:
    package, module, name = resource_type.split(":")
    try:
        home = importlib.import_module(f"{_PACKAGES[package]}.{module.partition('/')[0]}")
        resource = getattr(home, name)
    except (ImportError, AttributeError) as missing:
        raise LookupError(f"{_PACKAGES[package]} has no class for {resource_type}") from missing
    arguments = _arguments(resource)
    names: Mapping[str, str] = _types.input_type_py_to_pulumi_names(arguments)
    parameters = list(inspect.signature(arguments.__init__).parameters.values())[1:]
    required = {names[one.name] for one in parameters if one.default is inspect.Parameter.empty}
    properties: Mapping[str, str] = _types.resource_py_to_pulumi_names(resource)
    given = frozenset(names.values())
    outputs = {wire for python, wire in properties.items() if python not in _OF_EVERY_RESOURCE}
    return Shape(given, frozenset(required), frozenset(outputs) - given)


def _arguments(resource: Any) -> Any:
    home = inspect.getmodule(resource)
    # A resource called RolePolicy has RolePolicyInitArgs when RolePolicyArgs is a type of its own.
    for ending in ("InitArgs", "Args"):
        found = getattr(home, resource.__name__ + ending, None)
        if found is not None:
            return found
    raise LookupError(f"{resource.__name__} has no arguments class")
