"""Numbers that are nobody's stay, and those that are somebody's go, in several languages."""

import pytest

from egregora.privacy.detect import Redactor
from egregora.privacy.roster import Roster

REDACTOR = Redactor((), {})
ROSTER = Roster(
    {"ana clara souza": "aaaaaaaa", "will young": "bbbbbbbb", "5511987654321": "eeeeeeee"}, frozenset()
).redactor()

HARMLESS = """
custou R$ 1234567,89 no total
the price is 1,250,000.50 dollars
US$ 12345678901 de dívida
kostet 1.250.000 Euro im Jahr
1607635102.00 -0.96
250000000 habitantes
la ville a 12345678 habitants
il comune ha 1234567890 abitanti
3 a 2, 21-19, 21-17
6-4 7-6 6-3
às 10h30, das 09:00 às 17:30
Tue Jun 02 20:17:00
2024-03-05T10:30:00Z
2024-03-05 10:30:00.123456
20240305103000
20240305_103000
202403051030
05/03/2024 10:30
5.3.2024
2024/03/05
2024.03.05
03-25-2024
1990-2024
2019 2020 2021 2022
versão 10.0.19045
version 1.2.3-rc.4
v2024.11.30
ticket 1234567890
order no. 5123456789
order number: 5123456789
order 114-1234567-1234567
pedido 11912345678
número do pedido: 11912345678
protocolo 20241234567
pedido n.º 1234567890
Bestellnummer 1234567890
Auftrag Nr. 1234567890
Sendungsnummer 123456789012
commande n° 1234567890
suivi : 1234567890123
numero d'ordine 1234567890 ordine 1234567890
spedizione 1234567890
bestelling 1234567890
vlucht KL1234
flight LA3451
vuelo 1234567890
invoice 2024000123
5123456789 ns
took 1234567890 ms
1234567890 bytes
12345678,12345678,1,12345678,1234,1
1,2,3,4,5,6,7,8,9,10,11,12
978-0-306-40615-7
9780306406157
ISBN 0306406152
d41d8cd98f00b204e9800998ecf8427e
commit 3f12345678901b2c4d5e
123e4567-e89b-12d3-a456-426614174000
1234567890123456789
12345678901234567890123456
IMG-20240305-WA0001.jpg
El 23 de julio de 2018, fue cedido 2019 2020
mensajes de 19 personas en 7 días
14 mensagens de 37 pessoas em 3 dias
às 12h levo a sobremesa metade do que você
já fiz a conta 12/03/2021
maior que 1 000 000 de vezes
pi = 3.14159, e = 2.71828
10-12, 14-16, 18-20
react@18.2.0
1 2 3 4 5 6 7 8 9 10
COVID2019 e PLAYLIST1
12-03-21
20240305
10000000
6033391
what is letter 96c
hosted-eu-20260812-09
paseo a las 11
in piazza per le 14.30
vanaf aflevering 2
https://twitter.com/i/status/1234567890123456789?s=20
https://www.facebook.com/groups/123456789012345/AbcdeFGhiJK1
https://site.example/some-article-name-12-3456/
https://a.example/v/1234567890123?utm_source=x&page=2
""".strip().split("\n")

# What must not be left of each, behind the bar.
SECRETS = """
meu cel é 11 91234-5678 | 91234
+55 11 91234-5678 | 91234
liga pra mim 912345678 | 912345678
call me at 555 123 4567 | 4567
call me at 2025550123 | 2025550123
my number is 07911 123456 | 123456
phone: 7096785634 | 7096785634
phone number is 7096785634 | 7096785634
whatsapp 1234567 | 1234567
mi teléfono es 612 345 678 | 345
mi móvil: 612345678 | 612345678
Handy: 0171 1234567 | 1234567
meine Nummer ist 01711234567 | 01711234567
mon portable 06 12 34 56 78 | 34 56
mon numéro est 0612345678 | 0612345678
il mio numero è 347 1234567 | 1234567
cellulare 3471234567 | 3471234567
mijn nummer is 06-12345678 | 12345678
telefoon: 0612345678 | 0612345678
Nummer is: 10204 3857, daarna wissen | 3857
salvate questo: 06 555 8611, ciao | 8611
0049 171 1234567 | 1234567
Tel. (030) 123456 | 123456
tel:+5511912345678 | 912345678
11912345678 | 11912345678
meine Ausweisnummer ist L01X0KT47 | L01X0KT47
L01X0KT47 | L01X0KT47
ausweisnummer: l01x0kt47 | l01x0kt47
paspoort NXR4C59H1 | NXR4C59H1
carta d'identità CA85243AB | CA85243AB
CA85243AB | CA85243AB
passeport 14AB96151 | 14AB96151
passport no. 123456789 | 123456789
Passport AB1234567 | 1234567
pasaporte PAA123456 | 123456
12/12345678/12 | 12345678
cpf 123.456.789-09 | 789
meu RG é 1234567 | 1234567
52998224725 | 52998224725
12345678000195 | 12345678000195
12.345.678/0001-95 | 0001
CNPJ: 12345678000196 | 12345678000196
boleto 23793381286000782713695000063305984660000020000 | 2379338
4111 1111 1111 1111 | 1111
12 411111 1111111111 34 | 411111
2019 4111 1111 1111 1111 | 1111
4111-1111-1111-1112 | 1112
5500005555555559 | 55555
378282246310005 | 310005
GB29 NWBK 6016 1331 9268 19 | 6016
DE89370400440532013000 | 3704
DE00 3704 0044 0532 0130 00 obrigado | 3704
es DE89 3704 0044 0532 0130 00 | 3704
IT60 X054 2811 1010 0000 0123 456 | 2811
EG380019000500000000263180002 | 0019
20-09-29 34649539 | 34649539
sort code: 23-14-70 | 23-14
account number: 81944697 | 81944697
conta corrente 123456-7 | 123456
dni 12345678Z | 12345678
DNI: 12345678-z | 12345678
X1234567L | 1234567
RSSMRA85T10A562S | 85T10
1 85 05 78 006 084 36 | 084
123-45-6789 | 6789
QQ 12 34 56 C | 34
bsn 111222333 | 111222333
86 095 742 719 | 742
-23.550520, -46.633308 | 633308
center: { lat: -12.345, lng: 123.456 } | 345
ana@example.com | ana@
me@example.co.uk, | me@
pix 123e4567-e89b-12d3-a456-426614174000 | e89b
(510)3041234 | 3041234
account 9876543210 | 9876543210
12/03/2021 11 91234-5678 | 91234
""".strip().split("\n")

LINKS = [
    ("https://a.example/p?x=1&token=abc&y=2", "https://a.example/p?x=1&y=2"),
    ("https://a.example/p?token=abc&y=2", "https://a.example/p?y=2"),
    ("https://a.example/p?token=abc", "https://a.example/p"),
    ("https://a.example/p?token=abc&key=1#sid=3", "https://a.example/p"),
    ("https://a.example/p?token=abc&key=1&z=2#top", "https://a.example/p?z=2#top"),
    ("veja (https://a.example/p?mail=a%40b.co).", "veja (https://a.example/p)."),
    ("[aqui](https://a.example/p?q=ana%40b.co&x=1)", "[aqui](https://a.example/p?x=1)"),
    ("https://a.example/p?next=%2B5511912345678&x=1", "https://a.example/p?x=1"),
    ("https://a.example/p?q=Ana+Clara&x=1", "https://a.example/p?x=1"),
    ("https://a.example/p?x=1&amp;token=abc", "https://a.example/p?x=1"),
    ("https://a.example/p?token=abc&amp;x=1", "https://a.example/p?x=1"),
    ("https://youtu.be/dQw4w9WgXcQ?si=abc", "https://youtu.be/dQw4w9WgXcQ"),
    ("https://www.instagram.com/reel/CabcDEF/?igsh=abc==", "https://www.instagram.com/reel/CabcDEF/"),
    ("https://x.com/joe/status/123?s=20", "https://x.com/i/status/123?s=20"),
    ("twitter.com/joe/status/123/photo/1", "twitter.com/i/status/123/photo/1"),
    ("https://zoom.us/j/93220689391?pwd=abc!", "[invite]!"),
    ("https://teams.microsoft.com/l/meetup-join/19:meeting_abc@thread.v2/1620884928443?c=1", "[invite]"),
    ("https://meet.google.com/abc-defg-hij", "[invite]"),
    ("https://maps.google.com/?q=-23.123456,-46.654321", "[location]"),
    ("https://a.example/ana-clara/x?y=1", "[profile]"),
    ("https://anaclara.example/x", "[profile]"),
    ("https://a.example/u/ana%40b.co/x", "[email]"),
    ("https://joe:pw@a.example/x", "[email]"),
    ("https://a.example/5511987654321/x", "[phone]"),
    ("https://a.example/x?n=5511987654321", "https://a.example/x"),
    ("https://en.wikipedia.org/wiki/Ana_(film)_x, e", "[profile], e"),
    ("https://a.example/wiki/Foo_(bar)?sid=1", "https://a.example/wiki/Foo_(bar)"),
    ("https://a.example/p;jsessionid=ABC?x=1", "https://a.example/p?x=1"),
    ("https://a.example/#/route?access_token=abc", "https://a.example/#/route"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_numbers_of_nobody_stay(text):
    assert REDACTOR.redact(text) == (text, {})


@pytest.mark.parametrize("line", SECRETS)
def test_numbers_of_somebody_go(line):
    text, _, secret = line.partition(" | ")
    assert secret in text
    assert secret not in REDACTOR.redact(text)[0]


@pytest.mark.parametrize(("text", "expected"), LINKS)
def test_an_address_stays_or_goes_or_loses_what_tells_of_somebody(text, expected):
    left = ROSTER.redact(text)[0]
    assert left == expected
    assert ROSTER.detect(left) == []


def test_numbers_go_whose_words_stand_in_the_line_before():
    left = REDACTOR.redact("Sort code:\n23-14-70\nAccount number:\n81944697\n20240305")[0]
    assert left == "Sort code:\n[id]\nAccount number:\n[id]\n20240305"


@pytest.mark.parametrize(
    "text", ["maybe he will, young people stay", "he will\nyoung people", "will young people come?"]
)
def test_a_name_of_ordinary_words_asks_for_capitals(text):
    assert ROSTER.redact(text) == (text, {})
    assert ROSTER.redact(f"Will Young {text}") == (f"[person:bbbbbbbb] {text}", {"person": 1})


def test_what_stands_for_the_end_of_a_line_ends_one():
    assert REDACTOR.redact("Sort code:&#10;23-14-70&#10;ok")[0] == "Sort code:&#10;[id]&#10;ok"
