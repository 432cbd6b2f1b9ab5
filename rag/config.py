"""Settings: every one from the environment, prefix `RAG_`, documented in docs/settings.md. Frozen once read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import ConfigError

DEFAULT_INDEX = "default"
_PROGRAM_ROOT = Path(__file__).resolve().parent.parent


def _home() -> Path:
    """The folder with corpus/ and indexes/: the current one if it has a corpus, else that of the program."""
    here = Path.cwd()
    return here if (here / "corpus").is_dir() or not (_PROGRAM_ROOT / "corpus").is_dir() else _PROGRAM_ROOT


class Settings(BaseSettings):
    """All settings of the program."""

    model_config = SettingsConfigDict(env_prefix="RAG_", frozen=True, extra="forbid", env_ignore_empty=True)

    corpus_dir: Path = Field(
        default_factory=lambda: _home() / "corpus", description="Folder with guidelines/ and research/."
    )
    indexes_dir: Path = Field(default_factory=lambda: _home() / "indexes", description="Folder of the built indexes.")
    index: str = Field(
        default=DEFAULT_INDEX, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", description="Name of the index to ask."
    )
    index_kind: str | None = Field(
        default=None,
        min_length=1,
        description="FAISS factory string of the vector index, such as HNSW32 or IVF1024,SQ8. Unset: by size.",
    )
    encoder: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        description="Encoder: the packaged all-MiniLM-L6-v2, or a model by its folder or its cached name.",
    )
    query_encoder: str | None = Field(
        default=None,
        min_length=1,
        description="Second encoder, for queries alone, as MedCPT has one. Unset: RAG_ENCODER for both.",
    )
    query_prompt: str | None = Field(
        default=None, description="Words put before each query for the encoder. Unset: those the model's files name."
    )
    document_prompt: str | None = Field(
        default=None, description="Words put before each text of the index. Unset: those the model's files name."
    )
    encoder_dimension: int | None = Field(
        default=None, ge=1, description="Leading dimensions to keep of a Matryoshka model. Unset: all."
    )
    encoder_pooling: Literal["mean", "cls", "lasttoken"] | None = Field(
        default=None,
        description="Pooling for a model without modules.json: mean, cls or lasttoken. Unset: mean, for MedCPT cls.",
    )
    encoder_runtime: Literal["auto", "onnx-int8", "onnx-float32", "sentence-transformers"] = Field(
        default="auto",
        description="What computes vectors: auto, onnx-int8, onnx-float32 or sentence-transformers.",
    )
    passage_chars: int = Field(default=700, ge=100, le=8000, description="Size aimed at for a passage, in characters.")
    guideline_quota: int = Field(default=8, ge=1, le=100, description="Guideline passages a query may bring.")
    research_quota: int = Field(default=8, ge=1, le=100, description="Research passages a query may bring.")
    question_max_chars: int = Field(default=2000, ge=10, description="Longest question accepted, in characters.")
    composer: Literal["extractive", "model"] | None = Field(
        default=None,
        description="Composer: extractive or model. Unset: model where RAG_MODEL_NAME is set, else extractive.",
    )
    verifier: str = Field(
        default="shipped",
        min_length=1,
        description="What judges claims: shipped, lexical, model, or a claim checker by its folder or its cached name.",
    )
    verifier_labels: str | None = Field(
        default=None,
        min_length=1,
        description="What the outputs of a claim checker mean, such as supports,neutral,refutes. Unset: as it says.",
    )
    model_base_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Base address of an OpenAI-compatible server, such as http://127.0.0.1:11434/v1; or Azure's.",
    )
    model_azure_api_version: str | None = Field(
        default=None,
        min_length=1,
        description="Version of Azure OpenAI's interface, such as 2024-10-21. Set it for Azure alone.",
    )
    model_name: str | None = Field(default=None, min_length=1, description="Model, as the server knows it.")
    model_api_key: SecretStr | None = Field(
        default=None,
        description="Key for the model server. OPENAI_API_KEY is used only where RAG_MODEL_BASE_URL is unset.",
    )
    model_timeout_s: float = Field(
        default=120.0, gt=0, description="Longest wait for one reply, from first to last byte, in seconds."
    )
    model_max_retries: int = Field(
        default=2, ge=0, le=10, description="How often a rate limit or passing fault is tried again."
    )
    model_deadline_s: float = Field(
        default=240.0, gt=0, description="Longest time for one request with all its repeats and pauses, in seconds."
    )
    model_reply_form: Literal["auto", "schema", "json-with-schema", "json", "plain"] = Field(
        default="auto",
        description="What holds the server to the form of a reply: schema, json-with-schema, json, plain, or auto.",
    )
    model_window_tokens: int = Field(
        default=16_384, ge=1_024, description="What the model reads and writes at once, in tokens."
    )
    model_reply_tokens: int = Field(default=4_096, ge=128, description="Longest reply of the model, in tokens.")
    model_searches: int = Field(
        default=3, ge=0, le=10, description="Further searches that the model may ask for, in one second round."
    )
    model_input_price: float | None = Field(
        default=None, ge=0, description="Price of a million tokens sent. Unset: costs are not known."
    )
    model_output_price: float | None = Field(
        default=None, ge=0, description="Price of a million tokens received. Unset: costs are not known."
    )
    model_tokens_per_question: int | None = Field(
        default=None, ge=1, description="Most tokens for one question, sent and received. Unset: any number."
    )
    model_cost_per_question: float | None = Field(
        default=None, gt=0, description="Most that one question may cost, in the currency of the prices. Unset: any."
    )
    model_tokens_per_day: int | None = Field(
        default=None, ge=1, description="Most tokens in one day (UTC), of all processes together. Unset: any number."
    )
    model_cost_per_day: float | None = Field(
        default=None, gt=0, description="Most that one day (UTC) may cost, of all processes together. Unset: any."
    )
    model_cache: bool = Field(
        default=False, description="Keep the model's replies under RAG_CACHE_DIR and use them again."
    )

    phi: Literal["warn", "redact", "refuse"] | None = Field(
        default=None,
        description="On identifiers in a question: warn, redact or refuse. "
        "Unset: refuse for a remote model and in rag serve, else warn.",
    )
    ledger_url: str = Field(
        default_factory=lambda: f"sqlite:///{_home() / '.ledger' / 'sourcebound.sqlite'}",
        pattern=r"^(sqlite:///\S.*|postgresql\+psycopg://\S+)$",
        description="Database of answers, reviews and accounts: sqlite:///FILE or postgresql+psycopg://...",
    )

    session_max_hours: float = Field(
        default=12.0, gt=0, le=168, description="A sign-in ends after this time, in hours."
    )
    session_idle_minutes: float = Field(
        default=60.0, gt=0, le=1440, description="A sign-in ends that was not used for this time, in minutes."
    )

    file_max_mb: int = Field(
        default=200, ge=1, le=4000, description="Largest file read as one document by rag corpus add, in megabytes."
    )
    cache_dir: Path = Field(
        default_factory=lambda: _home() / ".cache",
        description="Folder where fetched records, and replies if asked, are kept.",
    )
    pubmed_url: str = Field(
        default="https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        pattern=r"^https?://\S+$",
        description="Base address of the NCBI E-utilities, used by rag corpus fetch only.",
    )
    pubmed_api_key: SecretStr | None = Field(
        default=None,
        description="NCBI API key: 10 requests a second, not 3. Also NCBI_API_KEY.",
    )
    pubmed_email: str | None = Field(
        default=None, min_length=3, description="Address that NCBI may write to, sent along as they ask. Unset: none."
    )

    web_sign_in: Literal["none", "required"] = Field(
        default="none", description="Who may ask on the page: none (anyone; reviewing needs an account) or required."
    )
    web_secret: SecretStr | None = Field(
        default=None,
        description="Signs cookies; 32 characters or more. Unset: a random one, kept beside the ledger; not in public.",
    )
    web_secure_cookies: bool = Field(
        default=False, description="Cookies by HTTPS alone. Needed on an address that other machines reach."
    )
    web_allowed_hosts: str | None = Field(
        default=None,
        min_length=1,
        description="Host names that requests may bear, with commas between. Unset: those of this machine.",
    )
    web_trusted_proxies: str | None = Field(
        default=None,
        min_length=1,
        description="Addresses of reverse proxies whose word on the reader's address counts, with commas between.",
    )
    web_asks_per_minute: int = Field(
        default=20, ge=1, le=1_000_000, description="Questions a minute of one account, or of one address."
    )
    web_asks_at_once: int = Field(
        default=4, ge=1, le=256, description="Questions answered at one time; more wait for their turn."
    )
    web_body_max_bytes: int = Field(
        default=65_536, ge=1_024, le=10_000_000, description="Largest body of a request, in bytes."
    )
    web_answer_timeout_s: float = Field(
        default=300.0, gt=0, description="Longest time for one answer, waiting included, in seconds."
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Address of the OpenID Connect issuer, as it calls itself. Unset: sign-in by password alone.",
    )
    oidc_client_id: str | None = Field(default=None, min_length=1, description="What the issuer knows us as.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="The secret shared with the issuer.")
    oidc_name: str = Field(
        default="OpenID Connect", min_length=1, max_length=60, description="What the button for this sign-in says."
    )
    oidc_scopes: str = Field(
        default="openid profile",
        pattern=r"^(\S+ )*openid( \S+)*$",
        description="What is asked of the issuer, with spaces between; openid is one of them.",
    )
    oidc_groups_claim: str = Field(
        default="groups", min_length=1, description="Claim with a person's groups; within others: realm_access.roles."
    )
    oidc_reviewer_group: str | None = Field(
        default=None, min_length=1, description="Group whose members are reviewers. Unset: nobody becomes one so."
    )
    oidc_admin_group: str | None = Field(
        default=None, min_length=1, description="Group whose members are administrators. Unset: nobody becomes one so."
    )

    @property
    def chosen_composer(self) -> Literal["extractive", "model"]:
        """The composer these settings ask for."""
        return self.composer or ("model" if self.model_name else "extractive")

    @property
    def chosen_labels(self) -> list[str] | None:
        """The meanings of a claim checker's outputs, in their order, or None."""
        return [label.strip() for label in self.verifier_labels.split(",")] if self.verifier_labels else None

    @property
    def history_file(self) -> Path:
        """Where `rag chat` keeps the lines that were typed: beside a ledger that is a file, else where one would be."""
        if self.ledger_url.startswith("sqlite:///"):
            return Path(f"{self.ledger_url.removeprefix('sqlite:///')}.history")
        return _home() / ".ledger" / "chat.history"

    def api_key(self) -> str | None:
        """The key for the model server, or None."""
        if self.model_api_key is not None:
            return self.model_api_key.get_secret_value()
        return os.environ.get("OPENAI_API_KEY") or None if self.model_base_url is None else None

    def ncbi_key(self) -> str | None:
        """The key for the NCBI E-utilities, or None."""
        if self.pubmed_api_key is not None:
            return self.pubmed_api_key.get_secret_value()
        return os.environ.get("NCBI_API_KEY") or None


def load_settings(**overrides: object) -> Settings:
    """The settings from the environment, with the given ones on top (None: not given).

    Raises:
        ConfigError: naming the setting, its value and what it should be.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        reason = first["msg"][0].lower() + first["msg"][1:]
        stood = first.get("input")
        hidden = "key" in name or "secret" in name or "@" in str(stood)
        value = "(hidden)" if hidden else repr(stood)
        raise ConfigError(f"setting RAG_{name.upper()}: {reason}", value=value, mend="see docs/settings.md") from error
