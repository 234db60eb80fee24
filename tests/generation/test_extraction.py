import re
from datetime import datetime, timedelta

from egregora.generation.extraction import Grammar, Line, conversations_of, telling_line, telling_quotes

GRAMMAR = Grammar(frozenset({"the", "a"}), frozenset({"of", "the"}), re.compile("(ed|ing)$"), frozenset({"agreed"}))
START = datetime(2025, 1, 13, 9)  # noqa: DTZ001  # wall time, as the writer hands it over


def lines(*texts, minutes=1, chat="family", start=START):
    return [
        Line(
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
    found = conversations_of([*morning, *evening, *elsewhere], GRAMMAR)
    assert [list(conversation.lines) for conversation in found] == [morning, evening, elsewhere]


def test_a_long_conversation_is_cut_at_its_longest_pause():
    whole = lines(*["cats"] * 30) + lines(*["dogs"] * 30, start=START + timedelta(minutes=60))
    assert [len(conversation.lines) for conversation in conversations_of(whole, GRAMMAR)] == [30, 30]


def test_scattered_messages_are_one_conversation():
    assert len(conversations_of(lines("one cat", "two cats", "three cats", minutes=600), GRAMMAR)) == 1


def test_the_first_phrase_is_the_name_of_a_thing_that_several_people_use():
    talk = lines(
        "The cracked tile leaked again",
        "I photographed the cracked tile",
        "lol leaked leaked leaked",
        "insurer wants the cracked tile",
    )
    [conversation] = conversations_of(talk, GRAMMAR)
    assert conversation.phrases[0].form == "cracked tile"
    taken = [word for phrase in conversation.phrases for word in phrase.words]
    assert len(taken) == len(set(taken))
    assert "leaked" not in taken


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
    [conversation] = conversations_of(talk, GRAMMAR)
    quotes = [quote.text for quote in telling_quotes(conversation, GRAMMAR)]
    assert quotes[:2] == ["the roof of the shed is wet", "agreed: the roof first"]
    assert "The roof of the shed is wet!" not in quotes


def test_the_most_telling_line_of_a_text_is_found():
    assert telling_line("hello\nthe roof leaks\n\nbye", {"roof": 1.0}) == "the roof leaks"
    assert telling_line("hello\nbye", {}) == "hello"
    assert telling_line("\n 🙂 \n", {}) == ""
