-- The stream of a whole tenant. What is said in a tenant that somebody follows is put down as news, in the transaction of what it tells and
-- without a lock; whoever reads gives it its numbers, so that no run waits for another one's commit.

create table flowforge.followed (
  tenant_id    uuid        primary key,
  followed_at  timestamptz not null                  -- about when somebody was last seen to follow; forgotten a day later
);

create table flowforge.news (
  tenant_id  uuid        not null,
  said_at    timestamptz not null,                   -- taken where the order of its own stream is settled
  stream_id  uuid        not null,                   -- where it stands as well: a run's, a task's or an agent's stream
  seq        bigint      not null,                   -- its number there
  name       text        not null,
  data       text,                                   -- JSON; null: what the run's row says of its beginning or end
  primary key (tenant_id, said_at, stream_id, seq)
) with (autovacuum_vacuum_scale_factor = 0.05);
