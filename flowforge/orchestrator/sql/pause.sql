-- name: pause_run
-- A run that no worker executes is paused at once; a leased one is flagged, and paused when its worker lets go. What it waits
-- for may come meanwhile: a paused run is not woken, and looks at everything again once it is resumed.
update flowforge.owner
   set state = case when state = 'l' then 'l' else 'p' end,
       parked_for = case when state = 'l' then parked_for else 'p' end,
       due = case when state = 'l' then due end,
       pause = state = 'l',
       reason = :reason
 where tenant_id = :tenant_id
   and run_id = :run_id
returning state::text;

-- name: resume_run
-- A paused run goes to the ready queue, whatever it was about to do; one that is only flagged goes on. Its rescues count anew.
update flowforge.owner
   set state = case when state = 'p' and parked_for = 'p' then 'r' else state end,
       parked_for = case when state = 'p' and parked_for = 'p' then null else parked_for end,
       pause = false,
       reason = null,
       rescues = 0
 where tenant_id = :tenant_id
   and run_id = :run_id
   and (pause or (state = 'p' and parked_for = 'p'))
returning state::text;
