"""Is an answer one that the OpenAPI document declares? Its status, the headers that it must have, and no header of ours besides."""

from __future__ import annotations

import re
from typing import Any

import httpx

ALWAYS = ("X-Request-Id",)
IF_DECLARED = ("ETag", "Location")  # where they are declared they come, and nowhere else


class Declared:
    """What a document says of each operation."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.operations = {operation["operationId"]: operation for methods in document["paths"].values() for operation in methods.values()}
        self.paths = [re.compile(re.sub(r"\{\w+\}", "[^?]+", path)) for path in document["paths"]]

    def wrong(self, operation_id: str, answer: httpx.Response) -> list[str]:
        """What of the answer is not as it is declared, in words."""
        responses = self.operations[operation_id]["responses"]
        if str(answer.status_code) not in responses:
            return [f"{operation_id}: {answer.status_code} is not declared"]
        declared = responses[str(answer.status_code)]["headers"]
        wrong = [f"{operation_id}: {answer.status_code} without {name}" for name in ALWAYS if name not in answer.headers]
        wrong += [
            f"{operation_id}: {answer.status_code}, {name} is declared: {name in declared}; sent: {name in answer.headers}"
            for name in IF_DECLARED
            if (name in declared) != (name in answer.headers)
        ]
        place = answer.headers.get("location")
        if place is not None and not any(path.fullmatch(place) for path in self.paths):
            wrong.append(f"{operation_id}: {place} leads nowhere")
        return wrong
