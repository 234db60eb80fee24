import tomllib
from datetime import date, datetime
from pathlib import Path

import pytest

from egregora.publication import language
from egregora.publication.language import speak

TABLES = tomllib.loads(Path(language.__file__).with_name("words.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("tag", TABLES)
def test_every_language_has_every_word(tag):
    assert TABLES[tag]["words"].keys() == TABLES["en"]["words"].keys()
    assert len(set(TABLES[tag]["months"])) == 12
    for word, text in TABLES[tag]["words"].items():
        assert text
        assert text.count("|") == (1 if word.endswith("_n") else 0)


@pytest.mark.parametrize(
    ("tag", "day"),
    [("en", "9 March 2025"), ("pt", "9 de março de 2025"), ("es", "9 de marzo de 2025"), ("de", "9. März 2025")],
)
def test_dates_are_written_in_the_language(tag, day):
    assert speak(tag).date(date(2025, 3, 9)) == day


def test_a_language_we_lack_speaks_english_under_its_own_tag():
    assert (speak("fr-CA").tag, speak("fr-CA")["home"]) == ("fr-CA", "Home")
    assert (speak("pt-BR").tag, speak("pt-BR")["home"]) == ("pt-BR", "Início")


def test_a_tag_that_is_none_is_not_written_into_a_page():
    assert speak('en"><script>').tag == "en"


def test_numbers_and_nouns_agree():
    assert speak("en").count(1, "post_n") == "1 post"
    assert speak("de").count(12345, "message_n") == "12.345 Nachrichten"
    assert speak("en").moment(datetime(2025, 3, 9, 4, 5)) == "9 March 2025, 04:05"  # noqa: DTZ001 — a wall time
