"""Model calls: one request in, one reply out, with what it cost; and `step.ai` and `step.embed`, which make such calls durable.

client.py          `ModelRequest`, `ModelReply`, the `ModelClient` protocol and the door `get_client()` / `set_client()`
litellm_client.py  the client that ships: LiteLLM, imported lazily and without phone-home by library.py, read by litellm_answer.py
http/              the other one: plain HTTP to whoever speaks OpenAI's or Anthropic's format
assembly.py        a reply, put together from its pieces by either client; embedding.py: the same for vectors
provider.py        which provider serves a model, and whether its key is there; aliases.py: names as people write them
abilities.py       what a model can do, by LiteLLM's table; schema_words.py: a schema for those that follow none
failure.py         whatever goes wrong, as one `ModelError` with one clear sentence; retry_after.py: when to come back
patience.py        how long a call may take, and until it begins
prices.py          what a call cost, and tokens where the provider counted none; usage.py: the row of one call
price_table.py     LiteLLM's table of prices and limits (model_table.py reads it), off_peak.py its cheaper hours
price_override.py  a price of one's own; price_book.py: those of a tenant; price_file.py: `prices.toml`
call.py            a call inside a step's body, on its policy.py: guards, kept answers (answers.py), fallbacks, frames out (frames.py)
paid_call.py       one request and its money: what stands in its way, what is reserved, what it cost
spending.py        budgets and limits as calls meet them; budget.py and model_limit.py: as people set them
over_budget.py     who is asked when a budget has no room; provider_key.py: a key's fingerprint, by which providers count
ai.py              `step.ai` and `step.embed`; asking.py: all that can be said of a call, read into a question and its terms
question.py        the question: one call, or some more until the answer fits; tool_loop.py: who leads one with tools
conversation.py    the messages, checked before they are sent; attachment.py: pictures and documents among them
sampling.py        the settings that go with them; terms.py: who answers instead, from how old a cache, for how much
output.py          structured output: schema out, validated value back
redaction.py       what of the event no model is to see; judge.py: a model as a guard
vectors.py         texts into vectors; warming.py: what the first call would wait for
"""
