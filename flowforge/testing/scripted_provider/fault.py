"""What can go wrong on demand: by the model's name (`openai/fault-rate_limited`), or by `provider.fail_next(…)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

FaultKind = Literal[
    "rate_limited",  # 429 with Retry-After
    "overloaded",  # 503, Anthropic's 529
    "unauthorized",  # 401
    "server_error",  # 500
    "bad_request",  # 400
    "not_found",  # 404: no such model
    "context_too_long",  # 400 with the provider's own code
    "content_filter",  # 400 with the provider's own code
    "timeout",  # never answers
    "cut",  # the stream ends cleanly in the middle: no finish reason, no [DONE]
    "dropped",  # the connection breaks in the middle
    "slow",  # half a second between two chunks
    "no_usage",  # answers without counting tokens
    "garbled",  # answers text where JSON was asked for
    "html",  # 200 with a web page, as a wrong address or a login page has it
    "bad_gateway",  # 502 with a web page
    "invalid_json",  # JSON that ends in the middle
    "no_choices",  # an answer without an answer
    "stall",  # the stream falls silent in the middle
    "duplicates",  # the stream repeats starts and ends
    "broken",  # an error instead of the stream's second half
]
WEB_PAGE = "<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><h1>Welcome to nginx!</h1></body></html>\n"
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_PREFIX = "fault-"

_STATUS: dict[FaultKind, int] = {
    "rate_limited": 429,
    "overloaded": 503,
    "unauthorized": 401,
    "server_error": 500,
    "bad_request": 400,
    "not_found": 404,
    "context_too_long": 400,
    "content_filter": 400,
}
_SAYS: dict[FaultKind, tuple[str, str, str | None]] = {  # message, type, code
    "rate_limited": ("Rate limit reached for requests", "requests", "rate_limit_exceeded"),
    "overloaded": ("The engine is currently overloaded, please try again later", "overloaded_error", None),
    "unauthorized": ("Incorrect API key provided: {key}", "invalid_request_error", "invalid_api_key"),
    "server_error": ("The server had an error while processing your request", "server_error", None),
    "bad_request": ("Invalid value for 'temperature': must be at most 2", "invalid_request_error", "invalid_value"),
    "not_found": ("The model `{model}` does not exist or you do not have access to it", "invalid_request_error", "model_not_found"),
    "context_too_long": (
        "This model's maximum context length is 128000 tokens, however you requested 200000 tokens",
        "invalid_request_error",
        "context_length_exceeded",
    ),
    "content_filter": (
        "Your request was rejected as a result of our safety system",
        "invalid_request_error",
        "content_policy_violation",
    ),
}


@dataclass(frozen=True)
class Fault:
    """One way to fail. `retry_after` seconds go into the header of a 429 or a 503."""

    kind: FaultKind
    retry_after: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known: {', '.join(KINDS)}")

    @classmethod
    def named(cls, model: str) -> Fault | None:
        """The fault that a model's name asks for: `fault-cut` and `scripted/fault-cut` both do."""
        name = model.rsplit("/", 1)[-1]
        kind = name.removeprefix(_PREFIX)
        if not name.startswith(_PREFIX) or kind not in KINDS:
            return None
        return cls(kind, retry_after=2.0 if kind == "rate_limited" else None)

    @property
    def status(self) -> int | None:
        """The status of the error answer, or None where the fault is another one than an error answer."""
        return _STATUS.get(self.kind)

    def headers(self) -> dict[str, str]:
        return {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}

    def openai_body(self, model: str, key: str) -> dict[str, Any]:
        message, kind, code = _SAYS[self.kind]
        return {"error": {"message": message.format(model=model, key=key), "type": kind, "param": None, "code": code}}

    def anthropic_body(self, model: str, key: str) -> dict[str, Any]:
        types = {429: "rate_limit_error", 503: "overloaded_error", 401: "authentication_error", 500: "api_error", 404: "not_found_error"}
        message = _SAYS[self.kind][0].format(model=model, key=key)
        if self.kind == "context_too_long":
            message = "prompt is too long: 200000 tokens > 128000 maximum"
        return {"type": "error", "error": {"type": types.get(_STATUS[self.kind], "invalid_request_error"), "message": message}}
