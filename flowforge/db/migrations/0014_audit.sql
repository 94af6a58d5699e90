-- The audit log becomes a Merkle tree (RFC 9162) whose heads are signed. An entry is written in the transaction of its act and gets its
-- position a moment later, so that the acts of one tenant never wait for one another. What an entry was hashed from is its `leaf`; who, on
-- what and what in particular stand in it as salted hashes, so that these can be erased and the tree still holds.
alter table flowforge.audit
  add column entry_id      uuid,
  add column leaf          text,                     -- the bytes that were hashed
  add column salts         bytea,                    -- 16 bytes each: of principal, target, detail; zeros where it was erased
  add column principal_id  uuid,
  add column request_id    text,
  alter column principal   drop not null,            -- null: erased
  alter column target      drop not null,
  alter column detail      drop not null,
  alter column detail      drop default;

-- What was logged so far, in its order: ids that sort as the numbers did.
update flowforge.audit a
   set entry_id = (
         lpad(to_hex(floor(extract(epoch from o.latest) * 1000)::bigint), 12, '0') || '7000'
         || '8' || lpad(to_hex(a.seq), 7, '0') || substr(md5(a.tenant_id::text || a.seq), 1, 8)
       )::uuid,
       salts = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
  from (select tenant_id, seq, max(created_at) over (partition by tenant_id order by seq) as latest from flowforge.audit) o
 where o.tenant_id = a.tenant_id
   and o.seq = a.seq;

update flowforge.audit
   set leaf = '{"action":' || to_json(action)::text
         || ',"at":"' || to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
         || '","detail":"' || encode(sha256(substr(salts, 33, 16) || convert_to(detail, 'UTF8')), 'hex')
         || '","entry":"' || entry_id::text
         || '","format":1,"principal":"' || encode(sha256(substr(salts, 1, 16) || convert_to(principal, 'UTF8')), 'hex')
         || '","principal_id":null,"principal_kind":' || to_json(principal_kind)::text
         || ',"request":null,"target":"' || encode(sha256(substr(salts, 17, 16) || convert_to(target, 'UTF8')), 'hex')
         || '","target_kind":' || to_json(target_kind)::text
         || ',"tenant":"' || tenant_id::text || '"}';

alter table flowforge.audit
  drop constraint audit_pkey,
  drop column seq,
  alter column entry_id set not null,
  alter column leaf set not null,
  alter column salts set not null,
  add primary key (tenant_id, entry_id);
create index audit_by_principal on flowforge.audit (tenant_id, principal, entry_id);
create index audit_by_target on flowforge.audit (tenant_id, target, entry_id);

-- Committed, and not in the tree yet.
create table flowforge.audit_unmerged (
  tenant_id  uuid  not null,
  entry_id   uuid  not null,
  primary key (tenant_id, entry_id)
);
insert into flowforge.audit_unmerged (tenant_id, entry_id)
select tenant_id, entry_id from flowforge.audit;

-- Each tenant's tree: what is in it, and what of that the newest head covers. Whoever merges holds the row.
create table flowforge.audit_tree (
  tenant_id    uuid         primary key,
  size         bigint       not null default 0,
  range        bytea        not null default '',      -- hashes of the complete subtrees that it consists of, the largest first
  head_size    bigint       not null default 0,
  head_digest  bytea,
  head_at      timestamptz
) with (fillfactor = 50);
create index audit_tree_unsigned on flowforge.audit_tree (tenant_id) where head_size < size;

create table flowforge.audit_leaf (
  tenant_id  uuid    not null,
  position   bigint  not null,                       -- from 0, without gaps
  entry_id   uuid    not null,
  hash       bytea   not null,
  primary key (tenant_id, position)
);
create unique index audit_leaf_by_entry on flowforge.audit_leaf (tenant_id, entry_id);

-- Hashes of complete subtrees of 2^level leaves, for two levels: a proof reads hundreds of rows, not millions.
create table flowforge.audit_node (
  tenant_id  uuid      not null,
  level      smallint  not null,
  position   bigint    not null,                     -- among those of its level
  hash       bytea     not null,
  primary key (tenant_id, level, position)
);

drop table flowforge.audit_head;
create table flowforge.audit_head (
  tenant_id   uuid         not null,
  size        bigint       not null,
  head        text         not null,                 -- the bytes that were signed
  signature   bytea        not null,
  key_id      text         not null,
  created_at  timestamptz  not null,
  primary key (tenant_id, size)
);

-- The keys that sign heads, each introduced by the one before it; the unique `previous` keeps them one chain.
create table flowforge.audit_key (
  key_id        text         primary key,
  public_key    bytea        not null,
  previous      text         not null unique,        -- '' for the first
  introduction  text         not null,               -- the bytes that the key before it signed
  signature     bytea        not null,
  created_at    timestamptz  not null
);
create table flowforge.audit_signing_key (
  key_id  text   primary key,
  sealed  bytea  not null
);

-- How far the heads have got that are kept outside.
create table flowforge.audit_anchor (
  tenant_id   uuid         not null,
  anchor      text         not null,
  size        bigint       not null default 0,
  attempts    integer      not null default 0,       -- since the last success
  error       text,
  next_at     timestamptz  not null,
  updated_at  timestamptz  not null,
  primary key (tenant_id, anchor)
);
