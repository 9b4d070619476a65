"""The client with a real model behind a real server; what the model writes is its own affair."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from assistant.errors import GenerationError
from assistant.llm.client import Limits, ModelServer
from assistant.records import Message
from tests.real_model import RealModel

STORY = [Message("user", "Tell a long story about a bridge.")]
PATIENT = 120.0


def client(server: RealModel, *, name: str | None = None, first_token_s: float = PATIENT) -> ModelServer:
    limits = Limits(
        connect_s=5,
        first_token_s=first_token_s,
        between_tokens_s=PATIENT,
        total_s=2 * PATIENT,
        retries=1,
        max_tokens=4000,
    )
    return ModelServer(server.base_url, name or server.name, "", temperature=0, limits=limits, headers={})


def test_a_reply_comes_in_pieces_no_longer_than_allowed(real_model_server: RealModel) -> None:
    pieces: list[str] = []
    with pytest.raises(GenerationError) as caught:
        pieces.extend(filter(None, client(real_model_server).write(STORY, max_tokens=12)))
    assert caught.value.failure == "cut"  # a story is longer
    assert 3 <= len(pieces) <= 12
    assert "".join(pieces).strip()


def test_a_short_reply_comes_to_its_end(real_model_server: RealModel) -> None:
    assert "".join(client(real_model_server).write([Message("user", "Say hello.")], max_tokens=400)).strip()


def test_a_closed_reply_does_not_keep_the_server_busy(real_model_server: RealModel) -> None:
    model = client(real_model_server)
    with closing(model.write(STORY)) as pieces:
        first = [next(filter(None, pieces)) for _ in range(3)]
    assert all(first)
    began = time.monotonic()
    with closing(model.write(STORY)) as pieces:
        next(filter(None, pieces))
    assert time.monotonic() - began < 30  # the whole story takes minutes


def test_a_model_that_thinks_too_long_is_not_waited_for(real_model_server: RealModel) -> None:
    began = time.monotonic()
    with pytest.raises(GenerationError) as caught:
        list(client(real_model_server, first_token_s=0.001).write(STORY))
    assert caught.value.failure == "timeout"
    assert time.monotonic() - began < 5


def test_another_model_is_not_there(real_model_server: RealModel) -> None:
    with pytest.raises(GenerationError) as caught:
        list(client(real_model_server, name="gpt-none").write(STORY))
    assert caught.value.failure in ("unknown_model", "malformed")  # this server says only that it has another
    assert "gpt-none" in str(caught.value)


def test_a_look_at_the_server(real_model_server: RealModel) -> None:
    checks = {check.name: check for check in client(real_model_server).check()}
    assert {name: check.ok for name, check in checks.items()} == {"server": True, "model": True, "reply": True}
    assert "does not list" in checks["model"].message  # offline it cannot
