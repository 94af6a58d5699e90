"""What a command says and where: data goes to stdout, talk to stderr; colour only where a person looks and NO_COLOR is unset."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any, TextIO

# The states' colours and glyphs of the product: work glows, success is quiet, red is failure, violet needs a person.
_CODES = {"ember": "38;5;208", "red": "31", "green": "32", "violet": "38;5;141", "blue": "34", "dim": "2", "bold": "1"}

_STATES = {
    "queued": ("·", "dim"),
    "running": ("◉", "ember"),
    "completed": ("✓", "green"),
    "retrying": ("↻", "ember"),
    "sleeping": ("◇", "dim"),
    "waiting": ("◇", "dim"),
    "pending": ("◆", "violet"),
    "approved": ("✓", "green"),
    "denied": ("✗", "red"),
    "expired": ("⊘", "dim"),
    "failed": ("✗", "red"),
    "error": ("✗", "red"),
    "cancelled": ("⊘", "dim"),
    "skipped": ("⊘", "dim"),
    "paused": ("‖", "violet"),
    "idle": ("·", "dim"),
    "archived": ("⊘", "dim"),
}


@dataclass(frozen=True)
class Terminal:
    """The two streams of one command and how it was asked to talk."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False

    def data(self, text: str = "") -> None:
        """A line of the command's result."""
        print(text, file=sys.stdout, flush=True)

    def json_data(self, value: Any) -> None:
        """The command's result as one JSON document on one line."""
        print(json.dumps(value, ensure_ascii=False, default=str), file=sys.stdout, flush=True)

    def say(self, text: str = "") -> None:
        """A remark to the person at the keyboard; silent under --quiet."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def error(self, text: str) -> None:
        """What went wrong; never silent."""
        print(text, file=sys.stderr, flush=True)

    def paint(self, text: str, *styles: str, stream: TextIO | None = None) -> str:
        """The text in colour, where the stream takes it."""
        if not styles or not text or not in_colour(stream or sys.stdout):
            return text
        return f"\x1b[{';'.join(_CODES[style] for style in styles)}m{text}\x1b[0m"

    def glyph(self, state: str) -> str:
        """The sign of a state, never colour alone: `✓`, `◆`, `✗`."""
        sign, style = _STATES.get(state, ("·", "dim"))
        return self.paint(sign, style)

    def state(self, state: str) -> str:
        """Sign and word."""
        sign, style = _STATES.get(state, ("·", "dim"))
        return self.paint(f"{sign} {state}", style)

    def table(self, rows: list[list[str]], head: list[str] | None = None) -> None:
        """Rows in aligned columns; the head goes with them only where a person looks, so that pipes get lines of data."""
        if head and sys.stdout.isatty():
            rows = [[self.paint(cell, "dim") for cell in head], *rows]
        widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.data("  ".join(pad(cell, size) for cell, size in zip(row, widths, strict=True)).rstrip())


def in_colour(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width(text: str) -> int:
    """Characters on the screen: without colour codes."""
    length, inside = 0, False
    for character in text:
        if inside:
            inside = character != "m"
        elif character == "\x1b":
            inside = True
        else:
            length += 1
    return length


def pad(text: str, size: int) -> str:
    return text + " " * (size - width(text))


def shorten(text: str, size: int) -> str:
    """On one line and at most `size` long, with an ellipsis where something was cut."""
    line = " ".join(text.split())
    return line if len(line) <= size else line[: size - 1] + "…"
