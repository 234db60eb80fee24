"""What holds for every text: nothing outside a match has a say in it, and nothing is found in what is left."""

import html
import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.core.names import fold
from egregora.privacy.detect import detect
from egregora.privacy.detect.identifiers import kinds, rules, with_signs
from egregora.privacy.detect.spans import Span, without
from egregora.privacy.roster import Roster
from tests.conftest import examples

ROSTER = Roster(
    {
        "ana clara souza": "aaaaaaaa",
        "rosa leão": "cccccccc",
        "will young": "ffffffff",
        "王小明": "dddddddd",
        "5511987654321": "eeeeeeee",
    },
    hidden=frozenset(),
)
REDACTOR = ROSTER.redactor()
LABEL = rf"\[(?:person(?::[0-9a-f]{{8}})?|{'|'.join(kinds())})\]"

FOUND = {}  # the examples of each kind
for _rule in rules():
    FOUND.setdefault(_rule.kind, []).extend(_rule.found)
EXAMPLES = [text for rule in rules() for text in (*rule.found, *rule.left)]
WORDS = [
    "o",
    "meu",
    "número",
    "é",
    "my",
    "number",
    "is",
    "mi",
    "teléfono",
    "meine",
    "Nummer",
    "ist",
    "mon",
    "numéro",
    "le",
    "mio",
    "numero",
    "mijn",
    "nummer",
    "conta",
    "order",
    "ticket",
    "de",
    "19",
    "el",
    "as",
    "com",
    "in",
    "em",
    "Rua",
    "Straße",
    "pedido",
    "cpf",
    "Ausweis",
    "Ana",
    "Clara",
    "souza",
    "rosa",
    "Will",
    "will",
    "young",
    "Kyle",
    "Tia",
    "phone:",
    "tel.",
]
DATES = ["12/03/2021", "2024-03-05T10:30:00Z", "05.03.2024", "10h30", "Tue Jun 02 20:17:00", "20240305", "7 2019"]
LINKS = [
    *(
        "https://a.example/p?x=1&token=abc",
        "https://a.example/?key=1",
        "www.a.example/#sid=5&y=2",
        "a.example/?a=1&email=q%40b.co",
    ),
    *("https://x.com/joe/status/1234567?s=20", "https://a.example/ana-clara/x", "https://a.example/?q=ana+clara&r=2"),
    *(
        "https://joe:pw@a.example/",
        "https://a.example/@joe",
        "https://a.example/?u=%2B5511912345678",
        "https://a.example/(x)?sig=1",
    ),
    *(
        "https://zoom.us/j/123456789?pwd=x",
        "https://a.example/?next=https%3A%2F%2Finstagram.com%2Fjoe",
        "http://a.example/5511987654321",
    ),
    *(
        "https://teams.microsoft.com/l/meetup-join/19:m@thread.v2/0",
        "https://a.example/12345678901234567",
        "tg://resolve?domain=x",
    ),
]
MARKS = [
    "[text](",
    ")",
    "&amp;",
    "&#64;",
    "&#10;",
    "\\_",
    "\\@",
    "**",
    "_",
    "`",
    "<br>",
    "&",
    "?",
    "#",
    "&lt;",
    "\u200b",
    "&#x2028;",
]
GAPS = ["", " ", " ", " ", "\n", "\n", ", ", ". ", "-", "/", "(", ")", "\u2028", "\r\n", '"', "<", ">", "[", "]"]
PIECES = st.one_of(
    st.sampled_from(EXAMPLES),
    st.sampled_from(LINKS),
    st.sampled_from([*WORDS, *DATES]),
    st.sampled_from(MARKS),
    st.integers(0, 10**17).map(str),
    st.text(max_size=3),
)
TEXTS = st.lists(st.tuples(PIECES, st.sampled_from(GAPS)), max_size=6).map(
    lambda parts: "".join(a + b for a, b in parts)
)
MANY = settings(max_examples=examples(200))


@given(TEXTS, TEXTS, st.sampled_from(["pt", "de"]))
@MANY
def test_a_line_is_judged_by_itself(one, other, language):
    start = len(one) + 1
    moved = [Span(span.start + start, span.end + start, *span[2:]) for span in REDACTOR.detect(other, language)]
    assert REDACTOR.detect(f"{one}\n{other}", language) == [*REDACTOR.detect(one, language), *moved]


@given(TEXTS)
@MANY
def test_nothing_is_found_in_what_is_left(text):
    left, counts = REDACTOR.redact(text)
    assert REDACTOR.detect(left) == []
    assert (left == text) == (not counts)


@given(TEXTS)
@MANY
def test_nothing_is_found_in_what_is_left_however_it_is_escaped(text):
    left = REDACTOR.redact(text)[0]
    assert REDACTOR.detect(html.escape(left)) == []
    assert REDACTOR.detect(html.unescape(left)) == []


@given(TEXTS)
@MANY
def test_no_placeholder_stands_in_an_address(text):
    left = REDACTOR.redact(text)[0]
    unmarked = re.sub(LABEL, "\ue000", left)
    before = re.sub(LABEL, "\ue000", text)
    inside = r"(?:://|www\.)[^\s<>\"()\[\]\ue000]*\ue000[^\s<>\"()\[\]]"
    assert not re.search(inside, unmarked) or re.search(inside, before)


@given(TEXTS)
@MANY
def test_spans_are_in_order_and_apart(text):
    spans = REDACTOR.detect(text)
    assert all(span.start < span.end <= after.start for span, after in pairwise(spans))
    assert without(text, spans) == without(text, sorted(spans))


@given(TEXTS)
@MANY
def test_what_a_rule_asks_of_a_text_is_what_its_matches_hold(text):
    for folded in fold(text).split("\n"):
        tried = with_signs(folded, rules())
        assert not [rule for rule in rules() if rule not in tried and [*rule.spans(folded, lambda _: False)]]


AROUND = ["{}", "42 {}", "{} 42", "{} 7 2019", "12/03/2021 {}", "{} 12/03/2021", "vi isso ontem com eles: {}", "{}\nok"]


@pytest.mark.parametrize("around", [*AROUND, "ok\n{}", "{} and these are five words", "1 {} 2", "{}, 2024-03-05"])
@pytest.mark.parametrize("kind", FOUND)
def test_every_example_is_found_whatever_stands_beside_it(kind, around):
    if kind == "address":  # a town ends its clause
        around = around.replace("{} ", "{}; ").replace(" {}", "; {}")
    start = len(around.partition("{}")[0])
    found = {text: detect(around.format(text)) for text in FOUND[kind]}
    assert not {
        text: spans
        for text, spans in found.items()
        if not any(span.start <= start and start + len(text) <= span.end for span in spans)
    }
