"""The language of texts: told from few words, the same in any order, and none where there is none."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.core.language import language_of

TEXTS = {
    "pt": ["oi gente, alguém vai na feira hoje?", "eu vou, mas só mais tarde kkkk", "tá bom, te espero lá na entrada"],
    "en": ["is anybody going to the market today?", "I'm coming but not before ten", "ok, see you there with the kids"],
    "es": ["hola, ¿alguien va al mercado hoy?", "yo voy, pero más tarde jajaja", "vale, te espero en la entrada"],
    "de": ["geht heute jemand auf den Markt?", "ich komme, aber erst um zehn", "gut, wir sehen uns dann am Eingang"],
    "fr": [
        "qui va au marché aujourd'hui ?",
        "moi, mais pas avant dix heures",
        "d'accord, on se voit à l'entrée avec vous",
    ],
    "it": [
        "chi va al mercato oggi?",
        "io ci vado, ma più tardi",
        "va bene, ti aspetto davanti alla porta con gli altri",
    ],
    "nl": [
        "gaat er vandaag iemand naar de markt?",
        "ik kom, maar niet voor tien uur",
        "oké, dan zie ik je bij de ingang",
    ],
    "ar": ["مين رايح على السوق اليوم؟", "أنا رايح بس بعد الظهر", "طيب، أشوفك هناك عند الباب مع الأولاد"],
}
SHORT_WORDS = Path(__file__).parents[2] / "egregora/core/language.toml"


@pytest.mark.parametrize("language", TEXTS)
def test_a_few_messages_tell_the_language(language):
    assert language_of(TEXTS[language]) == language


def test_every_language_of_the_pages_can_be_told():
    from egregora.config.model import LANGUAGES

    assert set(LANGUAGES) == tomllib.loads(SHORT_WORDS.read_text("utf-8")).keys() == TEXTS.keys()


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["kkkkk", "🎉", "https://example.org/the/of/and/to", "[person:0011aabb]"],
        ["the"],
        ["سلام، امروز کی می‌رود بازار؟ من می‌آیم ولی دیرتر", "باشد، پس جلوی در می‌بینمت، بچه‌ها را هم بیاور"],  # noqa: RUF001 — Persian
        ["Hej, är det någon som går till torget i dag?", "jag kommer men inte före tio", "okej, vi ses vid ingången"],
        ["кто сегодня идёт на рынок?", "я иду, но позже"],
    ],
)
def test_what_is_in_no_language_of_ours_has_none(texts):
    assert language_of(texts) is None


@given(st.permutations([*TEXTS["fr"], *TEXTS["it"][:1], "ok", "haha"]))
def test_most_words_decide_in_any_order(texts):
    assert language_of(texts) == "fr"


def test_a_new_week_in_another_language_does_not_change_it():
    assert language_of(TEXTS["nl"] * 20 + TEXTS["en"] * 10) == "nl"
