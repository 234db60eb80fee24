"""Links of messages and their descriptions: each link is described once, however many messages contain it.

Every function returns a lazy expression; the database evaluates it in batches.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from egregora.core.text import PLACEHOLDER, WHEREABOUTS

# A URL ends before punctuation that ends a sentence; brackets belong to it only in pairs.
_ADDRESS = (
    r"(?i)\bhttps?://"
    r"(?:[^\s\p{Z}\p{C}<>\"`()\[\]{}|\\^]|\([^\s\p{Z}\p{C}<>\"`()\[\]]*\))*"
    r"(?:\([^\s\p{Z}\p{C}<>\"`()\[\]]*\)|[^\s\p{Z}\p{C}<>\"`()\[\]{}|\\^.,;:!?'*~\x{2026}\x{201d}\x{2019}\x{bb}])"
)
_REDACTED = rf"(?i)\bhttps?://\S*(?:{PLACEHOLDER})\S*"  # a placeholder in it: the link is broken
_HOST = r"(?i)^https?://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)"
_LAST_PART = r"^[^:]+://[^?#]*/([^/?#]+)/*(?:[?#]|$)"
_ENDING = r"(?i)\.(?:html?|php|aspx?|jsp|pdf)$"
_WORDS_IN_PATH = r"^(?:\p{L}+|\d{1,4})(?:[-_+](?:\p{L}+|\d{1,4}))+$"  # "best-roof-tiles", but no id such as "a1b2c3"
_TWO_LETTERS = r"\p{L}{2,}"


@ibis.udf.scalar.builtin(name="regexp_extract_all", signature=((dt.string, dt.string), dt.Array(dt.string)))  # type: ignore[untyped-decorator]  # ibis ships no types
def _all_matches(text: ir.Value, pattern: ir.Value) -> ir.Value:  # a built-in of the database, declared for Ibis
    """Every match of `pattern` in `text`, in order: a built-in function of DuckDB."""


def extract_links(messages: ir.Table) -> ir.ArrayValue:
    """The URLs in each of `messages`, in order, without the punctuation around them.

    Shape: an array, empty without links. URLs of maps and the links of location messages do not count.
    """
    urls = _all_matches(messages.message.fill_null("").re_replace(_REDACTED, " "), _ADDRESS)
    nothing = ibis.literal([], type="array<string>")
    return (messages.kind == "location").ifelse(nothing, urls.filter(lambda link: ~link.re_search(WHEREABOUTS)))


def distinct_links(messages: ir.Table) -> ir.Table:
    """The distinct `links` of `messages`, one `link` a row."""
    return messages.select(link=messages.links).unnest("link").distinct()


def describe_links(links: ir.Table) -> ir.Table:
    """A description for each link from the link itself: its host and, if its path ends in words, those words.

    Shape: one row for each link: `link` and `description`. No page is fetched. Escapes such as %40 are not decoded, so
    nothing that redaction could not see becomes visible.
    """
    link = links.link
    host = link.re_extract(_HOST, 1).lower()
    last = link.re_extract(_LAST_PART, 1).re_replace(_ENDING, "")
    words = last.re_replace("[-_+]+", " ")
    has_words = last.re_search(_WORDS_IN_PATH) & last.re_search(_TWO_LETTERS)
    return links.select("link", description=has_words.ifelse(host + ": " + words, host))


def descriptions_by_message(messages: ir.Table, descriptions: ir.Table) -> ir.Table:
    """The descriptions of each message's links, in the order of the links.

    Shape: `chat_id`, `message_id` and `link_descriptions`; one row for each message with links.
    """
    links = messages.select("chat_id", "message_id", link=messages.links).unnest("link", offset="position")
    with_descriptions = links.left_join(descriptions, "link")
    return with_descriptions.group_by("chat_id", "message_id").aggregate(
        link_descriptions=with_descriptions.description.collect(order_by=with_descriptions.position)
    )
