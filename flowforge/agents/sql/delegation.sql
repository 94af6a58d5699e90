-- Cards that runs have made, and waits for the end of the work on cards.

-- name: find_delegation
-- A card that a run has made, with its key.
select task.key
  from flowforge.delegation
  join flowforge.task using (tenant_id, task_id)
 where delegation.tenant_id = :tenant_id
   and delegation.task_id = :task_id

-- name: chain_above
-- Whose errand a card is, and whose errand that was made for, up to the root: nearest first. Bounded, whatever stands there.
with recursive up (task_id, run_id, by_task_id, by_agent_id, root_id, money, level) as (
  select task_id, run_id, by_task_id, by_agent_id, root_id, money, 1
    from flowforge.delegation
   where tenant_id = :tenant_id
     and task_id = :task_id
   union all
  select above.task_id, above.run_id, above.by_task_id, above.by_agent_id, above.root_id, above.money, up.level + 1
    from up
    join flowforge.delegation as above
      on above.tenant_id = :tenant_id
     and above.task_id = up.by_task_id
   where up.level < 50
)
select up.run_id,
       up.by_agent_id,
       agent.name as by_agent,
       up.root_id,
       up.money,
       up.level
  from up
  left join flowforge.agent
    on agent.tenant_id = :tenant_id
   and agent.agent_id = up.by_agent_id
 order by up.level

-- name: count_made
-- How many cards this run has made, and how many there are in the tree.
select count(*) filter (where run_id = :run_id) as by_run,
       count(*) as in_tree
  from flowforge.delegation
 where tenant_id = :tenant_id
   and root_id = :root_id

-- name: insert_delegation
insert into flowforge.delegation (
  tenant_id, task_id, run_id, by_task_id, by_agent_id, root_id, to_agent_id, assigned, on_cancel, money
)
values (:tenant_id, :task_id, :run_id, :by_task_id, :by_agent_id, :root_id, :to_agent_id, :assigned, :on_cancel, :money)

-- name: note_taint
-- The agent of a card has read what comes from outside: so has whoever reads its result.
update flowforge.delegation
   set tainted = true
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: made_by_run
-- The cards that a run has made, in order, with what becomes of each when the run is cancelled, and whether an agent is at it.
select task.key,
       delegation.task_id,
       delegation.on_cancel,
       task.agent_id is not null and (task.assignment_id is not null or task.waits) as is_open
  from flowforge.delegation
  join flowforge.task using (tenant_id, task_id)
 where delegation.tenant_id = :tenant_id
   and delegation.run_id = :run_id
 order by task.number

-- name: cost_of_tree
-- What a run has cost together with all cards that were made for it, at whatever depth. Calls without a known price count as nothing.
with recursive made (task_id) as (
  select task_id
    from flowforge.delegation
   where tenant_id = :tenant_id
     and run_id = :run_id
   union
  select below.task_id
    from made
    join flowforge.delegation as below
      on below.tenant_id = :tenant_id
     and below.by_task_id = made.task_id
)
select coalesce((select sum(usage.cost)
                   from flowforge.usage
                  where usage.tenant_id = :tenant_id
                    and usage.run_id = :run_id), 0)
       + coalesce((select sum(usage.cost)
                     from made
                     join flowforge.usage
                       on usage.tenant_id = :tenant_id
                      and usage.task_id = made.task_id), 0)

-- name: waits_for
-- Whether the card :from_id waits for the card :to_id, over however many others: its open run waits for it, or it cannot start before it.
with recursive reached (task_id) as (
  select :from_id::uuid
   union
  select step.task_id
    from reached
   cross join lateral (
         select task_wait.task_id
           from flowforge.task_wait
           join flowforge.owner
             on owner.tenant_id = task_wait.tenant_id
            and owner.run_id = task_wait.run_id
          where task_wait.tenant_id = :tenant_id
            and task_wait.by_task_id = reached.task_id
          union all
         select task_dependency.on_id
           from flowforge.task_dependency
           join flowforge.task
             on task.tenant_id = task_dependency.tenant_id
            and task.task_id = task_dependency.task_id
           join flowforge.task as blocker
             on blocker.tenant_id = task_dependency.tenant_id
            and blocker.task_id = task_dependency.on_id
           join flowforge.board_column as stands
             on stands.tenant_id = blocker.tenant_id
            and stands.board_id = blocker.board_id
            and stands.column_id = blocker.column_id
          where task_dependency.tenant_id = :tenant_id
            and task_dependency.task_id = reached.task_id
            and task.assignment_id is null
            and stands.category <> 'done'
         ) as step
)
select exists (select from reached where task_id = :to_id)

-- name: keep_waits
insert into flowforge.task_wait (tenant_id, run_id, task_id, by_task_id)
select :tenant_id,
       :run_id,
       awaited.task_id,
       :by_task_id
  from unnest(:task_ids::uuid[]) as awaited (task_id)
    on conflict do nothing

-- name: drop_waits
-- Of waits that have ended.
delete from flowforge.task_wait
 using unnest(:tenant_ids::uuid[], :run_ids::uuid[], :task_ids::uuid[]) as ended (tenant_id, run_id, task_id)
 where task_wait.tenant_id = ended.tenant_id
   and task_wait.run_id = ended.run_id
   and task_wait.task_id = ended.task_id

-- name: rearm_waits
-- Waits that an event has woken although the work on their card goes on: the next one is to wake them again.
update flowforge.wait
   set event_id = null
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :keys::text[]) as woken (tenant_id, run_id, key)
 where wait.tenant_id = woken.tenant_id
   and wait.run_id = woken.run_id
   and wait.key = woken.key
   and wait.event_id is not null
returning wait.run_id

-- name: read_awaited
-- How the work on these cards stands: who has it, and the latest run of that agent on it.
select wanted.ord,
       task.task_id,
       task.key,
       task.title,
       board_column.name as column_name,
       board_column.category,
       task.archived_at is not null as is_archived,
       task.agent_id,
       task.person_id,
       coalesce(agent.name, person.name) as assignee,
       task.assignment_id is not null as is_assigned,
       task.waits or task.parked as is_waiting,
       run.run_id,
       run.state as run_state,
       delegation.to_agent_id,
       coalesce(delegation.assigned, false) as was_assigned,
       coalesce(delegation.tainted, true) as is_tainted,
       cardinality(task.tainted) > 0 as is_titled_outside
  from unnest(:tenant_ids::uuid[], :task_ids::uuid[]) with ordinality as wanted (tenant_id, task_id, ord)
  left join flowforge.task
    on task.tenant_id = wanted.tenant_id
   and task.task_id = wanted.task_id
  left join flowforge.board_column
    on board_column.tenant_id = task.tenant_id
   and board_column.board_id = task.board_id
   and board_column.column_id = task.column_id
  left join flowforge.agent
    on agent.tenant_id = task.tenant_id
   and agent.agent_id = task.agent_id
  left join flowforge.person
    on person.tenant_id = task.tenant_id
   and person.person_id = task.person_id
  left join flowforge.delegation
    on delegation.tenant_id = task.tenant_id
   and delegation.task_id = task.task_id
  left join lateral (
         select newest.run_id,
                newest.state
           from (select run.run_id,
                        run.state,
                        run.event_id
                   from flowforge.run
                  where run.tenant_id = task.tenant_id
                    and run.task_id = task.task_id
                    and run.agent_id = task.agent_id
                    and run.parent_run_id is null
                  order by run.run_id desc
                  limit 50) as newest
          where task.assignment_id is null
             or newest.event_id = task.assignment_id
          order by newest.run_id desc
          limit 1
       ) as run
    on true
 order by wanted.ord

-- name: read_comments_of
-- What agents have handed in on these cards, under the ids that their runs gave it.
select comment.comment_id,
       comment.text
  from unnest(:tenant_ids::uuid[], :task_ids::uuid[], :comment_ids::uuid[]) as wanted (tenant_id, task_id, comment_id)
  join flowforge.comment
    on comment.tenant_id = wanted.tenant_id
   and comment.task_id = wanted.task_id
   and comment.comment_id = wanted.comment_id

-- name: last_comments
-- What a person or an agent said last on each of these cards.
select wanted.task_id,
       last.author_kind,
       last.text
  from unnest(:tenant_ids::uuid[], :task_ids::uuid[]) as wanted (tenant_id, task_id)
 cross join lateral (
         select comment.author_kind,
                comment.text
           from flowforge.comment
          where comment.tenant_id = wanted.tenant_id
            and comment.task_id = wanted.task_id
            and comment.author_kind <> 'system'
          order by comment.created_at desc,
                   comment.comment_id desc
          limit 1
       ) as last
