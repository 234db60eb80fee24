import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.privacy.roster import Roster
from tests.conftest import examples

REDACTOR = Roster({"laura souza": "aaaaaaaa", "bruno lima": "bbbbbbbb"}, frozenset()).redactor()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kyle Collins ligou", "[person] ligou"),
        ("fala com Sílvia Tavares amanhã", "fala com [person] amanhã"),
        ("fala com a silvia", "fala com a [person]"),
        ("o Prof. Xiz saiu", "o Prof. [person] saiu"),
        ("my cousin Quorra is here", "my cousin [person] is here"),
        ("meu nome é Zabelê Prates", "meu nome é [person]"),
        ("ich war mit Heike Müller heute im Park", "ich war mit [person] heute im Park"),
        ("wir haben mit Heike Kuchen gegessen", "wir haben mit [person] Kuchen gegessen"),
        ("Maria José dos Santos foi", "[person] foi"),
        ("avec Thérèse et Jean-Luc", "avec [person] et [person]"),
        ("Grace Murray came", "[person] came"),
        ("ho visto Giuseppe ieri", "ho visto [person] ieri"),
        ("het boek van Marieke", "het boek van [person]"),
        ("vi a Tatá e a Duda", "vi a [person] e a [person]"),
        ("Mônica's cake", "[person]'s cake"),
        ("falei com giulia zorbini hoje", "falei com [person] hoje"),
        ("ICH HABE DORIS MÖCHLICHEN GESEHEN", "ICH HABE [person] GESEHEN"),
        ("la festa di rosa esposito", "la festa di [person]"),
        ("Vincent est en vacances", "[person] est en vacances"),
        # A family name that is a word: what people do behind it, a person's word before it, within a sentence.
        ("o Carvalho disse que vem", "o [person] disse que vem"),
        ("vi Loureiro na feira", "vi [person] na feira"),
        ("ask Thompson first", "ask [person] first"),
        ("ik ging met Jansen mee", "ik ging met [person] mee"),
        ("de la Cruz dijo que no", "[person] dijo que no"),
        # In German a name that is no noun of that language counts with a capital, and one that is behind "Herr".
        ("Schmidt kommt nicht, das ist schade", "[person] kommt nicht, das ist schade"),
        ("Herr Krause ruft morgen an", "Herr [person] ruft morgen an"),
        ("wir gehen mit Stella in den Park", "wir gehen mit [person] in den Park"),
        ("kennst du Koch aus dem dritten Stock", "kennst du [person] aus dem dritten Stock"),
        # A name that is a word, in lower case: only behind what nobody but people follows, or before what they do.
        ("avisa a clara que sim", "avisa a [person] que sim"),
        ("tell rose about it", "tell [person] about it"),
        ("fala com o carvalho amanhã", "fala com o [person] amanhã"),
        ("apollo ligou cedo", "[person] ligou cedo"),
        ("marco antonio chegou", "[person] chegou"),
        ("my cousin harm is here", "my cousin [person] is here"),
        # Beside somebody in a list; two words that we do not know; words between a name and what somebody does.
        ("Luna, Tadeo, venís?", "[person], [person], venís?"),
        ("falei com Zorin Kraasman ontem", "falei com [person] ontem"),
        ("Linde heeft voor je gebeld", "[person] heeft voor je gebeld"),
    ],
)
def test_people_of_no_roster_are_somebody(text, expected):
    assert REDACTOR.redact(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        *("a rosa, Grace under pressure, Will you?", "vamos a São Paulo, San Diego e Santa Monica"),
        *("no bairro de Perdizes", "Tia Segunda", "May I? In May or June", "MEU FILHO VAI", "uma joke, o harm"),
        *("o luar da serra, uma rosa amarela", "un olivier et du soleil", "I WILL GO"),
        *("tell the baker", "fala pra gente", "a linda luz, o carvalho velho", "minha prima linda", "ask me, tell him"),
        *("wir sind mit Herz und Hand bei der Arbeit", "die Rose ist schön und der Koch auch", "Dia das Mães"),
        *(
            "la rosa es de la tienda",
            "de bakker en de visser",
            "la marca Zorbin",
            "le marchand du coin",
            "il pane buono",
        ),
    ],
)
def test_words_and_places_are_nobody(text):
    assert REDACTOR.redact(text) == (text, {})


SPEAKING = (
    "Kyle kyle KYLE Giulia Schneider Frau cousin tell com a Rosa Zorbin said disse ha de Silva Laura souza Bruno São"
    " van der Van Carvalho Loureiro Stella marco dijo avisa rosa"
    " anne-marie O'Brien Bia meu nome e ich und Park Netflix Mark mark , . ! [person] 12345678 @joao Tia J."
)


@given(st.lists(st.sampled_from(SPEAKING.split()), max_size=9).map(" ".join))
@settings(max_examples=examples(600))
def test_what_is_left_names_nobody_more(text):
    once = REDACTOR.redact(text)[0]
    assert REDACTOR.redact(once) == (once, {})


@pytest.mark.parametrize("text", ["fala com giulia souza", "Giulia Souza chegou", "GIULIA SOUZA CHEGOU"])
def test_no_part_of_a_name_is_left_where_a_member_has_the_other(text):
    assert "giulia" not in REDACTOR.redact(text)[0].lower()


def test_a_member_is_told_from_somebody_with_the_same_name():
    assert REDACTOR.redact("Laura Souza, Laura e Laura Foster")[0] == "[person:aaaaaaaa], [person:aaaaaaaa] e [person]"
