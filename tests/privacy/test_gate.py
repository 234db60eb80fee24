"""The gate: what it stops, what it lets out, and that there is no way around it."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import egregora
from egregora.core.egress import ScreenedText, only_screened
from egregora.core.errors import PrivacyError
from egregora.orchestration.pipeline import STAGES
from egregora.privacy.gate import RosterGate
from egregora.privacy.roster import Roster
from tests.augmentation import pictures
from tests.conftest import gate_for

GATE = gate_for("ana souza", "björn o'neill", "rosa", "+55 71 93791-3762", "山田太郎")
NAMES = ("Ana Souza", "ANA", "souza", "Bjorn", "BJÖRN", "O\u2019Neill's", "A\u200bna", "山田太郎", "Ána", "anasouza")
NUMBERS = ("71 93791-3762", "ana@example.org", "529.982.247-25", "DE89 3704 0044 0532 0130 00")
CLEAN = (
    "", "see you at 10", "banana, souzas-like words, analysis", "[person:ab12cd34] agreed", "a rosa dress",
    "42 of 2025", "2025-06-01T10:00:00Z", "[phone] or [email]",
)  # fmt: skip


@pytest.mark.parametrize("found", [*NAMES, *NUMBERS])
@pytest.mark.parametrize("around", ["{}", "I saw {}, did you?", "<{}>", "so\n{}\nit was"])
def test_names_and_identifiers_stop_and_are_not_repeated(found, around):
    with pytest.raises(PrivacyError) as stopped:
        GATE.clear(["all is well", around.format(found)], where="what the model is asked")
    assert stopped.value.where == "what the model is asked"
    assert found.casefold() not in str(stopped.value).casefold()


def test_what_is_clean_is_cleared_and_unchanged():
    cleared = GATE.clear(CLEAN, where="anywhere")
    assert (cleared, {type(text) for text in cleared}) == ([*CLEAN], {ScreenedText})
    only_screened(cleared, where="a door")


@given(st.lists(st.text(max_size=20), min_size=1))
def test_a_door_refuses_what_no_gate_has_seen(texts):
    with pytest.raises(PrivacyError, match="no gate"):
        only_screened([*gate_for().clear(["hi"], where="a test"), *texts], where="a door")


PAGES = {
    "shown": ("a.html", "<p>Hello <b>Ana</b></p>"),
    "escaped": ("a.html", "<p>Bj&ouml;rn</p>"),
    "escaped by number": ("a.html", "<p>&#65;na</p>"),
    "in a picture's description": ("a.html", '<img src="media/1.png" alt="Ana at the lake">'),
    "in a card for others": ("a.html", "<meta property='og:title' content='About Ana'>"),
    "in a link away": ("a.html", '<a href="https://example.org/?q=ana@example.org">x</a>'),
    "in a mail address": ("a.html", '<a href="mailto:ana@example.org">write</a>'),
    "in a script": ("a.html", '<script>const who = "Ana";</script>'),
    "in a feed": ("feed.xml", "<entry><title>Ana's week</title></entry>"),
    "in Markdown": ("a.md", "# Ana\n"),
    "in Markdown by number": ("a.md", "it was &#65;na\\_"),
    "in JSON": ("a.json", '{"who": "Ana"}'),
    "in a path": ("people/ana.html", "<p>hello</p>"),
    "in a picture drawn as text": ("a.svg", "<svg><title>Ana</title></svg>"),
}


@pytest.mark.parametrize(("path", "text"), PAGES.values(), ids=PAGES)
def test_a_page_with_a_name_does_not_leave(path, text):
    fine = {"index.html": b"<p>hello</p>"}
    GATE.check_files(fine)
    with pytest.raises(PrivacyError) as stopped:
        GATE.check_files({**fine, path: text.encode()})
    assert stopped.value.where == path


def test_a_page_without_one_does():
    ours = "ab" * 16
    page = b'<article id="m-0937913762"><time datetime="2025-06-01T10:00">June</time> Rosa</article>'
    links = f"<a href='{ours}.html'>{ours}</a> 2025-10-23T14:05:06+00:00 12 messages".encode()
    GATE.check_files({"a.html": page, f"media/{ours}.html": links})


def test_a_member_called_as_a_part_of_the_policy_stops_no_page():
    gate = gate_for("img src")
    policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src 'self'\">"
    gate.check_files({"a.html": f"<head>{policy}</head><p>hello</p>".encode()})
    for leak in (policy.replace("Content-Security-Policy", "refresh"), f"{policy}<p>img src wrote</p>"):
        with pytest.raises(PrivacyError):
            gate.check_files({"b.html": leak.encode()})


def test_a_pseudonym_that_looks_like_a_number_is_none():
    codes = ("bc688778", "ae662675", "52998224")  # such as some numbers of identity cards
    gate = RosterGate(Roster({f"person {code}": code for code in codes}, frozenset()))
    gate.check_files({f"people/{code}.html": f"<p>{code}</p> [{code}]({code}.md)".encode() for code in codes})


def test_an_id_that_looks_like_a_number_is_none():
    ids = ("chat-bc688778", "file-917193793762.png", "file-937913762abc.pdf", "(#m-4111111111111111)")
    GATE.check_files({"ids of the copy": "\n".join(ids).encode()})
    for number in (b"call 917193793762", b"4111111111111111"):
        with pytest.raises(PrivacyError):
            GATE.check_files({"a.html": number})


def test_our_own_words_may_be_spared_and_whole_names_not():
    gate = GATE.with_allowlist(["Ana", "calm"])
    gate.check_files({"a.html": b"<p>ana</p>"})
    with pytest.raises(PrivacyError):
        gate.check_files({"b.html": b"<p>Ana Souza</p>"})


def test_what_a_member_asks_to_have_shown_is_let_out_and_nothing_else_of_its_kind():
    gate = GATE.with_allowlist([], ["Ana B.", "https://x.com/ana", "@ana_souza"])
    gate.check_files({"a.md": b"@ana&#95;souza, and @ana\\_souza"})
    gate.check_files({"a.html": b'<p>Ana B.: <a href="https://x.com/ana">x</a></p>'})
    for more in (b"<p>Ana: hello</p>", b'<p><a href="https://x.com/souza">x</a></p>'):
        with pytest.raises(PrivacyError):
            gate.check_files({"b.html": more})


def test_a_picture_leaves_only_with_nothing_but_what_draws_it():
    GATE.check_files({"media/a.jpg": pictures.JPEG_CLEAN, "media/b.jpg": pictures.jpeg_turned_clean(6)})
    for said in (pictures.JPEG, pictures.PNG, pictures.WEBP, pictures.JPEG_CLEAN[:-20]):
        with pytest.raises(PrivacyError, match="picture"):
            GATE.check_files({"media/c": said})


def test_only_the_seal_makes_cleared_text():
    package = Path(egregora.__file__).parent
    makers = [path.name for path in package.rglob("*.py") if re.search(r"\bCleared\(", path.read_text("utf-8"))]
    assert sorted(makers) == ["cleared.py", "seal.py"]  # the class, and the function


def test_every_stage_that_publishes_or_asks_a_model_has_a_gate():
    """By what it writes to, and by what its build function may import."""
    package = Path(egregora.__file__).parent.parent
    for stage in STAGES:
        module = package / (stage.build.partition(":")[0].replace(".", "/") + ".py")
        asks = "egregora.llm" in module.read_text("utf-8")
        assert bool(stage.gate) == (asks or "site_dir" in stage.places), stage.name
