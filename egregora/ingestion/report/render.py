"""Renders a report as text: a few labelled lines. Names of people appear only on request."""

import re
import shutil
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from egregora.config.key import attachment_token
from egregora.ingestion.source.chat_title import title_of_export

if TYPE_CHECKING:
    from egregora.ingestion.header.date_order import DateInterpretation
    from egregora.ingestion.report.report import Attachments, LineNumbers, Report
    from egregora.ingestion.survey import Survey

ReportLine = tuple[str, str]  # label and text

_PLATFORMS = {"ios": "iOS", "android": "Android"}
_ORDERS = {
    "dmy": "day first", "mdy": "month first", "ymd": "year first", "ydm": "year, day, month", "myd": "month, year, day",
    "dym": "day, year, month",
}  # fmt: skip
_CALENDARS = {
    "gregorian": "", "buddhist": "years of the Buddhist era", "persian": "Persian calendar", "hijri": "Hijri calendar",
    "japanese": "Japanese eras", "minguo": "years of the Republic of China",
}  # fmt: skip
_KIND_WORDS = {  # how a report names the kinds; the same for one and many
    "text": "text", "media": "media", "media_omitted": "media omitted", "command": "/egregora commands",
    "deleted": "deleted", "poll": "polls", "location": "locations", "call": "calls", "empty": "empty",
}  # fmt: skip
_APP_WORDS = {  # words of the app that occur in one of these languages only
    "English": ("file attached", "<attached:", "omitted", "message was deleted", "was edited>", "Missed v"),
    "Portuguese": (
        "o anexado", "<anexado:", "Mídia o", "não revelado>", "ocultad", "figurinha omitida", "mensagem foi",
        "Mensagem ",
    ),
    "Spanish": ("o adjunto", "<adjunto:", "Multimedia omitido", "Archivo omitido", "imagen omitida", "este mensaje"),
    "German": ("angehängt", "<Anhang:", "weggelassen", "ausgeschlossen>", "Nachricht ", "Verpasster"),
    "French": ("fichier joint", "<pièce jointe", "Médias omis", "image absente", "Ce message a été", "manqué"),
    "Italian": ("file allegato", "<allegato:", "omessi>", "omessa", "omesso", "Questo messaggio"),
    "Dutch": ("bijgevoegd", "weggelaten", "Dit bericht", "Gemiste"),
    "Russian": ("файл добавлен", "Без медиафайлов"),
    "Danish": ("Media udeladt",),
    "Norwegian": ("fil vedlagt", "Medier utelatt"),
    "Swedish": ("bifogad fil",),
    "Polish": ("plik załączony", "Pominięto multimedia"),
    "Chinese": ("文件附件",),
}  # fmt: skip
_MAX_MISSING_LISTED = 5
_LABEL_WIDTH = 16  # columns
_GENERIC_NAME = re.compile(r"_?chat(?:[ -]\d+| ?\(\d+\))?", re.IGNORECASE)
_LAST_DAY = 31
_MINUTE = 60


def app_language(texts: Iterable[str]) -> str | None:
    """The language in which the app wrote most of `texts`. None when none is found."""
    counts = Counter(language for text in texts for language, words in _APP_WORDS.items() if _contains_any(text, words))
    return counts.most_common(1)[0][0] if counts else None


def escaped(text: str) -> str:
    """`text` for a terminal: invisible and control characters become escapes."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def heading(report: "Report", *, names: bool) -> str:
    """File names of the export and the chat in it. The title is hidden unless `names`."""
    path, member = report.chat.path, report.chat.member
    inside = Path(member).parts if member else ()
    parts = [path.resolve().name, *(inside[-1:] if report.chat.is_only else inside)]
    visible = parts if names else [_without_title(part) for part in parts]
    return escaped(", ".join(dict.fromkeys(visible)))


def text_block(title: str, lines: Sequence[ReportLine], *, warning: str = "") -> str:
    """Labelled lines under a title, with the texts in one column, wrapped to the width of the terminal."""
    width = min(120, max(60, shutil.get_terminal_size((120, 24)).columns))
    wrapped = [_wrapped(f"  {label:{_LABEL_WIDTH}}", text, width) for label, text in lines]
    return "\n".join([title, *wrapped, *([_wrapped("! ", warning, width)] if warning else [])])


def _wrapped(first: str, text: str, width: int) -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def summary(report: "Report", *, timezone: str, names: bool = False) -> list[ReportLine]:
    """All lines of a report, the most interesting first."""
    language = report.language
    lines = [
        ("platform", _platform(report)),
        ("language", f"{language}, by the words of the app" if language else ""),
        ("date order", _date_order(report)),
        ("time range", " to ".join(_minute(seconds) for seconds in report.time_range or ()) + f", {timezone}"),
        ("messages", _messages(report)),
        ("authors", ", ".join(map(escaped, report.authors)) if names else ""),
        ("system lines", f"{report.system_lines:,}"),
        ("attachments", _attachments(report.attachments, names=names, is_text=report.chat.member is None)),
        ("lines", _lines(report)),
        *_unread_lines(report),
    ]
    return [line for line in lines if line[1]]


def problems(report: "Report", *, names: bool = False) -> list[ReportLine]:
    """The lines that need a person's attention; `date_order_warning` is apart."""
    missing = report.attachments.missing if report.chat.member is not None else 0
    files = [("attachments", _attachments(report.attachments, names=names, is_text=False))] if missing else []
    return [*files, *_unread_lines(report)]


def date_order_warning(survey: "Survey", *, option: str) -> str:
    """Advice when nothing in a chat decides the order of its dates, "" when it is certain.

    `option` is how to set the order, with {} for it.
    """
    dates = survey.dates
    if dates.certain or not dates.days:
        return ""
    day = date(1970, 1, 1) + timedelta(days=min(dates.days.values()))
    what = f"the order of its dates is not certain: {_ORDERS[dates.order]} by convention, so it begins on {day}"
    orders = " or ".join(option.format(order) for order in _other_orders(dates))
    return f"{what}; say {orders} if that is wrong" if orders else what


def _platform(report: "Report") -> str:
    name = _PLATFORMS[report.survey.header_format.platform]
    return f"{name}, message headers like “{escaped(report.first_header)}”"


def _date_order(report: "Report") -> str:
    dates = report.survey.dates
    calendar = _CALENDARS[dates.calendar]
    return f"{_ORDERS[dates.order]}{', ' + calendar if calendar else ''}: {dates.reason}"


def _other_orders(dates: "DateInterpretation") -> list[str]:
    year_is_last = any(key[2] > _LAST_DAY for key in dates.days)
    year_is_first = any(key[0] > _LAST_DAY for key in dates.days)
    possible = ["dmy", "mdy"] if year_is_last else [] if year_is_first else ["dmy", "mdy", "ymd"]
    return [order for order in possible if order != dates.order]


def _messages(report: "Report") -> str:
    kinds = [f"{report.kind_counts[kind]:,} {word}" for kind, word in _KIND_WORDS.items() if report.kind_counts[kind]]
    edited = f"; {report.edited:,} of them edited" if report.edited else ""
    return f"{report.messages:,} of {_with_plural(len(report.authors), 'author')}: {', '.join(kinds) or 'none'}{edited}"


def _attachments(attachments: "Attachments", *, names: bool, is_text: bool) -> str:
    if is_text:
        missing = attachments.missing
        return f"{missing:,} named; a text file comes without its files" if missing else "none"
    if not attachments.missing:
        return f"{attachments.found:,} found" if attachments.found else "none"
    first = [
        f"{escaped(name) if names else _kind_of_file(name)} (line {line})"
        for name, line in attachments.first_missing[:_MAX_MISSING_LISTED]
    ]
    more = attachments.missing - len(first)
    named = ", ".join(first) + (f" and {more:,} more" if more else "")
    return f"{attachments.found:,} found, {attachments.missing:,} missing: {named}"


def _kind_of_file(name: str) -> str:
    """The file name when the app made it up, else only its ending: the name may be somebody's."""
    token = attachment_token(b"", name)
    if not token.startswith("file-"):
        return token
    ending = token.rpartition(".")[2] if "." in token else ""
    return f"a .{ending}" if ending else "a file"


def _lines(report: "Report") -> str:
    rest = f", {report.preamble:,} before the first" if report.preamble else ""
    begin = f"{report.message_lines:,} begin a message or system line"
    return f"{report.lines:,}: {begin}, {report.continuation_lines:,} continue one{rest}"


def _unread_lines(report: "Report") -> list[ReportLine]:
    lines = []
    if report.preamble_lines.count:
        lines.append(("not understood", _format_line_numbers(report.preamble_lines)))
    if report.header_like_lines.count:
        lines.append(("read as text", _format_line_numbers(report.header_like_lines, " that could begin a message")))
    return lines


def _format_line_numbers(line_numbers: "LineNumbers", suffix: str = "") -> str:
    numbers = ", ".join(map(str, line_numbers.first))
    more = line_numbers.count - len(line_numbers.first)
    return f"{_with_plural(line_numbers.count, 'line')}{suffix}: {numbers}" + (f" and {more:,} more" if more else "")


def _with_plural(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _minute(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds // _MINUTE * _MINUTE, UTC):%Y-%m-%d %H:%M}"


def _without_title(name: str) -> str:
    """A file name with an ellipsis for the chat's title, which is often somebody's name."""
    path = Path(unicodedata.normalize("NFC", name))
    title = title_of_export(path)
    if _GENERIC_NAME.fullmatch(path.stem):
        return path.name
    return path.name.replace(title, "…") if title in path.stem else f"…{path.suffix}"


def _contains_any(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
