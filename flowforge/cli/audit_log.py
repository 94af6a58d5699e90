"""What a server keeps the audit log with: the vault that the signing keys are sealed by, and where heads are kept outside."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from flowforge.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from flowforge.db.database import Database
    from flowforge.secrets.vault import Vault

log = logging.getLogger("flowforge.audit")


@asynccontextmanager
async def keeping(
    app: FastAPI, database: Database, settings: Settings, vault: Vault, *, unsigned: int = logging.WARNING
) -> AsyncIterator[None]:
    """Merge and sign while the context lasts, and send signed heads to the anchors. Raises ConfigurationError for keys or anchors that
    are not right. `unsigned`: how loudly a process without a key is told."""
    from flowforge.audit.anchor import read_anchors
    from flowforge.audit.anchoring import anchoring
    from flowforge.audit.keeper import keeping_the_log
    from flowforge.audit.signing import Signer

    anchors = read_anchors(settings.audit_anchors, settings.secrets)
    if not vault.has_key:
        log.log(unsigned, "audit.not_signed", extra={"hint": "set FLOWFORGE_SECRETS_KEY: it seals the key that signs the audit log"})
    app.state.audit_signer = signer = Signer(vault) if vault.has_key else None
    async with keeping_the_log(database, signer), anchoring(database, anchors):
        yield
