-- A tenant's secrets. Their values are sealed under the tenant's data key; nothing here opens without a key outside of the database.

create table flowforge.secret (
  tenant_id     uuid        not null,
  secret_id     uuid        not null,
  name          text        not null,
  scope         text        not null check (scope in ('tenant', 'function', 'agent', 'tool')),
  subject       text        not null default '',     -- a function's id, an agent's, a tool's name; empty: the tenant
  subject_name  text,                                -- as people wrote it
  newest        integer     not null default 0,      -- the last number that a version had: none is given twice
  created_by    text        not null,
  created_at    timestamptz not null default now(),
  primary key (tenant_id, secret_id),
  unique (tenant_id, name, scope, subject)
);

create table flowforge.secret_version (
  tenant_id     uuid        not null,
  secret_id     uuid        not null,
  version       integer     not null,
  set_id        uuid        not null,                -- a request that is repeated finds the version that it made
  sealed        bytea,                               -- null once it is retired
  data_key      integer     not null,                -- the version of the data key that sealed it
  created_by    text        not null,
  created_at    timestamptz not null default now(),
  last_used_at  timestamptz,
  retired_at    timestamptz,
  primary key (tenant_id, secret_id, version)
);

create unique index secret_version_set on flowforge.secret_version (tenant_id, set_id);

-- Which step of which run was given which version: each has one entry in the audit log, however often the step is tried.
create table flowforge.secret_use (
  tenant_id     uuid        not null,
  run_id        uuid        not null,
  step_key      text        not null,
  secret_id     uuid        not null,
  version       integer     not null,
  used_at       timestamptz not null default now(),
  primary key (tenant_id, run_id, step_key, secret_id, version)
);
