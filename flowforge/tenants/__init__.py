"""The life of a tenant, as the deployment's operator leads it.

life.py      make, name, suspend, let go on
export.py    everything that is held of one, as an archive
deletion.py  everything of one, gone, in batches that a kill does not undo
tables.py    which tables hold rows of tenants: asked of the database, so that a table of tomorrow is not forgotten
"""
