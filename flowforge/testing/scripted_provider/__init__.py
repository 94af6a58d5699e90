"""A model provider that follows a script: OpenAI's and Anthropic's wire formats over real HTTP on loopback, offline.

A script is a plain function from what was asked to what is answered, so the same request always gets the same bytes:

    asked.py         `Asked`: what a script sees of a request, whichever wire format it came in
    reply.py         `Reply`, `ToolCall`: what a script answers
    scripts/         the scripts that ship: `atlas` (the demo's refund), `everyday` (any tools, any schema)
    fault.py         what can go wrong on demand: 429, 401, 500, a cut stream, silence
    openai_wire.py   chat completions, whole and streamed, and embeddings
    anthropic_wire.py  messages, whole and streamed
    app.py           the HTTP application; server.py runs it in a thread, `python -m` runs it alone

    with ScriptedProvider() as provider:
        os.environ.update(provider.environment())      # OPENAI_BASE_URL, OPENAI_API_KEY, …
        ...
        assert len(provider.requests) == 3
"""

from __future__ import annotations

from flowforge.testing.scripted_provider.asked import Asked, Message, Tool
from flowforge.testing.scripted_provider.fault import Fault
from flowforge.testing.scripted_provider.reply import Reply, Script, Tokens, ToolCall
from flowforge.testing.scripted_provider.scripts import atlas, everyday
from flowforge.testing.scripted_provider.server import Received, ScriptedProvider
from flowforge.testing.scripted_provider.version import VERSION

__all__ = [
    "VERSION",
    "Asked",
    "Fault",
    "Message",
    "Received",
    "Reply",
    "Script",
    "ScriptedProvider",
    "Tokens",
    "Tool",
    "ToolCall",
    "atlas",
    "everyday",
]
