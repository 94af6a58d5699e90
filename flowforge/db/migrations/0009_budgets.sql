-- What model calls may spend, and how fast: budgets with what is used of them, calls in flight, limits of providers, kept answers.

create table flowforge.budget (
  tenant_id     uuid        not null,
  budget_id     uuid        not null,
  name          text        not null,
  scope         text        not null check (scope in ('tenant', 'agent', 'function', 'task', 'run')),
  subject       text,                                -- which one; null: each of that scope by itself. For runs: one run, or all of a function
  subject_name  text,                                -- as people wrote it
  unit          text        not null check (unit in ('usd', 'tokens', 'calls')),
  period        text        not null check (period in ('day', 'month', 'total')),
  amount        numeric     not null check (amount > 0),
  warn_at       numeric     not null check (warn_at > 0 and warn_at <= 1),
  over          text        not null check (over in ('fail', 'ask')),
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now(),
  primary key (tenant_id, budget_id),
  unique (tenant_id, name)
);

-- What is used of a budget, one row for each subject and window. `used` is settled, `reserved` is held by calls in flight.
create table flowforge.spend (
  tenant_id     uuid        not null,
  budget_id     uuid        not null,
  subject       text        not null,                -- an agent's, task's or run's id, a function's name; empty: the tenant
  window_start  timestamptz not null,                -- of the day or month in UTC; 1970 for a budget in all
  used          numeric     not null default 0,
  reserved      numeric     not null default 0,
  raised        numeric     not null default 0,      -- what people have added for this window
  raises        integer     not null default 0,
  unknown       integer     not null default 0,      -- calls that were sent and never answered: what they cost is not in `used`
  warned_by     uuid,                                -- the call that came to the threshold first
  primary key (tenant_id, budget_id, subject, window_start)
) with (fillfactor = 70);

create index spend_warned on flowforge.spend (tenant_id, budget_id) where warned_by is not null;

-- A raise is applied once, however often the run that asked for it finds the decision.
create table flowforge.budget_raise (
  tenant_id     uuid        not null,
  raise_id      uuid        not null,
  budget_id     uuid        not null,
  subject       text        not null,
  window_start  timestamptz not null,
  amount        numeric     not null check (amount > 0),
  raised_by     text        not null,
  raised_at     timestamptz not null,
  primary key (tenant_id, raise_id)
);

-- A call that has taken from budgets and has not been settled. Its id is that of the usage row which it will have.
create table flowforge.reservation (
  tenant_id    uuid        not null,
  call_id      uuid        not null,
  worker_id    uuid        not null,                 -- whose generation must be alive, or nobody will settle it
  run_id       uuid        not null,
  step_key     text        not null,
  attempt      smallint    not null,
  function_id  text        not null,
  agent_id     uuid,
  task_id      uuid,
  model        text        not null,
  provider     text        not null,
  budget_ids   uuid[]      not null,
  subjects     text[]      not null,
  windows      timestamptz[] not null,
  units        text[]      not null,
  amounts      numeric[]   not null,
  created_at   timestamptz not null,
  primary key (tenant_id, call_id)
);
create index reservation_by_worker on flowforge.reservation (worker_id);

-- How fast a model may be called with one key of its provider, by all workers together; an operator's word.
create table flowforge.model_limit (
  model                text    primary key,
  tokens_per_minute    integer check (tokens_per_minute > 0),
  requests_per_minute  integer check (requests_per_minute > 0)
);

-- How far calls have got against that, and until when the provider wants to be left alone. `key` is a fingerprint of the provider's key.
create table flowforge.pace (
  key            text        not null,
  model          text        not null,
  blocked_until  timestamptz,
  tokens_tat     timestamptz,                        -- theoretical arrival times, as in a throttle
  requests_tat   timestamptz,
  primary key (key, model)
) with (fillfactor = 70);

-- Answers that may be given again to exactly the same request.
create table flowforge.model_answer (
  tenant_id   uuid        not null,
  digest      bytea       not null,
  reply       text        not null,
  created_at  timestamptz not null,
  expires_at  timestamptz not null,
  primary key (tenant_id, digest)
);
create index model_answer_by_expiry on flowforge.model_answer (tenant_id, expires_at);
