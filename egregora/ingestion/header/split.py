"""One head taken apart: which of its numbers are date and time, which of its words are known, what is left."""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from egregora.ingestion.header import clock_words
from egregora.ingestion.header.clock_words import MARKS, SPACES, find_word, loosened
from egregora.ingestion.header.date_order import NO_ERA
from egregora.ingestion.header.format import DATE_ROLES, TIME_ROLES, Shape, Token, is_firm, skeleton

_NUMBER = re.compile(r"(\d+)")
_PLAIN = re.compile(rf"([{MARKS}]+)|([{SPACES}])|([,\u060c]+|[^{MARKS}{SPACES},\u060c]+)")
_MARK = re.compile(f"[{MARKS}]+")
_GLUE = r"[^\s\d/\-,\u060c:;.()]"
_WORD = re.compile(rf"{_GLUE}[^\s\d/\-,\u060c:;()]{{0,20}}")
_CLOCK_GAP = re.compile(rf"[:.\u066b]|[{SPACES}]?{_GLUE}{{1,12}}\.?[{SPACES}]?")
_DATE_GAP = re.compile(rf"[{SPACES}]?(?:[/.\-\u2010,]|{_GLUE}{{1,6}}\.?)?[{SPACES}]?")
_NAMED_GAP = re.compile(r"[^:;()]{1,30}")
_JOINT = re.compile(rf"(?=.*[{SPACES},\u060c]|.*{_GLUE})[^:;]{{1,40}}")
_END_GAP = re.compile(r"[^:;]{0,32}")
_MOST_NUMBERS, _FEWEST_NUMBERS = 6, 4
_MOST_WORDS = 6
_YEAR_DIGITS, _ERA_DIGITS, _SHORT = 4, 3, 2


class Layout(NamedTuple):
    """All that the letters and signs of one head tell, whatever its digits."""

    shape: Shape
    skeleton: tuple[Token, ...]  # what it shares with the other heads of its file
    roles: tuple[str, ...]  # of its numbers
    month: tuple[int, int] | None  # its place in the date, and which
    era: int
    period: int | None
    strange: tuple[int, ...]  # places among the tokens of words next to the time that may be unknown day periods


class _Plan(NamedTuple):
    """Where the numbers of date and time begin and end."""

    date: tuple[int, int]
    time: tuple[int, int]
    named: bool  # the month is a word

    @property
    def joint(self) -> int:
        """The gap between date and time."""
        return max(self.date[0], self.time[0])


class _Words:
    """The known words of a head, by the gap between numbers that has them."""

    def __init__(self, gaps: list[str]) -> None:
        self.gaps = gaps
        self.found: dict[int, list[tuple[int, int, Token]]] = {}

    def find(self, at: int, role: str, words: clock_words.Words) -> int | None:
        """What a word of gap `at` means, None when there is none of these words."""
        gap = self.gaps[at]
        for start, end, _ in self.found.get(at, []):
            gap = gap[:start] + "," * (end - start) + gap[end:]
        span = find_word(gap, words)
        text = gap[slice(*span)] if span else ""
        if span is None or (role == "era" and len(text) == 1 and text.islower()):  # "13/06/18 h 21:25" has no Heisei
            return None
        value = words.meaning(text)
        self.found.setdefault(at, []).append((*span, Token("word", role, texts=(text,), values=(value,))))
        return value

    def tokens(self, at: int) -> list[Token]:
        """Gap `at` as tokens."""
        gap, tokens, reached = self.gaps[at], list[Token](), 0
        for start, end, token in sorted(self.found.get(at, [])):
            tokens += [*_plain(gap[reached:start]), token]
            reached = end
        return tokens + _plain(gap[reached:])

    def only_known(self, at: int) -> bool:
        """Whether gap `at` has no other words and signs."""
        return not any(token.kind == "text" for token in self.tokens(at))


@lru_cache(maxsize=1024)
def layouts(opening: str, inside: str, closing: str) -> tuple[Layout, ...]:
    """The ways to tell date and time apart in a head without its digits, the likelier first.

    `inside` is what stands between the opening, "" or "[", and the closing: " - ", "]", ": ", " ".
    """
    pieces = _NUMBER.split(inside)
    gaps, numbers = pieces[0::2], pieces[1::2]
    if not _FEWEST_NUMBERS <= len(numbers) <= _MOST_NUMBERS or len({run[0] for run in numbers}) != 1:
        return ()
    bare = [_MARK.sub("", gap) for gap in gaps] if _MARK.search(inside) else gaps
    lengths = [len(run) for run in numbers]
    eras, months = clock_words.eras(), clock_words.months()
    begins = _is_known(bare[0], eras, months, clock_words.periods(before=True), clock_words.joints())
    ends = not _needs_author(closing) or _is_known(bare[-1], eras, months, clock_words.periods())
    if not begins or not ends or max(len(gap.split()) for gap in bare) > _MOST_WORDS:
        return ()
    plans = _plans(len(numbers), bracket=closing == "]")
    fitting = [plan for plan in plans if _digits_fit(lengths, plan) and _gaps_fit(bare, plan)]
    found = (_layout(opening, closing, gaps, numbers, plan) for plan in fitting)
    return tuple(layout for layout in found if layout)


def _needs_author(closing: str) -> bool:
    return closing.strip(SPACES) in {":", ""}


def _is_known(gap: str, *tables: clock_words.Words) -> bool:
    """Whether `gap` is one known word, or nothing."""
    word = gap.strip(SPACES)
    if not word:
        return True
    key = loosened(word)
    return word[0] not in "-/." and word[-1] not in "-/" and any(key in words.found_in for words in tables)


@cache
def _plans(count: int, *, bracket: bool) -> tuple[_Plan, ...]:
    plans = []
    for dates, time_first in ((3, False), (2, False), (3, True), (2, True)):
        times = count - dates
        copied = bracket and time_first and times == _SHORT  # "[10:42, 05/03/2021] Zoe: " is WhatsApp Web's
        if _SHORT <= times <= len(TIME_ROLES) and not copied:
            date, time = ((times, count), (0, times)) if time_first else ((0, dates), (dates, count))
            plans.append(_Plan(date, time, named=dates == _SHORT))
    return tuple(plans)


def _layout(opening: str, closing: str, gaps: list[str], numbers: list[str], plan: _Plan) -> Layout | None:
    words = _Words(gaps)
    month = _find_month(words, plan)
    if plan.named and month is None:
        return None
    era, period = _find_era(words, plan), _find_period(words, plan)
    small_year = era == NO_ERA and _ERA_DIGITS in map(len, numbers)
    begins = words.only_known(0) or (plan.time[0] == 0 and _is_known(gaps[0], clock_words.joints()))
    if small_year or not begins or _is_of_log(closing, gaps, numbers, plan):
        return None
    roles = _roles(plan, month)
    tokens = [Token("marks"), *_plain(opening), *words.tokens(0)]
    for at, (run, role) in enumerate(zip(numbers, roles, strict=True)):
        tokens += [_number(run, role), *words.tokens(at + 1)]
    tokens += _plain(closing)
    if closing == "]":
        tokens.append(Token("space", optional=True))
    platform = "ios" if closing == "]" or _needs_author(closing) else "android"
    seconds = plan.time[1] - plan.time[0] == len(TIME_ROLES)
    shape = Shape(tuple(tokens), platform, numbers[0][0], seconds, _needs_author(closing))
    strange = _strange(shape.tokens) if period is None else ()
    return Layout(shape, skeleton(shape), roles, month, era, period, strange)


def _is_of_log(closing: str, gaps: list[str], numbers: list[str], plan: _Plan) -> bool:
    """Whether this is how programs date their logs, "2025-01-01 10:00:00 INFO", which no chat does."""
    first = plan.date[0]
    return not closing.strip(SPACES) and len(numbers[first]) == _YEAR_DIGITS and gaps[first + 1] in {"-", "/"}


def _strange(tokens: tuple[Token, ...]) -> tuple[int, ...]:
    """Where a word stands right before or behind the time that is in no table."""
    firm = [at for at, token in enumerate(tokens) if is_firm(token)]
    times = [place for place, at in enumerate(firm) if tokens[at].role in TIME_ROLES]
    beside = [firm[place] for place in (times[0] - 1, times[-1] + 1) if 0 <= place < len(firm)]
    return tuple(at for at in beside if _is_strange(tokens[at]))


def _is_strange(token: Token) -> bool:
    text = token.texts[0] if token.kind == "text" else ""
    return (
        _WORD.fullmatch(text) is not None and any(map(str.isalpha, text)) and not _is_known(text, clock_words.joints())
    )


def _gaps_fit(gaps: list[str], plan: _Plan) -> bool:
    """Whether what stands between the numbers may stand there; `gaps` have no marks."""
    between_dates = _NAMED_GAP if plan.named else _DATE_GAP
    return (
        _JOINT.fullmatch(gaps[plan.joint]) is not None
        and _END_GAP.fullmatch(gaps[-1]) is not None
        and all(_CLOCK_GAP.fullmatch(gap) for gap in gaps[plan.time[0] + 1 : plan.time[1]])
        and all(gap and between_dates.fullmatch(gap) for gap in gaps[plan.date[0] + 1 : plan.date[1]])
    )


def _find_month(words: _Words, plan: _Plan) -> tuple[int, int] | None:
    if plan.named:
        for place, at in enumerate((plan.date[0] + 1, plan.date[0], plan.date[1])):
            month = words.find(at, "month", clock_words.months())
            if month is not None:
                return (1, 0, 2)[place], month
    return None


def _find_era(words: _Words, plan: _Plan) -> int:
    for at in plan.date:
        era = words.find(at, "era", clock_words.eras())
        if era is not None:
            return era
    return NO_ERA


def _find_period(words: _Words, plan: _Plan) -> int | None:
    behind = words.find(plan.time[1], "period", clock_words.periods())
    return behind if behind is not None else words.find(plan.time[0], "period", clock_words.periods(before=True))


def _digits_fit(lengths: list[int], plan: _Plan) -> bool:
    """Whether at most a year has more than two digits."""
    date = sorted(lengths[slice(*plan.date)])
    return date.pop() <= _YEAR_DIGITS and max(*lengths[slice(*plan.time)], *date) <= _SHORT


def _roles(plan: _Plan, month: tuple[int, int] | None) -> tuple[str, ...]:
    date = tuple(role for place, role in enumerate(DATE_ROLES) if month is None or place != month[0])
    time = TIME_ROLES[: plan.time[1] - plan.time[0]]
    return time + date if plan.time[0] == 0 else date + time


def _number(run: str, role: str) -> Token:
    """A number: a year of four digits has four in all heads, other numbers of a date and the hour have one or two."""
    if role in DATE_ROLES and len(run) > _SHORT:
        return Token("number", role, _YEAR_DIGITS if len(run) == _YEAR_DIGITS else _SHORT, len(run))
    return Token("number", role, 1 if role in DATE_ROLES or role == "hour" else len(run), _SHORT)


def _plain(text: str) -> list[Token]:
    return [
        Token("marks") if marks else Token("space") if space else Token("text", texts=(other,))
        for marks, space, other in _PLAIN.findall(text)
    ]
