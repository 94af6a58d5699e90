"""A file in which somebody describes something: JSON or YAML, read as an object; `-` is what is piped in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

BYTES_MAX = 8 * 1024 * 1024


def read_described(name: str) -> dict[str, Any]:
    """The object in a file. Raises UsageError that names the file and what is wrong with it."""
    try:
        text = sys.stdin.read(BYTES_MAX + 1) if name == "-" else _text(Path(name))
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(text) > BYTES_MAX:
        raise click.UsageError(f"{name} is larger than {BYTES_MAX} bytes")
    try:
        value = json.loads(text) if text.lstrip().startswith(("{", "[")) else _yaml(text)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"{name} is neither JSON nor YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(value, dict):
        raise click.UsageError(f"{name} must hold an object")
    return value


def _text(file: Path) -> str:
    with file.open(encoding="utf-8") as opened:
        return opened.read(BYTES_MAX + 1)


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(error) from error
