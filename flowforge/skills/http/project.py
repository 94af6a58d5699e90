"""HTTP tools of a project: one file each in `tools/`, JSON or YAML, registered with its workers as its functions are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowforge.errors import InvalidInput, RegistrationError
from flowforge.skills.http.definition import read_http_tool
from flowforge.skills.http.tool import http_tool
from flowforge.skills.tool import Tool

KINDS = (".json", ".yaml", ".yml")


def read_http_tools(directory: Path) -> list[Tool]:
    """The tools of a folder, by file. Raises RegistrationError that names the first file that is not right."""
    found: dict[str, Path] = {}
    tools: list[Tool] = []
    for file in sorted(directory.iterdir()) if directory.is_dir() else ():
        if file.suffix not in KINDS or not file.is_file():
            continue
        tool = _read(file)
        if tool.name in found:
            raise RegistrationError(f"{file} and {found[tool.name]} both describe the tool {tool.name!r}")
        found[tool.name] = file
        tools.append(tool)
    return tools


def _read(file: Path) -> Tool:
    try:
        return http_tool(read_http_tool(_value(file)))
    except InvalidInput as error:
        raise RegistrationError(f"{file}: {error.message}", hint=error.hint) from None


def _value(file: Path) -> Any:
    try:
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".json":
            return json.loads(text)
        import yaml  # 20 ms, needed only where there are such files

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(str(error).splitlines()[0]) from error
    except (OSError, ValueError, RecursionError) as error:
        raise RegistrationError(f"{file} cannot be read: {error}") from None
