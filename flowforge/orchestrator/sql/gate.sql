-- Gates: where ready runs stand that a full limit, a throttle or a pause keeps from being leased (ENGINE.md, rules 11 and 12).
-- A claimer reads the marks, locks the limits (sorted), and only then, in later statements, counts who holds them and reads who waits;
-- it writes in the same transaction. Marks that come meanwhile are others' and stay.

-- name: marked_gates
-- Gates that this worker should look at now, longest due first, with the marks that say so and the limits of who stands there. A gate at
-- which only runs of other workers' functions stand is theirs; one at which nobody stands loses its marks. A limited look at each: 1,000
-- runs.
with due as materialized (
  select m.gate, array_agg(m.mark_id) as marks
    from (select gate, mark_id from flowforge.mark where due <= (select flowforge.now()) order by due limit 500) m
   group by m.gate
   limit 100
)
select d.gate, d.marks, coalesce(h.known, 0) as known, coalesce(h.limits, '{}') as limits,
       exists (select from flowforge.owner o where o.state = 'g' and o.gate = d.gate) as stands
  from due d
  left join lateral (
         select count(distinct x.run_id) as known, array_agg(distinct l.limit_id) as limits
           from (select w.run_id, w.limits
                   from (select o.run_id, o.limits, o.function_id, o.version from flowforge.owner o
                          where o.state = 'g' and o.gate = d.gate order by o.vt, o.run_id limit 1000) w
                  where w.function_id = any(:function_ids::text[])
                    and (w.version is null or w.function_id || '@' || w.version = any(:function_ids::text[]))
                  limit :limit) x
           left join lateral unnest(x.limits) as l(limit_id) on true) h on true;

-- name: hold_generation
-- Is this worker's generation alive? Locked until commit.
select true from flowforge.worker where worker_id = :worker_id and alive for share;

-- name: lock_limits
-- Limits, in the order of their ids, locked until commit.
select l.limit_id, l.tat from flowforge.flow_limit l where l.limit_id = any(:limit_ids::uuid[]) order by l.limit_id for no key update;

-- name: count_limits
-- What locked limits allow and who holds them: slots whose lease is over are dropped. The operator's value, where there is one, goes
-- before the published one.
with stale as (
  delete from flowforge.slot s
   where s.limit_id = any(:limit_ids::uuid[])
     and not exists (select from flowforge.owner o
                      where o.tenant_id = s.tenant_id and o.run_id = s.run_id and o.state = 'l' and o.fence = s.fence)
)
select l.limit_id, l.tat, r.kind::text, coalesce(v.capacity, r.capacity) as capacity, r.period_seconds, r.burst,
       (select count(*)::int from flowforge.slot s
          join flowforge.owner o on o.tenant_id = s.tenant_id and o.run_id = s.run_id and o.state = 'l' and o.fence = s.fence
         where s.limit_id = l.limit_id) as used,
       extract(epoch from flowforge.now())::float8 as now
  from flowforge.flow_limit l
  left join flowforge.limit_rule r on r.rule = l.rule
  left join flowforge.limit_override v on v.rule = l.rule
 where l.limit_id = any(:limit_ids::uuid[]);

-- name: gate_heads
-- Who of this worker's functions stands at these gates, first in virtual time, at most :limit at each; a row without a run where nobody
-- does. `others`: runs of other functions stand there, too.
select g.gate, h.tenant_id, h.run_id, h.vt, h.ordered, h.limits, h.started_at is null as starts,
       exists (select from (select o.function_id, o.version from flowforge.owner o where o.state = 'g' and o.gate = g.gate
                             order by o.vt, o.run_id limit 1000) w
                where w.function_id <> all(:function_ids::text[])
                   or w.function_id || '@' || w.version <> all(:function_ids::text[])) as others
  from unnest(:gates::uuid[]) as g(gate)
  left join lateral (
         select w.*
           from (select o.tenant_id, o.run_id, o.vt, o.ordered, o.limits, o.started_at, o.function_id, o.version from flowforge.owner o
                  where o.state = 'g' and o.gate = g.gate order by o.vt, o.run_id limit 1000) w
          where w.function_id = any(:function_ids::text[])
            and (w.version is null or w.function_id || '@' || w.version = any(:function_ids::text[]))
          limit :limit) h on true;

-- name: gate_best
-- The best of these tenants at these gates, by priority, then by age, as many as each has turns: who takes them.
select g.gate, b.tenant_id, b.run_id, b.vt, b.limits, b.starts
  from unnest(:gates::uuid[], :tenant_ids::uuid[], :turns::int[]) as g(gate, tenant_id, turns)
 cross join lateral (
         select o.tenant_id, o.run_id, o.vt, o.limits, o.started_at is null as starts, o.priority
           from flowforge.owner o
          where o.state = 'g' and o.ordered and o.gate = g.gate and o.tenant_id = g.tenant_id and o.function_id = any(:function_ids::text[])
            and (o.version is null or o.function_id || '@' || o.version = any(:function_ids::text[]))
          order by o.priority desc, o.run_id
          limit g.turns) b
 order by g.gate, b.tenant_id, b.priority desc, b.run_id;

-- name: first_ready
-- The virtual time of the first ready run that this worker could lease.
select r.vt
  from flowforge.owner r
 where r.state = 'r' and r.function_id = any(:function_ids::text[]) and not (r.cancel and r.started_at is null)
   and (r.version is null or r.function_id || '@' || r.version = any(:function_ids::text[]))
 order by r.vt, r.run_id
 limit 1;

-- name: pass_gates
-- Lease who was admitted, move who met another closed gate, note who holds what, and take away the marks that were looked at.
with t as materialized (
  select flowforge.now() as now
),
locked as materialized (
  select o.tenant_id, o.run_id, u.gate, u.leave, u.vt
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :gates::uuid[], :leave::boolean[], :vts::bigint[])
         as u(tenant_id, run_id, gate, leave, vt)
    join flowforge.owner o on o.tenant_id = u.tenant_id and o.run_id = u.run_id and o.state = 'g'
   order by o.tenant_id, o.run_id
     for no key update of o skip locked
),
leased as (
  update flowforge.owner o
     set state = 'l', gate = null, vt = l.vt, worker_id = :worker_id, fence = o.fence + 1, wake = false, due = null, parked_for = null,
         deadline = case when o.started_at is not null then o.deadline else t.now + o.finish_seconds * interval '1 second' end,
         started_at = coalesce(o.started_at, t.now)
    from locked l, t
   where o.tenant_id = l.tenant_id and o.run_id = l.run_id and l.leave
  returning o.state, o.tenant_id, o.run_id, o.fence, o.attempt, o.cancel, o.vt, o.started_at, o.limits, o.version
),
moved as (
  update flowforge.owner o
     set gate = l.gate, vt = l.vt
    from locked l
   where o.tenant_id = l.tenant_id and o.run_id = l.run_id and not l.leave
),
held as (
  insert into flowforge.slot (limit_id, tenant_id, run_id, fence)
  select x.limit_id, l.tenant_id, l.run_id, l.fence
    from leased l
   cross join unnest(l.limits) as x(limit_id)
   where x.limit_id = any(:counted::uuid[])
   order by x.limit_id
      on conflict (limit_id, tenant_id, run_id) do update set fence = excluded.fence
),
paced as (
  update flowforge.flow_limit f
     set tat = u.tat
    from unnest(:paced_ids::uuid[], :tats::float8[]) as u(limit_id, tat)
   where f.limit_id = u.limit_id
),
unmarked as (
  delete from flowforge.mark m where m.mark_id = any(:marks::uuid[])
),
remarked as (
  insert into flowforge.mark (gate, due)
  select u.gate, to_timestamp(u.due) from unnest(:again::uuid[], :again_dues::float8[]) as u(gate, due)
)
select c.tenant_id, c.run_id, c.fence, c.attempt, c.cancel, c.vt, c.started_at, c.state::text as owner_state, c.limits, c.version as pin,
       r.function_id, r.version, r.event_id, r.event_name, r.event_key, r.input, r.input_blob_id, r.batch, r.received_at, r.parent_run_id,
       r.depth, r.agent_id, r.task_id, t.now, coalesce(w.weight, 1) as weight, true as marks
  from leased c
  join flowforge.run r on r.tenant_id = c.tenant_id and r.run_id = c.run_id
  left join flowforge.tenant w on w.tenant_id = r.tenant_id
 cross join t
 order by c.vt, c.run_id;

-- name: open_pause_gates
-- Runs at gates that are neither a limit's nor a pause's any more go back to the ready queue, with a virtual time of now: what was paused
-- for a day must not go before everybody else's. At most :limit of them.
with
v as materialized (
  select coalesce((select v from flowforge.virtual_time), 0) as v
),
standing as materialized (
  select o.tenant_id, o.run_id, o.vt
    from flowforge.owner o
   where o.state = 'g' and o.gate = any(:gates::uuid[])
     and not exists (select from flowforge.pause p where p.pause_id = o.gate)
     and not exists (select from flowforge.flow_limit l where l.limit_id = o.gate)
   order by o.vt, o.run_id
   limit :limit
     for no key update of o skip locked
),
new as materialized (
  select s.tenant_id, s.run_id, row_number() over (partition by s.tenant_id order by s.vt, s.run_id) as rank,
         (1000000 / coalesce(w.weight, 1))::bigint as unit
    from standing s left join flowforge.tenant w on w.tenant_id = s.tenant_id
)
update flowforge.owner o
   set state = 'r', gate = null, vt = greatest(o.vt, v.v + n.rank * n.unit)
  from new n, v
 where o.tenant_id = n.tenant_id and o.run_id = n.run_id
returning o.run_id;

-- name: relight_gates
-- Gates at which somebody stands and that have no mark get one: a lost mark costs seconds, never a run. A loose index scan.
with recursive standing as (
  (select gate from flowforge.owner where state = 'g' order by gate limit 1)
  union all
  select (select o.gate from flowforge.owner o where o.state = 'g' and o.gate > s.gate order by o.gate limit 1)
    from standing s
   where s.gate is not null
)
insert into flowforge.mark (gate, due)
select s.gate, flowforge.now()
  from (select gate from standing where gate is not null limit 1000) s
 where not exists (select from flowforge.mark m where m.gate = s.gate)
   and not exists (select from flowforge.pause p where p.pause_id = s.gate)
returning gate;

-- name: mark_gates
-- Somebody is to look at these gates now.
insert into flowforge.mark (gate, due) select unnest(:gates::uuid[]), flowforge.now();
