-- Gates: where ready runs stand that a full limit, a throttle or a pause keeps from being leased (ENGINE.md, rules 11 and 12).
-- A claimer reads the marks, locks the limits (sorted), and only then, in later statements, counts who holds them and reads who waits;
-- it writes in the same transaction. Marks that come meanwhile are others' and stay.

-- part: kinds
-- Which functions, in which versions, the runs at a gate are of: a loose index scan, however many runs there are. Runs of an absent worker's
-- function hide nobody.
         with recursive kind as (
           (select o.function_id || '@' || coalesce(o.version, '') as kind from flowforge.owner o
             where o.state = 'g' and o.gate = d.gate order by 1 limit 1)
           union all
           select (select o.function_id || '@' || coalesce(o.version, '') from flowforge.owner o
                    where o.state = 'g' and o.gate = d.gate and o.function_id || '@' || coalesce(o.version, '') > k.kind order by 1 limit 1)
             from kind k
            where k.kind is not null
         )
         select k.kind, k.kind = any(:function_ids::text[]) or right(k.kind, 1) = '@' and left(k.kind, -1) = any(:function_ids::text[]) as known
           from kind k
          where k.kind is not null
          limit 1000

-- name: marked_gates
-- Gates that this worker should look at now, longest due first, from a place on, with the marks that say so and the limits of who stands there. A
-- gate at which only runs of other workers' functions stand is theirs; one at which nobody stands loses its marks. It looks
-- at :window marks.
with due as materialized (
  select m.gate, array_agg(m.mark_id order by m.due, m.mark_id) as marks, max(m.due) as due
    from (select gate, mark_id, due from flowforge.mark
           where due <= (select flowforge.now())
             and (due, gate) > (coalesce(:after_due::timestamptz, '-infinity'), coalesce(:after_gate::uuid, '00000000-0000-0000-0000-000000000000'))
           order by due, gate
           limit :window) m
   group by m.gate
)
select d.gate, d.marks, d.due, coalesce(h.known, 0) as known, coalesce(h.limits, '{}') as limits,
       exists (select from flowforge.owner o where o.state = 'g' and o.gate = d.gate) as stands
  from due d
  left join lateral (
         select count(distinct x.run_id) as known, array_agg(distinct l.limit_id) as limits
           from (select w.run_id, w.limits
                   from (
-- use: kinds
                        ) k
                  cross join lateral (
                         select o.run_id, o.limits, o.vt from flowforge.owner o
                          where o.state = 'g' and o.gate = d.gate and o.function_id || '@' || coalesce(o.version, '') = k.kind
                          order by o.vt, o.run_id limit :limit) w
                  where k.known
                  order by w.vt, w.run_id
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
-- before the published one; an agent's lane has its own.
with stale as (
  delete from flowforge.slot s
   where s.limit_id = any(:limit_ids::uuid[])
     and not exists (select from flowforge.owner o
                      where o.tenant_id = s.tenant_id and o.run_id = s.run_id and o.state = 'l' and o.fence = s.fence)
)
select l.limit_id, l.tat, r.kind::text, coalesce(v.capacity, l.capacity, r.capacity) as capacity, r.period_seconds, r.burst,
       (select coalesce(sum(s.weight), 0)::int from flowforge.slot s
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
select d.gate, h.tenant_id, h.run_id, h.vt, h.ordered, h.limits, h.started_at is null as starts, coalesce(k.others, false) as others
  from unnest(:gates::uuid[]) as d(gate)
  left join lateral (
         select array_agg(k.kind) filter (where k.known) as kinds, bool_or(not k.known) as others
           from (
-- use: kinds
                ) k) k on true
  left join lateral (
         select w.*
           from unnest(k.kinds) as u(kind)
          cross join lateral (
                 select o.tenant_id, o.run_id, o.vt, o.ordered, o.limits, o.started_at from flowforge.owner o
                  where o.state = 'g' and o.gate = d.gate and o.function_id || '@' || coalesce(o.version, '') = u.kind
                  order by o.vt, o.run_id limit :limit) w
          order by w.vt, w.run_id
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
told_starts as (
-- use: news
    from (select c.tenant_id, c.run_id as stream_id, 2 as seq, 'run.started' as name, null as data
            from leased c, t
           where c.started_at = t.now) n
   where
-- use: followed
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
      on conflict (limit_id, tenant_id, run_id, step_key) do update set fence = excluded.fence
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
       r.depth, r.test, r.agent_id, r.task_id, t.now, coalesce(w.weight, 1) as weight, true as marks
  from leased c
  join flowforge.run r on r.tenant_id = c.tenant_id and r.run_id = c.run_id
  left join flowforge.tenant w on w.tenant_id = r.tenant_id
 cross join t
 order by c.vt, c.run_id;

-- name: open_pause_gates
-- Runs at gates that are neither a limit's nor a pause's any more go back to the ready queue, with turns of now, as if they had just come: what
-- was paused for a day must not go before everybody else's, however many they are. At most :limit of them.
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
  select s.tenant_id, s.run_id, row_number() over (partition by s.tenant_id order by s.vt, s.run_id) as rank from standing s
),
turns as materialized (
  select n.tenant_id, (1000000 / coalesce(w.weight, 1))::bigint as unit, count(*) as runs
    from new n left join flowforge.tenant w on w.tenant_id = n.tenant_id
   group by n.tenant_id, w.weight
),
last as (
  insert into flowforge.share as f (tenant_id, last_vt)
  select s.tenant_id, v.v + s.runs * s.unit from turns s, v order by s.tenant_id
      on conflict (tenant_id) do update set last_vt = greatest((select v from v), f.last_vt) + excluded.last_vt - (select v from v)
  returning tenant_id, last_vt
)
update flowforge.owner o
   set state = 'r', gate = null, vt = g.last_vt - s.unit * (s.runs - n.rank)
  from new n
  join turns s on s.tenant_id = n.tenant_id
  join last g on g.tenant_id = n.tenant_id
 where o.tenant_id = n.tenant_id and o.run_id = n.run_id
returning o.run_id;

-- name: relight_gates
-- Gates at which somebody stands and that have no mark get one, at most a thousand at a time: a lost mark costs seconds, never a run. A loose
-- index scan.
with recursive standing as (
  (select gate from flowforge.owner where state = 'g' order by gate limit 1)
  union all
  select (select o.gate from flowforge.owner o where o.state = 'g' and o.gate > s.gate order by o.gate limit 1)
    from standing s
   where s.gate is not null
)
insert into flowforge.mark (gate, due)
select s.gate, flowforge.now()
  from standing s
 where s.gate is not null
   and not exists (select from flowforge.mark m where m.gate = s.gate)
   and not exists (select from flowforge.pause p where p.pause_id = s.gate)
 limit 1000
returning gate;

-- name: mark_gates
-- Somebody is to look at these gates now.
insert into flowforge.mark (gate, due) select unnest(:gates::uuid[]), flowforge.now();

-- name: open_step_limits
-- The limits that steps ask for, and rules for those that no function has published.
with r as (
  insert into flowforge.limit_rule (rule, app, kind, capacity, shared)
  select distinct u.rule, 'steps', 'c'::"char", u.capacity, true
    from unnest(:rules::text[], :capacities::int[]) as u(rule, capacity)
   order by u.rule
      on conflict (rule) do nothing
)
insert into flowforge.flow_limit (limit_id, tenant_id, rule, key)
select distinct u.limit_id, u.tenant_id, u.rule, u.key
  from unnest(:limit_ids::uuid[], :limit_tenants::uuid[], :rules::text[], :keys::text[]) as u(limit_id, tenant_id, rule, key)
 order by u.limit_id
    on conflict (limit_id) do nothing;

-- name: take_step_slots
-- Slots for steps of leased runs; a lease that is not held any more gets none.
insert into flowforge.slot (limit_id, tenant_id, run_id, fence, step_key, weight)
select u.limit_id, o.tenant_id, o.run_id, o.fence, u.step_key, u.weight
  from unnest(:limit_ids::uuid[], :tenant_ids::uuid[], :run_ids::uuid[], :fences::int[], :step_keys::text[], :weights::int[])
       as u(limit_id, tenant_id, run_id, fence, step_key, weight)
  join flowforge.owner o on o.tenant_id = u.tenant_id and o.run_id = u.run_id and o.fence = u.fence and o.state = 'l'
 order by u.limit_id, o.tenant_id, o.run_id, u.step_key
    on conflict (limit_id, tenant_id, run_id, step_key) do update set fence = excluded.fence, weight = excluded.weight;

-- name: free_step_slots
-- Steps have ended: their slots are free, and whoever stands at those gates is to be looked at.
with freed as (
  delete from flowforge.slot s
   using unnest(:limit_ids::uuid[], :tenant_ids::uuid[], :run_ids::uuid[], :step_keys::text[]) as u(limit_id, tenant_id, run_id, step_key)
   where s.limit_id = u.limit_id and s.tenant_id = u.tenant_id and s.run_id = u.run_id and s.step_key = u.step_key
  returning s.limit_id
)
insert into flowforge.mark (gate, due)
select distinct f.limit_id, flowforge.now()
  from freed f
 where exists (select from flowforge.owner o where o.state = 'g' and o.gate = f.limit_id);
