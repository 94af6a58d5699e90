-- Triggers with filters, schedules, and looking at events.
--
-- A published trigger keeps its row: events that come before the first worker of this version has started are matched as before.
alter table flowforge.trigger rename to old_trigger;
alter index flowforge.trigger_pkey rename to old_trigger_pkey;

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
insert into flowforge.trigger (function_id, trigger_id, ordinal, source, pattern, words, since)
select t.function_id,
       left(encode(sha256(convert_to('["event", ' || to_json(t.pattern) || ', null, null]', 'UTF8')), 'hex'), 16),
       row_number() over (partition by t.function_id order by t.pattern) - 1,
       'event', t.pattern, t.pattern, coalesce(f.published_at, now())
  from flowforge.old_trigger t
  left join flowforge.function f on f.function_id = t.function_id;

drop table flowforge.old_trigger;

-- Names are found by hash, wildcards by the text before their first star (32 characters of it are enough to tell them apart).
create index trigger_by_name on flowforge.trigger using hash (pattern);
create index trigger_by_stem on flowforge.trigger (left(split_part(pattern, '*', 1), 32)) where pattern like '%*%';

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
