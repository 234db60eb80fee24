import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.core.names import Name, fold
from egregora.privacy.detect.identifiers import kinds, rules
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.roster import Roster

ANA, BRUNO, ROSA, LI, PHONE = "ana clara souza", "bruno souza", "rosa leão", "王小明", "5511987654321"
ROSTER = Roster(
    {ANA: "aaaaaaaa", BRUNO: "bbbbbbbb", ROSA: "cccccccc", LI: "dddddddd", PHONE: "eeeeeeee"}, hidden=frozenset()
)
REDACTOR = ROSTER.redactor()
PLACEHOLDER = re.compile(rf"\[(?:person(?::[0-9a-f]{{8}})?|{'|'.join(kinds())})\]")


def redacted(text):
    return REDACTOR.redact(text)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ana Clara Souza chegou", "[person:aaaaaaaa] chegou"),
        ("fala com a ANA, por favor", "fala com a [person:aaaaaaaa], por favor"),
        ("vi o brúno ontem", "vi o [person:bbbbbbbb] ontem"),
        ("A\u200bna e Ana\u0301", "[person:aaaaaaaa] e [person:aaaaaaaa]"),
        ("\uff21\uff4e\uff41!", "[person:aaaaaaaa]!"),
        ("Bruno's bike, Brunos Rad", "[person:bbbbbbbb]'s bike, [person:bbbbbbbb] Rad"),
        ("a família Souza", "a família [person]"),
        ("bruno_souza@", "[person:bbbbbbbb]@"),
        ("brunosouza e bruno99", "[person:bbbbbbbb] e [person:bbbbbbbb]99"),
        ("banana, semana, anas, Anacardo", "banana, semana, anas, Anacardo"),
        ("uma rosa no leão; Rosa foi", "uma rosa no leão; [person:cccccccc] foi"),
        ("rosa leão", "[person:cccccccc]"),
        ("昨天王小明说", "昨天[person:dddddddd]说"),
        ("oi @\u2068Ana Clara Souza\u2069!", "oi [person:aaaaaaaa]!"),
        ("oi @\u2068~\u202fBRUNO Souza\u2069!", "oi [person:bbbbbbbb]!"),
        ("oi @\u2068desconhecida\u2069!", "oi [person]!"),
        ("@5511987654321 e @5511900000000", "[person:eeeeeeee] e [person]"),
    ],
)
def test_names_are_found_however_they_are_written(text, expected):
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("Ana Clara", "ana clara", "clara souza", "Ana Souza", "anaclara", "#anasouza", "clarasouza", "anaclarasouza"),
        *("Ana\u200bClara", "Ana\u2060Souza", "Ana\u200b\u200bClara\u200bSouza", "A\u200bna\u200bClara", "ANA-CLARA"),
    ],
)
def test_some_words_of_a_name_are_that_person(text):
    assert redacted(text).removeprefix("#") == "[person:aaaaaaaa]"


def test_names_are_found_in_parts_of_any_kind():
    roster = Roster({"maria da luz prado": "11111111", "pat o'brien": "22222222", "zé lu": "33333333"}, frozenset())
    texts = [
        "maria luz",
        "luz prado",
        "Maria da Luz",
        "mariaprado",
        "OBrien",
        "O\u2019Brien",
        "patobrien",
        "Zé\u200bLu",
    ]
    assert [roster.redactor().redact(text)[0] for text in texts] == ["[person:11111111]"] * 4 + [
        "[person:22222222]"
    ] * 3 + ["[person:33333333]"]
    assert roster.redactor().redact("vi Zé\u200bXavier")[0] == "vi [person]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bruno Downs chegou", "[person] chegou"),
        ("vi a Natália Leão ontem", "vi a [person] ontem"),
        ("vi o Bruno O'Hara-Lemes Pontes", "vi o [person]"),
        ("o sítio, Bruno Downs's house", "o sítio, [person]'s house"),
        ("e BRUNO DOWNS? e Bruno\u200bDowns?", "e [person]? e [person]?"),
        ("vi Natália Souza, vi Bruno Souza", "vi [person], vi [person:bbbbbbbb]"),
        ("Oi Bruno, tudo? Valeu Bruno", "Oi [person:bbbbbbbb], tudo? Valeu [person:bbbbbbbb]"),
        ("fala pra Dona Ana e pra Tia Ana", "fala pra Dona [person:aaaaaaaa] e pra Tia [person:aaaaaaaa]"),
        ("com Bruno Leão", "com [person:bbbbbbbb] [person:cccccccc]"),
        ("quando Bruno vem? Bruno. Hoje", "quando [person:bbbbbbbb] vem? [person:bbbbbbbb]. Hoje"),
        ("BRUNO VEM CÁ", "[person:bbbbbbbb] VEM CÁ"),
        ("o Bruno TV nova, a TV Bruno", "o [person:bbbbbbbb] TV nova, a TV [person:bbbbbbbb]"),
        ("o Bruno\nDowns e @\u2068Ana Clara Souza\u2069 Downs", "o [person:bbbbbbbb]\nDowns e [person:aaaaaaaa] Downs"),
    ],
)
def test_a_stranger_is_not_taken_for_a_member(text, expected):
    assert redacted(text) == expected


FOUND = [(rule.kind, text) for rule in rules() for text in rule.found]


@pytest.mark.parametrize("sentence", ["meu: {}, ok?", "segue {}", "({})", "{}\nvaleu", "é\u0301 {}!"])
@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_personal_data_is_found_by_its_shape(kind, text, sentence):
    assert REDACTOR.redact(sentence.format(text)) == (sentence.format(f"[{kind}]"), {kind: 1})


@pytest.mark.parametrize("text", [text for rule in rules() for text in rule.left])
def test_what_only_looks_like_personal_data_stays(text):
    assert REDACTOR.redact(text) == (text, {})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://medium.com/@joe.s/um-texto", "[profile]"),
        ("https://x.com/ana_s/status/1234567", "https://x.com/i/status/1234567"),
        ("https://example.org/users/anas/page", "[profile]"),
        ("https://joe:senha@example.org/x", "[email]"),
        ("https://example.org/p?user=anas&x=1", "https://example.org/p?x=1"),
        ("mailto:ana@example.org", "mailto:[email]"),
        ("meu RG é 1234567, tá?", "meu RG é [id], tá?"),
        ("Passport no. C1234567", "Passport no. [id]"),
        ("my CEP: 01310100", "my CEP: [address]"),
        ("deliver to Station Road, 597, flat 9", "deliver to [address]"),
        ("na Rua das Flores 12 fica bom", "na [address] fica bom"),
        ("Rua Ana Souza, 12, fala com Bruno", "[address], fala com [person:bbbbbbbb]"),
    ],
)
def test_what_stands_around_personal_data_stays(text, expected):
    assert redacted(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "12/03/2021 10:30, 2016-04-29 10:30:00, 05.03.2024",
        "R$ 1.234.567,89 ou 250 120 no total de 2019-2020",
        "2019 2020 2021 2022 foram anos",
        "IMG-20240305-WA0001.jpg e 00000035-PHOTO-2022-03-27-21-41-55.jpg",
        "https://example.com/p?id=12345678901&utm=1 https://youtu.be/dQw4w9WgXcQ",
        "https://maps.google.com/?q=pizza",
        "blog.example.net/20240305103000/post.html",
        "versão 1.2.3, placar 3 a 2, ip 192.168.0.1, às 10h30",
        "sem @ nada + nada",
        "👨‍👩‍👧 ❤️ ½ ﬁ \u200ftexto\u2028outro",
        "[phone] [person:aaaaaaaa] [person] [email]",
    ],
)
def test_what_is_not_personal_stays_byte_for_byte(text):
    assert REDACTOR.redact(text) == (text, {})


def test_a_number_of_the_roster_is_found_in_an_address_too():
    assert "87654321" not in redacted("https://example.com/u/5511987654321/x")
    assert "7654" not in redacted("8765-4.321") + redacted("9 8765 4321")


WRITTEN = "Ana ANA ána Clara Souza souza's Bruno brunos Rosa leão 王小明 banana e @ [ ] : / \u200b \u2068"
DIGITS = "5511987654321 +5511 91234-5678 4111 1111 123.456.789-09 2024 a@b.co cpf wa.me/1 https://x.y/"
WORDS, NUMBERS = st.sampled_from(WRITTEN.split(" ")), st.sampled_from(DIGITS.split(" "))
GAPS = st.sampled_from(["", " ", "-", ".", "\n", "@", "]"])
TEXTS = st.lists(st.one_of(WORDS, NUMBERS, GAPS, st.text(max_size=3)), max_size=12).map("".join)


@given(TEXTS)
def test_redacting_twice_changes_nothing_more(text):
    once = redacted(text)
    assert REDACTOR.redact(once) == (once, {})


RUNS = st.tuples(
    st.sampled_from(["ana clara souza", "ana clara", "clara souza", "ana souza", "bruno souza", "rosa leao"]),
    st.sampled_from(["", " ", "-", "_", ". ", "\u200b", " \u2060"]),
    st.sampled_from([str.lower, str.title, str.upper]),
)
WRITTEN_RUNS = RUNS.map(lambda run: f" {run[2](run[0]).replace(' ', run[1])} ")


@given(st.lists(st.one_of(TEXTS, WRITTEN_RUNS), max_size=4).map("".join))
def test_no_name_survives(text):
    left = fold(PLACEHOLDER.sub(" ", redacted(text)))
    joined = "anaclarasouza|anaclara|clarasouza|anasouza|brunosouza|rosaleao|rosa[-_. ]*leao"
    assert not re.findall(rf"(?<![^\W\d_])(?:ana|clara|souza|bruno|{joined})(?![^\W\d_])|王小明", left)


@given(st.lists(st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=3, max_size=9), min_size=1, max_size=5))
def test_no_name_of_any_roster_survives(names):
    roster = Roster({name: f"{number:08x}" for number, name in enumerate(sorted(set(names)))}, frozenset())
    text = roster.redactor().redact(" x ".join(name.capitalize() for name in names))[0]
    left = set(re.findall(r"[^\W\d_]+", fold(PLACEHOLDER.sub(" ", text))))
    assert left <= {"x"} | {word for word in left if len(word) < 2}


def test_names_that_share_their_letters_are_one():
    names = [Name(("ana", "lisa"), "[person]", with_capital=False), Name(("analisa",), "[person]", with_capital=False)]
    assert Redactor(names, {}).redact("Ana Lisa, Analisa") == ("[person], [person]", {"person": 2})


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "1 ",
        "12 ",
        "+1",
        "1234-",
        "a.",
        "a@",
        "ab12",
        "(11) ",
        "cpf 1 ",
        "www.1",
        "@\u2068",
        "Ana ",
        "Ana Xa ",
        "Xa-",
        "ANA ",
        "Ana\u200b",
        "a-",
    ],
)
def test_no_text_takes_long(piece):
    started = time.process_time()
    redacted(piece * (20_000 // len(piece)) + "@1234567")
    assert time.process_time() - started < 3
