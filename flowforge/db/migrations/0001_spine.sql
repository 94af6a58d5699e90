-- The spine: engine, board, agents, approvals, audit.
--
-- tenant_id leads every key of what belongs to a tenant. Tables without it (worker, heartbeat, function, trigger, tool,
-- skill, clock) describe the deployment, not anybody's data. Times that leases, timers and limits depend on are
-- (select flowforge.now()), which tests can skew. Outputs, inputs and whatever gets signed are the exact JSON text.
create schema if not exists flowforge;

-- ── deployment ──────────────────────────────────────────────────────────────────────────────────────────────────────

create table flowforge.clock (
  only_row  boolean  primary key default true check (only_row),
  skew      interval not null default '0'
);
insert into flowforge.clock default values;

create function flowforge.now() returns timestamptz
  language sql stable
  return now() + (select skew from flowforge.clock);

-- A worker's generation: one row for each life of a worker process. Flushes and claims lock it; a rescuer marks it dead.
create table flowforge.worker (
  worker_id   uuid        primary key,
  name        text        not null,              -- host:pid, for people
  alive       boolean     not null default true,
  functions   text[]      not null default '{}',
  started_at  timestamptz not null default now(),
  ended_at    timestamptz
);

-- Beaten by a thread of its own over a connection of its own, so apart from the row that flushes lock.
create table flowforge.heartbeat (
  worker_id  uuid        primary key,
  beat       bigint      not null default 0,
  seen       timestamptz not null default now()
) with (fillfactor = 50);

-- What workers publish when they start; `app` is the module or file it came from, whose whole set is replaced at once.
create table flowforge.function (
  function_id   text        primary key,
  app           text        not null,
  version       text,
  retries       integer     not null,
  settings      text        not null default '{}',   -- JSON, as registered
  source        text,                                -- file:line, for people
  builtin       boolean     not null default false,
  published_at  timestamptz not null default now()
);

create table flowforge.trigger (
  pattern      text not null,                        -- an event name, or one with * in it
  function_id  text not null,
  primary key (pattern, function_id)
);

create table flowforge.tool (
  name          text        primary key,
  app           text        not null,
  description   text        not null default '',
  parameters    text        not null,                -- JSON Schema
  effect        text        not null check (effect in ('read', 'write', 'money', 'outside')),
  reversible    boolean,
  approval      boolean,                             -- null: by effect
  consequence   text,
  published_at  timestamptz not null default now()
);

create table flowforge.skill (
  name          text        primary key,
  app           text        not null,
  description   text        not null,
  instructions  text        not null,
  tools         text[]      not null default '{}',
  published_at  timestamptz not null default now()
);

create table flowforge.tenant (
  tenant_id   uuid        primary key,
  name        text        not null unique,
  created_at  timestamptz not null default now()
);
insert into flowforge.tenant (tenant_id, name) values ('00000000-0000-7000-8000-000000000001', 'default');

-- ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────────

create table flowforge.event (
  tenant_id    uuid        not null,
  event_id     uuid        not null,
  key          text,                                 -- the sender's own id, if it gave one
  name         text        not null,
  data         text        not null,                 -- JSON
  received_at  timestamptz not null,
  primary key (tenant_id, event_id)
);
create index event_by_name on flowforge.event (tenant_id, name, received_at, event_id);

-- The sender's id deduplicates for seven days; after that the row is taken over by the next event with that id.
create table flowforge.event_key (
  tenant_id    uuid        not null,
  key          text        not null,
  event_id     uuid        not null,
  received_at  timestamptz not null,
  primary key (tenant_id, key)
);

-- What is committed but not yet looked at: events whose triggers and waits are unmatched ('e'), ended runs whose parents
-- are unwoken ('r'). A row is deleted by the statement that acts on it, so each is acted on once.
create table flowforge.dispatch (
  tenant_id   uuid        not null,
  kind        "char"      not null,
  subject_id  uuid        not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, kind, subject_id)
);

-- ── runs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

-- Written when a run is made and when it ends; what happens between is the owner row's. `state` is 'open' until then.
create table flowforge.run (
  tenant_id      uuid        not null,
  run_id         uuid        not null,
  function_id    text        not null,
  version        text,
  state          text        not null default 'open' check (state in ('open', 'completed', 'failed', 'cancelled', 'skipped')),
  event_id       uuid,
  event_name     text        not null,               -- of the trigger; 'flowforge/call' or 'flowforge/invoke' without one
  event_key      text,
  input          text        not null,               -- JSON: the event's data
  received_at    timestamptz not null,               -- of the event: waits look back to here
  parent_run_id  uuid,
  parent_key     text,
  depth          smallint    not null default 0,
  agent_id       uuid,                               -- labels for the rooms above; the engine only carries them
  task_id        uuid,
  output         text,                               -- JSON; null while a large output lies in blob_id
  blob_id        uuid,
  error          text,                               -- JSON {type, message, step?, hint?, traceback?}
  attempt        integer     not null default 1,
  end_seq        bigint,                             -- of the final frame in the run's stream
  created_at     timestamptz not null,
  started_at     timestamptz,
  ended_at       timestamptz,
  primary key (tenant_id, run_id)
) with (fillfactor = 80);
create index run_by_event on flowforge.run (tenant_id, event_id) where event_id is not null;
create index run_by_parent on flowforge.run (tenant_id, parent_run_id) where parent_run_id is not null;
create index run_by_agent on flowforge.run (tenant_id, agent_id, run_id) where agent_id is not null;
create index run_by_task on flowforge.run (tenant_id, task_id, run_id) where task_id is not null;
create index run_by_function on flowforge.run (tenant_id, function_id, run_id);

-- Every run that has not ended has exactly one row here: ready, leased, or parked with what it waits for.
create table flowforge.owner (
  tenant_id    uuid        not null,
  run_id       uuid        not null,
  function_id  text        not null,
  state        "char"      not null check (state in ('r', 'l', 'p')),
  parked_for   "char"      check (parked_for in ('s', 'w', 'p')),   -- sleep, wait, paused by the engine or a person
  vt           bigint      not null,                 -- virtual time: the ready queue's order
  worker_id    uuid,
  fence        integer     not null default 0,       -- raised each time the lease is taken
  wake         boolean     not null default false,   -- something it waits for came while it was leased
  cancel       boolean     not null default false,
  due          timestamptz,                          -- parked: when to wake by itself
  attempt      integer     not null default 1,
  rescues      smallint    not null default 0,       -- in a row, without a step completed between
  rescue_mark  integer     not null default 0,       -- completed steps at the last rescue
  started_at   timestamptz,
  reason       text,                                 -- why it is paused, for people
  primary key (tenant_id, run_id)
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
create index owner_ready on flowforge.owner (vt, run_id) where state = 'r';
create index owner_leased on flowforge.owner (worker_id) where state = 'l';
create index owner_due on flowforge.owner (due) where state = 'p' and due is not null;

create table flowforge.step (
  tenant_id   uuid        not null,
  run_id      uuid        not null,
  key         text        not null,                  -- branch scope + name + occurrence
  name        text        not null,
  kind        text        not null,
  state       smallint    not null,                  -- 0 running, 1 waiting, 2 completed, 3 failed; never lowered
  attempt     smallint    not null default 1,
  hash        bigint      not null default 0,        -- of the arguments
  seq         bigint      not null,                  -- its place in the run's stream
  input       text,                                  -- JSON
  output      text,                                  -- JSON; null while large outputs lie in blob_id
  blob_id     uuid,
  tagged      boolean     not null default false,    -- the output carries type tags ("$type")
  error       text,                                  -- JSON {type, message, …} of the last attempt
  failures    text,                                  -- JSON list of failed attempts
  announced   boolean     not null default false,    -- step.started already stands in the stream
  ref         uuid,                                  -- what it waits for or made: child run, event, approval
  parent      text,                                  -- key of the step that asked for it (an agent's tool call)
  due         timestamptz,
  started_at  timestamptz not null,
  ended_at    timestamptz,
  primary key (tenant_id, run_id, key)
);

create table flowforge.blob (
  tenant_id  uuid  not null,
  run_id     uuid  not null,
  blob_id    uuid  not null,
  data       bytea not null,
  primary key (tenant_id, run_id, blob_id)
);

-- Open waits for events. `looked`: the look-back after its commit has been done.
create table flowforge.wait (
  tenant_id   uuid    not null,
  run_id      uuid    not null,
  key         text    not null,
  event_name  text    not null,
  match_path  text    not null default '',           -- '' matches any event of that name
  match_key   text    not null default '',           -- canonical JSON of the value it must have (hashed when long)
  since       timestamptz not null,
  looked      boolean not null default false,
  event_id    uuid,                                  -- the event that satisfied it
  primary key (tenant_id, run_id, key)
);
create index wait_by_match on flowforge.wait (tenant_id, event_name, match_path, match_key) where event_id is null;

-- ── models ──────────────────────────────────────────────────────────────────────────────────────────────────────────

create table flowforge.usage (
  tenant_id         uuid        not null,
  usage_id          uuid        not null,
  run_id            uuid        not null,
  step_key          text        not null,
  function_id       text        not null,
  agent_id          uuid,
  task_id           uuid,
  model             text        not null,
  provider          text        not null,
  input_tokens      integer     not null,
  output_tokens     integer     not null,
  cached_tokens     integer     not null default 0,
  reasoning_tokens  integer     not null default 0,
  cost              numeric,                         -- USD; null: the price is unknown
  price_source      text,
  price_version     text,
  latency_ms        integer     not null,
  first_token_ms    integer,
  attempt           smallint    not null default 1,
  created_at        timestamptz not null default now(),
  primary key (tenant_id, usage_id)
);
create index usage_by_run on flowforge.usage (tenant_id, run_id, step_key);
create index usage_by_agent on flowforge.usage (tenant_id, agent_id, created_at) where agent_id is not null;
create index usage_by_task on flowforge.usage (tenant_id, task_id) where task_id is not null;

-- ── streams ─────────────────────────────────────────────────────────────────────────────────────────────────────────

-- A frame belongs to one home stream (a run's, a task's or an agent's) and may also stand in its agent's and its task's.
-- A run's frames are numbered by the worker that holds its lease; the others by the counter row, which is locked until
-- commit, so that a smaller number never becomes visible after a larger one.
create table flowforge.frame (
  tenant_id   uuid        not null,
  stream_id   uuid        not null,
  seq         bigint      not null,
  name        text        not null,
  data        text        not null,                  -- JSON
  agent_id    uuid,
  agent_seq   bigint,
  task_id     uuid,
  task_seq    bigint,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, stream_id, seq)
);
create index frame_by_agent on flowforge.frame (tenant_id, agent_id, agent_seq) where agent_seq is not null;
create index frame_by_task on flowforge.frame (tenant_id, task_id, task_seq) where task_seq is not null;

create table flowforge.stream (
  tenant_id  uuid   not null,
  stream_id  uuid   not null,                        -- an agent's or a task's id
  last_seq   bigint not null default 0,
  primary key (tenant_id, stream_id)
) with (fillfactor = 50);

-- ── people, board, agents ───────────────────────────────────────────────────────────────────────────────────────────

create table flowforge.person (
  tenant_id   uuid        not null,
  person_id   uuid        not null,
  name        text        not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, person_id),
  unique (tenant_id, name)
);

create table flowforge.agent (
  tenant_id     uuid        not null,
  agent_id      uuid        not null,
  name          text        not null,
  model         text        not null,
  instructions  text        not null default '',
  skills        text[]      not null default '{}',
  tools         text[]      not null default '{}',
  approval      text        not null default '{}',   -- JSON {"tool": bool}
  done_column   text        not null default 'Review',
  revision      integer     not null default 1,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  primary key (tenant_id, agent_id),
  unique (tenant_id, name)
);

-- Every change of an agent is a new revision; a run keeps the one it began with.
create table flowforge.agent_revision (
  tenant_id   uuid        not null,
  agent_id    uuid        not null,
  revision    integer     not null,
  definition  text        not null,                  -- JSON
  created_at  timestamptz not null default now(),
  primary key (tenant_id, agent_id, revision)
);

create table flowforge.board (
  tenant_id    uuid    not null,
  board_id     uuid    not null,
  name         text    not null,
  prefix       text    not null,
  next_number  integer not null default 1,
  primary key (tenant_id, board_id),
  unique (tenant_id, prefix)
);

create table flowforge.board_column (
  tenant_id  uuid     not null,
  board_id   uuid     not null,
  name       text     not null,
  position   smallint not null,
  primary key (tenant_id, board_id, name)
);

create table flowforge.task (
  tenant_id     uuid        not null,
  task_id       uuid        not null,
  board_id      uuid        not null,
  number        integer     not null,
  key           text        not null,                -- FF-14
  title         text        not null,
  description   text        not null default '',
  column_name   text        not null,
  agent_id      uuid,                                -- the assignee is an agent, a person or nobody
  person_id     uuid,
  assignment_id uuid,                                -- the event that gave it to the agent, while that assignment stands
  revision      integer     not null default 1,
  created_by    text        not null,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  primary key (tenant_id, task_id),
  unique (tenant_id, key),
  check (agent_id is null or person_id is null)
);
create index task_by_column on flowforge.task (tenant_id, board_id, column_name, number);
create index task_by_agent on flowforge.task (tenant_id, agent_id) where agent_id is not null;

create table flowforge.comment (
  tenant_id    uuid        not null,
  task_id      uuid        not null,
  comment_id   uuid        not null,
  author_kind  text        not null,                 -- person, agent, key, system
  author       text        not null,
  text         text        not null,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, task_id, comment_id)
);

create table flowforge.activity (
  tenant_id    uuid        not null,
  task_id      uuid        not null,
  activity_id  uuid        not null,
  actor_kind   text        not null,
  actor        text        not null,
  action       text        not null,                 -- created, moved, assigned, commented, updated, started, ended
  detail       text        not null default '{}',    -- JSON
  created_at   timestamptz not null default now(),
  primary key (tenant_id, task_id, activity_id)
);

create table flowforge.approval (
  tenant_id       uuid        not null,
  approval_id     uuid        not null,
  run_id          uuid        not null,
  step_key        text        not null,
  state           text        not null default 'pending' check (state in ('pending', 'approved', 'denied', 'expired')),
  tool            text        not null,
  arguments       text        not null,              -- the exact JSON that was asked for
  arguments_hash  text        not null,              -- SHA-256 of it, hex
  schema          text,                              -- JSON Schema that edited arguments must satisfy
  effect          text        not null,
  reversible      boolean,
  reason          text,                              -- why it was gated, and the requester's own words
  agent_id        uuid,
  task_id         uuid,
  cost_so_far     numeric,
  created_at      timestamptz not null default now(),
  expires_at      timestamptz,
  decided_at      timestamptz,
  decided_by      text,
  decision        text,                              -- JSON {approved, edited_args, reason}
  primary key (tenant_id, approval_id),
  unique (tenant_id, run_id, step_key)
);
create index approval_by_state on flowforge.approval (tenant_id, state, approval_id);
create index approval_by_task on flowforge.approval (tenant_id, task_id) where task_id is not null;

-- ── audit, idempotent requests ──────────────────────────────────────────────────────────────────────────────────────

create table flowforge.audit_head (
  tenant_id  uuid   primary key,
  last_seq   bigint not null default 0
);

create table flowforge.audit (
  tenant_id       uuid        not null,
  seq             bigint      not null,
  principal_kind  text        not null,
  principal       text        not null,
  action          text        not null,              -- task.create, approval.decide, …
  target_kind     text        not null,
  target          text        not null,
  detail          text        not null default '{}', -- JSON
  created_at      timestamptz not null default now(),
  primary key (tenant_id, seq)
);

create table flowforge.idempotent_request (
  tenant_id     uuid        not null,
  key           text        not null,
  fingerprint   text        not null,                -- SHA-256 of caller, method, path and body
  subject_id    uuid        not null,                -- the id of what it makes, the same for every repeat
  claim_id      uuid        not null,                -- who is answering it
  status        smallint,                            -- null while the first one is being answered, 0: it failed on our side
  response      text,                                -- JSON {headers, body}
  created_at    timestamptz not null default now(),
  primary key (tenant_id, key)
);
create index idempotent_request_by_age on flowforge.idempotent_request (tenant_id, created_at);
