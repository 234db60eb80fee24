"""The kinds of messages, as names and as numbers."""

KINDS = (
    "text", "system", "media", "media_omitted", "command", "deleted", "poll", "location", "call", "empty",
)  # fmt: skip
TEXT, SYSTEM, MEDIA, OMITTED, COMMAND, DELETED, POLL, LOCATION, CALL, EMPTY = range(len(KINDS))
