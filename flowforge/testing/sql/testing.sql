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
-- timers whose time has come. Runs that wait for an event, a person or a later time do not count.
select exists (select from flowforge.dispatch)
    or exists (select from flowforge.owner
                where (state = 'l')
                   or (state = 'r' and function_id = any(:functions::text[]))
                   or (state = 'p' and parked_for = 'n')
                   or (state = 'p' and due is not null and due <= (select flowforge.now())));

-- name: unfinished
-- What is still in hand, for the sentence that says so.
select run_id, function_id, state::text
  from flowforge.owner
 where state in ('r', 'l')
 order by run_id
 limit 5;

-- name: tables
-- The tables of our schema; their names are ours, so that they can be put into a statement.
select tablename from pg_tables where schemaname = 'flowforge' order by tablename;

-- name: reset_clock
-- No skew.
update flowforge.clock set skew = '0';
