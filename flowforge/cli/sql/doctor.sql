-- name: count_open_runs
-- How many runs have not ended.
select count(*) from flowforge.owner;

-- name: broken_ownership
-- The invariant of the engine: every open run has exactly one owner row, and no owner row is without an open run.
select count(*) filter (where o.run_id is null) as ownerless,
       count(*) filter (where r.run_id is null) as runless
  from (select tenant_id, run_id from flowforge.run where state = 'open') r
  full join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id;

-- name: server_version
-- As in 18.4.
select split_part(current_setting('server_version'), ' ', 1);
