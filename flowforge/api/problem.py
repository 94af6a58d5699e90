"""Problems (RFC 9457): what every error of the API is told as, and how a part of the API refuses a request.

A problem names its kind by `type` (an anchor of our own `/docs`), says in one sentence what was wrong, and points at the
fields. What the caller cannot act on (a traceback, a host name, an SQL text) is logged under the request's id, never sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flowforge.errors import FlowForgeError

if TYPE_CHECKING:
    from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"

# kind: status, title. The kind is the anchor in /docs and the end of `type`.
KINDS: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "unsigned": (401, "The signature does not hold"),
    "sign-in-refused": (401, "Nobody was signed in"),
    "unauthorized": (401, "A key is needed"),
    "forbidden": (403, "Not allowed"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "Method not allowed"),
    "timeout": (408, "The request took too long to arrive"),
    "conflict": (409, "Conflict"),
    "gone": (410, "Too late"),
    "changed": (412, "Changed in the meantime"),
    "too-large": (413, "The body is too large"),
    "media-type": (415, "Not a media type that is taken here"),
    "invalid": (422, "A value does not fit"),
    "too-many": (429, "Too many requests"),
    "internal": (500, "Something went wrong on our side"),
    "unavailable": (503, "Not available right now"),
}
KIND_OF_STATUS = {status: kind for kind, (status, _) in KINDS.items()}


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field: `pointer` is a JSON pointer into the body, `parameter` a query, path or header name."""

    pointer: str
    detail: str
    parameter: str | None = None

    def as_json(self) -> dict[str, str]:
        found = {"pointer": self.pointer, "detail": self.detail}
        return found if self.parameter is None else {**found, "parameter": self.parameter}


@dataclass(frozen=True)
class Problem:
    """One answer that is an error. `more` holds members of the kind's own: winner, nearest, hint."""

    kind: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    status_code: int | None = None

    @property
    def status(self) -> int:
        return self.status_code or KINDS[self.kind][0]

    def as_json(self, *, instance: str, request_id: str) -> dict[str, Any]:
        return {
            "type": f"/docs#problem-{self.kind}",
            "title": KINDS[self.kind][1],
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "errors": [error.as_json() for error in self.errors],
            "request_id": request_id,
            **self.more,
        }

    def response(self, *, instance: str, request_id: str) -> Response:
        from starlette.responses import Response  # a worker reads messages as strictly as the API, and has no web server

        body = json.dumps(self.as_json(instance=instance, request_id=request_id))
        return Response(body, status_code=self.status, headers=dict(self.headers), media_type=MEDIA_TYPE)


class Refusal(FlowForgeError):
    """The door of the API says no before any room is asked. Carries the problem as it is to be told."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def refuse(kind: str, detail: str, *, pointer: str | None = None, parameter: str | None = None, **headers: str) -> Refusal:
    """A Refusal to raise; `headers` are named with underscores (`retry_after="2"`)."""
    errors = () if pointer is None and parameter is None else (FieldError(pointer or "", detail, parameter),)
    return Refusal(Problem(kind, detail, errors, headers={name.replace("_", "-").title(): value for name, value in headers.items()}))


def pointer(parts: Sequence[str | int]) -> str:
    """RFC 6901: `["a/b", 0]` is `/a~1b/0`."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
