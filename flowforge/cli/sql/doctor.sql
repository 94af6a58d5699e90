-- name: count_open_runs
-- How many runs have not ended.
select count(*) from flowforge.owner;

-- name: server_version
-- As in 18.4.
select split_part(current_setting('server_version'), ' ', 1);
