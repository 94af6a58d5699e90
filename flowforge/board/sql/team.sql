-- name: find_team_lead
-- The agent that leads the team of that name.
select agent.agent_id as id,
       agent.name
  from flowforge.team
  join flowforge.agent
    on agent.tenant_id = team.tenant_id
   and agent.agent_id = team.lead_id
 where team.tenant_id = :tenant_id
   and team.name = :name

-- name: team_names
select name
  from flowforge.team
 where tenant_id = :tenant_id
 order by name
 limit 1000
