-- What came of a second reading of flow control and of the seams around it.

-- The outbox takes no event that no process could ever read: the same bounds as at the other doors. A value that nests too deep, a number
-- of a thousand digits, half of a surrogate pair. (jsonb knows no \u0000, which is allowed, so it is looked at as if it were a space.)
create domain flowforge.event_data as json
  check (not jsonb_path_exists(replace(value::text, '\u0000', '\u0020')::jsonb, 'strict $.**{200 to last}')
         and not jsonb_path_exists(replace(value::text, '\u0000', '\u0020')::jsonb, 'strict $.** ? (@ > 1e308 || @ < -1e308)'));

create or replace function flowforge.send(
  name flowforge.event_name, data json default '{}', id flowforge.event_key_text default null,
  tenant_id uuid default '00000000-0000-7000-8000-000000000001'
) returns text language sql volatile as $$
  with new as materialized (
    select encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
                    placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3) from 1 for 6),
                    52, 1), 53, 1), 'hex')::uuid as event_id,
           flowforge.now() as at
  ),
  k as (
    insert into flowforge.event_key as known (tenant_id, key, event_id, received_at)
    select send.tenant_id, send.id, new.event_id, new.at
      from new
     where send.id is not null
        on conflict (tenant_id, key) do update
       set event_id = case when known.received_at < excluded.received_at - interval '7 days' then excluded.event_id else known.event_id end,
           received_at = case when known.received_at < excluded.received_at - interval '7 days' then excluded.received_at else known.received_at end
    returning known.event_id
  ),
  e as (
    insert into flowforge.event as stored (tenant_id, event_id, key, name, data, received_at)
    select send.tenant_id, new.event_id, send.id, send.name, send.data::flowforge.event_data::text, new.at
      from new
     where send.id is null or exists (select from k where k.event_id = new.event_id)
    returning stored.event_id
  ),
  d as (
    insert into flowforge.dispatch (tenant_id, kind, subject_id, outbox)
    select send.tenant_id, 'e', e.event_id, true
      from e
  )
  select coalesce(send.id, 'evt_' || replace(new.event_id::text, '-', ''))
    from new;
$$;

-- Who stands at a gate, by function and version: runs of an absent worker's function must hide nobody. And marks by gate.
create index owner_at_gate_by_kind on flowforge.owner (gate, (function_id || '@' || coalesce(version, '')), vt, run_id) where state = 'g';
create index mark_by_gate on flowforge.mark (gate);

-- Retention of what flow control remembers goes on where it stopped: what is still in use must not keep the rest from being looked at.
alter table flowforge.retention
  add column keys_place    text[],                   -- function, purpose, key
  add column limits_place  uuid;
create index flow_limit_of_keys on flowforge.flow_limit (tenant_id, limit_id) where key <> '';
