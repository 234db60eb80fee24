# ruff: noqa: RUF001  # names in Cyrillic letters

import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest

from egregora.ingestion.content.app_phrases import TITLE_AFFIXES
from egregora.ingestion.source.chat_title import chat_id, title_of_export, title_of_member

KEY = bytes([0x11] * 32)


@pytest.mark.parametrize(("before", "behind"), TITLE_AFFIXES)
@pytest.mark.parametrize("title", ["Our Street", "Ação & Cia. 🚀", "Team-A_b"])
def test_the_words_of_every_language_are_taken_away(before, behind, title):
    name = f"{before}{title}{behind}"
    assert title_of_export(Path(f"{name}.zip")) == title
    assert title_of_export(Path(f"0123abcd-{name.upper() if before.isascii() else name}.ZIP")).casefold() == (
        title.casefold()
    )
    assert title_of_member(f"g/{name}.txt") == title


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("WhatsApp Chat with Ana.zip", "Ana"),
        ("WhatsApp Chat - Ana.zip", "Ana"),
        ("WhatsApp Chat with Ana (2).zip", "Ana"),
        ("WhatsApp Chat with Ana(1).zip", "Ana"),
        ("WhatsApp_Chat_with_Ana_Bia.zip", "Ana Bia"),
        ("WhatsApp.Chat.with.Ana.Bia.zip", "Ana Bia"),
        ("WhatsApp+Chat+with+Ana+Bia.zip", "Ana Bia"),
        ("WhatsApp%20Chat%20with%20Ana%20Bia.zip", "Ana Bia"),
        ("WhatsApp Chat with Ana+Bia_1.zip", "Ana+Bia_1"),
        ("WhatsApp Chat with Ana-2.zip", "Ana"),
        ("WhatsApp Chat with Ana copy.zip", "Ana"),
        ("WhatsApp Chat with Ana copy 2.zip", "Ana"),
        ("WhatsApp Chat with Ana - Copy (3).zip", "Ana"),
        ("Conversa do WhatsApp com Ana - Cópia.zip", "Ana"),
        ("Ana ile WhatsApp Sohbeti (1).zip", "Ana"),
        ("WhatsApp Chat with Class of (1999).zip", "Class of (1999)"),
        ("WhatsApp Chat with Ana.txt.zip", "Ana"),
        ("WhatsApp Chat with 100% Ana.zip", "100% Ana"),
        ("WhatsApp Chat with %FF.zip", "%FF"),
        ("Чат WhatsApp с контактом Вера.zip", "Вера"),
        ("Чат WhatsApp с Вера.zip", "Вера"),
        ("family.zip", "family"),
        ("a_b.zip", "a_b"),
        ("copy.zip", "copy"),
        ("WhatsApp Chat with .zip", "WhatsApp Chat with"),
    ],
)
def test_a_title_is_what_is_left_of_the_name_of_an_export(name, title):
    assert title_of_export(Path("exports") / name) == title


@pytest.mark.parametrize(
    ("member", "title"),
    [
        ("_chat.txt", None),
        ("_chat (1).txt", None),
        ("g/_chat.txt", None),
        ("WhatsApp Chat - Ana/_chat.txt", "Ana"),
        ("g/WhatsApp Chat - Ana (2).zip/_chat.txt", "Ana"),
        ("WhatsApp Chat - Ana/g/_chat.txt", None),
        ("WhatsApp Chat with Ana/WhatsApp Chat with Bia.txt", "Bia"),
        ("WhatsApp Chat with Team-7.txt", "Team-7"),
        ("Conversa.txt", "Conversa"),
        ("WhatsApp Chat.txt", None),
        ("WhatsApp Chat with .txt", None),
    ],
)
def test_the_name_inside_tells_the_title_unless_all_chats_have_it(member, title):
    assert title_of_member(member) == title


@pytest.mark.parametrize("title", ["João & Zoë", "Вера", "家族 👪", "50% off"])
def test_a_name_that_was_encoded_is_decoded_as_a_whole(title):
    assert title_of_export(Path(quote(f"Conversa do WhatsApp com {title}") + ".zip")) == title
    assert title_of_export(Path(quote(title) + ".zip")) == title


def test_a_title_has_one_id_however_it_is_written():
    names = ["WhatsApp Chat with João.zip", unicodedata.normalize("NFD", "whatsapp chat - joão  (1).zip")]
    assert len({chat_id(title_of_export(Path(name)), KEY) for name in names}) == 1
