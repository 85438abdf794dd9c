"""Inputs are told apart by their shape, and what cannot be understood is refused with its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from grantgate_policies import documents, wire
from grantgate_policies.core import UNKNOWN
from grantgate_policies.documents import InputError
from grantgate_policies.inputs import parse, read
from grantgate_policies.lookedup import looked_up

if TYPE_CHECKING:
    from pathlib import Path

LOCATION = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
LOOKUP = "pulumi-python:dynamic/grantgate:AccessGrantsLocation"
PROVIDER = "urn:pulumi:prod::data::pulumi:providers:aws::eu"
SCOPE = {"locationScope": "s3://acme-data-prod/finance/*"}
SECRET = {wire.SIGNATURE: wire.SECRET, "ciphertext": "v1:abc"}
UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def urn(name: str, resource_type: str = LOCATION, stack: str = "prod") -> str:
    return f"urn:pulumi:{stack}::data::{resource_type}::{name}"


def a_state(name: str = "finance", resource_type: str = LOCATION, **members: Any) -> dict[str, Any]:
    return {"urn": urn(name, resource_type), "type": resource_type, "inputs": SCOPE, **members}


def an_export(*states: Any, version: Any = 3, **members: Any) -> bytes:
    return json.dumps({"version": version, "deployment": {"resources": list(states), **members}}).encode()


def a_digest(*steps: Any, **members: Any) -> bytes:
    return json.dumps({"steps": list(steps), **members}).encode()


def a_list(*entries: Any) -> bytes:
    return json.dumps(list(entries)).encode()


def only(content: bytes, stack: str = "") -> Any:
    """Read an input with one judged resource."""
    (seen,) = parse(content, "x.json", stack).seen
    return seen


# --- stack exports ----------------------------------------------------------------------------------------------------


def test_outputs_beat_inputs() -> None:
    """What AWS holds is what is judged; what only the program says fills the gaps."""
    state = a_state(inputs={**SCOPE, "tags": {"a": "b"}}, outputs={"locationScope": "s3://other/*"})

    seen = only(an_export(state))

    assert dict(seen.resource.props) == {"locationScope": "s3://other/*", "tags": {"a": "b"}}
    assert (seen.stack, seen.resource.name) == ("prod", "finance")


@pytest.mark.parametrize("version", [3, 4])
def test_versions(version: int) -> None:
    """Both versions of today's engines are read."""
    assert parse(an_export(a_state(), version=version), "x.json").resources == 1


@pytest.mark.parametrize("deployment", [{}, {"resources": None}, {"resources": []}])
def test_empty_stack(deployment: dict[str, Any]) -> None:
    """A stack without resources is read, and holds none."""
    assert parse(json.dumps({"version": 3, "deployment": deployment}).encode(), "x.json").resources == 0


def test_what_counts() -> None:
    """Pulumi's own resources and those about to be deleted are no resources of the stack; external reads are."""
    read_in = parse(
        an_export(
            a_state("stack", "pulumi:pulumi:Stack"),
            a_state("eu", "pulumi:providers:aws"),
            a_state("queue", "aws:sqs/queue:Queue"),
            a_state("old", delete=True),
            a_state("read", external=True),
        ),
        "x.json",
    )

    assert [seen.resource.name for seen in read_in.seen] == ["read"]
    assert read_in.resources == 2


@pytest.mark.parametrize(
    ("reference", "region"),
    [
        pytest.param(f"{PROVIDER}::id-1", "eu-west-1", id="by URN and id"),
        pytest.param(f"{PROVIDER}::id-2", "us-east-1", id="another of the same URN"),
        pytest.param(f"{PROVIDER}::{UNKNOWN_TEXT}", "us-east-1", id="an id that is not known: the URN counts"),
        pytest.param("urn:pulumi:prod::data::pulumi:providers:aws::us::id", None, id="one that is not shown"),
    ],
)
def test_provider(reference: str, region: str | None) -> None:
    """A resource's provider is found through its reference."""
    providers = [
        {"urn": PROVIDER, "type": "pulumi:providers:aws", "id": name, "inputs": {"region": place}}
        for name, place in (("id-1", "eu-west-1"), ("id-2", "us-east-1"))
    ]

    seen = only(an_export(*providers, a_state(provider=reference)))

    assert seen.resource.provider_props.get("region") == region


@pytest.mark.parametrize(
    ("value", "read_as"),
    [
        pytest.param(SECRET, UNKNOWN, id="ciphertext"),
        pytest.param(
            {wire.SIGNATURE: wire.SECRET, "plaintext": '"s3://b/x/*"'}, "s3://b/x/*", id="an export with --show-secrets"
        ),
        pytest.param({wire.SIGNATURE: wire.SECRET, "plaintext": "{"}, UNKNOWN, id="plaintext that is no JSON"),
        pytest.param({wire.SIGNATURE: wire.SECRET, "plaintext": 7}, UNKNOWN, id="plaintext that is no text"),
    ],
)
def test_secrets(value: Any, read_as: Any) -> None:
    """A secret stays one, and one that is not readable is unknown."""
    seen = only(an_export(a_state(outputs={"locationScope": value})))

    assert seen.resource.props["locationScope"] == read_as
    assert seen.resource.secret_props == {"locationScope"}


def test_additional_secret_outputs() -> None:
    """The program's own word makes a secret too."""
    assert only(an_export(a_state(additionalSecretOutputs=["locationScope"]))).resource.secret_props == {
        "locationScope"
    }


def test_pending_operations() -> None:
    """What an interrupted operation made is not in the export, and somebody should know."""
    read_in = parse(an_export(pending_operations=[{"type": "creating"}]), "x.json")

    assert read_in.notices == ("x.json: 1 operation of the stack never finished; what they made is not in the export",)


# --- previews ---------------------------------------------------------------------------------------------------------


def a_step(operation: str = "create", **members: Any) -> dict[str, Any]:
    return {"op": operation, "urn": urn("finance"), "newState": a_state(), **members}


@pytest.mark.parametrize(
    ("step", "count"),
    [
        pytest.param(a_step(), 1, id="create"),
        pytest.param(a_step("same"), 1, id="same"),
        pytest.param(a_step("teleport"), 1, id="a word of a later engine"),
        pytest.param(a_step("delete", newState=None), 0, id="delete"),
        pytest.param(a_step("delete-replaced", newState=None), 0, id="the old half of a replacement"),
        pytest.param(a_step("refresh", newState=None), 0, id="a refresh that found nothing"),
    ],
)
def test_steps(step: dict[str, Any], count: int) -> None:
    """Every step with a future is judged."""
    assert len(parse(a_digest(step), "x.json").seen) == count


def test_replacement_is_judged_once() -> None:
    """A replacement shows its new state in two steps."""
    assert len(parse(a_digest(a_step("create-replacement"), a_step("replace")), "x.json").seen) == 1
    assert len(parse(a_digest(a_step("replace")), "x.json").seen) == 1


def test_same_keeps_its_outputs() -> None:
    """The engine shows the outputs of what does not change in the old state only."""
    arn = "arn:aws:s3:eu-west-1:111122223333:access-grants/default/location/x"
    step = a_step("same", oldState=a_state(outputs={"accessGrantsLocationArn": arn}))

    assert only(a_digest(step)).resource.props["accessGrantsLocationArn"] == arn


def test_planned_input_beats_unknown_output() -> None:
    """An output that the provider will know later is, until then, what the program asks for."""
    state = a_state(outputs={"locationScope": UNKNOWN_TEXT, "accessGrantsLocationId": UNKNOWN_TEXT})
    props = only(a_digest(a_step(newState=state))).resource.props

    assert props["locationScope"] == SCOPE["locationScope"]
    assert "accessGrantsLocationId" not in props


def test_masked_is_unknown() -> None:
    """A digest writes [secret] for secrets."""
    resource = only(a_digest(a_step(newState=a_state(inputs={"locationScope": "[secret]"})))).resource

    assert (resource.props["locationScope"], resource.secret_props) == (UNKNOWN, {"locationScope"})


def test_default_provider_is_the_configuration() -> None:
    """A preview shows no default provider, and the configuration that makes it."""
    reference = f"urn:pulumi:prod::data::pulumi:providers:aws::default_6_0_0::{UNKNOWN_TEXT}"
    content = a_digest(
        a_step(newState=a_state(provider=reference)), config={"aws:region": "eu-west-1", "data:x": "y", "awsx:a": "b"}
    )

    assert only(content).resource.provider_props == {"region": "eu-west-1"}


def test_failed_preview() -> None:
    """A preview that failed shows only a part of the stack, which is a problem and not a pass."""
    diagnostics = [
        {"severity": "info#err", "message": "noise\n"},
        {"severity": "error", "message": "error: preview failed\n", "urn": urn("finance")},
    ]

    (problem,) = parse(a_digest(a_step(), diagnostics=diagnostics), "x.json").problems

    assert (problem.about, problem.what) == ("finance", "the preview failed: error: preview failed")


def test_corrupt_preview() -> None:
    """An engine that doubts its own picture is believed."""
    (problem,) = parse(a_digest(a_step(), maybeCorrupt=True), "x.json").problems

    assert problem.what == "the preview says that its own picture may be corrupt"


def test_hidden_steps() -> None:
    """A preview hides what stays as it is, and somebody should know."""
    notices = parse(a_digest(a_step("same"), changeSummary={"same": 4, "read": 1, "create": 2}), "x.json").notices

    unchanged, read_only = notices
    assert unchanged == (
        "x.json: 3 resources that are unchanged are not in the preview and not judged; "
        "run `pulumi preview --json --show-sames` to judge them too"
    )
    assert read_only == (
        "x.json: 1 resource that is only read is not in the preview and not judged; "
        "run `pulumi preview --json --show-reads` to judge it too"
    )


# --- lists ------------------------------------------------------------------------------------------------------------


def test_list() -> None:
    """A list needs no URNs; a stack comes from a URN or from outside."""
    plain = {"type": LOCATION, "name": "a", "props": SCOPE}
    read_in = parse(a_list(plain, {**plain, "urn": urn("b", stack="dev")}), "x.json")

    assert [seen.stack for seen in read_in.seen] == ["", "dev"]
    assert read_in.seen[0].resource.urn == f"urn:pulumi:none::list::{LOCATION}::a"
    assert only(a_list(plain), "prod").stack == "prod"


@pytest.mark.parametrize(
    ("resource_type", "meant"),
    [
        pytest.param("aws-native:s3:AccessGrantsLocaton", "aws-native:s3:AccessGrantsLocation", id="a letter left out"),
        pytest.param("aws-native:S3:AccessGrantsLocation", "aws-native:s3:AccessGrantsLocation", id="another case"),
        pytest.param("aws:s3control/accessGrantsLocation:AccesGrantsLocation", LOCATION, id="a half"),
        pytest.param("aws-native:iam:Policy", "", id="a type of its own"),
        pytest.param("aws-native:s3:BucketPolicy", "", id="another thing of the provider"),
        pytest.param("a:b:C", "", id="nothing like it"),
        pytest.param(LOCATION, "", id="a known type"),
    ],
)
def test_a_misspelt_type_of_a_list(resource_type: str, meant: str) -> None:
    """What nobody knows and somebody may have meant is told once; other types are simply not judged."""
    entries = [{"type": resource_type, "name": name, "props": SCOPE} for name in "ab"]
    told = f"x.json: type {resource_type!r} is none that rules are about, and was not judged; did you mean {meant}?"

    assert parse(a_list(*entries), "x.json").notices == ((told,) if meant else ())


def test_stack_from_outside_beats_urns() -> None:
    """--stack says of which stack everything is."""
    assert only(an_export(a_state()), "dev").stack == "dev"


# --- what is refused --------------------------------------------------------------------------------------------------

WANTED = "a `pulumi stack export`, a `pulumi preview --json` or a list of {type, name, urn?, props} belongs here"
GOOD = {"type": LOCATION, "name": "a", "props": {}}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", f"x.json: empty, and {WANTED}", id="nothing"),
        pytest.param(b" \n", f"x.json: empty, and {WANTED}", id="blanks"),
        pytest.param(b"7", f"x.json: 7, and {WANTED}", id="a number"),
        pytest.param(b'"s3cret"', f"x.json: a text, and {WANTED}", id="a text, not shown"),
        pytest.param(b"{}", f"x.json: an object with the keys (none), and {WANTED}", id="an empty object"),
        pytest.param(b'{"b": 1, "a": 2}', f"x.json: an object with the keys a, b, and {WANTED}", id="other JSON"),
        pytest.param(
            b'{"version": 3, "checkpoint": {}}',
            "x.json: a backend's checkpoint; write a `pulumi stack export` of the stack instead",
            id="a checkpoint",
        ),
        pytest.param(
            b"{\n  x", "x.json:2:3: not JSON: Expecting property name enclosed in double quotes", id="no JSON"
        ),
        pytest.param(
            b"{}\n{}",
            "x.json:2:1: not JSON: more follows after the first value; unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW, "
            "and give each input its own file",
            id="JSON lines",
        ),
        pytest.param(b'["\xff"]', "x.json: byte 3 (0xff) is not UTF-8", id="no UTF-8"),
        pytest.param(
            b'[{"props": {"n": NaN}}]', "x.json: $[0].props.n: NaN is no number that JSON knows", id="not a number"
        ),
        pytest.param(b"[-Infinity]", "x.json: $[0]: -Infinity is no number that JSON knows", id="infinity"),
        pytest.param(b"[1e999]", "x.json: $[0]: 1e999 is no number that JSON knows", id="too large a number"),
        pytest.param(
            b'{"deployment": {"a b": {"x": 1, "y": 2, "x": 3}}}',
            "x.json: $.deployment[\"a b\"]: the key 'x' stands twice, and only one can be meant",
            id="a repeated key",
        ),
        pytest.param(
            b'{"deployment": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
            "x.json: nested too deeply to be read (hundreds of levels)",
            id="a deep well",
        ),
        pytest.param(
            an_export(version=2),
            "x.json: $.version: 2 is no version that this release reads (3 and 4)",
            id="an old version",
        ),
        pytest.param(
            an_export(version="3"),
            "x.json: $.version: a text is no version that this release reads (3 and 4)",
            id="a version as text",
        ),
        pytest.param(
            an_export(version=True),
            "x.json: $.version: true is no version that this release reads (3 and 4)",
            id="true is not 1",
        ),
        pytest.param(
            b'{"deployment": {}}',
            "x.json: $.version: nothing is no version that this release reads (3 and 4)",
            id="no version",
        ),
        pytest.param(
            b'{"version": 3, "deployment": null}',
            "x.json: $.deployment: null where an object belongs",
            id="no deployment",
        ),
        pytest.param(
            b'{"version": 3, "deployment": {"resources": {}}}',
            "x.json: $.deployment.resources: an object where a list belongs",
            id="resources as an object",
        ),
        pytest.param(
            an_export(7), "x.json: $.deployment.resources[0]: 7 where an object belongs", id="a number as resource"
        ),
        pytest.param(
            an_export({"type": LOCATION}),
            "x.json: $.deployment.resources[0].urn: nothing where a text belongs",
            id="no URN",
        ),
        pytest.param(
            an_export({"type": LOCATION, "urn": "finance"}),
            "x.json: $.deployment.resources[0].urn: 'finance' is no URN (urn:pulumi:STACK::PROJECT::TYPE::NAME)",
            id="a name as URN",
        ),
        pytest.param(
            an_export(a_state(), {"urn": urn("x"), "type": ["a"]}),
            "x.json: $.deployment.resources[1].type: a list where a text belongs",
            id="a list as type",
        ),
        pytest.param(
            an_export(a_state(delete="true")),
            "x.json: $.deployment.resources[0].delete: a text where true or false belongs",
            id="a text as flag",
        ),
        pytest.param(
            an_export(a_state(outputs=[1])),
            "x.json: $.deployment.resources[0].outputs: a list where an object belongs",
            id="outputs as a list",
        ),
        pytest.param(
            an_export(a_state(provider=3)),
            "x.json: $.deployment.resources[0].provider: 3 where a text belongs",
            id="a number as provider",
        ),
        pytest.param(
            an_export(a_state(additionalSecretOutputs=[1])),
            "x.json: $.deployment.resources[0].additionalSecretOutputs: a list where a list of texts belongs",
            id="secret names that are no texts",
        ),
        pytest.param(
            b'{"diagnostics": [{"severity": "error", "message": "error: no\\n"}]}',
            "x.json: $.steps: nothing, and a preview that ran has a list of steps; the preview says: "
            "the preview failed: error: no",
            id="a preview that never began",
        ),
        pytest.param(a_digest(7), "x.json: $.steps[0]: 7 where an object belongs", id="a number as step"),
        pytest.param(
            a_digest({"op": "create"}), "x.json: $.steps[0].newState: nothing where an object belongs", id="no state"
        ),
        pytest.param(
            a_digest({"op": 1}),
            "x.json: $.steps[0].op: 1 where a text belongs",
            id="a number as operation",
        ),
        pytest.param(
            a_list({**GOOD, "props": None}), "x.json: $[0].props: null where an object belongs", id="no props"
        ),
        pytest.param(
            a_list({**GOOD, "name": ""}),
            "x.json: $[0].name: an empty text, and one that says something belongs here",
            id="an empty name",
        ),
        pytest.param(
            a_list({**GOOD, "propz": {}}),
            "x.json: $[0].propz: unknown key; type, name, urn and props are read",
            id="a misspelt key",
        ),
        pytest.param(
            a_list(GOOD, GOOD), "x.json: $[1].name: 'a' again, first at $[0], and each resource is its own", id="twice"
        ),
    ],
)
def test_refused(content: bytes, message: str) -> None:
    """A message names the file, the place, the value and the limit."""
    with pytest.raises(InputError) as caught:
        parse(content, "x.json")

    assert str(caught.value) == message


def test_deep_properties() -> None:
    """Properties too deep to be unwrapped are refused like files too deep to be read."""
    well: Any = "x"
    for _ in range(900):
        well = {"a": well}
    with pytest.raises(InputError, match="nested too deeply"):
        parse(json.dumps([{**GOOD, "props": {"tags": well}}]).encode(), "x.json")


def test_number_of_too_many_digits() -> None:
    """Python refuses to read such a number, and so does the input."""
    with pytest.raises(InputError, match=r"x\.json: not JSON that can be read: Exceeds the limit"):
        parse(b"[" + b"1" * 5_000 + b"]", "x.json")


def test_byte_order_marks() -> None:
    """What PowerShell writes is read."""
    assert parse(a_list(GOOD).decode().encode("utf-16"), "x.json").resources == 1
    assert parse(b"\xef\xbb\xbf" + a_list(GOOD), "x.json").resources == 1


def test_files(tmp_path: Path) -> None:
    """What is no file to read is named."""
    for name, message in (("missing.json", "no such file"), ("", "a folder where a file belongs"), ("a\0b", "cannot")):
        with pytest.raises(InputError, match=message):
            read(str(tmp_path / name))


def test_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless input ends at the limit."""
    (tmp_path / "x.json").write_bytes(a_list(GOOD))
    monkeypatch.setattr(documents, "LARGEST", len(a_list(GOOD)))
    assert read(str(tmp_path / "x.json")).resources == 1

    monkeypatch.setattr(documents, "LARGEST", 10)
    with pytest.raises(InputError, match=r"x\.json: larger than 10 bytes, the most that an input may have"):
        read(str(tmp_path / "x.json"))


# --- lookups ----------------------------------------------------------------------------------------------------------


def test_looked_up() -> None:
    """A report shows an allow-listed part of a lookup, and no secret of it."""
    props = {
        "accessGrantsLocationId": "loc-1",
        "accountId": "111122223333",
        "region": "eu-west-1",
        "locationScope": "s3://acme/x/*",
        "iamRoleArn": SECRET,
        "createdAt": UNKNOWN_TEXT,
        "token": "never shown",
        "lookup": "performed",
    }
    shown = looked_up(only(an_export(a_state(resource_type=LOOKUP, inputs=props))).resource)

    assert shown is not None
    assert (shown.kind, shown.subject, shown.performed) == ("AccessGrantsLocation", "loc-1", True)
    assert dict(shown.values) == {
        "locationScope": "s3://acme/x/*",
        "iamRoleArn": "[secret]",
        "createdAt": "(not known yet)",
    }


def test_no_lookup() -> None:
    """A managed resource is no lookup."""
    assert looked_up(only(an_export(a_state())).resource) is None
