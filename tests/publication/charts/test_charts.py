import re
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.publication.charts.axes import COLUMNS, axis_steps, bin_days, by_year
from egregora.publication.charts.charts import ChartRow, TimeRange, columns, hours, rows, shares
from egregora.publication.charts.svg import NARROW, WIDE, framed, standalone
from egregora.publication.model.statistics import monthly
from egregora.publication.text.locale import load_locale
from tests.conftest import examples

SVG = "{http://www.w3.org/2000/svg}"
SAY = load_locale("en")
DAYS = st.dictionaries(st.dates(date(2009, 1, 1), date(2035, 1, 1)), st.integers(1, 10**6), min_size=1, max_size=60)
NAMES = st.text(max_size=60) | st.sampled_from(
    ["</text><script>x()</script>", '" onload="x()', "]]>", "\x00\x0b\ufffe", "علي"]
)


@given(DAYS, st.integers(0, 6))
def test_bins_cover_every_day_once_and_are_not_too_many(days, week_from):
    unit, bins = bin_days(days, week_from)
    assert len(bins) <= COLUMNS
    assert sum(bin_.count for bin_ in bins) == sum(days.values())
    for day, count in days.items():
        (held,) = [bin_ for bin_ in bins if bin_.first <= day <= bin_.last]
        assert held.count >= count
    assert all(before.last + timedelta(days=1) == after.first for before, after in pairwise(bins))
    if unit == "week":
        assert {bin_.first.weekday() for bin_ in bins[1:]} == {week_from}


@given(st.integers(0, 10**9))
def test_the_top_of_a_scale_is_round_and_not_below_what_it_shows(highest):
    step, top = axis_steps(highest)
    assert top >= highest
    assert top % step == 0
    assert top // step <= 4
    assert str(step).rstrip("0") in {"1", "2", "5"}


@given(
    st.dictionaries(st.tuples(st.dates(date(2009, 1, 1), date(2035, 1, 1)), st.sampled_from("abc")), st.integers(1, 99))
)
def test_counts_by_year_are_those_by_month(counts):
    by_month = Counter()
    for (day, name), count in counts.items():
        by_month[day.replace(day=1), name] += count
    found = monthly(by_month, 2)
    assert by_year(found).total == found.total == sum(counts.values())
    assert [line.total for line in by_year(found).series] == [line.total for line in found.series]


def drawings(name, counts, size):
    months = monthly({(date(2024, 1 + at, 1), "a"): count for at, count in enumerate(counts)}, 1).months
    span = TimeRange(months, months[-1].replace(day=28), "month")
    items = [ChartRow(name, "tone-3", counts, name), ChartRow("others", "tone-none", counts, "1", own_scale=True)]
    week = [[day * hour % 5 + counts[0] for hour in range(24)] for day in range(7)]
    _, bins = bin_days({date(2024, 1, 1) + timedelta(days=at): n for at, n in enumerate(counts)}, 0)
    yield rows(items, span, SAY, size)
    yield shares(items, span, SAY, size)
    yield columns(bins, "day", SAY, size)
    yield hours(week, range(7), SAY, size)


@settings(max_examples=examples(60))
@given(NAMES, st.lists(st.integers(1, 10**6), min_size=1, max_size=12), st.sampled_from([WIDE, NARROW]))
def test_any_name_and_number_gives_a_picture_that_is_dead_and_has_its_words(name, counts, size):
    for drawing in drawings(name, counts, size):
        for picture in (framed(drawing, "x", name, name), standalone(drawing, "x", name, name)):
            root = ET.fromstring(picture)
            assert root.tag == SVG + "svg"
            assert {"role", "viewBox", "aria-labelledby"} <= set(root.attrib)
            ids = {element.get("id") for element in root}
            assert set(root.get("aria-labelledby").split()) <= ids
            tags = {element.tag.removeprefix(SVG) for element in root.iter()}
            assert tags <= {"svg", "title", "desc", "style", "g", "path", "rect", "text"}
            attributes = {key for element in root.iter() for key in element.attrib}
            assert not [key for key in attributes if key.startswith("on") or key in ("style", "href")]
        assert "<style" not in framed(drawing, "x", name, name)


@settings(max_examples=examples(40))
@given(st.lists(st.integers(0, 10**6), min_size=3, max_size=12).filter(any))
def test_steps_stay_within_the_picture(counts):
    for size in (WIDE, NARROW):
        for drawing in drawings("Ana", [max(1, count) for count in counts], size):
            for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", drawing.shapes):
                assert 0 <= float(x) <= size.width
                assert 0 <= float(y) <= drawing.height
            assert max(map(float, re.findall(r"H([\d.]+)", drawing.shapes)), default=0) <= size.width + 0.1


def test_charts_of_many_years_stay_small():
    days = {date(2012, 1, 1) + timedelta(days=at): 1000 + at for at in range(1096)}
    unit, bins = bin_days(days, 0)
    months = monthly({(day.replace(day=1), f"{n}"): 1000 for day in days for n in range(8)}, 8)
    span = TimeRange(months.months, date(2014, 12, 31), "month")
    items = [
        ChartRow(f"Somebody {line.name}", f"tone-{at}", line.counts, "12,345") for at, line in enumerate(months.series)
    ]
    week = [[1000 + day * hour for hour in range(24)] for day in range(7)]
    for drawn in (
        columns(bins, unit, SAY, WIDE),
        hours(week, range(7), SAY, WIDE),
        rows(items, span, SAY, WIDE),
        shares(items, span, SAY, WIDE),
    ):
        assert len(standalone(drawn, "x", "Title", "Text").encode()) < 16_500


def test_the_page_has_each_chart_its_file_and_its_numbers(house, elements, make):
    house.messages += [make.message(60 * number, "again", author="0011aabb") for number in range(10, 40)]
    paths = {row["path"] for row in house.build()}
    page = elements(house.read("site/timeline.html"))
    named = {attributes["href"] for tag, attributes in page.found if tag == "a" and "download" in attributes}
    assert named == {"plots/messages.svg", "plots/hours.svg", "plots/people.svg", "plots/topics.svg"}
    assert {f"site/{path}" for path in named} <= paths
    html = house.read("site/timeline.html")
    (table,) = re.findall(r"<caption[^>]*>Messages over time.*?</table>", html, re.DOTALL)
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", table))) == len(house.messages)
    (table,) = re.findall(r"<caption[^>]*>The hours of the week.*?</table>", html, re.DOTALL)
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", table))) == len(house.messages)
    assert not re.search(r"\sstyle=|<style", html)


def test_a_hostile_alias_is_text_on_the_timeline_and_in_its_files(house, elements):
    house.people[0] |= {"alias": "</text></title><script>x()</script>"}
    house.build()
    for path in ("site/timeline.html", "site/plots/people.svg"):
        assert not [attrs for tag, attrs in elements(house.read(path)).found if tag == "script" and "src" not in attrs]


def test_a_chat_without_messages_says_so_and_one_of_a_single_day_and_person_draws_no_course(house, make):
    house.messages = [make.message(1, "hello")]
    house.build()
    assert "All of it was written on 7 January 2025: 1 message." in house.read("site/timeline.html")
    assert not {"site/plots/messages.svg", "site/plots/people.svg"} & house.files().keys()
    house.messages, house.posts = [], []
    house.build()
    assert "nobody has written anything" in house.read("site/timeline.html")
    assert not [path for path in house.files() if path.startswith("site/plots")]
