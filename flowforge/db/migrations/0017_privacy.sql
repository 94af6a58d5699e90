-- Erasing what is held about one person: an act that looks, waits for a person's word, erases in batches, and looks again.
create table flowforge.erasure (
  tenant_id       uuid        not null,
  erasure_id      uuid        not null,
  state           text        not null check (state in ('looking', 'found', 'erasing', 'checking', 'ended')),
  matches         text        not null,              -- JSON; emptied at the end: it names the person
  kinds           text        not null,              -- JSON: the same without the values
  force           boolean     not null default false, -- runs that go on are deleted too
  round           smallint    not null default 0,    -- how often it has erased
  place           text[]      not null default '{}', -- how far a look has got: a table, and the key of the last row
  found           text        not null default '[]', -- JSON, by kind: count, sample, open
  erased          text        not null default '{}', -- JSON, by kind: count
  remaining       text        not null default '[]', -- JSON: what was left and why
  principal_kind  text        not null,
  principal       text        not null,
  created_at      timestamptz not null,
  confirmed_at    timestamptz,
  ended_at        timestamptz,
  primary key (tenant_id, erasure_id)
);

-- What a look has found and what is still to be erased; emptied at the end.
create table flowforge.erasure_mark (
  tenant_id   uuid    not null,
  erasure_id  uuid    not null,
  holding     text    not null,                      -- run, event, or the table
  subject     text    not null,                      -- its id, or the row's key below its tenant as JSON
  because     text,                                  -- why it is left
  seen        boolean not null default true,         -- by the look that goes on
  primary key (tenant_id, erasure_id, holding, subject)
);

-- What a run was replayed into, for who erases it with all that came of it.
create index run_by_origin on flowforge.run (tenant_id, origin_run_id) where origin_run_id is not null;
