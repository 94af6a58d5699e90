"""A conversation in chat notation as Anthropic wants it: the system's words apart, the turns alternating, everything in blocks."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from flowforge.errors import InvalidInput
from flowforge.orchestrator.models.client import Chat

Block = dict[str, Any]

_SYSTEM_ROLES = ("system", "developer")
_LATER = "[From the system, not from the user] "


def system_blocks(messages: Sequence[Chat]) -> list[Block]:
    """What the system says before anybody else speaks."""
    return [block for message in messages[: _leading(messages)] for block in _content(message, "/messages")]


def turns(messages: Sequence[Chat], wire_name: Callable[[str], str]) -> list[dict[str, Any]]:
    """The turns behind it. `wire_name` gives a tool's name as it goes over the wire. Raises InvalidInput for a part that has no block."""
    first = _leading(messages)
    said: list[dict[str, Any]] = []
    for position, message in enumerate(messages[first:], first):
        role, blocks = _turn(message, f"/messages/{position}", wire_name)
        if said and said[-1]["role"] == role:
            said[-1]["content"] += blocks
        else:
            said.append({"role": role, "content": blocks})
    if not said:
        raise InvalidInput("anthropic wants at least one message that is not the system's", pointer="/messages")
    return _without_loose_ends(said)


def _leading(messages: Sequence[Chat]) -> int:
    return next((n for n, message in enumerate(messages) if message["role"] not in _SYSTEM_ROLES), len(messages))


def _turn(message: Chat, pointer: str, wire_name: Callable[[str], str]) -> tuple[str, list[Block]]:
    role = message["role"]
    if role == "assistant":
        return "assistant", _assistant(message, pointer, wire_name)
    if role == "tool":
        content = message.get("content")
        result = content if isinstance(content, str) else _content(message, pointer)
        return "user", [{"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": result}]
    blocks = _content(message, pointer) or [_text("(empty)")]
    if role in _SYSTEM_ROLES:
        blocks = [_text(_LATER + block["text"]) if block["type"] == "text" else block for block in blocks]
    return "user", blocks


def _assistant(message: Chat, pointer: str, wire_name: Callable[[str], str]) -> list[Block]:
    thoughts: list[Block] = [dict(block) for block in message.get("thinking_blocks") or ()]
    calls: list[Block] = [
        {
            "type": "tool_use",
            "id": call["id"],
            "name": wire_name(call["function"]["name"]),
            "input": _arguments(call["function"].get("arguments")),
        }
        for call in message.get("tool_calls") or ()
    ]
    return [*thoughts, *_content(message, pointer), *calls] or [_text("(empty)")]


def _arguments(text: str | None) -> dict[str, Any]:
    """Arguments as an object; what a model wrote that is none stays readable for it."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        value = text
    return value if isinstance(value, dict) else {"arguments": value}


def _content(message: Chat, pointer: str) -> list[Block]:
    content = message.get("content")
    if content is None or isinstance(content, str):
        return [_text(content)] if content else []
    return [_block(part, f"{pointer}/content/{position}") for position, part in enumerate(content) if part.get("text") != ""]


def _block(part: dict[str, Any], pointer: str) -> Block:
    kind = part.get("type")
    if kind == "text":
        return {key: value for key, value in part.items() if key in ("type", "text", "cache_control")}
    if kind == "image_url":
        url = part["image_url"]
        block = _picture(url if isinstance(url, str) else url["url"], pointer)
    elif kind == "file":
        block = _file(part["file"], pointer)
    else:
        raise InvalidInput(
            f"anthropic takes no part of type {kind!r}", pointer=f"{pointer}/type", hint="text, image_url and file are known"
        )
    return block | ({"cache_control": part["cache_control"]} if "cache_control" in part else {})


def _picture(url: str, pointer: str) -> Block:
    if url.startswith("data:"):
        media_type, data = _data_of(url, pointer)
        return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
    return {"type": "image", "source": {"type": "url", "url": url}}


def _file(file: dict[str, Any], pointer: str) -> Block:
    title = {"title": file["filename"]} if file.get("filename") else {}
    if file.get("file_id"):
        return {"type": "document", "source": {"type": "file", "file_id": file["file_id"]}} | title
    address = file.get("file_data") or ""
    if address.startswith(("https://", "http://")):
        return {"type": "document", "source": {"type": "url", "url": address}} | title
    media_type, data = _data_of(address, pointer)
    if media_type.startswith("image/"):
        return {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
    if media_type.startswith("text/") or media_type == "application/json":
        text = base64.b64decode(data).decode(errors="replace")
        return {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": text}} | title
    return {"type": "document", "source": {"type": "base64", "media_type": media_type, "data": data}} | title


def _data_of(uri: str, pointer: str) -> tuple[str, str]:
    """Media type and base64 text of a data URI."""
    found = re.match(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w=.+-]+)*;base64,", uri)
    if found is None:
        raise InvalidInput("a file must be an https address or a data URI in base64", pointer=pointer, hint="data:image/png;base64,…")
    data = uri[found.end() :]
    try:
        base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidInput(f"a data URI holds no valid base64: {error}", pointer=pointer) from None
    return found.group(1), data


def _without_loose_ends(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Anthropic refuses a last turn of the assistant's that ends in white space."""
    last = said[-1]
    if last["role"] == "assistant" and last["content"][-1]["type"] == "text":
        words = last["content"][-1]["text"].rstrip()
        last["content"][-1] = last["content"][-1] | {"text": words or "(empty)"}
    return said


def _text(text: str) -> Block:
    return {"type": "text", "text": text}
