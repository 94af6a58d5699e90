-- name: make_id_at
-- What flowforge.ids.new_id() would have made at that moment: its milliseconds, version 7, a count of 0 and 62 bits of chance.
create function pg_temp.id_at(moment timestamptz) returns uuid language sql volatile as $$
  select encode(overlay(uuid_send(gen_random_uuid())
                placing substring(int8send(floor(extract(epoch from moment) * 1000)::bigint) from 3) || '\x7000'::bytea from 1 for 8),
                'hex')::uuid
$$;

-- name: add_finished_runs
-- The runs number :first to :last, of those that ended in the time from :since on, one :apart after the other: what the bench's own
-- function leaves behind for one or two steps. Every tenth has used a model; frames are there only of the last week, as retention
-- would have it.
with past as materialized (
  select n, e.at, pg_temp.id_at(e.at) as event_id, pg_temp.id_at(e.at + interval '5 ms') as run_id, 1 + n % 2 as steps,
         n % 10 = 0 as used,
         case when n % 10 = 0 and e.at > now() - interval '7 days' then 4 else 0 end as frames,
         '{"steps":' || 1 + n % 2 || ',"order_id":"ORD-' || n || '","currency":"NOK"}' as data
    from generate_series(:first::int, :last::int) n
   cross join lateral (select :since::timestamptz + n * :apart::interval as at) e
),
events as (
  insert into flowforge.event (tenant_id, event_id, name, data, received_at)
  select :tenant_id, p.event_id, 'bench/chain', p.data, p.at from past p
),
runs as (
  insert into flowforge.run
         (tenant_id, run_id, function_id, state, event_id, event_name, input, received_at, output, end_seq, created_at, started_at, ended_at)
  select :tenant_id, p.run_id, 'bench.chain', 'completed', p.event_id, 'bench/chain', p.data, p.at, p.steps::text,
         3 + p.frames + 2 * p.steps, p.at + interval '5 ms', p.at + interval '12 ms', p.at + interval '40 ms'
    from past p
),
steps as (
  insert into flowforge.step (tenant_id, run_id, key, name, kind, state, hash, seq, input, output, started_at, ended_at)
  select :tenant_id, p.run_id, case s.i when 0 then 's' else 's#2' end, 's', 'run', 2, hashint8extended(s.i, 0), 4 + p.frames + 2 * s.i,
         '[' || s.i || ']', '{"i":' || s.i || ',"pad":"' || repeat('x', 80) || '"}', p.at + interval '15 ms', p.at + interval '20 ms'
    from past p
   cross join lateral generate_series(0, p.steps - 1) s(i)
),
frames as (
  insert into flowforge.frame (tenant_id, stream_id, seq, name, data, created_at)
  select :tenant_id, p.run_id, 3 + f.i, 'log', '{"level":"info","step":"s","attempt":1,"message":"part ' || f.i || ' of the answer"}',
         p.at + interval '18 ms'
    from past p
   cross join lateral generate_series(1, p.frames) f(i)
)
insert into flowforge.usage
       (tenant_id, usage_id, run_id, step_key, function_id, model, provider, input_tokens, output_tokens, cost, latency_ms, created_at)
select :tenant_id, pg_temp.id_at(p.at + interval '20 ms'), p.run_id, 's', 'bench.chain', 'bench-model', 'bench', 900, 120, 0.0021, 800,
       p.at + interval '20 ms'
  from past p
 where p.used;
