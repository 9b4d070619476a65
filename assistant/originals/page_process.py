"""Runs draw_page.py in a process of its own, within limits: a file is untrusted, whatever was read of it before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

SECONDS = 15
"""For one page."""
MEMORY_BYTES = 1_500_000_000
"""Address space of the process, the Python in it included."""
_MOST_BYTES = 8_000_000
_START = (
    "import sys; sys.path.append(sys.argv[1]); from assistant.ingest.sandbox.worker import limit_memory; "
    "limit_memory(int(sys.argv[2])); from assistant.originals.draw_page import main; main()"
)
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "LANG", "TZ")


def drawn_page(data: bytes, page: int, pieces: Sequence[str]) -> bytes | None:
    """Return a page as `draw_page` draws it, None where it cannot, or not within the limits."""
    said = json.dumps({"page": page, "pieces": list(pieces)}).encode() + b"\n"
    command = [sys.executable, "-P", "-c", _START, str(Path(__file__).parents[2]), str(MEMORY_BYTES)]
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    try:
        done = subprocess.run(
            command,
            input=said + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            check=False,
            env=kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    drawn = done.returncode == 0 and 0 < len(done.stdout) <= _MOST_BYTES
    return done.stdout if drawn else None
