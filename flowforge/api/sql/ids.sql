-- name: ids_by_ending
-- What has an id that ends in these hex digits, of these kinds: at most three of each, newest first.
(select 'run' as kind, r.run_id as id, r.function_id as name
   from flowforge.run r
  where r.tenant_id = :tenant_id
    and 'run' = any(:kinds::text[])
    and replace(r.run_id::text, '-', '') like '%' || :ending
  order by r.run_id desc
  limit 3)
union all
(select 'approval', a.approval_id, a.tool
   from flowforge.approval a
  where a.tenant_id = :tenant_id
    and 'approval' = any(:kinds::text[])
    and replace(a.approval_id::text, '-', '') like '%' || :ending
  order by a.approval_id desc
  limit 3)
union all
(select 'event', e.event_id, e.name
   from flowforge.event e
  where e.tenant_id = :tenant_id
    and 'event' = any(:kinds::text[])
    and replace(e.event_id::text, '-', '') like '%' || :ending
  order by e.event_id desc
  limit 3);
