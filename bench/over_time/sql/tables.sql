-- name: tables
-- Rows of these tables as the statistics know them, and bytes with indexes.
select s.relname as name, s.n_live_tup as live, s.n_dead_tup as dead, pg_total_relation_size(s.relid) as bytes
  from pg_stat_user_tables s
 where s.schemaname = 'flowforge' and s.relname = any(:names::text[])
 order by array_position(:names::text[], s.relname::text);
