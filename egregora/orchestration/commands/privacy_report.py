"""What was found and taken out, what is published, and what no program can judge."""

import stat
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TextIO

from egregora.config.erasure_list import read_forgotten
from egregora.config.key import read_key
from egregora.config.model import Settings, parsed_settings
from egregora.config.project import Project
from egregora.core.egress import IN_SETTINGS
from egregora.core.errors import SettingsError
from egregora.orchestration.database import only_read
from egregora.orchestration.engine.status import freshness_of, status_of

if TYPE_CHECKING:
    from rich.table import Table

_KINDS = {  # of `redactions`, as they are told; another kind is told as it is
    "person": "names of people", "phone": "phone numbers", "email": "e-mail addresses", "id": "identity numbers",
    "card": "card numbers", "invite": "invitation links", "address": "street addresses", "location": "places",
    "profile": "links to profiles", "attachment": "file names", "system": "the app's own lines",
}  # fmt: skip
_HANDLES = {"words": "two made-up words", "code": "their pseudonyms"}
_SMALL = 15  # people, among whom everybody knows who writes how
_BAR, _LABEL = 24, 22  # columns
_PRIVATE = 0o077
_MOST_WITHHELD = 20  # places that are listed

_REDACTIONS = "SELECT kind, sum(count), count(*) FROM redactions GROUP BY kind ORDER BY 2 DESC, 1"
_SHOWN = "SELECT count(alias), count(bio), count(twitter), count(website) FROM author_profiles"
_POSTS = "SELECT count(*), min(date), max(date), sum(len(cited_message_ids)) FROM generated_posts"
_MEDIA = """SELECT count(DISTINCT site_relative_path), count(DISTINCT media_id) FILTER (site_relative_path IS NULL)
            FROM media_files"""
_PEOPLE = "SELECT count(DISTINCT author), count(*) FROM anonymized_messages WHERE author IS NOT NULL"
_WITHHELD = 'SELECT kind, "where", count(DISTINCT sentence) FROM withheld GROUP BY ALL ORDER BY ALL'
_LEFT_OUT = "SELECT reason, people, messages FROM left_out ORDER BY ALL"


class Facts(NamedTuple):
    """What the report tells, without a name or a pseudonym."""

    redactions: Sequence[tuple[str, int, int]]  # kind, places, messages
    left_out: Sequence[tuple[str, int, int]]  # why, people, messages
    forgotten: int
    people: int
    messages: int
    shown: Sequence[int]  # aliases, bios, twitter names, websites
    posts: int
    days: tuple[str, str]
    quoted: int
    pictures: int
    unpublished: int  # files
    withheld: Sequence[tuple[str, str, int]]  # kind, where, sentences
    settings: Settings
    open_files: Sequence[str]  # secrets that others may read
    stale: Sequence[str]


def facts_of(project: Project) -> Facts:
    """What there is to tell of the last build. Errors: SettingsError when there is none; BusyError; PrivacyError."""
    freshness, busy = freshness_of(project)
    if busy is not None:
        raise busy
    if not project.database.exists():
        raise SettingsError("nothing is built yet", where=str(project.folder), fix="run `doit` first")
    with only_read(project.database) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if not tables >= {"redactions", "left_out", "author_profiles", "generated_posts", "media_files"}:
            raise SettingsError("the last build did not get far enough", where=str(project.folder), fix="run `doit`")
        (people,), (posts,), (media,), (shown,) = (
            connection.execute(query).fetchall() for query in (_PEOPLE, _POSTS, _MEDIA, _SHOWN)
        )
        redactions, left_out = (connection.execute(query).fetchall() for query in (_REDACTIONS, _LEFT_OUT))
        withheld = connection.execute(_WITHHELD).fetchall() if "withheld" in tables else []
    return Facts(
        redactions=redactions,
        left_out=left_out,
        forgotten=read_forgotten(project.forgotten, read_key(project.key)).people,
        people=people[0],
        messages=people[1],
        shown=shown,
        posts=posts[0],
        days=(str(posts[1] or ""), str(posts[2] or "")),
        quoted=posts[3] or 0,
        pictures=media[0],
        unpublished=media[1],
        withheld=withheld,
        settings=parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name),
        open_files=list(_open_files(project)),
        stale=[row.stage.name for row in status_of(freshness) if row.verdict != "fresh"],
    )


def _open_files(project: Project) -> Iterator[str]:
    for path in (project.database, project.key, project.forgotten, project.settings_file, project.exports_dir):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & _PRIVATE:
            yield path.name


def show(facts: Facts, stream: TextIO) -> None:
    """Write the report for people."""
    from rich.console import Console
    from rich.padding import Padding

    console = Console(file=stream, highlight=False, emoji=False)
    parts = (
        ("Taken out of the texts", _redactions(facts)),
        ("People", _pairs(_people(facts))),
        ("Withheld", _pairs(_withheld(facts))),
        ("Published", _pairs(_published(facts))),
        ("Left to your judgement", _pairs(_judgement(facts))),
    )
    with console.capture() as capture:
        for title, table in parts:
            console.print(title, style="bold", markup=False)
            console.print(Padding(table, (0, 0, 1, 2)))
        for warning in _warnings(facts):
            console.print(f"! {warning}", style="yellow", markup=False)
    stream.write("\n".join(line.rstrip() for line in capture.get().rstrip().splitlines()) + "\n")


def _redactions(facts: Facts) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(min_width=_LABEL)
    most = max((places for _, places, _ in facts.redactions), default=1)
    for kind, places, messages in facts.redactions:
        bar = Text("━" * max(1, round(_BAR * places / most)), style="cyan")
        said = f"in {_counted(messages, 'message')}"
        table.add_row(Text(_KINDS.get(kind, kind)), Text(f"{places:,}", justify="right"), Text(said), bar)
    if not facts.redactions:
        table.add_row(Text("nothing: no rule found anything"))
    return table


def _pairs(rows: Iterator[tuple[str, str]]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True, min_width=_LABEL)
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(Text(label), Text(text))
    return table


def _people(facts: Facts) -> Iterator[tuple[str, str]]:
    told = f"{_counted(facts.people, 'person')} with {_counted(facts.messages, 'message')}, all under pseudonyms"
    yield "in the tables", told
    asked = {reason: (people, messages) for reason, people, messages in facts.left_out}
    people, messages = asked.pop("because they asked", (0, 0))
    yield "opted out", f"{_counted(people, 'person')}: {_counted(messages, 'message')} left out" if people else "nobody"
    for reason, _, number in facts.left_out:
        if reason in asked:
            yield "commands" if "commands" in reason else "refused", f"{_counted(number, 'message')} left out {reason}"
    yield "forgotten", _counted(facts.forgotten, "person") if facts.forgotten else "nobody"
    names = ("an alias", "a bio", "a name on Twitter", "a website")
    chosen = [f"{name} ({number:,})" for number, name in zip(facts.shown, names, strict=True) if number]
    yield "show of their own will", ", ".join(chosen) or "nothing"


def _withheld(facts: Facts) -> Iterator[tuple[str, str]]:
    """What the gate did not let out: it looked personal after all was taken out."""
    for kind, where, sentences in facts.withheld[:_MOST_WITHHELD]:
        label = _KINDS.get(kind, kind)
        if where.endswith(IN_SETTINGS):
            yield label, f"{where}: choose another; the site keeps the old one"
        else:
            yield label, f"{sentences:,} {'sentence' if sentences == 1 else 'sentences'} in {where}"
    more = len(facts.withheld) - _MOST_WITHHELD
    if more > 0:
        yield "and", f"{more:,} more places: SELECT * FROM withheld in egregora.duckdb"
    if not facts.withheld:
        yield "nothing", "what is left looked personal nowhere"


def _published(facts: Facts) -> Iterator[tuple[str, str]]:
    settings = facts.settings
    days = f", from {facts.days[0]} to {facts.days[1]} (`from_date`, `to_date`)" if facts.posts else ""
    yield "posts", f"{facts.posts:,}, one a {settings.period} (`period`){days}"
    yield "quoted", f"{_counted(facts.quoted, 'message')} word for word, as far as no rule took something out"
    yield "people", f"under {_HANDLES[settings.handles]} (`handles`), or an alias; profiles with numbers and topics"
    yield "times", f"of each quoted message, on clocks of {settings.timezone} (`timezone`)"
    yield "pictures", f"{facts.pictures:,}, without place and camera; what they show is not looked at"
    if facts.unpublished:
        yield "other files", f"{facts.unpublished:,}, told of by their kind and not published"
    yield "title", f"the one in `title`, on every page ({len(settings.title)} letters): see that it names nobody"


def _judgement(facts: Facts) -> Iterator[tuple[str, str]]:
    if facts.people <= _SMALL:
        said = f"with {_counted(facts.people, 'person')}, whoever knows the group sees who is who: it hides you from"
        yield "small group", f"{said} outsiders only"
    yield "style", "how somebody writes, when, and about what, tells friends who it is; no pseudonym hides that"
    yield "events", "a wedding, a job, an illness or a trip may name a person to whoever heard of it"
    yield (
        "what was missed",
        "rules find what looks like a name or a number; nicknames, names of others and riddles may stay",
    )
    yield "pictures", "faces, number plates and letters in a picture are seen by all"
    yield "your wish", "did everybody agree to be in it? `/egregora opt-out` in the chat takes anybody out"


def _warnings(facts: Facts) -> Iterator[str]:
    if facts.stale:
        yield f"these are the numbers of the last build; not fresh: {', '.join(facts.stale)}. Run `doit`."
    if facts.open_files:
        yield f"others who use this computer may read {', '.join(facts.open_files)}: chmod go= them"


def _counted(number: int, word: str) -> str:
    many = {"message": "messages", "person": "people"}
    return f"{number:,} {word if number == 1 else many[word]}"
