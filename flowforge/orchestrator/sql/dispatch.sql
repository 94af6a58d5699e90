-- Dispatch: whoever deletes an event's dispatch row makes its runs and satisfies the waits, in one statement. Where flow control has to
-- remember, the dispatcher first locks what it remembers (`lock_keys`, `lock_gathering`) in the same transaction.
-- Locks: dispatch rows, keys, shares (all sorted), then owner rows, then waits.

-- part: virtual
v as materialized (
  select coalesce((select v from flowforge.virtual_time), 0) as v
)

-- part: turns
-- Start-time fair queueing, one row a tenant: a run's virtual time is max(V, the tenant's last one) + 1/weight.
share as materialized (
  select n.tenant_id, (1000000 / coalesce(w.weight, 1))::bigint as unit, count(*) as runs, bool_or(n.prioritized) as ordered
    from new n
    left join flowforge.tenant w on w.tenant_id = n.tenant_id
   where n.queued
   group by n.tenant_id, w.weight
),
last as (
  insert into flowforge.share as f (tenant_id, last_vt, ordered)
  select s.tenant_id, v.v + s.runs * s.unit, s.ordered
    from share s, v
   order by s.tenant_id
      on conflict (tenant_id) do update
     set last_vt = greatest((select v from v), f.last_vt) + excluded.last_vt - (select v from v), ordered = f.ordered or excluded.ordered
  returning tenant_id, last_vt, ordered
)

-- part: limited
-- Limits of keys come and go (see retention.sql): those that are there are locked until commit, so that none goes which a run is to count
-- against. The others stay.
limited as (
  insert into flowforge.flow_limit (limit_id, tenant_id, rule, key)
  select u.limit_id, u.tenant_id, u.rule, u.key
    from unnest(:limit_ids::uuid[], :limit_tenants::uuid[], :limit_rules::text[], :limit_keys::text[]) as u(limit_id, tenant_id, rule, key)
   where u.key = ''
   order by u.limit_id
      on conflict (limit_id) do nothing
),
limited_by_key as (
  insert into flowforge.flow_limit (limit_id, tenant_id, rule, key)
  select u.limit_id, u.tenant_id, u.rule, u.key
    from unnest(:limit_ids::uuid[], :limit_tenants::uuid[], :limit_rules::text[], :limit_keys::text[]) as u(limit_id, tenant_id, rule, key)
   where u.key <> ''
   order by u.limit_id
      on conflict (limit_id) do update set rule = excluded.rule where false
)

-- part: lane
-- The lane of a run's agent, where it has one: how many of its runs may work at once.
         (select array[a.lane] from flowforge.agent a
           where a.tenant_id = n.tenant_id and a.agent_id = n.agent_id and a.lane is not null and n.function_id like 'flowforge.agent%')

-- part: pinned
         case when n.version is not null  -- built-in functions carry theirs as a label
              then (select f.version from flowforge.function f where f.function_id = n.function_id and not f.builtin) end

-- part: mine
t as materialized (
  select flowforge.now() as now
),
mine as materialized (  -- one by one, in the order of the arrays (which the caller has sorted): a lateral lock cannot be reordered
  select u.ord::int as ord, d.tenant_id, d.subject_id
    from unnest(:tenant_ids::uuid[], :event_ids::uuid[]) with ordinality as u(tenant_id, event_id, ord)
   cross join lateral (
         select d.tenant_id, d.subject_id
           from flowforge.dispatch d
          where d.tenant_id = u.tenant_id and d.kind = 'e' and d.subject_id = u.event_id
            for update of d) d
   where (select c.calm from calm c)
),
-- What belongs to an event names it by its place in the event arrays, so that nothing is joined: the cost stays linear.
got as materialized (
  select count(*) = cardinality(:event_ids::uuid[]) as everyone, array_agg(ord) as ords from mine
),
done as (
  delete from flowforge.dispatch d
   using mine
   where d.tenant_id = mine.tenant_id and d.kind = 'e' and d.subject_id = mine.subject_id
)

-- part: woken
wanted as materialized (
  select distinct on (x.tenant_id, x.run_id, x.key, x.place) x.tenant_id, x.run_id, x.key, x.place, x.event_id, x.name, x.cancels
    from (select w.tenant_id, w.run_id, w.key, w.place, (:event_ids::uuid[])[m.event] as event_id, m.name, w.cancels, w.until
            from got
           cross join unnest(:match_events::int[], :match_names::text[], :match_paths::text[], :match_keys::text[])
                      as m(event, name, path, key)
            join flowforge.wait w
              on w.tenant_id = (:tenant_ids::uuid[])[m.event] and w.event_name = m.name and w.match_path = m.path and w.match_key = m.key
                 and w.event_id is null and w.condition = ''
           where got.everyone or m.event = any(got.ords)
          union all
          -- their conditions hold, the dispatcher found
          select w.tenant_id, w.run_id, w.key, w.place, (:event_ids::uuid[])[c.event], w.event_name, w.cancels, w.until
            from got
           cross join unnest(:met_events::int[], :met_run_ids::uuid[], :met_wait_keys::text[], :met_places::smallint[])
                      as c(event, run_id, key, place)
            join flowforge.wait w
              on w.tenant_id = (:tenant_ids::uuid[])[c.event] and w.run_id = c.run_id and w.key = c.key and w.place = c.place
           where got.everyone or c.event = any(got.ords)) x,
         t
   where (x.until is null or x.until > t.now)
     and (select r.test from flowforge.run r where r.tenant_id = x.tenant_id and r.run_id = x.run_id)
         = (select e.test from flowforge.event e where e.tenant_id = x.tenant_id and e.event_id = x.event_id)
   order by x.tenant_id, x.run_id, x.key, x.place, x.event_id
),
locked as materialized (
  select o.tenant_id, o.run_id
    from flowforge.owner o
    join (select distinct tenant_id, run_id from wanted) x on x.tenant_id = o.tenant_id and x.run_id = o.run_id
   order by o.tenant_id, o.run_id
     for no key update of o
),
satisfied as (
  update flowforge.wait w
     set event_id = x.event_id
    from wanted x
   where (select count(*) from locked) > 0  -- their runs first; one that has ended meanwhile has no waits
     and w.tenant_id = x.tenant_id and w.run_id = x.run_id and w.key = x.key and w.place = x.place and w.event_id is null
  returning w.tenant_id, w.run_id, x.cancels, x.name
),
woken as (
  update flowforge.owner o
     set state = case when o.state = 'g' and s.cancels or o.state = 'p' and (o.parked_for in ('s', 'w') or s.cancels) then 'r'
                      else o.state end,
         gate = case when s.cancels then null else o.gate end,
         due = case when o.state = 'p' and (o.parked_for in ('s', 'w') or s.cancels) then null else o.due end,
         wake = o.wake or o.state = 'l' or o.parked_for is not distinct from 'p',
         cancel = o.cancel or s.cancels,
         cancel_error = case when s.cancels and not o.cancel
                             then json_build_object('type', 'Cancelled', 'message', 'the event ' || s.name || ' cancelled it')::text
                             else o.cancel_error end
    from (select tenant_id, run_id, bool_or(cancels) as cancels, min(name) filter (where cancels) as name
            from satisfied
           group by tenant_id, run_id) s
   where o.tenant_id = s.tenant_id and o.run_id = s.run_id
  returning o.state
)

-- part: told_idle
-- An event that begins no run is told of itself, under its name among :told_names; of one that begins some, their beginnings are told.
told_idle as (
-- use: news
    from (select m.tenant_id, m.subject_id as stream_id, 0 as seq, 'event.received' as name,
                 json_build_object('event', 'evt_' || replace(m.subject_id::text, '-', ''), 'name', (:told_names::text[])[m.ord])::text as data
            from mine m
           where (:told_names::text[])[m.ord] is not null
             and not exists (select from r where r.tenant_id = m.tenant_id and r.event_id = m.subject_id)) n
   where
-- use: followed
  returning tenant_id
)

-- name: dispatch_plainly
-- The same for events that no open wait may want and that start functions without flow control: what most events are. Where there is such
-- a wait now, nothing is done, and the answer is one row that says so. (A wait that commits later looks back, and sees the event.)
with calm as materialized (
  select not exists (select from unnest(:said_tenants::uuid[], :said_names::text[]) as s(tenant_id, name)
                       join flowforge.wait w on w.tenant_id = s.tenant_id and w.event_name = s.name and w.event_id is null) as calm
),
-- use: mine
,
-- use: virtual
,
new as materialized (
  select e.tenant_id, e.event_id, u.*, true as queued, false as prioritized, e.name, e.key, e.data, e.received_at, e.test,
         row_number() over (partition by e.tenant_id order by u.run_id) as rank
    from got
   cross join unnest(:run_events::int[], :run_ids::uuid[], :function_ids::text[], :versions::text[], :agent_ids::uuid[], :task_ids::uuid[])
              as u(event, run_id, function_id, version, agent_id, task_id)
    join flowforge.event e on e.tenant_id = (:tenant_ids::uuid[])[u.event] and e.event_id = (:event_ids::uuid[])[u.event]
   where got.everyone or u.event = any(got.ords)
),
-- use: turns
,
r as (
  insert into flowforge.run
         (tenant_id, run_id, function_id, version, event_id, event_name, event_key, input, received_at, agent_id, task_id, created_at,
          test)
  select n.tenant_id, n.run_id, n.function_id, n.version, n.event_id, n.name, n.key, n.data, n.received_at, n.agent_id, n.task_id, t.now,
         n.test
    from new n, t
   order by n.tenant_id, n.run_id
  returning tenant_id, run_id, event_id
),
told_new as (
-- use: news
    from (select r.tenant_id, r.run_id as stream_id, 1 as seq, 'run.queued' as name, null as data from r) n
   where
-- use: followed
),
-- use: told_idle
,
o as (
  insert into flowforge.owner (tenant_id, run_id, function_id, state, vt, ordered, limits, version)
  select n.tenant_id, n.run_id, n.function_id, 'r', g.last_vt - s.unit * (s.runs - n.rank), g.ordered,
-- use: lane
         ,
-- use: pinned
    from new n
    join last g on g.tenant_id = n.tenant_id
    join share s on s.tenant_id = n.tenant_id
   order by n.tenant_id, n.run_id
)
select 'run' as what, tenant_id, event_id, run_id from r
union all
select distinct 'told', tenant_id, null::uuid, null::uuid from told_idle
union all
select 'waits', null, null, null from calm c where not c.calm;

-- name: dispatch_events
-- Act on events once: make the runs that they start, ready or as flow control has decided, and satisfy the waits.
with calm as materialized (
  select true as calm
),
-- use: mine
,
-- use: virtual
,
new as materialized (
  select e.tenant_id, e.event_id, u.*, u.state = 'open' as queued, e.name, e.key, e.data, e.received_at, e.test,
         row_number() over (partition by e.tenant_id, u.state order by u.run_id) as rank
    from got
   cross join unnest(:run_events::int[], :run_ids::uuid[], :function_ids::text[], :versions::text[],
                     :agent_ids::uuid[], :task_ids::uuid[], :states::text[], :errors::text[], :priorities::smallint[],
                     :prioritized::boolean[], :batches::text[], :limits::text[], :parked::text[], :dues::float8[], :starts::float8[],
                     :finishes::float8[])
              as u(event, run_id, function_id, version, agent_id, task_id, state, error, priority, prioritized, batch, limits,
                   parked_for, due_in, start_in, finish_in)
    join flowforge.event e on e.tenant_id = (:tenant_ids::uuid[])[u.event] and e.event_id = (:event_ids::uuid[])[u.event]
   where got.everyone or u.event = any(got.ords)
),
-- use: turns
,
r as (
  insert into flowforge.run
         (tenant_id, run_id, function_id, version, state, event_id, event_name, event_key, input, batch, received_at, agent_id, task_id,
          error, created_at, ended_at, end_seq, test)
  select n.tenant_id, n.run_id, n.function_id, n.version, n.state, n.event_id, n.name, n.key, coalesce(n.batch, n.data),
         n.batch is not null,
         n.received_at, n.agent_id, n.task_id, n.error, t.now, case when not n.queued then t.now end, case when not n.queued then 2 end,
         n.test
    from new n, t
   order by n.tenant_id, n.run_id
  returning tenant_id, run_id, event_id, state
),
told_new as (
-- use: news
    from (select r.tenant_id, r.run_id as stream_id, x.seq, x.name, null as data
            from r
           cross join (values (1, 'run.queued'), (2, 'run.skipped')) as x(seq, name)
           where x.seq = 1 or r.state = 'skipped') n
   where
-- use: followed
),
-- use: told_idle
,
o as (
  insert into flowforge.owner
         (tenant_id, run_id, function_id, state, parked_for, vt, limits, priority, ordered, due, deadline, finish_seconds, version)
  select n.tenant_id, n.run_id, n.function_id, case when n.parked_for is null then 'r' else 'p' end, n.parked_for,
         g.last_vt - s.unit * (s.runs - n.rank),
-- use: lane
         || n.limits::uuid[], n.priority, g.ordered, t.now + n.due_in * interval '1 second',
         t.now + n.start_in * interval '1 second', n.finish_in,
-- use: pinned
    from new n
    join last g on g.tenant_id = n.tenant_id
    join share s on s.tenant_id = n.tenant_id,
         t
   where n.queued
   order by n.tenant_id, n.run_id
),
-- use: limited
,
cancellable as (
  insert into flowforge.wait (tenant_id, run_id, key, event_name, match_path, match_key, condition, since, looked, cancels, until)
  select n.tenant_id, n.run_id, u.key, u.event_name, u.match_path, u.match_key, u.condition, n.received_at, true, true,
         t.now + u.within * interval '1 second'
    from unnest(:cancel_run_ids::uuid[], :cancel_keys::text[], :cancel_events::text[], :cancel_paths::text[], :cancel_matches::text[],
                :cancel_conditions::text[], :cancel_withins::float8[])
         as u(run_id, key, event_name, match_path, match_key, condition, within)
    join new n on n.run_id = u.run_id and n.queued,
         t
),
-- use: woken
select 'run' as what, tenant_id, event_id, run_id from r
union all
select distinct 'told', tenant_id, null::uuid, null::uuid from told_idle
union all
select 'woken', null, null, null where exists (select from woken);

-- name: lock_events
-- Which of these events are still to be dispatched; locked until commit, in the order of the arrays, which the caller has sorted.
select d.tenant_id, d.event_id
  from unnest(:tenant_ids::uuid[], :event_ids::uuid[]) as u(tenant_id, event_id)
 cross join lateral (
       select d.tenant_id, d.subject_id as event_id
         from flowforge.dispatch d
        where d.tenant_id = u.tenant_id and d.kind = 'e' and d.subject_id = u.event_id
          for update of d) d;

-- name: lock_keys
-- What functions did for these keys; made where nothing was done yet, locked until commit, in the order given (sorted).
insert into flowforge.keyed as k (tenant_id, function_id, purpose, key)
select u.tenant_id, u.function_id, u.purpose::"char", u.key
  from unnest(:tenant_ids::uuid[], :function_ids::text[], :purposes::text[], :keys::text[]) as u(tenant_id, function_id, purpose, key)
    on conflict (tenant_id, function_id, purpose, key) do update set key = excluded.key
returning tenant_id, function_id, purpose::text, key, run_id, at, tat, count;

-- name: lock_gathering
-- The open ones among these runs, locked: whether they still gather, the event that they have, and how large they are.
select o.tenant_id, o.run_id, o.state = 'p' and o.parked_for in ('d', 'b') as gathering, r.event_id, r.received_at,
       octet_length(r.input) as size, extract(epoch from flowforge.now())::float8 as now
  from flowforge.owner o
  join unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id) on u.tenant_id = o.tenant_id and u.run_id = o.run_id
  join flowforge.run r on r.tenant_id = o.tenant_id and r.run_id = o.run_id
 order by o.tenant_id, o.run_id
   for no key update of o;

-- name: now_seconds
-- The database's time as seconds, for paces and windows.
select extract(epoch from flowforge.now())::float8;

-- name: write_keys
-- What functions have done for these keys now. Their rows are locked by `lock_keys`.
update flowforge.keyed k
   set run_id = u.run_id, at = u.at, tat = u.tat, count = u.count
  from unnest(:tenant_ids::uuid[], :function_ids::text[], :purposes::text[], :keys::text[], :run_ids::uuid[], :ats::float8[],
              :tats::float8[], :counts::int[]) as u(tenant_id, function_id, purpose, key, run_id, at, tat, count)
 where k.tenant_id = u.tenant_id and k.function_id = u.function_id and k.purpose = u.purpose::"char" and k.key = u.key;

-- name: join_runs
-- Events that join runs which still gather: the last one takes the place of the run's own, or it is appended to the batch. Their owner rows
-- are locked by `lock_gathering`.
with t as materialized (
  select flowforge.now() as now
),
u as (
  select *
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :event_ids::uuid[], :dues::float8[], :appended::text[], :limits::text[],
                :priorities::smallint[]) as u(tenant_id, run_id, event_id, due_in, appended, limits, priority)
),
r as (
  update flowforge.run r
     set event_id = coalesce(e.event_id, r.event_id),
         event_name = coalesce(e.name, r.event_name),
         event_key = case when e.event_id is null then r.event_key else e.key end,
         received_at = coalesce(e.received_at, r.received_at),
         input = case when u.appended is not null then left(r.input, -1) || ',' || u.appended || ']' else coalesce(e.data, r.input) end
    from u
    left join flowforge.event e on e.tenant_id = u.tenant_id and e.event_id = u.event_id
   where r.tenant_id = u.tenant_id and r.run_id = u.run_id and r.state = 'open'
)
update flowforge.owner o
   set state = case when u.due_in <= 0 then 'r' else o.state end,
       parked_for = case when u.due_in <= 0 then null else o.parked_for end,
       due = case when u.due_in is null then o.due when u.due_in > 0 then t.now + u.due_in * interval '1 second' end,
       limits = case when u.event_id is null then o.limits else u.limits::uuid[] end,
       priority = coalesce(u.priority, o.priority)
  from u, t
 where o.tenant_id = u.tenant_id and o.run_id = u.run_id;

-- name: write_limits
-- Limits that a run of a dispatch counts against for the first time.
with
-- use: limited
select;

-- name: rewrite_cancels
-- What cancels a gathering run follows from the event that it has now.
with gone as (
  delete from flowforge.wait w
   using unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
   where w.tenant_id = u.tenant_id and w.run_id = u.run_id and w.cancels and w.key <> all(:cancel_keys::text[])
)
insert into flowforge.wait (tenant_id, run_id, key, event_name, match_path, match_key, condition, since, looked, cancels, until)
select u.tenant_id, u.run_id, u.key, u.event_name, u.match_path, u.match_key, u.condition, flowforge.now(), true, true,
       flowforge.now() + u.within * interval '1 second'
  from unnest(:cancel_tenants::uuid[], :cancel_run_ids::uuid[], :cancel_keys::text[], :cancel_events::text[], :cancel_paths::text[],
              :cancel_matches::text[], :cancel_conditions::text[], :cancel_withins::float8[])
       as u(tenant_id, run_id, key, event_name, match_path, match_key, condition, within)
    on conflict (tenant_id, run_id, key, place) do update
   set match_key = excluded.match_key, event_id = null;

-- name: write_fates
-- Why events have no run of their own.
insert into flowforge.event_fate (tenant_id, event_id, function_id, fate, run_id, detail)
select u.tenant_id, u.event_id, u.function_id, u.fate, u.run_id, u.detail
  from unnest(:tenant_ids::uuid[], :event_ids::uuid[], :function_ids::text[], :fates::text[], :run_ids::uuid[], :details::text[])
       as u(tenant_id, event_id, function_id, fate, run_id, detail)
    on conflict (tenant_id, event_id, function_id, fate) do update
   set detail = excluded.detail, run_id = excluded.run_id;

-- name: ask_cancel
-- Cancel these runs with a reason: one that is leased by its worker, one that has begun by whoever unwinds it, any other by the sweeper.
with locked as materialized (
  select o.tenant_id, o.run_id, u.error
    from flowforge.owner o
    join unnest(:tenant_ids::uuid[], :run_ids::uuid[], :errors::text[]) as u(tenant_id, run_id, error)
      on u.tenant_id = o.tenant_id and u.run_id = o.run_id
   order by o.tenant_id, o.run_id
     for no key update of o
)
update flowforge.owner o
   set cancel = true, cancel_error = coalesce(o.cancel_error, l.error),
       state = case when o.state in ('p', 'g') then 'r' else o.state end,
       gate = null,
       due = case when o.state = 'l' then o.due end
  from locked l
 where o.tenant_id = l.tenant_id and o.run_id = l.run_id;
