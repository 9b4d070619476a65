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
    """An origin as browsers send it: scheme, host and port, nothing else."""
    if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?", text.lower()):
        raise ValueError(f"{text!r} is no origin: write scheme, host and port only, as https://intranet.example")
    scheme, _, place = text.lower().partition("://")
    return f"{scheme}://{place.removesuffix(':443' if scheme == 'https' else ':80')}"


Origin = Annotated[str, AfterValidator(_origin)]


def _network(text: str) -> str:
    """An address or a network, as 10.0.0.1 or 10.0.0.0/8."""
    try:
        return str(ipaddress.ip_network(text.strip(), strict=False))
    except ValueError:
        raise ValueError(f"{text!r} is no address or network: write 10.0.0.1 or 10.0.0.0/8") from None


Network = Annotated[str, AfterValidator(_network)]


def is_key_hash(text: str) -> bool:
    """Whether `text` can stand in serve.api_keys."""
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
    """A host as it stands in addresses, or "*." and the domain that hosts are in."""
    host = text.strip().lower().strip("[]")
    if not re.fullmatch(r"(\*\.)?[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?|[0-9a-f:]+(\.[0-9.]+)?", host):
        raise ValueError(f"{text!r} is no host: write it without scheme and port, as intranet.example or *.example")
    return host


Host = Annotated[str, AfterValidator(_host)]


class FetchSettings(_Group):
    """How sources on the web are read."""

    allow_hosts: tuple[Host, ...] = Field(
        (), description='Hosts that may have private addresses, as "intranet.example" or "*.intranet.example".'
    )
    depth: int = Field(0, ge=0, le=20, description="Links of a page followed within its site, and of those, so often.")
    pages: int = Field(10_000, ge=1, le=1_000_000, description="Most addresses read of one source.")
    delay_s: float = Field(0.5, ge=0, le=60, description="Pause between two requests to a server, in seconds.")
    concurrency: int = Field(2, ge=1, le=16, description="Requests to a server at a time.")
    timeout_s: float = Field(30, gt=0, le=3600, description="Longest time a page may take, in seconds.")
    max_bytes: int = Field(50_000_000, ge=1000, le=500_000_000, description="Largest page, unpacked.")


class ChunkSettings(_Group):
    """How documents are cut."""

    tokens: int = Field(256, ge=32, le=2000, description="Longest chunk, in o200k_base tokens.")
    overlap_sentences: int = Field(1, ge=0, le=5, description="Whole sentences repeated from the chunk before.")


class EmbeddingSettings(_Group):
    """The encoder behind the vectors."""

    model: str = Field(
        "bundled",
        min_length=1,
        description='"bundled", or any sentence-transformers name or folder.',
    )
    engine: Literal["auto", "onnx", "torch"] = Field(
        "auto",
        description='What computes it: "onnx" (8 bits; the bundled model only) or "torch"; "auto" takes the first that '
        "can be had.",
    )
    threads: int = Field(2, ge=1, le=64, description="CPU threads of the encoder and the reader.")
    batch_size: int = Field(16, ge=1, le=512, description="Passages embedded at a time.")
    cache_mb: int = Field(
        1000, ge=0, le=1_000_000, description="Embeddings kept for later builds, in MB; 0 keeps none."
    )


class RetrieveSettings(_Group):
    """How passages are found."""

    k: int = Field(8, ge=1, le=100, description="Passages handed to the answerer and shown.")
    lexical_weight: float = Field(
        0.3, ge=0, le=2, description="Weight of shared words beside the similarity of meaning."
    )


class AnswerSettings(_Group):
    """How a reply is composed."""

    sentences: int = Field(3, ge=1, le=5, description="Most sentences an extractive answer quotes.")
    min_confidence: float = Field(0.5, ge=0, le=1, description="Below this confidence the reply is an abstention.")
    read: int = Field(
        3, ge=0, le=20, description="Passages read closely for the answer; 0 does without the reader and is faster."
    )
    question_chars: int = Field(2000, ge=50, le=20000, description="Longest accepted question.")


class ModelSettings(_Group):
    """The language model that writes answers: any OpenAI-compatible server."""

    base_url: str | None = Field(
        None,
        pattern=r"^https?://\S+$",
        description="Address of the server, with its /v1; with a name, the model writes the answers.",
    )
    name: str | None = Field(None, min_length=1, description="Name of the model on that server.")
    api_key: SecretStr | None = Field(None, description="Key of the server, where it wants one.")
    headers: dict[str, SecretStr] = Field({}, description="Further headers of each request, as JSON.")
    temperature: float = Field(0.0, ge=0, le=2, description="How freely the model chooses its words.")
    max_tokens: int = Field(600, ge=16, le=16000, description="Longest answer, in the model's tokens.")
    passage_tokens: int = Field(
        3000, ge=200, le=200_000, description="Passages shown to the model, in o200k_base tokens."
    )
    connect_s: float = Field(5, gt=0, le=120, description="Longest wait for a connection, in seconds.")
    first_token_s: float = Field(60, gt=0, le=3600, description="Longest wait for the first words.")
    between_tokens_s: float = Field(20, gt=0, le=3600, description="Longest pause in an answer.")
    total_s: float = Field(180, gt=0, le=7200, description="Longest answer, in seconds.")
    retries: int = Field(2, ge=0, le=10, description="Further tries when the server is busy or fails.")
    unsupported: Literal["flag", "drop", "refuse"] = Field(
        "flag",
        description='Sentences that their sources do not support are marked ("flag"), left out ("drop"), or the whole '
        'answer is refused ("refuse").',
    )
    concurrency: int = Field(2, ge=1, le=64, description="Questions that `eval` asks at a time.")

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
        (), description='Sites whose pages may embed the chat and call the interface, as "https://intranet.example".'
    )
    hosts: tuple[str, ...] = Field(
        (), description="Names under which programs reach the MCP server, beside those of this machine."
    )
    root_path: str = Field(
        "",
        pattern=r"^(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$",
        max_length=200,
        description="Path under which a reverse proxy shows the server, as /assistant.",
    )
    trusted_proxies: tuple[Network, ...] = Field(
        (), description="Addresses or networks of reverse proxies whose X-Forwarded headers are believed."
    )
    api_keys: tuple[KeyHash, ...] = Field(
        (), description="SHA-256 hashes of the keys of programs, as HASH or NAME:HASH; with any, a key is needed."
    )
    users: dict[str, PasswordHash] = Field(
        {}, description="Names and password hashes of who may sign in; with any, signing in is needed."
    )
    sign_in_header: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9-]{1,60}$",
        description="Header in which a trusted reverse proxy names who signed in; with it, that is needed.",
    )
    rate: int = Field(120, ge=0, le=100_000, description="Requests a minute from one client; 0 sets no limit.")
    client_questions: int = Field(8, ge=1, le=1000, description="Questions of one client at a time, waiting ones too.")
    questions: int = Field(2, ge=1, le=64, description="Questions of programs that are worked on at a time.")
    waiting: int = Field(32, ge=0, le=1000, description="Questions of programs that may wait; a further one gets 503.")
    timeout_s: float = Field(240, gt=0, le=7200, description="Longest a program's question may take, in seconds.")
    log: Literal["warning", "info"] = Field(
        "warning", description='What is logged: "info" writes a line for each request, without its words.'
    )

    @model_validator(mode="after")
    def _a_header_needs_a_proxy(self) -> ServeSettings:
        if self.sign_in_header and not self.trusted_proxies:
            raise ValueError("sign_in_header is believed from trusted_proxies only, and there is none")
        return self


class Settings(BaseSettings):
    """Everything that can be set, with its default and bounds."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, toml_file=FILE_NAME
    )

    sources: tuple[str, ...] = Field(("seeds",), min_length=1, description="What `index` reads.")
    store: Path = Field(Path("vectorstore"), description="Folder of the built index.")
    generations: int = Field(
        2, ge=2, le=100, description="Generations of the index that are kept, the live one included."
    )
    cache: Path | None = Field(None, description="Folder for unpacked model files; by default the user's cache.")
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
    """Every setting as `group.name` (or `name`) → its field."""
    keys: dict[str, Any] = {}
    for name, field in Settings.model_fields.items():
        group = field.annotation
        if isinstance(group, type) and issubclass(group, _Group):
            keys.update({f"{name}.{inner}": f for inner, f in group.model_fields.items()})
        else:
            keys[name] = field
    return keys


def load_settings(**arguments: Any) -> Settings:
    """Read all settings; `arguments` (of the command line) win.

    Raises SettingsError, naming the setting, where it stands and what would be right.
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
    """Not what is, or may hold, a secret."""
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
