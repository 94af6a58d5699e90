"""A typed result as people read it on a card: Markdown, and the JSON itself below."""

from __future__ import annotations

import json
from typing import Any

DEPTH_MAX = 3  # of lists in lists; what lies deeper is in the JSON


def shown(value: Any) -> str:
    """The value in Markdown, with its JSON.

    >>> print(shown({"verdict": "refund", "amount": 420}))
    - **verdict**: refund
    - **amount**: 420
    <BLANKLINE>
    ```json
    {
      "verdict": "refund",
      "amount": 420
    }
    ```
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    fence = "```" if "```" not in text else "````"
    return f"{_markdown(value, 0)}\n\n{fence}json\n{text}\n{fence}".lstrip()


def _markdown(value: Any, depth: int) -> str:
    if isinstance(value, dict) and depth < DEPTH_MAX:
        return "\n".join(_line(f"**{name}**:", part, depth) for name, part in value.items())
    if isinstance(value, list) and depth < DEPTH_MAX:
        return "\n".join(_line("", part, depth) for part in value)
    return "" if isinstance(value, dict | list) else _word(value)


def _line(name: str, value: Any, depth: int) -> str:
    indent = "  " * depth
    if isinstance(value, dict | list):
        below = _markdown(value, depth + 1)
        return f"{indent}- {name or '·'}" + (f"\n{below}" if below else " …" if value else " none")
    return f"{indent}- {name} {_word(value)}".replace("-  ", "- ")


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value.replace("\n", " ")
    return json.dumps(value)
