"""A worker process that parses files: it may crash, hang or fill the memory without harm.

A worker serves many files, and is started again after it ended. It gets the bytes of a file through a pipe and answers
with the result, serialised as in serialisation.py: nothing in the answer is executed, and the worker has no secret and
writes no file. It is not started by `multiprocessing`, which would run the caller's main module again.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import faulthandler
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO

from assistant.ingest.decode import MAX_BYTES
from assistant.ingest.parse import ParsedDocument, Read, parse_file, parse_text
from assistant.ingest.sandbox.limits import (
    MEMORY_BYTES,
    PICTURE_SECONDS,
    RECOGNITION_SECONDS,
    SECONDS,
    RefusedError,
)
from assistant.ingest.sandbox.serialisation import packed, unpacked
from assistant.records import Failure
from assistant.text.language import detect_language

_SIZES = struct.Struct("!IQ")
"""Before a file: the size of what is said about it, and its own."""
_SIZE = struct.Struct("!Q")
"""Before an answer; 0 instead of an answer says that the text of a picture is about to be recognised."""
_START = "import sys; sys.path.append(sys.argv[1]); from assistant.ingest.sandbox.worker import serve; serve()"
_KEPT_VARIABLES = (
    "PATH",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "LANG",
    "TZ",
    "TESSDATA_PREFIX",
    "PROGRAMFILES",
)
_PR_SET_PDEATHSIG = 1  # from linux/prctl.h
_MAX_REPLY = 2 * MAX_BYTES
"""Bytes of an answer, which is compressed."""


class Worker:
    """A worker process, started with the first file.

    One thread uses it; any thread may call `end`. Use it in a `with`.
    """

    def __init__(self, *, seconds: float = SECONDS, memory_bytes: int = MEMORY_BYTES) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._ended = False

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def end(self) -> None:
        """End the process at once, whatever it does; it is not started again."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def read(self, name: str, data: bytes, charset: str | None = None, *, parts: bool = True) -> tuple[bytes, Read]:
        """Parse a file as `parse_file` does, and return the result, serialised and as objects.

        Raises RefusedError if the process gives none within the limits of time (seconds) and memory (bytes).
        """
        try:
            process = self._started()
        except OSError as error:
            raise RefusedError(
                f"The process that reads the file could not be started: {error.strerror}.",
                "Close other programs and index again.",
            ) from None
        deadline = _Deadline(process, self._seconds)
        try:
            answer = self._ask(process, json.dumps([name, charset, parts]).encode(), data, deadline)
            return answer, _checked(unpacked(answer), name)
        except (OSError, EOFError, ValueError, MemoryError):
            self._stop()
            if deadline.passed:
                raise RefusedError(
                    f"Reading the file took longer than {deadline.seconds:g} seconds.",
                    "Save it anew from the program it comes from, as PDF or text, or split it.",
                ) from None
            raise RefusedError(
                "Reading the file failed: it is damaged, or needs too much memory.",
                "Save it anew from the program it comes from, as PDF or text.",
            ) from None
        finally:
            deadline.cancel()
            if deadline.passed:
                self._stop()

    def _ask(self, process: subprocess.Popen[bytes], about: bytes, data: bytes, deadline: _Deadline) -> bytes:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(_SIZES.pack(len(about), len(data)) + about)
        process.stdin.write(data)
        process.stdin.flush()
        while not (size := _SIZE.unpack(_exactly(process.stdout, _SIZE.size))[0]):
            deadline.extend()
        if size > _MAX_REPLY:
            raise ValueError("too long")
        return _exactly(process.stdout, size)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._stop()
        package = str(Path(__file__).parents[3])
        # -P: no module of the folder that happens to be the current one is imported
        command = [sys.executable, "-P", "-c", _START, package, str(self._memory_bytes), str(self._seconds)]
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        with self._lock:
            if self._ended:
                raise OSError(errno.ECANCELED, "reading was stopped")
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=kept | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # threads reserve address space
            )
        return self._process

    def _stop(self) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was not written yet has no reader
                    pipe.close()
        process.wait()


class _Deadline:
    """Kills a process after `seconds`, which each picture extends."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.seconds = seconds
        self._process = process
        self._most = seconds + RECOGNITION_SECONDS + PICTURE_SECONDS
        self._began = time.monotonic()
        self._late = threading.Event()
        self._timer = self._start()

    @property
    def passed(self) -> bool:
        """Whether the process was killed."""
        return self._late.is_set()

    def extend(self) -> None:
        """Wait for the time of one more picture, but not for more than all pictures of a file may take."""
        self._timer.cancel()
        self.seconds = min(self.seconds + PICTURE_SECONDS, self._most)
        self._timer = self._start()

    def cancel(self) -> None:
        """Let the process live."""
        self._timer.cancel()

    def _start(self) -> threading.Timer:
        timer = threading.Timer(max(0.0, self._began + self.seconds - time.monotonic()), self._end)
        timer.daemon = True
        timer.start()
        return timer

    def _end(self) -> None:
        self._late.set()
        self._process.kill()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    """Raises EOFError when the other side has ended."""
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _checked(read: Read, name: str) -> Read:
    """`read`, which must be of this file and the files in it alone, one document each. Raises ValueError."""
    known_as: set[str] = set()
    for where, item in read:
        if where != name and not where.startswith(name + "/"):
            raise ValueError("not what was read of this file")
        if isinstance(item, Failure):
            continue
        stated = {item.doc_id} | (
            {item.document.doc_id} if isinstance(item, ParsedDocument) and item.document else set()
        )
        if stated != {where} or where in known_as:
            raise ValueError("not what was read of this file")
        known_as.add(where)
    if not read:
        raise ValueError("nothing")
    return read


def serve() -> None:
    """Serve requests from standard input until it ends. Arguments: package folder, memory in bytes, seconds."""
    _end_with_parent()
    detect_language("its model is unpacked into a temporary file")  # later no file can be written
    parse_text("", "<html>")  # loads the libraries
    limit_memory(int(sys.argv[2]))
    requests = sys.stdin.buffer
    # What a library prints must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def on_picture() -> None:
        _end_later()
        answers.write(_SIZE.pack(0))
        answers.flush()

    while True:
        try:
            about, size = _SIZES.unpack(_exactly(requests, _SIZES.size))
            name, charset, parts = json.loads(_exactly(requests, about))
            data = _exactly(requests, size)
        except EOFError:
            return
        _end_later()
        answer = packed(parse_file(name, data, charset, parts=parts, on_picture=on_picture))
        faulthandler.cancel_dump_traceback_later()
        answers.write(_SIZE.pack(len(answer)) + answer)
        answers.flush()


def _end_with_parent() -> None:
    """Have the system end this process, whatever it does, when the thread that started it ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _end_later() -> None:
    """End this process when a file hangs: should whoever asked be gone, nobody else would."""
    faulthandler.dump_traceback_later(2 * float(sys.argv[3]), exit=True)


def limit_memory(memory_bytes: int) -> None:
    """Limit the address space to `memory_bytes`, and forbid files and core dumps, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the other limits hold there too
        return
    for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError, ValueError):  # already lower
            resource.setrlimit(limit, (value, value))
