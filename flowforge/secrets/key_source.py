"""Where this process has its key-encryption key from: a KMS, the environment, a file, or the file beside an embedded database."""

from __future__ import annotations

import importlib
from pathlib import Path

from flowforge.errors import ConfigurationError
from flowforge.secrets.key_ring import KeyRing
from flowforge.secrets.key_wrapper import KeyWrapper, NoKey
from flowforge.secrets.vault import Vault
from flowforge.settings import Settings

FILE_NAME = "secrets.key"


def vault_of(settings: Settings) -> Vault:
    """The vault of a process with these settings; without a key it seals and opens nothing, and says so. Raises ConfigurationError."""
    return Vault(key_wrapper_of(settings))


def key_wrapper_of(settings: Settings) -> KeyWrapper:
    """The one source that is set. Raises ConfigurationError for several at once, and for one that gives no key."""
    given = {
        "FLOWFORGE_SECRETS_KMS": settings.secrets_kms,
        "FLOWFORGE_SECRETS_KEY": settings.secrets_key,
        "FLOWFORGE_SECRETS_KEY_FILE": settings.secrets_key_file,
    }
    names = [name for name, value in given.items() if value is not None]
    if len(names) > 1:
        raise ConfigurationError(f"{' and '.join(names)} are set, and only one of them can hold the key that seals secrets")
    if settings.secrets_kms is not None:
        return _made_by(settings.secrets_kms)
    if settings.secrets_key is not None:
        return KeyRing.from_text(settings.secrets_key)
    if settings.secrets_key_file is not None:
        return KeyRing.from_file(settings.secrets_key_file)
    own = own_key_file(settings)
    return NoKey() if own is None else KeyRing.from_file(own, create=True)


def own_key_file(settings: Settings) -> Path | None:
    """The file that is made by itself beside an embedded database; None where the database, or the key, is somebody else's."""
    given = settings.secrets_kms or settings.secrets_key or settings.secrets_key_file
    return settings.data / FILE_NAME if settings.database_url is None and given is None else None


def _made_by(place: str) -> KeyWrapper:
    module, _, name = place.partition(":")
    try:
        made = getattr(importlib.import_module(module), name)()
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"FLOWFORGE_SECRETS_KMS={place} leads nowhere: {error}",
            hint="it names a function without arguments, as in shop.kms:make_wrapper",
        ) from None
    if not all(hasattr(made, needed) for needed in ("fingerprint", "wrap", "unwrap")):
        raise ConfigurationError(
            f"FLOWFORGE_SECRETS_KMS={place} makes a {type(made).__name__}, which is no KeyWrapper",
            hint="it needs a fingerprint, and the coroutines wrap and unwrap; see docs/secrets.md",
        )
    wrapper: KeyWrapper = made
    return wrapper
