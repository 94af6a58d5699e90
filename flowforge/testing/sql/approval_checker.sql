-- name: checked_approvals
-- The newest approvals of all tenants, with how often the audit log says that each was decided, and the step that asked.
select approval.tenant_id,
       approval.approval_id,
       approval.run_id,
       approval.step_key,
       approval.state,
       approval.tool,
       approval.effect,
       approval.schema,
       approval.arguments,
       approval.proposal_hash,
       approval.call_hash is not null as bound,
       approval.requirement,
       approval.roles,
       approval.requester_kind,
       approval.requester,
       approval.decided_by,
       approval.decision,
       step.parent,
       (select count(*)
          from flowforge.audit
         where audit.tenant_id = approval.tenant_id
           and audit.target = 'apr_' || replace(approval.approval_id::text, '-', '')
           and audit.action = 'approval.decide') as decisions
  from flowforge.approval
  left join flowforge.step
    on step.tenant_id = approval.tenant_id
   and step.run_id = approval.run_id
   and step.key = approval.step_key
 order by approval.approval_id desc
 limit :limit

-- name: checked_votes
select approval_id,
       voter,
       kind,
       name,
       role,
       approved,
       hash,
       voided_at is not null as voided
  from flowforge.approval_vote
 where approval_id = any(:approval_ids::uuid[])

-- name: checked_steps
-- Tool calls and what was judged of them, of these runs; not those that a replay took over from another run.
select run_id,
       key,
       name,
       kind,
       parent,
       input,
       output
  from flowforge.step
 where kind in ('tool', 'policy')
   and not reused
   and run_id = any(:run_ids::uuid[])

-- name: checked_grants
-- Grants that were used more often than they allow, or whose uses do not add up.
select approval_grant.grant_id
  from flowforge.approval_grant
 where approval_grant.uses > coalesce(approval_grant.uses_max, approval_grant.uses)
    or approval_grant.uses < (select count(*)
                                from flowforge.approval_grant_use
                               where approval_grant_use.tenant_id = approval_grant.tenant_id
                                 and approval_grant_use.grant_id = approval_grant.grant_id)
