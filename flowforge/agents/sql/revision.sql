-- name: insert_revision
insert into flowforge.agent_revision (tenant_id, agent_id, revision, definition, made_by, made_by_kind, note, created_at)
values (:tenant_id, :agent_id, :revision, :definition, :made_by, :made_by_kind, :note, flowforge.now())

-- name: load_revision
-- The definition of a revision, of the current one where none is named.
select revision.revision,
       revision.definition,
       agent.name,
       agent.archived_at
  from flowforge.agent
  join flowforge.agent_revision as revision
    on revision.tenant_id = agent.tenant_id
   and revision.agent_id = agent.agent_id
   and revision.revision = coalesce(:revision::integer, agent.revision)
 where agent.tenant_id = :tenant_id
   and agent.agent_id = :agent_id

-- name: list_revisions
-- The newest first, from below :before.
select revision,
       definition,
       made_by,
       made_by_kind,
       note,
       created_at
  from flowforge.agent_revision
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and revision < :before
 order by revision desc
 limit :limit
