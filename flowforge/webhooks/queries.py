"""This room's named queries, loaded once."""

from __future__ import annotations

from flowforge.db.queries import load_queries

sql = load_queries("flowforge.webhooks")
