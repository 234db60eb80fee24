"""Who is to be forgotten is found by digests alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.config.erasure_list import Called, Forgotten, read_forgotten
from egregora.core.errors import PrivacyError
from egregora.privacy.names.variants import is_ambiguous, name_variants

SECRET = bytes(range(32))


def forgetting(*names):
    called = [Called(words, is_ambiguous(words)) for name in names if name[0] != "+" for words in name_variants(name)]
    return Forgotten(SECRET).with_person(names, called)


GONE = forgetting("Célia da Rosa Prado", "+55 11 91234-5678", "王小明")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Célia!", "[person]!"),
        ("CELIA e celia", "[person] e [person]"),
        ("ce\u0301lia", "[person]"),
        ("C\u200bélia", "[person]"),
        ("@\u2068Célia da Rosa Prado\u2069 oi", "[person] oi"),
        ("@\u2068Prado\u2069", "@\u2068[person]\u2069"),
        ("oi celia da rosa prado, oi", "oi [person], oi"),
        ("celiadarosaprado", "[person]"),
        ("Célia Prado", "[person]"),
        ("a rosa da Rosa", "a rosa da [person]"),
        ("Prados e prados, pradaria", "[person] e prados, pradaria"),
        ("celia's", "[person]'s"),
        ("昨天王小明来了", "昨天[person]来了"),
        ("o 91234-5678 ou 5511912345678 ou 91234 5679", "o [phone] ou [phone] ou 91234 5679"),
        ("nada aqui", "nada aqui"),
    ],
)
def test_names_and_numbers_in_texts_become_placeholders(text, expected):
    assert GONE.cleaned(text) == expected
    assert GONE.cleaned(expected) == expected


@pytest.mark.parametrize(
    "name", ["CÉLIA  da Rosa\u00a0Prado", "~\u202fcélia da rosa prado\u200e", "+55 (11) 91234 5678"]
)
def test_an_author_is_found_however_written(name):
    assert GONE.is_author(name)
    assert not GONE.is_author(name + "x")


@given(st.text())
def test_whoever_forgets_nobody_changes_nothing(text):
    assert Forgotten(SECRET).cleaned(text) == text


@given(st.text("abcdefgh \u0301\u200b", max_size=30))
def test_other_texts_stay(text):
    assert GONE.cleaned(text) == text


def test_the_file_has_no_name_and_reads_back(tmp_path):
    GONE.write(tmp_path / "forgotten")
    written = (tmp_path / "forgotten").read_bytes()
    assert (tmp_path / "forgotten").stat().st_mode & 0o777 == 0o600
    for name in (b"lia", b"Prado", b"91234"):
        assert name not in written
    again = read_forgotten(tmp_path / "forgotten", SECRET)
    assert (again.people, again.is_author("célia da rosa prado")) == (1, True)
    more = again.with_person(["Bia"], [])
    more.write(tmp_path / "forgotten")
    assert read_forgotten(tmp_path / "forgotten", SECRET).people == 2
    assert not read_forgotten(tmp_path / "nothing", SECRET)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-5],
        lambda text: text[: text.rindex("\n", 0, -1) + 1],
        lambda _: "",
        lambda text: text + "x\n",
        lambda text: text.replace("egregora", "é"),
    ],
)
def test_a_damaged_list_or_one_of_another_key_is_an_error(tmp_path, spoil):
    path = tmp_path / "forgotten"
    GONE.write(path)
    with pytest.raises(PrivacyError, match="another key"):
        read_forgotten(path, bytes(32))
    path.write_text(spoil(path.read_text()), "utf-8")
    with pytest.raises(PrivacyError):
        read_forgotten(path, SECRET)
