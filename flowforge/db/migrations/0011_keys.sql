-- API keys. What is kept of a key's value is a keyed digest: a copy of this table opens nothing, and nothing can be guessed from it.
create table flowforge.api_key (
  tenant_id        uuid        not null,
  key_id           uuid        not null,
  name             text        not null,
  test             boolean     not null,             -- sees and starts test runs only
  scopes           text[]      not null,             -- permissions or patterns of them, as they were asked for
  granted          text[]      not null,             -- what its maker was allowed then: patterns never reach beyond it
  agent_id         uuid,                             -- it acts as this agent
  depth            smallint    not null default 0 check (depth <= 8),  -- keys between it and a maker that is no key
  created_by_kind  text        not null,
  created_by       text        not null,
  created_by_id    uuid,                             -- the maker's row: the key is never allowed more than its maker is now
  created_at       timestamptz not null,
  expires_at       timestamptz,
  last_used_at     timestamptz,                      -- to the minute
  revoked_at       timestamptz,
  primary key (tenant_id, key_id)
);
create unique index api_key_by_name on flowforge.api_key (tenant_id, name) where revoked_at is null;
create index api_key_by_maker on flowforge.api_key (tenant_id, created_by_id) where revoked_at is null;

-- A key has one value, and a second one while the first is being replaced.
create table flowforge.api_key_value (
  tenant_id   uuid        not null,
  key_id      uuid        not null,
  value_id    uuid        not null,
  digest      bytea       not null,
  last_four   text        not null,
  created_at  timestamptz not null,
  good_until  timestamptz,                           -- null: as long as the key
  primary key (tenant_id, key_id, value_id)
);
create unique index api_key_value_by_digest on flowforge.api_key_value (digest);

-- The pepper of the digests: random, sealed by the deployment's data key.
create table flowforge.api_key_pepper (
  only_row  boolean  primary key default true check (only_row),
  sealed    bytea    not null
);

-- What a test key sends and starts, and what comes of it, is for test: test keys see nothing else. A test event's own id (event_key) begins
-- with chr(1), which no sender can write, so that it is never taken for a live one's.
alter table flowforge.event add column test boolean not null default false;
alter table flowforge.run add column test boolean not null default false;
