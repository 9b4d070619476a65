"""Errors of file servers in words. Those of the libraries are not shown: they may contain secrets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Literal

Kind = Literal["gone", "refused", "down", "changing", "too_large", "named", "certificate", "failed"]

_HINTS = {
    "gone": ("There is no such file or folder.", "Correct the address, or leave it out."),
    "refused": ("The server refuses access.", "Check user, password and permissions."),
    "down": ("The server does not answer.", "Index again later."),
    "changing": ("The file changed while it was read.", "Index again later."),
    "too_large": ("The file is larger than 50 MB.", "Split it into smaller files."),
    "named": ("The file's name holds line breaks or control characters.", "Rename the file."),
    "certificate": (
        "The server's certificate is not trusted.",
        "For your own certificate authority, set the variable SSL_CERT_FILE to its file.",
    ),
    "failed": ("The server failed.", "Index again; if it stays, tell who runs the server."),
}
_DOWN = ("Timeout", "TimedOut", "Connect", "NetworkError", "ReadError", "ProtocolError", "Socket", "Transport")
_REFUSED = ("Permission", "AccessDenied", "Logon", "Authentication", "Credentials", "Forbidden", "BadNetworkName")


class RemoteError(Exception):
    """A file or a folder cannot be read: `error` says why and `hint` what to do."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.error, self.hint = _HINTS[kind]
        super().__init__(self.error)


def remote_error(error: BaseException) -> RemoteError:
    """Return the kind of an error of any library."""
    causes = list(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return RemoteError("certificate")
    for cause in causes:
        if isinstance(cause, RemoteError):
            return cause
        status = getattr(cause, "status_code", None)
        name = type(cause).__name__
        if isinstance(cause, FileNotFoundError) or status in (404, 410):
            return RemoteError("gone")
        if isinstance(cause, PermissionError) or status in (401, 403, 407) or any(map(name.__contains__, _REFUSED)):
            return RemoteError("refused")
        timed_out = isinstance(cause, TimeoutError | ConnectionError | socket.gaierror)
        if timed_out or any(map(name.__contains__, _DOWN)) or "Failed to connect" in str(cause):
            return RemoteError("down")
    return RemoteError("failed")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen = 0
    while error is not None and seen < 10:
        yield error
        error, seen = error.__cause__ or error.__context__, seen + 1
