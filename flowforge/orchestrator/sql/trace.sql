-- name: keep_origins
-- Where the traces of these events or runs come from. A repeat changes nothing.
insert into flowforge.trace_origin (tenant_id, subject_id, traceparent)
select :tenant_id, u.subject_id, :traceparent
  from unnest(:subject_ids::uuid[]) as u(subject_id)
 order by u.subject_id
    on conflict do nothing;

-- name: lineages
-- For each run its parent's step, the root of the tree that it hangs in, and where that root's trace comes from; by keys alone.
with recursive up as (
  select r.run_id as of_run, r.parent_run_id as of_parent, r.parent_key as of_key, r.tenant_id, r.run_id, r.parent_run_id, r.event_id,
         0 as depth
    from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
    join flowforge.run r on r.tenant_id = u.tenant_id and r.run_id = u.run_id
  union all
  select up.of_run, up.of_parent, up.of_key, r.tenant_id, r.run_id, r.parent_run_id, r.event_id, up.depth + 1
    from up
    join flowforge.run r on r.tenant_id = up.tenant_id and r.run_id = up.parent_run_id
   where up.depth < 64
),
root as (
  select distinct on (of_run) * from up order by of_run, depth desc
)
select root.of_run, root.of_parent, root.of_key, root.run_id as root_id,
       coalesce((select o.traceparent from flowforge.trace_origin o where o.tenant_id = root.tenant_id and o.subject_id = root.run_id),
                (select o.traceparent from flowforge.trace_origin o
                  where o.tenant_id = root.tenant_id and o.subject_id = root.event_id)) as traceparent
  from root;

-- name: drop_origins
-- Those of events and runs that are not there any more, the oldest first, a bounded number.
delete from flowforge.trace_origin t
 using (select x.tenant_id, x.subject_id
          from flowforge.tenant n
         cross join lateral (select tenant_id, subject_id from flowforge.trace_origin
                              where tenant_id = n.tenant_id and created_at < now() - interval '1 day'
                              order by subject_id limit 10000) x
         where not exists (select from flowforge.event e where e.tenant_id = x.tenant_id and e.event_id = x.subject_id)
           and not exists (select from flowforge.run r where r.tenant_id = x.tenant_id and r.run_id = x.subject_id)) o
 where t.tenant_id = o.tenant_id and t.subject_id = o.subject_id;
