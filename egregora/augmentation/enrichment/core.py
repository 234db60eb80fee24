"""The stage `enriched`: joins messages with their media and with descriptions of their links."""

import ibis
import ibis.expr.types as ir

from egregora.augmentation.enrichment.batch import (
    describe_links,
    descriptions_by_message,
    distinct_links,
    extract_links,
)

_KEY = ["chat_id", "message_id"]


def enrich_conversations(*, anonymized_messages: ir.Table, media_files: ir.Table) -> ir.Table:
    """A lazy expression: every message with its media file, its links and a description of each link.

    Shape: the rows and columns of `anonymized_messages`, then `media_id`, `media_type`, `site_relative_path`,
    `media_description`, `links` and `link_descriptions`. Of several media files, the one with the smallest id counts.
    """
    messages = anonymized_messages.mutate(links=extract_links(anonymized_messages))
    with_media = _left_join(messages, _first_medium(media_files))
    with_links = _left_join(with_media, descriptions_by_message(messages, describe_links(distinct_links(messages))))
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
    """`messages` with the columns of `additions`, which has at most one row for each message."""
    return messages.left_join(additions, _KEY).drop([f"{name}_right" for name in _KEY])


def _first_medium(media_files: ir.Table) -> ir.Table:
    """One media file for each message that has any."""
    order = ibis.window(group_by=_KEY, order_by=["media_id", "site_relative_path", "original_filename"])
    first = media_files.mutate(position=ibis.row_number().over(order)).filter(lambda t: t.position == 0)
    return first.select(*_KEY, "media_id", "media_type", "site_relative_path", media_description="description")
