"""What importing costs: the heavy libraries come in only where an agent works."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import flowforge.agents, flowforge.agents.agent, flowforge.agents.work, flowforge.skills.tool, flowforge.skills.publish
heavy = [name for name in ("pydantic_ai", "litellm", "openai", "tiktoken") if name in sys.modules]
assert not heavy, heavy
"""


def test_importing_the_agents_room_imports_neither_pydantic_ai_nor_litellm():
    answer = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)

    assert answer.returncode == 0, answer.stderr
