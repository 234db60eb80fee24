"""The files in the exports, by what stands for their names, read in pieces and within limits."""

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
    """A file in a zip that is damaged, encrypted, or grows beyond what a real one does."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes: their digest and number, and all of them when they are few enough, or else the first ones."""

    digest: str
    size: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in an export."""

    container: Container
    member: Member

    def read(self, limit: int) -> Content:
        """Its content, with the data of up to `limit` bytes. Errors: UnreadableError."""
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
    """A zip, the chats that are known to come from it, and its files."""

    digest: str
    chats: frozenset[str]
    attachments: Mapping[str, Attachment]

    def nearness(self, chat_id: str, export_id: str) -> int | None:
        """How near it is to a message: its own export, one of its chat, one of a chat we do not know; else None.

        Two chats may have an `IMG-20240305-WA0001.jpg` each: a file of another chat is never the right one.
        """
        if export_id and self.digest.startswith(export_id):
            return 0
        if chat_id in self.chats:
            return 1
        return None if self.chats else 2


@dataclass(frozen=True, slots=True)
class Exports:
    """All zips, in the order of their paths."""

    exports: Sequence[Export]

    def attachment(self, token: str, chat_id: str, export_id: str) -> Attachment | None:
        """The file that a message speaks of, from the nearest export that has it; None when none has it."""
        near = [(export.nearness(chat_id, export_id), number) for number, export in enumerate(self.exports)]
        for _, number in sorted((rank, number) for rank, number in near if rank is not None):
            if found := self.exports[number].attachments.get(token):
                return found
        return None


@contextmanager
def open_exports(paths: Sequence[Path], key: bytes, sources: Sequence[tuple[str, str]]) -> Iterator[Exports]:
    """The files in the zips among `paths`; `sources` are the known pairs of export id and chat.

    Errors: ExportError for a zip that cannot be opened or has more members than an export can have.
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
    """Each file by what stands for its name without folders; of two that are called alike the first."""
    found: dict[str, Attachment] = {}
    for container in containers:
        for member in container.members.values():
            found.setdefault(attachment_token(key, member.base), Attachment(container, member))
    return found
