"""Every page of the dashboard, each with what can be read there once its answers are in. A test compares this table with the router."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROUTER = Path(__file__).parents[2] / "web/src/router.tsx"
SECTIONS = ROUTER.parent / "settings/sections.ts"


@dataclass(frozen=True)
class Seen:
    """`{names}` in an address are places of the furnished tenant. `shows` stands on the page there, `empty` where nothing has happened."""

    name: str
    path: str
    shows: str
    empty: str | None = None
    asks: bool = True  # whether it fetches anything of its own

    def at(self, places: Mapping[str, str]) -> str:
        return self.path.format(**places)

    @property
    def pattern(self) -> str:
        """The address without what differs from tenant to tenant: that of its route."""
        return self.path.partition("?")[0]


def _settings(name: str, shows: str, *, asks: bool = True) -> Seen:
    return Seen(f"settings-{name}", f"/settings/{name}", shows, shows, asks)


PAGES = (
    Seen("board", "/board", "Refund ORD-9301", "Make a sample task"),
    Seen("board-filtered", "/board?label=refund&q=ORD", "Refund ORD-9301"),
    Seen("task", "/board/{task}", "Ada Reyes writes"),
    Seen("task-work", "/board/{task}?view=work", "issue_refund"),
    Seen("task-activity", "/board/{task}?view=activity", "commented"),
    Seen("approvals", "/approvals", "wants to issue_refund", "Nothing waits for you"),
    Seen("approval", "/approvals/{approval}", "wants to issue_refund"),
    Seen("approvals-today", "/approvals?view=today", "Approved with changes", "Nothing"),
    Seen("approvals-grants", "/approvals?view=grants", "Everything is asked", "Everything is asked"),
    Seen("approvals-away", "/approvals?view=away", "Hand on", "Hand on"),
    Seen("inbox", "/inbox", "atlas"),
    Seen("inbox-questions", "/inbox?view=questions", "maya", "No agent asks"),
    Seen("inbox-mail", "/inbox?view=mail", "At once"),
    Seen("agents", "/agents", "kepler", "Register an agent"),
    Seen("agents-teams", "/agents?view=teams", "support", "team"),
    Seen("agent", "/agents/kepler", "search_notes"),
    Seen("agent-runs", "/agents/atlas?view=runs", "done"),
    Seen("agent-tasks", "/agents/atlas?view=tasks", "Refund ORD-9301"),
    Seen("agent-skills", "/agents/atlas?view=skills", "refunds"),
    Seen("agent-memory", "/agents/kepler?view=memory", "Northpost is slow in October"),
    Seen("agent-triggers", "/agents/maya?view=triggers", "ticket/opened"),
    Seen("agent-costs", "/agents/atlas?view=costs", "claude-sonnet-4.5"),
    Seen("agent-limits", "/agents/atlas?view=limits", "turn"),
    Seen("agent-definition", "/agents/atlas?view=definition", "Settle refunds"),
    Seen("runs", "/runs", "count_stock", "Nothing has run yet"),
    Seen("runs-failed", "/runs?state=failed&since=24h", "process_order"),
    Seen("run", "/runs/{done}", "validate"),
    Seen("run-step", "/runs/{judged}?step=fraud", "gpt-4o"),
    Seen("run-failed", "/runs/{failed}?step=validate", "KeyError"),
    Seen("run-waiting", "/runs/{waiting}", "payment"),
    Seen("run-cached", "/runs/{replay}", "cached"),
    Seen("run-agent", "/runs/{agent_run}", "issue_refund"),
    Seen("compare", "/runs/{replay}/compare/{judged}?step=note", "note"),
    Seen("events", "/events", "stock/counted", "No event has come in yet"),
    Seen("event", "/events/{event}", "review_large_order"),
    Seen("event-unmatched", "/events/{unmatched}", "very/long"),
    Seen("functions", "/functions", "process_order", "process_order"),
    Seen("queue", "/functions?view=queue", "flowforge.agent", "wait"),
    Seen("function", "/functions/process_order", "order/created", "order/created"),
    Seen("costs", "/costs", "claude-sonnet-4.5", "No model was called yet"),
    Seen("budgets", "/costs?view=budgets&budget=each-agent", "each-agent", "Nothing limits what is spent"),
    Seen("prices", "/costs?view=prices", "house-model"),
    Seen("model-limits", "/costs?view=limits", "450", "limit"),
    Seen("skills", "/skills", "refunds", "skill"),
    Seen("skill", "/skills/refunds", "Look the order up first."),
    Seen("skill-files", "/skills/refunds?view=files", "SKILL.md"),
    Seen("skill-versions", "/skills/refunds?view=versions", "What changed"),
    Seen("skill-diff", "/skills/refunds?view=diff&from=1&to=2", "Never twice."),
    Seen("tools", "/tools", "get_parcel", "issue_refund"),
    Seen("tool", "/tools?tool=get_parcel", "api.example.com"),
    Seen("servers", "/tools?view=servers", "tracker", "MCP"),
    Seen("server", "/tools?view=servers&server=tracker", "mcp.example.com"),
    Seen("web", "/tools?view=web", "Who searches for them", "Who searches for them"),
    Seen("audit", "/audit", "Who", "Nothing was done here yet"),
    Seen("heads", "/audit?view=heads", "key", "key"),
    _settings("board", "Backlog"),
    _settings("people", "Nobody has an account here"),
    _settings("keys", "key"),
    _settings("secrets", "secret"),
    _settings("policies", "polic"),
    _settings("alerts", "alert"),
    _settings("webhooks", "webhook"),
    _settings("retention", "Counted from their arrival"),
    _settings("limits", "minute"),
    _settings("privacy", "person"),
    _settings("account", "sign", asks=False),
    _settings("appearance", "Dark", asks=False),
    _settings("inbox", "mail"),
    _settings("tenants", "tenant"),
    _settings("about", "Version"),
)


def routes() -> set[str]:
    """The addresses that the router knows, but those that lead on to another."""
    text = ROUTER.read_text()
    shown = re.findall(r'path: "([^"]+)",(?:(?!createRoute)[\s\S])*?component:', text)
    return set(shown)


def sections() -> set[str]:
    """The parts of the settings."""
    return set(re.findall(r'\bname: "(\w+)"', SECTIONS.read_text()))
