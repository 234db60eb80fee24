"""Hostile exports, each made from a seed and a number, and what must hold of whatever the reader makes of them.

`python tests/ingestion/fuzz.py SECONDS [SEED]` tries new ones for that long; a failure tells how to see it again:
`python tests/ingestion/fuzz.py SEED:NUMBER`.
"""

# ruff: noqa: RUF001  # digits, marks and spaces that look like others are what this is about

import io
import json
import re
import signal
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import permutations
from pathlib import Path
from random import Random
from types import MappingProxyType

import numpy as np

from egregora.core.errors import EgregoraError, ExportError
from egregora.ingestion.content.author_names import display_name
from egregora.ingestion.content.kinds import KINDS
from egregora.ingestion.parser import ingest
from egregora.ingestion.reader import Reader
from egregora.ingestion.report.render import date_order_warning, heading, problems, summary, text_block
from egregora.ingestion.report.report import report_on
from egregora.ingestion.source.archive import Chat, open_chats
from egregora.ingestion.survey import plain_line_ends, survey_chat

LONGEST = 5  # seconds of the processor for one call
LARGEST = 200_000  # bytes of a text
LRM, RLM = "\u200e", "\u200f"
MARKS = (LRM, RLM, "\u061c", "\u202a", "\u202c", "\u2066", "\u2068", "\u2069", "\ufeff")
SPACES = ("\u00a0", "\u202f", "\u2009", "\u3000", "\u2028", "\u0085", "\v", "\f", "\r", "\t")
ORDERS = ("auto", "auto", "auto", "dmy", "mdy", "ymd")
ZONES = ("UTC", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia")

ANDROID = (
    "{d:02}/{m:02}/{y}, {H:02}:{M:02} - ",
    "{d:02}/{m:02}/{y} {H:02}:{M:02} - ",
    "{m}/{d}/{s:02}, {h}:{M:02}\u202f{p} - ",
    "{d}/{m}/{y}, {h}:{M:02}\u00a0{l}.\u00a0m. - ",
    "{d}.{m}.{s:02}, {H:02}:{M:02} - ",
    "{y}. {m:02}. {d:02}. {H}:{M:02} - ",
    "{y}/{m:02}/{d:02}, {H:02}:{M:02} - ",
    "{d:02}/{m:02}/{y} à {H:02}:{M:02} - ",
    "{d} {n} {y}, {H:02}:{M:02} - ",
    "{d:02}/{m:02}/{s:02} {H:02}:{M:02}:{S:02}: ",
)
IOS = (
    "[{d:02}/{m:02}/{y}, {H:02}:{M:02}:{S:02}] ",
    "[{m}/{d}/{s:02}, {h}:{M:02}:{S:02}\u202f{p}] ",
    "[{d:02}.{m:02}.{s:02}, {H:02}:{M:02}:{S:02}] ",
    "[{y}/{m:02}/{d:02} {P}{h}:{M:02}:{S:02}] ",
    "[{d}\u200f/{m}\u200f/{y}، {h}:{M:02}:{S:02} {p}] ",
    "[{d}/{m}/{s:02} {H}.{M:02}.{S:02}] ",
)  # fmt: skip
MONTHS = ("jan.", "Feb", "März", "abril", "mai", "Jun", "июля", "Aug", "sept.", "okt", "Nov", "dez.")
ZEROS = ("0",) * 6 + ("٠", "۰", "०", "০")
NAMES = (
    "Ana", "Bia Lima", "+44 7700 900123", "~\u202fZé", "Ana: home", "Ana", 'Caio "C" Sá', 'The "Trip', "« Ana",
    "\u202a+55\u00a011\u00a098888-7777\u202c", "Vila", "Zoë 10:30", "名前", "אבא", "A"*99, "😀", "«a» - b",
    "Bia Lima",
)  # fmt: skip
SAID = (
    "ok", "oi", "", "null", "bom dia a todos", "two\nlines", "a\n\nb", "Ana: hi", "see https://x.org/a?b=c", "(ok)",
    "<Media omitted>", f"{LRM}image omitted", "IMG-20240105-WA0001.jpg (file attached)", "ends in )", "ends in >",
    f"{LRM}IMG-20240105-WA0002.jpg (arquivo anexado)\ncaption", f"cap {LRM}<attached: 00000012-PHOTO-a.jpg>",
    "This message was deleted", f"{LRM}This message was deleted.", "better <This message was edited>",
    "/egregora opt-out", f"better {LRM}<This message was edited>",
    "POLL:\nWhich?\nOPTION: a (3 votes)\nOPTION: b (1 vote)\n", "x\r\ny", "\x00",
    "location: https://maps.google.com/?q=-23.5,-46.6", "Missed voice call", f"{LRM}Missed voice call",
    "½ ﬁ 👩\u200d👩\u200d👧", f"{LRM}Ana added Bia", 'subject "a: b" to "c: d"', "foo.pdf (blah blah)",
    "note <bla bla>", "@\u2068Ana\u2069 vem?", ": ", "[05/03/2021, 10:42:11] Zoe: pasted",
    "12/05/2024, 10:00 - Zoe: pasted", "[10:42, 05/03/2021] Zoe: pasted", "\u2028\u0085",
)  # fmt: skip
SOUP = (
    *"0123456789[]()<>-/.,:;\"'«» \n\n\r@~é", "\r\n", " - ", ": ", "] ", "\x00", "AM", "p. m.", "上午", "오후",
    "μ.μ.", "ص", "BE", "R4", "klo", "à", "um", "janv.", "março", "10:42", "12/03/2025", "2024", "31", "99", "0",
    "24:00", ", ", "٣", "๒๕๖๗", "PM", "T", "Ana", *MARKS, *SPACES, *(text for text in SAID if len(text) > 1),
)  # fmt: skip
FILES = ("WhatsApp Chat with Vila.txt", "_chat.txt", "Conversa do WhatsApp com Vila.txt", "x.txt", "a/_chat.txt")
CASES = tuple(
    "".join(case["text"]).encode(case.get("encoding", "utf-8"), "surrogateescape")
    for file in sorted((Path(__file__).parent / "cases").glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))
)

SURVEYED = ("header_format", "dates", "line_end", "all_crlf", "names_with_colons", "title", "lines", "learned_phrases")
REPORTED = (
    "first_header", "time_range", "kind_counts", "edited", "attachments", "lines", "message_lines", "preamble",
    "preamble_lines", "header_like_lines", "authors",
)  # fmt: skip


class WrongError(AssertionError):
    """What must hold and does not."""


class LateError(Exception):
    """What took too long."""


def demand(holds, *what):
    if not holds:
        raise WrongError(" ".join(str(part)[:2000] for part in what))


# --- inputs: exports and pieces of them


def head(form, zero, moment):
    hour = moment.hour % 12 or 12
    text = form.format(
        d=moment.day, m=moment.month, y=moment.year, s=moment.year % 100, H=moment.hour, h=hour, M=moment.minute,
        S=moment.second, p="AM" if moment.hour < 12 else "PM", P="午前" if moment.hour < 12 else "午後",
        l="a" if moment.hour < 12 else "p", n=MONTHS[moment.month - 1],
    )  # fmt: skip
    return "".join(chr(ord(zero) + int(letter)) if letter in "0123456789" else letter for letter in text)


def story(random, size=None):
    """What is said in a chat: when, and by whom."""
    moment = datetime(random.choice([1999, 2014, 2024, 2024, 2024]), random.randint(1, 12), random.randint(1, 28))  # noqa: DTZ001  # a wall time
    names = random.sample(NAMES, random.randint(1, 5))
    steps = random.choice([[0], *[[0, 1, 9, 30, 61, 3000, 40_000, 400_000]] * 9, *[[0, 1, 4, 61]] * 5])
    summary = []
    for _ in range(size or random.choice([1, 2, 4, 8, 8, 30, 30, 200])):
        moment += timedelta(seconds=random.choice(steps))
        said = random.choice(SAID) + random.choice(["", "", f" {random.randint(0, 9)}"])
        summary.append((moment, f"{random.choice(names)}: " if random.random() < 0.9 else "", said))
    return summary


def written(random, summary):
    """The messages of a chat, each as it stands in an export that has it."""
    ios = random.random() < 0.5
    form, zero = random.choice(IOS if ios else ANDROID), random.choice(ZEROS)
    leads, end = (["", "", "", "", LRM], "\r\n") if ios else ([""], "\n")
    return [
        f"{random.choice(leads)}{head(form, zero, moment)}{author}{said}{end}".encode()
        for moment, author, said in summary
    ]


def chat(random):
    return b"".join(written(random, story(random)))


def soup(random, size=None):
    return "".join(random.choices(SOUP, k=size or random.choice([5, 40, 300, 2000]))).encode()


def half_soup(random):
    """Lines of a chat with soup behind their headers, or before them."""
    lines = chat(random).split(b"\n")
    return b"\n".join(
        line[: random.randint(8, 40)] + soup(random, 6) if random.random() < 0.3 else line for line in lines
    )


def original(random):
    """A text that nobody has damaged yet, with or without a last line end."""
    kind = random.random()
    if kind < 0.45:
        data = chat(random)
    elif kind < 0.85:
        data = random.choice(CASES)
    else:
        data = half_soup(random) if kind < 0.95 else soup(random)
    return data.rstrip(b"\r\n") if random.random() < 0.2 else data


def lines_changed(change):
    """A mutation of a list of lines, as one of bytes."""

    def changed(random, data):
        lines = data.splitlines(keepends=True) or [b""]
        change(random, lines)
        return b"".join(lines)

    return changed


def inserted(texts):
    """A mutation that puts some of `texts` anywhere, more often where a line begins."""

    def changed(random, data):
        for _ in range(random.choice([1, 1, 2, 8])):
            starts = [0, *(found.end() for found in re.finditer(rb"\n", data))]
            at = random.choice(starts) if random.random() < 0.5 else random.randint(0, len(data))
            data = data[:at] + random.choice(texts) + data[at:]
        return data

    return changed


def drop(random, lines):
    del lines[(at := random.randrange(len(lines))) : at + random.randint(1, 3)]


def double(random, lines):
    at, end = sorted(random.randint(0, len(lines)) for _ in range(2))
    lines[at:at] = lines[at : min(end, at + 20)]


def shuffle(random, lines):
    random.shuffle(lines)


def join(random, lines):
    at = random.randrange(len(lines))
    lines[at] = lines[at].rstrip(b"\r\n")


def behead(random, lines):
    at = random.randrange(len(lines))
    lines[at] = lines[at][random.randint(0, 30) :]


def cut_off(random, lines):
    at = random.randrange(len(lines))
    lines[at] = lines[at][: random.randint(0, 30)] + random.choice([b"", b"\n", b"\r\n"])


def mix_ends(random, lines):
    share, ends = random.choice([0.05, 0.5, 1]), random.choice([(b"\n", b"\r\n"), (b"\r",), (b"\r\n",), (b"\r\r\n",)])
    for at, line in enumerate(lines):
        if random.random() < share:
            lines[at] = line.rstrip(b"\r\n") + random.choice(ends)


def flip(random, data):
    data = bytearray(data)
    for _ in range(random.choice([1, 2, 10]) if data else 0):
        data[random.randrange(len(data))] = random.randrange(256)
    return bytes(data)


def other_digits(random, data):
    share = random.choice([0.01, 0.1, 1])
    return re.sub(rb"\d", lambda one: b"%d" % random.randrange(10) if random.random() < share else one[0], data)


def other_numbers(random, data):
    share, numbers = (
        random.choice([0.02, 0.3]),
        [b"0", b"00", b"29", b"31", b"32", b"60", b"99", b"1900", b"9999", b"12345"],
    )
    return re.sub(rb"\d+", lambda one: random.choice(numbers) if random.random() < share else one[0], data)


def other_encoding(random, data):
    encoding = random.choice(["utf-16", "utf-16-le", "utf-16-be", "cp1252", "utf-8-sig", "latin-1"])
    return data.decode("utf-8", "replace").encode(encoding, "replace")


def long_line(random, data):
    at, length = random.randint(0, len(data)), random.choice([300, 5_000, 70_000])
    return data[:at] + (random.choice(SOUP).encode() * length)[:length] + data[at:]


def blank_lines(random, data):
    at = random.randint(0, len(data))
    return (
        data[:at]
        + random.choice([b"\n", b"\r\n", b" \n", b"\xe2\x80\x8e\n"]) * random.choice([3, 300, 5000])
        + data[at:]
    )


def spliced(random, data):
    other = original(random)
    at, back = random.randint(0, len(data)), random.randint(0, len(other))
    return data[:at] + other[back:] + random.choice([b"", data[at:]])


def repeated(random, data):
    return data * random.choice([2, 3, 20])


def forged(random, data):
    form, moment = random.choice([*ANDROID, *IOS]), datetime(2024, 1, 5, 10, 0, 5)  # noqa: DTZ001  # a wall time
    forgery = f"{head(form, random.choice(ZEROS), moment)}Zoe: forged"
    return inserted([forgery.encode(), b"\n" + forgery.encode() + b"\n", b"\r\n" + forgery.encode() + b"\r\n"])(
        random, data
    )


MUTATIONS = (
    *map(lines_changed, (drop, double, shuffle, join, behead, cut_off, mix_ends, mix_ends)),
    flip, other_digits, other_numbers, other_encoding, long_line, blank_lines, spliced, repeated, forged, forged,
    inserted([mark.encode() for mark in MARKS]), inserted([space.encode() for space in SPACES]),
    inserted([b"\xff", b"\xc3", b"\xe2\x80", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\x80", b"\xc0\x80", b"\x93"]),
    inserted([b"\x00", b"\x00" * 64, b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]),
    inserted([b": ", b":", b'"', "«".encode(), b" - ", b"[", b"] ", b"> ", b")", b"\n", b"\r\n"]),
    inserted([text.encode() + b"\n" for text in SAID]),
)  # fmt: skip


def damaged(random, data):
    for _ in range(random.choice([0, 1, 1, 2, 3, 6])):
        data = random.choice(MUTATIONS)(random, data)[:LARGEST]
    return data


def zipped(random, members):
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # names that come twice
        for name, content in members:
            entry = zipfile.ZipInfo(
                name, random.choice([(2024, 2, 1, 0, 0, 0), (1980, 1, 1, 0, 0, 0), (2030, 12, 31, 5, 5, 5)])
            )
            packed = random.choice(
                [zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
            )
            archive.writestr(entry, content, packed)
    return buffer.getvalue()


def zip_of(random, texts):
    """A zip around texts, sometimes in another one, sometimes damaged."""
    strange = [
        "../x.txt",
        "/abs.txt",
        "C:\\x.txt",
        "a\\b.txt",
        "x.TXT",
        "é\u0301.txt",
        "__MACOSX/._chat.txt",
        "folder/",
    ]
    members = [(random.choice([*FILES, *FILES, *strange[3:]]), text) for text in texts]
    others = ["IMG-20240105-WA0001.jpg", "00000012-PHOTO-a.jpg", "x.vcf", *strange]
    members += [(random.choice(others), b"x" * random.choice([0, 9])) for _ in range(random.choice([0, 0, 1, 5]))]
    random.shuffle(members)
    data = zipped(random, members)
    if random.random() < 0.2:
        data = zipped(random, [(random.choice(["a.zip", "WhatsApp Chat - Vila.zip"]), data)] * random.choice([1, 1, 2]))
    return zip_damaged(random, data) if random.random() < 0.6 else data


def zip_damaged(random, data):
    for _ in range(random.choice([1, 1, 2, 5])):
        kind, directory = random.random(), max(data.find(b"PK\x01\x02"), 0)
        at = random.randint(directory, len(data)) if kind < 0.5 else random.randint(0, len(data))
        data = data[:at] + bytes([random.choice([0, 1, 8, 12, 99, 255, random.randrange(256)])]) + data[at + 1 :]
        if kind > 0.9:
            data = data[:at] if kind > 0.95 else data[at:]
    return data


def overlapping(random):
    """Exports of one chat, from different phones and times, with later changes, some of them a bit damaged."""
    summary = story(random, random.choice([3, 10, 30, 60, 60, 2000]))
    exports, phone = [], random.random()
    for _ in range(random.choice([2, 2, 3])):
        first, last = sorted(random.randint(0, len(summary)) for _ in range(2))
        written_by = random if random.random() < 0.3 else Random(phone)
        data = b"".join(written(written_by, changed(random, summary[first:last] or summary)))
        exports.append(damaged(random, data) if random.random() < 0.4 else data)
    return exports


def changed(random, summary):
    """The same with some messages edited, deleted or lost."""
    share, found = random.choice([0, 0.1, 0.5]), []
    for moment, author, said in summary:
        kind = random.random() / share if share else 1
        if kind > 0.2:
            other = "This message was deleted" if kind < 0.5 else f"{said} <This message was edited>"
            found.append((moment, author, other if kind < 0.8 else said))
    return found or summary


# --- what must hold


@contextmanager
def in_time(longest=LONGEST):
    """Wrong, when what is inside keeps the processor busy for too long, or waits for something that never comes."""
    signals = {signal.SIGPROF: (signal.ITIMER_PROF, longest), signal.SIGALRM: (signal.ITIMER_REAL, 20 * longest)}

    def stop(_signal, _frame):
        for timer, _ in signals.values():
            signal.setitimer(timer, 0)  # or the second comes while the first is told
        raise LateError

    before = {number: signal.signal(number, stop) for number in signals}
    try:
        for timer, seconds in signals.values():
            signal.setitimer(timer, seconds)
        yield
    except LateError as late:  # pytest cannot show where a signal came in
        where = "".join(traceback.format_tb(late.__traceback__)[-3:])
        raise WrongError(f"took more than {longest} seconds, in\n{where}") from None
    finally:
        for timer, _ in signals.values():
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def refusing():
    """Any refusal says where and what to do."""
    try:
        with in_time():
            yield
    except EgregoraError as error:
        demand(
            isinstance(error, ExportError) and error.what and error.where and error.fix,
            "a refusal that does not help:",
            repr(error),
            vars(error),
        )
        raise


@contextmanager
def accepting():
    """Wrong, when what was read already is refused."""
    try:
        yield
    except EgregoraError as error:
        raise WrongError("refused, and was not before") from error


class InPieces(Chat):
    """A chat that comes in pieces of some size, whatever the reader asks for."""

    def sized(self, size):
        object.__setattr__(self, "size", size)
        return self

    def pieces(self, size=None):
        if size is None and self.size < 64:
            text = b"".join(Chat.pieces(self)).decode()
            return (text[at : at + self.size].encode() for at in range(0, len(text), self.size))
        return Chat.pieces(self, size or self.size)


def rows_in(rows, names):
    """The rows of a piece, comparable."""
    columns = (
        rows.local_seconds,
        rows.authors,
        rows.kinds,
        rows.edited,
        rows.content_hashes,
        rows.normalized_content_hashes(),
    )
    values = zip(*(column.tolist() for column in columns), strict=True)
    return [
        (wall, names[author], KINDS[kind], rows.texts[at], rows.attachments.get(at), edited, *hashes)
        for at, (wall, author, kind, edited, *hashes) in enumerate(values)
    ]


def check_chat(random, chat, order):
    """One chat: whole, in small pieces, and as reported."""
    with refusing():
        text = b"".join(chat.pieces())
    with refusing():
        survey = survey_chat(chat, order=order)
    whole = b"".join(plain_line_ends(iter([text]))) if survey.all_crlf else text
    with refusing():
        every = list(survey.records(chat))
    demand(b"".join(records.raw[: records.end] for records in every) == whole, "bytes lost by the records")
    reader = Reader(survey, MappingProxyType({}))
    rows = [row for records in every for row in rows_in(reader.read(records), reader.names)]
    check_texts(survey, every, rows)
    with refusing():
        found = reported(chat, order)
    same_rows(rows, found[2], "the report")
    check_report(*found, text)
    sizes = [1, 2, 3, 7] if len(text) < 400 else [64, 65, 100, 333, 1000, 5000]
    small = InPieces(chat.path, chat.member, chat.written_on, chat.inner_zip, chat.file_names)
    check_pieces(small.sized(max(random.choice(sizes), len(text) // 60)), order, found, text)
    return rows, found[0]


def check_bytes(path, data):
    """What is UTF-8 already is read as it stands."""
    with refusing():
        (chat,) = open_chats(path)
    if b"\x00" not in data and is_utf8(data):
        demand(b"".join(chat.pieces()) == data.removeprefix(b"\xef\xbb\xbf"), "bytes lost")


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def reported(chat, order):
    """A report, the line of each message, and the rows."""
    report, lines, rows = report_on(chat, order=order), [], []
    for piece in report.pieces():
        lines += piece.lines.tolist()
        rows += rows_in(piece.rows, report.names)
    shown = text_block(heading(report, names=True), summary(report, timezone="UTC", names=True))
    demand(
        shown and text_block("", problems(report), warning=date_order_warning(report.survey, option="{}")) is not None
    )
    return report, lines, rows


def check_texts(survey, every, rows):
    """Between the end of a header and the next header there is a name, a text and a line end, and nothing else."""
    spans = []
    for records in every:
        starts = records.headers.starts
        ends = np.append(starts[1:], records.end)[: len(starts)]
        demand((starts < records.headers.ends).all() and (records.headers.ends <= ends).all(), "heads that overlap")
        spans += records.slices(records.headers.ends, ends)
    demand(len(spans) == len(rows), f"{len(rows)} rows of {len(spans)} heads")
    for span, row in zip(spans, rows, strict=True):
        check_text(span, row, ios=survey.ios)


def check_text(span, row, *, ios):
    _, author, kind, text, attachment, edited, *_ = row
    wrong = ("text lost:", span, row)
    demand((author is None) == (kind == "system"), *wrong)
    if kind in ("media", "media_omitted") or edited:  # the app's words are taken out
        demand(attachment is None or attachment.encode() in span, *wrong)
        demand(all(line in span for line in text.split(b"\n")), *wrong)
        return
    before = [span[: -len(end)] if end else span for end in (text + b"\r\n", text + b"\n", text) if span.endswith(end)]
    if author is None:
        demand(before if ios else b"" in before, *wrong)
    else:
        names = [re.fullmatch(r"(.*?):? ?[\u200e\u200f]?", name.decode(), re.DOTALL)[1] for name in before]
        demand(author in map(display_name, names), *wrong)


def check_report(report, lines, rows, text):
    wrong = report.lines, report.message_lines, report.continuation_lines, report.preamble
    demand(report.lines == text.count(b"\n") + (text[-1:] not in (b"", b"\n")), "lines lost:", wrong)
    demand(
        report.lines == report.message_lines + report.continuation_lines + report.preamble == report.survey.lines,
        "lines lost:",
        wrong,
    )
    demand(
        report.message_lines == len(lines) == len(rows) == report.messages + report.system_lines, "rows lost:", wrong
    )
    demand(
        min(report.continuation_lines, report.preamble) >= 0
        and report.preamble == report.preamble_lines.count == lines[0] - 1,
        wrong,
    )
    demand(lines == sorted(set(lines)) and lines[-1] <= report.lines, "lines of messages", lines)
    demand(
        report.header_like_lines.count <= report.continuation_lines
        and not set(report.header_like_lines.first) & set(lines),
        "alike",
        report.header_like_lines,
    )
    demand(report.kind_counts == Counter(row[2] for row in rows), report.kind_counts)
    demand(
        report.attachments.found + report.attachments.missing == sum(row[4] is not None for row in rows), "attachments"
    )


def check_pieces(small, order, wanted, text):
    """What is read in small pieces is what is read in one."""
    demand(b"".join(small.pieces()) == text, "other bytes in pieces of", small.size)
    report, lines, rows = wanted
    with in_time(), accepting():
        other, other_lines, other_rows = reported(small, order)
    for field in SURVEYED:
        same(report.survey, other.survey, field, small.size)
    same_rows(rows, other_rows, f"pieces of {small.size}")
    for field in REPORTED:
        same(report, other, field, small.size)
    demand(lines == other_lines, "lines of messages", lines, other_lines)


def same(one, other, field, size):
    values = getattr(one, field), getattr(other, field)
    demand(values[0] == values[1], f"another {field} in pieces of {size}:", *values)


def same_rows(rows, others, where):
    for at, (row, other) in enumerate(zip(rows, others, strict=False)):
        demand(row == other, f"row {at} differs in {where}:", row, other)
    demand(len(rows) == len(others), f"{len(rows)} rows, {len(others)} in {where}")


def ingested(paths, key, order, zone):
    """The rows of each table, those of a table sorted."""
    tables = defaultdict(list)
    with refusing():
        for name, table in ingest(exports=tuple(paths), key=key, timezone=zone, date_order=order):
            tables[name] += table.to_pylist()
    for rows in tables.values():
        rows.sort(key=lambda row: json.dumps(row, default=str, sort_keys=True))
    ids = Counter((row["chat_id"], row["message_id"]) for row in tables["ingested_messages"])
    demand(all(count == 1 for count in ids.values()), "an id twice")
    check_places(tables, zone)
    counted = sum(row["messages"] for row in tables["exports"])
    demand(counted >= len(ids), "more messages than exports have")
    return tables


def check_places(tables, zone):
    """Messages of one time are numbered from 0 in a chat; but where clocks are changed two times may be one."""
    placed = {(row["chat_id"], row["message_id"]): row["position"] for row in tables["message_order"]}
    demand(len(placed) == len(tables["message_order"]), "a position twice")
    times = defaultdict(list)
    for row in tables["ingested_messages"]:
        times[row["chat_id"], row["timestamp"]].append(placed.pop((row["chat_id"], row["message_id"]), 0))
    demand(not placed, "positions of nothing", placed)
    wrong = {time: places for time, places in times.items() if sorted(places) != [*range(len(places))]}
    demand(not wrong or zone != "UTC", "positions", wrong)


def check_export(random, path, key):
    """One export, whatever it holds. Errors: ExportError when it is refused."""
    order, zone = random.choice(ORDERS), random.choice(ZONES)
    known = None if order == "auto" else order
    with refusing():
        chats = open_chats(path)
    found = [check_chat(random, chat, known) for chat in chats]
    with accepting():
        tables = ingested([path], key, order, zone)
    if len(found) == 1:
        ((rows, report),) = found
        texts = Counter(
            (row["author"], row["kind"], row["message"], row["attachment"]) for row in tables["ingested_messages"]
        )
        demand(texts == Counter((row[1], row[2], row[3].decode(), row[4]) for row in rows), "other rows in the table")
        demand([row["lines"] for row in tables["exports"]] == [report.lines], "exports.lines")
    return sum(len(rows) for rows, _ in found)


def check_merge(random, paths, key):
    """Several exports together: in any order the same, and no less than any of them. Errors: ExportError."""
    order, zone = random.choice(ORDERS), random.choice(ZONES)
    alone = {path: ingested([path], key, order, zone)["ingested_messages"] for path in paths}
    largest = max(len(rows) for rows in alone.values())
    orders = list(permutations(paths))
    first, *others = random.sample(orders, 2)
    with accepting():
        tables = ingested(first, key, order, zone)
    demand(len(tables["ingested_messages"]) >= largest, "fewer rows than one export has", largest)
    if len({row["chat_id"] for row in tables["ingested_messages"]}) == 1:
        check_nothing_vanished(tables["ingested_messages"], alone.values())
    for other in others:
        demand(ingested(other, key, order, zone) == tables, "another table in another order")
    return len(tables["ingested_messages"])


def check_nothing_vanished(merged, alone):
    """Of each author and minute there is as much as in any one export."""
    have = Counter((row["author"], row["timestamp"].replace(second=0)) for row in merged)
    for rows in alone:
        lost = Counter((row["author"], row["timestamp"].replace(second=0)) for row in rows) - have
        demand(not lost, "rows that vanished in the merge:", lost)


# --- the run


def try_one(seed, number, folder):
    """Make an input and check it: what kind of input it was, and how many rows came out of it."""
    random = Random(f"{seed}:{number}")
    (folder / "key").write_text("5b" * 32 + "\n")
    kind = random.choices(["text", "zip", "merge"], [6, 2, 2])[0]
    try:
        if kind == "merge":
            texts = overlapping(random)
            paths = [folder / str(at) / random.choice(FILES[:4]) for at in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                path.parent.mkdir(parents=True)
                path.write_bytes(text)
            return kind, check_merge(random, paths, folder / "key")
        if kind == "zip":
            texts = [damaged(random, original(random)) for _ in range(random.choice([1, 1, 1, 2, 3]))]
            path, data = folder / "WhatsApp Chat - Vila.zip", zip_of(random, texts)
        else:
            path, data = folder / random.choice(FILES[:4]), damaged(random, original(random))
        path.write_bytes(data)
        if kind == "text":
            check_bytes(path, data)
        return kind, check_export(random, path, folder / "key")
    except EgregoraError:
        return f"{kind} refused", 0


def failure_of(seed, number):
    """What is wrong with this input, None when nothing is; and what `try_one` tells of it."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return None, try_one(seed, number, Path(folder))
        except Exception:  # noqa: BLE001  # whatever it is, it is what we look for
            return f"{seed}:{number}\n{traceback.format_exc()}", ("failed", 0)


def run(seconds, seed):
    """Try inputs for some time; how many there were of each kind, and each kind of failure once."""
    end, number = time.monotonic() + seconds, 0
    tried, rows, failures = Counter(), 0, {}
    while time.monotonic() < end:
        failure, (kind, count) = failure_of(seed, number)
        tried[kind] += 1
        rows += count
        number += 1
        if failure and (what := re.sub(r"\d+", "9", "".join(failure.splitlines()[-1:]))[:40]) not in failures:
            failures[what] = failure
            print(failure, flush=True)
    print(f"seed {seed}: {number} inputs, {rows} rows, {dict(tried)}, {len(failures)} kinds of failures", flush=True)
    return failures


def main(arguments):
    warnings.simplefilter("error")
    for name in ("fetch_arrow_table", "fetch_record_batch", "The 'future.infer_string' option"):
        warnings.filterwarnings("ignore", message=name)
    first, *rest = arguments
    if ":" in first:
        failure, summary = failure_of(*first.split(":"))
        print(failure or summary)
        return bool(failure)
    return bool(run(float(first), rest[0] if rest else "0"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
