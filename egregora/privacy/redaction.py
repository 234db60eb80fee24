"""What is taken out of a text, and what stands there instead: `[person:ab12cd34]`, `[phone]`, `[email]` and so on."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from egregora.privacy.names import Dividing, Folding, Name, is_phone, name_key, names_pattern, words_of
from egregora.privacy.strangers import full_name

Span = tuple[int, int, str, str]  # start and end in folded text, kind, placeholder

LONGEST_MENTION = 100

_MENTION = re.compile(f"@\u2068([^\u2068\u2069\n]{{1,{LONGEST_MENTION}}})\u2069")
_DIGITS_MENTION = re.compile(r"(?<![\w.])@(\d{7,20})(?!\d)")
_PLACEHOLDER = re.compile(
    r"\[(?:person(?::[0-9a-f]{8}(?:[0-9a-f]{8}|[0-9a-f]{24}|[0-9a-f]{56})?)?|phone|email|id|card|invite)\]"
)
_REST = r"[^\s<>\"]{0,2000}[^\s<>\".,;:!?)\]]"  # of an address, without what ends a sentence
_URL = re.compile(r"(?:https?://|www\.|(?<![\w.@-])(?:[a-z\d-]{1,63}\.){1,4}[a-z]{2,24}/)[^\s<>\"]{1,2000}")
_SIX_DIGITS = re.compile(r"(?:\d\D{0,4}){6}")
_DIGITS = re.compile(r"\d(?:[ ().-]{0,2}\d)+")
_ENDING, _BEFORE_ENDING = 7, 8  # digits that tell a number from others, and those that may stand before
_APART = r"(?<!\d)(?<!\d[-./])"  # behind no digit and no date
_NO_YEARS = r"(?!(?:19|20)\d\d[ .-](?:19|20)\d\d(?!\d))"


@dataclass(frozen=True, slots=True)
class Rule:
    """One writing of personal data in folded text: the pattern's group, or all of it, is what is taken out.

    `sign` is what a text must hold for the pattern to be tried; "" stands for six digits near each other.
    """

    kind: str
    sign: str
    pattern: re.Pattern[str]


# By shape, never by checksum: a mistyped number is still somebody's. Every repetition has an upper bound.
_RULES = (
    Rule("email", "@", re.compile(r"[\w.%+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    Rule("invite", "whatsapp.com/", re.compile(r"(?:https?://)?chat\.whatsapp\.com/" + _REST)),
    Rule("phone", "wa.me/", re.compile(r"(?:https?://)?(?:www\.)?(?<!\w)wa\.me/" + _REST)),
    Rule("phone", "whatsapp", re.compile(r"(?:https?://)?(?:[a-z]{2,8}\.)?whatsapp(?:\.com|:/)/send" + _REST)),
    Rule("phone", "+", re.compile(r"\+\(?\d(?:[ ().-]{0,3}\d){7,14}(?!\d)")),
    Rule(
        "card",
        "",
        re.compile(
            r"(?<![^\W_])[a-z]{2}\d{2}(?=(?:[a-z -]{0,6}\d){8})(?:[ -]?[a-z\d]{4}){2,7}(?:[ -]?[a-z\d]{1,3})?(?![^\W_])"
            r"|(?<!\d)(?:"
            + _NO_YEARS
            + r"\d{4}(?:[ .-]?\d{4}){3}(?:[ .-]?\d{1,3})?|\d{4}[ .-]?\d{6}[ .-]?\d{5}|\d{15,19})(?!\d)"
        ),
    ),
    Rule(
        "id",
        "",
        re.compile(
            r"(?<!\d)(?:\d{2}[. ]?\d{3}[. ]?\d{3}[/ ]\d{4}[- ]?\d{2}|\d{14}|\d{20,80}"  # CNPJ; the digits of a bill
            r"|\d{3}[. ]?\d{3}[. ]?\d{3}[-./ ]\d{2}|(?![1-9]{2}9)(?!0)\d{11}"  # CPF
            r"|\d{1,2}\.\d{3}\.\d{3}-[\dx]|\d{3}-\d{2}-\d{4}"  # RG, SSN
            r"|\d{8}-?[a-z](?![^\W_]))(?!\d)"  # DNI
            r"|(?<![^\W_])(?:[xyz]-?\d{7}-?[a-z]|[a-z]{2} ?\d{2} ?\d{2} ?\d{2} ?[a-d]|[a-z]{2}\d{6,7})(?![^\W_])"
            r"|(?<![^\W_])(?:cpf|cnpj|rg|cnh|pis|titulo|passaporte|passport|pasaporte|reisepass|ausweis|ssn|nino|dni|nie"
            r"|nif|curp|steuer-?id)(?![^\W_])[^\d\n]{0,20}(\d(?:[ ./-]{0,2}\d){5,20}(?:-?x)?)"
        ),
    ),
    Rule(
        "phone",
        "",
        re.compile(
            _APART + r"(?:00\d(?:[ ().-]{0,2}\d){8,13}"  # abroad
            r"|\(0?\d{2,4}\) ?-?\d? ?\d{3,5}[ .-]?\d{3,4}"  # area code in brackets
            r"|0?\d{2}[ .-]{1,2}9?[ .]?"
            + _NO_YEARS
            + r"\d{4}[ .-]?\d{4}|9[ .]?\d{4}-\d{4}|"
            + _NO_YEARS
            + r"\d{4}-\d{4}"
            r"|(?:1[ .-])?\d{3}[ .-]\d{3}[ .-]\d{4}"  # North America
            r"|0\d(?:[ .-]\d{2}){4}|[679]\d{2}(?: \d{3}){2}|[679]\d{2}(?: \d{2}){3}|9\d \d{3} \d{2} \d{2}"
            r"|[6-9]\d{4}[ -]\d{5}|0\d{2,5}[ /-]\d{3,8}(?:[ -]\d{2,6}){0,2})(?!\d)"  # Britain, Germany, Italy
            r"|(?<!\d)(?:\d{10,13}|[679]\d{8})(?!\d)"
        ),
    ),
)


class Redactor:
    """Takes personal data out of texts, each the same way whatever came before.

    `names` have the roster's names and their parts; of those with the same letters, all say the same. `mentions`
    have what stands for a name as `name_key` gives it, a phone among them. `ordinary` are words that make no
    stranger of a name they stand beside.
    """

    def __init__(self, names: Sequence[Name], mentions: Mapping[str, str], ordinary: Collection[str] = ()) -> None:
        self._folding, self._dividing = Folding(), Dividing()
        self._mentions = mentions
        self._names = {name.letters: name for name in names}
        self._no_strangers = frozenset(ordinary).union(*(name.words for name in names))
        self._name = names_pattern(names)
        self._own_endings = frozenset(key[-_ENDING:] for key in mentions if is_phone(key))

    def redact(self, text: str) -> tuple[str, Counter[str]]:
        """`text` with placeholders, and how many of each kind were put in; doing it twice changes nothing."""
        counts: Counter[str] = Counter()
        if "\u2068" in text:
            text = _MENTION.sub(lambda match: self._mention(match, counts), text)
        # Again while something is found: what stood beside a number may have hidden another one.
        while spans := self._spans(text):
            counts.update(kind for _, _, kind, _ in spans)
            text = "".join(self._pieces(text, sorted(spans)))
        return text, counts

    def _pieces(self, text: str, spans: Iterable[Span]) -> Iterator[str]:
        origins, kept = self._folding.origins(text), 0
        for start, end, _, placeholder in spans:
            yield text[kept : origins[start]]
            yield placeholder
            kept = max(origins[end], origins[end - 1] + 1)  # marks behind a letter go with it
        yield text[kept:]

    def _mention(self, match: re.Match[str], counts: Counter[str]) -> str:
        counts["person"] += 1
        return self._mentions.get(name_key(match[1]), "[person]")

    def _spans(self, text: str) -> list[Span]:
        """What is to be taken out of `text`; no two overlap."""
        folded = text.translate(self._folding)
        taken = _marked(folded, _PLACEHOLDER) if "[" in folded else bytearray(len(folded))
        found = []
        spans = (*self._by_digits_mention(folded), *self._by_rule(folded), *self._by_name(text, self._folding))
        for span in (*spans, *self._by_divided_name(text, folded)):
            start, end = span[:2]
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(span)
        return found

    def _by_digits_mention(self, folded: str) -> Iterator[Span]:
        for match in _DIGITS_MENTION.finditer(folded) if "@" in folded else ():
            yield (*match.span(), "person", self._mentions.get(match[1], "[person]"))

    def _by_rule(self, folded: str) -> Iterator[Span]:
        many_digits = _SIX_DIGITS.search(folded) is not None
        links = _marked(folded, _URL) if many_digits else bytearray()
        for rule in _RULES:
            if rule.sign in folded and (rule.sign or many_digits):
                for match in rule.pattern.finditer(folded):
                    start, end = match.span(match.lastindex or 0)
                    # Digits in an address are seldom a phone, and it is no use without them.
                    if rule.sign or not any(links[start:end]):
                        yield start, end, rule.kind, f"[{rule.kind}]"
        if many_digits and self._own_endings:
            yield from ((*span, "phone", "[phone]") for span in self._own_phones(folded))

    def _own_phones(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where digits in any writing, and in any address, hold the end of a number that is in the roster."""
        for run in _DIGITS.finditer(folded):
            places = [place for place in range(*run.span()) if folded[place].isdigit()]
            digits = "".join(folded[place] for place in places)
            for first in range(len(digits) - _ENDING + 1):
                if digits[first : first + _ENDING] in self._own_endings:
                    yield places[max(0, first - _BEFORE_ENDING)], places[first + _ENDING - 1] + 1

    def _by_divided_name(self, text: str, folded: str) -> Iterator[Span]:
        """Names that an invisible mark parts from their neighbours; where nothing is invisible, there are none."""
        divided = folded if text.isascii() else text.translate(self._dividing)
        if len(divided) == len(folded):
            return
        origins, divided_origins = self._folding.origins(text), self._dividing.origins(text)
        for start, end, kind, placeholder in self._by_name(text, self._dividing):
            first, last = (bisect_left(origins, divided_origins[place]) for place in (start, end - 1))
            yield first, last + 1, kind, placeholder

    def _by_name(self, text: str, folding: Folding) -> Iterator[Span]:
        folded = text.translate(folding)
        if not self._name or not self._name.search(folded):
            return
        origins, shouted = folding.origins(text), text.isupper()
        for match in self._name.finditer(folded):
            letters = "".join(words_of(match[0]))
            name = self._names.get(letters) or self._names[letters[:-1]]  # "Annas"
            plain = name.letters == letters
            asks_capital = name.with_capital or (len(name.words) == 1 and not plain)
            if asks_capital and text[origins[match.start()]].islower():
                continue
            whole = match.span()
            if plain and len(name.words) == 1 and not shouted:
                whole = full_name(text, folded, origins, whole, self._no_strangers)
            yield (*whole, "person", name.placeholder if whole == match.span() else "[person]")


def _marked(folded: str, pattern: re.Pattern[str]) -> bytearray:
    """A byte for each character: 1 where `pattern` matches."""
    marks = bytearray(len(folded))
    for match in pattern.finditer(folded):
        marks[slice(*match.span())] = b"\1" * len(match[0])
    return marks
