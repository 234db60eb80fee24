"""The blog as templates and pages see it: posts, tags, people and files, with their paths."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from math import log
from urllib.parse import quote

from egregora.core.fingerprint import digest
from egregora.publication.model.paths import file_names, tag_path
from egregora.publication.model.queries import Excluded, Link, Media, Message, Person, Post, WindowSpan
from egregora.publication.model.statistics import Activity
from egregora.publication.text.html import Prose, cleaned, files_in, pictures_in
from egregora.publication.text.locale import Locale
from egregora.publication.text.markdown_plugin import PageLinks

WORDS_A_MINUTE = 220
RELATED = 3  # posts at the end of a post
SIZES = 5  # font sizes of the tag cloud
_MIN_RATIO = 8  # a tag of the largest size is at least so many times as frequent as the rarest
_MINUTE = r"\d{4}-\d\d-\d\dT\d\d:\d\d"
_TIMES = re.compile(rf"^(?:\*({_MINUTE})/({_MINUTE}) · |- (\d{{4}}-\d\d-\d\d): )", re.MULTILINE)
_PICTURE_KINDS = ("image", "sticker")
_SHRINKABLE = (".jpg", ".jpeg", ".png", ".webp")
_LARGE = 100_000  # bytes; cards and lists show a thumbnail of a larger picture


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag with its page and its posts."""

    name: str
    path: str
    entries: "tuple[PostView, ...]"
    size: int = 1  # from 1 to SIZES, by number of posts


@dataclass(frozen=True)
class PostView:
    """A post as pages show it."""

    post: Post
    name: str  # of its file, without the ending
    title: str
    summary: str
    tags: tuple[tuple[str, str], ...]  # name and path of each
    picture: str | None
    minutes: int
    cited: tuple[Message, ...]
    media: tuple[Media, ...]  # the published files that the page shows
    links: PageLinks

    @cached_property
    def path(self) -> str:
        """The path of the post's page, relative to the site."""
        return f"posts/{quote(self.name)}.html"

    @property
    def card(self) -> str:
        """The path of the preview image, relative to the site."""
        return f"cards/{self.name}.png"

    @cached_property
    def content_digest(self) -> str:
        """A digest of all that the post's page and cards show of it."""
        return digest(repr((self.post, self.name, self.tags, self.cited, self.media)))

    @property
    def quote(self) -> Message | None:
        """The longest cited message, shown where a post has no picture. None without cited text."""
        texts = [message for message in self.cited if message.text]
        return max(texts, key=lambda message: len(message.text), default=None)


@dataclass(frozen=True)
class Blog:
    """All data for the pages."""

    title: str
    locale: Locale
    zone: str
    prose: Prose
    posts: tuple[Post, ...]
    people: tuple[Person, ...]
    messages: Mapping[str, Message]  # the cited ones
    media: Mapping[str, Media]
    links: tuple[Link, ...]
    spans: tuple[WindowSpan, ...]
    months: Mapping[str, Mapping[date, int]]  # message counts by author and month
    redacted: Mapping[str, int]  # redactions by kind
    excluded: Mapping[str, Excluded]
    activity: Activity
    address: str = ""  # URL of the site with a final slash; "" if unknown

    @property
    def say(self) -> Locale:
        """The locale, under the name that templates use."""
        return self.locale

    @cached_property
    def entries(self) -> tuple[PostView, ...]:
        """The posts, the latest first."""
        names = file_names(self.posts)
        return tuple(self._entry(post, names[post.post_id]) for post in reversed(self.posts))

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The tags by number of posts, the highest first."""
        found: dict[str, list[PostView]] = defaultdict(list)
        names: dict[str, str] = {}
        for entry in self.entries:
            for name, path in entry.tags:
                found[path].append(entry)
                names[path] = min(name, names.get(path, name))
        paths = sorted(found, key=lambda path: (-len(found[path]), path))
        counts = [len(found[path]) for path in paths]
        widest = max(log(counts[0] / counts[-1]), log(_MIN_RATIO)) if counts else 1
        sizes = [1 + round((SIZES - 1) * log(times / counts[-1]) / widest) for times in counts]
        return tuple(Tag(names[path], path, tuple(found[path]), size) for path, size in zip(paths, sizes, strict=True))

    @cached_property
    def tag_cloud(self) -> tuple[Tag, ...]:
        """The tags by name."""
        return tuple(sorted(self.tags, key=lambda tag: (cleaned(tag.name).casefold(), tag.path)))

    @cached_property
    def busiest(self) -> tuple[PostView, ...]:
        """The posts by number of messages in their windows, the highest first."""
        return tuple(sorted(self.entries, key=lambda entry: (-entry.post.messages, entry.name)))

    @cached_property
    def related(self) -> Mapping[str, tuple[PostView, ...]]:
        """For each post by id, up to three earlier posts with the most common tags; the later first on a tie.

        Only earlier posts, so a new post never changes an old page.
        """
        found: dict[str, tuple[PostView, ...]] = {}
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
        """The kind of each published file by path."""
        return {path: media.kind for path, media in self.media.items()}

    @cached_property
    def thumbnails(self) -> Mapping[str, str]:
        """The path of the thumbnail of each large picture, by the picture's path."""
        large = [media.path for media in self.media.values() if media.kind == "image" and media.size > _LARGE]
        return {path: f"thumbs/{path.removeprefix('media/')}" for path in large if path.lower().endswith(_SHRINKABLE)}

    @cached_property
    def picture_count(self) -> int:
        """The number of published pictures."""
        return sum(kind in _PICTURE_KINDS for kind in self.kinds.values())

    @cached_property
    def message_count(self) -> int:
        """The number of messages by people in all windows."""
        return sum(span.messages for span in self.spans)

    @cached_property
    def entries_by_author(self) -> Mapping[str, Sequence[PostView]]:
        """The posts that name each author, the latest first."""
        found: dict[str, list[PostView]] = defaultdict(list)
        for entry in self.entries:
            for author in dict.fromkeys(entry.post.authors):
                found[author].append(entry)
        return found

    @cached_property
    def people_by_author(self) -> Mapping[str, Person]:
        """The people by pseudonym."""
        return {person.author: person for person in self.people}

    @cached_property
    def entry_by_window(self) -> Mapping[str, PostView]:
        """The first post about each window."""
        return {entry.post.window: entry for entry in self.entries}

    @cached_property
    def feed_id(self) -> str:
        """An id of the feed that does not depend on the address."""
        return digest("feed", self.title)

    @cached_property
    def updated(self) -> datetime:
        """The latest end of a post's window, in UTC."""
        return max((post.updated for post in self.posts), default=datetime(1970, 1, 1))  # noqa: DTZ001 — naive UTC

    def body(self, entry: PostView) -> str:
        """The Markdown of a post, with dates in the language of the blog."""
        return _with_local_dates(entry.post.body, self.locale)

    @cached_property
    def common(self) -> str:
        """A digest of all that any page may show: names, colours and language."""
        people = [(person.author, person.handle, person.bio, person.first_seen) for person in self.people]
        return digest(repr((self.title, self.locale.tag, self.zone, self.address, people, self.prose.colours)))

    def shown_media(self, path: str | None) -> Media | None:
        """The published file at `path`. None if there is none."""
        return self.media.get(path or "")

    def _entry(self, post: Post, name: str) -> PostView:
        cited = sorted(
            {cited: self.messages[cited] for cited in post.cited if cited in self.messages}.values(),
            key=lambda message: (message.at, message.message_id),
        )
        files = [self.media[path] for path in files_in(post.body) if path in self.media]
        pictures = [path for path in pictures_in(post.body) if self.kinds.get(path) in _PICTURE_KINDS]
        sent = [media for message in cited if (media := self.shown_media(message.media_path))]
        tags = {tag_path(tag): self.prose.plain(tag) for tag in post.tags if self.prose.plain(tag)}
        return PostView(
            post=post,
            name=name,
            title=self.prose.plain(post.title) or self.locale.date(post.date),
            summary=self.prose.plain(post.summary),
            tags=tuple((tag, path) for path, tag in tags.items()),
            picture=pictures[0] if pictures else None,
            minutes=max(1, round(len(post.body.split()) / WORDS_A_MINUTE)),
            cited=tuple(cited),
            media=tuple(files + sent),
            links=PageLinks("../", frozenset(message.message_id for message in cited), self.kinds),
        )


def _with_local_dates(body: str, locale: Locale) -> str:
    """A post's body with its ISO times written in the language of the blog."""

    def replacement(match: re.Match[str]) -> str:
        first, last, day = match.groups()
        if day:
            return f"- {locale.date(date.fromisoformat(day))}: "
        return f"*{locale.times(datetime.fromisoformat(first), datetime.fromisoformat(last))} · "

    return _TIMES.sub(replacement, body)
