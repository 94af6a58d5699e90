-- What a call came to, and prices of one's own.
--
-- Adding these columns rewrites nothing: their defaults are constants. The index over time is built while usage cannot be written; on a
-- large table make it first, by hand and concurrently, and this finds it there.

alter table flowforge.usage
  add column kind text not null default 'chat',                 -- chat, embedding
  add column outcome text not null default 'answered',          -- answered; cached: by us, from an earlier answer; unknown: it was sent,
                                                                 -- and no answer came, so nobody here knows what it cost
  add column answered_by text,                                   -- the model as the provider itself names it
  add column cache_written_tokens integer not null default 0,   -- a part of the input, put into the provider's cache
  add column tokens_estimated boolean not null default false,   -- counted here, for want of the provider's count
  add column saved_cost numeric;                                 -- of a cached one: what the answer cost when it was asked for

create index if not exists usage_by_time on flowforge.usage (tenant_id, created_at);

-- Prices that a tenant has set, in USD per million tokens: every version; the one in force has not ended.
create table flowforge.model_price (
  tenant_id      uuid        not null,
  model          text        not null,
  version        integer     not null,
  input          numeric     not null check (input >= 0),
  output         numeric     check (output >= 0),
  cached         numeric     check (cached >= 0),
  cache_written  numeric     check (cache_written >= 0),
  reasoning      numeric     check (reasoning >= 0),
  set_at         timestamptz not null,
  set_by         text        not null,
  ended_at       timestamptz,
  ended_by       text,
  primary key (tenant_id, model, version)
);
create unique index model_price_in_force on flowforge.model_price (tenant_id, model) where ended_at is null;

-- Prices out of the `prices.toml` of each app, as its newest worker published them; they hold for every tenant.
create table flowforge.published_price (
  app            text        not null,
  model          text        not null,
  version        text        not null,                -- the file's hash
  input          numeric     not null check (input >= 0),
  output         numeric     check (output >= 0),
  cached         numeric     check (cached >= 0),
  cache_written  numeric     check (cache_written >= 0),
  reasoning      numeric     check (reasoning >= 0),
  published_at   timestamptz not null,
  primary key (app, model)
);
