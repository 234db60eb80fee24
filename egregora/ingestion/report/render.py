"""A report in words: a few labelled lines, and no name of anybody unless it is asked for."""

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
    from egregora.ingestion.header.date_order import Dating
    from egregora.ingestion.report.report import Attachments, Places, Report
    from egregora.ingestion.survey import Survey

Line = tuple[str, str]  # a label, and what is told

_PLATFORMS = {"ios": "iOS", "android": "Android"}
_ORDERS = {
    "dmy": "day first", "mdy": "month first", "ymd": "year first", "ydm": "year, day, month", "myd": "month, year, day",
    "dym": "day, year, month",
}  # fmt: skip
_CALENDARS = {
    "gregorian": "", "buddhist": "years of the Buddhist era", "persian": "Persian calendar", "hijri": "Hijri calendar",
    "japanese": "Japanese eras", "minguo": "years of the Republic of China",
}  # fmt: skip
_KINDS = {  # as they are told; of one or of many
    "text": "text", "media": "media", "media_omitted": "media left out", "command": "/egregora commands",
    "deleted": "deleted", "poll": "polls", "location": "places", "call": "calls", "empty": "empty",
}  # fmt: skip
_LANGUAGES = {  # what of the app's words no other of these languages has
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
_MISSING_SHOWN = 5
_LABEL = 16  # columns
_GENERIC = re.compile(r"_?chat(?:[ -]\d+| ?\(\d+\))?", re.IGNORECASE)
_LAST_DAY = 31
_MINUTE = 60


def language_of(texts: Iterable[str]) -> str | None:
    """The language in which the app wrote most of `texts`; None when it did not."""
    told = Counter(language for text in texts for language, words in _LANGUAGES.items() if _has_one(text, words))
    return told.most_common(1)[0][0] if told else None


def shown(text: str) -> str:
    """`text` for a terminal: what cannot be seen there, and what would command it, as an escape."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def heading(report: "Report", *, names: bool) -> str:
    """The export and the chat in it, by their files' names, without the title unless `names`."""
    path, member = report.chat.path, report.chat.member
    inside = Path(member).parts if member else ()
    parts = [path.resolve().name, *(inside[-1:] if report.chat.is_only else inside)]
    said = parts if names else [_without_title(part) for part in parts]
    return shown(", ".join(dict.fromkeys(said)))


def block(title: str, lines: Sequence[Line], *, warning: str = "") -> str:
    """Lines under a title, with what follows a label in one column, as wide as the terminal."""
    width = min(120, max(60, shutil.get_terminal_size((120, 24)).columns))
    told = [_wrapped(f"  {label:{_LABEL}}", text, width) for label, text in lines]
    return "\n".join([title, *told, *([_wrapped("! ", warning, width)] if warning else [])])


def _wrapped(first: str, text: str, width: int) -> str:
    return textwrap.fill(
        text, width, initial_indent=first, subsequent_indent=" " * len(first), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def told(report: "Report", *, timezone: str, names: bool = False) -> list[Line]:
    """All that a report says, in the order of interest."""
    language = report.language
    lines = [
        ("platform", f"{_PLATFORMS[report.seen.shape.platform]}, heads like “{shown(report.head)}”"),
        ("language", f"{language}, by the words of the app" if language else ""),
        ("date order", _date_order(report)),
        ("span", " to ".join(_minute(wall) for wall in report.span or ()) + f", {timezone}"),
        ("messages", _messages(report)),
        ("authors", ", ".join(map(shown, report.authors)) if names else ""),
        ("system lines", f"{report.system_lines:,}"),
        ("attachments", _attachments(report.attachments, names=names, is_text=report.chat.member is None)),
        ("lines", _lines(report)),
        *_not_understood(report),
    ]
    return [line for line in lines if line[1]]


def attention(report: "Report", *, names: bool = False) -> list[Line]:
    """What a person should look at, but for `doubt`."""
    missing = report.attachments.missing if report.chat.member is not None else 0
    files = [("attachments", _attachments(report.attachments, names=names, is_text=False))] if missing else []
    return [*files, *_not_understood(report)]


def doubt(seen: "Survey", *, option: str) -> str:
    """What to do when nothing in a chat tells the order of its dates; "" when it is certain. `option` says an order."""
    dating = seen.dating
    if dating.sure or not dating.days:
        return ""
    day = date(1970, 1, 1) + timedelta(days=min(dating.days.values()))
    what = f"the order of its dates is not certain: {_ORDERS[dating.order]} by convention, so it begins on {day}"
    orders = " or ".join(option.format(order) for order in _other_orders(dating))
    return f"{what}; say {orders} if that is wrong" if orders else what


def _date_order(report: "Report") -> str:
    dating = report.seen.dating
    calendar = _CALENDARS[dating.calendar]
    return f"{_ORDERS[dating.order]}{', ' + calendar if calendar else ''}: {dating.why}"


def _other_orders(dating: "Dating") -> list[str]:
    year_is_last = any(key[2] > _LAST_DAY for key in dating.days)
    year_is_first = any(key[0] > _LAST_DAY for key in dating.days)
    possible = ["dmy", "mdy"] if year_is_last else [] if year_is_first else ["dmy", "mdy", "ymd"]
    return [order for order in possible if order != dating.order]


def _messages(report: "Report") -> str:
    kinds = [f"{report.kinds[kind]:,} {said}" for kind, said in _KINDS.items() if report.kinds[kind]]
    edited = f"; {report.edited:,} of them edited" if report.edited else ""
    return f"{report.messages:,} of {_counted(len(report.authors), 'author')}: {', '.join(kinds) or 'none'}{edited}"


def _attachments(attachments: "Attachments", *, names: bool, is_text: bool) -> str:
    if is_text:
        missing = attachments.missing
        return f"{missing:,} named, and none came along with the bare text" if missing else "none"
    if not attachments.missing:
        return f"{attachments.found:,} found" if attachments.found else "none"
    first = [
        f"{shown(name) if names else _kind_of_file(name)} (line {line})"
        for name, line in attachments.first_missing[:_MISSING_SHOWN]
    ]
    more = attachments.missing - len(first)
    named = ", ".join(first) + (f" and {more:,} more" if more else "")
    return f"{attachments.found:,} found, {attachments.missing:,} missing: {named}"


def _kind_of_file(name: str) -> str:
    """The name when the app made it; of others only the ending, for a name may be somebody's."""
    token = attachment_token(b"", name)
    if not token.startswith("file-"):
        return token
    ending = token.rpartition(".")[2] if "." in token else ""
    return f"a .{ending}" if ending else "a file"


def _lines(report: "Report") -> str:
    rest = f", {report.before:,} before the first" if report.before else ""
    begin = f"{report.beginning:,} begin a message or system line"
    return f"{report.lines:,}: {begin}, {report.going_on:,} go on with one{rest}"


def _not_understood(report: "Report") -> list[Line]:
    found = []
    if report.not_understood.count:
        found.append(("not understood", _places(report.not_understood)))
    if report.alike.count:
        found.append(("read as text", _places(report.alike, " that could begin a message")))
    return found


def _places(places: "Places", of_which: str = "") -> str:
    numbers = ", ".join(map(str, places.first))
    more = places.count - len(places.first)
    return f"{_counted(places.count, 'line')}{of_which}: {numbers}" + (f" and {more:,} more" if more else "")


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _minute(wall: int) -> str:
    return f"{datetime.fromtimestamp(wall // _MINUTE * _MINUTE, UTC):%Y-%m-%d %H:%M}"


def _without_title(name: str) -> str:
    """A file's name with an ellipsis for the chat's title, which is often somebody's name."""
    path = Path(unicodedata.normalize("NFC", name))
    title = title_of_export(path)
    if _GENERIC.fullmatch(path.stem):
        return path.name
    return path.name.replace(title, "…") if title in path.stem else f"…{path.suffix}"


def _has_one(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
