"""A sentence reads in a comment as a person would have written it: values are code, and nothing else is."""

from __future__ import annotations

import re
from html import unescape

import pytest
from grantgate_policies.reports.look import Look
from grantgate_policies.reports.markdown.text import Pen, link
from markdown_it import MarkdownIt


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("role name 'DataAdmin' is denied", "role name `DataAdmin` is denied", id="a plain value"),
        pytest.param("by '*admin*', 'x y'.", "by `*admin*`, `x y`.", id="values in a sentence"),
        pytest.param("of 'hr' ('s3://b/*') too", "of `hr` (`s3://b/*`) too", id="in brackets"),
        pytest.param("the scope has {team} = 'hr'", "the scope has `{team}` = `hr`", id="an equals sign"),
        pytest.param("a location's 'hr', the rules' own", "a location's `hr`, the rules' own", id="apostrophes"),
        pytest.param("tag \"it's\" is 'x\\'\"y'", "tag `it's` is `x\\'\"y`", id="as repr writes quotes in values"),
        pytest.param('the word "plain" and "no @x"', 'the word "plain" and `"no @x"`', id="quotes of prose"),
        pytest.param("'' is empty", "'' is empty", id="an empty value"),
        pytest.param("'a'… (2,000 characters)", "`a`… (2,000 characters)", id="a value that was cut"),
        pytest.param("use --flag a@b or c@d, g@h", "use `--flag a@b` or `c@d`, `g@h`", id="side by side"),
        pytest.param("('a'…), b", "(`a`…), b", id="a value that was cut, in brackets"),
        pytest.param("= a", "`=` a", id="a heading's line"),
        pytest.param("- a - b / c + d: e", "`-` a - b / c + d: e", id="marks between words"),
        pytest.param("{team}='hr'", "`{team}='hr'`", id="no space between"),
        pytest.param("'`tick`'", "`` `tick` ``", id="backticks in a value"),
    ],
)
def test_sentences(text: str, expected: str) -> None:
    """A value is one code span, which is all of it and no quotes; marks between words are no code."""
    assert Pen(Look()).prose(text) == expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        pytest.param("https://docs.example.com/a/b.html#c", "https://docs.example.com/a/b.html#c", id="plain"),
        pytest.param("https://example.com", "https://example.com", id="a host"),
        pytest.param(
            "https://example.com:8443/?a=b&copy=(c)", "https://example.com:8443/?a=b&copy=%28c%29", id="query"
        ),
        pytest.param("", "", id="none"),
        pytest.param("http://example.com/", "", id="not https"),
        pytest.param("javascript:alert(1)", "", id="a script"),
        pytest.param("https://good.example.com@evil.example/", "", id="another host"),
        pytest.param("https://example.com/) [x](y", "", id="an end of the link"),
        pytest.param("https://example.com/\n", "", id="a line"),
        pytest.param("https://example.com/|", "", id="a bar"),
        pytest.param('https://example.com/"onclick="x', "", id="an attribute"),
        pytest.param(f"https://example.com/{'x' * 600}", "", id="without end"),
    ],
)
def test_links(address: str, expected: str) -> None:
    """Only a plain https address is linked, and it is the one that was given."""
    rendered = MarkdownIt("gfm-like").render(link("`AGL-03`", address))

    assert [unescape(href) for href in re.findall(r'href="([^"]*)"', rendered)] == ([expected] if expected else [])
    assert unescape(re.sub(r"<[^>]*>", "", rendered)).strip() == "AGL-03"
