-- More kinds of steps: waits for several events with conditions, signals, large inputs of children, progress, and cancellation that
-- cleans up.

-- A wait may name several events, one row each; a condition is an expression over the run's event and the one that comes.
-- Waits with a condition are found by an index of their own: an event asks each of them, and must not meet them on its way to others.
alter table flowforge.wait
  add column place smallint not null default 0,
  add column condition text not null default '';
alter table flowforge.wait drop constraint wait_pkey;
alter table flowforge.wait add primary key (tenant_id, run_id, key, place);
drop index flowforge.wait_by_match;
create index wait_by_match on flowforge.wait (tenant_id, event_name, match_path, match_key) where event_id is null and condition = '';
create index wait_by_condition on flowforge.wait (tenant_id, event_name, match_path, match_key, run_id, key, place)
  where event_id is null and condition <> '';

-- Facts sent to one run. `taken_key`: the step that it was given to; each goes to one, in the order of `seq`.
create table flowforge.signal (
  tenant_id  uuid        not null,
  run_id     uuid        not null,
  signal_id  uuid        not null,
  seq        bigint      not null,                   -- given under the lock of the run's owner row
  name       text        not null,
  data       text        not null,                   -- JSON
  taken_key  text,
  sent_at    timestamptz not null,
  primary key (tenant_id, run_id, signal_id)
);
create index signal_by_name on flowforge.signal (tenant_id, run_id, name, seq);
create index signal_untaken on flowforge.signal (tenant_id, run_id, name, seq) where taken_key is null;
create index signal_taken on flowforge.signal (tenant_id, run_id, taken_key) where taken_key is not null;

-- How far a run says that it is; the latest word only.
create table flowforge.progress (
  tenant_id   uuid        not null,
  run_id      uuid        not null,
  seq         bigint      not null,                  -- of the frame that said so
  data        text        not null,                  -- JSON {done, message}
  updated_at  timestamptz not null,
  primary key (tenant_id, run_id)
) with (fillfactor = 50);

-- Who cancels it, while a worker unwinds it; and which step it failed at, while it is paused for that (it is tried again on resume).
alter table flowforge.owner
  add column cancelled_by text,
  add column failed_key text;

-- A large input lies in a blob row of the run itself.
alter table flowforge.run add column input_blob_id uuid;
