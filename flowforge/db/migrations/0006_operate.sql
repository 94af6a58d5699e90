-- What operators need: replays that know their origin, a pause for one run, pinned versions, a list of failures that can be
-- emptied, acts on many runs, and retention.

alter table flowforge.run
  add column origin_run_id  uuid,                    -- the run that this one is a replay of
  add column origin_step    text;                    -- the key of the step that it began again from; null: from the start

-- A step that a replay took over from its origin: it counts as recorded, whatever its arguments would be now.
alter table flowforge.step
  add column reused boolean not null default false;

alter table flowforge.owner
  add column pause   boolean not null default false, -- to be paused as soon as its worker lets go
  add column version text;                           -- only workers with the function in this version claim it; null: any

-- What a worker is told of its runs: found without walking past all the others, however many of those old snapshots keep.
create index owner_flagged on flowforge.owner (worker_id) where state = 'l' and (wake or cancel or pause);

-- Who stands at a gate, by function and version: runs of an absent worker's function must hide nobody.
create index owner_at_gate_by_kind on flowforge.owner (gate, (function_id || '@' || coalesce(version, '')), vt, run_id) where state = 'g';

-- One row for each failed run: the list that somebody has to look through. Nothing on `run` is indexed by its state, so that
-- the end of a run stays a cheap update.
create table flowforge.failure (
  tenant_id     uuid        not null,
  run_id        uuid        not null,
  function_id   text        not null,
  ended_at      timestamptz not null,
  dismissed_at  timestamptz,
  dismissed_by  text,
  primary key (tenant_id, run_id)
);
create index failure_by_time on flowforge.failure (tenant_id, ended_at, function_id);
insert into flowforge.failure (tenant_id, run_id, function_id, ended_at)
select tenant_id, run_id, function_id, ended_at from flowforge.run where state = 'failed';

-- An act on many runs, carried out in batches that each commit with the place they got to.
create table flowforge.bulk (
  tenant_id       uuid        not null,
  bulk_id         uuid        not null,
  action          text        not null check (action in ('cancel', 'replay', 'delete', 'dismiss', 'pause', 'resume', 'move')),
  filter          text        not null,              -- JSON, as it was previewed
  options         text        not null default '{}', -- JSON
  principal_kind  text        not null,
  principal       text        not null,
  as_of           timestamptz not null,              -- runs made later are not touched
  expected        integer     not null,
  place           uuid,                              -- the last run that was looked at; it goes from the newest to the oldest
  done            integer     not null default 0,
  refused         integer     not null default 0,    -- runs that meanwhile were in a state that does not allow it
  created_at      timestamptz not null,
  ended_at        timestamptz,
  primary key (tenant_id, bulk_id)
);

-- How long a tenant's finished runs, events, frames and usage are kept, and how far the sweep of them has got.
create table flowforge.retention (
  tenant_id     uuid        primary key,
  runs          interval    not null default '30 days',
  events        interval    not null default '30 days',
  frames        interval    not null default '7 days',
  usage         interval,                            -- null: for ever
  swept_at      timestamptz not null default '-infinity',
  frames_place  uuid,                                -- runs up to here have lost their frames
  keys_place    text[],                              -- what flow control remembers: function, purpose, key; goes on where it stopped
  limits_place  uuid
);

create index event_key_by_age on flowforge.event_key (tenant_id, received_at);
create index wait_satisfied on flowforge.wait (tenant_id, event_id) where event_id is not null;
