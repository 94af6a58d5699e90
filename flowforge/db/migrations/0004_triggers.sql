-- Triggers with filters, schedules, and looking at events.
--
-- Triggers are what workers publish when they start, so the old rows may go: every worker of this version writes its own again.
drop table flowforge.trigger;

create table flowforge.trigger (
  function_id  text        not null,
  trigger_id   text        not null,                 -- a hash of what it is: the same trigger, published again, is the same row
  ordinal      smallint    not null,                 -- its place in the function's list
  source       text        not null,                 -- event, cron, webhook, …
  pattern      text        not null,                 -- an event name, or one with * in it
  condition    text,                                 -- an expression over the event
  words        text        not null,                 -- what people read
  since        timestamptz not null default flowforge.now(),
  primary key (function_id, trigger_id)
);
-- Names are found by hash, wildcards by the text before their first star: an event meets no trigger that could not fit.
create index trigger_by_name on flowforge.trigger using hash (pattern);
create index trigger_by_stem on flowforge.trigger (split_part(pattern, '*', 1)) where pattern like '%*%';

-- A cron trigger of a function. Written by publishing, moved on by whoever fires it; between the two `scheduled_for` is null.
create table flowforge.schedule (
  tenant_id      uuid        not null,
  function_id    text        not null,
  cron           text        not null,
  zone           text        not null,
  catch_up       text        not null check (catch_up in ('skip', 'one', 'all')),
  overlap        text        not null check (overlap in ('allow', 'skip', 'wait')),
  max_catch_up   integer     not null,
  begun_at       timestamptz not null default flowforge.now(),   -- nothing before this is ever fired
  scheduled_for  timestamptz,                                    -- the time that comes next
  due            timestamptz not null default flowforge.now(),   -- when to look at it; later than its time while it waits
  waiting        boolean     not null default false,             -- its time has come, but an earlier run goes on
  last_fired_at  timestamptz,
  last_event_id  uuid,                                           -- the last firing that was not skipped
  primary key (tenant_id, function_id, cron, zone)
) with (fillfactor = 70);
create index schedule_due on flowforge.schedule (due);

-- Events by time, for people who look and for retention.
create index event_by_time on flowforge.event (tenant_id, received_at, event_id);
