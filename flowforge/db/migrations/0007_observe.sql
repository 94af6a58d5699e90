-- What operators see: the backlog at a glance, failures by time, and alerts that are told once.
--
-- `run` gets no index over its state or its end, on purpose: the update that seals a run would then have to enter the run into
-- every index again (it would no longer be heap-only), and each run would pay for what few runs need.

-- Ready runs that no worker has had yet, by age within a tenant.
create index owner_unstarted on flowforge.owner (tenant_id, run_id) where state = 'r' and fence = 0;

-- Parked runs by what they wait for.
create index owner_parked on flowforge.owner (parked_for) where state = 'p';

-- Where the trace of a run comes from: the `traceparent` of the request that sent its event or started it. Written before the event or
-- the run is, so that no worker can be quicker.
create table flowforge.trace_origin (
  tenant_id    uuid        not null,
  subject_id   uuid        not null,                 -- of the event or the run
  traceparent  text        not null,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, subject_id)
);

-- Where alerts go. Secrets are not here: settings name the environment variables that hold them.
create table flowforge.alert_channel (
  tenant_id   uuid        not null,
  channel_id  uuid        not null,
  name        text        not null,
  kind        text        not null,                  -- webhook, slack, smtp
  settings    text        not null,                  -- JSON
  created_at  timestamptz not null default now(),
  primary key (tenant_id, channel_id),
  unique (tenant_id, name)
);

-- What an alert is raised for.
create table flowforge.alert_rule (
  tenant_id       uuid        not null,
  rule_id         uuid        not null,
  name            text        not null,
  kind            text        not null,              -- failed_runs, stalled_queue, overdue_approval, undispatched_events
  function_id     text,                              -- null: every function
  threshold       integer     not null,
  window_seconds  float8      not null,              -- failed_runs: how far back to count; the others: how old is too old
  quiet_seconds   float8      not null,              -- between two notifications about the same thing
  channels        text[]      not null,
  created_at      timestamptz not null default now(),
  primary key (tenant_id, rule_id),
  unique (tenant_id, name)
);

-- One row for each time that something was wrong: open until it is not any more.
create table flowforge.alert (
  tenant_id     uuid        not null,
  alert_id      uuid        not null,
  rule_id       uuid        not null,
  rule_name     text        not null,
  kind          text        not null,
  subject       text        not null,                -- what it is about; with the rule, what makes it the same alert
  summary       text        not null,                -- one line for people
  value         float8      not null,                -- the count or the age that was seen last
  count         integer     not null default 1,      -- how often it was seen
  opened_at     timestamptz not null,
  last_seen_at  timestamptz not null,
  quiet_until   timestamptz not null,
  notified      integer     not null default 0,      -- how often somebody was told
  resolved_at   timestamptz,
  primary key (tenant_id, alert_id)
);
create unique index alert_open on flowforge.alert (tenant_id, rule_id, subject) where resolved_at is null;
create index alert_by_subject on flowforge.alert (tenant_id, rule_id, subject, alert_id);

-- One message to one channel. Claimed by one worker at a time; a claim that is not answered in time may be taken over.
create table flowforge.alert_delivery (
  tenant_id     uuid        not null,
  alert_id      uuid        not null,
  delivery_id   uuid        not null,
  channel       text        not null,
  event         text        not null,                -- opened, continues, resolved
  payload       text        not null,                -- JSON, as it is sent
  attempt       integer     not null default 0,
  due           timestamptz,                         -- null once it is delivered or given up
  delivered_at  timestamptz,
  error         text,                                -- of the last attempt
  created_at    timestamptz not null,
  primary key (tenant_id, alert_id, delivery_id)
);
create index alert_delivery_due on flowforge.alert_delivery (due) where due is not null;

-- When rules were last looked at, and by whom there is no need to know: one row, locked by whoever looks.
create table flowforge.alert_watch (
  only_row   boolean     primary key default true check (only_row),
  looked_at  timestamptz not null default '-infinity',
  tidied_at  timestamptz not null default '-infinity'
);
