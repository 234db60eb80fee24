"""Text that the gate let through, and the gate as the doors know it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from egregora.core.errors import PrivacyError


class Cleared(str):
    """Text that may leave. Only `core.seal` makes it."""

    __slots__ = ()


class Gate(Protocol):
    """Whatever leaves goes through it: what a model is asked, what is published, what is copied for others."""

    def clear(self, texts: Sequence[str], *, where: str) -> list[Cleared]:
        """`texts`, unchanged. `where` is what a person is told of their place, such as "what the model is asked".

        Errors: PrivacyError when one holds a member's name, a number, an address; it says where, and not what.
        """

    def let_out(self, files: Mapping[str, bytes]) -> None:
        """Look through files, by their paths, before any of them is written.

        Errors: PrivacyError when what one shows holds such a thing, and for a picture that says more than it draws.
        """

    def sparing(self, words: Iterable[str], asked: Iterable[str] = ()) -> "Gate":
        """The same gate, where our own `words` are no names, and files may say what members `asked` to have said.

        The words are those of templates and handles; members ask for aliases and links of their own.
        """


def only_cleared(texts: Collection[str], *, where: str) -> None:
    """Errors: PrivacyError when one of `texts` did not come through a gate."""
    if not all(isinstance(text, Cleared) for text in texts):
        raise PrivacyError("something was about to leave that no gate has seen", where=where, fix="report this mistake")
