-- Tools that are described rather than written: calls over HTTP, and what MCP servers offer. And what is known of the calls of every tool.

create table flowforge.http_tool (
  tenant_id   uuid        not null,
  tool_id     uuid        not null,
  name        text        not null,
  revision    integer     not null,
  definition  text        not null,                  -- JSON, as skills/http/definition.py reads it; secrets by name only
  source      text,                                  -- the import that it came from
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (tenant_id, tool_id),
  unique (tenant_id, name)
);

create table flowforge.mcp_server (
  tenant_id   uuid        not null,
  server_id   uuid        not null,
  name        text        not null,
  revision    integer     not null,
  definition  text        not null,                  -- JSON, as skills/mcp/definition.py reads it; secrets by name only
  error       text,                                  -- why it could not be listed the last time; null where it could
  listed_at   timestamptz,                           -- when it could, last
  created_at  timestamptz not null,
  updated_at  timestamptz not null,
  primary key (tenant_id, server_id),
  unique (tenant_id, name)
);

-- What a server offers, as it says, and what a person has said of it. A tool is offered to agents while the hash that was accepted is that of
-- what the server says now.
create table flowforge.mcp_tool (
  tenant_id    uuid        not null,
  server_id    uuid        not null,
  tool         text        not null,                 -- its name there
  name         text        not null,                 -- its name here
  description  text        not null,
  parameters   text        not null,                 -- JSON Schema
  hints        text        not null,                 -- JSON: what the server says of its effect, believed by nobody
  hash         text        not null,
  accepted     text,                                 -- the hash that a person has accepted
  accepted_by  text,
  effect       text        not null default 'outside' check (effect in ('read', 'write', 'money', 'outside')),
  approval     boolean,
  gone         boolean     not null default false,   -- the last listing did not have it
  listed_at    timestamptz not null,
  primary key (tenant_id, server_id, tool)
);
create index mcp_tool_by_name on flowforge.mcp_tool (tenant_id, name);

-- The next free turn of a tool with a rate.
create table flowforge.tool_turn (
  tenant_id  uuid        not null,
  tool       text        not null,
  next_at    timestamptz not null,
  primary key (tenant_id, tool)
) with (fillfactor = 70);

-- The calls of a tool: of the day on which the last one was, and the last that failed.
create table flowforge.tool_use (
  tenant_id  uuid        not null,
  tool       text        not null,
  day        date        not null,
  calls      bigint      not null,
  failures   bigint      not null,
  called_at  timestamptz not null,
  error      text,
  failed_at  timestamptz,
  primary key (tenant_id, tool)
) with (fillfactor = 70);

-- Where this tenant's agents may look on the web, and who searches it for them.
create table flowforge.web_access (
  tenant_id   uuid        primary key,
  revision    integer     not null,
  settings    text        not null,                  -- JSON, as skills/web/access.py reads it
  updated_at  timestamptz not null
);

-- How a tool is called, as its code says: a JSON object.
alter table flowforge.tool add column terms text not null default '{}';
