"""What we write ourselves is never withheld, whatever the number in it, in each language."""

import re
import tomllib
from itertools import pairwise, product
from pathlib import Path

import pytest

from egregora.config.model import LANGUAGES
from egregora.generation import phrases as generation
from egregora.privacy.egress import own_phrases as own
from egregora.publication.text.locale import load_locale
from tests.conftest import OpenGate, examples, gate_for

NUMBERS = range(0, 10_001, -(-100 // examples(100)))  # every one, but for the fewest examples
SOME = range(0, 10_001, 11)  # of the numbers, where the test of the templates has all of them
FIELD = re.compile(r"\{\w*\}")
SENTINEL = 987_001  # a number that stands nowhere else


def withheld(lines):
    """What a gate withholds of these lines, as a page shows them."""
    gate = gate_for("ana souza", "bruno lima")
    page = "".join(f"<p>{line}</p>\n" for line in lines).encode()
    kept = gate.check_files({"a.html": page})["a.html"]
    return [] if kept == page else [line for line in lines if f"<p>{line}</p>".encode() not in kept]


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_count_of_a_language_is_withheld(tag):
    say = load_locale(tag)
    nouns = {form: noun for noun, forms in say.nouns.items() for form in forms.values()}  # each form once
    lines = [say.count(number, noun) for noun, number in product(dict.fromkeys(nouns.values()), SOME)]
    lines += [say.count(number, noun) for noun, number in product(("message_n", "person_n", "day_n"), NUMBERS)]
    lines += [shown for number in NUMBERS for shown in (say.number(number), say.compact(number), str(number))]
    fields = [text for text in say.words.values() if "{" in text]
    lines += [FIELD.sub(str(number), text) for text, number in product(fields, SOME)]
    assert withheld(dict.fromkeys(lines)) == []


@pytest.mark.parametrize("tag", ["en", "pt", "es", "de"])
def test_no_summary_of_a_post_is_withheld(tag):
    phrases = tomllib.loads(Path(generation.__file__).with_name("phrases.toml").read_text("utf-8"))[tag]

    def summary(messages, people, days):
        return phrases["numbers"].format(
            messages=generation.count_with_noun(messages, "message", phrases),
            people=generation.count_with_noun(people, "person", phrases),
            days=generation.count_with_noun(days, "day", phrases),
        )

    lines = [summary(number, 2 + number % 79, 1 + number % 31) for number in NUMBERS]
    lines += [summary(number, people, days) for number, people, days in product((5, 1234), range(2, 300), range(1, 32))]
    lines += [phrases["more"].format(count=number) for number in NUMBERS]
    assert withheld(lines) == []


@pytest.mark.parametrize("tag", LANGUAGES)
def test_no_line_of_a_template_is_withheld(make, tmp_path, tag):
    """Each template is made once with a number that stands nowhere else, and each number is put into its place."""
    numbers = dict.fromkeys(("messages", "words", "media", "active_days"), SENTINEL)
    house = make.house(tmp_path / "house")
    house.posts = [make.post(number, messages=SENTINEL) for number in range(3)]
    house.people = [
        make.person("ab12cd34", "Amber Heron", **numbers),
        make.person("0011aabb", "Quiet Maple", **numbers),
    ]
    house.redactions = [{"chat_id": "c", "message_id": "id2", "kind": "phone", "count": SENTINEL}]
    house.language, house.gate = tag, OpenGate()
    house.build()
    say = load_locale(tag)
    written = {say.number(SENTINEL), str(SENTINEL), say.compact(SENTINEL)}
    texts = [data.decode() for path, data in house.files().items() if path.endswith((".html", ".md", ".xml", ".json"))]
    lines = {line for text in texts for line in text.replace("</", "\n</").replace(">", ">\n").split("\n")}
    found = {(line.strip(), number) for line in lines for number in written if number in line}
    assert len(found) > 5
    made = {line.replace(number, say.number(each)) for line, number in found for each in NUMBERS}
    assert withheld(sorted(made)) == []


def test_the_gate_knows_the_phrases_of_all_files():
    phrases = own.own_phrases()
    assert "{} mensajes" in phrases
    assert "See the message" in phrases
    assert "others ({})" in phrases
    assert "Quién escribió más:" in phrases
    assert all(len(first) >= len(second) for first, second in pairwise(phrases))
