"""Ask your own documents: answers quoted from them, each sentence with a citation that opens the source.

from assistant import build_index, load_settings, open_assistant

settings = load_settings(sources=("seeds",))
build_index(settings)
reply = open_assistant(settings).ask("What is the referral rate?").reply
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from assistant.startup import set_environment

if TYPE_CHECKING:
    from assistant.ask import Assistant
    from assistant.build import BuildReport, build_index
    from assistant.factory import open_assistant
    from assistant.settings import Settings, load_settings

__all__ = ["Assistant", "BuildReport", "Settings", "build_index", "load_settings", "open_assistant"]

set_environment()  # before any other module of the package can import a library
_HOME = {
    "Assistant": "assistant.ask",
    "BuildReport": "assistant.build",
    "Settings": "assistant.settings",
    "build_index": "assistant.build",
    "load_settings": "assistant.settings",
    "open_assistant": "assistant.factory",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that the help of the command line does not load FAISS."""
    if name not in _HOME:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
