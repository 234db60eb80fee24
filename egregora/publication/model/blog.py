"""The blog as a whole: its posts, people and files with the names and places that pages give them."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import count
from math import log
from urllib.parse import quote

from egregora.core.errors import SchemaError
from egregora.core.fingerprint import digest
from egregora.publication.model.queries import Left, Link, Media, Message, Person, Post, Span
from egregora.publication.model.statistics import Activity
from egregora.publication.text.html import Prose, cleaned, files_in, pictures_in
from egregora.publication.text.locale import Language
from egregora.publication.text.markdown_plugin import Place

WORDS_A_MINUTE = 220
RELATED = 3  # posts at the end of a post
SIZES = 5  # of tags in the cloud
_SPREAD = 8  # times as often as the rarest a tag is at least that has the largest size
_SLUG = re.compile(r"[^\W_]+(?:[-_]+[^\W_]+)*")
_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # a name with digits may look like the number of a passport
_LONGEST_SLUG = 180  # bytes: a file name has 255, and the date and the ending are added
_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\d"
_TIMES = re.compile(rf"^(?:\*({_MINUTE})/({_MINUTE}) · |- (\d{{4}}-\d\d-\d\d): )", re.MULTILINE)
_PSEUDONYM = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MEDIA = re.compile(r"media/[0-9A-Za-z_-]{1,128}\.[0-9A-Za-z]{1,8}")
# Files in which a browser runs nothing; a chat's .html or .svg would be a live page of this site.
_PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif", "bmp"})
_RECORDINGS = frozenset({"mp4", "m4v", "webm", "mov", "3gp", "mp3", "ogg", "oga", "opus", "m4a", "aac", "amr", "wav"})
_SEEN = ("image", "sticker")
_SHRUNK = (".jpg", ".jpeg", ".png", ".webp")
_LARGE = 100_000  # bytes of a picture that cards and lists show a smaller one of
_HARMLESS = _PICTURES | _RECORDINGS | {"pdf", "txt"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A subject: its name, its file and its posts."""

    name: str
    path: str
    entries: "tuple[Entry, ...]"
    size: int = 1  # from 1 to SIZES, by how much is written about it


@dataclass(frozen=True)
class Entry:
    """A post as the pages show it."""

    post: Post
    name: str  # of its file, without the ending
    title: str
    summary: str
    tags: tuple[tuple[str, str], ...]  # name and path of each
    picture: str | None
    minutes: int
    cited: tuple[Message, ...]
    media: tuple[Media, ...]  # the published files that it shows
    place: Place

    @cached_property
    def path(self) -> str:
        """The post's page below the site's folder."""
        return f"posts/{quote(self.name)}.html"

    @property
    def card(self) -> str:
        """The picture of the post for previews elsewhere, below the site's folder."""
        return f"cards/{self.name}.png"

    @cached_property
    def key(self) -> str:
        """A digest of all that the post's own page and its cards show of it."""
        return digest(repr((self.post, self.name, self.tags, self.cited, self.media)))

    @property
    def quote(self) -> Message | None:
        """What stands for the post where it has no picture: the longest message that it cites."""
        texts = [message for message in self.cited if message.text]
        return max(texts, key=lambda message: len(message.text), default=None)


@dataclass(frozen=True)
class Blog:
    """All that the pages are made from."""

    title: str
    say: Language
    zone: str
    prose: Prose
    posts: tuple[Post, ...]
    people: tuple[Person, ...]
    messages: Mapping[str, Message]  # the cited ones
    media: Mapping[str, Media]
    links: tuple[Link, ...]
    spans: tuple[Span, ...]
    months: Mapping[str, Mapping[date, int]]  # messages by author and month
    redacted: Mapping[str, int]  # how often each kind of thing was taken out
    left_out: Mapping[str, Left]
    activity: Activity
    address: str = ""  # where the site will lie, with a slash at its end; "" when nobody said

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The posts, the latest first."""
        names = _file_names(self.posts)
        return tuple(self._entry(post, names[post.post_id]) for post in reversed(self.posts))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The subjects, the most written about first."""
        found: dict[str, list[Entry]] = defaultdict(list)
        names: dict[str, str] = {}
        for entry in self.entries:
            for name, path in entry.tags:
                found[path].append(entry)
                names[path] = min(name, names.get(path, name))
        paths = sorted(found, key=lambda path: (-len(found[path]), path))
        counts = [len(found[path]) for path in paths]
        widest = max(log(counts[0] / counts[-1]), log(_SPREAD)) if counts else 1
        sizes = [1 + round((SIZES - 1) * log(times / counts[-1]) / widest) for times in counts]
        return tuple(Tag(names[path], path, tuple(found[path]), size) for path, size in zip(paths, sizes, strict=True))

    @cached_property
    def tag_cloud(self) -> tuple[Tag, ...]:
        """The subjects by their names."""
        return tuple(sorted(self.tags, key=lambda tag: (cleaned(tag.name).casefold(), tag.path)))

    @cached_property
    def busiest(self) -> tuple[Entry, ...]:
        """The posts by how much was said in their windows."""
        return tuple(sorted(self.entries, key=lambda entry: (-entry.post.messages, entry.name)))

    @cached_property
    def related(self) -> Mapping[str, tuple[Entry, ...]]:
        """For each post by id up to three earlier ones that share most subjects with it, the latest first of equals.

        Only earlier ones, so that a new post changes no old page.
        """
        found: dict[str, tuple[Entry, ...]] = {}
        earlier: dict[str, list[int]] = defaultdict(list)
        entries = self.entries[::-1]
        for number, entry in enumerate(entries):
            shared = Counter(other for _, path in entry.tags for other in earlier[path])
            nearest = sorted(shared, key=lambda other: (-shared[other], -other))[:RELATED]
            found[entry.post.post_id] = tuple(entries[other] for other in nearest)
            for _, path in entry.tags:
                earlier[path].append(number)
        return found

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """What each published file is, by its path."""
        return {path: media.kind for path, media in self.media.items()}

    @cached_property
    def thumbnails(self) -> Mapping[str, str]:
        """Where a smaller one of each large picture is, by the picture's path."""
        large = [media.path for media in self.media.values() if media.kind == "image" and media.size > _LARGE]
        return {path: f"thumbs/{path.removeprefix('media/')}" for path in large if path.lower().endswith(_SHRUNK)}

    @cached_property
    def picture_count(self) -> int:
        """How many of the published files are pictures."""
        return sum(kind in _SEEN for kind in self.kinds.values())

    @cached_property
    def message_count(self) -> int:
        """How many messages people wrote in all windows."""
        return sum(span.messages for span in self.spans)

    @cached_property
    def entries_by_author(self) -> Mapping[str, Sequence[Entry]]:
        """The posts that name each author, the latest first."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.entries:
            for author in dict.fromkeys(entry.post.authors):
                found[author].append(entry)
        return found

    @cached_property
    def people_by_author(self) -> Mapping[str, Person]:
        """The authors by pseudonym."""
        return {person.author: person for person in self.people}

    @cached_property
    def entry_by_window(self) -> Mapping[str, Entry]:
        """The first post about each window that has any."""
        return {entry.post.window: entry for entry in self.entries}

    @cached_property
    def feed_id(self) -> str:
        """What names the feed, wherever the site lies."""
        return digest("feed", self.title)

    @cached_property
    def updated(self) -> datetime:
        """The end of the last window that was written about, in UTC."""
        return max((post.updated for post in self.posts), default=datetime(1970, 1, 1))  # noqa: DTZ001 — UTC, without saying so

    def body(self, entry: Entry) -> str:
        """A post's Markdown, with the dates that people read."""
        return _dated(entry.post.body, self.say)

    @cached_property
    def common(self) -> str:
        """A digest of what every page may show: what people are called, and how the blog speaks."""
        shown = [(person.author, person.handle, person.bio, person.first_seen) for person in self.people]
        return digest(repr((self.title, self.say.tag, self.zone, self.address, shown, self.prose.tones)))

    def shown_media(self, path: str | None) -> Media | None:
        """A published file, or nothing when the path names none."""
        return self.media.get(path or "")

    def _entry(self, post: Post, name: str) -> Entry:
        cited = sorted(
            {cited: self.messages[cited] for cited in post.cited if cited in self.messages}.values(),
            key=lambda message: (message.at, message.message_id),
        )
        files = [self.media[path] for path in files_in(post.body) if path in self.media]
        pictures = [path for path in pictures_in(post.body) if self.kinds.get(path) in _SEEN]
        sent = [media for message in cited if (media := self.shown_media(message.media_path))]
        tags = {_tag_path(tag): self.prose.plain(tag) for tag in post.tags if self.prose.plain(tag)}
        return Entry(
            post=post,
            name=name,
            title=self.prose.plain(post.title) or self.say.date(post.date),
            summary=self.prose.plain(post.summary),
            tags=tuple((tag, path) for path, tag in tags.items()),
            picture=pictures[0] if pictures else None,
            minutes=max(1, round(len(post.body.split()) / WORDS_A_MINUTE)),
            cited=tuple(cited),
            media=tuple(files + sent),
            place=Place("../", frozenset(message.message_id for message in cited), self.kinds),
        )


def published(media: Mapping[str, Media]) -> dict[str, Media]:
    """The files that may lie on a site, by path.

    Errors: SchemaError when a path leads anywhere but to a file in `media/`.
    """
    for path in media:
        if not _MEDIA.fullmatch(path):
            raise SchemaError(
                f"a media file would be published as {path!r}",
                where="media_files.site_relative_path",
                fix="make the table again: doit forget media, then doit",
            )
    return {path: row for path, row in media.items() if path.rsplit(".", 1)[-1].lower() in _HARMLESS}


def checked_people(people: Iterable[Person]) -> tuple[Person, ...]:
    """The authors, each with a pseudonym that can name a file.

    Errors: SchemaError for any other pseudonym.
    """
    kept = tuple(people)
    for person in kept:
        if not _PSEUDONYM.fullmatch(person.author):
            raise SchemaError(
                f"a profile would be published as {person.author!r}",
                where="author_profiles.author",
                fix="make the table again: doit forget profiles, then doit",
            )
    return kept


def _file_names(posts: Sequence[Post]) -> dict[str, str]:
    """The name of each post's file by post id: its slug; a second post of the same slug has "-2" behind it."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for post in posts:
        name = unicodedata.normalize("NFC", post.slug or "")
        if not _SLUG.fullmatch(name) or len(name.encode()) > _LONGEST_SLUG:
            raise SchemaError(
                f"a post would be published as {post.slug!r}",
                where=f"generated_posts.slug of window {post.window}",
                fix="write the post again: doit forget generated, then doit",
            )
        if name.casefold() in taken:
            name = next(other for other in (f"{name}-{n}" for n in count(2)) if other.casefold() not in taken)
        taken.add(name.casefold())
        names[post.post_id] = name
    return names


def _dated(body: str, say: Language) -> str:
    """A post's body with the times of its parts, which it has as ISO dates, in the language of the blog."""

    def told(match: re.Match[str]) -> str:
        first, last, day = match.groups()
        if day:
            return f"- {say.date(date.fromisoformat(day))}: "
        return f"*{say.times(datetime.fromisoformat(first), datetime.fromisoformat(last))} · "

    return _TIMES.sub(told, body)


def _tag_path(tag: str) -> str:
    """The page of a tag: its letters and digits, with a digest when those are not the whole of it."""
    key = " ".join(unicodedata.normalize("NFC", cleaned(tag)).casefold().split())
    ascii_key = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", ascii_key))[:60].strip("-")
    exact = name == key.replace(" ", "-")
    parts = [name] if exact else filter(None, (name, digest(key)[:8].translate(_LETTERS)))
    return f"tags/{'-'.join(parts)}.html"
