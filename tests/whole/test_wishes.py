"""What members wish, week by week: the real program over three exports, each one longer than the last."""

import io
import pickle
import re
import zipfile
from datetime import timedelta
from html import unescape

import pytest

from egregora.publication.text.locale import load_locale
from tests.whole.chats import MONDAY, TOPICS
from tests.whole.house import House, copied

ANA, BRUNO, CELIA, DORA = "Ana Souza", "Bruno Lima", "Célia Prado", "+44 7700 900123"
# A word that only one person writes, in every message of theirs: where it is found, something of theirs is left.
OWN = {ANA: "quintessence", BRUNO: "marmalade", CELIA: "zeppelin", DORA: "accordion"}
SECRET, LONG_AGO = "waffleiron", "grandpiano"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc000000301010018dd8db0"
    "0000000049454e44ae426082"
)
SHOWN_ONLY_IN_PROFILES = ("Captain Roof", "Grows tomatoes", "wren_9", "https://example.org/roof")


def week(number, *commands):
    """A week of talk: four people, their own words, a picture of Célia's, then what somebody asks for."""
    texts = TOPICS[number % len(TOPICS)]
    lines = []
    for place, text in enumerate(texts * 2):
        at = MONDAY + timedelta(weeks=number, hours=place)
        author = [*OWN][place % 4]
        lines.append((at, author, f"{text} {OWN[author]} ({number})"))
    lines.append((MONDAY + timedelta(weeks=number, hours=13), BRUNO, f"Célia told me, and so did Prado {number}"))
    picture = f"IMG-2025010{number + 1}-WA0001.png"
    lines.append((MONDAY + timedelta(weeks=number, hours=14), CELIA, f"{picture} (file attached)"))
    for place, (author, text) in enumerate(commands):
        lines.append((MONDAY + timedelta(weeks=number, hours=20, minutes=place // 2), author, text))
    return [f"{at:%d/%m/%Y, %H:%M} - {author}: {text}" for at, author, text in lines]


WEEKS = (
    week(
        0,
        (ANA, "/egregora set alias Captain Roof"),
        (ANA, '/egregora set bio "Grows tomatoes, knows Bruno Lima and 11 98765-4321"'),
        (ANA, "/egregora set twitter @wren_9"),
        (ANA, "/egregora set website https://example.org/roof"),
        (BRUNO, "/egregora set alias Celia"),
        (BRUNO, "/egregora set website javascript:alert(1)"),
        (BRUNO, f"/egregora secret {SECRET} for the roof"),
        (DORA, f"/EGREGORA {SECRET}"),
    ),
    week(1, (CELIA, "/egregora opt-out"), (ANA, "/egregora remove bio"), (BRUNO, "/egregora set alias Bakerman")),
    week(2, (CELIA, "/egregora opt-in"), (ANA, "/egregora remove alias"), (DORA, "/egregora opt-out")),
)


def put(house, weeks):
    """The export that a phone makes after so many weeks: all that was said so far."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        lines = [line for week in WEEKS[:weeks] for line in week]
        archive.writestr("WhatsApp Chat with Our Street.txt", "".join(line + "\n" for line in lines))
        for number in range(weeks):
            archive.writestr(f"IMG-2025010{number + 1}-WA0001.png", PICTURE + bytes(number))
    (house.folder / "exports" / f"week{weeks}.zip").write_bytes(buffer.getvalue())


def begun(folder):
    house = House(folder)
    house.egregora("init", ".")
    (folder / ".egregora" / "key").write_text("5b" * 32 + "\n")
    return house


def later_tables(house):
    return [table for table in house.tables() if table not in ("ingested_messages", "exports", "message_order")]


def everything(house):
    """Place → what stands there, in lower case: every table after `ingested_messages`, and every published file."""
    found = {}
    for table in later_tables(house):
        columns = [name for (name,) in house.query(f'SELECT column_name FROM (DESCRIBE "{table}")')]
        texts = ", ".join(f'"{name}"::VARCHAR' for name in columns if name != "embedding")
        rows = house.query(f"SELECT concat_ws(' ', {texts}) FROM \"{table}\"")
        found[table] = "\n".join(row for (row,) in rows).lower()
    for path, data in house.files("site", "content", ".egregora/media").items():
        found[path] = unescape(f"{path} {data.decode('utf-8', 'replace')}").lower()
    return found


def places_of(texts, *words):
    """The places of `everything` where one of `words` is."""
    return {place for place, text in texts.items() if any(word.lower() in text for word in words)}


def alone(house):
    """Every kept vector is one of a chunk that is still there."""
    strange = "SELECT embedding FROM embeddings EXCEPT SELECT embedding FROM knowledge_context"
    return house.query("SELECT count(*) > 0 FROM embeddings") == [(True,)] and house.query(strange) == []


def keep_calls(house):
    """Rows of kept tables as models and editors leave them: two about Célia, one about Ana."""
    authors = dict(house.query("SELECT message, author FROM anonymized_messages"))
    celia, ana = (next(author for text, author in authors.items() if OWN[name] in text) for name in (CELIA, ANA))
    ids = house.query(f"SELECT message_id FROM anonymized_messages WHERE author = '{celia}' AND kind = 'media'")
    for name, request in (("by code", f"[person:{celia}] says"), ("by id", f"see {ids[0][0]}:"), ("other", ana)):
        house.tamper(f"INSERT INTO model_calls (request_digest, request) VALUES ('{name}', '{request}')")
    house.tamper(f"INSERT INTO annotations (annotation_id, author, commentary) VALUES ('1', '{celia}', '{OWN[CELIA]}')")


def pictures(house):
    return sorted(path for path in house.files("site/media", ".egregora/media"))


def profiles(house):
    return house.query("SELECT handle, alias, bio, twitter, website FROM author_profiles ORDER BY first_seen")


@pytest.fixture(scope="module")
def told(once, after_one_week):
    """The house after each of three weeks, with what the run said, found by looking everywhere."""

    def tell(folder):
        said = after_one_week.folder.with_name("said").read_text("utf-8")
        weeks = three_weeks(copied(after_one_week, folder / "house"), said)
        (folder / "weeks").write_bytes(pickle.dumps(weeks))

    return pickle.loads((once("wishes", tell) / "weeks").read_bytes())


def three_weeks(house, said):
    """What is told of a project with one week, which was built and said so much; then of it with two and with three."""
    weeks = []
    for number in range(1, 4):
        if number > 1:
            put(house, number)
            if number == 2:
                keep_calls(house)
            said = house.egregora("process", "--output", ".")
        texts = everything(house)
        weeks.append(
            {
                "said": said,
                "own": {author: places_of(texts, word) for author, word in OWN.items()},
                "celia": places_of(texts, "célia", "celia", "prado"),
                "secret": places_of(without_advice(texts), SECRET, "/egregora", "opt-out", "javascript:"),
                "shown": {text: places_of(texts, text) for text in SHOWN_ONLY_IN_PROFILES},
                "profiles": profiles(house),
                "pictures": pictures(house),
                "alone": alone(house),
                "calls": house.query("SELECT request_digest FROM model_calls ORDER BY 1"),
                "people": house.query("SELECT count(*) FROM author_profiles")[0][0],
            }
        )
    return weeks


def without_advice(texts):
    """The texts without the sentence in which the blog itself says how to be left out."""
    return {place: text.replace(load_locale("en")["opt_out_how"].lower(), "") for place, text in texts.items()}


def test_whatever_begins_with_the_command_is_nowhere(told):
    assert [week["secret"] for week in told] == [set()] * 3
    assert [week["alone"] for week in told] == [True] * 3


def test_an_alias_and_its_kin_are_shown_on_the_site_and_stand_in_no_other_table(told):
    tables = {"author_wishes", "author_profiles"}
    for text, places in told[0]["shown"].items():
        assert {place for place in places if "/" not in place} == tables, text
        assert any(place.startswith("site/people/") for place in places), text
        assert any(place.startswith("content/profiles/") for place in places), text
    handle, alias, bio, twitter, website = told[0]["profiles"][0]
    assert (alias, twitter, website) == ("Captain Roof", "wren_9", "https://example.org/roof")
    assert bio.startswith("Grows tomatoes, knows [person:")
    assert bio.endswith(" and [phone]")
    assert handle


def test_an_alias_that_is_another_member_s_name_is_refused_and_a_script_is_no_website(told):
    assert told[0]["profiles"][1][1:] == (None,) * 4
    assert told[1]["profiles"][1][1:] == ("Bakerman", None, None, None)


def test_what_is_removed_is_gone_from_everything_at_the_next_build(told):
    assert told[1]["shown"]["Grows tomatoes"] == set()
    assert told[1]["shown"]["Captain Roof"] != set()
    assert told[2]["shown"]["Captain Roof"] == set()
    assert told[2]["profiles"][0][1:] == (None, None, "wren_9", "https://example.org/roof")


def test_who_opts_out_is_gone_from_everything_and_back_after_opting_in(told):
    assert "anonymized_messages" in told[0]["own"][CELIA]
    assert any(place.startswith("site/posts/") for place in told[0]["own"][CELIA])
    assert told[1]["own"][CELIA] == set()
    assert told[1]["people"] == 3
    assert "anonymized_messages" in told[2]["own"][CELIA]
    assert told[2]["own"][DORA] == set()
    assert told[2]["own"][ANA] & told[2]["own"][BRUNO] >= {"anonymized_messages", "windowed_messages"}


def test_what_models_were_told_of_who_opted_out_is_gone_and_the_rest_is_kept(told):
    assert told[1]["calls"] == told[2]["calls"] == [("other",)]


def test_pictures_of_who_opted_out_are_gone(told):
    assert [len(week["pictures"]) for week in told] == [2, 0, 2 * 3]


def test_nobody_s_name_is_anywhere_at_any_time(told):
    assert [week["celia"] for week in told] == [set()] * 3


def test_a_run_says_how_many_messages_were_left_out_and_nobody_s_name(told):
    assert "left out as commands to egregora: 8 messages of 3 people\n" in told[0]["said"]
    refused = r"left out because an alias or a link tells of somebody else: [12] messages? of 1 person\n"
    assert re.search(refused, told[0]["said"])
    assert "left out because they asked: 9 messages of 1 person\n" in told[1]["said"]
    assert "left out because they asked: 11 messages of 1 person\n" in told[2]["said"]
    said = "".join(week["said"] for week in told)
    assert not [name for name in ("Ana", "Bruno", "Célia", "7700", "Captain") if name in said]


def test_another_alias_writes_no_post_again(after_one_week, tmp_path):
    house = copied(after_one_week, tmp_path / "house")
    before = house.files("content/posts")
    lines = [*WEEKS[0][:-1], WEEKS[0][-1].replace(f"/EGREGORA {SECRET}", "/egregora set alias Late Riser")]
    export = "".join(line + "\n" for line in lines)
    for path in (house.folder / "exports").iterdir():
        path.unlink()
    with zipfile.ZipFile(house.folder / "exports" / "again.zip", "w") as archive:
        archive.writestr("WhatsApp Chat with Our Street.txt", export)
        archive.writestr("IMG-20250101-WA0001.png", PICTURE)
    made = house.doit()
    assert not [task for task in made if task.startswith("generated")]
    assert "Late Riser" in str(profiles(house))
    assert before.keys() == house.files("content/posts").keys()


def test_the_same_people_have_other_pseudonyms_in_another_project(tmp_path):
    codes = []
    for name in ("one", "two"):
        house = House(tmp_path / name)
        house.egregora("init", ".")
        put(house, 1)
        house.egregora("process", "--output", ".", "--target-stage", "anonymized")
        codes.append({code for (code,) in house.query("SELECT DISTINCT author FROM anonymized_messages")})
    assert len(codes[0]) == len(codes[1]) == 4
    assert codes[0].isdisjoint(codes[1])
