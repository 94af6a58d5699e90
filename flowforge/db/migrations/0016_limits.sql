-- How fast a tenant may ask: what is taken of each rate, by all servers together; how many live streams are open; an operator's word.

-- What is taken, as a theoretical arrival time in seconds. Not logged: after a crash each begins with its whole allowance.
create unlogged table flowforge.rate (
  tenant_id  uuid              not null,
  subject    text              not null,              -- a key's or person's id; empty: the tenant, all of them together
  kind       text              not null check (kind in ('requests', 'events')),
  tat        double precision  not null,
  granted    integer           not null,              -- what the last statement took
  primary key (tenant_id, subject, kind)
) with (fillfactor = 50);

-- Live streams that a server holds open. A row that is not written again is a server that has died.
create unlogged table flowforge.open_streams (
  tenant_id  uuid              not null,
  server_id  uuid              not null,
  streams    integer           not null,
  seen_at    timestamptz       not null,
  primary key (tenant_id, server_id)
) with (fillfactor = 50);

-- Where a tenant's limits are not the deployment's. Null: as everybody's.
create table flowforge.rate_limit (
  tenant_id            uuid     primary key,
  requests_per_minute  integer  check (requests_per_minute > 0),
  events_per_minute    integer  check (events_per_minute > 0),
  streams              integer  check (streams > 0),
  updated_at           timestamptz not null default now()
);
