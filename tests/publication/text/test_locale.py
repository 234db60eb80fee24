import ast
import os
import re
import subprocess
import sys
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from egregora.config.model import LANGUAGES
from egregora.privacy.detect.identifiers import kinds
from egregora.publication.text import locale as language
from egregora.publication.text.locale import load_locale

TABLES = tomllib.loads(Path(language.__file__).with_name("words.toml").read_text(encoding="utf-8"))
DAY = date(2025, 3, 9)
AT = datetime(2025, 3, 9, 4, 5)  # noqa: DTZ001 — a wall time, as all below
LATER = datetime(2025, 3, 9, 16, 5)  # noqa: DTZ001
LANGUAGE = st.sampled_from([*TABLES, "en-US", "pt-PT", "de-AT", "es-419", "fa", "ja", "ru", "tlh"])
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
FIELD = re.compile(r"\{\w*\}")
PLAIN = str.maketrans("\u00a0\u202f\u2013", "  -")  # spaces and dashes, which tests need not tell apart


def test_the_settings_know_the_languages():
    assert set(LANGUAGES) == TABLES.keys()


@pytest.mark.parametrize("tag", TABLES)
def test_every_language_has_every_word(tag):
    words, english = TABLES[tag]["words"], TABLES["en"]["words"]
    assert words.keys() == english.keys()
    for word, text in words.items():
        assert text.strip() == text != ""
        assert sorted(FIELD.findall(text)) == sorted(FIELD.findall(english[word]))
    if tag != "en":
        alike = [word for word in words if len(english[word]) > 15 and words[word] == english[word]]
        assert alike == []


@pytest.mark.parametrize("tag", TABLES)
def test_every_noun_has_every_category_of_its_language(tag):
    assert TABLES[tag]["nouns"].keys() == TABLES["en"]["nouns"].keys()
    categories = Locale.parse(tag).plural_form.tags | {"other"}
    for forms in TABLES[tag]["nouns"].values():
        assert forms.keys() == categories
        assert all(forms.values())
    assert set(TABLES[tag].get("unnumbered", ())) <= categories


def test_whatever_is_taken_out_of_texts_has_a_noun():
    assert {f"redacted_{kind}" for kind in (*kinds(), "person")} <= TABLES["en"]["nouns"].keys()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", ["9 March 2025", "March 2025", "9 March 2025, 04:05", "6-9 March 2025", "12,345"]),
        ("en-US", ["March 9, 2025", "March 2025", "March 9, 2025, 4:05 AM", "March 6 - 9, 2025", "12,345"]),
        (
            "pt",
            ["9 de março de 2025", "março de 2025", "9 de março de 2025, 04:05", "6 - 9 de março de 2025", "12.345"],
        ),
        ("es", ["9 de marzo de 2025", "marzo de 2025", "9 de marzo de 2025, 4:05", "6-9 de marzo de 2025", "12.345"]),
        ("de", ["9. März 2025", "März 2025", "9. März 2025, 04:05", "6.-9. März 2025", "12.345"]),
        ("fr", ["9 mars 2025", "mars 2025", "9 mars 2025, 04:05", "6-9 mars 2025", "12 345"]),
        ("it", ["9 marzo 2025", "marzo 2025", "9 marzo 2025, 04:05", "6-9 marzo 2025", "12.345"]),
        ("nl", ["9 maart 2025", "maart 2025", "9 maart 2025, 04:05", "6-9 maart 2025", "12.345"]),
        ("ar", ["9 مارس 2025", "مارس 2025", "9 مارس 2025، 4:05 ص", "6-9 مارس 2025", "12,345"]),
    ],
)
def test_dates_and_numbers_are_written_as_in_the_language(tag, said):
    say = load_locale(tag)
    span = say.span(date(2025, 3, 6), DAY)
    found = [say.date(DAY), say.month(DAY), say.moment(AT), span, say.number(12345)]
    assert [text.translate(PLAIN) for text in found] == said


@pytest.mark.parametrize(
    ("tag", "counts"),
    [
        ("en", ["0 messages", "1 message", "2 messages", "11 messages"]),
        ("pt", ["0 mensagem", "1 mensagem", "2 mensagens", "11 mensagens"]),
        ("es", ["0 mensajes", "1 mensaje", "2 mensajes", "11 mensajes"]),
        ("de", ["0 Nachrichten", "1 Nachricht", "2 Nachrichten", "11 Nachrichten"]),
        ("fr", ["0 message", "1 message", "2 messages", "11 messages"]),
        ("it", ["0 messaggi", "1 messaggio", "2 messaggi", "11 messaggi"]),
        ("nl", ["0 berichten", "1 bericht", "2 berichten", "11 berichten"]),
        ("ar", ["0 رسالة", "1 رسالة", "رسالتان", "11 رسالة"]),
    ],
)
def test_numbers_and_nouns_agree(tag, counts):
    assert [load_locale(tag).count(value, "message_n") for value in (0, 1, 2, 11)] == counts


def test_spans_leave_out_what_both_ends_share():
    say = load_locale("pt")
    assert say.span(DAY, DAY) == say.date(DAY)
    assert say.span(DAY, date(2025, 4, 1)).translate(PLAIN) == "9 de março - 1 de abril de 2025"
    assert say.span(DAY, date(2026, 3, 9)).translate(PLAIN) == "9 de março de 2025 - 9 de março de 2026"
    assert load_locale("ja").span(DAY, date(2025, 3, 12)) == "2025年3月9日\uff5e12日"
    assert load_locale("en").times(AT, LATER).translate(PLAIN) == "9 March 2025, 04:05-16:05"
    assert load_locale("de").times(AT, LATER).translate(PLAIN) == "9. März 2025, 04:05-16:05 Uhr"
    tomorrow = load_locale("en").times(AT, LATER + timedelta(days=1))
    assert tomorrow == "9 March 2025, 04:05 \u2013 10 March 2025, 16:05"
    assert load_locale("en").times(AT, AT + timedelta(seconds=59)) == load_locale("en").moment(AT)
    assert load_locale("en-US").times(AT, LATER).translate(PLAIN) == "March 9, 2025, 4:05 AM - 4:05 PM"


def test_weeks_begin_where_readers_think():
    assert [load_locale(tag).first_weekday for tag in ("de", "ar", "en", "en-US")] == [0, 5, 0, 6]
    assert load_locale("de").short_week[0] == "Mo."
    assert load_locale("pt").short_week == ("seg.", "ter.", "qua.", "qui.", "sex.", "sáb.", "dom.")
    assert load_locale("pt").week[0] == "segunda-feira"
    assert [load_locale(tag).day(date(2025, 1, 6)) for tag in ("en", "en-US", "de")] == ["6 Jan", "Jan 6", "6. Jan."]
    assert [load_locale(tag).language("pt") for tag in ("en", "de", "fr")] == [
        "Portuguese",
        "Portugiesisch",
        "portugais",
    ]
    assert load_locale("fr").short_months[:3] == ("janv.", "févr.", "mars")


def test_numbers_are_short_where_the_language_has_something_shorter():
    assert [load_locale("en").compact(value) for value in (0, 999, 1_234, 12_345, 999_999, 1_230_000)] == [
        *("0", "999", "1.2K", "12K", "1M", "1.2M")
    ]
    short = [load_locale(tag).compact(12345).translate(PLAIN) for tag in ("pt", "es", "de", "fr", "it", "nl", "ar")]
    assert short == ["12 mil", "12 mil", "12.345", "12 k", "12.345", "12K", "12 ألف"]
    assert load_locale("en").percent(0.254) == "25%"
    assert load_locale("fr").percent(0.254).translate(PLAIN) == "25 %"
    assert [load_locale(tag).decimal(4.26) for tag in ("en", "pt")] == ["4.3", "4,3"]


def test_things_are_listed_as_in_a_sentence():
    assert [load_locale("es").listed("abc"[:n]) for n in range(4)] == ["", "a", "a y b", "a, b y c"]
    assert load_locale("en").listed(["a", "b", "c", "d"]) == "a, b, c and d"


def test_markup_in_a_list_stays_markup_and_all_else_is_escaped():
    listed = load_locale("en").listed([Markup("<b>x</b>"), "<i>", "y"])
    assert listed == "<b>x</b>, &lt;i&gt; and y"
    assert isinstance(listed, Markup)
    assert not isinstance(load_locale("en").listed(["<i>", "y"]), Markup)


def test_arabic_runs_from_right_to_left():
    assert [load_locale(tag).direction for tag in ("ar", "ar-MA", "he", "fa", "pt")] == [
        "rtl",
        "rtl",
        "rtl",
        "rtl",
        "ltr",
    ]


def test_a_language_we_lack_speaks_english_among_its_own_dates():
    assert (load_locale("sv-SE").tag, load_locale("sv-SE")["home"], load_locale("sv-SE").date(DAY)) == (
        "sv-SE",
        "Home",
        "9 mars 2025",
    )
    assert (load_locale("tlh").tag, load_locale("tlh")["home"], load_locale("tlh").date(DAY)) == (
        "tlh",
        "Home",
        "9 March 2025",
    )


def test_a_country_decides_dates_and_not_words():
    assert (load_locale("pt-BR").tag, load_locale("pt-BR")["home"]) == ("pt-BR", "Início")
    assert load_locale("pt-PT").number(12345).translate(PLAIN) == "12 345"
    assert load_locale("de-AT").short_months[0] == "Jän."
    assert load_locale("de-XX").date(DAY) == "9. März 2025"


def test_other_languages_can_tell_their_dates_too():
    for tag in [
        "af",
        "bg",
        "ca",
        "el",
        "he",
        "hi",
        "id",
        "ja",
        "ko",
        "pl",
        "ro",
        "ru",
        "sw",
        "th",
        "tr",
        "uk",
        "ur",
        "vi",
        "zh",
    ]:
        say = load_locale(tag)
        assert "2025" in say.month(DAY)
        assert all((say.moment(AT), say.times(AT, LATER), say.span(date(2025, 3, 6), DAY), say.compact(12345)))
        assert say.direction in ("ltr", "rtl")
        assert (len({*say.week}), len({*say.months})) == (7, 12)


def test_a_tag_that_is_none_is_not_written_into_a_page():
    assert load_locale('en"><script>').tag == "en"


@given(LANGUAGE, MOMENTS, MOMENTS)
def test_every_time_can_be_told(tag, one, other):
    first, last, say = min(one, other), max(one, other), load_locale(tag)
    for text in (say.date(first), say.moment(first), say.month(first), say.span(first, last), say.times(first, last)):
        assert str(first.year) in text
    assert str(last.year) in say.span(first, last)
    assert (say.span(first, last) == say.date(first)) == (first.date() == last.date())


@given(LANGUAGE, st.integers(0, 10**12))
def test_a_number_is_all_its_digits(tag, value):
    assert re.sub(r"\D", "", load_locale(tag).number(value)) == str(value)


@pytest.mark.parametrize("tag", TABLES)
def test_every_number_finds_its_noun(tag):
    say = load_locale(tag)
    for name, forms in TABLES[tag]["nouns"].items():
        for value in (*range(201), 1000, 10**6):
            assert say.noun(value, name) in forms.values()
            assert say.count(value, name).endswith(say.noun(value, name))


TOLD = """
import datetime as dt, sys
from egregora.publication.text.locale import load_locale
for tag in sys.argv[1:]:
    say, at = load_locale(tag), dt.datetime(2025, 3, 9, 23, 5)
    later = at + dt.timedelta(minutes=90)
    print(ascii([say.moment(at), say.times(at, later), say.span(at, later), say.number(12345), *say.own_words()]))
"""


def told(*tags, **environment):
    """What a program of its own says in the languages."""
    command = [sys.executable, "-c", TOLD, *tags]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=True)
    return [ast.literal_eval(line) for line in done.stdout.splitlines()]


def test_the_machine_s_language_and_time_zone_change_nothing():
    here = told(*TABLES, LC_ALL="C", LANG="C", LANGUAGE="", TZ="UTC")
    assert here == told(*TABLES, LC_ALL="ar_EG.UTF-8", LANGUAGE="de", TZ="Pacific/Kiritimati")
    assert here[0][0] == "9 March 2025, 23:05"


def test_a_language_says_the_same_whatever_was_spoken_before():
    tags = [*TABLES]
    forward, backward = told("ja", "ru", *tags)[2:], told("fa", "sv", *reversed(tags))[2:]
    assert forward == backward[::-1]
