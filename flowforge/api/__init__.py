"""The HTTP API: what people, programs and the dashboard see of the other rooms.

app.py puts it together. On its way a request passes boundary.py (an id for it, told_error.py for whatever goes wrong), caller.py
(who asks, for which tenant), body.py with strict_json.py (what may come in at all) and idempotency.py (was it asked before?).
routes/ holds one file a resource; values.py, etag.py and run_acts.py are what they share. sse.py streams what happens,
server.py listens, openapi.py completes the document and pages.py shows it. client/ is the other end of
the wire, and client_source/ writes it from the document.
"""
