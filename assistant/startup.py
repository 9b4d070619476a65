"""Environment variables that third-party libraries read when they are imported.

`assistant/__init__.py` sets them, so before any module of the package imports a library. This is the only module that
writes the environment of the process.
"""

from __future__ import annotations

import os
import secrets
import tempfile

# Whatever the environment says: nothing may be sent, and Gradio would compute statistics with pandas on every event.
_ALWAYS = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(10**9),
    # Its default is a folder of one name for all users; the chat makes this one, and removes it.
    "GRADIO_TEMP_DIR": f"{tempfile.gettempdir()}/assistant-{secrets.token_hex(8)}",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}
# OpenMP threads that spin while they wait made a query 20 times slower on a busy machine.
_DEFAULTS = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "TOKENIZERS_PARALLELISM": "false"}


def set_environment() -> None:
    """Switch off telemetry in all libraries, and set their threads unless the environment does."""
    os.environ.update(_ALWAYS)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
