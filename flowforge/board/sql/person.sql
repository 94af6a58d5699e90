-- name: create_person
-- Nothing happens when the name is taken.
insert into flowforge.person (tenant_id, person_id, name)
values (:tenant_id, :person_id, :name)
    on conflict (tenant_id, name) do nothing
returning person_id,
          name,
          created_at,
          role

-- name: person_named
select person_id,
       name,
       created_at,
       role
  from flowforge.person
 where tenant_id = :tenant_id
   and name = :name

-- name: list_people
-- In the order in which they were added.
select person_id,
       name,
       created_at,
       role
  from flowforge.person
 where tenant_id = :tenant_id
   and (:after::uuid is null or person_id > :after)
 order by person_id
 limit :limit

-- name: find_person
-- As an assignee.
select person_id as id,
       name
  from flowforge.person
 where tenant_id = :tenant_id
   and name = :name

-- name: find_agent
select agent_id as id,
       name
  from flowforge.agent
 where tenant_id = :tenant_id
   and name = :name

-- name: agent_by_id
select agent_id as id,
       name,
       archived_at
  from flowforge.agent
 where tenant_id = :tenant_id
   and agent_id = :agent_id

-- name: person_names
-- Names a mistyped one may have meant.
select name
  from flowforge.person
 where tenant_id = :tenant_id
 order by name
 limit 1000

-- name: agent_names
select name
  from flowforge.agent
 where tenant_id = :tenant_id
 order by name
 limit 1000

-- name: takes_work
-- Nothing for an agent that is archived; whoever wants to archive it waits for the caller's commit.
select true
  from flowforge.agent
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and archived_at is null
   for key share
