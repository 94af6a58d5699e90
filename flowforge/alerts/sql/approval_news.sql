-- name: tenants_with_news
-- Tenants with a channel for approvals, and one that waits and was not told of there.
select distinct c.tenant_id
  from flowforge.alert_channel c
  join flowforge.approval a on a.tenant_id = c.tenant_id and a.state = 'pending' and a.told_at is null
 where c.settings::json ->> 'approvals' = 'true'
 order by c.tenant_id;

-- name: channels_for_approvals
select name
  from flowforge.alert_channel
 where tenant_id = :tenant_id and settings::json ->> 'approvals' = 'true'
 order by name;

-- name: take_news
-- Approvals to tell of, for this caller alone; with the commit they are told. Of one whose time or run is over, nobody need hear.
with news as materialized (
  select tenant_id, approval_id
    from flowforge.approval
   where tenant_id = :tenant_id and state = 'pending' and told_at is null
   order by approval_id
   limit 100
     for no key update skip locked
)
update flowforge.approval a
   set told_at = (select flowforge.now())
  from news
 where a.tenant_id = news.tenant_id and a.approval_id = news.approval_id
returning a.approval_id, a.run_id, a.tool, a.effect, a.reason, a.requester, a.requirement, a.roles, a.created_at, a.expires_at, a.reminded_at,
          a.escalated_at, a.proposal_hash,
          (select g.name from flowforge.agent g where g.tenant_id = a.tenant_id and g.agent_id = a.agent_id) as agent,
          (a.expires_at is null or a.expires_at > (select flowforge.now()))
          and exists (select from flowforge.run r where r.tenant_id = a.tenant_id and r.run_id = a.run_id and r.state = 'open') as is_open,
          (select t.key from flowforge.task t where t.tenant_id = a.tenant_id and t.task_id = a.task_id) as task;
