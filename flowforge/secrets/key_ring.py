"""Key-encryption keys: they wrap the tenants' data keys, and are never in the database.

`FLOWFORGE_SECRETS_KEY` holds one (32 random bytes in base64), or several, parted by commas: the first wraps, the others only open what they
once wrapped. `FLOWFORGE_SECRETS_KEY_FILE` names a file that holds the same. Beside an embedded database a file is made at the first start.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from flowforge.errors import ConfigurationError, SealingKeyMissing

KEY_BYTES = 32
NONCE_BYTES = 12
HINT = "make one with  flowforge secrets make-key"


@dataclass(frozen=True)
class KeyEncryptionKey:
    """One key, known by a fingerprint that tells nothing about it."""

    value: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(b"flowforge key-encryption key" + self.value).hexdigest()[:16]


class KeyRing:
    """The KeyWrapper that holds its keys itself; the first is the one that wraps.

    >>> ring = KeyRing.from_text(new_key())
    >>> wrapped_by, wrapped = await ring.wrap(b"a data key", b"whose")     # doctest: +SKIP
    >>> await ring.unwrap(wrapped_by, wrapped, b"whose")                    # doctest: +SKIP
    b'a data key'
    """

    def __init__(self, keys: tuple[KeyEncryptionKey, ...]) -> None:
        if not keys:
            raise ConfigurationError("no key to seal secrets with", hint=f"set FLOWFORGE_SECRETS_KEY; {HINT}")
        self.keys = keys

    @classmethod
    def from_text(cls, text: str) -> KeyRing:
        """Raises ConfigurationError unless the text is one or more keys in base64, 32 bytes each, parted by commas or lines."""
        return cls(tuple(_key(part.strip()) for part in text.replace("\n", ",").split(",") if part.strip()))

    @classmethod
    def from_file(cls, path: Path, *, create: bool = False) -> KeyRing:
        """The keys in that file; with `create`, a fresh one is written to a file that is not there yet, for its owner's eyes only."""
        if create:
            _write_new_key(path)
        try:
            return cls.from_text(path.read_text())
        except OSError as error:
            raise ConfigurationError(f"the key that seals secrets cannot be read from {path}: {error.strerror or error}") from None

    @property
    def fingerprint(self) -> str:
        """Of the key that wraps now."""
        return self.keys[0].fingerprint

    async def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        """The fingerprint of the key that wraps now, and the wrapped data key."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return self.keys[0].fingerprint, nonce + AESGCM(self.keys[0].value).encrypt(nonce, data_key, whose)

    async def unwrap(self, wrapped_by: str, wrapped: bytes, whose: bytes) -> bytes:
        """Raises SealingKeyMissing when the key that wrapped it is not on this ring, ConfigurationError when it does not open it."""
        for key in self.keys:
            if key.fingerprint == wrapped_by:
                try:
                    return AESGCM(key.value).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], whose)
                except InvalidTag:
                    raise ConfigurationError("a data key was changed in the database: it does not open") from None
        raise SealingKeyMissing(
            f"secrets here were sealed under the key {wrapped_by}, which this process does not have",
            hint="give it beside the new one: FLOWFORGE_SECRETS_KEY=<new>,<old>",
        )


def new_key() -> str:
    """A fresh key, as FLOWFORGE_SECRETS_KEY takes it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _key(text: str) -> KeyEncryptionKey:
    try:
        value = base64.b64decode(text, validate=True)
    except binascii.Error:
        value = b""
    if len(value) != KEY_BYTES:
        raise ConfigurationError("a key that seals secrets is 32 bytes in base64", hint=HINT)
    return KeyEncryptionKey(value)


def _write_new_key(path: Path) -> None:
    """Two processes may start at once: the one that makes the file wins, the other reads it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(new_key() + "\n")
    try:
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink()
