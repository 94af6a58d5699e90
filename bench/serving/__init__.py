"""What `bench/streams.py` and `bench/ingest.py` put around `flowforge serve`: clients on raw sockets in processes of their own.

listeners.py  hold streams open and note how old each delivery is when it comes
sender.py     posts events over connections that stay open
"""

AMPLE = {
    "FLOWFORGE_REQUESTS_PER_MINUTE": "1000000000",
    "FLOWFORGE_EVENTS_PER_MINUTE": "1000000000",
    "FLOWFORGE_STREAMS_PER_TENANT": "100000",
}  # the limits are looked at, and never met
