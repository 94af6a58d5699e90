-- name: policies_in_force
-- The deployment's, then the tenant's, each in the order in which they are asked.
select name,
       version,
       rules,
       true as published,
       place
  from flowforge.published_policy
 union all
select name,
       revision::text,
       rules,
       false,
       place
  from flowforge.policy
 where tenant_id = :tenant_id
 order by published desc, place, name

-- name: replace_policies
-- The policies of one app, all at once, in the way of its tools.
with held as materialized (
  select name
    from flowforge.published_policy
   where app = :app
      or name = any (:names::text[])
   order by name
     for update
),
gone as (
  delete from flowforge.published_policy
   using held
   where published_policy.name = held.name
     and held.name <> all (:names::text[])
)
insert into flowforge.published_policy (name, app, place, rules, version)
select offered.name, :app, offered.place, offered.rules, offered.version
  from unnest(:names::text[], :places::integer[], :rules::text[], :versions::text[]) as offered (name, place, rules, version),
       (select count(*) from held) as after
 order by offered.name
on conflict (name) do update
   set app = excluded.app,
       place = excluded.place,
       rules = excluded.rules,
       version = excluded.version,
       published_at = now()

-- name: list_published_policies
select name,
       app,
       place,
       rules,
       version,
       published_at
  from flowforge.published_policy
 order by place, name

-- name: insert_policy
-- Nothing when a policy of that name or id is there.
insert into flowforge.policy (tenant_id, policy_id, name, place, rules, created_at, updated_at)
select :tenant_id, :policy_id, :name, :place, :rules, t.now, t.now
  from (select flowforge.now() as now) t
    on conflict do nothing
returning policy_id

-- name: insert_policy_revision
insert into flowforge.policy_revision (tenant_id, policy_id, revision, place, rules, changed_by, created_at)
values (:tenant_id, :policy_id, :revision, :place, :rules, :changed_by, flowforge.now())

-- name: update_policy
update flowforge.policy
   set place = :place,
       rules = :rules,
       revision = revision + 1,
       updated_at = flowforge.now()
 where tenant_id = :tenant_id
   and policy_id = :policy_id
returning revision

-- name: delete_policy
-- Its revisions stay: approvals name them.
delete from flowforge.policy
 where tenant_id = :tenant_id
   and policy_id = :policy_id

-- name: lock_policy
select policy_id, name, place, rules, revision, created_at, updated_at
  from flowforge.policy
 where tenant_id = :tenant_id
   and name = :name
   for no key update

-- name: policy_named
select policy_id, name, place, rules, revision, created_at, updated_at
  from flowforge.policy
 where tenant_id = :tenant_id
   and name = :name

-- name: policy_names
select name
  from flowforge.policy
 where tenant_id = :tenant_id
 order by name

-- name: list_policies
-- In the order in which they are asked, from behind (:after_place, :after_name).
select policy_id, name, place, rules, revision, created_at, updated_at
  from flowforge.policy
 where tenant_id = :tenant_id
   and (:after_name::text is null or (place, name) > (:after_place::integer, :after_name::text))
 order by place, name
 limit :limit

-- name: policy_revisions
-- Newest first.
select revision, place, rules, changed_by, created_at
  from flowforge.policy_revision
 where tenant_id = :tenant_id
   and policy_id = :policy_id
   and (:before::integer is null or revision < :before)
 order by revision desc
 limit :limit
