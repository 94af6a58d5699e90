"""Model calls: one request in, one reply out, with what it cost; and `step.ai`, which makes such a call durable.

client.py          `ModelRequest`, `ModelReply`, the `ModelClient` protocol and the door `get_client()` / `set_client()`
litellm_client.py  the client that ships: LiteLLM, imported lazily and without phone-home by library.py, read by litellm_answer.py
http/              the other one: plain HTTP to whoever speaks OpenAI's or Anthropic's format
assembly.py        a reply, put together from its pieces by either client; embedding.py: the same for vectors
provider.py        which provider serves a model, and whether its key is there; aliases.py: names as people write them
abilities.py       what a model can do, by LiteLLM's table; schema_words.py: a schema for those that follow none
failure.py         whatever goes wrong, as one `ModelError` with one clear sentence; retry_after.py: when to come back
patience.py        how long a call may take, and until it begins
prices.py          what a call cost, and tokens where the provider counted none; usage.py: the row of one call
call.py            a call inside a step's body: frames out (frames.py), usage recorded
conversation.py    the messages, checked before they are sent; sampling.py: the settings that go with them
output.py          structured output: schema out, validated value back
ai.py              `step.ai`
"""
