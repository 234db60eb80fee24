"""What members may show of themselves: anything that tells of nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.privacy.preferences import FIELDS, Preference
from egregora.privacy.public_profile import MAX_LENGTHS, one_line, published_profiles, skeleton
from egregora.privacy.roster import Roster

ANA, BRUNO, CARLA = "aaaaaaaa", "bbbbbbbb", "cccccccc"
ROSTER = Roster(
    {"ana souza": ANA, "bruno lima": BRUNO, "carla rosa": CARLA, "5511987654321": "dddddddd"}, hidden=frozenset()
)


def shown(field, value, person=ANA):
    wishes = {person: {field: Preference(0, value)}}
    return published_profiles(wishes, ROSTER.members(), ROSTER.redactor()).get(person, dict.fromkeys(FIELDS))[field]


@pytest.mark.parametrize(
    "value",
    ["Captain", "Capitã Léia 🌻", "Ana", "ANA SOUZA", "x", "o'Neil", "王小明", "👩‍👩‍👧", "D. J. 3000", "Ze & Co"],
)
def test_an_alias_is_whatever_is_not_another_member_s(value):
    assert shown("alias", value) == value


@pytest.mark.parametrize(
    "value",
    [
        "Bruno", "bruno", "BRUNO LIMA", "Brunno", "Brúno", "8runo", "Brun0", "Bruna", "brunolima", "Bruno99", "rosa",
        "b.r.u.n.o", "\u0412runo", "B\u200bruno", "LimaBruno", "Carla", "Sir Bruno the Great", "+55 11 98765-4321",
        "call 11 98765-4321", "me@example.org", "[person:bbbbbbbb]", "<b>", "", "\u200b", "...", "y" * 41, "\u0301",
    ],
)  # fmt: skip
def test_an_alias_that_is_like_another_member_s_name_or_tells_more_is_refused(value):
    assert shown("alias", value) is None


def test_own_name_is_allowed_though_another_one_s_is_near():
    roster = Roster({"carla": ANA, "carlo": BRUNO}, hidden=frozenset())
    wishes = {ANA: {"alias": Preference(0, "Carla")}, BRUNO: {"alias": Preference(1, "Karlo")}}
    found = published_profiles(wishes, roster.members(), roster.redactor())
    assert found[ANA]["alias"] == "Carla"
    assert found[BRUNO]["alias"] == "Karlo"


def test_of_two_who_want_the_same_alias_the_first_has_it():
    wishes = {
        BRUNO: {"alias": Preference(1, "captain")},
        ANA: {"alias": Preference(2, "Captain!")},
        CARLA: {"alias": Preference(3, "Z")},
    }
    found = published_profiles(wishes, ROSTER.members(), ROSTER.redactor())
    assert {person: own["alias"] for person, own in found.items()} == {BRUNO: "captain", CARLA: "Z"}


def test_a_bio_loses_what_it_tells_of_others():
    text = shown("bio", "I live\nnext to Bruno Lima, call me: +55 11 98765-4321 \x1b[31m")
    assert text == f"I live next to [person:{BRUNO}], call me: [phone] [31m"
    long = shown("bio", "word " * 300)
    assert len(long) <= MAX_LENGTHS["bio"] + 1
    assert long.endswith("word…")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("@wren_9", "wren_9"),
        ("https://twitter.com/wren", "wren"),
        ("https://x.com/wren/", "wren"),
        ("@bruno_lima", None),
        ("brunolima", None),
        ("@way_too_long_for_it", None),
        ("javascript:alert(1)", None),
        ("wren\u200b onclick=x", None),
    ],
)
def test_a_twitter_name_is_one_of_theirs(value, expected):
    assert shown("twitter", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://example.org/ana?x=1#y", "https://example.org/ana?x=1#y"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("example.org/garden", "https://example.org/garden"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("//example.org", None),
        ("https://user:secret@example.org/", None),
        ("https://example.org/<script>\"'", "https://example.org/<script>\"'"),  # a page escapes it
        ("https://wa.me/5511987654321", None),
        ("https://wa.me/55%31%31987654321", None),
        ("https://bruno-lima.example.org", None),
        ("https://example.org/bruno", None),
        ("https://maps.google.com/?q=-23.5,-46.6", None),
        ("https://example.org/\u202egpj", "https://example.org/gpj"),
        ("https://example.org/Zé", "https://example.org/Z%C3%A9"),
        ("https://exämple.org/", None),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org/BRÚNO", None),
        ("ftp://example.org", None),
        ("https://localhost", None),
        ("https://" + "a" * 50 + ".org/" + "b" * 200, None),
    ],
)
def test_a_website_is_a_web_address_of_nobody_else(value, expected):
    assert shown("website", value) == expected


@given(st.text(max_size=600), st.sampled_from(FIELDS))
def test_whatever_is_asked_for_is_bounded_and_on_one_line(value, field):
    text = shown(field, value)
    assert text is None or (text and text.isprintable() is (one_line(text).isprintable()) and "\n" not in text)
    assert len(text or "") <= MAX_LENGTHS.get(field, 40) + 40  # placeholders are longer than what they stand for


@given(st.text(max_size=60))
def test_one_line_stays_what_it_is(text):
    assert one_line(one_line(text)) == one_line(text)
    assert skeleton(text.upper()) == skeleton(text.upper().lower()) or not text.isascii()
