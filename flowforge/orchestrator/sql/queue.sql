-- What waits and why, for people: depth by function, limits with who holds them, pauses.

-- name: queue_depth
-- One tenant's open runs by function: how many are ready, stand at a gate, are leased, gather events, and since when the oldest ready one
-- waits. It walks over open runs only.
select o.function_id,
       count(*) filter (where o.state = 'r')::int as ready,
       count(*) filter (where o.state = 'g')::int as at_gates,
       count(*) filter (where o.state = 'l')::int as running,
       count(*) filter (where o.state = 'p' and o.parked_for in ('d', 'b', 'n'))::int as gathering,
       count(*) filter (where o.state = 'p' and o.parked_for = 's')::int as sleeping,
       count(*) filter (where o.state = 'p' and o.parked_for = 'w')::int as waiting,
       count(*) filter (where o.state = 'p' and o.parked_for = 'p')::int as paused,
       (select r.created_at from flowforge.run r
         where r.tenant_id = :tenant_id
           and r.run_id = (array_agg(o.run_id order by o.run_id) filter (where o.state in ('r', 'g')))[1]) as oldest_queued_at,
       exists (select from flowforge.worker w where w.alive and o.function_id = any(w.functions)) as live,
       (select p.pause_id is not null from flowforge.pause p
         where (p.tenant_id is null or p.tenant_id = :tenant_id)
           and (p.function_id is null or p.function_id in (o.function_id, '*')) limit 1) as is_paused
  from flowforge.owner o
 where o.tenant_id = :tenant_id
 group by o.function_id
 order by o.function_id;

-- name: closed_gates
-- Limits at which runs of one tenant stand now, with how many, and how many of its own hold them; the fullest first.
select l.rule, coalesce(a.name, l.key) as key, coalesce(r.kind::text, 'c') as kind, coalesce(v.capacity, l.capacity, r.capacity) as capacity, r.period_seconds, g.runs, g.function_id,
       (select coalesce(sum(s.weight), 0)::int from flowforge.slot s
          join flowforge.owner o on o.tenant_id = s.tenant_id and o.run_id = s.run_id and o.state = 'l' and o.fence = s.fence
         where s.limit_id = l.limit_id and s.tenant_id = :tenant_id) as used
  from (select o.gate, o.function_id, count(*)::int as runs from flowforge.owner o
         where o.tenant_id = :tenant_id and o.state = 'g' group by o.gate, o.function_id) g
  join flowforge.flow_limit l on l.limit_id = g.gate
  left join flowforge.limit_rule r on r.rule = l.rule
  left join flowforge.limit_override v on v.rule = l.rule
  left join flowforge.agent a on a.tenant_id = :tenant_id and a.lane = l.limit_id
 order by g.runs desc, l.rule, 2
 limit 200;

-- name: limit_rules
-- Every limit that functions have, with the operator's value where there is one.
select r.rule, r.app, r.kind::text, r.capacity, r.period_seconds, r.burst, r.shared, v.capacity as override
  from flowforge.limit_rule r
  left join flowforge.limit_override v on v.rule = r.rule
 order by r.rule;

-- name: override_limit
-- Another capacity for a rule from now on, until it is taken away.
insert into flowforge.limit_override (rule, capacity) values (:rule, :capacity)
    on conflict (rule) do update set capacity = excluded.capacity;

-- name: end_override
-- The published capacity holds again.
delete from flowforge.limit_override where rule = :rule;

-- name: mark_rule
-- Whoever stands at a gate of this rule is to be looked at.
insert into flowforge.mark (gate, due)
select l.limit_id, flowforge.now() from flowforge.flow_limit l where l.rule = :rule;

-- name: pause
-- Runs of a function, or of a tenant, are not leased any more; what is leased goes on until it leaves its worker.
insert into flowforge.pause (pause_id, tenant_id, function_id, reason, paused_by)
values (:pause_id, :tenant_id, :function_id, :reason, :by)
    on conflict ((coalesce(tenant_id, '00000000-0000-0000-0000-000000000000')), (coalesce(function_id, '')))
    do update set reason = excluded.reason, paused_by = excluded.paused_by
returning pause_id, (xmax = 0) as inserted;

-- name: resume
-- The pause is over: its gate is to be looked at, and whoever stands there goes back to the ready queue.
with gone as (
  delete from flowforge.pause
   where tenant_id is not distinct from :tenant_id and function_id is not distinct from :function_id
  returning pause_id
),
marked as (
  insert into flowforge.mark (gate, due) select pause_id, flowforge.now() from gone
)
select pause_id from gone;

-- name: pauses
-- What is paused for a tenant.
select p.pause_id, p.tenant_id, p.function_id, p.reason, p.paused_by, p.created_at
  from flowforge.pause p
 where (p.tenant_id is null or p.tenant_id = :tenant_id)
   and p.function_id is distinct from '*'  -- a suspension is the operator's, and shown with the tenant
 order by p.created_at;
