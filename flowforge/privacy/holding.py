"""What every table of a tenant holds, as far as people are concerned, and what erasing does to a row that holds a person's value.

A test compares this with the schema: a new table, or a new column of text, needs a word here before it can be merged. Accounts of
people who sign in, and their sessions, are the deployment's and not a tenant's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Way = Literal["run", "event", "text", "drop", "limit", "audit", "keep"]


@dataclass(frozen=True)
class Holding:
    """How rows of a table are erased.

    `run`, `event`: with the run or event that `owner` names. `text`: what `columns` hold is replaced. `drop`: the row goes. `limit`: the
    row goes as soon as nothing counts against it. `audit`: the log's own way. `keep`: it stays and is reported. `opaque` columns are bytes
    that say nothing about anybody, hashes, salts, signatures and what is sealed: nothing is looked for in them.
    """

    way: Way
    owner: str = ""
    columns: tuple[str, ...] = ()
    why: str = ""
    opaque: tuple[str, ...] = ()


_OF_A_RUN = Holding("run", owner="run_id")
_CONFIGURATION = Holding("keep", why="configuration: change it by hand")
_NOTHING = Holding("keep", why="holds names of things, and figures")
_MEMBER = "somebody who works here: remove them as a person"

HOLDINGS: Mapping[str, Holding] = {
    # what came in
    "event": Holding("event", owner="event_id"),
    "event_fate": Holding("event", owner="event_id"),
    "event_key": Holding("drop"),
    "trace_origin": _NOTHING,
    "dispatch": _NOTHING,
    # runs, with all that is theirs
    "run": _OF_A_RUN,
    "owner": _OF_A_RUN,
    "step": _OF_A_RUN,
    "blob": _OF_A_RUN,
    "wait": _OF_A_RUN,
    "signal": _OF_A_RUN,
    "progress": _OF_A_RUN,
    "approval": _OF_A_RUN,
    "approval_vote": Holding("text", columns=("reason",)),
    "approval_grant": Holding("keep", why="holds names of things, and figures"),
    "approval_grant_use": _OF_A_RUN,
    "approval_delegation": Holding("keep", why=_MEMBER),
    "approval_link": Holding("keep", why="holds hashes", opaque=("token_hash",)),
    "policy": _CONFIGURATION,
    "policy_revision": _CONFIGURATION,
    "failure": _OF_A_RUN,
    "frame": Holding("text", columns=("data",)),  # of an agent or a task; a run's go with it
    "stream": _NOTHING,
    "followed": _NOTHING,
    "news": Holding("text", columns=("data",)),
    # what flow control remembers for keys, which may be a person's
    "keyed": Holding("drop"),
    "flow_limit": Holding("limit"),
    "pause": Holding("text", columns=("reason",)),
    "schedule": _CONFIGURATION,
    "share": _NOTHING,
    "slot": _NOTHING,
    # what calls used: figures stay, and lose what names somebody
    "usage": Holding("text", columns=("step_key",)),
    "reservation": Holding("keep", why="a call in flight: its run goes on"),
    "spend": Holding("text", columns=()),
    "budget": _CONFIGURATION,
    "budget_raise": _NOTHING,
    "model_answer": Holding("drop", opaque=("digest",)),
    "model_price": _CONFIGURATION,
    # the board and its people
    "task": Holding("text", columns=("title", "description", "checklist", "external_id")),
    "task_word": Holding("drop"),
    "task_dependency": _NOTHING,
    "task_graph": _NOTHING,
    "comment": Holding("text", columns=("text", "mentions")),
    "activity": Holding("text", columns=("detail",)),
    "mention": _NOTHING,
    "agent_message": Holding("text", columns=("text",)),
    "watcher": _NOTHING,
    "inbox_item": Holding("text", columns=("title", "text")),
    "inbox_setting": Holding("keep", why=_MEMBER),
    "inbox_mail": Holding("drop"),
    "attachment": Holding("drop"),
    "saved_filter": Holding("drop"),
    "person": Holding("keep", why=_MEMBER),
    "board": _CONFIGURATION,
    "board_column": _CONFIGURATION,
    "board_label": _CONFIGURATION,
    "memory_note": Holding("drop"),
    "http_tool": _CONFIGURATION,
    "mcp_server": _CONFIGURATION,
    "mcp_tool": _CONFIGURATION,
    "web_access": _CONFIGURATION,
    "tool_turn": _NOTHING,
    "tool_use": Holding("text", columns=("error",)),
    "agent": _CONFIGURATION,
    "agent_revision": _CONFIGURATION,
    "agent_trigger": _CONFIGURATION,
    "trigger": _CONFIGURATION,
    # skills: what people teach agents
    "registered_skill": _NOTHING,
    "skill_version": Holding("keep", why="configuration: change it by hand", opaque=("tree",)),
    "skill_file": Holding("keep", why="configuration: change it by hand", opaque=("hash",)),
    "skill_use": Holding("run", owner="run_id", opaque=("tree",)),
    "shared_skill": Holding("keep", why="configuration: change it by hand", opaque=("tree",)),
    "team": _CONFIGURATION,
    "team_revision": _CONFIGURATION,
    "delegation": _NOTHING,
    "task_wait": _OF_A_RUN,
    "question": _OF_A_RUN,
    # operating
    "alert": Holding("text", columns=("summary", "subject")),
    "alert_delivery": Holding("text", columns=("payload", "error")),
    "alert_channel": _CONFIGURATION,
    "alert_rule": _CONFIGURATION,
    "bulk": Holding("text", columns=("filter", "options")),
    "idempotent_request": Holding("drop"),
    "retention": _NOTHING,
    "webhook": _CONFIGURATION,
    "tenant": _CONFIGURATION,
    "webhook_endpoint": _CONFIGURATION,
    "webhook_notice": Holding("text", columns=("data",)),
    "webhook_delivery": Holding("text", columns=("payload", "error")),
    "webhook_attempt": Holding("text", columns=("answer", "error")),
    # who gets in
    "invitation": Holding("keep", why="somebody who was invited: take the invitation back", opaque=("token_hash",)),
    "api_key": _CONFIGURATION,
    "api_key_value": Holding("keep", why="holds names of things, and figures", opaque=("digest",)),
    "rate": _NOTHING,
    "rate_limit": _NOTHING,
    "open_streams": _NOTHING,
    # the record of acts: its texts go, its leaves stay, so it still verifies
    "audit": Holding("audit", columns=("principal", "target", "detail"), opaque=("salts",)),
    "audit_unmerged": _NOTHING,
    "audit_tree": Holding("keep", why="holds hashes", opaque=("range", "head_digest")),
    "audit_leaf": Holding("keep", why="holds hashes", opaque=("hash",)),
    "audit_node": Holding("keep", why="holds hashes", opaque=("hash",)),
    "audit_head": Holding("keep", why="holds hashes", opaque=("signature",)),
    "audit_anchor": _NOTHING,
    # sealed: nothing can be found in them, and nothing of a person belongs there
    "data_key": Holding("keep", why="holds names of things, and figures", opaque=("wrapped",)),
    "secret": _CONFIGURATION,
    "secret_version": Holding("keep", why="configuration: change it by hand", opaque=("sealed",)),
    "secret_use": _NOTHING,
    "webhook_key": Holding("keep", why="configuration: change it by hand", opaque=("sealed",)),
}

# The act itself, which knows whom it is about until it ends.
OF_THE_ACT = frozenset({"erasure", "erasure_mark"})
UNKNOWN = Holding("keep", why="no rule says how to erase it")


def holding_of(table: str) -> Holding:
    return HOLDINGS.get(table, UNKNOWN)
