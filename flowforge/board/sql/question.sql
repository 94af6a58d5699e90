-- part: shown_question
       question.question_id,
       case when question.state <> 'open' then question.state
            when question.expires_at <= (select flowforge.now()) then 'expired'
            when run.state is distinct from 'open' then 'withdrawn'
            else 'open' end as state,
       question.question,
       question.options,
       question.run_id,
       question.comment_id,
       question.created_at,
       question.expires_at,
       question.answer,
       question.answered_by,
       question.answered_at,
       agent.name as agent,
       task.key as task,
       person.name as person
  from flowforge.question
  left join flowforge.run
    on run.tenant_id = question.tenant_id
   and run.run_id = question.run_id
  left join flowforge.agent
    on agent.tenant_id = question.tenant_id
   and agent.agent_id = question.agent_id
  left join flowforge.task
    on task.tenant_id = question.tenant_id
   and task.task_id = question.task_id
  left join flowforge.person
    on person.tenant_id = question.tenant_id
   and person.person_id = question.person_id

-- name: list_questions
-- Oldest first. One whose time is up shows as expired, one whose run is over as withdrawn, whoever notes it later.
select *
  from (select
-- use: shown_question
         where question.tenant_id = :tenant_id
           and (:after::uuid is null or question.question_id > :after)
           and (:state::text is null or question.state = case :state when 'withdrawn' then 'open' when 'expired' then question.state else :state end)
           and (:task_id::uuid is null or question.task_id = :task_id)
           and (:person_id::uuid is null or question.person_id = :person_id)
           and (:question_id::uuid is null or question.question_id = :question_id)
           and (:run_id::uuid is null or question.run_id = :run_id)) as shown
 where :state::text is null
    or shown.state = :state
 order by shown.question_id
 limit :limit

-- name: question_answers
-- What is known of the questions of these waits, and the comment that answers one, as the dispatcher found it.
select u.ord,
       question.question_id,
       question.state,
       question.answer,
       question.answered_by,
       question.expires_at <= (select flowforge.now()) + interval '50 milliseconds' as is_due,
       event.data as said
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :step_keys::text[]) with ordinality as u (tenant_id, run_id, step_key, ord)
  left join flowforge.question
    on question.tenant_id = u.tenant_id
   and question.run_id = u.run_id
   and question.step_key = u.step_key
  left join flowforge.wait
    on wait.tenant_id = u.tenant_id
   and wait.run_id = u.run_id
   and wait.key = u.step_key
  left join flowforge.event
    on event.tenant_id = wait.tenant_id
   and event.event_id = wait.event_id
 order by u.ord

-- name: insert_question
-- Nothing comes back when it was asked already.
insert into flowforge.question (
  tenant_id, question_id, run_id, step_key, question, options, agent_id, task_id, comment_id, person_id, created_at, expires_at
)
values (
  :tenant_id, :question_id, :run_id, :step_key, :question, :options, :agent_id, :task_id, :comment_id, :person_id,
  (select flowforge.now()), :expires_at
)
    on conflict (tenant_id, run_id, step_key) do nothing
returning question_id

-- name: question_run
select run_id
  from flowforge.question
 where tenant_id = :tenant_id
   and question_id = :question_id

-- name: lock_question
-- Locked until commit, behind its run's owner row; whoever holds it answers, or finds it answered.
select question.*,
       question.expires_at <= (select flowforge.now()) as is_due
  from flowforge.question
 where tenant_id = :tenant_id
   and question_id = :question_id
   for no key update

-- name: settle_question
-- Only for the holder of its lock, and only while it is open.
update flowforge.question
   set state = :state,
       answer = :answer,
       answered_by = :answered_by,
       answered_at = (select flowforge.now())
 where tenant_id = :tenant_id
   and question_id = :question_id
   and state = 'open'
returning question_id

-- name: questions_by_ending
-- At most three questions whose id ends in these hex digits.
select question_id
  from flowforge.question
 where tenant_id = :tenant_id
   and replace(question_id::text, '-', '') like '%' || :ending
 order by question_id desc
 limit 3
