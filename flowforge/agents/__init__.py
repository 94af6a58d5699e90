"""Named agents: who they are, what they do now, and how they work durably on a card.

`definition.py` is what people write, `agent.py` keeps it in revisions, `status.py` derives what an agent is doing. `work.py` is
the built-in function that a card's assignment starts: it reads the definition, runs `loop.py` (pydantic-ai's loop, whose every
model request and tool call is a durable step), hands the result in and moves the card. Inside the loop, `durability.py` and
`model.py` are pydantic-ai's view of the engine and of the model client, `toolset.py` of the tools, `messages.py` of the
conversation; `review.py` judges a call by the policies in force, `gate.py` asks people, and `tool_step.py` is the call itself.
`tool_loop.py` offers the same loop to `step.ai`.

Importing this room imports neither pydantic-ai nor LiteLLM; the first card that an agent begins does.
"""
