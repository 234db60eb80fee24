"""Who is who, from chats that two phones exported."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.lines.hashing import hash_texts
from egregora.ingestion.merge.alias_detection import Utterances, aliases_of, looks_saved, same_people

PEOPLE = ["Ana Souza", "Bruno Lima", "Célia", "+44 7700 900123"]


def said(messages):
    """What a phone exported: (minute, text, name) each."""
    names = sorted({name for _, _, name in messages})
    minutes = np.array([minute for minute, _, _ in messages], dtype=np.int64)
    contents = hash_texts([text.encode() for _, text, _ in messages])
    return Utterances(
        minutes, contents, np.array([names.index(name) for _, _, name in messages], dtype=np.int64), names
    )


def phone(messages, contacts):
    return said([(minute, text, contacts.get(name, name)) for minute, text, name in messages])


def chat(count, people=PEOPLE):
    return [(minute, f"text number {minute}", people[minute % len(people)]) for minute in range(count)]


def test_names_that_share_their_texts_are_one_person():
    other = phone(chat(80), {"Ana Souza": "Aninha", "+44 7700 900123": "Dave"})
    assert [tuple(found) for found in same_people([phone(chat(80), {}), other])] == [
        ("Ana Souza", ("Aninha",), 20),
        ("Dave", ("+44 7700 900123",), 20),
    ]


def test_one_phone_and_phones_that_agree_tell_nothing():
    assert same_people([phone(chat(80), {})]) == []
    assert same_people([phone(chat(80), {}), phone(chat(60), {})]) == []
    assert same_people([]) == []


@pytest.mark.parametrize(("count", "found"), [(5, 1), (4, 0)])
def test_five_shared_texts_are_enough(count, found):
    messages = chat(count, ["Ana"])
    assert len(same_people([said(messages), phone(messages, {"Ana": "Aninha"})])) == found


@pytest.mark.parametrize(("alike", "found"), [(90, 1), (89, 0)])
def test_nine_of_ten_shared_texts_must_agree(alike, found):
    messages = chat(100, ["Ana"])
    other = [(minute, text, "Aninha" if minute < alike else "Bia") for minute, text, _ in messages]
    proposals = same_people([said(messages), said(other)])
    assert len([one for one in proposals if "Aninha" in (one.person, *one.others)]) == found


def test_a_text_that_comes_twice_in_its_minute_tells_nothing():
    twice = [(minute, "the same text", name) for minute in range(20) for name in ("Ana", "Bia")]
    assert same_people([said(twice), phone(twice, {"Ana": "Aninha", "Bia": "Bibi"})]) == []


def test_texts_of_other_minutes_tell_nothing():
    later = [(minute + 1_000, text, name) for minute, text, name in chat(80)]
    assert same_people([said(chat(80)), phone(later, {"Ana Souza": "Aninha"})]) == []


def test_names_of_three_phones_hang_together_and_the_known_name_comes_first():
    messages = chat(40, ["Ana Souza"])
    phones = [phone(messages, {"Ana Souza": name}) for name in ("+55 11 91234-5678", "~ ana", "Ana Souza")]
    (found,) = same_people(phones)
    assert found == ("Ana Souza", ("+55 11 91234-5678", "~ ana"), 120)
    assert same_people(phones, known=["~ ana"])[0].person == "~ ana"


def test_of_two_saved_names_the_more_used_one_is_the_persons_then_the_first_by_letters():
    messages = chat(40, ["Ana"])
    twice = messages + [(minute + 100, text, name) for minute, text, name in messages]
    assert same_people([phone(twice, {"Ana": "Zana"}), phone(messages, {"Ana": "Aninha"})])[0].person == "Zana"
    assert same_people([phone(messages, {"Ana": "Zana"}), phone(messages, {"Ana": "Aninha"})])[0].person == "Aninha"


CONTACTS = st.dictionaries(st.sampled_from(PEOPLE), st.text("abc", min_size=1, max_size=6), max_size=4).filter(
    lambda contacts: len(set(contacts.values())) == len(contacts)
)


@given(CONTACTS, st.integers(0, 60), st.integers(60, 120))
def test_every_contact_that_is_called_differently_is_found_in_a_part_that_both_have(contacts, begin, end):
    messages = chat(120)
    both = messages[begin:end]
    spoken = [sum(name == person for _, _, name in both) for person in PEOPLE]
    wanted = {
        frozenset((person, contacts[person]))
        for person, count in zip(PEOPLE, spoken, strict=True)
        if person in contacts and count >= 5
    }
    found = same_people([phone(messages[:end], {}), phone(messages[begin:], contacts)])
    assert {frozenset((one.person, *one.others)) for one in found} == wanted
    assert found == same_people([phone(messages[begin:], contacts), phone(messages[:end], {})])


def test_names_are_taken_as_readers_of_chats_see_them():
    assert aliases_of('{"\\u202a+55\\u00a011\\u202c": "Ana"}') == {"+55 11": "Ana"}


@pytest.mark.parametrize(
    ("name", "saved"), [("Ana 2", True), ("+55 11 91234-5678", False), ("~ Ana", False), ("112", True)]
)
def test_a_number_or_what_a_stranger_calls_himself_was_not_saved(name, saved):
    assert looks_saved(name) == saved
