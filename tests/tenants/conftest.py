"""The API that acts on tenants is the one of its own tests."""

from tests.api.conftest import api, app, bell, client_of, publish, settings, vault

__all__ = ["api", "app", "bell", "client_of", "publish", "settings", "vault"]
