"""PDF and Word files are read in a process of their own, which can be ended: they may crash, hang or fill the memory.

One process serves all files and is started again after its end. It gets the bytes of a file through a pipe and answers
with JSON: nothing that it says is run, and it holds no secret and writes no file. It is started by itself and not by
`multiprocessing`, which would run the caller's main module again.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Literal

from assistant.ingest.packed import MAX_CHARS, MEMORY_BYTES, SECONDS, Packed, RefusedError

Kind = Literal["pdf", "zip"]

_LENGTH = struct.Struct("!cQ")
_KINDS: dict[bytes, Kind] = {b"p": "pdf", b"z": "zip"}
_START = "import sys; sys.path.append(sys.argv[1]); from assistant.ingest.worker import serve; serve()"
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME", "LANG")
_MAX_REPLY = 12 * MAX_CHARS
"""Bytes of a reply: no character takes more in JSON."""


class Worker:
    """The process that reads; started when the first file comes. To be used in a `with`."""

    def __init__(self, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, kind: Kind, data: bytes) -> Packed:
        """The text of a file. Raises RefusedError when it gives none within the limits."""
        try:
            process = self._started()
        except OSError as error:
            raise RefusedError(
                f"The process that reads the file could not be started: {error.strerror}.",
                "Close other programs and index again.",
            ) from None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            return _unpacked(self._ask(process, kind, data))
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            self._stop()
            if late.is_set():
                raise RefusedError(
                    f"Reading the file took longer than {self._seconds:g} seconds.",
                    "Save it anew from the program it comes from, as PDF or text, or split it.",
                ) from None
            raise RefusedError(
                "Reading the file failed: it is damaged, or needs too much memory.",
                "Save it anew from the program it comes from, as PDF or text.",
            ) from None
        finally:
            timer.cancel()
            if late.is_set():
                self._stop()

    def _ask(self, process: subprocess.Popen[bytes], kind: Kind, data: bytes) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_LENGTH.pack(kind[0].encode(), len(data)))
        process.stdin.write(data)
        process.stdin.flush()
        return _receive(process.stdout, _MAX_REPLY)[1]

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            package = str(Path(__file__).parents[2])
            # -P: no module of the folder that happens to be the current one is imported
            command = [sys.executable, "-P", "-c", _START, package, str(self._memory_bytes), str(self._seconds)]
            kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # threads reserve address space
            )
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not written yet has no reader
                    pipe.close()
        process.wait()


def _receive(stream: IO[bytes], limit: int) -> tuple[bytes, bytes]:
    """One message. Raises EOFError when the other side has ended, ValueError when it is too long."""
    kind, size = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if size > limit:
        raise ValueError("too long")
    return kind, _exactly(stream, size)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _unpacked(reply: bytes) -> Packed:
    """Raises RefusedError as the worker did, ValueError, KeyError or TypeError when the reply is none."""
    fields = json.loads(reply)
    if "error" in fields:
        raise RefusedError(str(fields["error"]), str(fields["hint"]))
    text, pages = str(fields["text"]), tuple(int(page) for page in fields["pages"])
    if pages and (pages[0] != 0 or sorted(pages) != list(pages) or pages[-1] >= len(text)):
        raise ValueError("the pages are none of this text")
    stated = {name: None if fields[name] is None else str(fields[name]) for name in ("title", "created")}
    return Packed(text, pages, stated["title"], stated["created"], int(fields["unread"]))


def serve() -> None:
    """Read what comes through standard input until it ends; arguments: package folder, memory, seconds."""
    _limit_memory(int(sys.argv[2]))
    requests = sys.stdin.buffer
    # What a library prints must not come between the replies.
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    while True:
        try:
            kind, data = _receive(requests, 1 << 40)
        except EOFError:
            return
        # Should whoever asked be gone, nobody else would end a file that hangs.
        faulthandler.dump_traceback_later(2 * float(sys.argv[3]), exit=True)
        reply = json.dumps(_answer(_KINDS[kind], data)).encode()
        faulthandler.cancel_dump_traceback_later()
        replies.write(_LENGTH.pack(kind, len(reply)) + reply)
        replies.flush()


def _answer(kind: Kind, data: bytes) -> dict[str, object]:
    try:
        packed = _read(kind, data)
    except RefusedError as error:
        return {"error": error.error, "hint": error.hint}
    except MemoryError:
        return {"error": "Reading the file needs too much memory.", "hint": "Split it, or save it as text."}
    except Exception:  # whatever a broken file breaks in a library must not cost the files after it
        return {
            "error": "The file is damaged: it cannot be read.",
            "hint": "Save it anew from the program it comes from, as PDF or text.",
        }
    return {name: getattr(packed, name) for name in Packed.__slots__}


def _read(kind: Kind, data: bytes) -> Packed:
    # Imported here: the process that asks has no need of PDFium.
    if kind == "pdf":
        from assistant.ingest.pdf import read_pdf

        return read_pdf(data)
    from assistant.ingest.archive import Archive
    from assistant.ingest.docx import read_docx

    archive = Archive(data)
    return read_docx(archive, archive.word_part())


def _limit_memory(memory_bytes: int) -> None:
    """Where the system can: at most so much address space, no file written, no core dumped."""
    try:
        import resource
    except ImportError:  # Windows: the other limits hold there too
        return
    for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # already lower
            resource.setrlimit(limit, (value, value))
