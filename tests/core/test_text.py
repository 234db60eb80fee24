import pytest

from egregora.core.text import folded, is_common, language_of, words_of


def test_words_are_the_chats_own():
    text = "Olá [person:ab12cd34]! Veja https://x.com/a-b e o alho-poró às 2am, I'd say हिन्दी [phone]"
    assert words_of(text) == ("Olá", "Veja", "e", "o", "alho-poró", "às", "I'd", "say", "हिन्दी")


@pytest.mark.parametrize("word", ["você", "VOCE", "kkkkk", "hahaha", "rsrs", "nicht", "también", "o", "Agora"])
def test_common_words_and_laughter_are_no_topics(word):
    assert is_common(word)


@pytest.mark.parametrize("word", ["telhado", "roof", "Dach", "tejado", "haha-wand"])
def test_what_people_talk_about_is_not_common(word):
    assert not is_common(word)


def test_case_and_accents_fold():
    assert folded("PÃO") == folded("pao") == "pao"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a reunião da horta fica para amanhã", "pt"),
        ("we are not going to make it tonight", "en"),
        ("la reunión de los vecinos es el lunes y no hay tiempo", "es"),
        ("das Dach ist noch nicht fertig und wir warten", "de"),
        ("", "en"),
    ],
)
def test_the_language_is_told_by_its_common_words(text, language):
    assert language_of(words_of(text)) == language
