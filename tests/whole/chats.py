"""Small chats with a known content, as WhatsApp would export them."""

import io
import zipfile
from datetime import datetime, timedelta

PEOPLE = ["Ana Souza", "Bruno Lima", "+44 7700 900123"]
TOPICS = {
    0: ["The roof leaks again above the kitchen", "Who knows a roofer for the roof?", "The roofer comes on Friday",
        "He wants 400 for the roof, fine with me", "The ladder for the roof is at the back",
        "Thanks, roof and ladder it is"],
    1: ["Shall we plant tomatoes in the garden?", "The garden needs water in August", "Tomatoes want sun and a stick",
        "I will bring tomato seeds on Sunday", "The garden hose leaks",
        "Red tomatoes, said the garden"],
    2: ["The chess evening moves to the library", "Chess on Tuesday, bring a clock", "I lost my chess queen",
        "The library closes at nine", "Who plays chess with white?",
        "White is for the library team"],
    3: ["My bicycle has a flat tyre", "There is a pump in the shed", "The chain of the bicycle squeaks",
        "Oil it and it will be quiet", "The bicycle tyre holds now",
        "Then the shed pump works"],
}  # fmt: skip
MONDAY = datetime(2025, 1, 6, 9, 0)  # noqa: DTZ001 - an export has wall times


def lines_of_weeks(weeks: range, edited: str = "") -> list[str]:
    """An Android export's lines: six messages a week, from three people; `edited` replaces the roofer's price."""
    lines = []
    for week in weeks:
        for number, text in enumerate(TOPICS[week % len(TOPICS)]):
            at = MONDAY + timedelta(weeks=week, hours=number)
            said = edited if edited and "400" in text and week == 0 else f"{text} ({week})"
            lines.append(f"{at:%d/%m/%Y, %H:%M} - {PEOPLE[number % len(PEOPLE)]}: {said}")
    return lines


def export(lines: list[str], pictures: dict[str, bytes] | None = None, title: str = "Our Street") -> bytes:
    """The zip that WhatsApp makes of a chat."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        text = "".join(line + "\n" for line in lines)
        archive.writestr(zipfile.ZipInfo(f"WhatsApp Chat with {title}.txt", (2025, 6, 1, 0, 0, 0)), text)
        for name, data in (pictures or {}).items():
            archive.writestr(zipfile.ZipInfo(name, (2025, 6, 1, 0, 0, 0)), data)
    return buffer.getvalue()
