"""What a script sees of a request, the same for both wire formats."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flowforge.testing.scripted_provider.reply import ToolCall


@dataclass(frozen=True)
class Message:
    """One turn: `role` is system, user, assistant or tool; a tool's turn has the name of the tool that answered.

    `images` are addresses or data URIs, `files` the names of files, or their addresses where they have none.
    """

    role: str
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_name: str | None = None
    tool_call_id: str | None = None
    images: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tool:
    """A tool that the model was offered."""

    name: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""


@dataclass(frozen=True)
class Asked:
    """A request for a reply, as a script reads it.

    >>> Asked(model="gpt-4o", messages=(Message("user", "hello"),)).last_user
    'hello'
    """

    model: str
    messages: tuple[Message, ...] = ()
    tools: tuple[Tool, ...] = ()
    schema: Mapping[str, Any] | None = None
    stream: bool = False

    @property
    def tool_names(self) -> tuple[str, ...]:
        return tuple(tool.name for tool in self.tools)

    @property
    def last_user(self) -> str:
        """The text of the newest user turn, or an empty string."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    def result_of(self, tool: str) -> str | None:
        """What `tool` answered last, or None while it has not been called."""
        return next((turn.text for turn in reversed(self.messages) if turn.role == "tool" and turn.tool_name == tool), None)

    def text(self) -> str:
        """Everything that was said, for scripts that look for a word."""
        return "\n".join(message.text for message in self.messages)


def from_openai(body: Mapping[str, Any]) -> Asked:
    """Read a chat-completions request."""
    names: dict[str, str] = {}
    messages = tuple(_openai_message(turn, names) for turn in body.get("messages", ()))
    tools = tuple(_openai_tool(tool["function"]) for tool in body.get("tools") or ())
    wanted = (body.get("response_format") or {}).get("json_schema") or {}
    return Asked(str(body["model"]), messages, tools, wanted.get("schema"), bool(body.get("stream")))


def from_anthropic(body: Mapping[str, Any]) -> Asked:
    """Read a messages request."""
    names: dict[str, str] = {}
    system = _text(body.get("system"))
    messages = [Message("system", system)] if system else []
    for turn in body.get("messages", ()):
        messages += _anthropic_messages(turn, names)
    tools = tuple(Tool(tool["name"], tool.get("input_schema") or {}, tool.get("description") or "") for tool in body.get("tools") or ())
    wanted = body.get("output_format") or (body.get("output_config") or {}).get("format") or {}
    return Asked(str(body["model"]), tuple(messages), tools, wanted.get("schema"), bool(body.get("stream")))


def _openai_tool(function: Mapping[str, Any]) -> Tool:
    return Tool(function["name"], function.get("parameters") or {}, function.get("description") or "")


def _openai_message(turn: Mapping[str, Any], names: dict[str, str]) -> Message:
    calls = tuple(
        ToolCall(call["function"]["name"], _arguments(call["function"].get("arguments")), call["id"])
        for call in turn.get("tool_calls") or ()
    )
    names.update({call.id: call.name for call in calls if call.id})
    answered = turn.get("tool_call_id")
    content = turn.get("content")
    parts = [part for part in content if isinstance(part, Mapping)] if isinstance(content, list) else []
    images = tuple(_address(part["image_url"], "url") for part in parts if part.get("type") == "image_url")
    files = tuple(_address(part["file"], "filename", "file_data") for part in parts if part.get("type") == "file")
    return Message(turn["role"], _text(content), calls, names.get(answered or ""), answered, images, files)


def _anthropic_messages(turn: Mapping[str, Any], names: dict[str, str]) -> list[Message]:
    content = turn.get("content")
    blocks: Sequence[Mapping[str, Any]] = [{"type": "text", "text": content}] if isinstance(content, str) else content or []
    calls = tuple(ToolCall(block["name"], block.get("input") or {}, block["id"]) for block in blocks if block["type"] == "tool_use")
    names.update({call.id: call.name for call in calls if call.id})
    results = [
        Message("tool", _text(block.get("content")), (), names.get(block["tool_use_id"]), block["tool_use_id"])
        for block in blocks
        if block["type"] == "tool_result"
    ]
    said = _text([block for block in blocks if block["type"] == "text"])
    images = tuple(_picture(block["source"]) for block in blocks if block["type"] == "image")
    files = tuple(block.get("title") or block["source"].get("url", "") for block in blocks if block["type"] == "document")
    own = Message(turn["role"], said, calls, images=images, files=files)
    return results + ([own] if said or calls or images or files or not results else [])


def _picture(source: Mapping[str, Any]) -> str:
    return str(source["url"]) if source["type"] == "url" else f"data:{source['media_type']};base64,{source['data']}"


def _address(part: object, *keys: str) -> str:
    if not isinstance(part, Mapping):
        return str(part)
    return next((str(part[key]) for key in keys if part.get(key)), "")


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return ""


def _arguments(text: str | None) -> dict[str, Any]:
    value = json.loads(text or "{}")
    return value if isinstance(value, dict) else {}
