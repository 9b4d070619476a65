"""Folders on file servers, against a real WebDAV server: changes are read, failures lose nothing, secrets stay."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from assistant.crawl.remote.file_servers import FileServers, RemoteLimits
from assistant.crawl.remote.remote_address import parse_address
from assistant.crawl.remote.remote_cache import FILE_NAME
from assistant.errors import SourceError
from assistant.ingest.load import load_documents
from assistant.ingest.path_patterns import PathPatterns
from assistant.records import Failure
from testkit.ole_files import msg
from testkit.papers import ENGLISH, paragraphs, pdf
from testkit.parsed_here import ParsedHere

pytest.importorskip("wsgidav", reason="wsgidav is not installed")
from tests.crawl.dav_server import PASSWORD, USER, DavServer, dav_server, slowly
from tests.crawl.test_tls import certificate

pytestmark = pytest.mark.slow  # a server is started

Build = Callable[..., tuple[list[str], list[Failure]]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DavServer]:
    root = tmp_path / "served"
    root.mkdir()
    with dav_server(root) as served:
        served.write("Hồ sơ/a b.txt", "A note of the port.")
        served.write("Hồ sơ/plan.pdf", pdf(paragraphs(ENGLISH)))
        served.write("top.md", "# Top\n\nA note of the mill.")
        served.write(".hidden/x.txt", "Hidden.")
        served.write("README.md", "Not read.")
        yield served


@pytest.fixture
def build(tmp_path: Path, server: DavServer) -> Build:
    """Reads the server as a build does; returns the doc_ids and the failures."""

    def run(source: str | None = None, timeout_s: float = 5, **given: object) -> tuple[list[str], list[Failure]]:
        passwords = {f"{USER}@127.0.0.1": PASSWORD}
        with FileServers(tmp_path / FILE_NAME, RemoteLimits(100, timeout_s, passwords)) as remote:
            loaded = load_documents([source or server.url()], remote=remote, make_workers=ParsedHere, **given)  # type: ignore[arg-type]
            ids = [document.doc_id for document in loaded.documents]
            loaded.close()
        return ids, list(loaded.failures)

    return run


ALL = ["Hồ sơ/a b.txt", "Hồ sơ/plan.pdf", "top.md"]


def test_files_of_all_subfolders_are_read_as_those_of_a_folder_here(server: DavServer, build: Build) -> None:
    assert build() == (ALL, [])
    assert server.got() == ALL


def test_a_subfolder_can_be_the_source(server: DavServer, build: Build) -> None:
    assert build(server.url("H%E1%BB%93%20s%C6%A1/")) == (["a b.txt", "plan.pdf"], [])
    assert build(server.url("Hồ sơ")) == (["a b.txt", "plan.pdf"], [])


def test_only_what_changed_is_read_again(server: DavServer, build: Build) -> None:
    build()
    server.got()
    assert build() == (ALL, [])
    assert server.got() == []
    server.write("top.md", "# Top\n\nAnother note of the mill.")
    server.write("new.msg", msg(ENGLISH, attachments={"a.txt": b"A note."}))
    (server.root / "Hồ sơ" / "a b.txt").unlink()
    assert build() == (["Hồ sơ/plan.pdf", "new.msg", "new.msg/a.txt", "top.md"], [])
    assert server.got() == ["new.msg", "top.md"]


def test_patterns_choose_files_and_spare_the_server_the_others(server: DavServer, build: Build) -> None:
    ids, failures = build(patterns=PathPatterns(["*.md", "*.txt"], ["Hồ sơ"]))
    assert (ids, server.got()) == (["top.md"], ["top.md"])
    assert ("PROPFIND", "Hồ sơ") not in server.asked
    assert [failure.source for failure in failures] == ["--include *.txt"]


def test_a_server_that_is_down_leaves_everything_as_it_was(server: DavServer, build: Build) -> None:
    build()
    server.fails = lambda _method, _path: 503
    ids, (failure,) = build()
    assert ids == ALL
    assert failure.source == f"webdav://127.0.0.1:{server.port}"
    assert "3 files stay" in failure.error
    assert failure.hint


def test_nobody_at_the_address_is_a_failure(build: Build) -> None:
    ids, (failure,) = build("webdav://127.0.0.1:9/docs")
    assert (ids, failure.error) == ([], "The server does not answer.")
    assert failure.hint


@pytest.mark.parametrize(("status", "said"), [(401, "refuses"), (403, "refuses"), (500, "failed"), (404, "no such")])
def test_a_refusal_is_told_and_leaves_everything_as_it_was(
    server: DavServer, build: Build, status: int, said: str
) -> None:
    build()
    server.fails = lambda _method, _path: status
    ids, (failure,) = build()
    assert ids == ALL
    assert said in failure.error


def test_a_file_that_fails_stays_as_it_was_and_a_new_one_is_reported(server: DavServer, build: Build) -> None:
    build()
    server.write("top.md", "# Top\n\nAnother note.")
    server.write("new.md", "# New\n\nA note.")
    server.fails = lambda method, path: 500 if method == "GET" and path in ("top.md", "new.md") else None
    ids, failures = build()
    assert ids == ALL
    assert sorted(failure.source.rpartition("/")[2] for failure in failures) == ["new.md", "top.md"]
    server.fails = lambda _method, _path: None
    assert build() == (["Hồ sơ/a b.txt", "Hồ sơ/plan.pdf", "new.md", "top.md"], [])


def test_a_folder_that_cannot_be_listed_stays_as_it_was(server: DavServer, build: Build) -> None:
    build()
    server.fails = lambda method, path: 403 if method == "PROPFIND" and path == "Hồ sơ" else None
    ids, (failure,) = build()
    assert ids == ALL
    assert failure.source.endswith("/Hồ sơ")


def test_a_slow_server_is_not_waited_for(server: DavServer, build: Build) -> None:
    build()
    server.write("top.md", "# Top\n\nAnother note.")
    server.fails = slowly(2)
    ids, (failure,) = build(timeout_s=0.5)
    assert ids == ALL
    assert failure.error == "The server does not answer."


def test_a_file_that_changes_while_it_is_read_is_read_again_or_reported(server: DavServer, build: Build) -> None:
    build()
    times = iter(range(100))

    def write(method: str, path: str) -> None:
        if method == "GET" and path == "top.md":
            server.write("top.md", f"# Top\n\nNote {'x' * next(times)} of the mill.")

    server.write("top.md", "# Top\n\nBegun.")
    server.fails = write
    ids, (failure,) = build()
    assert ids == ALL
    assert "changed while it was read" in failure.error


def test_a_source_that_is_named_no_longer_leaves_no_copy(server: DavServer, build: Build, tmp_path: Path) -> None:
    build()
    build(server.url("H%E1%BB%93%20s%C6%A1"))
    with FileServers(tmp_path / FILE_NAME) as remote:
        assert remote._cache.names(f"webdav://127.0.0.1:{server.port}") == []


def test_bad_files_are_reported_and_the_others_are_read(server: DavServer, build: Build) -> None:
    server.write("photo.txt", b"\x89PNG\r\n")
    server.write("cut.pdf", pdf(paragraphs(ENGLISH))[:400])
    server.write("empty.txt", b"")
    ids, failures = build()
    assert ids == ALL
    assert [failure.source for failure in failures] == ["cut.pdf", "empty.txt", "photo.txt"]


def test_lines_and_mailboxes_are_read_as_from_a_folder_here(server: DavServer, build: Build) -> None:
    server.write("rows.jsonl", json.dumps({"id": "a", "text": "A lighthouse."}))
    server.write("box.mbox", b"From a\nFrom: a@b\nTo: c@d\nSubject: S\n\nA note.\n")
    assert build()[0] == ["Hồ sơ/a b.txt", "Hồ sơ/plan.pdf", "box.mbox/S", "a", "top.md"]


def test_the_number_of_files_is_limited(server: DavServer, build: Build) -> None:
    for number in range(101):
        server.write(f"many/{number}.txt", "A note.")
    with pytest.raises(SourceError, match="more than 100 files"):
        build()


# Secrets


def test_a_password_in_an_address_is_refused_and_not_shown(build: Build, server: DavServer) -> None:
    with pytest.raises(SourceError) as caught:
        build(server.url(user=f"{USER}:{PASSWORD.replace(' ', '%20')}@"))
    assert "s3cret" not in str(caught.value) + caught.value.hint
    assert USER not in str(caught.value)


def test_a_wrong_password_and_a_missing_one_are_told(server: DavServer, tmp_path: Path) -> None:
    with FileServers(tmp_path / FILE_NAME, RemoteLimits(passwords={f"{USER}@127.0.0.1": "wrong"})) as remote:
        files, (failure,) = remote.find(server.url(), lambda _: True, lambda _: True)
    assert (files, failure.error) == ([], "The server refuses access.")
    with (
        FileServers(tmp_path / FILE_NAME) as remote,
        pytest.raises(SourceError, match="no password for anna@127") as no,
    ):
        remote.find(server.url(), lambda _: True, lambda _: True)
    assert "ASSISTANT_FETCH__PASSWORDS" in no.value.hint


def test_a_password_comes_from_the_keyring(server: DavServer, tmp_path: Path) -> None:
    class Keyring(KeyringBackend):
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return PASSWORD if (service, username) == ("document-assistant", f"{USER}@127.0.0.1") else None

        def set_password(self, service: str, username: str, password: str) -> None:
            raise NotImplementedError

    make: Callable[[], KeyringBackend] = Keyring
    before = keyring.get_keyring()
    keyring.set_keyring(make())
    try:
        with FileServers(tmp_path / FILE_NAME) as remote:
            files, failures = remote.find(server.url(), lambda _: True, lambda _: True)
    finally:
        keyring.set_keyring(before)
    assert ([file.name for file in files], failures) == (ALL, [])


def test_a_password_is_not_sent_without_encryption(tmp_path: Path) -> None:
    limits = RemoteLimits(passwords={"anna@cloud.example": PASSWORD})
    with FileServers(tmp_path / FILE_NAME, limits) as remote, pytest.raises(SourceError, match="without encryption"):
        remote.find("webdav://anna@cloud.example/docs", lambda _: True, lambda _: True)


def test_no_secret_lies_in_the_copies_or_in_what_prints_the_limits(build: Build, tmp_path: Path) -> None:
    build()
    data = b"".join(path.read_bytes() for path in tmp_path.glob(f"{FILE_NAME}*"))
    assert len(data) > 1000
    assert b"s3cret" not in data
    assert "s3cret" not in repr(RemoteLimits(passwords={"a": PASSWORD}))


@pytest.mark.parametrize("source", ["webdavs://", "webdavs:///docs", "webdavs://[::1", "webdavs://a:b/c"])
def test_malformed_addresses_are_refused(source: str) -> None:
    with pytest.raises(SourceError):
        parse_address(source)


def test_a_missing_library_is_told_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: DavServer
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "webdav4.fsspec", None)
    with FileServers(tmp_path / FILE_NAME) as remote, pytest.raises(SourceError, match="needs webdav4") as caught:
        remote.find(server.url(user=""), lambda _: True, lambda _: True)
    assert "document-assistant[remote]" in caught.value.hint


def test_a_server_leads_to_no_other(server: DavServer, build: Build, tmp_path: Path) -> None:
    with dav_server(tmp_path) as other:
        server.fails = lambda _method, path: f"http://127.0.0.1:{other.port}/{path}"
        ids, (failure,) = build()
    assert (ids, failure.error, other.asked) == ([], "The server failed.", [])


def test_an_emptied_folder_leaves_the_index(server: DavServer, build: Build) -> None:
    build()
    shutil.rmtree(server.root)
    server.root.mkdir()
    assert build() == ([], [])


def test_over_tls_the_certificate_has_to_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root := tmp_path / "secure").mkdir()
    (root / "a.txt").write_text("A note.")
    public, tls = certificate(tmp_path, "localhost")
    with dav_server(root, tls) as server:
        address = f"webdavs://{USER}@localhost:{server.port}/"
        limits = RemoteLimits(passwords={f"{USER}@localhost": PASSWORD})
        with FileServers(tmp_path / FILE_NAME, limits) as remote:
            _, (failure,) = remote.find(address, lambda _: True, lambda _: True)
            assert ("certificate" in failure.error, "SSL_CERT_FILE" in failure.hint) == (True, True)
            monkeypatch.setenv("SSL_CERT_FILE", str(public))
            (file,), failures = remote.find(address, lambda _: True, lambda _: True)
            assert (file.name, remote.body(file), failures) == ("a.txt", b"A note.", [])
