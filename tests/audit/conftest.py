from __future__ import annotations

import pytest

from flowforge.access.principal import Principal
from flowforge.audit.signing import Signer
from flowforge.secrets.key_ring import KeyEncryptionKey, KeyRing
from flowforge.secrets.vault import Vault


@pytest.fixture
def mira(tenant_id):
    return Principal(tenant_id, "person", "mira")


@pytest.fixture
def vault():
    return Vault(KeyRing((KeyEncryptionKey(b"k" * 32),)))


@pytest.fixture
def signer(vault):
    return Signer(vault)
