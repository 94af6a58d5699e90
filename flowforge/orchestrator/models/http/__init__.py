"""Models over plain HTTP: OpenAI's chat completions and embeddings, Anthropic's messages, and whoever speaks one of the two.

providers.py  the small table: who speaks which format, where it lives, which variables hold its key
endpoint.py   one request's way: the provider of a model's name, its address and its key from the environment
client.py     the ModelClient: send, wait within bounds, read, and let an Assembly put the reply together
transport.py  one connection pool for each event loop, bounded reading, and what HTTP's own errors mean
sse.py        server-sent events out of bytes
openai_wire.py, openai_answer.py        what is sent and what comes back in OpenAI's format
anthropic_wire.py, anthropic_turns.py, anthropic_answer.py   the same in Anthropic's
"""
