"""Addresses of folders on file servers, and the passwords for them. Alone imports keyring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from assistant.errors import SourceError
from assistant.text.addresses import shown_address

_KEYRING = "document-assistant"
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """A folder on a file server; `path` has no escapes and no slash at its ends, `shown` no user."""

    scheme: str
    user: str | None
    host: str
    port: int | None
    path: str
    shown: str

    @property
    def account(self) -> str:
        """Return the name of the password: user and host."""
        return f"{self.user}@{self.host}"

    @property
    def sends_openly(self) -> bool:
        """Return whether anybody on the way can read what is sent."""
        return self.scheme == "webdav" and self.host not in _LOCAL


def parse_address(source: str) -> RemoteAddress:
    """Return the parts of an address. Raises SourceError if it is malformed or has a password in it."""
    shown = shown_address(source)
    try:
        parts = urlsplit(source)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise SourceError(f"{shown} is no address.", "Write it as webdavs://user@cloud.example/folder.") from None
    if not host:
        raise SourceError(f"{shown} names no host.", "Write it as webdavs://user@cloud.example/folder.")
    if parts.password is not None:
        raise SourceError(
            f"The address {shown} has a password in it.",
            "Leave it out, and set ASSISTANT_FETCH__PASSWORDS or the keyring: see docs/sources.md.",
        )
    path = "/".join(part for part in unquote(parts.path).split("/") if part not in ("", ".", ".."))
    user = unquote(parts.username) if parts.username else None
    return RemoteAddress(parts.scheme.lower(), user, host, port, path, shown.rstrip("/"))


def find_password(address: RemoteAddress, passwords: Mapping[str, str]) -> str | None:
    """Return the password of the user that an address names, from `passwords` or the keyring; None without a user.

    Raises SourceError if there is none, or if it would be sent without encryption.
    """
    if address.user is None:
        return None
    if address.sends_openly:
        raise SourceError(
            f"The password for {address.shown} would be sent without encryption.",
            "Use webdavs:// instead of webdav://.",
        )
    password = passwords.get(address.account) or _from_keyring(address.account)
    if password is None:
        raise SourceError(
            f"There is no password for {address.account}.",
            f"Set it with `keyring set {_KEYRING} {address.account}`, or in the variable ASSISTANT_FETCH__PASSWORDS as "
            f'{{"{address.account}": "…"}}.',
        )
    return password


def _from_keyring(account: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(_KEYRING, account)
    except (KeyringError, RuntimeError):  # a machine without a desktop has none
        return None
