"""A folder on a file server as a source of the command line: indexed, and its password shows nowhere."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from assistant.crawl.remote.remote_cache import FILE_NAME, RemoteCache
from testkit.papers import paragraphs, pdf
from tests.command import Command, assert_error, one_object

pytest.importorskip("wsgidav", reason="wsgidav is not installed")
from tests.crawl.dav_server import PASSWORD, USER, dav_server

pytestmark = pytest.mark.slow  # a server is started


def test_a_folder_on_a_server_is_indexed_and_its_password_shows_nowhere(
    command: Command, bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s"
    monkeypatch.setenv("ASSISTANT_FETCH__PASSWORDS", json.dumps({f"{USER}@127.0.0.1": PASSWORD}))
    with dav_server(bridge) as server:
        index = ("index", "--source", server.url(), "--store", store, "--json")
        ran = [command(*index)]
        assert one_object(ran[0])["documents"] == 1
        server.write("new.txt", "The lighthouse of Brenn is forty metres tall.")
        server.fails = lambda method, path: 500 if (method, path) == ("GET", "new.txt") else None
        ran += [command(*index), command("documents", "--store", store), command("doctor", "--store", store)]
        ran.append(command("documents", "--failed", "--store", store))
        assert f"webdav://127.0.0.1:{server.port}/new.txt" in ran[-1].out
    ran.append(command(*index))
    assert "1 files stay" in ran[-1].err
    secret = server.url(user=f"{USER}:s3cret@")
    for arguments in (("index",), ("index", "--watch")):
        assert_error(refused := command(*arguments, "--source", secret, "--store", store), 1, "127.0.0.1")
        ran.append(refused)
    monkeypatch.setenv("ASSISTANT_FETCH__PASSWORDS", "s3cret")
    ran.append(command("documents", "--store", store))
    monkeypatch.setenv("ASSISTANT_FETCH__PASSWORDS", '{"anna": ["s3cret"]}')
    ran.append(command("documents", "--store", store))
    assert [done.code for done in ran[-2:]] == [2, 2]
    assert "s3cret" not in "".join(done.out + done.err for done in ran)
    assert not [path for path in store.rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()]


def test_a_purge_deletes_the_copy_of_a_removed_file(
    command: Command, bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "s"
    monkeypatch.setenv("ASSISTANT_FETCH__PASSWORDS", json.dumps({f"{USER}@127.0.0.1": PASSWORD}))
    (bridge / "light.pdf").write_bytes(pdf(paragraphs("The lighthouse of Brenn is forty metres tall.")))
    with dav_server(bridge) as server:
        source = ("--source", server.url(), "--store", store)
        assert command("index", *source).code == 0
        command("remove", "light.pdf", "--store", store)
        report = one_object(command("purge", *source, "--json"))
    assert report["left"] == []
    with closing(RemoteCache(store / FILE_NAME)) as cache:
        assert cache.names(f"webdav://127.0.0.1:{server.port}") == ["bridge.txt"]
