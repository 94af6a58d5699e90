"""What a server keeps the audit log with: the vault that the signing keys are sealed by, and where heads are kept outside."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flowforge.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from flowforge.db.database import Database
    from flowforge.secrets.vault import Vault

log = logging.getLogger("flowforge.audit")


@asynccontextmanager
async def keeping(app: FastAPI, database: Database, settings: Settings) -> AsyncIterator[None]:
    """Merge and sign while the context lasts, and send signed heads to the anchors. Raises ConfigurationError for keys or anchors that
    are not right."""
    from flowforge.audit.anchor import read_anchors
    from flowforge.audit.anchoring import anchoring
    from flowforge.audit.keeper import keeping_the_log
    from flowforge.audit.signing import Signer

    anchors = read_anchors(settings.audit_anchors, settings.secrets)
    vault = vault_of(settings)
    if vault is None:
        log.warning("audit.not_signed", extra={"hint": "set FLOWFORGE_SECRETS_KEY: it seals the key that signs the audit log"})
    app.state.audit_signer = signer = None if vault is None else Signer(vault)
    async with keeping_the_log(database, signer), anchoring(database, anchors):
        yield


def vault_of(settings: Settings) -> Vault | None:
    """The vault of this process; None where no key is given. Beside an embedded database a key file is made."""
    from flowforge.secrets.key_ring import KeyRing
    from flowforge.secrets.vault import Vault

    if text := settings.secrets.get("FLOWFORGE_SECRETS_KEY"):
        return Vault(KeyRing.from_text(text))
    if file := settings.secrets.get("FLOWFORGE_SECRETS_KEY_FILE"):
        return Vault(KeyRing.from_file(Path(file)))
    if settings.database_url is None:
        return Vault(KeyRing.from_file(settings.data / "secrets.key", create=True))
    return None
