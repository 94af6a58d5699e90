"""Whatever goes wrong in a model call, as one ModelError: its kind, whether to try again and when, one clear sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from flowforge.clock import SYSTEM_CLOCK
from flowforge.errors import ModelError, ModelErrorKind
from flowforge.secrets.redact import redact

_LONGEST_RETRY_AFTER_SECONDS = 24 * 3600.0
_LONGEST_MESSAGE = 300

_BY_STATUS: dict[int, ModelErrorKind] = {
    401: "authentication",
    402: "quota_exhausted",
    403: "authentication",
    404: "not_found",
    408: "timeout",
    413: "context_too_long",
    429: "rate_limited",
    503: "overloaded",
    529: "overloaded",
}
# Class names, most special first: LiteLLM's classes are not imported here, since LiteLLM itself is imported late.
_BY_CLASS: tuple[tuple[str, ModelErrorKind], ...] = (
    ("ContextWindowExceededError", "context_too_long"),
    ("ContentPolicyViolationError", "content_filter"),
    ("MidStreamFallbackError", "cut_stream"),
    ("Timeout", "timeout"),
    ("APITimeoutError", "timeout"),
    ("TimeoutError", "timeout"),
)
_CONNECTION_CLASSES = frozenset({"APIConnectionError", "ConnectError", "ClientConnectorError", "ClientConnectionError", "ClientOSError"})
_SAYS: dict[ModelErrorKind, str] = {
    "rate_limited": "is rate limited",
    "quota_exhausted": "has no quota left",
    "overloaded": "is overloaded",
    "server_error": "had an error of its own",
    "timeout": "did not answer in time",
    "connection": "cannot be reached",
    "cut_stream": "broke its answer off in the middle",
    "invalid_output": "answered what does not fit",
    "authentication": "refused the key",
    "not_found": "does not know the model",
    "bad_request": "refused the request",
    "content_filter": "refused the content",
    "context_too_long": "cannot take so much text",
}
_HINTS: dict[ModelErrorKind, str] = {
    "authentication": "check the provider's API key where the worker runs",
    "quota_exhausted": "raise the provider's limit or take another model",
    "context_too_long": "send less text, or take a model with a larger context",
}


def model_error(error: BaseException, *, model: str, provider: str) -> ModelError:
    """`error`, from whatever layer it came, as a ModelError. Its sentence holds no key and no header."""
    if isinstance(error, ModelError):
        return error
    status = _status(error)
    kind = _kind(error, status)
    return ModelError(
        kind,
        _sentence(kind, error, model, provider, status),
        model=model,
        status=status,
        retry_after=_retry_after(error),
        hint=_HINTS.get(kind),
    )


def cut_stream(model: str, provider: str) -> ModelError:
    """The stream ended without saying why: what came so far is no reply."""
    return ModelError("cut_stream", f"{provider} broke the answer of {model} off in the middle", model=model)


def timed_out(model: str, provider: str, seconds: float) -> ModelError:
    """The whole call took longer than it may."""
    return ModelError("timeout", f"{provider} did not finish the answer of {model} within {seconds:g} s", model=model)


def _kind(error: BaseException, status: int | None) -> ModelErrorKind:
    classes = {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}
    own = {kind.__name__ for kind in type(error).__mro__}
    for name, kind in _BY_CLASS:
        if name in own:
            return kind
    text = str(error)
    if "insufficient_quota" in text or "exceeded your current quota" in text:
        return "quota_exhausted"
    if "overloaded_error" in text:
        return "overloaded"
    if re.search(r"safety system|content[_ ]policy|content_filter", text) and status in (400, 403, 422):
        return "content_filter"
    if not _headers(error) and _never_left(error):
        return "server_error"
    if not _headers(error) and (classes & _CONNECTION_CLASSES or isinstance(error, OSError)):
        return "connection"
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status is None and "BadRequestError" in own:
        return "bad_request"
    return "bad_request" if status is not None and 400 <= status < 500 else "server_error"


def _never_left(error: BaseException) -> bool:
    """LiteLLM wraps its own stumbles as connection errors; what is under them tells."""
    chain = list(_chain(error))
    return any(isinstance(one, TypeError | LookupError | AttributeError) for one in chain) and not any(
        isinstance(one, OSError) for one in chain
    )


def _sentence(kind: ModelErrorKind, error: BaseException, model: str, provider: str, status: int | None) -> str:
    answered = f" ({status})" if status is not None and kind not in ("connection", "timeout", "cut_stream") else ""
    said = _provider_words(str(error))
    return f"{provider} {_SAYS[kind]}{answered}, model {model}" + (f": {said}" if said and kind not in ("timeout", "cut_stream") else "")


def _provider_words(text: str) -> str:
    """What the provider itself said, out of the layers that were wrapped around it."""
    found = re.search(r"\{.*\}", text, re.DOTALL)
    words = _message_in(found.group()) if found else None
    if words is None:
        words = re.sub(r"^(?:(?:litellm\.)?\w+(?:Error|Exception|Timeout)\b\s*[:\-]\s*)+", "", text.strip())
        words = re.sub(r"\s*(?:Handle with `|Traceback \(most recent call last\)).*", "", words, flags=re.DOTALL)
        words = re.sub(r" ssl:<[^>]*>", "", words)
    line = " ".join(redact(words).split())
    return line if len(line) <= _LONGEST_MESSAGE else line[: _LONGEST_MESSAGE - 1] + "…"


def _message_in(text: str) -> str | None:
    """`error.message` of a provider's JSON answer, which LiteLLM quotes in several ways."""
    for candidate in (text, text.replace("\\'", "'")):
        try:
            body: Any = json.loads(candidate)
        except ValueError:
            continue
        inner = body.get("error", body) if isinstance(body, dict) else None
        message = inner.get("message") if isinstance(inner, dict) else inner
        return message if isinstance(message, str) else None
    return None


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and _headers(error) else None


def _headers(error: BaseException) -> Mapping[str, str]:
    """The headers of the provider's answer; none when there was no answer."""
    for one in _chain(error):
        for found in (getattr(one, "litellm_response_headers", None), getattr(getattr(one, "response", None), "headers", None)):
            if found:
                return {str(name).lower(): str(value) for name, value in found.items()}
    return {}


def _retry_after(error: BaseException) -> float | None:
    """Seconds that the provider asks us to wait, from any of the headers in use."""
    headers = _headers(error)
    if "retry-after-ms" in headers:
        return _bounded(headers["retry-after-ms"], 0.001)
    value = headers.get("retry-after")
    if value is None:
        return None
    return _bounded(value, 1.0) if re.fullmatch(r"\s*\d+(\.\d+)?\s*", value) else _until(value)


def _bounded(text: str, unit: float) -> float | None:
    try:
        return min(max(float(text) * unit, 0.0), _LONGEST_RETRY_AFTER_SECONDS)
    except ValueError:
        return None


def _until(date: str) -> float | None:
    try:
        wait = (parsedate_to_datetime(date) - SYSTEM_CLOCK.now()).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(wait, 0.0), _LONGEST_RETRY_AFTER_SECONDS)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, at most ten deep."""
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__
