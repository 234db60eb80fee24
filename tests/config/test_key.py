import os
import stat
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egregora.config.key import attachment_token, create_key, keyed_digest, read_key
from egregora.core.errors import PrivacyError

KEY = bytes(range(32))


def test_a_new_key_is_secret_from_the_start_and_reads_back(tmp_path):
    path = tmp_path / "private" / "key"
    before = os.umask(0)
    try:
        create_key(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_bytes() == read_key(path).hex().encode() + b"\n"
    assert len(read_key(path)) == 32


def test_two_keys_differ(tmp_path):
    create_key(tmp_path / "a")
    create_key(tmp_path / "b")
    assert read_key(tmp_path / "a") != read_key(tmp_path / "b")


def test_a_key_is_never_overwritten(tmp_path):
    path = tmp_path / "key"
    path.write_text("anything")
    with pytest.raises(PrivacyError, match="already"):
        create_key(path)
    assert path.read_text() == "anything"
    assert [file.name for file in tmp_path.iterdir()] == ["key"]


def test_a_key_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "made" / "key"
    making = f"from egregora.config.key import create_key; from pathlib import Path; create_key(Path({str(path)!r}))"
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10)); {making}"
    assert subprocess.run([sys.executable, "-c", limited], capture_output=True, check=False).returncode
    assert not [*path.parent.iterdir()]
    create_key(path)
    assert len(read_key(path)) == 32
    assert [file.name for file in path.parent.iterdir()] == ["key"]


@pytest.mark.parametrize(
    "written", ["", "ab" * 31 + "\n", "ab" * 33 + "\n", "zz" * 32, "AB" * 32, "a b" * 32, "é" * 64]
)
def test_a_damaged_key_says_to_restore_it(tmp_path, written):
    (tmp_path / "key").write_text(written, "utf-8")
    with pytest.raises(PrivacyError) as told:
        read_key(tmp_path / "key")
    assert "backup" in told.value.fix


def test_a_missing_key_says_to_restore_it(tmp_path):
    with pytest.raises(PrivacyError) as told:
        read_key(tmp_path / "key")
    assert "backup" in told.value.fix
    assert "new pseudonyms" in told.value.fix


@given(st.lists(st.text(), max_size=4), st.lists(st.text(), max_size=4))
def test_different_parts_never_digest_alike(a, b):
    assert (keyed_digest(KEY, *a) == keyed_digest(KEY, *b)) == (a == b)


def test_the_digest_is_pinned_and_depends_on_the_key():
    assert keyed_digest(KEY, "author", "ana")[:16] == "3867a17d909e0207"
    assert keyed_digest(bytes(32), "author", "ana") != keyed_digest(KEY, "author", "ana")


@pytest.mark.parametrize(
    "name",
    [
        "IMG-20240305-WA0001.jpg",
        "PTT-20240305-WA0012.opus",
        "STK-20240305-WA0001.webp",
        "DOC-20240305-WA0001.pdf",
        "DOC-20240305-WA0000.",
        "00000035-PHOTO-2022-03-27-21-41-55.jpg",
        "00000036-AUDIO-2022-03-27-21-41-55.opus",
        "2014-03-27-PHOTO-00000035.jpg",
    ],
)
def test_names_the_app_makes_are_kept(name):
    assert attachment_token(KEY, name) == name


@pytest.mark.parametrize(
    "name",
    [
        "Ana Silva.vcf",
        "00000042-Ana Silva.vcf",
        "Contrato Ana Silva.pdf",
        "IMG-20240305-WA0001.silva",
        "x IMG-20240305-WA0001.jpg",
        "IMG-20240305-WA0001.jpg\n",
        "../../Silva",
        "silva.silva",
    ],
)
def test_other_names_tell_nothing_but_what_the_file_is(name):
    token = attachment_token(KEY, name)
    assert token.startswith("file-") or token == name.strip()
    assert "silva" not in token.lower()
    assert "/" not in token


def test_a_name_is_the_same_in_a_text_and_in_a_zip():
    composed, decomposed = "Jo\u00e3o.PDF", "\u200eJoa\u0303o.PDF"
    assert attachment_token(KEY, composed) == attachment_token(KEY, decomposed)
    assert attachment_token(KEY, composed).endswith(".pdf")
    assert attachment_token(KEY, "a.pdf") != attachment_token(KEY, "b.pdf")
