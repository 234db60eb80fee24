"""Everything that the real program makes of a chat full of names and numbers, searched by other means than its own."""

import html
import random
import re
import unicodedata
from datetime import timedelta
from functools import cache

import pytest

from tests.augmentation import pictures
from tests.whole.chats import MONDAY, TOPICS, export
from tests.whole.house import House, copied

MEMBERS = (
    "Ana Souza", "Jürgen Großmann", "María José Núñez", "Søren O'Neill", "Иван Петров", "田中太郎", "Rafael Teixeira",
    "+55 71 93791-3762",
)  # fmt: skip
# What each may be called, and what may be left of it nowhere, as `plain` writes it.
CALLED = (
    "Ana", "ANA", "ana", "Ána", "A\u200bna", "Ana's", "@\u2068Ana Souza\u2069", "souza", "Aninha", "anasouza", "Ana S.",
    "Jürgen", "juergen grossmann", "JÜRGEN", "Großmann", "Grossmanns", "Jurgen", "María José", "maria jose", "Núñez",
    "nunez", "Søren", "SØREN", "O\u2019Neill", "oneill", "Иван", "петров", "ПЕТРОВ", "田中太郎", "太郎", "Rafa",
    "rafael", "Teixeira", "@\u2068Rafael Teixeira\u2069", "@5571937913762",
)  # fmt: skip
NAMES = (
    "ana", "souza", "aninha", "anasouza", "jurgen", "juergen", "grossmann", "grossmanns", "maria jose", "nunez",
    "søren", "neill", "oneill", "иван", "петров", "rafa", "rafael", "teixeira",
)  # fmt: skip
UNSPACED = ("太郎", "田中")
SAID = (
    "+55 71 93791-3762", "71 93791 3762", "(71) 93791-3762", "wa.me/5571937913762", "+49 151 2345 6789",
    "0151-23456789", "\uff10\uff15\uff15\uff12 \uff13\uff14\uff15\uff16\uff17\uff18\uff19", "ana.souza@example.org",
    "r.teixeira [at] example [dot] org", "R.TEIXEIRA@EXAMPLE.ORG", "529.982.247-25", "52998224725",
    "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "12345678Z", "https://instagram.com/anasouza",
    "https://x.com/rteixeira", "-22.9711, -43.1822", "https://maps.google.com/?q=-22.9711,-43.1822",
)  # fmt: skip
DIGITS = ("5571937913762", "937913762", "4915123456789", "23456789", "3456789", "52998224725", "370400440532013000",
          "4111111111111111", "12345678z", "229711")  # fmt: skip
WORDS = ("souza@", "teixeira@", "example dot org", "instagram.com/", "x.com/rteixeira", "maps.google")
SENTENCES = (
    "I asked {} about it", "{} is late again", "tell {} that we wait", "{}: yes or no?", "so said {}, didn't they",
    "from {} to all of us", "({})", "{}!!!", "thanks {} 🙏", "what {} wrote there is true",
)  # fmt: skip

RECORDED = """
from pathlib import Path
from egregora.knowledge.rag import store
from egregora.llm.offline import OfflineEmbedder

class Recorder(OfflineEmbedder):
    def embed(self, texts):
        with Path("prompts.txt").open("a", encoding="utf-8") as file:
            file.writelines(text + "\\n" for text in texts)
        return super().embed(texts)

def build_knowledge(**arguments):
    return store.build_knowledge(**arguments, embedder=Recorder())
"""
DODO = """
from egregora.orchestration import pipeline
from egregora.orchestration.tasks import namespace

KNOWLEDGE = pipeline.KNOWLEDGE._replace(build="recorded:build_knowledge")
STAGES = tuple(KNOWLEDGE if stage is pipeline.KNOWLEDGE else stage for stage in pipeline.STAGES)
globals().update(namespace(__file__, STAGES))
"""


def chat():
    """Three weeks in which everything is planted several times, between plain talk."""
    chance = random.Random(4)
    lines, at = [], MONDAY
    planted = [*CALLED, *SAID] * 3
    chance.shuffle(planted)
    for number, what in enumerate(planted):
        plain = TOPICS[number // 40 % len(TOPICS)][number % 6]
        for text in (plain, f"{SENTENCES[number % len(SENTENCES)].format(what)} {plain.lower()}"):
            at += timedelta(hours=2)
            lines.append(f"{at:%d/%m/%Y, %H:%M} - {MEMBERS[chance.randrange(len(MEMBERS))]}: {text}")
    lines.append(f"{at:%d/%m/%Y, %H:%M} - Ana Souza added Rafael Teixeira")
    lines.append(f"{at:%d/%m/%Y, %H:%M} - Ana Souza: Teixeira 52998224725.png (file attached)")
    return lines


@pytest.fixture(scope="module")
def house(once, tmp_path_factory):
    return copied(House(once("leaks", build)), tmp_path_factory.mktemp("leaks") / "house")


def build(folder):
    house = House(folder)
    house.egregora("init", ".")
    (house.folder / ".egregora" / "key").write_text("5b" * 32 + "\n")
    (house.folder / "recorded.py").write_text(RECORDED)
    (house.folder / "dodo.py").write_text(DODO)
    (house.folder / "exports" / "chat.zip").write_bytes(export(chat(), {"Teixeira 52998224725.png": pictures.PNG}))
    (house.folder / "log.txt").write_text(house.run("doit") + house.run("doit", "list", "--status"))


def plain(text):
    """`text` as a reader reads it: no case, no accents, nothing that cannot be seen."""
    decomposed = unicodedata.normalize("NFKD", html.unescape(text).casefold())
    unseen = {char for char in set(decomposed) if unicodedata.category(char) in ("Mn", "Cf")}
    return decomposed.translate(dict.fromkeys(map(ord, unseen)))


@cache  # most texts are in several tables
def left_in(text):
    """What is left in `text` of what must be nowhere."""
    read = plain(text)
    joined = re.sub(r"[\s().,/-]", "", read)
    found = [name for name in NAMES if re.search(rf"(?<![^\W\d_]){name}(?![^\W\d_])", read)]
    found += [name for name in (*UNSPACED, *WORDS) if name in read]
    return found + [digits for digits in DIGITS if digits in joined]


def test_the_search_finds_what_is_planted():
    for what in (*CALLED, *SAID):
        assert left_in(SENTENCES[0].format(what)), what
    assert left_in("".join(TOPICS[1]) + "banana, suzana and 2025-06-01T10:00") == []


def test_the_search_does_not_take_a_number_for_an_id():
    for what in ("0151-23456789", "4111111111111111", "529.982.247-25"):
        assert left_in(_without_codes(f"call {what} now")), what
    assert left_in(_without_codes(f"{'5' * 15}f 2345678f m-23456789abcdef01")) == []


def test_no_table_but_the_first_has_a_name_or_a_number(house):
    searched = 0
    for table in set(house.tables()) - {"ingested_messages"}:
        columns = [column for (column,) in house.query(
            f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        )]  # fmt: skip
        for column in columns:
            values = house.query(f'SELECT DISTINCT "{column}"::VARCHAR FROM "{table}" WHERE "{column}" IS NOT NULL')
            if column == "embedding" or not values:
                continue
            searched += len(values)
            for (value,) in values:
                assert left_in(_without_codes(value)) == [], f"{table}.{column}"
    assert searched > 1_000


def test_the_model_is_asked_nothing_that_has_one(house):
    prompts = (house.folder / "prompts.txt").read_text("utf-8")
    assert prompts.count("[person:") > 30
    assert left_in(prompts) == []


def test_no_published_file_has_one(house):
    files = house.files("site", "content", ".egregora/media")
    assert len(files) > 30
    for path, data in files.items():
        assert left_in(_without_codes(path)) == []
        assert pictures.SECRET not in data
        assert left_in(_without_codes(data.decode("utf-8", errors="ignore"))) == [], path


def test_neither_the_log_nor_the_state_has_one(house):
    said = house.egregora("status") + house.egregora("verify", expect=None) + house.egregora("why", "site")
    assert left_in(_without_codes((house.folder / "log.txt").read_text() + said)) == []
    state = (house.folder / ".doit.db").read_bytes().decode("utf-8", errors="ignore")
    assert left_in(_without_codes(state)) == []


def test_a_shared_copy_has_none_in_its_bytes(house, tmp_path):
    house.egregora("process", "--output", ".")  # by the pipeline as it is: the recording model is another one
    target = tmp_path / "given.duckdb"
    house.egregora("export", "--share", str(target))
    data = target.read_bytes().decode("utf-8", errors="ignore")
    long = [name for name in (*NAMES, *UNSPACED) if len(name.encode()) > 5]  # shorter ones stand in any vector
    read = plain(data)
    assert [name for name in long if name in read] == []
    assert [what for what in SAID if what in data] == []


def _without_codes(text):
    """Without ids, digests, pseudonyms and times, which have any digits; a number of digits alone stays."""
    made = r"\b(?=\d*[a-f])(?:[0-9a-f]{16,}|[0-9a-f]{8}\b)|file-[0-9a-f]{12}"
    return re.sub(rf"{made}|\d{{4}}-\d\d-\d\d[T ]?[\d:.+]*|m-[0-9a-f]+", " ", text)
