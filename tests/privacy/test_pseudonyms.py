import hashlib
import hmac
import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egregora.config.key import create_key, keyed_digest
from egregora.core.database_schema import ANONYMIZED_MESSAGES_SCHEMA, INGESTED_MESSAGES_SCHEMA
from egregora.core.errors import PrivacyError
from egregora.core.fingerprint import digest
from egregora.core.names import person_key
from egregora.privacy.names.variants import is_ambiguous, name_variants
from egregora.privacy.pseudonyms import anonymize
from egregora.privacy.roster import pseudonyms
from tests.conftest import examples

START = datetime(2024, 3, 5, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    path = tmp_path_factory.mktemp("secret") / "key"
    path.write_text("11" * 32 + "\n")
    return path


def message(number, author, text, **other):
    return {
        "chat_id": "chat",
        "message_id": f"m{number:03}",
        "timestamp": START + timedelta(minutes=number),
        "author": author,
        "kind": "text" if author else "system",
        "message": text,
        "attachment": None,
        "edited": False,
        "deleted": False,
        "export_id": "export",
        **other,
    }


def anonymized(memory, rows, key, **others):
    written = pa.Table.from_pylist(rows, schema=INGESTED_MESSAGES_SCHEMA.to_pyarrow())
    table = memory.create_table("ingested", written, overwrite=True)
    made = defaultdict(list)
    for name, piece in anonymize(ingested_messages=table, key=key, **others):
        made[name] += piece.to_pylist()
        if name == "anonymized_messages":
            assert tuple(piece.column_names) == ANONYMIZED_MESSAGES_SCHEMA.names
    return made["anonymized_messages"], made["redactions"]


def test_a_conversation_keeps_its_sense_and_no_name(memory, key):
    rows = [
        message(0, None, 'Ana Silva criou o grupo "Vila"'),
        message(1, "Ana Silva", "Bom dia! Bruno, me liga: +55 11 91234-5678"),
        message(2, "~\u202fBruno Costa", "Oi Ana! Foto da ana", kind="media", attachment="Contrato Ana Silva.pdf"),
        message(3, "\u202a+55\u00a011\u00a091234\u20115678\u202c", "valeu @\u2068Carla Dias\u2069 e @5511912345678"),
        message(4, "Ana Silva", "/egregora set alias Aninha"),
        message(5, "Ana Silva", "cala a boca", kind="command"),
    ]
    messages, redactions = anonymized(memory, rows, key)
    ana, bruno, phone = (row["author"] for row in messages[1:])
    assert [row["message_id"] for row in messages] == ["m000", "m001", "m002", "m003"]
    assert (messages[0]["author"], messages[0]["message"], messages[0]["kind"]) == (None, "", "system")
    assert messages[1]["message"] == f"Bom dia! [person:{bruno}], me liga: [phone]"
    assert messages[2]["message"] == f"Oi [person:{ana}]! Foto da [person:{ana}]"
    assert messages[2]["attachment"].startswith("file-")
    assert messages[3]["message"].endswith(f" e [person:{phone}]")
    assert messages[3]["message"].startswith("valeu [person:")
    assert len({ana, bruno, phone}) == 3
    assert [(row["message_id"], row["kind"], row["count"]) for row in redactions] == [
        ("m000", "system", 1),
        ("m001", "person", 1),
        ("m001", "phone", 1),
        ("m002", "attachment", 1),
        ("m002", "person", 2),
        ("m003", "person", 2),
    ]


def test_a_person_has_one_pseudonym_in_all_chats_and_runs_and_no_other_key_gives_it(memory, key, tmp_path):
    first, _ = anonymized(memory, [message(1, "João Silva", "oi")], key)
    again, _ = anonymized(
        memory, [message(7, "~ JOA\u0303O\u00a0 SILVA\u200e", "e aí", chat_id="other"), message(8, "Zoe", "x")], key
    )
    create_key(tmp_path / "key")
    other, _ = anonymized(memory, [message(1, "João Silva", "oi")], tmp_path / "key")
    assert first[0]["author"] == again[0]["author"] == "bb9eef63"
    assert other[0]["author"] != first[0]["author"]


def test_who_opted_out_leaves_no_message_and_no_pseudonym(memory, key):
    rows = [
        message(1, "Ana Silva", "antes"),
        message(2, "Bruno", "oi Ana Silva e @\u2068Ana Silva\u2069"),
        message(3, "Ana Silva", "/egregora opt-out"),
        message(4, "Ana Silva", "depois", chat_id="other"),
    ]
    messages, _ = anonymized(memory, rows, key)
    assert [(row["message_id"], row["message"]) for row in messages] == [("m002", "oi [person] e [person]")]
    back, _ = anonymized(memory, [*rows, message(9, "ana silva", "/egregora opt-in")], key)
    assert [row["message_id"] for row in back] == ["m001", "m002", "m004"]


def test_two_names_with_one_short_code_get_longer_ones_whatever_their_order():
    digests = {"ana": "1" * 8 + "a" * 56, "bia": "1" * 8 + "b" * 56, "cai": "2" * 64}
    expected = {"ana": "1" * 8 + "a" * 8, "bia": "1" * 8 + "b" * 8, "cai": "2" * 8}
    assert pseudonyms(digests) == expected
    assert pseudonyms(dict(reversed(digests.items()))) == expected


def test_a_name_is_looked_for_whole_and_in_its_parts():
    assert set(name_variants("zé da silva")) == {
        ("ze", "da", "silva"),
        ("ze", "silva"),
        ("ze",),
        ("silva",),
    }
    assert set(name_variants("ana - trabalho")) == {("ana", "trabalho"), ("ana",)}
    assert set(name_variants("o'brien")) == {("o", "brien"), ("obrien",), ("brien",)}
    parts = {("maria",), ("luz",), ("prado",), ("maria", "luz", "prado"), ("maria", "da", "luz", "prado")}
    runs = {("maria", "luz"), ("luz", "prado"), ("maria", "da", "luz"), ("maria", "prado")}
    assert set(name_variants("Maria da Luz Prado")) == parts | runs
    assert set(name_variants("ana e zé")) == {("ana", "e", "ze"), ("ana", "ze"), ("ana",)}
    assert set(name_variants("a")) == set(name_variants("🌻")) == set()
    assert [is_ambiguous(words) for words in (("rosa",), ("ze",), ("silva",), ("rosa", "silva"))] == [
        True,
        True,
        False,
        False,
    ]


def test_a_missing_key_is_told(memory, tmp_path):
    with pytest.raises(PrivacyError):
        anonymized(memory, [message(1, "Ana", "oi")], tmp_path / "key")


NAMES = ("Ana Marta", "Bruno Lemes", "Zoraide", "+55 11 98888-7777", "Ana Lemes")
SAID = st.lists(
    st.sampled_from([*NAMES, "ANA", "lemes", "marta's", "5511988887777", "988887777", "/", "oi", "\u200b"]), max_size=6
)
CHATS = st.lists(st.tuples(st.sampled_from(NAMES), SAID.map(" ".join)), min_size=1, max_size=6)


@settings(max_examples=examples(10), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHATS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_no_name_is_left(memory, key, chat, random):
    rows = [message(number, author, text, attachment=f"{author}.pdf") for number, (author, text) in enumerate(chat)]
    shuffled = random.sample(rows, len(rows))
    made = anonymized(memory, rows, key)
    assert anonymized(memory, shuffled, key) == made
    kept = " ".join(f"{row['message']} {row['attachment']}" for row in made[0]).casefold()
    authors = {author for author, _ in chat}
    parts = {part for author in authors if author[0] != "+" for part in author.casefold().split()}
    assert not [part for part in parts if part in kept]
    assert "98888" not in kept
    assert all(row["author"] not in {person_key(author) for author in authors} for row in made[0])


def test_names_that_the_settings_say_are_one_person_s_have_one_pseudonym_everywhere(memory, key):
    people = '{"+55 11 91234-5678": "Ana Silva", "Aninha": "Ana Silva", "Nobody here": "Zuleika"}'
    rows = [
        message(1, "Ana Silva", "oi"),
        message(2, "Bruno", "oi @\u2068Aninha\u2069, @5511912345678, Aninha e Ana"),
        message(3, "Bruno", "o fone 91234-5678 de Zuleika"),
    ]
    messages, _ = anonymized(memory, rows, key, people=people)
    ana = messages[0]["author"]
    person = f"[person:{ana}]"
    assert messages[1]["message"] == f"oi {person}, {person}, {person} e {person}"
    assert "1234" not in messages[2]["message"]
    hidden, _ = anonymized(memory, [*rows, message(4, "Ana Silva", "/egregora opt-out")], key, people=people)
    assert hidden[0]["message"] == "oi [person], [person], [person] e [person]"


def test_the_list_of_all_names_tells_no_pseudonym_without_the_key(memory, key, tmp_path):
    """A dictionary attack: whoever knows all names tries every digest of them that is at hand."""
    names = ["Ana Silva", "Bruno", "João Silva", "+55 11 91234-5678"]
    made, _ = anonymized(memory, [message(number, name, "oi") for number, name in enumerate(names)], key)
    codes = {row["author"] for row in made}
    assert len(codes) == len(names)
    writings = [
        write(form)
        for name in names
        for form in (
            name,
            name.lower(),
            person_key(name),
            name.upper(),
            f"author{person_key(name)}",
            name.replace(" ", ""),
        )
        for write in (lambda text: text.encode(), lambda text: text.encode("utf-16-le"))
    ]
    kinds = ("md5", "sha1", "sha256", "sha512", "blake2b", "sha3_256")
    digests = {hashlib.new(kind, text).hexdigest() for kind in kinds for text in writings}
    digests |= {hash_(text).hexdigest() for hash_ in (xxhash.xxh3_128, xxhash.xxh64) for text in writings}
    digests |= {uuid.uuid5(uuid.NAMESPACE_DNS, text.decode("utf-8", "replace")).hex for text in writings}
    digests |= {digest(text.decode("utf-8", "replace")) for text in writings}
    digests |= {
        hmac.new(guess, text, "sha256").hexdigest() for guess in (b"", b"egregora", bytes(32)) for text in writings
    }
    digests |= {keyed_digest(bytes([guess]) * 32, "author", person_key(name)) for guess in range(16) for name in names}
    assert not [code for code in codes for found in digests if code in found]
    with_key = {keyed_digest(b"\x11" * 32, "author", person_key(name)) for name in names}
    assert codes == {found[:8] for found in with_key}
    create_key(tmp_path / "key")
    other, _ = anonymized(memory, [message(number, name, "oi") for number, name in enumerate(names)], tmp_path / "key")
    assert codes.isdisjoint(row["author"] for row in other)
