"""What may be sent to a model: checked before it is sent, so that a mistake is one sentence and not a provider's riddle."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat

ROLES = ("system", "developer", "user", "assistant", "tool")


def conversation(prompt: object, messages: Sequence[Mapping[str, Any]] | None, system: str | None) -> list[Chat]:
    """The turns of a call: the prompt or the messages, after the system's. Raises InvalidInput."""
    if prompt is not None and not isinstance(prompt, str):
        raise InvalidInput(f"prompt must be text, not a {type(prompt).__name__}", pointer="/prompt")
    if (prompt is None) == (messages is None):
        raise InvalidInput("step.ai wants either prompt= or messages=", hint="give exactly one of the two")
    turns: list[Any] = list(messages) if messages is not None else [{"role": "user", "content": prompt}]
    check_messages(turns)
    if system is not None:
        turns.insert(0, {"role": "system", "content": system})
        check_messages(turns[:1])
    return [dict(turn) for turn in turns]


def check_messages(messages: Sequence[Any]) -> None:
    """Raises InvalidInput with the place of the first message that no provider could take."""
    if not messages:
        raise InvalidInput("there are no messages to send", pointer="/messages", hint="give at least one message")
    for position, message in enumerate(messages):
        pointer = f"/messages/{position}"
        if not isinstance(message, Mapping):
            raise InvalidInput(f"a message must be a dict with role and content, not a {type(message).__name__}", pointer=pointer)
        if message.get("role") not in ROLES:
            raise InvalidInput(
                f"a message's role must be one of {', '.join(ROLES)}, not {message.get('role')!r}", pointer=f"{pointer}/role"
            )
        _check_content(message, f"{pointer}/content")


def _check_content(message: Mapping[str, Any], pointer: str) -> None:
    content = message.get("content")
    spoken_otherwise = message["role"] == "assistant" and message.get("tool_calls")
    if not (isinstance(content, str | list) or (content is None and spoken_otherwise)):
        raise InvalidInput(f"a message's content must be text or a list of parts, not {type(content).__name__}", pointer=pointer)
    try:
        json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise InvalidInput("a message holds a lone surrogate, which is no valid Unicode text", pointer=pointer) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"a message cannot be sent as JSON: {error}", pointer=pointer) from None
