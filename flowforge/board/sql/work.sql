-- name: assignment_of
-- The event that gave the card to its agent, as of now; the card is not locked yet.
select assignment_id
  from flowforge.task
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: lock_open_runs
-- The owner rows of the open runs that work on a card, in key order, before the card itself: owner rows come first in the lock order. Who
-- was only asked something there goes on, whoever the card is given to.
select owner.run_id
  from flowforge.owner
 where owner.tenant_id = :tenant_id
   and owner.run_id in (select run.run_id
                          from flowforge.run
                         where run.tenant_id = :tenant_id
                           and run.task_id = :task_id
                           and run.function_id <> 'flowforge.agent_mention'
                           and run.state = 'open')
 order by owner.run_id
   for no key update

-- name: hold_event
-- Wait for whoever is making this event's runs right now, or keep it from beginning until we commit.
select subject_id
  from flowforge.dispatch
 where tenant_id = :tenant_id
   and kind = 'e'
   and subject_id = :event_id
   for update

-- name: is_at_work
-- Whether the run of this assignment is open, or still to be made: one snapshot sees either the dispatch row or the run.
select exists (select 1
                 from flowforge.dispatch
                where dispatch.tenant_id = :tenant_id
                  and dispatch.kind = 'e'
                  and dispatch.subject_id = :event_id)
    or exists (select 1
                 from flowforge.run
                where run.tenant_id = :tenant_id
                  and run.event_id = :event_id
                  and run.task_id = :task_id
                  and run.state = 'open')

-- name: is_current
select exists (select 1
                 from flowforge.task
                where task.tenant_id = :tenant_id
                  and task.task_id = :task_id
                  and task.assignment_id = :event_id)
