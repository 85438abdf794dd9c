"""No secret stays in a report, whatever it looks like there; what is no secret stays as it is."""

from __future__ import annotations

import base64
import html
import json
import os
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

import grantgate_policies.report as parts
import pytest
from grantgate_policies import rules
from grantgate_policies.core import ABSENT, Finding, Level, Outcome, Resource, Severity
from grantgate_policies.engine.configured import configured
from grantgate_policies.redaction.reports import Secrets, hidden, marked, redacted
from grantgate_policies.report import (
    Change,
    Exit,
    Fixed,
    Known,
    LeftOut,
    LookedUp,
    Problem,
    Registered,
    Report,
    Request,
    Run,
    SourcePosition,
)
from grantgate_policies.reports import FORMATS
from grantgate_policies.reports.look import Look
from grantgate_policies.rules import RULES
from grantgate_policies.wire import SECRET, SIGNATURE
from hypothesis import assume, example, given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TYPE = "aws:s3control/accessGrantsLocation:AccessGrantsLocation"
KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
STRONG = "Xk9!tR27qZ"

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "JSON": json.dumps,
    "JSON with letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps(json.dumps({"text": text})),
    "Go's JSON": lambda text: json.dumps(text).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
    "repr": repr,
    "repr with both marks": lambda text: repr(f"'\" {text}"),
    "repr of JSON": lambda text: repr(json.dumps(text)),
    "percent": lambda text: quote(text, safe="", errors="surrogatepass"),
    "path": lambda text: quote(text, errors="surrogatepass"),
    "form": lambda text: quote_plus(text, errors="surrogatepass"),
    "HTML": html.escape,
    "base64": lambda text: base64.b64encode(text.encode("utf-8", "surrogatepass")).decode(),
    "base64 for URLs": lambda text: base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode(),
    "basic": lambda text: base64.b64encode(f"me:{text}".encode("utf-8", "surrogatepass")).decode(),
    "basic, later": lambda text: base64.b64encode(f"you:{text};".encode("utf-8", "surrogatepass")).decode(),
    "wrapped": lambda text: " ".join(text.split()),
}
SECRET_TEXTS = (
    st.text(min_size=8, max_size=40)
    .map(str.strip)
    .filter(lambda text: len(" ".join(text.split())) >= 8 and "[secret]" not in text)
)


def everywhere(text: str) -> Report:
    """Give a report with a text in every place that takes one."""
    resource = Resource(f"urn:pulumi:{text}", text, text, {})
    rule = replace(RULES[0], id=f"A{text}", name=f"a{text}", summary=text, why=text, fix=text, source=text, url=text)
    told: dict[str, Any] = dict.fromkeys(("field", "observed", "expected", "message", "edit", "waiver", "basis"), text)
    finding = Finding(rule, Outcome.FAIL, Level.MANDATORY, Severity.HIGH, resource, blocks=True, **told)
    return Report(
        source=text,
        rules_file=text,
        organization=f"the {text}",
        findings=[finding, Known(*finding)],
        resources=2,
        lookups=[LookedUp(text, text, text, text, True, text, text, ((text, text),))],  # noqa: FBT003 - performed
        problems=[Problem(text, text, text)],
        notices=[text],
        runs=[Run(text, text, 1, text, text, 3, {text: 4})],
        baseline=text,
        fixed=[Fixed(text, text, text, text, text)],
        at=text,
        rules=[rule],
        positions={f"urn:pulumi:{text}": SourcePosition(text, 1)},
        project_file=text,
        locations=[Registered(text, text, text, text, text, text, True)],  # noqa: FBT003 - live
        requests=[Request(text, text, text, text, text, text, text, text, text, ((text, text),))],
        changes=[Change(text, text, text, text)],
        left_out=[LeftOut(Outcome.FAIL, 1, text)],
        judged=1,
    )


def parts_of(value: Any) -> Iterator[Any]:
    """Give a report, every part of it, and every text in those."""
    yield value
    inner: Iterable[Any] = ()
    if isinstance(value, dict):
        inner = (*value, *value.values())
    elif isinstance(value, list | tuple):
        inner = value
    elif is_dataclass(value):
        inner = (getattr(value, one.name) for one in fields(value))
    for one in inner:
        yield from parts_of(one)


def texts_of(report: Report) -> Iterator[str]:
    return (one for one in parts_of(report) if isinstance(one, str))


# --- secrets ----------------------------------------------------------------------------------------------------------


def test_the_report_of_these_tests_has_every_part_and_every_text() -> None:
    """What is added to reports later is in these tests, or they fail."""
    every = {one for one in vars(parts).values() if is_dataclass(one)} | {Finding, Known}
    assert every <= {type(one) for one in parts_of(everywhere("x"))}

    empty = [
        f"{type(part).__name__}.{one.name}"
        for part in parts_of(everywhere("x"))
        if type(part).__module__ == parts.__name__ and is_dataclass(part)
        for one in fields(part)
        if getattr(part, one.name) in ("", (), [], {}, None)
    ]
    assert empty == []


@pytest.mark.parametrize("form", [pytest.param(form, id=name) for name, form in FORMS.items()])
@given(secret=SECRET_TEXTS, before=st.text(max_size=12), after=st.text(max_size=12))
@example(KEY, "s3://", "/*")
@example("\ud800lone surrogate", "", "")
@example("'single' \"double\" \\ & <b>", "'", '"')
@example("pass phrase\nin lines", "\ud800", "\x00")
def test_no_form_of_a_secret_survives(form: Callable[[str], str], secret: str, before: str, after: str) -> None:
    """Whoever wrote the text, and wherever in it the secret stands."""
    written = form(secret)
    assume(len(written) >= 8)

    shown = Secrets.known([secret]).masked(f"{before} {written} {after}")

    assert "[secret]" in shown
    assert secret not in shown
    assert written not in shown


@given(secret=SECRET_TEXTS.filter(lambda text: len(set(text)) > 5))
@example(KEY)
def test_no_place_of_a_report_keeps_a_secret(secret: str) -> None:
    """Every text of every part, keys included; what is no text, and the exit code, stay."""
    assume(not any(secret in text for text in texts_of(everywhere("x"))))
    report = everywhere(f"x {secret}.")

    shown = redacted(report, Secrets.known([secret]))

    assert all(secret not in text for text in texts_of(shown))
    assert (shown.exit_code(), shown.judged, shown.left_out[0].count) == (Exit.ERROR, 1, 1)
    assert [type(one) for one in shown.findings] == [Finding, Known]
    assert [one.resource.urn for one in shown.findings] == [*shown.positions] * 2


@given(secrets=st.lists(SECRET_TEXTS, max_size=3), text=st.text())
def test_once_is_enough(secrets: list[str], text: str) -> None:
    """What is masked stays as it is."""
    assume(not any("[" in secret or "]" in secret for secret in secrets))
    known = Secrets.known(secrets)
    once = known.masked(" ".join((*secrets, text)))

    assert known.masked(once) == once


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        pytest.param(["abcdefgh1", "gh1234567"], "<abcdefgh1234567>", "<[secret]>", id="one over the other's end"),
        pytest.param(["abcdefgh1", "cdefgh12345"], "<abcdefgh1>", "<[secret]>", id="one within the other's beginning"),
        pytest.param(["abcdefgh1", "abcdefgh123"], "abcdefgh123 abcdefgh12", "[secret] [secret]2", id="one in another"),
        pytest.param([KEY], f"{KEY}{KEY}", "[secret][secret]", id="twice"),
        pytest.param([KEY], f"role {KEY[:20]}…", "role [secret]…", id="cut"),
        pytest.param(
            [KEY], f"role '{KEY[:20]}'… (300 characters)", "role '[secret]'… (300 characters)", id="cut, quoted"
        ),
        pytest.param([KEY], "x" * 300 + KEY[:20], "x" * 300 + "[secret]", id="cut at the end of a long text"),
        pytest.param([KEY], f"folder {KEY[:20]}", f"folder {KEY[:20]}", id="a text that only begins like one"),
        pytest.param([], "", "", id="nothing"),
    ],
)
def test_where_secrets_end(secrets: list[str], text: str, shown: str) -> None:
    """Secrets may overlap, and a text may have been cut in the middle of one."""
    assert Secrets.known(secrets).masked(text) == shown


def test_resources_stay_apart() -> None:
    """Two URNs that differ in a secret only are two resources, and a resource's parts stay together."""
    one, other = (f"urn:pulumi:prod::data::{TYPE}::{name}" for name in ("first-secret-1", "second-secret-2"))
    findings = [
        Finding(RULES[0], Outcome.FAIL, Level.MANDATORY, Severity.HIGH, Resource(urn, TYPE, urn[-8:], {}))
        for urn in (one, other)
    ]
    places = {urn: SourcePosition(f"{number}.py", 1) for number, urn in enumerate((one, other))}

    report = redacted(
        Report("s", "r", "acme", findings, 2, positions=places),
        Secrets.known(["first-secret-1", "second-secret-2"]),
    )

    shown = [finding.resource.urn for finding in report.findings]
    assert shown == [f"urn:pulumi:prod::data::{TYPE}::[secret]", f"urn:pulumi:prod::data::{TYPE}::[secret] (2)"]
    assert [report.positions[urn].file for urn in shown] == ["0.py", "1.py"]
    assert len({finding.fingerprint for finding in report.findings}) == 2


def test_a_report_without_secrets_is_the_same() -> None:
    """Nothing is copied where nothing is to be hidden."""
    report = everywhere("s3://acme-data-prod-finance/finance/*")

    assert redacted(report, Secrets.known([KEY])) is report
    assert redacted(report, Secrets.known([])) is report


def test_parts_without_secrets_are_the_same() -> None:
    """Only what holds a secret is made anew."""
    report = replace(everywhere("x"), notices=[KEY, "fine"])

    shown = redacted(report, Secrets.known([KEY]))

    assert shown.notices == ["[secret]", "fine"]
    assert shown.findings is report.findings


def test_properties_are_in_no_format() -> None:
    """Reports keep resources' properties, and no format reads them."""
    resource = Resource(
        "urn:x", TYPE, "x", {"locationScope": KEY}, provider_props={"secretKey": KEY}, previous={"a": KEY}
    )
    finding = Finding(RULES[0], Outcome.FAIL, Level.MANDATORY, Severity.HIGH, resource, "locationScope", message="no")
    report = Report("s", "r", "acme", [finding], 1)

    assert [name for name, format_ in FORMATS.items() if KEY in format_.text(report, Look())] == []


def test_what_nobody_knows_is_refused() -> None:
    """A new kind of part cannot slip through."""
    with pytest.raises(TypeError, match="a bytes in a report"):
        redacted(replace(everywhere("x"), notices=[b"x"]), Secrets.known([]))  # type: ignore[list-item]  # the point


def test_a_kind_of_text_is_a_text() -> None:
    """Texts of the rules file remember where they were written."""

    class Written(str):
        __slots__ = ()

    report = replace(everywhere("x"), notices=[Written(KEY), Written("fine")])

    assert redacted(report, Secrets.known([KEY])).notices == ["[secret]", "fine"]


# --- where they come from ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        pytest.param("AWS_SECRET_ACCESS_KEY", KEY, KEY, id="an AWS key"),
        pytest.param("AWS_ACCESS_KEY_ID", "emulator-key-1", "emulator-key-1", id="an AWS key's id"),
        pytest.param("PULUMI_CONFIG_PASSPHRASE", "correct horse battery", "correct horse battery", id="words"),
        pytest.param("PULUMI_ACCESS_TOKEN", "pul-0123", "pul-0123", id="the shortest"),
        pytest.param("ci_job_token", STRONG, STRONG, id="lower case"),
        pytest.param("TF_VAR_db_password", STRONG, STRONG, id="somebody's variable"),
        pytest.param("STRIPE_KEY", STRONG, STRONG, id="a key"),
        pytest.param("SENTRY_KEY", "0a1b2c3d4e5f60718293", "0a1b2c3d4e5f60718293", id="a key in hexadecimal"),
        pytest.param("PROD_TOKENS", "a1b2-c3d4-e5f6", "a1b2-c3d4-e5f6", id="tokens"),
        pytest.param("VAULT_SECRET_ID", "b5d4-77aa", "b5d4-77aa", id="an id that is a secret"),
        pytest.param("TOKEN", f" {STRONG}\n", STRONG, id="white space around"),
        pytest.param("DEPLOY_KEY", f"line\n{STRONG}\nline", STRONG, id="a line of several"),
        pytest.param("HTTPS_PROXY", f"http://me:{STRONG}@proxy:1", STRONG, id="a proxy's password"),
        pytest.param("PULUMI_BACKEND_URL", "postgres://me:p%40ssw%2Frd1@db/x", "p@ssw/rd1", id="percent-encoded"),
        pytest.param("SERVICE_TOKEN_URL", f"https://me:{STRONG}@host/", STRONG, id="a password in a token's URL"),
    ],
)
def test_what_the_environment_holds(name: str, value: str, secret: str) -> None:
    """Names say what is secret; URLs hold passwords whatever they are called."""
    assert Secrets.of({name: value, "HOME": "/home"}).masked(f"<{secret}>") == "<[secret]>"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("AWS_ACCESS_KEY_ID", "test", id="what emulators take"),
        pytest.param("AWS_SECRET_ACCESS_KEY", "testtest", id="twice"),
        pytest.param("AWS_SECRET_ACCESS_KEY", "localstack", id="a word"),
        pytest.param("PULUMI_CONFIG_PASSPHRASE", "", id="empty"),
        pytest.param("PULUMI_CONFIG_PASSPHRASE", "Production", id="a name"),
        pytest.param("DB_PASSWORD", "********", id="masked already"),
        pytest.param("DB_PASSWORD", "[secret]", id="masked by us"),
        pytest.param("AWS_TOKEN", "111122223333", id="an account"),
        pytest.param("SECRETS", "eu-west-1", id="a Region"),
        pytest.param("SECRETS", "us-gov-west-1a", id="a zone"),
        pytest.param("TOKEN_EXPIRY", "2027-01-31T08:00:00Z", id="a time"),
        pytest.param("AWS_SESSION_TOKEN_EXPIRATION", "in-the-morning", id="until when"),
        pytest.param("DEPLOY_TOKEN_NAME", "acme-data-prod", id="a token's name"),
        pytest.param("PULUMI_SECRETS_PROVIDER", "awskms://alias/acme-key", id="a provider of secrets"),
        pytest.param("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:x", id="an ARN"),
        pytest.param("MONKEY", STRONG, id="a name that only ends so"),
        pytest.param("CACHE_KEY", "linux-python-311/data", id="a key that is a name"),
        pytest.param("TOKENS_TABLE", "acme-tokens-prod", id="a table of tokens"),
        pytest.param("SECRETS_BUCKET", "acme-secrets-prod", id="a bucket of secrets"),
        pytest.param("PRIVATE_SUBNET", "subnet-0a1b2c3d4e5f", id="private and no secret"),
        pytest.param("GOOGLE_APPLICATION_CREDENTIALS", __file__, id="a file that is there"),
        pytest.param("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/gate", id="no name of a secret"),
        pytest.param("GIT_URL", "ssh://git@host/acme-data", id="a URL without a password"),
    ],
)
def test_what_is_no_secret(name: str, value: str) -> None:
    """A masked scope is a wrong report: what stands in harmless places stays."""
    text = f"scope 's3://{value}/x/*' in {value}"

    assert Secrets.of({name: value}).masked(text) is text


def test_a_passphrase_in_a_file(tmp_path: Any) -> None:
    """The engine reads it from there, and so do we; one that is not there is the engine's to complain about."""
    (tmp_path / "phrase").write_text(f"{STRONG}\n")
    os.mkfifo(tmp_path / "pipe")  # nobody writes to it: whoever read it would wait for ever
    (tmp_path / "binary").write_bytes(b"\xff\xfe" + STRONG.encode())

    for name in ("phrase", "binary", "none", "pipe", "a\0b"):
        found = Secrets.of({"PULUMI_CONFIG_PASSPHRASE_FILE": str(tmp_path / name)})
        assert (STRONG in found.values) is (name == "phrase")


def test_own_names_are_no_secrets() -> None:
    """The organization's name and a rule's are shown, though somebody took one for a passphrase."""
    report = replace(
        everywhere("x"), organization="acme-data", rules=RULES, notices=["acme-data", RULES[0].name, STRONG]
    )

    shown = redacted(report, Secrets.known(["acme-data", RULES[0].name, STRONG]))

    assert shown.notices == ["acme-data", RULES[0].name, "[secret]"]


ENGINE = """#!/bin/sh
echo "$PWD $*" > asked
cat answer
exit {code}
"""
CONFIGURATION = {
    "data:open": {"value": "open-1", "secret": False},
    "data:token": {"value": "secret-1", "secret": True},
    "data:db": {"value": "{}", "objectValue": {"keys": ["secret-2", 3, None]}, "secret": True},
    "data:gone": {"secret": True},
}


@pytest.mark.parametrize(
    ("answer", "code", "found"),
    [
        pytest.param(json.dumps(CONFIGURATION), 0, ["3", "secret-1", "secret-2"], id="an answer"),
        pytest.param("{}", 0, [], id="no configuration"),
        pytest.param("{}", 1, None, id="an error"),
        pytest.param("error: wrong", 0, None, id="no JSON"),
        pytest.param("[]", 0, None, id="something else"),
    ],
)
def test_what_is_configured(tmp_path: Path, answer: str, code: int, found: list[str] | None) -> None:
    """The engine decrypts a stack's secrets; where it does not, nobody takes that for there being none."""
    command = tmp_path / "pulumi"
    command.write_text(ENGINE.format(code=code))
    command.chmod(0o755)
    (tmp_path / "answer").write_text(answer)

    secrets = configured(str(command), ["--stack", "acme/prod", "--diff", "--config-file=x.yaml"], folder=tmp_path)

    assert (None if secrets is None else sorted(secrets)) == found
    asked = (tmp_path / "asked").read_text().split()
    assert asked[0] == str(tmp_path)
    assert asked[1:] == [
        *("config", "--json", "--show-secrets", "--non-interactive", "--stack=acme/prod", "--config-file=x.yaml")
    ]


def test_no_engine_to_ask(tmp_path: Path) -> None:
    """A command that cannot be started gives no answer."""
    assert configured(str(tmp_path / "none"), [], folder=tmp_path) is None


def test_what_is_marked() -> None:
    """The engine's mark, as value and as plaintext, and a resource's secret properties; lists and objects too."""
    mark = {SIGNATURE: SECRET}
    event = {
        "a": [{**mark, "value": "one-1"}, {**mark, "plaintext": '{"b": ["two-2", 3]}'}],
        "c": {**mark, "ciphertext": "v1:four-4"},
        "d": {**mark, "plaintext": "five-5"},
        "e": "six-6",
    }
    props = {"key": {"deep": ["one-1"]}, "open": "two-2", "gone": ABSENT}
    resource = Resource("urn:x", TYPE, "x", props, frozenset({"key", "gone", "none"}), previous={"key": "three-3"})

    assert sorted(marked(event)) == ["3", "five-5", "one-1", "two-2"]
    assert sorted(hidden([resource])) == ["one-1", "three-3"]


def test_what_is_marked_may_be_a_scope() -> None:
    """A program that marks a scope means it; a variable's name does not."""
    scope = "s3://acme-data/x/*"

    assert Secrets.of({}, [scope]).masked(scope) == "[secret]"
    assert Secrets.of({"SECRET_SCOPE": scope}).masked(scope) is scope


# --- shapes -----------------------------------------------------------------------------------------------------------

SIGNED = "https://b.s3.amazonaws.com/k?X-Amz-Credential=c&X-Amz-Security-Token={}&X-Amz-Signature={}&x=y"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NSJ9.c2lnbmF0dXJl"
PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"
SESSION = "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJHMEUCIQ"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("key AKIAIOSFODNN7EXAMPLE is not valid", "key [secret] is not valid"),
        ("(ASIAIOSFODNN7EXAMPLE)", "([secret])"),
        (f"token {SESSION} expired", "token [secret] expired"),
        (SIGNED.format("FwoGZX", "0a1b2c"), SIGNED.format("[secret]", "[secret]")),
        ("'x-amz-security-token': 'FwoGZX'", "'x-amz-security-token': '[secret]'"),
        ("aws_secret_access_key = abc/def", "aws_secret_access_key = [secret]"),
        ("aws_session_token: abc/def", "aws_session_token: [secret]"),
        (
            "{'SecretAccessKey': 'abc', 'SessionToken': 'def'}",
            "{'SecretAccessKey': '[secret]', 'SessionToken': '[secret]'}",
        ),
        (r"{\"secretAccessKey\": \"abc\"}", r"{\"secretAccessKey\": \"[secret]\"}"),
        ("PULUMI_CONFIG_PASSPHRASE=hunter2 pulumi up", "PULUMI_CONFIG_PASSPHRASE=[secret] pulumi up"),
        ("--password='a' --x", "--password='[secret]' --x"),
        ("?a=b&access_token=abc&c=d", "?a=b&access_token=[secret]&c=d"),
        ("Authorization: Basic bWU6cGFzcw==", "Authorization: [secret]"),
        (
            "authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=h, Signature=s\nnext",
            "authorization: [secret]\nnext",
        ),
        ('{"Authorization": "token abc"}', '{"Authorization": "[secret]"}'),
        ("used Bearer abcdefghijklmnop.q twice", "used Bearer [secret] twice"),
        (f"with {JWT}.", "with [secret]."),
        (f"key:\n{PEM}\nend", "key:\n[secret]\nend"),
        (PEM.replace("\n", "\\n")[:50], "[secret]"),
        ("cannot reach http://me:pass@proxy:3128/", "cannot reach http://[secret]@proxy:3128/"),
        ("https://x:p@ss@host/", "https://[secret]@host/"),
        ("https://abcdefghijklmnop@host/", "https://[secret]@host/"),
        ("ghp_" + "a1" * 18, "[secret]"),
        ("glpat-" + "a1" * 10, "[secret]"),
        ("github_pat_" + "a1" * 20, "[secret]"),
        ("pul-" + "a1" * 20, "[secret]"),
    ],
)
def test_shapes_of_credentials(text: str, shown: str) -> None:
    """What looks like a credential is one, though nobody told us."""
    assert Secrets.known([]).masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "s3://acme-data-prod-finance/finance/*",
        "s3://acme/user@example.com/x:y@z/*",
        "s3://acme/password=abcdefgh/token=x/*",
        "s3://acme/api_key=AKIA/*",
        "arn:aws:iam::111122223333:role/access-grants/AKIA-finance",
        "arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789",
        "request token 'arn:aws:s3:us-west-2:111122223333:async-request/mrap/create/AbC'",
        "Set aws_session_token or a profile; the passphrase is wrong: try another",
        "AuthorizationHeaderMalformed: the authorization header is malformed; the Region is wrong",
        "ssh://git@github.com/acme/data",
        "mailto:data-platform@example.com",
        "https://pulumi.com/docs/@latest",
        "AROAIOSFODNN7EXAMPLE:me and AIDAIOSFODNN7EXAMPLE",
        "-----BEGIN CERTIFICATE-----",
        "the bearer of this",
        "\x00\ud800::error::<script>|`@team`",
    ],
)
def test_shapes_of_nothing(text: str) -> None:
    """Scopes, ARNs and prose stay as they are."""
    assert Secrets.known([KEY]).masked(text) is text


def test_our_own_texts_stay() -> None:
    """Nothing that a rule says of itself, and no example of one, looks like a secret."""
    said = [text for rule in RULES for text in (rule.summary, rule.why, rule.fix, rule.source, rule.url)]
    folder = Path(rules.__file__).parent / "examples"
    said += [line for file in sorted(folder.glob("*.yaml")) for line in file.read_text().splitlines()]

    assert len(said) > 1000
    assert [text for text in said if Secrets.known([]).masked(text) is not text] == []
