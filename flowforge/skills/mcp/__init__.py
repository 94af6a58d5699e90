"""Servers of the Model Context Protocol as sources of tools. What such a server says is data: of its tools, and of itself.

`definition.py` is what people write of a server, `record.py` keeps it, `offer.py` keeps what the server offers and what a person has said
of each tool. `listing.py` reads what a server says it offers. `connection.py` is one session with one server, over `stdio.py` or the
guarded transport; `connections.py` holds those of a worker. `tool.py` makes Tools, `content.py` reads their results.
"""
