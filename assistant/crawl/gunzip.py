"""Gzip with a limit: a small compressed body may not fill the memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from assistant.crawl.fetch_error import FetchError

GZIP = b"\x1f\x8b"
_PIECE = 1 << 16


def gunzip(pieces: Iterable[bytes], most: int) -> bytes:
    """Return the decompressed bytes of gzip `pieces`.

    Stops at `most` bytes of output, however little the input is. Raises FetchError if there are more, or if the data
    are damaged.
    """
    out = bytearray()
    packed = None
    for piece in pieces:
        left = piece
        while left:
            if packed is None or packed.eof:
                if packed is not None and not left.startswith(GZIP):
                    break  # padding; another member may follow, as `cat a.gz b.gz` makes
                packed = zlib.decompressobj(16 + zlib.MAX_WBITS)
            try:
                out += packed.decompress(left, min(_PIECE, most + 1 - len(out)))
            except zlib.error:
                raise _damaged() from None
            if len(out) > most:
                raise too_large(most)
            left = packed.unused_data if packed.eof else packed.unconsumed_tail
    if packed is not None and not packed.eof:
        raise _damaged()
    return bytes(out)


def too_large(most: int) -> FetchError:
    """Return the error for a body of more than `most` bytes."""
    error = f"What comes is larger than {most / 1_000_000:g} MB."
    return FetchError("refused", error, "Leave it out, or raise fetch.max_bytes.")


def _damaged() -> FetchError:
    return FetchError("broken", "What comes is compressed and damaged.", "Try again; if it stays, tell the site.")
