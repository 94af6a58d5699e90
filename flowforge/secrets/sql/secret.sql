-- name: make_secret
-- The secret of that name and scope, made if it is not there; locked until commit, so that its versions are numbered one by one.
insert into flowforge.secret as known (tenant_id, secret_id, name, scope, subject, subject_name, created_by, created_at)
values (:tenant_id, :secret_id, :name, :scope, :subject, :subject_name, :created_by, (select flowforge.now()))
    on conflict (tenant_id, name, scope, subject) do update
   set subject_name = excluded.subject_name
returning secret_id,
          newest;

-- name: find_set
-- The version that a request made, when it comes again.
select secret_id
  from flowforge.secret_version
 where tenant_id = :tenant_id
   and set_id = :set_id;

-- name: number_version
-- The secret's next number.
update flowforge.secret
   set newest = newest + 1
 where tenant_id = :tenant_id
   and secret_id = :secret_id
returning newest;

-- name: insert_version
insert into flowforge.secret_version (tenant_id, secret_id, version, set_id, sealed, data_key, created_by, created_at)
values (:tenant_id, :secret_id, :version, :set_id, :sealed, :data_key, :created_by, (select flowforge.now()));

-- name: retire_beyond
-- Of many versions the newest :kept stay. Returns the numbers of those that go.
update flowforge.secret_version v
   set retired_at = (select flowforge.now()),
       sealed = null
 where v.tenant_id = :tenant_id
   and v.secret_id = :secret_id
   and v.retired_at is null
   and v.version not in (select k.version
                           from flowforge.secret_version k
                          where k.tenant_id = :tenant_id
                            and k.secret_id = :secret_id
                            and k.retired_at is null
                          order by k.version desc
                          limit :kept)
returning v.version;

-- name: retire_version
-- Its value is gone for good. No row: there is no such version, or it was retired before.
update flowforge.secret_version
   set retired_at = (select flowforge.now()),
       sealed = null
 where tenant_id = :tenant_id
   and secret_id = :secret_id
   and version = :version
   and retired_at is null
returning version;

-- name: lock_secret
-- One secret, locked until commit.
select name,
       scope,
       subject,
       subject_name
  from flowforge.secret
 where tenant_id = :tenant_id
   and secret_id = :secret_id
   for update;

-- name: delete_secret
-- With its versions; which step was given it stays known as long as the run is.
with gone as (
  delete from flowforge.secret
   where tenant_id = :tenant_id
     and secret_id = :secret_id
  returning secret_id
),
versions as (
  delete from flowforge.secret_version v
   using gone
   where v.tenant_id = :tenant_id
     and v.secret_id = gone.secret_id
)
select secret_id from gone;

-- name: count_secrets
select count(*)
  from flowforge.secret
 where tenant_id = :tenant_id;

-- name: list_secrets
-- By name, scope and subject, from behind :after (those three as one text), or one of them; each with its versions, the newest first.
select s.secret_id,
       s.name,
       s.scope,
       s.subject,
       s.subject_name,
       s.created_by,
       s.created_at,
       (select coalesce(json_agg(json_build_object('version', v.version, 'created_by', v.created_by, 'created_at', v.created_at,
                                                   'last_used_at', v.last_used_at, 'retired_at', v.retired_at) order by v.version desc), '[]')
          from flowforge.secret_version v
         where v.tenant_id = s.tenant_id
           and v.secret_id = s.secret_id
           and v.version > s.newest - :shown)::text as versions
  from flowforge.secret s
 where s.tenant_id = :tenant_id
   and (:secret_id::uuid is null or s.secret_id = :secret_id)
   and (s.name || ' ' || s.scope || ' ' || s.subject) collate "C" > :after collate "C"
 order by (s.name || ' ' || s.scope || ' ' || s.subject) collate "C"
 limit :limit;

-- name: find_secret
-- By its whole name, in whatever scope, or by the ending of its id.
select secret_id,
       name,
       scope,
       subject_name
  from flowforge.secret
 where tenant_id = :tenant_id
   and (name = :text or (:ending <> '' and replace(secret_id::text, '-', '') like '%' || :ending))
 order by name, scope, subject
 limit 10;

-- name: secret_names
select distinct name
  from flowforge.secret
 where tenant_id = :tenant_id
 order by name
 limit 1000;
