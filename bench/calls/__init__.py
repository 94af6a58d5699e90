"""What `bench/models.py` puts around the engine: a provider with a clock, readers, and the processes between them.

provider.py  answers in OpenAI's format at the pace that the prompt asks for; every delta says when it was sent
client.py    the least that a ModelClient can be: what is left when it serves is the engine's own share
app.py       the functions that are measured
readers.py   follow streams over SSE and note how old each delta is when it comes
site.py      the processes: provider, server, worker, readers
"""
