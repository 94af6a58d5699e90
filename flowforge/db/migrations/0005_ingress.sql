-- Ingress: webhooks that workers publish, and the transactional outbox.

-- A webhook as its worker declared it. The serving process imports no user code: it finds here how a delivery is verified and what
-- event it becomes. The secret itself is never stored, only the name of the variable of the server's environment that holds it.
create table flowforge.webhook (
  tenant_id     uuid        not null,
  name          text        not null,                -- POST /hooks/{name}
  app           text        not null,
  scheme        text        not null check (scheme in ('standard', 'github', 'stripe', 'slack', 'none')),
  secret_env    text,                                -- null: nothing is verified (scheme none)
  event         text,                                -- an event name, or a CEL expression; null: webhook/<name>
  data          text,                                -- a CEL expression; null: {"body": …, "headers": …}
  event_key     text,                                -- a CEL expression; null: the delivery's own id
  published_at  timestamptz not null default now(),
  primary key (tenant_id, name),
  check (scheme = 'none' or secret_env is not null)
);

-- Nobody but a sweeper dispatches an event of the outbox: it is taken at the next look, without the pause that leaves others' events
-- to whoever sent them.
alter table flowforge.dispatch add column outbox boolean not null default false;

create domain flowforge.event_name as text
  check (length(value) <= 256 and value ~ '^[^[:space:][:cntrl:]*]+$' and value !~ '^(board|flowforge)/');

create domain flowforge.event_key_text as text
  check (length(value) <= 256 and value ~ '^[^[:cntrl:]]+$');

-- The outbox takes no event that no process could ever read: the same bounds as at the other doors. A value that nests too deep, a number
-- of a thousand digits, half of a surrogate pair. (jsonb knows no \u0000, which is allowed, so it is looked at as if it were a space.)
create domain flowforge.event_data as json
  check (not jsonb_path_exists(replace(value::text, '\u0000', '\u0020')::jsonb, 'strict $.**{200 to last}')
         and not jsonb_path_exists(replace(value::text, '\u0000', '\u0020')::jsonb, 'strict $.** ? (@ > 1e308 || @ < -1e308)'));

-- The outbox for any language: `select flowforge.send('order/created', '{"order_id": "ORD-9218"}', 'order-9218')` inside a
-- transaction of one's own. The event exists from its commit on, and not at all after a rollback. Returns the event's id.
-- The same promise as the query store_events: one event for each id within seven days.
create function flowforge.send(
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
