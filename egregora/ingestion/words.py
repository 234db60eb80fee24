"""What WhatsApp itself writes into a chat, by language, where the structure of a line does not tell."""

ATTACHED = frozenset(  # behind an attachment's name on Android
    {
        "file attached", "arquivo anexado", "ficheiro anexado", "archivo adjunto", "Datei angehängt", "fichier joint",
        "file allegato", "bestand bijgevoegd", "文件附件", "файл добавлен", "fil vedlagt", "bifogad fil",
        "plik załączony",
    }
)  # fmt: skip
ATTACHED_IN_ANGLES = frozenset(  # before an attachment's name on iOS; it counts there without a direction mark
    {"attached", "anexado", "adjunto", "Anhang", "pièce jointe", "allegato", "bijgevoegd"}
)
OMITTED = frozenset(  # in place of an attachment
    {
        "<Media omitted>", "<Mídia oculta>", "<Mídia omitida>", "<Ficheiro não revelado>", "<Multimedia omitido>",
        "<Archivo omitido>", "<Medien ausgeschlossen>", "<Médias omis>", "<Media omessi>", "<Media weggelaten>",
        "<Без медиафайлов>", "<Media udeladt>", "<Medier utelatt>", "<Pominięto multimedia>",
        "<View once voice message omitted>",
        "image omitted", "video omitted", "audio omitted", "document omitted", "sticker omitted", "GIF omitted",
        "Contact card omitted", "video note omitted",
        "imagem ocultada", "vídeo omitido", "áudio ocultado", "documento omitido", "figurinha omitida", "GIF omitido",
        "cartão do contato omitido",
        "imagen omitida", "Video omitido", "audio omitido", "sticker omitido", "Tarjeta de contacto omitida",
        "Bild weggelassen", "Video weggelassen", "Audio weggelassen", "Dokument weggelassen", "Sticker weggelassen",
        "GIF weggelassen", "Kontaktkarte ausgelassen",
        "image absente", "vidéo absente", "audio omis", "document manquant", "sticker omis", "GIF retiré",
        "carte de contact manquante",
        "immagine omessa", "video omesso", "audio omesso", "documento omesso", "sticker non incluso", "GIF esclusa",
        "scheda contatto omessa",
        "afbeelding weggelaten", "video weggelaten", "audio weggelaten", "document weggelaten", "sticker weggelaten",
        "GIF weggelaten", "contactkaart weggelaten",
    }
)  # fmt: skip
EDITED = frozenset(  # at the very end of a message
    {
        "<This message was edited>", "<Mensagem editada>", "<Esta mensagem foi editada>", "<Se editó este mensaje.>",
        "<Diese Nachricht wurde bearbeitet.>", "<Ce message a été modifié>", "<Questo messaggio è stato modificato>",
        "<Dit bericht is bewerkt>",
    }
)  # fmt: skip
DELETED = frozenset(  # without the full stop that some add
    {
        "This message was deleted", "You deleted this message", "Mensagem apagada", "Essa mensagem foi apagada",
        "Esta mensagem foi apagada", "Você apagou esta mensagem", "Apagou esta mensagem", "Se eliminó este mensaje",
        "Este mensaje fue eliminado", "Eliminaste este mensaje", "Diese Nachricht wurde gelöscht",
        "Du hast diese Nachricht gelöscht", "Ce message a été supprimé", "Vous avez supprimé ce message",
        "Questo messaggio è stato eliminato", "Hai eliminato questo messaggio", "Dit bericht is verwijderd",
        "Je hebt dit bericht verwijderd",
    }
)  # fmt: skip
CALLS = frozenset(
    {
        "Missed voice call", "Missed video call", "Missed group voice call", "Missed group video call", "Voice call",
        "Video call", "Group call", "Ligação de voz perdida", "Ligação de vídeo perdida", "Chamada de voz perdida",
        "Chamada de vídeo perdida", "Ligação de voz", "Ligação de vídeo", "Llamada perdida", "Llamada de voz perdida",
        "Videollamada perdida", "Verpasster Sprachanruf", "Verpasster Videoanruf", "Sprachanruf", "Videoanruf",
        "Appel vocal manqué", "Appel vidéo manqué", "Chiamata vocale persa", "Videochiamata persa",
        "Gemiste spraakoproep", "Gemiste video-oproep",
    }
)  # fmt: skip
AROUND_TITLES = (  # of the file's name, casefolded, what stands before and behind the title
    ("whatsapp chat with ", ""), ("whatsapp chat - ", ""), ("conversa do whatsapp com ", ""),
    ("conversa no whatsapp com ", ""), ("conversa whatsapp com ", ""), ("chat de whatsapp con ", ""),
    ("chat whatsapp con ", ""), ("discussion whatsapp avec ", ""), ("whatsapp chat mit ", ""),
    ("whatsapp-chat mit ", ""), ("whatsapp-chat met ", ""), ("whatsapp chat met ", ""),
    ("чат whatsapp \u0441 контактом ", ""), ("chat whatsapp s uživatelem ", ""), ("与", "的 whatsapp 聊天"),
)  # fmt: skip
