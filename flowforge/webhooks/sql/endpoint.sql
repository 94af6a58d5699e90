-- name: create_endpoint
insert into flowforge.webhook_endpoint (tenant_id, endpoint_id, url, description, events, created_at, updated_at)
select :tenant_id, :endpoint_id, :url, :description, :events, t.now, t.now from (select flowforge.now() as now) t;

-- name: count_endpoints
select count(*) from flowforge.webhook_endpoint where tenant_id = :tenant_id;

-- name: find_endpoint
select endpoint_id, url, description, events, enabled, disabled_because, failing_since, created_at, updated_at
  from flowforge.webhook_endpoint
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id;

-- name: endpoints_by_ending
-- At most two, to know whether the ending is ambiguous.
select endpoint_id
  from flowforge.webhook_endpoint
 where tenant_id = :tenant_id and right(replace(endpoint_id::text, '-', ''), length(:ending::text)) = :ending
 limit 2;

-- name: list_endpoints
-- The oldest first.
select endpoint_id, url, description, events, enabled, disabled_because, failing_since, created_at, updated_at
  from flowforge.webhook_endpoint
 where tenant_id = :tenant_id and (:after::uuid is null or endpoint_id > :after)
 order by endpoint_id
 limit :limit;

-- name: lock_endpoint
select endpoint_id from flowforge.webhook_endpoint where tenant_id = :tenant_id and endpoint_id = :endpoint_id for update;

-- name: change_endpoint
-- A null stays as it is. Whoever enables it has made it work again.
update flowforge.webhook_endpoint
   set url = coalesce(:url::text, url),
       description = coalesce(:description::text, description),
       events = coalesce(:events::text[], events),
       enabled = coalesce(:enabled::boolean, enabled),
       disabled_because = case when :enabled is null then disabled_because end,
       failing_since = case when :enabled is true or :url is not null then null else failing_since end,
       updated_at = flowforge.now()
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id;

-- name: delete_endpoint
with gone as (
  delete from flowforge.webhook_endpoint where tenant_id = :tenant_id and endpoint_id = :endpoint_id returning endpoint_id
),
keys as (
  delete from flowforge.webhook_key where tenant_id = :tenant_id and endpoint_id = :endpoint_id
),
deliveries as (
  delete from flowforge.webhook_delivery where tenant_id = :tenant_id and endpoint_id = :endpoint_id returning delivery_id
),
attempts as (
  delete from flowforge.webhook_attempt a using deliveries d where a.tenant_id = :tenant_id and a.delivery_id = d.delivery_id
)
select endpoint_id from gone;

-- name: disable_endpoint
update flowforge.webhook_endpoint
   set enabled = false, disabled_because = :because, updated_at = flowforge.now()
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and enabled
returning endpoint_id;

-- name: give_up_deliveries
update flowforge.webhook_delivery
   set due = null, error = coalesce(error, :error)
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and due is not null;

-- name: endpoint_failed
-- Since when it fails, with this failure.
update flowforge.webhook_endpoint
   set failing_since = coalesce(failing_since, flowforge.now())
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id
returning failing_since <= flowforge.now() - :patience::float8 * interval '1 second';

-- name: endpoint_answered
update flowforge.webhook_endpoint
   set failing_since = null
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and failing_since is not null;

-- name: add_key
insert into flowforge.webhook_key (tenant_id, endpoint_id, key_id, sealed, created_at)
values (:tenant_id, :endpoint_id, :key_id, :sealed, flowforge.now());

-- name: retire_keys
-- The newest key signs for :overlap seconds more; one that is on its way out already goes.
with old as (
  delete from flowforge.webhook_key where tenant_id = :tenant_id and endpoint_id = :endpoint_id and expires_at is not null
)
update flowforge.webhook_key
   set expires_at = flowforge.now() + :overlap::float8 * interval '1 second'
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and expires_at is null;

-- name: keys_of
-- The newest first.
select key_id, created_at, expires_at
  from flowforge.webhook_key
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and (expires_at is null or expires_at > flowforge.now())
 order by expires_at desc nulls first;

-- name: keys_of_tenant
select endpoint_id, key_id, created_at, expires_at
  from flowforge.webhook_key
 where tenant_id = :tenant_id and endpoint_id = any(:endpoint_ids::uuid[]) and (expires_at is null or expires_at > flowforge.now())
 order by endpoint_id, expires_at desc nulls first;

-- name: valid_keys
-- The newest first.
select key_id, sealed
  from flowforge.webhook_key
 where tenant_id = :tenant_id and endpoint_id = :endpoint_id and (expires_at is null or expires_at > flowforge.now())
 order by expires_at desc nulls first;
