-- Skills with versions. What workers publish is the deployment's, for all tenants; what a tenant adds is its own, and wins where both have
-- a name. A version never changes: `tree` is the hash of all its files, and its files are kept by their own hashes.

-- The newest version of each skill that workers publish now.
alter table flowforge.skill
  add column number integer;                         -- null: published before there were versions, until a worker starts

create table flowforge.published_skill_version (
  name            text        not null,
  number          integer     not null,
  tree            bytea       not null,
  description     text        not null,
  front           text        not null,              -- JSON: the other fields of its front matter
  tools           text[]      not null,
  optional_tools  text[]      not null,
  files           text        not null,              -- JSON: path, hash and bytes of each
  bytes           integer     not null,
  app             text        not null,
  created_at      timestamptz not null default now(),
  primary key (name, number)
);

create table flowforge.published_skill_file (
  name  text  not null,
  hash  bytea not null,
  data  bytea not null,
  primary key (name, hash)
);

-- A tenant's own: one row a skill, which whoever changes anything of it locks.
create table flowforge.registered_skill (
  tenant_id   uuid        not null,
  name        text        not null,
  newest      integer     not null default 0,        -- the number given last; none is given twice
  created_at  timestamptz not null default now(),
  primary key (tenant_id, name)
);

create table flowforge.skill_version (
  tenant_id        uuid        not null,
  name             text        not null,
  number           integer     not null,
  tree             bytea       not null,
  label            text,                             -- of one version of the skill at a time
  description      text        not null,
  front            text        not null,
  tools            text[]      not null,
  optional_tools   text[]      not null,
  files            text        not null,
  bytes            integer     not null,
  source           text        not null,             -- JSON: where it came from
  vouched          boolean     not null,             -- somebody here answers for its text
  created_by_kind  text        not null,
  created_by       text        not null,
  created_at       timestamptz not null default now(),
  deprecated_at    timestamptz,
  deprecation      text,                             -- why, for people
  primary key (tenant_id, name, number)
);
create unique index skill_version_by_tree on flowforge.skill_version (tenant_id, name, tree);
create unique index skill_version_by_label on flowforge.skill_version (tenant_id, name, label) where label is not null;

create table flowforge.skill_file (
  tenant_id  uuid  not null,
  name       text  not null,
  hash       bytea not null,
  data       bytea not null,
  primary key (tenant_id, name, hash)
);

-- Which version of a skill a run began with, and whether it has loaded it.
create table flowforge.skill_use (
  tenant_id  uuid        not null,
  run_id     uuid        not null,
  name       text        not null,
  number     integer     not null,
  own        boolean     not null,                   -- the tenant's; else a published one
  tree       bytea       not null,
  agent_id   uuid,
  begun_at   timestamptz not null default now(),
  loaded_at  timestamptz,
  primary key (tenant_id, run_id, name)
);
create index skill_use_by_name on flowforge.skill_use (tenant_id, name, number);

-- Versions that a tenant lets others import: one tenant, or all of the deployment. A copy, so that it stays when its owner deletes the skill.
create table flowforge.shared_skill (
  tenant_id    uuid        not null,                 -- whose it is
  share_id     uuid        not null,
  name         text        not null,
  number       integer     not null,
  tree         bytea       not null,
  description  text        not null,
  reader_id    uuid,                                 -- the tenant that may read it; null: every one
  archive      bytea       not null,
  shared_by    text        not null,
  created_at   timestamptz not null default now(),
  primary key (tenant_id, share_id)
);
create index shared_skill_by_name on flowforge.shared_skill (name, share_id);
