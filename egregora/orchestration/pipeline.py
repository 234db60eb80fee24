"""The pipeline on one page: each `Stage(...)`, and nothing else."""

from egregora.core.stage import PipelineStage, Stage

_SCHEMA = "egregora.core.database_schema:"
_GATE = "egregora.privacy.egress.gate:open_gate"

INGESTED = Stage(
    name="ingested",
    title="Ingesting messages",
    tables={
        PipelineStage.INGESTED.value: _SCHEMA + "INGESTED_MESSAGES_SCHEMA",
        "exports": _SCHEMA + "EXPORTS_SCHEMA",
        "message_order": _SCHEMA + "MESSAGE_ORDER_SCHEMA",
    },
    sources=("exports", "key", "forgotten"),
    settings=("timezone", "date_order", "people"),
    build="egregora.ingestion.parser:ingest",
    unit="messages",
)

ANONYMIZED = Stage(
    name="anonymized",
    title="Anonymizing authors",
    tables={
        PipelineStage.ANONYMIZED.value: _SCHEMA + "ANONYMIZED_MESSAGES_SCHEMA",
        "redactions": _SCHEMA + "REDACTIONS_SCHEMA",
        "author_wishes": _SCHEMA + "AUTHOR_WISHES_SCHEMA",
        "left_out": _SCHEMA + "LEFT_OUT_SCHEMA",
    },
    inputs=("ingested_messages", "message_order"),
    kept={"model_calls": _SCHEMA + "MODEL_CALLS_SCHEMA", "annotations": _SCHEMA + "ANNOTATIONS_SCHEMA"},
    sources=("key",),
    settings=("people",),
    build="egregora.privacy.pseudonyms:anonymize",
    told="left_out",
    unit="messages",
)

MEDIA = Stage(
    name="media",
    title="Collecting media",
    tables={PipelineStage.MEDIA.value: _SCHEMA + "MEDIA_FILES_SCHEMA"},
    inputs=("anonymized_messages",),
    sources=("exports", "key"),
    places=("media_dir",),
    build="egregora.augmentation.media:collect_media",
    unit="files",
)

ENRICHED = Stage(
    name="enriched",
    title="Enriching content",
    tables={PipelineStage.ENRICHED.value: _SCHEMA + "ENRICHED_MESSAGES_SCHEMA"},
    inputs=("anonymized_messages", "media_files"),
    build="egregora.augmentation.enrichment.core:enrich_conversations",
    unit="messages",
)

KNOWLEDGE = Stage(
    name="knowledge",
    title="Building knowledge",
    tables={
        PipelineStage.KNOWLEDGE.value: _SCHEMA + "KNOWLEDGE_CONTEXT_SCHEMA",
        "windowed_messages": _SCHEMA + "WINDOWED_MESSAGES_SCHEMA",
        "window_context": _SCHEMA + "WINDOW_CONTEXT_SCHEMA",
    },
    inputs=("enriched_messages", "message_order"),
    kept={"embeddings": _SCHEMA + "EMBEDDINGS_SCHEMA"},
    settings=("period", "timezone", "from_date", "to_date"),
    gate=_GATE,
    build="egregora.knowledge.rag.store:build_knowledge",
    unit="chunks",
)

GENERATED = Stage(
    name="generated",
    title="Generating posts",
    tables={PipelineStage.GENERATED.value: _SCHEMA + "GENERATED_POSTS_SCHEMA"},
    inputs=("windowed_messages", "window_context"),
    settings=("timezone",),
    build="egregora.generation.writer:write_posts",
    by_window=True,
    unit="posts",
)

PROFILES = Stage(
    name="profiles",
    title="Describing authors",
    tables={PipelineStage.PROFILES.value: _SCHEMA + "AUTHOR_PROFILES_SCHEMA"},
    inputs=("windowed_messages", "author_wishes"),
    settings=("timezone", "handles"),
    build="egregora.augmentation.profiler:profile_authors",
    unit="authors",
)

SITE = Stage(
    name="site",
    title="Publishing the site",
    tables={PipelineStage.SITE.value: _SCHEMA + "SITE_FILES_SCHEMA"},
    inputs=(
        "generated_posts",
        "author_profiles",
        "media_files",
        "windowed_messages",
        "redactions",
        "left_out",
        "site_files",
    ),
    sources=("templates",),
    settings=("title", "language", "timezone", "site_url", "theme_accent", "theme_font", "theme_paper"),
    places=("site_dir", "content_dir", "media_dir"),
    gate=_GATE,
    build="egregora.publication.site:publish",
    unit="files",
)

STAGES = (INGESTED, ANONYMIZED, MEDIA, ENRICHED, KNOWLEDGE, GENERATED, PROFILES, SITE)
