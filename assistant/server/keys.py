"""API keys and passwords: creation, hashing, and comparison in constant time. Only hashes are stored."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

# Each attempt takes 16 MB and about 50 ms.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def new_key() -> str:
    """Return a new key with 256 random bits."""
    return f"da-{secrets.token_urlsafe(32)}"


def hash_of_key(key: str) -> str:
    """Return the SHA-256 of `key` as 64 hexadecimal digits. A random key needs no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def name_of_key(key: str, hashes: Iterable[str]) -> str | None:
    """Return the name of the key whose hash is one of `hashes` (HASH or NAME:HASH), or "" for HASH; None for none."""
    digest = hash_of_key(key)
    # Compares with all hashes, so that the time does not depend on the key.
    named = [known.rpartition(":")[::2] for known in hashes]
    names = [name for name, known in named if hmac.compare_digest(digest, known)]
    return names[0] if names else None


def hash_of_password(password: str) -> str:
    """Return `scrypt:SALT:HASH` with a new random salt, both in hexadecimal digits."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(password, salt).hex()}"


def is_password(name: str, password: str, users: Mapping[str, str]) -> bool:
    """Return whether `password` is the password of `name`; an unknown name takes as long as a wrong password."""
    known = users.get(name)
    _, salt, digest = (known or f"scrypt:{'0' * 32}:{'0' * 64}").split(":")
    right = hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))
    return right and known is not None


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogateescape"), salt=salt, **_SCRYPT)
