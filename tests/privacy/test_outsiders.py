import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.privacy.roster import Roster

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
    ],
)
def test_words_and_places_are_nobody(text):
    assert REDACTOR.redact(text) == (text, {})


SPEAKING = (
    "Kyle kyle KYLE Giulia Schneider Frau cousin tell com a Rosa Zorbin said disse ha de Silva Laura souza Bruno São"
    " anne-marie O'Brien Bia meu nome e ich und Park Netflix Mark mark , . ! [person] 12345678 @joao Tia J."
)


@given(st.lists(st.sampled_from(SPEAKING.split()), max_size=9).map(" ".join))
@settings(max_examples=600)
def test_what_is_left_names_nobody_more(text):
    once = REDACTOR.redact(text)[0]
    assert REDACTOR.redact(once) == (once, {})


@pytest.mark.parametrize("text", ["fala com giulia souza", "Giulia Souza chegou", "GIULIA SOUZA CHEGOU"])
def test_no_part_of_a_name_is_left_where_a_member_has_the_other(text):
    assert "giulia" not in REDACTOR.redact(text)[0].lower()


def test_a_member_is_told_from_somebody_with_the_same_name():
    assert REDACTOR.redact("Laura Souza, Laura e Laura Foster")[0] == "[person:aaaaaaaa], [person:aaaaaaaa] e [person]"
