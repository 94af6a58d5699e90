"""How the Python clients are written from the OpenAPI document: `python -m flowforge.api.client_source`.

names.py says where each operation is found, document.py makes the document without a server, types.py turns its schemas into
Python's types, answers.py writes models.py and bodies.py, calls.py the nouns. The files lie in flowforge/api/client/ and are
read like any other; a test fails when they are not what the document would make of them today.
"""
