"""Spans of a text: what is personal in it, and what is done with several of them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from egregora.privacy.detect.identifiers import kinds

FoldedSpan = tuple[int, int, str, str]  # start and end in folded text, kind, placeholder

PLACEHOLDER = re.compile(
    rf"\[(?:person(?::[0-9a-f]{{8}}(?:[0-9a-f]{{8}}|[0-9a-f]{{24}}|[0-9a-f]{{56}})?)?|{'|'.join(kinds())})\]"
)
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # where str.splitlines cuts
LINE_END = re.compile(f"[{LINE_ENDS}]")
HIDDEN = "\n"


class Span(NamedTuple):
    """Personal data in a text: the places where it begins and ends, what it is, and what stands for it."""

    start: int
    end: int
    kind: str
    placeholder: str


def without(text: str, spans: Iterable[Span]) -> str:
    """`text` with the placeholder of each of `spans`, which are in order, in its place."""
    pieces, kept = [], 0
    for start, end, _, placeholder in spans:
        pieces += [text[kept:start], placeholder]
        kept = end
    return "".join([*pieces, text[kept:]])


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """The lines of `text` without their ends, each with the place where it begins."""
    if not LINE_END.search(text):
        yield 0, text
        return
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, line.rstrip(LINE_ENDS)
        start += len(line)


def moved(spans: Iterable[Span], by: int) -> Iterator[Span]:
    """`spans`, each `by` characters further."""
    return (span._replace(start=span.start + by, end=span.end + by) for span in spans) if by else iter(spans)


def hidden(folded: str, spans: Iterable[tuple[int, int]]) -> str:
    """`folded` with the end of a line, over which nothing is found, for each character of `spans`."""
    pieces, kept = [], 0
    for start, end in sorted(spans):
        pieces += [folded[kept:start], HIDDEN * (end - max(start, kept))]
        kept = max(kept, end)
    return "".join([*pieces, folded[kept:]]) if pieces else folded


def apart(folded: str, spans: Iterable[FoldedSpan]) -> list[FoldedSpan]:
    """Those of `spans` that overlap none before them, and no placeholder; of somebody's name, what is left of it."""
    taken = marked(folded, PLACEHOLDER) if "[" in folded else bytearray(len(folded))
    kept = []
    for start, end, kind, placeholder in spans:
        if kind == "person" and any(taken[start:end]):
            end = _free_until(folded, taken, start)  # noqa: PLW2901  # "giulia souza", where Souza is a member
        if start < end and not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            kept.append((start, end, kind, placeholder))
    return kept


def joined(found: Sequence[tuple[bool, FoldedSpan]]) -> list[tuple[bool, FoldedSpan]]:
    """What rules found, and what overlaps as one: of the kind of the first rule that found some of it."""
    merged: list[tuple[bool, FoldedSpan]] = []
    first = 0  # the place in `found` of what the latest of `merged` is named after
    for place in sorted(range(len(found)), key=lambda place: (found[place][0], found[place][1][:2])):
        late, (start, end, kind, placeholder) = found[place]
        if merged and merged[-1][0] == late and start < merged[-1][1][1]:
            whole = merged[-1][1]
            first = min(first, place)
            merged[-1] = late, (whole[0], max(end, whole[1]), *found[first][1][2:])
        else:
            first = place
            merged.append((late, (start, end, kind, placeholder)))
    return merged


def _free_until(folded: str, taken: bytearray, start: int) -> int:
    """Where the words end that begin at `start` and are free."""
    end = taken.index(1, start)
    while end > start and not folded[end - 1].isalpha():
        end -= 1
    return end


def marked(folded: str, pattern: re.Pattern[str]) -> bytearray:
    """A byte for each character: 1 where `pattern` matches."""
    marks = bytearray(len(folded))
    for match in pattern.finditer(folded):
        marks[slice(*match.span())] = b"\1" * len(match[0])
    return marks
