"""Patterns: what the rules file admits and denies, at its boundaries; test_patterns_oracle.py has the breadth."""

from __future__ import annotations

import pytest
from grantgate.arns import Arn
from grantgate_policies.patterns import (
    PatternError,
    combine,
    name_pattern,
    prefix_pattern,
    role_pattern,
    scope_pattern,
)
from grantgate_policies.scopes import Scope

VALUES = {
    "account.id": "111122223333",
    "account.name": "data-prod",
    "environment": "prod",
    "region": "eu-west-1",
    "partition": "aws",
}
YES = (frozenset(),)


def captured(**taken: str) -> frozenset[tuple[str, str]]:
    return frozenset(taken.items())


# --- scopes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "scope", "admits", "touches"),
    [
        pytest.param("s3://logs/app/", "s3://logs/app/", True, True, id="the folder itself"),
        pytest.param("s3://logs/app/*", "s3://logs/app/eu/x*", True, True, id="below the folder"),
        pytest.param("s3://logs/app/", "s3://logs/apple/", False, False, id="same letters, other folder"),
        pytest.param("s3://logs/app/", "s3://logs/app*", False, True, id="a star that reaches apple"),
        pytest.param("s3://logs/app/", "s3://logs/app", False, True, id="no slash, the same"),
        pytest.param("s3://logs/app/", "s3://logs/ap", False, True, id="the beginning of the folder"),
        pytest.param("s3://logs/app/", "s3://logs/b", False, False, id="another beginning"),
        pytest.param("s3://logs/app/", "s3://logs/", False, True, id="the whole bucket"),
        pytest.param("s3://logs/app/", "s3://", False, True, id="every bucket"),
        pytest.param("s3://logs/app/", "s3://logs-2/app/", False, False, id="another bucket"),
        pytest.param("s3://logs", "s3://logs/x", True, True, id="a whole bucket"),
        pytest.param("s3://logs/", "s3://logs", True, True, id="a whole bucket, with a slash"),
        pytest.param("s3://logs/*", "s3://", False, True, id="a whole bucket is not every bucket"),
        pytest.param("s3://", "s3://", True, True, id="every bucket is every bucket"),
        pytest.param("s3://", "s3://x/y", True, True, id="every bucket holds one"),
        pytest.param("s3://*", "s3://", True, True, id="any bucket is every bucket"),
        pytest.param("s3://*-x", "s3://", False, True, id="some buckets are not every bucket"),
        pytest.param("s3://*/a/", "s3://", False, True, id="a folder of any bucket is not every bucket"),
        pytest.param("s3://acme-*/*", "s3://acme-/x", True, True, id="a star takes nothing, too"),
        pytest.param("s3://acme-*/*", "s3://acme/x", False, False, id="a star takes no text of the pattern's"),
        pytest.param("s3://b/*/*", "s3://b/x/", True, True, id="any folder"),
        pytest.param("s3://b/*/*", "s3://b/x", False, True, id="any folder, without its slash"),
        pytest.param("s3://b/*/x/*", "s3://b/a/b/x/", False, False, id="a star stays in its segment"),
        pytest.param("s3://b/fin*/*", "s3://b/finance/", True, True, id="folders that begin so"),
        pytest.param("s3://acme-*-secrets/*", "s3://acme-a-secrets", True, True, id="a bucket in the middle"),
        pytest.param("s3://acme-secrets/x/*", "s3://acme-secrets", False, True, id="a bucket above a denied folder"),
        pytest.param("s3://b/finance/*", "s3://b/fin", False, True, id="keys that begin like a denied folder"),
        pytest.param("s3://b/a/b/", "s3://b/a/", False, True, id="the folder above"),
        pytest.param("s3://{account.name}/{environment}/", "s3://data-prod/prod/", True, True, id="variables"),
        pytest.param(
            "s3://{account.name}/{environment}/", "s3://data-prod/prodigy/", False, False, id="a longer value"
        ),
        pytest.param("s3://b/{t}/", "s3://b//x", False, False, id="a capture takes something"),
        pytest.param("s3://b/{t}-*/", "s3://b/-x/", False, False, id="a capture takes something before a text, too"),
    ],
)
def test_scope(pattern: str, scope: str, *, admits: bool, touches: bool) -> None:
    """Inside is the whole key set; touched is one shared key."""
    here = scope_pattern(pattern)

    assert bool(here.admits(Scope.parse(scope), VALUES)) is admits
    assert here.touches(Scope.parse(scope), VALUES) is touches


@pytest.mark.parametrize(
    ("pattern", "scope", "expected"),
    [
        pytest.param("s3://b/{team}/*", "s3://b/fin/x", [captured(team="fin")], id="a whole segment"),
        pytest.param("s3://b/{team}-*/*", "s3://b/fin-/", [captured(team="fin")], id="part of a segment"),
        pytest.param(
            "s3://acme-{team}-*/",
            "s3://acme-a-b-c",
            [captured(team="a"), captured(team="a-b")],
            id="every way to cut a bucket",
        ),
        pytest.param("s3://acme-{t}-*/{t}/", "s3://acme-a-b-c/a-b/", [captured(t="a-b")], id="one text in both places"),
        pytest.param("s3://acme-{t}-*/{t}/", "s3://acme-a-b-c/b/", [], id="no text for both places"),
        pytest.param("s3://b/{t}-{t}/", "s3://b/a-a-a-a/", [captured(t="a-a")], id="twice in a segment"),
        pytest.param("s3://b/{t}/{T}/", "s3://b/a/b/", [captured(t="a", T="b")], id="names differ by case"),
        pytest.param("s3://{bucket}/*", "s3://", [], id="no name holds for every bucket"),
        pytest.param("s3://b/*{t}*/", "s3://b/aa/", [captured(t="a"), captured(t="aa")], id="each way once"),
        pytest.param(
            "s3://acme-{account.name}-{use}/", "s3://acme-data-prod-raw", [captured(use="raw")], id="after a variable"
        ),
    ],
)
def test_captures(pattern: str, scope: str, expected: list[frozenset[tuple[str, str]]]) -> None:
    """All the texts that the placeholders can take are given, in order."""
    assert list(scope_pattern(pattern).admits(Scope.parse(scope), VALUES)) == expected


@pytest.mark.parametrize("value", [pytest.param(None, id="none"), pytest.param("", id="empty"), "a/b"])
def test_a_variable_without_a_usable_value(value: str | None) -> None:
    """Nothing is admitted, and anything is denied, when a value that a pattern needs is not there."""
    pattern, scope = scope_pattern("s3://acme-{account.name}-*/*"), Scope.parse("s3://acme-x-y/")
    role, arn = role_pattern("arn:aws:iam::*:role/{account.name}-*"), Arn.parse("arn:aws:iam::111122223333:role/x-y")
    values = {**VALUES, "account.name": value}

    assert pattern.admits(scope, values) == ()
    assert pattern.touches(scope, values)
    assert not pattern.touches(Scope.parse("s3://other-x-y/"), values)
    assert role.matches(arn, values) == ()
    assert role.denies(arn, values)
    assert prefix_pattern("{account.name}/").admits(Scope.parse("s3://b/x/"), values) == ()


def test_a_variable_that_nobody_mentions() -> None:
    """A variable that the caller leaves out has no value."""
    assert scope_pattern("s3://{region}/").admits(Scope.parse("s3://eu-west-1/"), {}) == ()
    assert scope_pattern("s3://{region}/").touches(Scope.parse("s3://eu-west-1/"), {})


def test_names_and_variables() -> None:
    """A pattern lists its captures and its variables."""
    pattern = scope_pattern("s3://{account.name}-{use}-*/{team}/{region}/*")

    assert (pattern.names, pattern.variables) == ({"use", "team"}, {"account.name", "region"})
    assert scope_pattern(pattern.text) is pattern


@pytest.mark.parametrize(
    ("pattern", "scope", "expected"),
    [
        ("s3://logs/app/", "s3://logs/app/", ""),
        ("s3://acme-*/", "s3://x/", "bucket 'x' does not match 'acme-*'"),
        ("s3://{account.name}/", "s3://x/", "bucket 'x' is not 'data-prod'"),
        ("s3://acme-*/", "s3://", "the scope covers every bucket, and the bucket must match 'acme-*'"),
        ("s3://logs/a/app/", "s3://logs/a/apple/", "segment 2 'apple' is not 'app'"),
        ("s3://logs/app/", "s3://logs/b", "segment 1 'b' is not 'app'"),
        ("s3://logs/app/", "s3://logs/app", "the scope has no '/' after 'app': it also covers 'app-other'"),
        ("s3://logs/app/", "s3://logs/ap", "the scope ends inside segment 1: 'ap' is only the beginning of 'app'"),
        ("s3://logs/a/{t}-x/", "s3://logs/a/", "the scope ends before segment 2, which must match '{t}-x'"),
        ("s3://logs/app/", "s3://logs", "the scope ends before segment 1, which must be 'app'"),
        ("s3://{t}/{t}/", "s3://a/b/", "no text was found for {t} that fits every place where it stands"),
    ],
)
def test_nearest(pattern: str, scope: str, expected: str) -> None:
    """The first thing that does not fit is named, as value, then limit."""
    assert scope_pattern(pattern).nearest(Scope.parse(scope), VALUES) == expected


OPEN_END = "does not end in '/' or '/*', and a scope that begins so may go on; write"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "pattern is empty", id="empty"),
        pytest.param("acme/*", "'acme/*' does not begin with 's3://'", id="no scheme"),
        pytest.param("S3://b/", "'S3://b/' does not begin with 's3://'; write 's3://b/'", id="upper-case scheme"),
        pytest.param("s3:///x/", "'s3:///x/' has no bucket before its path; '*' stands for any", id="no bucket"),
        pytest.param("s3://b/finance", f"'s3://b/finance' {OPEN_END} 's3://b/finance/*'", id="no slash"),
        pytest.param(
            "s3://b/fin*", f"'s3://b/fin*' {OPEN_END} 's3://b/fin/*' or 's3://b/fin*/*'", id="a star, no slash"
        ),
        pytest.param("s3://b//", "'s3://b//': segment 1 is empty", id="//"),
        pytest.param("s3://b/a//*", "'s3://b/a//*': segment 2 is empty", id="// inside"),
        pytest.param(
            "s3://b/**",
            f"'s3://b/**' {OPEN_END} 's3://b/*'",
            id="two stars at the end",
        ),
        pytest.param(
            "s3://b/**/x/",
            "'s3://b/**/x/': segment 1 has '**'; '*' stays inside a segment, and '/*' at the end means all below",
            id="two stars",
        ),
        pytest.param(
            "s3://Acme/", "'s3://Acme/' has 'A' in its bucket, and bucket names hold only a-z, 0-9, '.' and '-'", id="A"
        ),
        pytest.param("s3://b /", "'s3://b /' has ' ', and white space may not stand in a pattern", id="a space"),
        pytest.param("s3://b?/", "'s3://b?/' has '?', which is no wildcard here; '*' is the only one", id="?"),
        pytest.param("s3://b/{a/", "'s3://b/{a/': segment 1 has a '{' without its partner", id="unclosed"),
        pytest.param("s3://b/a}/", "'s3://b/a}/': segment 1 has a '}' without its partner", id="unopened"),
        pytest.param(
            "s3://b/{}/",
            "'s3://b/{}/': segment 1 has '{}', and a name is a letter, then letters, digits, '_' and '-'",
            id="no name",
        ),
        pytest.param(
            "s3://b/{1a}/",
            "'s3://b/{1a}/': segment 1 has '{1a}', and a name is a letter, then letters, digits, '_' and '-'",
            id="a digit first",
        ),
        pytest.param(
            "s3://{a}{b}/", "'s3://{a}{b}/': bucket has '{a}{b}', and text must stand between captures", id="ab"
        ),
        pytest.param(
            "s3://*-*-*-*-*/", "'s3://*-*-*-*-*/': bucket has 5 '*' and captures, at most 4 fit", id="5 stars"
        ),
        pytest.param(
            "s3://{account.nmae}/",
            "'s3://{account.nmae}/': bucket has '{account.nmae}', which is no variable; did you mean '{account.name}'?",
            id="an unknown dotted name",
        ),
        pytest.param(
            "s3://{x.y}/",
            "'s3://{x.y}/': bucket has '{x.y}', which is no variable; they are account.id, account.name, environment, "
            "region, partition",
            id="a dotted name like none",
        ),
        pytest.param(
            "s3://{enviroment}/",
            "'s3://{enviroment}/': bucket has '{enviroment}', too like a variable for a capture; "
            "did you mean '{environment}'?",
            id="a misspelt variable",
        ),
        pytest.param(
            "s3://{Region}/",
            "'s3://{Region}/': bucket has '{Region}', too like a variable for a capture; did you mean '{region}'?",
            id="a variable in upper case",
        ),
    ],
)
def test_no_scope_pattern(text: str, message: str) -> None:
    """What could admit nothing, or not what it seems to, is refused with the limit."""
    with pytest.raises(PatternError) as caught:
        scope_pattern(text)

    assert str(caught.value) == message


def test_the_longest_pattern() -> None:
    """2,000 characters are read, one more is not, and the message stays short."""
    longest = "s3://b/" + "k" * 1_992 + "/"

    assert scope_pattern(longest).text == longest
    with pytest.raises(PatternError, match="has 2001 characters, at most 2000 are read") as caught:
        scope_pattern(longest.replace("k", "kk", 1))
    assert len(str(caught.value)) < 200


# --- prefixes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        pytest.param("s3://any/prod/fin/*", (captured(team="fin"),), id="inside"),
        pytest.param("s3://any/prod/fin", (), id="no slash"),
        pytest.param("s3://any/dev/fin/", (), id="another environment"),
        pytest.param("s3://any", (), id="a whole bucket"),
        pytest.param("s3://", (), id="every bucket"),
    ],
)
def test_prefix(scope: str, expected: tuple[frozenset[tuple[str, str]], ...]) -> None:
    """The bucket does not matter, the path does."""
    assert prefix_pattern("{environment}/{team}/").admits(Scope.parse(scope), VALUES) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "pattern is empty", id="empty"),
        pytest.param("s3://b/x/", "'s3://b/x/' names a bucket, and a prefix is what follows it: 'folder/'", id="s3"),
        pytest.param("/x/", "'/x/': segment 1 is empty", id="a slash first"),
        pytest.param("*", f"'*' {OPEN_END} '*/*'", id="a star"),
        pytest.param("x", f"'x' {OPEN_END} 'x/*'", id="no slash"),
    ],
)
def test_no_prefix_pattern(text: str, message: str) -> None:
    """A prefix pattern is the path part of a scope pattern."""
    with pytest.raises(PatternError) as caught:
        prefix_pattern(text)

    assert str(caught.value) == message


# --- roles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "arn", "expected"),
    [
        pytest.param("arn:*:iam::*:role/access-grants/*", "role/access-grants/a", YES, id="a role in the folder"),
        pytest.param("arn:*:iam::*:role/access-grants/*", "role/access-grants/a/b", YES, id="a role far below"),
        pytest.param("arn:*:iam::*:role/access-grants/*", "role/access-grants", (), id="a role named like the folder"),
        pytest.param("arn:*:iam::*:role/access-grants/*", "role/access-grants/", (), id="no name below the folder"),
        pytest.param("arn:*:iam::*:role/access-grants/*", "role/access-grants-2/a", (), id="another folder"),
        pytest.param("arn:*:iam::*:role/*", "role/a/b", YES, id="every role"),
        pytest.param("arn:*:iam::*:role/*-x", "role/a/b-x", (), id="a star stays in its segment"),
        pytest.param("arn:*:iam::*:role/a", "role/a", YES, id="no wildcard"),
        pytest.param("arn:*:iam::*:role/a", "user/a", (), id="a user"),
        pytest.param("arn:aws-cn:iam::*:role/a", "role/a", (), id="another partition"),
        pytest.param("arn:{partition}:iam::{account.id}:role/a", "role/a", YES, id="variables"),
        pytest.param("arn:aws:iam::444455556666:role/a", "role/a", (), id="another account"),
        pytest.param("arn:aws:iam::1111*:role/a", "role/a", YES, id="accounts that begin so"),
        pytest.param("arn:*:iam::*:role/ag/{t}-*", "role/ag/fin-r", (captured(t="fin"),), id="a capture"),
        pytest.param("arn:*:iam::*:role/{t}/{t}-r", "role/fin/fin-r", (captured(t="fin"),), id="the same text twice"),
        pytest.param("arn:*:iam::*:role/{t}/{t}-r", "role/fin/hr-r", (), id="two texts for one name"),
    ],
)
def test_role(pattern: str, arn: str, expected: tuple[frozenset[tuple[str, str]], ...]) -> None:
    """A role ARN is matched field by field; what matches is denied, too."""
    here, role = role_pattern(pattern), Arn.parse(f"arn:aws:iam::111122223333:{arn}")

    assert here.matches(role, VALUES) == expected
    assert here.denies(role, VALUES) or not expected


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        ("arn:aws:iam::111122223333:role/ag/fin-r", ""),
        ("arn:aws-cn:iam::111122223333:role/ag/fin-r", "partition 'aws-cn' is not 'aws'"),
        ("arn:aws:iam::444455556666:role/ag/fin-r", "account '444455556666' is not '111122223333'"),
        ("arn:aws:sts::111122223333:assumed-role/ag/fin-r", "service 'sts' is not 'iam'"),
        ("arn:aws:iam:eu-west-1:111122223333:role/ag/fin-r", "region 'eu-west-1' is not empty"),
        ("arn:aws:iam::111122223333:user/ag/fin-r", "resource 'user/ag/fin-r' does not begin with 'role/'"),
        ("arn:aws:iam::111122223333:role/fin-r", "the role has 1 segment after 'role/', and the pattern 2"),
        ("arn:aws:iam::111122223333:role/ag2/fin-r", "segment 1 'ag2' is not 'ag'"),
        ("arn:aws:iam::111122223333:role/ag/fin", "segment 2 'fin' does not match '{team}-*'"),
    ],
)
def test_nearest_role(arn: str, expected: str) -> None:
    """The field that does not fit is named."""
    pattern = role_pattern("arn:{partition}:iam::{account.id}:role/ag/{team}-*")

    assert pattern.nearest(Arn.parse(arn), VALUES) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        pytest.param("", "pattern is empty", id="empty"),
        pytest.param("role/x", "begins with 'role/x', not 'arn'", id="no ARN"),
        pytest.param(
            "arn:aws:iam::role/x", "has 5 of the 6 fields of arn:partition:service:region:account:resource", id="5"
        ),
        pytest.param("arn:awz:iam::*:role/x", "partition is 'awz', and every one begins with 'aws'", id="partition"),
        pytest.param("arn::iam::*:role/x", "partition is ''; '*' stands for any", id="no partition"),
        pytest.param("arn:aws:s3::*:role/x", "service is 's3', not 'iam'", id="service"),
        pytest.param("arn:aws:*::*:role/x", "service is '*', not 'iam'", id="any service"),
        pytest.param("arn:aws:iam:*:*:role/x", "region is '*', and IAM has none", id="region"),
        pytest.param("arn:aws:iam:::role/x", "account is ''; '*' stands for any", id="no account"),
        pytest.param("arn:aws:iam::123:role/x", "account is '123', and an account is 12 digits", id="short account"),
        pytest.param("arn:aws:iam::prod*:role/x", "account is 'prod*', and an account is 12 digits", id="letters"),
        pytest.param("arn:aws:iam::*:user/x", "resource is 'user/x', and a role's begins with 'role/'", id="a user"),
        pytest.param("arn:aws:iam::*:role*", "resource is 'role*', and a role's begins with 'role/'", id="no slash"),
        pytest.param(
            "arn:aws:iam::*:role/x/",
            "resource has an empty segment 2; end in '/*' for every role below",
            id="a slash last",
        ),
        pytest.param("arn:aws:iam::*:role/{a}{b}", "has '{a}{b}', and text must stand between captures", id="ab"),
    ],
)
def test_no_role_pattern(text: str, fault: str) -> None:
    """A pattern of role ARNs that could match no role is refused, and the field named."""
    with pytest.raises(PatternError) as caught:
        role_pattern(text)

    assert str(caught.value).endswith(fault)


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "name", "exact", "folded"),
    [
        pytest.param("*-dev", "data-dev", True, True, id="the end"),
        pytest.param("*-dev", "data-develop", False, False, id="more at the end"),
        pytest.param("*-dev", "dev", False, False, id="less"),
        pytest.param("*Admin*", "Admin", True, True, id="stars take nothing, too"),
        pytest.param("*Admin*", "ADMINISTRATOR", False, True, id="another case"),
        pytest.param("*", "", True, True, id="any name"),
        pytest.param("ab*ba", "aba", False, False, id="texts do not overlap"),
    ],
)
def test_name(pattern: str, name: str, *, exact: bool, folded: bool) -> None:
    """A name is matched whole."""
    assert name_pattern(pattern).matches(name) is exact
    assert name_pattern(pattern).matches(name, ignore_case=True) is folded


@pytest.mark.parametrize(
    ("text", "fault"),
    [("", "is empty"), ("a/b", "'/', and a name has no path"), ("{a}", "'{', and a name takes no placeholders")],
)
def test_no_name_pattern(text: str, fault: str) -> None:
    """A name is one segment."""
    with pytest.raises(PatternError) as caught:
        name_pattern(text)

    assert str(caught.value).endswith(fault)


# --- joining, and hostile values --------------------------------------------------------------------------------------


def test_scope_and_role_agree() -> None:
    """The same name captures the same text in the scope and in the role, whichever way the bucket can be cut."""
    scope = scope_pattern("s3://acme-{team}-*/").admits(Scope.parse("s3://acme-data-lake-eu"), VALUES)
    roles = role_pattern("arn:*:iam::*:role/{team}/*")
    right, wrong = (Arn.parse(f"arn:aws:iam::111122223333:role/{name}/r") for name in ("data-lake", "hr"))

    assert combine(scope, roles.matches(right, VALUES)) == (captured(team="data-lake"),)
    assert combine(scope, roles.matches(wrong, VALUES)) == ()
    assert combine((), ()) == ()
    assert combine(scope, YES) == scope


UNLIKE = "".join(map(chr, range(0x4E00, 0x4E00 + 1_990)))


@pytest.mark.parametrize(
    ("pattern", "key", "ways"),
    [
        pytest.param("{a}-{b}-{c}-{d}", "-" * 1_990, 64, id="captures anywhere"),
        pytest.param("{a}-{b}-{a}-{b}", "-" * 1_989 + "x", 0, id="two names twice, never"),
        pytest.param("*{a}*{a}", UNLIKE, 0, id="a name twice, no letter twice"),
        pytest.param("*a*a*a*b", "a" * 1_990, 0, id="stars, never"),
        pytest.param("*{a}*b*", "a" * 1_990, 0, id="a capture, never"),
        pytest.param("{a}a{b}a{c}a{a}", "a" * 1_980 + "b", 0, id="the ends differ"),
        pytest.param("{a}-*-{b}-*/{b}-{a}", "-" * 990 + "/" + "-" * 990, 0, id="across segments"),
        pytest.param("{a}x{b}x{c}x{d}/{d}x{c}x{b}x{a}", "x" * 990 + "/" + "x" * 990, 64, id="crossed over"),
        pytest.param("/".join(["*a*"] * 40), "/".join(["a" * 45] * 40), 1, id="many segments"),
    ],
)
def test_hostile_values(pattern: str, key: str, ways: int) -> None:
    """
    Values of 2,000 characters made to be ambiguous come to an end; what is given up on is not admitted.

    Trying every way would not: the first one alone has 10^12.
    """
    here, scope = scope_pattern(f"s3://b/{pattern}/*"), Scope.parse(f"s3://b/{key}/")

    assert len(here.admits(scope, {})) == ways
    here.touches(scope, {})
    here.nearest(scope, {})
