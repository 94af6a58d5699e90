-- name: count_open_runs
-- How many runs have not ended.
select count(*) from flowforge.owner;

-- name: server_version
-- As in 18.4.
select split_part(current_setting('server_version'), ' ', 1);

-- name: has_agents
-- Is there an agent for which a worker may have to work at any time?
select exists (select from flowforge.agent);
