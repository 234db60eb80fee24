import json
import re
import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.ingestion.header import clock_words
from egregora.ingestion.header.clock_words import DATA_FILES, periods, spellings
from egregora.ingestion.header.date_order import interpret_dates
from egregora.ingestion.header.learn import (
    DIRECTION_MARKS,
    PERIODS,
    SPACES,
    learn_header_format,
    looks_american,
    read_header,
    time_of_day,
)

LRM, RLM, NBSP, NNBSP = "\u200e", "\u200f", "\u00a0", "\u202f"


def matcher(header_format):
    """The format as a pattern that takes each token where it can and never goes back."""
    parts = []
    for token in header_format.tokens:
        digits = f"[{header_format.zero}-{chr(ord(header_format.zero) + 9)}]"
        part = {
            "marks": f"[{DIRECTION_MARKS}]*+",
            "space": f"[{SPACES}]",
            "text": re.escape("".join(token.texts)),
            "number": f"(?P<{token.role}>{digits}{{{token.min_digits},{token.max_digits}}}+)",
            "word": f"(?P<{token.role}>(?>{'|'.join(map(re.escape, token.texts))}))",
        }[token.kind]
        parts.append(f"(?:{part})?+" if token.optional else part)
    return re.compile("".join(parts))


def values(header_format, line):
    """The date as it stands, the time, and what is left of the line, all found by the format alone."""
    match = matcher(header_format).match(line)
    if match is None:
        return None
    found = match.groupdict()
    words = {
        token.role: dict(zip(token.texts, token.values, strict=True)).get(found[token.role])
        for token in header_format.tokens
        if token.kind == "word"
    }
    numbers = [int(found[role]) if role in found else -words["month"] for role in ("first", "second", "third")]
    clock = [int(found.get(role) or 0) for role in ("hour", "minute", "second_of_minute")]
    return (*numbers, words.get("era", -1)), time_of_day(*clock, words.get("period")), line[match.end() :]


def moments(lines, *, american=False, not_after=date(2025, 1, 1)):
    """What each line says, learned and read as the reader does."""
    header_format = learn_header_format("\n".join(lines))
    found = [values(header_format, line) if header_format else None for line in lines]
    counts = Counter(one[0] for one in found if one)
    zero = header_format.zero if header_format else "0"
    dates = interpret_dates(counts, american=american, not_after=not_after, attachment_days=frozenset, zero=zero)
    return [
        datetime.fromtimestamp(dates.days[one[0]] * 86_400 + one[1], UTC).replace(tzinfo=None)
        if one and one[0] in dates.days and one[1] is not None
        else None
        for one in found
    ]


def at(*parts):
    return datetime(*parts)  # noqa: DTZ001  # a chat has wall times


HEADS = [  # every line is a file of its own
    ("13/06/2018 21:25 - Ana: oi", at(2018, 6, 13, 21, 25)),
    (f"6/13/18, 9:25{NNBSP}PM - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("13/06/2018, 9:25 pm - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("13/06/18, 9:25pm - Ana: hi", at(2018, 6, 13, 21, 25)),
    (f"13/6/2018, 9:25 p.{NBSP}m. - Ana: hola", at(2018, 6, 13, 21, 25)),
    ("13/06/18 h 21:25 - Ana: ciao", at(2018, 6, 13, 21, 25)),
    ("13.06.18, 21:25 - Ana: hallo", at(2018, 6, 13, 21, 25)),
    ("13.6.2018 klo 21.25 - Ana: hei", at(2018, 6, 13, 21, 25)),
    ("13. 6. 2018, 21:25 - Ana: ahoj", at(2018, 6, 13, 21, 25)),
    ("13. 06. 2018. 21:25 - Ana: bok", at(2018, 6, 13, 21, 25)),
    ("2018. 06. 13. 21:25 - Ana: szia", at(2018, 6, 13, 21, 25)),
    ("2018-06-13 21:25 - Ana: hej", at(2018, 6, 13, 21, 25)),
    ("2018-06-13, 9:25 p.m. - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("13/06/2018 à 21:25 - Ana : salut", at(2018, 6, 13, 21, 25)),
    (f"2018-06-13 21{NBSP}h{NBSP}25 - Ana: salut", at(2018, 6, 13, 21, 25)),
    ("13.06.18 \u0433., 21:25 ч. - Ана: здрасти", at(2018, 6, 13, 21, 25)),
    ("13/6/18, 9:25 μ.μ. - Άννα: γεια", at(2018, 6, 13, 21, 25)),
    ("2018/6/13 下午9:25 - 安娜: 你好", at(2018, 6, 13, 21, 25)),
    ("2018/6/13 凌晨12:25 - 安娜: 你好", at(2018, 6, 13, 0, 25)),
    ("2018/6/13 中午11:45 - 安娜: 你好", at(2018, 6, 13, 11, 45)),
    ("2018年6月13日 21:25 - 安娜: 你好", at(2018, 6, 13, 21, 25)),
    ("2018. 6. 13. 오후 9:25 - 안나: 안녕", at(2018, 6, 13, 21, 25)),
    ("2018년 6월 13일 오후 9:25 - 안나: 안녕", at(2018, 6, 13, 21, 25)),
    (f"۱۳۹۷/۳/۲۳،{RLM} ۲۱:۲۵ - آنا: سلام", at(2018, 6, 13, 21, 25)),
    (f"١٣{RLM}/٦{RLM}/٢٠١٨، ٩:٢٥ م - آنا: مرحبا", at(2018, 6, 13, 21, 25)),
    (f"{RLM}13.6.2018, 21:25 - אנה: שלום", at(2018, 6, 13, 21, 25)),
    ("১৩/৬/১৮, ৯:২৫ PM - আনা: হাই", at(2018, 6, 13, 21, 25)),
    ("13/6/2561 21:25 - แอนนา: สวัสดี", at(2018, 6, 13, 21, 25)),
    ("13/06/18 21.25 - Ana: halo", at(2018, 6, 13, 21, 25)),
    ("21:25, 13/06/2018 - Ana: chào", at(2018, 6, 13, 21, 25)),
    ("9:25 CH, 13/06/2018 - Ana: chào", at(2018, 6, 13, 21, 25)),
    ("6/13/18, 3:25 in the afternoon - Ana: hi", at(2018, 6, 13, 15, 25)),
    ("13 Jun 2018, 21:25 - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("Jun 13, 2018, 9:25 PM - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("13 de jun. de 2018 21:25 - Ana: hola", at(2018, 6, 13, 21, 25)),
    ("21:25, 13 Jun 2018 - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("2018-06-13 em 9:25 - Ana: hej", at(2018, 6, 13, 21, 25)),
    ("13/6/18, 9:25 অপরাহ্ণ - আনা: হাই", at(2018, 6, 13, 21, 25)),
    ("13/6/2018, பிற்பகல் 9:25 - Ana: hi", at(2018, 6, 13, 21, 25)),
    ("13/6/2018, முற்பகல் 9:25 - Ana: hi", at(2018, 6, 13, 9, 25)),
    ("lúc 21:25 13/06/2018 - Ana: chào", at(2018, 6, 13, 21, 25)),
    ("a las 21:25 13/06/2018 - Ana: hola", at(2018, 6, 13, 21, 25)),
    ("[klo 21.25.15 13.6.2018] Ana: hei", at(2018, 6, 13, 21, 25, 15)),
    ("[13/06/18, 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[13/06/18 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[13/06/18 21.25.15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[21:25:15, 13/6/18] Ana: chào", at(2018, 6, 13, 21, 25, 15)),
    (f"{LRM}[13.6.2018 klo 21.25.15] Ana: hei", at(2018, 6, 13, 21, 25, 15)),
    (f"[١٣{RLM}/٦{RLM}/٢٠١٨، ٩:٢٥:\u0661\u0665 م] آنا: مرحبا", at(2018, 6, 13, 21, 25, 15)),
    (f"[{LRM}13/6/2018, 9:25:15{NNBSP}PM] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[13/6/2561 BE, 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[13/6/2561 พ.ศ. 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[R1/6/13 21:25:15] Ana: hi", at(2019, 6, 13, 21, 25, 15)),
    ("[令和1年6月13日 21:25:15] Ana: hi", at(2019, 6, 13, 21, 25, 15)),
    ("[3/23/1397 AP, 9:25:15 PM] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[29/9/1439 AH, 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[06/2018/13, 21:25:15] Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("[13/06/18, 21:25:15]", at(2018, 6, 13, 21, 25, 15)),
    ("13/06/2018 21:25:15: Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("2018-06-13 9:25:15 PM: Ana: hi", at(2018, 6, 13, 21, 25, 15)),
    ("13. 6. 2018. 21:25:15 Ana: hi", at(2018, 6, 13, 21, 25, 15)),
]


@pytest.mark.parametrize(("line", "moment"), HEADS)
def test_the_headers_of_the_world(line, moment):
    assert moments([line]) == [moment]
    assert read_header(line).end == len(line) - len(values(learn_header_format(line), line)[2])


@pytest.mark.parametrize(
    "line",
    [
        "10:30 - café",
        "2016-04-29 10:30:00",
        "12/03/2021",
        "12/03/2021 - party",
        "- item",
        "1. 2. 3. - go",
        "[10:42, 05/03/2021] Zoe: copied from the web",
        "[at 10:42, 05/03/2021] Zoe: copied from the web",
        "meet 10:42 05/03/2021 - Zoe: no",
        "at 05/03/2021 10:42 - Zoe: no",
        "2025-01-01 10:00:00 INFO started: yes",
        "2025/01/01 10:00:00 started: yes",
        "[1] see 2/3/2020, 10:42 - no",
        "99/99/99, 10:42 - Ana: no such day",
        "1/2/20, 25:42 - Ana: no such hour",
        "1/2/20, 10:75 - Ana: no such minute",
        "1/2/2020 \u0661\u0660:\u0664\u0662 - Ana: digits of two scripts",
        "see you on 1/2/20, 10:42 - Ana: bye",
        "1/2/20, 10:42: nobody wrote this",
        "1/2/3/4/5/6 - x",
        "1/2/20, 10:42 x y: z",
        "",
        "]",
    ],
)
def test_what_is_no_header(line):
    assert read_header(line) is None
    assert learn_header_format(line) is None


def test_a_file_that_shows_only_am_reads_pm_later():
    header_format = learn_header_format("1/2/20, 9:25 AM - Ana: hi\n1/2/20, 10:25 AM - Ana: hi")
    assert values(header_format, "1/2/20, 9:25 PM - Ana: hi")[1] == (21 * 60 + 25) * 60
    assert values(header_format, "1/2/20, 9:25 pm - Ana: hi")[1] == (21 * 60 + 25) * 60


def test_two_ways_to_write_the_period_in_one_file():
    lines = [f"1/2/20, 12:08 p.{NBSP}m. - Ana: hi", "1/2/20, 0:30 AM - Ana: hi", "1/2/20, 0:30 PM - Ana: hi"]
    header_format = learn_header_format("\n".join(lines))
    assert [values(header_format, line)[1] for line in lines] == [43_680, 1_800, 45_000]
    assert values(header_format, "1/2/20, 3:00 a. m. - Ana: hi")[1] == 3 * 3600


def test_a_file_that_shows_one_part_of_the_day_reads_the_others_later():
    header_format = learn_header_format("2018/6/13 下午3:25 - a: b")
    assert values(header_format, "2018/6/13 凌晨3:25 - a: b")[1] == (3 * 60 + 25) * 60
    assert values(header_format, "2018/6/13 晚上9:25 - a: b")[1] == (21 * 60 + 25) * 60


def test_a_file_that_shows_one_month_reads_the_others_later():
    header_format = learn_header_format("13 Aug 2014, 21:25 - Ana: hi")
    assert values(header_format, "1 Sep 2014, 21:25 - Ana: hi")[0] == (1, -9, 2014, -1)


@pytest.mark.parametrize(
    "lines",
    [
        ["1/2/20, 3:21 PM - A: x", "1/2/20, 15:21 - A: x", "1/2/20, 3:21PM - A: x", "12/12/20, 12:21PM - A: x"],
        ["1/2/20 下午3:21 - A: x", "1/2/20 15:21 - A: x", "1/2/20 下午 3:21 - A: x"],
        [f"{LRM}[1/2/20, 3:21:00] A: x", "[1/2/20, 3:21:00] A: x", f"[{LRM}1/2/20,{RLM} 13:21:00] A: x"],
        ["1/2/20, 3:21 PM, - A: x", "1/2/20, 15:21, - A: x"],
    ],
)
def test_lines_of_one_file_may_differ_in_marks_digits_spaces_and_periods(lines):
    for order in (lines, lines[::-1]):
        header_format = learn_header_format("\n".join(order))
        assert [values(header_format, line)[1:] for line in lines] == [
            (read_header(line).seconds, line[read_header(line).end :]) for line in lines
        ]


def test_a_period_stands_before_the_hour_or_behind_it_and_never_twice():
    header_format = learn_header_format("1/2/20, 3:21 PM - A: x\n1/2/20, 4:21 PM - A: x\n1/2/20, 下午3:21 - A: x")
    assert [token.role for token in header_format.tokens].count("period") == 1
    assert values(header_format, "1/2/20, 3:21 PM - A: x") is not None


def test_tokens_begin_with_marks_and_have_marks_elsewhere_only_when_the_file_does():
    plain = learn_header_format("[1/2/20, 3:21:00] A: x")
    assert [token.kind for token in plain.tokens].count("marks") == 1
    marked = learn_header_format(f"[1/2/20,{RLM} 3:21:00] A: x")
    assert [token.kind for token in marked.tokens].count("marks") == 2
    assert plain.tokens[0].kind == marked.tokens[0].kind == "marks"


def test_the_header_format_is_that_of_most_lines_and_years_of_two_and_four_digits_are_two_header_formats():
    short, long = "5.3.21, 10:42 - Zoe: hi", "5.3.2021, 10:42 - Zoe: hi"
    header_format = learn_header_format("\n".join([short, long, long]))
    assert values(header_format, long) is not None
    assert values(header_format, short) is None
    assert learn_header_format("\n".join([short, long])) == learn_header_format(short)


def test_web_copies_and_lists_do_not_win_over_the_headers_of_the_file():
    pasted = ["[10:42, 05/03/2021] Zoe: copied"] * 5 + ["2021-03-05 10:30 - soup", "2021-03-06 10:30 - salad"]
    header_format = learn_header_format("\n".join(["5.3.21, 10:42 - Zoe: hi"] * 2 + pasted))
    assert (header_format.platform, next(token.texts for token in header_format.tokens if token.texts)) == (
        "android",
        (".",),
    )


@pytest.mark.parametrize(
    ("line", "platform", "seconds", "zero", "needs_author"),
    [
        ("1/2/20, 3:21 - A: x", "android", False, "0", False),
        ("[1/2/20, 3:21:00] A: x", "ios", True, "0", False),
        ("1/2/20 3:21:00: A: x", "ios", True, "0", True),
        ("1/2/20 3:21:00 A: x", "ios", True, "0", True),
        ("१/२/२०, ३:२१ - A: x", "android", False, "\u0966", False),
    ],
)
def test_what_a_header_format_says(line, platform, seconds, zero, needs_author):
    assert learn_header_format(line)[1:] == (platform, zero, seconds, needs_author)


def test_american_headers_have_slashes_short_years_and_a_narrow_space():
    def american(line):
        return looks_american(learn_header_format(line), [line, line])

    assert american(f"3/6/18, 1:55{NNBSP}PM - a: m")
    assert not american("3/6/18, 1:55 PM - a: m")
    assert not american(f"3/6/2018, 1:55{NNBSP}PM - a: m")
    assert not american(f"3/6/18, 1:55{NNBSP}pm - a: m")
    assert not looks_american(learn_header_format(f"3/6/18, 1:55{NNBSP}PM - a: m"), [f"1:55{NNBSP}PM"])


@pytest.mark.parametrize(
    ("clock", "period", "seconds"),
    [
        ((0, 30, 0), None, 1800), ((24, 0, 0), None, 0), ((25, 0, 0), None, None), ((10, 75, 0), None, None),
        ((10, 0, 60), None, None), ((12, 8, 0), "am", 480), ((12, 8, 0), "pm", 43_680), ((13, 30, 0), "pm", 48_600),
        ((0, 30, 0), "pm", 45_000), ((11, 0, 0), "noon", 39_600), ((1, 0, 0), "noon", 46_800),
        ((11, 0, 0), "night", 82_800), ((12, 0, 0), "night", 0), ((3, 0, 0), "night", 10_800),
        ((12, 0, 0), "midnight", 0),
    ],
)  # fmt: skip
def test_times(clock, period, seconds):
    assert time_of_day(*clock, period and PERIODS.index(period)) == seconds


@given(st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_am_and_pm_give_every_second_of_the_day_back(hour, minute, second):
    period = PERIODS.index("pm" if hour >= 12 else "am")
    assert time_of_day(hour % 12 or 12, minute, second, period) == hour * 3600 + minute * 60 + second


@given(st.text(alphabet=f"0123459[]/.:,- apmAPMjun\u0660\u0661{LRM}{NNBSP}年月日下午\n", max_size=80))
def test_any_text_is_read_or_not_without_an_error(text):
    header_format = learn_header_format(text)
    heads = [read_header(line) for line in text.split("\n")]
    assert (header_format is None) == (not any(heads))


def words_of(header_format):
    return [token.texts for token in header_format.tokens if token.kind == "word"]


def test_words_in_no_table_that_tell_lines_apart_are_parts_of_the_day():
    lines = [
        "1/2/20, zuk 9:05 - A: x", "1/2/20, zuk 11:00 - A: x", "1/2/20, vel 1:00 - A: x",
        "2/2/20, Zuk 12:30 - A: x", "2/2/20, vel 12:30 - A: x",
    ]  # fmt: skip
    header_format = learn_header_format("\n".join(lines))
    hours = [values(header_format, line)[1] / 3600 for line in lines]
    assert hours == [9 + 5 / 60, 11, 13, 0.5, 12.5]


@pytest.mark.parametrize(
    "form",
    [
        "{d}/2/2020 {w} {h}:00 - A: x", "{d}/2/2020, {h}:00{w} - A: x", "{d}/2/2020, {h}:00 {w}. - A: x",
        "{h}:00 {w}, {d}/2/2020 - A: x", "[{d}/2/2020, {h}:00:00 {w}] A: x", "[{d}/2/2020 {w}{h}:00:00] A: x",
        "{d}/2/2020 klo {w} {h}:00 - A: x", "{d}/2/2020 {w} {h}:00:00: A: x",
    ],
)  # fmt: skip
def test_such_a_word_stands_on_either_side_of_the_time(form):
    said = [(1, "zuk", 8), (1, "vel", 2), (2, "zuk", 9), (2, "vel", 1)]
    lines = [form.format(d=day, w=word, h=hour) for day, word, hour in said]
    header_format = learn_header_format("\n".join(lines))
    assert [values(header_format, line)[1] // 3600 for line in lines] == [8, 14, 9, 13]


def test_one_unknown_word_beside_a_known_one_is_a_part_of_the_day():
    lines = ["1/2/20, 9:05 AM - A: x", "1/2/20, 11:00 AM - A: x", "1/2/20, 1:00 vel - A: x"]
    header_format = learn_header_format("\n".join(lines))
    assert [values(header_format, line)[1] // 3600 for line in lines] == [9, 11, 13]


@pytest.mark.parametrize(
    "lines",
    [
        ["1/2/20 zuk 9:05 - A: x", "1/2/20 zuk 21:05 - A: x", "1/2/20 vel 22:05 - A: x"],
        ["1/2/20 at 9:05 - A: x", "1/2/20 at 10:05 - A: x", "1/2/20 om 9:05 - A: x"],
        [f"1/2/20 {word} 9:05 - A: x" for word in ["aba", "aba", "bab", "cac", "dad", "faf", "gag", "hah"]],
    ],
)
def test_other_words_beside_the_time_are_not(lines):
    header_format = learn_header_format("\n".join(lines))
    assert words_of(header_format) == []
    assert values(header_format, lines[0]) is not None
    assert values(header_format, lines[-1]) is None


def test_the_spellings_that_were_seen_are_tried_first():
    [texts] = words_of(learn_header_format("1/2/20, 3:21 PM - A: x\n1/2/20, 3:21 AM - A: x"))
    assert set(texts[:4]) == {"PM.", "PM", "AM.", "AM"}


@given(st.sets(st.sampled_from(sorted({text for words in periods().sets for text in words})), min_size=1, max_size=4))
def test_no_spelling_stands_behind_one_that_it_begins_with(seen):
    texts = list(spellings(dict.fromkeys(seen, 0), periods()))
    assert seen <= set(texts)
    assert not any(late.startswith(early) for at, early in enumerate(texts) for late in texts[at + 1 :])


def hostile():
    words = [
        f"{'apmh'[n % 4]} {'bcd'[n % 3]}{'apm'[n % 5 % 3]} {n:b}".translate({48: "x", 49: "y"}) for n in range(9999)
    ]
    yield "1" * 262_144
    yield "[" * 262_144
    yield "[1\n" * 87_000
    yield "1 - " * 65_536
    yield "1/1/20 1:11: " * 20_000
    yield "[1/1/1, 1:11:11 " * 16_000
    yield "[10:42, 05/03/2021] Zoe: hi\n" * 9_000
    yield "\n".join(f"1/1/20, {word} 1:11 {word} - x" for word in words)
    yield "\n".join(f"{word} 1/1/20, 1:11 - x" for word in words)
    yield "\n".join(f"1/1/20 1:11:11 {word}: x: y" for word in words)
    yield "\n".join(f"1 {word[:3:2]}{word[4:]} 20 1:11 - x: y" for word in words)
    yield "\n".join(
        f"1/1/20,{DIRECTION_MARKS[n % 5] * (n // 7 % 9)} zuk{' ' * (n % 2)}{n % 12}:11 - x: y" for n in range(9999)
    )


@pytest.mark.parametrize("text", [pytest.param(text, id=text[:20].strip()) for text in hostile()])
def test_hostile_beginnings_cost_less_than_a_second(text):
    learn_header_format("warm up: 1/2/20, 3:21 PM - A: x")
    began = time.process_time()
    learn_header_format(text[:262_144])
    assert time.process_time() - began < 1


def test_every_word_of_the_table_is_found_again_in_its_own_spelling():
    for words in periods().sets:
        for text in words:
            assert text in spellings({text: 0}, periods())


def test_nearly_every_locale_of_cldr_is_read_back():
    pytest.importorskip("babel")
    read = total = 0
    for lines in _written_by_every_locale():
        found = moments(lines)
        total += len(lines)
        read += sum(one in {moment, moment.replace(second=0)} for one, moment in zip(found, _MOMENTS, strict=True))
    assert total > 9000
    assert read / total > 0.99


_MOMENTS = [
    at(2024, 3, 15, 0, 5, 9), at(2024, 3, 17, 9, 7, 1), at(2024, 4, 20, 12, 8, 30), at(2024, 4, 21, 13, 30, 0),
    at(2024, 11, 28, 23, 59, 59),
]  # fmt: skip
_ZEROS = {
    "arab": 0x660, "arabext": 0x6F0, "deva": 0x966, "beng": 0x9E6, "tibt": 0xF20, "mymr": 0x1040, "nkoo": 0x7C0,
    "olck": 0x1C50, "mtei": 0xABF0, "cakm": 0x11136, "hmnp": 0x1E140, "adlm": 0x1E950,
}  # fmt: skip


def _written_by_every_locale():
    """The headers of each distinct way to write a short date and a time, on both platforms."""
    from babel import Locale, localedata

    seen = {}
    for locale in map(Locale.parse, sorted(localedata.locale_identifiers())):
        zero = _ZEROS.get(locale.default_numbering_system, ord("0"))
        digits = str.maketrans({str(digit): chr(zero + digit) for digit in range(10)})
        for pattern, frame in _times(locale):
            for glue in (", ", " "):
                lines = _lines(locale, pattern, frame, glue)
                seen |= {lines: None, tuple(line.translate(digits) for line in lines): None}
    seen.pop((), None)
    return list(seen)


def _times(locale):
    for width, names, frame in (
        ("short", ("Hm", "hm", "Bhm"), "{} - Ana: hi"),
        ("medium", ("Hms", "hms"), "[{}] Ana: hi"),
    ):
        patterns = [locale.time_formats[width], *(locale.datetime_skeletons.get(name) for name in names)]
        full = {pattern.pattern for pattern in patterns if pattern}
        # twelve hours without a day period tell nobody when it was
        yield from ((pattern, frame) for pattern in sorted(full) if re.search("[HkaB]", re.sub("'[^']*'", "", pattern)))


def _lines(locale, pattern, frame, glue):
    from babel.dates import format_date, format_time

    try:
        return tuple(
            frame.format(format_date(moment, "short", locale) + glue + format_time(moment, pattern, locale=locale))
            for moment in _MOMENTS
        )
    except ValueError:  # a few locales lack the word for a part of the day
        return ()


def test_the_table_is_small_enough_to_ship():
    path = Path(clock_words.__file__).with_name(DATA_FILES[0])
    assert path.stat().st_size < 300_000
    assert json.loads(path.read_text(encoding="utf-8")).keys() == {"periods", "months", "eras"}
