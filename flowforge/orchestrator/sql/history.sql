-- name: history_run
-- A run as it is exported: what it was started with, and how it ended.
select r.*, o.state::text as owner_state, o.parked_for::text, o.attempt as owner_attempt, o.started_at as lease_started_at, b.data as blob
  from flowforge.run r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.blob_id
 where r.tenant_id = :tenant_id
   and r.run_id = :run_id;

-- name: history_steps
-- Everything that a replay of the run would find, in the order of its stream.
select s.key, s.name, s.kind, s.state, s.attempt, s.hash, s.input, s.output, s.tagged, s.error, s.ref, s.parent, b.data as blob
  from flowforge.step s
  left join flowforge.blob b on b.tenant_id = s.tenant_id and b.run_id = s.run_id and b.blob_id = s.blob_id
 where s.tenant_id = :tenant_id
   and s.run_id = :run_id
 order by s.seq, s.key;

-- name: history_calls
-- What the model calls of the run used, in their order; usage is kept longer than frames are.
select u.step_key, u.attempt, u.model, u.provider, u.input_tokens, u.output_tokens, u.cached_tokens, u.reasoning_tokens, u.cost, u.latency_ms
  from flowforge.usage u
 where u.tenant_id = :tenant_id
   and u.run_id = :run_id
 order by u.usage_id;

-- name: history_replies
-- What models said in the run, as far as retention has left it.
select f.data
  from flowforge.frame f
 where f.tenant_id = :tenant_id
   and f.stream_id = :run_id
   and f.name = 'message.completed'
 order by f.seq;
