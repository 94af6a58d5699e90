-- name: advance_clock
-- Everything that leases, timers and limits depend on happens later from now on.
update flowforge.clock set skew = skew + make_interval(secs => :seconds);

-- name: set_clock
-- The database's clock stands at that moment and goes on from there.
update flowforge.clock set skew = :moment::timestamptz - now();

-- name: database_now
-- The moment that the engine goes by.
select flowforge.now();

-- name: busy
-- Whether anything would still happen by itself: undispatched facts, runs in hand or ready for a function that is known here,
-- timers and schedules whose time has come. Runs that wait for an event, a person or a later time do not count.
select exists (select from flowforge.dispatch)
    or exists (select from flowforge.owner
                where (state = 'l')
                   or (state = 'r' and function_id = any(:functions::text[]))
                   or (state = 'p' and parked_for = 'n')
                   or (state = 'p' and due is not null and due <= (select flowforge.now())))
    or exists (select from flowforge.mark m join flowforge.owner o on o.state = 'g' and o.gate = m.gate  -- somebody is to look at the gate
                where m.due <= (select flowforge.now()) + interval '0.1 s'  -- of a claim that began after this statement, and was quicker
                  and o.function_id = any(:functions::text[]))
    or exists (select from flowforge.schedule where due <= (select flowforge.now()));

-- name: unfinished
-- What has not ended, for the sentence that says so: what moves first.
select run_id, function_id, state::text
  from flowforge.owner
 order by state = 'p', run_id
 limit 5;

-- name: tables
-- The tables of our schema; their names are ours, so that they can be put into a statement.
select tablename from pg_tables where schemaname = 'flowforge' order by tablename;

-- name: reset_clock
-- No skew.
update flowforge.clock set skew = '0';
-- name: next_due
-- When the next of these functions' parked runs is due by itself.
select min(due)
  from flowforge.owner
 where state = 'p' and due is not null and function_id = any(:functions::text[]);

-- name: events
-- The events of a tenant, the oldest first.
select event_id, key, name, data, received_at
  from flowforge.event
 where tenant_id = :tenant_id
 order by received_at, event_id;

-- name: is_alive
select exists (select from flowforge.worker where worker_id = :worker_id and alive);

-- name: forget_workers
-- Every worker's life but that of the one that goes on.
with gone as (
  delete from flowforge.heartbeat where worker_id is distinct from :worker_id
)
delete from flowforge.worker where worker_id is distinct from :worker_id;
