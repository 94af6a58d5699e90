-- name: insert_team
-- Returns the id, or nothing when the name is taken.
insert into flowforge.team (tenant_id, team_id, name, lead_id)
values (:tenant_id, :team_id, :name, :lead_id)
    on conflict (tenant_id, name) do nothing
returning team_id

-- name: lock_team
-- A team with the definition of its current revision, locked until commit.
select team.team_id,
       team.name,
       team.revision,
       team_revision.definition
  from flowforge.team
  join flowforge.team_revision using (tenant_id, team_id, revision)
 where team.tenant_id = :tenant_id
   and team.team_id = :team_id
   for no key update of team

-- name: save_team
update flowforge.team
   set name = :name,
       lead_id = :lead_id,
       revision = :revision,
       updated_at = (select flowforge.now())
 where tenant_id = :tenant_id
   and team_id = :team_id

-- name: insert_team_revision
insert into flowforge.team_revision (tenant_id, team_id, revision, definition, created_by, created_at)
values (:tenant_id, :team_id, :revision, :definition, :created_by, (select flowforge.now()))

-- name: team_revisions
-- The newest first.
select revision,
       definition,
       created_by,
       created_at
  from flowforge.team_revision
 where tenant_id = :tenant_id
   and team_id = :team_id
   and (:before::integer is null or revision < :before)
 order by revision desc
 limit :limit

-- name: delete_team
with revisions as (
  delete from flowforge.team_revision
   where tenant_id = :tenant_id
     and team_id = :team_id
)
delete from flowforge.team
 where tenant_id = :tenant_id
   and team_id = :team_id
returning team_id

-- name: team_names
select name
  from flowforge.team
 where tenant_id = :tenant_id
 order by name
 limit 1000

-- name: find_team
-- By its name or its id.
select team_id
  from flowforge.team
 where tenant_id = :tenant_id
   and (name = :name or team_id = :team_id)
 limit 1

-- name: agents_named
-- Those of these names that there are.
select agent_id,
       name
  from flowforge.agent
 where tenant_id = :tenant_id
   and name = any(:names::text[])

-- name: list_teams
-- Teams by name, or the one with :team_id, each with how many of its agents' newest runs are at work and how many are open.
select team.team_id,
       team.name,
       team.revision,
       team_revision.definition,
       team.created_at,
       team.updated_at,
       coalesce(runs.working, 0) as working,
       coalesce(runs.open, 0) as open
  from flowforge.team
  join flowforge.team_revision using (tenant_id, team_id, revision)
  left join lateral (
         select count(*) as open,
                count(*) filter (where owner.state = 'l') as working
           from flowforge.agent
          cross join lateral (
                  select run.run_id
                    from flowforge.run
                   where run.tenant_id = agent.tenant_id
                     and run.agent_id = agent.agent_id
                   order by run.run_id desc
                   limit 200
                ) as recent
           join flowforge.owner
             on owner.tenant_id = agent.tenant_id
            and owner.run_id = recent.run_id
          where agent.tenant_id = team.tenant_id
            and (agent.agent_id = team.lead_id
                 or agent.name in (select json_array_elements_text(team_revision.definition::json -> 'members')))
       ) as runs
    on true
 where team.tenant_id = :tenant_id
   and (:after::text is null or team.name > :after)
   and (:team_id::uuid is null or team.team_id = :team_id)
 order by team.name
 limit :limit

-- name: teams_led_by
-- The definitions of the teams that an agent leads.
select team_revision.definition
  from flowforge.team
  join flowforge.team_revision using (tenant_id, team_id, revision)
 where team.tenant_id = :tenant_id
   and team.lead_id = :agent_id
 order by team.name
 limit 50

-- name: colleagues
-- The definitions of these agents.
select agent.name,
       agent_revision.definition
  from flowforge.agent
  join flowforge.agent_revision using (tenant_id, agent_id, revision)
 where agent.tenant_id = :tenant_id
   and agent.name = any(:names::text[])
 order by agent.name
