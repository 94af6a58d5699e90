-- Boards with columns of one's own, and cards with all that a card has: order, priority, labels, due date, owner, parent, dependencies,
-- checklist, words to be found by.
--
-- A column gets an id, so that renaming it touches one row and no card. Tables of cards are small beside those of runs: the rewrites below
-- take a second for 100,000 cards, in which the board cannot be changed.

alter table flowforge.board
  add column created_at   timestamptz not null default now(),
  add column archived_at  timestamptz;

alter table flowforge.board_column
  add column column_id  uuid     not null default gen_random_uuid(),
  add column category   text     not null default 'todo' check (category in ('backlog', 'todo', 'doing', 'review', 'done')),
  add column wip_limit  integer  check (wip_limit > 0),
  add column on_leave   text     not null default 'cancel' check (on_leave in ('cancel', 'park')), -- an agent's card, from its work
  add column starts     boolean  not null default false;  -- whether a card that comes in starts its agent
update flowforge.board_column
   set category = case name when 'Backlog' then 'backlog' when 'Doing' then 'doing' when 'Review' then 'review' when 'Done' then 'done' else 'todo' end,
       starts = name = 'Doing';
alter table flowforge.board_column alter column column_id drop default;
alter table flowforge.board_column drop constraint board_column_pkey;
alter table flowforge.board_column add primary key (tenant_id, board_id, column_id);
alter table flowforge.board_column add unique (tenant_id, board_id, name);

create table flowforge.board_label (
  tenant_id  uuid  not null,
  board_id   uuid  not null,
  name       text  not null,
  colour     text  not null,                         -- a token of the palette, not a value
  primary key (tenant_id, board_id, name)
);

alter table flowforge.task
  add column column_id        uuid,
  add column position         text collate "C",      -- a fractional index, see board/rank.py
  add column waits            boolean     not null default false, -- its agent starts as soon as nothing blocks it, and there is room
  add column parked           boolean     not null default false, -- its agent's run is paused because the card was moved away
  add column priority         smallint    not null default 0 check (priority between 0 and 4), -- none, low, medium, high, urgent
  add column labels           text[]      not null default '{}',
  add column due_at           timestamptz,
  add column owner_id         uuid,                  -- the person who stays responsible
  add column parent_id        uuid,
  add column checklist        text        not null default '[]', -- JSON [{id, text, done}]
  add column checklist_done   smallint    not null default 0,
  add column checklist_total  smallint    not null default 0,
  add column external_id      text,                  -- what it is called where it was imported from
  add column archived_at      timestamptz;
update flowforge.task
   set column_id = board_column.column_id,
       position = 'i' || lpad(task.number::text, 7, '0')
  from flowforge.board_column
 where board_column.tenant_id = task.tenant_id
   and board_column.board_id = task.board_id
   and board_column.name = task.column_name;
drop index flowforge.task_by_column;
alter table flowforge.task alter column column_id set not null;
alter table flowforge.task alter column position set not null;
alter table flowforge.task drop column column_name;

create index task_by_position on flowforge.task (tenant_id, board_id, column_id, position, task_id);
create index task_by_number on flowforge.task (tenant_id, number, task_id);
create index task_by_update on flowforge.task (tenant_id, updated_at, task_id);
create index task_by_due on flowforge.task (tenant_id, (coalesce(due_at, 'infinity')), task_id);
create index task_by_priority on flowforge.task (tenant_id, (4 - priority), task_id);
create index task_by_person on flowforge.task (tenant_id, person_id) where person_id is not null;
create index task_by_parent on flowforge.task (tenant_id, parent_id) where parent_id is not null;
create index task_that_waits on flowforge.task (tenant_id, board_id, number) where waits;
create unique index task_by_external_id on flowforge.task (tenant_id, board_id, external_id) where external_id is not null;

-- A card waits for others. Every change of this graph, and of who is whose parent, locks the tenant's row of task_graph first, so that no
-- two changes that are right by themselves make a cycle together.
create table flowforge.task_dependency (
  tenant_id  uuid  not null,
  task_id    uuid  not null,
  on_id      uuid  not null,                         -- has to be done first
  primary key (tenant_id, task_id, on_id)
);
create index task_dependency_by_blocker on flowforge.task_dependency (tenant_id, on_id, task_id);
create table flowforge.task_graph (
  tenant_id  uuid    primary key,
  changes    bigint  not null default 0
);

-- The words of cards ('c': key, title, description) and of what was said on them ('s'). A tenant's requests see rows through policies,
-- behind which a GIN index on a tsvector is of no use (its operator is not leakproof); a range of words in a b-tree is.
create table flowforge.task_word (
  tenant_id  uuid    not null,
  word       text    collate "C" not null,
  task_id    uuid    not null,
  source     "char"  not null,
  primary key (tenant_id, word, task_id, source)
);

-- What a card's runs cost is summed when it is shown, from the index alone.
create index usage_by_task_cost on flowforge.usage (tenant_id, task_id) include (outcome, cost) where task_id is not null;
drop index flowforge.usage_by_task;

-- A board counts its changes, as streams count their frames.
insert into flowforge.stream (tenant_id, stream_id)
select tenant_id,
       board_id
  from flowforge.board
    on conflict do nothing;
