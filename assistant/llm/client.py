"""Client for servers with OpenAI's chat completions: Ollama, vLLM, llama.cpp, LM Studio and others.

Each request runs in its own thread and event loop. This gives it a deadline, while the read timeout of an HTTP client
restarts with every byte, and lets any other thread end it, even while it waits.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from assistant.errors import GenerationError
from assistant.llm.server_errors import failed, from_error, shown
from assistant.llm.stream import Pieces
from assistant.records import Message

if TYPE_CHECKING:
    import httpx2
    import openai
    from openai.types.chat import ChatCompletionChunk

_NO_KEY = "none"  # the openai package demands one
_FIRST_PAUSE_S = 0.25  # before the first retry; doubled for each further one
_BREATH_S = 0.25  # without a piece, until an empty one is given
_LONGEST_PAUSE_S = 10.0  # a server that asks for a longer one is not asked again
MOST_BYTES = 64 * 2**20
# The openai package would also send what OPENAI_* variables say of an account elsewhere, and what machine this is.
_SENT_HEADERS = frozenset(
    "accept accept-encoding authorization connection content-length content-type host user-agent".split()
)

Emit = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds, and limits on retries and sizes.

    `first_token_s` and `total_s` count from the start of the request, including retries. A request is repeated at most
    `retries` times, only on status 429 and 5xx. A response has at most `most_bytes` bytes.
    """

    connect_s: float
    first_token_s: float
    between_tokens_s: float
    total_s: float
    retries: int
    max_tokens: int
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """The result of a check of a server, named "server", "model" or "reply"; `hint` is the remedy if it failed."""

    name: str
    ok: bool
    message: str
    hint: str = ""


class ModelServer:
    """A `Writer` that asks a model server; thread-safe."""

    def __init__(
        self,
        base_url: str,
        name: str,
        api_key: str,
        *,
        temperature: float,
        limits: Limits,
        headers: Mapping[str, str],
    ) -> None:
        """`base_url` is the URL without /chat/completions, `name` the name of the model there. Sends nothing yet."""
        self._base_url = base_url
        self._name = name
        self._key = api_key.strip()
        self._temperature = temperature
        self._limits = limits
        self._headers = dict(headers)
        self._secrets = (self._key, *self._headers.values())
        self._running: set[_Work] = set()

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def write(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[str, None, None]:
        """Yield the pieces of the reply as they arrive, without the reasoning that some models send first.

        Yields an empty piece when nothing arrives for a while. Closing the generator ends the request.
        Raises GenerationError.
        """
        most = self._limits.max_tokens if max_tokens is None else max_tokens
        return self._results(lambda emit: self._reply(messages, most, emit))

    def check(self) -> tuple[ServerCheck, ...]:
        """Request the list of models and the beginning of one reply; return the results. Raises nothing."""
        try:
            models = [model for model in self._results(self._list) if model]
        except GenerationError:
            models = []  # some servers have no list; whether they answer shows below
        pieces = self.write([Message("user", "Say yes.")])
        try:
            next(filter(None, pieces))
        except GenerationError as error:
            if error.failure == "unreachable":
                return (ServerCheck("server", False, str(error), error.hint),)
            reply = ServerCheck("reply", False, str(error), error.hint)
        else:
            reply = ServerCheck("reply", True, "a reply comes in pieces")
        finally:
            pieces.close()
        return ServerCheck("server", True, "it answers"), self._check_model(models, reply.ok), reply

    def close(self) -> None:
        """End all requests; threads that wait for a piece get a GenerationError."""
        for work in list(self._running):
            work.cancel()

    def _check_model(self, models: Sequence[str], answers: bool) -> ServerCheck:
        if not models:
            return ServerCheck("model", True, "the server does not list its models")
        if self._name in models:
            return ServerCheck("model", True, f"the server lists {self._name}")
        if answers:
            return ServerCheck("model", True, f"the server does not list {self._name}, but answers to that name")
        names = shown(", ".join(models), self._secrets)
        return ServerCheck("model", False, f"The server does not list {self._name}.", f"It lists: {names}")

    def _results(self, work: Callable[[Emit], Coroutine[Any, Any, None]]) -> Generator[str, None, None]:
        running = _Work(work)
        self._running.add(running)
        try:
            yield from running
        finally:
            self._running.discard(running)
            running.end()

    async def _reply(self, messages: Sequence[Message], max_tokens: int, emit: Emit) -> None:
        limits, pieces, opened = self._limits, Pieces(max_tokens), False
        async with self._client() as client:
            now = asyncio.get_running_loop().time
            end = now() + limits.total_s
            first = min(end, now() + limits.first_token_s)
            try:
                async with (
                    asyncio.timeout_at(first) as alarm,
                    await self._open(client, messages, max_tokens, first) as stream,
                ):
                    opened = True
                    _check_type(stream.response.headers.get("content-type", ""))
                    async for chunk in stream:
                        text, progress = pieces.take(chunk)
                        if progress:
                            alarm.reschedule(min(end, now() + limits.between_tokens_s))
                        if text:
                            emit(text)
                        if pieces.finished:
                            break
            except TimeoutError:
                raise self._late(pieces.begun, now() >= end) from None
            except Exception as error:
                raise from_error(error, self._base_url, opened, self._secrets) from None
        if rest := pieces.end():
            emit(rest)

    def _late(self, begun: bool, at_end: bool) -> GenerationError:
        if at_end:
            return failed("timeout", f"has not finished its reply within {self._limits.total_s:g} s")
        if begun:
            return failed("timeout", f"has sent no more of its reply for {self._limits.between_tokens_s:g} s")
        return failed("timeout", f"has sent nothing of a reply for {self._limits.first_token_s:g} s")

    async def _list(self, emit: Emit) -> None:
        async with self._client() as client:
            try:
                async with asyncio.timeout(self._limits.first_token_s):
                    page = await client.models.list()
            except TimeoutError:
                raise failed("timeout", "has not listed its models in time") from None
            except Exception as error:
                raise from_error(error, self._base_url, False, self._secrets) from None
        models = getattr(page, "data", None)
        for model in models if isinstance(models, list) else ():
            if isinstance(name := getattr(model, "id", None), str):
                emit(name)

    async def _open(
        self, client: openai.AsyncOpenAI, messages: Sequence[Message], max_tokens: int, latest: float
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Request a reply, and retry if that may help and there is time."""
        import openai

        options: dict[str, Any] = {
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "temperature": self._temperature,
            "max_tokens": max_tokens,
        }
        now = asyncio.get_running_loop().time
        attempt = 0
        while True:
            try:
                stream = await client.chat.completions.create(model=self._name, stream=True, **options)
                return cast("openai.AsyncStream[ChatCompletionChunk]", stream)
            except openai.BadRequestError as error:
                if not _adapt(options, error):
                    raise
            except (openai.RateLimitError, openai.InternalServerError) as error:
                pause = _pause(attempt, error.response.headers.get("retry-after"))
                if attempt == self._limits.retries or pause > _LONGEST_PAUSE_S or now() + pause >= latest:
                    raise
                attempt += 1
                await asyncio.sleep(pause)

    def _client(self) -> openai.AsyncOpenAI:
        """A client for one request, since it belongs to one event loop. Raises GenerationError."""
        import httpx2
        import openai

        try:
            url = httpx2.URL(self._base_url)
        except httpx2.InvalidURL:
            url = httpx2.URL()
        if url.scheme not in ("http", "https") or not url.host:
            raise GenerationError(
                "unreachable",
                "The model server's address is no web address.",
                "Write it like http://127.0.0.1:8080/v1.",
            )
        if not all(text.isascii() and text.isprintable() for text in (self._key, *self._headers, *self._secrets)):
            raise GenerationError(
                "refused", "The key or a header for the model server cannot be sent.", "Copy it again: ASCII, one line."
            )
        key = self._key or _NO_KEY
        headers = {"Authorization": f"Bearer {key}"} | self._headers  # named here, no variable can replace it
        sent = _SENT_HEADERS | {name.lower() for name in headers}

        async def keep(request: httpx2.Request) -> None:
            for name in set(request.headers) - sent:
                del request.headers[name]

        async def limit(response: httpx2.Response) -> None:
            _limit(response, self._limits.most_bytes)

        http = httpx2.AsyncClient(
            headers={"Accept-Encoding": "identity"},  # unpacked, a small response could fill the memory
            timeout=httpx2.Timeout(None, connect=self._limits.connect_s),
            trust_env=not _is_local(url.host),  # a proxy of the environment is not for this machine
            follow_redirects=False,  # the key is for this address alone
            event_hooks={"request": [keep], "response": [limit]},
        )
        return openai.AsyncOpenAI(
            base_url=self._base_url, api_key=key, default_headers=headers, max_retries=0, http_client=http
        )


class _Work:
    """A coroutine that runs in its own thread. Iteration yields the texts that it emits, and "" while there is none.

    The empty texts let a reader stop: a generator cannot be closed while it waits.
    """

    def __init__(self, work: Callable[[Emit], Coroutine[Any, Any, None]]) -> None:
        self._results: SimpleQueue[str | Exception | None] = SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self._do(work))
        self._thread = Thread(target=self._run, name="model-server", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[str]:
        while True:
            try:
                result = self._results.get(timeout=_BREATH_S)
            except Empty:
                yield ""
                continue
            if result is None:
                return
            if isinstance(result, Exception):
                raise result
            yield result

    def cancel(self) -> None:
        """Ask the coroutine to end; may be called from any thread."""
        with suppress(RuntimeError):  # it has ended, and its loop is closed
            self._loop.call_soon_threadsafe(self._task.cancel)

    def end(self) -> None:
        """End the coroutine and wait until its connections are closed."""
        self.cancel()
        self._thread.join()

    async def _do(self, work: Callable[[Emit], Coroutine[Any, Any, None]]) -> None:
        try:
            await work(self._results.put)
            self._results.put(None)
        except asyncio.CancelledError:
            self._results.put(failed("cut", "was asked to end its reply"))
        except Exception as error:
            self._results.put(error)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._task)
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())  # as asyncio.run does
        finally:
            self._loop.close()


def _is_local(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def _check_type(content_type: str) -> None:
    if content_type.startswith("text/html"):
        raise failed("unreachable", "sends a web page where a reply was asked for")
    if content_type.startswith("application/json"):
        raise failed("malformed", "sends no stream, or knows no chat completions at this address")


def _adapt(options: dict[str, Any], error: openai.BadRequestError) -> bool:
    """Remove or rename the option that the model does not support; return False if the error has another cause.

    OpenAI's reasoning models support neither temperature nor max_tokens, which they call max_completion_tokens.
    """
    if error.code not in ("unsupported_parameter", "unsupported_value") or error.param not in options:
        return False
    value = options.pop(error.param)
    if error.param == "max_tokens":
        options["max_completion_tokens"] = value
    return True


def _pause(attempt: int, retry_after: str | None) -> float:
    """Return the seconds before the next try: what the server asks for, else exponential backoff with jitter."""
    if retry_after:
        with suppress(ValueError):
            return max(0.0, float(retry_after))
        with suppress(ValueError):
            date = parsedate_to_datetime(retry_after)
            return max(0.0, date.timestamp() - time.time())
    return min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**attempt) * random.uniform(0.5, 1)


def _limit(response: httpx2.Response, most_bytes: int) -> None:
    """Limit the size of a response, including that of an error, so that it cannot fill the memory."""
    import httpx2

    stream = cast(httpx2.AsyncByteStream, response.stream)

    class Limited(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = most_bytes
            async for data in stream:
                left -= len(data)
                if left < 0:
                    raise failed("endless", "sends without end")
                yield data

        async def aclose(self) -> None:
            await stream.aclose()

    response.stream = Limited()
