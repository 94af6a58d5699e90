"""A tenant in which all there is has happened, made by the API: who looks at a page of it sees what that page is for.

Some of it goes on for as long as it is looked at; `close` ends that. Texts are as long and as foreign as people's are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

LONG = "Find out why the parcels of the northern depot arrive late, and tell everybody who wrote to us about it " * 5
RTL = "تحديث بيانات العملاء قبل نهاية الأسبوع"
EMOJI = "Pack 📦📦📦 and send 🚚 👩🏽‍🚀 before noon"
UNBROKEN = "ORD-" + "9218" * 40
SKILL = "---\nname: {name}\ndescription: {description}\ntools: [lookup_order]\n---\n# {title}\n\n{text}\n"
REFUNDS = (
    "1. Look the order up first.\n2. Refund what the customer paid, never more.\n\n"
    "| up to | who decides |\n|---|---|\n| $50 | nobody |\n| $5,000 | one person |"
)
TOOL = {
    "name": "get_parcel",
    "description": "Find a parcel by its number, at the carrier that has it.",
    "effect": "read",
    "url": "https://api.example.com/parcels/{parcel}",
    "parameters": {"type": "object", "properties": {"parcel": {"type": "string"}}, "required": ["parcel"]},
}
POLICY = {
    "name": "refunds",
    "rules": [
        {"tool": ["issue_refund"], "when": "args.amount <= 5000.0", "action": "require", "reason": "a person looks at every refund"},
        {"tool": ["issue_refund"], "action": "deny", "reason": "nobody refunds so much at once"},
    ],
}
ENDED = ("completed", "failed", "cancelled", "retrying")


class Workplace:
    """What was made, and where to find it: `places` fills the addresses of pages, `runs` go on until `close`."""

    def __init__(self, api: httpx.AsyncClient) -> None:
        self.api = api
        self.places: dict[str, str] = {}
        self.going: list[str] = []

    async def furnish(self) -> None:
        """In the order in which people would: who works here, what they may do and spend, their work, and what comes of it."""
        await self._hire()
        await self._set_rules()
        await self._hand_out_work()
        await self._start_functions()
        await self._talk()
        await self._decide_one()
        await self._replay()
        await self.ask("GET", "/v1/audit/export")  # the log's head is signed

    async def close(self) -> None:
        """End what would go on."""
        for run in (await self.ask("GET", "/v1/runs?state=running"))["data"]:
            await self.api.post(f"/v1/runs/{run['id']}/cancellation")

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.api.request(method, path, json=body)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:400]}"
        try:
            return answer.json() if answer.content else None
        except ValueError:
            return answer.text

    async def until(self, path: str, is_so: Callable[[Any], bool]) -> Any:
        """Ask until it is so: what happens meanwhile is the server's own doing."""
        async with asyncio.timeout(40):
            while not is_so(found := await self.ask("GET", path)):
                await asyncio.sleep(0.05)
        return found

    async def _hire(self) -> None:
        for person in ("operator", "Mira Lund", "Oskar"):
            await self.ask("POST", "/v1/users", {"name": person})
        for name, description, text in (
            ("refunds", "How we pay back, and how much.", REFUNDS),
            ("a-skill-whose-name-is-as-long-as-a-name-may-be-of-sixty-four-ch", LONG[:900], LONG),
        ):
            files = {"SKILL.md": SKILL.format(name=name, description=description, title=name.capitalize(), text=text)}
            await self.ask("POST", "/v1/skills", {"files": {**files, "references/limits.md": "Up to 300 dollars.\n"}})
        files = {
            "SKILL.md": SKILL.format(name="refunds", description="How we pay back.", title="Refunds", text=REFUNDS + "\n\nNever twice.")
        }
        await self.ask("POST", "/v1/skills", {"files": files})
        await self.ask("POST", "/v1/tools", TOOL)
        tracker = {"kind": "http", "url": "https://mcp.example.com/mcp"}
        await self.ask("POST", "/v1/mcp_servers", {"name": "tracker", "description": "Our issues.", "transport": tracker})
        for agent in AGENTS:
            await self.ask("POST", "/v1/agents", agent)
        await self.ask(
            "POST", "/v1/teams", {"name": "support", "lead": "maya", "members": ["atlas", "kepler"], "description": "Who answers."}
        )
        note = {
            "title": "Northpost is slow in October",
            "text": "Its depot in Hamar had a new scanner.",
            "tags": ["carriers"],
            "pinned": True,
        }
        await self.ask("POST", "/v1/agents/kepler/memory", note)
        await self.ask("POST", "/v1/agents/maya/triggers", {"event": "ticket/opened", "title": "Answer {{event.data.subject}}"})

    async def _set_rules(self) -> None:
        for budget in (
            {"name": "month", "scope": "tenant", "amount": "250", "period": "month"},
            {"name": "each-agent", "scope": "agent", "unit": "calls", "amount": "12", "period": "day", "over": "ask"},
        ):
            await self.ask("POST", "/v1/budgets", budget)
        await self.ask("PUT", "/v1/model_limits/gpt-4o", {"tokens_per_minute": 450_000, "requests_per_minute": 500})
        await self.ask("PUT", "/v1/prices/house-model", {"input": "0.15", "output": "0.60"})
        await self.ask("POST", "/v1/policies", POLICY)
        hook = {"kind": "webhook", "secret_env": "FLOWFORGE_ALERT_SECRET", "url": "https://hooks.example.com/alerts"}
        await self.ask("POST", "/v1/alert_channels", {"name": "on-call", "settings": hook})
        rule = {"name": "orders-fail", "kind": "failed_runs", "channels": ["on-call"], "function": "process_order", "threshold": 3}
        await self.ask("POST", "/v1/alert_rules", {**rule, "window": "10m"})
        shop = {
            "url": "https://hooks.example.com/flowforge",
            "events": ["run.failed", "approval.*"],
            "description": "The shop's back office",
        }
        await self.ask("POST", "/v1/webhook_endpoints", shop)
        for name, scopes in (
            ("ci", ["events:send", "runs:read"]),
            ("the shop, with a name that goes on and on until it breaks", ["*:read"]),
        ):
            await self.ask("POST", "/v1/keys", {"name": name, "scopes": scopes, "expires_in": "90d"})
        for name, value in (("stripe", "sk_live_a_secret_1"), ("provider.openai", "sk-aaaaaaaaaaaaaaaaaaaa")):
            await self.ask("POST", "/v1/secrets", {"name": name, "value": value})
        await self.ask("POST", "/v1/filters", {"name": "Mine", "query": {"assignee": "operator"}, "shared": True})
        await self.ask("PATCH", "/v1/boards/FF/columns/Doing", {"wip_limit": 8})

    async def _start_functions(self) -> None:
        """One run in every state, and events that started several functions, and none."""
        for number in range(9):
            await self._send("parcel/handed_in", parcel_id=f"P-{number}", weight=0.5 * number, express=number % 3 == 0)
        done = await self._send("order/created", order_id="ORD-1000", total=1420, customer="Ada Reyes")
        failed = await self._send("order/created", total=420)  # without an order: its first step fails
        await self._send("order/created", order_id=UNBROKEN, total=20, wait=True)
        waiting = await self._send("order/created", order_id="ORD-7", total=20, wait=True)
        await self._send("stock/counted", shelf="A")
        await self._send("stock/synced", since="2026-11-01")
        judged = await self._send("order/doubted", order_id="ORD-1001", total=980)
        nobody = await self._send(
            "very/long/" + "name-" * 40, title=LONG, rtl=RTL, emoji="📦" * 20, deep={"a": {"b": {"c": [1, 2, {"d": None}]}}}
        )
        for name, sent in (("done", done), ("failed", failed), ("judged", judged)):
            [run, *_] = [run for run in sent["runs"] if (await self.ask("GET", f"/v1/runs/{run}"))["function"] != "review_large_order"]
            await self.until(f"/v1/runs/{run}", lambda found: found["state"] in ENDED)
            self.places[name] = run
        self.places |= {"waiting": waiting["runs"][0], "event": done["id"], "unmatched": nobody["id"]}

    async def _send(self, name: str, **data: Any) -> Any:
        return (await self.ask("POST", "/v1/events", {"name": name, "data": data}))["data"][0]

    async def _hand_out_work(self) -> None:
        for task in TASKS:
            made = await self.ask("POST", "/v1/tasks", task)
            self.places.setdefault("task", made["key"])
        later = [
            {"title": LONG[:500], "labels": ["a-very-long-label-name-that-goes-on", "b", "c", "d", "e"], "parent": self.places["task"]},
            {"title": "Tell the customers", "assignee": {"agent": "maya"}, "depends_on": [self.places["task"]]},
        ]
        for task in later:
            await self.ask("POST", "/v1/tasks", task)
        await self.until("/v1/approvals?state=pending", lambda found: len(found["data"]) >= GATED)
        await self.until("/v1/questions?state=open", lambda found: len(found["data"]) >= 1)

    async def _talk(self) -> None:
        task = self.places["task"]
        for text in ('Ada wrote again. **Please** be quick, @"Mira Lund".', f"{RTL} {EMOJI}", UNBROKEN):
            await self.ask("POST", f"/v1/tasks/{task}/comments", {"text": text})
        await self.ask("PUT", f"/v1/tasks/{task}/watchers/operator")

    async def _decide_one(self) -> None:
        [first, second, *_] = (await self.ask("GET", "/v1/approvals?state=pending"))["data"]
        edited = {**first["arguments"], "amount": 300}
        await self.ask("POST", f"/v1/approvals/{first['id']}/decision", {"approved": True, "edited_args": edited})
        self.places |= {"approval": second["id"], "decided": first["id"], "agent_run": first["run"]}
        await self.until(f"/v1/runs/{first['run']}", lambda found: found["state"] in ENDED)

    async def _replay(self) -> None:
        """A run of which some steps are those of another: cached, and free."""
        replay = await self.ask("POST", f"/v1/runs/{self.places['judged']}/replays", {"from_step": "note"})
        self.places["replay"] = replay["run"]
        await self.until(f"/v1/runs/{replay['run']}", lambda found: found["state"] in ENDED)


AGENTS: tuple[dict[str, Any], ...] = (
    {
        "name": "atlas",
        "model": "claude-sonnet-4.5",
        "description": "Settles refunds",
        "instructions": "Settle refunds. Look the order up first.",
        "tools": ["lookup_order", "issue_refund"],
        "skills": ["refunds"],
        "budget": "5.00/day",
        "concurrency": 4,
    },
    {
        "name": "kepler",
        "model": "gpt-4o",
        "description": "Finds out why",
        "instructions": "Search until you know.",
        "tools": ["search_notes"],
        "memory": True,
    },
    {
        "name": "maya",
        "model": "gpt-4o-mini",
        "description": "Writes to customers",
        "instructions": "Write short and warm.",
        "tools": ["ask_human"],
        "delegates_to": ["kepler"],
    },
    {
        "name": "an-agent-whose-name-is-as-long-as-names-of-agents-may-be",
        "model": "openai/nobody-knows",
        "description": LONG[:300],
        "instructions": LONG,
    },
)
GATED = 3
TASKS: tuple[dict[str, Any], ...] = (
    {
        "title": "Refund ORD-9218",
        "description": "Ada Reyes writes: my parcel **never arrived**. Refund $420.\n\n- [ ] see `ORD-9218`\n- tell her\n\n<b>not bold</b>",
        "assignee": {"agent": "atlas"},
        "labels": ["refund"],
        "priority": "urgent",
        "owner": "Mira Lund",
        "checklist": ["find the order", "pay", f"tell her {EMOJI}"],
        "due_at": (datetime.now(UTC) + timedelta(hours=20)).isoformat(),
    },
    {"title": "Refund ORD-9301", "description": "Refund $96.", "assignee": {"agent": "atlas"}, "labels": ["refund"]},
    {"title": f"Refund ORD-9444 {LONG[:300]}", "description": "Refund $1,280.50.", "assignee": {"agent": "atlas"}, "priority": "high"},
    {
        "title": "Find out why parcels were lost in October",
        "description": "Eleven customers wrote.",
        "assignee": {"agent": "kepler"},
        "labels": ["shipping"],
    },
    {"title": "Write to Ben Okafor about his lamp", "assignee": {"agent": "maya"}, "labels": ["customers"]},
    {"title": "Say hello", "assignee": {"agent": "an-agent-whose-name-is-as-long-as-names-of-agents-may-be"}},
    {"title": "Decide how long a refund may take", "assignee": {"user": "operator"}, "column": "Todo", "priority": "high"},
    {"title": RTL, "column": "Todo", "assignee": {"user": "Mira Lund"}},
    {"title": EMOJI, "column": "Backlog", "labels": ["shipping"], "due_at": "2026-01-02T08:00:00Z"},
    {"title": UNBROKEN, "column": "Backlog", "description": UNBROKEN},
    {"title": "Close the books of October", "assignee": {"user": "Oskar"}, "column": "Done"},
    {"title": "Send the new price list", "column": "Done", "checklist": ["write", "send"]},
)
