-- name: functions_with_sensitive_fields
-- Functions that declare some, with their settings.
select f.function_id, f.settings from flowforge.function f where f.settings like '%"redact": %';

-- name: tools_with_sensitive_fields
-- Tools that mark some of their parameters.
select t.name, t.parameters from flowforge.tool t where t.parameters like any (:marks::text[]);

-- name: inputs_of_runs
-- What runs of these functions were given, large inputs too.
select r.run_id, r.function_id, case when r.input_blob_id is null then convert_to(r.input, 'UTF8') else b.data end as input
  from flowforge.run r
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.input_blob_id
 where r.tenant_id = :tenant_id and r.run_id = any(:run_ids::uuid[]) and r.function_id = any(:functions::text[])
   and (r.input_blob_id is null or b.data is not null);

-- name: tool_calls_of_runs
-- What these tools were called with, as steps and as questions to a person.
select s.run_id, s.name, s.input
  from flowforge.step s
 where s.tenant_id = :tenant_id and s.run_id = any(:run_ids::uuid[]) and s.name = any(:tools::text[]) and s.input is not null
union all
select a.run_id, a.tool, a.arguments
  from flowforge.approval a
 where a.tenant_id = :tenant_id and a.run_id = any(:run_ids::uuid[]) and a.tool = any(:tools::text[]);
