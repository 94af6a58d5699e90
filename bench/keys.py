"""`python -m bench.keys [DATABASE_URL]`: what it costs to know whose a key is, from the cache and from the database.

Without a URL it starts an embedded PostgreSQL of its own, in a directory that is removed afterwards.
"""

from __future__ import annotations

import asyncio
import base64
import statistics
import sys
import tempfile
import time
from pathlib import Path

from flowforge.access.api_key import create_key
from flowforge.access.key_check import KeyCheck
from flowforge.access.permission import ALL_PERMISSIONS
from flowforge.access.principal import Principal
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.vault import Vault

CACHED, UNCACHED = 20_000, 500


async def measure(url: str) -> None:
    """Print the medians and the 99th percentiles, in microseconds."""
    await migrate(url)
    async with await Database.open(url) as database:
        check = KeyCheck(database, Vault(KeyRing.from_text(base64.b64encode(bytes(32)).decode())))
        maker = Principal(DEFAULT_TENANT, "person", "operator", permissions=ALL_PERMISSIONS)
        issued = await create_key(database.for_tenant(DEFAULT_TENANT), maker, check.digest, f"bench-{new_id().hex}", ["runs:*"])
        assert issued.value is not None
        told("cached", [await once(check, issued.value) for _ in range(CACHED)])
        found = []
        for _ in range(UNCACHED):
            check.forget()
            found.append(await once(check, issued.value))
        told("from the database", found)
        told("no key, by its checksum", [await once(check, issued.value[:-1] + "!") for _ in range(CACHED)])
        await check.settle()


async def once(check: KeyCheck, value: str) -> float:
    begun = time.perf_counter_ns()
    await check.find(value)
    return (time.perf_counter_ns() - begun) / 1000


def told(what: str, microseconds: list[float]) -> None:
    print(f"{what:26} median {statistics.median(microseconds):8.1f} µs   p99 {statistics.quantiles(microseconds, n=100)[98]:8.1f} µs")


def main() -> None:
    if sys.argv[1:]:
        asyncio.run(measure(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        server = EmbeddedPostgres(Path(name) / "data")
        try:
            asyncio.run(measure(server.start()))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
