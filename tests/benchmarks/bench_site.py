"""What making the site costs, beside Hugo and MkDocs with Material: `python bench_site.py [POSTS] [IMAGES] [--runs N]`.

A thousand posts of 450 words and two thousand small pictures, all different. Ours begins with tables and ends with the
site and the Markdown tree, each file seen by the gate; the others begin with the Markdown tree, as `egregora export`
hands it on. Each is built from nothing, with one post changed, and with nothing changed. What is not installed (in the
folder that EGREGORA_BUILDERS names, or on the PATH) is left out. Times are medians of N runs, in seconds.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import ibis
import pandas  # noqa: F401 — ibis and pyarrow load it when they are used first, and an import is no part of our own time
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).parents[2]))

from egregora.core import database_schema as schemas
from egregora.privacy.egress.gate import RosterGate
from egregora.privacy.roster import Roster
from egregora.publication.output.site_builders import build_project, media_folder
from egregora.publication.site import publish
from egregora.publication.text.locale import load_locale
from tests.augmentation.pictures import JPEG_CLEAN
from tests.whole.chats import TOPICS

QUOTES, QUOTED_WORDS, AUTHORS = 15, 28, 24
FIRST = date(2021, 1, 4)
TITLE, LANGUAGE, ZONE = "The Letters", "en", "UTC"
BUILDERS = {"hugo": ["hugo", "--quiet"], "mkdocs": ["mkdocs", "build", "--strict", "-q"]}
MADE_IN = {"hugo": "public", "mkdocs": "site"}
PAGES_IN = {"hugo": "content/posts", "mkdocs": "docs/posts"}
NUMBERS = {"nine"}  # in a row they may be somebody's
WORDS = sorted({word for texts in TOPICS.values() for text in texts for word in text.lower().split() if word.isalpha()})
WORDS = [word for word in WORDS if word not in NUMBERS]


class Taken(NamedTuple):
    """Seconds of the clock and of the processors; for ours also without the imports."""

    wall: float
    cpu: float
    own_wall: float = 0.0
    own_cpu: float = 0.0


# The one place that knows how our site is made.


def publish_once(folder: Path) -> None:
    """Make site and tree in `folder` from the tables in it, and keep `site_files` for the next time."""
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET GLOBAL TimeZone='UTC'")
    files = sorted((folder / "tables").glob("*.parquet"))
    tables = {path.stem: connection.create_table(path.stem, connection.read_parquet(path)) for path in files}
    begun = time.perf_counter(), time.process_time()
    ((_, made),) = publish(
        **tables,
        title=TITLE,
        language=LANGUAGE,
        timezone=ZONE,
        site_url="",
        theme_accent="",
        theme_font="serif",
        theme_paper="warm",
        templates=folder / "templates",
        site_dir=folder / "site",
        content_dir=folder / "content",
        media_dir=folder / "media",
        gate=RosterGate(
            Roster({f"gabriela nascimento{'x' * number}": _author(number) for number in range(AUTHORS)}, frozenset())
        ),
    )
    taken = time.perf_counter() - begun[0], time.process_time() - begun[1]
    pq.write_table(made, folder / "tables" / "site_files.parquet")
    print(json.dumps(taken))


def ours(folder: Path) -> Taken:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, __file__, "--publish", str(folder)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return Taken(time.perf_counter() - begun, _cpu_since(before), *json.loads(said))


# The chat.


def write_tables(folder: Path, posts: int, images: int) -> None:
    (folder / "tables").mkdir(parents=True)
    (folder / "media").mkdir()
    media = [_media(folder, number, posts) for number in range(images)]
    rows = {
        "generated_posts": (schemas.GENERATED_POSTS_SCHEMA, [_post(number, posts, media) for number in range(posts)]),
        "redactions": (schemas.REDACTIONS_SCHEMA, []),
        "left_out": (schemas.LEFT_OUT_SCHEMA, []),
        "author_profiles": (schemas.AUTHOR_PROFILES_SCHEMA, [_person(number) for number in range(AUTHORS)]),
        "media_files": (schemas.MEDIA_FILES_SCHEMA, media),
        "windowed_messages": (schemas.WINDOWED_MESSAGES_SCHEMA, _messages(posts, media)),
    }
    for name, (schema, table) in rows.items():
        write_table(folder, name, schema, table)


def write_table(folder: Path, name: str, schema: ibis.Schema, rows: list[dict]) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema.to_pyarrow()), folder / "tables" / f"{name}.parquet")


def change_a_post(folder: Path, said: str) -> None:
    """Put words into the text of the post in the middle."""
    path = folder / "tables" / "generated_posts.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    rows[len(rows) // 2]["body"] += f"\n\n{said}\n"
    pq.write_table(pa.Table.from_pylist(rows, table.schema), path)


def _code(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _author(number: int) -> str:
    return _code("author", number % AUTHORS)[:8]


def _text(*parts: object) -> str:
    digest = hashlib.shake_128(repr(parts).encode()).digest(2 * QUOTED_WORDS)
    places = struct.unpack(f">{QUOTED_WORDS}H", digest)
    return " ".join(WORDS[place % len(WORDS)] for place in places).capitalize() + "."


def _at(number: int, quote: int = 0) -> datetime:
    return datetime(FIRST.year, FIRST.month, FIRST.day, 9, tzinfo=UTC) + timedelta(days=number, minutes=7 * quote)


def _window(number: int) -> str:
    return (FIRST + timedelta(days=number)).isoformat()


def _message_id(number: int, quote: int) -> str:
    return f"a{_code('message', number, quote)[:15]}"


def _media(folder: Path, number: int, posts: int) -> dict:
    ending, data = ("png", _png(number)) if number % 2 else ("jpg", _jpeg(number))
    name = f"media/a{_code('picture', number)[:31]}.{ending}"
    (folder / name).write_bytes(data)
    at = number % posts
    own = {"media_id": name[6:38], "message_id": _message_id(at, number // posts), "chat_id": "c"}
    told = {"site_relative_path": name, "media_type": "image", "description": f"photo {number}", "pii_redacted": False}
    return dict.fromkeys(schemas.MEDIA_FILES_SCHEMA.names) | own | told | {"message_timestamp": _at(at)}


def _png(number: int, width: int = 40, height: int = 30) -> bytes:
    noise = hashlib.shake_128(f"png {number}".encode()).digest(width * height * 3)
    lines = b"".join(b"\0" + noise[row * width * 3 : (row + 1) * width * 3] for row in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def _jpeg(number: int) -> bytes:
    steps = bytes(1 + byte % 200 for byte in hashlib.shake_128(f"jpeg {number}".encode()).digest(64))
    return JPEG_CLEAN.replace(bytes([8] * 64), steps)


def _post(number: int, posts: int, media: list[dict]) -> dict:
    said = [
        f"> [person:{_author(number + quote)}]: {_text(number, quote)} [¶](#m-{_message_id(number, quote)})"
        for quote in range(QUOTES)
    ]
    parts = ["\n>\n".join(said[start : start + 5]) for start in range(0, QUOTES, 5)]
    sections = [f"## {_text(number, part)[:30].strip()}\n\n{quotes}" for part, quotes in enumerate(parts)]
    pictures = [f"![{each['description']}]({each['site_relative_path']})" for each in media[number::posts]]
    return {
        "window": _window(number),
        "post_id": _code("post", number)[:16],
        "slug": _window(number),
        "title": _text("title", number)[:50].strip(),
        "date": FIRST + timedelta(days=number),
        "summary": _text("summary", number),
        "tags": [WORDS[(number * step) % len(WORDS)] for step in (1, 3, 7)],
        "authors": [_author(number + quote) for quote in range(5)],
        "category": "Conversations",
        "body": "\n\n".join([*sections, "## Pictures", *pictures]),
        "cited_message_ids": [_message_id(number, quote) for quote in range(QUOTES)],
        "starts_at": _at(number),
        "ends_at": _at(number, QUOTES),
        "messages": QUOTES,
    }


def _person(number: int) -> dict:
    numbers = {"messages": 500, "words": 9_000, "media": 80, "active_days": 300}
    told = {"author": _author(number), "handle": f"{WORDS[number]} {WORDS[-number - 1]}", "topics": WORDS[:5]}
    return (
        dict.fromkeys(schemas.AUTHOR_PROFILES_SCHEMA.names)
        | numbers
        | told
        | {"first_seen": _at(number), "last_seen": _at(99)}
    )


def _messages(posts: int, media: list[dict]) -> list[dict]:
    shown = {each["message_id"]: each["site_relative_path"] for each in media}
    return [
        dict.fromkeys(schemas.WINDOWED_MESSAGES_SCHEMA.names)
        | {"window": _window(number), "message_id": _message_id(number, quote), "timestamp": _at(number, quote)}
        | {"author": _author(number + quote), "message": _text(number, quote), "chat_id": "c", "kind": "text"}
        | {"site_relative_path": shown.get(_message_id(number, quote))}
        for number in range(posts)
        for quote in range(QUOTES)
    ]


# The others.


def write_project(content: Path, builder: str, folder: Path) -> None:
    pages = {path.relative_to(content).as_posix(): path.read_text("utf-8") for path in sorted(content.rglob("*.md"))}
    for path, text in build_project(builder, pages, load_locale(LANGUAGE)).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    shutil.copytree(content / "media", folder / media_folder(builder) / "media")


def change_a_page(folder: Path, said: str) -> None:
    pages = sorted(path for path in folder.glob("2*.md"))
    page = pages[len(pages) // 2]
    page.write_text(f"{page.read_text('utf-8')}\n{said}\n", "utf-8")


def built(program: str, builder: str, folder: Path) -> Taken:
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([program, *BUILDERS[builder][1:]], cwd=folder, check=True, capture_output=True)
    return Taken(time.perf_counter() - begun, _cpu_since(before))


def _cpu_since(before: resource.struct_rusage) -> float:
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


# The table.


def three_ways(build: Callable[[], Taken], clear: Callable[[], None], change: Callable[[str], None], runs: int) -> list:
    """The medians of building from nothing, with one post changed, and with nothing changed."""
    taken: list[list[Taken]] = [[], [], []]
    for number in range(runs):
        clear()
        taken[0].append(build())
        change(f"A word more, the {number + 1}. time.")
        taken[1].append(build())
        taken[2].append(build())
    return [Taken(*map(statistics.median, zip(*each, strict=True))) for each in taken]


def measure(root: Path, posts: int, images: int, runs: int) -> dict[str, list[Taken]]:
    house = root / "ours"
    write_tables(house, posts, images)

    def clear() -> None:
        for name in ("site", "content"):
            shutil.rmtree(house / name, ignore_errors=True)
        write_table(house, "site_files", schemas.SITE_FILES_SCHEMA, [])

    found = {"egregora": three_ways(lambda: ours(house), clear, lambda said: change_a_post(house, said), runs)}
    path = os.pathsep.join(filter(None, (os.environ.get("EGREGORA_BUILDERS"), os.environ["PATH"])))
    for builder, command in BUILDERS.items():
        program, folder = shutil.which(command[0], path=path), root / builder
        if program is None:
            print(f"{builder} is not installed", file=sys.stderr)
            continue
        write_project(house / "content", builder, folder)
        found[builder] = three_ways(
            lambda program=program, builder=builder, folder=folder: built(program, builder, folder),
            lambda builder=builder, folder=folder: shutil.rmtree(folder / MADE_IN[builder], ignore_errors=True),
            lambda said, builder=builder, folder=folder: change_a_page(folder / PAGES_IN[builder], said),
            runs,
        )
    return found


def show(found: dict[str, list[Taken]], posts: int, images: int) -> None:
    print(f"{posts:,} posts, {images:,} pictures; seconds of the clock (of the processors), and how often ours that is")
    rows = dict(found)
    rows["egregora, without imports"] = [Taken(each.own_wall, each.own_cpu) for each in found["egregora"]]
    print(f"{'':26}{'from nothing':>26}{'one post changed':>26}{'nothing changed':>26}")
    for name, taken in sorted(rows.items()):
        cells = (
            f"{each.wall:8.2f} ({each.cpu:6.2f}) {each.wall / mine.wall:6.2f}x"
            for each, mine in zip(taken, found["egregora"], strict=True)
        )
        print(f"{name:26}" + "".join(f"{cell:>26}" for cell in cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("posts", nargs="?", type=int, default=1_000)
    parser.add_argument("images", nargs="?", type=int, default=2_000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--publish", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.publish:
        publish_once(asked.publish)
        return
    with tempfile.TemporaryDirectory() as root:
        show(measure(Path(root), asked.posts, asked.images, asked.runs), asked.posts, asked.images)


if __name__ == "__main__":
    main()
