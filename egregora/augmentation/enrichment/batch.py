"""Rows to requests, responses to rows: each link is described once, however many messages share it.

All of it is one expression over all rows, so the database cuts the batches.
"""

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from egregora.core.text import PLACEHOLDER, WHEREABOUTS

# An address ends before what closes a sentence; brackets belong to it in pairs.
_ADDRESS = (
    r"(?i)\bhttps?://"
    r"(?:[^\s\p{Z}\p{C}<>\"`()\[\]{}|\\^]|\([^\s\p{Z}\p{C}<>\"`()\[\]]*\))*"
    r"(?:\([^\s\p{Z}\p{C}<>\"`()\[\]]*\)|[^\s\p{Z}\p{C}<>\"`()\[\]{}|\\^.,;:!?'*~\x{2026}\x{201d}\x{2019}\x{bb}])"
)
_CENSORED = rf"(?i)\bhttps?://\S*(?:{PLACEHOLDER})\S*"  # something was taken out of it: it leads nowhere
_HOST = r"(?i)^https?://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)"
_LAST_PART = r"^[^:]+://[^?#]*/([^/?#]+)/*(?:[?#]|$)"
_ENDING = r"(?i)\.(?:html?|php|aspx?|jsp|pdf)$"
_WORDY = r"^(?:\p{L}+|\d{1,4})(?:[-_+](?:\p{L}+|\d{1,4}))+$"  # "best-roof-tiles", and no id such as "a1b2c3"
_LETTERS = r"\p{L}{2,}"


@ibis.udf.scalar.builtin(name="regexp_extract_all", signature=((dt.string, dt.string), dt.Array(dt.string)))  # type: ignore[untyped-decorator]  # ibis ships no types
def _all_matches(text: ir.Value, pattern: ir.Value) -> ir.Value:  # a built-in of the database, declared for Ibis
    """Every match of `pattern` in `text`, in order."""


def links_of(messages: ir.Table) -> ir.ArrayValue:
    """The addresses in each of `messages`, in order, without the punctuation around them.

    Shape: an array, empty when there is none. An address that says where somebody is does not count, nor does any
    in a message that shares a location.
    """
    found = _all_matches(messages.message.fill_null("").re_replace(_CENSORED, " "), _ADDRESS)
    nothing = ibis.literal([], type="array<string>")
    return (messages.kind == "location").ifelse(nothing, found.filter(lambda link: ~link.re_search(WHEREABOUTS)))


def requests_of(messages: ir.Table) -> ir.Table:
    """Rows to requests: the distinct `links` of `messages`, one `link` a row."""
    return messages.select(link=messages.links).unnest("link").distinct()


def responses_to(requests: ir.Table) -> ir.Table:
    """What each link says of itself: its host and, where its path ends in words, those words.

    Shape: one row for each link, `link` and `description`. No page is fetched, and escapes such as %40 stay
    closed: what was hidden from the rules of privacy is not shown.
    """
    link = requests.link
    host = link.re_extract(_HOST, 1).lower()
    last = link.re_extract(_LAST_PART, 1).re_replace(_ENDING, "")
    words = last.re_replace("[-_+]+", " ")
    wordy = last.re_search(_WORDY) & last.re_search(_LETTERS)
    return requests.select("link", description=wordy.ifelse(host + ": " + words, host))


def rows_of(messages: ir.Table, responses: ir.Table) -> ir.Table:
    """Responses to rows: for each message with links, the descriptions in their order.

    Shape: `chat_id`, `message_id` and `link_descriptions`, one row for each message that has links.
    """
    asked = messages.select("chat_id", "message_id", link=messages.links).unnest("link", offset="place")
    answered = asked.left_join(responses, "link")
    return answered.group_by("chat_id", "message_id").aggregate(
        link_descriptions=answered.description.collect(order_by=answered.place)
    )
