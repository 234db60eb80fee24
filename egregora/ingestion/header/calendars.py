"""Calendars and eras: the day of a date in each calendar."""

from collections.abc import Callable, Mapping
from datetime import date

# The three numbers of a date in written order, then its era. A month word is the negative number of its month:
# "9 Aug 2019" is (9, -8, 2019, -1). The era is an index into ERAS, -1 when none is written.
DateKey = tuple[int, int, int, int]

ERAS = ("CE", "BE", "AP", "AH", "Reiwa", "Heisei", "Showa", "Minguo")
NO_ERA = -1

ERA_WORDS: tuple[dict[str, tuple[str, ...]], ...] = (  # groups of eras that may occur in one chat
    {"BE": ("BE", "พ.ศ.", "พุทธศักราช", "ພ.ສ.")},
    {"AP": ("AP", "\u0647\u200d.ش.", "\u0647.ش.", "هجری شمسی", "هجری خورشیدی")},
    {"AH": ("AH", "هـ", "\u0647\u200d", "\u0647", "هجری قمری")},
    {"Reiwa": ("令和", "R", "Reiwa"), "Heisei": ("平成", "H", "Heisei"), "Showa": ("昭和", "S", "Showa")},
    {"Minguo": ("民國", "民国", "Minguo")},
)
_BEFORE_FIRST_YEAR = {"Reiwa": 2018, "Heisei": 1988, "Showa": 1925, "Minguo": 1911}
_CENTURIES = {"gregorian": 2000, "buddhist": 2500, "persian": 1400, "hijri": 1400}  # of years with two digits
_BUDDHIST_OFFSET = 543
_PERSIAN_1400_MAX = 12  # two-digit years above are 13xx, others 14xx
_TWO_DIGITS = 100
_EPOCH = date(1970, 1, 1).toordinal()
_PERSIAN_EPOCH = -492_269  # makes 1 Farvardin 1403 the 20th of March 2024


def days_since_1970(key: DateKey, order: str, calendar: str) -> int | None:
    """Days since 1970-01-01 of one date, None when there is no such day."""
    by_letter = dict(zip(order, key[:3], strict=True))
    year, month, day = by_letter["y"], abs(by_letter["m"]), by_letter["d"]
    if (by_letter["m"] < 0) != (min(key[:3]) < 0):
        return None
    era = ERAS[key[3]] if key[3] != NO_ERA else ""
    if calendar in {"japanese", "minguo"}:
        return _gregorian(year + _BEFORE_FIRST_YEAR[era], month, day) if era in _BEFORE_FIRST_YEAR else None
    return _TO_DAYS[calendar](_full_year(year, calendar), month, day)


def _full_year(year: int, calendar: str) -> int:
    """A year of two digits with its century. The Persian century changed while the app was in use."""
    if year >= _TWO_DIGITS:
        return year
    century = _CENTURIES[calendar]
    return century + year - _TWO_DIGITS * (calendar == "persian" and year > _PERSIAN_1400_MAX)


def _gregorian(year: int, month: int, day: int) -> int | None:
    """Days since 1970, None when there is no such day. The same for the other calendars."""
    try:
        return date(year, month, day).toordinal() - _EPOCH
    except ValueError:
        return None


def _buddhist(year: int, month: int, day: int) -> int | None:
    return _gregorian(year - _BUDDHIST_OFFSET, month, day)


def _hijri(year: int, month: int, day: int) -> int | None:
    """A day of the Umm al-Qura calendar, which is a table of announced months."""
    from hijridate import Hijri

    try:
        return Hijri(year, month, day).to_gregorian().toordinal() - _EPOCH
    except (ValueError, OverflowError):
        return None


def _persian(year: int, month: int, day: int) -> int | None:
    """A day of the Persian calendar. Eight years in 33 are leap years: correct from 1178 to 1633."""
    leap = (25 * year + 11) % 33 < 8  # noqa: PLR2004
    longest = 31 if month <= 6 else 30 if month < 12 or leap else 29  # noqa: PLR2004
    if not (1 <= month <= 12 and 1 <= day <= longest):  # noqa: PLR2004
        return None
    before_month = 31 * (month - 1) - max(0, month - 7)
    return 365 * (year - 1) + (8 * year + 21) // 33 + before_month + day + _PERSIAN_EPOCH


_TO_DAYS: Mapping[str, Callable[[int, int, int], int | None]] = {
    "gregorian": _gregorian,
    "buddhist": _buddhist,
    "persian": _persian,
    "hijri": _hijri,
}
