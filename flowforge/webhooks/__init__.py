"""Outgoing webhooks: a tenant's endpoints hear what happens, signed, at least once.

Whatever happens leaves a notice in its own transaction (`orchestrator/notice.py`), if an endpoint (`endpoint.py`) listens to its name
(`event_name.py`). `fan_out.py` turns notices into deliveries, one for each endpoint, with the payload that every attempt will carry
(`payload.py`). `attempt.py` sends one delivery, signed with the endpoint's keys (`signing_key.py`), and notes how it ended; `retry.py`
says when the next attempt is due. `sender.py` does both, in every worker and server, and sees to it that a slow endpoint keeps nobody
else waiting. `delivery.py` is what people see of it, and how they have something sent again.
"""
