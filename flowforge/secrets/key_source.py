"""Where this process has its key-encryption key from: the environment, a file, or the file beside an embedded database."""

from __future__ import annotations

from pathlib import Path

from flowforge.errors import ConfigurationError
from flowforge.secrets.key_ring import HINT, KeyRing
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

FILE_NAME = "secrets.key"


def vault_of(settings: Settings) -> Vault:
    """The vault of a process with these settings; without a key it seals and opens nothing, and says so. Raises ConfigurationError."""
    if text := settings.secrets.get("FLOWFORGE_SECRETS_KEY"):
        return Vault(KeyRing.from_text(text))
    if file := settings.secrets.get("FLOWFORGE_SECRETS_KEY_FILE"):
        return Vault(KeyRing.from_file(Path(file)))
    if settings.database_url is None and settings.data.is_dir():
        return Vault(KeyRing.from_file(settings.data / FILE_NAME, create=True))
    return Vault(_NoKey())


class _NoKey(KeyRing):
    """A ring without keys, for processes that were given none."""

    def __init__(self) -> None:
        self.keys = ()

    def wrap(self, data_key: bytes, whose: bytes) -> tuple[str, bytes]:
        raise ConfigurationError("there is no key to seal secrets with", hint=f"set FLOWFORGE_SECRETS_KEY; {HINT}")

    def unwrap(self, wrapped_by: str, wrapped: bytes, whose: bytes) -> bytes:
        raise ConfigurationError(f"this process does not have the key {wrapped_by}", hint="set FLOWFORGE_SECRETS_KEY as on the others")
