"""Folders on S3, against the server of moto."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.crawl.remote.file_servers import FileServers
from assistant.crawl.remote.remote_cache import FILE_NAME
from assistant.ingest.load import load_documents
from assistant.records import Failure
from testkit.parsed_here import ParsedHere

pytestmark = pytest.mark.slow  # a server is started


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    moto = pytest.importorskip("moto.server", reason="moto is not installed")
    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "s3cret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    client.create_bucket(Bucket="papers")
    yield client
    server.stop()


def build(tmp_path: Path, source: str) -> tuple[list[str], list[Failure]]:
    with FileServers(tmp_path / FILE_NAME) as remote:
        loaded = load_documents([source], remote=remote, make_workers=ParsedHere)
        ids = [document.doc_id for document in loaded.documents]
        loaded.close()
    return ids, list(loaded.failures)


def test_objects_are_read_and_only_changed_ones_again(bucket: Any, tmp_path: Path) -> None:
    for name in ("docs/a.txt", "docs/Hồ sơ/b.txt", "other/c.txt"):
        bucket.put_object(Bucket="papers", Key=name, Body=f"A note of {name}.".encode())
    assert build(tmp_path, "s3://papers/docs") == (["Hồ sơ/b.txt", "a.txt"], [])
    bucket.put_object(Bucket="papers", Key="docs/a.txt", Body=b"Another note.")
    bucket.delete_object(Bucket="papers", Key="docs/Hồ sơ/b.txt".encode().decode())
    assert build(tmp_path, "s3://papers/docs") == (["a.txt"], [])
    assert len(build(tmp_path, "s3://papers")[0]) == 2


def test_a_bucket_that_is_not_there_is_a_failure(bucket: Any, tmp_path: Path) -> None:
    del bucket
    ids, (failure,) = build(tmp_path, "s3://nothing/docs")
    assert (ids, failure.error) == ([], "There is no such file or folder.")
