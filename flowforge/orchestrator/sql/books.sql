-- What must hold of a live database. Every look is one statement, so it sees one moment; every repair looks again under the locks
-- that it takes, and changes nothing that has come right meanwhile. Looks return (tenant_id, id).

-- name: runs_without_owner
-- Open runs that nobody will ever claim, among some runs in the order of their ids.
select r.tenant_id, r.run_id as id, r.state = 'open' and o.run_id is null as broken
  from (select tenant_id, run_id, state
          from flowforge.run
         where (tenant_id, run_id) > (:tenant_id::uuid, :place::uuid)
         order by tenant_id, run_id
         limit :limit) r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
 order by r.tenant_id, r.run_id;

-- name: give_owners
-- An owner row, ready and next in its turn, with a fence above any that a forgotten lease may carry.
with lost as materialized (
  select r.tenant_id, r.run_id, r.function_id, r.attempt
    from flowforge.run r
    join unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id) on r.tenant_id = u.tenant_id and r.run_id = u.id
   where r.state = 'open'
   order by r.tenant_id, r.run_id
     for no key update of r
)
insert into flowforge.owner (tenant_id, run_id, function_id, state, vt, fence, attempt)
select l.tenant_id, l.run_id, l.function_id, 'r', coalesce((select v from flowforge.virtual_time), 0), 1000000, l.attempt
  from lost l
    on conflict do nothing
returning tenant_id, run_id as id;

-- name: owners_without_run
-- Owner rows of runs that have ended or are not there.
select o.tenant_id, o.run_id as id
  from flowforge.owner o
 where not exists (select from flowforge.run r where r.tenant_id = o.tenant_id and r.run_id = o.run_id and r.state = 'open')
 order by 1, 2;

-- name: drop_owners
-- They go; a worker that executes such a run loses it.
delete from flowforge.owner o
 using unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id)
 where o.tenant_id = u.tenant_id and o.run_id = u.id
   and not exists (select from flowforge.run r where r.tenant_id = o.tenant_id and r.run_id = o.run_id and r.state = 'open')
returning o.tenant_id, o.run_id as id;

-- part: is_crooked
(o.state = 'l') <> (o.worker_id is not null)
    or (o.state = 'g') <> (o.gate is not null)
    or o.state = 'p' and o.parked_for is null
    or o.state = 'p' and o.parked_for in ('s', 'd', 'b') and o.due is null
    or o.pause and o.state <> 'l'

-- name: crooked_owners
-- Owner rows whose columns contradict each other: leased to nobody, held by somebody without a lease, at no gate or at one without
-- standing there, parked for nothing, asleep or gathering without an end, to be paused without a lease.
select o.tenant_id, o.run_id as id
  from flowforge.owner o
 where
-- use: is_crooked
 order by 1, 2;

-- name: straighten_owners
-- To the ready queue: a worker that claims a run looks at everything it waits for, and parks it again as it should be.
with crooked as materialized (
  select o.tenant_id, o.run_id
    from flowforge.owner o
    join unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id) on o.tenant_id = u.tenant_id and o.run_id = u.id
   where
-- use: is_crooked
   order by o.tenant_id, o.run_id
     for no key update of o
)
update flowforge.owner o
   set state = case when o.pause or (o.state = 'p' and o.parked_for = 'p') then 'p' else 'r' end,
       parked_for = case when o.pause or (o.state = 'p' and o.parked_for = 'p') then 'p' end,
       pause = false,
       stop = false,
       due = null,
       gate = null,
       worker_id = null,
       fence = o.fence + 1
  from crooked c
 where o.tenant_id = c.tenant_id and o.run_id = c.run_id
returning o.tenant_id, o.run_id as id;

-- name: leases_of_the_dead
-- Leases whose worker has been dead for a minute or was never there: sweepers should have taken them within seconds.
select o.tenant_id, o.run_id as id
  from flowforge.owner o
  left join flowforge.worker w on w.worker_id = o.worker_id
 where o.state = 'l' and o.worker_id is not null
   and (w.worker_id is null or (not w.alive and coalesce(w.ended_at, '-infinity') < now() - interval '1 minute'))
 order by 1, 2;

-- name: missed_wakes
-- Parked runs of which something that they wait for has come, and runs that wait for children that have all ended and told it.
select o.tenant_id, o.run_id as id
  from flowforge.owner o
 where o.state = 'p' and o.parked_for = 'w' and not o.wake
   and (exists (select from flowforge.wait w where w.tenant_id = o.tenant_id and w.run_id = o.run_id and w.event_id is not null)
        or exists (select from flowforge.step s
                     join flowforge.run c on c.tenant_id = s.tenant_id and c.run_id = s.ref
                    where s.tenant_id = o.tenant_id and s.run_id = o.run_id and s.kind = 'invoke' and s.state = 1 and c.state <> 'open'
                      and not exists (select from flowforge.dispatch d
                                       where d.tenant_id = c.tenant_id and d.kind = 'r' and d.subject_id = c.run_id)))
 order by 1, 2;

-- name: wake_missed
-- They look again.
with missed as materialized (
  select o.tenant_id, o.run_id
    from flowforge.owner o
    join unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id) on o.tenant_id = u.tenant_id and o.run_id = u.id
   where o.state = 'p' and o.parked_for = 'w'
   order by o.tenant_id, o.run_id
     for no key update of o
)
update flowforge.owner o
   set state = 'r', due = null
  from missed m
 where o.tenant_id = m.tenant_id and o.run_id = m.run_id
returning o.tenant_id, o.run_id as id;

-- name: waits_without_run
-- Waits of runs that have ended or are not there, by run.
select distinct w.tenant_id, w.run_id as id
  from flowforge.wait w
 where not exists (select from flowforge.owner o where o.tenant_id = w.tenant_id and o.run_id = w.run_id)
   and not exists (select from flowforge.run r where r.tenant_id = w.tenant_id and r.run_id = w.run_id and r.state = 'open')
 order by 1, 2;

-- name: drop_waits
-- They go.
delete from flowforge.wait w
 using unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id)
 where w.tenant_id = u.tenant_id and w.run_id = u.id
   and not exists (select from flowforge.run r where r.tenant_id = w.tenant_id and r.run_id = w.run_id and r.state = 'open')
returning w.tenant_id, w.run_id as id;

-- name: dispatches_without_subject
-- Things to act on that are not there: events, ended runs.
select d.tenant_id, d.subject_id as id
  from flowforge.dispatch d
 where d.kind = 'e' and not exists (select from flowforge.event e where e.tenant_id = d.tenant_id and e.event_id = d.subject_id)
    or d.kind in ('r', 'n') and not exists (select from flowforge.run r where r.tenant_id = d.tenant_id and r.run_id = d.subject_id)
 order by 1, 2;

-- name: drop_dispatches
-- They go.
delete from flowforge.dispatch d
 using unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id)
 where d.tenant_id = u.tenant_id and d.subject_id = u.id
   and (d.kind = 'e' and not exists (select from flowforge.event e where e.tenant_id = d.tenant_id and e.event_id = d.subject_id)
        or d.kind in ('r', 'n') and not exists (select from flowforge.run r where r.tenant_id = d.tenant_id and r.run_id = d.subject_id))
returning d.tenant_id, d.subject_id as id;

-- name: stuck_dispatches
-- Events and ended runs that nobody has acted on for a minute, and runs to which flow control was not applied.
select tenant_id, subject_id as id
  from flowforge.dispatch d
 where created_at < now() - interval '1 minute'
   and (d.kind in ('r', 'n') and exists (select from flowforge.run r where r.tenant_id = d.tenant_id and r.run_id = d.subject_id)
        or exists (select from flowforge.event e where e.tenant_id = d.tenant_id and e.event_id = d.subject_id))
 order by 1, 2;

-- name: unmarked_gates
-- Runs that stand at a gate that is neither a limit's nor a pause's: nobody will let them in; and runs that wait for flow
-- control that nobody is to apply.
select o.tenant_id, o.run_id as id
  from flowforge.owner o
 where o.state = 'g'
   and not exists (select from flowforge.flow_limit l where l.limit_id = o.gate)
   and not exists (select from flowforge.pause p where p.pause_id = o.gate)
   and not exists (select from flowforge.mark m where m.gate = o.gate)
    or o.state = 'p' and o.parked_for = 'n'
   and not exists (select from flowforge.dispatch d where d.tenant_id = o.tenant_id and d.kind = 'n' and d.subject_id = o.run_id)
 order by 1, 2;

-- name: shape_unmarked
-- Flow control is applied to them, anew.
with stuck as materialized (
  select o.tenant_id, o.run_id
    from flowforge.owner o
    join unnest(:tenant_ids::uuid[], :ids::uuid[]) as u(tenant_id, id) on o.tenant_id = u.tenant_id and o.run_id = u.id
   where o.state = 'g' and not exists (select from flowforge.flow_limit l where l.limit_id = o.gate)
     and not exists (select from flowforge.pause p where p.pause_id = o.gate)
      or o.state = 'p' and o.parked_for = 'n'
   order by o.tenant_id, o.run_id
     for no key update of o
),
shaped as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id, created_at)
  select s.tenant_id, 'n', s.run_id, now() - interval '10 seconds' from stuck s
      on conflict do nothing
)
update flowforge.owner o
   set state = 'p', parked_for = 'n', gate = null
  from stuck s
 where o.tenant_id = s.tenant_id and o.run_id = s.run_id
returning o.tenant_id, o.run_id as id;
