-- The life of a tenant: active, suspended (nothing of it runs, nobody of it gets in, its data stays), deleting (until no row is left).
alter table flowforge.tenant
  add column state text not null default 'active' check (state in ('active', 'suspended', 'deleting')),
  add column suspended_at timestamptz,
  add column reason text,                            -- why it is suspended, for people
  add column deleted_rows bigint not null default 0; -- so far, while it is deleting
create index tenant_inactive on flowforge.tenant (tenant_id) where state <> 'active';
