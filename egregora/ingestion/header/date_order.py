"""Finds out what the dates of one chat mean: the order of day, month and year, the calendar, and the evidence."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from egregora.ingestion.header.calendars import NO_ERA, DateKey, days_since_1970

_CALENDAR_OF = ("gregorian", "buddhist", "persian", "hijri", "japanese", "japanese", "japanese", "minguo")
_YEARS = {"buddhist": range(2400, 2701), "persian": range(1380, 1421), "hijri": range(1425, 1461)}
_PERSIAN_ZERO, _ARABIC_ZERO = "\u06f0", "\u0660"
_TWO_DIGITS, _LAST_DAY = 100, 31
_ORDERS_BY_YEAR = (("ymd", "ydm"), ("myd", "dym"), ("dmy", "mdy"))  # by index of the year; the usual order first
_EPOCH = date(1970, 1, 1).toordinal()
_OLDEST = date(2009, 1, 1).toordinal() - _EPOCH  # WhatsApp was released in that year
_HORIZON = date(2040, 1, 1).toordinal() - _EPOCH  # later dates must be misread
_NEGLIGIBLE = 0.01  # share of headers that may be forged and do not decide


class DateInterpretation(NamedTuple):
    """How the dates of one chat are read, and why."""

    order: str  # "dmy", "mdy", "ymd", "ydm", "myd", "dym"
    calendar: str  # "gregorian", "buddhist", "persian", "hijri", "japanese", "minguo"
    reason: str  # one sentence
    certain: bool  # False when only convention decided
    days: Mapping[DateKey, int]  # days since 1970-01-01; impossible dates are missing


class _Candidate(NamedTuple):
    """One possible reading of all dates."""

    order: str
    calendar: str
    days: Mapping[DateKey, int]


class _Evidence(NamedTuple):
    """One kind of evidence: a penalty for each candidate, and the sentence that explains it."""

    penalty: Callable[[_Candidate, Sequence[DateKey]], int]  # (candidate, dates valid in all candidates) -> count
    tolerated: float
    sentence: Callable[[int], str]  # of the difference to the best candidate


def interpret_dates(  # noqa: PLR0913  # each is a kind of evidence
    counts: Mapping[DateKey, int],
    *,
    american: bool,
    not_after: date | None,
    attachment_days: Callable[[], frozenset[date]],
    given_order: str | None = None,
    zero: str = "0",
) -> DateInterpretation:
    """Interpret all the dates of a chat.

    `counts`: number of headers per date, in the order of the file. `american`: the headers look like those of the
    United States. `not_after`: day of the export. `attachment_days`: returns the days in names of attachments; called
    only when the dates alone do not decide. `given_order`: an order chosen by a person. `zero`: the digit zero of the
    headers.
    Evidence, strongest first: month names, impossible days, days after the export, days in names of attachments, steps
    back in time, total distance between the days, convention. A few headers that contradict thousands may be forged;
    they count only when nothing else decides.
    """
    readings = (
        [(given_order, calendar) for calendar in _calendars(counts, zero)]
        if given_order
        else _candidate_readings(counts, zero, american=american)
    )
    candidates = [_Candidate(order, calendar, _days(counts, order, calendar)) for order, calendar in readings]
    if len(candidates) == 1:
        return DateInterpretation(
            *candidates[0][:2], _reason_without_choice(counts, given_order), certain=True, days=candidates[0].days
        )
    chosen, reason = _choose(candidates, _evidence_in_order(counts, not_after, attachment_days))
    order, calendar, days = chosen
    if given_order or reason or _same_days(candidates):
        return DateInterpretation(
            order, calendar, "the order was given" if given_order else reason or _SAME_DAYS, certain=True, days=days
        )
    return DateInterpretation(
        order, calendar, "convention: nothing in the file tells the order of its dates", certain=False, days=days
    )


_SAME_DAYS = "every order gives the same days"


def _reason_without_choice(counts: Mapping[DateKey, int], given_order: str | None) -> str:
    """Why there is one candidate only."""
    if given_order:
        return "the order was given"
    return "the months have names" if _month_index(counts) is not None else "no other order is used"


def _same_days(candidates: Sequence[_Candidate]) -> bool:
    """Whether all candidates give the same days."""
    return bool(candidates[0].days) and all(candidate.days == candidates[0].days for candidate in candidates)


def _candidate_readings(counts: Mapping[DateKey, int], zero: str, *, american: bool) -> list[tuple[str, str]]:
    """The possible pairs of order and calendar, the likelier by convention first."""
    orders = _orders(counts, american=american)
    pairs = [(order, calendar) for order in orders for calendar in _calendars(counts, zero)]
    if pairs[0][1] in {"japanese", "minguo"}:
        pairs.sort(key=lambda pair: pair[0] != "ymd")
    if ("ymd", "persian") in pairs:
        pairs.sort(key=lambda pair: pair != ("ymd", "persian"))
    return pairs


def _orders(counts: Mapping[DateKey, int], *, american: bool) -> list[str]:
    """The possible orders, the likelier by convention first."""
    year, month = _year_index(counts), _month_index(counts)
    orders: tuple[str, ...] = _ORDERS_BY_YEAR[year] if year is not None else ("dmy", "mdy", "ymd")
    if month is not None:
        all_orders = orders if year is not None else ("dmy", "ymd", "mdy", "myd", "ydm", "dym")
        orders = tuple(order for order in all_orders if order[month] == "m") or orders
    return sorted(orders, key=lambda order: order != "mdy") if american else list(orders)


def _year_index(counts: Mapping[DateKey, int]) -> int | None:
    """Index of the number that is above 31 in most headers. None when there is none.

    A year with an era may be small.
    """
    total = sum(counts.values())
    for index in (2, 0, 1):
        if 2 * sum(count for key, count in counts.items() if key[index] > _LAST_DAY) > total:
            return index
    return None


def _month_index(counts: Mapping[DateKey, int]) -> int | None:
    """Index of the number that is a month word in most headers, None when there is none."""
    total = sum(counts.values())
    for index in range(3):
        if 2 * sum(count for key, count in counts.items() if key[index] < 0) > total:
            return index
    return None


def _calendars(counts: Mapping[DateKey, int], zero: str) -> list[str]:
    """The calendars that the eras of most headers, or else their years, allow."""
    weights: dict[str, int] = {}
    for key, count in counts.items():
        name = _CALENDAR_OF[key[3]] if key[3] != NO_ERA else _by_year(max(key[:3]))
        weights[name] = weights.get(name, 0) + count
    usual = max(weights, key=lambda name: weights[name], default="gregorian")
    if usual != "two digits":
        return [usual]
    native = {_PERSIAN_ZERO: ["persian"], _ARABIC_ZERO: ["hijri"]}.get(zero, [])
    return ["gregorian", *native, "buddhist"]


def _by_year(year: int) -> str:
    """The calendar in which a year is likely, or "two digits"."""
    if year < _TWO_DIGITS:
        return "two digits"
    return next((name for name, years in _YEARS.items() if year in years), "gregorian")


def _days(counts: Mapping[DateKey, int], order: str, calendar: str) -> dict[DateKey, int]:
    """The day of each date, since 1970. Impossible dates are missing."""
    days = {key: days_since_1970(key, order, calendar) for key in counts}
    return {key: day for key, day in days.items() if day is not None}


def _evidence_in_order(
    counts: Mapping[DateKey, int], not_after: date | None, attachment_days: Callable[[], frozenset[date]]
) -> list[_Evidence]:
    """All kinds of evidence, the strongest first. The last ones are what a few headers say."""
    total = sum(counts.values())
    last = not_after.toordinal() - _EPOCH if not_after else _HORIZON
    names: list[frozenset[int]] = []  # computed once, only when needed

    def missing(candidate: _Candidate, _: Sequence[DateKey]) -> int:
        return sum(count for key, count in counts.items() if not _OLDEST <= candidate.days.get(key, -1) <= _HORIZON)

    def late(candidate: _Candidate, _: Sequence[DateKey]) -> int:
        return sum(counts[key] for key, day in candidate.days.items() if day > last)

    def unnamed(candidate: _Candidate, _: Sequence[DateKey]) -> int:
        if not names:
            names.append(frozenset(day.toordinal() - _EPOCH for day in attachment_days()))
        return -len(names[0].intersection(candidate.days.values()))

    impossible = _Evidence(
        missing, _NEGLIGIBLE * total, lambda by: f"another reading has no such day for {_messages_text(by)}"
    )
    after = _Evidence(
        late, _NEGLIGIBLE * total, lambda by: f"another reading would put {_messages_text(by)} after the export"
    )
    return [
        impossible,
        after,
        _Evidence(unnamed, 0, lambda by: f"names of attachments say so on {by} day{'s' * (by > 1)}"),
        _Evidence(_steps_back, 0.02 * len(counts), lambda by: f"another reading would go back in time {by} more times"),
        _Evidence(_distance, 0, lambda by: f"another reading would spread the messages over {by} more days"),
        impossible._replace(tolerated=0),
        after._replace(tolerated=0),
    ]


def _messages_text(count: int) -> str:
    return f"{count} message{'s' * (count > 1)}"


def _steps_back(candidate: _Candidate, shared: Sequence[DateKey]) -> int:
    """How many dates are before the previous one."""
    return sum(candidate.days[after] < candidate.days[before] for before, after in pairwise(shared))


def _distance(candidate: _Candidate, shared: Sequence[DateKey]) -> int:
    """The days between neighbouring dates, summed up."""
    return sum(abs(candidate.days[after] - candidate.days[before]) for before, after in pairwise(shared))


def _choose(candidates: Sequence[_Candidate], evidence: Sequence[_Evidence]) -> tuple[_Candidate, str]:
    """The best candidate and the deciding sentence; "" when the candidates could not be told apart."""
    remaining, reason = list(candidates), ""
    for evidence_kind in evidence:
        shared = [key for key in remaining[0].days if all(key in candidate.days for candidate in remaining)]
        penalty = [evidence_kind.penalty(candidate, shared) for candidate in remaining]
        lowest = min(penalty)
        kept = [
            candidate
            for candidate, count in zip(remaining, penalty, strict=True)
            if count - lowest <= evidence_kind.tolerated
        ]
        if len(kept) < len(remaining):
            difference = min(count - lowest for count in penalty if count - lowest > evidence_kind.tolerated)
            remaining, reason = kept, evidence_kind.sentence(difference)
        if len(remaining) == 1:
            return remaining[0], reason
    return remaining[0], reason if _same_days(remaining) else ""
