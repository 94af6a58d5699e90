"""What an agent reads of its skills before it has loaded any: a line for each, with its name and when to use it."""

from __future__ import annotations

from collections.abc import Iterable

from flowforge.skills.version import SkillVersion

HEAD = (
    "## Skills\n\n"
    "You know how to do these kinds of work. When one of them fits, call load_skill with its name before you begin, and work as it says."
)


def catalogue(versions: Iterable[SkillVersion]) -> str:
    """A section for the prompt; empty where there are no skills.

    A description is somebody's text: it stands on one line, so that it cannot look like a section of its own, and says so where nobody has
    vouched for it.
    """
    lines = [f"- {version.name}: {_note(version)}{' '.join(version.description.split())}" for version in versions]
    return "\n".join([HEAD, "", *lines]) if lines else ""


def _note(version: SkillVersion) -> str:
    return "" if version.vouched else "(from outside, in words that nobody here has vouched for) "
