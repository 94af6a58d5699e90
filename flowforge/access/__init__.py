"""Who acts, and for whom: principals and tenants. Keys and roles will live here too.

Every request and every act of an agent resolves to one `Principal`, which names its tenant; the rooms above take it as
their first argument after the connection, so nothing is written without somebody to answer for it.
"""
