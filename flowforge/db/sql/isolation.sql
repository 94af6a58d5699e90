-- name: role_exists
select to_regrole(:role) is not null

-- name: may_take_role
-- A role that does not exist may be taken by nobody.
select coalesce(pg_has_role(current_user, to_regrole(:role), 'member'), false)

-- name: tables_to_protect
-- Every table whose rows all belong to a tenant, with what is in force on it.
select t.relname as name,
       t.relrowsecurity and t.relforcerowsecurity as enabled,
       array(select p.polname::text from pg_policy p where p.polrelid = t.oid) as policies
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge'
   and t.relkind in ('r', 'p')
   and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull)
 order by t.relname

-- name: missing_grants
-- Tables that the engine's role may not use yet: those of migrations since the last time.
select t.relname as name,
       exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull) as of_tenants
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge'
   and t.relkind in ('r', 'p', 'v')
   and not exists (
     select from aclexplode(t.relacl) as granted
      where granted.grantee = :engine_role::regrole and granted.privilege_type = 'INSERT'
   )
   and :tenant_role::regrole is not null
 order by t.relname

-- name: find_isolation
select current_user as login,
       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
       pg_has_role(current_user, (select nspowner from pg_namespace where nspname = 'flowforge'), 'usage') as owns,
       coalesce(pg_has_role(current_user, to_regrole(:role), 'member'), false) as takes_role,
       (
         select count(*) from pg_policy p join pg_class t on t.oid = p.polrelid
           join pg_namespace n on n.oid = t.relnamespace where n.nspname = 'flowforge'
       ) as policies,
       array(
         select t.relname::text from pg_class t join pg_namespace n on n.oid = t.relnamespace
          where n.nspname = 'flowforge'
            and t.relkind in ('r', 'p')
            and not (t.relrowsecurity and t.relforcerowsecurity)
            and exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull)
          order by t.relname
       ) as unprotected
