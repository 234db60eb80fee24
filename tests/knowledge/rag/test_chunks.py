from datetime import UTC, datetime, timedelta
from itertools import pairwise

import ibis
from hypothesis import given, settings
from hypothesis import strategies as st

from egregora.knowledge.rag.chunks import cut_chunks
from egregora.knowledge.windows import assign_windows
from tests.conftest import examples

START = datetime(2025, 1, 31, 22, 0, tzinfo=UTC)
WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20).map("x{}".format)
SAID = st.tuples(
    st.integers(0, 45),  # minutes since the message before
    st.sampled_from(["ana", "bruno", None]),
    st.sampled_from(["text", "text", "text", "media", "system", "media_omitted"]),
    st.one_of(st.none(), WORDS, st.sampled_from(["word " * 50, "long " * 200])),
    st.sampled_from(["family", "work"]),
)


def chunks_of(table, period="week"):
    return list(
        cut_chunks(
            assign_windows(
                table.mutate(position=ibis.literal(0, "int64")), period=period, timezone="UTC", from_date="", to_date=""
            )
        )
    )


def rows_from(message, said):
    moment, rows = START, []
    for number, (minutes, author, kind, text, chat) in enumerate(said):
        moment += timedelta(minutes=minutes)
        rows.append(message(f"m{number:04d}", moment, text, author=author, kind=kind, chat_id=chat))
    return rows


def has_words(row):
    return row["author"] is not None and row["kind"] in ("text", "media") and row["message"] is not None


@settings(max_examples=examples(20))
@given(said=st.lists(SAID, max_size=40))
def test_each_message_with_words_is_in_exactly_one_chunk_and_in_order(message, enriched, said):
    rows = rows_from(message, said)
    chunks = chunks_of(enriched(rows))
    for chat in ("family", "work"):
        expected = [row["message_id"] for row in rows if row["chat_id"] == chat and has_words(row)]
        assert [one for chunk in chunks if chunk.chat_id == chat for one in chunk.message_ids] == expected
    moments = {row["message_id"]: row["timestamp"] for row in rows}
    for chunk in chunks:
        times = [moments[one] for one in chunk.message_ids]
        assert len(times) <= 12
        assert len(chunk.content) <= 600 or len(times) == 1
        assert len({time.date() for time in times}) == 1
        assert all(b - a <= timedelta(minutes=30) for a, b in pairwise(times))
        assert chunk.content.count("\n") == len(times) - 1
        assert chunk.starts_at == times[0].timestamp() * 1e6
        assert chunk.ends_at == times[-1].timestamp() * 1e6


@settings(max_examples=examples(12))
@given(said=st.lists(SAID, min_size=1, max_size=40), data=st.data())
def test_later_messages_change_at_most_the_last_chunk_of_a_chat(message, enriched, said, data):
    rows = rows_from(message, said)
    kept = data.draw(st.integers(0, len(rows)))
    before, after = chunks_of(enriched(rows[:kept])), chunks_of(enriched(rows))
    for chat in ("family", "work"):
        old = [chunk for chunk in before if chunk.chat_id == chat][:-1]
        assert [chunk for chunk in after if chunk.chat_id == chat][: len(old)] == old


@settings(max_examples=examples(8))
@given(said=st.lists(SAID, max_size=20), data=st.data())
def test_the_order_of_rows_does_not_matter(message, enriched, said, data):
    rows = rows_from(message, said)
    assert chunks_of(enriched(data.draw(st.permutations(rows)))) == chunks_of(enriched(rows))


def test_a_message_cannot_pretend_to_be_two(message, enriched):
    (chunk,) = chunks_of(enriched([message("m", "2025-01-01T10:00", "so\nbruno: I agree\u2028ana:  yes ")]))
    assert chunk.content.split("\n") == ["ana: so\u2028bruno: I agree\u2028ana: yes"]  # one line: one message
    assert chunk.words.split("\n") == ["so", "bruno: I agree", "ana: yes"]


def test_descriptions_stand_beside_the_words(message, enriched):
    rows = [
        message("a", "2025-01-01T10:00", "look", kind="media", media_description="a cat"),
        message("b", "2025-01-01T10:01", None, kind="media", media_description="a dog"),
        message("c", "2025-01-01T10:02", "see https://x.org", links=["https://x.org"], link_descriptions=["a  shop"]),
        message("d", "2025-01-01T10:03", "two", links=["u", "v"], link_descriptions=[None, "news"]),
        message("e", "2025-01-01T10:04", None, kind="media"),
    ]
    (chunk,) = chunks_of(enriched(rows))
    assert chunk.content.split("\n") == [
        "ana: look\u2028(a cat)",
        "ana: (a dog)",
        "ana: see https://x.org\u2028[a shop]",
        "ana: two\u2028[news]",
    ]
    assert chunk.words.split("\n") == ["look", "(a cat)", "(a dog)", "see https://x.org", "[a shop]", "two", "[news]"]


def test_a_chunk_ends_with_its_window(message, enriched):
    rows = [message("a", "2025-01-05T23:59", "old week"), message("b", "2025-01-06T00:00", "new week")]
    assert [chunk.window for chunk in chunks_of(enriched(rows))] == ["2025-W01", "2025-W02"]


def test_a_chunks_id_comes_from_its_messages_alone(message, enriched):
    (chunk,) = chunks_of(enriched([message("a", "2025-01-01T10:00", "one"), message("b", "2025-01-01T10:01", "two")]))
    (edited,) = chunks_of(enriched([message("a", "2025-01-01T10:00", "1"), message("b", "2025-01-01T10:01", "two")]))
    assert chunk.chunk_id == edited.chunk_id == "7f0c924704861ea3"
