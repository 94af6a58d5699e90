-- name: move_run
-- From its next claim on, the run is for workers with the function in this version (null: for any).
update flowforge.owner
   set version = :version
 where tenant_id = :tenant_id
   and run_id = :run_id
returning run_id;
