# ruff: noqa: RUF001  # quotation marks and letters that look like others are meant
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.content.author_names import NameEvidence, closes_quote, display_name, has_open_quote

EVENTS = [
    'Ana changed the group name to "Trip: Rome"',
    'Ana changed the group name from "Trip: Rome" to "Trip: Paris"',
    "Ana changed the group name to “Trip: Rome”",
    "Ana changed the group name from “Trip: Rome” to “Trip: Paris”",
    "Ana hat den Gruppennamen von „Reise: Rom“ zu „Reise: Paris“ geändert",
    "Ana zmienił(a) temat na „Podróż: Rzym”",
    "Ana ändrade ämnet till ”Resa: Rom”",
    "Ana vaihtoi aiheeksi »Matka: Rooma»",
    "Ana hat den Betreff zu ‚Reise: Rom\u2018 geändert",
    "Ana a changé le sujet de «\u00a0Voyage\u00a0: été\u00a0» à «\u00a0Voyage: Rome\u00a0»",
    "Ana ændrede emnet til »Rejse: Rom«",
    "Анна изменила тему на «Поездка: Рим»",
    "Anaがグループの件名を「旅行: ローマ」に変更しました",
    "Anaがグループの件名を『旅行: ローマ』に変更しました",
    "Ana将群名改为《旅行: 罗马》",
]
PEOPLE = ['Ana "A" B', "Ana «a Bela»", "„Ana“", "“Ana”", "”Ana”", "»Ana«", "O’Neil", "Ka\u2018iulani", "「アナ」", ""]


@pytest.mark.parametrize("line", EVENTS)
def test_a_quotation_that_is_open_before_the_colon_makes_an_event(line):
    name, _, text = line.partition(": ")
    assert has_open_quote(name)
    assert has_open_quote(name + ": ")
    assert closes_quote(text)
    assert closes_quote(text, name)


@pytest.mark.parametrize("name", PEOPLE)
def test_a_quotation_that_ends_in_a_name_is_part_of_it(name):
    assert not has_open_quote(name)
    assert not closes_quote("no \u201d and » and “", name)


@pytest.mark.parametrize("text", ["oi", 'she said "hi"', "a “b” c", "«a»", "it’s", "I want „x“", ""])
@pytest.mark.parametrize("name", ['Zé 5" tela', "Ana “x", "„Ana", "«Ana"])
def test_what_people_with_odd_quotes_in_their_names_say_is_theirs(name, text):
    assert has_open_quote(name)
    assert not closes_quote(text, name)


@given(st.text('ab"“”„«»', max_size=30))
def test_a_quotation_that_is_closed_at_last_was_open_before(text):
    halves = [(text[:end], text[end:]) for end in range(1, len(text))]
    assert [closes_quote(*reversed(half)) for half in halves] == [
        has_open_quote(name) and not has_open_quote(text) for name, _ in halves
    ]


def test_marks_and_odd_spaces_are_no_part_of_a_name():
    assert display_name("\u202a+55\u00a011\u00a098888-7777\u202c: ") == "+55 11 98888-7777"
    assert display_name("~\u202fCaio") == "~ Caio"
    assert display_name("Ana: casa") == "Ana: casa"


def evidence_of(*lines):
    """Of lines "name: text" or "name| what the app wrote", and the first name if the app wrote its line."""
    found, first = NameEvidence(), None
    for number, line in enumerate(lines):
        name, by_app, text = line.partition("| ")
        if by_app:
            found.add_app_line(f"{name}: ", text)
            first = f"{name}: " if number == 0 else first
        else:
            name, _, text = line.partition(": ")
            found.add_message(f"{name}: ", text, marked_by_app=True)
    return found, first


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("Trip", ["Trip| Messages are encrypted.", "Ana| Ana created this group", "Ana: hi", "Bia: ho"]),
        ("Trip: Rome", ["Trip: Rome: \u200eMessages are encrypted.", "Ana: hi", "Bia: ho"]),
        ("رحلة: روما", ["رحلة: روما: \u200fالرسائل مشفرة.", "Ana: hi", "Bia: ho"]),
        # a chat of two
        ("Ana", ["Ana| Messages are encrypted.", "Ana: hi", "Bia: ho", "Ana: well"]),
        ("Me", ["Me| Messages are encrypted.", "Me: hi", "Bia: ho", "Me: well"]),
        ("Trip", ["Trip| Ana created the group “Trip”", "Ana: hi", "Bia: ho"]),
        # a push name, with another space in the text than in the name as it is read
        ("Trip", ["~\u202fAna| \u202a~\u202fAna\u202c left", "Trip| Messages are encrypted.", "Bia: ho"]),
        # a person who never typed, but did much; the words of the language put the verb first
        ("Trip", ["أحمد| قام أحمد بإضافة ليلى", "أحمد| غيّر أحمد الاسم", "Trip| You were added", "Bia: ho"]),
        # cut from the middle
        (None, ["Ana| This message was deleted.", "Bia: ho", "Ana: hi", "Bia: ha", "Ana: no"]),
        (None, ["Bia: ho", "Ana| Missed voice call. \u200eTap to call back", "Bia: ha"]),
        (None, ["Bia: ho", "Ana| ეს წაშლილია", "Zoe| ეს წაშლილია", "Bia: ha"]),
        (None, ["Ana| Ana added Bia", "Bia: ho", "Ana: hi", "Bia: ha", "Ana: no"]),
        # as lines of iOS end
        (None, ["Ana| This message was deleted.\r", "Bia: ho\r", "Ana: hi\r", "Bia: ha\r", "Ana: no\r"]),
        ("Trip", ["Zoe| Missed voice call\r", "Zoe| Missed video call\r", "Trip| The icon changed\r", "Bia: ho\r"]),
        (None, ["Ana: hi", "Bia: ho"]),
        # of two that never typed
        ("Trip", ["Zoe| You removed her", "Trip| You were added", "Trip| The icon changed", "Bia: ho", "Ana: hi"]),
    ],
)
def test_the_title_is_what_the_app_calls_the_chat(title, lines):
    found, first = evidence_of(*lines)
    assert found.title(first) == title


def test_a_name_with_a_colon_is_found_when_all_its_messages_go_on_alike():
    found, _ = evidence_of(*(f"Ana: casa: {text}" for text in ("oi", "sim", "não", "talvez", "ok")), "Bia: a", "Bia: b")
    assert found.names_with_colons() == ("Ana: casa",)
    found, _ = evidence_of(*(f"Ana: casa: {text}" for text in ("oi", "sim", "não", "talvez", "ok")), "Ana: b")
    assert found.names_with_colons() == ()
