"""An export whose sender means harm: in every text, in the names of files and in what the files are."""

import struct
import unicodedata
import zipfile
import zlib
from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from egregora.utils.image_metadata import without_metadata
from tests.augmentation import pictures
from tests.publication.conftest import Elements
from tests.publication.hostile import faults
from tests.publication.xss_payloads import PAYLOADS
from tests.whole.chats import MONDAY
from tests.whole.house import House, copied

MEMBERS = (
    "Zorbinda <script>__x=901</script>", 'Quexilda"><img src=x onerror=__x=902>', "Vromelia' onmouseover='__x=903",
    "[Yplanda](javascript:__x=904)", "{{ Wuxendra }}{% raw %}",
)  # fmt: skip
CALLED = ("zorbinda", "quexilda", "vromelia", "yplanda", "wuxendra")
GROUP = "Evil <svg onload=__x=905> & 'Sons'"
MARKUP = b"<script>__x=906</script>"


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _bomb():
    """A PNG that says it has four thousand million pixels."""
    head = struct.pack(">IIBBBBB", 65_535, 65_535, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
        + _chunk(b"IEND", b"")
    )


# Files that a message speaks of, by the names that it calls them.
SENT = {
    "IMG-20250106-WA0001.jpg": pictures.JPEG,
    "IMG-20250106-WA0002.png": pictures.PNG[:-12] + _chunk(b"tEXt", b"Comment\0" + MARKUP) + pictures.PNG[-12:],
    "IMG-20250106-WA0003.gif": pictures.GIF + b"*/=1;" + MARKUP,
    "IMG-20250106-WA0004.jpg": b"<!doctype html>" + MARKUP,
    "IMG-20250106-WA0005.jpg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="__x=907"/>',
    "IMG-20250106-WA0006.jpg": pictures.JPEG[: len(pictures.JPEG) // 2],
    "IMG-20250106-WA0007.png": _bomb(),
    "page.html": MARKUP,
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>__x=908</script></svg>',
    "CON.jpg": pictures.JPEG,
    "<img src=x onerror=__x=909>.jpg": pictures.JPEG,
    "\u202egpj.exe.jpg": pictures.JPEG,
    "n" * 240 + ".jpg": pictures.JPEG,
    "card.vcf": b"BEGIN:VCARD\nFN:Zorbinda\nTEL:+5571937913762\nEND:VCARD\n",
}

OUTSIDE = ("../../outside.jpg", "/outside.jpg", "..\\..\\outside.jpg")  # spoken of, and a zip that holds one is refused


def lines():
    """Five messages a day: a payload each, and what goes with a file."""
    texts = [" / ".join(text.splitlines()) for text in PAYLOADS]
    told = [*(f"{text} the roof leaks, {text}" for text in texts), *texts]
    told += [f"{name} (file attached)" for name in (*SENT, *OUTSIDE)]
    told += [f"POLL: {text} OPTION: {text} (3 votes)" for text in texts[:5]]
    for number, text in enumerate(told):
        at = MONDAY + timedelta(days=number // 5, hours=number % 5)
        yield f"{at:%d/%m/%Y, %H:%M} - {MEMBERS[number % len(MEMBERS)]}: {text}"
        if number % 40 == 0:
            yield f'{at:%d/%m/%Y, %H:%M} - {MEMBERS[0]} changed the subject from "{text}" to "{texts[-1]}"'


def export(files):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"WhatsApp Chat with {GROUP}.txt", "".join(f"{line}\n" for line in lines()))
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def build(folder):
    house = House(folder / "around" / "house")
    house.egregora("init", ".")
    house.edit("egregora.toml", 'period = "week"', 'period = "day"')
    house.edit("egregora.toml", 'title = "Our group"', f"title = '''{GROUP}'''")
    (house.folder / "exports" / "WhatsApp Chat.zip").write_bytes(export(SENT))
    (folder / "said").write_text(house.egregora("process"), "utf-8")
    house.egregora("export", "--format", "mkdocs", "--output", "mkdocs")
    house.egregora("export", "--format", "hugo", "--output", "hugo")


@pytest.fixture(scope="module")
def around(once):
    """A folder with nothing in it but the project of that export, built, and what the build said."""
    return once("hostile", build)


@pytest.fixture(scope="module")
def house(around):
    return House(around / "around" / "house")


def test_every_page_is_dead_and_says_so_to_the_browser(house):
    pages = {path: data.decode() for path, data in house.files("site").items() if path.endswith(".html")}
    assert sum("__x" in html for path, html in pages.items() if path.startswith("site/posts/")) > 50
    for path, html in pages.items():
        assert faults(Elements(html).found) == [], path
        assert html.count('<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; ') == 1, path


def test_feeds_and_drawings_are_well_formed_and_dead(house):
    drawn = {path: data for path, data in house.files("site").items() if path.endswith((".xml", ".svg"))}
    assert len(drawn) > 3
    for path, data in drawn.items():
        found = [(each.tag.rpartition("}")[2], dict(each.attrib)) for each in ElementTree.fromstring(data).iter()]
        assert not [tag for tag, _ in found if tag in ("script", "foreignObject", "iframe", "use", "set", "animate")], (
            path
        )
        assert not [name for _, attributes in found for name in attributes if name.startswith("on")], path


def test_the_markdown_trees_are_dead_in_a_page_that_lets_html_through(house):
    generator = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    generator.validateLink = lambda _url: True
    texts = {
        path: data.decode() for path, data in house.files("content", "mkdocs", "hugo").items() if path.endswith(".md")
    }
    assert len(texts) > 150
    for path, text in texts.items():
        found = Elements(generator.render(text.split("---\n", 2)[-1])).found
        assert [(tag, attributes) for tag, attributes in faults(found) if tag != "img"] == [], path
        assert [
            attributes["src"] for tag, attributes in found if tag == "img" and "media/" not in attributes["src"]
        ] == []


def test_files_are_what_they_say_and_say_nothing_else(house):
    sent = house.files("site/media", "content/media")
    assert {path.rpartition(".")[2] for path in sent} == {"jpg", "png", "gif"}
    for path, data in sent.items():
        assert without_metadata(data).data == data, path
        assert pictures.SECRET not in data, path
        assert b"__x" not in data, path


def test_nothing_is_written_anywhere_else(around, house):
    assert [path.name for path in around.rglob("*outside*")] == []
    assert [path.name for path in (around / "around").iterdir()] == ["house"]
    names = {path.name for path in house.folder.iterdir()}
    assert names - {"mkdocs", "hugo"} == {
        *(".doit.db", ".egregora", ".gitignore", "content", "dodo.py", "egregora.duckdb", "egregora.toml", "exports"),
        "site",
    }
    published = house.files("site", "content", "mkdocs", "hugo")
    assert [path for path in published if set(path) & set("<>\"'\\\u202e:*?|") or ".." in path or len(path) > 250] == []


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_zip_that_leads_out_of_itself_is_refused_and_what_was_built_stays(house, tmp_path, name):
    own = copied(house, tmp_path / "around" / "house")
    before = own.files("site", "content")
    (own.folder / "exports" / "WhatsApp Chat.zip").write_bytes(export({name: pictures.JPEG}))
    said = own.egregora("process", expect=1)
    assert "leads out of it" in said
    assert "to do:" in said
    assert own.files("site", "content") == before
    assert [path.name for path in tmp_path.rglob("*outside*")] == []


def test_nobody_is_named(house):
    texts = {
        path: data.decode("utf-8", "ignore").casefold()
        for path, data in house.files("site", "content", "mkdocs", "hugo").items()
    }
    assert [(path, name) for path, text in texts.items() for name in CALLED if name in text] == []


def test_what_the_run_says_names_nobody_and_holds_no_signs_of_control(around):
    said = (around / "said").read_text("utf-8")
    assert "Traceback" not in said
    assert not {name for name in CALLED if name in said.casefold()}
    assert not [char for char in said if unicodedata.category(char) in ("Cc", "Cf") and char != "\n"]
