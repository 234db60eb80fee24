"""Exports of one chat, cut anywhere, from several phones, in any order, are one chat."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.ingestion.parser import ingest
from tests.conftest import examples

START = datetime(2024, 1, 10, 9, 0, 0)  # noqa: DTZ001  # a wall time
LRM = "\u200e"


@dataclass(frozen=True)
class Message:
    second: int
    author: str | None
    text: str
    file: str = ""
    edited: bool = False
    deleted: bool = False


def android(said, *, media=True):
    return "".join(android_line(message, media=media) + "\n" for message in said)


def android_line(message, *, media):
    head = (START + timedelta(seconds=message.second)).strftime("%d/%m/%Y, %H:%M - ")
    if message.author is None:
        return head + message.text
    if message.deleted:
        body = "This message was deleted"
    elif message.file:
        body = f"{LRM}{message.file} (file attached)" if media else "<Media omitted>"
        body += f"\n{message.text}" if message.text and media else ""
    else:
        body = message.text + (" <This message was edited>" if message.edited else "")
    return f"{head}{message.author}: {body}"


def ios(said, *, media=True):
    return "".join(ios_line(message, media=media) + "\r\n" for message in said)


def ios_line(message, *, media):
    head = (START + timedelta(seconds=message.second)).strftime("[%d/%m/%Y, %H:%M:%S] ")
    if message.author is None:
        return f"{head}Vila: {LRM}{message.text}"
    if message.deleted:
        return f"{head}{message.author}: {LRM}This message was deleted."
    if message.file:
        name = f"0000{message.second:04}-PHOTO-" + (START + timedelta(seconds=message.second)).strftime(
            "%Y-%m-%d-%H-%M-%S.jpg"
        )
        body = f"{message.text} {LRM}<attached: {name}>".lstrip() if media else f"{LRM}image omitted"
        return f"{LRM}{head}{message.author}: {body}"
    lead = LRM if message.edited else ""
    return f"{lead}{head}{message.author}: {message.text}" + (
        f" {LRM}<This message was edited>" if message.edited else ""
    )


def read(folder, texts):
    """The rows of these exports, in order."""
    key = folder / "key"
    key.write_text("5b" * 32 + "\n")
    paths, rows, places = [], [], {}
    for number, text in enumerate(texts):
        paths.append(folder / f"{number}" / "WhatsApp Chat with Vila.txt")
        paths[-1].parent.mkdir()
        paths[-1].write_text(text, encoding="utf-8", newline="")
    for name, table in ingest(exports=tuple(paths), key=key, timezone="UTC"):
        if name == "ingested_messages":
            rows += table.drop_columns("export_id").to_pylist()
        elif name == "message_order":
            places |= {row["message_id"]: row["position"] for row in table.to_pylist()}
    assert len({row["message_id"] for row in rows}) == len(rows)
    return sorted(rows, key=lambda row: (row["timestamp"], places.get(row["message_id"], 0)))


def told(rows):
    return [(row["author"], row["message"]) for row in rows]


WORDS = st.sampled_from(["ok", "oi", "sim", "bom dia a todos", "não sei", "ok\nok", "@\u2068Ana\u2069 vem?"])
AUTHORS = st.sampled_from(["Ana", "Bia", "Caio"])


@st.composite
def chats(draw, least=4, most=24):
    """A chat in bursts, in which nobody says the same thing twice within two minutes."""
    second, said = 0, []
    for number in range(draw(st.integers(least, most))):
        second += draw(st.sampled_from([1, 2, 9, 30, 55, 61, 300]))
        text = draw(WORDS) + f" {number}" * draw(st.booleans())
        author = draw(AUTHORS)
        recent = {(other.author, other.text) for other in said if second - other.second < 120}
        said.append(Message(second, author, f"{text} {number}" if (author, text) in recent else text))
    return said


@st.composite
def cuts(draw, chat):
    """Where overlapping exports begin and end; together they have all of the chat."""
    ends = sorted(draw(st.sets(st.integers(1, len(chat)), max_size=3)) | {len(chat)})
    bounds = [(0, ends[0])]
    for before, end in pairwise(ends):
        bounds.append((draw(st.integers(max(0, before - 6), before - 1)), end))
    return draw(st.permutations(bounds))


@settings(max_examples=examples(60))
@given(data=st.data())
def test_any_overlapping_cuts_in_any_order_are_the_whole_chat(tmp_path_factory, data):
    chat = data.draw(chats())
    write = data.draw(st.sampled_from([android, ios]))
    parts = [write(chat[first:last]) for first, last in data.draw(cuts(chat))]
    assert read(tmp_path_factory.mktemp("m"), parts) == read(tmp_path_factory.mktemp("w"), [write(chat)])


@settings(max_examples=examples(40))
@given(data=st.data())
def test_exports_of_two_kinds_of_phone_are_one_chat(tmp_path_factory, data):
    chat = data.draw(chats())
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(chat)), st.integers(0, len(chat)))))
    texts = data.draw(st.permutations([android(chat), ios(chat[first:last])] if last > first else [android(chat)]))
    rows = read(tmp_path_factory.mktemp("m"), texts)
    assert Counter(told(rows)) == Counter((said.author, said.text) for said in chat)
    seconds = {(said.author, said.text, START + timedelta(seconds=said.second)) for said in chat[first:last]}
    assert seconds <= {(row["author"], row["message"], row["timestamp"].replace(tzinfo=None)) for row in rows}


@settings(max_examples=examples(40))
@given(data=st.data(), write=st.sampled_from([android, ios]))
def test_a_newer_state_replaces_the_older_one(tmp_path_factory, data, write):
    chat = data.draw(chats(least=6))
    changes = data.draw(
        st.dictionaries(st.integers(1, len(chat) - 2), st.sampled_from(["edited", "deleted"]), max_size=4)
    )
    now = [changed(said, changes.get(at)) for at, said in enumerate(chat)]
    start = data.draw(st.integers(0, min(changes, default=len(chat) - 1)))
    old, new = write(chat[:-1]), write(now[start:])
    rows = read(tmp_path_factory.mktemp("m"), data.draw(st.permutations([old, new])))
    assert rows == read(tmp_path_factory.mktemp("w"), [write(now)])


def changed(said, change):
    if change == "edited":
        return replace(said, text=said.text + ", ou melhor: depois", edited=True)
    return replace(said, deleted=True) if change == "deleted" else said


@settings(max_examples=examples(30))
@given(data=st.data(), write=st.sampled_from([android, ios]))
def test_files_come_from_whichever_export_has_them(tmp_path_factory, data, write):
    chat = [
        replace(said, file=f"IMG-20240110-WA{at:04}.jpg", text="") if data.draw(st.booleans()) else said
        for at, said in enumerate(data.draw(chats()))
    ]
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(chat)), st.integers(0, len(chat)))))
    parts = [write(chat, media=False), *([write(chat[first:last])] if last > first else [])]
    rows = read(tmp_path_factory.mktemp("m"), data.draw(st.permutations(parts)))
    assert len(rows) == len(chat)
    assert sum(row["kind"] == "media" for row in rows) == sum(bool(said.file) for said in chat[first:last])
    assert sum(row["kind"] == "media_omitted" for row in rows) == sum(
        bool(said.file) for at, said in enumerate(chat) if not first <= at < last
    )


@settings(max_examples=examples(30))
@given(chat=chats(least=10), cut=st.integers(3, 9), write=st.sampled_from([android, ios]))
def test_a_newer_export_changes_no_id_of_what_was_there(tmp_path_factory, chat, cut, write):
    before = read(tmp_path_factory.mktemp("b"), [write(chat[:-2])])
    after = read(tmp_path_factory.mktemp("a"), [write(chat[:-2]), write(chat[cut:])])
    assert after[: len(before)] == before


@pytest.mark.parametrize("write", [android, ios])
def test_two_groups_stay_apart_though_they_share_a_name_or_a_message(tmp_path, write):
    def chat(word):
        return [Message(60 * at, "Ana" if at % 2 else "Bia", f"{word} {at}") for at in range(50)]

    same_name = [write(chat("norte")), write(chat("sul"))]
    rows = read(tmp_path, same_name)
    assert len(rows) == 100
    assert len({row["chat_id"] for row in rows}) == 2


def test_a_renamed_group_is_the_same_chat(tmp_path):
    key = tmp_path / "key"
    key.write_text("5b" * 32 + "\n")
    chat = [Message(60 * at, "Ana" if at % 2 else "Bia", f"mensagem {at}") for at in range(50)]
    paths = []
    for name, text in (("Vila", android(chat[:40])), ("Vila 2.0", android(chat[5:])), ("Outra", android(chat[:1]))):
        paths.append(tmp_path / f"WhatsApp Chat with {name}.txt")
        paths[-1].write_text(text, encoding="utf-8", newline="")
    rows = [
        row
        for name, table in ingest(exports=tuple(paths), key=key, timezone="UTC")
        if name == "ingested_messages"
        for row in table.to_pylist()
    ]
    assert sorted(Counter(row["chat_id"] for row in rows).values()) == [1, 50]


def test_what_two_phones_say_of_an_event_in_their_own_words_is_one_event(tmp_path):
    here = [Message(60 * at, "Ana", f"mensagem {at}") for at in range(5)]
    there = [*here, Message(90, None, "You added Bia"), Message(95, None, "Ana added Caio")]
    here = [*here, Message(90, None, "Ana adicionou Bia"), Message(95, None, "Você adicionou Caio")]
    rows = read(tmp_path, [android(sorted(here, key=by_time)), ios(sorted(there, key=by_time))])
    assert [row["kind"] for row in rows].count("system") == 2
    assert len(rows) == 7


def by_time(message):
    return message.second


def test_chats_in_folders_of_one_zip_stay_apart(tmp_path):
    key, path = tmp_path / "key", tmp_path / "both.zip"
    key.write_text("5b" * 32 + "\n")
    with ZipFile(path, "w") as archive:
        for folder in ("Vila", "Rua"):
            archive.writestr(f"{folder}/_chat.txt", ios([Message(0, "Ana", f"oi {folder}"), Message(1, "Bia", folder)]))
    rows = [
        row
        for name, table in ingest(exports=(path,), key=key, timezone="UTC")
        if name == "ingested_messages"
        for row in table.to_pylist()
    ]
    assert sorted(Counter(row["chat_id"] for row in rows).values()) == [2, 2]


def test_a_folder_is_an_export_too(tmp_path):
    folder = tmp_path / "WhatsApp Chat with Vila"
    folder.mkdir()
    (folder / "WhatsApp Chat with Vila.txt").write_text(android([Message(0, "Ana", "oi")]), "utf-8")
    (folder / "IMG-20240110-WA0001.jpg").write_bytes(b"x")
    key = tmp_path / "key"
    key.write_text("5b" * 32 + "\n")
    first, again = (
        [table.to_pylist() for _, table in ingest(exports=(folder,), key=key, timezone="UTC")] for _ in range(2)
    )
    assert first == again
    assert [row["message"] for row in first[0]] == ["oi"]
