"""A house with a chat in it, small enough to read, that can be published as often as a test likes."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import ibis
import pyarrow as pa
import pytest

from egregora.core import database_schema as schemas
from egregora.publication.site import publish
from tests.conftest import gate_for

START = datetime(2025, 1, 6, 23, 30, tzinfo=UTC)
ANA, BRUNO = "ab12cd34", "0011aabb"
PICTURE = "media/" + "a" * 32 + ".png"


def message(number, text, *, author=ANA, **columns):
    row = dict.fromkeys(schemas.WINDOWED_MESSAGES_SCHEMA.names)
    at = START + timedelta(minutes=number)
    told = {"window": "2025-W02", "message_id": f"id{number}", "timestamp": at, "author": author, "message": text}
    return row | told | {"chat_id": "c", "kind": "text"} | columns


def post(number, body="Nothing happened.", **columns):
    return {
        "window": "2025-W02",
        "post_id": f"post-{number}",
        "slug": f"week-{number}",
        "title": f"Week {number}",
        "date": date(2025, 1, 12) + timedelta(days=7 * number),
        "summary": "A quiet week.",
        "tags": ["plans"],
        "authors": [ANA],
        "category": "Weekly",
        "body": body,
        "cited_message_ids": ["id1", "id2"],
        "starts_at": START,
        "ends_at": START + timedelta(days=6),
        "messages": 2,
    } | columns


def person(author, handle, **columns):
    times = {"first_seen": START, "last_seen": START + timedelta(days=9)}
    numbers = {"messages": 3, "words": 12, "media": 1, "active_days": 2}
    return {"author": author, "handle": handle, "topics": ["bread"], **numbers, **times} | columns


def picture(path=PICTURE, **columns):
    row = dict.fromkeys(schemas.MEDIA_FILES_SCHEMA.names)
    row |= {"media_id": "a", "message_timestamp": START, "site_relative_path": path, "description": "Hills"}
    return row | {"pii_redacted": False, "chat_id": "c", "message_id": "id2", "media_type": "image"} | columns


@dataclass
class House:
    """The tables of a project as rows, and its folders."""

    folder: Path
    posts: list = field(
        default_factory=lambda: [
            post(1, f"> [person:{ANA}]: hello [¶](#m-id1)\n\n![Hills]({PICTURE})"),
            post(2, "See [a page](https://example.org/a).", tags=["plans", "São João"], authors=[BRUNO]),
        ]
    )
    people: list = field(default_factory=lambda: [person(ANA, "Amber Heron"), person(BRUNO, "Quiet Maple")])
    media: list = field(default_factory=lambda: [picture()])
    messages: list = field(
        default_factory=lambda: [
            message(1, "hello"),
            message(2, "[person:0011aabb] look: https://example.org", site_relative_path=PICTURE, author=BRUNO),
            message(3, "never cited", links=["https://example.org/a"], link_descriptions=["A page"]),
        ]
    )
    recorded: list = field(default_factory=list)
    title: str = "The Letters"
    language: str = "en"
    gate: object = field(default_factory=lambda: gate_for("ana souza", "bruno lima"))

    def build(self):
        """The rows of `site_files` after a build; they are what the next one finds recorded."""
        connection = ibis.duckdb.connect()
        connection.raw_sql("SET GLOBAL TimeZone='UTC'")

        def table(name, rows, schema):
            return connection.create_table(name, pa.Table.from_pylist(rows, schema=schema.to_pyarrow()), schema=schema)

        ((name, files),) = publish(
            generated_posts=table("posts", self.posts, schemas.GENERATED_POSTS_SCHEMA),
            author_profiles=table("people", self.people, schemas.AUTHOR_PROFILES_SCHEMA),
            media_files=table("media", self.media, schemas.MEDIA_FILES_SCHEMA),
            windowed_messages=table("messages", self.messages, schemas.WINDOWED_MESSAGES_SCHEMA),
            site_files=table("files", self.recorded, schemas.SITE_FILES_SCHEMA),
            title=self.title,
            language=self.language,
            timezone="Asia/Tokyo",
            site_dir=self.folder / "site",
            content_dir=self.folder / "content",
            media_dir=self.folder / "media",
            gate=self.gate,
        )
        assert name == "site_files"
        self.recorded = files.to_pylist()
        return self.recorded

    def files(self):
        """Every published file with its bytes."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for tree in ("site", "content")
            for path in sorted((self.folder / tree).rglob("*"))
            if path.is_file()
        }

    def read(self, path):
        return (self.folder / path).read_text(encoding="utf-8")


class Elements(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def house(tmp_path):
    return new_house(tmp_path / "house")


@pytest.fixture
def other_house(tmp_path):
    return new_house(tmp_path / "other")


def new_house(folder):
    (folder / "media").mkdir(parents=True)
    (folder / PICTURE).write_bytes(b"\x89PNG not a real one")
    return House(folder)


@pytest.fixture(scope="session")
def make():
    """A house, and the rows a test can put into it: `make.post(3, ...)`, `make.message(...)`."""

    class Rows:
        house, post, message, person, picture = map(staticmethod, (new_house, post, message, person, picture))

    return Rows


@pytest.fixture
def elements():
    return Elements
