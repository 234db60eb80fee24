"""The gate: what it stops, what it lets out, and that there is no way around it."""

import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import egregora
from egregora.core.egress import WITHHELD, ScreenedText, only_screened
from egregora.core.errors import PrivacyError
from egregora.orchestration.pipeline import STAGES
from egregora.privacy.egress.gate import RosterGate
from egregora.privacy.roster import Roster
from tests.augmentation import pictures
from tests.conftest import gate_for

PEOPLE = ("ana souza", "björn o'neill", "rosa", "5571937913762", "山田太郎")
NAMES = ("Ana Souza", "ANA", "souza", "Bjorn", "BJÖRN", "O\u2019Neill's", "A\u200bna", "山田太郎", "Ána", "anasouza")
NUMBERS = ("71 93791-3762", "ana@example.org", "529.982.247-25", "DE89 3704 0044 0532 0130 00")
CLEAN = (
    "", "see you at 10", "banana, souzas-like words, analysis", "[person:ab12cd34] agreed", "a rosa dress",
    "42 of 2025", "2025-06-01T10:00:00Z", "[phone] or [email]",
)  # fmt: skip


@pytest.mark.parametrize("found", [*NAMES, *NUMBERS])
@pytest.mark.parametrize("around", ["{}", "I saw {}, did you?", "<{}>"])
def test_a_line_with_a_name_or_an_identifier_is_withheld_and_not_repeated(found, around):
    gate = gate_for(*PEOPLE)
    texts = ["all is well", f"so\n{around.format(found)}\nit was"]
    assert gate.screen(texts, where="a letter") == ["all is well", f"so\n{WITHHELD}\nit was"]
    ((kind, where, sentence),) = gate.withheld
    assert where == "a letter"
    assert found.casefold() not in f"{kind} {where} {sentence}".casefold()


def test_what_is_clean_is_screened_and_unchanged():
    gate = gate_for(*PEOPLE)
    screened = gate.screen(CLEAN, where="anywhere")
    assert (screened, {type(text) for text in screened}) == ([*CLEAN], {ScreenedText})
    assert gate.withheld == ()
    only_screened(screened, where="a door")


def test_nothing_is_found_over_the_end_of_a_line():
    texts = ["Ana\u2028529.982", "já fiz a conta\n12/03/2021", "maybe he will\nyoung people are", "conta\r\n1234567"]
    assert gate_for("will young").screen(texts, where="a letter")[1:3] == texts[1:3]


def test_each_sentence_counts_once_for_each_place():
    gate = gate_for(*PEOPLE)
    gate.screen(["I saw Ana", "I saw Ana", "I saw Ana\nI saw Björn"], where=["here", "here", "there"])
    assert sorted(row.where for row in gate.withheld) == ["here", "there", "there"]
    assert len({row.sentence for row in gate.withheld}) == 2
    assert {row.sentence for row in gate.withheld}.isdisjoint(row.sentence for row in _other_secret().withheld)


def _other_secret():
    gate = RosterGate(Roster({"ana souza": "0" * 8}, frozenset()), b"another")
    gate.screen(["I saw Ana", "I saw Björn"], where="here")
    return gate


def test_what_stands_in_what_a_text_was_made_of_may_stand_in_it():
    gate = gate_for(*PEOPLE)
    link = "see https://bucket-5511987654321.example/an-article-12-3456/"
    made = ["bucket 5511987654321.example: an article 12 3456", "call +55 11 98765-4321", "Ana Souza"]
    kept = gate.screen(made, where="a link", beside=[link, link, "Anabela Souzas"])
    assert kept[0] == made[0]
    assert kept[1:] == [made[1], WITHHELD] or kept[1:] == [WITHHELD, WITHHELD]


@given(st.lists(st.text(max_size=20), min_size=1))
def test_a_door_refuses_what_no_gate_has_seen(texts):
    with pytest.raises(PrivacyError, match="no gate"):
        only_screened([*gate_for().screen(["hi"], where="a test"), *texts], where="a door")


PAGES = {
    "shown": ("a.html", "<p>Hello <b>Ana</b></p>", "<p>Hello <b>[withheld]</b></p>"),
    "escaped": ("a.html", "<p>Bj&ouml;rn</p>", "<p>[withheld]</p>"),
    "escaped by number": ("a.html", "<p>&#65;na</p>", "<p>[withheld]</p>"),
    "in a picture's description": (
        "a.html",
        '<img src="media/1.png" alt="Ana at the lake">',
        '<img src="media/1.png" alt="[withheld]">',
    ),
    "in a card for others": (
        "a.html",
        "<meta property='og:title' content='About Ana'>",
        "<meta property='og:title' content=\"[withheld]\">",
    ),
    "in a link away": ("a.html", '<a href="https://example.org/?q=ana@example.org">x</a>', '<a href="#">x</a>'),
    "in a mail address": ("a.html", '<a href="mailto:ana@example.org">write</a>', '<a href="#">write</a>'),
    "in a script": ("a.js", 'const who = "Ana";', 'const who = "[withheld]";'),
    "in a feed": ("feed.xml", "<entry><title>Ana's week</title></entry>", "<entry><title>[withheld]</title></entry>"),
    "in Markdown": ("a.md", "# Ana\nis here\n", "# [withheld]\nis here\n"),
    "in Markdown by number": ("a.md", "> it was &#65;na\\_", "> [withheld]"),
    "in a quote": ("a.md", "> **Calm Fox**: so said Ana [¶](#m-1)\n", "> **Calm Fox**: [withheld]\n"),
    "in JSON": ("a.json", '{"who": "Ana", "what": "a\\nb"}', '{"who": "[withheld]", "what": "a\\nb"}'),
    "in a picture drawn as text": ("a.svg", "<svg><title>Ana</title></svg>", "<svg><title>[withheld]</title></svg>"),
}


@pytest.mark.parametrize(("path", "text", "expected"), PAGES.values(), ids=PAGES)
def test_a_page_with_a_name_leaves_without_that_line(path, text, expected):
    gate, fine = gate_for(*PEOPLE), {"index.html": b"<p>hello</p>"}
    assert gate.check_files(fine) == fine
    assert gate.check_files({**fine, path: text.encode()}) == {**fine, path: expected.encode()}
    assert {row.where for row in gate.withheld} == {path}


def test_a_file_whose_name_is_a_members_is_left_out():
    gate = gate_for(*PEOPLE)
    assert gate.check_files({"people/ana.html": b"<p>hello</p>", "a.html": b"x"}) == {"a.html": b"x"}
    assert [row.where for row in gate.withheld] == ["a file in people"]


def test_a_page_without_one_is_let_out_as_it_is():
    ours = "ab" * 16
    page = b'<article id="m-0937913762"><time datetime="2025-06-01T10:00">June</time> Rosa</article>'
    links = f"<a href='{ours}.html'>{ours}</a> 2025-10-23T14:05:06+00:00 12 messages".encode()
    files = {"a.html": page, f"media/{ours}.html": links, "tags/facebook-page.html": b"", "tags/twitter-api.html": b""}
    gate = gate_for(*PEOPLE)
    assert (gate.check_files(files), gate.withheld) == (files, ())


def test_a_member_called_as_a_part_of_the_policy_is_no_find():
    gate = gate_for("img src")
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self'\">"
    page = {"a.html": f"<head>{policy}</head><p>hello</p>".encode()}
    assert gate.check_files(page) == page
    for leak in (policy.replace("Content-Security-Policy", "refresh"), f"{policy}<p>img src wrote</p>"):
        assert WITHHELD.encode() in gate.check_files({"b.html": leak.encode()})["b.html"]


def test_a_pseudonym_that_looks_like_a_number_is_none():
    codes = ("bc688778", "ae662675", "52998224")  # such as some numbers of identity cards
    gate = RosterGate(Roster({f"person {code}": code for code in codes}, frozenset()))
    files = {f"people/{code}.html": f"<p>{code}</p> [{code}]({code}.md)".encode() for code in codes}
    assert gate.check_files(files) == files


def test_an_id_that_looks_like_a_number_is_none():
    ids = "\n".join(
        ("chat-bc688778", "file-917193793762.png", "file-937913762abc.pdf", "(#m-4111111111111111)")
    ).encode()
    gate = gate_for(*PEOPLE)
    assert gate.check_files({"ids": ids}) == {"ids": ids}
    for number in (b"call 917193793762", b"4111111111111111"):
        assert gate.check_files({"a.html": number}) == {"a.html": WITHHELD.encode()}


def test_our_own_words_are_no_names_and_whole_names_are():
    gate = gate_for(*PEOPLE).with_allowlist(["Ana", "calm"])
    assert gate.check_files({"a.html": b"<p>ana</p>"}) == {"a.html": b"<p>ana</p>"}
    assert gate.check_files({"b.html": b"<p>Ana Souza</p>"}) == {"b.html": b"<p>[withheld]</p>"}


def test_what_a_member_asked_to_have_shown_is_let_out_and_nothing_else_of_its_kind():
    gate = gate_for(*PEOPLE).with_allowlist(phrases=["Ana B.", "https://x.com/ana", "@ana_souza"])
    for fine in (b"@ana&#95;souza, and @ana\\_souza", b'<p>Ana B.: <a href="https://x.com/ana">x</a></p>'):
        path = "a.html" if b"<p>" in fine else "a.md"
        assert gate.check_files({path: fine}) == {path: fine}
    for more in (b"<p>Ana: hello</p>", b'<p><a href="https://x.com/souza">x</a></p>'):
        assert gate.check_files({"b.html": more}) != {"b.html": more}


def test_a_piece_of_a_screened_text_is_let_out_and_the_same_beside_others_is_not(memory):
    texts = [
        "a list 12345678,12345678,1,12345678 ends",
        "order 1234567890 came",
        "Sort code\nis 4111-1111-1111-1111 not",
    ]
    messages = memory.create_table("messages", pa.table({"message": texts}))
    gate = gate_for(*PEOPLE).with_allowlist(screened=messages.message)
    for piece in ("1234567890", "12345678,12345678", "4111 1111 1111 1111", "4111111111111111"):
        file = {"a.html": f"<p>{piece}</p>".encode()}
        assert gate.check_files(file) == file
    assert gate.check_files({"b.html": b"<p>call 11 91234-5678</p>"}) == {"b.html": b"<p>[withheld]</p>"}
    assert [row.where for row in gate.withheld] == ["b.html"]


def test_a_piece_that_ends_inside_a_word_is_found_where_that_word_is(memory):
    text = "202403051030002024-03-05T10:30:00Z"
    messages = memory.create_table("times", pa.table({"message": [text]}))
    gate = gate_for(*PEOPLE).with_allowlist(screened=messages.message)
    files = {f"{start}.txt": text[start:].encode() for start in range(len(text))}
    assert gate.check_files(files) == files


def test_a_setting_that_names_a_member_is_refused():
    gate = gate_for(*PEOPLE)
    assert gate.accepts("title", "Our group")
    assert gate.accepts("title", "The rosa garden")
    assert not gate.withheld
    for title in ("Ana's birthday", "The Souzas", "Rosa and friends", "call 11 91234-5678"):
        assert not gate.accepts("title", title)
    assert {row.where for row in gate.withheld} == {"title in egregora.toml"}


def test_a_picture_leaves_only_with_nothing_but_what_draws_it():
    gate = gate_for()
    files = {"media/a.jpg": pictures.JPEG_CLEAN, "media/b.jpg": pictures.jpeg_turned_clean(6)}
    assert gate.check_files(files) == files
    for said in (pictures.JPEG, pictures.PNG, pictures.WEBP, pictures.JPEG_CLEAN[:-20]):
        with pytest.raises(PrivacyError, match="picture") as refused:
            gate.check_files({"media/c": said})
        assert "doit forget media" in refused.value.fix


def test_only_the_seal_makes_screened_text():
    package = Path(egregora.__file__).parent
    makers = [path.name for path in package.rglob("*.py") if re.search(r"\bScreenedText\(", path.read_text("utf-8"))]
    assert sorted(makers) == ["egress.py", "seal.py"]  # the class, and the function


def test_every_stage_that_publishes_or_asks_a_model_has_a_gate():
    """By what it writes to, and by what its build function may import."""
    package = Path(egregora.__file__).parent.parent
    for stage in STAGES:
        module = package / (stage.build.partition(":")[0].replace(".", "/") + ".py")
        asks = "egregora.llm" in module.read_text("utf-8")
        assert bool(stage.gate) == (asks or "site_dir" in stage.places), stage.name
