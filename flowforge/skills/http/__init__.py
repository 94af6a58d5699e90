"""Tools that are calls over HTTP, described in JSON: no code, and nothing that a worker must be started with.

`definition.py` is what people write, `template.py` fills its addresses and bodies with arguments, `request.py` makes the request and reads
the answer, `tool.py` makes a Tool of it. `record.py` keeps definitions for a tenant, `project.py` reads those of a project's `tools/`.
`openapi.py` writes definitions from the document of an API, `document.py` reads and bounds such a document.
"""
