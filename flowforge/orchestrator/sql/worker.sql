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

-- name: claim_runs
-- Lease up to :limit ready runs of known functions, in the order of virtual time; skips rows that others hold. Fewer than asked
-- for does not mean that there are no more. The generation is locked first: a dead one claims nothing. A pinned run is for workers
-- that name its function in that version as well, as id@version.
with me as materialized (
  select w.worker_id from flowforge.worker w where w.worker_id = :worker_id and w.alive for share
),
t as materialized (
  select flowforge.now() as now
),
claimed as (
  update flowforge.owner o
     set state = 'l', parked_for = null, worker_id = :worker_id, fence = o.fence + 1, wake = false, due = null,
         started_at = coalesce(o.started_at, (select now from t))
   where exists (select from me)
     and o.ctid = any(array(
           select r.ctid
             from flowforge.owner r
            where r.state = 'r' and r.vt >= :floor and r.function_id = any(:function_ids::text[])
              and (r.version is null or r.function_id || '@' || r.version = any(:function_ids::text[]))
            order by r.vt, r.run_id
            limit :limit
              for no key update skip locked))
  returning o.tenant_id, o.run_id, o.fence, o.attempt, o.cancel, o.vt, o.started_at, o.version as pin
)
select c.*, r.function_id, r.version, r.event_id, r.event_name, r.event_key, r.input, r.received_at, r.parent_run_id, r.depth,
       r.agent_id, r.task_id, t.now
  from claimed c
  join flowforge.run r on r.tenant_id = c.tenant_id and r.run_id = c.run_id
 cross join t
 order by c.vt, c.run_id;

-- name: steps_of_runs
-- The memory of claimed runs, read after the claim has committed.
select s.tenant_id, s.run_id, s.key, s.name, s.kind, s.state, s.attempt, s.hash, s.seq, s.output, s.blob_id, s.tagged, s.error, s.failures,
       s.announced, s.ref, s.due, s.started_at, s.reused
  from flowforge.step s
  join unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id) on s.tenant_id = u.tenant_id and s.run_id = u.run_id;

-- name: last_frames
-- The highest frame number of each claimed run.
select u.run_id, max(f.seq) as seq
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
  join flowforge.frame f on f.tenant_id = u.tenant_id and f.stream_id = u.run_id
 group by u.run_id;

-- name: flagged_runs
-- Leased runs of this worker that were woken, or are to be cancelled or paused. It only reads: nothing is lost with its answer.
select tenant_id, run_id, cancel, pause
  from flowforge.owner
 where worker_id = :worker_id and state = 'l' and (wake or cancel or pause);

-- name: clear_wakes
-- Take the wakes off these leased runs of a worker that is about to look; what comes later wakes again.
with flagged as materialized (
  select o.tenant_id, o.run_id
    from flowforge.owner o
    join unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id) on o.tenant_id = u.tenant_id and o.run_id = u.run_id
   where o.worker_id = :worker_id and o.state = 'l'
   order by o.tenant_id, o.run_id
     for no key update of o
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
)
update flowforge.owner o
   set state = case when o.pause and not o.cancel then 'p' else 'r' end,
       parked_for = case when o.pause and not o.cancel then 'p' end,
       pause = false,
       worker_id = null
  from unknown u
 where o.tenant_id = u.tenant_id and o.run_id = u.run_id
returning o.run_id;

-- name: look_around
-- One glance for the sweeper, as one row: the other living workers with their beats and whether their backends are still there,
-- which server answers on which timeline, when the next timer is due, and whether anything lies undispatched or orphaned.
with others as materialized (
  select w.worker_id, h.beat,
         exists (select from pg_stat_activity a where a.application_name = 'ff:' || w.worker_id::text) as connected
    from flowforge.worker w
    join flowforge.heartbeat h on h.worker_id = w.worker_id
   where w.alive and w.worker_id <> :worker_id
)
select array(select worker_id from others order by worker_id) as workers,
       array(select beat from others order by worker_id) as beats,
       array(select connected from others order by worker_id) as connected,
       extract(epoch from pg_postmaster_start_time())::text || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8) as server,
       extract(epoch from (select min(due) from flowforge.owner where state = 'p' and due is not null) - flowforge.now())::float8 as due_in,
       exists (select from flowforge.dispatch) as undispatched,
       exists (select from flowforge.owner o
                where o.state = 'l' and not exists (select from flowforge.worker w where w.worker_id = o.worker_id and w.alive)) as orphaned;

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
)
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
returning o.run_id, o.state::text;

-- name: write_blob
-- A large output, before the checkpoint that names it.
insert into flowforge.blob (tenant_id, run_id, blob_id, data) values (:tenant_id, :run_id, :blob_id, :data)
    on conflict (tenant_id, run_id, blob_id) do update set data = excluded.data;

-- name: read_blob
-- A large output.
select data from flowforge.blob where tenant_id = :tenant_id and run_id = :run_id and blob_id = :blob_id;
