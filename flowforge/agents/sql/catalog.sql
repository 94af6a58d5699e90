-- name: agents_using
-- Which agents have each of these tools: by name, by a skill's name, or by the name of the MCP server before the tool's. At most 50 names each.
with agent_tool as (
  select a.name as agent,
         u.tool
    from flowforge.agent a
    join flowforge.agent_revision r on r.tenant_id = a.tenant_id and r.agent_id = a.agent_id and r.revision = a.revision
   cross join lateral (
           select jsonb_array_elements_text(r.definition::jsonb -> 'tools') as tool
           union
           select unnest(s.tools)
             from jsonb_array_elements_text(r.definition::jsonb -> 'skills') as k(skill)
             join flowforge.skill s on s.name = split_part(k.skill, '@', 1)
           union
           select w.tool
             from jsonb_array_elements_text(r.definition::jsonb -> 'mcp_servers') as m(server)
             join unnest(:tools::text[]) as w(tool) on split_part(w.tool, '__', 1) = m.server) u
   where a.tenant_id = :tenant_id
     and u.tool = any (:tools::text[])
)
select t.tool,
       (array_agg(t.agent order by t.agent))[1:50] as agents
  from agent_tool t
 group by t.tool
