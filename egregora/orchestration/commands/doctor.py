"""What a person should look at in a project's exports, and who may be who in them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from egregora.config.erasure_list import read_forgotten
from egregora.config.key import read_key
from egregora.config.model import Settings, parsed_settings, with_people
from egregora.config.project import Project
from egregora.core.errors import ExportError
from egregora.ingestion.content.kinds import TEXT
from egregora.ingestion.lines.arrays import BoolArray, Int64Array, UInt64Array
from egregora.ingestion.lines.hashing import combine_hashes
from egregora.ingestion.merge.alias_detection import LEAST_BYTES, Proposal, Utterances, aliases_of, same_people
from egregora.ingestion.reader import NO_AUTHOR
from egregora.ingestion.report.render import date_order_warning, heading, problems, text_block
from egregora.ingestion.report.report import Piece, Report, report_on
from egregora.ingestion.source.archive import open_chats

_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Examined:
    """One chat of one export, read to its end."""

    report: Report
    said: Utterances
    messages: UInt64Array  # a number for each different one, of its minute and what it says; sorted

    @property
    def name(self) -> str:
        """The export, and the chat in it."""
        return heading(self.report, names=True)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is to be told of a project's exports."""

    exports: list[Examined]
    errors: list[ExportError]
    people: list[Proposal]
    returned: tuple[str, ...]  # other names of people who are to be forgotten


def findings_in(project: Project) -> Findings:
    """Everything about a project's exports that a person should know. Errors: SettingsError, PrivacyError."""
    settings = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name)
    errors: list[ExportError] = []
    exports = list(_examined(project.exports(), settings, errors))
    known = set(aliases_of(settings.people).values())
    proposals = same_people([export.said for export in exports], known)
    forgotten = read_forgotten(project.forgotten, read_key(project.key)) if project.forgotten.exists() else None
    gone = [each for each in proposals if forgotten and any(map(forgotten.is_author, (each.person, *each.others)))]
    names = (name for each in gone for name in (each.person, *each.others))
    returned = tuple(name for name in names if forgotten and not forgotten.is_author(name))
    return Findings(exports, errors, [each for each in proposals if each not in gone], returned)


def show_exports(exports: Sequence[Examined]) -> Iterator[str]:
    """Each export with what needs attention."""
    for number, export in enumerate(exports):
        others = ((other, number < at) for at, other in enumerate(exports) if at != number)
        whole = next((other for other, is_later in others if _is_part(export, other, keep_equal=is_later)), None)
        lines = problems(export.report, names=True)
        if warning := date_order_warning(export.report.survey, option='date_order = "{}" in egregora.toml'):
            lines.insert(0, ("date order", warning))
        if whole:
            lines.append(("contained", f"all of it is in {whole.name}: this one may be taken away"))
        yield text_block(f"{'!' if lines else '✓'} {export.name}", lines)


def show_people(proposals: Sequence[Proposal], *, written: bool) -> str:
    """Who is who, ready to be pasted into egregora.toml unless it is there already."""
    if not proposals:
        return "\nNobody seems to be there under two names."
    todo = "This is in egregora.toml now." if written else "Put it at the end of egregora.toml, or say --write."
    title, *lines = with_people("", {each.person: each.others for each in proposals}).splitlines()
    entries = (f"{line}  # {each.messages:,} messages" for line, each in zip(lines, proposals, strict=True))
    return "\n".join(["\nTwo exports have the same messages under different names. " + todo, "", title, *entries])


def _examined(paths: Iterable[Path], settings: Settings, errors: list[ExportError]) -> Iterator[Examined]:
    order = None if settings.date_order == "auto" else settings.date_order
    aliases = aliases_of(settings.people)
    for path in paths:
        try:
            for chat in open_chats(path):
                report = report_on(chat, order=order, aliases=aliases)
                yield _read(report)
        except ExportError as error:
            errors.append(error)


def _read(report: Report) -> Examined:
    messages, said = [], []
    for piece in report.pieces():
        if len(piece.lines):
            minutes, hashes = (
                piece.rows.local_seconds // _MINUTE,
                piece.rows.normalized_content_hashes(),
            )
            messages.append(np.unique(combine_hashes(minutes.astype(np.uint64), hashes)))
            chosen = _tells(piece)
            said.append((minutes[chosen], hashes[chosen], piece.rows.authors[chosen]))
    minutes, contents, authors = (np.concatenate(column) for column in zip(*said, strict=True))
    names = [name or "" for name in report.names]
    return Examined(report, Utterances(minutes, contents, authors, names), np.unique(np.concatenate(messages)))


def _tells(piece: Piece) -> BoolArray:
    """Which messages tell who wrote them: texts that two people hardly write at the same time."""
    rows = piece.rows
    lengths: Int64Array = np.fromiter(map(len, rows.texts), dtype=np.int64, count=len(rows.texts))
    tells: BoolArray = (rows.kinds == TEXT) & (rows.authors != NO_AUTHOR) & (lengths >= LEAST_BYTES)
    return tells


def _is_part(one: Examined, other: Examined, *, keep_equal: bool) -> bool:
    """Whether an export has nothing that the other has not; of two that are equal one is kept."""
    if len(one.messages) > len(other.messages) or not one.report.chat.files() <= other.report.chat.files():
        return False
    if keep_equal and len(one.messages) == len(other.messages):
        return False
    return bool(np.isin(one.messages, other.messages, assume_unique=True).all())
