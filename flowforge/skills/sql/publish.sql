-- name: replace_tools
-- The tools of one app, all at once. All rows that go or change are locked in name order before any does, so that two workers that
-- start together with different code do not deadlock.
with held as materialized (
  select name
    from flowforge.tool
   where app = :app
      or name = any (:names::text[])
   order by name
     for update
),
gone as (
  delete from flowforge.tool
   using held
   where tool.name = held.name
     and held.name <> all (:names::text[])
)
insert into flowforge.tool (name, app, description, parameters, effect, reversible, approval, consequence, terms)
select offered.name, :app, offered.description, offered.parameters, offered.effect, offered.reversible, offered.approval, offered.consequence,
       offered.terms
  from unnest(:names::text[], :descriptions::text[], :parameters::text[], :effects::text[], :reversibles::boolean[], :approvals::boolean[],
              :consequences::text[], :terms::text[])
       as offered (name, description, parameters, effect, reversible, approval, consequence, terms),
       (select count(*) from held) as after
 order by offered.name
on conflict (name) do update
   set app = excluded.app,
       description = excluded.description,
       parameters = excluded.parameters,
       effect = excluded.effect,
       reversible = excluded.reversible,
       approval = excluded.approval,
       consequence = excluded.consequence,
       terms = excluded.terms,
       published_at = now()

-- name: replace_skills
-- The skills of one app, in the same way; which versions they are is said behind it, when their rows are locked.
with held as materialized (
  select name
    from flowforge.skill
   where app = :app
      or name = any (:names::text[])
   order by name
     for update
),
gone as (
  delete from flowforge.skill
   using held
   where skill.name = held.name
     and held.name <> all (:names::text[])
)
insert into flowforge.skill (name, app, description, instructions)
select offered.name, :app, offered.description, offered.instructions
  from unnest(:names::text[], :descriptions::text[], :instructions::text[]) as offered (name, description, instructions),
       (select count(*) from held) as after
 order by offered.name
on conflict (name) do update
   set app = excluded.app,
       description = excluded.description,
       instructions = excluded.instructions,
       published_at = now()

-- name: newest_published
-- The newest version of each of these skills, whoever published it.
select distinct on (name)
       name,
       number,
       tree
  from flowforge.published_skill_version
 where name = any (:names::text[])
 order by name, number desc

-- name: publish_version
with files as (
  insert into flowforge.published_skill_file (name, hash, data)
  select :name, file.hash, file.data
    from unnest(:hashes::bytea[], :datas::bytea[]) as file (hash, data)
  on conflict do nothing
)
insert into flowforge.published_skill_version (name, number, tree, description, front, tools, optional_tools, files, bytes, app)
values (:name, :number, :tree, :description, :front, :tools, :optional_tools, :files, :bytes, :app)

-- name: name_newest
update flowforge.skill
   set number = offered.number
  from unnest(:names::text[], :numbers::int[]) as offered (name, number)
 where skill.name = offered.name
   and skill.number is distinct from offered.number

-- name: drop_old_published
-- All but the newest :kept versions of a skill, and those that runs began with which have not ended.
delete from flowforge.published_skill_version as version
 where version.name = :name
   and version.number <= (select max(newest.number) - :kept from flowforge.published_skill_version as newest where newest.name = :name)
   and not exists (select
                     from flowforge.skill_use as used
                     join flowforge.owner on owner.tenant_id = used.tenant_id and owner.run_id = used.run_id
                    where used.name = version.name
                      and used.number = version.number
                      and not used.own)

-- name: drop_loose_published
delete from flowforge.published_skill_file as file
 where file.name = :name
   and not exists (select
                     from flowforge.published_skill_version as version,
                          json_array_elements(version.files::json) as held
                    where version.name = :name
                      and held ->> 'hash' = encode(file.hash, 'hex'))

-- name: list_tools
select name,
       description,
       parameters,
       effect,
       reversible,
       approval,
       consequence,
       terms
  from flowforge.tool
 order by name
