"""What an agent reads before its first turn: who it is, what it was taught, and the card it works on."""

from __future__ import annotations

from collections.abc import Sequence

from flowforge.agents.definition import AgentDefinition
from flowforge.skills.catalogue import catalogue
from flowforge.skills.version import SkillVersion


def instructions(definition: AgentDefinition, skills: Sequence[SkillVersion]) -> str:
    """The instructions of a run, one section after the other. Of its skills it holds names and descriptions."""
    return "\n\n".join([definition.instructions, catalogue(skills)]).strip()


def opening(title: str, description: str) -> str:
    """How the conversation about a card begins."""
    return f"# {title}\n\n{description}".strip()
