"""The front matter of a `SKILL.md`: YAML between two lines of `---`, read with the line of every fault and without what YAML is feared for.

Fields that nobody knows are left alone, so that skills written for other programs can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flowforge.errors import RegistrationError

if TYPE_CHECKING:
    from yaml.nodes import Node

NAME_LENGTH_MAX = 64
DESCRIPTION_LENGTH_MAX = 1024
COMPATIBILITY_LENGTH_MAX = 500
FRONT_MATTER_BYTES_MAX = 16 * 1024
DEPTH_MAX = 10
METADATA_MAX = 100
TOOLS_MAX = 100
JOINERS = "\u200c\u200d"  # that some scripts cannot be written without

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?(.*)\Z", re.DOTALL | re.MULTILINE)
_STRING = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class FrontMatter:
    """What a skill says of itself. `allowed_tools` is kept and shown as it is written: here it allows nothing."""

    name: str
    description: str
    license: str | None = None
    compatibility: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    allowed_tools: str | None = None
    tools: tuple[str, ...] = ()
    optional_tools: tuple[str, ...] = ()


def split_front_matter(text: str, where: str) -> tuple[str, str]:
    """The YAML and what follows it. Raises RegistrationError where there is none."""
    parts = _FRONT_MATTER.match(text)
    if parts is None:
        raise RegistrationError(f"{where} has no front matter", hint="begin it with ---, name: and description:, and ---")
    if len(parts[1].encode()) > FRONT_MATTER_BYTES_MAX:
        raise RegistrationError(
            f"{where}: the front matter is longer than {FRONT_MATTER_BYTES_MAX // 1024} KiB", hint="put what it explains below it"
        )
    return parts[1], parts[2]


def read_front_matter(text: str, where: str) -> FrontMatter:
    """The fields in the YAML of a front matter. Raises RegistrationError that names the file and the line.

    >>> read_front_matter("name: greet\\ndescription: Say hello.", "SKILL.md").name
    'greet'
    """
    fields = _Fields(_mapping(text, where), where)
    return FrontMatter(
        name=fields.name(),
        description=fields.description(),
        license=fields.text("license", 1000),
        compatibility=fields.text("compatibility", COMPATIBILITY_LENGTH_MAX),
        metadata=fields.metadata(),
        allowed_tools=fields.words("allowed-tools"),
        tools=fields.tools("tools"),
        optional_tools=fields.tools("optional-tools"),
    )


class _Fields:
    """The fields of one front matter, each with the line in which it stands."""

    def __init__(self, fields: Mapping[str, Node], where: str) -> None:
        self._fields, self._where = fields, where

    def name(self) -> str:
        name = self._needed("name")
        if not _NAME.fullmatch(name) or len(name) > NAME_LENGTH_MAX:
            raise self._fault(
                "name",
                f"{name[:100]!r} cannot be a skill's name",
                f"use up to {NAME_LENGTH_MAX} lower-case letters, digits and single hyphens",
            )
        return name

    def description(self) -> str:
        description = self._needed("description")
        if len(description) > DESCRIPTION_LENGTH_MAX:
            raise self._fault(
                "description",
                f"the description has {len(description)} characters, at most {DESCRIPTION_LENGTH_MAX} are allowed",
                "it is in every prompt: say when to use the skill, and put the rest below",
            )
        return description

    def text(self, field: str, length: int) -> str | None:
        """A text that may be missing."""
        if self._is_empty(field):
            return None
        if not self._is_text(field):
            raise self._fault(field, f"{field} must be a text")
        value = self._clean(field, str(self._fields[field].value).strip())
        if len(value) > length:
            raise self._fault(field, f"{field} has {len(value)} characters, at most {length} are allowed")
        return value or None

    def metadata(self) -> dict[str, str]:
        from yaml.nodes import MappingNode, ScalarNode

        if self._is_empty("metadata"):
            return {}
        node = self._fields["metadata"]
        if not isinstance(node, MappingNode):
            raise self._fault("metadata", "metadata must be a mapping of names to texts")
        if len(node.value) > METADATA_MAX:
            raise self._fault("metadata", f"metadata has {len(node.value)} entries, at most {METADATA_MAX} are allowed")
        pairs = ((key, value) for key, value in node.value if isinstance(key, ScalarNode) and isinstance(value, ScalarNode))
        return {self._clean("metadata", str(key.value)): self._clean("metadata", str(value.value)) for key, value in pairs}

    def words(self, field: str) -> str | None:
        """A text, or a list of words, as one text."""
        from yaml.nodes import SequenceNode

        node = self._fields.get(field)
        if isinstance(node, SequenceNode):
            return self._clean(field, " ".join(str(one.value) for one in node.value))[:2000] or None
        return self.text(field, 2000)

    def tools(self, field: str) -> tuple[str, ...]:
        if self._is_empty(field):
            return ()
        names = self._names(field)
        if names is None:
            raise self._fault(field, f"{field} must be a list of names")
        for name in names:
            if not _TOOL.fullmatch(name):
                raise self._fault(field, f"{field}: {name[:100]!r} cannot be a tool's name")
        if len(names) > TOOLS_MAX:
            raise self._fault(field, f"{field} has {len(names)} names, at most {TOOLS_MAX} are allowed")
        return tuple(dict.fromkeys(names))

    def _names(self, field: str) -> list[str] | None:
        from yaml.nodes import ScalarNode, SequenceNode

        node = self._fields[field]
        if isinstance(node, ScalarNode):
            return str(node.value).replace(",", " ").split() if node.tag == _STRING else None
        if not isinstance(node, SequenceNode):
            return None
        if not all(isinstance(one, ScalarNode) and one.tag == _STRING for one in node.value):
            return None
        return [str(one.value) for one in node.value]

    def _needed(self, field: str) -> str:
        if field not in self._fields or not self._is_text(field) or not str(self._fields[field].value).strip():
            raise self._fault(field, f"the front matter needs a {field} (text)")
        return self._clean(field, str(self._fields[field].value).strip())

    def _is_text(self, field: str) -> bool:
        from yaml.nodes import ScalarNode

        node = self._fields[field]
        return isinstance(node, ScalarNode) and node.tag == _STRING

    def _is_empty(self, field: str) -> bool:
        node = self._fields.get(field)
        return node is None or node.tag == "tag:yaml.org,2002:null"

    def _clean(self, field: str, value: str) -> str:
        if any(character not in JOINERS and not character.isprintable() and not character.isspace() for character in value):
            raise self._fault(field, f"{field} holds characters that are not printable")
        return value

    def _fault(self, field: str, sentence: str, hint: str | None = None) -> RegistrationError:
        node = self._fields.get(field)
        line = f", line {node.start_mark.line + 2}" if node is not None else ""
        return RegistrationError(f"{self._where}{line}: {sentence}", hint=hint)


def _mapping(text: str, where: str) -> dict[str, Node]:
    """The nodes of the mapping: nothing is made of them, so a date that does not exist is a text like another."""
    import yaml
    from yaml.nodes import MappingNode, ScalarNode

    try:
        _refuse_bombs(yaml.parse(text, Loader=yaml.SafeLoader), where)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 2}" if mark is not None else ""
        raise RegistrationError(f"{where}: the front matter is no valid YAML{line}") from None
    if not isinstance(node, MappingNode) or not all(isinstance(key, ScalarNode) for key, _ in node.value):
        raise RegistrationError(f"{where}: the front matter must hold name: and description:")
    found: dict[str, Node] = {}
    for key, value in _pairs(node):
        if key.value in found:
            raise RegistrationError(f"{where}, line {key.start_mark.line + 2}: {key.value[:100]} stands twice in the front matter")
        found[key.value] = value
    return found


def _refuse_bombs(events: Iterator[Any], where: str) -> None:
    """What few bytes make much of: names for what stands elsewhere, and brackets in brackets, each dearer than the one before."""
    import yaml

    depth = 0
    for event in events:
        line = f"{where}, line {event.start_mark.line + 2}"
        if isinstance(event, yaml.AliasEvent):
            raise RegistrationError(f"{line}: the front matter may not refer to itself (*{event.anchor})")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH_MAX:
            raise RegistrationError(f"{line}: the front matter nests deeper than {DEPTH_MAX} levels")


def _pairs(node: Any) -> Iterator[tuple[Any, Node]]:
    yield from node.value
