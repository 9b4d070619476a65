"""The HTTP client: one GET request to a checked address, with limits of time and size, without redirects."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import httpcore2
import httpx2

from assistant.crawl.fetch_error import FetchError
from assistant.crawl.gunzip import gunzip, too_large
from assistant.crawl.ssrf_guard import Deadline, GuardedBackend

AGENT = "document-assistant"
"""What a robots.txt calls us."""

_MAX_CONNECTIONS = 32
_MEDIA = ("image/", "audio/", "video/", "font/")
_CERTIFICATE = "Correct the server's certificate, or name the file of your own authority in SSL_CERT_FILE."


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response of a server; `body` is decompressed, and empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Sends GET requests; threads may share it. Close it after use.

    `allow_hosts` are hosts that need no public address. `timeout_s` is for a whole request, in seconds; `max_bytes` for
    a decompressed body.
    """

    def __init__(self, allow_hosts: Iterable[str], *, timeout_s: float, max_bytes: int) -> None:
        self.deadline = Deadline()
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        # Proxies of the environment are not asked: the address that is connected to could not be checked.
        self._http = httpx2.Client(
            transport=_Transport(GuardedBackend(allow_hosts, self.deadline)),
            trust_env=False,
            follow_redirects=False,
            # A site must not recognise the reader from one page to the next.
            cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "User-Agent": f"{AGENT}/{version('document-assistant')}",
                "Accept": "text/html,application/xhtml+xml,application/pdf,application/xml;q=0.9,*/*;q=0.5",
                "Accept-Encoding": "gzip",
            },
        )

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def get(self, url: str, headers: Mapping[str, str]) -> HttpResponse:
        """Return the response at a normalised URL.

        Raises FetchError if there is none in time, if the address is refused, or if the body is too large, damaged, or
        an image, sound, video or font.
        """
        self.deadline.start(self._timeout_s)
        answered = False
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                answered = True
                body = self._body(response) if response.status_code == 200 else b""
                return HttpResponse(response.status_code, dict(response.headers), body)
        except httpcore2.TimeoutException:
            if answered:
                raise FetchError(
                    "broken",
                    f"What comes had not ended after {self._timeout_s:g} seconds.",
                    "Leave it out, or raise fetch.timeout_s.",
                ) from None
            raise FetchError(
                "down",
                f"The server did not answer within {self._timeout_s:g} seconds.",
                "Index again when it does, or raise fetch.timeout_s.",
            ) from None
        except (httpcore2.ConnectError, ssl.SSLError) as error:
            hint = _CERTIFICATE if "CERTIFICATE" in str(error).upper() else "Check the address and the network."
            raise FetchError("down", f"The server cannot be reached: {_reason(error)}.", hint) from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise FetchError(
                "broken", f"The connection broke: {_reason(error)}.", "Index again; if it stays, tell the site."
            ) from None

    def _body(self, response: httpx2.Response) -> bytes:
        if response.headers.get("content-type", "").lower().startswith(_MEDIA):
            raise FetchError("unwanted", "This is an image, sound, film or font, not text.", "Leave it out.")
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        pieces = _limited(response.iter_raw(), self._max_bytes)
        if encoding in ("gzip", "x-gzip"):
            return gunzip(pieces, self._max_bytes)
        if encoding not in ("identity", ""):
            raise FetchError("refused", f"It comes packed as {encoding[:40]!r}, unasked.", "Tell the site.")
        return b"".join(pieces)


class _Transport(httpx2.BaseTransport):
    """A transport on httpcore with our own network backend, which httpx's transport does not accept."""

    def __init__(self, backend: GuardedBackend) -> None:
        self._pool = httpcore2.ConnectionPool(
            ssl_context=_certificates(),
            max_connections=_MAX_CONNECTIONS,
            keepalive_expiry=15,
            network_backend=backend,
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                request.method,
                httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=b"",
            )
        )
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Stream(answer))

    def close(self) -> None:
        self._pool.close()


class _Stream(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx2.create_ssl_context()


def _limited(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """`pieces`; raises FetchError when they become more than `most` bytes."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large(most)
        yield piece


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
