"""IAM's wildcards against naive matching, word by word."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest
from grantgate_policies.iam import contains, matches, touches
from hypothesis import given, settings
from hypothesis import strategies as st

CAREFUL = settings(derandomize=True, deadline=None, max_examples=400)

# "z" stands in no pattern. Two patterns of three parts share a text of six characters if any, and a pattern that does
# not contain another one misses a text of at most as many.
LONGEST = 6
WORDS = ["".join(word) for length in range(LONGEST + 1) for word in product("abz", repeat=length)]
PATTERNS = st.text("ab*?", max_size=3)


def naive(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(naive(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and naive(pattern[1:], text[1:])


@cache
def language(pattern: str) -> frozenset[str]:
    return frozenset(word for word in WORDS if naive(pattern, word))


@CAREFUL
@given(pattern=st.text("ab*?", max_size=7), text=st.text("abz*?", max_size=7))
def test_matching_is_naive_matching(pattern: str, text: str) -> None:
    """A text matches when some way of filling the wildcards gives it, signs in the text included."""
    assert matches(pattern, text) is naive(pattern, text)


@CAREFUL
@given(one=PATTERNS, other=PATTERNS)
def test_sets_of_texts(one: str, other: str) -> None:
    """Patterns touch when they share a text, and one contains the other when it matches all of its texts."""
    assert touches(one, other) is touches(other, one) is bool(language(one) & language(other))
    assert contains(one, other) is (language(other) <= language(one))


@CAREFUL
@given(outer=st.text("ab*?", max_size=9), inner=st.text("ab*?", max_size=9), word=st.text("abz", max_size=9))
def test_longer_patterns_agree(outer: str, inner: str, word: str) -> None:
    """What a contained pattern matches, the containing one matches, and both then touch where a text is matched."""
    assert contains(inner, inner)
    assert contains("*", inner)
    if matches(inner, word):
        assert matches(outer, word) or not contains(outer, inner)
        assert touches(inner, word.replace("z", "?"))
        if matches(outer, word):
            assert touches(outer, inner)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        pytest.param("", "", True, id="nothing is nothing"),
        pytest.param("", "a", False, id="nothing is no text"),
        pytest.param("*", "", True, id="a star is empty too"),
        pytest.param("?", "", False, id="a question mark is one character"),
        pytest.param("s3:Get*", "s3:getObject", False, id="case counts"),
        pytest.param("[ab]", "a", False, id="brackets are characters"),
        pytest.param("a.c", "abc", False, id="dots are characters"),
        pytest.param("a*", "a\nb/:", True, id="a star passes every sign"),
        pytest.param("a\\*", "a*", False, id="nothing escapes"),
    ],
)
def test_signs(pattern: str, text: str, *, found: bool) -> None:
    """Only ``*`` and ``?`` are wildcards."""
    assert matches(pattern, text) is found


@pytest.mark.parametrize("one", ["STS:Set*", "sts:SET*"])
def test_letter_case(one: str) -> None:
    """Letter case is put aside when asked, for the letters of ASCII only."""
    assert matches(one, "sts:SetContext", ignore_case=True)
    assert touches(one, "sts:setcontext", ignore_case=True)
    assert contains(one, "sts:setc*", ignore_case=True)
    assert not matches(one, "sts:SetContext")
    assert not contains(one, "sts:setc*")
    assert not matches("k", "\N{KELVIN SIGN}", ignore_case=True)


@pytest.mark.parametrize(
    ("outer", "inner", "proven"),
    [
        pytest.param("a*" * 20_000 + "b", "a*" * 20_000 + "b", True, id="many stars"),
        pytest.param("*a" + "?" * 300 + "b" * 50, "*a?*a?a?*" * 40, False, id="many choices"),
        pytest.param("?" * 900, "*" + "?*" * 900, False, id="lengths"),
        pytest.param("?" * 20_000 + "*", "*", False, id="many lengths"),
        pytest.param("*" + "?" * 400 + "a*" * 20_000, "*a?" * 20_000, False, id="long ones"),
        pytest.param("arn:*:" + "a*b?" * 50, "arn:aws:" + "a*b?" * 50, True, id="long and alike"),
        pytest.param("*" + "?a" * 900, "*a?*" * 900, False, id="alternating"),
    ],
)
def test_bounded_time(outer: str, inner: str, *, proven: bool) -> None:
    """Patterns made to be slow are answered at once, as not proven when need be."""
    assert contains(outer, inner) is proven
    shortest = outer.replace("*", "").replace("?", "z")
    assert matches(outer, shortest)
    assert touches(outer, shortest)
    assert touches(shortest, outer)
