"""What `dev` and `worker` print when they start: what they registered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from flowforge.cli.figures import until
from flowforge.cli.terminal import Terminal
from flowforge.clock import SYSTEM_CLOCK

if TYPE_CHECKING:
    from flowforge.agents.status import AgentView
    from flowforge.orchestrator.function import Function
    from flowforge.skills.tool import Tool


CODELESS = "  no code here: agents work with built-in, HTTP and MCP tools; for functions name a file, or begin with  flowforge init my-flow"


def registered(
    terminal: Terminal, functions: Iterable[Function], tools: Iterable[Tool], agents: Sequence[AgentView] = (), *, model: str | None = None
) -> list[str]:
    """The lines for functions, agents, tools and the model, each kind only where there is one."""
    own = [function for function in functions if not function.builtin]
    lines = _block(terminal, "functions", [[f.name, _triggers(f), _next(f) or f"retries {f.retries}"] for f in own])
    lines += _block(terminal, "agents", [[agent.name, agent.model, ", ".join((*agent.skills, *agent.tools))] for agent in agents])
    gated = [f"{tool.name} {terminal.paint('⚿ needs approval', 'violet')}" if _asks(tool) else tool.name for tool in tools]
    lines += _block(terminal, "tools", [[" · ".join(gated)]] if gated else [])
    lines += _block(terminal, "LLM", [[model]] if model else [])
    return lines


def as_json(functions: Iterable[Function], tools: Iterable[Tool]) -> dict[str, Any]:
    """The same for programs."""
    own = [function for function in functions if not function.builtin]
    return {
        "functions": [
            {"id": f.function_id, "triggers": [str(trigger) for trigger in f.triggers], "retries": f.retries, "source": f.source}
            for f in own
        ],
        "tools": [{"name": tool.name, "effect": tool.effect, "needs_approval": _asks(tool)} for tool in tools],
    }


def _asks(tool: Tool) -> bool:
    """Whether a call of it asks a person, where the agent says nothing else."""
    from flowforge.skills.policy import needs_approval

    return needs_approval(tool, {}) is not None


def _triggers(function: Function) -> str:
    return ", ".join(map(str, function.triggers)) or "called by its id"


def _next(function: Function) -> str:
    """When a schedule of this function comes next: `next in 4 h 12 m`."""
    now = SYSTEM_CLOCK.now()
    coming = [moment for trigger in function.triggers if trigger.schedule and (moment := trigger.schedule.after(now))]
    return f"next {until(min(coming))}" if coming else ""


def _block(terminal: Terminal, title: str, rows: list[list[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for number, row in enumerate(rows):
        head = f"{title if number == 0 else '':<10}"
        cells = "   ".join(f"{cell:<{size}}" for cell, size in zip(row, widths, strict=True)).rstrip()
        lines.append(f"  {terminal.paint(head, 'dim')} {cells}")
    return lines
