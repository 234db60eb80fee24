"""Paths of pages and files, checked: nothing from a table leads out of the site's folders."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import count

from egregora.core.errors import SchemaError
from egregora.core.fingerprint import digest
from egregora.publication.model.queries import Media, Person, Post
from egregora.publication.text.html import cleaned

_SLUG = re.compile(r"[^\W_]+(?:[-_]+[^\W_]+)*")
_DIGITS_TO_LETTERS = str.maketrans("0123456789", "ghijklmnop")  # digits of a digest may look like a passport number
_MAX_SLUG = 180  # bytes: a file name has 255, and the date and the ending are added
_PSEUDONYM = re.compile(r"[0-9A-Za-z_-]{1,64}")
_MEDIA = re.compile(r"media/[0-9A-Za-z_-]{1,128}\.[0-9A-Za-z]{1,8}")
# Files in which browsers execute nothing. An .html or .svg from the chat would be a page of this site.
_PICTURES = frozenset({"jpg", "jpeg", "png", "gif", "webp", "avif", "bmp"})
_RECORDINGS = frozenset({"mp4", "m4v", "webm", "mov", "3gp", "mp3", "ogg", "oga", "opus", "m4a", "aac", "amr", "wav"})
_SAFE_SUFFIXES = _PICTURES | _RECORDINGS | {"pdf", "txt"}


def publishable_media(media: Mapping[str, Media]) -> dict[str, Media]:
    """The media files that may be on a site, by path: only types in which browsers execute nothing.

    Errors: SchemaError for a path other than a file in `media/`.
    """
    for path in media:
        if not _MEDIA.fullmatch(path):
            raise SchemaError(
                f"a media file would be published as {path!r}",
                where="media_files.site_relative_path",
                fix="make the table again: doit forget media, then doit",
            )
    return {path: row for path, row in media.items() if path.rsplit(".", 1)[-1].lower() in _SAFE_SUFFIXES}


def checked_people(people: Iterable[Person]) -> tuple[Person, ...]:
    """The authors; each pseudonym is a safe file name.

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


def file_names(posts: Sequence[Post]) -> dict[str, str]:
    """The file name of each post without the suffix, by post id: its slug; a second post with a slug gets "-2"."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for post in posts:
        name = unicodedata.normalize("NFC", post.slug or "")
        if not _SLUG.fullmatch(name) or len(name.encode()) > _MAX_SLUG:
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


def tag_path(tag: str) -> str:
    """The path of a tag's page: its letters and digits; with a digest if they are not the whole tag."""
    key = " ".join(unicodedata.normalize("NFC", cleaned(tag)).casefold().split())
    ascii_key = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    name = "-".join(re.findall(r"[a-z0-9]+", ascii_key))[:60].strip("-")
    exact = name == key.replace(" ", "-")
    parts = [name] if exact else filter(None, (name, digest(key)[:8].translate(_DIGITS_TO_LETTERS)))
    return f"tags/{'-'.join(parts)}.html"
