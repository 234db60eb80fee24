import pytest

from egregora.privacy.names.nicknames import nicknames
from egregora.privacy.roster import Roster


@pytest.mark.parametrize(
    ("listed", "text"),
    [
        ("Beatriz Costa", "vi a Bia e a bia"),
        ("Eduardo Lima", "o Duda foi, o dudu não"),
        ("Francisco Gomes", "Chico, Paco e paco"),
        ("José Silva", "o Zé e o zezinho"),
        ("Ana Souza", "aninha, ANITA"),
        ("Marcos Dias", "Marquinhos"),
        ("Robert Smith", "ask Bob's brother, or bobby"),
        ("William Jones", "Bill and liam"),
        ("Bia Nunes", "a Beatriz"),
        ("Giuseppe Rossi", "Beppe e Peppe"),
        ("Friedrich Vogt", "der Fritz"),
        ("Cornelis Bakker", "Kees en Cor"),
        ("Catherine Roux", "avec Cathy"),
        ("Guadalupe Paz", "con Lupita"),
    ],
)
def test_a_member_is_found_by_what_is_said_for_short(listed, text):
    redacted, counts = Roster({listed.casefold(): "aaaaaaaa"}, frozenset()).redactor().redact(text)
    assert counts["person"] >= 1
    assert redacted.count("[person:aaaaaaaa]") == counts["person"]


def test_a_form_that_two_members_share_is_somebody():
    redactor = Roster({"beatriz costa": "aaaaaaaa", "bianca lima": "bbbbbbbb"}, frozenset()).redactor()
    assert redactor.redact("a Bia e a Bibi e a Bea")[0] == "a [person] e a [person:aaaaaaaa] e a [person:aaaaaaaa]"


@pytest.mark.parametrize("text", ["el chico, the bill, a marinha", "sim, duda", "um bi de reais, o mundo, via zap"])
def test_words_and_the_names_of_nobody_here_stay(text):
    people = {"william dias": "a" * 8, "francisco lima": "b" * 8, "mara bispo": "c" * 8, "raimundo reis": "d" * 8}
    assert Roster({**people, "olivia pires": "e" * 8}, frozenset()).redactor().redact(text) == (text, {})


def test_short_for_long_and_long_for_short():
    assert "bia" in set(nicknames("beatriz"))
    assert "beatriz" in set(nicknames("bia"))
    assert "marquinho" in set(nicknames("marco"))
    assert "xico" not in set(nicknames("xavante"))
