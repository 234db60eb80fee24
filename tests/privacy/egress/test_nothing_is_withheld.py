"""What redaction left is withheld nowhere: alone, joined, cut, escaped, or on a page of each template."""

import html
import re
from datetime import timedelta

import ibis
from hypothesis import example, given, settings
from hypothesis import strategies as st

from egregora.core.names import person_key
from egregora.generation.markdown_text import escaped
from egregora.privacy.egress.gate import RosterGate
from egregora.privacy.roster import Roster
from tests.conftest import examples
from tests.privacy.detect.test_properties import TEXTS
from tests.publication.conftest import ANA, START, message, new_house, person, picture, post

ROSTER = Roster(
    {person_key(name): code for name, code in {"ana clara souza": ANA, "will young": "0011aabb"}.items()}, frozenset()
)
REDACTOR = ROSTER.redactor()
WORDS = re.compile(r"\w+")


def redacted(text):
    return REDACTOR.redact(text)[0]


def gate_over(texts):
    """A gate, and what was screened: nothing is read of it unless something is found."""
    column = ibis.memtable({"message": [*texts]}, schema={"message": "string"}).message
    return RosterGate(ROSTER).with_allowlist(screened=column)


@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_no_line_of_redacted_texts_is_withheld_alone_or_joined(texts):
    clean = [redacted(text) for text in texts]
    gate, joined = RosterGate(ROSTER), "\n".join(clean)
    assert gate.screen([*clean, joined], where="x") == [*clean, joined]
    assert gate.withheld == ()


@given(st.lists(TEXTS, min_size=1, max_size=3), st.data())
@settings(max_examples=examples(150))
def test_no_cut_of_a_redacted_text_is_withheld_however_it_is_escaped(texts, data):
    clean = [redacted(text) for text in texts]
    gate, text = gate_over(clean), data.draw(st.sampled_from(clean))
    start, end = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    for number, cut in enumerate((text, text[start:end], text[:end], text[start:])):
        files = {
            f"a{number}.txt": cut.encode("utf-8", "replace"),
            f"a{number}.html": f"<p>{html.escape(cut)}</p>".encode("utf-8", "replace"),
            f"a{number}.md": escaped(cut).encode("utf-8", "replace"),
        }
        assert gate.check_files(files) == files


@given(st.lists(TEXTS, min_size=4, max_size=8))
@settings(max_examples=examples(6))
@example(
    texts=["às 12h levo a sobremesa metade do que você", "@sjoerd vem", "conta\n12/03/2021", "x.com/a/status/12345"]
)
def test_no_page_of_redacted_texts_has_anything_withheld(tmp_path_factory, texts):
    clean = [redacted(text) for text in texts]
    house = new_house(tmp_path_factory.mktemp("pages") / "house")
    titles = [" ".join(text.split())[:80] for text in clean]
    house.posts = [
        post(
            number,
            f"## {escaped(title)}\n\n> [person:{ANA}]: {escaped(' '.join(text.split()))} [¶](#m-id{number})\n",
            title=title, summary=title, tags=[" ".join(WORDS.findall(title)[:2])], cited_message_ids=[f"id{number}"],
        )
        for number, (title, text) in enumerate(zip(titles, clean, strict=True), 1)
    ]  # fmt: skip
    house.messages = [
        message(number, text, author=ANA, timestamp=START + timedelta(days=number))
        for number, text in enumerate(clean, 1)
    ]
    topics = [word for text in clean for word in WORDS.findall(text)[:2]]
    house.people, house.media = [person(ANA, "Amber Heron", topics=topics)], [picture(description=titles[0])]
    house.gate = RosterGate(ROSTER)
    house.build()
    assert house.gate.withheld == ()
