-- name: publish_webhooks
-- Replace what one app has published. All rows that go or change are locked in the order of their names before any does, so that two
-- workers that start together do not deadlock.
with held as materialized (
  select w.name
    from flowforge.webhook w
   where w.tenant_id = :tenant_id and (w.app = :app or w.name = any(:names::text[]))
   order by w.name
     for update
),
gone as (
  delete from flowforge.webhook w
   using held h
   where w.tenant_id = :tenant_id and w.name = h.name and h.name <> all(:names::text[])
)
insert into flowforge.webhook (tenant_id, name, app, scheme, secret_env, event, data, event_key)
select :tenant_id, u.name, :app, u.scheme, u.secret_env, u.event, u.data, u.event_key
  from unnest(:names::text[], :schemes::text[], :secret_envs::text[], :events::text[], :data::text[], :keys::text[])
       as u(name, scheme, secret_env, event, data, event_key), (select count(*) from held) as after
 order by u.name
    on conflict (tenant_id, name) do update
   set app = excluded.app, scheme = excluded.scheme, secret_env = excluded.secret_env, event = excluded.event, data = excluded.data,
       event_key = excluded.event_key, published_at = now();

-- name: find_webhook
-- One webhook by the name in its address.
select name,
       scheme,
       secret_env,
       event,
       data,
       event_key as id
  from flowforge.webhook
 where tenant_id = :tenant_id and name = :name;
