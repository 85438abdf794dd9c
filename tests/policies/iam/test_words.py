"""Actions, resources and principals of a statement."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from grantgate_policies.core import UNKNOWN
from grantgate_policies.iam import Document, Principals, Statement, Words, account_of, allowing, denied, read
from hypothesis import given, settings
from hypothesis import strategies as st

CAREFUL = settings(derandomize=True, deadline=None, max_examples=100)
ALPHABET = ["".join(word) for length in range(7) for word in product("abz", repeat=length)]
SERVICE = "access-grants.s3.amazonaws.com"
ROLE = "arn:aws:iam::111122223333:role/reader"


def document(*statements: Any) -> Document:
    found = read({"Statement": list(statements)})
    assert isinstance(found, Document)
    return found


def statement(**elements: Any) -> Statement:
    (found,) = document({"Effect": "Allow", "Action": "sts:AssumeRole", **elements}).statements
    return found


def resources(*texts: str, negated: bool = False) -> Words:
    return Words(texts, negated=negated, given=True)


@CAREFUL
@given(
    texts=st.lists(st.text("ab*?", max_size=3), min_size=1, max_size=2),
    limits=st.lists(st.text("ab*?", max_size=3), max_size=2),
    negated=st.booleans(),
)
def test_words_are_sets(texts: list[str], limits: list[str], *, negated: bool) -> None:
    """Touching is sharing a text, as far as that can be proven; within claims only what holds for every text."""
    words = resources(*texts, negated=negated)
    about = {text for text in ALPHABET if words.matches(text)}
    inside = {text for text in ALPHABET if any(Words((limit,), given=True).matches(text) for limit in limits)}

    if words.within(limits):
        assert about <= inside
    for limit in limits:
        shared = about & {text for text in ALPHABET if Words((limit,), given=True).matches(text)}
        assert words.touches(limit) or not shared
        assert negated or words.touches(limit) is bool(shared)


@pytest.mark.parametrize(
    ("words", "limits", "inside"),
    [
        pytest.param(resources("a*"), ["a*", "b*"], True, id="one of two"),
        pytest.param(resources("a*", "b"), ["a*", "b*"], True, id="each in its own"),
        pytest.param(resources("a*", "c"), ["a*", "b*"], False, id="one outside"),
        pytest.param(resources("*"), ["*"], True, id="everything in everything"),
        pytest.param(resources("a*"), [], False, id="no limits"),
        pytest.param(resources(), ["*"], False, id="no texts"),
        pytest.param(Words(), ["*"], False, id="not given"),
        pytest.param(resources("a", negated=True), ["*"], True, id="all but some, in everything"),
        pytest.param(resources("a", negated=True), ["?*", "b*", ""], False, id="all but some, in less"),
        pytest.param(resources("b/${aws:username}/*"), ["b/*"], True, id="a variable is any text"),
        pytest.param(resources("b/${aws:username}"), ["b/?"], False, id="a variable is more than a character"),
        pytest.param(resources("b/${*}"), ["b/?"], True, id="a star that means itself is one character"),
    ],
)
def test_within(words: Words, limits: list[str], *, inside: bool) -> None:
    """Every text must lie in one of the limits; what is negated, in ``*`` alone."""
    assert words.within(limits) is inside


@pytest.mark.parametrize(
    ("elements", "action", "about"),
    [
        pytest.param({"Action": "STS:assumerole"}, "sts:AssumeRole", True, id="letter case aside"),
        pytest.param({"Action": ["sts:TagSession", "sts:Set*"]}, "sts:SetContext", True, id="one of a list"),
        pytest.param({"Action": "sts:TagSession"}, "sts:SetContext", False, id="another"),
        pytest.param({"Action": []}, "sts:SetContext", False, id="none"),
        pytest.param({"Action": [UNKNOWN]}, "sts:SetContext", False, id="not known"),
        pytest.param({"Action": None, "NotAction": "sts:TagSession"}, "sts:SetContext", True, id="all but another"),
        pytest.param({"Action": None, "NotAction": "sts:set*"}, "sts:SetContext", False, id="all but itself"),
    ],
)
def test_actions(elements: dict[str, Any], action: str, *, about: bool) -> None:
    """Actions are compared without letter case, and NotAction is everything else."""
    assert statement(**elements).actions.matches(action) is about


def test_a_variable_takes_nothing_away() -> None:
    """NotResource with a policy variable may exclude little, so it excludes nothing here."""
    words = statement(NotResource="b/${aws:username}").resources

    assert words.matches("b/me")
    assert words.touches("b/me")


def test_resources_keep_letter_case() -> None:
    """Resources are compared with letter case, and one that is not given matches nothing."""
    assert not statement(Resource="arn:aws:s3:::B/*").resources.matches("arn:aws:s3:::b/x")
    assert not statement().resources.matches("*")
    assert not statement().resources.touches("*")


@pytest.mark.parametrize(
    ("principal", "covered"),
    [
        pytest.param({"Service": SERVICE}, True, id="itself"),
        pytest.param({"Service": ["x.amazonaws.com", SERVICE]}, True, id="one of a list"),
        pytest.param("*", True, id="everyone"),
        pytest.param({"AWS": "*"}, True, id="everyone by AWS"),
        pytest.param({"Federated": "*"}, True, id="everyone of any kind"),
        pytest.param({"Service": f"{SERVICE}.cn"}, False, id="another one"),
        pytest.param({"Service": "access-grants.*"}, False, id="principals have no wildcards"),
        pytest.param({"AWS": SERVICE}, False, id="of another kind"),
        pytest.param({"Service": UNKNOWN}, False, id="not known"),
    ],
)
def test_services(principal: Any, *, covered: bool) -> None:
    """A service is covered by its exact name or by everyone; NotPrincipal turns that around when all is known."""
    plain, negated = statement(Principal=principal).principals, statement(NotPrincipal=principal).principals

    assert plain.covers(service=SERVICE) is covered
    assert negated.covers(service=SERVICE) is (not covered and not negated.unknown)
    assert not Principals().covers(service=SERVICE)


@pytest.mark.parametrize(
    ("principal", "covered"),
    [
        pytest.param(ROLE, True, id="itself"),
        pytest.param("111122223333", True, id="its account"),
        pytest.param("arn:aws:iam::111122223333:root", True, id="its account's root"),
        pytest.param("arn:aws:iam::111122223333:role/other", False, id="another role of its account"),
        pytest.param("444455556666", False, id="another account"),
    ],
)
def test_aws_principals(principal: str, *, covered: bool) -> None:
    """A role is covered by its ARN and by its account."""
    assert statement(Principal={"AWS": [principal]}).principals.covers(aws=ROLE) is covered


@pytest.mark.parametrize(
    ("principal", "account"),
    [
        pytest.param("111122223333", "111122223333", id="an account"),
        pytest.param("arn:aws-cn:iam::111122223333:root", "111122223333", id="root"),
        pytest.param("arn:aws:iam::111122223333:user/a/b", "111122223333", id="a user"),
        pytest.param("arn:aws:sts::111122223333:assumed-role/x/y", "111122223333", id="a session"),
        pytest.param("AROAEXAMPLEID", None, id="a deleted role"),
        pytest.param("AIDAEXAMPLEID", None, id="a deleted user"),
        pytest.param("*", None, id="everyone"),
        pytest.param("1111222233334", None, id="thirteen digits"),
        pytest.param("\u0661" * 12, None, id="digits of another script"),
        pytest.param("arn:aws:iam:::role/x", None, id="no account"),
        pytest.param("arn:aws:s3::111122223333:x", None, id="another service"),
        pytest.param("", None, id="empty"),
    ],
)
def test_account_of(principal: str, account: str | None) -> None:
    """The account is told where the principal says it."""
    assert account_of(principal) == account == Principals.account_of(principal)


TRUST = {"Effect": "Allow", "Principal": {"Service": SERVICE}, "Action": "sts:AssumeRole"}


def test_allowing() -> None:
    """Given are the Allow statements for the action and the principal, whatever their conditions."""
    found = document(
        {**TRUST, "Condition": {"Bool": {"aws:SecureTransport": True}}},
        {**TRUST, "Effect": "Deny"},
        {**TRUST, "Action": "sts:SetContext"},
        {**TRUST, "Principal": {"AWS": ROLE}},
        {**TRUST, "Principal": "*"},
        {**TRUST, "Effect": UNKNOWN},
        UNKNOWN,
    )

    assert [one.index for one in allowing(found, "sts:AssumeRole", service=SERVICE)] == [0, 4]
    assert [one.index for one in allowing(found, "sts:AssumeRole", aws=ROLE)] == [3, 4]
    assert [one.index for one in allowing(found, "sts:AssumeRole")] == [0, 3, 4]
    assert not found.settled


@pytest.mark.parametrize(
    ("elements", "found"),
    [
        pytest.param({}, True, id="for certain"),
        pytest.param({"Action": "*"}, True, id="every action"),
        pytest.param({"Principal": "*"}, True, id="everyone"),
        pytest.param({"Condition": {}}, True, id="no conditions"),
        pytest.param({"Effect": "Allow"}, False, id="an Allow"),
        pytest.param({"Effect": UNKNOWN}, False, id="an unknown effect"),
        pytest.param({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, False, id="a condition"),
        pytest.param({"Condition": UNKNOWN}, False, id="unknown conditions"),
        pytest.param({"Principal": {"Service": "x.amazonaws.com"}}, False, id="another service"),
        pytest.param({"Principal": None, "NotPrincipal": {"Service": UNKNOWN}}, False, id="an unknown exception"),
        pytest.param({"Principal": None, "NotPrincipal": {"AWS": ROLE}}, True, id="everyone but a role"),
        pytest.param({"Action": None, "NotAction": "sts:TagSession"}, True, id="every other action"),
        pytest.param({"Action": None, "NotAction": [UNKNOWN]}, False, id="every action but an unknown one"),
        pytest.param({"Resource": "*"}, True, id="everywhere"),
        pytest.param({"Resource": "arn:aws:s3:::b/*"}, False, id="somewhere"),
        pytest.param({"NotResource": "*"}, False, id="nowhere"),
    ],
)
def test_denied(elements: dict[str, Any], *, found: bool) -> None:
    """Only a Deny that holds for every request, as far as is known, counts."""
    assert denied(document({**TRUST, "Effect": "Deny", **elements}), "sts:AssumeRole", service=SERVICE) is found
