"""FlowForge as an MCP server: `/mcp`, for programs that speak the Model Context Protocol to the board, its agents and their runs.

`door.py` is a layer of the API behind the ones that say who is calling and how often: it takes what is posted to `/mcp` and hands it to
the protocol's library. Whatever a tool does is a request to the layers behind the door, as the same caller (`asking.py`): so rights,
the tenants' view, idempotency, masking and the audit log are those of HTTP, and there is no other way in. `tool.py` makes a tool of an
operation, with the route's own parameters as its schema; `catalogue.py` lists the tools; `call.py` calls one; `waiting.py` waits for a
run. `resource.py` shows tasks, runs and agents by address, `subscription.py` follows them, `prompt.py` has what a person can begin with;
`shown.py` keeps what is shown within bounds; `server.py` puts it all together.

Every request stands alone: a server keeps nothing of a client between two of them, so any number of servers can stand side by side.
"""
