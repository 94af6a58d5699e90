-- Rates as the generic cell rate algorithm counts them, in seconds of the database's clock; what is left after :span_seconds of rest
-- is a whole allowance.

-- name: take_from_rate
-- Take at least :least and at most :most, or nothing. More than a whole allowance is granted when all of it is there, and paid off later.
with rule as (
  select per_minute,
         60 / per_minute as pace,
         greatest(:span_seconds::float8, 60 / per_minute) as span,
         extract(epoch from flowforge.now())::float8 as at
    from (
      select greatest(1, :share::float8 * coalesce((
               select case :kind::text when 'requests' then requests_per_minute else events_per_minute end
                 from flowforge.rate_limit
                where tenant_id = :tenant_id
             ), :per_minute::integer)) as per_minute
    ) as said
),
terms as (
  select rule.*,
         floor(span / pace + 1e-6) as whole,
         least(:least::integer, floor(span / pace + 1e-6)) as needed
    from rule
),
taken as (
  insert into flowforge.rate as rate (tenant_id, subject, kind, tat, granted)
  select :tenant_id,
         :subject,
         :kind,
         at + greatest(:least, least(:most::integer, whole)) * pace,
         greatest(:least, least(:most, whole))
    from terms
      on conflict (tenant_id, subject, kind) do update
     set (tat, granted) = (
           select greatest(rate.tat, at) + grant_now * pace,
                  grant_now
             from terms,
          lateral (select floor((span - greatest(rate.tat - at, 0)) / pace + 1e-6) as there) as room,
          lateral (select case when there >= needed then greatest(:least, least(:most, there)) else 0 end as grant_now) as grants
         )
  returning tat, granted
)
select taken.granted,
       terms.per_minute,
       terms.whole::integer as whole,
       greatest(0, floor((span - (tat - at)) / pace + 1e-6))::integer as remaining,
       greatest(0, tat - at + needed * pace - span) as wait_seconds
  from taken, terms

-- name: find_rate_limits
-- What is said of one tenant, if anything is.
select requests_per_minute,
       events_per_minute,
       streams
  from flowforge.rate_limit
 where tenant_id = :tenant_id

-- name: set_rate_limits
insert into flowforge.rate_limit (tenant_id, requests_per_minute, events_per_minute, streams)
values (:tenant_id, :requests_per_minute, :events_per_minute, :streams)
    on conflict (tenant_id) do update
   set requests_per_minute = excluded.requests_per_minute,
       events_per_minute = excluded.events_per_minute,
       streams = excluded.streams,
       updated_at = now()

-- name: reset_rate_limits
delete from flowforge.rate_limit
 where tenant_id = :tenant_id
returning tenant_id

-- name: lock_streams
-- Whoever opens a stream of this tenant waits here for whoever else does, so that each counts the others'.
insert into flowforge.open_streams (tenant_id, server_id, streams, seen_at)
values (:tenant_id, '00000000-0000-0000-0000-000000000000', 0, flowforge.now())
    on conflict (tenant_id, server_id) do update
   set seen_at = excluded.seen_at

-- name: streams_elsewhere
-- Open streams of the tenant at servers other than :server_id that were heard of in the last :alive_seconds; and what is said of it.
select coalesce(sum(streams) filter (where server_id <> :server_id), 0)::integer as elsewhere,
       coalesce((select streams from flowforge.rate_limit where tenant_id = :tenant_id), :streams::integer) as allowed
  from flowforge.open_streams
 where tenant_id = :tenant_id
   and seen_at > flowforge.now() - make_interval(secs => :alive_seconds::float8)

-- name: note_streams
insert into flowforge.open_streams (tenant_id, server_id, streams, seen_at)
values (:tenant_id, :server_id, :streams, flowforge.now())
    on conflict (tenant_id, server_id) do update
   set streams = excluded.streams,
       seen_at = excluded.seen_at

-- name: forget_streams
delete from flowforge.open_streams
 where tenant_id = :tenant_id
   and server_id = :server_id
