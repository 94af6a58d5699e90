"""PostgreSQL, and everything that is only about PostgreSQL.

`embedded` starts a server of our own over the binaries that `binaries` finds; `database` opens a pool on any server, racing
all hosts of a multi-host URL; `migrate` brings the schema in `migrations/` up to date; `queries` loads the named statements
that each room keeps in its `sql/`; `creation` makes and drops whole databases. Nothing here knows what the tables mean.
"""
