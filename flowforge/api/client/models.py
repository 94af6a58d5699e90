"""What the server answers, one class for each schema.

Written by flowforge.api.client_source; change the routes, not this file.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from flowforge.api.client.answer import Answer


class Activity(Answer):
    """One change of a task: who did what."""

    id: str
    actor: str
    actor_kind: Literal["person", "agent", "key", "system"]
    action: Literal["created", "moved", "assigned", "commented", "updated", "comment_edited", "comment_deleted", "attached", "detached"]
    detail: dict[str, Any]
    created_at: datetime


class AgentDefinition(Answer):
    """A named identity with a model, instructions, skills and tools: one model of it for code, YAML and the API.

    `description` says to people and to other agents what it is for. `skills` may be pinned (`review@3`). `approval` overrides for
    single tools whether a person is asked first; `done_column` is where a finished card goes. `output` is the JSON Schema that its
    results satisfy. `concurrency` bounds how many of its runs work at once. With `memory` it can keep notes. `delegates_to` names the
    agents that it may give work to.
    """

    name: str
    """lower-case letters, digits and hyphens"""
    model: str
    """LiteLLM's name"""
    instructions: str
    skills: list[str]
    tools: list[str]
    approval: dict[str, bool]
    done_column: str
    description: str
    model_settings: dict[str, Any]
    fallbacks: list[str]
    output: dict[str, Any] | None
    limits: AgentLimits
    budget: str | None
    concurrency: int | None
    memory: bool
    delegates_to: list[str]
    mcp_servers: list[str]
    retries: int | None
    """how often an answer that does not fit is asked for again; 1 unless given"""


class AgentLimits(Answer):
    """What one run of an agent may take; None is no limit. What happens at a limit: the run fails, or a person is asked for more."""

    turns: int | None
    """model requests; 200 unless given"""
    tool_calls: int | None
    money: str | None
    """US dollars"""
    wall_time: str | None
    """of work; waiting does not count"""
    on_limit: Literal["fail", "ask"]


class Agent(Answer):
    """An agent. `status` follows from its runs and says in `status_reason` and, as a sentence, in `status_text` why; `seq` is the id of
    the newest frame of its stream that this answer includes.
    """

    name: str
    """lower-case letters, digits and hyphens"""
    model: str
    """LiteLLM's name"""
    instructions: str
    skills: list[str]
    tools: list[str]
    approval: dict[str, bool]
    done_column: str
    description: str
    model_settings: dict[str, Any]
    fallbacks: list[str]
    output: dict[str, Any] | None
    limits: AgentLimits
    budget: str | None
    concurrency: int | None
    memory: bool
    delegates_to: list[str]
    mcp_servers: list[str]
    retries: int | None
    """how often an answer that does not fit is asked for again; 1 unless given"""
    id: str
    status: Literal["running", "waiting", "queued", "paused", "archived", "error", "idle"]
    status_reason: StatusReason
    status_text: str
    task: str | None
    run: str | None
    queued: int
    """Runs that wait for their turn, counted up to a thousand."""
    cost_today: str | None
    """US dollars since midnight UTC; null when a price is not known."""
    budget_used: str | None
    """Of its budget, in US dollars, in the day or month that is now."""
    owned_by: str | None
    """The app whose code defines it; such a definition is changed there."""
    revision: int
    paused_at: datetime | None
    archived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    seq: int


class AgentRevision(Answer):
    """One revision; `made_by` is null for one that was made before this was noted."""

    revision: int
    definition: AgentDefinition
    made_by: str | None
    made_by_kind: str | None
    note: str | None
    created_at: datetime


class AgentTrigger(Answer):
    """A trigger of an agent: what it was given, by whom and when."""

    JSON_NAMES: ClassVar = {"if_": "if"}
    event: str | None
    cron: str | None
    tz: str
    catch_up: Literal["skip", "one", "all"]
    webhook: str | None
    """POST /hooks/<name>"""
    scheme: Literal["standard", "github", "stripe", "slack", "none"] | None
    """How its deliveries are signed; by its name unless given."""
    secret_env: str | None
    """The variable of the server's environment with its secret."""
    if_: str | None
    makes: Literal["task", "run"]
    title: str | None
    description: str | None
    prompt: str | None
    id: str
    created_by: str
    created_at: datetime


class AlertDelivery(Answer):
    """One message to one channel. `due` is null once it was delivered or given up; then `error` says which."""

    channel: str
    event: str
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None


class Alert(Answer):
    """Something that is wrong, or was: `resolved_at` is null while it is."""

    id: str
    rule: str
    kind: str
    subject: str
    summary: str
    value: float
    count: int
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None
    deliveries: list[AlertDelivery]


class Alike(Answer):
    """How calls of the same tool were decided lately: of the same agent, and with arguments of the same names and types."""

    agent_approved: int
    agent_denied: int
    shape_approved: int
    shape_denied: int
    days: int


class Anchor(Answer):
    """A place outside that keeps heads: all of them up to `size`. `error` says why the last of `attempts` failed."""

    name: str
    size: int
    attempts: int
    error: str | None
    updated_at: datetime


class QuestionAnswer(Answer):
    """Why a function ran for this event, or did not. `trigger` is the one that decided, in words."""

    function: str
    outcome: Literal["ran", "skipped", "pending", "filtered", "filter_failed", "flow_control", "published_later", "other_name", "no_run"]
    reason: str | None
    trigger: str | None
    runs: list[str]


class Approval(Answer):
    """A gated act: exactly what is asked for, by whom and why, who may decide, and what became of it.

    `hash` is what a decision is bound to: the SHA-256 of tool, effect, schema and arguments as canonical JSON, of the `proposal` where
    somebody has edited the arguments. `arguments_hash` is that of the stored text alone. `reason` is the policy's; `said` are the
    model's own words, and nothing else is. `taint` says where untrusted content came from that the agent has read. `needed` different
    people of these `roles`, or of these `people`, must approve; empty lists mean everybody who decides approvals.
    """

    id: str
    state: Literal["pending", "approved", "denied", "expired"]
    tool: str
    arguments: dict[str, Any]
    arguments_hash: str
    hash: str
    proposal: dict[str, Any] | None
    schema: dict[str, Any] | None
    effect: str
    reversible: bool | None
    consequence: str | None
    reason: str | None
    rule: str | None
    said: str | None
    tainted: bool
    taint: list[str]
    agent: str | None
    task: str | None
    run: str
    requester: str | None
    supersedes: str | None
    cost_so_far: Decimal | None
    needed: int
    roles: list[str]
    people: list[str]
    not_requester: bool
    grantable: bool | None
    votes: list[Vote]
    created_at: datetime
    expires_at: datetime | None
    reminded_at: datetime | None
    escalated_at: datetime | None
    decided_by: str | None
    decision: Decision | None
    alike: Alike | None
    """Only where one approval is asked for."""


class Attachment(Answer):
    """What belongs to a task and lies elsewhere: at a `url`, or as a `blob` of a `run`. `size` is in bytes."""

    id: str
    name: str
    media_type: str
    size: int | None
    sha256: str | None
    url: str | None
    run: str | None
    blob: str | None
    added_by: str
    added_by_kind: Literal["person", "agent", "key", "system"]
    created_at: datetime


class Attempt(Answer):
    """One attempt. `status` is null where no answer came; `answer` is its first 1,024 bytes at most, without secrets."""

    attempt: int
    started_at: datetime
    ms: int
    status: int | None
    answer: str | None
    error: str | None


class AuditEntry(Answer):
    """One act. `position` is its place in the tree, null for about a second after the act; `erased` names what was erased of it."""

    id: str
    position: int | None
    at: datetime
    principal: Who
    action: str
    target: What
    detail: dict[str, Any] | None
    request_id: str | None
    erased: list[Literal["principal", "target", "detail"]]


class AuditKey(Answer):
    """A public key that signs heads, introduced by the one before it. It is valid until the next one's introduction."""

    type: Literal["key"]
    id: str
    public_key: str
    """32 bytes in hex."""
    introduction: str
    signature: str
    valid_from: datetime
    valid_until: datetime | None


class Before(Answer):
    """The time of equal length before."""

    calls: int
    cost: Decimal | None


class BoardInList(Answer):
    """A board with the names of its columns."""

    id: str
    name: str
    prefix: str
    columns: list[str]
    created_at: datetime
    archived_at: datetime | None


class Board(Answer):
    """A board with its columns, from left to right. `seq` counts what has changed on it; it is the ETag too."""

    id: str
    name: str
    prefix: str
    columns: list[Column]
    labels: list[Label]
    seq: int
    created_at: datetime
    archived_at: datetime | None


class Budget(Answer):
    """A budget with what is used of it now. `reserved` is held by calls in flight, `raised` was added by people for this window.

    With several `subjects` these are sums, `fullest` is the share that the fullest of them has used, and `left` is null.
    `unknown_calls` were sent and never answered: what they cost is not in `used`.
    """

    id: str
    name: str
    scope: Literal["tenant", "agent", "function", "task", "run"]
    subject: str | None
    unit: Literal["usd", "tokens", "calls"]
    period: Literal["day", "month", "total"]
    amount: str
    warn_at: str
    over: Literal["fail", "ask"]
    window_start: datetime | None
    used: str
    reserved: str
    raised: str
    left: str | None
    unknown_calls: int
    subjects: int
    fullest: str
    state: Literal["open", "warning", "exceeded"]
    created_at: datetime
    updated_at: datetime


class BulkAnswer(Answer):
    """A preview (`bulk` is null) or the act itself. `sample`: the newest runs that it meets."""

    action: str
    count: int
    sample: list[str]
    confirm: dict[str, Any]
    bulk: BulkAct | None


class BulkResult(Answer):
    """What became of one decision: the approval, or why it was refused, with the status that it would have had alone."""

    id: str
    status: int
    approval: Approval | None
    error: dict[str, Any] | None
    """`title`, `detail`, `errors` and what the kind of error adds."""


class Card(Answer):
    """A card in short, as a board shows it. `run` and `state` are those of its latest run."""

    id: str
    key: str
    title: str
    column: str
    position: str
    assignee: dict[str, str] | None
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"] | None
    priority: Literal["none", "low", "medium", "high", "urgent"]
    labels: list[str]
    due_at: datetime | None
    parent: str | None
    checklist: Counted
    children: Counted
    blocked_by: list[str]
    waits: bool
    parked: bool
    run: str | None
    cost: Decimal | None
    revision: int
    created_at: datetime
    updated_at: datetime


class Changed(Answer):
    """How many items have changed."""

    changed: int


class Channel(Answer):
    """A channel. Secrets are named, never shown: they are in the environment of the servers and workers."""

    id: str
    name: str
    settings: dict[str, Any]
    created_at: datetime


class ChannelTest(Answer):
    """How the test went."""

    delivered: bool
    """Whether the other side took the message."""
    error: str | None
    """Why not."""
    ms: int
    """How long it took, in milliseconds."""


class ChecklistItem(Answer):
    """One thing to be done on a task."""

    id: str
    text: str
    done: bool


class Children(Answer):
    """How many of a task's children are done, and what the runs of all below it cost; null where a price is unknown."""

    done: int
    total: int
    cost: Decimal | None


class CodeFault(Answer):
    """A change of the code that could not be taken over."""

    files: list[str]
    """What had changed."""
    message: str
    traceback: str | None
    """Where it was the import that failed."""
    at: datetime


class Code(Answer):
    """The code that serves. While there is a `fault`, it is older than the files."""

    reloads: bool
    """Whether the server takes over changed code by itself, as `flowforge dev` does."""
    fault: CodeFault | None


class Column(Answer):
    """A column, with how many cards stand in it."""

    id: str
    name: str
    category: Literal["backlog", "todo", "doing", "review", "done"]
    wip_limit: int | None
    on_leave: Literal["cancel", "park"]
    starts: bool
    count: int


class Comment(Answer):
    """A comment on a task. One that was `deleted` keeps its place and has no text; `mentions` are those whom it has told."""

    id: str
    author: str
    author_kind: Literal["person", "agent", "key", "system"]
    text: str
    mentions: list[dict[str, str]]
    """`{"agent": name}` or `{"user": name}`."""
    reply_to: str | None
    created_at: datetime
    edited_at: datetime | None
    deleted: bool


class Consistency(Answer):
    """A proof that the log of the second head begins with that of the first, for `flowforge audit compare --proof`."""

    format: str
    first: Head
    second: Head
    path: list[str]
    keys: list[dict[str, Any]]


class Counted(Answer):
    """How many are done, of how many."""

    done: int
    total: int


class Counts(Answer):
    """How many approvals there are; `mine` wait for whoever asks. Those that have ended are counted for `days`."""

    pending: int
    mine: int
    approved: int
    denied: int
    expired: int
    days: int


class Decision(Answer):
    """What was decided."""

    approved: bool
    edited_args: dict[str, Any] | None
    reason: str | None


class Decisions(Answer):
    """The results, in the order of the decisions."""

    data: list[BulkResult]
    refused: int


class Delegation(Answer):
    """Somebody decides for somebody else until a moment."""

    JSON_NAMES: ClassVar = {"from_": "from"}
    id: str
    from_: str
    to: str
    until: datetime
    created_at: datetime


class Diff(Answer):
    """The fields in which two revisions differ."""

    JSON_NAMES: ClassVar = {"from_": "from"}
    from_: int
    to: int
    changes: list[FieldChange]


class Endpoint(Answer):
    """An endpoint. `failing_since` is set while nothing arrives, `disabled_because` where it was given up."""

    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    failing_since: datetime | None
    keys: list[WebhookKey]
    created_at: datetime
    updated_at: datetime


class Erasure(Answer):
    """How far an erasure has got: looking, found (it waits for a confirmation), erasing, checking, ended.

    `match` says how it was chosen, not whom. `stays` says why something is left; `remaining` is what the last look has still seen.
    """

    id: str
    state: str
    match: list[str]
    force: bool
    found: list[dict[str, Any]]
    erased: dict[str, int]
    remaining: list[dict[str, Any]]
    by: str
    created_at: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None


class EventDetails(Answer):
    """An event: payload, runs, and an answer for each function that it concerns. `reason` says why nothing at all happened."""

    id: str
    event_id: str
    name: str
    data: Any
    received_at: datetime
    runs: list[EventRun]
    functions: list[QuestionAnswer]
    reason: str | None
    test: bool


class SentEvent(Answer):
    """An event that is stored. `duplicate`: its id was known already, `runs` are then the first one's."""

    id: str
    name: str
    runs: list[str]
    duplicate: bool


class EventRun(Answer):
    """A run that the event started."""

    id: str
    label: str
    function: str
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"]


class FieldChange(Answer):
    """How one field differs: `field` is a JSON pointer, `text` a unified diff where the field is prose."""

    field: str
    before: Any
    after: Any
    text: str | None


class FileDiff(Answer):
    """A file that differs. `diff` is unified, null for what is no text or very long; `cut`: there is more of it."""

    path: str
    change: Literal["added", "removed", "changed"]
    diff: str | None
    cut: bool


class Filter(Answer):
    """A saved filter."""

    id: str
    name: str
    query: dict[str, Any]
    shared: bool
    revision: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class Frame(Answer):
    """One frame: its number in this stream, its name, and what it says."""

    id: int
    event: str
    data: dict[str, Any]


class Frames(Answer):
    """Frames in order. To go on, ask again with this `after`."""

    data: list[Frame]
    after: int
    """Where to ask on; also behind frames that `kinds` leaves out."""
    seq: int
    """The number of the stream's newest frame."""
    over: bool
    """The run has ended and nothing comes after these. Only a run's stream ends."""
    reset: bool
    """What you hold is not on record any more: fetch the resource, then go on from `after`, its newest frame."""


class Function(Answer):
    """A function; `triggers` in words. `live`: a running worker knows it; without one its runs stay queued. `app`: who publishes it."""

    id: str
    triggers: list[str]
    retries: int
    version: str | None
    source: str | None
    builtin: bool
    live: bool
    schedules: list[Schedule]
    app: str
    flow: dict[str, Any]
    """Its flow control, by the names of the decorator's arguments; empty without any."""
    input_schema: dict[str, Any] | None
    """JSON Schema of its event's data, where its code declares a type."""


class FunctionQueue(Answer):
    """One function's open runs, and the gates at which they stand."""

    function: str
    ready: int
    at_gates: int
    running: int
    gathering: int
    sleeping: int
    waiting: int
    paused: int
    oldest_queued_at: datetime | None
    live: bool
    is_paused: bool
    gates: list[Gate]


class Gate(Answer):
    """A limit at which runs stand."""

    limit: str
    key: str
    waiting: int
    used: int | None
    capacity: int | None
    per_seconds: float | None
    reason: str


class Grant(Answer):
    """A person's word that this call, or this tool, need not be asked about again on this task. `holds`: it can still be used."""

    id: str
    approval: str
    task: str | None
    tool: str
    scope: Literal["call", "tool"]
    hash: str
    uses_max: int | None
    uses: int
    expires_at: datetime | None
    granted_by: str
    created_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    holds: bool


class Group(Answer):
    """One line. `key` is a name, a day (UTC) or an id, null for calls that have none; `name` is for people."""

    calls: int
    cached_calls: int
    unknown: int
    unpriced: int
    estimated: int
    input_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: Decimal | None
    saved: Decimal
    """US dollars as a decimal string"""
    previous: Before
    change_percent: float | None
    """Of the cost; null where there is nothing to compare with."""
    key: str | None
    name: str | None


class Head(Answer):
    """A signed head: `head` is the text that was signed, as it was signed."""

    type: Literal["head"]
    head: str
    signature: str
    """Ed25519, in hex."""


class Health(Answer):
    status: str


class InboxPage(Answer):
    """Items, the newest first. `unread` counts by kind what is unread and neither archived nor put off, in all; `seq` is the id of the
    stream's newest frame that this answer includes.
    """

    data: list[Item]
    next_cursor: str | None
    unread: dict[str, int]
    seq: int


class InvitationMade(Answer):
    """With the link, which is shown this once. Nothing is mailed: hand it on yourself."""

    HIDDEN: ClassVar = frozenset({"link"})
    id: str
    email: str
    role: Literal["admin", "approver", "member", "viewer"]
    invited_by: str
    created_at: datetime
    expires_at: datetime
    link: str | None


class Invitation(Answer):
    """An invitation that was not accepted yet."""

    id: str
    email: str
    role: Literal["admin", "approver", "member", "viewer"]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class Issued(Answer):
    """A key with its `value`, which is shown this once: a repeat of the request has null there."""

    HIDDEN: ClassVar = frozenset({"value"})
    id: str
    name: str
    kind: Literal["live", "test"]
    scopes: list[str]
    agent: str | None
    ends_in: list[str]
    old_good_until: datetime | None
    active: bool
    created_by: Maker
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    value: str | None


class Item(Answer):
    """One thing that was put before the caller. There is one for each kind and subject; `count` says how often since it was read."""

    id: str
    kind: Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"]
    subject: str
    """What it is about: a task, an approval, a question."""
    task: str | None
    """The task's key, where there is one."""
    title: str
    text: str
    """The beginning of what was said."""
    by: str
    by_kind: Literal["person", "agent", "key", "system"]
    stage: str | None
    """Of a date: `tomorrow` or `overdue`, and the date."""
    count: int
    seq: int
    unread: bool
    archived: bool
    snoozed_until: datetime | None
    created_at: datetime
    updated_at: datetime


class Key(Answer):
    """A key. `ends_in` are the last characters of the values that are good now, the newest first; `active` is false for one that has
    expired or is revoked; `last_used_at` is a minute late at most.
    """

    id: str
    name: str
    kind: Literal["live", "test"]
    scopes: list[str]
    agent: str | None
    ends_in: list[str]
    old_good_until: datetime | None
    active: bool
    created_by: Maker
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class Label(Answer):
    """A label of a board. `colour` names a colour of the palette."""

    name: str
    colour: Literal["grey", "red", "orange", "yellow", "green", "teal", "blue", "violet", "pink"]


class Limit(Answer):
    """A limit as its app publishes it; `override` is the operator's value, in force while it is there."""

    limit: str
    app: str
    capacity: int
    per_seconds: float | None
    burst: int | None
    shared: bool
    override: int | None


class ListedEvent(Answer):
    """An event in a list. `id` is the sender's own id, or `evt_…`, which `event_id` always is."""

    id: str
    event_id: str
    name: str
    received_at: datetime
    runs: list[str]
    test: bool


class Maker(Answer):
    kind: str
    name: str


class McpServer(Answer):
    """A server. `error` says what was wrong with its last listing: that it could not be reached, or which tools cannot be used."""

    id: str
    definition: dict[str, Any]
    revision: int
    error: str | None
    listed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class McpTool(Answer):
    """A tool of a server. Description, parameters and hints are the server's words. Agents get it while it is `accepted`: while its
    `hash` is the one that somebody has accepted.
    """

    name: str
    tool: str
    state: Literal["accepted", "new", "changed", "gone"]
    description: str
    parameters: dict[str, Any]
    hints: dict[str, Any]
    hash: str
    accepted: str | None
    accepted_by: str | None
    effect: Literal["read", "write", "money", "outside"]
    approval: bool | None
    listed_at: datetime


class Me(Answer):
    """The caller. A person has a `role`, a key `scopes`; `permissions` are what either comes to. `test`: sees test runs only."""

    HIDDEN: ClassVar = frozenset({"csrf_token"})
    kind: Literal["person", "agent", "key", "system"]
    name: str
    tenant: str
    test: bool
    role: Literal["admin", "approver", "member", "viewer"] | None
    scopes: list[str] | None
    permissions: list[str]
    csrf_token: str | None
    """To be sent as X-FlowForge-CSRF by whoever writes with a session's cookie; null for all others."""


class Message(Answer):
    """A message. `turn` is the turn at which the agent saw it; one is `missed` when the run ended before it could."""

    id: str
    run: str
    kind: str
    """`message`, or `mention` for a comment in which the agent was named."""
    text: str
    author_kind: Literal["person", "agent", "key", "system"]
    author: str
    state: Literal["waiting", "seen", "missed"]
    turn: int | None
    created_at: datetime
    seen_at: datetime | None


class ModelLimit(Answer):
    """A model's limit. `blocked_until`: the provider has asked to be left alone, and no worker calls it before then."""

    model: str
    tokens_per_minute: int | None
    requests_per_minute: int | None
    blocked_until: datetime | None


class Named(Answer):
    """Something that has an id. `name` is a run's function, an approval's tool, an event's name."""

    kind: Literal["run", "approval", "event"]
    id: str
    label: str
    name: str


class NewEndpoint(Answer):
    """An endpoint with its signing key, which is shown now and never again."""

    HIDDEN: ClassVar = frozenset({"secret"})
    id: str
    url: str
    description: str
    events: list[str]
    enabled: bool
    disabled_because: str | None
    failing_since: datetime | None
    keys: list[WebhookKey]
    created_at: datetime
    updated_at: datetime
    secret: str | None
    """`whsec_` and base64, as Standard Webhooks have it. Null in the answer to a repeat."""


class NewKey(Answer):
    """A key, which is shown now and never again."""

    HIDDEN: ClassVar = frozenset({"secret"})
    id: str
    created_at: datetime
    expires_at: datetime | None
    secret: str | None


class Note(Answer):
    """A note. `tainted` names what the agent had read from outside before it wrote it: it is shown such a note as data, not as advice."""

    id: str
    title: str
    text: str
    tags: list[str]
    task: str | None
    pinned: bool
    tainted: list[str]
    by_kind: str
    by: str
    revision: int
    created_at: datetime
    updated_at: datetime


class Pause(Answer):
    """A pause; without a function it is the tenant's."""

    function: str | None
    reason: str | None
    paused_by: str
    created_at: datetime
    everywhere: bool


class Person(Answer):
    """Somebody who can sign in to this tenant."""

    id: str
    name: str
    email: str
    role: Literal["admin", "approver", "member", "viewer"]
    operator: bool
    second_factor: bool
    disabled_at: datetime | None
    created_at: datetime


class PlannedStep(Answer):
    """A step of the origin; `cost` is what it cost then."""

    key: str
    name: str
    kind: str
    state: Literal["running", "waiting", "completed", "failed"]
    cost: Decimal | None


class Policy(Answer):
    """A policy of the tenant. A change of it is a new revision, and holds from the next call on."""

    id: str
    name: str
    place: int
    rules: list[PolicyRule]
    revision: int
    created_at: datetime
    updated_at: datetime


class PolicyRevision(Answer):
    """What a policy said from one change to the next; approvals name it, as in `refunds@3#2`."""

    revision: int
    place: int
    rules: list[PolicyRule]
    changed_by: str
    created_at: datetime


class Price(Answer):
    """What a model costs in US dollars per million tokens, of prompts that are not long and at the usual service tier and hour; null
    where nobody says. `source`: `override` (set here), `prices.toml` (an app's file) or `litellm` (the table that it comes with).
    """

    model: str
    input: Decimal | None
    output: Decimal | None
    cached: Decimal | None
    cache_written: Decimal | None
    reasoning: Decimal | None
    source: str | None
    version: str | None


class Progress(Answer):
    """How far a run says that it is, from 0 to 1."""

    done: float
    message: str


class ProvedEntry(Answer):
    """An entry with the proof that it is in the log that a head signed; `proof` is null until a head covers it, a minute at most.

    The proof is verified without us: `flowforge audit verify FILE`.
    """

    id: str
    position: int | None
    at: datetime
    principal: Who
    action: str
    target: What
    detail: dict[str, Any] | None
    request_id: str | None
    erased: list[Literal["principal", "target", "detail"]]
    proof: dict[str, Any] | None


class Published(Answer):
    """A policy in code, which holds for every tenant and is asked before the tenant's own."""

    name: str
    app: str
    place: int
    rules: list[PolicyRule]
    version: str
    published_at: datetime


class Question(Answer):
    """A question. `withdrawn`: the run that asked it has ended. `to` is who is asked; null: whoever reads it."""

    id: str
    state: Literal["open", "answered", "expired", "withdrawn"]
    question: str
    options: list[str] | None
    agent: str | None
    task: str | None
    run: str
    to: str | None
    comment: str | None
    created_at: datetime
    expires_at: datetime | None
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


class QueuedRun(Answer):
    """A run that waits for its turn; `ahead` counts those before it."""

    run: str
    task: str | None
    title: str | None
    priority: int
    queued_at: datetime
    ahead: int


class RateLimits(Answer):
    """What a tenant may ask for. `key_share` is the part of both rates that one key may have; `counted` is false while the API is open to
    this machine, which then may ask for anything.
    """

    requests_per_minute: int
    events_per_minute: int
    streams: int
    key_share: float
    counted: bool


class RecordedCall(Answer):
    """What one answered model call of a step used. `cost` is in USD, null where the price is unknown."""

    attempt: int
    model: str
    provider: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    cost: str | None
    latency_ms: int | None


class RecordedEvent(Answer):
    """The event that started the run; `flowforge/call` or `flowforge/invoke` where none did, `data` is then its input."""

    id: str
    name: str
    data: Any
    received_at: datetime


class RecordedReply(Answer):
    """What the model said in a step, word for word, as its last `message.completed` frame has it; gone when retention took the frame."""

    text: str
    reasoning: str
    finish_reason: str
    model: str | None


class RecordedStep(Answer):
    """A step as it was recorded. `hash` is that of its arguments; `input` may be shortened, the hash stands for all of it. It is empty
    where a redaction has left nothing to compare. `calls` and `reply` are those of a step that asked a model.
    """

    key: str
    name: str
    kind: str
    state: Literal["running", "waiting", "completed", "failed"]
    attempt: int
    hash: str
    input: Any
    output: Any
    tagged: bool
    error: dict[str, Any] | None
    ref: str | None
    parent: str | None
    calls: list[RecordedCall]
    reply: RecordedReply | None


class Refused(Answer):
    """Why a task was left as it is: what the single request would have been answered."""

    status: int
    detail: str
    errors: list[dict[str, str]]


class Replay(Answer):
    """What a replay does, or would do: `run` is the new run, null in a dry run. `again` lists the origin's steps that run again if the
    code still comes by them.
    """

    run: str | None
    origin: str
    function: str
    version: str | None
    from_step: str | None
    reused: list[PlannedStep]
    again: list[PlannedStep]
    warnings: list[str]


class Reset(Answer):
    """A link under which a new password is set, for a day. Shown once."""

    HIDDEN: ClassVar = frozenset({"link"})
    link: str | None


class Retention(Answer):
    """`runs`: after their end. `frames`: of finished runs, which keep their steps. `usage` null: for ever. `swept_at`: the last sweep."""

    runs: str
    events: str
    frames: str
    usage: str | None
    swept_at: datetime | None


class Row(Answer):
    """What became of a row. `errors`: why it was refused, or which of its links could not be made."""

    row: int
    outcome: Literal["created", "present", "refused"]
    external_id: str | None
    key: str | None
    errors: list[dict[str, str]]


class PolicyRule(Answer):
    """Every condition that a rule names must hold. `*` and `?` in names stand for any characters; of several labels one is enough.

    `when` is an expression (CEL) over `args`, `tool` {name, effect}, `agent` {name}, `task` {key, labels}, `cost` (US dollars so far,
    or null), `taint` {tainted, sources} and `now` {date, time, hour, minute, weekday} in `zone`.
    """

    action: Literal["allow", "require", "deny"]
    """What becomes of the call: it runs, waits for people, or never runs."""
    tool: list[str] | None
    """Names of tools, or patterns."""
    effect: list[Literal["read", "write", "money", "outside"]] | None
    agent: list[str] | None
    """Names of agents, or patterns."""
    labels: list[str] | None
    """The task has one of these labels."""
    tainted: bool | None
    """Whether the agent has read untrusted content. An `allow` covers such calls only with `true`."""
    when: str | None
    zone: str | None
    reason: str | None
    require: Terms | None
    grantable: bool | None
    """Whether people may approve further calls at once; money only with `true`."""


class AlertRule(Answer):
    """A rule."""

    id: str
    name: str
    kind: str
    function: str | None
    threshold: int
    window_seconds: float
    quiet_seconds: float
    channels: list[str]
    created_at: datetime


class RunHistory(Answer):
    """A run with all that a replay of it finds, for `flowforge.testing.replay_history`."""

    format: Literal["flowforge-history/1"]
    id: str
    function: str
    version: str | None
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"]
    event: RecordedEvent
    batch: bool
    depth: int
    attempt: int
    started_at: datetime | None
    output: Any
    error: dict[str, Any] | None
    steps: list[RecordedStep]


class Run(Answer):
    """A run. `due` is when a sleeping or waiting one wakes by itself; `reason` says why it does not go on; `seq` is the id of the newest
    frame of its stream that this answer includes. A replay names the run that is its `origin`, a run that a step began the `parent`. A
    list leaves out (null) an `output` of over 256 KiB: ask for the run.
    """

    id: str
    label: str
    function: str
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"]
    trigger: str
    input: Any
    output: Any
    error: dict[str, Any] | None
    attempt: int
    cost: Decimal | None
    agent: str | None
    task: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    due: datetime | None
    reason: str | None
    progress: Progress | None
    seq: int
    version: str | None
    origin: str | None
    origin_step: str | None
    dismissed_at: datetime | None
    unpriced_calls: int
    """Model calls that were answered and have no price; `cost` is then null."""
    test: bool
    """A test key began it, or what it comes from."""
    unknown_calls: int
    """Model calls that were never answered; `cost` does not hold what they cost."""
    event: str | None
    """The event that began it."""
    parent: str | None
    """The run of which a step began it."""


class BulkAct(Answer):
    """How far an act on many runs has got; `ended_at` is null while it goes on. `refused` runs were in a state that forbids it."""

    id: str
    action: str
    filter: dict[str, Any]
    expected: int
    done: int
    refused: int
    by: str
    created_at: datetime
    ended_at: datetime | None


class Schedule(Answer):
    """A cron trigger. `waiting`: its time has come, and the run before it still goes on."""

    cron: str
    zone: str
    catch_up: str
    overlap: str
    next_at: datetime | None
    last_fired_at: datetime | None
    waiting: bool


class Secret(Answer):
    """Everything about a secret but its value. `current` is the version in use, null when all are retired."""

    id: str
    name: str
    scope: Literal["tenant", "function", "agent", "tool"]
    subject: str | None
    current: int | None
    versions: list[SecretVersion]
    created_by: str
    created_at: datetime


class SecretVersion(Answer):
    """One value that a secret had. `last_used_at` is right to the minute; a retired version has no value any more."""

    version: int
    created_by: str
    created_at: datetime
    last_used_at: datetime | None
    retired_at: datetime | None


class Settings(Answer):
    """What the caller has asked for by mail. It goes to the address of their account, through the tenant's alert channel for mail."""

    digest: Literal["off", "daily", "weekly"]
    hour: int
    weekday: int
    time_zone: str
    mail: list[Literal["assigned", "mentioned", "question", "approval", "due", "done", "commented"]]


class SharedSkill(Answer):
    """A version that may be imported. `own`: this tenant shares it; only then is it told with whom, and by whom."""

    JSON_NAMES: ClassVar = {"with_": "with"}
    id: str
    name: str
    number: int
    tree: str
    description: str
    owner: str
    own: bool
    with_: str | None
    shared_by: str
    created_at: datetime


class Signal(Answer):
    """A signal that is stored, and will be delivered once."""

    id: str
    run: str
    signal: str


class SkillContent(Answer):
    """A file with what stands in it: a text, or bytes in base64."""

    path: str
    sha256: str
    bytes: int
    text: str | None
    base64: str | None


class SkillDetail(Answer):
    """A version with its instructions and a list of its files."""

    name: str
    number: int
    label: str | None
    layer: Literal["tenant", "deployment"]
    tree: str
    description: str
    tools: list[str]
    optional_tools: list[str]
    """An agent gets those of them that are to be had."""
    license: str | None
    compatibility: str | None
    metadata: dict[str, str]
    allowed_tools: str | None
    """As it is written in the skill; here it allows nothing."""
    files: int
    bytes: int
    source: dict[str, Any]
    """Where it came from: `kind`, and what belongs to it."""
    vouched: bool
    """Somebody here answers for its text; else it counts as from outside."""
    created_by: str | None
    created_at: datetime
    deprecated_at: datetime | None
    deprecation: str | None
    instructions: str
    manifest: list[SkillFile]


class SkillDiff(Answer):
    """What is different between two versions."""

    JSON_NAMES: ClassVar = {"from_": "from"}
    from_: int
    to: int
    files: list[FileDiff]


class SkillFile(Answer):
    """One file of a version."""

    path: str
    sha256: str
    bytes: int


class Skill(Answer):
    """The version that a bare name means. `loaded`: in how many runs an agent has loaded it; `hides_published`: workers publish one too."""

    name: str
    number: int
    label: str | None
    layer: Literal["tenant", "deployment"]
    tree: str
    description: str
    tools: list[str]
    optional_tools: list[str]
    """An agent gets those of them that are to be had."""
    license: str | None
    compatibility: str | None
    metadata: dict[str, str]
    allowed_tools: str | None
    """As it is written in the skill; here it allows nothing."""
    files: int
    bytes: int
    source: dict[str, Any]
    """Where it came from: `kind`, and what belongs to it."""
    vouched: bool
    """Somebody here answers for its text; else it counts as from outside."""
    created_by: str | None
    created_at: datetime
    deprecated_at: datetime | None
    deprecation: str | None
    versions: int
    loaded: int
    hides_published: bool


class SkillUser(Answer):
    """An agent that has the skill: as it names it, and the version that it would get now; null where there is none."""

    agent: str
    id: str
    wanted: str
    version: int | None


class SkillVersion(Answer):
    """One version of a skill. `layer`: the tenant's own, or one that workers publish. `tree` is the hash over all its files."""

    name: str
    number: int
    label: str | None
    layer: Literal["tenant", "deployment"]
    tree: str
    description: str
    tools: list[str]
    optional_tools: list[str]
    """An agent gets those of them that are to be had."""
    license: str | None
    compatibility: str | None
    metadata: dict[str, str]
    allowed_tools: str | None
    """As it is written in the skill; here it allows nothing."""
    files: int
    bytes: int
    source: dict[str, Any]
    """Where it came from: `kind`, and what belongs to it."""
    vouched: bool
    """Somebody here answers for its text; else it counts as from outside."""
    created_by: str | None
    created_at: datetime
    deprecated_at: datetime | None
    deprecation: str | None


class Spending(Answer):
    """What one subject of a budget has used in the window that is now."""

    subject: str
    used: str
    reserved: str
    raised: str
    unknown_calls: int


class StatusReason(Answer):
    """Why an agent has its status: what it is about, and since when."""

    kind: Literal[
        "task",
        "run",
        "approval",
        "question",
        "dependency",
        "event",
        "signal",
        "child",
        "timer",
        "limit",
        "worker",
        "person",
        "failure",
        "work",
    ]
    subject: str | None
    since: datetime | None


class Step(Answer):
    """A step. `attempts` are those that failed before the one shown; `ms` is the duration of the last one. `reused`: its result was taken
    over from the run that this one is a replay of. `seq`: the number of the run's stream that this includes.
    """

    key: str
    name: str
    kind: str
    state: Literal["running", "waiting", "completed", "failed"]
    attempt: int
    attempts: list[dict[str, Any]]
    parent: str | None
    input: Any
    output: Any
    error: dict[str, Any] | None
    ms: float | None
    cost: Decimal | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_at: datetime
    ended_at: datetime | None
    due: datetime | None
    reused: bool
    seq: int
    child: str | None
    """The run that it began and waits for."""


class Sums(Answer):
    """Calls, tokens and US dollars. Of the calls, `cached_calls` were answered from an earlier answer (`saved` is what that had cost),
    `unknown` were sent and never answered, `unpriced` have no price, of `estimated` the tokens were counted here. `cost` is the exact
    sum over the calls that have a price, null where none has.
    """

    calls: int
    cached_calls: int
    unknown: int
    unpriced: int
    estimated: int
    input_tokens: int
    cached_tokens: int
    cache_written_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost: Decimal | None
    saved: Decimal
    """US dollars as a decimal string"""
    previous: Before
    change_percent: float | None
    """Of the cost; null where there is nothing to compare with."""


class TaskAct(Answer):
    """What came of it for one task."""

    key: str
    revision: int | None
    error: Refused | None


class TaskImport(Answer):
    """A word on each row, in order."""

    data: list[Row]
    created: int
    present: int
    refused: int
    dry_run: bool


class Task(Answer):
    """A task. `run`, `state` and `cost` are those of its latest run, of all its runs for the cost; `comments` are the newest 100, in a
    list of tasks the newest one; `seq` is the id of the newest frame of its stream that this answer includes. `waits`: its agent
    starts as soon as `blocked_by` is empty and its board has room; `parked`: its agent's run is paused, because the task was moved
    away from its work.
    """

    id: str
    key: str
    title: str
    description: str
    column: str
    assignee: dict[str, str] | None
    """`{"agent": name}`, `{"user": name}`, or null."""
    run: str | None
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"] | None
    cost: Decimal | None
    board: str
    """Its prefix."""
    position: str
    """Where it stands in its column: positions sort as text, byte by byte."""
    priority: Literal["none", "low", "medium", "high", "urgent"]
    labels: list[str]
    due_at: datetime | None
    owner: str | None
    parent: str | None
    children: Children
    checklist: list[ChecklistItem]
    depends_on: list[str]
    blocked_by: list[str]
    """Those of `depends_on` that are not done."""
    waits: bool
    parked: bool
    archived_at: datetime | None
    comments: list[Comment]
    watchers: list[str]
    """Who hears of what is said on it, by name; 200 at most."""
    attachments: list[Attachment]
    revision: int
    seq: int
    created_by: str
    created_at: datetime
    updated_at: datetime


class TaskTree(Answer):
    """`truncated`: there are more cards in it than are shown."""

    root: TreeCard
    truncated: bool


class TasksAct(Answer):
    """One result for each task, in the order of the keys."""

    data: list[TaskAct]
    done: int
    refused: int


class TeamDefinition(Answer):
    """A lead and its members, by their names. A card that is given to the team is the lead's, who is told who is in the team and may give
    work to each; `instructions` are added to the lead's own.

    >>> TeamDefinition(name="support", lead="atlas", members=("maya",)).limits.depth 8
    """

    name: str
    """lower-case letters, digits and hyphens"""
    lead: str
    """an agent"""
    members: list[str]
    """agents"""
    description: str
    instructions: str
    limits: TeamLimits


class TeamLimits(Answer):
    """How many cards the lead and those behind it may make; a team may narrow this, and widen it up to the maximum."""

    depth: int
    """levels of cards below the team's"""
    cards_by_run: int
    cards_in_tree: int


class Team(Answer):
    """A team. `status` follows from the runs of its agents."""

    id: str
    name: str
    lead: str
    members: list[str]
    description: str
    instructions: str
    limits: TeamLimits
    status: Literal["running", "waiting", "idle"]
    revision: int
    created_at: datetime
    updated_at: datetime


class TeamRevision(Answer):
    """What a team was, and who made it so."""

    revision: int
    definition: TeamDefinition
    created_by: str
    created_at: datetime


class Tenant(Answer):
    """A tenant. `deleting`: rows go until none is left; there is no way back. `deleted`: none is left."""

    id: str
    name: str
    state: Literal["active", "suspended", "deleting", "deleted"]
    reason: str | None
    suspended_at: datetime | None
    created_at: datetime
    deleted_rows: int


class Terms(Answer):
    """The requirement as a rule writes it; durations as `"30m"`, `"24h"` or seconds."""

    count: int
    """How many different people must approve."""
    roles: list[Literal["admin", "approver", "member", "viewer"]]
    """Only people of these roles; admins count as approvers."""
    people: list[str]
    """Only these, by name, or who stands in for them."""
    not_requester: bool
    """Whoever gave the work does not decide about it."""
    expires: float | None
    """How long it is open; then it reads as denied."""
    remind_after: float | None
    escalate_after: float | None
    escalate_to: Literal["admin", "approver", "member", "viewer"] | None
    """Whose people may decide too, after `escalate_after`."""


class ToolImport(Answer):
    """What an import makes, changes, removes and leaves as it is; `refused` could be no tools. `tools` are those made or changed."""

    source: str
    title: str
    dry_run: bool
    made: list[str]
    changed: list[str]
    removed: list[str]
    kept: list[str]
    refused: list[str]
    tools: list[dict[str, Any]]


class Tool(Answer):
    """A tool. `state`: agents get it when it is `ready`; `shadowed` has the name of another one, which they get; new, changed and gone
    are of MCP servers' tools. `outside`: its results come from elsewhere. Counts are of today, UTC; `error` is of the last call that
    failed.
    """

    name: str
    origin: Literal["code", "builtin", "http", "mcp", "skill"]
    state: Literal["ready", "new", "changed", "gone", "shadowed"]
    description: str
    effect: Literal["read", "write", "money", "outside"]
    approval: bool | None
    reversible: bool | None
    consequence: str | None
    outside: bool
    timeout_seconds: float | None
    rate: str | None
    parameters: dict[str, Any]
    server: str | None
    revision: int | None
    source: str | None
    used_by: list[str]
    calls_today: int
    failures_today: int
    called_at: datetime | None
    error: str | None
    failed_at: datetime | None


class TreeCard(Answer):
    """A card with those below it. `cost_below` is what they cost together; null where a price is not known."""

    key: str
    title: str
    column: str
    assignee: dict[str, str] | None
    """`{"agent": name}`, `{"user": name}`, or null."""
    cost: Decimal | None
    cost_below: Decimal | None
    runs: list[TreeRun]
    children: list[TreeCard]


class TreeRun(Answer):
    """A run on a card; `made` are the tasks that it has given away."""

    id: str
    agent: str | None
    state: Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled", "skipped"]
    cost: Decimal | None
    made: list[str]


class Usage(Answer):
    """One page of groups, the dearest first, days in their order. `totals` are those of all pages."""

    group_by: Literal["model", "provider", "tenant", "agent", "function", "task", "day", "run"]
    since: datetime
    until: datetime
    previous_since: datetime
    totals: Sums
    data: list[Group]
    next_cursor: str | None


class User(Answer):
    """A person."""

    id: str
    name: str
    role: Literal["admin", "approver", "member", "viewer"] | None
    """What they may in this tenant; null for somebody who cannot sign in."""
    created_at: datetime


class Vote(Answer):
    """What somebody said. With `voided_by` it counts no more: that person has edited the arguments, or the voter has voted again."""

    name: str
    approved: bool
    hash: str
    reason: str | None
    on_behalf_of: str | None
    role: str | None
    voted_at: datetime
    voided_by: str | None


class Watcher(Answer):
    """Somebody who watches a task."""

    id: str
    name: str
    since: datetime


class WebAccess(Answer):
    """The settings; `revision` is 0 as long as nobody has set any: then every public address may be called, and nobody searches."""

    allow: list[str] | None
    search: dict[str, Any] | None
    revision: int
    updated_at: datetime | None


class Delivery(Answer):
    """One message for one endpoint. While it is pending, `due` is when it is tried next."""

    id: str
    endpoint: str
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None
    created_at: datetime


class WebhookKey(Answer):
    """A signing key, without what it is. `expires_at` is null for the newest."""

    id: str
    created_at: datetime
    expires_at: datetime | None


class What(Answer):
    """What it was done to. `name` is null where it was erased."""

    kind: str
    name: str | None


class Who(Answer):
    """Who acted. `name` is null where it was erased."""

    kind: Literal["person", "agent", "key", "system"]
    name: str | None
    id: str | None


class WholeDelivery(Answer):
    """A delivery with what is sent and every attempt."""

    id: str
    endpoint: str
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempt: int
    due: datetime | None
    delivered_at: datetime | None
    error: str | None
    created_at: datetime
    payload: dict[str, Any]
    attempts: list[Attempt]


class WholeTool(Answer):
    """A tool with its definition, where it is a call over HTTP."""

    name: str
    origin: Literal["code", "builtin", "http", "mcp", "skill"]
    state: Literal["ready", "new", "changed", "gone", "shadowed"]
    description: str
    effect: Literal["read", "write", "money", "outside"]
    approval: bool | None
    reversible: bool | None
    consequence: str | None
    outside: bool
    timeout_seconds: float | None
    rate: str | None
    parameters: dict[str, Any]
    server: str | None
    revision: int | None
    source: str | None
    used_by: list[str]
    calls_today: int
    failures_today: int
    called_at: datetime | None
    error: str | None
    failed_at: datetime | None
    definition: dict[str, Any] | None
