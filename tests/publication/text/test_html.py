import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.publication.output import markdown_tree
from egregora.publication.text.html import Prose, cleaned
from egregora.publication.text.locale import load_locale
from egregora.publication.text.markdown_plugin import PageLinks
from tests.publication.conftest import Elements

ANA = "ab12cd34"
PICTURE = "media/abc.png"
OUT = 'rel="noopener noreferrer nofollow" referrerpolicy="no-referrer"'
FIGURE = '<figure class="picture">{}</figure>\n'
ALLOWED = re.compile(
    r"</?(a|bdi|blockquote|br|code|del|em|figcaption|figure|h[2-6]|hr|img|li|ol|p|pre|s|span|strong|table|tbody|td|th|"
    r"thead|tr|ul|video)( [^<>]*)?>"
)
PLACE = PageLinks("../", frozenset({"id1", "id2"}), {PICTURE: "image", "media/abc.mp4": "video"})
TEXTS = st.text() | st.text(alphabet="[]()<>!#*`_>:. \nperson:ab12cd34¶m-id1http/&;\"'{}")


@pytest.fixture(scope="module")
def prose():
    return english()


def english():
    return Prose({ANA: "Amber & Co"}, load_locale("en").words)


def test_a_quote_is_a_conversation(prose):
    body = f"> [person:{ANA}]: hello *you* [¶](#m-id1)\n> second line\n> [person:00000000]: ok [¶](#m-id2)"
    assert prose.post(body, PLACE) == (
        '<blockquote class="talk">\n'
        f'<p class="said tone-0"><a class="who tone-0" href="../people/{ANA}.html"><bdi>Amber &amp; Co</bdi></a> '
        'hello <em>you</em> <a href="#m-id1" class="cite" title="See the message">¶</a><br>\nsecond line</p>\n'
        '<p class="said tone-none"><span class="who"><bdi>someone</bdi></span> '
        'ok <a href="#m-id2" class="cite" title="See the message">¶</a></p>\n'
        "</blockquote>\n"
    )


def test_what_one_says_in_a_word_does_not_vanish_as_a_reference(prose):
    assert "<bdi>Amber &amp; Co</bdi></a>: ok" in prose.post(f"[person:{ANA}]: ok", PLACE)
    assert "> **Amber &#38; Co**: ok" in markdown_tree.body(f"> [person:{ANA}]: ok", prose, anchors=(), media=())


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("[person:00000000]", '<p><span class="who"><bdi>someone</bdi></span></p>\n'),
        ("the [phone]", '<p>the <span class="label">phone number</span></p>\n'),
        (f"`[person:{ANA}] <b>`", "<p><code>Amber &amp; Co &lt;b&gt;</code></p>\n"),
        (f"[of [person:{ANA}]](mailto:x)", f'<p><a href="mailto:x" {OUT}>of Amber &amp; Co</a></p>\n'),
        ("said [¶](#m-unknown)", "<p>said </p>\n"),
        ("[elsewhere](../../etc)", "<p>elsewhere</p>\n"),
        ("![far](https://example.org/p.png)", "<p>far</p>\n"),
        (f"![of [person:{ANA}]]({PICTURE})", FIGURE.format(
            f'<a href="../{PICTURE}" data-lightbox="" aria-label="Enlarge the picture: of Amber &amp; Co">'
            f'<img src="../{PICTURE}" alt="of Amber &amp; Co" loading="lazy"></a>'
            "<figcaption>of Amber &amp; Co</figcaption>"
        )),
        (r"![a\_b &lt;i>](media/abc.mp4)", FIGURE.format(
            '<video src="../media/abc.mp4" controls="" preload="none"></video><figcaption>a_b &lt;i&gt;</figcaption>'
        )),
        ("![](media/abc.mp4)", FIGURE.format('<video src="../media/abc.mp4" controls="" preload="none"></video>')),
        ("    indented", "<p>indented</p>\n"),
        ("# Top\n\n## Below", "<h2>Top</h2>\n<h3>Below</h3>\n"),
        ("https://x.org/a_b_c.", f'<p><a href="https://x.org/a_b_c" {OUT}>https://x.org/a_b_c</a>.</p>\n'),
    ],
)  # fmt: skip
def test_a_body_is_shown_as(prose, body, shown):
    assert prose.post(body, PLACE) == shown


@given(TEXTS)
def test_a_text_of_a_chat_is_shown_whole_and_holds_no_tags_of_its_own(text):
    shown = Prose({}, {}).inline(text.replace("[", "("), "../")
    bare = re.sub(r'<br>\n|<a href="https?://[^"<>]*" rel="[^"<>]*" referrerpolicy="no-referrer">|</a>', "", shown)
    assert "<" not in bare
    lines = cleaned(text.replace("[", "(")).replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")
    assert html.unescape(bare) == "".join(lines)


@given(TEXTS)
def test_a_body_never_holds_more_than_the_allowed_tags(text):
    shown = english().post(text, PLACE)
    assert "<" not in ALLOWED.sub("", shown)
    attributes = [pair for _, own in Elements(shown).found for pair in own.items()]
    for target in (value for name, value in attributes if name in ("href", "src")):
        assert re.match(
            rf"https?://|mailto:|#m-id[12]$|\.\./{PICTURE}$|\.\./people/{ANA}\.html$", target, re.IGNORECASE
        )


@given(TEXTS)
def test_a_body_in_the_markdown_tree_opens_no_tag_and_no_template(text):
    body = markdown_tree.body(text, english(), anchors={"id1"}, media={PICTURE})
    assert "<" not in body
    assert "{" not in body
    assert "]:" not in body
    assert re.findall(r"\]\((?!https?://|mailto:|\.\./media/abc\.png\)|#m-id1\))", body) == []


def test_a_description_is_shown_whole_in_the_markdown_tree(prose):
    shown = markdown_tree.body(r"![a\_b &lt;i>](media/abc.png)", prose, anchors=(), media={PICTURE})
    assert shown == "![a&#95;b &#60;i&#62;](../media/abc.png)\n"


def test_each_speaker_has_a_line_in_the_markdown_tree(prose):
    body = f"> [person:{ANA}]: one [¶](#m-id1)\n> [person]: two"
    shown = markdown_tree.body(body, prose, anchors={"id1"}, media=())
    assert shown == "> **Amber &#38; Co**: one [¶](#m-id1)  \n> **someone**: two\n"


@given(st.text())
def test_a_yaml_string_is_one_line_of_json_without_angles(text):
    line = markdown_tree.quoted(text)
    assert len(line.splitlines()) == 1
    assert not set("<>") & set(line)


def test_those_who_follow_each_other_have_tones_apart():
    authors = [f"{number:08x}" for number in range(24)]
    tones = [Prose(dict.fromkeys(authors, "x"), {}).colour(author) for author in authors]
    assert len(set(tones)) == 24
    assert tones[:4] == ["tone-0", "tone-7", "tone-14", "tone-21"]
    assert Prose(dict.fromkeys(authors[:2], "x"), {}).colour(authors[1]) == tones[1]


def test_a_handle_of_blanks_is_someone():
    assert Prose({ANA: " \u202e "}, load_locale("en").words).name(ANA) == "someone"
