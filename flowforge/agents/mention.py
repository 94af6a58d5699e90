"""The built-in function `flowforge.agent_mention`: an agent that a comment mentions is woken by it, once.

While the agent works on the card, the comment waits for its run, which reads it at its next turn; a run that ends without having read it
leaves it to this one. In every other case this run is the agent's: it reads the card, its conversation and the comment, and answers by a
reply. It moves no card and takes none, whoever has it. Whose the comment is, is settled in one row: of two that want it, one gets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.briefing import Briefing, note_of, taint_of_comments, words_of
from flowforge.agents.definition import AgentDefinition
from flowforge.agents.framing import RULE
from flowforge.agents.hearing import TRUSTED
from flowforge.agents.loop_tool import AtWork
from flowforge.board.answer import post_answer
from flowforge.board.comment import Comment, find_comment, newest_comments
from flowforge.board.mention import AGENT_MENTIONED, wake_id
from flowforge.board.message import at_work as who_works
from flowforge.board.message import leave_message, standing_of, take_message
from flowforge.board.taint import taint_of_card
from flowforge.board.task import Task, get_task
from flowforge.errors import NonRetryable
from flowforge.orchestrator.function import Function
from flowforge.orchestrator.models.output import Output
from flowforge.orchestrator.trigger import read_triggers
from flowforge.skills.place import hosts_in

if TYPE_CHECKING:
    from flowforge.orchestrator.context import Context
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.registry import Registry
    from flowforge.skills.tool import ToolRegistry

FUNCTION_ID = "flowforge.agent_mention"  # counts against the agent's lane, as all of `flowforge.agent…` do
FIRST_LOOK_SECONDS, LAST_LOOK_SECONDS = 5.0, 600.0  # at whether the run that is to read it has ended without: as long again as it took
COMMENTS_READ_MAX = 30
TO_DO = "Answer the comment: your answer is posted as a reply to it. The card stays where it is."

Outcome = Literal["mine", "wait", "read", "deleted"]


@dataclass(frozen=True)
class Mention:
    """The comment, as the event told it."""

    task_id: UUID
    key: str
    agent_id: UUID
    agent: str
    comment_id: UUID

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Mention:
        try:
            return cls(UUID(data["task_id"]), data["task"], UUID(data["agent_id"]), data["agent"], UUID(data["comment_id"]))
        except (KeyError, TypeError, ValueError):
            hint = "mention the agent in a comment"
            raise NonRetryable(f"a {AGENT_MENTIONED} event that the board did not write", hint=hint) from None


def register_mention(registry: Registry, tools: ToolRegistry, version: str) -> None:
    """Let workers of `registry` wake agents that are mentioned. Twice is once."""

    async def wake(ctx: Context[dict[str, Any]]) -> dict[str, Any]:
        from flowforge.orchestrator.current_execution import current_execution

        return await answer(current_execution(), Mention.of(ctx.event.data), tools)

    if FUNCTION_ID not in registry:
        labels = {"agent_id": "agent_id", "task_id": "task_id"}
        registry.add(Function(FUNCTION_ID, wake, read_triggers(AGENT_MENTIONED), version=version, builtin=True, labels=labels))


async def answer(execution: Execution, mention: Mention, tools: ToolRegistry) -> dict[str, Any]:
    """One run: wait as long as the agent's own run may still read the comment, else answer it."""
    from flowforge.agents.work import lead, prepare, sentence

    outcome = await _whose(execution, mention)
    if outcome != "mine":
        why = {"read": "the run that works on the card has read it", "deleted": "the comment was deleted"}
        return {"task": mention.key, "skipped": why[outcome]}

    async def begin() -> dict[str, Any]:
        briefing = await _briefing(execution, mention)
        return {**await prepare(execution, mention.agent_id, mention.agent, tools), "briefing": briefing.to_json()}

    try:
        begun = await execution.durable("agent", "begin", begin, announce=True)
        definition = AgentDefinition.model_validate(begun["definition"])
        agent = Principal(execution.tenant_id, "agent", mention.agent, mention.agent_id)
        at_work = AtWork(agent, definition, begun["revision"], mention.task_id, mention.key)
        heard = (wake_id(mention.comment_id, mention.agent_id).hex,)
        words, _ = await lead(execution, at_work, begun, Briefing.from_json(begun["briefing"]), tools, Output(None), heard=heard)
    except Exception as error:
        await _post(execution, mention, f"I could not answer this: {sentence(error)}")
        raise
    await _post(execution, mention, words)
    return {"task": mention.key, "answer": words, "revision": begun["revision"]}


async def _whose(execution: Execution, mention: Mention) -> Outcome:
    seconds, looks = FIRST_LOOK_SECONDS, 0
    while True:
        outcome: Outcome = await execution.durable("board", "look", lambda: _look(execution, mention), identity=str(looks))
        if outcome != "wait":
            return outcome
        await execution.wait("sleep", "until it is read", timeout=seconds, identity=str(looks))
        seconds, looks = min(2 * seconds, LAST_LOOK_SECONDS), looks + 1


async def _look(execution: Execution, mention: Mention) -> Outcome:
    """Also settles it: the message's row is this run's afterwards, and no other event about the same comment can have it."""
    pool, tenant_id, run_id = execution.host.database.pool, execution.tenant_id, execution.run_id
    message_id = wake_id(mention.comment_id, mention.agent_id)
    said = await find_comment(pool, tenant_id, mention.task_id, mention.comment_id)
    if said is None or said.deleted_at is not None:
        return "deleted"
    standing = await standing_of(pool, tenant_id, message_id)
    if standing == "none":
        author = Principal(tenant_id, said.author_kind, said.author)
        to = {"message_id": message_id, "task_id": mention.task_id, "run_id": run_id}
        await leave_message(pool, author, mention.agent_id, said.text, kind="mention", **to)
    if standing == "waiting" and mention.agent_id in await who_works(pool, tenant_id, mention.task_id, [mention.agent_id]):
        return "wait"
    return "mine" if await take_message(pool, tenant_id, message_id, run_id) else "read"


async def _briefing(execution: Execution, mention: Mention) -> Briefing:
    """The card, what was said on it so far, and the comment: recorded once, so that a replay reads the same."""
    secret = execution.run_id.hex
    database, tenant_id = execution.host.database, execution.tenant_id
    task = await get_task(database, tenant_id, ids.show("tsk", mention.task_id))
    comments = (await newest_comments(database.pool, tenant_id, [mention.task_id], COMMENTS_READ_MAX)).get(mention.task_id, ())
    asked = await find_comment(database.pool, tenant_id, mention.task_id, mention.comment_id)
    before = [said for said in comments if said.deleted_at is None and said.comment_id != mention.comment_id]
    came = await taint_of_card(database.pool, tenant_id, mention.task_id)
    tainted = {*came, *taint_of_comments([*before, *([asked] if asked is not None else [])])}
    parts = [
        f"You are mentioned in a comment on the card {task.key}, which is {_with_whom(task, mention)}. {TO_DO}",
        f"# {task.key} {task.title}\n\n{task.description}".strip(),
        *([note_of(came)] if came else []),
        *(["## Comments so far", *(_told(said, secret) for said in before)] if before else []),
        "## The comment to answer",
        *([_told(asked, secret)] if asked is not None else []),
        *([RULE] if tainted else []),
    ]
    said = [one.text for one in (*before, *([asked] if asked is not None else [])) if one.author_kind in TRUSTED]
    hosts = hosts_in(*said, *([] if came else [task.title, task.description]))
    return Briefing("\n\n".join(parts), tuple(sorted(tainted)), tuple(sorted(hosts)))


def _with_whom(task: Task, mention: Mention) -> str:
    if task.assignee is None:
        return "assigned to nobody"
    return "yours" if task.assignee.id == mention.agent_id else f"assigned to {task.assignee.name}, not to you"


def _told(said: Comment, secret: str) -> str:
    return f"{said.author} ({said.author_kind}) said:\n{words_of(said, secret)}"


async def _post(execution: Execution, mention: Mention, words: str) -> None:
    """The answer's id follows from the comment, so a repeat says nothing twice."""
    host = execution.host

    async def post() -> None:
        agent = Principal(execution.tenant_id, "agent", mention.agent, mention.agent_id)
        comment_id = ids.derived_id(mention.comment_id, f"answer of {mention.agent_id.hex}")
        await post_answer(host.database, agent, mention.task_id, mention.comment_id, words, comment_id=comment_id, bell=host.bell)

    await execution.durable("board", "answer", post, input={"text": words}, announce=True)
