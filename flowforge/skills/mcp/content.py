"""The result of a call as the model reads it: texts as they are, data as JSON, and of pictures and files what they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from flowforge.skills.failure import ToolFailed, bounded
from flowforge.skills.mcp.listing import plain
from flowforge.skills.tool import RESULT_STORED_MAX

PARTS_MAX = 200
URI_CHARACTERS_MAX = 500


def read_result(result: Mapping[str, Any]) -> Any:
    """What a server answered. Raises ToolFailed where it says that it failed.

    >>> read_result({"content": [{"type": "text", "text": "41 open"}]})
    '41 open'
    """
    parts = result.get("content")
    texts = [_part(part) for part in (parts[:PARTS_MAX] if isinstance(parts, list) else []) if isinstance(part, Mapping)]
    if isinstance(parts, list) and len(parts) > PARTS_MAX:
        texts.append(f"({len(parts) - PARTS_MAX} more parts were left out)")
    text = "\n".join(one for one in texts if one)[:RESULT_STORED_MAX]
    if result.get("isError"):
        raise ToolFailed(f"the tool failed: {bounded(text) or 'it does not say why'}")
    data = result.get("structuredContent")
    if data is None:
        return text
    if not text or _is_the_same(text, data):
        return data
    return {"text": text, "data": data}


def _part(part: Mapping[str, Any]) -> str:
    match part.get("type"):
        case "text":
            return str(part.get("text", ""))
        case "image" | "audio" as kind:
            return _reference(kind, str(part.get("mimeType", "")), str(part.get("data", "")))
        case "resource_link":
            return f"(a link: {plain(str(part.get('uri', '')), URI_CHARACTERS_MAX)} {plain(str(part.get('name', '')), 200)})"
        case "resource":
            resource = part.get("resource")
            if not isinstance(resource, Mapping):
                return ""
            if isinstance(resource.get("text"), str):
                return str(resource["text"])
            uri = plain(str(resource.get("uri", "")), URI_CHARACTERS_MAX)
            return f"{_reference('file', str(resource.get('mimeType', '')), str(resource.get('blob', '')))} {uri}"
        case other:
            return f"(something of the kind {plain(str(other), 50)}, which is not shown)"


def _reference(kind: str, mime: str, data: str) -> str:
    """What is not shown to the model, so that it can be told from another."""
    digest = hashlib.sha256(data.encode()).hexdigest()[:16]
    return f"({kind}: {plain(mime, 100) or 'of an unknown kind'}, {len(data) * 3 // 4} bytes, sha256 of its base64 {digest}…)"


def _is_the_same(text: str, data: Any) -> bool:
    try:
        return bool(json.loads(text) == data)
    except (ValueError, RecursionError):
        return False
