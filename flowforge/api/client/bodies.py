"""What lies inside the bodies that calls are given.

Written by flowforge.api.client_source; change the routes, not this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NotRequired, TypedDict


class AgentLimitsIn(TypedDict):
    """What one run of an agent may take; None is no limit. What happens at a limit: the run fails, or a person is asked for more."""

    turns: NotRequired[int | None]
    """model requests; 200 unless given"""
    tool_calls: NotRequired[int | None]
    money: NotRequired[float | str | None]
    """US dollars"""
    wall_time: NotRequired[str | None]
    """of work; waiting does not count"""
    on_limit: NotRequired[Literal["fail", "ask"]]


class AssigneeIn(TypedDict):
    """An agent, a person or a team, by name: a team's card is its lead's; none means nobody."""

    agent: NotRequired[str | None]
    user: NotRequired[str | None]
    team: NotRequired[str | None]
    start: NotRequired[bool]
    """Whether an agent starts as soon as it can. If not, it is parked until the card is moved."""


class Basic(TypedDict):
    """`Authorization: Basic …`: a user, and a password that is a secret."""

    kind: Literal["basic"]
    username: str
    secret: str


class Bearer(TypedDict):
    """`Authorization: Bearer …`."""

    kind: Literal["bearer"]
    secret: str


class Brave(TypedDict):
    """Brave's Search API. `secret` names the key."""

    kind: Literal["brave"]
    secret: str
    url: NotRequired[str]


class BulkDecisionIn(TypedDict):
    """One decision of several."""

    approved: bool
    edited_args: NotRequired[Mapping[str, Any] | None]
    """The whole arguments; they must satisfy the tool's schema."""
    reason: NotRequired[str | None]
    hash: NotRequired[str | None]
    """The call's hash as you saw it: another one is 409."""
    grant: NotRequired[GrantIn | None]
    id: str
    """The approval's id, or an ending of it that fits only one."""


class ColumnSettings(TypedDict):
    """What a column means and allows. `category` says it to the engine: agents work in `doing`, what others wait for is there in `done`.
    `on_leave`: what becomes of an agent's run when its card is moved away. `starts`: whether a card that comes in starts its agent.
    """

    name: str
    """One line, up to 100 characters."""
    category: NotRequired[Literal["backlog", "todo", "doing", "review", "done"]]
    wip_limit: NotRequired[int | None]
    """How many cards may stand in it; null is no limit."""
    on_leave: NotRequired[Literal["cancel", "park"]]
    starts: NotRequired[bool | None]
    """Unless given, as the category has it: `doing` does."""


class ConfirmIn(TypedDict):
    """What the preview answered."""

    count: int
    as_of: datetime | str


class GrantIn(TypedDict):
    """Do not ask again for the same task: about this very `call`, or about this `tool` so many times or until then."""

    scope: Literal["call", "tool"]
    until: NotRequired[datetime | str | None]
    times: NotRequired[int | None]


class Http(TypedDict):
    """A server at an address, by streamable HTTP. `bearer` names a secret; other headers may hold `{{secret:name}}`."""

    kind: Literal["http"]
    url: str
    headers: NotRequired[Mapping[str, str]]
    bearer: NotRequired[str | None]


class ItemIn(TypedDict):
    """A checklist item."""

    text: str
    done: NotRequired[bool]


class Key(TypedDict):
    """An API key, in a header or in the query."""

    kind: Literal["api_key"]
    name: str
    """of the header or of the query's parameter"""
    secret: str
    place: NotRequired[Literal["header", "query"]]
    """where the key stands"""


class MatchIn(TypedDict):
    """A value that stands anywhere; with `path` (`data.…` of events and runs' inputs, `output.…` of runs) the value that lies there."""

    value: str
    path: NotRequired[str | None]


class OptionsIn(TypedDict):
    """What the action needs: `force` for delete; `from_step`, `from_failure`, `input` for replay; `reason` for pause; `to` for move."""

    force: NotRequired[bool]
    from_step: NotRequired[str | None]
    from_failure: NotRequired[bool]
    input: NotRequired[Any]
    reason: NotRequired[str | None]
    to: NotRequired[str | None]


class RunFilterIn(TypedDict):
    """Runs for which all of this holds."""

    state: NotRequired[Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"] | None]
    function: NotRequired[str | None]
    error_type: NotRequired[str | None]
    """The class name of the error."""
    q: NotRequired[str | None]
    """Looked for in the error."""
    since: NotRequired[datetime | str | None]
    until: NotRequired[datetime | str | None]
    dismissed: NotRequired[bool | None]
    test: NotRequired[bool | None]
    agent: NotRequired[str | None]
    """The name or the id of the agent whose runs they are."""


class SearXNG(TypedDict):
    """A SearXNG server, which must offer `format=json`. `secret` holds a bearer token, where it wants one."""

    kind: Literal["searxng"]
    url: str
    secret: NotRequired[str | None]


class SlackSettings(TypedDict):
    """A Slack-compatible incoming webhook. Its address is a secret."""

    approvals: NotRequired[bool | None]
    """Tell of approvals that wait, with a link to each."""
    link_decides: NotRequired[bool | None]
    """Whoever has the link of a message may decide, without a sign-in: for trusted receivers."""
    kind: NotRequired[Literal["slack"]]
    url_env: str
    """Name of an environment variable of servers and workers."""


class SmtpSettings(TypedDict):
    """Mail over SMTP."""

    approvals: NotRequired[bool | None]
    """Tell of approvals that wait, with a link to each."""
    link_decides: NotRequired[bool | None]
    """Whoever has the link of a message may decide, without a sign-in: for trusted receivers."""
    kind: NotRequired[Literal["smtp"]]
    host: str
    port: NotRequired[int]
    tls: NotRequired[Literal["starttls", "tls", "none"]]
    sender: str
    to: Sequence[str]
    username: NotRequired[str | None]
    password_env: NotRequired[str | None]


class Stdio(TypedDict):
    """A program that a worker starts and speaks to through its standard input and output. Allowed where the operator says so."""

    kind: Literal["stdio"]
    command: str
    args: NotRequired[Sequence[str]]
    env: NotRequired[Mapping[str, str]]


class TaskFilterIn(TypedDict):
    """Tasks for which all of this holds, as `GET /v1/tasks` has it."""

    board: NotRequired[str | None]
    columns: NotRequired[Sequence[str]]
    assignee: NotRequired[str | None]
    labels: NotRequired[Sequence[str]]
    priorities: NotRequired[Sequence[Literal["none", "low", "medium", "high", "urgent"]]]
    due_before: NotRequired[datetime | str | None]
    due_after: NotRequired[datetime | str | None]
    blocked: NotRequired[bool | None]
    parent: NotRequired[str | None]
    q: NotRequired[str | None]
    updated_since: NotRequired[datetime | str | None]
    archived: NotRequired[bool]


class TaskRowIn(TypedDict):
    """A task to bring in. `external_id` is what it is called where it comes from: with it, a second import makes no second task."""

    external_id: NotRequired[str | None]
    title: str
    description: NotRequired[str]
    column: NotRequired[str | None]
    assignee: NotRequired[AssigneeIn | None]
    priority: NotRequired[str]
    labels: NotRequired[Sequence[str]]
    due_at: NotRequired[datetime | str | None]
    owner: NotRequired[str | None]
    parent: NotRequired[str | None]
    """By external id or by key."""
    depends_on: NotRequired[Sequence[str]]
    """By external id or by key."""
    checklist: NotRequired[Sequence[ItemIn]]
    archived: NotRequired[bool]


class Tavily(TypedDict):
    """Tavily's search API. `secret` names the key."""

    kind: Literal["tavily"]
    secret: str
    url: NotRequired[str]


class TeamLimits(TypedDict):
    """How many cards the lead and those behind it may make; a team may narrow this, and widen it up to the maximum."""

    depth: NotRequired[int]
    """levels of cards below the team's"""
    cards_by_run: NotRequired[int]
    cards_in_tree: NotRequired[int]


class WebhookSettings(TypedDict):
    """A POST of JSON, signed as Standard Webhooks say when there is a secret (`whsec_…`)."""

    approvals: NotRequired[bool | None]
    """Tell of approvals that wait, with a link to each."""
    link_decides: NotRequired[bool | None]
    """Whoever has the link of a message may decide, without a sign-in: for trusted receivers."""
    kind: NotRequired[Literal["webhook"]]
    url: NotRequired[str | None]
    url_env: NotRequired[str | None]
    secret_env: NotRequired[str | None]
