-- name: leave_message
-- A message for a run. Nothing happens when one of that id is there already.
insert into flowforge.agent_message (tenant_id, agent_id, task_id, message_id, kind, text, author_kind, author, created_at, run_id)
values (:tenant_id, :agent_id, :task_id, :message_id, :kind, :text, :author_kind, :author, clock_timestamp(), :run_id)
on conflict do nothing
returning message_id

-- name: message_waits
-- Whether an agent has something to hear in this run: what nobody took yet, and what the run took just before its worker died.
select exists (
         select
           from flowforge.agent_message
          where tenant_id = :tenant_id
            and agent_id = :agent_id
            and taken_at is null
            and (run_id = :run_id or (run_id is null and (task_id is null or task_id = :task_id)))
       )
    or exists (
         select
           from flowforge.agent_message
          where tenant_id = :tenant_id
            and run_id = :run_id
            and agent_id = :agent_id
            and taken_at is not null
            and message_id <> all(:heard::uuid[])
       )

-- name: take_messages
-- What waits is this run's from now on, the oldest :limit of it.
with waiting as materialized (
  select message_id
    from flowforge.agent_message
   where tenant_id = :tenant_id
     and agent_id = :agent_id
     and taken_at is null
     and (run_id = :run_id or (run_id is null and (task_id is null or task_id = :task_id)))
   order by created_at, message_id
   limit :limit
     for no key update
)
update flowforge.agent_message as message
   set run_id = :run_id,
       taken_at = flowforge.now(),
       turn = :turn
  from waiting
 where message.tenant_id = :tenant_id
   and message.agent_id = :agent_id
   and message.message_id = waiting.message_id
   and message.taken_at is null

-- name: taken_messages
-- What this run has taken and not heard yet, oldest first: also what it took before its worker died.
select message_id,
       kind,
       text,
       author_kind,
       author
  from flowforge.agent_message
 where tenant_id = :tenant_id
   and run_id = :run_id
   and agent_id = :agent_id
   and taken_at is not null
   and message_id <> all(:heard::uuid[])
 order by created_at, message_id
 limit :limit

-- name: lock_runs_at_work
-- The open runs of an agent among its 200 newest, oldest first (as flushes lock them), perhaps only those on one card. They do not end before
-- we commit, and go on meanwhile.
select run.run_id,
       run.task_id
  from (select recent.tenant_id, recent.run_id, recent.task_id
          from flowforge.run as recent
         where recent.tenant_id = :tenant_id
           and recent.agent_id = :agent_id
         order by recent.run_id desc
         limit 200) as run
  join flowforge.owner on owner.tenant_id = run.tenant_id and owner.run_id = run.run_id
 where :task_id::uuid is null
    or run.task_id = :task_id
 order by run.run_id
   for key share of owner

-- name: agent_at_work
-- Whose run this is, and whether it is still open.
select run.agent_id,
       run.task_id,
       exists (select from flowforge.owner where owner.tenant_id = run.tenant_id and owner.run_id = run.run_id) as is_open
  from flowforge.run
 where run.tenant_id = :tenant_id
   and run.run_id = :run_id

-- name: run_messages
-- The messages of a run, oldest first, from just after the one :after.
select message.message_id,
       message.kind,
       message.text,
       message.author_kind,
       message.author,
       message.created_at,
       message.run_id,
       message.taken_at,
       message.turn,
       exists (select from flowforge.owner where owner.tenant_id = message.tenant_id and owner.run_id = message.run_id) as is_open
  from flowforge.agent_message as message
 where message.tenant_id = :tenant_id
   and message.run_id = :run_id
   and (:only::uuid is null or message.message_id = :only)
   and (:after::uuid is null or (message.created_at, message.message_id) > (
         select previous.created_at,
                previous.message_id
           from flowforge.agent_message as previous
          where previous.tenant_id = :tenant_id
            and previous.run_id = :run_id
            and previous.message_id = :after
       ))
 order by message.created_at, message.message_id
 limit :limit
