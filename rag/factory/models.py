"""Models, and what is made of them alone: composers and checks of claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.config import Settings, load_settings
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.composition.base import Composer
    from rag.models.base import ChatModel, EntailmentModel
    from rag.verification.verifier import Verifier


def chat_model(settings: Settings, what: str) -> ChatModel:
    """The chat model that the settings name.

    Raises:
        ConfigError: they name none; the message says what needs it.
    """
    if settings.model_name is None:
        raise ConfigError(
            f"{what} needs a model",
            mend="set RAG_MODEL_NAME, and RAG_MODEL_BASE_URL for a server of your own",
        )
    from rag.models.openai_chat import OpenAIChatModel

    return OpenAIChatModel(
        settings.model_name,
        base_url=settings.model_base_url,
        api_key=settings.api_key(),
        timeout_s=settings.model_timeout_s,
        max_retries=settings.model_max_retries,
    )


def composer_of(settings: Settings) -> Composer:
    """The composer that the settings ask for.

    Raises:
        ConfigError: the model composer without a model.
    """
    if settings.chosen_composer == "extractive":
        from rag.composition.extractive import ExtractiveComposer

        return ExtractiveComposer()
    from rag.composition.language_model import LanguageModelComposer

    return LanguageModelComposer(chat_model(settings, "the model composer"))


def entailment_model(name: str | None = None, settings: Settings | None = None) -> EntailmentModel:
    """The model that judges claims: by its name, else the one that the settings name.

    Args:
        name: "shipped", "lexical", "model" (the settings' chat model), or a checker by its folder or cached name.
        settings: None: those of the environment.

    Raises:
        EntailmentError: the model is not on this machine, is damaged, or does not say what its outputs mean.
        ConfigError: "model" without one.
    """
    settings = settings or load_settings()
    chosen = name or settings.verifier
    if chosen == "model":
        from rag.models.language_model_entailment import LanguageModelEntailment

        return LanguageModelEntailment(chat_model(settings, "the verifier 'model'"))
    if chosen not in ("shipped", "lexical"):
        from rag.models.cross_encoder import CrossEncoderEntailment

        return CrossEncoderEntailment(chosen, settings.chosen_labels)
    if chosen == "lexical":
        from rag.models.lexical_entailment import LexicalEntailment

        return LexicalEntailment()
    from rag.models.onnx_entailment import SHIPPED, OnnxEntailment
    from rag.verification.combination import CombinedEntailment, read_combiner

    return CombinedEntailment(OnnxEntailment(SHIPPED), read_combiner(SHIPPED))


def verifier(settings: Settings | None = None) -> Verifier:
    """The checks of a draft, with the entailment model that the settings name. Errors as of `entailment_model`."""
    from rag.verification.verifier import Verifier

    return Verifier(entailment_model(settings=settings))
