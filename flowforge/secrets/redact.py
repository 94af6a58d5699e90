"""Take secrets out of text before it reaches a person, a log or a row: by value where we know it, by shape where we do not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from flowforge.secrets.opened import OPENED, REDACTED, SHORTEST, environment_secrets

_SECRET_HEADER = re.compile(r"authorization|api[-_]?key|cookie|token|secret|signature|password", re.IGNORECASE)

# Each shape keeps what tells a reader which key it was, and drops the rest. None takes time that grows faster than the text.
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(ffk_(?:live|test)_)[A-Za-z0-9_\-]+"), rf"\1{REDACTED}"),
    (
        re.compile(r"\b(sk-|sk_live_|sk_test_|rk_live_|pk_live_|whsec_|gsk_|xai-|hf_|glpat-|npm_|pypi-)[A-Za-z0-9_\-*.]{6,}"),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"\b(gh[pousr]_|github_pat_)[A-Za-z0-9_]{10,}"), rf"\1{REDACTED}"),
    (re.compile(r"\b(xox[abeprs]-)[A-Za-z0-9\-]{8,}"), rf"\1{REDACTED}"),
    (re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b"), rf"\1{REDACTED}"),
    (re.compile(r"\b(AIza)[A-Za-z0-9_\-]{20,}"), rf"\1{REDACTED}"),
    (re.compile(r"\beyJ[A-Za-z0-9_\-]{5,2000}\.[A-Za-z0-9_\-]+\.[A-Za-z0-9_\-]*"), REDACTED),
    (re.compile(r"\b((?:bearer|basic)\s+)(?!\[)[A-Za-z0-9_\-.~+/=]{6,}", re.IGNORECASE), rf"\1{REDACTED}"),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+(@)"), rf"\1{REDACTED}\2"),
    (re.compile(r"([?&](?:api[-_]?key|key|token|access_token|signature|sig)=)[^&\s\"']+", re.IGNORECASE), rf"\1{REDACTED}"),
    (
        re.compile(
            r"((?:x-api-key|api[-_]?key|authorization|password|secret)[\"']?\s*[:=]\s*[\"']?)(?!\[|Bearer|Basic)[^\s\"',;}]{6,}",
            re.IGNORECASE,
        ),
        rf"\1{REDACTED}",
    ),
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
)


def redact(text: str, values: Iterable[str] = (), *, tenant_id: UUID | None = None) -> str:
    """`text` without secrets: without `values`, without those that this process has opened, without what secret environment variables
    hold, without what looks like a key. With a tenant, its own values only: that text is for its eyes.

    >>> redact("Incorrect API key provided: sk-proj-abcdef123456")
    'Incorrect API key provided: sk-[redacted]'
    """
    text = OPENED.hide_all(text) if tenant_id is None else OPENED.hide(text, tenant_id)
    for value in sorted({*values, *environment_secrets()}, key=len, reverse=True):
        if len(value) >= SHORTEST:
            text = text.replace(value, REDACTED)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text


def secrets_in(text: str) -> Iterator[str]:
    """What `redact` would take out of it, piece by piece.

    >>> list(secrets_in("Incorrect API key provided: sk-proj-abcdef123456"))
    ['proj-abcdef123456']
    """
    yield from OPENED.found_in(text)
    yield from (value for value in environment_secrets() if len(value) >= SHORTEST and value in text)
    for shape, _ in _SHAPES:
        for found in shape.finditer(text):
            yield text[found.end(1) if shape.groups else found.start() : found.start(2) if shape.groups > 1 else found.end()]


def is_secret_name(name: str) -> bool:
    """Whether a field or header of this name holds a secret."""
    return _SECRET_HEADER.search(name) is not None


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers with lower-case names, the values of those that carry secrets replaced."""
    return {name.lower(): REDACTED if is_secret_name(name) else value for name, value in headers.items()}


def redact_value(value: Any, name: str = "") -> Any:
    """A value as it may be logged: texts without secrets, at any depth, and nothing at all of a text under a secret's name."""
    if isinstance(value, str):
        return REDACTED if value and is_secret_name(name) else redact(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): redact_value(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_value(inner, name) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else redact_value(str(value), name)
