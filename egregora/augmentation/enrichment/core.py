"""Messages with what is known about their media and links: responses joined to messages."""

import ibis
import ibis.expr.types as ir

from egregora.augmentation.enrichment.batch import links_of, requests_of, responses_to, rows_of

_KEY = ["chat_id", "message_id"]


def enrich_conversations(*, anonymized_messages: ir.Table, media_files: ir.Table) -> ir.Table:
    """Every message with its medium, its links and a description of each; not computed here.

    Shape: the rows of `anonymized_messages` and no other; its columns as they are, then `media_id`, `media_type`,
    `site_relative_path`, `media_description`, `links` and `link_descriptions`. A message with several media has
    the one with the smallest id.
    """
    messages = anonymized_messages.mutate(links=links_of(anonymized_messages))
    with_media = _left_join(messages, _first_medium(media_files))
    with_links = _left_join(with_media, rows_of(messages, responses_to(requests_of(messages))))
    nothing = ibis.literal([], type="array<string>")
    return with_links.select(
        *anonymized_messages.columns,
        "media_id",
        "media_type",
        "site_relative_path",
        "media_description",
        "links",
        link_descriptions=with_links.link_descriptions.fill_null(nothing),
    )


def _left_join(messages: ir.Table, additions: ir.Table) -> ir.Table:
    """`messages` with the columns of `additions`, which has at most one row for each."""
    return messages.left_join(additions, _KEY).drop([f"{name}_right" for name in _KEY])


def _first_medium(media_files: ir.Table) -> ir.Table:
    """One medium for each message that has any."""
    order = ibis.window(group_by=_KEY, order_by=["media_id", "site_relative_path", "original_filename"])
    first = media_files.mutate(place=ibis.row_number().over(order)).filter(lambda t: t.place == 0)
    return first.select(*_KEY, "media_id", "media_type", "site_relative_path", media_description="description")
