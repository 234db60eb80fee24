"""Settings: who is who and the order of dates, checked; comments stay, and nobody else can read the file."""

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.config.model import (
    DEFAULT_SETTINGS,
    LANGUAGES,
    Settings,
    parsed_settings,
    with_changes,
    with_people,
    write_people,
    write_settings,
)
from egregora.core.errors import SettingsError

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip)


def settings_of(text):
    return parsed_settings(text.encode(), where="egregora.toml")


def test_the_file_that_a_project_begins_with_has_the_defaults_and_no_names():
    assert settings_of(DEFAULT_SETTINGS) == Settings()
    assert json.loads(Settings().people) == {}
    assert all(f"\n{name} = " in DEFAULT_SETTINGS for name in Settings._fields if name != "people")


def test_the_example_of_who_is_who_is_right_when_its_comment_signs_are_taken_away():
    rules, example = DEFAULT_SETTINGS.split("# [people]")
    settings = settings_of(f"{rules}[people]{example.replace('# ', '')}")
    assert json.loads(settings.people) == {"Aninha": "Ana Souza", "+55 11 91234-5678": "Ana Souza"}


def test_people_are_one_text_whatever_their_order():
    one = settings_of('[people]\n"Ana" = ["Aninha", "Nana"]\n"Bia" = ["B"]\n')
    other = settings_of('[people]\n"Bia" = ["B"]\n"Ana" = ["Nana", "Aninha"]\n')
    assert one == other
    assert one.values()["people"] == '{"Aninha": "Ana", "B": "Bia", "Nana": "Ana"}'


@pytest.mark.parametrize(
    ("people", "said"),
    [
        ('people = "Ana"', "not a table"),
        ('[people]\n"Ana" = "Aninha"', "the names of 'Ana'"),
        ('[people]\n"Ana" = ["Aninha", 3]', "the names of 'Ana'"),
        ('[people]\n"Ana" = ["Aninha"]\n"Bia" = ["Aninha"]', "a name of 'Ana' and of 'Bia'"),
        ('[people]\n"Ana" = ["Aninha", "Aninha"]', "'Aninha' twice"),
        ('[people]\n"Ana" = ["Bia"]\n"Bia" = ["B"]', "stands on the left"),
        ('[people]\n"Ana" = ["Ana"]', "stands on the left"),
        ('[people]\n"Ana" = [" "]', "a name is empty"),
        ('date_order = "dym"', "date_order is 'dym'"),
        *(
            (f'language = "{tag}"', f"language is '{tag}'")
            for tag in ("xx", "english", "pt_BR", "pt-", "EN", "", "a b")
        ),
    ],
)
def test_what_makes_no_sense_is_said_with_what_to_do(people, said):
    with pytest.raises(SettingsError, match=said) as caught:
        settings_of(people)
    assert caught.value.fix
    assert "egregora.toml" in caught.value.where


@pytest.mark.parametrize("tag", ["auto", *LANGUAGES, "pt-BR", "es-419", "zh-Hant-TW", "sv", "fil"])
def test_a_language_may_have_a_country_and_none_needs_words_of_ours(tag):
    assert settings_of(f'language = "{tag}"').language == tag


def test_a_language_that_is_not_known_is_answered_with_those_that_are():
    with pytest.raises(SettingsError) as caught:
        settings_of('language = "klingon"')
    assert all(tag in caught.value.fix for tag in ("auto", *LANGUAGES))


def test_settings_are_read_without_the_tables_of_languages():
    program = "import sys, egregora.config.model as m; m.checked_settings({'language': 'pt-BR'}, where=''); "
    told = subprocess.run(
        [sys.executable, "-c", program + "print('babel' in sys.modules)"], capture_output=True, check=True
    )
    assert told.stdout.strip() == b"False"


@given(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3, unique=True), max_size=4))
def test_who_is_who_is_read_back_as_it_was_written(people):
    aliases = [name for names in people.values() for name in names]
    right = len(set(aliases)) == len(aliases) and not set(aliases) & set(people)
    text = with_people(DEFAULT_SETTINGS, people) if right else DEFAULT_SETTINGS
    wanted = {name: person for person, names in people.items() for name in names} if right else {}
    assert json.loads(settings_of(text).people) == wanted


def test_names_are_added_to_who_is_there_and_comments_stay():
    text = '# mine\ntitle = "x"\n\n[people]\n# the neighbour\n"Ana" = ["Aninha"]  # and so on\n"Bia" = ["B"]\n'
    changed = with_people(text, {"Ana": ["Bia", "+55 11"]})
    assert json.loads(settings_of(changed).people) == {"Aninha": "Ana", "Bia": "Ana", "B": "Ana", "+55 11": "Ana"}
    assert all(comment in changed for comment in ("# mine", "# the neighbour", "# and so on"))
    assert with_people(changed, {"Ana": ["Bia", "+55 11"]}) == changed


def test_a_setting_can_be_changed_above_the_table_of_people():
    text = 'title = "x"\n\n[people]  # us\n"Ana" = ["Aninha"]\n'
    changed = with_changes(text, {"date_order": "mdy", "title": "y"})
    settings = settings_of(changed)
    assert (settings.date_order, settings.title, json.loads(settings.people)) == ("mdy", "y", {"Aninha": "Ana"})
    assert "# us" in changed


def test_a_file_that_was_written_can_be_read_by_its_owner_only(tmp_path):
    path = tmp_path / "egregora.toml"
    path.write_text(DEFAULT_SETTINGS)
    path.chmod(0o644)
    write_settings(path, {"date_order": "mdy"})
    assert path.stat().st_mode & 0o777 == 0o600
    write_people(path, {"Ana": ["Aninha"]})
    assert path.stat().st_mode & 0o777 == 0o600
    assert settings_of(path.read_text()).people == '{"Aninha": "Ana"}'
    assert [entry.name for entry in tmp_path.iterdir()] == ["egregora.toml"]


def test_who_is_who_that_makes_no_sense_is_not_written(tmp_path):
    path = tmp_path / "egregora.toml"
    path.write_text('[people]\n"Ana" = ["Aninha"]\n')
    with pytest.raises(SettingsError):
        write_people(path, {"Bia": ["Aninha"]})
    assert path.read_text() == '[people]\n"Ana" = ["Aninha"]\n'
