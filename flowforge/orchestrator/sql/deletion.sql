-- name: lock_for_deletion
-- The owner rows of a run and of its parent, where they are open, locked in key order until commit.
select o.run_id, o.state::text
  from flowforge.owner o
 where o.tenant_id = :tenant_id
   and o.run_id in (select :run_id::uuid
                    union all
                    select r.parent_run_id from flowforge.run r where r.tenant_id = :tenant_id and r.run_id = :run_id)
 order by o.tenant_id, o.run_id
   for no key update of o;

-- name: release_relatives
-- Before a run goes: its open parent looks (and finds its child gone), its children live on without a parent.
with child as materialized (
  select r.parent_run_id from flowforge.run r where r.tenant_id = :tenant_id and r.run_id = :run_id and r.parent_run_id is not null
),
woken as (
  update flowforge.owner o
     set state = case when o.state = 'p' and o.parked_for <> 'p' then 'r' else o.state end,
         due = case when o.state = 'p' and o.parked_for <> 'p' then null else o.due end,
         wake = o.wake or o.state = 'l' or o.parked_for is not distinct from 'p'
    from child
   where o.tenant_id = :tenant_id and o.run_id = child.parent_run_id
)
update flowforge.run
   set parent_run_id = null, parent_key = null
 where tenant_id = :tenant_id
   and parent_run_id = :run_id;

-- name: disown_run
-- From here on no worker owns the run: whoever executes it finds its lease gone, and writes nothing more. Its slots are free.
with gone as (
  delete from flowforge.owner where tenant_id = :tenant_id and run_id = :run_id returning state::text, limits
),
marked as (
  insert into flowforge.mark (gate, due) select distinct unnest(limits), flowforge.now() from gone where state = 'l' and limits is not null
)
select state from gone;

-- name: delete_runs
-- Runs that nobody owns, with everything that is theirs. What they cost and what was done to them stays: usage and audit.
with gone as (
  delete from flowforge.run r
   using unnest(:run_ids::uuid[]) as u(run_id)
   where r.tenant_id = :tenant_id and r.run_id = u.run_id
  returning r.run_id
),
steps as (
  delete from flowforge.step x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
blobs as (
  delete from flowforge.blob x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
waits as (
  delete from flowforge.wait x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
frames as (
  delete from flowforge.frame x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.stream_id = u.run_id
),
votes as (
  delete from flowforge.approval_vote x using flowforge.approval a, unnest(:run_ids::uuid[]) as u(run_id)
   where a.tenant_id = :tenant_id and a.run_id = u.run_id and x.tenant_id = a.tenant_id and x.approval_id = a.approval_id
),
links as (
  delete from flowforge.approval_link x using flowforge.approval a, unnest(:run_ids::uuid[]) as u(run_id)
   where a.tenant_id = :tenant_id and a.run_id = u.run_id and x.tenant_id = a.tenant_id and x.approval_id = a.approval_id
),
grant_uses as (
  delete from flowforge.approval_grant_use x using unnest(:run_ids::uuid[]) as u(run_id)
   where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
approvals as (
  delete from flowforge.approval x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
questions as (
  delete from flowforge.question x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
task_waits as (
  delete from flowforge.task_wait x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
failures as (
  delete from flowforge.failure x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
signals as (
  delete from flowforge.signal x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
messages as (
  delete from flowforge.agent_message x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
progresses as (
  delete from flowforge.progress x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
skill_uses as (
  delete from flowforge.skill_use x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
secret_uses as (
  delete from flowforge.secret_use x using unnest(:run_ids::uuid[]) as u(run_id) where x.tenant_id = :tenant_id and x.run_id = u.run_id
),
untold as (
  delete from flowforge.dispatch d using unnest(:run_ids::uuid[]) as u(run_id)
   where d.tenant_id = :tenant_id and d.kind = 'r' and d.subject_id = u.run_id
)
select run_id from gone;

-- name: events_in_use
-- Of these events, those that nobody has matched yet, that a wait has taken or that an open wait has still to look back at.
select e.event_id
  from flowforge.event e
 where e.tenant_id = :tenant_id
   and e.event_id = any(:event_ids::uuid[])
   and (exists (select from flowforge.dispatch d where d.tenant_id = e.tenant_id and d.kind = 'e' and d.subject_id = e.event_id)
        or exists (select from flowforge.wait w where w.tenant_id = e.tenant_id and w.event_id = e.event_id)
        or exists (select from flowforge.wait w
                    where w.tenant_id = e.tenant_id and w.event_name = e.name and w.event_id is null and not w.looked
                      and w.since <= e.received_at));
