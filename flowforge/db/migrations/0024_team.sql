-- Agents that work together: who gave which card to whom, what runs wait for cards, what agents ask people, and teams.

-- A card that a run has made. `root_id` is the card, or the run without one, at the top of the tree: limits count in it.
create table flowforge.delegation (
  tenant_id   uuid         not null,
  task_id     uuid         not null,                 -- what was made
  run_id      uuid         not null,                 -- by which run
  by_task_id  uuid,                                  -- on which card that run works
  by_agent_id uuid,
  root_id     uuid         not null,
  to_agent_id uuid,                                  -- to whom it was given first
  assigned    boolean      not null,                 -- whether to anybody
  tainted     boolean      not null default false,   -- its agent has read what comes from outside
  on_cancel   text         not null default 'cancel' check (on_cancel in ('cancel', 'keep')),
  money       numeric,                               -- what the tree below that run may cost
  created_at  timestamptz  not null default now(),
  primary key (tenant_id, task_id)
);
create index delegation_by_run on flowforge.delegation (tenant_id, run_id, task_id);
create index delegation_by_task on flowforge.delegation (tenant_id, by_task_id, task_id);
create index delegation_by_root on flowforge.delegation (tenant_id, root_id, task_id);

-- A run that waits until the work on a card has ended. Written under the lock of task_graph, so that no two waits make a circle together.
create table flowforge.task_wait (
  tenant_id   uuid  not null,
  run_id      uuid  not null,
  task_id     uuid  not null,                        -- for which it waits
  by_task_id  uuid,                                  -- the card of the run
  primary key (tenant_id, run_id, task_id)
);
create index task_wait_by_card on flowforge.task_wait (tenant_id, by_task_id, task_id) where by_task_id is not null;

-- What a run asks a person, and the answer. The run waits for it.
create table flowforge.question (
  tenant_id    uuid         not null,
  question_id  uuid         not null,
  run_id       uuid         not null,
  step_key     text         not null,
  state        text         not null default 'open' check (state in ('open', 'answered', 'expired')),
  question     text         not null,
  options      text[],
  agent_id     uuid,
  task_id      uuid,
  comment_id   uuid,
  person_id    uuid,                                 -- who is asked; null: whoever reads it
  created_at   timestamptz  not null default now(),
  expires_at   timestamptz,
  answer       text,
  answered_by  text,
  answered_at  timestamptz,
  primary key (tenant_id, question_id),
  unique (tenant_id, run_id, step_key)
);
create index question_open on flowforge.question (tenant_id, question_id) where state = 'open';
create index question_by_task on flowforge.question (tenant_id, task_id) where task_id is not null;

-- Teams: a lead, and members to whom it may give work. Every change is a revision.
create table flowforge.team (
  tenant_id   uuid         not null,
  team_id     uuid         not null,
  name        text         not null,
  lead_id     uuid         not null,
  revision    integer      not null default 1,
  created_at  timestamptz  not null default now(),
  updated_at  timestamptz  not null default now(),
  primary key (tenant_id, team_id),
  unique (tenant_id, name)
);
create index team_by_lead on flowforge.team (tenant_id, lead_id);
create table flowforge.team_revision (
  tenant_id   uuid         not null,
  team_id     uuid         not null,
  revision    integer      not null,
  definition  text         not null,
  created_by  text         not null,
  created_at  timestamptz  not null default now(),
  primary key (tenant_id, team_id, revision)
);
