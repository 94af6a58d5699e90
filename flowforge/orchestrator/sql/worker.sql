-- name: begin_generation
-- A worker's life begins: its fence row and its heartbeat row.
with g as (
  insert into flowforge.worker (worker_id, name, functions) values (:worker_id, :name, :functions)
)
insert into flowforge.heartbeat (worker_id) values (:worker_id);

-- name: announce_functions
-- What this worker knows, after code was reloaded.
update flowforge.worker set functions = :functions where worker_id = :worker_id;

-- name: end_generation
-- A worker's life ends in order: what it still holds goes back to the ready queue by `release_leases`, afterwards.
update flowforge.worker set alive = false, ended_at = now() where worker_id = :worker_id;

-- name: beat
-- Still here. Answers whether somebody has declared this generation dead.
update flowforge.heartbeat h
   set beat = h.beat + 1, seen = now()
  from flowforge.worker w
 where h.worker_id = :worker_id and w.worker_id = h.worker_id
returning w.alive;

-- part: gate_of
case when o.limits is null and not (select something from pausing) then null
     when o.cancel and exists (select from flowforge.flow_limit l where l.limit_id = o.limits[1] and l.capacity = 0) then null  -- its agent is paused
     else coalesce((select p.pause_id from paused p
                     where not o.cancel  -- what is to be unwound passes every pause
                       and (p.tenant_id is null or p.tenant_id = o.tenant_id)
                       and (p.function_id is null or p.function_id = o.function_id)
                     limit 1),
                   o.limits[1]) end

-- part: before_claim
with me as materialized (
  select w.worker_id from flowforge.worker w where w.worker_id = :worker_id and w.alive for share
),
t as materialized (
  select flowforge.now() as now
),
paused as materialized (
  select pause_id, tenant_id, nullif(function_id, '*') as function_id from flowforge.pause  -- '*': its tenant is suspended
),
pausing as materialized (
  select exists (select from paused) as something
),
published as (
  update flowforge.virtual_time
     set v = greatest(v, :virtual::bigint)
   where :virtual::bigint is not null
     and ctid = any(array(select ctid from flowforge.virtual_time for no key update skip locked))
)

-- part: leased
-- use: gate_of
         ,
         (state, worker_id, fence, started_at, deadline) = (
           select case when g.gate is null then 'l'::"char" else 'g'::"char" end,
                  case when g.gate is null then :worker_id::uuid end,
                  o.fence + (g.gate is null)::int,
                  case when g.gate is null then coalesce(o.started_at, t.now) else o.started_at end,
                  case when g.gate is not null or o.started_at is not null then o.deadline
                       else t.now + o.finish_seconds * interval '1 second' end
             from (select
-- use: gate_of
                   as gate) g, t),
         parked_for = null,
         wake = false,
         due = null
   where exists (select from me)
     and o.ctid = any(array(select place from turn))
  returning o.state, o.gate, o.tenant_id, o.run_id, o.fence, o.attempt, o.cancel, o.vt, o.started_at, o.version
),
told_starts as (
-- use: news
    from (select c.tenant_id, c.run_id as stream_id, 2 as seq, 'run.started' as name, null as data
            from taken c, t
           where c.state = 'l' and c.started_at = t.now) n
   where
-- use: followed
),
marked as (
  insert into flowforge.mark (gate, due)
  select distinct c.gate, t.now from taken c, t where c.state = 'g'
)
select c.tenant_id, c.run_id, c.fence, c.attempt, c.cancel, c.vt, c.started_at, c.state::text as owner_state, null::uuid[] as limits,
       c.version as pin, r.function_id, r.version, r.event_id, r.event_name, r.event_key, r.input, r.input_blob_id, r.batch,
       r.received_at, r.parent_run_id,
       r.depth, r.test, r.agent_id,
       r.task_id, t.now, coalesce(w.weight, 1) as weight, exists (select from flowforge.mark m where m.due <= t.now) as marks,
       exists (select from flowforge.owner x where x.state = 'r' and x.ordered) as ordered
  from t
  left join taken c on true
  left join flowforge.run r on c.state = 'l' and r.tenant_id = c.tenant_id and r.run_id = c.run_id
  left join flowforge.tenant w on w.tenant_id = r.tenant_id
 order by c.vt, c.run_id

-- name: claim_runs
-- Lease up to :limit ready runs of known functions, in the order of virtual time; skips rows that others hold. Those with limits, and those
-- whose function or tenant is paused, go to a gate instead, with a mark that somebody is to look at it (see gate.sql). Fewer than asked
-- for does not mean that there are no more. The generation is locked first: a dead one claims nothing. Every row says whether there are
-- marks; one row is there even when nothing was claimed.
-- use: before_claim
,
turn as materialized (
  select r.ctid as place
    from flowforge.owner r
   where r.state = 'r' and r.vt >= :floor and r.function_id = any(:function_ids::text[]) and not (r.cancel and r.started_at is null)
     and (r.version is null or r.function_id || '@' || r.version = any(:function_ids::text[]))
   order by r.vt, r.run_id
   limit :limit
     for no key update skip locked
),
taken as (
  update flowforge.owner o
     set gate =
-- use: leased
;

-- name: claim_runs_by_priority
-- The same where tenants use priorities: the first virtual times say how many turns each tenant has now, and its best runs (by priority,
-- then by age) take them. Who was passed over gets the virtual time of who went before it, so that the tenant's turns are what they were.
-- use: before_claim
,
picked as materialized (
  select r.ctid as place, r.tenant_id, r.run_id, r.vt, r.ordered
    from flowforge.owner r
   where r.state = 'r' and r.vt >= :floor and r.function_id = any(:function_ids::text[]) and not (r.cancel and r.started_at is null)
     and (r.version is null or r.function_id || '@' || r.version = any(:function_ids::text[]))
   order by r.vt, r.run_id
   limit :limit
     for no key update skip locked
),
best as materialized (
  select b.*, row_number() over (partition by b.tenant_id order by b.priority desc, b.run_id) as n
    from (select tenant_id, count(*) as turns from picked where ordered group by tenant_id) w
   cross join lateral (
         select r.ctid as place, r.tenant_id, r.run_id, r.vt, r.priority
           from flowforge.owner r
          where r.state = 'r' and r.ordered and r.tenant_id = w.tenant_id
            and r.function_id = any(:function_ids::text[]) and not (r.cancel and r.started_at is null)
            and (r.version is null or r.function_id || '@' || r.version = any(:function_ids::text[]))
          order by r.priority desc, r.run_id
          limit w.turns
            for no key update skip locked) b
),
turn as materialized (
  select place, vt from picked where not ordered
   union all
  select b.place, p.vt
    from best b
    join (select tenant_id, vt, row_number() over (partition by tenant_id order by vt, run_id) as n from picked where ordered) p
      on p.tenant_id = b.tenant_id and p.n = b.n
),
swapped as (
  update flowforge.owner o
     set vt = later.vt
    from (select p.*, row_number() over (partition by p.tenant_id order by p.run_id) as n
            from picked p
           where p.ordered and not exists (select from best b where b.place = p.place)) waits
    join (select b.tenant_id, b.vt, row_number() over (partition by b.tenant_id order by b.vt) as n
            from best b
           where not exists (select from picked p where p.place = b.place)) later
      on later.tenant_id = waits.tenant_id and later.n = waits.n
   where o.ctid = waits.place
),
taken as (
  update flowforge.owner o
     set vt = (select u.vt from turn u where u.place = o.ctid),
         gate =
-- use: leased
;

-- name: steps_of_runs
-- The memory of claimed runs, read after the claim has committed. A run that takes snapshots (:snapshots) goes on from its last one: of what
-- was recorded before that it gets the other snapshots, what its own code did before its turns, the events it took, and what is still open.
select s.tenant_id, s.run_id, s.key, s.name, s.kind, s.state, s.attempt, s.hash, s.seq, s.output, s.blob_id, s.tagged, s.error, s.failures,
       s.announced, s.ref, s.parent, s.due, s.started_at, s.reused
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :snapshots::boolean[]) as u(tenant_id, run_id, snapshots)
 cross join lateral (select case when u.snapshots then (
                              select max(last.seq)
                                from flowforge.step last
                               where last.tenant_id = u.tenant_id and last.run_id = u.run_id and last.kind = 'snapshot' and last.state = 2
                            ) end as seq) snapshot
  join flowforge.step s
    on s.tenant_id = u.tenant_id
   and s.run_id = u.run_id
   and (snapshot.seq is null
        or s.seq >= snapshot.seq
        or s.kind in ('snapshot', 'agent', 'board', 'now')
        or s.kind like 'wait\_for\_event%'
        or s.state < 2);

-- name: last_frames
-- The highest frame number of each claimed run.
select u.run_id, max(f.seq) as seq
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
  join flowforge.frame f on f.tenant_id = u.tenant_id and f.stream_id = u.run_id
 group by u.run_id;

-- name: flagged_runs
-- Leased runs of this worker that were woken, or are to be cancelled or paused. It only reads: nothing is lost with its answer.
select tenant_id, run_id, cancel, pause, stop
  from flowforge.owner
 where worker_id = :worker_id and state = 'l' and (wake or cancel or pause);

-- name: clear_wakes
-- Take the wakes off these leased runs of a worker that is about to look; what comes later wakes again.
with flagged as materialized (
  select o.tenant_id, o.run_id
    from (select * from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id) order by 1, 2) u
   cross join lateral (select o.tenant_id, o.run_id
                         from flowforge.owner o
                        where o.tenant_id = u.tenant_id and o.run_id = u.run_id and o.worker_id = :worker_id and o.state::text = 'l'
                          for no key update of o) o
)
update flowforge.owner o
   set wake = false
  from flagged f
 where o.tenant_id = f.tenant_id and o.run_id = f.run_id;

-- name: release_leases
-- Hand back leases of this worker that its memory does not hold. What is to be paused is paused.
with unknown as materialized (
  select tenant_id, run_id
    from flowforge.owner
   where worker_id = :worker_id and state = 'l' and run_id <> all(:except::uuid[])
   order by tenant_id, run_id
     for no key update
),
released as (
  update flowforge.owner o
     set state = case when o.pause and not o.cancel then 'p' else 'r' end,
         parked_for = case when o.pause and not o.cancel then 'p' end,
         pause = false,
         worker_id = null
    from unknown u
   where o.tenant_id = u.tenant_id and o.run_id = u.run_id
  returning o.run_id, o.limits
),
marked as (
  insert into flowforge.mark (gate, due)
  select distinct unnest(limits), flowforge.now() from released where limits is not null
)
select run_id from released;

-- name: look_around
-- One glance for the sweeper, as one row: the other living workers with their beats and whether their backends are still there,
-- which server answers on which timeline, when the next timer is due, and whether anything is ready, undispatched or orphaned. It is a
-- beat of the worker's own, too: an idle one needs no other.
with beaten as (
  update flowforge.heartbeat h
     set beat = h.beat + 1, seen = now()
    from flowforge.worker w
   where h.worker_id = :worker_id and w.worker_id = h.worker_id
  returning w.alive
),
others as materialized (
  select w.worker_id, w.name, h.beat,
         exists (select from pg_stat_activity a where a.application_name = 'ff:' || w.worker_id::text) as connected
    from flowforge.worker w
    join flowforge.heartbeat h on h.worker_id = w.worker_id
   where w.alive and w.worker_id <> :worker_id
)
select coalesce((select alive from beaten), false) as alive,
       array(select worker_id from others order by worker_id) as workers,
       array(select name from others order by worker_id) as names,
       array(select beat from others order by worker_id) as beats,
       array(select connected from others order by worker_id) as connected,
       extract(epoch from pg_postmaster_start_time())::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as server,
       extract(epoch from (select s.due from flowforge.schedule s
                            where not exists (select from flowforge.tenant n where n.tenant_id = s.tenant_id and n.state <> 'active')
                            order by s.due limit 1) - flowforge.now())::float8 as scheduled_in,
       extract(epoch from least((select min(due) from flowforge.owner where state = 'p' and due is not null),
                                (select min(deadline) from flowforge.owner where deadline is not null),
                                (select min(due) from flowforge.mark where due > flowforge.now())) - flowforge.now())::float8 as due_in,
       exists (select from flowforge.owner where cancel and state <> 'l') as cancelled,
       exists (select from flowforge.owner where state = 'r') as ready,
       exists (select from flowforge.owner where state = 'g') as gated,
       exists (select from flowforge.dispatch) as undispatched,
       exists (select from flowforge.owner o
                where o.state = 'l' and not exists (select from flowforge.worker w
                                                     where w.worker_id = o.worker_id and w.alive)) as orphaned;

-- name: fire_timers
-- Parked runs whose time has come go to the ready queue.
update flowforge.owner
   set state = 'r', due = null
 where ctid = any(array(
         select ctid from flowforge.owner
          where state = 'p' and due is not null and due <= (select flowforge.now())
          order by due
          limit 1000
            for no key update skip locked))
returning run_id;

-- name: expire_runs
-- Runs whose deadline has passed are to be cancelled: they have not started in time, or not finished.
with late as materialized (
  select o.tenant_id, o.run_id,
         case when o.started_at is null
              then json_build_object('type', 'StartTimeout', 'message', 'it did not start in time')
              else json_build_object('type', 'RunTimeout', 'message', 'it did not finish within ' || o.finish_seconds || ' s')
         end::text as error
    from flowforge.owner o
   where o.deadline is not null and o.deadline <= (select flowforge.now())
   order by o.deadline
   limit 500
     for no key update of o skip locked
)
update flowforge.owner o
   set deadline = null, cancel = true, cancel_error = coalesce(o.cancel_error, l.error),
       state = case when o.state in ('p', 'g') then 'r' else o.state end,
       gate = null,
       due = case when o.state = 'l' then o.due end
  from late l
 where o.tenant_id = l.tenant_id and o.run_id = l.run_id
returning o.run_id;

-- name: seal_unbegun
-- Runs that are to be cancelled and have never begun end at once: there is nothing to unwind.
with t as materialized (
  select flowforge.now() as now
),
unbegun as materialized (
  select o.tenant_id, o.run_id, o.cancel_error
    from flowforge.owner o
   where o.cancel and o.state <> 'l' and o.started_at is null
   order by o.run_id
   limit 500
     for update of o skip locked
),
gone as (
  delete from flowforge.owner o using unbegun u where o.tenant_id = u.tenant_id and o.run_id = u.run_id
),
unwaited as (
  delete from flowforge.wait w using unbegun u where w.tenant_id = u.tenant_id and w.run_id = u.run_id
),
sealed as (
  update flowforge.run r
     set state = 'cancelled', error = coalesce(u.cancel_error, '{"type": "Cancelled", "message": "cancelled before it began"}'),
         ended_at = t.now, end_seq = 3
    from unbegun u, t
   where r.tenant_id = u.tenant_id and r.run_id = u.run_id and r.state = 'open'
  returning r.tenant_id, r.run_id, r.parent_run_id
),
told as (
  insert into flowforge.dispatch (tenant_id, kind, subject_id)
  select s.tenant_id, 'r', s.run_id from sealed s where s.parent_run_id is not null
      on conflict do nothing
),
noticed as (
  insert into flowforge.webhook_notice (tenant_id, name, subject_id, created_at)
  select n.tenant_id, n.name, n.run_id, t.now
    from (select s.tenant_id, 'run.cancelled' as name, s.run_id from sealed s) n, t
   where
-- use: heard
),
told_ends as (
-- use: news
    from (select s.tenant_id, s.run_id as stream_id, 3 as seq, 'run.cancelled' as name, null as data from sealed s) n
   where
-- use: followed
)
select tenant_id, run_id, parent_run_id is not null as child from sealed;

-- name: mark_dead
-- Declare a generation dead, unless it has beaten since. Its leases are taken by `take_leases`, in a later statement.
update flowforge.worker w
   set alive = false, ended_at = now()
  from flowforge.heartbeat h
 where w.worker_id = :worker_id and w.alive and h.worker_id = w.worker_id and h.beat = :beat
returning w.worker_id;

-- name: take_leases
-- Rescue: every lease whose generation is dead or missing goes back to the ready queue. A run that was rescued :limit times in a
-- row without completing a step is paused instead.
with orphan as materialized (
  select o.tenant_id, o.run_id, coalesce(n.steps, 0) as steps
    from flowforge.owner o
    left join lateral (select count(*)::int as steps from flowforge.step s
                        where s.tenant_id = o.tenant_id and s.run_id = o.run_id and s.state >= 2) n on true
   where o.state = 'l' and not exists (select from flowforge.worker w where w.worker_id = o.worker_id and w.alive)
   order by o.tenant_id, o.run_id
   limit 500
     for no key update of o skip locked
),
taken as (
  update flowforge.owner o
     set state = case when p.rescues >= :limit or p.pause then 'p' else 'r' end,
         parked_for = case when p.rescues >= :limit or p.pause then 'p' else null end,
         reason = case when p.rescues >= :limit then 'rescued ' || p.rescues || ' times in a row without completing a step'
                       when p.pause then o.reason end,
         pause = false,
         worker_id = null,
         due = null,
         attempt = o.attempt + 1,
         rescues = p.rescues,
         rescue_mark = p.steps
    from (select x.tenant_id, x.run_id, x.steps,
                 case when x.steps > w.rescue_mark then 1 else w.rescues + 1 end as rescues,
                 w.pause and not w.cancel as pause
            from orphan x
            join flowforge.owner w on w.tenant_id = x.tenant_id and w.run_id = x.run_id) p
   where o.tenant_id = p.tenant_id and o.run_id = p.run_id
  returning o.run_id, o.state, o.limits
),
marked as (
  insert into flowforge.mark (gate, due)
  select distinct unnest(limits), flowforge.now() from taken where limits is not null
)
select run_id, state::text from taken;

-- name: write_blob
-- A large output, before the checkpoint that names it.
insert into flowforge.blob (tenant_id, run_id, blob_id, data) values (:tenant_id, :run_id, :blob_id, :data)
    on conflict (tenant_id, run_id, blob_id) do update set data = excluded.data;

-- name: read_blob
-- A large output.
select data from flowforge.blob where tenant_id = :tenant_id and run_id = :run_id and blob_id = :blob_id;
