"""Text that may leave, and the gate as those know it who let anything out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from egregora.core.errors import PrivacyError

if TYPE_CHECKING:
    import ibis.expr.types as ir

WITHHELD = "[withheld]"  # what stands for a line that the gate does not let out
IN_SETTINGS = " in egregora.toml"  # behind the name of a setting whose value was refused


class ScreenedText(str):
    """Text that may leave. Only `core.seal` makes it."""

    __slots__ = ()


class Withheld(NamedTuple):
    """A line that the gate did not let out. What the line says is in none of the fields."""

    kind: str  # of the personal data in it: "phone"; of several, the first in the alphabet
    where: str  # what a person is told of its place: "a message of 2025-W03", "site/index.html"
    sentence: str  # a keyed digest of the line, by which it counts once however often it is met


class EgressGate(Protocol):
    """Whatever leaves goes through it: what a model is asked, what is published, what is copied for others.

    It stops nothing for good: a line that must not leave is replaced by `WITHHELD`, and noted.
    """

    @property
    def withheld(self) -> Sequence[Withheld]:
        """What was not let out so far, each sentence once for each place."""

    def screen(
        self, texts: Sequence[str], *, where: str | Sequence[str], beside: Sequence[str] = ()
    ) -> list[ScreenedText]:
        """`texts`, in which `WITHHELD` stands for each line that holds personal data.

        `where` is what a person is told of the place of all texts, or of each. `beside` has for each text what it was
        made of, which was screened before: what stands there too may stand here.
        """

    def accepts(self, setting: str, value: str) -> bool:
        """Whether the `value` that a person chose for `setting` holds nothing personal; noted if it does."""

    def check_files(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """Files as they may be written, by their paths; one whose path or kind cannot be mended is left out.

        Errors: PrivacyError for a picture that says more than it draws.
        """

    def with_allowlist(
        self, words: Iterable[str] = (), phrases: Iterable[str] = (), *, screened: "ir.StringColumn | None" = None
    ) -> "EgressGate":
        """A gate that takes our own `words` for no names, and lets files hold `phrases` as they are.

        The words are those of templates and handles; the phrases are our own sentences, and the aliases and links that
        members published. `screened` has texts that were screened: what stands in one of them may stand in a file.
        """


def only_screened(texts: Collection[str], *, where: str) -> None:
    """Errors: PrivacyError when one of `texts` did not come through a gate."""
    if not all(isinstance(text, ScreenedText) for text in texts):
        raise PrivacyError("something was about to leave that no gate has seen", where=where, fix="report this mistake")
