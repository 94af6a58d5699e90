"""A key service in a process of its own, as FLOWFORGE_SECRETS_KMS reaches one: it holds the key, and dies of the nth request if told to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys

from flowforge.errors import SealingKeyMissing
from flowforge.secrets.key_ring import KeyRing


class ServiceWrapper:
    """Asks a child process over its pipes."""

    def __init__(self, key: str) -> None:
        self.fingerprint = KeyRing.from_text(key).fingerprint
        self._key = key

    async def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        return self.fingerprint, await self._ask("wrap", data_key, whose)

    async def unwrap(self, wrapped_by: str, wrapped: bytes, whose: bytes) -> bytes:
        if wrapped_by != self.fingerprint:
            raise SealingKeyMissing("the key service has no such key")
        return await self._ask("unwrap", wrapped, whose)

    async def _ask(self, what: str, value: bytes, whose: bytes) -> bytes:
        pipe = asyncio.subprocess.PIPE
        service = await asyncio.create_subprocess_exec(sys.executable, __file__, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL)
        question = {"key": self._key, "what": what, "value": value.hex(), "whose": whose.hex()}
        answer, _ = await service.communicate(json.dumps(question).encode())
        if service.returncode:
            raise RuntimeError(f"the service said {value.hex()}")
        return bytes.fromhex(answer.decode())


class DyingRing(KeyRing):
    """Its process dies at the nth key that it wraps."""

    async def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        left = int(os.environ["DIE_AT"]) - 1
        os.environ["DIE_AT"] = str(left)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super().wrap(data_key, whose)


def make_service() -> ServiceWrapper:
    return ServiceWrapper(os.environ["KMS_MASTER"])


def make_dying() -> DyingRing:
    return DyingRing.from_text(os.environ["KMS_MASTER"])  # type: ignore[return-value]


async def _serve() -> None:
    asked = json.load(sys.stdin)
    ring, value, whose = KeyRing.from_text(asked["key"]), bytes.fromhex(asked["value"]), bytes.fromhex(asked["whose"])
    done = (await ring.wrap(value, whose))[1] if asked["what"] == "wrap" else await ring.unwrap(ring.fingerprint, value, whose)
    sys.stdout.write(done.hex())


if __name__ == "__main__":
    asyncio.run(_serve())
