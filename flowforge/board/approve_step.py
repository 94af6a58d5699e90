"""`step.approve`: ask a person, and wait for the answer while holding nothing.

The wait is a row of the run; its `look` puts the question into the review queue, once, and then looks whether somebody has
answered. A decision wakes the run in its own transaction, and the answer that the run gets is the stored one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.audit import log as audit
from flowforge.board.approval import Decision
from flowforge.board.approval_notice import decided_frame, tell_requested
from flowforge.board.approver import put_before_approvers
from flowforge.board.arguments import hash_of, shape_of
from flowforge.board.decision import expire
from flowforge.board.queries import sql
from flowforge.board.text import line, mended
from flowforge.crash import crash_point
from flowforge.db.queries import Connection
from flowforge.durations import Duration, seconds
from flowforge.errors import InvalidInput
from flowforge.orchestrator.codec import to_json
from flowforge.orchestrator.current_execution import current_execution
from flowforge.orchestrator.waits import NotYet, Outcome, PendingWait, register_wait_kind
from flowforge.skills.arguments import check_schema
from flowforge.skills.binding import call_hash
from flowforge.skills.requirement import ONE_PERSON, Requirement, read_requirement
from flowforge.skills.tool import Effect

if TYPE_CHECKING:
    from flowforge.db.database import Database
    from flowforge.orchestrator.execution import Execution
    from flowforge.orchestrator.future import StepFuture

KIND = "approve"


@dataclass(frozen=True)
class Question:
    """What a policy says of a call that people are asked about, and what they should know."""

    requirement: Requirement = ONE_PERSON
    rule: str | None = None
    grantable: bool | None = None
    taint: Sequence[str] | None = None  # where untrusted content came from; None: none was read
    said: str | None = None  # the model's words
    consequence: str | None = None
    supersedes: str | None = None  # the approval that was stale

    def as_json(self) -> dict[str, Any]:
        """What says nothing is left out."""
        taint = None if self.taint is None else [mended(source) for source in self.taint]
        said = {"said": None if self.said is None else mended(self.said), "consequence": self.consequence}
        facts = {"rule": self.rule, "grantable": self.grantable, "taint": taint, "supersedes": self.supersedes, **said}
        plain = {name: value for name, value in facts.items() if value is not None}
        return plain if self.requirement == ONE_PERSON else {**plain, "requirement": json.loads(self.requirement.to_json())}


def approve(
    name: str,
    *,
    tool: str | None = None,
    arguments: Mapping[str, Any] | None = None,
    reason: str | None = None,
    effect: Effect = "write",
    reversible: bool | None = None,
    expires: Duration | None = None,
    schema: Mapping[str, Any] | None = None,
    require: Mapping[str, Any] | None = None,
) -> StepFuture[Decision]:
    """Ask a person before the run goes on; await it for the Decision. The run leaves its worker while it waits.

    `tool` says what is to be done (the step's name unless given), `arguments` with what: the person sees exactly these and may
    edit them within `schema` (JSON Schema). With `expires` the question is open for that long; then it reads as denied.
    `require` says who decides, in a policy's words: `{"count": 2, "roles": ["admin"], "not_requester": True}`.
    Raises InvalidInput for a schema or requirement that is none, NotSerializable for arguments that JSON cannot hold.

        decision = await step.approve("refund", arguments={"order": "ORD-9218", "amount": 420}, effect="money")
        if decision.approved:
            await step.run("pay back", pay_back, **decision.arguments)
    """
    return ask_approval(
        current_execution(),
        name,
        tool=tool or name,
        arguments=arguments or {},
        schema=schema,
        effect=effect,
        reversible=reversible,
        reason=reason,
        expires=expires,
        more=None if require is None else Question(requirement=read_requirement(require)),
    )


def ask_approval(
    execution: Execution,
    name: str,
    *,
    tool: str,
    arguments: Mapping[str, Any],
    schema: Mapping[str, Any] | None,
    effect: str,
    reversible: bool | None,
    reason: str | None,
    parent: str | None = None,
    identity: str | None = None,
    expires: Duration | None = None,
    more: Question | None = None,
) -> StepFuture[Decision]:
    """`approve` for an agent's tool call: `parent` is the step that asked for it, `identity` what makes the call unique in its run.

    `more` is what a policy says beside it. A replay compares the tool's name and the arguments only: a tool that has changed meanwhile is
    not a mistake of the run's.
    """
    if schema is not None:
        check_schema(schema)
    if effect not in get_args(Effect):
        raise InvalidInput(f"an effect is one of {', '.join(get_args(Effect))}, not {effect!r}", pointer="/effect")
    if not (reversible is None or isinstance(reversible, bool)):
        raise InvalidInput(f"reversible is True, False or None, not {reversible!r}", pointer="/reversible")
    question = {
        "tool": line(str(tool), "/tool"),
        "arguments": json.loads(to_json(dict(arguments))),
        "schema": None if schema is None else json.loads(to_json(dict(schema))),
        "effect": effect,
        "reversible": reversible,
        "reason": None if reason is None else mended(str(reason)),  # a model's words, most often
    }
    timeout = None if expires is None else seconds(expires)
    guard = None
    if more is not None:
        question |= more.as_json()
        timeout = more.requirement.expires if timeout is None else timeout
        guard = {"tool": question["tool"], "arguments": question["arguments"]}
    return execution.wait(
        KIND, name, input=question, guard=guard, timeout=timeout, parent=parent, identity=identity, decode=Decision.from_json
    )


async def look(database: Database, waits: Sequence[PendingWait]) -> list[Outcome | NotYet | None]:
    """How these waits stand: asks what was not asked yet, closes what is due, and answers what was decided."""
    answers = await _answers(database.pool, waits)
    unasked = [wait for number, wait in enumerate(waits) if number not in answers]
    due = [number for number, answer in answers.items() if answer["is_due"]]
    if unasked:
        await _ask(database, unasked)
        crash_point("approval.asked")
    for number in due:
        await _expire(database, waits[number].tenant_id, answers[number]["approval_id"])
    if unasked or due:
        answers = await _answers(database.pool, waits)
    return [None if (answer := answers.get(number)) is None else _outcome(wait, answer) for number, wait in enumerate(waits)]


async def _answers(connection: Connection, waits: Sequence[PendingWait]) -> dict[int, Any]:
    rows = await sql.read_answers.fetch(
        connection,
        tenant_ids=[wait.tenant_id for wait in waits],
        run_ids=[wait.run_id for wait in waits],
        step_keys=[wait.key for wait in waits],
    )
    return {row["ord"] - 1: row for row in rows}


async def _ask(database: Database, waits: Sequence[PendingWait]) -> None:
    """Put the questions into the review queue, each with its entry in the audit log: asking is an act too."""
    waits = sorted(waits, key=lambda wait: (wait.tenant_id, wait.run_id, wait.key))
    questions = [_question(wait) for wait in waits]
    async with database.pool.acquire() as connection, connection.transaction():
        made = await sql.ask_approvals.fetch(
            connection,
            tenant_ids=[wait.tenant_id for wait in waits],
            approval_ids=[ids.new_id() for _ in waits],
            run_ids=[wait.run_id for wait in waits],
            step_keys=[wait.key for wait in waits],
            tools=[question["tool"] for question in questions],
            arguments=[question["arguments"] for question in questions],
            arguments_hashes=[hash_of(question["arguments"]) for question in questions],
            schemas=[question["schema"] for question in questions],
            effects=[question["effect"] for question in questions],
            reversibles=[question["reversible"] for question in questions],
            reasons=[question["reason"] for question in questions],
            expires_ats=[wait.due for wait in waits],
            call_hashes=[_hash(question) for question in questions],
            requirements=[_requirement(question) for question in questions],
            mores=[_more(question) for question in questions],
            saids=[question.get("said") for question in questions],
            consequences=[question.get("consequence") for question in questions],
            shapes=[shape_of(question["arguments"]) for question in questions],
        )
        for row in sorted(made, key=lambda row: (row["tenant_id"], row["approval_id"])):
            detail = {"tool": row["tool"], "arguments_hash": row["arguments_hash"], "run": ids.show("run", row["run_id"])}
            detail |= {"hash": row["call_hash"]} | ({} if row["rule"] is None else {"rule": row["rule"]})
            await tell_requested(connection, row)
            await audit.append(connection, _asker(row), "approval.ask", "approval", ids.show("apr", row["approval_id"]), detail)
        await put_before_approvers(connection, [(row["tenant_id"], row["approval_id"]) for row in made])


def _question(wait: PendingWait) -> dict[str, Any]:
    """The wait's input with its two JSON parts as the exact text that is stored, shown and hashed."""
    question: dict[str, Any] = json.loads(wait.input)
    schema = question["schema"]
    return {**question, "arguments": to_json(question["arguments"]), "schema": None if schema is None else to_json(schema)}


def _hash(question: Mapping[str, Any]) -> str:
    schema = None if question["schema"] is None else json.loads(question["schema"])
    return call_hash(question["tool"], question["effect"], schema, json.loads(question["arguments"]))


def _requirement(question: Mapping[str, Any]) -> str:
    return to_json({**json.loads(ONE_PERSON.to_json()), **question.get("requirement", {})})


def _more(question: Mapping[str, Any]) -> str:
    """What the query reads out of one JSON text."""
    supersedes = None if (stale := question.get("supersedes")) is None else str(ids.parse("apr", stale))
    taint = None if (sources := question.get("taint")) is None else to_json(sources)
    return to_json({"rule": question.get("rule"), "grantable": question.get("grantable"), "taint": taint, "supersedes": supersedes})


def _asker(row: Any) -> Principal:
    if row["agent"] is not None:
        return Principal(row["tenant_id"], "agent", row["agent"], row["agent_id"])
    return Principal(row["tenant_id"], "system", row["function_id"])


async def _expire(database: Database, tenant_id: UUID, approval_id: UUID) -> None:
    """Close one whose time is over, unless somebody decided it just now: the row's lock says who was first."""
    async with database.pool.acquire() as connection, connection.transaction():
        row = await sql.lock_approval.fetchrow(connection, tenant_id=tenant_id, approval_id=approval_id)
        if row["is_due"]:
            await expire(connection, tenant_id, row)


def _outcome(wait: PendingWait, answer: Any) -> Outcome | NotYet | None:
    untold = () if answer["requested"] else (("approval.requested", _requested(wait, answer)),)
    if answer["state"] == "pending":
        return NotYet(untold) if untold else None
    asked: dict[str, Any] = json.loads(answer["arguments"])
    about = {"approval_id": answer["approval_id"], "run_id": wait.run_id, "tool": answer["tool"]}
    bound = {"approval": ids.show("apr", answer["approval_id"]), "hash": answer["proposal_hash"]}
    if answer["state"] == "expired":
        value = {"approved": False, "arguments": asked, "reason": "nobody decided in time", "expired": True, **bound}
        return Outcome(value, frames=(("approval.expired", decided_frame(about, {})),), shared=False, untold=untold)
    verdict = json.loads(answer["decision"])
    edited = verdict["edited_args"]
    value = {**verdict, "arguments": asked if edited is None else edited, "decided_by": answer["decided_by"], **bound}
    frame = decided_frame(about, {"state": answer["state"], "decided_by": answer["decided_by"], **verdict})
    return Outcome(value, frames=(("approval.decided", frame),), shared=False, untold=untold)


def _requested(wait: PendingWait, answer: Any) -> dict[str, Any]:
    """What the streams are told of a new question; also that of a run that died after asking and before telling."""
    return {
        "run": ids.show("run", wait.run_id),
        "approval": ids.show("apr", answer["approval_id"]),
        "tool": answer["tool"],
        "arguments": json.loads(answer["arguments"]),
        "effect": answer["effect"],
        "reversible": answer["reversible"],
        "reason": answer["reason"],
        "agent": answer["agent"],
        "task": answer["task"],
        "expires_at": answer["expires_at"].isoformat() if answer["expires_at"] else None,
    }


register_wait_kind(KIND, look)
