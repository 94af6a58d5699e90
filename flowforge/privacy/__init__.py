"""Privacy: what is held about one person is found, handed out and erased.

`match.py` says what belongs to the person; `holding.py` what every table of a tenant means for that, and what erasing does to it;
`table.py` reads any table page by page; `look.py` looks through them. `erasure.py` is the act: it looks, a person confirms, it erases in
bounded batches and looks again. `carrier.py` carries acts on in the background; `subject_export.py` hands out what was found.
"""
