"""`flowforge demo`: an agent refunds an order, and a person decides. Offline; every part is the real one.

ledger.py   what the refund really does: rows in a file, one per idempotency key, and a count of all calls
tools.py    the agents' tools; a worker process imports this module as users' code is imported
team.py     who else is at work, where somebody looks: two more agents, and a board with cards in every column
scene.py    a fresh database, the scripted provider, the API, and what stands on the board
person.py   the decision: at the terminal, by curl from elsewhere, or by --yes
hands.py    who works: a worker in this process, or child processes that --kill kills
story.py    the story itself, told from the agent's live stream
"""
