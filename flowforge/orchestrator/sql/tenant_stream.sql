-- The stream of a whole tenant: news, as it was put down where it happened, and the numbers that it gets from whoever reads.

-- name: follow_tenant
-- Somebody follows the tenant: from now on what is said there becomes news. Said again within an hour it writes nothing.
with counter as (
  insert into flowforge.stream (tenant_id, stream_id) values (:tenant_id, :tenant_id) on conflict do nothing
)
insert into flowforge.followed as f (tenant_id, followed_at)
select :tenant_id, flowforge.now()
    on conflict (tenant_id) do update
   set followed_at = excluded.followed_at
 where f.followed_at < excluded.followed_at - interval '1 hour';

-- name: number_news
-- Give the oldest :limit pieces of news their numbers on the tenant's stream. The counter stays locked until the commit, so a smaller number
-- never becomes visible after a larger one; whoever waited for it numbers what is left. Of a run's beginning and end its row says the rest.
-- Pieces of one stream stand in its order, whenever one statement put them down: none is left behind that comes before one that is taken.
with counter as materialized (
  select s.last_seq
    from flowforge.stream s
   where s.tenant_id = :tenant_id and s.stream_id = :tenant_id
     and exists (select from flowforge.news n where n.tenant_id = :tenant_id)
     for no key update of s
),
oldest as materialized (
  select o.said_at, o.stream_id, o.seq
    from flowforge.news o
   where o.tenant_id = :tenant_id
   order by o.said_at, o.stream_id, o.seq
   limit :limit
),
taken as (
  delete from flowforge.news n
   using counter
   where n.tenant_id = :tenant_id
     and (n.said_at, n.stream_id, n.seq) in (
           select o.said_at, o.stream_id, o.seq from oldest o
            union
           select b.said_at, b.stream_id, b.seq
             from oldest o
             join flowforge.news b on b.tenant_id = :tenant_id and b.stream_id = o.stream_id and b.seq < o.seq
            where (select count(*) from oldest) = :limit)
  returning n.said_at, n.stream_id, n.seq, n.name, n.data
),
ordered as (
  select t.*, max(t.said_at) over (partition by t.stream_id order by t.seq) as told_at from taken t
),
counted as (
  update flowforge.stream s
     set last_seq = s.last_seq + x.n
    from (select count(*) as n from taken) x
   where s.tenant_id = :tenant_id and s.stream_id = :tenant_id and x.n > 0
  returning s.last_seq - x.n as base
)
insert into flowforge.frame (tenant_id, stream_id, seq, name, data)
select :tenant_id, :tenant_id, c.base + row_number() over (order by t.told_at, t.stream_id, t.seq), t.name,
       coalesce(
         t.data,
         json_strip_nulls(
           json_build_object(
             'run', 'run_' || replace(t.stream_id::text, '-', ''),
             'function', r.function_id,
             'attempt', case when t.name not in ('run.queued', 'run.started') then r.attempt end,
             'error', case when t.name not in ('run.queued', 'run.started') then r.error::json end))::text)
  from ordered t
 cross join counted c
  left join flowforge.run r on t.data is null and r.tenant_id = :tenant_id and r.run_id = t.stream_id
returning seq;

-- name: forget_followers
-- Nobody has followed the tenant since: no more news is put down, and who stands at the last number is told by the gap that there was some.
with gone as (
  delete from flowforge.followed where tenant_id = :tenant_id and followed_at < :before returning tenant_id
),
unread as (
  delete from flowforge.news n using gone where n.tenant_id = gone.tenant_id
)
update flowforge.stream s
   set last_seq = s.last_seq + 1
  from gone
 where s.tenant_id = gone.tenant_id and s.stream_id = gone.tenant_id;
