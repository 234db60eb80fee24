import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.privacy.detect.columns.prefilter import Candidates
from egregora.privacy.detect.identifiers import rules
from egregora.privacy.detect.redactor import Tried
from egregora.privacy.roster import Roster
from tests.conftest import examples

ROSTER = Roster(
    {"ana clara souza": "aaaaaaaa", "rosa leão": "cccccccc", "王小明": "dddddddd", "5511987654321": "eeeeeeee"},
    hidden=frozenset(),
)
REDACTOR = ROSTER.redactor()
CANDIDATES = Candidates(ROSTER.names())
WRITTEN = [
    *(
        "Ana",
        "ANA",
        "ána",
        "Clara",
        "Souza",
        "souza's",
        "Rosa",
        "rosa",
        "leão",
        "王小明",
        "banana",
        "анна",
        "ﬁ",
        "ß",
        "\u0131",
        "²",
    ),
    *("❤️", "👨\u200d👩\u200d👧", "\u200b", "\u2068", "\u200d", "\ufe0f"),
]
PIECES = st.one_of(
    st.sampled_from(WRITTEN),
    st.sampled_from(["", " ", "-", ".", "\n", "@", "+", "٣", "1", "12 ", "(11) ", "rua ", "https://"]),
    st.sampled_from([text for rule in rules() for text in rule.found]),
    st.text(max_size=3),
)
SPEAKING = (
    "Kyle kyle KYLE Giulia Schneider schneider Frau cousin tell com a Rosa rosa Zorbin said disse ha de Silva silva São"
    " anne-marie O'Brien Bia bia meu nome e ich und Park Netflix Ken Mark mark , . ! [person] 12 @joao Tia J. Ñandú"
)


@given(st.lists(PIECES, max_size=6).map("".join))
def test_looking_at_candidates_only_finds_the_same(text):
    found = CANDIDATES.among(pa.array([text]))
    assert (REDACTOR.redact(text, tried=found[0]) if found else (text, {})) == REDACTOR.redact(text)


@given(st.lists(st.sampled_from(SPEAKING.split()), max_size=7).map(" ".join))
@settings(max_examples=examples(600))
def test_looking_at_candidates_only_finds_the_same_people(text):
    found = CANDIDATES.among(pa.array([text]))
    assert (REDACTOR.redact(text, tried=found[0]) if found else (text, {})) == REDACTOR.redact(text)


@pytest.mark.parametrize(
    "text", ["kkkkk", "bom dia pessoal ☀️", "não sei 👨\u200d👩\u200d👧", "às 10h30, R$ 40", "a rosa é linda", "", None]
)
def test_ordinary_texts_are_no_candidates(text):
    assert CANDIDATES.among(pa.array([text, text], pa.string())) == {}


@pytest.mark.parametrize("text", [text for rule in rules() for text in rule.found])
def test_what_a_rule_finds_is_a_candidate(text):
    assert set(CANDIDATES.among(pa.array(["oi", f"segue {text}", None, f"SEGUE {text.upper()}"]))) == {1, 3}


@pytest.mark.parametrize(
    "text",
    [
        "falei com a Zorbin ontem",  # the words before the name end with one of a letter
        "ontem, Zorbin te disse que sim",
        "Fala com @\u2068Ana Clara\u2069 e com o Zorbin",
        "marina.martins41@exa\u129emple.org",
        "анна, 11 91234-5678",
        "É DA ROSA, SÃO ROSAS",
        "Zorbin-xyz said so",  # words with a hyphen or "O'" are one word
        "Fala com a O'also amanhã",
        "Zorbin-netflix te disse que sim",
        "Aurora m. Zorbin",  # behind an initial, and behind a particle
        "Aurora van den Zorbin",
        "Luna, Tadeo, venís?",
        "aurora ligou agora",
        "boat da\U0001f13cy, ana\U0001f13c",  # squared letters are letters
    ],
)
def test_a_candidate_is_told_what_to_try(text):
    found = CANDIDATES.among(pa.array([text]))
    assert (REDACTOR.redact(text, tried=found[0]) if found else (text, {})) == REDACTOR.redact(text)


def test_a_mention_alone_is_looked_at_for_nothing_else():
    assert CANDIDATES.among(pa.array(["oi @\u2068Ana Clara\u2069"])) == {0: Tried((), False, False, False, False)}
