"""The API as a real server on a port, as `dev` has it: open to this machine."""

from __future__ import annotations

from tests.api.conftest import app, bell, client_of, fake_run, publish, server, settings, vault

__all__ = ["app", "bell", "client_of", "fake_run", "publish", "server", "settings", "vault"]
