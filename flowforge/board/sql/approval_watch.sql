-- part: is_open
         select (due.expires_at is null or due.expires_at > (select flowforge.now()))
                and exists (select
                              from flowforge.run
                             where run.tenant_id = due.tenant_id
                               and run.run_id = due.run_id
                               and run.state = 'open') as is_open

-- part: waiting_approval
returning approval.tenant_id,
          approval.approval_id,
          approval.run_id,
          approval.tool,
          approval.effect,
          approval.agent_id,
          approval.task_id,
          approval.roles,
          approval.requirement,
          approval.escalate_to,
          approval.created_at,
          life.is_open

-- name: approvals_to_remind
-- Pending approvals whose reminder is due, locked for whoever got there first; with it they are reminded of once. Of one whose time or run is
-- over, only the moment goes.
with due as materialized (
  select tenant_id, approval_id, run_id, expires_at
    from flowforge.approval
   where tenant_id = :tenant_id
     and state = 'pending'
     and remind_at <= (select flowforge.now())
   order by approval_id
   limit :limit
     for no key update skip locked
)
update flowforge.approval
   set remind_at = null,
       reminded_at = case when life.is_open then (select flowforge.now()) end,
       told_at = null
  from due
 cross join lateral (
-- use: is_open
       ) life
 where approval.tenant_id = due.tenant_id
   and approval.approval_id = due.approval_id
-- use: waiting_approval

-- name: approvals_to_escalate
-- The same, for those that another role may now decide too. Where everybody may already, they do.
with due as materialized (
  select tenant_id, approval_id, run_id, expires_at
    from flowforge.approval
   where tenant_id = :tenant_id
     and state = 'pending'
     and escalate_at <= (select flowforge.now())
   order by approval_id
   limit :limit
     for no key update skip locked
)
update flowforge.approval
   set escalate_at = null,
       escalated_at = case when life.is_open then (select flowforge.now()) end,
       told_at = null,
       roles = case when roles = '{}' or escalate_to = any(roles) then roles else roles || escalate_to end
  from due
 cross join lateral (
-- use: is_open
       ) life
 where approval.tenant_id = due.tenant_id
   and approval.approval_id = due.approval_id
-- use: waiting_approval

-- name: tenants_with_due_approvals
-- One glance over all tenants, by two small indexes: who has a reminder or an escalation to come.
select tenant_id,
       min(due) as due,
       extract(epoch from min(due) - (select flowforge.now()))::float8 as seconds
  from (select tenant_id, remind_at as due
          from flowforge.approval
         where state = 'pending'
           and remind_at is not null
         union all
        select tenant_id, escalate_at
          from flowforge.approval
         where state = 'pending'
           and escalate_at is not null) coming
 group by tenant_id
 order by tenant_id
