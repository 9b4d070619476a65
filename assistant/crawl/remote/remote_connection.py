"""Connections to file servers through fsspec. Alone imports the libraries behind it, which are an extra."""

from __future__ import annotations

import ssl
import sys
from typing import Any, TypeAlias
from urllib.parse import quote

from assistant.crawl.remote.remote_address import RemoteAddress
from assistant.errors import SourceError

FileSystem: TypeAlias = Any
"""A file system of fsspec, which has no types."""

_LIBRARIES = {"webdav": "webdav4", "webdavs": "webdav4", "smb": "smbprotocol", "s3": "s3fs"}


def connect(address: RemoteAddress, password: str | None, timeout_s: float) -> tuple[FileSystem, str]:
    """Return the file system of a server and the path of the folder in it. An answer may take `timeout_s` seconds.

    Raises SourceError if the library for it is not installed; other errors if the server refuses or does not answer.
    """
    make = {"webdav": _webdav, "webdavs": _webdav, "smb": _smb, "s3": _s3}[address.scheme]
    try:
        return make(address, password, timeout_s)
    except ImportError:
        raise SourceError(
            f"Reading {address.scheme}:// needs {_LIBRARIES[address.scheme]}, which is not installed.",
            'Install it: pip install "document-assistant[remote]".',
        ) from None


def disconnect() -> None:
    """Close the connections to SMB servers, which their library keeps for the whole process."""
    if smbclient := sys.modules.get("smbclient"):
        smbclient.reset_connection_cache(fail_on_error=False)


def _webdav(address: RemoteAddress, password: str | None, timeout_s: float) -> tuple[FileSystem, str]:
    from httpx import URL, HTTPError, Request
    from webdav4.fsspec import WebdavFileSystem

    host = f"[{address.host}]" if ":" in address.host else address.host
    origin = f"{'https' if address.scheme == 'webdavs' else 'http'}://{host}"
    origin += f":{address.port}" if address.port else ""

    url = URL(f"{origin}/{quote(address.path)}")

    def stay(request: Request) -> None:
        if (request.url.scheme, request.url.netloc) != (url.scheme, url.netloc):
            raise HTTPError("The server leads to another server.")

    client = {
        "timeout": timeout_s,
        "verify": ssl.create_default_context(),
        "trust_env": False,
        "event_hooks": {"request": [stay]},
        "retry": False,
    }
    auth = None if password is None else (address.user, password)
    return WebdavFileSystem(str(url), auth=auth, skip_instance_cache=True, **client), ""


def _smb(address: RemoteAddress, password: str | None, timeout_s: float) -> tuple[FileSystem, str]:
    from fsspec.implementations.smb import SMBFileSystem

    file_system = SMBFileSystem(
        address.host,
        port=address.port,
        username=address.user,
        password=password,
        timeout=max(1, round(timeout_s)),
        share_access="rwd",  # whoever edits a file is not locked out
        register_session_retries=0,
        skip_instance_cache=True,
    )
    return file_system, f"/{address.path}"


def _s3(address: RemoteAddress, password: str | None, timeout_s: float) -> tuple[FileSystem, str]:
    from s3fs import S3FileSystem

    del password  # keys and endpoint are those of the AWS tools: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, AWS_PROFILE …
    limits = {"connect_timeout": timeout_s, "read_timeout": timeout_s, "retries": {"max_attempts": 1}}
    file_system = S3FileSystem(config_kwargs=limits, use_listings_cache=False, skip_instance_cache=True)
    return file_system, f"{address.host}/{address.path}".rstrip("/")
