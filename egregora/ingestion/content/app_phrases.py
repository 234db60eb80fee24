"""What WhatsApp itself writes into a chat, by language, where the structure of a line is not enough.

Whole phrases only, which nobody types by chance. A wrong one does no harm; what is missing `learned_phrases` may learn.
"""
# ruff: noqa: RUF001  # letters of other alphabets that look like Latin ones are meant

ATTACHED = frozenset(  # behind an attachment's name on Android
    {
        "file attached", "arquivo anexado", "ficheiro anexado", "archivo adjunto", "fichier joint", "Datei angehängt",
        "file allegato", "bestand bijgevoegd", "файл добавлен", "файл додано", "plik załączony", "załączono plik",
        "dosya ekli", "الملف مرفق", "קובץ מצורף", "הקובץ מצורף", "file terlampir", "fail dilampirkan",
        "tiedosto liitetty", "bifogad fil", "fil bifogad", "fil vedhæftet", "vedhæftet fil", "fil vedlagt",
        "soubor byl přiložen", "súbor bol priložený", "fájl csatolva", "fișier atașat", "συνημμένο αρχείο",
        "ファイル添付", "添付ファイル", "파일 첨부됨", "文件附件", "附件檔案", "檔案已附加", "tệp đính kèm",
        "ไฟล์ที่แนบมา", "datoteka priložena", "прикачен файл", "fitxer adjunt", "फ़ाइल संलग्न है",
    }
)  # fmt: skip
ATTACHED_IN_ANGLES = frozenset(  # beside an attachment's name on iOS; it counts there without a direction mark
    {
        "attached", "anexado", "adjunto", "pièce jointe", "Anhang", "allegato", "bijgevoegd", "вложено", "вкладено",
        "dołączono", "eklendi", "المُرفق", "مرفق", "מצורף", "terlampir", "liite", "bifogad", "bifogat", "vedhæftet",
        "vedlagt", "přiloženo", "priložené", "csatolva", "atașat", "συνημμένο", "添付ファイル", "첨부됨", "附件",
        "đính kèm", "แนบ", "priloženo", "adjunt", "संलग्न",
    }
)  # fmt: skip
OMITTED = frozenset(  # in place of any attachment
    {
        "<Media omitted>", "<View once voice message omitted>", "<Mídia oculta>", "<Mídia omitida>",
        "<Arquivo de mídia oculto>", "<Ficheiro não revelado>", "<Multimedia omitido>", "<Archivo omitido>",
        "<Médias omis>", "<Fichier omis>", "<Medien ausgeschlossen>", "<Medien weggelassen>", "<Media omessi>",
        "<Media omesso>", "<Media weggelaten>", "<Без медиафайлов>", "<Файл пропущен>", "<Медіа пропущено>",
        "<Без медіафайлів>", "<Pominięto multimedia>", "<pominięto multimedia>", "<Medya dahil edilmedi>",
        "<تم استبعاد الوسائط>", "<המדיה לא נכללה>", "<מדיה הושמטה>", "<Media tidak disertakan>",
        "<Media jätettiin pois>", "<Media har utelämnats>", "<Media utelämnat>", "<Media udeladt>", "<Medier udeladt>",
        "<Media utelatt>", "<Medier utelatt>", "<Média vynechána>", "<Médiá vynechané>", "<Hiányzó médiafájl>",
        "<Media omise>", "<メディアなし>", "<メディアは含まれていません>", "<미디어 파일 제외됨>", "<省略多媒体文件>",
        "<忽略多媒体文件>", "<略過多媒體檔>", "<忽略多媒體檔>", "<Đã bỏ qua media>", "<Medijski zapis izostavljen>",
        "<Multimèdia omès>",
    }
)  # fmt: skip
OMITTED_BY_TYPE = frozenset(  # the same on iOS, where older versions put no mark before the line
    {
        "image omitted", "video omitted", "audio omitted", "document omitted", "sticker omitted", "GIF omitted",
        "Contact card omitted", "video note omitted", "voice message omitted", "view once message omitted",
        "imagem ocultada", "vídeo omitido", "vídeo ocultado", "áudio ocultado", "áudio omitido", "documento omitido",
        "documento ocultado", "figurinha omitida", "figurinha ocultada", "GIF omitido", "GIF ocultado",
        "cartão do contato omitido", "imagem omitida", "autocolante omitido", "recado de vídeo omitido",
        "imagen omitida", "Video omitido", "video omitido", "audio omitido", "sticker omitido",
        "Tarjeta de contacto omitida",
        "image absente", "vidéo absente", "audio omis", "document manquant", "sticker omis", "GIF retiré",
        "carte de contact manquante",
        "Bild weggelassen", "Video weggelassen", "Audio weggelassen", "Dokument weggelassen", "Sticker weggelassen",
        "GIF weggelassen", "Kontaktkarte ausgelassen", "Videonachricht weggelassen",
        "immagine omessa", "video omesso", "audio omesso", "documento omesso", "sticker non incluso", "GIF esclusa",
        "scheda contatto omessa",
        "afbeelding weggelaten", "video weggelaten", "audio weggelaten", "document weggelaten", "sticker weggelaten",
        "GIF weggelaten", "contactkaart weggelaten", "videonotitie weggelaten",
        "изображение отсутствует", "видео отсутствует", "аудиофайл отсутствует", "документ отсутствует",
        "стикер отсутствует", "GIF отсутствует",
        "görüntü dahil edilmedi", "video dahil edilmedi", "ses dahil edilmedi", "belge dahil edilmedi",
        "çıkartma dahil edilmedi", "Çıkartma dahil edilmedi", "GIF dahil edilmedi",
        "gambar tidak disertakan", "video tidak disertakan", "audio tidak disertakan", "dokumen tidak disertakan",
        "stiker tidak disertakan", "GIF tidak disertakan",
        "kuva jätettiin pois", "video jätettiin pois", "ääni jätettiin pois", "asiakirja jätettiin pois",
        "tarra jätettiin pois", "GIF jätettiin pois",
        "đã bỏ qua hình ảnh", "đã bỏ qua video", "đã bỏ qua âm thanh", "đã bỏ qua tài liệu", "đã bỏ qua nhãn dán",
        "đã bỏ qua GIF",
    }
)  # fmt: skip
EDITED = frozenset(  # at the very end of a message, in angle brackets, without the full stop that some add
    {
        "This message was edited", "Mensagem editada", "Esta mensagem foi editada", "Se editó este mensaje",
        "Ce message a été modifié", "Diese Nachricht wurde bearbeitet", "Questo messaggio è stato modificato",
        "Dit bericht is bewerkt", "Сообщение изменено", "Данное сообщение изменено", "Це повідомлення змінено",
        "Повідомлення змінено", "Bu mesaj düzenlendi", "Wiadomość edytowana", "Ta wiadomość została zmieniona",
        "Ta wiadomość została edytowana", "تم تعديل هذه الرسالة", "הודעה זו נערכה", "این پیام ویرایش شد",
        "यह मैसेज एडिट किया गया", "এই মেসেজটি এডিট করা হয়েছে", "Pesan ini diedit", "Pesan ini telah diedit",
        "Mesej ini telah diedit", "Tätä viestiä muokattiin", "Det här meddelandet redigerades",
        "Denne besked blev redigeret", "Denne meldingen ble redigert", "Tato zpráva byla upravena",
        "Táto správa bola upravená", "Ezt az üzenetet szerkesztették", "Üzenet szerkesztve",
        "Acest mesaj a fost editat", "Αυτό το μήνυμα υποβλήθηκε σε επεξεργασία", "Το μήνυμα τροποποιήθηκε",
        "このメッセージは編集されました", "이 메시지는 수정되었습니다", "수정된 메시지입니다", "此消息已编辑",
        "已编辑此消息", "此訊息已編輯", "已編輯此訊息", "Tin nhắn này đã được chỉnh sửa", "ข้อความนี้ถูกแก้ไข",
        "ข้อความนี้ถูกแก้ไขแล้ว", "Ova je poruka uređena", "Ova poruka je uređena", "Това съобщение беше редактирано",
        "S'ha editat aquest missatge",
    }
)  # fmt: skip
DELETED = frozenset(  # without the full stop that some add
    {
        "This message was deleted", "You deleted this message", "Mensagem apagada", "Essa mensagem foi apagada",
        "Esta mensagem foi apagada", "Você apagou esta mensagem", "Apagou esta mensagem", "Eliminou esta mensagem",
        "Esta mensagem foi eliminada", "Se eliminó este mensaje", "Este mensaje fue eliminado",
        "Eliminaste este mensaje", "Ce message a été supprimé", "Vous avez supprimé ce message",
        "Diese Nachricht wurde gelöscht", "Du hast diese Nachricht gelöscht", "Questo messaggio è stato eliminato",
        "Hai eliminato questo messaggio", "Dit bericht is verwijderd", "Je hebt dit bericht verwijderd",
        "Данное сообщение удалено", "Вы удалили данное сообщение", "Это сообщение удалено",
        "Вы удалили это сообщение", "Це повідомлення видалено", "Це повідомлення було видалено",
        "Ви видалили це повідомлення", "Ta wiadomość została usunięta", "Usunięto tę wiadomość",
        "Wiadomość została usunięta", "Usunąłeś tę wiadomość", "Usunięto przez Ciebie tę wiadomość",
        "Bu mesaj silindi", "Bu mesajı sildiniz", "تم حذف هذه الرسالة", "لقد حذفت هذه الرسالة",
        "قمت بحذف هذه الرسالة", "حذفت هذه الرسالة", "הודעה זו נמחקה", "מחקת הודעה זו", "این پیام حذف شد",
        "این پیام حذف شده است", "شما این پیام را حذف کردید", "यह मैसेज हटा दिया गया", "यह मैसेज डिलीट किया गया",
        "आपने यह मैसेज डिलीट किया", "আপনি এই মেসেজটি ডিলিট করেছেন", "এই মেসেজটি ডিলিট করা হয়েছে",
        "Pesan ini telah dihapus", "Pesan ini dihapus", "Anda menghapus pesan ini", "Anda telah menghapus pesan ini",
        "Mesej ini telah dipadam", "Mesej ini telah dipadamkan", "Anda telah memadamkan mesej ini",
        "Tämä viesti poistettiin", "Tämä viesti on poistettu", "Poistit tämän viestin",
        "Det här meddelandet raderades", "Du raderade det här meddelandet", "Det här meddelandet togs bort",
        "Du tog bort det här meddelandet", "Denne besked blev slettet", "Denne besked er slettet",
        "Du slettede denne besked", "Denne meldingen ble slettet", "Du slettet denne meldingen",
        "Tato zpráva byla odstraněna", "Tato zpráva byla smazána", "Odstranili jste tuto zprávu",
        "Smazali jste tuto zprávu", "Táto správa bola odstránená", "Táto správa bola vymazaná",
        "Odstránili ste túto správu", "Vymazali ste túto správu", "Ezt az üzenetet törölték",
        "Törölted ezt az üzenetet", "Üzenet törölve", "Acest mesaj a fost șters", "Ați șters acest mesaj",
        "Ai șters acest mesaj", "Αυτό το μήνυμα διαγράφηκε", "Το μήνυμα διαγράφηκε", "Διαγράψατε αυτό το μήνυμα",
        "このメッセージは削除されました", "このメッセージを削除しました", "あなたはこのメッセージを削除しました",
        "삭제된 메시지입니다", "이 메시지는 삭제되었습니다", "이 메시지를 삭제했습니다", "此消息已删除",
        "您已删除此消息", "你已删除此消息", "您删除了这条消息", "你删除了这条消息", "此訊息已刪除", "您已刪除此訊息",
        "你已刪除此訊息", "您已刪除這則訊息", "你已刪除這則訊息", "Tin nhắn này đã bị xóa", "Tin nhắn này đã bị xoá",
        "Bạn đã xóa tin nhắn này", "Bạn đã xoá tin nhắn này", "ข้อความนี้ถูกลบ", "ข้อความนี้ถูกลบแล้ว",
        "คุณลบข้อความนี้", "คุณลบข้อความนี้แล้ว", "คุณได้ลบข้อความนี้", "Ova poruka je izbrisana",
        "Ova je poruka izbrisana", "Izbrisali ste ovu poruku", "Това съобщение беше изтрито",
        "Изтрихте това съобщение", "S'ha suprimit aquest missatge", "S'ha eliminat aquest missatge",
        "Has suprimit aquest missatge", "Has eliminat aquest missatge",
    }
)  # fmt: skip
DELETED_BY = (  # before the name of an admin
    "This message was deleted by admin ", "Mensagem apagada pelo admin ", "Essa mensagem foi apagada pelo admin ",
)  # fmt: skip
MISSED_CALLS = frozenset(
    {
        "Missed voice call", "Missed video call", "Missed group voice call", "Missed group video call",
        "Silenced voice call", "Silenced video call", "Ligação de voz perdida", "Ligação de vídeo perdida",
        "Chamada de voz perdida", "Chamada de vídeo perdida", "Videochamada perdida",
        "Ligação de voz em grupo perdida", "Ligação de vídeo em grupo perdida", "Llamada perdida",
        "Llamada de voz perdida", "Videollamada perdida", "Llamada grupal perdida", "Videollamada grupal perdida",
        "Appel vocal manqué", "Appel vidéo manqué", "Appel vocal de groupe manqué", "Appel vidéo de groupe manqué",
        "Verpasster Sprachanruf", "Verpasster Videoanruf", "Verpasster Gruppenanruf",
        "Verpasster Gruppen-Sprachanruf", "Verpasster Gruppen-Videoanruf", "Chiamata vocale persa",
        "Videochiamata persa", "Chiamata di gruppo persa", "Gemiste spraakoproep", "Gemiste video-oproep",
        "Пропущенный аудиозвонок", "Пропущенный видеозвонок", "Пропущений аудіодзвінок", "Пропущений відеодзвінок",
        "Nieodebrane połączenie głosowe", "Nieodebrane połączenie wideo", "Cevapsız sesli arama",
        "Cevapsız görüntülü arama", "مكالمة صوتية فائتة", "مكالمة فيديو فائتة", "שיחה קולית שלא נענתה",
        "שיחת וידאו שלא נענתה", "मिस्ड वॉइस कॉल", "मिस्ड वीडियो कॉल", "Panggilan suara tak terjawab",
        "Panggilan video tak terjawab", "Panggilan suara terlepas", "Panggilan video terlepas",
        "Vastaamaton äänipuhelu", "Vastaamaton videopuhelu", "Missat röstsamtal", "Missat videosamtal",
        "Ubesvaret taleopkald", "Ubesvaret videoopkald", "Tapt taleanrop", "Tapt videoanrop",
        "Zmeškaný hlasový hovor", "Zmeškaný videohovor", "Nem fogadott hanghívás", "Nem fogadott videohívás",
        "Apel vocal pierdut", "Apel video pierdut", "Αναπάντητη φωνητική κλήση", "Αναπάντητη βιντεοκλήση",
        "音声通話の不在着信", "ビデオ通話の不在着信", "부재중 음성 통화", "부재중 영상 통화", "부재중 음성통화",
        "부재중 영상통화", "未接语音通话", "未接视频通话", "未接語音通話", "未接視訊通話", "Cuộc gọi thoại nhỡ",
        "Cuộc gọi video nhỡ", "Propušten glasovni poziv", "Propušten videopoziv", "Пропуснато гласово повикване",
        "Пропуснато видео повикване", "Trucada de veu perduda", "Videotrucada perduda",
    }
)  # fmt: skip
CALLS = MISSED_CALLS | {  # the others on iOS only, where a mark tells that nobody typed them
    "Voice call", "Video call", "Group call", "Group voice call", "Group video call", "Ligação de voz",
    "Ligação de vídeo", "Chamada de voz", "Chamada de vídeo", "Videochamada", "Llamada", "Llamada de voz",
    "Videollamada", "Appel vocal", "Appel vidéo", "Sprachanruf", "Videoanruf", "Gruppenanruf", "Chiamata vocale",
    "Videochiamata", "Spraakoproep", "Video-oproep", "Аудиозвонок", "Видеозвонок", "Аудіодзвінок", "Відеодзвінок",
    "Połączenie głosowe", "Połączenie wideo", "Sesli arama", "Görüntülü arama", "مكالمة صوتية", "مكالمة فيديو",
    "שיחה קולית", "שיחת וידאו", "Panggilan suara", "Panggilan video", "Äänipuhelu", "Videopuhelu", "Röstsamtal",
    "Videosamtal", "Taleopkald", "Videoopkald", "Taleanrop", "Videoanrop", "Hlasový hovor", "Videohovor",
    "Hanghívás", "Videohívás", "Apel vocal", "Apel video", "Φωνητική κλήση", "Βιντεοκλήση", "音声通話", "ビデオ通話",
    "음성 통화", "영상 통화", "语音通话", "视频通话", "語音通話", "視訊通話", "Cuộc gọi thoại", "Cuộc gọi video",
}  # fmt: skip
LIVE_LOCATIONS = (
    "live location shared", "Live location shared", "Live-Standort wird geteilt", "Ubicación en tiempo real compartida",
)  # fmt: skip
TITLE_AFFIXES = (  # of the file's name, casefolded, what stands before and behind the title; the longer one first
    ("whatsapp chat with ", ""), ("whatsapp chat - ", ""), ("conversa do whatsapp com ", ""),
    ("conversa no whatsapp com ", ""), ("conversa whatsapp com ", ""), ("conversa do whatsapp - ", ""),
    ("conversa de whatsapp con ", ""), ("chat de whatsapp con ", ""), ("chat whatsapp con ", ""),
    ("chat de whatsapp - ", ""), ("chat whatsapp - ", ""), ("xat de whatsapp amb ", ""), ("xat del whatsapp amb ", ""),
    ("discussion whatsapp avec ", ""), ("discussion whatsapp - ", ""), ("whatsapp chat mit ", ""),
    ("whatsapp-chat mit ", ""), ("whatsapp-chat met ", ""), ("whatsapp chat met ", ""), ("whatsapp-chat - ", ""),
    ("whatsapp-chatt med ", ""), ("whatsapp-chat med ", ""), ("whatsapp-samtale med ", ""),
    ("whatsapp-keskustelu henkilön ", " kanssa"), ("whatsapp-keskustelu: ", ""), ("conversație whatsapp cu ", ""),
    ("conversaţie whatsapp cu ", ""), ("chat whatsapp s uživatelem ", ""), ("chat whatsapp s používateľom ", ""),
    ("czat whatsapp z użytkownikiem ", ""), ("czat whatsapp z ", ""), ("whatsapp chat s ", ""),
    ("chat whatsapp dengan ", ""), ("sembang whatsapp dengan ", ""), ("", " ile whatsapp sohbeti"),
    ("чат whatsapp \u0441 контактом ", ""), ("чат whatsapp \u0441 ", ""), ("чат whatsapp з ", ""),
    ("бесіда whatsapp з ", ""), ("whatsapp чат \u0441 ", ""), ("συνομιλία whatsapp με ", ""),
    ("צ'אט whatsapp עם ", ""), ("צ'אט וואטסאפ עם ", ""),
    ("محادثة واتساب مع ", ""), ("دردشة واتساب مع ", ""), ("", " के साथ whatsapp चैट"), ("แชท whatsapp กับ ", ""),
    ("与", "的 whatsapp 聊天"), ("與", "的 whatsapp 對話"), ("", "とのwhatsappチャット"), ("", "とのwhatsappトーク"),
    ("", "님과의 whatsapp 대화"),
)  # fmt: skip
