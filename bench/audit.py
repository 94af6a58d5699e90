"""The audit log's figures: entries a second through append and merge for one tenant, what a merge costs its appends, verification, proofs.

python -m bench.audit                       # an embedded PostgreSQL of its own
python -m bench.audit --entries 1000000     # how many entries are verified
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.audit.entry import TEXTS, Act, make_leaf, salt_of
from flowforge.audit.export import prove
from flowforge.audit.head import sign_head
from flowforge.audit.keeper import keeping_the_log
from flowforge.audit.key import make_key
from flowforge.audit.merkle import CompactRange, leaf_hash
from flowforge.audit.proof_file import verify_inclusion
from flowforge.audit.signing import Signer
from flowforge.audit.tree import merge, tree_of
from flowforge.audit.verification import verify_export
from flowforge.clock import SYSTEM_CLOCK
from flowforge.db.database import Database
from flowforge.db.embedded import EmbeddedPostgres
from flowforge.db.migrate import migrate
from flowforge.ids import DEFAULT_TENANT, new_id
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault

MIRA = Principal(DEFAULT_TENANT, "person", "mira")
DETAIL = {"from": "Doing", "to": "Done", "why": "the parcel has arrived"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how many entries are verified")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long entries are appended")
    parser.add_argument("--writers", type=int, default=16, help="transactions at once")
    chosen = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="flowforge-bench-", dir="/var/tmp"))
    directory.chmod(0o755)
    server = EmbeddedPostgres(directory)
    try:
        url = server.start()
        asyncio.run(migrate(url))
        asyncio.run(append_and_merge(url, chosen.seconds, chosen.writers))
        verify(directory / "audit.jsonl", chosen.entries)
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


async def append_and_merge(url: str, seconds: float, writers: int) -> None:
    signer = Signer(Vault(KeyRing((KeyEncryptionKey(b"k" * 32),))))
    async with await Database.open(url, pool_size=writers + 2) as database:
        for each in (1, 10):
            before = (await tree_of(database.pool, MIRA.tenant_id)).size
            async with keeping_the_log(database, signer):
                begun, cpu = time.perf_counter(), time.process_time()
                waits = await asyncio.gather(*(append(database, begun + seconds, each) for _ in range(writers)))
                written = sum(map(len, waits)) * each
                appended = time.perf_counter() - begun
                while (await tree_of(database.pool, MIRA.tenant_id)).size < before + written:
                    await asyncio.sleep(0.02)
                merged, cpu = time.perf_counter() - begun, time.process_time() - cpu
            flat = sorted(wait for one in waits for wait in one)
            print(
                f"{each:2} entries a transaction, {writers} at once: {written / appended:,.0f} entries/s appended, "
                f"{written / merged:,.0f} entries/s appended and merged (the last {merged - appended:.2f} s after its commit); "
                f"a transaction p50 {statistics.median(flat) * 1000:.1f} ms, p99 {flat[len(flat) * 99 // 100] * 1000:.1f} ms; "
                f"{cpu / written * 1e6:,.0f} µs of this process an entry"
            )
        await merge_alone(database)
        await proofs(database, signer)


async def append(database: Database, until: float, each: int) -> list[float]:
    waits = []
    while (begun := time.perf_counter()) < until:
        async with database.pool.acquire() as connection, connection.transaction():
            for _ in range(each):
                await audit.append(connection, MIRA, "task.move", "task", "FF-12", DETAIL)
        waits.append(time.perf_counter() - begun)
    return waits


async def merge_alone(database: Database) -> None:
    for _ in range(20):
        async with database.pool.acquire() as connection, connection.transaction():
            for _ in range(500):
                await audit.append(connection, MIRA, "task.move", "task", "FF-12", DETAIL)
    begun, count = time.perf_counter(), 0
    while (merged := await merge(database, MIRA.tenant_id)) and merged.entries:
        count += merged.entries
    print(f"merge alone: {count / (time.perf_counter() - begun):,.0f} entries/s")


async def proofs(database: Database, signer: Signer) -> None:
    await merge(database, MIRA.tenant_id, signer, sign_now=True)
    entries = (await audit.read(database.pool, MIRA.tenant_id, limit=1000))[::20]
    times, checks = [], []
    for entry in entries:
        begun = time.perf_counter()
        proof = await prove(database.pool, MIRA.tenant_id, entry)
        times.append(time.perf_counter() - begun)
        assert proof is not None
        begun = time.perf_counter()
        verify_inclusion(proof)
        checks.append(time.perf_counter() - begun)
    print(
        f"prove: p50 {statistics.median(times) * 1000:.1f} ms in a log of {(await tree_of(database.pool, MIRA.tenant_id)).size:,}; "
        f"{len(json.dumps(proof)):,} bytes; verified in {statistics.median(checks) * 1000:.2f} ms"
    )


def verify(path: Path, count: int) -> None:
    write_export(path, count)
    before = resource.getrusage(resource.RUSAGE_SELF)
    begun = time.perf_counter()
    with path.open("rb") as lines:
        found = verify_export(lines)
    wall = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert found.entries == count
    print(
        f"verify: {count:,} entries and {found.heads:,} heads of {path.stat().st_size / 1e6:,.0f} MB in {wall:.1f} s "
        f"({cpu:.1f} s of one core), {(after.ru_maxrss - before.ru_maxrss) / 1024:.0f} MB more memory than before"
    )


def write_export(path: Path, count: int) -> None:
    """A log as a server writes it, without one."""
    private, at = Ed25519PrivateKey.generate(), SYSTEM_CLOCK.now()
    key, tree, head = make_key(private, at, previous=None, signer=None), CompactRange(), None
    act, heads = Act("task.move", "task", "FF-12", json.dumps(DETAIL, sort_keys=True, separators=(",", ":"))), 0
    with path.open("w") as file:

        def write(line: dict[str, object]) -> None:
            file.write(json.dumps(line, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n")

        write({"type": "export", "format": "flowforge-audit/1", "tenant": str(MIRA.tenant_id), "at": "2099", "size": count})
        write(key.as_json())
        for n in range(count):
            leaf = make_leaf(new_id(), MIRA, act, at, None)
            found = leaf_hash(leaf.text.encode())
            tree.append(found)
            texts = dict(zip(TEXTS, ("mira", act.target, act.detail), strict=True))
            shown = {name: [salt_of(leaf.salts, name).hex(), text] for name, text in texts.items()}
            write({"type": "entry", "position": n, "hash": found.hex(), "leaf": leaf.text, **shown})
            if (n + 1) % 1000 == 0 or n + 1 == count:
                previous = None if head is None else head.digest
                head = sign_head(MIRA.tenant_id, n + 1, tree.root(), at, previous=previous, key_id=key.key_id, private=private)
                write(head.as_json())
                heads += 1
        write({"type": "end", "entries": count, "heads": heads})


if __name__ == "__main__":
    main()
