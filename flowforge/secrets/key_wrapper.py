"""What keeps data keys: whoever wraps and unwraps them with a key that the database never sees."""

from __future__ import annotations

from typing import Protocol

from flowforge.errors import SealingKeyMissing

HINT = "set FLOWFORGE_SECRETS_KEY, FLOWFORGE_SECRETS_KEY_FILE or FLOWFORGE_SECRETS_KMS; make a key with  flowforge secrets make-key"


class KeyWrapper(Protocol):
    """A key-encryption key, or a service that holds one. Implement it for a KMS and name its maker in FLOWFORGE_SECRETS_KMS.

    `whose` is bound to the wrapped key (a KMS calls it encryption context): unwrapping it with another one must fail. Either call may take
    four seconds. Whatever they raise is told as SealingKeyMissing, without its text.
    """

    @property
    def fingerprint(self) -> str:
        """Names the key that wraps now and tells nothing about it: a hash, or the key's id at the KMS."""
        ...

    async def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        """The fingerprint of the key that wrapped it, and the wrapped data key."""
        ...

    async def unwrap(self, wrapped_by: str, wrapped: bytes, whose: bytes) -> bytes:
        """The data key. Raises SealingKeyMissing when the key of that fingerprint is not at hand."""
        ...


class NoKey:
    """Where no key is set: everything that needs one says so."""

    fingerprint = ""

    async def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        raise SealingKeyMissing("there is no key to seal secrets with", hint=HINT)

    async def unwrap(self, wrapped_by: str, wrapped: bytes, whose: bytes) -> bytes:
        raise SealingKeyMissing("there is no key to open secrets with", hint=HINT)
