"""The guarded way out: every call to an address that a tenant, a user or an agent names goes through here.

`policy.py` says where calls may go, `place.py` reads what people write in its lists, and `address.py` knows which addresses are nobody's
business. `destination.py` looks a name up once and checks every address it has; `backend.py` connects to exactly those, so that a name
which changes between the check and the connection leads nowhere. `guard.py` is the transport of httpx that adds what is asked of each
request and each answer (`answer.py`: size, time, compression); `client.py` makes clients of it. `failure.py` has what they raise.

An address that the operator set, in the environment or in the settings of a process, may be called because it was set: it is asked for
with `operator_client`, or with a policy that trusts it. There is no other exception.
"""
