-- Flow control and fair queueing: gates at which ready runs wait, limits, what dispatchers remember for keys, virtual time.

-- Ready runs that a claim has found at a closed gate (a full limit, a paused function or tenant) stand at it, state 'g', out of the
-- ready queue. Gathering runs are parked for 'd' (debounce) or 'b' (batch); 'n': started without an event, flow control has still to
-- be applied.
alter table flowforge.owner
  drop constraint owner_state_check,
  drop constraint owner_parked_for_check,
  add constraint owner_state_check check (state in ('r', 'l', 'p', 'g')),
  add constraint owner_parked_for_check check (parked_for in ('s', 'w', 'p', 'd', 'b', 'n')),
  add column gate uuid,                              -- at which it stands: a limit's or a pause's id
  add column limits uuid[],                          -- what it counts against while it is leased, narrowest first
  add column priority smallint not null default 0,   -- -2 later … 2 sooner, within the tenant
  add column ordered boolean not null default false, -- its tenant uses priorities: whose turn it is goes by them, not by vt
  add column deadline timestamptz,                   -- to have started by, later to have finished by
  add column finish_seconds float8,                  -- from its first start
  add column cancel_error text;                      -- JSON: why it is to be cancelled, when nobody's hand did it
create index owner_at_gate on flowforge.owner (gate, vt, run_id) where state = 'g';
create index owner_by_priority on flowforge.owner (tenant_id, priority desc, run_id) where state = 'r' and ordered;
create index owner_by_priority_at_gate on flowforge.owner (gate, tenant_id, priority desc, run_id) where state = 'g' and ordered;
create index owner_deadline on flowforge.owner (deadline) where deadline is not null;
create index owner_cancelled on flowforge.owner (run_id) where cancel and state <> 'l';

alter table flowforge.run add column batch boolean not null default false;   -- input is the list of its events
alter table flowforge.function add column controlled boolean not null default false;   -- flow control applies to calls, too
alter table flowforge.tenant add column weight float8 not null default 1 check (weight between 0.001 and 1000);

-- What limits say, as workers publish it. A shared rule belongs to the first app that published it.
create table flowforge.limit_rule (
  rule            text    primary key,               -- <function>:0, <function>:throttle, or a shared limit's name
  app             text    not null,
  kind            "char"  not null check (kind in ('c', 't')),   -- counts leased runs, or spreads starts out
  capacity        integer not null,
  period_seconds  float8,
  burst           integer,
  shared          boolean not null default false,
  published_at    timestamptz not null default now()
);

-- An operator's value for a rule, in force until it is taken away; it outlives deployments.
create table flowforge.limit_override (
  rule      text    primary key,
  capacity  integer not null check (capacity >= 0)
);

-- A rule for one value of its key. Claimers lock these rows before they count (ENGINE.md, rule 12).
create table flowforge.flow_limit (
  limit_id   uuid   primary key,
  tenant_id  uuid,                                   -- null: all tenants share it
  rule       text   not null,
  key        text   not null default '',
  tat        float8                                  -- throttle: the theoretical arrival time, seconds
) with (fillfactor = 70);
create index flow_limit_by_rule on flowforge.flow_limit (rule);
create index flow_limit_of_keys on flowforge.flow_limit (tenant_id, limit_id) where key <> '';

-- Who counts against a limit: written with the lease. It counts while that lease, by its fence, is held; the next claimer drops it.
create table flowforge.slot (
  limit_id   uuid    not null,
  tenant_id  uuid    not null,
  run_id     uuid    not null,
  fence      integer not null,
  step_key   text    not null default '',            -- of a step that is limited by itself; '' is the run
  weight     integer not null default 1,
  primary key (limit_id, tenant_id, run_id, step_key)
);

-- Gates to look at, from `due` on: somebody has come to them, or a slot was released. Rows have ids of their own, so that who adds
-- one never waits for who takes one away.
create table flowforge.mark (
  mark_id  uuid        primary key default gen_random_uuid(),
  gate     uuid        not null,
  due      timestamptz not null
);
create index mark_by_due on flowforge.mark (due, gate);
create index mark_by_gate on flowforge.mark (gate);

-- An operator's pause: of a function, of a tenant, or of a function for one tenant. Its id is the gate at which its runs stand.
create table flowforge.pause (
  pause_id     uuid        primary key,
  tenant_id    uuid,
  function_id  text,
  reason       text,
  paused_by    text        not null,
  created_at   timestamptz not null default now(),
  check (tenant_id is not null or function_id is not null)
);
create unique index pause_once on flowforge.pause (coalesce(tenant_id, '00000000-0000-0000-0000-000000000000'), coalesce(function_id, ''));

-- What a function did for a key: 'i' idempotency, 'r' rate, 'd' debounce, 'b' batch, 's' singleton.
create table flowforge.keyed (
  tenant_id    uuid    not null,
  function_id  text    not null,
  purpose      "char"  not null,
  key          text    not null,
  run_id       uuid,
  at           float8,                               -- seconds: when that run was made, or gathering began
  tat          float8,
  count        integer not null default 0,
  primary key (tenant_id, function_id, purpose, key)
) with (fillfactor = 70);

-- Why an event has no run of its own with a function that listens to it, or what was left out for it.
create table flowforge.event_fate (
  tenant_id    uuid not null,
  event_id     uuid not null,
  function_id  text not null,
  fate         text not null check (fate in ('duplicate', 'joined', 'noted')),
  run_id       uuid,
  detail       text not null,
  primary key (tenant_id, event_id, function_id, fate)
);

alter table flowforge.wait
  add column cancels boolean not null default false,  -- the event cancels the run
  add column until timestamptz;                       -- later ones do not count

-- Start-time fair queueing (ENGINE.md, rule 13): V, and the last virtual time of each tenant. The virtual times of a tenant's queued runs are
-- its turns; which of its runs takes a turn is decided at the claim, by priority and age.
create table flowforge.virtual_time (
  only_row  boolean primary key default true check (only_row),
  v         bigint  not null default 0
) with (fillfactor = 20);
insert into flowforge.virtual_time default values;

create table flowforge.share (
  tenant_id  uuid     primary key,
  last_vt    bigint   not null,
  ordered    boolean  not null default false
) with (fillfactor = 20);
