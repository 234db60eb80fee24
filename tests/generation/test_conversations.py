import re
from datetime import datetime, timedelta

import pytest

from egregora.generation.conversations import split_conversations
from egregora.generation.phrases import Grammar
from egregora.generation.quotes import content, is_similar, most_relevant_line, most_relevant_sentence, select_quotes
from egregora.generation.topics import Utterance

GRAMMAR = Grammar(
    before_noun=frozenset({"the", "a"}),
    joining=frozenset({"of", "the"}),
    verb=re.compile("(ed|ing)$"),
    decision=frozenset({"agreed"}),
    before_name=frozenset({"roofer", "aunt"}),
)
START = datetime(2025, 1, 13, 9)  # noqa: DTZ001  # wall time, as the writer hands it over


def lines(*texts, minutes=1, chat="family", start=START):
    return [
        Utterance(
            chat,
            f"{chat}{start:%H%M}-{number}",
            "ab"[number % 2] * 8,
            start + timedelta(minutes=minutes * number),
            text,
        )
        for number, text in enumerate(texts)
    ]


def test_a_pause_and_another_chat_end_a_conversation():
    morning = lines("one cat", "two cats", "three cats")
    evening = lines("one dog", "two dogs", "three dogs", start=START + timedelta(hours=9))
    elsewhere = lines("one bird", "two birds", "three birds", chat="work")
    found = split_conversations([*morning, *evening, *elsewhere], GRAMMAR)
    assert [list(conversation.utterances) for conversation in found] == [morning, evening, elsewhere]


def test_a_long_conversation_is_cut_at_its_longest_pause():
    whole = lines(*["cats"] * 30) + lines(*["dogs"] * 30, start=START + timedelta(minutes=60))
    assert [len(conversation.utterances) for conversation in split_conversations(whole, GRAMMAR)] == [30, 30]


def test_scattered_messages_are_one_conversation():
    assert len(split_conversations(lines("one cat", "two cats", "three cats", minutes=600), GRAMMAR)) == 1


def test_the_first_phrase_is_the_name_of_a_thing_that_several_people_use():
    talk = lines(
        "The cracked tile leaked again",
        "I photographed the cracked tile",
        "lol leaked leaked leaked",
        "insurer wants the cracked tile",
    )
    [conversation] = split_conversations(talk, GRAMMAR)
    assert conversation.phrases[0].form == "cracked tile"
    taken = [word for phrase in conversation.phrases for word in phrase.words]
    assert len(taken) == len(set(taken))
    assert "leaked" not in taken


def test_what_one_message_says_is_no_topic_and_what_names_something_comes_first():
    talk = lines(
        "The roof of the shed, the roof, the roof",
        "I like Wolf Hall, it made me cry on a bus",
        "everybody likes Wolf Hall and will cry on a bus",
        "the roof again",
        "a dragon",
    )
    [conversation] = split_conversations(talk, GRAMMAR)
    first, *others = conversation.phrases
    assert (first.form, first.is_specific) == ("Wolf Hall", True)
    assert {phrase.form: phrase.is_specific for phrase in others} == {"roof": False, "bus": False, "cry": False}


@pytest.mark.parametrize(
    "said",
    [
        "the roofer Kyle Collins came",
        "my aunt Paula Spencer came",
        "Kyle Collins [person:aaaaaaaa] came",
        "[person] Kyle Collins came",
    ],
)
def test_the_name_of_somebody_is_no_topic(said):
    talk = lines(said, "the tiles of Kyle Collins", "Paula Spencer has the tiles", said)
    [conversation] = split_conversations(talk, GRAMMAR)
    name = {"kyle", "collins"} if "Kyle" in said else {"paula", "spencer"}
    assert name.isdisjoint(word for phrase in conversation.phrases for word in phrase.words)
    assert "tiles" in {phrase.form for phrase in conversation.phrases}


def test_what_was_quoted_elsewhere_in_nearly_the_same_words_is_not_quoted_again():
    talk = lines("bring a jacket to Porto", "the nights are cold there", "Oh, bring a jacket to Porto", "which train")
    [conversation] = split_conversations(talk, GRAMMAR)
    quotes = [quote.text for quote in select_quotes(conversation, GRAMMAR, ["So, the nights are cold there"])]
    assert len(quotes) == 2
    assert "which train" in quotes
    assert not is_similar(content(""), content(""))


@pytest.mark.parametrize(
    "address",
    [
        "it is Rua das Flores, 123",
        "fica na avenida paulista 1000",
        "vivo en la calle Mayor 5",
        "komm in die Hauptstraße 12b",
        "Lindenstr. 5 um acht",
        "we are at 14 Elm Road tonight",
        "Elm Street 14",
    ],
)
def test_an_address_is_never_quoted(address):
    [conversation] = split_conversations(lines(address, "one cat here", "two cats there"), GRAMMAR)
    assert [quote.text for quote in select_quotes(conversation, GRAMMAR)] == ["one cat here", "two cats there"]
    assert most_relevant_sentence(f"aaaaaaaa: {address}\nbbbbbbbb: one cat here", {}) == ("bbbbbbbb", "one cat here")


@pytest.mark.parametrize("text", ["o telhado da rua pinga", "a road trip of 3 days", "nos vemos en la plaza a las 20h"])
def test_what_only_mentions_a_street_is_quoted(text):
    assert most_relevant_line(text, {}) == text


def test_one_sentence_of_a_stretch_of_talk_is_told():
    chunk = "aaaaaaaa: Good morning to you. The roof leaks again! What a night it was\nbbbbbbbb: a cat and a dog"
    assert most_relevant_sentence(chunk, {"roof": 1.0}) == ("aaaaaaaa", "The roof leaks again!")
    assert most_relevant_sentence("aaaaaaaa: ok", {"ok": 1.0}) == ("", "")


def test_quotes_come_in_order_and_say_nothing_twice():
    talk = lines(
        "yes",
        "the roof of the shed is wet",
        "The roof of the shed is wet!",
        "lol",
        "agreed: the roof first",
        "the cat",
        "ok",
        "hm",
    )
    [conversation] = split_conversations(talk, GRAMMAR)
    quotes = [quote.text for quote in select_quotes(conversation, GRAMMAR)]
    assert quotes[:2] == ["the roof of the shed is wet", "agreed: the roof first"]
    assert "The roof of the shed is wet!" not in quotes


def test_the_most_telling_line_of_a_text_is_found():
    assert most_relevant_line("hello\nthe roof leaks\n\nbye", {"roof": 1.0}) == "the roof leaks"
    assert most_relevant_line("hello\nbye", {}) == "hello"
    assert most_relevant_line("\n 🙂 \n", {}) == ""
