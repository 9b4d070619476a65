"""Ask your own documents: answers quoted from them, each sentence with a citation that opens the source.

from assistant import build_index, load_settings, open_assistant

settings = load_settings(sources=("seeds",))
build_index(settings)
reply = open_assistant(settings).ask("What is the referral rate?").reply
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.pipeline import BuildReport, build_index, open_assistant
    from assistant.settings import Settings, load_settings

__all__ = ["Assistant", "BuildReport", "Settings", "build_index", "load_settings", "open_assistant"]


def __getattr__(name: str) -> Any:
    """Import what is asked for, when it is asked for: the command line's help must not wait for FAISS."""
    if name in ("Settings", "load_settings"):
        from assistant import settings

        return getattr(settings, name)
    if name in __all__:
        from assistant import pipeline

        return getattr(pipeline, name)
    raise AttributeError(f"module 'assistant' has no attribute {name!r}")
