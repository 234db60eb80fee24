"""Which texts of a column may hold personal data: found in columns, so that few are looked at one by one.

Whatever this leaves out, `Redactor` would leave as it is; what it lets through may still be clean.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import chain, groupby

import pyarrow as pa
import pyarrow.compute as pc

from egregora.core.names import Name, fold
from egregora.privacy.detect.addresses import HINTS, TELLING, has_neighbours
from egregora.privacy.detect.columns.folded_columns import THREE_BYTES, TWO_BYTES, folded, replacement
from egregora.privacy.detect.columns.token_columns import words_that_name
from egregora.privacy.detect.identifiers import Rule, loosened, rules
from egregora.privacy.detect.number_checks import DIGITS
from egregora.privacy.detect.plain import WRITTEN
from egregora.privacy.detect.redactor import ENDING, MENTIONS, PLACEHOLDERS, SHORTEST_MENTION, Tried

# Characters that are folded alike here and in `names.Folding`; a text with any other is always a candidate.
_PLAIN = (range(0x20, 0x7F), TWO_BYTES, THREE_BYTES, range(0x2600, 0x27C0), range(0x1F000, 0x1FB00))
_NO_EMOJI = r"[^\p{So}\x{1f3fb}-\x{1f3ff}\x{fe0f}]"  # marks between emoji only join them
_OWN = rf"@\d{{{SHORTEST_MENTION}}}|\d(?:[ ().-]{{0,2}}\d){{{ENDING - 1}}}"  # a mention, and a member's number
_FOREIGN = re.compile(r"[^\W\x00-\x7f]")
_OTHER = r"[^A-Za-z]"  # wherever there is no letter, and behind rare ones


class Candidates:
    """The test for one roster: `names` are those that a text may hold."""

    def __init__(self, names: Iterable[Name]) -> None:
        listed = [*names]
        self._small = _pattern(name.words for name in listed if not name.with_capital)
        self._capital = _pattern((name.words for name in listed if name.with_capital), capital=True)

    def among(self, texts: pa.Array) -> dict[int, Tried]:
        """The places of `texts` that may hold something, with what is to be tried."""
        mentions = pc.match_substring(texts, "\u2068")
        shown = _without(MENTIONS, _without(PLACEHOLDERS, texts, pc.match_substring(texts, "[")), mentions)
        mask = pc.or_(pc.match_substring_regex(shown, _strange()), pc.match_substring_regex(texts, WRITTEN))
        strange = frozenset(_places(mask))
        column = folded(_folded_here(shown, mask))
        small = column.lower().to_arrow()
        linked = pc.match_substring_regex(small, HINTS)
        telling = _matched(small, linked, TELLING)
        beside = zip(_places(linked), shown.filter(pc.fill_null(linked, fill_value=False)).to_pylist(), strict=True)
        open_to_all = strange.union(place for place, text in beside if has_neighbours(text))
        people, names = open_to_all.union(words_that_name(column)), self._named(column.to_arrow(), small) | open_to_all
        ruled, numbers = _with_rules(small)
        return {
            place: Tried(ruled.get(place, ()), place in numbers, place in names, place in strange, place in people)
            for place in people.union(names, ruled, numbers, telling, _places(mentions))
        }

    def _named(self, plain: pa.Array, small: pa.Array) -> AbstractSet[int]:
        """The places of texts that may hold a name of the roster."""
        pairs = ((self._small, small), (self._capital, plain))
        found = [_places(pc.match_substring_regex(written, pattern)) for pattern, written in pairs if pattern]
        return frozenset(chain(*found))


def _without(pattern: str, texts: pa.Array, mask: pa.Array) -> pa.Array:
    """`texts`, in those of `mask` with a gap for what `pattern` matches: there nobody is named."""
    held = pc.fill_null(mask, fill_value=False)
    return pc.replace_with_mask(texts, held, pc.replace_substring_regex(texts.filter(held), pattern, " [] "))


def _folded_here(texts: pa.Array, mask: pa.Array) -> pa.Array:
    """`texts`, those of `mask` folded one by one, with an x for letters that RE2 takes for none."""
    held = pc.fill_null(mask, fill_value=False)
    written = [_FOREIGN.sub("x", fold(text)) for text in texts.filter(held).to_pylist()]
    return pc.replace_with_mask(texts, held, pa.array(written, pa.string()))


def _with_rules(small: pa.Array) -> tuple[dict[int, tuple[Rule, ...]], AbstractSet[int]]:
    """The places where a rule may find something, with the rules; those of a member's number or a mention."""
    with_digits = _matched(small, pc.match_substring_regex(small, r"\d"), _signs(digits=True))
    others = _places(pc.match_substring_regex(small, _signs(digits=False)))
    places = sorted({*with_digits, *others})
    texts = small.take(pa.array(places, pa.int64()))
    finding, keeping = _rules()
    held = {sign: pc.match_substring_regex(texts, sign) for sign in {rule.sign.pattern for rule in finding}}
    tried: list[list[Rule]] = [[] for _ in places]
    for rule in finding:
        for number in _matched(texts, held[rule.sign.pattern], _loosened(rule)):
            tried[number].append(rule)
    own = {places[number] for number in _places(pc.match_substring_regex(texts, _OWN))}
    return {place: (*keeping, *found) for place, found in zip(places, tried, strict=True) if found}, own


def _matched(texts: pa.Array, mask: pa.Array, pattern: str) -> list[int]:
    """The places of the texts, of those of `mask`, that `pattern` matches."""
    places = pc.indices_nonzero(mask)
    if not len(places):
        return []  # making a machine of the pattern takes its time
    found: list[int] = places.filter(pc.match_substring_regex(texts.take(places), pattern)).to_pylist()
    return found


@cache
def _rules() -> tuple[list[Rule], list[Rule]]:
    """The rules that find something, and those that keep it."""
    return [rule for rule in rules() if not rule.keeps], [rule for rule in rules() if rule.keeps]


@cache
def _loosened(rule: Rule) -> str:
    return loosened(rule.pattern.pattern)


def _places(mask: pa.Array) -> list[int]:
    found: list[int] = pc.indices_nonzero(pc.fill_null(mask, fill_value=False)).to_pylist()
    return found


def _pattern(phrases: Iterable[tuple[str, ...]], *, capital: bool = False) -> str:
    """For RE2: where one of `phrases` is, by its first word and the next; "" for none."""
    behind: dict[str, set[str]] = defaultdict(set)
    for phrase in phrases:
        behind[phrase[0]].add(phrase[1] if len(phrase) > 1 else "")
    written = [_written(word, capital=capital) + _continued(others) for word, others in sorted(behind.items())]
    return f"(?:^|{_OTHER})(?:{'|'.join(written)})" if written else ""


def _continued(others: AbstractSet[str]) -> str:
    """What follows the first word: the end of it, where it is a name by itself, or the next one."""
    endings = [f"s?(?:{_OTHER}|$)"] if "" in others else []
    return f"(?:{'|'.join([*endings, *(f'{_OTHER}*{other}' for other in sorted(others - {''}))])})"


def _written(word: str, *, capital: bool) -> str:
    return f"{word[0].upper()}(?i:{word[1:]})" if capital else word


@cache
def _signs(*, digits: bool) -> str:
    """For RE2: what makes a text worth a rule of identifiers, of those that ask for a digit or of the others."""
    own = [DIGITS] if digits else ["@"]  # members' numbers, mentions
    signs = [rule.sign.pattern for rule in _rules()[0] if (rule.digits > 0) == digits]
    return "|".join(f"(?:{sign})" for sign in dict.fromkeys([*own, *signs]))


@cache
def _strange() -> str:
    """For RE2: characters that are not folded alike in a column, and marks that join anything but emoji."""
    plain = [code for code in chain(*_PLAIN) if _alike(chr(code))]
    runs = [[code for _, code in run] for _, run in groupby(enumerate(plain), lambda pair: pair[1] - pair[0])]
    listed = "".join(rf"\x{{{run[0]:x}}}-\x{{{run[-1]:x}}}" for run in runs)
    unjoined = rf"(?:^|{_NO_EMOJI})[\x{{200d}}\x{{fe0f}}]|\x{{200d}}(?:$|{_NO_EMOJI})"
    return rf"[^\n\x{{200d}}\x{{fe0f}}{listed}]|{unjoined}"


def _alike(char: str) -> bool:
    """Whether `char` is folded in a column as in `names.Folding`; of what stays as it is, only what is no letter."""
    if char.isascii() or (replacement(char) and (ord(char) in TWO_BYTES or ord(char) in THREE_BYTES)):
        return True
    return fold(char) == char and not char.isalpha()
