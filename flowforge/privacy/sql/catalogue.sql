-- name: tables_of_tenants
-- Every table with a tenant: its key below the tenant, with types, and the columns in which text can stand. A session is its account's.
select c.relname as name,
       (select array_agg(a.attname::text order by k.ord)
          from pg_index i
          cross join lateral unnest(i.indkey::smallint[]) with ordinality as k(attnum, ord)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
         where i.indrelid = c.oid and i.indisprimary and a.attname <> 'tenant_id') as key,
       (select array_agg(format_type(a.atttypid, a.atttypmod) order by k.ord)
          from pg_index i
          cross join lateral unnest(i.indkey::smallint[]) with ordinality as k(attnum, ord)
          join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
         where i.indrelid = c.oid and i.indisprimary and a.attname <> 'tenant_id') as key_types,
       (select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
          from pg_attribute a
          join pg_type t on t.oid = a.atttypid
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
           and (t.typcategory = 'S' or t.typname in ('json', 'jsonb', '_text', '_varchar', '_json', '_jsonb'))) as texts,
       (select coalesce(array_agg(a.attname::text order by a.attnum), '{}')
          from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.atttypid = 'bytea'::regtype) as blobs
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
 where n.nspname = 'flowforge' and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'session'
   and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)
 order by c.relname;
