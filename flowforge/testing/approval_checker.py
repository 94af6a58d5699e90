"""The review queue's promises, checked on a live database: each is a small pure function from evidence to sentences.

| decided once  | a decided approval has one decision by somebody, one that is open or expired has none |
| by the right  | enough different people with the right, none of them who gave the work where that matters, each about the call that ran |
| never ran     | a call that was denied, that nobody decided in time, or that a policy does not allow has no step |
| as approved   | a call that had to be approved ran under one approval, with exactly the arguments and the tool that were approved |
| granted       | a grant was used no more often than it allows |

    assert await check_approvals(database) == []
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from flowforge import ids
from flowforge.db.database import Database
from flowforge.db.queries import load_queries
from flowforge.skills.binding import call_hash
from flowforge.skills.requirement import Requirement

NEWEST = 20_000  # approvals that one look takes in
_OCCURRENCE = re.compile(r"(~\d+)?(#\d+)?$")  # of a call that was asked about again, and of an id that came again

sql = load_queries("flowforge.testing")

Row = Mapping[str, Any]


class Call(NamedTuple):
    """One call of a tool: the model request that it came with, and its id there."""

    run_id: UUID
    parent: str | None
    tool: str
    call_id: str


@dataclass(frozen=True)
class Evidence:
    """What stands in the database, as rows."""

    approvals: tuple[Row, ...] = ()
    votes: tuple[Row, ...] = ()
    steps: tuple[Row, ...] = ()
    overused_grants: tuple[UUID, ...] = field(default=())

    @cached_property
    def votes_of(self) -> dict[UUID, list[Row]]:
        found: dict[UUID, list[Row]] = defaultdict(list)
        for vote in self.votes:
            if not vote["voided"]:
                found[vote["approval_id"]].append(vote)
        return found

    @cached_property
    def asked(self) -> dict[Call, list[Row]]:
        """Approvals of tool calls, by the call."""
        found: dict[Call, list[Row]] = defaultdict(list)
        for approval in self.approvals:
            if (call := _call_of(approval["run_id"], approval["parent"], approval["tool"], approval["step_key"], "approve ")) is not None:
                found[call].append(approval)
        return found

    @cached_property
    def ran(self) -> dict[Call, Row]:
        return self._steps("tool", "")

    @cached_property
    def judged(self) -> dict[Call, Row]:
        return self._steps("policy", "review ")

    def _steps(self, kind: str, prefix: str) -> dict[Call, Row]:
        found: dict[Call, Row] = {}
        for step in self.steps:
            if step["kind"] == kind:
                tool = step["name"].removeprefix(prefix)
                call = _call_of(step["run_id"], step["parent"], tool, step["key"], prefix)
                if call is not None:
                    found[call] = step
        return found


async def check_approvals(database: Database) -> list[str]:
    """Every promise that does not hold, as a sentence that names the approval. Takes the whole database."""
    return check(await read_evidence(database))


async def read_evidence(database: Database) -> Evidence:
    """What `check` wants to know, in one snapshot."""
    async with database.pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        approvals = await sql.checked_approvals.fetch(connection, limit=NEWEST)
        votes = await sql.checked_votes.fetch(connection, approval_ids=[row["approval_id"] for row in approvals])
        steps = await sql.checked_steps.fetch(connection, run_ids=list({row["run_id"] for row in approvals}))
        grants = await sql.checked_grants.fetch(connection)
    return Evidence(tuple(approvals), tuple(votes), tuple(steps), tuple(row["grant_id"] for row in grants))


def check(evidence: Evidence) -> list[str]:
    """Every violation, each with the name of its promise."""
    return [f"{name}: {found}" for name, promise in PROMISES.items() for found in promise(evidence)]


def decided_once(e: Evidence) -> Iterator[str]:
    for one in e.approvals:
        decided = one["state"] in ("approved", "denied")
        if decided != (one["decision"] is not None) or (decided and one["decided_by"] is None):
            yield f"{_shown(one)} is {one['state']}, and its decision says otherwise"
        elif decided and json.loads(one["decision"])["approved"] != (one["state"] == "approved"):
            yield f"{_shown(one)} is {one['state']}, and was decided the other way"
        if one["decisions"] > 1:
            yield f"{_shown(one)} was decided {one['decisions']} times"


def by_the_right_people(e: Evidence) -> Iterator[str]:
    for one in e.approvals:
        requirement, votes = Requirement.from_json(one["requirement"]), e.votes_of.get(one["approval_id"], [])
        approving = [vote for vote in votes if vote["approved"]]
        if one["state"] == "approved" and one["bound"]:
            about = [vote for vote in approving if vote["hash"] == one["proposal_hash"]]
            if len({vote["name"] for vote in about}) < requirement.count:
                yield f"{_shown(one)} was approved by {len(about)} for this call, and needs {requirement.count}"
        if len({vote["name"] for vote in approving}) < len(approving) or len({vote["voter"] for vote in votes}) < len(votes):
            yield f"{_shown(one)} counts somebody twice"
        for vote in votes:
            if requirement.not_requester and (vote["kind"], vote["name"]) == (one["requester_kind"], one["requester"]):
                yield f"{_shown(one)} was voted on by {vote['name']}, who gave the work"
            if one["roles"] and not ({vote["role"], "approver" if vote["role"] == "admin" else ""} & set(one["roles"])):
                yield f"{_shown(one)} was voted on by {vote['name']}, who is {vote['role']}"


def what_was_refused_never_ran(e: Evidence) -> Iterator[str]:
    for call, approvals in e.asked.items():
        if call in e.ran and not any(one["state"] == "approved" for one in approvals):
            yield f"{_shown(approvals[-1])} is {approvals[-1]['state']}, and {call.tool} ran"
    for call, judged in e.judged.items():
        verdict = _verdict(judged)
        if call in e.ran and verdict is not None and verdict["verdict"]["action"] == "deny":
            yield f"a policy does not allow {call.tool} in {ids.show('run', call.run_id)}, and it ran"


def what_ran_is_what_was_approved(e: Evidence) -> Iterator[str]:
    for call, step in e.ran.items():
        approved = [one for one in e.asked.get(call, ()) if one["state"] == "approved"]
        for one in sorted(approved, key=lambda one: one["approval_id"])[-1:]:
            arguments = _decided_arguments(one)
            if one["bound"] and _hash(one, arguments) != one["proposal_hash"]:
                yield f"{_shown(one)} is bound to another call than the one that was decided"
            if (given := _kept(step["input"])) is not None and given != arguments:
                yield f"{_shown(one)} approved other arguments than {call.tool} ran with"
        verdict = _verdict(e.judged[call]) if call in e.judged else None
        asks = verdict is not None and verdict["verdict"]["action"] == "require" and verdict["grant"] is None
        if asks and not approved:
            yield f"{call.tool} ran in {ids.show('run', call.run_id)} without the approval that a policy asks for"


def grants_are_counted(e: Evidence) -> Iterator[str]:
    for grant_id in e.overused_grants:
        yield f"{ids.show('grt', grant_id)} was used more often than it counts or allows"


Promise = Callable[[Evidence], Iterator[str]]

PROMISES: dict[str, Promise] = {
    "decided once": decided_once,
    "by the right people": by_the_right_people,
    "never ran": what_was_refused_never_ran,
    "as approved": what_ran_is_what_was_approved,
    "granted": grants_are_counted,
}


def _call_of(run_id: UUID, parent: str | None, tool: str, key: str, prefix: str) -> Call | None:
    """The call behind a step's key, `[home]prefix tool:id`; None for a step that is of no call."""
    _, found, identity = key.rpartition(f"{prefix}{tool}:")
    if not found or parent is None:
        return None
    return Call(run_id, parent, tool, _OCCURRENCE.sub("", identity).removeprefix(f"{parent}/"))


def _decided_arguments(approval: Row) -> Any:
    edited = json.loads(approval["decision"])["edited_args"] if approval["decision"] is not None else None
    return json.loads(approval["arguments"]) if edited is None else edited


def _hash(approval: Row, arguments: Any) -> str:
    schema = None if approval["schema"] is None else json.loads(approval["schema"])
    return call_hash(approval["tool"], approval["effect"], schema, arguments)


def _kept(text: str | None) -> Any:
    """What a step was given, where all of it is kept: long arguments and secrets are not."""
    given = None if text is None else json.loads(text)
    return given if isinstance(given, dict) and "[redacted]" not in (text or "") else None


def _verdict(step: Row) -> Any:
    return None if step["output"] is None else json.loads(step["output"])


def _shown(approval: Row) -> str:
    return ids.show("apr", approval["approval_id"])
