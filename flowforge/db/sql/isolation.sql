-- part: tables_of_tenants
-- Tables with rows of tenants, t; `common`: some of their rows may be the whole deployment's, with a null tenant.
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
  join pg_attribute a on a.attrelid = t.oid and a.attname = 'tenant_id'
 where n.nspname = 'flowforge'
   and t.relkind in ('r', 'p')

-- name: role_exists
select to_regrole(:role) is not null

-- name: has_role
-- Whether a login (null: this one) may take the role, and, with `inherit`, has its rights without taking it. A role that does not exist
-- is nobody's. From PostgreSQL 16 on a member need not be allowed to take the role.
select coalesce(
         pg_has_role(coalesce(:login::name, current_user), to_regrole(:role), case when :inherit::bool then 'USAGE' else 'MEMBER' end)
         and pg_has_role(coalesce(:login::name, current_user), to_regrole(:role),
                         case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end),
         false
       )

-- name: takes_tenant_role
-- The role is the whole server's; the policies say whether this database uses it.
select exists (select from pg_policy p where p.polrelid = to_regclass('flowforge.run') and p.polname = 'tenant_rows')
       and coalesce(
         pg_has_role(current_user, to_regrole(:role), case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end),
         false
       )

-- name: tables_to_protect
-- Every table with rows of tenants, and what is in force on it.
select t.relname as name,
       not a.attnotnull as common,
       t.relrowsecurity and t.relforcerowsecurity as enabled,
       array(select p.polname::text from pg_policy p where p.polrelid = t.oid) as policies
-- use: tables_of_tenants
 order by t.relname

-- name: grants
-- What the roles may do to each table and view.
select t.relname as name,
       exists (select from pg_attribute a where a.attrelid = t.oid and a.attname = 'tenant_id' and a.attnotnull) as of_tenants,
       array(select g.privilege_type from aclexplode(t.relacl) g where g.grantee = :tenant_role::regrole) as tenants,
       array(select g.privilege_type from aclexplode(t.relacl) g where g.grantee = :engine_role::regrole) as engine,
       array(select g.privilege_type from aclexplode(t.relacl) g where g.grantee = :outbox_role::regrole) as outbox
  from pg_class t
  join pg_namespace n on n.oid = t.relnamespace
 where n.nspname = 'flowforge'
   and t.relkind in ('r', 'p', 'v')
 order by t.relname

-- name: find_isolation
select current_user::text as login,
       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses,
       pg_has_role(current_user, (select nspowner from pg_namespace where nspname = 'flowforge'), 'usage') as owns,
       coalesce(
         pg_has_role(current_user, to_regrole(:engine_role), 'USAGE')
         and pg_has_role(current_user, to_regrole(:tenant_role),
                         case when current_setting('server_version_num')::int >= 160000 then 'SET' else 'MEMBER' end),
         false
       ) as admitted,
       exists (select from pg_policy p where p.polrelid = to_regclass('flowforge.run') and p.polname = 'tenant_rows') as by_role,
       exists (select from pg_policy p where p.polrelid = to_regclass('flowforge.run') and p.polname = 'named_rows') as by_setting,
       array(
         select t.relname::text
-- use: tables_of_tenants
            and not (t.relrowsecurity and t.relforcerowsecurity)
          order by 1
       ) as unprotected

-- name: find_login
-- A login role, and why it might not do as the one of workers and servers.
select r.rolcanlogin as may_log_in,
       r.rolsuper or r.rolbypassrls as bypasses,
       r.rolinherit as inherits,
       pg_has_role(r.oid, (select nspowner from pg_namespace where nspname = 'flowforge'), 'member') as owns,
       has_database_privilege(r.oid, current_database(), 'connect') as connects
  from pg_roles r
 where r.rolname = :login
