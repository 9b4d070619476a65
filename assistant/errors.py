"""The expected errors of the assistant.

    AssistantError                  message and hint; exit code 1
    ├── UsageError                  the caller must change what was asked for; exit code 2
    │   ├── SettingsError           an unknown or out-of-range setting
    │   ├── QuestionError           an empty or too long question, a malformed history
    │   └── EvaluationError         a case file, a run folder or a baseline that cannot be used
    ├── SourceError                 a source that cannot be read or holds no text
    ├── ModelError                  embedding model or tokenizer files missing or damaged
    ├── GenerationError             the configured model server gave no usable reply
    ├── StoreError                  the index on disk
    │   ├── StoreMissingError       no index has been built there
    │   ├── StoreBusyError          another build is running
    │   ├── StoreMismatchError      built with another model, setting or format version
    │   └── StoreDamagedError       a file is missing, truncated or altered
    ├── DocumentNotFoundError       no document of that id in the index
    ├── ReplyNotFoundError          no reply of that token among the last ones
    ├── FeedbackError               ratings cannot be kept or read
    ├── LanguageFileError           a file of words, messages or strings of a language is malformed
    └── ServeError                  the web server cannot start

The message says what happened and where; the hint says how to fix it.
"""

from __future__ import annotations

from typing import Literal


class AssistantError(Exception):
    """Base class of all expected errors; `str(error)` is the message, `hint` the remedy."""

    exit_code = 1

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(AssistantError):
    """The request is wrong; the caller must change it."""

    exit_code = 2


class SettingsError(UsageError):
    """A setting is unknown or out of range."""


class QuestionError(UsageError):
    """The question is empty or too long, or its history is malformed."""


class EvaluationError(UsageError):
    """A case file, a run folder or a baseline cannot be used."""


class SourceError(AssistantError):
    """A source cannot be read or contains no text."""


class ModelError(AssistantError):
    """Model or tokenizer files are missing or damaged."""


GenerationFailure = Literal[
    "unreachable",  # no connection, or an address that is no such server
    "refused",  # the key is wrong or missing
    "unknown_model",
    "rate_limited",
    "too_long",  # more than the model can take
    "server_error",
    "timeout",  # nothing came in time, or no more
    "cut",  # the stream ended before the reply did
    "empty",
    "endless",  # longer than asked for by far
    "malformed",  # not what an OpenAI-compatible server sends
]


class GenerationError(AssistantError):
    """The model server gave no usable reply; `failure` is the kind of failure."""

    def __init__(self, failure: GenerationFailure, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.failure = failure


class StoreError(AssistantError):
    """The index on disk cannot be used."""


class StoreMissingError(StoreError):
    """There is no index."""


class StoreBusyError(StoreError):
    """Another build holds the lock."""


class StoreMismatchError(StoreError):
    """The index was built with another model, setting or format."""


class StoreDamagedError(StoreError):
    """A file of the index is missing, truncated or altered."""


class DocumentNotFoundError(AssistantError):
    """The index has no document with this id."""


class ReplyNotFoundError(AssistantError):
    """None of the last replies has this token."""


class FeedbackError(AssistantError):
    """The file of ratings cannot be read or written."""


class LanguageFileError(AssistantError):
    """A file of words, messages or strings of a language is malformed."""


class ServeError(AssistantError):
    """The web server cannot start."""
