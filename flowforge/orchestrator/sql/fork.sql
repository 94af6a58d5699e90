-- name: replay_origin
-- The run that is to be run again, and what is published of its function now. The row stays locked, so that nobody deletes it.
select r.run_id, r.function_id, r.version, r.state, r.input, r.error,
       f.function_id is not null as published, f.version as present_version, f.builtin,
       exists (select from flowforge.worker w where w.alive and r.function_id = any(w.functions)) as live
  from flowforge.run r
  left join flowforge.function f on f.function_id = r.function_id
 where r.tenant_id = :tenant_id
   and r.run_id = :run_id
   for share of r;

-- name: replay_steps
-- The steps of a run in the order of its stream.
select s.key, s.name, s.kind, s.state, s.seq, s.parent, s.blob_id, octet_length(b.data) as bytes,
       (select
-- use: cost_of_step_calls
           from flowforge.usage
          where usage.tenant_id = s.tenant_id and usage.run_id = s.run_id and usage.step_key = s.key) as cost
  from flowforge.step s
  left join flowforge.blob b on b.tenant_id = s.tenant_id and b.run_id = s.run_id and b.blob_id = s.blob_id
 where s.tenant_id = :tenant_id
   and s.run_id = :run_id
 order by s.seq;

-- name: replay_begins
-- The frames that told of a step's begin. (Their JSON is read elsewhere: it may hold what PostgreSQL cannot.)
select seq, data
  from flowforge.frame
 where tenant_id = :tenant_id
   and stream_id = :run_id
   and name = 'step.started'
 order by seq;

-- name: pin_of
-- The version that new runs of a function are pinned to. Built-in functions carry a version only as a label.
select case when builtin then null else version end
  from flowforge.function
 where function_id = :function_id;

-- name: replay_checkpoints
-- The reused steps, numbered anew in their old order: what stood between them in the stream is not copied.
insert into flowforge.step
       (tenant_id, run_id, key, name, kind, state, attempt, hash, seq, input, output, blob_id, tagged, error, failures, announced, ref,
        parent, started_at, ended_at, reused)
select s.tenant_id, :new_id, s.key, s.name, s.kind, s.state, s.attempt, s.hash, 2 + 2 * row_number() over (order by s.seq), s.input,
       s.output, s.blob_id, s.tagged, s.error, s.failures, false, s.ref, s.parent, s.started_at, s.ended_at, true
  from flowforge.step s
 where s.tenant_id = :tenant_id
   and s.run_id = :run_id
   and s.key = any(:keys::text[]);

-- name: replay_blobs
-- Their large outputs, a bounded part of them.
insert into flowforge.blob (tenant_id, run_id, blob_id, data)
select tenant_id, :new_id, blob_id, data
  from flowforge.blob
 where tenant_id = :tenant_id
   and run_id = :run_id
   and blob_id = any(:blob_ids::uuid[]);
