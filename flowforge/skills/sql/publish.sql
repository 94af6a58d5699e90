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
insert into flowforge.tool (name, app, description, parameters, effect, reversible, approval, consequence)
select offered.name, :app, offered.description, offered.parameters, offered.effect, offered.reversible, offered.approval, offered.consequence
  from unnest(:names::text[], :descriptions::text[], :parameters::text[], :effects::text[], :reversibles::boolean[], :approvals::boolean[],
              :consequences::text[])
       as offered (name, description, parameters, effect, reversible, approval, consequence),
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
       published_at = now()

-- name: replace_skills
-- The skills of one app, in the same way. `tools` holds one JSON list per skill, because SQL has no ragged arrays.
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
insert into flowforge.skill (name, app, description, instructions, tools)
select offered.name, :app, offered.description, offered.instructions,
       array(select jsonb_array_elements_text(offered.tools::jsonb))
  from unnest(:names::text[], :descriptions::text[], :instructions::text[], :tools::text[])
       as offered (name, description, instructions, tools),
       (select count(*) from held) as after
 order by offered.name
on conflict (name) do update
   set app = excluded.app,
       description = excluded.description,
       instructions = excluded.instructions,
       tools = excluded.tools,
       published_at = now()

-- name: list_tools
select name,
       description,
       parameters,
       effect,
       reversible,
       approval,
       consequence
  from flowforge.tool
 order by name

-- name: list_skills
select name,
       description,
       instructions,
       tools
  from flowforge.skill
 order by name
