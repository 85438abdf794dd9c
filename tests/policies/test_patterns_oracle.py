"""
Patterns against an oracle that shares nothing with them: key sets, written out key by key.

The oracle knows a pattern as the list of parts that it was built from, matches by naive recursion, and calls a scope
admitted when its set of keys is a subset of the pattern's, and touched when the two sets meet. Keys end at a horizon,
and the sets are compared only up to it. That decides the same as without an end:

* admitted: every key that begins with the prefix must match. When one does not, a short one does not: the prefix
  itself, or one character more. The horizon is two characters after the prefix.
* touched: a shortest common key is the prefix, then what is left of the pattern with every ``*`` empty and every
  capture one character long. Patterns that need more than four characters are not drawn, and the horizon is four
  characters after the prefix.
* every bucket: one of the four buckets is written in letters that no pattern has, so that only a lone ``*`` (or
  captures, which then take different texts) matches all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

from grantgate.arns import Arn
from grantgate_policies.patterns import combine, name_pattern, prefix_pattern, role_pattern, scope_pattern
from grantgate_policies.scopes import Scope
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator

Part = tuple[str, str]  # ("text", characters), ("star", ""), ("name", capture), ("variable", name) or ("rest", "")
Values = dict[str, "str | None"]
Bound = frozenset[tuple[str, str]]

LETTERS = "ab-/"
NEAR, FAR = 2, 4  # characters after the prefix
BUCKETS = ["a", "ab", "a-b", "zz"]
CAREFUL = settings(derandomize=True, deadline=None, max_examples=300)


# --- the oracle -------------------------------------------------------------------------------------------------------


def ways(parts: list[Part], text: str, bound: dict[str, str]) -> Iterator[Bound]:
    """Try every length for every part."""
    if not parts:
        if not text:
            yield frozenset(bound.items())
        return
    (kind, what), *others = parts
    if kind == "rest":
        yield frozenset(bound.items())
        return
    for end in range(len(text) + 1):
        taken = text[:end]
        if kind == "text" and taken != what:
            continue
        if kind in ("star", "name") and "/" in taken:
            break
        if kind == "name":
            if not taken or bound.get(what, taken) != taken:
                continue
            yield from ways(others, text[end:], {**bound, what: taken})
        else:
            yield from ways(others, text[end:], bound)


def filled(parts: list[Part], values: Values) -> list[Part]:
    """Put the values in the place of the variables, and a star where there is none."""
    return [
        (("text", values[what] or "") if values[what] is not None else ("star", ""))
        if kind == "variable"
        else (kind, what)
        for kind, what in parts
    ]


def keys_of(scope: Scope, horizon: int) -> Iterator[tuple[str, str]]:
    for length in range(horizon + 1):
        for letters in product(LETTERS, repeat=length):
            for bucket in [scope.bucket] if scope.bucket else BUCKETS:
                yield bucket, scope.prefix + "".join(letters)


def oracle(bucket: list[Part], path: list[Part], scope: Scope, horizon: int) -> Iterator[set[Bound]]:
    """Give, for each key of the scope, the ways in which it matches."""
    starts = {name: set(ways(bucket, name, {})) for name in [*BUCKETS, scope.bucket]}
    for name, key in keys_of(scope, horizon):
        yield {way for start in starts[name] for way in ways(path, key, dict(start))}


def holding(bucket: list[Part], path: list[Part], scope: Scope) -> set[Bound]:
    """Give the ways that hold for every key of the scope."""
    answers = oracle(bucket, path, scope, NEAR)
    held = next(answers)
    for answer in answers:
        if not held:
            break
        held &= answer
    return held


# --- what is drawn ----------------------------------------------------------------------------------------------------


def written(parts: list[Part]) -> str:
    signs = {"text": "{}", "star": "*", "name": "{{{}}}", "variable": "{{{}}}", "rest": "*"}
    return "".join(signs[kind].format(what) for kind, what in parts)


def readable(parts: list[Part]) -> bool:
    """Two stars or two captures side by side are no pattern."""
    pairs = list(pairwise(parts))
    return not any(one[0] == other[0] and one[0] in ("star", "name") for one, other in pairs)


NAMES = ["t", "u"]
PARTS = st.one_of(
    st.sampled_from(["a", "b", "-"]).map(lambda text: ("text", text)),
    st.just(("star", "")),
    st.sampled_from(NAMES).map(lambda name: ("name", name)),
    st.sampled_from(["environment", "region"]).map(lambda name: ("variable", name)),
)
SEGMENTS = st.lists(PARTS, min_size=1, max_size=4).filter(readable)
PATHS = st.lists(SEGMENTS, max_size=2).map(
    lambda segments: [*(part for one in segments for part in (*one, ("text", "/"))), ("rest", "")]
)
# The oracle looks no further than its horizon: the shortest key that a path matches must not be longer.
SHORT = PATHS.filter(lambda parts: sum(kind in ("text", "name", "variable") for kind, _ in parts) <= 4)
BOUND = st.text("ab-", min_size=1, max_size=2)


@dataclass(frozen=True)
class Case:
    """A pattern in parts, a scope that it may admit, and values."""

    bucket: list[Part]
    path: list[Part]
    scope: Scope
    values: Values

    @property
    def text(self) -> str:
        """The pattern as it is written."""
        return f"s3://{written(self.bucket)}/{written(self.path)}"


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw any scope for any pattern, or one that was made from the pattern and then perhaps cut or continued."""
    bucket, path = draw(SEGMENTS), draw(SHORT)
    values: Values = {"environment": draw(st.sampled_from("ab")), "region": draw(st.sampled_from("a-"))}
    taken = {name: draw(BOUND) for name in NAMES}

    def made(parts: list[Part]) -> str:
        text = ""
        for kind, what in parts:
            star = draw(st.text("ab-", max_size=2)) if kind == "star" else ""
            text += {"text": what, "name": taken.get(what, ""), "variable": values.get(what) or ""}.get(kind, star)
        return text

    if draw(st.integers(0, 3)):
        prefix = made(path)
        prefix = prefix[: len(prefix) - draw(st.integers(0, 2))] + draw(st.text(LETTERS, max_size=1))
        return Case(bucket, path, Scope(made(bucket) or "a", prefix), values)
    anywhere = st.builds(Scope, st.sampled_from(BUCKETS), st.text(LETTERS, max_size=4))
    return Case(bucket, path, draw(st.one_of(st.just(Scope("", "")), anywhere)), values)


EVERYWHERE = Scope("", "")
ANY: list[Part] = [("rest", "")]


def repeats(parts: list[Part]) -> bool:
    names = [what for kind, what in parts if kind == "name"]
    return len(names) > len(set(names))


# --- scopes -----------------------------------------------------------------------------------------------------------


@CAREFUL
@given(cases())
@example(Case([("star", "")], ANY, EVERYWHERE, {}))
@example(Case([("name", "t")], ANY, EVERYWHERE, {}))
@example(Case([("star", ""), ("name", "t")], ANY, EVERYWHERE, {}))
def test_admission_is_inclusion(case: Case) -> None:
    """A scope is admitted with the captures that hold for every one of its keys, and only then."""
    expected = holding(filled(case.bucket, case.values), filled(case.path, case.values), case.scope)

    held = scope_pattern(case.text).admits(case.scope, case.values)

    assert set(held) == expected
    assert list(held) == sorted(set(held), key=sorted)


def shares(case: Case, values: Values) -> bool:
    return any(oracle(filled(case.bucket, values), filled(case.path, values), case.scope, FAR))


@CAREFUL
@given(cases())
def test_touching_is_sharing_a_key(case: Case) -> None:
    """A scope is touched when a key is shared; names that stand twice may only make more scopes touched."""
    # Every bucket that there could be is more than the oracle's four.
    assume(case.scope.bucket)

    touched = scope_pattern(case.text).touches(case.scope, case.values)

    if repeats([*case.bucket, *case.path]):
        assert touched or not shares(case, case.values)
    else:
        assert touched is shares(case, case.values)


@CAREFUL
@given(cases(), st.sampled_from(["environment", "region"]))
def test_a_lost_value_closes(case: Case, lost: str) -> None:
    """Without the value of a variable that it needs, a pattern admits nothing and touches what a star would."""
    pattern = scope_pattern(case.text)
    assume(lost in pattern.variables)
    without = {**case.values, lost: None}

    assert pattern.admits(case.scope, without) == ()
    assert pattern.nearest(case.scope, without) == f"{{{lost}}} has no value here, so nothing can match"
    assert pattern.touches(case.scope, without) or not pattern.touches(case.scope, case.values)
    if case.scope.bucket and not repeats([*case.bucket, *case.path]):
        assert pattern.touches(case.scope, without) is shares(case, without)


@CAREFUL
@given(cases(), st.text(LETTERS, max_size=3))
def test_narrower_and_respelt(case: Case, more: str) -> None:
    """
    What admits a scope admits every narrower one, with the same captures; what admits touches.

    A pattern ending in ``/`` is the same as one ending in ``/*``, and each phrase of ``nearest`` is about a refusal.
    """
    pattern, respelt = scope_pattern(case.text), scope_pattern(case.text.removesuffix("*"))
    scope, values = case.scope, case.values
    held = pattern.admits(scope, values)

    assert respelt.admits(scope, values) == held
    assert respelt.touches(scope, values) is pattern.touches(scope, values)
    assert bool(pattern.nearest(scope, values)) is (not held)
    if held:
        assert pattern.touches(scope, values)
        assert not scope.bucket or pattern.admits(Scope(scope.bucket, scope.prefix + more), values) == held


@CAREFUL
@given(cases())
def test_prefix_patterns_are_scope_patterns_for_any_bucket(case: Case) -> None:
    """A prefix pattern says of the prefix what the scope pattern with any bucket says."""
    assume(len(case.path) > 1 and case.scope.bucket)
    pattern = prefix_pattern(written(case.path))

    held = pattern.admits(case.scope, case.values)

    assert held == scope_pattern(f"s3://*/{written(case.path)}").admits(case.scope, case.values)
    assert bool(pattern.nearest(case.scope, case.values)) is (not held)


# --- one segment, names, roles ----------------------------------------------------------------------------------------

VALUES = st.fixed_dictionaries({"environment": st.sampled_from(["a", "b"]), "region": st.sampled_from(["a", "-"])})
LONGER = st.lists(PARTS, min_size=1, max_size=7).filter(readable)


@CAREFUL
@given(parts=LONGER, text=st.text("ab-", max_size=9), values=VALUES)
def test_captures_are_the_naive_ones(parts: list[Part], text: str, values: Values) -> None:
    """Every way to capture is found, once, up to the 64 that are given."""
    assume(sum(kind in ("star", "name") for kind, _ in parts) <= 4)
    expected = set(ways(filled(parts, values), text, {}))

    held = scope_pattern(f"s3://b-b/{written(parts)}/").admits(Scope("b-b", f"{text}/"), values)

    assert len(held) == len(set(held)) == min(len(expected), 64)
    assert set(held) <= expected


@CAREFUL
@given(parts=LONGER, text=st.text("abAB-", max_size=9), ignore_case=st.booleans())
def test_names(parts: list[Part], text: str, *, ignore_case: bool) -> None:
    """A name pattern matches what naive matching says, in lower case when the case does not matter."""
    plain = [part for part in parts if part[0] in ("text", "star")]
    assume(plain and readable(plain) and written(plain).count("*") <= 4)

    held = name_pattern(written(plain)).matches(text, ignore_case=ignore_case)

    assert held is bool(set(ways(plain, text.lower() if ignore_case else text, {})))


@CAREFUL
@given(
    steps=st.lists(SEGMENTS, min_size=1, max_size=3),
    below=st.booleans(),
    role=st.lists(st.text("ab-", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join),
    values=VALUES,
)
def test_roles(steps: list[list[Part]], role: str, values: Values, *, below: bool) -> None:
    """A role matches when its path and name do; a final ``/*`` takes one character or more."""
    assume(below or steps[-1] != [("star", "")])
    texts = [written(one) for one in steps] + ["*"] * below
    slashed = [part for one in steps for part in (*filled(one, values), ("text", "/"))]
    if below:
        expected = {way for cut in range(len(role)) for way in ways(slashed, role[:cut], {})}
    else:
        expected = set(ways(slashed[:-1], role, {}))
    pattern = role_pattern("arn:*:iam::{account.id}:role/" + "/".join(texts))
    arn = Arn.parse(f"arn:aws:iam::111122223333:role/{role}")
    here = {**values, "account.id": "111122223333"}

    held = pattern.matches(arn, here)

    assert set(held) == expected
    assert bool(pattern.nearest(arn, here)) is (not held)
    assert pattern.denies(arn, {**here, "account.id": None}) or not held
    assert pattern.matches(arn, {**here, "account.id": None}) == ()
    if not repeats([part for one in steps for part in one]):
        assert pattern.denies(arn, here) is bool(held)


# --- joining ----------------------------------------------------------------------------------------------------------

BINDINGS = st.dictionaries(st.sampled_from("tuv"), st.sampled_from("xy")).map(lambda taken: frozenset(taken.items()))
SIDES = st.lists(BINDINGS, max_size=4, unique=True).map(tuple)


@CAREFUL
@given(left=SIDES, right=SIDES, third=SIDES)
def test_combine_is_a_join(left: tuple[Bound, ...], right: tuple[Bound, ...], third: tuple[Bound, ...]) -> None:
    """Joining keeps what agrees, in no particular order of joining, and one empty alternative changes nothing."""
    agreeing = {
        one | other for one in left for other in right if all(text == dict(other).get(name, text) for name, text in one)
    }

    assert set(combine(left, right)) == agreeing
    assert combine(left, right) == combine(right, left)
    assert combine(combine(left, right), third) == combine(left, combine(right, third))
    assert set(combine(left, (frozenset(),))) == set(left)
    assert combine(left, ()) == ()
