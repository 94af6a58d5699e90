"""All files of the clients that are written, by their names below flowforge/api/client/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flowforge.api
from flowforge.api.client_source.answers import bodies, models
from flowforge.api.client_source.calls import nouns, rooms
from flowforge.api.client_source.document import openapi_document, operations

HOME = Path(flowforge.api.__file__).parent / "client"


def client_files(document: dict[str, Any] | None = None) -> dict[str, str]:
    """The text of each file, before it is formatted. Raises RegistrationError for what names.py does not place."""
    document = document or openapi_document()
    found = list(operations(document))
    written = nouns(document, found)
    return {
        "models.py": models(document, found),
        "bodies.py": bodies(document, found),
        "rooms.py": rooms(list(written)),
        **{f"nouns/{noun}.py": text for noun, text in written.items()},
    }
