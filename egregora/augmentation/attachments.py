"""The attachments in the exports, by the token that replaces their name; read within limits."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import xxhash

from egregora.config.key import attachment_token
from egregora.core.errors import ExportError
from egregora.core.fingerprint import file_digest
from egregora.utils.archives import Container, Member, inner_zips, is_zip, open_container, open_inner

_PIECE = 1 << 20


class UnreadableError(Exception):
    """A file in a zip that is damaged, encrypted, or too large."""


@dataclass(frozen=True, slots=True)
class Content:
    """The content of a file: its digest, its size in bytes, and its data; over the limit, only the first bytes."""

    digest: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in an export."""

    container: Container
    member: Member

    def read(self, limit: int) -> Content:
        """The content, with all data up to `limit` bytes. Errors: UnreadableError."""
        state, size, data = xxhash.xxh3_128(), 0, b""
        try:
            for piece in self.container.pieces(self.member, _PIECE, small=_PIECE):
                state.update(piece)
                size += len(piece)
                data = data + piece if size <= limit else (data or piece)[:_PIECE]
        except ExportError as error:
            raise UnreadableError(self.member.name) from error
        return Content(state.hexdigest(), size, data)


@dataclass(frozen=True, slots=True)
class Export:
    """A zip: its files, and the chats that are known to come from it."""

    digest: str
    chats: frozenset[str]
    attachments: Mapping[str, Attachment]

    def distance(self, chat_id: str, export_id: str) -> int | None:
        """The distance to a message: 0 for its own export, 1 for its chat, 2 if the chats are unknown. Else None.

        Two chats may both have a file `IMG-20240305-WA0001.jpg`: a file of another chat is never the right one.
        """
        if export_id and self.digest.startswith(export_id):
            return 0
        if chat_id in self.chats:
            return 1
        return None if self.chats else 2


@dataclass(frozen=True, slots=True)
class Exports:
    """All zips, ordered by path."""

    exports: Sequence[Export]

    def attachment(self, token: str, chat_id: str, export_id: str) -> Attachment | None:
        """The file of a message, from the nearest export that contains it. None if no export does."""
        candidates = [(export.distance(chat_id, export_id), number) for number, export in enumerate(self.exports)]
        for _, number in sorted((rank, number) for rank, number in candidates if rank is not None):
            if found := self.exports[number].attachments.get(token):
                return found
        return None


@contextmanager
def open_exports(paths: Sequence[Path], key: bytes, sources: Sequence[tuple[str, str]]) -> Iterator[Exports]:
    """The attachments in the zips among `paths`; `sources` has the known pairs of export id and chat id.

    Errors: ExportError for a zip that cannot be opened or has too many members.
    """
    with ExitStack() as stack:
        opened = []
        for path in sorted(paths):
            if is_zip(path):  # a bare text brings no files
                digest = file_digest(path)
                chats = frozenset(chat for export, chat in sources if export and digest.startswith(export))
                container = stack.enter_context(open_container(path, any_names=True))
                zips = [open_inner(container, member, any_names=True) for member in inner_zips(container)]
                containers = [container, *map(stack.enter_context, zips)]
                opened.append(Export(digest, chats, _attachments(containers, key)))
        yield Exports(opened)


def _attachments(containers: Sequence[Container], key: bytes) -> dict[str, Attachment]:
    """Each file by the token of its name without folders; of two files with the same name, the first."""
    found: dict[str, Attachment] = {}
    for container in containers:
        for member in container.members.values():
            found.setdefault(attachment_token(key, member.base), Attachment(container, member))
    return found
