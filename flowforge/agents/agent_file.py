"""Agents in YAML: one to a file, or several under `agents:`; read into the same definition as everywhere else, and written back.

    name: atlas
    model: claude-sonnet-4.5
    instructions: Settle refunds.
    tools: [lookup_order, issue_refund]
    budget: 5.00/day

The fields are those of `POST /v1/agents`. What pydantic-ai's AgentSpec calls `output_schema` is read too, so are lists of instructions
and a model with its provider before a colon (`openai:gpt-4o`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flowforge.agents.definition import AgentDefinition, read_definition
from flowforge.errors import InvalidInput

FILE, DIRECTORY = "agents.yaml", "agents"
FILE_BYTES_MAX = 4 * 1024 * 1024
_NOT_HERE = {
    "capabilities": "give it tools, skills or mcp_servers",
    "deps_schema": "a tool reads what it needs by itself",
    "end_strategy": "every tool call of a turn is carried out",
    "json_schema_path": "leave it out",
    "metadata": "write it into the description",
    "tool_timeout": "a tool has its own timeout",
}


def read_agent_file(text: str, where: str = FILE) -> list[AgentDefinition]:
    """The agents that a file describes. Raises InvalidInput, which names the file, the agent and the field.

    >>> [one.model for one in read_agent_file("name: atlas\\nmodel: openai:gpt-4o\\n")]
    ['openai/gpt-4o']
    """
    found = [_definition(body, f"{where}{place}") for body, place in _bodies(_documents(text, where), where)]
    names = [definition.name for definition in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise InvalidInput(f"{where}: two agents are named {twice!r}")
    return found


def agents_of_project(root: Path) -> list[AgentDefinition]:
    """What `agents.yaml` and the files in `agents/` of a project describe. Raises InvalidInput."""
    files = [path for path in (root / FILE, *sorted((root / DIRECTORY).glob("*.y*ml"))) if path.is_file()]
    found: dict[str, tuple[AgentDefinition, Path]] = {}
    for path in files:
        for definition in read_agent_file(read_text(path), str(path.relative_to(root))):
            if definition.name in found:
                raise InvalidInput(f"two files describe agent {definition.name!r}: {found[definition.name][1].name} and {path.name}")
            found[definition.name] = definition, path
    return [definition for definition, _ in found.values()]


def read_text(path: Path) -> str:
    """A file's text. Raises InvalidInput when it cannot be read."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise InvalidInput(f"{path.name} is larger than {FILE_BYTES_MAX} bytes")
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from None


def written(definition: Mapping[str, Any]) -> str:
    """A definition as YAML, without what is as it would be anyway; `read_agent_file` reads it back."""
    import yaml

    plain = AgentDefinition(name=definition["name"], model=definition["model"]).model_dump(mode="json")
    kept = {name: value for name, value in definition.items() if name in ("name", "model") or (name in plain and value != plain[name])}
    if "limits" in kept:
        kept["limits"] = {name: value for name, value in kept["limits"].items() if value != plain["limits"][name]}
    return yaml.dump(kept, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=120)


def _documents(text: str, where: str) -> list[Any]:
    import yaml  # 20 ms, needed only where such files are read

    try:
        return [document for document in yaml.safe_load_all(text) if document is not None]
    except (yaml.YAMLError, ValueError) as error:  # the latter: a date that does not exist
        mark = getattr(error, "problem_mark", None)
        raise InvalidInput(f"{where} is no valid YAML" + (f", line {mark.line + 1}" if mark is not None else "")) from None
    except RecursionError:
        raise InvalidInput(f"{where} is nested too deeply") from None


def _bodies(documents: list[Any], where: str) -> Iterator[tuple[dict[str, Any], str]]:
    if not documents:
        raise InvalidInput(f"{where} describes no agent", hint="an agent has at least  name:  and  model:")
    for document in documents:
        several = document.get("agents") if isinstance(document, dict) and set(document) == {"agents"} else document
        for number, body in enumerate(several if isinstance(several, list) else [several]):
            place = f", agent {number + 1}" if isinstance(several, list) else ""
            if not isinstance(body, dict) or not all(isinstance(name, str) for name in body):
                raise InvalidInput(f"{where}{place}: an agent is written as fields, as in  name: atlas")
            yield body, place


def _definition(body: dict[str, Any], where: str) -> AgentDefinition:
    given = dict(body)
    if "output_schema" in given and "output" not in given:
        given["output"] = given.pop("output_schema")
    if isinstance(given.get("instructions"), list) and all(isinstance(part, str) for part in given["instructions"]):
        given["instructions"] = "\n\n".join(given["instructions"])
    if isinstance(given.get("model"), str) and "/" not in given["model"]:
        given["model"] = given["model"].replace(":", "/", 1)
    unknown = next((name for name in given if name not in AgentDefinition.model_fields), None)
    if unknown is not None:
        near = difflib.get_close_matches(unknown, list(AgentDefinition.model_fields), n=1)
        hint = _NOT_HERE.get(unknown) or (f"did you mean {near[0]}?" if near else None)
        raise InvalidInput(f"{where}: an agent has no field {unknown!r}"[:300], pointer=f"/{unknown}"[:200], hint=hint)
    try:
        return read_definition(given)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error.message.removeprefix('/')}", pointer=error.pointer, hint=error.hint) from None


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Prose as a block, as people write it."""

    def text(dumper: Any, value: str) -> Any:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return Dumper
