"""Keys of programs and passwords of people: made, hashed and compared in constant time. Neither is ever kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

# 16 MB and some 50 ms for each try.
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


def new_key() -> str:
    """A fresh key with 256 bits of chance."""
    return f"da-{secrets.token_urlsafe(32)}"


def hash_of_key(key: str) -> str:
    """SHA-256 as 64 hexadecimal digits; chance needs no slow hash."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def is_known_key(key: str, hashes: Iterable[str]) -> bool:
    """Whether one of `hashes` (HASH or NAME:HASH) is that of `key`."""
    digest = hash_of_key(key)
    # All are compared, so that the time says nothing.
    return sum(hmac.compare_digest(digest, known.rpartition(":")[2]) for known in hashes) > 0


def hash_of_password(password: str) -> str:
    """`scrypt:SALT:HASH`, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return f"scrypt:{salt.hex()}:{_scrypt(password, salt).hex()}"


def is_password(name: str, password: str, users: Mapping[str, str]) -> bool:
    """Whether `password` is that of `name`; an unknown name takes as long as a wrong password."""
    known = users.get(name)
    _, salt, digest = (known or f"scrypt:{'0' * 32}:{'0' * 64}").split(":")
    right = hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))
    return right and known is not None


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogateescape"), salt=salt, **_SCRYPT)
