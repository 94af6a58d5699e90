-- name: create_schema
-- Two processes may both find nothing and both create it; the one that loses gets an error, and looks again.
create schema if not exists flowforge;

-- name: create_record
create table if not exists flowforge.migration (
  version     integer     primary key,
  name        text        not null,
  checksum    text        not null,
  applied_at  timestamptz not null default now()
);

-- name: record_exists
select to_regclass('flowforge.migration') is not null

-- name: limit_wait
-- The lock is held for as long as another process migrates: wait for it, but not for ever.
set local lock_timeout = '120s'

-- name: lock_record
-- One process migrates at a time; readers of the record are not held up. A table lock, because it also works behind a pooler.
lock table flowforge.migration in exclusive mode

-- name: applied_migrations
select version,
       name,
       checksum
  from flowforge.migration
 order by version

-- name: record_migration
insert into flowforge.migration (version, name, checksum)
values (:version, :name, :checksum)

-- name: quoted_identifier
-- A database's name as SQL wants it; `create database` takes no parameters.
select quote_ident(:name)

-- name: quoted_database
-- The name of this database, as SQL wants it.
select quote_ident(current_database())

-- name: may_migrate
-- Whether this login owns the schema, or there is none yet.
select coalesce(
         (select pg_has_role(current_user, nspowner, 'USAGE') from pg_namespace where nspname = 'flowforge'),
         true
       )

-- name: current_login
select current_user::text
