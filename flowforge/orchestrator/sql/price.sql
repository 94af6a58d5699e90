-- name: load_overrides
-- The prices that are set for a tenant, and those that the apps' files publish; of several apps' prices of a model the newest holds.
select p.model, p.input, p.output, p.cached, p.cache_written, p.reasoning, 'override' as source, p.version::text as version
  from flowforge.model_price p
 where p.tenant_id = :tenant_id
   and p.ended_at is null
union all
(select distinct on (f.model)
       f.model, f.input, f.output, f.cached, f.cache_written, f.reasoning, 'prices.toml', f.version
  from flowforge.published_price f
 where not exists (select from flowforge.model_price p where p.tenant_id = :tenant_id and p.model = f.model and p.ended_at is null)
 order by f.model, f.published_at desc, f.app);

-- name: lock_prices
-- One change of a tenant's prices at a time.
select tenant_id from flowforge.tenant where tenant_id = :tenant_id for no key update;

-- name: end_price
-- The price in force ends; it stays as a version.
update flowforge.model_price
   set ended_at = flowforge.now(), ended_by = :by
 where tenant_id = :tenant_id
   and model = :model
   and ended_at is null
returning version;

-- name: insert_price
-- The next version.
insert into flowforge.model_price (tenant_id, model, version, input, output, cached, cache_written, reasoning, set_at, set_by)
select :tenant_id, :model,
       1 + coalesce((select max(p.version) from flowforge.model_price p where p.tenant_id = :tenant_id and p.model = :model), 0),
       :input::numeric, :output::numeric, :cached::numeric, :cache_written::numeric, :reasoning::numeric, flowforge.now(), :by
returning version;

-- name: forget_published_prices
-- The whole of an app's file is published anew.
delete from flowforge.published_price where app = :app;

-- name: publish_prices
insert into flowforge.published_price (app, model, version, input, output, cached, cache_written, reasoning, published_at)
select :app, u.model, :version, u.input, u.output, u.cached, u.cache_written, u.reasoning, flowforge.now()
  from unnest(:models::text[], :inputs::numeric[], :outputs::numeric[], :cached::numeric[], :written::numeric[], :reasoning::numeric[])
       as u(model, input, output, cached, cache_written, reasoning)
 order by u.model
    on conflict (app, model) do update
   set version = excluded.version, input = excluded.input, output = excluded.output, cached = excluded.cached,
       cache_written = excluded.cache_written, reasoning = excluded.reasoning, published_at = excluded.published_at;
