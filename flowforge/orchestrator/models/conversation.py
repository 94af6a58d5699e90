"""What may be sent to a model: checked before it is sent, so that a mistake is one sentence and not a provider's riddle."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat

ROLES = ("system", "developer", "user", "assistant", "tool")
_PARTS: dict[str, tuple[str, type | tuple[type, ...]]] = {  # what a message may be made of, and the field that holds it
    "text": ("text", str),
    "image_url": ("image_url", (str, Mapping)),
    "input_audio": ("input_audio", Mapping),
    "file": ("file", Mapping),
    "refusal": ("refusal", str),
}


def conversation(
    prompt: object, messages: Sequence[Mapping[str, Any]] | None, system: str | None, parts: Sequence[Chat] = ()
) -> list[Chat]:
    """The turns of a call: the prompt, with the parts beside it, or the messages, after the system's. Raises InvalidInput."""
    if (prompt is None) == (messages is None):
        raise InvalidInput("step.ai wants either prompt= or messages=", hint="give exactly one of the two")
    if messages is not None and parts:
        raise InvalidInput("images= and files= go with prompt=", pointer="/messages", hint="put them into the messages as parts")
    if messages is not None and not isinstance(messages, list | tuple):
        raise InvalidInput(f"messages must be a list, not a {type(messages).__name__}", pointer="/messages")
    turns: list[Any] = list(messages) if messages is not None else [{"role": "user", "content": _asked(prompt, parts)}]
    check_messages(turns)
    if system is not None:
        if not isinstance(system, str):
            raise InvalidInput(f"system must be text, not a {type(system).__name__}", pointer="/system")
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


def _asked(prompt: object, parts: Sequence[Chat]) -> str | list[Chat]:
    if not isinstance(prompt, str):
        raise InvalidInput(f"prompt must be text, not a {type(prompt).__name__}", pointer="/prompt")
    if not prompt.strip() and not parts:
        raise InvalidInput("the prompt is empty", pointer="/prompt")
    said = [{"type": "text", "text": prompt}] if prompt.strip() else []
    return [*said, *parts] if parts else prompt


def _check_content(message: Mapping[str, Any], pointer: str) -> None:
    content = message.get("content")
    spoken_otherwise = message["role"] == "assistant" and message.get("tool_calls")
    if not (isinstance(content, str | list) or (content is None and spoken_otherwise)):
        raise InvalidInput(f"a message's content must be text or a list of parts, not {type(content).__name__}", pointer=pointer)
    if isinstance(content, list):
        for place, part in enumerate(content):
            _check_part(part, f"{pointer}/{place}")
    try:
        json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise InvalidInput("a message holds a lone surrogate, which is no valid Unicode text", pointer=pointer) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"a message cannot be sent as JSON: {error}", pointer=pointer) from None


def _check_part(part: object, pointer: str) -> None:
    if not isinstance(part, Mapping):
        raise InvalidInput(f"a part of a message must be a dict with a type, not a {type(part).__name__}", pointer=pointer)
    kind = part.get("type")
    if kind not in _PARTS:
        nearest = difflib.get_close_matches(str(kind), _PARTS, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"known are {', '.join(_PARTS)}"
        raise InvalidInput(f"{kind!r} is no kind of a message's part", pointer=f"{pointer}/type", hint=hint)
    field, wanted = _PARTS[kind]
    held = part.get(field)
    if not isinstance(held, wanted) or (kind == "image_url" and isinstance(held, Mapping) and not isinstance(held.get("url"), str)):
        raise InvalidInput(f"a part of type {kind} holds {_SHAPES[kind]}", pointer=f"{pointer}/{field}")


_SHAPES = {
    "text": 'its words, as in {"type": "text", "text": "…"}',
    "image_url": 'a URL, as in {"type": "image_url", "image_url": {"url": "https://…"}}',
    "input_audio": 'sound, as in {"type": "input_audio", "input_audio": {"data": "…", "format": "wav"}}',
    "file": 'a document, as in {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,…"}}',
    "refusal": 'words, as in {"type": "refusal", "refusal": "…"}',
}
