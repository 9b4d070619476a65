"""Folders on SMB shares, against Samba."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assistant.crawl.remote.file_servers import FileServers, RemoteLimits
from assistant.crawl.remote.remote_cache import FILE_NAME
from assistant.ingest.load import load_documents
from assistant.records import Failure
from testkit.parsed_here import ParsedHere

pytestmark = pytest.mark.slow  # a server is started

PASSWORD = "s3cret pass"


@dataclass(frozen=True)
class Share:
    """The folder `root`, served as the share "docs" on `port`."""

    root: Path
    port: int

    def url(self, path: str = "docs") -> str:
        return f"smb://root@127.0.0.1:{self.port}/{path}"


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Share]:
    pytest.importorskip("smbprotocol", reason="smbprotocol is not installed")
    if shutil.which("smbd") is None or os.getuid() != 0:
        pytest.skip("needs Samba, and root to start it")
    (root := tmp_path / "served").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = "".join(
        f"{name} = {tmp_path}/samba\n"
        for name in (
            "private dir",
            "lock directory",
            "state directory",
            "cache directory",
            "pid directory",
            "ncalrpc dir",
        )
    )
    (tmp_path / "samba").mkdir()
    config = tmp_path / "smb.conf"
    config.write_text(
        f"[global]\ninterfaces = lo\nbind interfaces only = yes\nsmb ports = {port}\n{folders}"
        f"log file = {tmp_path}/log\ndisable spoolss = yes\nload printers = no\n"
        f"[docs]\npath = {root}\nread only = yes\n"
    )
    words = f"{PASSWORD}\n{PASSWORD}\n".encode()
    subprocess.run(["smbpasswd", "-c", config, "-a", "-s", "root"], input=words, check=True, capture_output=True)
    command = ["smbd", "--foreground", "--no-process-group", f"--configfile={config}"]
    # At its end it ends all processes of its group.
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            ends = time.monotonic() + 20
            while time.monotonic() < ends:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                time.sleep(0.05)
            yield Share(root, port)
        finally:
            process.terminate()


def build(tmp_path: Path, source: str, password: str = PASSWORD) -> tuple[list[str], list[Failure]]:
    limits = RemoteLimits(timeout_s=5, passwords={"root@127.0.0.1": password})
    with FileServers(tmp_path / FILE_NAME, limits) as remote:
        loaded = load_documents([source], remote=remote, make_workers=ParsedHere)
        ids = [document.doc_id for document in loaded.documents]
        loaded.close()
    return ids, list(loaded.failures)


def test_files_of_a_share_are_read_and_stay_when_it_is_gone(share: Share, tmp_path: Path) -> None:
    (share.root / "Hồ sơ").mkdir()
    (share.root / "Hồ sơ" / "a.txt").write_text("A note of the port.")
    (share.root / "b.txt").write_text("A note of the mill.")
    assert build(tmp_path, share.url()) == (["Hồ sơ/a.txt", "b.txt"], [])
    (share.root / "b.txt").unlink()
    (share.root / "Hồ sơ" / "a.txt").write_text("Another note of the port.")
    assert build(tmp_path, share.url()) == (["Hồ sơ/a.txt"], [])
    assert build(tmp_path, share.url("docs/Hồ sơ")) == (["a.txt"], [])
    ids, (failure,) = build(tmp_path, share.url("docs/Hồ sơ"), "wrong")
    assert (ids, failure.error.split(".")[0]) == (["a.txt"], "The server refuses access")


def test_a_share_that_is_not_there_is_a_failure(share: Share, tmp_path: Path) -> None:
    ids, (failure,) = build(tmp_path, share.url("nothing"))
    assert (ids, failure.error) == ([], "The server refuses access.")
