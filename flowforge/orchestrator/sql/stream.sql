-- What is said in a tenant becomes its news where somebody follows the tenant (see tenant_stream.sql).

-- part: followed
exists (select from flowforge.followed x where x.tenant_id = n.tenant_id)

-- part: news
-- Its time is read when the statement sees what it tells of. That of the statement's arrival may be older than the commit it follows.
insert into flowforge.news (tenant_id, said_at, stream_id, seq, name, data)
  select n.tenant_id, clock_timestamp(), n.stream_id, n.seq, n.name, n.data

-- name: append_frame
-- One frame on a task's or an agent's stream from outside a run. The counter rows stay locked until the commit, in sorted
-- order, so a smaller number never becomes visible after a larger one.
with wanted as (
  select x.stream_id
    from unnest(array[:agent_id::uuid, :task_id::uuid]) as x(stream_id)
   where x.stream_id is not null
),
locked as materialized (
  select s.stream_id
    from flowforge.stream s
    join wanted w on w.stream_id = s.stream_id
   where s.tenant_id = :tenant_id
   order by s.stream_id
     for no key update of s
),
counted as (
  update flowforge.stream s
     set last_seq = s.last_seq + 1
    from locked l
   where s.tenant_id = :tenant_id and s.stream_id = l.stream_id
  returning s.stream_id, s.last_seq
),
framed as (
  insert into flowforge.frame (tenant_id, stream_id, seq, name, data, agent_id, agent_seq, task_id, task_seq)
  select :tenant_id, home.stream_id, home.last_seq, :name, :data, a.stream_id, a.last_seq, k.stream_id, k.last_seq
    from (select stream_id, last_seq from counted order by (stream_id = :task_id::uuid) desc nulls last limit 1) home
    left join counted a on a.stream_id = :agent_id::uuid
    left join counted k on k.stream_id = :task_id::uuid
  returning stream_id, seq
),
told as (  -- also what stands on no other stream
  insert into flowforge.news (tenant_id, said_at, stream_id, seq, name, data)
  select n.tenant_id, clock_timestamp(),  -- when the counters are locked, which may be long after the statement began
         coalesce(f.stream_id, gen_random_uuid()), coalesce(f.seq, 0), :name, :data
    from (select :tenant_id::uuid as tenant_id) n
    left join framed f on true
   where
-- use: followed
)
select seq from framed;

-- name: hold_streams
-- Take the counters of some agents' and tasks' streams, in sorted order, before frames are put on one after the other.
select stream_id
  from flowforge.stream
 where tenant_id = :tenant_id
   and stream_id = any(:stream_ids::uuid[])
 order by stream_id
   for no key update;

-- name: open_stream
-- The counter of an agent's or a task's stream; made together with the agent or the task.
insert into flowforge.stream (tenant_id, stream_id) values (:tenant_id, :stream_id) on conflict do nothing;

-- name: agent_frames
-- The frames of some agents after a number each, in order. `place` says whose a frame is. Of each at most :limit frames, and none behind the
-- one with which they are :bytes together: that one is `cut`.
select u.place, x.seq, x.name, x.data, x.created_at, x.upto >= :bytes as cut
  from unnest(:tenant_ids::uuid[], :stream_ids::uuid[], :afters::bigint[]) with ordinality as u(tenant_id, stream_id, after, place)
 cross join lateral (
       select f.*, sum(f.size) over (order by f.seq) as upto
         from (select f.agent_seq as seq, f.name, f.data, f.created_at, octet_length(f.data) as size
                 from flowforge.frame f
                where f.tenant_id = u.tenant_id and f.agent_id = u.stream_id and f.agent_seq > u.after
                order by f.agent_seq
                limit :limit) f) x
 where x.upto - x.size < :bytes
 order by u.place, x.seq;

-- name: task_frames
-- The frames of some tasks after a number each, in order. `place` says whose a frame is.
select u.place, x.seq, x.name, x.data, x.created_at, x.upto >= :bytes as cut
  from unnest(:tenant_ids::uuid[], :stream_ids::uuid[], :afters::bigint[]) with ordinality as u(tenant_id, stream_id, after, place)
 cross join lateral (
       select f.*, sum(f.size) over (order by f.seq) as upto
         from (select f.task_seq as seq, f.name, f.data, f.created_at, octet_length(f.data) as size
                 from flowforge.frame f
                where f.tenant_id = u.tenant_id and f.task_id = u.stream_id and f.task_seq > u.after
                order by f.task_seq
                limit :limit) f) x
 where x.upto - x.size < :bytes
 order by u.place, x.seq;

-- name: own_frames
-- The frames of some streams that number their own, inboxes and whole tenants, after a number each, in order. `place` says whose a frame is.
select u.place, x.seq, x.name, x.data, x.created_at, x.upto >= :bytes as cut
  from unnest(:tenant_ids::uuid[], :stream_ids::uuid[], :afters::bigint[]) with ordinality as u(tenant_id, stream_id, after, place)
 cross join lateral (
       select f.*, sum(f.size) over (order by f.seq) as upto
         from (select f.seq, f.name, f.data, f.created_at, octet_length(f.data) as size
                 from flowforge.frame f
                where f.tenant_id = u.tenant_id and f.stream_id = u.stream_id and f.seq > u.after
                order by f.seq
                limit :limit) f) x
 where x.upto - x.size < :bytes
 order by u.place, x.seq;

-- name: stream_seq
-- The number of the newest frame of an agent's or a task's stream.
select last_seq from flowforge.stream where tenant_id = :tenant_id and stream_id = :stream_id;

-- name: run_frames
-- The streams of some runs after a number each: stored frames, settled steps and the run's own facts, in one snapshot. `place` says whose
-- a row is, `cut` where frames were left out because of :bytes. A step that was not announced stands for two frames, step.started at seq - 1 and step.completed at seq.
select u.place, x.*
  from unnest(:tenant_ids::uuid[], :stream_ids::uuid[], :afters::bigint[]) with ordinality as u(tenant_id, run_id, after, place)
 cross join lateral (
       (select f.seq, f.name, f.data, null::text as key, null::text as kind, null::smallint as state, null::smallint as attempt,
               null::boolean as announced, f.created_at as started_at, f.created_at as ended_at, null::text as error, null::text as parent,
               null::numeric as cost, false as reused, f.upto >= :bytes as cut
          from (select f.*, sum(f.size) over (order by f.seq) as upto
                  from (select f.seq, f.name, f.data, f.created_at, octet_length(f.data) as size
                          from flowforge.frame f
                         where f.tenant_id = u.tenant_id and f.stream_id = u.run_id and f.seq > u.after
                         order by f.seq
                         limit :limit) f) f
         where f.upto - f.size < :bytes)
        union all
       (select s.seq, s.name, null, s.key, s.kind, s.state, s.attempt, s.announced, s.started_at, s.ended_at, s.error, s.parent,
               (select
-- use: cost_of_step_calls
                   from flowforge.usage
                  where usage.tenant_id = s.tenant_id and usage.run_id = s.run_id and usage.step_key = s.key),
               s.reused, false
          from flowforge.step s
         where s.tenant_id = u.tenant_id and s.run_id = u.run_id and s.seq > u.after and s.state >= 2
         order by s.seq
         limit :limit)
        union all
        select r.end_seq, 'run', r.error, null, r.function_id,
               (case r.state when 'open' then 0 when 'completed' then 1 when 'failed' then 2 when 'cancelled' then 3 else 4 end)::smallint,
               r.attempt::smallint, o.run_id is not null, coalesce(r.started_at, o.started_at), r.ended_at, null, null, null, false, false
          from flowforge.run r
          left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
         where r.tenant_id = u.tenant_id and r.run_id = u.run_id) x;

-- name: drop_spent_deltas
-- Deltas between two numbers of a run's stream, for each of some such spans: a message stands for them, or they are void.
delete from flowforge.frame f
 using unnest(:tenant_ids::uuid[], :run_ids::uuid[], :firsts::bigint[], :lasts::bigint[]) as u(tenant_id, run_id, first, last)
 where f.tenant_id = u.tenant_id and f.stream_id = u.run_id and f.seq between u.first and u.last
   and f.name in ('message.delta', 'reasoning.delta', 'tool_call.args_delta');

-- name: recent_frames
-- Among the newest frames of a stream up to a number, in order, those that say how far messages have come, with the runs that said them.
select x.run_id, x.seq, x.name, x.data
  from (
        (select f.stream_id as run_id, f.seq as seq, f.name, f.data
           from flowforge.frame f
          where :kind::text = 'run' and f.tenant_id = :tenant_id and f.stream_id = :stream_id and f.seq <= :upto
          order by f.seq desc
          limit :limit)
         union all
        (select f.stream_id as run_id, f.agent_seq as seq, f.name, f.data
           from flowforge.frame f
          where :kind::text = 'agent' and f.tenant_id = :tenant_id and f.agent_id = :stream_id and f.agent_seq <= :upto
          order by f.agent_seq desc
          limit :limit)
         union all
        (select f.stream_id as run_id, f.task_seq as seq, f.name, f.data
           from flowforge.frame f
          where :kind::text = 'task' and f.tenant_id = :tenant_id and f.task_id = :stream_id and f.task_seq <= :upto
          order by f.task_seq desc
          limit :limit)
       ) x
 where x.name in ('message.delta', 'reasoning.delta', 'tool_call.args_delta', 'message.completed', 'step.retrying', 'run.resumed')
 order by x.seq;

-- name: settled_among
-- Which of these steps have ended: what they had begun to say is not being said any more.
select s.run_id, s.key
  from unnest(:run_ids::uuid[], :keys::text[]) as u(run_id, key)
  join flowforge.step s on s.tenant_id = :tenant_id and s.run_id = u.run_id and s.key = u.key
 where s.state >= 2;

-- name: is_forgotten
-- Has retention taken away frames after this number that a reader who stands there has not seen? Of a run they go together, of the other
-- streams from the front; compaction never takes the first one.
select case when :kind::text = 'run'
            then exists (select from flowforge.run r
                          where r.tenant_id = :tenant_id and r.run_id = :stream_id and r.state <> 'open'
                            and r.ended_at < (select flowforge.now()) - :frames::interval)
                 and not exists (select from flowforge.frame f where f.tenant_id = :tenant_id and f.stream_id = :stream_id)
            else :after::bigint + 1 < coalesce(
                   (select min(f.agent_seq) from flowforge.frame f
                     where :kind = 'agent' and f.tenant_id = :tenant_id and f.agent_id = :stream_id),
                   (select min(f.task_seq) from flowforge.frame f
                     where :kind = 'task' and f.tenant_id = :tenant_id and f.task_id = :stream_id),
                   (select min(f.seq) from flowforge.frame f
                     where :kind in ('person', 'tenant') and f.tenant_id = :tenant_id and f.stream_id = :stream_id),
                   (select s.last_seq + 1 from flowforge.stream s where s.tenant_id = :tenant_id and s.stream_id = :stream_id))
       end;
