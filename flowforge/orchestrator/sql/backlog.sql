-- name: backlog
-- What is open right now, as rows (what, name, count, seconds). Every part is answered from an index of a table that holds open work
-- only, and counts at most :limit of it; nothing that has ended is looked at.
with ready as materialized (
  select o.tenant_id, o.run_id, o.function_id, o.fence from flowforge.owner o where o.state = 'r' order by o.vt, o.run_id limit :limit
),
oldest as (
  select r.created_at
    from (select tenant_id, run_id from ready where fence = 0 order by run_id limit 1) o
    join flowforge.run r on r.tenant_id = o.tenant_id and r.run_id = o.run_id
),
parked as (
  select o.parked_for::text as reason from flowforge.owner o where o.state = 'p' limit :limit
),
gated as (
  select from flowforge.owner o where o.state = 'g' limit :limit
),
leased as (
  select from flowforge.owner o where o.state = 'l' limit :limit
),
undispatched as (
  select d.created_at from flowforge.dispatch d where d.kind = 'e' limit :limit
)
select 'ready' as what, function_id as name, count(*)::float8 as count, null::float8 as seconds from ready group by function_id
union all
select 'oldest_ready', '', null, extract(epoch from flowforge.now() - (select created_at from oldest))::float8
union all
select 'parked', coalesce(reason, ''), count(*)::float8, null from parked group by reason
union all
select 'parked', 'g', count(*)::float8, null from gated having count(*) > 0
union all
select 'leased', '', count(*)::float8, null from leased
union all
select 'undispatched', '', count(*)::float8, extract(epoch from now() - min(created_at))::float8 from undispatched
union all
select 'heartbeat', '', count(*)::float8, extract(epoch from now() - min(h.seen))::float8
  from flowforge.worker w
  join flowforge.heartbeat h on h.worker_id = w.worker_id
 where w.alive;

-- name: backlog_of
-- The same of one tenant, without what is the deployment's; at most :limit of its open runs are counted.
with open as materialized (
  select o.run_id, o.function_id, o.state, o.parked_for, o.fence
    from flowforge.owner o
   where o.tenant_id = :tenant_id
   order by o.run_id
   limit :limit
),
undispatched as (
  select d.created_at from flowforge.dispatch d where d.tenant_id = :tenant_id and d.kind = 'e' limit :limit
)
select 'ready' as what, function_id as name, count(*)::float8 as count, null::float8 as seconds from open where state = 'r' group by function_id
union all
select 'oldest_ready', '', null,
       (select extract(epoch from flowforge.now() - r.created_at)::float8
          from flowforge.run r
         where r.tenant_id = :tenant_id
           and r.run_id = (select run_id from open where state = 'r' and fence = 0 order by run_id limit 1))
union all
select 'parked', case state when 'g' then 'g' else coalesce(parked_for::text, '') end, count(*)::float8, null
  from open where state in ('p', 'g') group by 2
union all
select 'leased', '', count(*)::float8, null from open where state = 'l'
union all
select 'undispatched', '', count(*)::float8, extract(epoch from now() - min(created_at))::float8 from undispatched;
