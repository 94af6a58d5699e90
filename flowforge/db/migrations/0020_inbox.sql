-- What people see and say on the board: comments that can be changed, mentions, watchers, one inbox for each person with its mail,
-- attachments, saved filters, and the messages that wait for an agent.

alter table flowforge.comment
  add column author_id   uuid,                       -- of the person, agent or key; null where no row stands behind them
  add column reply_to    uuid,                       -- a comment of the same card that is no reply itself
  add column mentions    text  not null default '[]', -- JSON [{kind, id, name, at}]: whom the text names, and where
  add column edited_at   timestamptz,
  add column deleted_at  timestamptz;                -- its text is empty then
create index comment_by_time on flowforge.comment (tenant_id, task_id, created_at, comment_id);

-- Names are mentioned in whatever case.
create index person_by_lower_name on flowforge.person (tenant_id, lower(name));

-- Who was told of a comment, once, however often it is edited.
create table flowforge.mention (
  tenant_id   uuid        not null,
  comment_id  uuid        not null,
  kind        text        not null check (kind in ('agent', 'person')),
  subject_id  uuid        not null,                  -- the agent's or the person's
  task_id     uuid        not null,
  by_agent    boolean     not null,                  -- an agent or a function wrote the comment
  woken       boolean     not null,                  -- it woke the agent, or came into the person's inbox
  created_at  timestamptz not null,
  primary key (tenant_id, comment_id, kind, subject_id)
);
create index mention_by_task on flowforge.mention (tenant_id, task_id, created_at) where kind = 'agent' and woken;

-- What an agent is to read at its next turn. `run_id`: the run that has taken it, or is to.
create table flowforge.agent_message (
  tenant_id    uuid        not null,
  message_id   uuid        not null,
  agent_id     uuid        not null,
  task_id      uuid,
  kind         text        not null,                 -- mention, and what else is said to agents
  text         text        not null,
  author_kind  text        not null,
  author       text        not null,
  created_at   timestamptz not null,
  run_id       uuid,
  taken_at     timestamptz,
  primary key (tenant_id, message_id)
);
create index agent_message_untaken on flowforge.agent_message (tenant_id, agent_id, task_id, created_at) where taken_at is null;

-- A row that is not watching says that somebody does not want to, whatever they do on the card.
create table flowforge.watcher (
  tenant_id  uuid        not null,
  task_id    uuid        not null,
  person_id  uuid        not null,
  watching   boolean     not null default true,
  since      timestamptz not null default now(),
  primary key (tenant_id, task_id, person_id)
);

-- One row for each person, subject and kind, refreshed when there is more of it. `seq` is the number of its frame on the person's stream.
create table flowforge.inbox_item (
  tenant_id      uuid        not null,
  person_id      uuid        not null,
  item_id        uuid        not null,               -- follows from person, kind and subject
  kind           text        not null check (kind in ('assigned', 'mentioned', 'question', 'approval', 'due', 'done', 'commented')),
  subject        text        not null,               -- tsk_…, apr_…, or what else it is about
  task           text,                               -- the card's key
  title          text        not null,
  text           text        not null,
  by_kind        text        not null,
  by             text        not null,
  stage          text        not null default '',    -- of what comes in stages: tomorrow, overdue
  count          integer     not null default 1,
  seq            bigint      not null,
  created_at     timestamptz not null,
  updated_at     timestamptz not null,
  read_at        timestamptz,
  archived_at    timestamptz,
  snoozed_until  timestamptz,
  primary key (tenant_id, person_id, item_id)
);
create index inbox_item_by_seq on flowforge.inbox_item (tenant_id, person_id, seq);

-- What a person wants by mail. No row: nothing.
create table flowforge.inbox_setting (
  tenant_id    uuid        not null,
  person_id    uuid        not null,
  digest       text        not null default 'off' check (digest in ('off', 'daily', 'weekly')),
  hour         smallint    not null default 8 check (hour between 0 and 23),
  weekday      smallint    not null default 1 check (weekday between 1 and 7), -- of a weekly one; 1 is Monday
  time_zone    text        not null default 'UTC',
  mail         text[]      not null default '{}',    -- kinds that are mailed at once
  digest_due   timestamptz,                          -- the next one; null: none
  updated_at   timestamptz not null,
  primary key (tenant_id, person_id)
);
create index inbox_setting_due on flowforge.inbox_setting (digest_due) where digest_due is not null;

-- Mail on its way: a digest, or one item. Claimed by one process at a time; a claim that is not answered in time may be taken over.
create table flowforge.inbox_mail (
  tenant_id   uuid        not null,
  person_id   uuid        not null,
  occasion    text        not null,                  -- digest, or an item's id
  mail_id     uuid        not null,
  attempt     integer     not null default 0,
  due         timestamptz,                           -- null once it is sent, needless or given up
  sent_at     timestamptz,
  error       text,                                  -- of the last attempt
  created_at  timestamptz not null,
  primary key (tenant_id, person_id, occasion)
);
create index inbox_mail_due on flowforge.inbox_mail (due) where due is not null;

-- When dates were last looked at: one row, locked by whoever looks.
create table flowforge.inbox_watch (
  only_row   boolean     primary key default true check (only_row),
  looked_at  timestamptz not null default '-infinity'
);

-- What belongs to a card and lies elsewhere: an address, or what a run has stored.
create table flowforge.attachment (
  tenant_id      uuid        not null,
  task_id        uuid        not null,
  attachment_id  uuid        not null,
  name           text        not null,
  media_type     text        not null,
  size           bigint      check (size >= 0),      -- in bytes
  sha256         text,                               -- hex
  url            text,
  run_id         uuid,
  blob_id        uuid,
  added_by_kind  text        not null,
  added_by       text        not null,
  created_at     timestamptz not null,
  primary key (tenant_id, task_id, attachment_id),
  check (url is null or blob_id is null),
  check ((blob_id is null) = (run_id is null))
);

-- Questions to the board that are asked again and again. Without a person it is the tenant's, for everybody.
create table flowforge.saved_filter (
  tenant_id        uuid        not null,
  filter_id        uuid        not null,
  person_id        uuid,
  name             text        not null,
  query            text        not null,             -- JSON, as parameters of the list of tasks
  revision         integer     not null default 1,
  created_by_kind  text        not null,
  created_by       text        not null,
  created_at       timestamptz not null,
  updated_at       timestamptz not null,
  primary key (tenant_id, filter_id)
);
create unique index saved_filter_by_name
  on flowforge.saved_filter (tenant_id, coalesce(person_id, '00000000-0000-0000-0000-000000000000'), lower(name));
