"""Model calls: one request in, one reply out, with what it cost; and `step.ai`, which makes such a call durable.

client.py          `ModelRequest`, `ModelReply`, the `ModelClient` protocol and the door `get_client()` / `set_client()`
litellm_client.py  the client that ships: LiteLLM, imported lazily and without phone-home by library.py
assembly.py        a streamed reply, put together from its chunks
provider.py        which provider serves a model, and whether its key is there; aliases.py: names as people write them
failure.py         whatever goes wrong, as one `ModelError` with one clear sentence
prices.py          what a call cost, and tokens where the provider counted none; usage.py: the row of one call
price_table.py     LiteLLM's table of prices and limits, off_peak.py its cheaper hours
price_override.py  a price of one's own; price_book.py: those of a tenant; price_file.py: `prices.toml`
call.py            a call inside a step's body: frames out (frames.py), usage recorded
conversation.py    the messages, checked before they are sent; sampling.py: the settings that go with them
output.py          structured output: schema out, validated value back
ai.py              `step.ai`
"""
