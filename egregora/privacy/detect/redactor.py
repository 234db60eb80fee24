"""What is taken out of a text, and what stands there instead: `[person:ab12cd34]`, `[phone]`, `[email]` and so on."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from egregora.core.names import Dividing, Folding, Name, is_phone, names_pattern, person_key, words_of
from egregora.privacy.detect.addresses import addresses, judged
from egregora.privacy.detect.identifiers import Rule, rules, with_signs
from egregora.privacy.detect.people.full_names import full_name
from egregora.privacy.detect.people.lexicon import is_ordinary
from egregora.privacy.detect.people.third_parties import outsiders
from egregora.privacy.detect.people.tokens import Written
from egregora.privacy.detect.plain import plainly
from egregora.privacy.detect.spans import (
    PLACEHOLDER,
    FoldedSpan,
    Span,
    apart,
    hidden,
    joined,
    lines_of,
    marked,
    moved,
    without,
)

LONGEST_MENTION, SHORTEST_MENTION = 100, 7  # of a name, of a number

_MENTION = re.compile(f"@\u2068([^\u2068\u2069\n]{{1,{LONGEST_MENTION}}})\u2069")
_DIGITS_MENTION = re.compile(rf"(?<![\w.])@(\d{{{SHORTEST_MENTION},20}})(?!\d)")
_INVISIBLE = re.compile(r"[^\x00-\xac\xae-\u05ff\u2010-\u2027\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")  # perhaps
_DIGIT = re.compile(r"\d")
_WORDS = re.compile(r"[^\W\d_]+")
# A day as programs write it: "Tue Jun 02 20:17:00". Its words are names too.
_WEEKDAY = (
    "(?:mon|tues?|wed|thu|thurs?|fri|sat|sun|seg|ter|qua|qui|sex|sab|dom|lun|mar|mie|jue|vie|mer|jeu|ven|sam|dim|gio"
    "|mo|di|mi|do|fr|sa|so|ma|wo|vr|za|zo)"
)
_MONTH = (
    "(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec|fev|abr|mai|ago|set|out|dez|ene|dic|okt|mrz|mei|mrt"
    "|janv|fevr|avr|juin|juil|aout|gen|mag|giu|lug|ott)"
)
_DAY = re.compile(
    rf"(?<![^\W_]){_WEEKDAY}[.,]{{0,2}} (?:{_MONTH}\.? \d{{1,2}}|\d{{1,2}}\.? {_MONTH})(?![^\W_])"
    rf"|(?<![^\W_]){_MONTH}\.? \d{{1,2}},? (?:(?:19|20)\d\d|\d\d:\d\d)(?![^\W_])"
)
PLACEHOLDERS, MENTIONS = PLACEHOLDER.pattern, _MENTION.pattern  # for RE2 too
ENDING, _BEFORE_ENDING = 7, 8  # digits that tell a number from others, and those that may stand before
_DIGITS = re.compile(rf"\d(?:[ ().-]{{0,2}}\d){{{ENDING - 1},}}")


class Tried(NamedTuple):
    """What is worth trying for a text."""

    rules: Sequence[Rule]
    numbers: bool = True  # whether it may hold a member's number
    names: bool = True  # whether it may hold a name of the roster
    divided: bool = True  # whether an invisible mark may stand between letters
    people: bool = True  # whether it may name somebody who is in no roster


_ANYBODY = Name((), "[person]", with_capital=False)


class Redactor:
    """Takes personal data out of texts, each the same way whatever came before.

    `names` have the roster's names and their parts; of those with the same letters, all say the same. `mentions`
    have what stands for a name as `person_key` gives it, a phone among them. `ordinary` are words that make no
    stranger of a name they stand beside.
    """

    def __init__(self, names: Sequence[Name], mentions: Mapping[str, str], ordinary: Collection[str] = ()) -> None:
        self._folding, self._dividing = Folding(), Dividing()
        self._mentions = mentions
        self._names = {name.letters: name for name in names}
        self._no_strangers = frozenset(ordinary).union(*(name.words for name in names))
        self._name = names_pattern(names)
        self._own_endings = frozenset(key[-ENDING:] for key in mentions if is_phone(key))

    def detect(self, text: str, language: str = "", tried: Tried | None = None) -> list[Span]:
        """What is personal in `text`, line by line: nothing is found over the end of a line.

        `language` is the tag of the text's language, such as "de"; "" when each line is to tell it. `tried` is what is
        worth trying, where that is known. Order: by place; no two overlap.
        """
        return [
            found
            for start, line in lines_of(text)
            for found in moved(self._detect_in_line(line, language, tried), start)
        ]

    def redact(self, text: str, language: str = "", tried: Tried | None = None) -> tuple[str, Counter[str]]:
        """`text` with placeholders, and how many of each kind were put in; doing it twice changes nothing."""
        text, counts = self.redact_once(text, language, tried)
        # Again while something is found: what stood beside a number may have hidden another one.
        while (further := self.redact_once(text, language))[1]:
            text = further[0]
            counts.update(further[1])
        return text, counts

    def redact_once(self, text: str, language: str = "", tried: Tried | None = None) -> tuple[str, Counter[str]]:
        """The same without looking at what is left; where nothing was found, nothing is."""
        spans = self.detect(text, language, tried)
        return without(text, spans), Counter(span.kind for span in spans)

    def _detect_in_line(self, line: str, language: str, tried: Tried | None) -> list[Span]:
        plain, places = plainly(line)
        if plain is line:
            return self._detect_as_written(line, language, tried)
        found = (
            part  # what stands for the end of a line ends one
            for start, piece in lines_of(plain)
            for part in moved(self._detect_as_written(piece, language, None), start)
        )
        return [
            Span(places[start], _end_in(line, places, end), kind, placeholder)
            for start, end, kind, placeholder in found
        ]

    def _detect_as_written(self, line: str, language: str, tried: Tried | None) -> list[Span]:
        mentions: list[Span] = []
        if "\u2068" in line:
            mentions = [Span(*match.span(), "person", self._mentioned(match[1])) for match in _MENTION.finditer(line)]
            line = _MENTION.sub(lambda match: f"[{' ' * (len(match[0]) - 2)}]", line)
        spans = self._spans(line, language, tried)
        if not spans:
            return mentions
        origins = self._folding.origins(line)
        # Marks behind a letter go with it.
        ends = (max(origins[end], origins[end - 1] + 1) for _, end, _, _ in spans)
        found = (Span(origins[span[0]], end, *span[2:]) for span, end in zip(spans, ends, strict=True))
        return sorted([*mentions, *found])

    def _mentioned(self, name: str) -> str:
        return self._mentions.get(person_key(name), "[person]")

    def _spans(self, text: str, language: str, tried: Tried | None) -> list[FoldedSpan]:
        """What is to be taken out of `text`; no two overlap."""
        folded = text.translate(self._folding)
        tried = tried or Tried(with_signs(folded, rules()))
        linked = addresses(folded)
        found = [*self._in_addresses(text, folded, linked)] if linked else []
        folded = hidden(folded, linked) if linked else folded  # but here nothing is looked for in them
        ruled = self._by_rule(text, folded, tried.rules) if tried.rules else ()
        found += self._by_digits_mention(folded) if "@" in folded else ()
        found += [span for late, span in ruled if not late]
        found += self._own_phones(folded) if tried.numbers and self._own_endings else ()
        found += self._by_name(text, folded, self._folding) if tried.names else ()
        found += self._by_divided_name(text, folded, linked) if tried.divided else ()
        found += [span for late, span in ruled if late]
        if tried.people:
            plain = PLACEHOLDER.sub(_blank, folded) if "[" in folded else folded
            written = Written(text, plain, self._folding.origins(text), language)
            named = [*outsiders(written)]
            if named and _DIGIT.search(plain):
                days = marked(plain, _DAY)
                named = [(start, end) for start, end in named if not any(days[start:end])]
            found += [(start, end, "person", "[person]") for start, end in named]
        return apart(folded, found) if found else []

    def _in_addresses(self, text: str, folded: str, linked: Sequence[tuple[int, int]]) -> Iterator[FoldedSpan]:
        """What of each address goes: all of it, or some of its parameters."""
        origins = self._folding.origins(text)
        for first, last in linked:

            def written(start: int, end: int, first: int = first) -> str:
                return text[origins[first + start] : origins[first + end]]

            for start, end, kind, placeholder in judged(folded[first:last], written, self._own_kind):
                yield first + start, first + end, kind, placeholder

    def _own_kind(self, text: str) -> str:
        """What kind a part of an address is that tells of somebody of the roster; "" for none."""
        folded = text.translate(self._folding)
        if self._own_endings and any(self._own_phones(folded)):
            return "phone"
        return "person" if any(self._by_name(text, folded, self._folding)) else ""

    def _by_digits_mention(self, folded: str) -> Iterator[FoldedSpan]:
        for match in _DIGITS_MENTION.finditer(folded):
            yield (*match.span(), "person", self._mentions.get(match[1], "[person]"))

    def _by_rule(self, text: str, folded: str, tried: Sequence[Rule]) -> Sequence[tuple[bool, FoldedSpan]]:
        """What the rules find, and whether names come before it."""

        def is_small(place: int) -> bool:
            return text[self._folding.origins(text)[place]].islower()

        sure = [span for rule in tried if rule.sure for span in rule.spans(folded, is_small)]
        unsure = hidden(folded, sure) if sure else folded
        keeping = [rule for rule in tried if rule.keeps and rule.sign.search(unsure)]
        nobodys = [span for rule in keeping for span in rule.spans(unsure, is_small)]
        shown = hidden(folded, nobodys) if nobodys else folded
        found = [
            (rule.late, (start, end, rule.kind, f"[{rule.kind}]"))
            for rule in tried
            if not rule.keeps
            for start, end in rule.spans(shown, is_small)
        ]
        return found if len(found) < 2 else joined(found)  # noqa: PLR2004  # one overlaps nothing

    def _own_phones(self, folded: str) -> Iterator[FoldedSpan]:
        """Where digits in any writing hold the end of a number that is in the roster."""
        for run in _DIGITS.finditer(folded):
            places = [place for place in range(*run.span()) if folded[place].isdigit()]
            digits = "".join(folded[place] for place in places)
            for first in range(len(digits) - ENDING + 1):
                if digits[first : first + ENDING] in self._own_endings:
                    yield places[max(0, first - _BEFORE_ENDING)], places[first + ENDING - 1] + 1, "phone", "[phone]"

    def _by_divided_name(self, text: str, folded: str, linked: Sequence[tuple[int, int]]) -> Iterator[FoldedSpan]:
        """Names that an invisible mark parts from their neighbours; where nothing is invisible, there are none."""
        divided = text.translate(self._dividing) if _INVISIBLE.search(text) else folded
        if len(divided) == len(folded):
            return
        origins, divided_origins = self._folding.origins(text), self._dividing.origins(text)
        for start, end, kind, placeholder in self._by_name(text, divided, self._dividing):
            first, last = (bisect_left(origins, divided_origins[place]) for place in (start, end - 1))
            if all(last < start or end <= first for start, end in linked):
                yield first, last + 1, kind, placeholder

    def _by_name(self, text: str, folded: str, folding: Folding) -> Iterator[FoldedSpan]:
        matches = [*self._name.finditer(folded)] if self._name else ()
        if not matches:
            return
        origins, shouted = folding.origins(text), text.isupper()
        for match in matches:
            letters = "".join(words_of(match[0]))
            name = self._names.get(letters) or self._names[letters[:-1]]  # "Annas"
            plain = name.letters == letters
            asks_capital = name.with_capital or (len(name.words) == 1 and not plain)
            if asks_capital and text[origins[match.start()]].islower():
                continue
            if name.with_capital and not plain and text[origins[match.end() - 1]].isupper():
                continue  # "NAS" is no Na's
            if len(name.words) > 1 and _is_talk(text[origins[match.start()] : origins[match.end() - 1] + 1], name):
                continue
            whole = _with_at(folded, match.start()), match.end()
            if plain and len(name.words) == 1 and not shouted:
                known, whole = whole, full_name(text, folded, origins, whole, self._no_strangers)
                name = name if known == whole else _ANYBODY
            yield (*whole, "person", name.placeholder)


def _end_in(line: str, places: Sequence[int], end: int) -> int:
    """Where in `line` the character before `end` of what it means ends: an entity with its last sign."""
    last = places[end - 1]
    if line[last] != "&":
        return last + 1
    return places[end] if end < len(places) else len(line)


def _is_talk(written: str, name: Name) -> bool:
    """Whether the words of a name are ordinary ones that stand side by side: "maybe he will, young people"."""
    pieces = _WORDS.findall(written)
    return len(pieces) > 1 and all(map(is_ordinary, name.words)) and not all(piece[0].isupper() for piece in pieces)


def _with_at(folded: str, start: int) -> int:
    """Where a name begins that may be mentioned: at its @, or "[person]" would have one before it."""
    mentioned = folded[start - 1 : start] == "@" and not folded[max(0, start - 2) : start - 1].isalnum()
    return start - 1 if mentioned else start


def _blank(placeholder: re.Match[str]) -> str:
    return " " * len(placeholder[0])
