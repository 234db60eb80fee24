"""Files that are there whole or as they were, and that only their owner may read."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700  # modes
_OTHERS = 0o077  # the bits of everybody but the owner


def write_atomically(path: Path, content: str | bytes, *, mode: int = PRIVATE, new: bool = False) -> None:
    """Put `content` into `path`, with `mode` from the first byte on: the file is there whole, or as it was.

    A text is written as UTF-8, its line ends as they are. `new`: another file of that name is an error.
    Errors: OSError when it cannot be written, FileExistsError when it is there already; then nothing is left behind.
    """
    with written_aside(path, mode=mode, new=new) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextmanager
def written_aside(path: Path, *, mode: int = PRIVATE, new: bool = False) -> Iterator[IO[bytes]]:
    """A file to write into, which takes the name `path` when all of it is on the disk, and is gone if anything fails.

    Errors: as `write_atomically`.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # its owner's alone
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        aside.chmod(mode)
        _take_name(aside, path) if new else aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def private_files() -> Iterator[None]:
    """Whatever is made inside is its owner's alone, by whatever library. It holds for the whole process meanwhile."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def _take_name(aside: Path, path: Path) -> None:
    """Give the file `aside` the name `path`, which must be free."""
    try:
        path.hardlink_to(aside)
    except FileExistsError:
        raise
    except OSError:  # some disks, those of cameras among them, have one name for a file
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        aside.rename(path)
