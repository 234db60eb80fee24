"""How many people who are in no roster stay in the texts, and how many messages without anybody are altered.

    python bench_outsiders.py [--held-out] [--mimesis [--unseen] | --frequent] [--show LANGUAGE]

Names come from Faker, with --mimesis from that package (both from PyPI, only for this), all alike; with --frequent from
frequent_names.toml, whole, and the n-th is drawn 1/n as often as the first. The tables of egregora have most names of
Faker, so these tell how well the rules go with known names. None was taken from mimesis: it is the held-out source, and
with --unseen only such names of it are drawn as no table has (all of Spanish and
English family names have been seen). Sentences come from outsiders.toml. Names of the packages
and sentences are halved: without --held-out the half is used on which rules are tuned. A name leaks when one of its
words is left, and the last letter of a possessive is no word. Nothing is random: names and sentences are paired by
digests.
"""

import hashlib
import importlib
import json
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from egregora.core.names import fold, words_of
from egregora.privacy.detect.people import lexicon
from egregora.privacy.detect.redactor import Redactor
from egregora.privacy.roster import Roster

LOCALES = {
    "pt": ("pt_BR", "pt_PT"),
    "es": ("es_ES", "es_MX"),
    "en": ("en_US", "en_GB"),
    "de": ("de_DE",),
    "fr": ("fr_FR",),
    "it": ("it_IT",),
    "nl": ("nl_NL",),
}
DATASETS = {  # of mimesis
    "pt": ("pt", "pt-br"),
    "es": ("es", "es-mx"),
    "en": ("en", "en-gb"),
    "de": ("de", "de-at", "de-ch"),
    "fr": ("fr",),
    "it": ("it",),
    "nl": ("nl",),
}
PER_LANGUAGE = 1_400
SHOWN = 60
FORMS: dict[str, Callable[[str, str], str]] = {
    "given and family": lambda given, family: f"{given} {family}",
    "given": lambda given, _: given,
    "family": lambda _, family: family,
    "given, small": lambda given, _: given.lower(),
    "both, small": lambda given, family: f"{given} {family}".lower(),
    "both, shouted": lambda given, family: f"{given} {family}".upper(),
    "given, initial": lambda given, family: f"{given} {family[0]}.",
    "given, in stars": lambda given, _: f"*{given}*",
    "given, no accents": lambda given, _: fold(given).capitalize(),
    "two given": lambda given, family: f"{given}-{given[:-1]}a" if family < "M" else f"{given} {family[:1]}. {family}",
    "given with emoji": lambda given, _: f"{given}😊",
    "zero-width inside": lambda given, family: f"{given[:2]}\u200b{given[2:]} {family}",
}
FREQUENT = ("given and family", "given", "given", "given and family", *FORMS)


def main(source: str, *, held_out: bool, unseen: bool, show: str) -> None:
    """Print the rates by form and by language; `source` is "faker", "mimesis" or "frequent"."""
    redactor = Roster({"zyx qvw": "aaaaaaaa"}, frozenset()).redactor()
    totals, wrong = Counter[str](), Counter[str]()
    lines = defaultdict[str, list[str]](list)
    for language in LOCALES:
        names = drawn_from(source, language, held_out=held_out, unseen=unseen)
        for sort, leaks, line in [*planted(redactor, language, held_out, names), *clean(redactor, language, held_out)]:
            for key in (f"{language} {sort.split(':')[0]}", sort, f"all {sort.split(':')[0]}"):
                totals[key] += 1
                wrong[key] += leaks
            if leaks:
                lines[language].append(line)
    for key in sorted(totals):
        print(f"  {key:32} {wrong[key]:6} of {totals[key]:6}  {100 * wrong[key] / totals[key]:6.2f} %")
    for listed in lines.values() if show else ():
        print(*[f"      {line}" for line in listed if line.startswith("clean")], sep="\n")
    for line in lines[show][:: max(1, len(lines[show]) // SHOWN)]:
        print(f"      {line}")


def planted(
    redactor: Redactor, language: str, held_out: bool, names: list[list[str]]
) -> Iterator[tuple[str, bool, str]]:
    given, family = names
    sentences = sentences_of(language, "telling", held_out)
    for number in range(PER_LANGUAGE):
        draws = [int(digest(f"{language}{number}{part}"), 16) for part in range(5)]
        form = FREQUENT[draws[0] % len(FREQUENT)]
        sentence = sentences[draws[1] % len(sentences)]
        people = [
            FORMS[form](given[draws[2 + at] % len(given)], family[draws[4 - at] % len(family)])
            for at in range(sentence.count("{}"))
        ]
        text = sentence.format(*people)
        text = text.upper() if "shouted" in form else text
        left = Counter(words_of(fold(redactor.redact(text)[0])))
        around = Counter(words_of(fold(sentence)))
        leaks = any(left[word] > around[word] for person in people for word in words_of(fold(person)) if len(word) > 1)
        yield f"leaks: {form}", leaks, f"{text!r} -> {redactor.redact(text)[0]!r}"


def clean(redactor: Redactor, language: str, held_out: bool) -> Iterator[tuple[str, bool, str]]:
    for text in sentences_of(language, "clean", held_out):
        redacted = redactor.redact(text)[0]
        yield "altered: clean", redacted != text, f"clean {text!r} -> {redacted!r}"


def sentences_of(language: str, kind: str, held_out: bool) -> list[str]:
    table = tomllib.loads(Path(__file__).with_name("outsiders.toml").read_text("utf-8"))
    return table[language][kind].strip().splitlines()[held_out::2]


def drawn_from(source: str, language: str, *, held_out: bool, unseen: bool) -> list[list[str]]:
    """Given names and family names."""
    if source == "frequent":
        return frequent_of(language)
    listed = [half(names, held_out) for names in (mimesis_of if source == "mimesis" else faker_of)(language)]
    return [list(filter(is_new, names)) or names for names in listed] if unseen else listed


def is_new(name: str) -> bool:
    """Whether no table has a word of `name`."""
    words = words_of(fold(name))
    return lexicon.word_kinds().keys().isdisjoint(words)


def mimesis_of(language: str) -> tuple[list[str], list[str]]:
    """Given names and family names, as mimesis lists them for `language`."""
    given, family = set[str](), set[str]()
    folder = Path(str(importlib.import_module("mimesis").__file__)).with_name("datasets")
    for dataset in DATASETS[language]:
        listed = json.loads((folder / dataset / "person.json").read_text("utf-8"))
        given.update(*listed["names"].values())
        family.update(*([listed["surnames"]] if isinstance(listed["surnames"], list) else listed["surnames"].values()))
    return sorted(given), sorted(family)


def faker_of(language: str) -> tuple[list[str], list[str]]:
    """Given names and family names, as Faker lists them for the countries of `language`."""
    given, family = set[str](), set[str]()
    for locale in LOCALES[language]:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for attribute in ("first_names", "first_names_male", "first_names_female"):
            given.update(getattr(provider, attribute, ()))
        family.update(provider.last_names)
    return sorted(given), sorted(family)


def frequent_of(language: str) -> list[list[str]]:
    """The given and the family names that most people bear; each as often as it is to be drawn."""
    table = tomllib.loads(Path(__file__).with_name("frequent_names.toml").read_text("utf-8"))[language]
    listed = [table[key].split() for key in ("given", "family")]
    return [[name for rank, name in enumerate(names, 1) for _ in range(-(-len(names) // rank))] for names in listed]


def half(names: list[str], held_out: bool) -> list[str]:
    plain = [
        name for name in names if name.replace("-", "").replace(" ", "").replace("'", "").isalpha() and len(name) > 2
    ]
    return [name for name in plain if int(digest(name), 16) % 2 == held_out]


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


if __name__ == "__main__":
    main(
        "mimesis" if "--mimesis" in sys.argv else "frequent" if "--frequent" in sys.argv else "faker",
        held_out="--held-out" in sys.argv,
        unseen="--unseen" in sys.argv,
        show=sys.argv[-1],
    )
