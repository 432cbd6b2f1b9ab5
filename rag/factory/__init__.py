"""Settings -> objects: the only place where concrete classes are chosen."""

from rag.factory.answering import Notice, live_pipeline, pipeline, ready_pipeline
from rag.factory.conversing import condenser, conversation_store, fetch_guard, privacy_guard, talk
from rag.factory.indexes import (
    adder,
    build,
    chunking,
    compare,
    encoder_spec,
    index_folder,
    manifests,
    offered_sources,
    passages_of,
    pubmed_client,
    reader,
    recipe,
    verify,
)
from rag.factory.models import chat_model, composer_of, entailment_model, verifier
from rag.factory.suggesting import suggester

__all__ = [
    "Notice",
    "adder",
    "build",
    "chat_model",
    "chunking",
    "compare",
    "composer_of",
    "condenser",
    "conversation_store",
    "encoder_spec",
    "entailment_model",
    "fetch_guard",
    "index_folder",
    "live_pipeline",
    "manifests",
    "offered_sources",
    "passages_of",
    "pipeline",
    "privacy_guard",
    "pubmed_client",
    "reader",
    "ready_pipeline",
    "recipe",
    "suggester",
    "talk",
    "verifier",
    "verify",
]
