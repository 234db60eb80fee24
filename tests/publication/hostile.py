"""A house in which every text is a payload, and a look at what of its pages would be alive."""

import re

from tests.conftest import OpenGate
from tests.publication.conftest import ANA, PICTURE, message, new_house, person, picture, post
from tests.publication.xss_payloads import PAYLOADS

EVERYWHERE = "zebrafish"  # a word of every post, which the search finds all of them by

LIVE = {
    *("applet", "base", "body", "embed", "foreignobject", "form", "frame", "frameset", "iframe", "input", "link"),
    *("marquee", "math", "meta", "noscript", "object", "plaintext", "portal", "script", "select", "style"),
    *("template", "textarea", "use", "animate", "set", "xmp"),
}
ADDRESSES = {"href", "src", "poster", "action", "formaction", "data", "xlink:href", "cite", "background", "ping"}
_INSIDE = re.compile(r"[^:/?#\\][^:\\]*|[?#].*|")
_OUTBOUND = re.compile(r"https?://[^/\\]|mailto:", re.IGNORECASE)
_OWN_LINKS = {"stylesheet", "icon", "alternate", "canonical"}


def faults(found):
    """What is alive among the elements of a page, given with their attributes in the order they stand."""
    return [(tag, attrs) for tag, attrs in found if not _is_own(tag, attrs) or not _is_dead(attrs)]


def _is_own(tag, attrs):
    """Whether an element may stand on a page: of those that do something, only what the templates have."""
    own = {
        "body": not attrs,
        "script": re.fullmatch(r"[\w./-]+\.js", attrs.get("src") or ""),
        "link": attrs.get("rel") in _OWN_LINKS,
        "meta": attrs.get("http-equiv", "Content-Security-Policy") == "Content-Security-Policy",
        "form": attrs.get("role") == "search",
        "input": attrs.get("id") == "find",
        "noscript": not attrs,
        "iframe": False,
    }
    return tag not in LIVE or bool(own.get(tag))


def _is_dead(attrs):
    """Whether no attribute does anything by itself, and no address leads where it may not."""
    names = [name for name in attrs if name.startswith("on") or name in ("style", "srcdoc", "action", "srcset")]
    places = [attrs[name] or "" for name in ADDRESSES & attrs.keys()]
    loaded = attrs.get("src") or attrs.get("poster") or ""
    allowed = all(_INSIDE.fullmatch(place) or _OUTBOUND.match(place) for place in places)
    return not names and allowed and bool(_INSIDE.fullmatch(loaded))


def body(text, number):
    """A post's Markdown as a model that was talked into it would answer."""
    parts = (
        text,
        f"{EVERYWHERE} > {text}",
        f"> [person:{ANA}]: {text} [\u00b6](#m-id{number})",
        f"# {text}",
        f"![{text}]({PICTURE})",
        f"[{text}](https://example.org/{number}) [a]({text}) [b](<{text}>) ![c]({text})",
        f"- {text}\n- {text}",
        f"| {text} | b |\n|---|---|\n| {text} | {text} |",
        f"`{text}`",
        f"```{text}\n{text}\n```",
    )
    return "\n\n".join(parts)


def hostile_house(folder, title="The Letters"):
    """A house with a post, a message, a person and a link for each payload, which is in all of their texts."""
    house = new_house(folder)
    house.title, house.gate = title, OpenGate()
    numbered = [*enumerate(PAYLOADS)]
    house.posts = [
        post(
            number, body(text, number), title=text, summary=text, category=text, tags=[text],
            authors=[ANA, text], cited_message_ids=[f"id{number}", text], window=text,
        )
        for number, text in numbered
    ]  # fmt: skip
    house.messages = [
        message(number, text, window=text, links=[text, f"https://example.org/?{text}"], link_descriptions=[text, text],
                site_relative_path=PICTURE, attachment=text, media_description=text)
        for number, text in numbered
    ]  # fmt: skip
    wishes = ("handle", "alias", "bio", "twitter", "website")
    house.people = [
        person(f"{number:08x}", text, topics=[text], **dict.fromkeys(wishes[1:], text)) for number, text in numbered
    ]
    house.people += [person(ANA, PAYLOADS[0], website="https://example.org/\"onclick='__x=1'")]
    house.media = [picture(description=text, original_filename=text, message_id=f"id{n}") for n, text in numbered]
    return house
