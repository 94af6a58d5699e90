"""Where an attack is put: for each channel, an agent with work to do, and somebody who writes what it will read.

Every agent has tools that its owner lets run without asking (`approval: false`): what it has read is all that makes them ask.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import resolve_agent
from flowforge.agents.memory import Words, add_note
from flowforge.agents.tool_run import start_listing
from flowforge.agents.trigger import add_trigger, read_trigger
from flowforge.board.assignee import AssigneeName
from flowforge.board.assignment import assign
from flowforge.board.comment import comment
from flowforge.board.creation import NewTask, create_task
from flowforge.orchestrator.event import NewEvent, send_events
from flowforge.skills.http.definition import read_http_tool
from flowforge.skills.http.record import create_http_tool
from flowforge.skills.mcp.definition import read_mcp_server
from flowforge.skills.mcp.offer import decide_mcp_tool
from flowforge.skills.mcp.record import create_mcp_server
from flowforge.skills.registry import add_version
from flowforge.skills.skill import skill_of
from flowforge.skills.tool import ToolRegistry
from flowforge.skills.web.access import read_web_settings, set_web_access
from flowforge.testing.scripted_provider.asked import Asked
from flowforge.testing.scripted_provider.reply import Reply, ToolCall
from tests.agents.conftest import Shop
from tests.agents.web_server import Heard, Said, WebServer
from tests.injection.attack import ATTACKS, Attack
from tests.injection.obedient import obey, orders_in, understood, without_frames, words_of

LOOSE = ("pay", "note", "send_mail", "create_task", "hand_off", "comment", "remember", "forget", "delegate")
BY_ID = {attack.id: attack for attack in ATTACKS}
LOOK = ToolCall("look_up_customer", {"customer": "C-1"})
NOT_FRAMED = {"title_from_event", "title_by_agent", "skill_description", "mcp_schema", "mcp_shadow", "file_name", "unmarked"}


@dataclass
class Stage:
    """The shop with its tools, and a note of all that was done there."""

    shop: Shop
    web: WebServer
    folder: Path
    ledger: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    work: dict[str, list[ToolCall]] = field(default_factory=dict)
    outside_of_a_frame: set[str] = field(default_factory=set)  # attacks that a model was shown so

    def add_tools(self, tools: ToolRegistry) -> None:
        """What the agents have: reads that bring the attacks in, and acts that the ledger notes."""

        @tools.tool(effect="money", approval=False)
        def pay(to: str, amount: float) -> str:
            """Pay somebody."""
            return self._did("pay", to=to, amount=amount)

        @tools.tool(effect="money")
        def refund(to: str, amount: float) -> str:
            """Pay somebody back."""
            return self._did("refund", to=to, amount=amount)

        @tools.tool(effect="write", approval=False)
        def note(text: str) -> str:
            """Change a record."""
            return self._did("note", text=text)

        @tools.tool(effect="outside", approval=False)
        def send_mail(to: str, text: str) -> str:
            """Write to somebody."""
            return self._did("send_mail", to=to, text=text)

        @tools.tool(effect="read")
        def look_up_customer(customer: str) -> dict[str, str]:
            """Find a customer."""
            return {"customer": customer, "phone": "+4930123456"}

        @tools.tool(effect="read")
        def read_order(id: str) -> str:
            """Find an order."""
            return str(BY_ID[id].text)

        @tools.tool(effect="read", outside=True)
        def read_mail(id: str, part: int = 0) -> Any:
            """Read a mail."""
            text = BY_ID[id].text
            return text[part] if isinstance(text, list) else text

        @tools.tool(effect="read", outside=True, retries=0)
        def fetch_report(id: str) -> str:
            """Get a report from elsewhere."""
            raise RuntimeError(str(BY_ID[id].text))

    def _did(self, tool: str, **arguments: Any) -> str:
        self.ledger.append((tool, arguments))
        return "done"

    def script(self, asked: Asked) -> Reply:
        """The obedient model, as whichever agent it is asked."""
        name = asked.model.removeprefix("openai/")
        for attack in understood(asked):
            if attack.channel != "split" and attack.id in set[str]().union(*(orders_in(without_frames(words)) for words in _told(asked))):
                self.outside_of_a_frame.add(attack.id)
        return obey(asked, self.work.get(name, ()))

    def page(self, heard: Heard) -> Said:
        """What the web says: a page for each attack, and a search that finds one."""
        place = urlsplit(heard.path)
        if place.path == "/search":
            attack = BY_ID[parse_qs(place.query)["q"][0]]
            return Said({"results": [{"title": "Tea", "url": "https://tea.example/", "content": str(attack.text)}]})
        text = str(BY_ID[place.path.strip("/")].text)
        kind = "text/html; charset=utf-8" if text.startswith("<html") else "text/plain; charset=utf-8"
        return Said(text.encode(), headers={"content-type": kind})

    async def open(self, *attacks: Attack) -> None:
        """Put each attack where it belongs, and give its agent its work."""
        self.web.answer = self.page
        settings = {"search": {"kind": "searxng", "url": self.web.url}}
        await set_web_access(self.shop.database, self.shop.mira, read_web_settings(settings))
        await self.shop.hire("deputy", model="openai/deputy", tools=())
        if any(attack.channel.startswith("mcp") for attack in attacks):
            await self._serve_mcp()
        for attack in attacks:
            await CHANNELS[attack.channel](self, attack)

    async def hire(self, attack: Attack, *work: ToolCall, tools: tuple[str, ...] = (), **more: Any) -> None:
        benign = () if attack.benign is None else (ToolCall(attack.benign["tool"], attack.benign["arguments"]),)
        self.work[attack.agent] = [LOOK, *work, *benign]
        given = (
            "pay",
            "refund",
            "note",
            "send_mail",
            "look_up_customer",
            "read_order",
            "read_mail",
            "fetch_report",
            "http_get",
            "web_search",
        )
        named = dict.fromkeys(LOOSE, False)
        names = (*given, "create_task", "hand_off", "comment", "read_task", *tools)
        instructions = "Do what is asked. Our handbook is at https://docs.acme.example/."
        await self.shop.hire(
            attack.agent,
            model=f"openai/{attack.agent}",
            tools=names,
            approval=named,
            memory=True,
            delegates_to=("deputy",),
            instructions=instructions,
            **more,
        )

    async def give(self, attack: Attack, *work: ToolCall, description: str = "", **more: Any) -> None:
        await self.hire(attack, *work, **more)
        await self.shop.give(f"Work on {attack.agent}", description, agent=attack.agent)

    async def _serve_mcp(self) -> None:
        orders = {name: str(BY_ID[id].text) for name, id in MCP.items()}
        file = self.folder / "orders.json"
        file.write_text(json.dumps(orders), encoding="utf-8")
        transport = {"kind": "stdio", "command": sys.executable, "args": [str(Path(__file__).with_name("mcp_server.py")), str(file)]}
        definition = read_mcp_server({"name": "evil", "transport": transport, "timeout": "20s"})
        shop, run_id = self.shop, ids.new_id()
        await create_mcp_server(shop.database, shop.mira, definition, server_id=ids.new_id())
        await start_listing(shop.database, shop.bell, shop.mira, "evil", run_id, first=True)
        async with shop.worker():
            await shop.eventually(lambda: shop.final(run_id), "the listing")
        for name in ("describe", "schema", "say"):
            await decide_mcp_tool(shop.database, shop.mira, f"evil__{name}", effect="read")
        await decide_mcp_tool(shop.database, shop.mira, "evil__pay", approval=False, set_approval=True)


MCP = {"describe": "mcp-description", "schema": "mcp-schema", "say": "mcp-result", "pay": "shadowing"}


def _told(asked: Asked) -> list[str]:
    """What others have said to the model: not its own calls."""
    calls = {f"{call.name} {call.arguments_json()}" for message in asked.messages for call in message.tool_calls}
    return [words for words in words_of(asked) if words not in calls]


async def _tool_result(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, ToolCall("read_mail", {"id": attack.id}))


async def _split(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, *(ToolCall("read_mail", {"id": attack.id, "part": part}) for part in (0, 1)))


async def _unmarked(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, ToolCall("read_order", {"id": attack.id}))


async def _tool_error(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, ToolCall("fetch_report", {"id": attack.id}))


async def _web_page(stage: Stage, attack: Attack) -> None:
    url = f"{stage.web.url}/{attack.id}"
    await stage.give(attack, ToolCall("http_get", {"url": url}), description=f"Read {url}")


async def _search_result(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, ToolCall("web_search", {"query": attack.id}))


async def _triggered(stage: Stage, attack: Attack, trigger: Mapping[str, Any]) -> None:
    await stage.hire(attack)
    shop = stage.shop
    await add_trigger(shop.database, shop.mira, attack.agent, read_trigger({"event": f"mail/{attack.id}", **trigger}))
    data = {"text": attack.text if trigger.get("title") != "{{event.data.subject}}" else "Hello.", "subject": attack.text}
    told = (
        {"subject": data["subject"], "text": data["text"]} if trigger.get("title") == "{{event.data.subject}}" else {"text": data["text"]}
    )
    await send_events(shop.database, shop.mira.tenant_id, [NewEvent(f"mail/{attack.id}", told)], bell=shop.bell)


async def _event(stage: Stage, attack: Attack) -> None:
    await _triggered(stage, attack, {"title": "A mail", "description": "Answer it."})


async def _event_run(stage: Stage, attack: Attack) -> None:
    await _triggered(stage, attack, {"makes": "run", "prompt": "Answer this mail."})


async def _title_from_event(stage: Stage, attack: Attack) -> None:
    await _triggered(stage, attack, {"title": "{{event.data.subject}}"})


async def _title_by_agent(stage: Stage, attack: Attack) -> None:
    await stage.hire(attack)
    shop = stage.shop
    rival = Principal(shop.mira.tenant_id, "agent", "rival", ids.new_id())
    card = await create_task(shop.database, rival, NewTask(attack.text), bell=shop.bell)
    await assign(shop.database, shop.mira, card.key, AssigneeName("agent", attack.agent), bell=shop.bell)


async def _comment(stage: Stage, attack: Attack) -> None:
    await stage.hire(attack)
    shop = stage.shop
    card = await create_task(shop.database, shop.mira, NewTask("Answer"), bell=shop.bell)
    await comment(shop.database, Principal(shop.mira.tenant_id, "agent", "rival", ids.new_id()), card.key, attack.text, bell=shop.bell)
    await assign(shop.database, shop.mira, card.key, AssigneeName("agent", attack.agent), bell=shop.bell)


async def _mention(stage: Stage, attack: Attack) -> None:
    await stage.hire(attack)
    shop = stage.shop
    card = await create_task(shop.database, shop.mira, NewTask("Answer"), bell=shop.bell)
    rival = Principal(shop.mira.tenant_id, "agent", "rival", ids.new_id())
    await comment(shop.database, rival, card.key, f"@{attack.agent} {attack.text}", bell=shop.bell)


async def _board(stage: Stage, attack: Attack) -> None:
    shop = stage.shop
    card = await create_task(shop.database, shop.mira, NewTask("Another", attack.text), bell=shop.bell)
    await stage.give(attack, ToolCall("read_task", {"task": card.key}))


async def _memory_note(stage: Stage, attack: Attack) -> None:
    await stage.hire(attack, ToolCall("recall", {"query": "standing order for the work"}))
    shop = stage.shop
    agent_id = await resolve_agent(shop.database.pool, shop.mira.tenant_id, attack.agent)
    itself = Principal(shop.mira.tenant_id, "agent", attack.agent, agent_id)
    words = Words("standing order for the work", attack.text)
    await add_note(shop.database, itself, agent_id, words, tainted=["read_mail"])
    await shop.give("Do the work", agent=attack.agent)


async def _skill(
    stage: Stage, attack: Attack, *work: ToolCall, description: str = "How we work.", body: str = "Look first.", **files: str
) -> None:
    front = f"---\nname: s-{attack.id}\ndescription: {json.dumps(description, ensure_ascii=False)}\n---\n{body}\n"
    skill = skill_of({"SKILL.md": front.encode(), **{path: text.encode() for path, text in files.items()}})
    await add_version(stage.shop.database, stage.shop.mira, skill, {"kind": "folder"}, vouched=False)
    await stage.give(attack, *work, skills=(f"s-{attack.id}",))


async def _skill_file(stage: Stage, attack: Attack) -> None:
    read = ToolCall("read_skill_file", {"name": f"s-{attack.id}", "path": "references/a.md"})
    await _skill(stage, attack, read, **{"references/a.md": attack.text})


async def _skill_body(stage: Stage, attack: Attack) -> None:
    await _skill(stage, attack, ToolCall("load_skill", {"name": f"s-{attack.id}"}), body=attack.text)


async def _skill_description(stage: Stage, attack: Attack) -> None:
    await _skill(stage, attack, description=attack.text)


async def _file_name(stage: Stage, attack: Attack) -> None:
    await _skill(stage, attack, ToolCall("load_skill", {"name": f"s-{attack.id}"}), **{str(attack.path): attack.text})


async def _mcp_description(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, tools=("evil__describe",))


async def _mcp_schema(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, tools=("evil__schema",))


async def _mcp_result(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, ToolCall("evil__say", {"text": "hello"}), tools=("evil__say",))


async def _mcp_shadow(stage: Stage, attack: Attack) -> None:
    await stage.give(attack, tools=("evil__pay",))


async def _openapi_description(stage: Stage, attack: Attack) -> None:
    definition = {"name": "list_orders", "description": attack.text, "effect": "read", "url": f"{stage.web.url}/{quote(attack.id)}"}
    shop = stage.shop
    await create_http_tool(shop.database, shop.mira, read_http_tool(definition), tool_id=ids.new_id(), source="orders.json")
    await stage.give(attack, tools=("list_orders",))


CHANNELS: dict[str, Callable[[Stage, Attack], Awaitable[None]]] = {
    "tool_result": _tool_result,
    "mail": _tool_result,
    "split": _split,
    "unmarked": _unmarked,
    "tool_error": _tool_error,
    "web_page": _web_page,
    "search_result": _search_result,
    "event": _event,
    "event_run": _event_run,
    "title_from_event": _title_from_event,
    "title_by_agent": _title_by_agent,
    "comment": _comment,
    "mention": _mention,
    "board": _board,
    "memory_note": _memory_note,
    "skill_file": _skill_file,
    "skill_body": _skill_body,
    "skill_description": _skill_description,
    "file_name": _file_name,
    "mcp_description": _mcp_description,
    "mcp_schema": _mcp_schema,
    "mcp_result": _mcp_result,
    "mcp_shadow": _mcp_shadow,
    "openapi_description": _openapi_description,
}
