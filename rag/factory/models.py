"""Models, and what is made of them alone: composers and checks of claims."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rag.config import Settings, load_settings
from rag.errors import ConfigError

if TYPE_CHECKING:
    from rag.composition.base import Composer
    from rag.models.base import EntailmentModel, StreamingChatModel
    from rag.models.metering import Budget, Prices
    from rag.verification.verifier import Verifier


SPENDING_FILE = "model-spending.json"
REPLIES_FOLDER = "model-replies"


def chat_model(settings: Settings, what: str) -> StreamingChatModel:
    """The chat model that the settings name, with its budgets and, if asked for, its cache.

    Raises:
        ConfigError: they name none (the message says what needs it), or set a budget in money without prices.
    """
    if settings.model_name is None:
        raise ConfigError(
            f"{what} needs a model",
            mend="set RAG_MODEL_NAME, and RAG_MODEL_BASE_URL for a server of your own",
        )
    from rag.models.chat_cache import CachedChat
    from rag.models.metering import Budget, MeteredChat
    from rag.models.openai_chat import ModelServer, OpenAIChatModel
    from rag.models.spending_ledger import SpendingLedger
    from rag.models.token_counting import TokenCounter

    chat = OpenAIChatModel(
        ModelServer(
            settings.model_name,
            base_url=settings.model_base_url,
            api_key=settings.api_key(),
            azure_api_version=settings.model_azure_api_version,
            timeout_s=settings.model_timeout_s,
            deadline_s=settings.model_deadline_s,
            max_retries=settings.model_max_retries,
            reply_tokens=settings.model_reply_tokens,
            form=None if settings.model_reply_form == "auto" else settings.model_reply_form,
        )
    )
    per_day = Budget(settings.model_tokens_per_day, settings.model_cost_per_day)
    metered = MeteredChat(
        chat,
        TokenCounter(),
        reply_tokens=settings.model_reply_tokens,
        prices=_prices(settings, per_day),
        budget=Budget(settings.model_tokens_per_question, settings.model_cost_per_question),
        ledger=SpendingLedger(settings.cache_dir / SPENDING_FILE, per_day) if per_day else None,
    )
    if not settings.model_cache:
        return metered
    asked = (
        f"{chat.address} {settings.model_azure_api_version} {settings.model_reply_form} {settings.model_reply_tokens}"
    )
    return CachedChat(metered, settings.cache_dir / REPLIES_FOLDER, asked)


def _prices(settings: Settings, per_day: Budget) -> Prices | None:
    from rag.models.metering import Prices

    if settings.model_input_price is not None and settings.model_output_price is not None:
        return Prices(settings.model_input_price, settings.model_output_price)
    if settings.model_cost_per_question is not None or per_day.cost is not None:
        raise ConfigError(
            "a budget in money needs prices",
            mend="set RAG_MODEL_INPUT_PRICE and RAG_MODEL_OUTPUT_PRICE, per million tokens; or a budget in tokens",
        )
    return None


def composer_of(settings: Settings) -> Composer:
    """The composer that the settings ask for.

    Raises:
        ConfigError: the model composer without a model.
    """
    if settings.chosen_composer == "extractive":
        from rag.composition.extractive import ExtractiveComposer
        from rag.models.onnx_relevance import OnnxRelevance

        return ExtractiveComposer(OnnxRelevance())
    from rag.composition.language_model import LanguageModelComposer
    from rag.composition.offering import Window
    from rag.models.token_counting import TokenCounter

    return LanguageModelComposer(
        chat_model(settings, "the model composer"),
        Window(settings.model_window_tokens, settings.model_reply_tokens),
        TokenCounter(),
        most_searches=settings.model_searches,
    )


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
