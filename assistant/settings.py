"""All settings, and the only place that reads the environment and assistant.toml.

A setting is, from strongest to weakest: an argument of the command line, an environment variable
(`ASSISTANT_CHUNK__TOKENS=200`), a key in `assistant.toml` of the working folder (`[chunk] tokens = 200`),
the default below. An unknown key is refused with the nearest known one.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from assistant.errors import SettingsError

FILE_NAME = "assistant.toml"
PREFIX = "ASSISTANT_"


def _origin(text: str) -> str:
    """The origin as browsers send it: scheme, host and port without the default port. Raises ValueError."""
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", text.lower()):
        raise ValueError(f"{text!r} is no origin: write scheme, host and port only, as https://intranet.example")
    scheme, _, place = text.lower().partition("://")
    return f"{scheme}://{place.removesuffix(':443' if scheme == 'https' else ':80')}"


Origin = Annotated[str, AfterValidator(_origin)]


def _network(text: str) -> str:
    """The network of an IP address or a network, such as 10.0.0.1 or 10.0.0.0/8. Raises ValueError."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise ValueError(f"{text!r} is no address or network: write 10.0.0.1 or 10.0.0.0/8") from None


Network = Annotated[str, AfterValidator(_network)]


def is_key_hash(text: str) -> bool:
    """Return whether `text` is a valid entry of serve.api_keys."""
    return re.fullmatch(r"([A-Za-z0-9._-]{1,40}:)?[0-9a-f]{64}", text) is not None


def _key_hash(text: str) -> str:
    # The value stays out of the message: it may be the key itself.
    if not is_key_hash(text):
        raise ValueError("an entry is no SHA-256 hash; `assistant key` makes a key and prints its hash")
    return text


def _password_hash(text: str) -> str:
    if not re.fullmatch(r"scrypt:[0-9a-f]{32}:[0-9a-f]{64}", text):
        raise ValueError("an entry is no hash of a password; `assistant password` makes one")
    return text


KeyHash = Annotated[str, AfterValidator(_key_hash)]
PasswordHash = Annotated[str, AfterValidator(_password_hash)]


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _host(text: str) -> str:
    """A host name or IP address, or "*." and a domain for all hosts in it."""
    host = text.strip().lower().strip("[]")
    if not re.fullmatch(r"(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:]+(\.[0-9.]+)?", host):
        raise ValueError(f"{text!r} is no host: write it without scheme and port, as intranet.example or *.example")
    return host


Host = Annotated[str, AfterValidator(_host)]
# It names something, as "*.pdf" does and "/" does not.
PathPattern = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*[^\x00/. ][^\x00]*$")]


class FetchSettings(_Group):
    """Crawling of web sources, and reading of file servers."""

    allow_hosts: tuple[Host, ...] = Field(
        (),
        description='Hosts whose private addresses may be fetched, such as "intranet.example" or "*.office.example".',
    )
    depth: int = Field(0, ge=0, le=20, description="How many links deep to crawl from a start page, within its site.")
    pages: int = Field(10_000, ge=1, le=1_000_000, description="Maximum number of addresses to fetch for one source.")
    delay_s: float = Field(0.5, ge=0, le=60, description="Pause between two requests to one server, in seconds.")
    concurrency: int = Field(2, ge=1, le=16, description="Maximum number of simultaneous requests to one server.")
    timeout_s: float = Field(30, gt=0, le=3600, description="Maximum time to fetch one page, in seconds.")
    max_bytes: int = Field(
        50_000_000, ge=1000, le=500_000_000, description="Maximum size of a fetched page after decompression, in bytes."
    )
    passwords: dict[str, SecretStr] = Field(
        {}, description='Passwords for file servers, by user and host, such as "anna@cloud.example".'
    )


class ChunkSettings(_Group):
    """Splitting of documents into chunks."""

    tokens: int = Field(256, ge=32, le=2000, description="Maximum length of a chunk, in o200k_base tokens.")
    overlap_sentences: int = Field(
        1, ge=0, le=5, description="Number of sentences that a chunk repeats from the end of the previous chunk."
    )


class EmbeddingSettings(_Group):
    """The embedding model and how it runs."""

    model: str = Field(
        "bundled",
        min_length=1,
        description='Embedding model: "bundled", or the name or folder of any sentence-transformers model.',
    )
    engine: Literal["auto", "onnx", "torch"] = Field(
        "auto",
        description='Engine that runs the embedding model: "onnx" (8 bits, bundled model only), "torch", or "auto", '
        "which takes onnx where it is available and torch otherwise.",
    )
    threads: int = Field(2, ge=1, le=64, description="Number of CPU threads for the embedding model and the reader.")
    batch_size: int = Field(16, ge=1, le=512, description="Number of passages to embed in one batch.")
    cache_mb: int = Field(
        1000,
        ge=0,
        le=1_000_000,
        description="Maximum size of the user's embedding cache, in megabytes; 0 turns it off.",
    )


class RetrieveSettings(_Group):
    """Retrieval of passages."""

    # The default of lexical_weight is fitted by benchmarks/tune/retrieval.py.
    k: int = Field(8, ge=1, le=100, description="Number of passages to retrieve for a question.")
    lexical_weight: float = Field(
        0.3, ge=0, le=2, description="Weight of the lexical score (BM25) relative to the embedding similarity."
    )


class AnswerSettings(_Group):
    """Composition of a reply."""

    sentences: int = Field(3, ge=1, le=5, description="Maximum number of sentences that an extractive answer quotes.")
    min_confidence: float = Field(
        0.5, ge=0, le=1, description="Minimum confidence; below it the assistant replies that it found nothing."
    )
    read: int = Field(
        3,
        ge=0,
        le=20,
        description="Number of passages that the reader reads; 0 turns reader and word alignment off, which is faster.",
    )
    question_chars: int = Field(2000, ge=50, le=20000, description="Maximum length of a question, in characters.")


class ModelSettings(_Group):
    """The language model that writes answers, on any OpenAI-compatible server."""

    base_url: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="Address of an OpenAI-compatible server, with its /v1; if set, the model writes the answers.",
    )
    name: str | None = Field(None, min_length=1, description="Name of the language model on that server.")
    api_key: SecretStr | None = Field(None, description="API key for that server, if it needs one.")
    headers: dict[str, SecretStr] = Field({}, description="Additional HTTP headers for requests to that server.")
    temperature: float = Field(
        0.0, ge=0, le=2, description="Sampling temperature; 0 makes answers as repeatable as the server allows."
    )
    max_tokens: int = Field(
        600, ge=16, le=16000, description="Maximum length of a written answer, in the model's tokens."
    )
    passage_tokens: int = Field(
        3000, ge=200, le=200_000, description="Maximum length of the passages sent to the model, in o200k_base tokens."
    )
    connect_s: float = Field(5, gt=0, le=120, description="Maximum time to connect to the server, in seconds.")
    first_token_s: float = Field(
        60, gt=0, le=3600, description="Maximum time until the first token arrives, in seconds."
    )
    between_tokens_s: float = Field(20, gt=0, le=3600, description="Maximum time between two tokens, in seconds.")
    total_s: float = Field(180, gt=0, le=7200, description="Maximum time for a whole answer, in seconds.")
    retries: int = Field(2, ge=0, le=10, description="Number of retries when the server is busy or fails.")
    unsupported: Literal["flag", "drop", "refuse"] = Field(
        "flag",
        description='What to do with a sentence that its sources do not support: "flag" marks it, "drop" removes it, '
        '"refuse" refuses the whole answer.',
    )
    concurrency: int = Field(
        2, ge=1, le=64, description="Number of questions that `assistant eval` asks the model at the same time."
    )

    @model_validator(mode="after")
    def _both_or_neither(self) -> ModelSettings:
        if (self.base_url is None) != (self.name is None):
            missing = "name" if self.name is None else "base_url"
            raise ValueError(f"base_url and name belong together, and {missing} is missing")
        return self

    def require(self) -> None:
        """Raises SettingsError when there is no model to ask."""
        if self.base_url is None:
            raise SettingsError(
                "No model is configured.", "Set ASSISTANT_MODEL__BASE_URL and ASSISTANT_MODEL__NAME, or ask without it."
            )


class ServeSettings(_Group):
    """The web server."""

    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(7860, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    origins: tuple[Origin, ...] = Field(
        (), description="Sites whose pages may embed the chat and call the interface, such as https://intranet.example."
    )
    hosts: tuple[str, ...] = Field(
        (), description="Additional host names under which clients may reach the server, such as intranet.example."
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$",
        max_length=200,
        description="Path prefix under which a reverse proxy publishes the server, such as /assistant.",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Addresses or networks of reverse proxies whose X-Forwarded headers are trusted."
    )
    api_keys: tuple[KeyHash, ...] = Field(
        (),
        description="SHA-256 hashes of API keys, as HASH or NAME:HASH (`assistant key`); if set, programs need a key.",
    )
    users: dict[str, PasswordHash] = Field(
        {},
        description="User names and their password hashes (`assistant password`); if set, users must sign in.",
    )
    sign_in_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,60}$",
        description="Header in which a trusted reverse proxy names the signed-in user; if set, users must sign in.",
    )
    rate: int = Field(
        120, ge=0, le=100_000, description="Maximum number of requests a minute from one client; 0 means no limit."
    )
    client_questions: int = Field(
        8, ge=1, le=1000, description="Maximum number of questions that one client may have in progress or waiting."
    )
    questions: int = Field(
        2, ge=1, le=64, description="Number of questions over HTTP that are answered at the same time."
    )
    waiting: int = Field(
        32, ge=0, le=1000, description="Maximum number of questions over HTTP that wait; further ones get status 503."
    )
    timeout_s: float = Field(
        240, gt=0, le=7200, description="Maximum time for a question over HTTP, including the wait, in seconds."
    )
    audit: Literal["off", "documents", "questions"] = Field(
        "documents",
        description='What the audit log in STORE/audit records: "documents" means who asked when, which documents were '
        'shown, and who changed the index; "questions" means also the words of the questions.',
    )
    audit_months: int = Field(
        12, ge=1, le=1200, description="Number of months that the audit log is kept, the current one included."
    )
    log: Literal["warning", "info"] = Field(
        "warning", description='Log level: "info" also writes one line for each request, without the question.'
    )

    @model_validator(mode="after")
    def _a_header_needs_a_proxy(self) -> ServeSettings:
        if self.sign_in_header and not self.trusted_proxies:
            raise ValueError("sign_in_header is believed from trusted_proxies only, and there is none")
        return self


class Settings(BaseSettings):
    """All settings, with their defaults and bounds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=FILE_NAME
    )

    sources: tuple[str, ...] = Field(
        ("seeds",), min_length=1, description="Folders, also on file servers, files and addresses to index."
    )
    include: tuple[PathPattern, ...] = Field(
        (), description="Patterns of files to read in source folders, such as *.pdf or reports/**; empty, all are read."
    )
    exclude: tuple[PathPattern, ...] = Field(
        (), description="Patterns of files and folders in source folders that are not read, such as *.tmp or drafts."
    )
    store: Path = Field(Path("vectorstore"), description="Folder of the index.")
    generations: int = Field(
        2, ge=2, le=100, description="Number of generations of the index to keep, including the live one."
    )
    cache: Path | None = Field(
        None, description="Folder for the unpacked model and the embedding cache; unset, the user's cache folder."
    )
    fetch: FetchSettings = FetchSettings()
    chunk: ChunkSettings = ChunkSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    answer: AnswerSettings = AnswerSettings()
    model: ModelSettings = ModelSettings()
    serve: ServeSettings = ServeSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then assistant.toml."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def known_keys() -> dict[str, Any]:
    """All settings: `group.name` (or `name`) → the pydantic field."""
    keys: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, _Group):
            keys.update({f"{name}.{inner}": f for inner, f in group.model_fields.items()})
        else:
            keys[name] = field
    return keys


def load_settings(**arguments: Any) -> Settings:
    """Read all settings; `arguments`, from the command line, override the others.

    Raises SettingsError that names the setting and how to correct it.
    """
    _refuse_unknown_variables()
    try:
        return Settings(**arguments)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise SettingsError(f"Unknown setting {key!r} in {FILE_NAME}.", _nearest(key)) from None
        shown = f" is {first['input']!r}" if _may_be_shown(key, first["input"]) else ""
        raise SettingsError(
            f"Setting {key!r}{shown}: {first['msg'].removeprefix('Value error, ')}.",
            f"Correct it in {FILE_NAME} or in the variable {_variable(key)}.",
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not valid TOML: {error}.", "Correct that line.") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"The settings cannot be read: {error}.", f"Check {FILE_NAME}.") from None


def _may_be_shown(key: str, value: Any) -> bool:
    """Return whether `value` of the setting `key` may appear in a message: a secret may not."""
    field = known_keys().get(".".join(key.split(".")[:2]))
    secret = field is None or "Secret" in str(field.annotation) or key.startswith(("serve.api_keys", "serve.users"))
    return isinstance(value, str | int | float) and not secret


def _refuse_unknown_variables() -> None:
    known = {_variable(key): key for key in known_keys()}
    groups = {name for name in Settings.model_fields if f"{PREFIX}{name.upper()}" not in known}
    for variable in sorted(os.environ):
        upper = variable.upper()
        if not upper.startswith(PREFIX) or upper in known:
            continue
        if upper.removeprefix(PREFIX).lower() in groups:
            continue  # a whole group as JSON, which pydantic-settings checks
        key = upper.removeprefix(PREFIX).lower().replace("__", ".")
        raise SettingsError(f"Unknown setting {key!r} (environment variable {variable}).", _nearest(key))


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _nearest(key: str) -> str:
    close = difflib.get_close_matches(key, known_keys(), n=1, cutoff=0.5)
    names = f"Did you mean {close[0]!r}?" if close else "Known settings: " + ", ".join(known_keys()) + "."
    return f"{names} Remove it or correct its name."
