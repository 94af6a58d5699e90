-- Agents' lives: revisions that say who made them and why, pauses, archives, how many runs of one work at once, and what starts it.

-- What an agent is stands in its revisions; only its name, by which it is found, stands here too.
alter table flowforge.agent
  drop column model,
  drop column instructions,
  drop column skills,
  drop column tools,
  drop column approval,
  drop column done_column,
  add column app text,                               -- whose code owns the definition; null: people do
  add column lane uuid,                              -- the limit that its runs count against; null: it never had one
  add column budget_id uuid,                         -- the budget that its definition asks for
  add column paused_at timestamptz,
  add column paused_by text,
  add column pause_reason text,
  add column archived_at timestamptz,
  add column archived_by text;

alter table flowforge.agent_revision
  add column made_by text,                           -- null: made by a version that did not note it
  add column made_by_kind text,
  add column note text;

-- A limit that has a capacity of its own, whatever its rule says. An agent's lane has no other: 0 while the agent is paused, null where any
-- number of its runs may work.
alter table flowforge.flow_limit add column capacity integer check (capacity >= 0);

-- What starts an agent without anybody's code: events, times, deliveries to a webhook.
create table flowforge.agent_trigger (
  tenant_id   uuid        not null,
  trigger_id  uuid        not null,
  agent_id    uuid        not null,
  kind        text        not null check (kind in ('event', 'cron', 'webhook')),
  definition  text        not null,                  -- JSON
  created_by  text        not null,
  created_at  timestamptz not null default now(),
  primary key (tenant_id, trigger_id)
);
create index agent_trigger_by_agent on flowforge.agent_trigger (tenant_id, agent_id, trigger_id);

-- A published trigger may be one tenant's: only its events count then.
alter table flowforge.trigger add column tenant_id uuid;

-- A leased run that is to be paused without waiting for the bodies in flight: they are cancelled, as a death of its worker would.
alter table flowforge.owner add column stop boolean not null default false;
