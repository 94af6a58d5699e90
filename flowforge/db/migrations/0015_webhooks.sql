-- Outgoing webhooks: who wants to hear of what, what happened, and what was sent.

create table flowforge.webhook_endpoint (
  tenant_id        uuid        not null,
  endpoint_id      uuid        not null,
  url              text        not null,
  description      text        not null default '',
  events           text[]      not null,             -- names, and families as in run.*; * is all
  enabled          boolean     not null default true,
  disabled_because text,                             -- null while it is enabled, and where a person disabled it
  failing_since    timestamptz,                      -- of the first failure behind the last success
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  primary key (tenant_id, endpoint_id)
);

-- Keys that sign, sealed. While one takes the other's place, both do.
create table flowforge.webhook_key (
  tenant_id    uuid        not null,
  endpoint_id  uuid        not null,
  key_id       uuid        not null,
  sealed       bytea       not null,
  created_at   timestamptz not null,
  expires_at   timestamptz,                          -- null: the newest
  primary key (tenant_id, endpoint_id, key_id)
);

-- What happened and somebody wants to hear of, written in the transaction in which it happened; gone as soon as it is a delivery for each.
create table flowforge.webhook_notice (
  tenant_id   uuid        not null,
  notice_id   uuid        not null default gen_random_uuid(),
  name        text        not null,
  subject_id  uuid,                                  -- the run, where it is about one: the rest is in its row
  data        text,                                  -- JSON
  created_at  timestamptz not null,
  primary key (tenant_id, notice_id)
);
create index webhook_notice_by_age on flowforge.webhook_notice (created_at);

-- One message for one endpoint. Claimed by one sender at a time; a claim that is not settled in time may be taken over.
create table flowforge.webhook_delivery (
  tenant_id     uuid        not null,
  delivery_id   uuid        not null,
  endpoint_id   uuid        not null,
  event         text        not null,
  payload       text        not null,                -- JSON, as it is sent
  attempt       integer     not null default 0,
  failures      integer     not null default 0,      -- in a row, since it was made or sent again by hand
  due           timestamptz,                         -- null once it is delivered or given up
  give_up_at    timestamptz not null,
  delivered_at  timestamptz,
  error         text,                                -- of the last attempt
  created_at    timestamptz not null,
  primary key (tenant_id, delivery_id)
);
create index webhook_delivery_due on flowforge.webhook_delivery (tenant_id, endpoint_id, due) where due is not null;
create index webhook_delivery_by_endpoint on flowforge.webhook_delivery (tenant_id, endpoint_id, delivery_id);

create table flowforge.webhook_attempt (
  tenant_id    uuid        not null,
  delivery_id  uuid        not null,
  attempt      integer     not null,
  started_at   timestamptz not null,
  ms           integer     not null,
  status       integer,                              -- null: no answer came
  answer       text,                                 -- its beginning, without secrets
  error        text,
  primary key (tenant_id, delivery_id, attempt)
);
