"""One mapping from what a call failed with to ModelError: its kind, whether to try again and when, one clear sentence.

What comes in is either an answer with an error status (`refused`), an exception of whatever layer carried the call
(`model_error`), or something that only we notice: a stream that was cut, a body that is no answer, a call that takes too long.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from flowforge.errors import ModelError, ModelErrorKind
from flowforge.orchestrator.models.retry_after import retry_after
from flowforge.secrets.redact import redact

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
    504: "timeout",
    529: "overloaded",
}
# What providers write, most telling first, where the status alone does not say it.
_BY_WORDS: tuple[tuple[re.Pattern[str], frozenset[int], ModelErrorKind], ...] = (
    (
        re.compile(r"insufficient_quota|exceeded your current quota|credit balance is too low"),
        frozenset({200, 400, 402, 403, 429}),
        "quota_exhausted",
    ),
    (re.compile(r"overloaded_error"), frozenset(range(200, 600)), "overloaded"),
    (re.compile(r"rate_limit_error|rate_limit_exceeded"), frozenset({200, 429}), "rate_limited"),
    (re.compile(r"safety system|content[_ ]policy|content_filter|content management policy"), frozenset({400, 403, 422}), "content_filter"),
    (
        re.compile(
            r"context_length_exceeded|maximum context length|prompt is too long|context window|input is too long|reduce the length", re.I
        ),
        frozenset({400, 413, 422}),
        "context_too_long",
    ),
    (re.compile(r"model_not_found"), frozenset({400, 403}), "not_found"),
    (re.compile(r"invalid_api_key|authentication_error"), frozenset({200, 400}), "authentication"),
)
# Class names, most special first: LiteLLM's classes are not imported here, since LiteLLM itself is imported late.
_BY_CLASS: tuple[tuple[str, ModelErrorKind], ...] = (
    ("ContextWindowExceededError", "context_too_long"),
    ("ContentPolicyViolationError", "content_filter"),
    ("MidStreamFallbackError", "cut_stream"),
    ("Timeout", "timeout"),
    ("APITimeoutError", "timeout"),
    ("TimeoutError", "timeout"),
)
_CONNECTION_CLASSES = frozenset(
    {"APIConnectionError", "ConnectError", "ClientConnectorError", "ClientConnectionError", "ClientOSError", "TransportError"}
)
# Where one of these is under an error, the request never left: nobody can have answered or charged it.
_NEVER_SENT_CLASSES = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ClientConnectorError",
        "ConnectionTimeoutError",
        "ConnectionRefusedError",
        "gaierror",
    }
)
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


def refused(status: int, headers: Mapping[str, str], text: str, *, model: str, provider: str) -> ModelError:
    """The provider answered with an error: `text` is the body, `headers` have names in lower case."""
    kind = _kind_of_answer(status, text)
    return ModelError(
        kind,
        _sentence(kind, text, model, provider, status),
        model=model,
        status=status,
        retry_after=retry_after(headers),
        hint=_HINTS.get(kind),
        answer_lost=kind == "timeout",
    )


def broken_off(text: str, *, begun: bool, model: str, provider: str) -> ModelError:
    """The provider put an error where an answer should be, though its status was well. What was written until then may be charged."""
    kind: ModelErrorKind = "cut_stream" if begun else _kind_of_answer(200, text)
    sentence = f"{provider} {_SAYS[kind]}, model {model}: {_provider_words(text)}"
    return ModelError(kind, sentence, model=model, hint=_HINTS.get(kind), answer_lost=True)


def model_error(error: BaseException, *, model: str, provider: str) -> ModelError:
    """`error`, from whatever layer it came, as a ModelError. Its sentence holds no key and no header."""
    if isinstance(error, ModelError):
        return error
    what = _unreadable_part(error)
    if what is not None and type(error).__name__ != "MidStreamFallbackError":
        return unreadable(what, model, provider)
    headers = _headers(error)
    status = _status(error, headers)
    kind = _kind(error, status, headers)
    return ModelError(
        kind,
        _sentence(kind, str(error), model, provider, status),
        model=model,
        status=status,
        retry_after=retry_after(headers),
        hint=_HINTS.get(kind),
        answer_lost=kind in ("timeout", "cut_stream", "connection") and not _classes(error) & _NEVER_SENT_CLASSES,
    )


def cut_stream(model: str, provider: str) -> ModelError:
    """The stream ended without saying why: what came so far is no reply."""
    return ModelError("cut_stream", f"{provider} broke the answer of {model} off in the middle", model=model, answer_lost=True)


def unreadable(what: str, model: str, provider: str) -> ModelError:
    """The provider said that all was well, but `what` it sent is no answer; nobody knows what it charges for it."""
    hint = "look at the provider's base URL: something else may answer there" if what == WEB_PAGE else None
    return ModelError("server_error", f"{provider} answered {what}, model {model}", model=model, hint=hint, answer_lost=True)


WEB_PAGE = "with a web page"
NOT_JSON = "what is no JSON"
MISSHAPEN = "what does not fit its format"
NOTHING = "nothing"


def timed_out(model: str, provider: str, seconds: float) -> ModelError:
    """The whole call took longer than it may."""
    sentence = f"{provider} did not finish the answer of {model} within {seconds:g} s"
    return ModelError("timeout", sentence, model=model, answer_lost=True)


def late_start(model: str, provider: str, seconds: float) -> ModelError:
    """A streamed reply had not begun when its first token was due."""
    sentence = f"{provider} did not begin the answer of {model} within {seconds:g} s"
    return ModelError("timeout", sentence, model=model, answer_lost=True)


def _unreadable_part(error: BaseException) -> str | None:
    """What LiteLLM could not read though its status was well; it then makes a status of its own up."""
    text = str(error)
    if "Unable to get json response" in text or "JSONDecodeError" in _classes(error):
        return WEB_PAGE if is_web_page(text) else NOT_JSON
    if "'str' object has no attribute" in text and not _headers(error):
        return MISSHAPEN
    return WEB_PAGE if is_web_page(text) and getattr(error, "status_code", 500) == 500 and not _headers(error) else None


def _kind(error: BaseException, status: int | None, headers: Mapping[str, str]) -> ModelErrorKind:
    own = {kind.__name__ for kind in type(error).__mro__}
    for name, kind in _BY_CLASS:
        if name in own:
            return kind
    if headers and status is not None:
        return _kind_of_answer(status, str(error))
    spoken = _kind_of_words(200, str(error))
    if spoken is not None:
        return spoken
    if _never_left(error):
        return "server_error"
    if _classes(error) & _CONNECTION_CLASSES or isinstance(error, OSError):
        return "connection"
    return "bad_request" if "BadRequestError" in own else "server_error"


def _kind_of_answer(status: int, text: str) -> ModelErrorKind:
    spoken = _kind_of_words(status, text)
    if spoken is not None:
        return spoken
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    return "bad_request" if 400 <= status < 500 else "server_error"


def _kind_of_words(status: int, text: str) -> ModelErrorKind | None:
    return next((kind for words, statuses, kind in _BY_WORDS if status in statuses and words.search(text)), None)


def _never_left(error: BaseException) -> bool:
    """LiteLLM wraps its own stumbles as connection errors; what is under them tells."""
    chain = list(_chain(error))
    return any(isinstance(one, TypeError | LookupError | AttributeError) for one in chain) and not any(
        isinstance(one, OSError) for one in chain
    )


def _sentence(kind: ModelErrorKind, text: str, model: str, provider: str, status: int | None) -> str:
    answered = f" ({status})" if status is not None and kind not in ("connection", "timeout", "cut_stream") else ""
    said = _provider_words(text)
    return f"{provider} {_SAYS[kind]}{answered}, model {model}" + (f": {said}" if said and kind not in ("timeout", "cut_stream") else "")


def _provider_words(text: str) -> str:
    """What the provider itself said, out of the layers that were wrapped around it."""
    if is_web_page(text):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.DOTALL | re.IGNORECASE)
        return _one_line(f"it answered {WEB_PAGE}" + (f", “{title.group(1).strip()}”" if title else ""))
    found = re.search(r"\{.*\}", text, re.DOTALL)
    words = _message_in(found.group()) if found else None
    if words is None:
        words = re.sub(r"^(?:(?:litellm\.)?\w+(?:Error|Exception|Timeout)\b\s*[:\-]\s*)+", "", text.strip())
        words = re.sub(r"\s*(?:Handle with `|Traceback \(most recent call last\)).*", "", words, flags=re.DOTALL)
        words = re.sub(r" ssl:<[^>]*>", "", words)
    return _one_line(words)


def is_web_page(text: str) -> bool:
    """Whether this is HTML: a proxy's error page, a login page, a wrong address."""
    return re.search(r"<!doctype html|<html[\s>]", text[:2000], re.IGNORECASE) is not None


def _one_line(words: str) -> str:
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
        message = (inner.get("message") or inner.get("detail")) if isinstance(inner, dict) else inner
        return message if isinstance(message, str) else None
    return None


def _status(error: BaseException, headers: Mapping[str, str]) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and headers else None


def _headers(error: BaseException) -> Mapping[str, str]:
    """The headers of the provider's answer; none when there was no answer."""
    for one in _chain(error):
        for found in (getattr(one, "litellm_response_headers", None), getattr(getattr(one, "response", None), "headers", None)):
            if found:
                return {str(name).lower(): str(value) for name, value in found.items()}
    return {}


def _classes(error: BaseException) -> set[str]:
    return {kind.__name__ for one in _chain(error) for kind in type(one).__mro__}


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, at most ten deep."""
    one: BaseException | None = error
    for _ in range(10):
        if one is None:
            return
        yield one
        one = one.__cause__ or one.__context__
