"""The commands that make keys and hashes."""

from __future__ import annotations

import io
import re

import pytest

from assistant.server.keys import is_password, name_of_key
from assistant.settings import load_settings
from tests.command import Command, in_process


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return in_process(monkeypatch, capsys)


@pytest.mark.parametrize("name", [[], ["crm-1"]])
def test_a_key_is_made_with_the_hash_that_the_settings_take(command: Command, name: list[str]) -> None:
    first, second = command("key", *name), command("key", *name)
    key, entry = re.findall(r": +(\S+)$", first.out, re.MULTILINE)
    assert load_settings(serve={"api_keys": [entry]}).serve.api_keys == (entry,)
    assert entry.startswith("".join(f"{part}:" for part in name))
    assert name_of_key(key, [entry]) == entry.rpartition(":")[0]
    assert len(key) >= 43
    assert key not in second.out


def test_a_name_that_cannot_stand_before_a_hash_is_refused(command: Command) -> None:
    ran = command("key", "a:b")
    assert (ran.code, ran.out) == (2, "")
    assert "letters" in ran.err


def test_a_password_is_hashed_with_a_salt_of_its_own(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    hashes = []
    for _ in range(2):
        monkeypatch.setattr("sys.stdin", io.StringIO("pässword 1\n"))
        hashes.append(command("password").out.strip())
    assert hashes[0] != hashes[1]
    assert load_settings(serve={"users": {"ada": hashes[0]}}).serve.users == {"ada": hashes[0]}
    assert all(is_password("ada", "pässword 1", {"ada": made}) for made in hashes)
    assert not is_password("ada", "pässword 2", {"ada": hashes[0]})


def test_a_short_password_is_refused(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert command("password").code == 2
