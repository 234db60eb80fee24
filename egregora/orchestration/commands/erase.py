"""Forgetting somebody for good: the wish is kept, everything is made again without them, and the file is rewritten."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from egregora.config.erasure_list import Called, Forgotten, read_forgotten
from egregora.config.key import keyed_digest, read_key
from egregora.config.model import parsed_settings, remove_people
from egregora.config.project import Project
from egregora.core.errors import PipelineError, PrivacyError, SettingsError
from egregora.core.names import person_key
from egregora.core.text import folded, person
from egregora.orchestration.dag import execute_dag
from egregora.orchestration.database import Database, rewrite
from egregora.orchestration.engine.state import State

_KEPT = ("model_calls", "annotations")


class Found(NamedTuple):
    """Whom a name means, and what there is of them."""

    names: tuple[str, ...]  # in exports and in the settings; none for who was forgotten before
    called: tuple[Called, ...]
    code: str
    handle: str  # on the site; "" without a profile
    messages: int
    files: int
    mentions: int  # messages of others that name them
    message_ids: tuple[str, ...]


def find_person(project: Project, name: str) -> Found:
    """Whom `name` means: a name or a number as an export has it, a handle or alias of the site, or a pseudonym.

    Errors: SettingsError when nobody is called so, or nothing is built yet; BusyError.
    """
    if not project.database.exists():
        raise SettingsError("nothing is built yet", where=str(project.folder), fix="run `doit` first")
    secret = read_key(project.key)
    with _opened(project) as database:
        found = _found(project, database, secret, name)
    if found is not None:
        return found
    if read_forgotten(project.forgotten, secret).is_author(name):
        return Found((), (), keyed_digest(secret, "author", person_key(name))[:8], "", 0, 0, 0, ())
    fix = "write the name as the chat has it, or what the site calls them; `egregora doctor` shows names"
    raise SettingsError("nobody in this project is called so", where=str(project.folder), fix=fix)


def forget_person(project: Project, found: Found) -> tuple[int, int]:
    """Make everything again without them. Returns the size of the DuckDB file before and after, in bytes.

    What was done stays done when it is cut off: the wish is kept first, and saying it again goes on from there.
    Errors: PipelineError when a stage fails; BusyError.
    """
    secret = read_key(project.key)
    forgotten = read_forgotten(project.forgotten, secret)
    with _opened(project) as database:  # nobody builds while the wish is written down
        if found.names:
            forgotten.with_person(found.names, found.called).write(project.forgotten)
        _forget_kept(database, (found.code, *found.message_ids))
    now = read_forgotten(project.forgotten, secret)
    remove_people(project.settings_file, now.is_author)
    if execute_dag(project):
        fix = "mend what is said above, then say `egregora forget-person` again; no later build has them"
        raise PipelineError("not everything could be made without them", where=str(project.folder), fix=fix)
    _check_gone(project, now)
    before = project.database.stat().st_size
    rewrite(project.database)
    State(project.database).settle()  # the new file is compared with its records, and sealed
    return before, project.database.stat().st_size


def _opened(project: Project) -> Database:
    state = State(project.database)
    busy = state.settle()
    if busy is not None:
        raise busy
    return Database.open(project.database)


def _found(project: Project, database: Database, secret: bytes, name: str) -> Found | None:
    from egregora.privacy.preferences import requested_aliases
    from egregora.privacy.roster import read_roster

    if not database.has("ingested_messages"):
        return None
    settings = parsed_settings(project.settings_file.read_bytes(), where=project.settings_file.name)
    messages = database.table("ingested_messages")
    roster = read_roster(messages, secret, settings.people)
    code = roster.codes.get(person_key(name)) or _shown_as(database, name)
    if code is None or code not in roster.codes.values():
        return None
    keys = sorted(key for key, own in roster.codes.items() if own == code)
    authors = messages.filter(messages.author.notnull()).select("author").distinct().to_pyarrow()["author"].to_pylist()
    written = [author for author in authors if person_key(author) in keys]
    theirs = messages.filter(messages.author.isin(written))
    rows = theirs.select("message_id", "kind").to_pyarrow().to_pydict()
    return Found(
        names=tuple(sorted({*keys, *written})),
        called=(*_called(keys), *_nicknames(requested_aliases(theirs))),
        code=code,
        handle=_handle(database, code),
        messages=len(rows["kind"]),
        files=rows["kind"].count("media"),
        mentions=_mentions(database, code),
        message_ids=tuple(rows["message_id"]),
    )


def _called(keys: list[str]) -> Iterator[Called]:
    from egregora.core.names import is_phone
    from egregora.privacy.names.variants import is_ambiguous, name_variants

    for key in keys:
        for words in () if is_phone(key) else name_variants(key):
            yield Called(words, is_ambiguous(words))


def _nicknames(aliases: Iterable[str]) -> Iterator[Called]:
    """Aliases, as the group may write them: whole, and with a capital, since they may be words."""
    from egregora.core.names import fold, words_of

    for alias in sorted(aliases):
        if words := words_of(fold(alias)):
            yield Called(tuple(words), with_capital=True)


def _shown_as(database: Database, name: str) -> str | None:
    """The pseudonym of who is called so on the site."""
    wanted = folded(name.strip().lstrip("@"))
    rows = _profiles(database)
    return next((code for code, *shown in rows if wanted in [folded(text) for text in (code, *shown) if text]), None)


def _handle(database: Database, code: str) -> str:
    return next((alias or handle for author, handle, alias in _profiles(database) if author == code), "")


def _profiles(database: Database) -> list[tuple[str, str, str | None]]:
    query = "SELECT author, handle, alias FROM author_profiles ORDER BY author"
    return database.cursor().execute(query).fetchall() if database.has("author_profiles") else []


def _mentions(database: Database, code: str) -> int:
    if not database.has("anonymized_messages"):
        return 0
    messages = database.table("anonymized_messages")
    return int(messages.filter(messages.message.contains(person(code))).count().to_pyarrow().as_py())


def _forget_kept(database: Database, words: tuple[str, ...]) -> None:
    """Remove what models and editors were told or said of them; vectors go when their texts are gone."""
    from egregora.core.database_schema import SCHEMAS

    with database.write() as writer:
        for name in filter(database.has, _KEPT):
            texts = [column for column, type_ in SCHEMAS[name].items() if type_.is_string()]
            writer.remove_mentioning(name, texts, words)


def _check_gone(project: Project, forgotten: Forgotten) -> None:
    """Prereq of saying so: nobody who is to be forgotten is an author. Errors: PrivacyError."""
    with Database.open(project.database) as database:
        messages = database.table("ingested_messages")
        authors = messages.filter(messages.author.notnull()).select("author").distinct().to_pyarrow()["author"]
        if any(map(forgotten.is_author, authors.to_pylist())):
            raise PrivacyError("they are still an author in ingested_messages", fix="this is a bug: publish nothing")
