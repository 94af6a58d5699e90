"""`client.health`. Written by flowforge.api.client_source; change the routes, not this file."""

from __future__ import annotations

from flowforge.api.client import models
from flowforge.api.client.noun import Mode, Noun, call
from flowforge.api.client.talk import Talk


class Health(Noun[Mode]):
    """`client.health`"""

    @call
    def live(self) -> Talk[models.Health]:
        """Does the process live?.

        Asks nobody else: an outage of the database is no reason to restart this process.
        """
        return self._exchange.ask(models.Health, "GET", "/healthz")

    @call
    def ready(self) -> Talk[models.Health]:
        """Can it accept work?.

        503 while there is no PostgreSQL that takes writes.
        """
        return self._exchange.ask(models.Health, "GET", "/readyz")
