import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.content.learned_phrases import NO_LEARNED_PHRASES, PhraseLearner
from egregora.ingestion.content.message_body import parse_android_body

OMITTED = "მედიაფაილი გამოტოვებულია"
EDITED = "შეტყობინება შეიცვალა"
LRM = "\u200e"


def learn(*notes, messages=100):
    learner = PhraseLearner()
    for author, text in notes:
        learner.add_text(author.encode(), text.encode())
    return learner.result(messages)


def test_what_several_people_have_as_whole_messages_stands_for_files():
    learned = learn(("Ana", f"<{OMITTED}>"), ("Bia", f"<{OMITTED}>"), ("Ana", f"<{OMITTED}>"), ("Ana", "a <b>"))
    assert learned == ({OMITTED}, set(), set())
    assert parse_android_body("", f"<{OMITTED}>", learned).kind == "media_omitted"
    assert parse_android_body("", f"<{OMITTED}> ", learned).kind == "text"
    assert parse_android_body("", f"it says <{OMITTED}>", learned) == ("text", f"it says <{OMITTED}>", None, False)
    assert parse_android_body("", f"<{OMITTED}>").kind == "text"


@pytest.mark.parametrize("mark", ["", LRM])
def test_what_is_behind_different_texts_of_several_people_tells_that_they_were_edited(mark):
    texts = [f"{word} {mark}<{EDITED}>" for word in ("one", "two", "three")]
    learned = learn(("Ana", texts[0]), ("Bia", texts[1]), ("Ana", texts[2]))
    assert learned == (set(), {EDITED}, set())
    assert parse_android_body("", texts[0], learned) == ("text", "one", None, True)
    assert parse_android_body(LRM, f"IMG-20240113-WA0001.jpg (x)\n{texts[0]}", learned).edited
    assert not parse_android_body("", f"<{EDITED}>", learned).edited
    assert not parse_android_body("", f"<{EDITED}> one", learned).edited


@pytest.mark.parametrize(
    "notes",
    [
        [("Ana", f"<{OMITTED}>")] * 9,  # one person
        [("Ana", f"<{OMITTED}>"), ("Bia", f"<{OMITTED}>")],  # twice
        [("Ana", "<b>"), ("Bia", "<b>")] * 9,
        [("Ana", "<grin>"), ("Bia", "<grin>")] * 9,
        [("Ana", "a <grin>"), ("Bia", "b <grin>"), ("Bia", "c <grin>")] * 9,
        [("Ana", "</div>"), ("Bia", "</div>")] * 9,
        [("Ana", '<a href="x y">'), ("Bia", '<a href="x y">')] * 9,
        [("Ana", "<\U0001f602 \U0001f602>"), ("Bia", "<\U0001f602 \U0001f602>")] * 9,
        [("Ana", "I <3 you <3 too>"), ("Bia", "<3 <3 too>")] * 9,
        [("Ana", f"same <{EDITED}>"), ("Bia", f"same <{EDITED}>")] * 9,  # one text
        [("Ana", f"one <{EDITED}>"), ("Bia", f"two <{EDITED}>"), ("Bia", f"<{EDITED}>")] * 9,  # in both places
        [("Ana", f"one<{EDITED}>"), ("Bia", f"two<{EDITED}>"), ("Bia", f"three<{EDITED}>")] * 9,  # no space
    ],
)
def test_what_people_type_is_not_learned(notes):
    assert learn(*notes) == NO_LEARNED_PHRASES


def test_a_joke_that_runs_is_not_learned():
    joke = [("Ana", "<slow clap>"), ("Bia", "<slow clap>")] * 3
    assert learn(*joke, messages=10_000) == NO_LEARNED_PHRASES
    assert learn(*joke, *[("Ana", f"<{OMITTED}>"), ("Bia", f"<{OMITTED}>")] * 300, messages=10_000).omitted == {OMITTED}


def test_words_behind_the_names_that_the_app_gives_are_learned():
    files = [f"IMG-20240113-WA000{number}.jpg" for number in range(3)]
    learned = learn(*[("Ana", f"{file} (fitxer annex)\ncaption") for file in files], ("Ana", f"{files[0]} (this one)"))
    assert learned == (set(), set(), {"fitxer annex"})
    assert parse_android_body("", "Acta.pdf (fitxer annex)\nhi", learned) == ("media", "hi", "Acta.pdf", False)
    assert parse_android_body("", f"{files[0]} (this one)", learned).kind == "text"
    assert parse_android_body("", "as said (fitxer annex)", learned).kind == "text"
    assert learn(*[("Ana", f"{files[0]} (that one)")] * 9) == NO_LEARNED_PHRASES


@given(st.lists(st.tuples(st.sampled_from("AB"), st.text("a .<>()\n", max_size=12)), max_size=40))
def test_without_words_nothing_is_learned(notes):
    assert learn(*notes).attached == set()
    for phrase in learn(*notes).omitted | learn(*notes).edited:
        assert " " in phrase
        assert sum(f"<{phrase}>" in text for _, text in notes) >= 3


def test_no_text_takes_long():
    started = time.process_time()
    learner = PhraseLearner()
    for piece in ("<", ">", "a <", "<a a>", " <a", "IMG-20240113-WA0001.jpg (", "\u20ac", "\n"):
        for end in ("", ">", "<a b>", "(a b)", ">\n>"):
            learner.add_text(b"Ana", (piece * (60_000 // len(piece)) + end).encode())
    for number in range(30_000):
        learner.add_text(b"Ana", f"<a {number * 'b' if number < 9 else chr(4096 + number)}>".encode())
    learner.result(10)
    assert time.process_time() - started < 3
