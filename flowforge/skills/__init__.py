"""What an agent can be given: tools (Python functions with a schema and an effect) and skills (folders with instructions).

`tool.py` registers functions, `parameters.py` reads their signatures, `policy.py` decides which calls a person must
approve first, `skill.py` reads folders, and `publish.py` writes both to the database when a worker starts, so that the
API can say "there is no tool 'refnd'; did you mean 'refund'?" without importing anybody's code.
"""
