-- The review queue in full: policies with their revisions, votes, grants, delegations, reminders, one-time links.

-- An ordered list of rules of a tenant; the rules are JSON, each change is a revision.
create table flowforge.policy (
  tenant_id   uuid        not null,
  policy_id   uuid        not null,
  name        text        not null,
  place       integer     not null,                  -- policies are asked in this order, then by name
  rules       text        not null,                  -- JSON list
  revision    integer     not null default 1,
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (tenant_id, policy_id),
  unique (tenant_id, name)
);

create table flowforge.policy_revision (
  tenant_id   uuid        not null,
  policy_id   uuid        not null,
  revision    integer     not null,
  place       integer     not null,
  rules       text        not null,
  changed_by  text        not null,
  created_at  timestamptz not null,
  primary key (tenant_id, policy_id, revision)
);

-- Policies in code, published by workers as tools are: they hold for every tenant, before the tenant's own.
create table flowforge.published_policy (
  name          text        primary key,
  app           text        not null,
  place         integer     not null,
  rules         text        not null,
  version       text        not null,                -- of its rules: the beginning of their hash
  published_at  timestamptz not null default now()
);

alter table flowforge.approval
  add column call_hash      text,                    -- SHA-256 of tool, schema and arguments as canonical JSON; null: asked before there was one
  add column proposal       text,                    -- JSON: the arguments as a vote that was not the last has edited them
  add column proposal_hash  text,                    -- what votes must fit: the hash of the proposal, or of the call
  add column requirement    text,                    -- JSON: who must decide; null: one person who may
  add column roles          text[] not null default '{}',  -- who may decide now; an escalation adds one
  add column rule           text,                    -- the rule that gated it, with its revision
  add column grantable      boolean,                 -- null: unless it moves money
  add column taint          text,                    -- JSON list: where untrusted content came from; null: none was read
  add column said           text,                    -- the model's words beside the call
  add column consequence    text,
  add column shape          text,                    -- which arguments of which types: what makes two calls alike
  add column requester_kind text,                    -- who gave the work: assigned the card, started the run, sent the event
  add column requester      text,
  add column supersedes     uuid,                    -- the approval that was stale when its call was to run
  add column remind_at      timestamptz,             -- null once it was done
  add column reminded_at    timestamptz,
  add column escalate_at    timestamptz,             -- null once it was done
  add column escalate_to    text,
  add column escalated_at   timestamptz,
  add column told_at        timestamptz;             -- when the channels for approvals were told of it
create index approval_remind on flowforge.approval (tenant_id, remind_at) where state = 'pending' and remind_at is not null;
create index approval_escalate on flowforge.approval (tenant_id, escalate_at) where state = 'pending' and escalate_at is not null;
create index approval_untold on flowforge.approval (tenant_id, approval_id) where state = 'pending' and told_at is null;
create index approval_by_tool on flowforge.approval (tenant_id, tool, approval_id);

-- One person's word about an approval. An edit by somebody later voids what was said of other arguments.
create table flowforge.approval_vote (
  tenant_id    uuid        not null,
  approval_id  uuid        not null,
  vote_id      uuid        not null,
  voter        text        not null,                 -- whose place it takes: each votes once
  kind         text        not null,                 -- person, key, system
  name         text        not null,
  on_behalf_of text,                                 -- who has handed their approvals on
  role         text,
  approved     boolean     not null,
  hash         text        not null,                 -- of the call that it is about
  reason       text,
  voted_at     timestamptz not null,
  voided_at    timestamptz,
  voided_by    text,
  primary key (tenant_id, approval_id, vote_id)
);
create unique index approval_vote_once on flowforge.approval_vote (tenant_id, approval_id, voter) where voided_at is null;

-- "Do not ask again": this call, or this tool, for one task.
create table flowforge.approval_grant (
  tenant_id    uuid        not null,
  grant_id     uuid        not null,
  approval_id  uuid        not null,                 -- the decision that it came with
  task_id      uuid        not null,
  tool         text        not null,
  scope        text        not null check (scope in ('call', 'tool')),
  hash         text        not null,                 -- of the exact call, or of the tool's definition
  tainted      boolean     not null,                 -- given while the agent had read untrusted content: for `tool`, only then it covers that
  uses_max     integer,
  uses         integer     not null default 0,
  expires_at   timestamptz,
  granted_by   text        not null,
  created_at   timestamptz not null,
  revoked_at   timestamptz,
  revoked_by   text,
  primary key (tenant_id, grant_id)
);
create index approval_grant_by_task on flowforge.approval_grant (tenant_id, task_id, tool) where revoked_at is null;

-- A call that ran by a grant: once, however often its run is executed.
create table flowforge.approval_grant_use (
  tenant_id  uuid        not null,
  run_id     uuid        not null,
  call_key   text        not null,
  grant_id   uuid        not null,
  used_at    timestamptz not null,
  primary key (tenant_id, run_id, call_key)
);

-- Somebody is away, and another person of the same role decides for them.
create table flowforge.approval_delegation (
  tenant_id      uuid        not null,
  delegation_id  uuid        not null,
  from_name      text        not null,
  to_name        text        not null,
  expires_at     timestamptz not null,
  created_by     text        not null,
  created_at     timestamptz not null,
  ended_at       timestamptz,
  primary key (tenant_id, delegation_id)
);
create index approval_delegation_to on flowforge.approval_delegation (tenant_id, to_name) where ended_at is null;

-- Links in messages about one approval. The token itself is in the message only.
create table flowforge.approval_link (
  tenant_id    uuid        not null,
  token_hash   bytea       not null,
  approval_id  uuid        not null,
  channel      text        not null,
  hash         text        not null,                 -- the call that it shows; it decides no other
  decides      boolean     not null,                 -- without a sign-in
  expires_at   timestamptz not null,
  used_at      timestamptz,
  primary key (tenant_id, token_hash)
);
create unique index approval_link_by_token on flowforge.approval_link (token_hash);
create index approval_link_by_approval on flowforge.approval_link (tenant_id, approval_id);
