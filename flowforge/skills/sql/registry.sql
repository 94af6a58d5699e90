-- part: skill_versions
-- Versions of both layers; `own`: the tenant's.
  from (select true as own, own.name, own.number, own.tree, own.description, own.front, own.tools, own.optional_tools, own.files, own.bytes,
               own.created_at, own.label, own.source, own.vouched, own.created_by, own.deprecated_at, own.deprecation
          from flowforge.skill_version as own
         where own.tenant_id = :tenant_id
         union all
        select false, published.name, published.number, published.tree, published.description, published.front, published.tools,
               published.optional_tools, published.files, published.bytes, published.created_at, null,
               json_build_object('kind', 'published', 'app', published.app)::text, true, null, null, null
          from flowforge.published_skill_version as published) as version

-- name: lock_skill
-- The skill's own row, made where it is missing, and locked until commit: one act on a skill at a time.
insert into flowforge.registered_skill (tenant_id, name)
values (:tenant_id, :name)
on conflict (tenant_id, name) do update
   set name = excluded.name
returning newest

-- name: held_by_tenant
-- What the tenant keeps in skills.
select coalesce(sum(bytes), 0)::bigint as bytes,
       count(distinct name)::int as skills,
       count(*) filter (where name = :name)::int as versions
  from flowforge.skill_version
 where tenant_id = :tenant_id

-- name: version_by_tree
select number,
       label,
       vouched,
       deprecated_at
  from flowforge.skill_version
 where tenant_id = :tenant_id
   and name = :name
   and tree = :tree

-- name: insert_version
with counted as (
  update flowforge.registered_skill
     set newest = :number
   where tenant_id = :tenant_id
     and name = :name
)
insert into flowforge.skill_version
       (tenant_id, name, number, tree, label, description, front, tools, optional_tools, files, bytes, source, vouched, created_by_kind, created_by)
values (:tenant_id, :name, :number, :tree, :label, :description, :front, :tools, :optional_tools, :files, :bytes, :source, :vouched,
        :created_by_kind, :created_by)

-- name: insert_files
insert into flowforge.skill_file (tenant_id, name, hash, data)
select :tenant_id, :name, file.hash, file.data
  from unnest(:hashes::bytea[], :datas::bytea[]) as file (hash, data)
on conflict do nothing

-- name: take_label
-- No version of the skill has it any more.
update flowforge.skill_version
   set label = null
 where tenant_id = :tenant_id
   and name = :name
   and label = :label

-- name: mark_version
update flowforge.skill_version
   set label = coalesce(:label, label),
       vouched = :vouched
 where tenant_id = :tenant_id
   and name = :name
   and number = :number

-- name: deprecate_versions
-- One version, or all of a skill; undone with null times.
update flowforge.skill_version
   set deprecated_at = case when :deprecated then coalesce(deprecated_at, now()) end,
       deprecation = :reason
 where tenant_id = :tenant_id
   and name = :name
   and (:number::int is null or number = :number)

-- name: find_versions
-- The versions that are wanted by these names, each with a number, a label or neither: then the newest one that is not deprecated, or the
-- newest. A tenant's own skill hides the published one of that name altogether.
select version.*,
       wanted.place
  from unnest(:names::text[], :numbers::int[], :labels::text[]) with ordinality as wanted (name, number, label, place)
 cross join lateral (
    select version.*
-- use: skill_versions
     where version.name = wanted.name
       and version.own = exists (select from flowforge.skill_version as mine where mine.tenant_id = :tenant_id and mine.name = wanted.name)
       and (version.own or exists (select from flowforge.skill as offered where offered.name = wanted.name))
       and (wanted.number is null or version.number = wanted.number)
       and (wanted.label is null or version.label = wanted.label)
     order by version.deprecated_at is not null, version.number desc
     limit 1) as version
 order by wanted.place

-- name: list_versions
-- Of one skill in one layer, newest first, below :before.
select version.*
-- use: skill_versions
 where version.name = :name
   and version.own = :own
   and (:before::int is null or version.number < :before)
 order by version.number desc
 limit :limit

-- name: list_skills_of_tenant
-- Each skill by name after :after with the version that a bare name means, how many there are, and how many runs have loaded it.
select version.*,
       held.versions,
       held.hidden,
       used.loaded
  from (select known.name,
               bool_or(known.own) as own,
               bool_or(known.own) and bool_or(not known.own) as hidden,
               sum(known.versions) filter (where known.own) as own_versions,
               sum(known.versions) filter (where not known.own) as published_versions,
               coalesce(sum(known.versions) filter (where known.own), sum(known.versions))::int as versions
          from (select name, true as own, count(*) as versions
                  from flowforge.skill_version
                 where tenant_id = :tenant_id
                   and name > :after
                 group by name
                 union all
                select offered.name, false, offered.number
                  from flowforge.skill as offered
                 where offered.name > :after
                   and offered.number is not null) as known
         group by known.name
         order by known.name
         limit :limit) as held
 cross join lateral (
    select version.*
-- use: skill_versions
     where version.name = held.name
       and version.own = held.own
     order by version.deprecated_at is not null, version.number desc
     limit 1) as version
 cross join lateral (
    select count(*)::int as loaded
      from flowforge.skill_use as used
     where used.tenant_id = :tenant_id
       and used.name = held.name
       and used.own = held.own
       and used.loaded_at is not null) as used
 order by held.name

-- name: skill_names
select name
  from flowforge.skill_version
 where tenant_id = :tenant_id
 union
select name
  from flowforge.skill
 order by name
 limit 1000

-- name: load_files
-- The bytes of a version's files; :hash null: of all of them.
select file.hash,
       file.data
  from (select own.hash, own.data
          from flowforge.skill_file as own
         where :own
           and own.tenant_id = :tenant_id
           and own.name = :name
         union all
        select published.hash, published.data
          from flowforge.published_skill_file as published
         where not :own
           and published.name = :name) as file
 where file.hash = any (:hashes::bytea[])

-- name: delete_version
delete from flowforge.skill_version
 where tenant_id = :tenant_id
   and name = :name
   and (:number::int is null or number = :number)

-- name: delete_loose_files
-- What no version of the skill has any more.
delete from flowforge.skill_file as file
 where file.tenant_id = :tenant_id
   and file.name = :name
   and not exists (select
                     from flowforge.skill_version as version,
                          json_array_elements(version.files::json) as held
                    where version.tenant_id = :tenant_id
                      and version.name = :name
                      and held ->> 'hash' = encode(file.hash, 'hex'))

-- name: open_runs_with
-- Runs that have not ended and began with the skill (or one version of it), one thousand at most.
select used.run_id
  from flowforge.skill_use as used
  join flowforge.owner on owner.tenant_id = used.tenant_id and owner.run_id = used.run_id
 where used.tenant_id = :tenant_id
   and used.name = :name
   and used.own
   and (:number::int is null or used.number = :number)
 order by used.run_id
 limit 1000

-- name: agents_with
-- Agents whose current definition names the skill, by name after :after; `wanted` as they write it.
select agent.agent_id,
       agent.name,
       wanted.text as wanted
  from flowforge.agent
  join flowforge.agent_revision as revision
    on revision.tenant_id = agent.tenant_id and revision.agent_id = agent.agent_id and revision.revision = agent.revision
 cross join lateral (
    select one.text
      from json_array_elements_text(coalesce(revision.definition::json -> 'skills', '[]')) as one (text)
     where split_part(one.text, '@', 1) = :name
     limit 1) as wanted
 where agent.tenant_id = :tenant_id
   and agent.name > :after
 order by agent.name
 limit :limit

-- name: lock_for_use
-- A run is about to begin with these; whoever would delete one of them waits, and then sees the run.
select name
  from flowforge.registered_skill
 where tenant_id = :tenant_id
   and name = any (:names::text[])
 order by name
   for share

-- name: note_use
insert into flowforge.skill_use (tenant_id, run_id, name, number, own, tree, agent_id)
select :tenant_id, :run_id, used.name, used.number, used.own, used.tree, :agent_id
  from unnest(:names::text[], :numbers::int[], :owns::boolean[], :trees::bytea[]) as used (name, number, own, tree)
on conflict (tenant_id, run_id, name) do update
   set number = excluded.number,
       own = excluded.own,
       tree = excluded.tree

-- name: note_load
update flowforge.skill_use
   set loaded_at = now()
 where tenant_id = :tenant_id
   and run_id = :run_id
   and name = :name
   and loaded_at is null
