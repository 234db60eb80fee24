"""Near two hundred texts that try to become alive, in every field of every table: none lives in any file."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import egregora.publication.site
from egregora.core.errors import SchemaError
from egregora.publication.model.paths import checked_people, publishable_media
from egregora.publication.model.queries import Person
from tests.conftest import OpenGate
from tests.publication.conftest import START, Elements, new_house
from tests.publication.hostile import faults, hostile_house
from tests.publication.xss_payloads import PAYLOADS

TEMPLATES = Path(egregora.publication.site.__file__).with_name("templates")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of the hostile house, by path."""
    house = hostile_house(tmp_path_factory.mktemp("xss") / "house")
    house.build()
    return house.files()


def texts(files, ending):
    return {path: data.decode() for path, data in files.items() if path.endswith(ending)}


def test_there_are_many_payloads_and_no_two_alike():
    assert len(PAYLOADS) > 150
    assert len(set(PAYLOADS)) == len(PAYLOADS)


def test_no_page_has_a_living_element_attribute_or_address(files):
    pages = texts(files, ".html")
    assert len(pages) > 3 * len(PAYLOADS)
    assert not {path: found for path, page in pages.items() if (found := faults(Elements(page).found))}


def test_a_title_of_the_blog_that_is_a_payload_stays_a_text(tmp_path):
    house = new_house(tmp_path / "house")
    house.title, house.gate = " ".join(PAYLOADS), OpenGate()
    house.build()
    for path, page in texts(house.files(), ".html").items():
        assert not faults(Elements(page).found), path
        assert "<script>__x=1</script>" in Elements(page).text, path


def test_scripts_that_hold_texts_hold_nothing_but_texts(files):
    ours = {
        path.name
        for path in TEMPLATES.glob("*.js")
        if "{" + "{" not in path.read_text() and "{%" not in path.read_text()
    }
    data = {path: text for path, text in texts(files, ".js").items() if Path(path).name not in ours}
    found = 0
    for path, text in data.items():
        assert not set("<>&\u2028\u2029\x00") & set(text), path
        strings = re.findall(r'"(?:[^"\\\n]|\\.)*"', text)
        found += len(strings)
        assert all(isinstance(json.loads(string), str) for string in strings)
        assert re.fullmatch(r"[\sA-Za-z0-9_.=(){}\[\],:;-]*", re.sub(r'"(?:[^"\\\n]|\\.)*"', "", text)), path
    assert found > 3 * len(PAYLOADS)  # an index of posts for each year


def test_feeds_are_well_formed_and_what_they_hold_is_dead(files):
    assert texts(files, ".xml")
    for path, text in texts(files, ".xml").items():
        root = ET.fromstring(text)
        assert "<!DOCTYPE" not in text
        assert "<!ENTITY" not in text
        for element in root.iter():
            assert not faults([(element.tag.removeprefix(ATOM) * (element.tag != f"{ATOM}link"), element.attrib)]), path
            if element.get("type") == "html":
                assert not faults(Elements(element.text or "").found), path
    for path, text in texts(files, ".json").items():
        assert json.loads(text), path
        for html in re.findall(r'"content_html": ("(?:[^"\\]|\\.)*")', text):
            assert not faults(Elements(json.loads(html)).found), path


def test_the_markdown_tree_is_dead_even_where_html_is_let_through(files):
    generator = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    generator.validateLink = lambda _url: True
    pages = texts(files, ".md")
    assert len(pages) > 2 * len(PAYLOADS)
    for path, text in pages.items():
        start, head, markdown = text.split("---\n", 2)
        assert start == "", path
        assert not faults(Elements(generator.render(markdown)).found), path
        assert not {"{", "<"} & set(re.sub(r'<a id="m-id\d+"></a>', "", markdown)), path
        for line in head.splitlines():
            assert re.match(r'\w+: ("|\["|\[\]|\d)', line), (path, line)
            value = line.partition(": ")[2]
            assert re.fullmatch(r"\d{4}-\d\d-\d\d", value) or json.loads(value) is not None, path
        assert not {"<", ">", "\u2028", "\u2029"} & set(head), path


@pytest.mark.parametrize("text", [text for text in PAYLOADS if re.search(r"[^\w-]", text)])
def test_no_payload_names_a_file(text):
    for path in (text, f"media/{text}", f"media/{text}.png", f"media/a.{text}"):
        with pytest.raises(SchemaError):
            publishable_media({path: None})
    with pytest.raises(SchemaError):
        checked_people([Person(f"{text}.", "a", 1, 1, 1, 1, START, START, ())])


def test_a_payload_that_is_let_through_is_found():
    found = [text for text in PAYLOADS if faults(Elements(f"<p>{text}</p>").found)]
    assert len(found) > 90
    assert faults([("a", {"href": "javascript:1"})])
    assert faults([("img", {"src": "https://evil.example/a.png"})])
    assert faults([("a", {"href": "//evil.example"})])
    assert faults([("p", {"onclick": "1"})])
    assert not faults(
        [("a", {"href": "https://example.org/a:b"}), ("img", {"src": "../media/a.png"}), ("a", {"href": ""})]
    )
