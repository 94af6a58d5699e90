-- name: satisfied_waits
-- Open event waits: the event that satisfied each, if any, and whether the look-back has been done.
select u.ord, w.looked, w.match_path, w.match_key, w.event_name, w.since, e.event_id, e.key, e.name, e.data, e.received_at
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[], :keys::text[]) with ordinality as u(tenant_id, run_id, key, ord)
  join flowforge.wait w on w.tenant_id = u.tenant_id and w.run_id = u.run_id and w.key = u.key
  left join flowforge.event e on e.tenant_id = w.tenant_id and e.event_id = w.event_id;

-- name: look_back
-- Events of a name since a moment, in order, one page after the last one seen.
select event_id, key, name, data, received_at
  from flowforge.event
 where tenant_id = :tenant_id
   and name = :event_name
   and (received_at, event_id) > (:after_time::timestamptz, :after_id::uuid)
   and event_id <> all(:consumed::uuid[])
 order by received_at, event_id
 limit 200;

-- name: ended_children
-- Child runs that have ended, and how; without a state: it was deleted.
select u.run_id, r.state, r.output, r.error, r.function_id, b.data as blob
  from unnest(:tenant_ids::uuid[], :run_ids::uuid[]) as u(tenant_id, run_id)
  left join flowforge.run r on r.tenant_id = u.tenant_id and r.run_id = u.run_id
  left join flowforge.blob b on b.tenant_id = r.tenant_id and b.run_id = r.run_id and b.blob_id = r.blob_id
 where r.state is distinct from 'open';
