"""The pepper: a random secret that goes into the digest of every API key, so that a copy of the database alone checks no guess.

It is not derived from a key-encryption key, because it has to stay the same when that one is replaced; it is sealed by the deployment's
data key, which is wrapped anew then.
"""

from __future__ import annotations

import secrets

from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.secrets.sealed import API_KEY_PEPPER
from flowforge.secrets.vault import DEPLOYMENT, Vault

PEPPER_BYTES = 32

sql = load_queries("flowforge.access")


async def load_pepper(database: Database, vault: Vault) -> bytes:
    """The pepper of this deployment, made on its first use. Raises ConfigurationError when the vault's keys do not open it."""
    async with database.root.pool.acquire() as connection, connection.transaction():
        sealed = await sql.find_pepper.fetchval(connection)
        if sealed is None:
            fresh = await vault.seal(connection, DEPLOYMENT, API_KEY_PEPPER, secrets.token_bytes(PEPPER_BYTES))
            await sql.keep_pepper.execute(connection, sealed=fresh)
            sealed = await sql.find_pepper.fetchval(connection)  # somebody else may have been quicker: then theirs counts
        return await vault.open(connection, DEPLOYMENT, API_KEY_PEPPER, sealed, noted=False)
