-- name: pause_run
-- A run that no worker executes is paused at once; a leased one is flagged, and paused when its worker lets go. What it waits
-- for may come meanwhile: a paused run is not woken, and looks at everything again once it is resumed. The caller holds the owner
-- row's lock since an earlier statement, so the number of the frame is free; a leased run's worker tells of the pause itself.
with moved as (
  update flowforge.owner
     set state = case when state = 'l' then 'l' else 'p' end,
         parked_for = case when state = 'l' then parked_for else 'p' end,
         due = case when state = 'l' then due end,
         gate = null,
         pause = state = 'l',
         stop = state = 'l' and :stop::boolean,
         reason = :reason
   where tenant_id = :tenant_id
     and run_id = :run_id
  returning tenant_id, run_id, state::text
),
told as (
  insert into flowforge.frame (tenant_id, stream_id, seq, name, data, created_at)
  select m.tenant_id, m.run_id,
         1 + greatest(2, (select max(s.seq) from flowforge.step s where s.tenant_id = m.tenant_id and s.run_id = m.run_id),
                         (select max(f.seq) from flowforge.frame f where f.tenant_id = m.tenant_id and f.stream_id = m.run_id)),
         'run.paused', :frame, (select flowforge.now())
    from moved m
   where m.state = 'p'
  returning tenant_id, stream_id, seq, name, data
),
told_all as (
-- use: news
    from told n
   where
-- use: followed
)
select state from moved;

-- name: resume_paused_run
-- A paused run goes to the ready queue, whatever it was about to do; one to which flow control has still to be applied waits for that. One
-- that is only flagged goes on. Its rescues count anew. The caller holds the owner row's lock.
with unshaped as materialized (
  select exists (select from flowforge.dispatch where tenant_id = :tenant_id and kind = 'n' and subject_id = :run_id) as unshaped
)
update flowforge.owner
   set state = case when state = 'p' and parked_for = 'p' and not (select unshaped from unshaped) then 'r' else state end,
       parked_for = case when state = 'p' and parked_for = 'p' then case when (select unshaped from unshaped) then 'n'::"char" end else parked_for end,
       pause = false,
       stop = false,
       reason = null,
       rescues = 0
 where tenant_id = :tenant_id
   and run_id = :run_id
   and (pause or (state = 'p' and parked_for = 'p'))
returning state::text;
