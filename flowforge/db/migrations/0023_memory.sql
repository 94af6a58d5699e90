-- What people say to agents while they work, and what agents note down.

alter table flowforge.agent_message add column turn integer;  -- of the run, at which the agent saw it
create index agent_message_of_run on flowforge.agent_message (tenant_id, run_id, created_at) where run_id is not null;

-- A note of an agent: about anything, or about one card. People read and change it, too.
create table flowforge.memory_note (
  tenant_id   uuid        not null,
  note_id     uuid        not null,
  agent_id    uuid        not null,
  task_id     uuid,                                  -- null: of the agent, whatever it works on
  title       text        not null,
  text        text        not null,
  tags        text[]      not null default '{}',
  pinned      boolean     not null default false,    -- its title is always among those that the agent is shown
  tainted     text[]      not null default '{}',     -- what had come from outside when it was written
  by_kind     text        not null,
  by_name     text        not null,
  revision    integer     not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  deleted_at  timestamptz,
  words       tsvector    not null,
  primary key (tenant_id, note_id)
);
-- An agent has a bounded number of notes: searching them is a scan of this, not an index of words that every tenant's notes share.
create index memory_note_of_agent on flowforge.memory_note (tenant_id, agent_id, updated_at desc) where deleted_at is null;
