"""The theme: a few settings as CSS variables."""

from dataclasses import dataclass

PAPERS = {"warm": ("#fdfbf7", "#171513"), "white": ("#ffffff", "#121212"), "cool": ("#f7f9fc", "#11151b")}
_HUES = {"warm": ("#f5efe6", "#e6dfd5", "#221f1b", "#36302a"), "white": ("#f4f4f4", "#e2e2e2", "#1e1e1e", "#333333")}
_HUES |= {"cool": ("#ecf1f7", "#d9e1ec", "#1a212a", "#2b3541")}
_READABLE = 4.6  # contrast of text, a little above the 4.5 of WCAG 2.2 AA
_STEPS = 50


@dataclass(frozen=True)
class Theme:
    """The theme settings; "" for the accent means the default of the style sheet."""

    accent: str = ""
    font: str = "serif"
    paper: str = "warm"

    @property
    def css(self) -> str:
        """A CSS rule with the variables that differ from the style sheet; "" if none does."""
        rules = [*self._paper(), *self._accent(), *(["--text: var(--sans)"] if self.font == "sans" else [])]
        return f":root {{ {'; '.join(rules)} }}\n" if rules else ""

    def _paper(self) -> list[str]:
        if self.paper == "warm":
            return []
        (light, dark), (wash, line, dark_wash, dark_line) = PAPERS[self.paper], _HUES[self.paper]
        return [
            f"--paper: light-dark({light}, {dark})",
            f"--wash: light-dark({wash}, {dark_wash})",
            f"--line: light-dark({line}, {dark_line})",
        ]

    def _accent(self) -> list[str]:
        if not self.accent:
            return []
        wash, _, dark_wash, _ = _HUES[self.paper]
        return [f"--accent: light-dark({readable(self.accent, wash)}, {readable(self.accent, dark_wash)})"]


def readable(colour: str, ground: str) -> str:
    """`colour`, made darker or lighter only as much as contrast on `ground` requires."""
    towards = 0 if luminance(ground) > 0.18 else 255  # noqa: PLR2004 - where black and white are as far away
    red, green, blue = _parts(colour)
    for step in range(_STEPS + 1):
        mixed = tuple(round(part + (towards - part) * step / _STEPS) for part in (red, green, blue))
        found = "#{:02x}{:02x}{:02x}".format(*mixed)
        if contrast(found, ground) >= _READABLE:
            return found
    return f"#{towards:02x}{towards:02x}{towards:02x}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by WCAG 2.2: from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    """The relative luminance of a colour by WCAG 2.2: from 0 to 1."""
    linear = [part / 3294.6 if part <= 10.31 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in _parts(colour)]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
