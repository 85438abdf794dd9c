"""Scopes: which keys a location covers, and what is wrong with how it is written."""

from __future__ import annotations

import pytest
from grantgate_policies import scopes
from grantgate_policies.scopes import Scope, ScopeError, faults
from hypothesis import given, settings
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "bucket", "prefix", "normal"),
    [
        pytest.param("s3://", "", "", "s3://", id="the default location: every bucket"),
        pytest.param("S3://", "", "", "s3://", id="the scheme in upper case"),
        pytest.param("s3://acme", "acme", "", "s3://acme/*", id="a bucket"),
        pytest.param("s3://acme/", "acme", "", "s3://acme/*", id="a bucket and a slash"),
        pytest.param("s3://acme/*", "acme", "", "s3://acme/*", id="a bucket, all below"),
        pytest.param("s3://acme/fin", "acme", "fin", "s3://acme/fin*", id="a prefix"),
        pytest.param("s3://acme/fin*", "acme", "fin", "s3://acme/fin*", id="the same prefix with its star"),
        pytest.param("s3://acme/fin/", "acme", "fin/", "s3://acme/fin/*", id="a folder"),
        pytest.param("s3://acme/fin/*", "acme", "fin/", "s3://acme/fin/*", id="a folder, all below"),
        pytest.param("s3://acme/a//b", "acme", "a//b", "s3://acme/a//b*", id="slashes are kept"),
        pytest.param("s3://Acme_1/x?y", "Acme_1", "x?y", "s3://Acme_1/x?y*", id="faulty, and yet it covers keys"),
    ],
)
def test_parse(text: str, bucket: str, prefix: str, normal: str) -> None:
    """A location is a prefix, however it is written."""
    scope = Scope.parse(text)

    assert scope == Scope(bucket, prefix)
    assert scope.text == str(scope) == normal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "'' does not begin with 's3://'", id="empty"),
        pytest.param("acme/x", "'acme/x' does not begin with 's3://'", id="no scheme"),
        pytest.param("s3:/acme", "'s3:/acme' does not begin with 's3://'", id="one slash"),
        pytest.param("s3:///x", "'s3:///x' has a key but no bucket", id="no bucket"),
        pytest.param(
            "s3://*", "'s3://*' has a '*' in its bucket, and a location names one bucket", id="a star for a bucket"
        ),
        pytest.param(
            "s3://acme*",
            "'s3://acme*' has a '*' in its bucket, and a location names one bucket",
            id="a star that ends a bucket",
        ),
        pytest.param(
            "s3://acme/*/x", "'s3://acme/*/x' has a '*' before its end, and a location is a prefix", id="a star inside"
        ),
        pytest.param(
            "s3://acme/x**", "'s3://acme/x**' has a '*' before its end, and a location is a prefix", id="two stars"
        ),
    ],
)
def test_parse_refuses(text: str, message: str) -> None:
    """What stands for no set of keys is no scope."""
    with pytest.raises(ScopeError) as caught:
        Scope.parse(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3://abc",
        "s3://" + "a" * 63,
        "s3://1-a.b-2/",
        "s3://acme-111122223333-eu-west-1-an/*",
        "s3://acme/finance*",
        "s3://acme/Fin_(1)=é/...hidden/..a/*",
        "s3://acme/" + "k" * 1_990,
    ],
)
def test_no_faults(text: str) -> None:
    """The longest and the shortest, and keys with odd but legal characters, are fine."""
    assert faults(text) == ()


LETTERS = "and only a-z, 0-9, '.' and '-' may stand in a bucket name"
ONE_BUCKET = "and a location names one bucket"
LAMBDA = "an Object Lambda access point alias"
NO_PURPOSE = "and no general purpose bucket"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "",
            ["scope is empty; 's3://' and a bucket must follow, or 's3://' alone for every bucket"],
            id="empty",
        ),
        pytest.param("acme/x", ["'acme/x' does not begin with 's3://'"], id="no scheme"),
        pytest.param("S3://acme", ["scheme 'S3://' is not lower-case 's3://'"], id="upper-case scheme"),
        pytest.param("s3:///x", ["bucket is empty, and a key needs one before it"], id="no bucket"),
        pytest.param("s3://ab", ["bucket 'ab' has 2 characters, S3 takes 3 to 63"], id="bucket too short"),
        pytest.param(
            "s3://" + "a" * 64, [f"bucket '{'a' * 64}' has 64 characters, S3 takes 3 to 63"], id="bucket too long"
        ),
        pytest.param("s3://Acme_1", [f"bucket 'Acme_1' has 'A', '_', {LETTERS}"], id="letters of a bucket"),
        pytest.param(
            "s3://-acme.",
            [
                "bucket '-acme.' begins with '-', not with a letter or digit",
                "bucket '-acme.' ends with '.', not with a letter or digit",
            ],
            id="edges of a bucket",
        ),
        pytest.param("s3://a..b", ["bucket 'a..b' has two dots side by side"], id="two dots"),
        pytest.param("s3://192.168.5.4/x", ["bucket '192.168.5.4' looks like an IP address"], id="an address"),
        pytest.param("s3://xn--acme", ["bucket 'xn--acme' begins with 'xn--', which S3 reserves"], id="xn--"),
        pytest.param("s3://sthree-a", ["bucket 'sthree-a' begins with 'sthree-', which S3 reserves"], id="sthree-"),
        pytest.param(
            "s3://amzn-s3-demo-bucket",
            ["bucket 'amzn-s3-demo-bucket' begins with 'amzn-s3-demo-', which S3 reserves for examples"],
            id="a bucket of the documentation",
        ),
        pytest.param(
            "s3://point-abc-s3alias/x",
            [f"bucket 'point-abc-s3alias' ends with '-s3alias', which names an access point alias {NO_PURPOSE}"],
            id="an access point's alias",
        ),
        pytest.param(
            "s3://point--ol-s3",
            [f"bucket 'point--ol-s3' ends with '--ol-s3', which names {LAMBDA} {NO_PURPOSE}"],
            id="an Object Lambda access point's alias",
        ),
        pytest.param(
            "s3://abc.mrap",
            [f"bucket 'abc.mrap' ends with '.mrap', which names a Multi-Region Access Point {NO_PURPOSE}"],
            id="a Multi-Region Access Point",
        ),
        pytest.param(
            "s3://acme--use1-az4--x-s3",
            [f"bucket 'acme--use1-az4--x-s3' ends with '--x-s3', which names a directory bucket {NO_PURPOSE}"],
            id="a directory bucket",
        ),
        pytest.param(
            "s3://acme--table-s3",
            [f"bucket 'acme--table-s3' ends with '--table-s3', which names a table bucket {NO_PURPOSE}"],
            id="a table bucket",
        ),
        pytest.param(
            "arn:aws:s3:::acme",
            ["'arn:aws:s3:::acme' is an ARN, and a location names a bucket: 's3://bucket/prefix'"],
            id="an ARN",
        ),
        pytest.param(
            "s3://arn:aws:s3:::acme/x",
            ["bucket 'arn:aws:s3:::acme' is an access point or bucket ARN, and a location names a bucket"],
            id="an ARN for a bucket",
        ),
        pytest.param("s3://acme-*/x", [f"bucket 'acme-*' has a '*', {ONE_BUCKET}"], id="a star in the bucket"),
        pytest.param("s3://acme/a*b", ["prefix 'a*b' has 1 '*' before its end"], id="a star inside"),
        pytest.param("s3://acme/a**", ["prefix 'a**' has 2 '*', and one is allowed, at the end"], id="two stars"),
        pytest.param("s3://acme/x?y=1", ["prefix 'x?y=1' has '?', and a scope takes no query"], id="a query"),
        pytest.param("s3://acme/x#y", ["prefix 'x#y' has '#', and a scope takes no fragment"], id="a fragment"),
        pytest.param(
            "s3://acme/./a/../*",
            ["segment 1 is '.', which S3 does not resolve", "segment 3 is '..', which S3 does not resolve"],
            id="dot segments",
        ),
        pytest.param("s3://acme//a", ["segment 1 of prefix '/a' is empty, and S3 does not fold '//'"], id="//"),
        pytest.param(
            "s3://acme/a b",
            ["'s3://acme/a b' has ' ', and white space and control characters may not stand in a scope"],
            id="a space",
        ),
        pytest.param(
            "s3://acme/a\n",
            ["'s3://acme/a\\n' has '\\n', and white space and control characters may not stand in a scope"],
            id="a line end",
        ),
        pytest.param(
            "s3://acme/a\u200bb",
            ["'s3://acme/a\\u200bb' has '\\u200b', and white space and control characters may not stand in a scope"],
            id="a space without width",
        ),
        pytest.param(
            "s3://acme/" + "k" * 1_991, ["scope has 2001 characters, S3 takes at most 2000"], id="one too long"
        ),
        pytest.param(
            "S3://A/x?/../*/*",
            [
                "scheme 'S3://' is not lower-case 's3://'",
                "bucket 'A' has 1 character, S3 takes 3 to 63",
                f"bucket 'A' has 'A', {LETTERS}",
                "prefix 'x?/../*/*' has 2 '*', and one is allowed, at the end",
                "prefix 'x?/../*/*' has '?', and a scope takes no query",
                "segment 2 is '..', which S3 does not resolve",
            ],
            id="all at once",
        ),
    ],
)
def test_faults(text: str, expected: list[str]) -> None:
    """Every fault is named, as value, then limit."""
    assert list(faults(text)) == expected


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.one_of(st.text(max_size=30), st.text("s3:/abA.*-?#\n", max_size=20).map("s3://{}".format)))
def test_faultless_is_parsed(text: str) -> None:
    """What has no fault is a scope, and its normal form has none and means the same; no text breaks either."""
    complaints = faults(text)

    try:
        scope = Scope.parse(text)
    except ScopeError:
        assert complaints
        return
    assert Scope.parse(scope.text) == scope
    assert complaints or not faults(scope.text)


def test_a_long_value_is_cut() -> None:
    """A message repeats no more than a line of the value."""
    with pytest.raises(ScopeError) as caught:
        Scope.parse("x" * 5_000)

    assert len(str(caught.value)) < 120


NEARLY_SOUND = st.from_regex(
    r"\A(?:s3://|S3://|s3:/)(?:xn--|sthree-|amzn-s3-demo-)?[a-z0-9.-]{0,8}(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)?"
    r"(?:/[a-zA-Z0-9_.=+*?# -]{0,5}){0,4}\*?\Z"
)


@given(NEARLY_SOUND)
@settings(deadline=None, derandomize=True, max_examples=3000)
def test_the_short_way_calls_nothing_sound_that_has_a_fault(text: str) -> None:
    """The pattern that lets nearly every scope pass at once agrees with the complaints, one by one."""
    assert faults(text) == scopes._complaints(text)  # noqa: SLF001 - the long way is what the short one is held to
